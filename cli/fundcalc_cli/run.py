"""`fundcalc run`: every village of a roster computed, added up and written out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc.base.words import Lang, counted
from fundcalc_cli.backend import Chosen, Master, Memory, Wanted, run_in
from fundcalc_cli.options import (
    LEDGER,
    Columns,
    Language,
    Ledger,
    On,
    OutputFormat,
    Policy,
    Readings,
    Sheet,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, note, say, show, tell
from fundcalc_cli.progress import roster_bar
from fundcalc_cli.rejects import (
    MARKED_ENDINGS,
    REJECT_ENDINGS,
    Marked,
    Rejects,
    check_output,
    print_rejects,
    rejects_json,
    write_rejects,
)

if TYPE_CHECKING:
    from fundcalc.api import Progress, Run
    from fundcalc.roster.model import Roster

HELP = tell("计算名册上的每一个村", "Compute every village of a roster")


class Unit(StrEnum):
    """`--unit`: yuan, or ten thousand of them."""

    yuan = "yuan"
    wan = "wan"


class Engine(StrEnum):
    """`--engine`; `auto` decides in columns and on the rules engine, and holds both together."""

    auto = "auto"
    rules = "rules"
    columnar = "columnar"


def run(
    roster: Annotated[Path, typer.Argument(metavar="ROSTER", help=tell("名册文件", "Roster file"))],
    output: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(
            "-o",
            "--output",
            help=tell(
                "结果文件 .xlsx .csv .parquet .json，可重复",
                "Results: .xlsx, .csv, .parquet, .json; repeatable",
            ),
        ),
    ] = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    rejects: Rejects = None,
    marked: Marked = None,
    skip_rejects: Annotated[
        bool,
        typer.Option(
            "--skip-rejects",
            help=tell("退回的行不算，其余照算", "Compute the rest without rejected rows"),
        ),
    ] = False,
    unit: Annotated[
        Unit,
        typer.Option(
            "--unit",
            help=tell(
                "签发表的单位：yuan 元，wan 万元",
                "Unit of the sheet to sign: yuan, or wan (10,000)",
            ),
        ),
    ] = Unit.yuan,
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help=tell("把 .xlsx 写成公示表", "Make the .xlsx the public notice, for posting"),
        ),
    ] = False,
    engine: Annotated[
        Engine, typer.Option("--engine", help=tell("计算引擎", "Engine"))
    ] = Engine.auto,
    backend: Chosen = None,
    master: Master = None,
    memory: Memory = None,
    ledger: Ledger = LEDGER,
    no_record: Annotated[
        bool, typer.Option("--no-record", help=tell("不记入台账", "Keep no record"))
    ] = False,
    prepared_by: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--prepared-by", help=tell("制表人", "Who prepares the run")),
    ] = None,
    reviewed_by: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--reviewed-by", help=tell("复核人", "Who reviews it")),
    ] = None,
    overrides: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--overrides",
            metavar="FILE",
            help=tell(
                "手工调整清单 .csv .xlsx：村、项目、金额、代码、理由、文件、批准人",
                "Amounts set by hand, .csv or .xlsx: village, output, amount, code, reason, "
                "document, approver",
            ),
        ),
    ] = None,
    corrects: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--corrects",
            metavar="ID",
            help=tell("更正台账里的哪一次", "The recorded run that this one corrects"),
        ),
    ] = None,
    reason: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--reason", help=tell("为什么更正", "Why it is corrected")),
    ] = None,
    differences: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--differences",
            metavar="FILE",
            help=tell("更正后应补发、扣回的清单 .csv .json", "What to pay or deduct: .csv, .json"),
        ),
    ] = None,
) -> None:
    """Compute a roster; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    chosen = choose_lang(lang)
    day, readings = parse_on(on), parse_pairs(reading, "--reading")
    columns = parse_pairs(column, "--column")
    outputs = _outputs(output or [], public)
    _check_correction(corrects, reason, differences)
    check_output(rejects, REJECT_ENDINGS, roster, "--rejects")
    check_output(marked, MARKED_ENDINGS, roster, "--marked")
    if backend is not None:
        _not_with_backend(overrides=overrides, corrects=corrects, sheet=sheet, marked=marked)
    found, warnings = api.load_policy_with_warnings(policy)
    plan = api.plan(found, day, readings)
    if backend is not None:
        wanted = Wanted(plan, roster, outputs, columns, chosen, format_, rejects, skip_rejects)
        run_in(backend, wanted, warnings, master, memory)
        return
    with roster_bar(roster) as bar:
        read = api.read_roster(roster, found, sheet=sheet, columns=columns, on=day, progress=bar)
    _tell_of_reading(read, roster, rejects, marked, chosen)
    stop_at_rejects(read, skip_rejects, format_)
    with progress_bar(len(read), least=500) as progress:
        result = api.calculate(plan, read, progress, engine.value)
    result = _by_hand(result, overrides, ledger, corrects, reason)
    result.warnings[:0] = warnings
    show(result.warnings)
    if not no_record:
        result = api.record(
            result, ledger, engine=engine.value, prepared_by=prepared_by, reviewed_by=reviewed_by
        )
    for path in outputs:
        show(api.write(result, path, chosen, unit=unit.value, public=public))
    if differences is not None:
        api.write_differences(result, differences)
    _print(result, format_, chosen)
    for path in outputs:
        say(f"已写出 {path}", f"Wrote {path}")


def _tell_of_reading(
    read: Roster, roster: Path, rejects: Path | None, marked: Path | None, chosen: Lang
) -> None:
    """What was noticed on the way, and the faults as files where they are wanted."""
    from fundcalc import api

    note(read.notices)
    if rejects is not None:
        write_rejects(rejects, read.rejects, chosen)
    if marked is not None and read.rejects:
        api.write_marked(marked, roster, read, chosen)
        say(f"已写出 {marked}", f"Wrote {marked}")


def _by_hand(
    result: Run, overrides: Path | None, ledger: Path, corrects: str | None, reason: str | None
) -> Run:
    """What was set by hand over what the rules give, and the run that this one corrects."""
    from fundcalc import api

    if overrides is not None:
        result = api.override(result, overrides)
    if corrects is not None and reason is not None:
        result = api.correct(result, ledger, corrects, reason.strip())
    return result


def _print(result: Run, format_: Format, chosen: Lang) -> None:
    """The summary, and the digest to write down where the run was recorded."""
    from fundcalc import api

    summary = api.summarise(result)
    if format_ is Format.json:
        print(json.dumps(api.summary_json(result, summary), ensure_ascii=False, indent=1))
    else:
        print(api.summary_text(result, summary, chosen), end="")


def _outputs(paths: list[Path], public: bool) -> list[Path]:
    """Output files, refused before anything is computed."""
    from fundcalc import api

    if public and not any(path.suffix.lower() == ".xlsx" for path in paths):
        raise typer.BadParameter(
            tell("公示表是 .xlsx，请加 -o 公示.xlsx", "the notice is an .xlsx: add -o notice.xlsx"),
            param_hint="--public",
        )
    for path in paths:
        if path.suffix.lower() not in api.WRITERS:
            known = ", ".join(api.WRITERS)
            raise typer.BadParameter(
                tell(
                    f"{path}：文件类型只能是 {known}", f"{path}: the ending must be one of {known}"
                ),
                param_hint="-o",
            )
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
    return paths


def _not_with_backend(**given: object) -> None:
    """A back-end takes no spreadsheets and keeps no record; refused before anything is computed."""
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(
                tell("不能与 --backend 同用", "cannot be used with --backend"),
                param_hint=f"--{name}",
            )


def _check_correction(corrects: str | None, reason: str | None, differences: Path | None) -> None:
    """A correction needs its reason, and only a correction has one; refused before anything is computed."""
    if corrects is not None and not (reason or "").strip():
        raise typer.BadParameter(
            tell("更正要写明理由：加 --reason", "a correction needs its reason: add --reason"),
            param_hint="--corrects",
        )
    if corrects is None and (reason is not None or differences is not None):
        raise typer.BadParameter(
            tell("只用于更正：加 --corrects", "only for a correction: add --corrects"),
            param_hint="--reason" if reason is not None else "--differences",
        )
    if differences is not None and differences.suffix.lower() not in (".csv", ".json"):
        raise typer.BadParameter(
            tell(
                f"{differences}：文件类型只能是 .csv 或 .json",
                f"{differences}: the ending must be .csv or .json",
            ),
            param_hint="--differences",
        )


def stop_at_rejects(read: Roster, skip: bool, format_: Format) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if read.rejects:
        print_rejects(read.rejects)
    if not fatal:
        return
    if not skip:
        if format_ is Format.json:
            print(json.dumps({"rejects": rejects_json(read.rejects)}, ensure_ascii=False, indent=1))
        rows = counted(read.rejected_rows, "row")
        say(
            f"{read.rejected_rows} 行被退回，没有计算。改好后再运行，或加 --skip-rejects",
            f"{rows} rejected; nothing was computed. Mend them, or --skip-rejects",
        )
        raise typer.Exit(1)
    say(
        f"跳过 {read.rejected_rows} 行；按缺行的名册分配的资金池对各村都不准",
        f"{read.rejected_rows} rows skipped; a pool shared over an incomplete roster is wrong for all",
    )


@contextmanager
def progress_bar(length: int, least: int) -> Iterator[Progress | None]:
    """A progress bar on a terminal, from some length on; nothing elsewhere."""
    if not sys.stderr.isatty() or length < least:
        yield None
        return
    label = tell("计算", "Computing")
    with typer.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update

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

from fundcalc_cli.options import (
    Columns,
    Language,
    On,
    OutputFormat,
    Policy,
    Readings,
    Sheet,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, say, show, tell
from fundcalc_cli.progress import roster_bar
from fundcalc_cli.rejects import (
    REJECT_ENDINGS,
    Rejects,
    check_output,
    print_rejects,
    rejects_json,
    write_rejects,
)

if TYPE_CHECKING:
    from fundcalc.api import Progress
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
    no_record: Annotated[
        bool,
        typer.Option(
            "--no-record",
            help=tell(
                "不记入台账（本版本尚无台账）", "Keep no record (this version has no ledger yet)"
            ),
        ),
    ] = False,
) -> None:
    """Compute a roster; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    chosen = choose_lang(lang)
    day, readings = parse_on(on), parse_pairs(reading, "--reading")
    columns = parse_pairs(column, "--column")
    outputs = _outputs(output or [], public)
    check_output(rejects, REJECT_ENDINGS, roster, "--rejects")
    found, warnings = api.load_policy_with_warnings(policy)
    plan = api.plan(found, day, readings)
    with roster_bar(roster) as bar:
        read = api.read_roster(roster, found, sheet=sheet, columns=columns, on=day, progress=bar)
    for notice in read.notices:
        say(notice.zh, notice.en)
    if rejects is not None:
        write_rejects(rejects, read.rejects, chosen)
    _stop_at_rejects(read, skip_rejects, format_)
    with _progress(len(read)) as progress:
        result = api.calculate(plan, read, progress, engine.value)
    show([*warnings, *result.warnings])
    summary = api.summarise(result)
    for path in outputs:
        api.write(result, path, chosen, unit=unit.value, public=public)
    if format_ is Format.json:
        print(json.dumps(api.summary_json(result, summary), ensure_ascii=False, indent=1))
    else:
        print(api.summary_text(result, summary, chosen), end="")
    for path in outputs:
        say(f"已写出 {path}", f"Wrote {path}")


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


def _stop_at_rejects(read: Roster, skip: bool, format_: Format) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if read.rejects:
        print_rejects(read.rejects)
    if not fatal:
        return
    if not skip:
        if format_ is Format.json:
            print(json.dumps({"rejects": rejects_json(read.rejects)}, ensure_ascii=False, indent=1))
        say(
            f"{read.rejected_rows} 行被退回，没有计算。改好后再运行，或加 --skip-rejects",
            f"{read.rejected_rows} rows rejected; nothing was computed. Mend them, or --skip-rejects",
        )
        raise typer.Exit(1)
    say(
        f"跳过 {read.rejected_rows} 行；按缺行的名册分配的资金池对各村都不准",
        f"{read.rejected_rows} rows skipped; a pool shared over an incomplete roster is wrong for all",
    )


@contextmanager
def _progress(villages: int) -> Iterator[Progress | None]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty() or villages < 500:
        yield None
        return
    label = tell("计算", "Computing")
    with typer.progressbar(length=villages, label=label, file=sys.stderr) as bar:
        yield bar.update

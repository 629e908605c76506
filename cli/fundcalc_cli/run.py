"""`fundcalc run`: every village of a roster computed, added up and written out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fundcalc.base.words import Lang
from fundcalc_cli.backend import (
    Chosen,
    Master,
    Memory,
    Wanted,
    not_with_backend,
    only_one,
    only_with_backend,
    run_in,
)
from fundcalc_cli.options import (
    LEDGER,
    Columns,
    Language,
    Ledger,
    On,
    OutputFormat,
    Policy,
    Readings,
    RosterFiles,
    Sheet,
    SkipRejects,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, print_json, say, show, tell
from fundcalc_cli.progress import progress_bar, roster_bar
from fundcalc_cli.rejects import (
    Marked,
    Rejects,
    asking,
    check_faults,
    stop_or_skip,
    tell_of_reading,
)
from fundcalc_cli.results import keep_apart, output_files
from fundcalc_cli.run_options import (
    Corrects,
    Differences,
    Engine,
    Engines,
    NoRecord,
    Overrides,
    PreparedBy,
    Public,
    Reason,
    ReviewedBy,
    RunOutputs,
    Unit,
    UnitOfSheet,
    check_correction,
)

if TYPE_CHECKING:
    from fundcalc.api import Run

HELP = tell("计算名册上的每一个村", "Compute every village of a roster")


def run(
    roster: RosterFiles,
    output: RunOutputs = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    rejects: Rejects = None,
    marked: Marked = None,
    skip_rejects: SkipRejects = False,
    unit: UnitOfSheet = Unit.yuan,
    public: Public = False,
    engine: Engines = Engine.auto,
    backend: Chosen = None,
    master: Master = None,
    memory: Memory = None,
    ledger: Ledger = LEDGER,
    no_record: NoRecord = False,
    prepared_by: PreparedBy = None,
    reviewed_by: ReviewedBy = None,
    overrides: Overrides = None,
    corrects: Corrects = None,
    reason: Reason = None,
    differences: Differences = None,
) -> None:
    """Compute a roster; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    chosen, day, readings = choose_lang(lang), parse_on(on), parse_pairs(reading, "--reading")
    columns, outputs = parse_pairs(column, "--column"), _outputs(output or [], public, unit)
    check_correction(corrects, reason, differences)
    check_faults(rejects, marked, roster)
    _check_files(outputs, rejects, marked, differences, *roster, overrides)
    only_with_backend(backend, master, memory)
    if backend is not None:
        not_with_backend(overrides=overrides, corrects=corrects, sheet=sheet, column=column)
        not_with_backend(marked=marked, prepared_by=prepared_by, reviewed_by=reviewed_by)
        not_with_backend(engine=engine.alone)
    found, warnings = api.load_policy_with_warnings(policy)
    plan = api.plan(found, day, readings)
    if backend is not None:
        one = only_one(roster)
        wanted = Wanted(plan, one, outputs, chosen, format_, rejects, skip_rejects)
        run_in(backend, wanted, warnings, master, memory)
        return
    with asking(format_, rejects), roster_bar(roster) as bar:
        read = api.read_roster(roster, found, sheet=sheet, columns=columns, on=day, progress=bar)
    tell_of_reading(read, roster, rejects, marked, chosen)
    stop_or_skip(read, skip_rejects, format_)
    with progress_bar(len(read), least=500) as progress:
        result = api.calculate(plan, read, progress, engine.value)
    result = _by_hand(result, overrides, ledger, corrects, reason)
    result.warnings[:0] = warnings
    show(result.warnings)
    if not no_record:
        result = api.record(
            result, ledger, engine=engine.value, prepared_by=prepared_by, reviewed_by=reviewed_by
        )
    _write(result, outputs, differences, chosen, unit, public)
    _print(result, format_, chosen, outputs)


def _check_files(
    outputs: list[Path],
    rejects: Path | None,
    marked: Path | None,
    differences: Path | None,
    *read: Path | None,
) -> None:
    """Nothing is written as another kind, over what is read, or twice."""
    beside = [(rejects, "--rejects"), (marked, "--marked"), (differences, "--differences")]
    keep_apart([*((path, "-o") for path in outputs), *beside], *read)


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


def _write(
    result: Run,
    outputs: list[Path],
    differences: Path | None,
    chosen: Lang,
    unit: Unit,
    public: bool,
) -> None:
    from fundcalc import api

    for path in outputs:
        show(api.write(result, path, chosen, unit=unit.value, public=public))
    if differences is not None:
        api.write_differences(result, differences, chosen)


def _print(result: Run, format_: Format, chosen: Lang, written: list[Path]) -> None:
    """The summary, the digest to write down where the run was recorded, and the files written."""
    from fundcalc import api

    summary = api.summarise(result)
    if format_ is Format.json:
        print_json(api.summary_json(result, summary))
    else:
        print(api.summary_text(result, summary, chosen), end="")
    for path in written:
        say(f"已写出 {path}", f"Wrote {path}")


def _outputs(paths: list[Path], public: bool, unit: Unit) -> list[Path]:
    """Output files, refused before anything is computed."""
    from fundcalc import api

    files = output_files(paths, api.WRITERS)
    if not any(path.suffix.lower() == ".xlsx" for path in files):
        if public:
            zh, en = (
                "公示表是 .xlsx，请加 -o 公示.xlsx",
                "the notice is an .xlsx: add -o notice.xlsx",
            )
            raise typer.BadParameter(tell(zh, en), param_hint="--public")
        if unit is not Unit.yuan:
            zh = "只用于签发表 .xlsx，请加 -o 结果.xlsx（其余输出一律以元为单位）"
            en = "only for the sheet to sign: add -o result.xlsx (all else is in yuan)"
            raise typer.BadParameter(tell(zh, en), param_hint="--unit")
    return files

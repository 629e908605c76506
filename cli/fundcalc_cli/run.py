"""`fundcalc run`: every village of a roster computed, added up and written out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli import options
from fundcalc_cli.backend import Job, run_in
from fundcalc_cli.commands import option
from fundcalc_cli.output import (
    Format,
    choose_lang,
    print_json,
    progress_bar,
    roster_bar,
    show,
    wrote,
)
from fundcalc_cli.rejects import asking, check_faults, stop_or_skip, tell_of_reading

Unit = Literal["yuan", "wan"]
"""`--unit`: yuan, or ten thousand of them."""


Engine = Literal["auto", "rules", "columnar"]
"""`--engine`; `auto` decides in columns and on the rules engine, and holds both together."""


@dataclass(frozen=True)
class Faults:
    """What becomes of rejected rows."""

    rejects: Path | None = options.REJECTS
    marked: Path | None = options.MARKED
    skip_rejects: bool = options.SKIP


@dataclass(frozen=True)
class Sheet:
    """The sheet to sign."""

    unit: Unit = option(
        "yuan", "--unit", "签发表的单位：yuan 元，wan 万元",
        "Unit of the sheet to sign: yuan, or wan (10,000)",
    )  # fmt: skip
    public: bool = option(
        False, "--public", "把 .xlsx 写成公示表", "Make the .xlsx the public notice, for posting"
    )

    def check(self, files: list[Path]) -> None:
        """A usage error where there is no workbook that it could be about."""
        if any(path.suffix.lower() == ".xlsx" for path in files):
            return
        if self.public:
            options.refuse("--public", words("cli.public_xlsx"))
        if self.unit != "yuan":
            options.refuse("--unit", words("cli.unit_xlsx"))


@dataclass(frozen=True)
class Record:
    """What the ledger keeps of the run."""

    ledger: Path = options.LEDGER
    no_record: bool = option(False, "--no-record", "不记入台账", "Keep no record")
    prepared_by: str | None = option(None, "--prepared-by", "制表人", "Who prepares the run")
    reviewed_by: str | None = option(None, "--reviewed-by", "复核人", "Who reviews it")


@dataclass(frozen=True)
class ByHand:
    """Amounts set by hand, and the run that this one corrects."""

    overrides: Path | None = option(
        None, "--overrides", "手工调整清单 .csv .xlsx：村、项目、金额、原因代码、理由、文件、批准人",
        "Amounts set by hand, .csv or .xlsx: village, output, amount, code, reason, "
        "document, approver", metavar="FILE",
    )  # fmt: skip
    corrects: str | None = option(
        None, "--corrects", "更正台账里的哪一次", "The recorded run that this one corrects",
        metavar="ID",
    )  # fmt: skip
    reason: str | None = option(None, "--reason", "为什么更正", "Why it is corrected")
    differences: Path | None = option(
        None, "--differences", "更正后应补发、扣回的清单 .csv .json，或签发的表 .xlsx",
        "What to pay or deduct: .csv, .json, or an .xlsx to sign", metavar="FILE",
    )  # fmt: skip

    def check(self) -> None:
        """A usage error: a correction needs its reason, and only a correction has one."""
        if self.corrects is not None and not (self.reason or "").strip():
            options.refuse("--corrects", words("cli.why_corrected"))
        if self.corrects is None and (self.reason is not None or self.differences is not None):
            hint = "--reason" if self.reason is not None else "--differences"
            options.refuse(hint, words("cli.corrects_nothing"))
        if self.differences is not None:
            options.refuse_ending(self.differences, api.DIFFERENCE_WRITERS, "--differences")

    def applied(self, run: api.Run, ledger: Path) -> api.Run:
        """The run with its amounts set by hand, held against the one that it corrects."""
        if self.overrides is not None:
            run = api.override(run, self.overrides)
        if self.corrects is not None and self.reason is not None:
            run = api.correct(run, ledger, self.corrects, self.reason.strip())
        return run


def run(
    *,
    roster: list[Path] = options.ROSTERS,
    output: list[Path] | None = option(
        None, "-o --output", "结果文件 .xlsx .csv .parquet .json，可重复",
        "Results: .xlsx, .csv, .parquet, .json; repeatable",
    ),
    basis: options.Basis,
    lang: Lang | None = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    faults: Faults,
    sheet: Sheet,
    engine: Engine = option("auto", "--engine", "计算引擎", "Engine"),
    database: options.Database,
    record: Record,
    by_hand: ByHand,
) -> None:  # fmt: skip
    """Compute a roster; exits 1, computing nothing, where rows are rejected."""
    chosen, day, readings = choose_lang(lang), basis.day, basis.readings
    files = options.output_files(output, api.WRITERS)
    sheet.check(files)
    by_hand.check()
    check_faults(faults.rejects, faults.marked, roster)
    lists = [(faults.rejects, "--rejects"), (faults.marked, "--marked")]
    written = [*((path, "-o") for path in files), *lists, (by_hand.differences, "--differences")]
    options.keep_apart(written, *roster, by_hand.overrides)
    database.check(
        overrides=by_hand.overrides, corrects=by_hand.corrects, sheet=headers.sheet,
        column=headers.column, marked=faults.marked, prepared_by=record.prepared_by,
        reviewed_by=record.reviewed_by, engine=None if engine == "auto" else engine,
    )  # fmt: skip
    policy, warnings = api.load_policy_with_warnings(basis.policy)
    plan = api.plan(policy, day, readings)
    if database.backend is not None:
        skip = faults.skip_rejects
        job = Job(database, roster[0], chosen, format_, skip, faults.rejects)
        run_in(job, plan, roster, files, warnings)
        return
    with asking(format_, faults.rejects), roster_bar(roster) as bar:
        read = headers.read(roster, policy, day, bar)
    tell_of_reading(read, roster, faults.rejects, faults.marked, chosen)
    stop_or_skip(read, faults.skip_rejects, format_)
    with progress_bar(len(read), least=500) as progress:
        result = by_hand.applied(api.calculate(plan, read, progress, engine), record.ledger)
    result.warnings[:0] = warnings
    show(result.warnings)
    if not record.no_record:
        result = api.record(
            result, record.ledger, engine=engine, prepared_by=record.prepared_by,
            reviewed_by=record.reviewed_by,
        )  # fmt: skip
    for path in files:
        show(api.write(result, path, chosen, unit=sheet.unit, public=sheet.public))
    if by_hand.differences is not None:
        api.write_differences(result, by_hand.differences, chosen)
    _print(result, format_, chosen, files)


def _print(result: api.Run, format_: Format, chosen: Lang, written: list[Path]) -> None:
    """The summary, the digest to write down where the run was recorded, and the files written."""
    summary = api.summarise(result)
    if format_ == "json":
        print_json(api.summary_json(result, summary))
    else:
        print(api.summary_text(result, summary, chosen), end="")
    wrote(*written)

"""`fundcalc run`: every village of a roster computed, here or in a database, added up and written out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.system import reason
from fundcalc.base.words import Lang, same
from fundcalc_cli import console, faults, options
from fundcalc_cli.commands import option
from fundcalc_cli.console import Format

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.engines.sql.session import Session
    from fundcalc.policy.plan import Plan
    from fundcalc.policy.variation import Scenario
    from fundcalc.reports.grid import Grid

Engine = Literal["auto", "rules", "columnar"]
"""`--engine`; `auto` decides in columns and on the rules engine, and holds both together."""


@dataclass(frozen=True)
class Sheet:
    """The sheets to sign."""

    unit: Literal["yuan", "wan"] = option(
        "yuan", "--unit", "签发表的单位：yuan 元，wan 万元",
        "Unit of the sheet to sign: yuan, or wan (10,000)",
    )  # fmt: skip
    paper: Literal["a4", "a3"] = option("a4", "--paper", "签发表的纸张", "Paper to sign on")
    by: str | None = option(
        None, "--by", "签发表按县分表", "One sheet to sign a county", metavar="<county>"
    )
    issuer: str | None = option(None, "--issuer", "编制单位", "Who issues it")
    document_no: str | None = option(None, "--document-no", "文号", "Its document number")
    public: bool = option(False, "--public", "把 .xlsx 写成公示表", "Make the .xlsx the notice")

    def check(self, files: list[Path], plan: Plan) -> None:
        """A usage error where there is no workbook that it could be about, or sheets by what is no group."""
        own = {f.called: None for f in plan.policy.facts.values() if f.id == "county"}
        if self.by and self.by not in (known := {"county": None} | own):
            options.refuse("--by", words("cli.no_county", county=self.by, known=", ".join(known)))
        if any(path.suffix.lower() == ".xlsx" for path in files):
            return
        if self.public:
            options.refuse("--public", words("cli.public_xlsx"))
        for hint, value in {
            "--unit": self.unit != "yuan", "--paper": self.paper != "a4", "--by": self.by,
            "--issuer": self.issuer, "--document-no": self.document_no,
        }.items():  # fmt: skip
            if value:
                options.refuse(hint, words("cli.sheet_xlsx"))

    @property
    def settings(self) -> api.SheetSettings:
        """What a workbook is made with."""
        return api.SheetSettings(
            self.unit, self.paper, self.by is not None, self.public, self.issuer, self.document_no
        )


@dataclass(frozen=True)
class Record:
    """What the ledger keeps of the run."""

    ledger: Path = options.LEDGER
    no_record: bool = option(False, "--no-record", "不记入台账", "Keep no record")
    prepared_by: str | None = option(None, "--prepared-by", "制表人", "Who prepares the run")
    reviewed_by: str | None = option(
        None, "--reviewed-by", "预定的复核人（复核见 runs review）",
        "Who is to review it; the review itself is runs review",
    )  # fmt: skip


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
    carry: bool = option(
        False, "--carry", "以前更正未办的补拨、抵扣列在金额旁边（不计入金额）",
        "Put what corrections before left open next to the amounts, never into them",
    )  # fmt: skip
    before: str | None = option(
        None, "--before", "与以前哪一次对照，说出疑点；政策所用 before.… 的值由它给出",
        "The run before: what to ask first; what the policy calls before.…", metavar="ID",
    )  # fmt: skip
    differences: Path | None = option(
        None, "--differences", "更正后应补拨、抵扣的清单 .csv .json，或签发的表 .xlsx",
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

    def applied(self, run: api.Run, record: Record) -> api.Run:
        """The run with its amounts set by hand, held against what was paid before."""
        corrects = None if self.corrects is None else (self.corrects, (self.reason or "").strip())
        run = api.by_hand(
            run, record.ledger, self.overrides, carried=self.carry, corrects=corrects,
            prepared_by=record.prepared_by,
        )  # fmt: skip
        if self.differences is not None:
            api.refuse_unpaid(run)
        return run if self.before is None else api.since(run, record.ledger, self.before)


def run(
    *,
    roster: list[Path] = options.ROSTERS,
    output: list[Path] | None = option(
        None, "-o --output", "结果文件 .xlsx .csv .parquet .json，或口径请示 .txt，可重复",
        "Results: .xlsx, .csv, .parquet, .json, or a .txt that asks about readings; repeatable",
    ),
    basis: options.Basis,
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    lists: faults.Faults,
    skip_rejects: bool = options.SKIP,
    sheet: Sheet,
    engine: Engine = option("auto", "--engine", "计算引擎", "Engine"),
    database: options.Database,
    record: Record,
    by_hand: ByHand,
    details: bool = option(
        False, "--details", "另列各县、统筹资金、规则、名册的读法和校验码",
        "Also counties, pools, rules, how rosters were read, digests",
    ),
) -> None:  # fmt: skip
    """Compute a roster; exits 1, computing nothing, where rows are rejected."""
    files = options.output_files(output, api.WRITERS)
    by_hand.check()
    lists.check(roster)
    due = (by_hand.differences, "--differences")
    written = [*((path, "-o") for path in files), *lists.files, due]
    options.keep_apart(written, *roster, by_hand.overrides)
    options.make_room([due, (lists.rejects, "--rejects")])
    database.check(
        overrides=by_hand.overrides, corrects=by_hand.corrects, sheet=headers.sheet,
        column=headers.column, marked=lists.marked, prepared_by=record.prepared_by,
        reviewed_by=record.reviewed_by, carry=by_hand.carry or None, before=by_hand.before,
        engine=None if engine == "auto" else engine,
    )  # fmt: skip
    policy, warnings = api.load_policy_with_warnings(basis.policy)
    plan = api.plan(policy, basis.day, basis.readings)
    sheet.check([*files, *([by_hand.differences] if by_hand.differences else [])], plan)
    if database.backend is not None:
        job = Job(database, roster[0], lang, format_, skip_rejects, lists, details)
        run_in(job, plan, roster, files, warnings)
        return
    with lists.asking(format_), console.roster_bar(roster) as bar:
        read = headers.read(roster, policy, basis.day, bar)
    lists.tell(roster, read, details)
    faults.stop_or_skip(read, skip_rejects, format_)
    back = (record.ledger, by_hand.before) if by_hand.before is not None else None
    with console.progress_bar(len(read), least=500) as progress:
        result = api.calculate(plan, read, progress, engine, back)
    result = by_hand.applied(result, record)
    who = {"prepared_by": record.prepared_by, "reviewed_by": record.reviewed_by}
    names = [] if record.no_record else api.names_given(plan, *who.values())
    result.warnings[:0] = [*warnings, *names]
    console.show(result.warnings)
    if not record.no_record:
        result = api.record(result, record.ledger, engine=engine, sheet=sheet.settings, **who)
        console.kept.append(result.receipt)
    signed = replace(sheet.settings, prepared_by=record.prepared_by, reviewed_by=record.reviewed_by)
    jobs: list[tuple[Path, str, Callable[..., Any]]] = [(path, "-o", api.write) for path in files]
    jobs += [(path, to, api.write_differences) for path, to in [due] if path is not None]
    if sum(not write_or_say(result, *job, lang, signed) for job in jobs):  # each of them is tried
        raise typer.Exit(2)
    files = [path for path, *_ in jobs]
    summary = api.summarise(result)
    if format_ == "json":
        console.print_json(api.summary_json(result, summary))
        console.wrote(*files)
        return
    if details:
        print(api.summary_text(result, summary, lang))
    run_id = result.receipt[0] if result.receipt is not None else None
    end = api.End(run_id, files, _next(result, roster, files, skip_rejects))
    print("\n".join(api.outcome_lines(result, summary, lang, end)))


def _next(run: api.Run, rosters: Sequence[Path], files: Sequence[Path], skipped: bool) -> list[str]:
    """The one command that makes most sense now."""
    same_as = options.asked("--ledger", "--lang")
    if skipped and run.roster.rejected_rows and not isinstance(rosters[0], api.Address):
        marked = "marked" if len(rosters) > 1 or rosters[0].is_dir() else "marked.xlsx"
        return ["roster", "check", *map(str, rosters), "--marked", marked, *options.asked("--lang")]
    if run.receipt is None:
        arguments = [argument for argument in sys.argv[1:] if argument != "--no-record"]
        return arguments if files else [*arguments, "-o", "result.xlsx"]
    if any(stake.changes for stake in run.stakes) or (run.since and run.since.counts()):
        before = ["--before", str(run.since.before)] if run.since is not None else []
        return ["runs", "doubts", run.receipt[0], *before, "-o", "doubts.xlsx", *same_as]
    return ["report", run.receipt[0], "-o", "report.html", *same_as]


def write_or_say(
    run: api.Run, path: Path, option_: str, write: Callable[..., Any], *how: object
) -> bool:
    """Write a file; where that fails after the run was recorded, says so, and how to write it again."""
    try:
        console.show(write(run, path, *how) or [])
    except (OSError, PolicyProblem) as problem:
        if run.receipt is None:
            raise
        id_, head = run.receipt
        if isinstance(problem, PolicyProblem):
            console.show(problem.diagnostics)
            console.say(words("cli.refused", file=str(path), run=id_, head=head))
            return False
        why = reason(problem) if path.parent.is_dir() else words("cli.folder_gone")
        console.note([words("cli.lost", file=str(path), why=why, run=id_, head=head)])
        again = ["runs", "show", id_, *option_.split(), str(path)]
        again += options.asked("--ledger", "--lang")
        console.say(same(f"  {api.quoted('fundcalc', *again)}"))
        return False
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a database: a roster, and what becomes of rejected rows."""

    database: options.Database
    roster: Path
    lang: Lang
    format_: Format
    skip: bool
    lists: faults.Faults
    details: bool = False

    @contextmanager
    def opened(self, plan: Plan) -> Iterator[Session]:
        """The roster in the database; leaves with 1, computing nothing, where rows are rejected."""
        where = self.database
        assert where.backend is not None
        with api.open_in(
            where.backend, plan, self.roster, master=where.master, memory=where.memory
        ) as session:
            console.note(session.opened.notices)
            self._stop_at_rejects(session)
            yield session

    def _stop_at_rejects(self, session: Session) -> None:
        listed, rows = session.rejects()
        self.lists.write_rejects(listed)
        if not rows:
            return
        faults.print_rejects(listed)
        if self.skip:
            console.say(words("cli.skipped_many", rows=rows))
            return
        if self.format_ == "json":
            console.print_json({"rejects": api.rejects_json(listed, console.lang())})
        console.say(words("cli.first_rejected", rows=rows))
        raise typer.Exit(1)


def run_in(
    job: Job, plan: Plan, rosters: Sequence[Path], outputs: list[Path], warnings: list[Diagnostic]
) -> None:
    """Compute a roster in a database, print its summary and write it."""
    if len(rosters) > 1:
        options.refuse("ROSTER...", words("cli.one_roster"))
    if any(path.suffix.lower() not in api.DATABASE_WRITERS for path in outputs):
        options.refuse("-o", words("cli.backend_writes", known=", ".join(api.DATABASE_WRITERS)))
    with job.opened(plan) as session:
        summary, checked, notes = api.compute_in(session, plan, skip=job.skip)
        console.show([*warnings, *notes])
        if not summary.total.villages:
            console.say(words("cli.none_left"))
            raise typer.Exit(1)
        for path in outputs:
            api.write_in(session, path, job.lang)
            console.show(api.write_groups(plan.policy, summary.decisions, path, job.lang))
    name = job.roster.name
    if job.format_ == "json":
        console.print_json(api.database_summary_json(plan, name, summary, checked))
        console.wrote(*outputs)
        return
    if job.details:
        print(api.database_summary_text(plan, name, summary, checked, job.lang))
    end = api.End(None, outputs, [] if outputs else [*sys.argv[1:], "-o", "result.parquet"])
    print("\n".join(api.database_outcome_lines(plan, name, summary, job.lang, end)))


def grid_in(
    job: Job, scenarios: list[Scenario], output: Path | None, warnings: list[Diagnostic]
) -> Grid:
    """Compute a grid in a database."""
    with job.opened(scenarios[0].plan) as session:
        console.show(warnings)
        with console.progress_bar(len(scenarios), least=2) as progress:
            return api.grid_in(
                session, scenarios, output, job.lang, skip=job.skip, progress=progress
            )

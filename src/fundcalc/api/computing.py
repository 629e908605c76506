"""A plan and a roster computed, added up and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.engines.hinges import Hinge
    from fundcalc.engines.result import Result
    from fundcalc.ledger.differences import Correction
    from fundcalc.ledger.overlay import Change
    from fundcalc.ledger.overrides import Override
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.columns import Filled
    from fundcalc.reports.summary import Summary
    from fundcalc.roster.model import Roster

Progress = Callable[[int], None]


@dataclass(slots=True)
class Run:
    """A roster computed: its result, what each decision hinges on, and the diagnostics on the way.

    `result` is what is paid. Where amounts were set by hand, `changes` are all that differ from what
    the rules gave, which is `ruled`. `correction` holds the run against the one that it corrects;
    `corrected_by` has id and reason of each recorded run that corrects this one.
    """

    roster: Roster
    result: Result
    hinges: list[Hinge]
    warnings: list[Diagnostic] = field(default_factory=list)
    overrides: Sequence[Override] = ()
    changes: Sequence[Change] = ()
    by_rules: Result | None = None
    correction: Correction | None = None
    corrected_by: tuple[tuple[str, str], ...] = ()

    @property
    def ruled(self) -> Result:
        """What the rules gave, before anything was set by hand."""
        return self.result if self.by_rules is None else self.by_rules

    @property
    def plan(self) -> Plan:
        """The plan it was computed with."""
        return self.result.plan

    @property
    def receipt(self) -> tuple[str, str] | None:
        """Id and head digest of a run that the ledger has."""
        return None


def calculate(
    plan_: Plan,
    roster: Roster,
    progress: Progress | None = None,
    engine: Literal["auto", "rules", "columnar"] = "auto",
) -> Run:
    """Compute every clean village of a roster. Raises PolicyProblem.

    `auto` decides on two engines and stops where they differ; `rules` or `columnar` is one alone.
    """
    from fundcalc.engines.calculate import calculate as run
    from fundcalc.engines.hinges import hinges, undecided

    result = run(plan_, roster.columns, progress, engine)
    found = hinges(plan_, result)
    return Run(roster, result, found, [*_absent_groups(plan_, roster), *undecided(found)])


def _absent_groups(plan_: Plan, roster: Roster) -> list[Diagnostic]:
    from fundcalc.engines.absent import absent_names

    return absent_names(plan_, roster.columns)


def summarise(run: Run) -> Summary:
    """Totals by county and payer, pools, rules, hinges and assumptions."""
    from fundcalc.reports.summary import summarise as add_up

    return add_up(run.result, run.hinges, run.roster.assumed)


def summary_text(run: Run, summary: Summary, lang: Lang) -> str:
    """A run's heading and summary as lines of at most 80 columns."""
    from fundcalc.reports.by_hand import by_hand, corrected_cells, correction
    from fundcalc.reports.summary_text import as_text, heading, recorded

    head = heading(run.plan, run.roster.file, len(run.result.rows), run.result.checked, lang)
    if run.overrides:
        head += by_hand(run.overrides, run.changes, lang)
    if run.roster.corrections:
        head += corrected_cells(run.roster.corrections, lang) + "\n\n"
    body = as_text(summary, lang)
    if run.correction is not None:
        body += correction(run.correction, lang)
    return head + body + (recorded(*run.receipt, lang) if run.receipt is not None else "")


def summary_json(run: Run, summary: Summary) -> dict[str, Any]:
    """A run's summary as JSON-ready data."""
    from fundcalc.reports.summary_json import as_json

    kept = dict(zip(("id", "head"), run.receipt, strict=True)) if run.receipt else None
    return {**about(run), "run": kept, **as_json(summary), **by_hand_json(run)}


def by_hand_json(run: Run) -> dict[str, Any]:
    """What was set by hand, and what a correction changes, as JSON-ready data; nothing if neither."""
    from fundcalc.ledger.differences import as_data
    from fundcalc.reports.by_hand import overrides_json

    found: dict[str, Any] = {}
    if run.overrides:
        found["overrides"] = overrides_json(run.result, run.changes)
    if run.correction is not None:
        found["correction"] = as_data(run.correction)
    return found


WRITERS = (".csv", ".parquet", ".xlsx", ".json")


def write(
    run: Run, path: Path, lang: Lang, *, unit: Literal["yuan", "wan"] = "yuan", public: bool = False
) -> list[Diagnostic]:
    """Write the results; the ending says how (.csv, .parquet, .xlsx, .json). Raises OSError.

    Returns warnings of what the file cannot show. `unit` is that of the sheet to sign; `public` makes
    the workbook the notice to post.
    """
    from fundcalc.reports import tables

    found = columns_of(run)
    villages = len(run.result.rows)
    ending = path.suffix.lower()
    warnings: list[Diagnostic] = []
    if ending in (".csv", ".parquet"):
        tables.write_table(path, found, villages, lang)
        return warnings
    if ending == ".json":
        content = tables.as_json(found, villages, {**about(run), **by_hand_json(run)})
    else:
        from fundcalc.reports.workbook import as_xlsx

        content, warnings = as_xlsx(
            run.result,
            summarise(run),
            columns_of(run, ruled=True),
            on_paper(run, lang),
            lang,
            unit=unit,
            public=public,
            rejects=run.roster.rejects,
            assumed=run.roster.assumed,
            ruled=run.ruled,
        )
    write_bytes(path, content)
    return warnings


def columns_of(run: Run, *, ruled: bool = False) -> list[Filled]:
    """All columns of a run's table in the public order, then those that only such a run has.

    `ruled` asks for what the rules gave, before anything was set by hand.
    """
    from fundcalc.reports.by_hand import further_columns
    from fundcalc.reports.columns import columns

    found = columns(run.ruled if ruled else run.result, run.hinges, run.roster.assumed)
    return found + further_columns(run.result, run.changes, run.correction)


def on_paper(run: Run, lang: Lang) -> dict[str, Any]:
    """What a workbook says of its run: the digest to find it by, and what was set by hand."""
    from fundcalc.reports.by_hand import by_hand, corrected_cells, remarks

    found = about(run)
    if run.roster.corrections:
        found["notice"] = corrected_cells(run.roster.corrections, lang)
    if run.receipt is not None:
        found["run"], found["head"] = run.receipt
    if run.overrides:
        said = " ".join(by_hand(run.overrides, run.changes, lang).split("\n")).strip()
        found["notice"] = " ".join(filter(None, [found.get("notice"), said]))
        found["remarks"] = remarks(run.result, run.changes, lang)
    return found


def about(run: Run) -> dict[str, Any]:
    """What a result rests on: policy, date, readings, roster."""
    one = run.plan
    return {
        "policy": {
            "id": one.policy.id,
            "digest": one.policy.digest,
            "on": one.on.isoformat(),
            "readings": dict(one.readings),
        },
        "roster": {"file": run.roster.file, "digest": run.roster.digest},
        "double_checked": run.result.checked,
    }

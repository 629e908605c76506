"""A plan and a roster computed, added up and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.engines.hinges import Hinge
    from fundcalc.engines.result import Result
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.summary import Summary
    from fundcalc.roster.model import Roster

Progress = Callable[[int], None]


@dataclass(slots=True)
class Run:
    """A roster computed: its result, what each decision hinges on, and the diagnostics on the way."""

    roster: Roster
    result: Result
    hinges: list[Hinge]
    warnings: list[Diagnostic] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        """The plan it was computed with."""
        return self.result.plan


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
    from fundcalc.engines.hinges import hinges

    result = run(plan_, roster.columns, progress, engine)
    return Run(roster, result, hinges(plan_, result), _absent_groups(plan_, roster))


def _absent_groups(plan_: Plan, roster: Roster) -> list[Diagnostic]:
    from fundcalc.engines.absent import absent_names

    return absent_names(plan_, roster.columns)


def summarise(run: Run) -> Summary:
    """Totals by county and payer, pools, rules, hinges and assumptions."""
    from fundcalc.reports.summary import summarise as add_up

    return add_up(run.result, run.hinges, run.roster.assumed)


def summary_text(run: Run, summary: Summary, lang: Lang) -> str:
    """A run's heading and summary as lines of at most 80 columns."""
    from fundcalc.reports.summary_text import as_text, heading

    return heading(
        run.plan, run.roster.file, len(run.result.rows), run.result.checked, lang
    ) + as_text(summary, lang)


def summary_json(run: Run, summary: Summary) -> dict[str, Any]:
    """A run's summary as JSON-ready data."""
    from fundcalc.reports.summary_json import as_json

    return {**about(run), **as_json(summary)}


WRITERS = (".csv", ".parquet", ".xlsx", ".json")


def write(
    run: Run, path: Path, lang: Lang, *, unit: Literal["yuan", "wan"] = "yuan", public: bool = False
) -> None:
    """Write the results; the ending says how (.csv, .parquet, .xlsx, .json). Raises OSError.

    `unit` is that of the sheet to sign; `public` makes the workbook the notice to post.
    """
    from fundcalc.reports import tables
    from fundcalc.reports.columns import columns

    found = columns(run.result, run.hinges, run.roster.assumed)
    villages = len(run.result.rows)
    ending = path.suffix.lower()
    if ending in (".csv", ".parquet"):
        tables.write_table(path, found, villages, lang)
        return
    if ending == ".json":
        content = tables.as_json(found, villages, about(run))
    else:
        from fundcalc.reports.workbook import as_xlsx

        content = as_xlsx(
            run.result,
            summarise(run),
            found,
            about(run),
            lang,
            unit=unit,
            public=public,
            rejects=run.roster.rejects,
        )
    tables.write(path, content)


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

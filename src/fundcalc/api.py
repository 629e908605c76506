"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

Heavy parts are imported where they are used, so that help and errors come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.analysis.worked import Outcome
    from fundcalc.engines.hinges import Hinge
    from fundcalc.engines.result import Result
    from fundcalc.explain.decision import Explanation
    from fundcalc.policy.model import Policy
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.summary import Summary
    from fundcalc.roster.model import Reject, Roster
    from fundcalc.roster.register import Comparison

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


def load_policy(path: Path | None = None) -> Policy:
    """The policy at a path, else ./policies.toml, else the shipped one. Raises PolicyProblem."""
    from fundcalc.policy.load import load

    return load(path)[0]


def load_policy_with_warnings(path: Path | None = None) -> tuple[Policy, list[Diagnostic]]:
    """As `load_policy`, with what is doubtful in the policy."""
    from fundcalc.policy.load import load

    return load(path)


def plan(policy: Policy, on: date | None = None, readings: Mapping[str, str] | None = None) -> Plan:
    """Fix a policy to a date and readings. Raises PolicyProblem."""
    from fundcalc.policy.plan import make_plan

    return make_plan(policy, on, readings)


def read_roster(
    path: Path,
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
) -> Roster:
    """A roster file as clean facts and rejects; `on` is the day whose figures are wanted.

    Raises PolicyProblem where it cannot be read.
    """
    from fundcalc.roster.read import read_roster as read

    return read(
        path,
        policy.facts,
        sheet=sheet,
        columns=columns or {},
        on=on or policy.on,
        names=policy.names,
    )


def compare_register(register: Path, roster: Path, policy: Policy) -> Comparison:
    """Hold a roster against a dated register of villages. Raises PolicyProblem."""
    from fundcalc.roster.register import compare, read_identity

    return compare(read_identity(register, policy.facts), read_identity(roster, policy.facts))


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


def explain(run: Run, index: int) -> Explanation:
    """Why the village at a position gets what it gets."""
    from fundcalc.explain.gather import Village
    from fundcalc.explain.gather import explain as gather

    def origin(fact: str) -> str:
        return run.roster.origin(fact, index)

    return gather(Village(run.result, index, origin, run.hinges))


def find_village(run: Run, wanted: str) -> list[int]:
    """Positions of the villages meant by a code or a name: exact first, then without 村 or 村委会."""
    from fundcalc.explain.find import find

    return find(run.result.rows, wanted)


def villages_near(run: Run, wanted: str) -> list[int]:
    """Positions of villages whose name or code contains the text."""
    from fundcalc.explain.find import near

    return near(run.result.rows, wanted)


def describe_village(run: Run, index: int) -> str:
    """Code, name, town and county of a village, for a reader to choose from."""
    from fundcalc.policy.model import IDENTITY

    row = run.result.rows[index]
    return "  ".join(str(row[part]) for part in IDENTITY if row.get(part))


def explanation_text(explanation: Explanation, lang: Lang) -> str:
    """An explanation as lines of at most 80 columns."""
    from fundcalc.explain.text import as_text

    return as_text(explanation, lang)


def explanation_json(explanation: Explanation, lang: Lang) -> dict[str, Any]:
    """An explanation as the public JSON."""
    from fundcalc.explain.as_json import as_json

    return as_json(explanation, lang)


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
    if ending == ".csv":
        content = tables.as_csv(found, lang)
    elif ending == ".parquet":
        content = tables.as_parquet(found, lang)
    elif ending == ".json":
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


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    from fundcalc.reports.tables import write as write_whole

    write_whole(path, content)


def rejects_csv(rejects: Sequence[Reject], lang: Lang) -> bytes:
    """Rejects as CSV."""
    from fundcalc.reports.tables import rejects_csv as as_csv

    return as_csv(rejects, lang)


def write_marked(path: Path, roster_file: Path, roster: Roster, lang: Lang) -> None:
    """Write a copy of the roster's file as .xlsx with rejects marked. Raises OSError, PolicyProblem."""
    from fundcalc.reports.marked import as_marked

    write_bytes(path, as_marked(roster_file, roster, lang))


def write_template(path: Path, policy: Policy, lang: Lang) -> None:
    """Write an empty roster .xlsx. Raises OSError."""
    from fundcalc.reports.template import as_template

    write_bytes(path, as_template(policy.facts, lang))


def check(path: Path | None, on: date | None, readings: Mapping[str, str]) -> list[Diagnostic]:
    """Everything wrong or doubtful in a policy, its cases included."""
    from fundcalc.analysis.check import check as run

    return run(path, on, readings)


def test(path: Path | None) -> list[Outcome]:
    """Run the policy's own worked examples. Raises PolicyProblem where they cannot be read."""
    from fundcalc.analysis.worked import run_cases

    return run_cases(path)


def init(folder: Path, lang: Lang) -> list[Path]:
    """Write an editable copy of the shipped policy and an empty roster. Raises PolicyProblem, OSError."""
    from fundcalc.policy.copy import copy_to

    written = copy_to(folder)
    roster = folder / "roster.xlsx"
    write_template(roster, load_policy(folder), lang)
    return [*written, roster]

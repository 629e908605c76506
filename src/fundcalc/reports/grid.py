"""A grid of scenarios: every village under each as one table, and the totals by county."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang, Words, same, short
from fundcalc.engines import columnar
from fundcalc.engines.calculate import calculate, check_session, unmet_whole
from fundcalc.engines.columnar import Decided, InColumns
from fundcalc.engines.result import Checked, Result
from fundcalc.engines.sql.session import Session
from fundcalc.engines.totals import GroupTotals, of_all
from fundcalc.language.datatypes import Number, Text
from fundcalc.language.nodes import Value, names
from fundcalc.policy.columns import Head, of_scenario
from fundcalc.policy.model import Output, Policy
from fundcalc.policy.plan import Plan, planned_expressions
from fundcalc.policy.variation import Scenario
from fundcalc.reports import expressions, files
from fundcalc.reports.columns import filled, flags, text
from fundcalc.reports.summary import amount_cell, by_county, group_json, headed
from fundcalc.reports.table import Cell, Table, as_text, wrapped
from fundcalc.roster.model import Roster

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int], None]
GRID_WRITERS = (".parquet", ".csv")
"""The endings of the file that a grid is written to."""
MOST_LINES = 400
"""Lines of counties that a terminal is given; beyond, the totals alone."""


@dataclass(frozen=True, slots=True)
class ScenarioTotals:
    """What one scenario comes to, by county and in all; amounts in fen by output id.

    `unmet` is what must hold of all villages together and does not.
    """

    keys: list[Value]
    groups: list[GroupTotals]
    total: GroupTotals
    unmet: list[Words] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """What varied, the amounts, and each scenario's totals in turn; `checked` of the first."""

    policy: Policy
    keys: list[Head]
    outputs: list[Output]
    villages: int = 0
    checked: Checked = field(default_factory=lambda: Checked(0, 0))
    scenarios: list[ScenarioTotals] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Villages times scenarios."""
        return self.villages * len(self.scenarios)

    def add(
        self, scenario: Scenario, groups: list[GroupTotals], unmet: Sequence[Diagnostic]
    ) -> None:
        """Put in what a scenario comes to."""
        total = of_all(groups, [output.id for output in self.outputs])
        self.villages = total.villages
        why = [one.message for one in unmet]
        self.scenarios.append(ScenarioTotals(_values(scenario), groups, total, why))


def grid(
    policy: Policy,
    scenarios_: Sequence[Scenario],
    roster: Roster,
    path: Path | None,
    lang: Lang,
    progress: Progress | None = None,
) -> Grid:
    """Compute a roster under every scenario: add each up, and write its villages where a path is given.

    The path's ending says how (.parquet, .csv). No more than one scenario is held at a time; `progress` is
    told how many are done. Raises PolicyProblem, OSError.
    """
    found = _empty(policy, scenarios_[0])
    computed = results([scenario.plan for scenario in scenarios_], roster.columns)

    def each() -> Iterator[tuple[Scenario, Result]]:
        for scenario, result in zip(scenarios_, computed, strict=True):
            found.checked = result.double if not found.scenarios else found.checked
            found.add(scenario, by_county(result, found.outputs), unmet_whole(result))
            yield scenario, result
            if progress is not None:
                progress(1)

    if path is None:
        for _ in each():
            pass
        return found
    frames = (frame for one in each() for frame in _frames(found, *one, path, lang))
    first = next(frames)
    files.save(path, first.schema, chain([first], frames))
    return found


def grid_in(
    session: Session,
    scenarios_: Sequence[Scenario],
    path: Path | None,
    lang: Lang,
    *,
    skip: bool = False,
    progress: Progress | None = None,
) -> Grid:
    """As `grid`, in a session's database, which holds one scenario at a time and writes the villages.

    The session is of the first one's plan, which is double-checked; `skip` leaves out the rows
    with anything wrong. Raises OSError, PolicyProblem.
    """
    found = _empty(scenarios_[0].plan.policy, scenarios_[0])

    def each() -> Iterator[Scenario]:
        for number, scenario in enumerate(scenarios_):
            if number:
                session.compute_again(scenario.plan)
            else:
                session.compute(skip=skip, again=True)
                found.checked = check_session(session, scenario.plan)
            groups = session.by_county([output.id for output in found.outputs])
            found.add(scenario, groups, session.unmet_whole(scenario.plan))
            yield scenario
            if progress is not None:
                progress(1)

    if path is None:
        for _ in each():
            pass
        return found
    shown = (of_scenario(one.plan, _varied(found, one)) for one in each())
    session.write_all(shown, path, "csv" if files.is_csv(path) else "parquet", lang)
    return found


def _empty(policy: Policy, scenario: Scenario) -> Grid:
    """A grid of which nothing is computed; one scenario says what varies."""
    taken = {output.id for programme in policy.programmes for output in programme.outputs}
    year = "year" if "year" not in taken else "scenario_year"
    keys = [Head(year, words("reports.scenario_year"), Number(None))]
    for id_ in scenario.readings:
        one = policy.readings[id_]
        keys.append(Head(id_, one.question, Text(), called=one.options))
    parameters = [policy.parameters[id_] for id_ in scenario.values]
    keys += [Head(one.id, one.title, one.type) for one in parameters]
    return Grid(policy, keys, policy.totalled_outputs)


def _values(scenario: Scenario) -> list[Value]:
    return [scenario.year, *scenario.readings.values(), *scenario.values.values()]


def _varied(grid: Grid, scenario: Scenario) -> list[tuple[Head, Value]]:
    return list(zip(grid.keys, _values(scenario), strict=True))


def _frames(
    grid: Grid, scenario: Scenario, result: Result, path: Path, lang: Lang
) -> Iterator[pl.DataFrame]:
    """One scenario's villages: what varied, identity, outputs and rules."""
    marks = flags(result, [], {})
    varied = _varied(grid, scenario)
    shown = [filled(column, result, marks) for column in of_scenario(scenario.plan, varied)]
    for at in files.parts(grid.villages):
        yield files.frame_of(shown, at, lang, safe_text=files.is_csv(path))


def grid_text(found: Grid, lang: Lang) -> str:
    """Totals by scenario, then of each county where these are not too many, within 80 columns."""
    head = words(
        "reports.scenarios",
        scenarios=len(found.scenarios),
        villages=found.villages,
        rows=found.rows,
        checked=found.checked.villages,
        of=found.checked.of(),
    )
    everyone = [(one, one.total) for one in found.scenarios]
    tables = [_table(found, words("reports.all_villages"), everyone)]
    counties = found.scenarios[0].groups
    more: list[str] = []
    if len(counties) * len(found.scenarios) > MOST_LINES and len(counties) > 1:
        more = ["", words("reports.totals_by_county").say(lang)]
    elif len(counties) > 1:
        for place, county in enumerate(counties):
            title = words("reports.of_county", head=words("reports.county"), county=county.name)
            tables.append(
                _table(found, title, [(one, one.groups[place]) for one in found.scenarios])
            )
    unit = headed(found.outputs)[0]
    lines = wrapped([head, *_unmet(found), *([unit] if unit else [])], lang)
    lines += ["", *as_text(tables, lang), *more]
    return "\n".join(lines) + "\n"


def _unmet(found: Grid) -> Iterator[Words]:
    """What must hold and does not: in how many scenarios, and the numbers of the first."""
    broken = [one for one in found.scenarios if one.unmet]
    if broken:
        which = words(
            "versions.scenarios", n=len(broken), scenario=", ".join(_said(found, broken[0]))
        )
        yield from (words("versions.unmet", which=which, text=why) for why in broken[0].unmet)


def _table(grid: Grid, title: Words, rows: Sequence[tuple[ScenarioTotals, GroupTotals]]) -> Table:
    """Amounts that vary as a table, the others once."""
    fixed = [o for o in grid.outputs if len({total.amounts[o.id] for _, total in rows}) == 1]
    if len(fixed) == len(grid.outputs) or len(rows) == 1:
        fixed = []
    varying = [output for output in grid.outputs if output not in fixed]
    cells: list[list[Cell]] = [
        [*_called(grid, one), *(amount_cell(o, total.amounts[o.id]) for o in varying)]
        for one, total in rows
    ]
    called = dict(zip([o.id for o in grid.outputs], headed(grid.outputs)[1], strict=True))
    amounts = [(called[o.id], amount_cell(o, rows[0][1].amounts[o.id]).said()) for o in fixed]
    listed = Words(
        "，".join(f"{title.zh} {amount}" for title, amount in amounts),
        ", ".join(f"{title.en} {amount}" for title, amount in amounts),
    )
    alike = words("reports.alike", list=listed)
    heads = [*(key.title for key in grid.keys), *(called[output.id] for output in varying)]
    return Table(title, heads, cells, notes=[alike] if fixed else [], texts=len(grid.keys))


def _said(grid: Grid, one: ScenarioTotals) -> list[str]:
    return [text(value, key.type) for key, value in zip(grid.keys, one.keys, strict=True)]


def _called(grid: Grid, one: ScenarioTotals) -> list[Words]:
    """What varied, as a reader says it; options of readings in a few words."""
    found: list[Words] = []
    for key, value in zip(grid.keys, one.keys, strict=True):
        if key.called:
            found.append(short(key.called[str(value)]))
        elif key is grid.keys[0]:  # a year has no commas
            found.append(same(str(value)))
        else:
            found.append(expressions.value(value, key.type))
    return found


def grid_json(found: Grid) -> dict[str, Any]:
    """What varied, and every scenario's totals by county and in all; amounts as text in yuan."""
    ids = [key.id for key in found.keys]
    return {
        "keys": ids,
        "villages": found.villages,
        "rows": found.rows,
        "double_checked": found.checked.villages,
        "double_checked_patterns": found.checked.patterns,
        "scenarios": [
            {
                "scenario": dict(zip(ids, _said(found, one), strict=True)),
                "counties": [group_json(group, found.outputs) for group in one.groups],
                "total": group_json(one.total, found.outputs),
                **({"unmet": [why.en for why in one.unmet]} if one.unmet else {}),
            }
            for one in found.scenarios
        ],
    }


# -- one plan after the other, deciding again only what it changes ----------------------------------


def results(plans: Sequence[Plan], facts: Mapping[str, Sequence[Value]]) -> Iterator[Result]:
    """Each plan's result, in columns; the first is double-checked as `calculate` does it.

    All plans are of one policy, its parameters' values apart. Uses of pools are those of the first
    plan only. Raises PolicyProblem where a village cannot be decided.
    """
    last: tuple[Plan, Decided] | None = None
    for plan in plans:
        result = _next(plan, *last, facts) if last else _first(plan, facts)
        if isinstance(result, InColumns):
            last = plan, result.decided
        yield result


def _first(plan: Plan, facts: Mapping[str, Sequence[Value]]) -> Result:
    checked = calculate(plan, facts)
    if isinstance(checked, InColumns):
        return checked
    found = calculate(plan, facts, engine="columnar")
    found.checked, found.patterns, found.by_rules = checked.double
    return found


def _next(
    plan: Plan, before: Plan, decided: Decided, facts: Mapping[str, Sequence[Value]]
) -> Result:
    try:
        return InColumns(plan, columnar.again(plan, decided, changed(before, plan)))
    except columnar.Anomaly:
        return calculate(plan, facts, engine="columnar")


def changed(one: Plan, other: Plan) -> set[str]:
    """The programmes that two plans of one policy decide differently, or may."""
    found: set[str] = set()
    outputs: set[str] = set()
    for programme, before, after in zip(other.programmes, one.core, other.core, strict=True):
        used = {name.id for node in planned_expressions(programme) for name in names(node)}
        if used & outputs or before != after:
            found.add(programme.id)
            outputs |= {output.id for output in programme.outputs}
    return found

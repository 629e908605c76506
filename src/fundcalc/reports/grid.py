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
        why = [diagnostic.message for diagnostic in unmet]
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
    grid = _empty(policy, scenarios_[0])
    computed = results([scenario.plan for scenario in scenarios_], roster.columns)

    def in_turn() -> Iterator[tuple[Scenario, Result]]:
        for scenario, result in zip(scenarios_, computed, strict=True):
            grid.checked = result.double if not grid.scenarios else grid.checked
            grid.add(scenario, by_county(result, grid.outputs), unmet_whole(result))
            yield scenario, result
            if progress is not None:
                progress(1)

    if path is None:
        for _ in in_turn():
            pass
        return grid
    frames = (frame for pair in in_turn() for frame in _frames(grid, *pair, path, lang))
    first = next(frames)
    files.save(path, first.schema, chain([first], frames))
    return grid


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
    grid = _empty(scenarios_[0].plan.policy, scenarios_[0])

    def in_turn() -> Iterator[Scenario]:
        for number, scenario in enumerate(scenarios_):
            if number:
                session.compute_again(scenario.plan)
            else:
                session.compute(skip=skip, again=True)
                grid.checked = check_session(session, scenario.plan)
            groups = session.by_county([output.id for output in grid.outputs])
            grid.add(scenario, groups, session.unmet_whole(scenario.plan))
            yield scenario
            if progress is not None:
                progress(1)

    if path is None:
        for _ in in_turn():
            pass
        return grid
    columns = (of_scenario(scenario.plan, _varied(grid, scenario)) for scenario in in_turn())
    session.write_all(columns, path, "csv" if files.is_csv(path) else "parquet", lang)
    return grid


def _empty(policy: Policy, scenario: Scenario) -> Grid:
    """A grid of which nothing is computed; one scenario says what varies."""
    ids = {output.id for programme in policy.programmes for output in programme.outputs}
    year = "year" if "year" not in ids else "scenario_year"
    keys = [Head(year, words("reports.scenario_year"), Number(None))]
    for id_ in scenario.readings:
        reading = policy.readings[id_]
        keys.append(Head(id_, reading.question, Text(), called=reading.options))
    parameters = [policy.parameters[id_] for id_ in scenario.values]
    keys += [Head(parameter.id, parameter.title, parameter.type) for parameter in parameters]
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
    columns = [filled(column, result, marks) for column in of_scenario(scenario.plan, varied)]
    for part in files.parts(grid.villages):
        yield files.frame_of(columns, part, lang, safe_text=files.is_csv(path))


def grid_text(grid: Grid, lang: Lang) -> str:
    """Totals by scenario, then of each county where these are not too many, within 80 columns."""
    head = words(
        "reports.scenarios",
        scenarios=len(grid.scenarios),
        villages=grid.villages,
        rows=grid.rows,
        checked=grid.checked.villages,
        of=grid.checked.of(),
    )
    everyone = [(scenario, scenario.total) for scenario in grid.scenarios]
    tables = [_table(grid, words("reports.all_villages"), everyone)]
    counties = grid.scenarios[0].groups
    further: list[str] = []
    if len(counties) * len(grid.scenarios) > MOST_LINES and len(counties) > 1:
        further = ["", words("reports.totals_by_county").say(lang)]
    elif len(counties) > 1:
        for place, county in enumerate(counties):
            title = words("reports.of_county", head=words("reports.county"), county=county.name)
            tables.append(
                _table(
                    grid, title, [(scenario, scenario.groups[place]) for scenario in grid.scenarios]
                )
            )
    unit = headed(grid.outputs)[0]
    lines = wrapped([head, *_unmet(grid), *([unit] if unit else [])], lang)
    lines += ["", *as_text(tables, lang), *further]
    return "\n".join(lines) + "\n"


def _unmet(grid: Grid) -> Iterator[Words]:
    """What must hold and does not: in how many scenarios, and the numbers of the first."""
    broken = [scenario for scenario in grid.scenarios if scenario.unmet]
    if broken:
        where = words(
            "versions.scenarios", n=len(broken), scenario=", ".join(_keys_as_text(grid, broken[0]))
        )
        yield from (words("versions.unmet", which=where, text=why) for why in broken[0].unmet)


def _table(grid: Grid, title: Words, rows: Sequence[tuple[ScenarioTotals, GroupTotals]]) -> Table:
    """Amounts that vary as a table, the others once."""
    fixed = [o for o in grid.outputs if len({total.amounts[o.id] for _, total in rows}) == 1]
    if len(fixed) == len(grid.outputs) or len(rows) == 1:
        fixed = []
    varying = [output for output in grid.outputs if output not in fixed]
    cells: list[list[Cell]] = [
        [*_keys_in_words(grid, scenario), *(amount_cell(o, total.amounts[o.id]) for o in varying)]
        for scenario, total in rows
    ]
    titles = dict(zip([o.id for o in grid.outputs], headed(grid.outputs)[1], strict=True))
    amounts = [(titles[o.id], amount_cell(o, rows[0][1].amounts[o.id]).said()) for o in fixed]
    listed = Words(
        "，".join(f"{title.zh} {amount}" for title, amount in amounts),
        ", ".join(f"{title.en} {amount}" for title, amount in amounts),
    )
    alike = words("reports.alike", list=listed)
    heads = [*(key.title for key in grid.keys), *(titles[output.id] for output in varying)]
    return Table(title, heads, cells, notes=[alike] if fixed else [], texts=len(grid.keys))


def _keys_as_text(grid: Grid, scenario: ScenarioTotals) -> list[str]:
    return [text(value, key.type) for key, value in zip(grid.keys, scenario.keys, strict=True)]


def _keys_in_words(grid: Grid, scenario: ScenarioTotals) -> list[Words]:
    """What varied, as a reader says it; options of readings in a few words."""
    texts: list[Words] = []
    for key, value in zip(grid.keys, scenario.keys, strict=True):
        if key.called:
            texts.append(short(key.called[str(value)]))
        elif key is grid.keys[0]:  # a year has no commas
            texts.append(same(str(value)))
        else:
            texts.append(expressions.value(value, key.type))
    return texts


def grid_json(grid: Grid) -> dict[str, Any]:
    """What varied, and every scenario's totals by county and in all; amounts as text in yuan."""
    ids = [key.id for key in grid.keys]
    return {
        "keys": ids,
        "villages": grid.villages,
        "rows": grid.rows,
        "double_checked": grid.checked.villages,
        "double_checked_patterns": grid.checked.patterns,
        "scenarios": [
            {
                "scenario": dict(zip(ids, _keys_as_text(grid, scenario), strict=True)),
                "counties": [group_json(group, grid.outputs) for group in scenario.groups],
                "total": group_json(scenario.total, grid.outputs),
                **({"unmet": [why.en for why in scenario.unmet]} if scenario.unmet else {}),
            }
            for scenario in grid.scenarios
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
    result = calculate(plan, facts, engine="columnar")
    result.checked, result.patterns, result.by_rules = checked.double
    return result


def _next(
    plan: Plan, before: Plan, decided: Decided, facts: Mapping[str, Sequence[Value]]
) -> Result:
    try:
        return InColumns(plan, columnar.again(plan, decided, changed(before, plan)))
    except columnar.Anomaly:
        return calculate(plan, facts, engine="columnar")


def changed(old: Plan, new: Plan) -> set[str]:
    """The programmes that two plans of one policy decide differently, or may."""
    ids: set[str] = set()
    outputs: set[str] = set()
    for programme, before, after in zip(new.programmes, old.core, new.core, strict=True):
        used = {name.id for node in planned_expressions(programme) for name in names(node)}
        if used & outputs or before != after:
            ids.add(programme.id)
            outputs |= {output.id for output in programme.outputs}
    return ids

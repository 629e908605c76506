"""A grid of scenarios: every village under each as one table, and the totals by county."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.grid import results
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number, Text, is_money
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Head, of_scenario
from fundcalc.policy.model import Output, Policy
from fundcalc.policy.scenarios import Scenario
from fundcalc.reports import tables
from fundcalc.reports.columns import filled, flags
from fundcalc.reports.summary import GroupTotals, totals
from fundcalc.roster.model import Roster

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[int], None]
GRID_WRITERS = (".parquet", ".csv")
"""The endings of the file that a grid is written to."""


@dataclass(frozen=True, slots=True)
class ScenarioTotals:
    """What one scenario comes to, by county and in all; amounts in fen by output id."""

    keys: list[Value]
    groups: list[GroupTotals]
    total: GroupTotals


@dataclass(slots=True)
class Grid:
    """What varied, the amounts, and each scenario's totals in turn; `checked` villages of the first."""

    policy: Policy
    keys: list[Head]
    outputs: list[Output]
    villages: int
    checked: int = 0
    scenarios: list[ScenarioTotals] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Villages times scenarios."""
        return self.villages * len(self.scenarios)


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
    found = empty(policy, scenarios_[0])
    computed = results([scenario.plan for scenario in scenarios_], roster.columns)
    each = _added(found, scenarios_, computed, progress)
    if path is None:
        for _ in each:
            pass
        return found
    frames = (frame for one in each for frame in _frames(found, *one, path, lang))
    first = next(frames)
    tables.save(path, first.schema, chain([first], frames))
    return found


def empty(policy: Policy, scenario: Scenario) -> Grid:
    """A grid of which nothing is computed; one scenario says what varies."""
    outputs = [o for p in policy.listed_programmes for o in p.outputs if is_money(o.type)]
    return Grid(policy, _keys(policy, scenario), outputs, 0)


def _added(
    grid: Grid, scenarios: Sequence[Scenario], results: Iterable[Result], progress: Progress | None
) -> Iterator[tuple[Scenario, Result]]:
    """The scenarios with their results, each added up as it passes."""
    for scenario, result in zip(scenarios, results, strict=True):
        grid.villages = len(result.rows)
        grid.checked = grid.checked or result.checked
        groups, total = totals(result, grid.outputs)
        grid.scenarios.append(ScenarioTotals(values_of(scenario), groups, total))
        yield scenario, result
        if progress is not None:
            progress(1)


def _keys(policy: Policy, scenario: Scenario) -> list[Head]:
    taken = {output.id for programme in policy.programmes for output in programme.outputs}
    year = "year" if "year" not in taken else "scenario_year"
    found = [Head(year, Words("年度", "Year"), Number(None))]
    found += [Head(id_, same(id_), Text()) for id_ in scenario.readings]
    parameters = [policy.parameters[id_] for id_ in scenario.values]
    return [*found, *(Head(one.id, one.title, one.type) for one in parameters)]


def values_of(scenario: Scenario) -> list[Value]:
    """What a scenario has of each key, in their order."""
    return [scenario.year, *scenario.readings.values(), *scenario.values.values()]


def _frames(
    grid: Grid, scenario: Scenario, result: Result, path: Path, lang: Lang
) -> Iterator[pl.DataFrame]:
    """One scenario's villages: what varied, identity, outputs and rules."""
    varied = list(zip(grid.keys, values_of(scenario), strict=True))
    marks = flags(result, [], {})
    shown = [filled(column, result, marks) for column in of_scenario(scenario.plan, varied)]
    for at in tables.parts(grid.villages):
        yield tables.frame_of(shown, at, lang, safe_text=tables.is_csv(path))

"""A grid of scenarios computed in a database: the same table and totals as in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fundcalc.base.words import Lang
from fundcalc.engines.databases import check_sample
from fundcalc.engines.sql.session import Session
from fundcalc.policy.columns import of_scenario
from fundcalc.policy.scenarios import Scenario
from fundcalc.reports.grid import Grid, ScenarioTotals, empty, values_of
from fundcalc.reports.summary import GroupTotals
from fundcalc.reports.tables import is_csv

Progress = Callable[[int], None]


def grid_in(
    session: Session,
    scenarios_: Sequence[Scenario],
    path: Path | None,
    lang: Lang,
    *,
    skip: bool = False,
    progress: Progress | None = None,
) -> Grid:
    """As `grid`, in the database of a session: compute each, add it up, and have its villages written.

    The database holds the facts and one scenario at a time. The session is of the first one's plan;
    `skip` leaves out the rows with anything wrong. Raises OSError, PolicyProblem.
    """
    found = empty(scenarios_[0].plan.policy, scenarios_[0])
    each = _computed(found, session, scenarios_, skip, progress)
    if path is None:
        for _ in each:
            pass
        return found
    shown = (
        of_scenario(one.plan, list(zip(found.keys, values_of(one), strict=True))) for one in each
    )
    session.write_all(shown, path, "csv" if is_csv(path) else "parquet", lang)
    return found


def _computed(
    grid: Grid,
    session: Session,
    scenarios: Sequence[Scenario],
    skip: bool,
    progress: Progress | None,
) -> Iterator[Scenario]:
    """The scenarios, each computed and added up; a sample of the first is double-checked."""
    money = [output.id for output in grid.outputs]
    for number, scenario in enumerate(scenarios):
        if number:
            session.compute_again(scenario.plan)
        else:
            session.compute(skip=skip, again=True)
            grid.checked = check_sample(session, scenario.plan)
        groups = [GroupTotals(*one) for one in session.by_county(money)]
        grid.villages = sum(group.villages for group in groups)
        amounts = {id_: sum(group.amounts[id_] for group in groups) for id_ in money}
        total = GroupTotals("", grid.villages, amounts)
        grid.scenarios.append(ScenarioTotals(values_of(scenario), groups, total))
        yield scenario
        if progress is not None:
            progress(1)

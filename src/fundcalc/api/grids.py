"""Grids: a roster under many years, readings and parameter values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.api.computing import Progress
    from fundcalc.engines.sql.session import Session
    from fundcalc.language.nodes import Value
    from fundcalc.policy.model import Policy
    from fundcalc.policy.scenarios import Scenario
    from fundcalc.reports.grid import Grid
    from fundcalc.roster.model import Roster

GRID_WRITERS = (".parquet", ".csv")


def parameter_values(policy: Policy, name: str, text: str) -> list[Value]:
    """`FROM:TO:STEP` or one value, in the parameter's unit, as its values. Raises PolicyProblem."""
    from fundcalc.policy.scenarios import parameter_values as read

    return read(policy, name, text)


def scenarios(
    policy: Policy,
    on: date | None,
    years: Sequence[int],
    readings: Mapping[str, Sequence[str]],
    values: Mapping[str, Sequence[Value]],
) -> list[Scenario]:
    """Every combination of years, readings and values, with its plan. Raises PolicyProblem."""
    from fundcalc.policy.scenarios import scenarios as combine

    return combine(policy, on, years, readings, values)


def grid(
    policy: Policy,
    scenarios_: Sequence[Scenario],
    roster: Roster,
    path: Path | None,
    lang: Lang,
    progress: Progress | None = None,
) -> Grid:
    """Compute a roster under every scenario, one at a time; write all rows where a path is given.

    `progress` is told scenarios done. Raises PolicyProblem, OSError.
    """
    from fundcalc.engines.grid import results
    from fundcalc.reports.grid import compute

    plans = [scenario.plan for scenario in scenarios_]
    return compute(policy, scenarios_, results(plans, roster.columns), path, lang, progress)


def grid_in(
    session: Session,
    scenarios_: Sequence[Scenario],
    path: Path | None,
    lang: Lang,
    *,
    skip: bool = False,
    progress: Progress | None = None,
) -> Grid:
    """The same in a database in which the roster was opened with the first scenario's plan.

    `skip` leaves out the rows with anything wrong. Raises PolicyProblem, OSError.
    """
    from fundcalc.reports.grid_database import compute_in

    return compute_in(session, scenarios_, path, lang, skip=skip, progress=progress)


def grid_text(found: Grid, lang: Lang) -> str:
    """A grid's totals as lines of at most 80 columns."""
    from fundcalc.reports.grid_text import as_text

    return as_text(found, lang)


def grid_json(found: Grid) -> dict[str, Any]:
    """A grid's totals as JSON-ready data."""
    from fundcalc.reports.grid_text import as_json

    return as_json(found)

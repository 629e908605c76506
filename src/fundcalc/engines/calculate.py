"""The front of the engines: a plan and a roster's columns in, every village decided, twice."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import columnar, messages, rows, rules
from fundcalc.engines.result import Result, Row, label, rows_of
from fundcalc.engines.rules import Progress
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan

if TYPE_CHECKING:
    from fundcalc.engines.columnar.views import Decided

Engine = Literal["auto", "rules", "columnar"]

ALL_CHECKED = 20_000
"""Villages up to which every decision is made on both engines."""

SAMPLE = 5_000
"""Villages that are decided on both engines where there are more."""


def calculate(
    plan: Plan,
    columns: Mapping[str, Sequence[Value]],
    progress: Progress | None = None,
    engine: Engine = "auto",
) -> Result:
    """Decide every village.

    `auto` decides in columns and on the rules engine as well: all villages of a roster of up to 20,000,
    else a sample of 5,000; a difference stops the run. `columns` maps every fact of the policy to its
    values in roster order, money in fen. Raises PolicyProblem where the policy cannot decide a village.
    """
    villages = len(next(iter(columns.values()), ()))
    if engine == "rules" or not villages:
        return rules.run(plan, rows_of(columns), progress)
    if engine == "auto" and villages <= ALL_CHECKED:
        result = rules.run(plan, rows_of(columns), progress)
        decided = _decided(plan, columns)
        if decided is not None:
            _compare(result, decided)
        return result
    decided = _decided(plan, columns)
    if decided is None:
        return rows.run(plan, rows_of(columns))
    result = columnar.InColumns(plan, decided)
    if engine == "auto":
        result.checked = _check_sample(result, decided, progress)
    return result


def reference(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Result:
    """The same by the row evaluator alone."""
    return rows.run(plan, rows_of(columns))


def _decided(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Decided | None:
    """In columns; None where a village cannot be decided, which the row evaluator explains."""
    try:
        return columnar.run(plan, columns)
    except columnar.Anomaly:
        rows.run(plan, rows_of(columns))
        return None


def _compare(result: Result, decided: Decided) -> None:
    """Hold both engines' decisions against each other, value by value and rule by rule."""
    for programme in result.plan.programmes:
        for output in programme.programme.outputs:
            other = decided.values(output.id)
            for index, row in enumerate(result.rows):
                if row[output.id] != other[index]:
                    _differ(result.plan, programme.id, row, row[output.id], other[index])
        fired = decided.fired(programme.id)
        for index, ids in enumerate(result.fired[programme.id]):
            if ids != fired[index]:
                _differ(result.plan, programme.id, result.rows[index], ids, fired[index])
    if result.pools != decided.pools:
        pairs = zip(result.pools, decided.pools, strict=False)
        one, other_pool = next((p for p in pairs if p[0] != p[1]), (None, None))
        programme_id = one.programme if one else result.plan.programmes[0].id
        _differ(result.plan, programme_id, {"name": one.group if one else ""}, one, other_pool)


def _check_sample(result: Result, decided: Decided, progress: Progress | None) -> int:
    """Decide a seeded sample on the rules engine too; returns how many."""
    villages, checker = len(result.rows), rules.Checker(result.plan)
    chosen = sorted(random.Random(villages).sample(range(villages), min(SAMPLE, villages)))  # noqa: S311
    at = np.array(chosen)
    known = {p.id: decided.fired(p.id, at) for p in result.plan.programmes}
    for place, row in enumerate(decided.rows(at)):
        if progress is not None and place % 50 == 0:
            progress(villages * 50 // len(chosen))
        _check_one(result.plan, checker, row, {id_: ids[place] for id_, ids in known.items()})
    return len(chosen)


def _check_one(
    plan: Plan, checker: rules.Checker, row: Row, known: Mapping[str, tuple[str, ...]]
) -> None:
    again, fired = checker.decide(row)
    for programme in plan.programmes:
        if fired[programme.id] != known[programme.id]:
            _differ(plan, programme.id, row, fired[programme.id], known[programme.id])
        for output in programme.programme.outputs:
            if again[output.id] != row[output.id]:
                _differ(plan, programme.id, row, again[output.id], row[output.id])


def _differ(plan: Plan, programme: str, row: Row, one: object, other: object) -> None:
    span = plan.programme(programme).programme.span
    found = messages.results_differ(span, programme, label(row), str(one), str(other))
    raise PolicyProblem([found])

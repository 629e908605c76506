"""Run a plan with the row evaluator alone: the reference, and the way to try other readings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from fundcalc.engines.judge import Fired, Judge
from fundcalc.engines.pools import settle
from fundcalc.engines.result import Result, Row, tie_order
from fundcalc.policy.plan import Plan

Progress = Callable[[int], None]


def run(plan: Plan, rows: list[Row], only: Collection[str] | None = None) -> Result:
    """Decide all villages; outputs are written into `rows`.

    `only` names the programmes to compute; the others' outputs must stand in the rows already.
    Raises PolicyProblem where a decision cannot be made.
    """
    all_fired: dict[str, list[Fired]] = {}
    result = Result(plan, rows, all_fired)
    order: Sequence[int] | None = None
    for programme in plan.programmes:
        if only is not None and programme.id not in only:
            continue
        judge = Judge(plan, programme)
        fired = [judge.fired(judge.matches(row), row) for row in rows]
        all_fired[programme.id] = fired
        if programme.has_pool:
            order = tie_order(rows) if order is None else order
            result.pools += settle(judge, rows, fired, order)
        else:
            for row, ids in zip(rows, fired, strict=True):
                judge.settle(row, ids)
    return result

"""The row evaluator: the reference."""

from __future__ import annotations

from tests.conformance.engine import Columns, Outcome, unmet

from fundcalc.engines.calculate import reference, unmet_whole
from fundcalc.engines.hinges import hinged, hinges
from fundcalc.engines.result import Result
from fundcalc.policy.plan import Plan

NAME = "rows"


def missing() -> str | None:
    return None


def outcome(result: Result, villages: int) -> Outcome:
    """A result of this program's own engines."""
    plan = result.plan
    outputs = {o.id: result.column(o.id) for p in plan.programmes for o in p.outputs}
    fired = {p.id: list(result.fired[p.id]) for p in plan.programmes}
    marked = hinged(hinges(plan, result), villages)
    hinging = [tuple(sorted(r for r, mask in marked.items() if mask[i])) for i in range(villages)]
    return Outcome(outputs, fired, result.pools, hinging, unmet(unmet_whole(result)))


def run(plan: Plan, columns: Columns) -> Outcome:
    return outcome(reference(plan, columns), len(columns["name"]))

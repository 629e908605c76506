"""NumPy columns; what they cannot decide is explained by the row evaluator, as in any run."""

from __future__ import annotations

from tests.conformance.engine import Columns, Outcome, unmet

from fundcalc.engines.calculate import calculate, unmet_whole
from fundcalc.engines.hinges import hinged, hinges
from fundcalc.policy.plan import Plan

NAME = "columnar"


def missing() -> str | None:
    return None


def run(plan: Plan, columns: Columns) -> Outcome:
    villages = len(columns["name"])
    result = calculate(plan, columns, engine="columnar")
    outputs = {o.id: result.column(o.id) for p in plan.programmes for o in p.outputs}
    fired = {p.id: list(result.fired[p.id]) for p in plan.programmes}
    marked = hinged(hinges(plan, result), villages)
    hinging = [tuple(sorted(r for r, mask in marked.items() if mask[i])) for i in range(villages)]
    return Outcome(outputs, fired, result.pools, hinging, unmet(unmet_whole(result)))

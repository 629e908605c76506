"""durable-rules, every decision cross-checked."""

from __future__ import annotations

from tests.conformance.engine import Columns, Outcome, unmet

from fundcalc.engines import rules
from fundcalc.engines.calculate import unmet_whole
from fundcalc.engines.durable import installed
from fundcalc.engines.result import rows_of
from fundcalc.policy.plan import Plan

NAME = "rules"


def missing() -> str | None:
    return None if installed() else "durable-rules is not installed"


def run(plan: Plan, columns: Columns) -> Outcome:
    result = rules.run(plan, rows_of(columns))
    outputs = {o.id: result.column(o.id) for p in plan.programmes for o in p.outputs}
    fired = {p.id: list(result.fired[p.id]) for p in plan.programmes}
    return Outcome(outputs, fired, result.pools, unmet=unmet(unmet_whole(result)))

"""A roster decided in a database, and a sample of it held against the rules engine."""

from __future__ import annotations

from fundcalc.engines import rules
from fundcalc.engines.calculate import SAMPLE, hold
from fundcalc.engines.sql.session import Session
from fundcalc.policy.plan import Plan


def check_sample(session: Session, plan: Plan) -> int:
    """Decide a sample on the rules engine too; returns how many. Raises PolicyProblem."""
    checker = rules.Checker(plan)
    sampled = session.sample(SAMPLE)
    for row, known in sampled:
        again, fired = checker.decide(row)
        for programme in plan.programmes:
            one, other = (again, fired[programme.id]), (row, known[programme.id])
            hold(programme, one, other, "FC869")
    return len(sampled)

"""A roster decided in a database, and a sample of it held against the rules engine."""

from __future__ import annotations

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import rules
from fundcalc.engines.result import Row, label
from fundcalc.engines.sql.session import Session
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan

SAMPLE = 5_000
"""Villages that are decided on the rules engine too."""


def check_sample(session: Session, plan: Plan) -> int:
    """Decide a sample on the rules engine too; returns how many. Raises PolicyProblem."""
    checker = rules.Checker(plan)
    sampled = session.sample(SAMPLE)
    for row, known in sampled:
        _check(plan, checker, row, known)
    return len(sampled)


def _check(plan: Plan, checker: rules.Checker, row: Row, known: dict[str, tuple[str, ...]]) -> None:
    again, fired = checker.decide(row)
    for programme in plan.programmes:
        pairs: list[tuple[Value, Value]] = [(fired[programme.id], known[programme.id])]
        pairs += [(again[o.id], row[o.id]) for o in programme.outputs]
        for one, other in pairs:
            if one != other:
                span = programme.span
                raise PolicyProblem([
                    say("FC869", span, programme=programme.id, village=label(row), one=str(one),
                        other=str(other))
                ])  # fmt: skip

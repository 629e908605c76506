"""The nearest values found by z3, where a condition or an amount is not linear in one fact.

Whole numbers only, with a time limit; what z3 cannot tell in time, or what rests on a pool, is UNKNOWN.
Nothing that it finds is said before it has been replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import z3

from fundcalc.analysis.villages import Sides, Villages
from fundcalc.engines.result import Row
from fundcalc.language import smt
from fundcalc.language.datatypes import Texts, Type
from fundcalc.language.smt import Codes, Term
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, PlanProgramme

MILLISECONDS = 500
UNKNOWN: Final = object()


def nearest(
    plan: Plan, chain: Sequence[PlanProgramme], row: Row, fact: Fact, sign: int
) -> Any:  # fmt: skip
    """The nearest number above (`sign` 1) or below (-1) that changes an output of the last programme.

    None where there is none, UNKNOWN where z3 cannot tell. No programme of the chain may share a pool.
    """
    if any(programme.has_pool for programme in chain):
        return UNKNOWN
    current, number = row[fact.id], z3.Int(fact.id)
    assert isinstance(current, int)
    others = {id_: row[id_] for id_ in plan.policy.facts if id_ in row and id_ != fact.id}
    known = replace(plan, constants={**plan.constants, **others})
    villages = Villages(known, Codes(), Sides(), {fact.id: number}, "")
    value = villages.encoder.value
    optimizer = z3.Optimize()
    optimizer.set("timeout", MILLISECONDS)
    optimizer.add(number < current if sign < 0 else number > current)
    optimizer.add(*smt.domain(number, fact.type, (fact.low, fact.high), ()))
    for programme in chain:
        optimizer.add(*villages.decided(programme))
    outputs = chain[-1].programme.outputs
    terms = [(villages.output(o.id), value(row[o.id], o.type), o.type) for o in outputs]
    optimizer.add(z3.Or([_differs(*term) for term in terms]))
    optimizer.add(*villages.sides.always)
    aim = optimizer.minimize(number) if sign > 0 else optimizer.maximize(number)
    answer = optimizer.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        return UNKNOWN
    found = optimizer.lower(aim) if sign > 0 else optimizer.upper(aim)
    return found.as_long() if z3.is_int_value(found) else UNKNOWN


def _differs(term: Term, now: Term, kind: Type) -> Term:
    """Whether an output is not what it is now."""
    return smt.lists_differ(term, now) if isinstance(kind, Texts) else term != now

"""Two rules of an `any` programme apply to one village and give different results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import z3

from fundcalc.analysis.bench import MANY, View, each_view, matched, meeting
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.model import Rule

CODE = "FC702"
_MOST = 20
"""Villages at most from which pairs of a long programme are taken."""


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every pair of rules of an `any` programme that some village meets with two results."""
    programme = view.programme
    if programme.hit_policy != "any" or len(programme.rules) < 2:
        return
    villages = view.space.villages
    if view.never(
        programme.span, z3.AtLeast(*(villages.holds(programme, r) for r in programme.rules), 2)
    ):
        return
    told = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    every = combinations(programme.rules, 2) if len(programme.rules) <= MANY else _met(view, told)
    for one, other in every:
        pair = frozenset((one.id, other.id))
        if pair in told:
            continue  # the check of edges tells these
        both = [villages.holds(programme, rule) for rule in (one, other)]
        values = [villages.value(programme, rule) for rule in (one, other)]
        seen = view.proved(
            other.span, lambda seen: seen.failed("FC402"), *both, values[0] != values[1]
        )
        if seen is not None:
            told.add(pair)
            spans, ids = (other.span, one.span), {"one": one.id, "other": other.id}
            yield (
                (one.id, other.id),
                view.say(CODE, *spans, seen=seen, programme=programme.id, **ids),
            )


def _met(view: View, told: set[frozenset[str]]) -> Iterator[tuple[Rule, Rule]]:
    """Pairs of many rules that a village meets which gets two results, leaving out those that are told."""
    programme, villages = view.programme, view.space.villages
    holds = {rule.id: villages.holds(programme, rule) for rule in programme.rules}
    result = villages.result(programme)
    differs = z3.Or(
        [z3.And(holds[r.id], villages.value(programme, r) != result) for r in programme.rules]
    )
    for _ in range(_MOST):
        apart = [z3.Not(z3.And([holds[id_] for id_ in pair])) for pair in told]
        seen = view.proved(programme.span, lambda seen: seen.failed("FC402"), differs, *apart)
        if seen is None:
            return
        met, before = set(matched(view.plan, programme, seen.rows[0])), len(told)
        yield from combinations([rule for rule in programme.rules if rule.id in met], 2)
        if len(told) == before:
            return

"""Two rules of an `any` programme apply to one village and give different results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import z3

from fundcalc.analysis.bench import MANY, Replay, View, each_view
from fundcalc.analysis.checks.edge_taken_twice import (
    Pair,
    agree,
    common,
    meeting,
    sharing,
    told_in_short,
)
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
    told = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    pairs = sharing(view)
    if pairs is None:
        yield from _by_z3(view, told)
        return
    open_, plain = list[Pair](), list[Pair]()
    for pair in pairs:
        same = agree(view, *pair)
        if not same and frozenset(rule.id for rule in pair) not in told:
            (open_ if same is None else plain).append(pair)
    if plain:
        view.cache["overlap"] = [programme.id]
    yield from told_in_short(view, "FC702.many", plain, lambda *pair: _finding(view, *pair))
    for pair in open_:
        if view.space.spent:
            view.note(programme.span)
            return
        finding = _finding(view, *pair)
        if finding is not None:
            view.cache["overlap"] = [programme.id]
            yield frozenset(rule.id for rule in pair), finding


def _finding(view: View, one: Rule, other: Rule) -> Diagnostic | None:
    """The finding where some village meets both and they differ."""
    programme, villages, box = view.programme, view.space.villages, common(view, one, other)
    both = [villages.holds(programme, rule) for rule in (one, other)]
    values = [villages.value(programme, rule) for rule in (one, other)]
    asked = (*both, values[0] != values[1])
    if box is not None and agree(view, one, other) is False:
        seen = view.shown(other.span, _clash, box, *asked)
    else:
        seen = view.proved(other.span, _clash, *asked)
    if seen is None:
        return None
    spans, ids = (other.span, one.span), {"one": one.id, "other": other.id}
    return view.say(CODE, *spans, seen=seen, programme=programme.id, **ids)


def _clash(seen: Replay) -> bool:
    return seen.failed("FC402")


def _by_z3(view: View, told: set[frozenset[str]]) -> Iterator[tuple[object, Diagnostic]]:
    """The same by asking z3."""
    programme, villages = view.programme, view.space.villages
    if view.never(
        programme.span, z3.AtLeast(*(villages.holds(programme, r) for r in programme.rules), 2)
    ):
        return
    every = combinations(programme.rules, 2) if len(programme.rules) <= MANY else _met(view, told)
    for one, other in every:
        pair = frozenset((one.id, other.id))
        if pair not in told:  # the check of edges tells these
            finding = _finding(view, one, other)
            if finding is not None:
                told.add(pair)
                yield pair, finding


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
        met, before = set(view.matched(seen.rows[0])), len(told)
        yield from combinations([rule for rule in programme.rules if rule.id in met], 2)
        if len(told) == before:
            return

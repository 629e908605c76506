"""Two rules of a `unique` programme apply to one village."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import z3

from fundcalc.analysis.bench import MANY, Replay, View, each_view
from fundcalc.analysis.checks.edge_taken_twice import common, meeting, sharing, told_in_short
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.core.smt import Term
from fundcalc.policy.model import Rule

CODE = "FC701"
_MOST = 20


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every pair of rules of a `unique` programme that some village meets together."""
    programme = view.programme
    if programme.hit_policy != "unique" or len(programme.rules) < 2:
        return
    pairs = sharing(view)
    if pairs is None:
        yield from _by_z3(view)
        return
    if pairs:
        view.cache["overlap"] = [programme.id]
    told = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}

    def tell(one: Rule, other: Rule) -> Diagnostic | None:
        box, villages = common(view, one, other), view.space.villages
        assert box is not None
        holds = [villages.holds(programme, rule) for rule in (one, other)]
        seen = view.shown(programme.span, _clash, box, *holds)
        return None if seen is None else _said(view, one, other, seen)

    untold = [pair for pair in pairs if frozenset(rule.id for rule in pair) not in told]
    yield from told_in_short(view, "FC701.many", untold, tell)


def _clash(seen: Replay) -> bool:
    return seen.failed("FC401")


def _said(view: View, one: Rule, other: Rule, seen: Replay) -> Diagnostic:
    ids = {"one": one.id, "other": other.id}
    return view.say(CODE, other.span, one.span, seen=seen, programme=view.programme.id, **ids)


def _by_z3(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """The same by asking z3."""
    programme, villages, span = view.programme, view.space.villages, view.programme.span
    holds = {rule.id: villages.holds(programme, rule) for rule in programme.rules}
    if view.never(span, z3.AtLeast(*holds.values(), 2)):
        return
    view.cache["overlap"] = [programme.id]
    done = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    count, rules = 0, {rule.id: rule for rule in programme.rules}
    while count < _MOST:
        any_pair = _pair(holds, done, villages.sides.context)
        seen = view.proved(span, _clash, any_pair)
        if seen is None:
            return
        pairs = combinations(view.matched(seen.rows[0]), 2)
        fresh = [pair for pair in pairs if frozenset(pair) not in done]
        if not fresh:
            return
        count += len(fresh)
        done |= {frozenset(pair) for pair in fresh}
        for one, other in fresh:
            yield frozenset((one, other)), _said(view, rules[one], rules[other], seen)


def _pair(holds: Mapping[str, Term], done: Collection[frozenset[str]], context: z3.Context) -> Term:
    """That some two hold together that are not done; of many rules none that are done hold together."""
    if len(holds) <= MANY:
        pairs = [pair for pair in combinations(holds, 2) if frozenset(pair) not in done]
        return z3.Or([z3.And(holds[one], holds[other]) for one, other in pairs], context)
    apart = [z3.Not(z3.And([holds[id_] for id_ in pair])) for pair in done]
    return z3.And(z3.AtLeast(*holds.values(), 2), *apart)

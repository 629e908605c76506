"""Two rules of a `unique` programme apply to one village."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import z3

from fundcalc.analysis.bench import MANY, View, each_view, matched, meeting
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.core.smt import Term

CODE = "FC701"
_MOST = 20


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every pair of rules of a `unique` programme that some village meets together."""
    programme = view.programme
    if programme.hit_policy != "unique" or len(programme.rules) < 2:
        return
    villages, span = view.space.villages, programme.span
    holds = {rule.id: villages.holds(programme, rule) for rule in programme.rules}
    if view.never(span, z3.AtLeast(*holds.values(), 2)):
        return
    view.kept["overlap"] = [programme.id]
    done = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    told = 0  # the check of edges tells those
    while told < _MOST:
        any_pair = _pair(holds, done, villages.sides.context)
        seen = view.proved(span, lambda seen: seen.failed("FC401"), any_pair)
        if seen is None:
            return
        pairs = combinations(matched(view.plan, programme, seen.rows[0]), 2)
        fresh = [pair for pair in pairs if frozenset(pair) not in done]
        if not fresh:
            return
        told += len(fresh)
        done |= {frozenset(pair) for pair in fresh}
        for one, other in fresh:
            yield (
                (one, other),
                view.say(
                    CODE,
                    *(r.span for r in reversed(programme.rules) if r.id in (one, other)),
                    seen=seen,
                    programme=programme.id,
                    one=one,
                    other=other,
                ),
            )


def _pair(holds: Mapping[str, Term], done: Collection[frozenset[str]], context: z3.Context) -> Term:
    """That some two hold together that are not done; of many rules none that are done hold together."""
    if len(holds) <= MANY:
        pairs = [pair for pair in combinations(holds, 2) if frozenset(pair) not in done]
        return z3.Or([z3.And(holds[one], holds[other]) for one, other in pairs], context)
    apart = [z3.Not(z3.And([holds[id_] for id_ in pair])) for pair in done]
    return z3.And(z3.AtLeast(*holds.values(), 2), *apart)

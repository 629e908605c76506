"""Two rules of a `unique` programme apply to one village."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import z3

from fundcalc.analysis.bench import View, each_view, matched, meeting
from fundcalc.base.diagnostics import Diagnostic

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
    met = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    open_pairs = {
        pair: z3.And(holds[pair[0]], holds[pair[1]])
        for pair in combinations(holds, 2)
        if frozenset(pair) not in met  # the check of edges tells these
    }
    told = 0
    while open_pairs and told < _MOST:
        any_pair = z3.Or(list(open_pairs.values()))
        seen = view.proved(span, lambda seen: seen.failed("FC401"), any_pair)
        if seen is None:
            return
        pairs = combinations(matched(view.plan, programme, seen.rows[0]), 2)
        fresh = [pair for pair in pairs if open_pairs.pop(pair, None) is not None]
        if not fresh:
            return
        told += len(fresh)
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

"""Two rules meet at a number, and both take it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Replay, View, each_view, edge_said, matched, meeting
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC709"
_ALIKE_IS_FINE = ("any", "first", "collect max", "collect min")


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every number that ends one rule and begins another and belongs to both."""
    programme, villages = view.programme, view.space.villages
    for edge in meeting(view):
        terms = [villages.holds(programme, rule) for rule in (edge.below, edge.above)]
        if programme.hit_policy in _ALIKE_IS_FINE:
            one, other = (villages.value(programme, rule) for rule in (edge.below, edge.above))
            terms.append(one != other)
        ids = {edge.below.id, edge.above.id}

        def shows(seen: Replay, ids: set[str] = ids) -> bool:
            return ids <= set(matched(view.plan, programme, seen.rows[0]))

        seen = view.proved(edge.above.span, shows, *terms)
        if seen is not None:
            clash = programme.hit_policy in ("unique", "any")
            found = edge_said(CODE if clash else "FC709.decided", view, edge, seen)
            yield frozenset(ids), found

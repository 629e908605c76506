"""Two rules of an `any` programme apply to one village and give different results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from fundcalc.analysis.bench import View, each_view, meeting
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC702"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every pair of rules of an `any` programme that some village meets with two results."""
    programme = view.programme
    if programme.hit_policy != "any" or len(programme.rules) < 2:
        return
    villages = view.space.villages
    met = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    for one, other in combinations(programme.rules, 2):
        if {one.id, other.id} in met:
            continue  # the check of edges tells these
        both = [villages.holds(programme, rule) for rule in (one, other)]
        values = [villages.value(programme, rule) for rule in (one, other)]
        seen = view.proved(
            other.span, lambda seen: seen.failed("FC402"), *both, values[0] != values[1]
        )
        if seen is not None:
            spans, ids = (other.span, one.span), {"one": one.id, "other": other.id}
            yield (
                (one.id, other.id),
                view.say(CODE, *spans, seen=seen, programme=programme.id, **ids),
            )

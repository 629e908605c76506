"""Two rules meet at a number, and both take it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, Edge, Replay, View, each_view, matched, meeting
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.show import literal

CODE = "FC709"
_ALIKE_IS_FINE = ("any", "first", "collect max", "collect min")


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every number that ends one rule and begins another and belongs to both."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    programme, villages = view.programme, view.space.villages
    for edge in meeting(view):
        terms = [villages.holds(programme, rule) for rule in (edge.below, edge.above)]
        if programme.programme.hit_policy in _ALIKE_IS_FINE:
            one, other = (villages.value(programme, rule) for rule in (edge.below, edge.above))
            terms.append(one != other)
        ids = {edge.below.id, edge.above.id}

        def shows(seen: Replay, ids: set[str] = ids) -> bool:
            return ids <= set(matched(view.plan, programme, seen.rows[0]))

        seen = view.proved(edge.above.rule.span, shows, *terms)
        if seen is not None:
            yield frozenset(ids), _finding(view, edge, seen)


def _finding(view: View, edge: Edge, seen: Replay) -> Diagnostic:
    number = literal(edge.upper.value, edge.upper.name.type)
    clash = view.programme.programme.hit_policy in ("unique", "any")
    return view.say(
        CODE if clash else "FC709.decided",
        edge.above.rule.span,
        edge.below.rule.span,
        witness=view.witness(seen),
        fact=edge.upper.name.id,
        number=number,
        below=edge.below.id,
        above=edge.above.id,
    )

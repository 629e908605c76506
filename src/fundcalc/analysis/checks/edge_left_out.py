"""Two rules meet at a number, and neither takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fundcalc.analysis.bench import Replay, View, each_view
from fundcalc.analysis.checks.edge_taken_twice import (
    Edge,
    edges_of,
    told_in_short,
)
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.edges import Box, TooMany
from fundcalc.policy.model import Rule

CODE = "FC710"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every number between two rules that falls to `otherwise`."""
    if view.programme.otherwise is None:
        return
    edges: dict[frozenset[str], list[tuple[Edge, Box | None]]] = {}
    for edge in edges_of(view):
        if (edge.upper.op, edge.lower.op) == ("<", ">") and edge.upper.name.kind == "fact":
            missed = _missed(view, edge)
            if missed != "none":
                pair = frozenset((edge.below.id, edge.above.id))
                edges.setdefault(pair, []).append((edge, missed))

    def tell(one: Rule, other: Rule) -> Diagnostic | None:
        for edge, missed in edges[frozenset((one.id, other.id))]:
            seen = _shown(view, edge, missed)
            if seen is not None:
                return view.say(CODE, edge.above.span, edge.below.span, seen=seen, **edge.fields)
        return None

    pairs = [
        (missed_edges[0][0].below, missed_edges[0][0].above) for missed_edges in edges.values()
    ]
    yield from told_in_short(view, "FC710.many", pairs, tell)


def _missed(view: View, edge: Edge) -> Box | Literal["none"] | None:
    """Where neither takes the number, nor any other rule; None where it is to be asked."""
    grid, fact, number = view.grid, edge.upper.name.id, edge.upper.value
    if grid is None:
        return None
    boxes = dict(zip((rule.id for rule in view.programme.rules), grid.boxes, strict=True))
    below, above = boxes[edge.below.id], boxes[edge.above.id]
    low, high = view.bench.ranges[fact]
    # beyond the ends of the range a rule is taken at its word
    beside = (
        number == low or below[fact] & grid.at(fact, number - 1),
        number == high or above[fact] & grid.at(fact, number + 1),
    )
    here = grid.meet({**below, fact: grid.at(fact, number)}, {**above, fact: -1})
    if here is None or not all(beside):
        return "none"
    try:
        return next(grid.left(here, range(len(grid.boxes))), "none")
    except TooMany:
        return None


def _shown(view: View, edge: Edge, missed: Box | None) -> Replay | None:
    programme, space, fact = view.programme, view.space, edge.upper.name.id

    def shows(seen: Replay) -> bool:
        return seen.result is not None and not seen.fired(programme)

    conditions = (
        space.facts[fact] == edge.upper.value,
        space.villages.none_holds(programme),
        space.shifted(fact, -1).holds(programme, edge.below),
        space.shifted(fact, 1).holds(programme, edge.above),
    )
    span = edge.above.span
    return (
        view.proved(span, shows, *conditions)
        if missed is None
        else view.shown(span, shows, missed, *conditions)
    )

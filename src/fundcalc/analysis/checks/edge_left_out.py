"""Two rules meet at a number, and neither takes it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view, edge_said, edges_of
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC710"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every number between two rules that falls to `otherwise`."""
    programme, space = view.programme, view.space
    if programme.otherwise is None:
        return
    for edge in edges_of(view):
        if (edge.upper.op, edge.lower.op) != ("<", ">") or edge.upper.name.kind != "fact":
            continue
        fact = edge.upper.name.id
        seen = view.proved(
            edge.above.span,
            lambda seen: seen.result is not None and not seen.fired(programme),
            space.facts[fact] == edge.upper.value,
            space.villages.none_holds(programme),
            space.shifted(fact, -1).holds(programme, edge.below),
            space.shifted(fact, 1).holds(programme, edge.above),
        )
        if seen is not None:
            yield (edge.below.id, edge.above.id), edge_said(CODE, view, edge, seen)

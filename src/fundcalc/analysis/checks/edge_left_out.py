"""Two rules meet at a number, and neither takes it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, Edge, Replay, View, each_view, edges_of
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.show import literal

CODE = "FC710"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every number between two rules that falls to `otherwise`."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    programme, space = view.programme, view.space
    if programme.otherwise is None:
        return
    for edge in edges_of(view):
        if (edge.upper.op, edge.lower.op) != ("<", ">") or edge.upper.name.kind != "fact":
            continue
        fact = edge.upper.name.id
        seen = view.proved(
            edge.above.rule.span,
            lambda seen: seen.result is not None and not seen.fired(programme),
            space.facts[fact] == edge.upper.value,
            space.villages.none_holds(programme),
            space.shifted(fact, -1).holds(programme, edge.below),
            space.shifted(fact, 1).holds(programme, edge.above),
        )
        if seen is not None:
            yield (edge.below.id, edge.above.id), _finding(view, edge, seen)


def _finding(view: View, edge: Edge, seen: Replay) -> Diagnostic:
    number = literal(edge.upper.value, edge.upper.name.type)
    return view.say(
        CODE,
        edge.above.rule.span,
        edge.below.rule.span,
        witness=view.witness(seen),
        fact=edge.upper.name.id,
        number=number,
        below=edge.below.id,
        above=edge.above.id,
    )

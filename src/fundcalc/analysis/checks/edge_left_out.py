"""Two rules meet at a number, and neither takes it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.analysis.edges_meet import Edge, edges_of
from fundcalc.analysis.replay import Replay
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Words
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
            space.fact(fact) == edge.upper.value,
            space.villages.none_holds(programme),
            space.shifted(fact, -1).holds(programme, edge.below),
            space.shifted(fact, 1).holds(programme, edge.above),
        )
        if seen is not None:
            yield (edge.below.id, edge.above.id), _finding(view, edge, seen)


def _finding(view: View, edge: Edge, seen: Replay) -> Diagnostic:
    number = literal(edge.upper.value, edge.upper.name.type)
    return view.finding(
        "warning",
        Words(
            f"`{edge.upper.name.id}` 正好为 {number} 时，`{edge.below.id}` 与 `{edge.above.id}` 都不适用",
            f"neither `{edge.below.id}` nor `{edge.above.id}` takes"
            f" `{edge.upper.name.id}` of exactly {number}",
        ),
        (edge.above.rule.span, edge.below.rule.span),
        Words("让其中一边包括本数：<= 或 >=", "let one side take the number: `<=` or `>=`"),
        view.witness(seen),
    )

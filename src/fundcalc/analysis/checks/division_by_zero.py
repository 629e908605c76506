"""A rounding may divide by zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from fundcalc.analysis.bench import View, claims, each_view
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.nodes import Choice, Const, Logic, Node, Round, children
from fundcalc.language.show import show
from fundcalc.policy.plan import values_of

CODE = "FC715"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every quotient whose divisor is zero for some village for which it is worked out."""
    for node, span, reached in _expressions(view):
        for one, path in _rounds(view, node, []):
            if isinstance(one.denominator, Const):
                continue
            zero = view.space.villages.term(one.denominator) == 0
            seen = view.proved(span, lambda seen: seen.failed("FC406"), zero, *path, *reached)
            if seen is not None:
                text = show(one)
                yield text, view.say(CODE, span, seen=seen, text=text)


def _expressions(view: View) -> Iterator[tuple[Node, Span, list[Any]]]:
    """Every expression of the programme, its place, and when it is worked out."""
    programme, villages = view.programme, view.space.villages
    for rule in programme.rules:
        span = rule.span
        yield rule.when, span, []
        if rule.then is not None:
            yield rule.then, span, [villages.decides(programme, rule)]
    for (one, _), claim in zip(programme.shares, claims(view), strict=True):
        for node in values_of(one):
            yield node, claim.span, [claim.reached]
    for also in programme.also:
        if also.value is not None:
            yield also.value, also.span, []
    if programme.otherwise is not None:
        span = programme.otherwise.span
        yield programme.otherwise.value, span, [villages.none_holds(programme)]


def _rounds(view: View, node: Node, path: list[Any]) -> Iterator[tuple[Round, list[Any]]]:
    villages = view.space.villages
    match node:
        case Round():
            yield node, path
            yield from _rounds(view, node.numerator, path)
            yield from _rounds(view, node.denominator, path)
        case Choice():
            yield from _rounds(view, node.condition, path)
            condition = villages.term(node.condition)
            yield from _rounds(view, node.yes, [*path, condition])
            yield from _rounds(view, node.no, [*path, z3.Not(condition)])
        case Logic():
            before = list(path)
            for item in node.items:
                yield from _rounds(view, item, before)
                term = villages.term(item)
                before = [*before, term if node.op == "and" else z3.Not(term)]
        case _:  # all that is within it is worked out whenever it is
            for child in children(node):
                yield from _rounds(view, child, path)

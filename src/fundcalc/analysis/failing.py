"""Where a programme's expressions may have no value, and for which villages each is worked out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from fundcalc.analysis.bench import View, claims
from fundcalc.base.diagnostics import Span
from fundcalc.language.nodes import Choice, Logic, Lookup, Node, Round, children
from fundcalc.policy.plan import values_of


def may_fail(view: View) -> Iterator[tuple[Round | Lookup, Span, list[Any]]]:
    """Every rounding and look-up, the place of its rule, and the terms under which it is asked for."""
    for node, span, reached in _expressions(view):
        for one, path in _failing(view, node, []):
            yield one, span, [*path, *reached]


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


def _failing(view: View, node: Node, path: list[Any]) -> Iterator[tuple[Round | Lookup, list[Any]]]:
    villages = view.space.villages
    match node:
        case Round():
            yield node, path
            yield from _failing(view, node.numerator, path)
            yield from _failing(view, node.denominator, path)
        case Lookup():
            yield node, path
            for key in node.keys:
                yield from _failing(view, key, path)
        case Choice():
            yield from _failing(view, node.condition, path)
            condition = villages.term(node.condition)
            yield from _failing(view, node.yes, [*path, condition])
            yield from _failing(view, node.no, [*path, z3.Not(condition)])
        case Logic():
            before = list(path)
            for item in node.items:
                yield from _failing(view, item, before)
                term = villages.term(item)
                before = [*before, term if node.op == "and" else z3.Not(term)]
        case _:  # all that is within it is worked out whenever it is
            for child in children(node):
                yield from _failing(view, child, path)

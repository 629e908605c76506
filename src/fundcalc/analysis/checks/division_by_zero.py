"""A rounding may divide by zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fundcalc.analysis.bench import View, each_view
from fundcalc.analysis.checks.pool_without_weights import claims
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.nodes import Const, Fallible, Node, Round, walk
from fundcalc.language.show import show
from fundcalc.policy.model import Rule
from fundcalc.policy.plan import values_of

CODE = "FC715"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every quotient whose divisor is zero for some village for which it is worked out."""
    for quotient, span, path in may_fail(view):
        if isinstance(quotient, Round) and not isinstance(quotient.denominator, Const):
            zero = view.space.villages.term(quotient.denominator) == 0
            seen = view.proved(span, lambda seen: seen.failed("FC406"), zero, *path, sound=False)
            if seen is not None:
                text = show(quotient)
                yield text, view.say(CODE, span, seen=seen, text=text)


def may_fail(view: View) -> Iterator[tuple[Fallible, Span, list[Any]]]:
    """Every rounding, look-up and scale, the place of its rule, and the terms under which it is asked for."""
    for node, span, reached in _expressions(view):
        if any(isinstance(part, Fallible) for part in walk(node)):
            for failing, path in view.space.villages.failing(node, []):
                yield failing, span, [*path, *reached()]


def _expressions(view: View) -> Iterator[tuple[Node, Span, Callable[[], list[Any]]]]:
    """Every expression of the programme, its place, and when it is worked out."""
    programme, villages = view.programme, view.space.villages
    for rule in programme.rules:
        yield rule.when, rule.span, list
        if rule.then is not None:
            yield rule.then, rule.span, partial(_decided, view, rule)
    for (item, _), claim in zip(programme.shares, claims(view), strict=True):
        for node in values_of(item):
            yield node, claim.span, [claim.reached].copy
    for also in programme.also:
        if also.value is not None:
            yield also.value, also.span, list
    if programme.otherwise is not None:
        span = programme.otherwise.span
        yield programme.otherwise.value, span, lambda: [villages.none_holds(programme)]


def _decided(view: View, rule: Rule) -> list[Any]:
    return [view.space.villages.decides(view.programme, rule)]

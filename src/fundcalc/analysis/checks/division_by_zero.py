"""A rounding may divide by zero."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view, may_fail
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.nodes import Const, Round
from fundcalc.language.show import show

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

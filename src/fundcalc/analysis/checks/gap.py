"""A programme may leave a village without a rule and does not say what then holds."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC111"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every programme without `otherwise` that the plan refuses, with a village where there is one."""
    for gap in view.gaps:
        programme = view.programme
        none = view.space.villages.none_holds(programme)
        seen = view.proved(gap.where, lambda seen: seen.failed("FC403"), none)
        yield programme.id, view.say(CODE, *gap.spans, seen=seen, programme=programme.id)

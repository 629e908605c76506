"""A programme may leave a village without a rule and does not say what then holds."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Replay, View, each_view, replay
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.edges import TooMany

CODE = "FC111"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every programme without `otherwise` that the plan refuses, with a village where there is one."""
    for gap in view.gaps:
        programme = view.programme
        none = view.space.villages.none_holds(programme)
        seen = _counted(view) or view.proved(gap.where, _shows, none)
        yield programme.id, view.say(CODE, *gap.spans, seen=seen, programme=programme.id)


def _shows(seen: Replay) -> bool:
    return seen.failed("FC403")


def _counted(view: View) -> Replay | None:
    """A village without a rule, where rules are boxes and one is found."""
    if view.grid is None:
        return None
    try:
        row = view.missed(view.grid.everywhere, range(len(view.grid.boxes)))
    except TooMany:
        return None
    seen = None if row is None else replay(view.plan, view.programme, [row])
    return seen if seen is not None and _shows(seen) else None

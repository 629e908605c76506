"""The [otherwise] of a programme can never hold."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, View
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.edges import TooMany
from fundcalc.policy.plan import may_miss

CODE = "FC705"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every `otherwise` that no village reaches and that the plan does not ask for."""
    for programme in bench.plan.programmes:
        otherwise = programme.otherwise
        views = bench.views(programme, CODE)
        if otherwise is not None and all(_superfluous(view) for view in views):
            yield views[0].say(CODE, otherwise.span, programme=programme.id)


def _superfluous(view: View) -> bool:
    programme = view.programme
    assert programme.otherwise is not None
    span = programme.otherwise.span
    return _none_reaches(view, span) and (
        may_miss(view.plan.policy, programme, view.plan.constants) is None
    )


def _none_reaches(view: View, span: Span) -> bool:
    if view.grid is not None:
        try:
            return view.missed(view.grid.everywhere, range(len(view.grid.boxes))) is None
        except TooMany:
            pass
    return view.never(span, view.space.villages.none_holds(view.programme))

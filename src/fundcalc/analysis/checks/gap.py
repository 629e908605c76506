"""A programme may leave a village without a rule and does not say what then holds."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC111"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every programme without `otherwise` that the plan refuses, with a village where there is one."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    for gap in view.gaps:
        programme = view.programme
        none = view.space.villages.none_holds(programme)
        seen = view.proved(gap.where, lambda seen: seen.failed("FC403"), none)
        witness = view.witness(seen) if seen is not None else None
        yield (
            programme.id,
            view.say(CODE, *gap.spans, witness=witness, programme=programme.id),
        )

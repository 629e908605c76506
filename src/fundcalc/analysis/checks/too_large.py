"""An amount may become too large to be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import INT64_MAX, fits_int64
from fundcalc.language.nodes import names
from fundcalc.policy.plan import placed_expressions

CODE = "FC712"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every output that some village drives out of 64 bits, but not those that rest on one of these."""
    beyond: set[str] = set()
    return each_view(CODE)(lambda view: _find(view, beyond))(bench)


def _find(view: View, known: set[str]) -> Iterator[tuple[object, Diagnostic]]:
    core = next(decision for decision in view.plan.core if decision.id == view.programme.id)
    ends = {name.id: bounds for name, bounds in core.outputs().items()}
    placed = list(placed_expressions(view.programme))
    for output in view.programme.outputs:
        nodes = [node for owner, node, _ in placed if owner is output]
        low, high = ends.get(output.id, (0, 0))
        if fits_int64(low) and fits_int64(high):
            continue
        if output.id in known or any(n.id in known for node in nodes for n in names(node)):
            known.add(output.id)
            continue
        term: Any = view.space.villages.output(output.id)
        beyond = term > INT64_MAX if high > INT64_MAX else term < -INT64_MAX - 1
        seen = view.proved(output.span, lambda seen: seen.failed("FC404"), beyond)
        if seen is not None:
            known.add(output.id)
            yield (
                output.id,
                view.say(CODE, output.span, seen=seen, output=output.id),
            )

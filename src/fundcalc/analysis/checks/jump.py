"""A value is a hundred times another than the one before it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.values import jumps

CODE = "FC716"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every dated value that jumps, in force on the plan's date or not."""
    for parameter in bench.policy.parameters.values():
        yield from jumps(parameter)

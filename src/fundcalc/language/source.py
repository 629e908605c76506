"""An expression's text together with where each of its characters stands in the policy file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fundcalc.base.diagnostics import Span


def _nowhere(start: int, end: int) -> Span:
    return Span("", 1, start + 1, end + 1)


@dataclass(frozen=True, slots=True)
class Source:
    """`locate(start, end)` gives the place of the characters from start up to end."""

    text: str
    locate: Callable[[int, int], Span] = _nowhere

"""Random examples drawn once, the same every time, for tests that take many in one go."""

from __future__ import annotations

from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

T = TypeVar("T")


def drawn(strategy: st.SearchStrategy[T], examples: int, seed: int) -> list[T]:
    """Examples of a strategy."""
    found: list[T] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples, derandomize=False, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(one: T) -> None:
        found.append(one)

    collect()
    return found

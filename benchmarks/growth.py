"""Whether a cost grows faster with the rows than it may, told from what is noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

TOLERANCE = 1.5
"""So many times n log n is still taken for it: caches, pages of memory and neighbours on the machine."""

May = Callable[[int, int], float]


def n_log_n(fewer: int, more: int) -> float:
    """How many times as much n log n is for more rows."""
    return more * math.log(more) / (fewer * math.log(fewer))


def constant(fewer: int, more: int) -> float:
    """What does not depend on the rows."""
    return 1.0


@dataclass(frozen=True)
class Step:
    """From some rows to more: both costs above the start, each off by at most `noise`."""

    fewer: int
    more: int
    less: float
    cost: float
    may: float
    """How many times as much it may be, before the tolerance."""
    noise: float

    @property
    def times(self) -> float:
        """How many times as much; what cannot be told from nothing counts as the noise."""
        return max(self.cost, self.noise) / max(self.less, self.noise)

    @property
    def too_fast(self) -> bool:
        """Whether it grows faster than it may, even where both costs are off by the noise."""
        return self.cost - self.noise > (self.less + self.noise) * self.may * TOLERANCE


def steps(costs: Mapping[int, float], start: float, noise: float, may: May = n_log_n) -> list[Step]:
    """Every two sizes, so that what creeps shows over the widest, and what jumps in its own step.

    `costs` by rows; `start` is the cost with next to no rows, which is taken off.
    """
    above = {rows: max(cost - start, 0.0) for rows, cost in sorted(costs.items())}
    return [
        Step(fewer, more, above[fewer], above[more], may(fewer, more), noise)
        for fewer, more in combinations(above, 2)
    ]

"""Which claims a pool fills to their caps: the search that the sheet of pools makes, step by step.

Claims are ranked by cap / weight. How many of the lowest are filled is found by halving: a step asks
whether so many can be, and takes them where they can. A spreadsheet does each step in four cells a pool.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the ratio asked about, caps and weights up to it, and how many are taken after it."""

    ratio: float
    caps: int
    weights: int
    taken: int


class Filling:
    """One pool's claims; every one has a weight and a cap above zero."""

    def __init__(self, amount: int, claims: Sequence[tuple[int, int]]) -> None:
        """`claims` are weights and caps."""
        ranked = sorted((cap / weight, cap, weight) for weight, cap in claims)
        self._amount = amount
        self._ratios = [ratio for ratio, _, _ in ranked]
        self._caps = [0, *accumulate(cap for _, cap, _ in ranked)]
        self._weights = [0, *accumulate(weight for _, _, weight in ranked)]

    def at(self, place: int, taken: int) -> Step:
        """The claims up to the one of a place, counted from 1; none for 0."""
        if not 0 < place <= len(self._ratios):
            return Step(0.0, 0, 0, taken)
        ratio = self._ratios[place - 1]
        upto = bisect_right(self._ratios, ratio)
        return Step(ratio, self._caps[upto], self._weights[upto], taken)

    def step(self, size: int, taken: int) -> Step:
        """Try `size` claims more."""
        asked = self.at(taken + size, taken)
        if taken + size > len(self._ratios):
            return asked
        rest = self._weights[-1] - asked.weights
        fits = asked.ratio * rest <= self._amount - asked.caps
        return Step(asked.ratio, asked.caps, asked.weights, taken + size if fits else taken)


def sizes(villages: int) -> list[int]:
    """The sizes of the steps: powers of two that add up to all villages at least."""
    return [1 << power for power in reversed(range(villages.bit_length()))]

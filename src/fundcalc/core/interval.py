"""How small and how large a number can become: interval arithmetic."""

from __future__ import annotations

from typing import NamedTuple

from fundcalc.base.money import INT64_MAX, Direction, divide

INT128_MAX = 2**127 - 1

VILLAGES = 10**9
"""More villages than any roster has: what a count can reach."""


class Interval(NamedTuple):
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    @property
    def fits_int64(self) -> bool:
        """Whether 64 bits hold all of them and their negatives."""
        return self.low >= -INT64_MAX and self.high <= INT64_MAX

    @property
    def fits_int128(self) -> bool:
        """Whether 128 bits hold all of them and their negatives."""
        return self.low >= -INT128_MAX and self.high <= INT128_MAX

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def plus(self, other: Interval) -> Interval:
        """Sums."""
        return Interval(self.low + other.low, self.high + other.high)

    def minus(self, other: Interval) -> Interval:
        """Differences."""
        return Interval(self.low - other.high, self.high - other.low)

    def times(self, other: Interval) -> Interval:
        """Products."""
        corners = [a * b for a in self for b in other]
        return Interval(min(corners), max(corners))

    def over(self, other: Interval, direction: Direction) -> Interval:
        """Rounded quotients; nothing is divided by zero."""
        near = [n for n in (-1, 1) if other.low <= n <= other.high]
        ends = [n for n in (*other, *near) if n] or [1]
        corners = [divide(a, b, direction) for a in self for b in ends]
        if self.low <= 0 <= self.high:
            corners.append(0)
        return Interval(min(corners), max(corners))

    def union(self, other: Interval) -> Interval:
        """Those of either."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def least(self, other: Interval) -> Interval:
        """The smaller of both."""
        return Interval(min(self.low, other.low), min(self.high, other.high))

    def greatest(self, other: Interval) -> Interval:
        """The larger of both."""
        return Interval(max(self.low, other.low), max(self.high, other.high))

    def absolute(self) -> Interval:
        """Without their signs."""
        ends = (abs(self.low), abs(self.high))
        return Interval(0 if self.low <= 0 <= self.high else min(ends), max(ends))

    def clipped(self) -> Interval:
        """Those within 64 bits; an amount beyond is an error before anybody uses it."""
        limits = INT64
        return Interval(
            min(max(self.low, limits.low), limits.high),
            max(min(self.high, limits.high), limits.low),
        )


INT64 = Interval(-INT64_MAX - 1, INT64_MAX)
ZERO = Interval(0, 0)

"""How small and how large a number can become: interval arithmetic on expressions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

from fundcalc.base.money import INT64_MAX, Direction, divide
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.nodes import Node, children

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
        whole = INT64
        return Interval(
            min(max(self.low, whole.low), whole.high), max(min(self.high, whole.high), whole.low)
        )


INT64 = Interval(-INT64_MAX - 1, INT64_MAX)


def bounds(node: Node, known: Mapping[str, Interval]) -> Interval | None:
    """The numbers that a node can give; None for a node that is no number.

    `known` has the interval of every number that a name can stand for.
    """
    return Survey(known).visit(node)


class Survey:
    """Goes through expressions; `widest` holds every number met on the way."""

    def __init__(self, known: Mapping[str, Interval]) -> None:
        self._known = known
        self.widest = Interval(0, 0)

    def visit(self, node: Node) -> Interval | None:
        """The interval of a number; None for another node, whose parts are visited too."""
        if isinstance(node.type, Number | Date):
            return self.number(node)
        for part in children(node):
            self.visit(part)
        return None

    def number(self, node: Node) -> Interval:
        """The interval of a number."""
        found = self._of(node)
        self.widest = self.widest.union(found)
        return found

    def _of(self, node: Node) -> Interval:  # noqa: PLR0911, C901 - one a node
        match node:
            case nodes.Const():
                assert isinstance(node.value, int)
                return Interval(node.value, node.value)
            case nodes.Name():
                return self._known[node.id]
            case nodes.Negative():
                return -self.number(node.item)
            case nodes.Rescale():
                return self.number(node.item).times(_one(10**node.power))
            case nodes.Absolute():
                return self.number(node.item).absolute()
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Choice():
                self.visit(node.condition)
                return self.number(node.yes).union(self.number(node.no))
            case nodes.Extreme():
                pick = Interval.least if node.op == "min" else Interval.greatest
                return reduce(pick, map(self.number, node.items))
            case nodes.Round():
                return self._round(node)
            case nodes.Aggregate():
                return self._aggregate(node)
        raise TypeError(f"no such number: {type(node).__name__}")

    def _arithmetic(self, node: nodes.Arithmetic) -> Interval:
        left, right = self.number(node.left), self.number(node.right)
        if node.op == "+":
            return left.plus(right)
        return left.minus(right) if node.op == "-" else left.times(right)

    def _round(self, node: nodes.Round) -> Interval:
        top, bottom = self.number(node.numerator), self.number(node.denominator)
        stepped = bottom.times(_one(node.step))
        self.widest = self.widest.union(stepped)
        return top.over(stepped, node.direction).times(_one(node.step))

    def _aggregate(self, node: nodes.Aggregate) -> Interval:
        if node.where is not None:
            self.visit(node.where)
        villages = Interval(0, VILLAGES)
        return villages if node.item is None else self.number(node.item).times(villages)


def _one(value: int) -> Interval:
    return Interval(value, value)

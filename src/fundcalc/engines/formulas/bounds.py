"""How large a number can become, so that no formula leaves what a spreadsheet computes exactly."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.base.words import Words
from fundcalc.engines.formulas.model import LIMIT, Inexpressible
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Arithmetic,
    Choice,
    Const,
    Extreme,
    Name,
    Negative,
    Node,
    Rescale,
    Round,
    walk,
)

Interval = tuple[int, int]


class Bounds:
    """Intervals of numeric nodes, in smallest units, from the intervals of names."""

    def __init__(self, names: Mapping[str, Interval], villages: int) -> None:
        self._names = names
        self._villages = villages

    def check(self, node: Node) -> None:
        """Raise Inexpressible where some number within the node may reach the limit."""
        for part in walk(node):
            if isinstance(part.type, Number) and part.type.decimals is not None:
                self.small(self.of(part))

    @staticmethod
    def small(interval: Interval, limit: int = LIMIT) -> Interval:
        """The interval, if all of it is within the limit."""
        if max(-interval[0], interval[1]) >= limit:
            raise Inexpressible(
                Words(
                    "数值可能超过 15 位，电子表格不能精确计算",
                    "numbers may pass 15 digits, which a spreadsheet does not compute exactly",
                )
            )
        return interval

    def of(self, node: Node) -> Interval:  # noqa: PLR0911 - one line a node
        """Least and greatest value of a numeric node."""
        match node:
            case Const():
                assert isinstance(node.value, int)
                return node.value, node.value
            case Name():
                return self._names.get(node.id, (0, 0))
            case Negative():
                low, high = self.of(node.item)
                return -high, -low
            case Rescale():
                return _product(self.of(node.item), (10**node.power, 10**node.power))
            case Arithmetic():
                return self._arithmetic(node)
            case Choice():
                return _around(self.of(node.yes), self.of(node.no))
            case Extreme():
                parts = [self.of(item) for item in node.items]
                pick = min if node.op == "min" else max
                return pick(p[0] for p in parts), pick(p[1] for p in parts)
            case Absolute():
                low, high = self.of(node.item)
                return 0, max(-low, high)
            case Round():
                return self._round(node)
            case Aggregate():
                low, high = self.of(node.item) if node.item is not None else (0, 1)
                return min(low, 0) * self._villages, max(high, 0) * self._villages
        raise TypeError(f"no such number: {type(node).__name__}")

    def _arithmetic(self, node: Arithmetic) -> Interval:
        left, right = self.of(node.left), self.of(node.right)
        if node.op == "+":
            return left[0] + right[0], left[1] + right[1]
        if node.op == "-":
            return left[0] - right[1], left[1] - right[0]
        return _product(left, right)

    def _round(self, node: Round) -> Interval:
        """The divisor is a whole number, so the quotient is no larger than the numerator."""
        low, high = self.small(self.of(node.numerator), LIMIT // 2)
        bottom = self.of(node.denominator)
        self.small((bottom[0] * node.step, bottom[1] * node.step))
        most = max(-low, high) // max(node.step, 1) * node.step + node.step
        if bottom[0] > 0:
            most = max(-low, high) // bottom[0] + node.step
        return (-most if low < 0 or bottom[0] < 0 else 0), most


def _product(left: Interval, right: Interval) -> Interval:
    corners = [a * b for a in left for b in right]
    return min(corners), max(corners)


def _around(left: Interval, right: Interval) -> Interval:
    return min(left[0], right[0]), max(left[1], right[1])

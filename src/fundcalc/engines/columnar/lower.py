"""Typed expressions as functions of columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import cast

import numpy as np

from fundcalc.base.money import Direction
from fundcalc.engines.columnar.values import (
    Anomaly,
    Array,
    Column,
    Env,
    Lists,
    Num,
    Words,
    bools,
    merged,
    one,
    operate,
    select,
    settle,
    wide,
)
from fundcalc.language import nodes
from fundcalc.language.bounds import Interval
from fundcalc.language.datatypes import Text, Texts, YesNo
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Node, walk

Mask = Array | bool
"""The villages for which a value is wanted; only a division looks at it."""

_COMPARE: dict[str, Callable[..., Array | bool]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


class Lowered:
    """Evaluates nodes over `villages` rows of an environment of columns."""

    def __init__(self, env: Env, villages: int) -> None:
        self._env = env
        self._villages = villages
        self._known: dict[object, Array | bool] = {}

    def number(self, node: Node, mask: Mask = True) -> Num:
        """A numeric node (dates are numbers too)."""
        found = self.column(node, mask)
        assert isinstance(found, Num)
        return found

    def truth(self, node: Node, mask: Mask = True) -> Array | bool:
        """A yes/no node."""
        return cast("Array | bool", self.column(node, mask))

    def words(self, node: Node, mask: Mask = True) -> Words:
        """A text node."""
        found = self.column(node, mask)
        assert isinstance(found, Words)
        return found

    def column(self, node: Node, mask: Mask = True) -> Column:  # noqa: PLR0911, C901 - one line a node
        """Any node. Raises Anomaly where a wanted village divides by zero."""
        match node:
            case nodes.Const():
                return _const(node)
            case nodes.Name():
                return self._env[node.id]
            case nodes.Aggregate():
                return self._env[aggregate_key(node)]
            case nodes.Negative():
                item = self.number(node.item, mask)
                return operate(lambda a: -a, -item.range, item)
            case nodes.Rescale():
                return _times(self.number(node.item, mask), one(10**node.power))
            case nodes.Arithmetic():
                return self._arithmetic(node, mask)
            case nodes.Compare():
                return self._once(node, node, lambda: self._compare(node, mask))
            case nodes.Contains():
                return self._contains(node, mask)
            case nodes.Logic():
                return self._logic(node, mask)
            case nodes.Negation():
                return _not(self.truth(node.item, mask))
            case nodes.Choice():
                return self._choice(node, mask)
            case nodes.Extreme():
                return self._extreme(node, mask)
            case nodes.Absolute():
                item = self.number(node.item, mask)
                return operate(abs, item.range.absolute(), item)
            case nodes.Round():
                return self._round(node, mask)
        raise TypeError(f"no such node: {type(node).__name__}")

    def _arithmetic(self, node: nodes.Arithmetic, mask: Mask) -> Num:
        a, b = self.number(node.left, mask), self.number(node.right, mask)
        if node.op == "+":
            return operate(lambda x, y: x + y, a.range.plus(b.range), a, b)
        if node.op == "-":
            return operate(lambda x, y: x - y, a.range.minus(b.range), a, b)
        return _times(a, b)

    def _once(self, key: object, node: Node, make: Callable[[], Array | bool]) -> Array | bool:
        """A condition that rules may share, worked out once; one that may fail is not kept."""
        if may_fail(node):
            return make()
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def _compare(self, node: nodes.Compare, mask: Mask) -> Array | bool:
        left, right = self.column(node.left, mask), self.column(node.right, mask)
        if isinstance(left, Words) and isinstance(right, Words):
            same = left.equals(right)
            return same if node.op == "==" else _not(same)
        if isinstance(left, Num) and isinstance(right, Num):
            found = _COMPARE[node.op](left.values, right.values)
        else:
            found = _COMPARE[node.op](left, right)
        return found.astype(np.bool_) if isinstance(found, np.ndarray) else bool(found)

    def _contains(self, node: nodes.Contains, mask: Mask) -> Array | bool:
        key = (node.item, node.container)
        found = self._once(key, node, lambda: self._among(node, mask))
        return _not(found) if node.negated else found

    def _among(self, node: nodes.Contains, mask: Mask) -> Array | bool:
        item = self.column(node.item, mask)
        if isinstance(node.container, tuple):
            values = [choice.value for choice in node.container]
        elif isinstance(node.container, nodes.Const):
            assert isinstance(node.container.value, tuple)
            values = list(node.container.value)
        else:
            holder = self.column(node.container, mask)
            assert isinstance(holder, Lists) and isinstance(item, Words)
            return holder.holds(item)
        if isinstance(item, Words):
            wanted = set(values)
            return item.among(lambda text: text in wanted)
        assert not isinstance(item, Lists)
        plain = item.values if isinstance(item, Num) else item
        found: Array | bool = False
        for value in values:
            found = np.logical_or(found, np.equal(plain, cast("int", value)))
        return found

    def _logic(self, node: nodes.Logic, mask: Mask) -> Array | bool:
        found = self.truth(node.items[0], mask)
        for item in node.items[1:]:
            if may_fail(item):
                mask = mask & (found if node.op == "and" else _not(found))
            other = self.truth(item, mask)
            found = found & other if node.op == "and" else found | other
        return found

    def _choice(self, node: nodes.Choice, mask: Mask) -> Column:
        condition = self.truth(node.condition, mask)
        yes_mask = mask & condition if may_fail(node.yes) else True
        no_mask = mask & _not(condition) if may_fail(node.no) else True
        if isinstance(node.type, Text):
            yes_words, no_words = self.words(node.yes, yes_mask), self.words(node.no, no_mask)
            return merged([(bools(condition, self._villages), yes_words)], self._villages, no_words)
        if isinstance(node.type, YesNo):
            yes_truth, no_truth = self.truth(node.yes, yes_mask), self.truth(node.no, no_mask)
            if not isinstance(condition, np.ndarray):
                return yes_truth if condition else no_truth
            return np.where(condition, yes_truth, no_truth)
        if isinstance(node.type, Texts):
            found = (condition, self.column(node.yes)), (_not(condition), self.column(node.no))
            return Lists(
                tuple((there & when, text) for when, one in found for there, text in _parts(one))
            )
        yes, no = self.number(node.yes, yes_mask), self.number(node.no, no_mask)
        return where(condition, yes, no)

    def _extreme(self, node: nodes.Extreme, mask: Mask) -> Num:
        items = [self.number(item, mask) for item in node.items]
        return reduce(least if node.op == "min" else greatest, items)

    def _round(self, node: nodes.Round, mask: Mask) -> Num:
        top, bottom = self.number(node.numerator, mask), self.number(node.denominator, mask)
        if bottom.range.low <= 0 <= bottom.range.high:
            bottom = _nonzero(bottom, mask, self._villages)
        quotient = divide(top, _times(bottom, one(node.step)), node.direction)
        return _times(quotient, one(node.step))


def _const(node: nodes.Const) -> Column:
    value = node.value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return one(value)
    if isinstance(value, tuple):
        return Lists(tuple((True, Words(0, (text,))) for text in value))
    return Words(0, (value,))


def _parts(column: Column) -> tuple[tuple[Array | bool, Words], ...]:
    assert isinstance(column, Lists)
    return column.parts


def _not(found: Array | bool) -> Array | bool:
    return ~found if isinstance(found, np.ndarray) else not found


def _times(a: Num, b: Num) -> Num:
    return operate(lambda x, y: x * y, a.range.times(b.range), a, b)


def where(condition: Array | bool, yes: Num, no: Num) -> Num:
    """The one where a condition holds, else the other."""
    if not isinstance(condition, np.ndarray):
        return yes if condition else no
    return operate(lambda a, b: select(condition, a, b), yes.range.union(no.range), yes, no)


def least(a: Num, b: Num) -> Num:
    """The smaller of both."""
    return operate(np.minimum, a.range.least(b.range), a, b)


def greatest(a: Num, b: Num) -> Num:
    """The larger of both."""
    return operate(np.maximum, a.range.greatest(b.range), a, b)


def _nonzero(bottom: Num, mask: Mask, villages: int) -> Num:
    """The divisor; 1 in place of a zero that nobody wants. Raises Anomaly for one that is wanted."""
    zero = np.equal(bottom.values, 0)
    wanted = bools(zero & mask, villages)
    if wanted.any():
        raise Anomaly(int(np.argmax(wanted)))
    return Num(np.where(zero, 1, bottom.values), bottom.range.union(Interval(1, 1)))


def divide(top: Num, bottom: Num, direction: Direction) -> Num:
    """The quotient rounded to whole numbers, as `money.divide` does it; no divisor is zero."""
    if top.range.fits_int64 and bottom.range.fits_int64:
        values = _divided(top.values, bottom.values, direction)
    else:
        values = _divided(wide(top), wide(bottom), direction)
    return settle(values, top.range.over(bottom.range, direction))


def _divided(top: Array | int, bottom: Array | int, direction: Direction) -> Array:
    negative = np.less(bottom, 0)
    if np.any(negative):
        top, bottom = np.where(negative, -top, top), np.where(negative, -bottom, bottom)
    floor: Array = np.floor_divide(top, bottom)
    rest = top - floor * bottom
    if direction == "floor":
        return floor
    some = np.not_equal(rest, 0)
    if direction == "ceiling":
        return np.asarray(floor + some)
    if direction == "down":
        return np.asarray(floor + (some & np.less(top, 0)))
    if direction == "up":
        return np.asarray(floor + (some & np.greater(top, 0)))
    above = np.greater(rest, bottom - rest)
    half = np.equal(rest, bottom - rest) & some
    odd = np.greater(top, 0) if direction == "half up" else np.not_equal(floor % 2, 0)
    return np.asarray(floor + (above | (half & odd)))


def may_fail(node: Node) -> bool:
    """Whether the node divides by something that may be zero."""
    return any(
        isinstance(part, nodes.Round) and not isinstance(part.denominator, nodes.Const)
        for part in walk(node)
    )

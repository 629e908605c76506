"""Evaluate typed nodes for one village: the reference that every other engine must agree with.

`simplify` puts in what is known, such as the chosen readings, and removes conditions that are decided then.
"""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial, reduce
from typing import assert_never, cast

from fundcalc.base.money import INT64_MAX, divide
from fundcalc.language import nodes
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Node, Value, rebuild
from fundcalc.language.show import literal, show

Row = Mapping[str, Value]
Evaluation = Callable[[Row], Value]
IntEvaluation = Callable[[Row], int]

OPERATORS: dict[str, Callable[..., Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class NoValue(ArithmeticError):
    """An expression that has no value for a village; `at` is the place of what fails in the text."""

    def __init__(self, at: tuple[int, int]) -> None:
        super().__init__("no value")
        self.at = at


class DivisionByZero(NoValue):
    """A rounding whose divisor is zero."""


class NoneCounts(NoValue):
    """A least, greatest or mean of a group of which no row counts; `text` is the expression."""

    def __init__(self, at: tuple[int, int], text: str) -> None:
        super().__init__(at)
        self.text = text


class NoRow(NoValue):
    """A table that has no row for the keys."""

    def __init__(self, at: tuple[int, int], table: str, keys: str) -> None:
        super().__init__(at)
        self.table, self.keys = table, keys


class NoDay(NoValue):
    """A year, month and day that make no date."""

    def __init__(self, at: tuple[int, int], parts: tuple[int, ...]) -> None:
        super().__init__(at)
        self.day = "-".join(map(str, parts))


def evaluation(node: Node) -> Evaluation:
    """A function from a row to the node's value.

    Rows map names to values: numbers as whole counts of their decimals, dates as ordinals. Integers
    never wrap. Raises NoValue where a rounding divides by zero or a table has no row.
    """
    match node:
        case nodes.Const(value=value):
            return lambda row: value
        case nodes.Name(kind="group or none"):
            return partial(_counted_value, node)
        case nodes.Name(id=id_):
            return operator.itemgetter(id_)
        case nodes.One():
            return lambda row: 1
        case nodes.Lookup():
            return _lookup(node)
        case nodes.Scale():
            return _scale(node)
        case nodes.Calendar():
            return _calendar(node)
        case nodes.Negative():
            item = _int(node.item)
            return lambda row: -item(row)
        case nodes.Rescale():
            item, factor = _int(node.item), 10**node.power
            return lambda row: item(row) * factor
        case nodes.Arithmetic() | nodes.Compare():
            left, right, op = evaluation(node.left), evaluation(node.right), OPERATORS[node.op]
            if isinstance(node.right, nodes.Const):
                value = node.right.value
                return lambda row: op(left(row), value)
            return lambda row: op(left(row), right(row))
        case nodes.Contains():
            return _contains(node)
        case nodes.Logic():
            return reduce(_both if node.op == "and" else _either, map(evaluation, node.items))
        case nodes.Negation():
            test = evaluation(node.item)
            return lambda row: not test(row)
        case nodes.Choice():
            test, yes, no = evaluation(node.condition), evaluation(node.yes), evaluation(node.no)
            return lambda row: yes(row) if test(row) else no(row)
        case nodes.Extreme():
            items, pick = [_int(item) for item in node.items], min if node.op == "min" else max
            return lambda row: pick([item(row) for item in items])
        case nodes.Absolute():
            item = _int(node.item)
            return lambda row: abs(item(row))
        case nodes.Round():
            return _round(node)
        case nodes.Aggregate():
            # worked out over the rows of a pool's group; here its value stands in the row
            return operator.itemgetter(show(node))
    assert_never(node)


def _counted_value(name: nodes.Name, row: Row) -> Value:
    """A value that a group has only where some row counts."""
    if not row.get(counted_rows(name.id), 1):
        raise NoneCounts(name.at, name.id)
    return row[name.id]


def counted_rows(group: str) -> str:
    """The name of how many rows count in the value of a group."""
    return f"rows of {group}"


def _both(left: Evaluation, right: Evaluation) -> Evaluation:
    return lambda row: left(row) and right(row)


def _either(left: Evaluation, right: Evaluation) -> Evaluation:
    return lambda row: left(row) or right(row)


def _contains(node: nodes.Contains) -> Evaluation:
    item, negated = evaluation(node.item), node.negated
    if isinstance(node.container, tuple):
        values = frozenset(choice.value for choice in node.container)
        return lambda row: (item(row) in values) is not negated
    container = cast("Callable[[Row], tuple[str, ...]]", evaluation(node.container))
    return lambda row: (item(row) in container(row)) is not negated


def _lookup(node: nodes.Lookup) -> Evaluation:
    keys, table, at = [evaluation(key) for key in node.keys], node.table, node.at
    find = row_finder(node.rows)

    def looked_up(row: Row) -> Value:
        wanted = tuple(key(row) for key in keys)
        table_row = find(wanted)
        if table_row is None:
            shown = zip(wanted, node.keys, strict=True)
            raise NoRow(at, table, ", ".join(literal(v, key.type) for v, key in shown))
        return table_row.value

    return looked_up


def _calendar(node: nodes.Calendar) -> Evaluation:
    items, at = [_int(item) for item in node.items], node.at

    def day_of(row: Row) -> int:
        parts = tuple(item(row) for item in items)
        try:
            return date(*parts).toordinal()
        except (ValueError, OverflowError):
            raise NoDay(at, parts) from None

    first, last = items[0], items[-1]
    match node.op:
        case "date":
            return day_of
        case "year":
            return lambda row: date.fromordinal(first(row)).year
        case "days":
            return lambda row: last(row) - first(row)
        case "months":
            return lambda row: complete_months(first(row), last(row))
        case "years":
            return lambda row: divide(complete_months(first(row), last(row)), 12, "down")
    assert_never(node.op)


def complete_months(start: int, end: int) -> int:
    """Complete months from one day to another, both as ordinals; below zero where `end` comes first.

    A month without the day is complete on its last: from 31 January to 28 February is one.
    """
    if end < start:
        return -complete_months(end, start)
    first, second = date.fromordinal(start), date.fromordinal(end)
    last = monthrange(second.year, second.month)[1]
    months = (second.year - first.year) * 12 + second.month - first.month
    return months - 1 if second.day < min(first.day, last) else months


def _scale(node: nodes.Scale) -> Evaluation:
    item, table, at = _int(node.item), node.table, node.at
    bands = scale_bands(node.rows)

    def scaled(row: Row) -> Value:
        amount, total = item(row), 0
        for least, most, rate in bands:
            if amount > least:
                total += ((amount if most is None else min(amount, most)) - least) * rate
        if bands[-1][1] is not None and amount > bands[-1][1]:
            raise NoRow(at, table, literal(amount, node.item.type))
        return total

    return scaled


def scale_bands(rows: Sequence[nodes.TableRow]) -> list[tuple[int, int | None, int]]:
    """Where each part of an amount begins and ends, and its rate: it begins where the last ended.

    Both ends belong to a band: the first begins the smallest step below its number, if that is above 0.
    """
    bands: list[tuple[int, int | None, int]] = []
    for row in sorted(rows, key=band_start):
        (least, most), rate = cast("nodes.Ends", row.keys[0]), cast("int", row.value)
        previous_end, first = bands[-1][1] if bands else None, max((least or 0) - 1, 0)
        bands.append((first if previous_end is None else previous_end, most, rate))
    return bands


def band_start(row: nodes.TableRow) -> int:
    """Where the band of a scale's row begins."""
    least = row.keys[0][0]
    return least if isinstance(least, int) else -INT64_MAX


def row_finder(
    rows: Sequence[nodes.TableRow],
) -> Callable[[tuple[Value, ...]], nodes.TableRow | None]:
    """A function from keys to the row of a table that holds for them, if there is one."""
    by_text: dict[tuple[Value, ...], list[nodes.TableRow]] = {}
    for row in rows:
        texts = tuple(key for key in row.keys if isinstance(key, str))
        by_text.setdefault(texts, []).append(row)
    banded = [
        place for row in rows[:1] for place, key in enumerate(row.keys) if key.__class__ is tuple
    ]

    def find(keys: tuple[Value, ...]) -> nodes.TableRow | None:
        texts = tuple(key for key in keys if isinstance(key, str))
        numbers = [cast("int", keys[place]) for place in banded]
        for row in by_text.get(texts, ()):
            ends = [cast("nodes.Ends", row.keys[place]) for place in banded]
            if all(map(within, numbers, ends)):
                return row
        return None

    return find


def within(number: int, ends: nodes.Ends) -> bool:
    """Whether a number lies in a band; both ends belong to it."""
    least, most = ends
    return (least is None or number >= least) and (most is None or number <= most)


def _round(node: nodes.Round) -> Evaluation:
    numerator, denominator = _int(node.numerator), _int(node.denominator)
    step, direction, at = node.step, node.direction, node.at

    def rounded(row: Row) -> int:
        divisor = denominator(row)
        if not divisor:
            raise DivisionByZero(at)
        return divide(numerator(row), divisor * step, direction) * step

    return rounded


def unmet(node: nodes.Node, columns: Mapping[str, Sequence[Value]]) -> list[int]:
    """The places of rows of which a condition does not hold or has no value; equal rows are tested once."""
    test, by_values, places = evaluation(node), dict[tuple[Value, ...], bool](), list[int]()
    for at, values in enumerate(zip(*columns.values(), strict=True)):
        if values not in by_values:
            try:
                by_values[values] = bool(test(dict(zip(columns, values, strict=True))))
            except NoValue:
                by_values[values] = False
        if not by_values[values]:
            places.append(at)
    return places


def _int(node: Node) -> IntEvaluation:
    return cast("IntEvaluation", evaluation(node))


def simplify(node: Node, known: Mapping[str, Value]) -> Node:
    """The node with known names put in, and conditions that are then decided removed.

    Arithmetic is left as written, so that it can be shown to a reader; only choices, comparisons of
    known text and yes/no logic are worked out.
    """
    if isinstance(node, nodes.Name):
        return nodes.Const(node.type, node.at, known[node.id]) if node.id in known else node
    node = rebuild(node, lambda child: simplify(child, known))
    if isinstance(node, nodes.Choice) and isinstance(node.condition, nodes.Const):
        return node.yes if node.condition.value else node.no
    if isinstance(node, nodes.Negation) and isinstance(node.item, nodes.Const):
        return nodes.Const(YesNo(), node.at, not node.item.value)
    if isinstance(node, nodes.Logic):
        return _logic(node)
    if isinstance(node, nodes.Compare | nodes.Contains) and _decided(node):
        return nodes.Const(YesNo(), node.at, evaluation(node)({}))
    return node


def _decided(node: nodes.Compare | nodes.Contains) -> bool:
    if isinstance(node, nodes.Contains):
        return isinstance(node.item, nodes.Const) and isinstance(
            node.container, tuple | nodes.Const
        )
    both = isinstance(node.left, nodes.Const) and isinstance(node.right, nodes.Const)
    return both and isinstance(node.left.type, Text | YesNo)


def _logic(node: nodes.Logic) -> Node:
    absorbing = node.op == "or"
    remaining: list[Node] = []
    for item in node.items:
        if not isinstance(item, nodes.Const):
            remaining.append(item)
        elif bool(item.value) is absorbing:
            return nodes.Const(YesNo(), node.at, absorbing)
    if not remaining:
        return nodes.Const(YesNo(), node.at, not absorbing)
    if len(remaining) == len(node.items) > 1:
        return node
    if len(remaining) == 1:
        return remaining[0]
    return nodes.Logic(YesNo(), node.at, node.op, tuple(remaining))

"""Evaluate typed nodes for one village: the reference that every other engine must agree with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import cast

from fundcalc.base.money import divide
from fundcalc.language import nodes
from fundcalc.language.nodes import Node, Value

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


class DivisionByZero(ArithmeticError):
    """A rounding whose divisor is zero for this village; `at` is its place in the text."""

    def __init__(self, at: tuple[int, int]) -> None:
        super().__init__("division by zero")
        self.at = at


def evaluation(node: Node) -> Evaluation:
    """A function from a row to the node's value.

    Rows map names to values: numbers as whole counts of their decimals, dates as ordinals. Integers
    never wrap. Raises DivisionByZero where a rounding divides by zero.
    """
    return _MAKERS[type(node)](node)


def _const(node: nodes.Const) -> Evaluation:
    value = node.value
    return lambda row: value


def _name(node: nodes.Name) -> Evaluation:
    return operator.itemgetter(node.id)


def _negative(node: nodes.Negative) -> Evaluation:
    item = _int(node.item)
    return lambda row: -item(row)


def _rescale(node: nodes.Rescale) -> Evaluation:
    item, factor = _int(node.item), 10**node.power
    return lambda row: item(row) * factor


def _binary(node: nodes.Arithmetic | nodes.Compare) -> Evaluation:
    left, right, op = evaluation(node.left), evaluation(node.right), OPERATORS[node.op]
    return lambda row: op(left(row), right(row))


def _contains(node: nodes.Contains) -> Evaluation:
    item, negated = evaluation(node.item), node.negated
    if isinstance(node.container, tuple):
        values = frozenset(choice.value for choice in node.container)
        return lambda row: (item(row) in values) is not negated
    container = cast("Callable[[Row], tuple[str, ...]]", evaluation(node.container))
    return lambda row: (item(row) in container(row)) is not negated


def _logic(node: nodes.Logic) -> Evaluation:
    items = [evaluation(item) for item in node.items]
    if node.op == "and":
        return lambda row: all(item(row) for item in items)
    return lambda row: any(item(row) for item in items)


def _negation(node: nodes.Negation) -> Evaluation:
    item = evaluation(node.item)
    return lambda row: not item(row)


def _choice(node: nodes.Choice) -> Evaluation:
    condition, yes, no = evaluation(node.condition), evaluation(node.yes), evaluation(node.no)
    return lambda row: yes(row) if condition(row) else no(row)


def _extreme(node: nodes.Extreme) -> Evaluation:
    items = [_int(item) for item in node.items]
    pick = min if node.op == "min" else max
    return lambda row: pick(item(row) for item in items)


def _absolute(node: nodes.Absolute) -> Evaluation:
    item = _int(node.item)
    return lambda row: abs(item(row))


def _round(node: nodes.Round) -> Evaluation:
    top, bottom = _int(node.numerator), _int(node.denominator)
    step, direction, at = node.step, node.direction, node.at

    def rounded(row: Row) -> int:
        divisor = bottom(row)
        if not divisor:
            raise DivisionByZero(at)
        return divide(top(row), divisor * step, direction) * step

    return rounded


def _aggregate(node: nodes.Aggregate) -> Evaluation:
    """Aggregates are worked out over a group by the pool; here their value stands in the row."""
    key = aggregate_key(node)
    return lambda row: row[key]


def aggregate_key(node: nodes.Aggregate) -> str:
    """The name under which a group's row keeps the value of an aggregate."""
    return f"{node.op}@{node.at[0]}:{node.at[1]}"


def _int(node: Node) -> IntEvaluation:
    return cast("IntEvaluation", evaluation(node))


_MAKERS: dict[type[Node], Callable[..., Evaluation]] = {
    nodes.Const: _const,
    nodes.Name: _name,
    nodes.Negative: _negative,
    nodes.Rescale: _rescale,
    nodes.Arithmetic: _binary,
    nodes.Compare: _binary,
    nodes.Contains: _contains,
    nodes.Logic: _logic,
    nodes.Negation: _negation,
    nodes.Choice: _choice,
    nodes.Extreme: _extreme,
    nodes.Absolute: _absolute,
    nodes.Round: _round,
    nodes.Aggregate: _aggregate,
}

"""The single comparisons of a condition, and what a condition is without one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.language.nodes import Node

_NEGATED: dict[nodes.Comparison, nodes.Comparison] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="
}  # fmt: skip


def atoms(node: Node) -> Iterator[Node]:
    """Comparisons, `in` and yes/no names, in the order written."""
    if isinstance(node, nodes.Compare | nodes.Contains) or (
        isinstance(node, nodes.Name) and isinstance(node.type, YesNo)
    ):
        yield node
    elif not isinstance(node, nodes.Name | nodes.Const):
        for child in nodes.children(node):
            yield from atoms(child)


def choices(node: Node) -> Iterator[nodes.Choice]:
    """Every `a if c else b` in an amount."""
    if isinstance(node, nodes.Choice):
        yield node
    for child in nodes.children(node):
        yield from choices(child)


def decided(node: Node, atom: Node, value: bool) -> Node:
    """The node with one of its atoms taken for true or false."""
    if node is atom:
        return nodes.Const(YesNo(), node.at, value)
    return nodes.rebuild(node, lambda child: decided(child, atom, value))


def parts(node: Node) -> list[Node]:
    """The conditions that must all hold: what `and` joins, at the top."""
    if isinstance(node, nodes.Logic) and node.op == "and":
        return [part for item in node.items for part in parts(item)]
    return [node]


@dataclass(frozen=True, slots=True)
class Threshold:
    """`name op value`, as it counts in a condition: negations are worked in."""

    name: nodes.Name
    op: nodes.Comparison
    value: int


def thresholds(node: Node, negated: bool = False) -> Iterator[Threshold]:
    """Where a condition compares one number or day with a constant."""
    match node:
        case nodes.Negation():
            yield from thresholds(node.item, not negated)
        case nodes.Logic():
            for item in node.items:
                yield from thresholds(item, negated)
        case nodes.Choice():
            for item in (node.yes, node.no):
                yield from thresholds(item, negated)
        case nodes.Compare():
            left, right, op = node.left, node.right, node.op
            if isinstance(left, nodes.Const):
                left, right, op = right, left, nodes.FLIPPED[op]
            counts = isinstance(left, nodes.Name) and isinstance(left.type, Number | Date)
            if counts and isinstance(right, nodes.Const) and isinstance(right.value, int):
                assert isinstance(left, nodes.Name)
                yield Threshold(left, _NEGATED[op] if negated else op, right.value)
        case _:  # no comparison of a condition stands there
            pass

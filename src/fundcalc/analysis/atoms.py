"""The single comparisons of a condition, and what a condition is without one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.language.nodes import (
    FLIPPED,
    Choice,
    Compare,
    Comparison,
    Const,
    Contains,
    Logic,
    Name,
    Negation,
    Node,
    children,
    rebuild,
)

_NEGATED: dict[Comparison, Comparison] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="
}  # fmt: skip


def atoms(node: Node) -> Iterator[Node]:
    """Comparisons, `in` and yes/no names, in the order written."""
    if isinstance(node, Compare | Contains) or (
        isinstance(node, Name) and isinstance(node.type, YesNo)
    ):
        yield node
    elif not isinstance(node, Name | Const):
        for child in children(node):
            yield from atoms(child)


def choices(node: Node) -> Iterator[Choice]:
    """Every `a if c else b` in an amount."""
    if isinstance(node, Choice):
        yield node
    for child in children(node):
        yield from choices(child)


def decided(node: Node, atom: Node, value: bool) -> Node:
    """The node with one of its atoms taken for true or false."""
    if node is atom:
        return Const(YesNo(), node.at, value)
    return rebuild(node, lambda child: decided(child, atom, value))


def parts(node: Node) -> list[Node]:
    """The conditions that must all hold: what `and` joins, at the top."""
    if isinstance(node, Logic) and node.op == "and":
        return [part for item in node.items for part in parts(item)]
    return [node]


@dataclass(frozen=True, slots=True)
class Threshold:
    """`name op value`, as it counts in a condition: negations are worked in."""

    name: Name
    op: Comparison
    value: int


def thresholds(node: Node, negated: bool = False) -> Iterator[Threshold]:
    """Where a condition compares one number or day with a constant."""
    match node:
        case Negation():
            yield from thresholds(node.item, not negated)
        case Logic():
            for item in node.items:
                yield from thresholds(item, negated)
        case Choice():
            for item in (node.yes, node.no):
                yield from thresholds(item, negated)
        case Compare():
            left, right, op = node.left, node.right, node.op
            if isinstance(left, Const):
                left, right, op = right, left, FLIPPED[op]
            counts = isinstance(left, Name) and isinstance(left.type, Number | Date)
            if counts and isinstance(right, Const) and isinstance(right.value, int):
                assert isinstance(left, Name)
                yield Threshold(left, _NEGATED[op] if negated else op, right.value)
        case _:  # no comparison of a condition stands there
            pass

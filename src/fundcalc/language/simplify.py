"""What is left of an expression once some of its names are known, such as the chosen readings."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import (
    Choice,
    Compare,
    Const,
    Contains,
    Logic,
    Name,
    Negation,
    Node,
    Value,
    rebuild,
)


def simplify(node: Node, known: Mapping[str, Value]) -> Node:
    """The node with known names put in, and conditions that are then decided removed.

    Arithmetic is left as written, so that it can be shown to a reader; only choices, comparisons of
    known text and yes/no logic are worked out.
    """
    if isinstance(node, Name):
        return Const(node.type, node.at, known[node.id]) if node.id in known else node
    node = rebuild(node, lambda child: simplify(child, known))
    if isinstance(node, Choice) and isinstance(node.condition, Const):
        return node.yes if node.condition.value else node.no
    if isinstance(node, Negation) and isinstance(node.item, Const):
        return Const(YesNo(), node.at, not node.item.value)
    if isinstance(node, Logic):
        return _logic(node)
    if isinstance(node, Compare | Contains) and _decided(node):
        return Const(YesNo(), node.at, evaluation(node)({}))
    return node


def _decided(node: Compare | Contains) -> bool:
    if isinstance(node, Contains):
        return isinstance(node.item, Const) and isinstance(node.container, tuple | Const)
    both = isinstance(node.left, Const) and isinstance(node.right, Const)
    return both and isinstance(node.left.type, Text | YesNo)


def _logic(node: Logic) -> Node:
    absorbing = node.op == "or"
    left: list[Node] = []
    for item in node.items:
        if not isinstance(item, Const):
            left.append(item)
        elif bool(item.value) is absorbing:
            return Const(YesNo(), node.at, absorbing)
    if not left:
        return Const(YesNo(), node.at, not absorbing)
    return left[0] if len(left) == 1 else Logic(YesNo(), node.at, node.op, tuple(left))

"""What is left of an expression once some of its names are known, such as the chosen readings."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.language import nodes
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import Node, Value, rebuild


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
    left: list[Node] = []
    for item in node.items:
        if not isinstance(item, nodes.Const):
            left.append(item)
        elif bool(item.value) is absorbing:
            return nodes.Const(YesNo(), node.at, absorbing)
    if not left:
        return nodes.Const(YesNo(), node.at, not absorbing)
    return left[0] if len(left) == 1 else nodes.Logic(YesNo(), node.at, node.op, tuple(left))

"""Print typed nodes back as text that parses to the same node, or with a village's numbers in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import assert_never

from fundcalc.base.money import plain
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.language.nodes import Node, Value

Namer = Callable[[nodes.Name], str]

_CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _MINUS, _ATOM = range(9)


def show(node: Node, namer: Namer = lambda name: name.id) -> str:
    """The expression as text. `namer` writes a name, such as its value instead."""
    return _Printer(namer).text(node, _CHOICE)


def literal(value: Value, kind: Type) -> str:
    """A value as text: 50000.00, 'text', true, 2017-12-31, a + b."""
    if isinstance(kind, YesNo):
        return "true" if value else "false"
    if isinstance(kind, Number) and isinstance(value, int):
        return plain(value, kind.decimals or 0)
    if isinstance(kind, Date) and isinstance(value, int):
        return date.fromordinal(value).isoformat()
    if isinstance(value, tuple):
        return "+".join(value)
    return str(value)


class _Printer:
    def __init__(self, namer: Namer) -> None:
        self._namer = namer

    def text(self, node: Node, outer: int) -> str:
        text, level = self._piece(node)
        return f"({text})" if level < outer else text

    def _piece(self, node: Node) -> tuple[str, int]:
        match node:
            case nodes.Const():
                text = _const(node)
                return text, _MINUS if text.startswith("-") else _ATOM
            case nodes.Name():
                return self._namer(node), _ATOM
            case nodes.Rescale():
                return self._piece(node.item)
            case nodes.Negative():
                return f"-{self.text(node.item, _MINUS)}", _MINUS
            case nodes.Arithmetic():
                level = _SUM if node.op in "+-" else _PRODUCT
                first, second = self.text(node.left, level), self.text(node.right, level + 1)
                return f"{first} {node.op} {second}", level
            case nodes.Compare():
                left, right = self.text(node.left, _SUM), self.text(node.right, _SUM)
                return f"{left} {node.op} {right}", _COMPARE
            case nodes.Contains():
                return self._contains(node), _COMPARE
            case nodes.Logic():
                level = _AND if node.op == "and" else _OR
                parts = [self.text(item, level + 1) for item in node.items]
                return f" {node.op} ".join(parts), level
            case nodes.Negation():
                return f"not {self.text(node.item, _NOT)}", _NOT
            case nodes.Choice():
                yes, test = self.text(node.yes, _OR), self.text(node.condition, _OR)
                return f"{yes} if {test} else {self.text(node.no, _CHOICE)}", _CHOICE
            case nodes.Extreme():
                return f"{node.op}({self._list(node.items)})", _ATOM
            case nodes.Absolute():
                return f"abs({self.text(node.item, _CHOICE)})", _ATOM
            case nodes.Round():
                inner, step = self.text(node.item, _CHOICE), _const(node.to)
                return f"round({inner}, {step}, '{node.direction}')", _ATOM
            case nodes.Aggregate():
                return self._aggregate(node), _ATOM
        assert_never(node)

    def _list(self, items: tuple[Node, ...]) -> str:
        return ", ".join(self.text(item, _CHOICE) for item in items)

    def _contains(self, node: nodes.Contains) -> str:
        word = "not in" if node.negated else "in"
        if isinstance(node.container, tuple):
            container = f"[{self._list(node.container)}]"
        else:
            container = self.text(node.container, _SUM)
        return f"{self.text(node.item, _SUM)} {word} {container}"

    def _aggregate(self, node: nodes.Aggregate) -> str:
        parts = [self.text(node.item, _CHOICE)] if node.item else []
        if node.where:
            parts.append(f"where={self.text(node.where, _CHOICE)}")
        return f"{node.op}({', '.join(parts)})"


def _const(node: nodes.Const) -> str:
    kind = node.type
    if isinstance(kind, Date):
        return f"date('{literal(node.value, kind)}')"
    if isinstance(kind, Number):
        text = literal(node.value, kind)
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(kind, YesNo):
        return literal(node.value, kind)
    return _quote(str(node.value))


def _quote(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    )
    return f"'{escaped}'"

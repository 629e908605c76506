"""Print typed nodes back as text that parses to the same node, or with a village's numbers in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from operator import index
from typing import assert_never, cast

from fundcalc.base.money import grouped, plain
from fundcalc.base.words import Lang, Words
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Type, YesNo, told_in
from fundcalc.language.nodes import Node, Value
from fundcalc.language.units import PLAIN, Unit

Named = nodes.Name | nodes.Lookup | nodes.Scale
"""What stands for a value of its own: a name, or what a table gives."""
Namer = Callable[[Named], str]

LOOSE, OR, AND, NOT, COMPARE, SUM, PRODUCT, MINUS, ATOM = range(9)
"""How closely an expression binds."""


def show(
    node: Node, namer: Callable[[nodes.Name], str] = lambda name: name.written or name.id
) -> str:
    """The expression as text. `namer` writes a name, such as its value instead."""
    return Printer(lambda named: namer(named) if isinstance(named, nodes.Name) else "").text(node)


def literal(value: Value, kind: Type) -> str:
    """A value as text: 50000.00, 'text', true, 2017-12-31, a + b."""
    if isinstance(kind, YesNo):
        return "true" if value else "false"
    if isinstance(kind, Number):  # a number of an array is one too
        return plain(index(cast("int", value)), kind.decimals or 0)
    if isinstance(kind, Date):
        return date.fromordinal(index(cast("int", value))).isoformat()
    if isinstance(value, tuple):
        return "+".join(value)
    return str(value)


def number_said(value: int, kind: Number) -> str:
    """A number for readers, without its unit: 120,000.00; 60 % where the policy has it so, else 0.6."""
    decimals = kind.decimals or 0
    if not kind.percent:
        return grouped(value, decimals)
    shown = max(decimals - 2, 0)
    return f"{grouped(value * 10 ** (2 + shown - decimals), shown)} %"


def quantity(value: int, kind: Number, lang: Lang) -> str:
    """A number for readers: 120,000.00 元/年, 1,200 people, 1 person."""
    number = number_said(value, kind)
    if kind.unit is None:
        return number
    return number + _after(kind.unit, kind.unit.titles, lang, value == 1)


def amount_said(value: int, kind: Number) -> Words:
    """The same in both languages, an amount of yuan a year as one of yuan."""
    kind = told_in(kind)
    return Words(quantity(value, kind, "zh"), quantity(value, kind, "en"))


@cache
def _after(unit: Unit, _titles: tuple[tuple[Words, str], ...], lang: Lang, one: bool) -> str:
    """What stands after a number: a unit, a space before it; of one, or of several.

    Units are equal by name, whatever policies call them: kept apart by their titles.
    """
    if unit == PLAIN:
        return ""
    if lang == "zh" and str(unit) == "month":
        return " 个月"  # 5 月 is May
    return f" {unit.said(lang, one=one)}"


class Printer:
    """Writes nodes as the language has them; one that writes otherwise says which pieces."""

    brackets = ("(", ")")

    def __init__(self, namer: Namer) -> None:
        self._namer = namer

    def text(self, node: Node, outer: int = LOOSE) -> str:
        """The expression, in brackets where it binds less than `outer`."""
        text, level = self.piece(node)
        return text.join(self.brackets) if level < outer else text

    def piece(self, node: Node) -> tuple[str, int]:
        """A node as text, and how closely it binds."""
        match node:
            case nodes.Const():
                text = _const(node)
                return text, MINUS if text.startswith("-") else ATOM
            case nodes.Name():
                return self._namer(node), ATOM
            case nodes.One():
                return node.unit, ATOM
            case nodes.Lookup():
                return f"{node.table}[{self._list(node.keys)}]", ATOM
            case nodes.Scale():
                return f"scale({self.text(node.item, LOOSE)}, {node.table})", ATOM
            case nodes.Calendar():
                return f"{node.op}({self._list(node.items)})", ATOM
            case nodes.Rescale():
                return self.piece(node.item)
            case nodes.Negative():
                return f"-{self.text(node.item, MINUS)}", MINUS
            case nodes.Arithmetic():
                level = SUM if node.op in "+-" else PRODUCT
                first, second = self.text(node.left, level), self.text(node.right, level + 1)
                return f"{first} {node.op} {second}", level
            case nodes.Compare():
                left, right = self.text(node.left, SUM), self.text(node.right, SUM)
                return f"{left} {node.op} {right}", COMPARE
            case nodes.Contains():
                return self._contains(node), COMPARE
            case nodes.Logic():
                level = AND if node.op == "and" else OR
                parts = [self.text(item, level + 1) for item in node.items]
                return f" {node.op} ".join(parts), level
            case nodes.Negation():
                return f"not {self.text(node.item, NOT)}", NOT
            case nodes.Choice():
                yes, test = self.text(node.yes, OR), self.text(node.condition, OR)
                return f"{yes} if {test} else {self.text(node.no, LOOSE)}", LOOSE
            case nodes.Extreme():
                return f"{node.op}({self._list(node.items)})", ATOM
            case nodes.Absolute():
                return f"abs({self.text(node.item, LOOSE)})", ATOM
            case nodes.Round():
                inner, step = self.text(node.item, LOOSE), _const(node.to)
                return f"round({inner}, {step}, '{node.direction}')", ATOM
            case nodes.Aggregate():
                return self._aggregate(node), ATOM
        assert_never(node)

    def _list(self, items: tuple[Node, ...]) -> str:
        return ", ".join(self.text(item, LOOSE) for item in items)

    def _contains(self, node: nodes.Contains) -> str:
        word = "not in" if node.negated else "in"
        if isinstance(node.container, tuple):
            container = f"[{self._list(node.container)}]"
        else:
            container = self.text(node.container, SUM)
        return f"{self.text(node.item, SUM)} {word} {container}"

    def _aggregate(self, node: nodes.Aggregate) -> str:
        parts = [self.text(node.item, LOOSE)] if node.item else []
        if node.per:
            per = self._list(node.per)
            parts.append(f"per=({per})" if len(node.per) > 1 else f"per={per}")
        if node.where:
            parts.append(f"where={self.text(node.where, LOOSE)}")
        if node.to:
            parts.append(f"to={_const(node.to)}")
            if node.direction != "half up":
                parts.append(f"direction='{node.direction}'")
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

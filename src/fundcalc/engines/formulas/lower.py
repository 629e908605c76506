"""Typed expressions as formulas over the cells of one row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from fundcalc.base.words import Words, same
from fundcalc.engines.formulas.cells import (
    DIV0,
    NA,
    Cell,
    Expr,
    Grid,
    integer,
    quotable,
    quoted,
)
from fundcalc.engines.formulas.helpers import Helpers
from fundcalc.engines.formulas.rounding import rounded
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.evaluate import DivisionByZero, aggregate_key, evaluation, simplify
from fundcalc.language.nodes import Node, Value
from fundcalc.language.show import show

FIRST_DAY = 693_594
"""The ordinal number of the day that spreadsheets count as 0."""

_LONGEST = 1_000
_DEEPEST = 16
_MOST_ITEMS = 100

Holder = Callable[[Expr], Expr]
"""Whether a list holds a text, as a formula of the text."""


class Names:
    """What names stand for: cells of facts, parameters and outputs; lists; and texts kept in cells."""

    def __init__(self) -> None:
        self.exprs: dict[str, Callable[[], Expr]] = {}
        self.holders: dict[str, Holder] = {}
        self.texts: dict[str, str] = {}

    def literal(self, text: str) -> str:
        """A text as a literal, or the name of the cell that holds it."""
        if quotable(text):
            return quoted(text)
        name = next((n for n, known in self.texts.items() if known == text), None)
        if name is None:
            name = f"text__{len(self.texts) + 1}"
            self.texts[name] = text
        return name


class Lower(Helpers):
    """Lowers nodes over the rows of a grid, to which it adds helper columns where it must.

    `rows` and `known` (readings and parameters) are what the values to store are worked out from.
    """

    def __init__(
        self,
        grid: Grid,
        names: Names,
        rows: Sequence[Mapping[str, Value]],
        known: Mapping[str, Value],
        aggregates: Mapping[str, Expr] | None = None,
        group: Words | None = None,
    ) -> None:
        super().__init__(grid, group)
        self.names = names
        self._rows = rows
        self._known = known
        self._aggregates = aggregates if aggregates is not None else {}

    # -- values -----------------------------------------------------------------------------------

    def values(self, node: Node) -> list[Cell]:
        """The node's value in every row; an error where it has none."""
        run = evaluation(simplify(node, self._known))
        return [_value(run, row) for row in self._rows]

    def atom(self, expr: Expr, node: Node) -> Expr:
        """The expression as one reference, so that a formula may use it twice."""
        return self.named(expr, _said(node))

    # -- nodes ----------------------------------------------------------------------------------

    def expr(self, node: Node) -> Expr:
        """The node as a formula; a long or deep one is kept in a helper column."""
        found = self._node(node)
        if isinstance(node.type, Number):
            found = self.bounded(found, _said(node))
        if len(found.text) > _LONGEST or found.depth > _DEEPEST:
            found = self.keep(found, _said(node), truth=isinstance(node.type, YesNo))
        return found

    def _node(self, node: Node) -> Expr:
        match node:
            case nodes.Const():
                return self._const(node)
            case nodes.Name():
                return replace(self.names.exprs[node.id](), values=lambda: self.values(node))
            case nodes.Aggregate():
                kept = self._aggregates[aggregate_key(node)]
                return replace(kept, values=lambda: self.values(node))
            case nodes.Negative():
                item = self.expr(node.item)
                return self._of(node, f"(-{item.text})", [item], (-item.high, -item.low))
            case nodes.Rescale():
                return self._times(node, self.expr(node.item), 10**node.power)
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Compare():
                return self._compare(node)
            case nodes.Contains():
                return self._contains(node)
            case nodes.Logic():
                return self._logic(node, [self.expr(item) for item in node.items])
            case nodes.Negation():
                item = self.expr(node.item)
                return self._of(node, f"NOT({item.text})", [item])
            case nodes.Choice():
                return self._choice(node)
            case nodes.Extreme():
                return self._extreme(node)
            case nodes.Absolute():
                item = self.expr(node.item)
                low = 0 if item.low <= 0 <= item.high else min(abs(item.low), abs(item.high))
                high = max(abs(item.low), abs(item.high))
                return self._of(node, f"ABS({item.text})", [item], (low, high))
            case nodes.Round():
                return self._round(node)
        raise TypeError(f"no such node: {type(node).__name__}")

    def _of(
        self, node: Node, text: str, parts: Iterable[Expr], bounds: tuple[int, int] = (0, 0)
    ) -> Expr:
        """A formula made of parts."""
        parts = list(parts)
        lazy = any(part.lazy for part in parts)
        depth = 1 + max((part.depth for part in parts), default=0)
        return Expr(text, lambda: self.values(node), *bounds, lazy=lazy, depth=depth)

    def _const(self, node: nodes.Const) -> Expr:
        value = node.value
        values = lambda: self.values(node)  # noqa: E731
        if isinstance(value, bool):
            return Expr("TRUE" if value else "FALSE", values, atom=True)
        if isinstance(value, int):
            shown = value - FIRST_DAY if isinstance(node.type, Date) else value
            return Expr(integer(shown), values, value, value, atom=True)
        return Expr(self.names.literal(str(value)), values, atom=True)

    def _times(self, node: Node, item: Expr, factor: int) -> Expr:
        text = f"{item.text}*{factor}"
        return self._of(node, f"({text})", [item], (item.low * factor, item.high * factor))

    def _arithmetic(self, node: nodes.Arithmetic) -> Expr:
        a, b = self.expr(node.left), self.expr(node.right)
        if node.op == "*":
            corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
            bounds = min(corners), max(corners)
        elif node.op == "+":
            bounds = a.low + b.low, a.high + b.high
        else:
            bounds = a.low - b.high, a.high - b.low
        return self._of(node, f"({a.text}{node.op}{b.text})", [a, b], bounds)

    def _compare(self, node: nodes.Compare) -> Expr:
        a, b = self.expr(node.left), self.expr(node.right)
        if isinstance(node.left.type, Text):
            same_text = f"EXACT({a.text},{b.text})"
            return self._of(node, same_text if node.op == "==" else f"NOT({same_text})", [a, b])
        op = {"==": "=", "!=": "<>"}.get(node.op, node.op)
        return self._of(node, f"({a.text}{op}{b.text})", [a, b])

    def _contains(self, node: nodes.Contains) -> Expr:
        item = self.atom(self.expr(node.item), node.item)
        if isinstance(node.container, tuple):
            found = self._among(node, item)
        else:
            found = self.holder(node.container)(item)
        return self._of(node, f"NOT({found.text})" if node.negated else found.text, [item, found])

    def _among(self, node: nodes.Contains, item: Expr) -> Expr:
        assert isinstance(node.container, tuple)
        choices = [self.expr(choice) for choice in node.container]
        if isinstance(node.item.type, Text):
            tests = [f"EXACT({item.text},{choice.text})" for choice in choices]
        else:
            tests = [f"({item.text}={choice.text})" for choice in choices]
        return self._of(node, _any(tests), [item, *choices])

    def holder(self, node: Node) -> Holder:
        """A list of text as a test for what it holds."""
        if isinstance(node, nodes.Name):
            return self.names.holders[node.id]
        if isinstance(node, nodes.Choice):
            condition, yes, no = (
                self.expr(node.condition),
                self.holder(node.yes),
                self.holder(node.no),
            )

            def chosen(item: Expr) -> Expr:
                a, b = yes(item), no(item)
                text = f"IF({condition.text},{a.text},{b.text})"
                return self._of(node, text, [condition, a, b])

            return chosen
        assert isinstance(node, nodes.Const) and isinstance(node.value, tuple)
        literals = [self.names.literal(text) for text in node.value]
        return lambda item: self._of(
            node, _any([f"EXACT({item.text},{text})" for text in literals]), [item]
        )

    def _logic(self, node: nodes.Logic, items: list[Expr]) -> Expr:
        if any(item.lazy for item in items[1:]):
            text = items[-1].text
            for item in reversed(items[:-1]):
                rest = f"{text},FALSE" if node.op == "and" else f"TRUE,{text}"
                text = f"IF({item.text},{rest})"
            depth = len(items) + max(item.depth for item in items)
            return Expr(text, lambda: self.values(node), lazy=True, depth=depth)
        texts = _grouped(node.op.upper(), [item.text for item in items])
        return self._of(node, texts, items)

    def _choice(self, node: nodes.Choice) -> Expr:
        condition, yes, no = self.expr(node.condition), self.expr(node.yes), self.expr(node.no)
        text = f"IF({condition.text},{shown(yes, node)},{shown(no, node)})"
        bounds = min(yes.low, no.low), max(yes.high, no.high)
        return self._of(node, text, [condition, yes, no], bounds)

    def _extreme(self, node: nodes.Extreme) -> Expr:
        items = [self.expr(item) for item in node.items]
        pick = min if node.op == "min" else max
        bounds = pick(item.low for item in items), pick(item.high for item in items)
        text = _grouped(node.op.upper(), [item.text for item in items])
        return self._of(node, text, items, bounds)

    def _round(self, node: nodes.Round) -> Expr:
        top, bottom = self.expr(node.numerator), self.expr(node.denominator)
        return rounded(self, node, top, bottom, lambda: self.values(node))


def shown(expr: Expr, node: Node) -> str:
    """An expression as the value of a cell: blank text stays text."""
    if isinstance(node.type, Text) and expr.atom and not expr.text.startswith('"'):
        return f'{expr.text}&""'
    return expr.text


def _value(run: Callable[[Mapping[str, Value]], Value], row: Mapping[str, Value]) -> Cell:
    try:
        value = run(row)
    except DivisionByZero:
        return DIV0
    except KeyError:
        return NA
    return "+".join(value) if isinstance(value, tuple) else value


def _any(tests: list[str]) -> str:
    if not tests:
        return "FALSE"
    return tests[0] if len(tests) == 1 else _grouped("OR", tests)


def _grouped(function: str, texts: list[str]) -> str:
    """A call with as many arguments as needed, nested where a spreadsheet would not take them all."""
    while len(texts) > _MOST_ITEMS:
        cut = [texts[i : i + _MOST_ITEMS] for i in range(0, len(texts), _MOST_ITEMS)]
        texts = [f"{function}({','.join(part)})" for part in cut]
    return f"{function}({','.join(texts)})"


def _said(node: Node) -> Words:
    text = show(node)
    return same(text if len(text) <= 60 else text[:59] + "…")

"""The core as formulas over the cells of one row; what is long or used twice gets a column of its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, assert_never

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words, same
from fundcalc.core import nodes as core
from fundcalc.core.interval import Interval
from fundcalc.core.nodes import Node
from fundcalc.engines.formulas.cells import (
    DIV0,
    LIMIT,
    NA,
    NO_FUZZ,
    Cell,
    Col,
    Column,
    Err,
    Expr,
    Grid,
    TooLarge,
    atom,
    choice,
    integer,
    made,
    quotable,
    quoted,
)
from fundcalc.engines.result import JOIN
from fundcalc.language import nodes as written
from fundcalc.language.show import show

FIRST_DAY = 693_594
"""The ordinal number of the day that spreadsheets count as 0."""

_LONGEST = 1_000
_DEEPEST = 16
_MOST_ITEMS = 100

Holder = Callable[[Expr], Expr]
"""Whether a list holds a text, as a formula of the text."""

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class KeptTable(NamedTuple):
    """What cells hold of a look-up table, which is that of the policy of the id `of`, or a part of one."""

    keys: tuple[written.Value, ...]
    values: tuple[written.Value | None, ...]
    of: str


class Names:
    """What names stand for: cells of facts, parameters and outputs; lists; and texts kept in cells.

    `bounded` are those whose cells have no more than 15 digits, or an error; `origins` gives for a node of
    the core the expression that it was written as.
    """

    def __init__(self) -> None:
        self.exprs: dict[str, Callable[[], Expr]] = {}
        self.holders: dict[str, Holder] = {}
        self.texts: dict[str, str] = {}
        self.bounded: set[str] = set()
        self.origins: dict[Node, written.Node] = {}
        self.tables: dict[str, KeptTable] = {}

    def table(self, node: core.Lookup) -> str:
        """The name of the cells that hold a table's keys and values: `NAME_keys`, `NAME_values`."""
        pair = (node.keys, node.values)
        for name, known in self.tables.items():
            if (known.keys, known.values) == pair:
                return name
        origin = self.origins.get(node)
        of = origin.table if isinstance(origin, written.Lookup) else ""
        name = f"table__{len(self.tables) + 1}"
        self.tables[name] = KeptTable(node.keys, node.values, of)
        return name

    def literal(self, text: str) -> str:
        """A text as a literal, or the name of the cell that holds it."""
        if quotable(text):
            return quoted(text)
        name = next((n for n, known in self.texts.items() if known == text), None)
        if name is None:
            name = f"text__{len(self.texts) + 1}"
            self.texts[name] = text
        return name


class Lower:
    """Lowers nodes over the rows of a grid, to which it adds helper columns where it must.

    `group` is the heading that they stand under; `total` gives the sum of a pool's group; `join` stands
    between the texts of a list.
    """

    def __init__(
        self,
        grid: Grid,
        names: Names,
        group: Words | None = None,
        total: Callable[[core.Group], Expr] | None = None,
    ) -> None:
        self.grid = grid
        self.names = names
        self.group = group
        self.join = JOIN
        self._total = total
        self._lets: dict[str, Expr] = {}

    # -- columns of their own -----------------------------------------------------------------------

    def values(self, expr: Expr) -> list[Cell]:
        """A value a row."""
        values = list(expr.values())
        return values if len(values) == self.grid.rows else values * self.grid.rows

    def keep(self, expr: Expr, head: Words) -> Col:
        """The number or text in a column of its own."""
        return self.grid.add(Column(head, expr.text, self.values(expr), group=self.group))

    def kept(self, expr: Expr, head: Words, kind: core.Kind = "number") -> Expr:
        """The reference to a column of its own; a condition stands there as 1 or 0."""
        if kind != "truth":
            return replace(self.keep(expr, head), lazy=expr.lazy)
        values = self.values(expr)
        flags = [value if isinstance(value, Err) else int(bool(value)) for value in values]
        column = Column(head, f"IF({expr},1,0)", flags, "flag", group=self.group)
        return atom(f"({self.grid.add(column)}=1)", values, lazy=expr.lazy)

    def named(self, expr: Expr, head: Words, kind: core.Kind = "number") -> Expr:
        """The expression as one reference, so that a formula may use it twice."""
        return expr if expr.atom else self.kept(expr, head, kind)

    def bounded(self, expr: Expr, bounds: Interval, head: Words) -> Expr:
        """The number, or #N/A where it has more than 15 digits. Raises TooLarge where one has now."""
        if bounds.low > -LIMIT and bounds.high < LIMIT:
            return expr
        if any(not isinstance(v, str) and abs(v) >= LIMIT for v in expr.values()):
            raise TooLarge
        raw = self.named(expr, head)
        return self.kept(made(f"IF(ABS({raw})<1E+15,{raw},NA())", _same, raw, lazy=True), head)

    def _bounded(self, expr: Expr, node: Node) -> Expr:
        """What may be larger than its parts, within 15 digits."""
        return self.bounded(expr, node.bounds, self.head(node))

    def head(self, node: Node) -> Words:
        """What stands over a column of its own: the part as it was written."""
        if node not in self.names.origins:
            rest = isinstance(node, core.Arithmetic) and node.op == "-"
            return (
                words("formulas.quotient")
                if isinstance(node, core.Quotient)
                else words("formulas.remainder")
                if rest
                else words("formulas.part")
            )
        text = show(self.names.origins[node])
        return same(text if len(text) <= 60 else text[:59] + "…")

    # -- nodes --------------------------------------------------------------------------------------

    def expr(self, node: Node) -> Expr:
        """The node as a formula; a long or deep one is kept in a helper column."""
        return self._short(self._node(node), node)

    def _short(self, expr: Expr, node: Node) -> Expr:
        if len(expr.text) <= _LONGEST and expr.depth <= _DEEPEST:
            return expr
        return self.kept(expr, self.head(node), node.kind)

    def cell(self, node: Node) -> Expr:
        """The node as the value of a cell: blank text stays text."""
        expr = self.expr(node)
        if node.kind in ("text", "texts") and expr.atom and not expr.text.startswith('"'):
            return made(f'{expr}&""', _same, expr)
        return expr

    def _node(self, node: Node) -> Expr:
        match node:
            case core.Const():
                return self._bounded(self._const(node), node)
            case core.Name() if node.id in self._lets:
                return self._lets[node.id]
            case core.Name():
                expr = self.names.exprs[node.id]()
                return expr if node.id in self.names.bounded else self._bounded(expr, node)
            case core.Let():
                if node.name.id not in self._lets:
                    value, head = self.expr(node.value), self.head(node.value)
                    self._lets[node.name.id] = self.named(value, head, node.value.kind)
                return self.expr(node.body)
            case core.Arithmetic():
                a, b = self.expr(node.left), self.expr(node.right)
                left = "" if node.op == "-" and node.left == core.whole(0) else a.text
                whole = made(f"({left}{node.op}{b})", _OPERATORS[node.op], a, b)
                return self._bounded(whole, node)
            case core.Quotient():
                return self._quotient(node)
            case core.Compare():
                return self._compare(node)
            case core.Logic():
                return self._logic(node)
            case core.Not():
                item = self.expr(node.item)
                return made(f"NOT({item})", operator.not_, item)
            case core.Choice():
                return self._choice(node)
            case core.Lookup():
                return self._lookup(node)
            case core.Extreme():
                items = [self.expr(item) for item in node.items]
                pick = min if node.op == "min" else max
                return made(_call(node.op.upper(), items), lambda *values: pick(values), *items)
            case core.Member():
                item = self.named(self.expr(node.item), self.head(node.item))
                return self.holds(node.texts, item)
            case core.Listing():
                return self._listing(node)
            case core.Group():
                assert self._total is not None
                return self._total(node)
        assert_never(node)

    def _const(self, node: core.Const) -> Expr:
        value = node.value
        if isinstance(value, bool):
            return atom("TRUE" if value else "FALSE", [value])
        if isinstance(value, int):
            stored = value - FIRST_DAY if node.kind == "date" else value
            return atom(integer(stored), [stored])
        text = JOIN.join(value) if isinstance(value, tuple) else value
        return atom(self.names.literal(text), [text])

    def _quotient(self, node: core.Quotient) -> Expr:
        top, bottom = self.expr(node.top), self.expr(node.bottom)
        lazy = node.bottom.bounds.low == 0

        def below(top: int, bottom: int) -> Cell:
            return top // bottom if bottom else DIV0

        text = f"INT({top}/{bottom})"
        if node.top.bounds.absolute().high < NO_FUZZ:
            return made(text, below, top, bottom, lazy=lazy)
        # INT may take a quotient a hair under a whole number for that number.
        top = self.named(top, self.head(node.top))
        bottom = self.named(bottom, self.head(node.bottom))
        text = f"INT({top}/{bottom})"
        rough = self.kept(made(text, below, top, bottom, lazy=lazy), words("formulas.rough"))
        text = f"({rough}-IF({rough}*{bottom}>{top},1,0))"
        return made(text, _same, rough)

    def _lookup(self, node: core.Lookup) -> Expr:
        """The place among the keys, which stand in named cells, then the value at that place."""
        table = self.names.table(node)
        item = self.named(self.expr(node.item), self.head(node.item), node.item.kind)
        if node.item.kind == "text":
            same = f"SUMPRODUCT(EXACT({item},{table}_keys)*1)"
            at = f"SUMPRODUCT(EXACT({item},{table}_keys)*(ROW({table}_keys)-ROW({table})))"
            present = f"{same}=1"
        else:
            at = f"MATCH({item},{table}_keys,{1 if node.ranged else 0})"
            present = f"ISNUMBER({at})"
        rest = "NA()" if node.rest is None else self._const(core.const(node.rest, node.kind)).text

        def found(value: Any) -> Cell:
            hit = core.looked_up(value, node.keys, node.values, ranged=node.ranged)
            hit = node.rest if hit is None else hit
            assert not isinstance(hit, tuple)
            return NA if hit is None else hit

        text = f"IF({present},INDEX({table}_values,{at}),{rest})"
        return self._bounded(made(text, found, item, lazy=node.fails), node)

    def _compare(self, node: core.Compare) -> Expr:
        a, b = self.expr(node.left), self.expr(node.right)
        function = _OPERATORS[node.op]
        if node.left.kind == "text":
            text = f"EXACT({a},{b})"
            return made(text if node.op == "==" else f"NOT({text})", function, a, b)
        op = {"==": "=", "!=": "<>"}.get(node.op, node.op)
        return made(f"({a}{op}{b})", function, a, b)

    def _logic(self, node: core.Logic) -> Expr:
        """One call; or one in the other, where an item may be an error that nobody asked for."""
        items, both = [self.expr(item) for item in node.items], node.op == "and"
        if not any(item.lazy for item in items[1:]):
            every = all if both else any
            return made(_call(node.op.upper(), items), lambda *values: every(values), *items)
        no, yes = atom("FALSE", [False]), atom("TRUE", [True])
        nested = items[-1]
        for item in reversed(items[:-1]):
            nested = choice(item, nested, no) if both else choice(item, yes, nested)
        return nested

    def _choice(self, node: core.Choice) -> Expr:
        chosen = self.cell(node.rest)
        for condition, value in reversed(node.cases):
            chosen = choice(self.expr(condition), self.cell(value), self._short(chosen, node))
        return chosen

    def _listing(self, node: core.Listing) -> Expr:
        blank, join = atom('""', [""]), self.join
        joined: Expr | None = None
        for condition, text in node.parts:
            said = self.expr(text)
            literal = said.text.startswith('"')
            piece = f'"{join}{said.text[1:]}' if literal else f'"{join}"&{said}'
            part = choice(
                self.expr(condition), made(piece, partial(operator.add, join), said), blank
            )
            if joined is not None:
                before = self._short(joined, node)
                part = made(f"{before}&{part}", operator.add, before, part)
            joined = part
        assert joined is not None
        first = len(join)
        return made(f"MID({joined},{first + 1},32767)", lambda text: text[first:], joined)

    def holds(self, texts: Node, item: Expr) -> Expr:
        """Whether a list holds the text of an atom."""
        none = atom("FALSE", [False])

        def same_as(text: Expr) -> Expr:
            return made(f"EXACT({item},{text})", operator.eq, item, text)

        match texts:
            case core.Const():
                assert isinstance(texts.value, tuple)
                tests = [same_as(atom(self.names.literal(t), [t])) for t in texts.value]
            case core.Listing():
                tests = [
                    choice(self.expr(condition), same_as(self.expr(text)), none)
                    for condition, text in texts.parts
                ]
            case core.Name():
                tests = [self.names.holders[texts.id](item)]
            case core.Choice():
                tested = self.holds(texts.rest, item)
                for condition, value in reversed(texts.cases):
                    tested = choice(self.expr(condition), self.holds(value, item), tested)
                tests = [tested]
            case _:
                raise AssertionError("no other node is a list of text")
        if len(tests) < 2:
            return tests[0] if tests else none
        return made(_call("OR", tests), lambda *values: any(values), *tests)


def _same(value: Cell) -> Cell:
    return value


def _call(function: str, parts: Sequence[Expr]) -> str:
    """A call with as many arguments as needed, nested where a spreadsheet would not take them all."""
    texts = [part.text for part in parts]
    while len(texts) > _MOST_ITEMS:
        cut = [texts[i : i + _MOST_ITEMS] for i in range(0, len(texts), _MOST_ITEMS)]
        texts = [f"{function}({','.join(part)})" for part in cut]
    return f"{function}({','.join(texts)})"

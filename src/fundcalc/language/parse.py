"""Expression text to typed nodes: names known, units added up, literals scaled. All mistakes at once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal

from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import fits_int64, scaled
from fundcalc.base.words import did_you_mean, meant, nearest
from fundcalc.language import functions, syntax
from fundcalc.language.datatypes import (
    Date,
    Number,
    Text,
    Texts,
    Type,
    Unknown,
    YesNo,
    describe,
)
from fundcalc.language.nodes import (
    BEFORE,
    Arithmetic,
    Choice,
    Compare,
    Comparison,
    Const,
    Contains,
    Logic,
    Lookup,
    Name,
    Negation,
    Negative,
    Node,
    One,
)
from fundcalc.language.reader import Reader, Scope, Symbol
from fundcalc.language.show import show
from fundcalc.language.syntax import Source
from fundcalc.language.units import PLAIN, Unit

_CALLED = {
    "parameter": "checks.parameter", "reading": "checks.reading", "output": "language.output",
    "fact": "checks.fact", "day": "language.the_day",
}  # fmt: skip
CONSTANTS = {"true": True, "false": False, "True": True, "False": False}

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_FOREIGN = {
    ast.Lambda: "`lambda`",
    ast.Dict: "`{…}`",
    ast.JoinedStr: "f''",
    ast.NamedExpr: "`:=`",
    ast.Await: "`await`",
    ast.Starred: "`*`",
    ast.Tuple: "`a, b`",
    ast.List: "`[…]`",
    ast.Set: "`{…}`",
    ast.ListComp: "`for`",
    ast.GeneratorExp: "`for`",
}


def parse(
    source: Source, scope: Scope, wanted: Type | None
) -> tuple[Node | None, list[Diagnostic]]:
    """Read an expression. `wanted` is the type it must have, or None for any.

    Returns the typed node, or None together with every mistake found.
    """
    tree = syntax.read(source)
    if isinstance(tree, Diagnostic):
        return None, [tree]
    parser = Parser(source, scope)
    node = parser.node(tree)
    if wanted is not None:
        node = parser.meet.fit(node, wanted)
    return (None if parser.mistakes else node), parser.mistakes


def _bases(kind: Type) -> set[str]:
    """The names of the units that a type is made of."""
    unit = kind.unit if isinstance(kind, Number) else None
    return {base for base, _ in unit.powers} if unit is not None else set()


class Parser(Reader):
    """Turns Python's tree into typed nodes, noting every mistake on the way."""

    def node(self, tree: ast.expr) -> Node:
        """The typed node of one piece of Python syntax."""
        handler = _HANDLERS.get(type(tree))
        if handler is None:
            at = self.place(tree)
            what = _FOREIGN.get(type(tree), f"`{type(tree).__name__}`")
            self.say("FC202", at, what=what)
            return self.bad(at)
        return handler(self, tree)

    # -- names and literals -------------------------------------------------------------------

    def name(self, tree: ast.Name) -> Node:
        """A fact, parameter, reading or output."""
        at = self.place(tree)
        if tree.id in CONSTANTS:
            return Const(YesNo(), at, CONSTANTS[tree.id])
        symbol = self.scope.symbols.get(tree.id)
        if symbol is None and tree.id == "on" and "on" not in self.scope.elsewhere:
            return Name(Date(), at, tree.id, "day")
        if symbol is None and tree.id in self.scope.units:
            unit = Unit(((self.scope.units[tree.id], 1),))
            return One(Number(PLAIN if tree.id == "village" else unit), at, tree.id)
        if symbol is None:
            titled = [s.id for s in self.scope.symbols.values() if tree.id in s.titles][:1]
            other = self.scope.elsewhere.get(tree.id)
            if other is not None:
                self.say("FC203.of_row", at, name=tree.id, kind=words(_CALLED[other.kind]))
            elif tree.id in self.scope.unlisted:
                file = self.scope.unlisted[tree.id]
                self.say("FC203.unlisted", at, name=tree.id, file=file)
            elif titled:
                self.say("FC203", at, hint=meant(titled[0]), name=tree.id[:80])
            elif tree.id in self.scope.tables:
                keys = ", ".join("…" for _ in self.scope.tables[tree.id].keys)
                self.say("FC203.table", at, name=tree.id, keys=keys)
            elif any(tree.id in _bases(s.type) for s in self.scope.symbols.values()):
                self.say("FC203.unit", at, name=tree.id)
            else:
                self.unknown(at, tree.id[:80], self.scope.symbols, "FC203.undeclared")
            return self.bad(at)
        return self._named(symbol, tree.id, at)

    def _named(self, symbol: Symbol, name: str, at: tuple[int, int]) -> Node:
        of_village = symbol.kind in ("fact", "output") and symbol.id not in self.scope.grouped
        if (self.scope.pool or self.scope.each) and not self.in_aggregate and of_village:
            key = "FC209.of_village" if self.scope.pool else "FC209.of_group"
            key = "FC209.in_pool" if self.scope.pool and symbol.id in self.scope.once else key
            self.say(key, at, name=name)
        written = name if name != symbol.id else ""
        return Name(symbol.type, at, symbol.id, symbol.kind, written)

    def before(self, tree: ast.Attribute) -> Node:
        """`before.x`: a fact or an output as it was in the run before, which is a fact of the row."""
        at = self.place(tree)
        if not isinstance(tree.value, ast.Name) or tree.value.id != BEFORE:
            self.say("FC202", at, what="`.`")
            return self.bad(at)
        id_ = f"{BEFORE}.{tree.attr}"
        symbol = self.scope.symbols.get(id_)
        if symbol is not None:
            return self._named(symbol, id_, at)
        current = self.scope.symbols.get(tree.attr)
        earlier = [n.partition(".")[2] for n in self.scope.symbols if n.startswith(f"{BEFORE}.")]
        if not earlier:
            self.say("FC216.here", at, name=id_[:80])
        elif current is None:
            near = nearest(tree.attr[:80], earlier)
            hint = meant(f"{BEFORE}.{near}") if near else None
            self.say("FC216.unknown", at, hint=hint, name=id_[:80])
        elif current.kind in ("fact", "output"):
            self.say("FC216.kind", at, name=id_[:80], found=describe(current.type))
        else:
            self.say("FC216", at, name=id_[:80])
        return self.bad(at)

    def constant(self, tree: ast.Constant) -> Node:
        """A literal."""
        at = self.place(tree)
        value = tree.value
        if isinstance(value, bool):
            return Const(YesNo(), at, value)
        if isinstance(value, str):
            return Const(Text(), at, value)
        if isinstance(value, int | float):
            return self._number(at)
        what = "None" if value is None else f"`{type(value).__name__}`"
        self.say("FC202", at, what=what)
        return self.bad(at)

    def _number(self, at: tuple[int, int]) -> Node:
        """A decimal literal, read from its text so that no float ever stands between."""
        text = self.source.text[slice(*at)].replace("_", "")
        if not text.replace(".", "", 1).isdigit() or not text.isascii():
            self.say("FC201.number", at)
            return self.bad(at)
        if "." in text:
            text = text.rstrip("0").rstrip(".") or "0"
        decimals = len(text.partition(".")[2])
        value = scaled(Decimal(text), decimals)
        if value is None or decimals > 9 or not fits_int64(value):
            self.say("FC212", at)
            return self.bad(at)
        return Const(Number(None, decimals), at, value)

    def lookup(self, tree: ast.Subscript) -> Node:
        """`table[key, …]`."""
        at = self.place(tree)
        name = tree.value.id if isinstance(tree.value, ast.Name) else ""
        table = self.scope.tables.get(name)
        if table is None or isinstance(tree.slice, ast.Slice):
            if name and name not in self.scope.symbols and not isinstance(tree.slice, ast.Slice):
                hint = did_you_mean(name, self.scope.tables)
                self.say("FC215.unknown", at, hint=hint, name=name[:80])
            else:
                self.say("FC202", at, what="`[…]`")
            return self.bad(at)
        trees = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        keys = [self.whole(self.node(key_tree)) for key_tree in trees]
        if len(keys) != len(table.keys):
            self.say("FC215.keys", at, table=table.id, wanted=len(table.keys), found=len(keys))
            return self.bad(at)
        for key, kind in zip(keys, table.keys, strict=True):
            self._key(key, kind)
        return Lookup(table.type, at, table.id, tuple(keys))

    def _key(self, key: Node, kind: Type) -> None:
        """Note a key of another type, or in another unit, than the table's rows have."""
        key_type = key.type
        if isinstance(key_type, Unknown) or isinstance(kind, Unknown):
            return
        if type(key_type) is not type(kind):
            self.say("FC205", key.at, wanted=describe(kind), found=describe(key_type))
        elif isinstance(key_type, Number) and isinstance(kind, Number):
            if key_type.unit is not None and kind.unit is not None and key_type.unit != kind.unit:
                declared, actual = describe(kind), describe(key_type)
                self.say("FC204.declared", key.at, declared=declared, found=actual)
        elif isinstance(key, Const) and isinstance(kind, Text):
            self.meet.possible(key, kind)

    # -- operators ----------------------------------------------------------------------------

    def unary(self, tree: ast.UnaryOp) -> Node:
        """`not`, plus and minus."""
        at = self.place(tree)
        item = self.node(tree.operand)
        if isinstance(tree.op, ast.Not):
            return Negation(YesNo(), at, self.meet.condition(item))
        if isinstance(tree.op, ast.USub | ast.UAdd):
            item = self.numeric(item)
            if isinstance(tree.op, ast.UAdd) or isinstance(item.type, Unknown):
                return item
            if isinstance(item, Const) and isinstance(item.value, int):
                return Const(item.type, at, -item.value)
            return Negative(item.type, at, item)
        self.say("FC202", at, what="`~`")
        return self.bad(at)

    def binary(self, tree: ast.BinOp) -> Node:
        """Sum, difference, product, quotient."""
        at = self.place(tree)
        op = ARITHMETIC.get(type(tree.op))
        if op is None:
            what = {ast.Mod: "`%`", ast.Pow: "`**`", ast.FloorDiv: "`//`", ast.BitXor: "`^`"}
            self.say("FC202", at, what=what.get(type(tree.op), "`|`"))
            return self.bad(at)
        left, right = self.node(tree.left), self.node(tree.right)
        kinds = {type(left.type), type(right.type)}
        if op in ("+", "-") and Date in kinds and kinds <= {Date, Number}:
            return self._no_sum_of_days(op, left, right, at)
        left, right = self.numeric(left), self.numeric(right)
        if isinstance(left.type, Unknown) or isinstance(right.type, Unknown):
            return self.bad(at)
        if op in ("+", "-"):
            left, right, kind = self.meet.alike(left, right, at, "language.adding")
            return Arithmetic(kind, at, op, left, right)  # type: ignore[arg-type]
        return self._product(op, left, right, at)

    def _no_sum_of_days(self, op: str, left: Node, right: Node, at: tuple[int, int]) -> Node:
        """How to say what somebody wants who adds to a day, or takes one from another."""
        if isinstance(left.type, Date) and isinstance(right.type, Date):
            self.say("FC205.between", at, first=show(left), last=show(right))
            return self.bad(at)
        day, span = (left, right) if isinstance(left.type, Date) else (right, left)
        unit = str(span.type.unit) if isinstance(span.type, Number) else ""
        count = f"{unit}s" if unit in ("month", "year") else "days"
        self.say(
            "FC205.after" if op == "+" else "FC205.before", at,
            day=show(day), span=show(span), count=count,
        )  # fmt: skip
        return self.bad(at)

    def _product(self, op: str, left: Node, right: Node, at: tuple[int, int]) -> Node:
        a, b = left.type, right.type
        assert isinstance(a, Number) and isinstance(b, Number)
        unit = None
        if a.unit is not None or b.unit is not None:
            unit = (a.unit or PLAIN).times(b.unit or PLAIN, 1 if op == "*" else -1)
        if op == "/":
            if not self.in_round:
                self.say("FC207.outside_round", at)
                return self.bad(at)
            return Arithmetic(Number(unit, None), at, "/", left, right)
        decimals = None
        if a.decimals is not None and b.decimals is not None:
            decimals = a.decimals + b.decimals
        return Arithmetic(Number(unit, decimals), at, "*", left, right)

    def comparison(self, tree: ast.Compare) -> Node:
        """One comparison, or several chained by `and`."""
        at = self.place(tree)
        sides = [tree.left, *tree.comparators]
        parts: list[Node] = []
        for op, left, right in zip(tree.ops, sides, sides[1:], strict=False):
            place = (self.place(left)[0], self.place(right)[1])
            if isinstance(op, ast.In | ast.NotIn):
                parts.append(self._contains(left, right, isinstance(op, ast.NotIn), place))
            elif type(op) in COMPARISONS:
                parts.append(self._compare(COMPARISONS[type(op)], left, right, place))
            else:
                self.say("FC202", place, hint=words("language.equality"), what="`is`")
                return self.bad(at)
        return parts[0] if len(parts) == 1 else Logic(YesNo(), at, "and", tuple(parts))

    def _compare(
        self, op: Comparison, left_tree: ast.expr, right_tree: ast.expr, at: tuple[int, int]
    ) -> Node:
        left, right = self.node(left_tree), self.node(right_tree)
        left, right, kind = self.meet.alike(left, right, at, "language.comparing")
        if isinstance(kind, Unknown):
            return self.bad(at)
        if isinstance(kind, Number) and kind.decimals is None:
            self.say("FC207.unrounded", at)
            return self.bad(at)
        if isinstance(kind, Texts) or (isinstance(kind, Text | YesNo) and op not in ("==", "!=")):
            wanted = words("language.ordered")
            self.say("FC205", at, wanted=wanted, found=describe(kind))
            return self.bad(at)
        return Compare(YesNo(), at, op, left, right)

    def _contains(
        self, left: ast.expr, right: ast.expr, negated: bool, at: tuple[int, int]
    ) -> Node:
        item = self.node(left)
        if isinstance(right, ast.List | ast.Tuple | ast.Set):
            return self._contains_literals(item, right, negated, at)
        container = self.node(right)
        if isinstance(item.type, Unknown) or isinstance(container.type, Unknown):
            return self.bad(at)
        if not isinstance(container.type, Texts):
            wanted = words("language.texts")
            self.say("FC205", container.at, wanted=wanted, found=describe(container.type))
        elif not isinstance(item.type, Text):
            self.say("FC205", item.at, wanted=words("language.text"), found=describe(item.type))
        elif isinstance(item, Const):
            self.meet.possible(item, Text(container.type.options))
        return Contains(YesNo(), at, item, container, negated)

    def _contains_literals(
        self, item: Node, trees: ast.List | ast.Tuple | ast.Set, negated: bool, at: tuple[int, int]
    ) -> Node:
        item = self.whole(item)
        choices: list[Const] = []
        for tree in trees.elts:
            left, choice, _ = self.meet.alike(
                item, self.node(tree), self.place(tree), "language.comparing"
            )
            if isinstance(choice, Const) and left.type == item.type:
                choices.append(choice)
            elif not isinstance(choice.type, Unknown) and not isinstance(item.type, Unknown):
                wanted = words("language.constant")
                self.say("FC205", choice.at, wanted=wanted, found=describe(choice.type))
        return Contains(YesNo(), at, item, tuple(choices), negated)

    def logic(self, tree: ast.BoolOp) -> Node:
        """`and`, `or`."""
        items = tuple(self.meet.condition(self.node(value)) for value in tree.values)
        op = "and" if isinstance(tree.op, ast.And) else "or"
        return Logic(YesNo(), self.place(tree), op, items)  # type: ignore[arg-type]

    def choice(self, tree: ast.IfExp) -> Node:
        """`a if c else b`."""
        at = self.place(tree)
        condition = self.meet.condition(self.node(tree.test))
        yes, no = self.node(tree.body), self.node(tree.orelse)
        yes, no, kind = self.meet.alike(yes, no, at, "language.choosing")
        if isinstance(kind, Number) and kind.decimals is None:
            self.say("FC207.unrounded", at)
            return self.bad(at)
        return Choice(kind, at, condition, yes, no)


_HANDLERS: dict[type[ast.expr], Callable[[Parser, ast.expr], Node]] = {
    ast.Name: Parser.name,  # type: ignore[dict-item]
    ast.Attribute: Parser.before,  # type: ignore[dict-item]
    ast.Constant: Parser.constant,  # type: ignore[dict-item]
    ast.UnaryOp: Parser.unary,  # type: ignore[dict-item]
    ast.BinOp: Parser.binary,  # type: ignore[dict-item]
    ast.Compare: Parser.comparison,  # type: ignore[dict-item]
    ast.BoolOp: Parser.logic,  # type: ignore[dict-item]
    ast.IfExp: Parser.choice,  # type: ignore[dict-item]
    ast.Subscript: Parser.lookup,  # type: ignore[dict-item]
    ast.Call: functions.call,  # type: ignore[dict-item]
}

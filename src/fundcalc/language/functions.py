"""Calls: min, max, abs, round, scale, what is asked of dates, and values of many rows such as count and sum.

A rounding keeps its quotient as two whole-number expressions, so that every engine can round it exactly.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple, assert_never, cast, get_args

from fundcalc.base.catalogue import words
from fundcalc.base.money import DIRECTIONS, Direction
from fundcalc.base.words import Words, did_you_mean, meant
from fundcalc.language.datatypes import Date, Number, Text, Type, Unknown, describe
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Arithmetic,
    Calendar,
    Const,
    Extreme,
    Name,
    Negative,
    Node,
    Over,
    Rescale,
    Round,
    Scale,
    names,
)
from fundcalc.language.reader import Reader
from fundcalc.language.units import KNOWN, PLAIN, Unit


def quotient(node: Node, decimals: int) -> tuple[Node, Node]:
    """Numerator and denominator of an expression with `/` in it.

    Numerator / denominator is the value counted in 10**-decimals of its unit. Both are expressions
    without `/`; the denominator may be negative or zero for some village.
    """
    numerator, denominator, present = _split(node)
    if present < decimals:
        numerator = times(numerator, 10 ** (decimals - present))
    elif present > decimals:
        denominator = times(denominator, 10 ** (present - decimals))
    return numerator, denominator


def _split(node: Node) -> tuple[Node, Node, int]:
    """Numerator, denominator, and in how many decimals their quotient counts."""
    kind = node.type
    assert isinstance(kind, Number)
    if kind.decimals is not None:
        return node, _constant_one(node), kind.decimals
    if isinstance(node, Negative):
        numerator, denominator, present = _split(node.item)
        return Negative(numerator.type, node.at, numerator), denominator, present
    assert isinstance(node, Arithmetic)
    a, b, left = _split(node.left)
    c, d, right = _split(node.right)
    if node.op == "*":
        return _product(a, c), _product(b, d), left + right
    if node.op == "/":
        if left < right:
            a, left = times(a, 10 ** (right - left)), right
        return _product(a, d), _product(b, c), left - right
    if left < right:
        a, left = times(a, 10 ** (right - left)), right
    elif right < left:
        c = times(c, 10 ** (left - right))
    numerator = Arithmetic(_plain_number(), node.at, node.op, _product(a, d), _product(c, b))
    return numerator, _product(b, d), left


def _plain_number() -> Number:
    """Types below a rounding only mark whole numbers; units were checked on the way down."""
    return Number(PLAIN, 0)


def _constant_one(node: Node) -> Const:
    return Const(_plain_number(), node.at, 1)


def times(node: Node, factor: int) -> Node:
    """The node multiplied by a constant power of ten."""
    if isinstance(node, Const) and isinstance(node.value, int):
        return replace(node, value=node.value * factor)
    return Rescale(_plain_number(), node.at, node, len(str(factor)) - 1)


def _product(a: Node, b: Node) -> Node:
    for factor, other in ((a, b), (b, a)):
        if isinstance(factor, Const) and factor.value == 1:
            return other
    return Arithmetic(_plain_number(), a.at, "*", a, b)


class Function(NamedTuple):
    """How a function is written, and the key of the words for what it gives."""

    usage: str
    gives: str


FUNCTIONS = {
    "min": Function("min(a, b)", "language.least"),
    "max": Function("max(a, b)", "language.greatest"),
    "abs": Function("abs(a)", "language.without_sign"),
    "round": Function("round(a / b, 0.01, 'half up')", "language.rounded"),
    "count": Function("count(per=county, where=…)", "language.villages_of_group"),
    "sum": Function("sum(a, per=county, where=…)", "language.sum_over_group"),
    "least": Function("least(a, per=county, where=…)", "language.least_of_group"),
    "greatest": Function("greatest(a, per=county, where=…)", "language.greatest_of_group"),
    "mean": Function("mean(a, per=county, where=…, to=0.01)", "language.mean_of_group"),
    "rank": Function("rank(a, per=county, where=…)", "language.rank_in_group"),
    "scale": Function("scale(income, tax_bands)", "language.scaled"),
    "date": Function("date('2017-12-31') / date(2017, 12, 31)", "language.a_day"),
    "year": Function("year(d)", "language.calendar_year"),
    "years": Function("years(a, b)", "language.complete_years"),
    "months": Function("months(a, b)", "language.complete_months"),
    "days": Function("days(a, b)", "language.days_between"),
}


def direction_words(direction: Direction) -> Words:
    """What a direction does, as a reader is told."""
    match direction:
        case "down":
            return words("language.direction_down")
        case "up":
            return words("language.direction_up")
        case "half up":
            return words("language.direction_half_up")
        case "half down":
            return words("language.direction_half_down")
        case "half even":
            return words("language.direction_half_even")
        case "floor":
            return words("language.direction_floor")
        case "ceiling":
            return words("language.direction_ceiling")
    assert_never(direction)


def call(reader: Reader, tree: ast.Call) -> Node:
    """The typed node of a call; reported where it is none that policies may use."""
    at = reader.place(tree)
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    starred = any(isinstance(item, ast.Starred) for item in tree.args)
    if starred or not name:
        what = "`.`" if isinstance(tree.func, ast.Attribute) else "`(…)(…)`"
        reader.say("FC202", at, what="`*`" if starred else what)
        return reader.bad(at)
    if tree.keywords and name not in OVER:
        reader.say("FC210", at, usage=FUNCTIONS[name].usage if name in FUNCTIONS else f"{name}(…)")
        return reader.bad(at)
    if name in ("min", "max"):
        return _extreme(reader, name, tree.args, at)
    if name in OVER:
        return _aggregate(reader, name, tree, at)
    if name == "abs" and len(tree.args) == 1:
        item = reader.whole(reader.numeric(reader.node(tree.args[0])))
        return Absolute(item.type, at, item)
    if name == "round" and len(tree.args) == 3:
        return _round(reader, tree.args, at)
    if name == "scale" and len(tree.args) == 2:
        return _scale(reader, tree.args, at)
    if name == "date" and len(tree.args) == 1:
        return _date(reader, tree.args[0], at)
    if name == "date" and len(tree.args) == 3:
        return _day(reader, tree.args, at)
    if name in ("year", "years", "months", "days") and len(tree.args) == (1 + (name != "year")):
        dates = [reader.meet.fit(reader.node(argument), Date()) for argument in tree.args]
        unit = PLAIN if name == "year" else Unit(((KNOWN[name[:-1]], 1),))
        bad = not all(isinstance(day.type, Date) for day in dates)
        return reader.bad(at) if bad else Calendar(Number(unit), at, name, tuple(dates))  # type: ignore[arg-type]
    if name in FUNCTIONS:
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
    elif (right := _from_spreadsheet(reader, name, tree.args)) is not None:
        reader.say("FC203.function", reader.place(tree.func), name=name[:80], right=right)
    elif name in reader.scope.tables:
        right = f"{name}[{', '.join(map(ast.unparse, tree.args))}]"
        reader.say("FC203", reader.place(tree.func), hint=meant(right), name=name[:80])
    else:
        reader.unknown(reader.place(tree.func), name, FUNCTIONS)
    return reader.bad(at)


def _from_spreadsheet(reader: Reader, name: str, trees: list[ast.expr]) -> str | None:
    """What is written here for a function of spreadsheets; None where it is none."""
    arguments = [reader.source.text[slice(*reader.place(tree))] for tree in trees]
    a, b, c = [*arguments, *"abc"[len(arguments) :]][:3]
    match name.upper():
        case "IF" | "IIF" if len(arguments) == 3:
            return f"{b} if {a} else {c}"
        case "IF" | "IIF" | "IFS":
            return "b if a else c"
        case "AND" | "OR" if arguments:
            return f" {name.lower()} ".join(arguments)
        case "NOT":
            return f"not {a}"
        case "ROUND" if len(arguments) == 2 and b.isdigit() and len(b) < 3:
            step = f"{Decimal(1).scaleb(-int(b)):f}"
            return f"round({a}, {step}, 'half up')"
        case "ROUNDUP" | "ROUNDDOWN" | "INT" | "TRUNC":
            how = {"ROUNDUP": "up", "INT": "floor"}.get(name.upper(), "down")
            return f"round({a}, 1, '{how}')"
        case "SUMIF" | "SUMIFS":
            return "sum(a, where=…)"
        case "COUNTIF" | "COUNTIFS":
            return "count(where=…)"
        case "VLOOKUP" | "HLOOKUP" | "LOOKUP" | "XLOOKUP" | "INDEX":
            return "table[key]"
    return FUNCTIONS[name.lower()].usage if name.lower() in FUNCTIONS else None


def _extreme(reader: Reader, name: str, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    if len(trees) < 2:
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
        return reader.bad(at)
    items = [reader.node(tree) for tree in trees]
    if any(isinstance(item.type, Date) for item in items):
        days = [reader.meet.fit(item, Date()) for item in items]
        bad = not all(isinstance(item.type, Date) for item in days)
        return reader.bad(at) if bad else Extreme(Date(), at, name, tuple(days))  # type: ignore[arg-type]
    items = [reader.whole(reader.numeric(item)) for item in items]
    kind: Type = items[0].type
    for index, item in enumerate(items[1:], 1):
        first, items[index], kind = reader.meet.alike(items[0], item, item.at, "language.comparing")
        items[0] = first
        if isinstance(kind, Unknown):
            return reader.bad(at)
    assert isinstance(kind, Number) and kind.decimals is not None
    aligned = [reader.meet.finer(item, kind.decimals) for item in items]
    return Extreme(kind, at, name, tuple(aligned))  # type: ignore[arg-type]


def _scale(reader: Reader, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    """The parts of an amount in the bands of a table, each times its rate."""
    item = reader.whole(reader.numeric(reader.node(trees[0])))
    name = trees[1].id if isinstance(trees[1], ast.Name) else ""
    table = reader.scope.tables.get(name)
    if table is None:
        hint = did_you_mean(name, reader.scope.tables)
        reader.say("FC215.unknown", reader.place(trees[1]), hint=hint, name=name[:80])
        return reader.bad(at)
    if isinstance(item.type, Unknown) or isinstance(table.type, Unknown):
        return reader.bad(at)
    bands = table.keys[0] if len(table.keys) == 1 else None
    if not isinstance(bands, Number) or not isinstance(table.type, Number):
        reader.say("FC215.scale", reader.place(trees[1]), table=name)
        return reader.bad(at)
    kind = item.type
    assert isinstance(kind, Number) and kind.decimals is not None
    if kind.unit is not None and bands.unit is not None and kind.unit != bands.unit:
        declared, actual = describe(bands), describe(kind)
        reader.say("FC204.declared", item.at, declared=declared, found=actual)
        return reader.bad(at)
    unit = (kind.unit or bands.unit or PLAIN).times(table.type.unit or PLAIN)
    return Scale(Number(unit, kind.decimals + (table.type.decimals or 0)), at, item, name)


def _date(reader: Reader, tree: ast.expr, at: tuple[int, int]) -> Node:
    text = tree.value if isinstance(tree, ast.Constant) else None
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        reader.say("FC213.date", at, text=str(text)[:40])
        return reader.bad(at)
    return Const(Date(), at, day.toordinal())


def _day(reader: Reader, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    """`date(y, m, d)`: whole numbers, plain or each in its own unit."""
    items: list[Node] = []
    for tree, name in zip(trees, ("year", "month", "day"), strict=True):
        item = reader.whole(reader.numeric(reader.node(tree)))
        if isinstance(item.type, Number) and item.type.unit != PLAIN:
            item = reader.meet.fit(item, Number(Unit(((KNOWN[name], 1),))))
        elif isinstance(item.type, Number) and item.type.decimals:
            reader.say("FC208", item.at, decimals=item.type.decimals, kept=0)
        items.append(item)
    if not all(isinstance(part.type, Number) and not part.type.decimals for part in items):
        return reader.bad(at)
    numbers = [
        part.value for part in items if isinstance(part, Const) and isinstance(part.value, int)
    ]
    if len(numbers) < 3:
        return Calendar(Date(), at, "date", tuple(items))
    try:
        return Const(Date(), at, date(*numbers).toordinal())
    except (ValueError, OverflowError):
        reader.say("FC213.date", at, text=reader.source.text[slice(*at)][:40])
        return reader.bad(at)


def _round(reader: Reader, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    reader.in_round += 1
    item = reader.numeric(reader.node(trees[0]))
    reader.in_round -= 1
    rounding = _rounding(reader, item, trees[1], trees[2])
    if rounding is None:
        return reader.bad(at)
    step, how, decimals = rounding
    numerator, denominator = quotient(item, decimals)
    assert isinstance(item.type, Number) and isinstance(step.value, int)
    kind = Number(item.type.unit, decimals)
    return Round(kind, at, item, step, how, numerator, denominator, step.value)


def _rounding(
    reader: Reader, item: Node, to: ast.expr, direction: ast.expr | None
) -> tuple[Const, Direction, int] | None:
    """To what multiple and how an item is rounded, and with how many decimals; None, noted, if unknown."""
    step = reader.node(to)
    how = direction.value if isinstance(direction, ast.Constant) else None
    if direction is not None and how not in DIRECTIONS:
        listed = ", ".join(f"'{d}'" for d in DIRECTIONS)
        reader.say("FC214.direction", reader.place(direction), listed=listed)
        return None
    if isinstance(item.type, Unknown) or isinstance(step.type, Unknown):
        return None
    valid = isinstance(step, Const) and isinstance(step.value, int) and step.value > 0
    if not valid or not isinstance(step.type, Number):
        reader.say("FC214.step", step.at)
        return None
    assert isinstance(item.type, Number)
    decimals = max(step.type.decimals or 0, item.type.unit.decimals if item.type.unit else 0)
    step = reader.meet.finer(step, decimals)
    assert isinstance(step, Const)
    return step, cast("Direction", how or "half up"), decimals


OVER: tuple[Over, ...] = get_args(Over)
"""The functions of many rows."""


def _aggregate(reader: Reader, name: Over, tree: ast.Call, at: tuple[int, int]) -> Node:
    """A value of many rows: in a pool of those of its group, elsewhere of all that are alike in `per`."""
    arguments = {keyword.arg: keyword.value for keyword in tree.keywords}
    allowed = {"where"} if reader.scope.pool else {"where", "per"}
    allowed |= {"to", "direction"} if name == "mean" else set()
    wanted = 0 if name == "count" else 1
    if (
        len(tree.args) != wanted
        or not set(arguments) <= allowed
        or (name == "mean" and "to" not in arguments)
    ):
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
        return reader.bad(at)
    if reader.scope.pool and name not in ("count", "sum"):
        reader.say("FC209.pool", at, name=name)
        return reader.bad(at)
    if reader.scope.pool and reader.in_aggregate:
        reader.say("FC209.nested", at)
        return reader.bad(at)
    if not reader.scope.rows:
        reader.say("FC209.summary", at, name=name)
        return reader.bad(at)
    outside, reader.in_aggregate = reader.in_aggregate, True
    per = None if reader.scope.pool else _per(reader, arguments.get("per"))
    item = reader.node(tree.args[0]) if tree.args else None
    if item is not None and not (isinstance(item.type, Date) and name in ("least", "greatest")):
        item = reader.whole(reader.numeric(item))
    where = reader.meet.condition(reader.node(arguments["where"])) if "where" in arguments else None
    reader.in_aggregate = outside
    if per is not None and reader.scope.each:
        per_ids, each_ids = {fact.id for fact in per}, {fact.id for fact in reader.scope.each}
        if "per" in arguments and per_ids != each_ids:
            reader.say("FC209.other_group", at)
        per = reader.scope.each
    if item is not None and name in ("sum", "mean", "rank"):
        used = {used_name.id for used_name in names(item) if used_name.kind in ("fact", "output")}
        if used and used <= reader.scope.once and reader.scope.pool:
            reader.say("FC209.in_pool", at, name=min(used))
        elif used and used <= reader.scope.once:
            reader.say("FC209.once", at, name=name, output=min(used))
    if name in ("count", "rank"):
        return Aggregate(Number(PLAIN, 0), at, name, item, where, per)
    assert item is not None
    if name != "mean":
        return Aggregate(item.type, at, name, item, where, per)
    rounding = _rounding(reader, item, arguments["to"], arguments.get("direction"))
    if rounding is None:
        return reader.bad(at)
    to, how, decimals = rounding
    assert isinstance(item.type, Number) and item.type.decimals is not None
    item = reader.meet.finer(item, max(decimals, item.type.decimals))
    assert isinstance(item.type, Number) and isinstance(to.value, int)
    fine = to.value * 10 ** ((item.type.decimals or 0) - decimals)
    kind = Number(item.type.unit, decimals)
    return Aggregate(kind, at, name, item, where, per, to, how, to.value, fine)


def _per(reader: Reader, tree: ast.expr | None) -> tuple[Name, ...]:
    """What rows of one group have in common: texts that a row has."""
    trees = tree.elts if isinstance(tree, ast.Tuple | ast.List) else [tree] if tree else []
    columns: list[Name] = []
    for part in trees:
        node = reader.node(part)
        if (
            isinstance(node, Name)
            and node.kind in ("fact", "output")
            and isinstance(node.type, Text)
        ):
            columns.append(node)
        elif not isinstance(node.type, Unknown):
            reader.say("FC209.per", node.at)
    return tuple(columns)

"""Calls: min, max, abs, round, date, and count and sum over a pool's group.

A rounding keeps its quotient as two whole-number expressions, so that every engine can round it exactly.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date
from typing import NamedTuple, assert_never

from fundcalc.base.catalogue import words
from fundcalc.base.money import DIRECTIONS, Direction
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Date, Number, Type, Unknown, describe
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Arithmetic,
    Const,
    Extreme,
    Negative,
    Node,
    Rescale,
    Round,
    Scale,
)
from fundcalc.language.reader import Reader
from fundcalc.language.units import PLAIN


def quotient(node: Node, decimals: int) -> tuple[Node, Node]:
    """Numerator and denominator of an expression with `/` in it.

    Numerator / denominator is the value counted in 10**-decimals of its unit. Both are expressions
    without `/`; the denominator may be negative or zero for some village.
    """
    top, bottom, has = _split(node)
    if has < decimals:
        top = times(top, 10 ** (decimals - has))
    elif has > decimals:
        bottom = times(bottom, 10 ** (has - decimals))
    return top, bottom


def _split(node: Node) -> tuple[Node, Node, int]:
    """Numerator, denominator, and in how many decimals their quotient counts."""
    kind = node.type
    assert isinstance(kind, Number)
    if kind.decimals is not None:
        return node, _one(node), kind.decimals
    if isinstance(node, Negative):
        top, bottom, has = _split(node.item)
        return Negative(top.type, node.at, top), bottom, has
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
    top = Arithmetic(_plain(), node.at, node.op, _product(a, d), _product(c, b))
    return top, _product(b, d), left


def _plain() -> Number:
    """Types below a rounding only mark whole numbers; units were checked on the way down."""
    return Number(PLAIN, 0)


def _one(node: Node) -> Const:
    return Const(_plain(), node.at, 1)


def times(node: Node, factor: int) -> Node:
    """The node multiplied by a constant power of ten."""
    if isinstance(node, Const) and isinstance(node.value, int):
        return replace(node, value=node.value * factor)
    return Rescale(_plain(), node.at, node, len(str(factor)) - 1)


def _product(a: Node, b: Node) -> Node:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const) and one.value == 1:
            return other
    return Arithmetic(_plain(), a.at, "*", a, b)


class Function(NamedTuple):
    """How a function is written, and the key of the words for what it gives."""

    usage: str
    gives: str


FUNCTIONS = {
    "min": Function("min(a, b)", "language.least"),
    "max": Function("max(a, b)", "language.greatest"),
    "abs": Function("abs(a)", "language.without_sign"),
    "round": Function("round(a / b, 0.01, 'half up')", "language.rounded"),
    "count": Function("count() / count(where=…)", "language.villages_of_group"),
    "sum": Function("sum(a) / sum(a, where=…)", "language.sum_over_group"),
    "scale": Function("scale(income, tax_bands)", "language.scaled"),
    "date": Function("date('2017-12-31')", "language.a_day"),
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
        called = "`.`" if isinstance(tree.func, ast.Attribute) else "`(…)(…)`"
        reader.say("FC202", at, what="`*`" if starred else called)
        return reader.bad(at)
    if tree.keywords and name not in ("count", "sum"):
        reader.say("FC210", at, usage=FUNCTIONS[name].usage if name in FUNCTIONS else f"{name}(…)")
        return reader.bad(at)
    if name in ("min", "max"):
        return _extreme(reader, name, tree.args, at)
    if name in ("count", "sum"):
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
    if name in FUNCTIONS:
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
    else:
        reader.unknown(reader.place(tree.func), name, FUNCTIONS)
    return reader.bad(at)


def _extreme(reader: Reader, name: str, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    if len(trees) < 2:
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
        return reader.bad(at)
    items = [reader.whole(reader.numeric(reader.node(tree))) for tree in trees]
    kind: Type = items[0].type
    for index, item in enumerate(items[1:], 1):
        first, items[index], kind = reader.meet.alike(items[0], item, item.at, "language.comparing")
        items[0] = first
        if isinstance(kind, Unknown):
            return reader.bad(at)
    assert isinstance(kind, Number) and kind.decimals is not None
    level = [reader.meet.finer(item, kind.decimals) for item in items]
    return Extreme(kind, at, name, tuple(level))  # type: ignore[arg-type]


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
        declared, found = describe(bands), describe(kind)
        reader.say("FC204.declared", item.at, declared=declared, found=found)
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


def _round(reader: Reader, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    reader.in_round += 1
    item = reader.numeric(reader.node(trees[0]))
    reader.in_round -= 1
    step, direction = reader.node(trees[1]), trees[2]
    how = direction.value if isinstance(direction, ast.Constant) else None
    if how not in DIRECTIONS:
        reader.say(
            "FC214.direction",
            reader.place(direction),
            listed=", ".join(f"'{d}'" for d in DIRECTIONS),
        )
        return reader.bad(at)
    if isinstance(item.type, Unknown) or isinstance(step.type, Unknown):
        return reader.bad(at)
    fine = isinstance(step, Const) and isinstance(step.value, int) and step.value > 0
    if not fine or not isinstance(step.type, Number):
        reader.say("FC214.step", step.at)
        return reader.bad(at)
    assert isinstance(item.type, Number)
    decimals = max(step.type.decimals or 0, item.type.unit.decimals if item.type.unit else 0)
    top, bottom = quotient(item, decimals)
    step = reader.meet.finer(step, decimals)
    assert isinstance(step, Const) and isinstance(step.value, int)
    kind = Number(item.type.unit, decimals)
    return Round(kind, at, item, step, how, top, bottom, step.value)


def _aggregate(reader: Reader, name: str, tree: ast.Call, at: tuple[int, int]) -> Node:
    wanted = 0 if name == "count" else 1
    if len(tree.args) != wanted or any(k.arg != "where" for k in tree.keywords):
        reader.say("FC210", at, usage=FUNCTIONS[name].usage)
        return reader.bad(at)
    if not reader.scope.pool:
        reader.say("FC209.outside_pool", at, name=name)
        return reader.bad(at)
    if reader.in_aggregate:
        reader.say("FC209.nested", at)
        return reader.bad(at)
    reader.in_aggregate = True
    item = reader.whole(reader.numeric(reader.node(tree.args[0]))) if tree.args else None
    where = reader.meet.condition(reader.node(tree.keywords[0].value)) if tree.keywords else None
    reader.in_aggregate = False
    kind = item.type if item is not None else Number(PLAIN, 0)
    return Aggregate(kind, at, name, item, where)  # type: ignore[arg-type]

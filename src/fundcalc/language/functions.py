"""Calls: min, max, abs, round, date, and count and sum over a pool's group."""

from __future__ import annotations

import ast
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from fundcalc.base.money import DIRECTIONS, Direction
from fundcalc.base.words import Words
from fundcalc.language import messages
from fundcalc.language.datatypes import Date, Number, Type, Unknown
from fundcalc.language.nodes import Absolute, Aggregate, Const, Extreme, Node, Round
from fundcalc.language.quotient import quotient
from fundcalc.language.units import PLAIN

if TYPE_CHECKING:
    from fundcalc.language.parse import Parser


class Function(NamedTuple):
    """How a function is written, and what it gives."""

    usage: str
    gives: Words


FUNCTIONS = {
    "min": Function("min(a, b)", Words("最小的一个", "the least of them")),
    "max": Function("max(a, b)", Words("最大的一个", "the greatest of them")),
    "abs": Function("abs(a)", Words("绝对值", "the number without its sign")),
    "round": Function(
        "round(a / b, 0.01, 'half up')",
        Words(
            "取整到第二项的倍数，按写明的方向",
            "rounded to a multiple of the second, as the third says",
        ),
    ),
    "count": Function(
        "count() / count(where=…)",
        Words(
            "组内（符合条件的）村数；只用于资金池", "villages of the group (where …); in pools only"
        ),
    ),
    "sum": Function(
        "sum(a) / sum(a, where=…)",
        Words(
            "组内各村（符合条件的）之和；只用于资金池",
            "the sum over the group (where …); in pools only",
        ),
    ),
    "date": Function("date('2017-12-31')", Words("一个日期", "a day")),
}
DIRECTION_WORDS: dict[Direction, Words] = {
    "down": Words("舍去尾数（向零）", "cut off, towards zero"),
    "up": Words("进一（离零）", "away from zero"),
    "half up": Words("四舍五入", "to the nearest; halves away from zero"),
    "half even": Words("四舍六入五成双", "to the nearest; halves to the even neighbour"),
    "floor": Words("向小取整", "to the next below"),
    "ceiling": Words("向大取整", "to the next above"),
}
_COMPARING = Words("相比较的是", "comparing")


def call(parser: Parser, tree: ast.Call) -> Node:
    """The typed node of a call; reported where it is none that policies may use."""
    at = parser.place(tree)
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    starred = any(isinstance(item, ast.Starred) for item in tree.args)
    if starred or not name:
        called = "`.`" if isinstance(tree.func, ast.Attribute) else "`(…)(…)`"
        parser.report(messages.not_allowed(parser.locate(at), "`*`" if starred else called))
        return parser.bad(at)
    if tree.keywords and name not in ("count", "sum"):
        parser.report(
            messages.arguments(
                parser.locate(at), FUNCTIONS[name].usage if name in FUNCTIONS else f"{name}(…)"
            )
        )
        return parser.bad(at)
    if name in ("min", "max"):
        return _extreme(parser, name, tree.args, at)
    if name in ("count", "sum"):
        return _aggregate(parser, name, tree, at)
    if name == "abs" and len(tree.args) == 1:
        item = _whole(parser, parser.numeric(parser.node(tree.args[0])))
        return Absolute(item.type, at, item)
    if name == "round" and len(tree.args) == 3:
        return _round(parser, tree.args, at)
    if name == "date" and len(tree.args) == 1:
        return _date(parser, tree.args[0], at)
    if name in FUNCTIONS:
        parser.report(messages.arguments(parser.locate(at), FUNCTIONS[name].usage))
    else:
        parser.report(
            messages.unknown_name(parser.locate(parser.place(tree.func)), name, FUNCTIONS)
        )
    return parser.bad(at)


def _whole(parser: Parser, node: Node) -> Node:
    """Refuses an unrounded quotient."""
    if isinstance(node.type, Number) and node.type.decimals is None:
        parser.report(messages.quotient_here(parser.locate(node.at)))
        return parser.bad(node.at)
    return node


def _extreme(parser: Parser, name: str, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    if len(trees) < 2:
        parser.report(messages.arguments(parser.locate(at), FUNCTIONS[name].usage))
        return parser.bad(at)
    items = [_whole(parser, parser.numeric(parser.node(tree))) for tree in trees]
    kind: Type = items[0].type
    for index, item in enumerate(items[1:], 1):
        first, items[index], kind = parser.meet.alike(items[0], item, item.at, _COMPARING)
        items[0] = first
        if isinstance(kind, Unknown):
            return parser.bad(at)
    assert isinstance(kind, Number) and kind.decimals is not None
    level = [parser.meet.finer(item, kind.decimals) for item in items]
    return Extreme(kind, at, name, tuple(level))  # type: ignore[arg-type]


def _date(parser: Parser, tree: ast.expr, at: tuple[int, int]) -> Node:
    text = tree.value if isinstance(tree, ast.Constant) else None
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        parser.report(messages.bad_date(parser.locate(at), str(text)[:40]))
        return parser.bad(at)
    return Const(Date(), at, day.toordinal())


def _round(parser: Parser, trees: list[ast.expr], at: tuple[int, int]) -> Node:
    parser.in_round += 1
    item = parser.numeric(parser.node(trees[0]))
    parser.in_round -= 1
    step, direction = parser.node(trees[1]), trees[2]
    how = direction.value if isinstance(direction, ast.Constant) else None
    if how not in DIRECTIONS:
        parser.report(messages.bad_direction(parser.locate(parser.place(direction)), DIRECTIONS))
        return parser.bad(at)
    if isinstance(item.type, Unknown) or isinstance(step.type, Unknown):
        return parser.bad(at)
    fine = isinstance(step, Const) and isinstance(step.value, int) and step.value > 0
    if not fine or not isinstance(step.type, Number):
        parser.report(messages.bad_step(parser.locate(step.at)))
        return parser.bad(at)
    assert isinstance(item.type, Number)
    decimals = max(step.type.decimals or 0, item.type.unit.decimals if item.type.unit else 0)
    top, bottom = quotient(item, decimals)
    step = parser.meet.finer(step, decimals)
    assert isinstance(step, Const) and isinstance(step.value, int)
    kind = Number(item.type.unit, decimals)
    return Round(kind, at, item, step, how, top, bottom, step.value)


def _aggregate(parser: Parser, name: str, tree: ast.Call, at: tuple[int, int]) -> Node:
    wanted = 0 if name == "count" else 1
    if len(tree.args) != wanted or any(k.arg != "where" for k in tree.keywords):
        parser.report(messages.arguments(parser.locate(at), FUNCTIONS[name].usage))
        return parser.bad(at)
    if not parser.scope.pool:
        parser.report(messages.aggregate_here(parser.locate(at), name))
        return parser.bad(at)
    if parser.in_aggregate:
        parser.report(messages.nested_aggregate(parser.locate(at)))
        return parser.bad(at)
    parser.in_aggregate = True
    item = _whole(parser, parser.numeric(parser.node(tree.args[0]))) if tree.args else None
    where = parser.meet.condition(parser.node(tree.keywords[0].value)) if tree.keywords else None
    parser.in_aggregate = False
    kind = item.type if item is not None else Number(PLAIN, 0)
    return Aggregate(kind, at, name, item, where)  # type: ignore[arg-type]

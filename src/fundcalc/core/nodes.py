"""The core: fourteen kinds of nodes to which every expression and every hit policy comes down.

A node knows its `kind`, the `bounds` of its value where that is a number or a date (`ZERO` elsewhere), the
`widest` bounds of all numbers within it, and whether it `fails` for some village, which only a
quotient with a divisor of zero does, and a look-up without a row. All four are worked out here, when
the node is made; no engine does so again. Nodes are made by the functions below their classes, which put
in what is constant or decided by bounds, but never drop a part that fails.

An engine is a `match` on `Node` that ends in `assert_never`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import reduce
from typing import Literal, assert_never, get_args

from fundcalc.base import dataclass
from fundcalc.core.interval import VILLAGES, ZERO, Interval
from fundcalc.language.nodes import Comparison, Value

Kind = Literal["number", "date", "truth", "text", "texts"]
Operator = Literal["+", "-", "*"]


@dataclass(frozen=True, slots=True)
class Part:
    """What every node knows of itself."""

    kind: Kind
    bounds: Interval
    widest: Interval
    fails: bool


@dataclass(frozen=True, slots=True)
class Const(Part):
    """A value: numbers as whole counts of their decimals, dates as ordinals."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Part):
    """A fact, an earlier output, a rule that decides, or what a `Let` names."""

    id: str


@dataclass(frozen=True, slots=True)
class Let(Part):
    """`body`, in which `name` stands for `value`: how a value is used more than once."""

    name: Name
    value: Node
    body: Node


@dataclass(frozen=True, slots=True)
class Counted(Let):
    """A `Let` that counts months from one day to another, or years of `size` months, and `more`.

    No engine need know more than the `Let`; who cannot see through divisions takes `start` and `end`.
    """

    start: Node
    end: Node
    size: int
    more: int


@dataclass(frozen=True, slots=True)
class Arithmetic(Part):
    """A sum, difference or product of whole numbers."""

    op: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Quotient(Part):
    """`top / bottom` cut to the whole number below; `bottom` is never negative, and fails at zero."""

    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Compare(Part):
    """One comparison of two numbers or dates, or whether two texts or truths are equal or not."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Part):
    """`and` or `or` of two or more; where an item may fail, it is asked only if those before ask for it."""

    op: Literal["and", "or"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Part):
    """The opposite."""

    item: Node


@dataclass(frozen=True, slots=True)
class Choice(Part):
    """The value of the first case whose condition holds, else `rest`.

    `apart` says that no two conditions hold together, as an assertion or their making sees to.
    """

    cases: tuple[tuple[Node, Node], ...]
    rest: Node
    apart: bool


@dataclass(frozen=True, slots=True)
class Lookup(Part):
    """The value next to the key that `item` equals, or, `ranged`, next to the last key not above it.

    Keys rise where they are numbers. None stands next to what is in no row; there, and where there is
    no such key, `rest` holds, and without it the look-up fails.
    """

    item: Node
    keys: tuple[Value, ...]
    values: tuple[Value | None, ...]
    ranged: bool
    rest: Value | None


@dataclass(frozen=True, slots=True)
class Extreme(Part):
    """The least or greatest of two or more numbers."""

    op: Literal["min", "max"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Member(Part):
    """Whether a list of text holds a text."""

    item: Node
    texts: Node


@dataclass(frozen=True, slots=True)
class Listing(Part):
    """A list of text: each text, in order, where its condition holds."""

    parts: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Group(Part):
    """The sum, least or greatest of `item` over those villages of a group for which `where` holds.

    Where there are none it is 0. A village's rank is one more than those whose item is greater than its own.
    """

    item: Node
    where: Node
    op: Literal["sum", "least", "greatest", "rank"] = "sum"


Node = (
    Const | Name | Let | Arithmetic | Quotient | Compare | Logic | Not | Choice | Lookup | Extreme
    | Member | Listing | Group
)  # fmt: skip


# -- how nodes are made ----------------------------------------------------------------------------


def const(value: Value, kind: Kind) -> Const:
    """A value of a kind."""
    counts = kind in ("number", "date")
    assert not counts or isinstance(value, int)
    bounds = Interval(value, value) if counts and isinstance(value, int) else ZERO
    return Const(kind, bounds, bounds, False, value)


def whole(value: int) -> Const:
    """A number."""
    return const(value, "number")


TRUE, FALSE = const(True, "truth"), const(False, "truth")
NONE: dict[Kind, Const] = {
    "number": whole(0), "date": const(0, "date"), "truth": FALSE, "text": const("", "text"),
    "texts": const((), "texts"),
}  # fmt: skip
"""What stands where no value is asked for."""


def name(id_: str, kind: Kind, bounds: Interval = ZERO) -> Name:
    """What an id stands for."""
    return Name(kind, bounds, bounds, False, id_)


def let(id_: str, value: Node, body: Callable[[Node], Node]) -> Node:
    """`body` of a value that it uses more than once; a constant or name needs no other name."""
    if isinstance(value, Const | Name):
        return body(value)
    inner = name(id_, value.kind, value.bounds)
    result = body(inner)
    if result == inner:
        return value
    if isinstance(result, Const) and not value.fails:
        return result
    widest = value.widest.union(result.widest)
    return Let(
        result.kind, result.bounds, widest, value.fails or result.fails, inner, value, result
    )


def counted(node: Node, start: Node, end: Node, size: int, more: int = 0) -> Node:
    """A count of months, or of years, that knows its days; what is no `Let` needs no more."""
    if not isinstance(node, Let):
        return node
    known = {field.name: getattr(node, field.name) for field in fields(Let)}
    return Counted(**known, start=start, end=end, size=size, more=more)


def arithmetic(op: Operator, left: Node, right: Node, within: Interval | None = None) -> Node:
    """A sum, difference or product; `within` where its bounds are known better than from its parts."""
    if isinstance(left, Const) and isinstance(right, Const):
        return whole(_calculated(op, _int(left), _int(right)))
    if isinstance(right, Const) and right.value == (1 if op == "*" else 0):
        return left
    if isinstance(left, Const) and op != "-" and left.value == (1 if op == "*" else 0):
        return right
    bounds = within if within is not None else _reach(op, left.bounds, right.bounds)
    return Arithmetic(*_number(bounds, left, right), op, left, right)


def plus(left: Node, right: Node) -> Node:
    """The sum."""
    return arithmetic("+", left, right)


def minus(left: Node, right: Node) -> Node:
    """The difference."""
    return arithmetic("-", left, right)


def times(left: Node, right: Node) -> Node:
    """The product."""
    return arithmetic("*", left, right)


def quotient(top: Node, bottom: Node) -> Node:
    """The quotient cut to the whole number below; `bottom` is not negative."""
    assert bottom.bounds.low >= 0
    if isinstance(top, Const) and isinstance(bottom, Const) and bottom.value:
        return whole(_int(top) // _int(bottom))
    if isinstance(bottom, Const) and bottom.value == 1:
        return top
    kind, bounds, widest, fails = _number(top.bounds.over(bottom.bounds, "floor"), top, bottom)
    return Quotient(kind, bounds, widest, fails or bottom.bounds.low == 0, top, bottom)


def compare(op: Comparison, left: Node, right: Node) -> Node:
    """A comparison; decided where constants or bounds decide it."""
    if isinstance(left, Const) and isinstance(right, Const):
        return TRUE if _holds(op, left.value, right.value) else FALSE
    if left.kind in ("number", "date") and not (left.fails or right.fails):
        decided = _decided(op, left.bounds, right.bounds)
        if decided is not None:
            return TRUE if decided else FALSE
    return Compare(*_truth(left, right), op, left, right)


def logic(op: Literal["and", "or"], items: Iterable[Node]) -> Node:
    """`and`, `or`: constants that change nothing are left out; one that decides ends the list.

    What stands before a deciding constant is dropped with it unless it fails.
    """
    deciding = op == "or"
    remaining: list[Node] = []
    for item in items:
        if not isinstance(item, Const):
            remaining.append(item)
        elif bool(item.value) is deciding:
            if not any(earlier.fails for earlier in remaining):
                return item
            remaining.append(item)
            break
    if not remaining:
        return FALSE if deciding else TRUE
    return remaining[0] if len(remaining) == 1 else Logic(*_truth(*remaining), op, tuple(remaining))


def negation(item: Node) -> Node:
    """The opposite."""
    if isinstance(item, Const):
        return FALSE if item.value else TRUE
    return item.item if isinstance(item, Not) else Not(*_truth(item), item)


def choice(
    cases: Iterable[tuple[Node, Node]],
    rest: Node,
    *,
    apart: bool = False,
    within: Interval | None = None,
) -> Node:
    """The value of the first case that holds; cases that cannot hold are left out."""
    remaining: list[tuple[Node, Node]] = []
    for condition, value in cases:
        if not isinstance(condition, Const):
            remaining.append((condition, value))
        elif condition.value:
            rest = value
            break
    while remaining and remaining[-1][1] == rest and not remaining[-1][0].fails:
        remaining.pop()
    if not remaining:
        return rest
    values = [*(value for _, value in remaining), rest]
    parts = [*(condition for condition, _ in remaining), *values]
    counts = rest.kind in ("number", "date")
    reach = reduce(Interval.union, (value.bounds for value in values))
    bounds = (within or reach) if counts else ZERO
    widest = reduce(Interval.union, (part.widest for part in parts), bounds)
    fails = any(part.fails for part in parts)
    return Choice(rest.kind, bounds, widest, fails, tuple(remaining), rest, apart)


def lookup(
    item: Node,
    rows: Sequence[tuple[Value, Value | None]],
    kind: Kind,
    *,
    ranged: bool,
    rest: Value | None = None,
) -> Node:
    """What a table has for an item: `rows` are keys with values, rising where they are numbers."""
    keys, values = tuple(key for key, _ in rows), tuple(value for _, value in rows)
    if isinstance(item, Const):
        result = looked_up(item.value, keys, values, ranged=ranged)
        result = rest if result is None else result
        if result is not None:
            return const(result, kind)
    possible = [value for value in (*values, rest) if value is not None]
    counts = kind in ("number", "date")
    numbers = [number for number in possible if isinstance(number, int)] if counts else []
    bounds = Interval(min(numbers), max(numbers)) if numbers else ZERO
    first = keys[0] if keys else None
    covered = ranged and isinstance(first, int) and first <= item.bounds.low and None not in values
    fails = item.fails or (rest is None and not covered)
    widest = item.widest.union(bounds)
    return Lookup(kind, bounds, widest, fails, item, keys, values, ranged, rest)


def looked_up(
    item: Value, keys: Sequence[Value], values: Sequence[Value | None], *, ranged: bool
) -> Value | None:
    """The value of a look-up; None where it has no row."""
    if ranged:
        at = bisect_right(keys, item) - 1
        return values[at] if at >= 0 else None
    return values[keys.index(item)] if item in keys else None


def extreme(op: Literal["min", "max"], items: Sequence[Node]) -> Node:
    """The least or greatest."""
    if len(items) == 1:
        return items[0]
    kind = items[0].kind
    if all(isinstance(item, Const) for item in items):
        pick = min if op == "min" else max
        return const(pick(item.bounds.low for item in items), kind)
    combine = Interval.least if op == "min" else Interval.greatest
    bounds = reduce(combine, (item.bounds for item in items))
    return Extreme(kind, *_number(bounds, *items)[1:], op, tuple(items))


def member(item: Node, texts: Node) -> Node:
    """Whether a list holds a text."""
    if isinstance(item, Const) and isinstance(texts, Const):
        assert isinstance(texts.value, tuple)
        return TRUE if item.value in texts.value else FALSE
    return Member(*_truth(item, texts), item, texts)


def listing(parts: Iterable[tuple[Node, Node]]) -> Node:
    """A list of the texts whose conditions hold."""
    present = tuple((c, text) for c, text in parts if not (isinstance(c, Const) and not c.value))
    nodes = [node for part in present for node in part]
    widest = reduce(Interval.union, (node.widest for node in nodes), ZERO)
    return Listing("texts", ZERO, widest, any(node.fails for node in nodes), present)


def group(
    item: Node,
    where: Node,
    villages: int = VILLAGES,
    op: Literal["sum", "least", "greatest", "rank"] = "sum",
) -> Group:
    """A value of a group of at most so many villages."""
    bounds = item.bounds.times(Interval(0, villages))
    if op == "rank":
        bounds = Interval(1, max(villages, 1))
    elif op != "sum":
        bounds = item.bounds if where == TRUE else item.bounds.union(ZERO)
    kind = item.kind if op in ("least", "greatest") else "number"
    return Group(kind, *_number(bounds, item, where)[1:], item, where, op)


_PARTS: dict[type[Part], tuple[str, ...]] = {
    kind: ("item",)
    if kind is Lookup
    else tuple(field.name for field in fields(kind)[len(fields(Part)) :])
    for kind in get_args(Node)
}
"""The fields that may hold nodes, in tuples and in tuples of tuples too."""
_PARTS[Counted] = _PARTS[Let]  # its days stand in them too


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly below a node."""
    for name in _PARTS[type(node)]:
        yield from _nodes(getattr(node, name))


def _nodes(content: object) -> Iterator[Node]:
    if isinstance(content, Part):
        yield content  # type: ignore[misc]  # nothing but a node is made of it
    elif isinstance(content, tuple):
        for part in content:
            yield from _nodes(part)


def looks_up(node: Node) -> bool:
    """Whether a table is looked up in a node or below it, without a value for what it lacks."""
    return (isinstance(node, Lookup) and node.rest is None) or any(map(looks_up, parts(node)))


# -- what follows from the parts -----------------------------------------------------------------


def _number(bounds: Interval, *parts: Node) -> tuple[Kind, Interval, Interval, bool]:
    widest = reduce(Interval.union, (part.widest for part in parts), bounds)
    return "number", bounds, widest, any(part.fails for part in parts)


def _truth(*parts: Node) -> tuple[Kind, Interval, Interval, bool]:
    widest = reduce(Interval.union, (part.widest for part in parts), ZERO)
    return "truth", ZERO, widest, any(part.fails for part in parts)


def _int(node: Const) -> int:
    assert isinstance(node.value, int)
    return node.value


def _reach(op: Operator, left: Interval, right: Interval) -> Interval:
    match op:
        case "+":
            return left.plus(right)
        case "-":
            return left.minus(right)
        case "*":
            return left.times(right)
    assert_never(op)


def _calculated(op: Operator, left: int, right: int) -> int:
    return _reach(op, Interval(left, left), Interval(right, right)).low


def _holds(op: Comparison, left: Value, right: Value) -> bool:
    match op:
        case "==":
            return left == right
        case "!=":
            return left != right
    assert isinstance(left, int) and isinstance(right, int)
    decided = _decided(op, Interval(left, left), Interval(right, right))
    assert decided is not None
    return decided


def _decided(op: Comparison, left: Interval, right: Interval) -> bool | None:
    """What a comparison says of all numbers within two intervals; None where it depends."""
    match op:
        case "<":
            return True if left.high < right.low else False if left.low >= right.high else None
        case "<=":
            return True if left.high <= right.low else False if left.low > right.high else None
        case ">":
            return _decided("<", right, left)
        case ">=":
            return _decided("<=", right, left)
        case "==":
            apart = left.high < right.low or right.high < left.low
            return False if apart else True if left == right and left.low == left.high else None
        case "!=":
            same = _decided("==", left, right)
            return None if same is None else not same
    assert_never(op)

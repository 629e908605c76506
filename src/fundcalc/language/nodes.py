"""Typed expression nodes. A tree that exists has been checked: units add up and names are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, fields, replace
from operator import is_not
from typing import Literal, TypeGuard, TypeVar, get_args

from fundcalc.base import dataclass
from fundcalc.base.money import Direction
from fundcalc.language.datatypes import Type

Value = int | str | bool | tuple[str, ...]
Kind = Literal["fact", "parameter", "reading", "output", "day", "group", "group or none"]
"""What a name stands for; a `group` value, of many rows, is named by a plan: `none` where no row counts."""
BEFORE = "before"
"""What stands before the point in the name of a fact that is what x, a fact or an output, was last time."""
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]
FLIPPED: dict[Comparison, Comparison] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=",
}  # fmt: skip
"""Each comparison as it is with its sides exchanged."""
OPPOSITE: dict[Comparison, Comparison] = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==",
}  # fmt: skip
"""Each comparison as it is where it does not hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """What every node has. `at` is its place in the author's text: characters from and to."""

    type: Type
    at: tuple[int, int] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Const(Part):
    """A literal; numbers as whole counts of their type's decimals, dates as ordinals."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Part):
    """A fact, parameter, reading or output; in a plan also a group's value; `on`, before there is a plan.

    `written` is what the policy calls it, where that is not its id.
    """

    id: str
    kind: Kind
    written: str = field(default="", compare=False, repr=False)

    @property
    def called(self) -> str:
        """What the policy calls it."""
        return self.written or self.id


@dataclass(frozen=True, slots=True)
class One(Part):
    """One of a unit, by the unit's name: `1 * person` is one head, not a number alone."""

    unit: str


Ends = tuple[int | None, int | None]
"""The least and the greatest of a band, both in it; None where it is open."""
RowKey = str | Ends
"""What a row of a table says of a key: a text, or a band of numbers in the key's decimals."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table as it holds on a day; `number` is its place in the policy's table."""

    keys: tuple[RowKey, ...]
    value: Value
    number: int


@dataclass(frozen=True, slots=True)
class Lookup(Part):
    """`table[key, …]`. `rows` are those of a day, of which no two meet; a plan puts them in."""

    table: str
    keys: tuple[Node, ...]
    rows: tuple[TableRow, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scale(Part):
    """`scale(item, table)`: the sum over bands of the part of `item` in each, times the band's rate."""

    item: Node
    table: str
    rows: tuple[TableRow, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Calendar(Part):
    """`year(d)`; complete `years`, `months` or `days` from one day to another; `date(y, m, d)`.

    A month is complete on the same day of a later one, or on its last where it has no such day. From a
    later day to an earlier one they count below zero.
    """

    op: Literal["year", "years", "months", "days", "date"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negative(Part):
    """Minus."""

    item: Node


@dataclass(frozen=True, slots=True)
class Rescale(Part):
    """The same number with `power` more decimals, so that both sides of a sum count alike."""

    item: Node
    power: int


@dataclass(frozen=True, slots=True)
class Arithmetic(Part):
    """Sum, difference, product; a quotient only within `Round`."""

    op: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare(Part):
    """One comparison; both sides have the same unit and decimals."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Contains(Part):
    """`item in container`, or `not in`; the container is a list of text, or a tuple of constants."""

    item: Node
    container: Node | tuple[Const, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Logic(Part):
    """`and` or `or` of two or more."""

    op: Literal["and", "or"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation(Part):
    """`not`."""

    item: Node


@dataclass(frozen=True, slots=True)
class Choice(Part):
    """`yes if condition else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Extreme(Part):
    """`min` or `max` of two or more."""

    op: Literal["min", "max"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Absolute(Part):
    """`abs`."""

    item: Node


@dataclass(frozen=True, slots=True)
class Round(Part):
    """`round(item, to, direction)`: item to a multiple of `to`.

    `item` is as written; `numerator` / `denominator` is the same quotient as two whole numbers, where
    the numerator counts in the decimals of this node's type; `step` counts in them too.
    """

    item: Node
    to: Const
    direction: Direction
    numerator: Node
    denominator: Node
    step: int


Over = Literal["count", "sum", "least", "greatest", "mean", "rank"]


@dataclass(frozen=True, slots=True)
class Aggregate(Part):
    """A value of many rows, with `where=` narrowed: of those that are alike in all of `per`.

    Without `per` they are all rows; where it is None, in a pool, those of the pool's group. A rank is one
    more than the rows whose item is greater. A mean is a multiple of `to`: of `step` in this type's
    decimals, of `fine` in those of the item.
    """

    op: Over
    item: Node | None
    where: Node | None
    per: tuple[Name, ...] | None = None
    to: Const | None = None
    direction: Direction = "half up"
    step: int = 1
    fine: int = 1


Node = (
    Const | Name | One | Lookup | Scale | Calendar | Negative | Rescale | Arithmetic | Compare | Contains
    | Logic | Negation | Choice | Extreme | Absolute | Round | Aggregate
)  # fmt: skip
"""An expression: one of these and no other, so that `match` with `assert_never` misses none."""

Fallible = Round | Lookup | Scale
"""What may have no value: a divisor may be zero, a table may have no row."""

_PARTS: dict[type[Part], tuple[str, ...]] = {
    kind: tuple(part.name for part in fields(kind) if part.name not in ("type", "at", "rows"))
    for kind in get_args(Node)
}
"""The fields that may hold nodes, in the order written."""

_WRITTEN = {
    kind: tuple(p for p in parts if kind is not Round or p not in ("numerator", "denominator"))
    for kind, parts in _PARTS.items()
}
"""The same as somebody wrote them: of `Round` the item."""


def _is_node(value: object) -> TypeGuard[Node]:
    return isinstance(value, Part)  # of which nothing but a node is made


def children(node: Node) -> list[Node]:
    """The nodes directly below, in the order written; of `Round` the item as written."""
    nodes: list[Node] = []
    for part in _WRITTEN[type(node)]:
        value = getattr(node, part)
        if isinstance(value, tuple):
            nodes += filter(_is_node, value)
        elif _is_node(value):
            nodes.append(value)
    return nodes


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order written."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(children(part))


def names(node: Node) -> Iterator[Name]:
    """The names used, in the order written, repeats included."""
    return (part for part in walk(node) if isinstance(part, Name))


N = TypeVar("N", bound=Node)


def rebuild(node: N, change: Callable[[Node], Node]) -> N:
    """The same node with each child changed; the node itself where none is another then."""
    parts: dict[str, object] = {}
    for part in _PARTS[type(node)]:
        value = getattr(node, part)
        if isinstance(value, tuple):
            items = [change(i) if _is_node(i) else i for i in value]
            if any(map(is_not, items, value)):
                parts[part] = tuple(items)
        elif _is_node(value) and (new := change(value)) is not value:
            parts[part] = new
    return replace(node, **parts) if parts else node  # type: ignore[arg-type]

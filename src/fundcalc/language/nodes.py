"""Typed expression nodes. A tree that exists has been checked: units add up and names are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Literal, TypeVar

from fundcalc.base.money import Direction
from fundcalc.language.datatypes import Type

Value = int | str | bool | tuple[str, ...]
Kind = Literal["fact", "parameter", "reading", "output"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Node:
    """An expression. `at` is its place in the author's text: characters from and to."""

    type: Type
    at: tuple[int, int] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A literal; numbers as whole counts of their type's decimals, dates as ordinals."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact, parameter, reading or output."""

    id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """Minus."""

    item: Node


@dataclass(frozen=True, slots=True)
class Rescale(Node):
    """The same number with `power` more decimals, so that both sides of a sum count alike."""

    item: Node
    power: int


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Sum, difference, product; a quotient only within `Round`."""

    op: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """One comparison; both sides have the same unit and decimals."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Contains(Node):
    """`item in container`, or `not in`; the container is a list of text, or a tuple of constants."""

    item: Node
    container: Node | tuple[Const, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` of two or more."""

    op: Literal["and", "or"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`not`."""

    item: Node


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`yes if condition else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """`min` or `max` of two or more."""

    op: Literal["min", "max"]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Absolute(Node):
    """`abs`."""

    item: Node


@dataclass(frozen=True, slots=True)
class Round(Node):
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


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`count()` or `sum(item)` over the villages of a pool's group, with `where=` narrowed."""

    op: Literal["count", "sum"]
    item: Node | None
    where: Node | None


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order written; of `Round` the item as written."""
    for part in _parts(type(node)):
        value = getattr(node, part)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


_known_parts: dict[type[Node], tuple[str, ...]] = {}


def _parts(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold nodes, in the order written."""
    found = _known_parts.get(kind)
    if found is None:
        skip = ("numerator", "denominator") if kind is Round else ()
        found = tuple(part.name for part in fields(kind) if part.name not in ("type", "at", *skip))
        _known_parts[kind] = found
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order written."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> Iterator[Name]:
    """The names used, in the order written, repeats included."""
    return (part for part in walk(node) if isinstance(part, Name))


N = TypeVar("N", bound=Node)


def rebuild(node: N, change: Callable[[Node], Node]) -> N:
    """The same node with each child changed."""
    from dataclasses import replace

    parts: dict[str, object] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            parts[part.name] = change(value)
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            parts[part.name] = tuple(change(i) if isinstance(i, Node) else i for i in value)
    return replace(node, **parts) if parts else node  # type: ignore[arg-type]

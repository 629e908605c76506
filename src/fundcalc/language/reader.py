"""What every part of the parser uses: names, places, mistakes, and where types meet."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date
from typing import Protocol

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import fits_int64
from fundcalc.base.words import Words, did_you_mean, meant, nearest
from fundcalc.language import syntax
from fundcalc.language.datatypes import Date, Number, Text, Type, Unknown, YesNo, describe
from fundcalc.language.nodes import Choice, Const, Extreme, Kind, Name, Node, Rescale
from fundcalc.language.syntax import Source
from fundcalc.language.units import KNOWN, Base

_TRUTH = {
    "TRUE": "true",
    "FALSE": "false",
    "是": "true",
    "否": "false",
    "yes": "true",
    "no": "false",
}
_FIGURES = frozenset("〇零一二两三四五六七八九十百千万亿")


class Say(Protocol):
    """Notes a mistake at a stretch of the text."""

    def __call__(
        self, key: str, at: tuple[int, int], *, hint: Words | None = None, **fields: Field
    ) -> None:
        """The code or a wording of it, where, and the fields of its message."""


class Meet:
    """Brings two typed nodes to one type, reporting where that cannot be."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def alike(
        self, left: Node, right: Node, at: tuple[int, int], doing: str
    ) -> tuple[Node, Node, Type]:
        """Both nodes in one type: same unit, same decimals; text next to a date becomes a date.

        `doing` is the key of the words for what is done with them.
        """
        if isinstance(left.type, Unknown) or isinstance(right.type, Unknown):
            return left, right, Unknown()
        if isinstance(left.type, Number) and isinstance(right.type, Number):
            return self._numbers(left, right, at, doing)
        left, right = self._dated(left, right.type), self._dated(right, left.type)
        if type(left.type) is not type(right.type):
            self.say(
                "FC204.kinds",
                at,
                doing=words(doing),
                left=describe(left.type),
                right=describe(right.type),
            )
            return left, right, Unknown()
        if isinstance(left.type, Text) and isinstance(right.type, Text):
            return left, right, self._texts(left, right)
        return left, right, left.type

    def _numbers(
        self, left: Node, right: Node, at: tuple[int, int], doing: str
    ) -> tuple[Node, Node, Type]:
        a, b = left.type, right.type
        assert isinstance(a, Number) and isinstance(b, Number)
        if a.unit is not None and b.unit is not None and a.unit != b.unit:
            self.say("FC204.between", at, doing=words(doing), left=describe(a), right=describe(b))
            return left, right, Unknown()
        unit = b.unit if a.unit is None else a.unit
        if a.decimals is None or b.decimals is None:
            return left, right, Number(unit, None)
        decimals = max(a.decimals, b.decimals)
        left, right = self.finer(left, decimals), self.finer(right, decimals)
        return left, right, Number(unit, decimals)

    def _texts(self, left: Node, right: Node) -> Text:
        for item, against in ((left, right), (right, left)):
            if isinstance(item, Const) and isinstance(against.type, Text):
                self.possible(item, against.type)
        options = [n.type.options for n in (left, right) if isinstance(n.type, Text)]
        limits = [o for o in options if o is not None]
        return Text(frozenset().union(*limits)) if len(limits) == len(options) else Text()

    def possible(self, node: Const, kind: Text) -> None:
        """Report text that can never be a value of the type."""
        text = str(node.value)[:80]
        if text != text.strip():
            self.say("FC213.blank", node.at, text=text, right=text.strip())
        elif kind.options is not None and node.value not in kind.options:
            self.say("FC213.option", node.at, hint=did_you_mean(text, kind.options), text=text)

    def _dated(self, node: Node, other_type: Type) -> Node:
        if not (
            isinstance(other_type, Date) and isinstance(node, Const) and isinstance(node.type, Text)
        ):
            return node
        try:
            day = date.fromisoformat(str(node.value)).toordinal()
        except ValueError:
            self.say("FC213.date", node.at, text=str(node.value)[:40])
            day = 1
        return replace(node, type=Date(), value=day)

    def finer(self, node: Node, decimals: int) -> Node:
        """The same number with so many decimals, never fewer than it has."""
        kind = node.type
        assert isinstance(kind, Number) and kind.decimals is not None
        power = decimals - kind.decimals
        if power == 0:
            return node
        wider = Number(kind.unit, decimals)
        if isinstance(node, Const):
            value = int(node.value) * 10**power  # type: ignore[arg-type]
            if not fits_int64(value):
                self.say("FC212", node.at)
                value = 0
            return replace(node, type=wider, value=value)
        return Rescale(wider, node.at, node, power)

    def fit(self, node: Node, wanted: Type) -> Node:
        """The node as a value of the declared type; reports where it is none."""
        if isinstance(node.type, Unknown) or isinstance(wanted, Unknown):
            return node
        node = self._dated(node, wanted)
        if isinstance(wanted, Number):
            return self._fit_number(node, wanted)
        if type(node.type) is not type(wanted):
            self.say("FC205", node.at, wanted=describe(wanted), found=describe(node.type))
        elif isinstance(wanted, Text) and isinstance(node, Const):
            self.possible(node, wanted)
        return node

    def _fit_number(self, node: Node, wanted: Number) -> Node:
        kind = node.type
        if not isinstance(kind, Number):
            self.say("FC205", node.at, wanted=describe(wanted), found=describe(kind))
            return node
        assert kind.decimals is not None  # `round` lets no quotient out
        if kind.unit is not None and wanted.unit is not None and kind.unit != wanted.unit:
            self.say("FC204.declared", node.at, declared=describe(wanted), found=describe(kind))
            return node
        decimals = wanted.decimals or 0
        if kind.decimals > decimals:
            self.say("FC208", node.at, decimals=kind.decimals, kept=decimals)
            return node
        return _claim(self.finer(node, decimals), wanted)

    def condition(self, node: Node) -> Node:
        """The node as a condition: yes or no."""
        if not isinstance(node.type, YesNo | Unknown):
            wanted = words("language.condition")
            self.say("FC205", node.at, wanted=wanted, found=describe(node.type))
        return node


def _claim(node: Node, wanted: Number) -> Node:
    """A literal result takes the declared unit."""
    if isinstance(node.type, Number) and node.type.unit is None:
        if isinstance(node, Choice):
            return replace(
                node, type=wanted, yes=_claim(node.yes, wanted), no=_claim(node.no, wanted)
            )
        if isinstance(node, Extreme):
            items = tuple(_claim(item, wanted) for item in node.items)
            return replace(node, type=wanted, items=items)
        return replace(node, type=wanted)
    return node


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name stands for; `titles` are what readers call it, which no expression may."""

    id: str
    kind: Kind
    type: Type
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSymbol:
    """A look-up table: the types of its keys and of its values."""

    id: str
    keys: tuple[Type, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Scope:
    """The names an expression may use; in a `pool`, `count` and `sum` are of its group.

    Of facts and outputs only those `grouped` are the same for all of a pool's group.
    What stands `elsewhere` is declared, but not for this expression; what is `unlisted`, in such a file.
    A unit's name is one of it, where nothing else has the name. `rows` allows values of many rows.
    What is decided once for a group has `each`, the facts of the group: values of many rows are of it, and
    only those `grouped` stand alone. `once` are such outputs, of this programme and of others.
    """

    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    units: Mapping[str, Base] = field(default_factory=lambda: KNOWN)
    tables: Mapping[str, TableSymbol] = field(default_factory=dict)
    pool: bool = False
    rows: bool = True
    grouped: frozenset[str] = frozenset()
    each: tuple[Name, ...] = ()
    once: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Symbol] = field(default_factory=dict)
    unlisted: Mapping[str, str] = field(default_factory=dict)


class Reader(ABC):
    """An expression on its way to typed nodes: its text, the names it may use, the mistakes found so far."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope
        self._bytes = syntax.one_line(source.text).encode()
        self._shift = syntax.leading(source.text)
        self.in_round = 0
        self.in_aggregate = False
        self.mistakes: list[Diagnostic] = []
        self.meet = Meet(self.say)

    def say(
        self, key: str, at: tuple[int, int], *, hint: Words | None = None, **fields: Field
    ) -> None:
        """Note a mistake at a stretch of the text."""
        self.mistakes.append(say(key, self.locate(at), hint=hint, spans=(), witness=None, **fields))

    def unknown(
        self, at: tuple[int, int], name: str, names: Iterable[str], far: str = "FC203"
    ) -> None:
        """Note a name that nothing declares; perhaps a text is meant. `far` is said where none is near."""
        names = list(names)
        if name in _TRUTH:
            self.say("FC203.truth", at, name=name, right=_TRUTH[name])
        elif set(name) <= _FIGURES:
            self.say("FC203.figures", at, name=name)
        elif near := nearest(name, names):
            self.say("FC203", at, hint=meant(near), name=name)
        else:
            self.say(far if name.isascii() else "FC203.quotes", at, name=name)

    def locate(self, at: tuple[int, int]) -> Span:
        """Where a stretch of the text stands in the policy file."""
        return self.source.locate(*at)

    def place(self, tree: ast.expr | ast.keyword) -> tuple[int, int]:
        """Characters from and to; `ast` counts bytes of UTF-8."""
        start = len(self._bytes[: tree.col_offset].decode())
        end = len(self._bytes[: tree.end_col_offset or 0].decode())
        return start + self._shift, end + self._shift

    def bad(self, at: tuple[int, int]) -> Node:
        """A stand-in for what is already reported; nothing more is said of it."""
        return Const(Unknown(), at, 0)

    @abstractmethod
    def node(self, tree: ast.expr) -> Node:
        """The typed node of one piece of Python syntax."""

    def numeric(self, node: Node) -> Node:
        """The node as a number; reported where it is none."""
        if not isinstance(node.type, Number | Unknown):
            wanted = words("language.number")
            self.say("FC205", node.at, wanted=wanted, found=describe(node.type))
            return self.bad(node.at)
        return node

    def whole(self, node: Node) -> Node:
        """The node, unless it is an unrounded quotient, which is reported."""
        if isinstance(node.type, Number) and node.type.decimals is None:
            self.say("FC207.unrounded", node.at)
            return self.bad(node.at)
        return node

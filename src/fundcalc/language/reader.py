"""What every part of the parser uses: where a piece of text stands, and how a mistake in it is noted."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fundcalc.base.catalogue import Field, say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.nearest import did_you_mean, nearest
from fundcalc.base.words import Words
from fundcalc.language import syntax
from fundcalc.language.datatypes import Number, Type, Unknown, describe
from fundcalc.language.meet import Meet
from fundcalc.language.nodes import Const, Kind, Node
from fundcalc.language.source import Source


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name stands for; `titles` are what readers call it, which no expression may."""

    id: str
    kind: Kind
    type: Type
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The names an expression may use; `pool` allows `count` and `sum` over a group."""

    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    pool: bool = False


class Reader(ABC):
    """An expression on its way to typed nodes: its text, the names it may use, the mistakes found so far."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope
        self._bytes = syntax.one_line(source.text).encode()
        self._shift = syntax.leading(source.text)
        self.in_round = 0
        self.in_aggregate = False
        self.found: list[Diagnostic] = []
        self.meet = Meet(self.say)

    def say(
        self, key: str, at: tuple[int, int], *, hint: Words | None = None, **fields: Field
    ) -> None:
        """Note a mistake at a stretch of the text."""
        self.found.append(say(key, self.locate(at), hint=hint, spans=(), witness=None, **fields))

    def unknown(self, at: tuple[int, int], name: str, known: Iterable[str]) -> None:
        """Note a name that is no fact, parameter, reading, output or function; perhaps a text is meant."""
        known = list(known)
        if not name.isascii() and nearest(name, known) is None:
            self.say("FC203.quotes", at, name=name)
        else:
            self.say("FC203", at, hint=did_you_mean(name, known), name=name)

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
            wanted = Words("数字", "a number")
            self.say("FC205", node.at, wanted=wanted, found=describe(node.type))
            return self.bad(node.at)
        return node

    def whole(self, node: Node) -> Node:
        """The node, unless it is an unrounded quotient, which is reported."""
        if isinstance(node.type, Number) and node.type.decimals is None:
            self.say("FC207.unrounded", node.at)
            return self.bad(node.at)
        return node

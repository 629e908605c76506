"""Decided villages as columns; rows are made where somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import zip_longest
from typing import TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.core import nodes as core
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.engines.columnar.lower import (
    Array,
    Bools,
    Column,
    Lists,
    Lowered,
    Mask,
    Words,
    bools,
    coded,
    full,
)
from fundcalc.engines.patterns import Labels, labels
from fundcalc.engines.result import ALL, JOIN, Join, PoolUse, Result, Row, values_of
from fundcalc.language.nodes import Node, Value
from fundcalc.policy.plan import Plan

_CHUNK = 8_192
_NEXT = 64
"""Villages that are made at once where they are asked for one after the other."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a computation in columns gives: facts as read, outputs, the rules that decided, the pools."""

    villages: int
    env: Mapping[str, Column]
    facts: Mapping[str, Sequence[Value]]
    outputs: Mapping[str, Column]
    held: Mapping[str, Sequence[tuple[str, Bools]]]
    pools: list[PoolUse]
    rank: Callable[[], Array]
    known: Mapping[str, Interval]

    @property
    def lowered(self) -> Lowered:
        """What further expressions are worked out with."""
        return Lowered(self.env, self.villages)

    def values(self, name: str, at: slice | Array = slice(None)) -> list[Value]:
        """A fact's or output's values as rows have them, for some of the villages."""
        if name in self.outputs:
            return plain(self.outputs[name], self.villages, at)
        facts = self.facts[name]
        if isinstance(at, slice):
            return list(values_of(facts[at]))
        if isinstance(facts, np.ndarray):
            return list(facts[at].tolist())
        if hasattr(facts, "gather"):
            return list(facts.gather(at).to_list())
        return [facts[i] for i in at.tolist()]

    def some(self, name: str, at: Array) -> Sequence[Value] | Array:
        """An output's values for some of the villages: numbers and yes/no as an array."""
        column = self.outputs[name]
        if isinstance(column, Words | Lists):
            return plain(column, self.villages, at)
        return np.broadcast_to(column, (self.villages,))[at]

    def fired(self, programme: str, at: slice | Array = slice(None)) -> list[tuple[str, ...]]:
        """The rules that decided, for some of the villages."""
        rules = self.held[programme]
        ids_of: dict[int, tuple[str, ...]] = {}
        pattern = sum(
            (mask[at].astype(np.int64) << bit for bit, (_, mask) in enumerate(rules[:62])),
            np.zeros(_count(self.villages, at), np.int64),
        )
        if len(rules) > 62:
            places = np.arange(self.villages)[at]
            return [tuple(id_ for id_, mask in rules if mask[i]) for i in places]
        codes = np.asarray(pattern).tolist()
        for code in set(codes):
            ids_of[code] = tuple(id_ for bit, (id_, _) in enumerate(rules) if code >> bit & 1)
        return [ids_of[code] for code in codes]

    def rows(
        self, at: slice | Array = slice(None), only: Collection[str] | None = None
    ) -> list[Row]:
        """Facts and outputs of some of the villages; `only` some of them, if given."""
        names = [id_ for id_ in (*self.facts, *self.outputs) if only is None or id_ in only]
        columns = [self.values(name, at) for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def listed(codes: Array, lists: Sequence[tuple[str, ...]]) -> Lists:
    """Lists of text, each village's by its place among `lists`.

    A part a text, as the rules stand; a part a place where a text is in a list twice, or no one order fits.
    """
    order = TopologicalSorter[str]()
    for items in lists:
        for before, item in zip((None, *items), items, strict=False):
            order.add(item, *([] if before is None else [before]))
    try:
        texts = [
            (np.array([t in items for items in lists]), Words(0, (t,)))
            for t in order.static_order()
        ]
    except CycleError:
        texts = []
        for column in zip_longest(*lists):
            text, present = (
                coded([t or "" for t in column]),
                np.array([t is not None for t in column]),
            )
            texts.append((present, Words(np.asarray(text.codes)[codes], text.table)))
    return Lists(tuple((present[codes], text) for present, text in texts))


def plain(column: Column, villages: int, at: slice | Array) -> list[Value]:
    """A column as Python's values."""
    if isinstance(column, Words):
        if not isinstance(column.codes, np.ndarray):
            return [column.table[column.codes]] * _count(villages, at)
        return [column.table[code] for code in column.codes[at].tolist()]
    if isinstance(column, Lists):
        parts = [
            (bools(condition, villages)[at].tolist(), plain(text, villages, at))
            for condition, text in column.parts
        ]
        return [
            tuple(str(text[i]) for holds, text in parts if holds[i])
            for i in range(_count(villages, at))
        ]
    values: list[Value] = np.broadcast_to(column, (villages,))[at].tolist()
    return values


def _count(villages: int, at: slice | Array) -> int:
    return len(range(villages)[at]) if isinstance(at, slice) else len(at)


class InColumns(Result):
    """A result that stays in columns."""

    def __init__(self, plan: Plan, decided: Decided) -> None:
        villages = decided.villages
        fired = {id_: _Lazy(villages, partial(decided.fired, id_)) for id_ in decided.held}
        super().__init__(plan, _Lazy(villages, decided.rows), fired, decided.pools)
        self.decided = decided

    def column(self, name: str) -> list[Value]:
        """All villages' values of a fact or an output."""
        return self.decided.values(name)

    def at(self, name: str, places: Array) -> Sequence[Value]:
        """The values of a fact or an output of the villages at some places."""
        return self.decided.values(name, places)

    def numbers(self, name: str, at: slice = ALL) -> NDArray[np.int64]:
        """The villages' values of a number, in its smallest unit."""
        decided = self.decided
        if name in decided.outputs:
            column = decided.outputs[name]
            assert not isinstance(column, Words | Lists)
            return np.broadcast_to(column, (decided.villages,))[at].astype(np.int64)
        return np.asarray(decided.facts[name][at], dtype=np.int64)

    def as_read(self, name: str) -> Sequence[Value] | None:
        """A text fact as the roster has it, where it came as a series; None elsewhere."""
        facts = self.decided.facts.get(name)
        return facts if facts is not None and hasattr(facts, "str") else None

    def groups(self, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Each village's place in the list of a text's values, which stand in order of appearance."""
        if name not in self.decided.facts:
            return np.zeros(self.decided.villages, dtype=np.int64), ("",)
        known = self.decided.env.get(name)
        words = known if isinstance(known, Words) else coded(self.decided.facts[name])
        return np.asarray(words.codes), words.table

    def labels(self, name: str, at: slice = ALL, join: Join = JOIN.join) -> Labels:
        """A text, or a list of texts joined by `+` or otherwise, by village."""
        column = self.decided.outputs.get(name)
        if column is None:
            codes, table = self.groups(name)
            return codes[at], table
        if isinstance(column, Words):
            codes = np.broadcast_to(np.asarray(column.codes), (self.decided.villages,))
            return codes[at], column.table
        if isinstance(column, Lists) and all(isinstance(t.codes, int) for _, t in column.parts):
            conditions = [
                (text.table[int(text.codes)], bools(condition, self.decided.villages)[at])
                for condition, text in column.parts
            ]
            return labels(conditions, _count(self.decided.villages, at), join)
        return super().labels(name, at, join)

    def held(self, programme: str) -> list[tuple[str, NDArray[np.bool_]]]:
        """The rules of a programme, each with the villages that it decided."""
        return list(self.decided.held[programme])

    def holds(self, programme: str, rule: str) -> NDArray[np.bool_]:
        """The villages for which a rule's condition holds, whether it decides or not."""
        decided, id_ = self.decided, f"{programme}:{rule}"
        column = decided.env[f"{id_}?"] if f"{id_}?" in decided.env else decided.env[id_]
        assert not isinstance(column, Words | Lists)
        return bools(np.asarray(column, dtype=np.bool_), decided.villages)

    def amounts(self, node: Node, among: Mask = True) -> NDArray[np.int64]:
        """What a number is for the villages `among` all. Raises Anomaly where one divides by zero."""
        decided = self.decided
        return full(decided.lowered.number(self._core(node), among), decided.villages)

    def truth(self, node: Node) -> NDArray[np.bool_]:
        """The villages for which a condition holds."""
        decided = self.decided
        return bools(decided.lowered.truth(self._core(node)), decided.villages)

    def _core(self, node: Node) -> core.Node:
        return Desugar("", self.plan.constants, self.decided.known).node(node)


class _Lazy(Sequence[T]):
    """One item a village, made when it is asked for."""

    def __init__(self, villages: int, make: Callable[[slice | Array], list[T]]) -> None:
        self._villages = villages
        self._make = make
        self._near: tuple[int, list[T]] = (0, [])

    def __len__(self) -> int:
        return self._villages

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return self._make(index)
        at = range(self._villages)[index]
        start, near = self._near
        if not start <= at < start + len(near):
            many = _NEXT if at == start + len(near) else 1  # who takes the next may take all
            start, near = self._near = at, self._make(slice(at, at + many))
        return copy(near[at - start])

    def __iter__(self) -> Iterator[T]:
        for start in range(0, self._villages, _CHUNK):
            yield from self._make(slice(start, start + _CHUNK))

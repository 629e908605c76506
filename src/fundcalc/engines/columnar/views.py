"""Decided villages as columns, and one village's row where somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fundcalc.engines.columnar.values import Array, Bools, Column, Lists, Num, Words, bools, full
from fundcalc.engines.result import PoolUse, Row
from fundcalc.language.nodes import Value


@dataclass(frozen=True, slots=True)
class Decided:
    """What a computation in columns gives: facts as read, outputs, the rules that decided, the pools."""

    villages: int
    facts: Mapping[str, Sequence[Value]]
    outputs: Mapping[str, Column]
    held: Mapping[str, Sequence[tuple[str, Bools]]]
    pools: list[PoolUse]

    def values(self, name: str, at: slice | Array = slice(None)) -> list[Value]:
        """A fact's or output's values as rows have them, for some of the villages."""
        if name in self.outputs:
            return plain(self.outputs[name], self.villages, at)
        facts = self.facts[name]
        if isinstance(at, slice):
            return list(facts[at])
        return [facts[int(i)] for i in at]

    def fired(self, programme: str, at: slice | Array = slice(None)) -> list[tuple[str, ...]]:
        """The rules that decided, for some of the villages."""
        held = self.held[programme]
        made: dict[int, tuple[str, ...]] = {}
        pattern = sum(
            (mask[at].astype(np.int64) << bit for bit, (_, mask) in enumerate(held[:62])),
            np.int64(0),
        )
        if len(held) > 62:
            return [
                tuple(id_ for id_, mask in held if mask[i]) for i in _indices(self.villages, at)
            ]
        for code in np.unique(np.asarray(pattern)):
            made[int(code)] = tuple(
                id_ for bit, (id_, _) in enumerate(held) if int(code) >> bit & 1
            )
        return [made[code] for code in np.asarray(pattern).tolist()]

    def rows(self, at: slice | Array = slice(None)) -> list[Row]:
        """Facts and outputs of some of the villages."""
        names = [*self.facts, *self.outputs]
        columns = [self.values(name, at) for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def plain(column: Column, villages: int, at: slice | Array) -> list[Value]:
    """A column as Python's values."""
    if isinstance(column, Num):
        numbers: list[Value] = full(column, villages)[at].tolist()
        return numbers
    if isinstance(column, Words):
        if not isinstance(column.codes, np.ndarray):
            return [column.table[column.codes]] * len(_indices(villages, at))
        return [column.table[code] for code in column.codes[at].tolist()]
    if isinstance(column, Lists):
        parts = [
            (bools(condition, villages)[at].tolist(), plain(text, villages, at))
            for condition, text in column.parts
        ]
        return [
            tuple(str(text[i]) for holds, text in parts if holds[i])
            for i in range(len(_indices(villages, at)))
        ]
    truth: list[Value] = bools(column, villages)[at].tolist()
    return truth


def _indices(villages: int, at: slice | Array) -> Array:
    return np.arange(villages)[at]

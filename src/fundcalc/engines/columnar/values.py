"""Columns of values: whole numbers with their interval, yes/no, text by code, lists of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from fundcalc.base.money import fits_int64
from fundcalc.language.nodes import Value

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]
Bools = NDArray[np.bool_]


class Anomaly(Exception):
    """A village (by position), or None for a pool, that cannot be decided; the row evaluator says why."""

    def __init__(self, index: int | None = None) -> None:
        self.index = index
        super().__init__("a village that cannot be decided")


@dataclass(frozen=True, slots=True)
class Words:
    """Text as codes into a table."""

    codes: Array | int
    table: tuple[str, ...]

    def among(self, wanted: Callable[[str], bool]) -> Array | bool:
        """Which texts are wanted, tried once for each of the table."""
        known = np.array([wanted(text) for text in self.table], dtype=np.bool_)
        return known[self.codes] if isinstance(self.codes, np.ndarray) else bool(known[self.codes])

    def equals(self, other: Words) -> Array | bool:
        """Where both say the same."""
        if not isinstance(other.codes, np.ndarray):
            text = other.table[other.codes]
            return self.among(lambda mine: mine == text)
        if not isinstance(self.codes, np.ndarray):
            return other.equals(self)
        place = {text: code for code, text in enumerate(self.table)}
        translated = np.array([place.get(text, -1) for text in other.table], dtype=np.int64)
        return np.asarray(self.codes == translated[other.codes])


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of text: each part a condition and the text that it adds, in order."""

    parts: tuple[tuple[Array | bool, Words], ...]

    def holds(self, item: Words) -> Array | bool:
        """Where a text is in the list."""
        found: Array | bool = False
        for condition, text in self.parts:
            found = found | (condition & text.equals(item))
        return found


Column = Array | int | bool | Words | Lists
"""Numbers and yes/no are plain arrays, or one value for all; wide numbers Python's integers in an array."""


def select(condition: Array, yes: Array | int, no: Array | int) -> Array:
    """`yes` where a condition holds, else `no`; multiplied out, which is faster than a branch a row."""
    return np.asarray(condition * yes + ~condition * no)


def full(values: Array | int, villages: int) -> Array:
    """The numbers as a column of 64 bits. Raises Anomaly where one does not fit."""
    if not isinstance(values, np.ndarray):
        kind = np.int64 if fits_int64(values) else object
        values = np.full(villages, values, dtype=kind)
    if values.dtype == object:
        bad = [i for i, value in enumerate(values) if not fits_int64(value)]
        if bad:
            raise Anomaly(bad[0])
        values = values.astype(np.int64)
    return values


def bools(column: Array | bool, villages: int) -> Bools:
    """Yes/no as a column."""
    return column if isinstance(column, np.ndarray) else np.full(villages, column, dtype=np.bool_)


def coded(values: Sequence[Value]) -> Words:
    """Text by code, in order of first appearance."""
    if not isinstance(values, list | tuple) and hasattr(values, "replace_strict"):
        return _series(cast("pl.Series", values))
    place: dict[str, int] = {}
    codes = np.fromiter(
        (place.setdefault(value, len(place)) for value in values),  # type: ignore[arg-type]
        dtype=np.int64,
        count=len(values),
    )
    return Words(codes, tuple(place))


def _series(values: pl.Series) -> Words:
    """A series of text by code; villages of one place mostly stand together, so runs are coded."""
    import polars as pl

    runs = values.rle().struct.unnest()
    text = runs.get_column("value")
    table = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(table)).to_physical().to_numpy().astype(np.int64)
    return Words(np.repeat(codes, runs.get_column("len").to_numpy()), tuple(table.to_list()))


def merged(parts: Sequence[tuple[Array, Words]], villages: int, rest: Words | None) -> Words:
    """Text that is each part's where its condition holds, and `rest` elsewhere; conditions exclude."""
    place: dict[str, int] = {}

    def translated(words: Words) -> Array | int:
        new = np.array([place.setdefault(text, len(place)) for text in words.table])
        found: Array | int = new[words.codes]
        return found

    rest_codes = translated(rest) if rest is not None else 0
    new = [(condition, translated(words)) for condition, words in parts]
    kind = (
        np.uint8 if len(place) < 256 else np.int64
    )  # differences of small codes wrap and come back
    codes: Array = np.zeros(villages, dtype=kind)
    codes += np.asarray(rest_codes, dtype=kind)
    for condition, one in new:
        codes += condition * (np.asarray(one, dtype=kind) - codes)
    return Words(codes.astype(np.int64), tuple(place) or ("",))


Env = Mapping[str, Column]

"""One fact's column to values: plain cells at once, all others as text by the reader of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.language.datatypes import Number, Text, YesNo
from fundcalc.policy.model import Fact
from fundcalc.roster.cells import MAX_TEXT, PRIVATE, UNSEEN, read_cells
from fundcalc.roster.model import Fault
from fundcalc.roster.settle import Column
from fundcalc.roster.typed import as_text, cells, empty, shifted, whole_numbers

_ODD = rf"^$|^#|^\s|\s$|{UNSEEN}".replace("\ud800-\udfff", "")
"""Text that the reader of cells must see. UTF-8 has no surrogates; no pattern over it may name them."""

_WHOLE_DIGITS = 13
_ROOM = 18


@dataclass(slots=True)
class ColumnRead:
    """Values by village (what is faulty holds any value), which cells were blank, and the faults."""

    values: pl.Series | NDArray[np.int64] | NDArray[np.bool_]
    blank: NDArray[np.bool_]
    faults: dict[int, Fault]
    doubts: list[int]
    """Villages whose text has a character that may be damaged."""


def read_column(
    raw: pl.Series, column: Column, table: pl.Series | None, blank_is_no: bool
) -> ColumnRead:
    """Read a fact's column; `table` has its distinct cells, where they are known."""
    fact = column.fact
    if isinstance(fact.type, Text) and fact.type.options is None:
        return _text(raw, fact, table)
    most = _ROOM if raw.dtype.is_numeric() else _ROOM - _WHOLE_DIGITS
    if isinstance(fact.type, Number) and 0 <= column.power + fact.decimals <= most:
        return _number(raw, fact, column.power)
    if isinstance(fact.type, YesNo) and raw.dtype == pl.Boolean:
        blank = raw.is_null().to_numpy()
        values = raw.fill_null(fact.default is True)
        return ColumnRead(values.to_numpy(), blank, {}, [])
    text = raw if raw.dtype == pl.String else as_text(raw)
    if table is None or table.dtype != pl.String:
        table = text.unique()
    return _distinct(text, table, fact, column.power, blank_is_no)


def ticks_only(table: pl.Series | None, ticks: frozenset[str]) -> bool:
    """Whether a column's distinct cells are ticks and blanks only, and at least one tick."""
    if table is None or table.dtype != pl.String:
        return False
    filled = [cell for cell in table.to_list() if cell.strip()]
    return bool(filled) and all(cell.strip() in ticks for cell in filled)


def _number(raw: pl.Series, fact: Fact, power: int) -> ColumnRead:
    decimals = fact.decimals + power
    if raw.dtype.is_numeric():
        values = whole_numbers(raw, decimals)
    else:
        raw = raw if raw.dtype == pl.String else as_text(raw)
        values = _written(raw, decimals)
    low = fact.low if fact.low is not None else 0
    high = fact.high if fact.high is not None else 2**63 - 1
    least, most = values.min(), values.max()
    inside = isinstance(least, int) and isinstance(most, int) and low <= least and most <= high
    if inside and not values.null_count():
        return ColumnRead(values.to_numpy(), np.zeros(len(raw), dtype=np.bool_), {}, [])
    fine = values.is_between(pl.lit(low), pl.lit(high)).fill_null(value=False)
    return _patched(raw, fact, power, values, fine)


def _written(raw: pl.Series, decimals: int) -> pl.Series:
    """Plain figures counted in 10**-decimals; null for all else."""
    longest = raw.str.len_bytes().max()
    if isinstance(longest, int) and longest <= _ROOM:
        whole = raw.cast(pl.Int64, strict=False)
        if not decimals or whole.null_count() == int((raw == "").sum()):
            return shifted(whole, decimals)
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    plain = raw.str.contains(rf"^[0-9]{{1,{_WHOLE_DIGITS}}}{fraction}$")
    kept = raw if plain.all() else pl.select(pl.when(plain).then(raw)).to_series()
    return kept.cast(pl.Decimal(38, decimals)).to_physical().cast(pl.Int64)


def _patched(
    raw: pl.Series, fact: Fact, power: int, numbers: pl.Series, fine: pl.Series
) -> ColumnRead:
    """Numbers with the cells that are not fine read one by one; empty ones are blank."""
    nothing = empty(raw)
    default = fact.default if isinstance(fact.default, int) else 0
    blank = nothing.to_numpy().copy()
    kept = pl.select(pl.when(fine).then(numbers).otherwise(pl.lit(default, pl.Int64)))
    values = kept.to_series().to_numpy().copy()
    at = (~(fine | nothing)).arg_true()
    faults: dict[int, Fault] = {}
    found = read_cells(cells(raw.gather(at)), fact, power)
    for i, one in zip(at.to_list(), found, strict=True):
        blank[i] = one is None
        values[i] = one if isinstance(one, int) else default
        if isinstance(one, Fault):
            faults[i] = one
    return ColumnRead(values, blank, faults, [])


def _text(given: pl.Series, fact: Fact, table: pl.Series | None) -> ColumnRead:
    """Text; an empty cell has the fact's default."""
    raw = given if given.dtype == pl.String else as_text(given)
    if fact.digits:
        odd = ~raw.str.contains(f"^[0-9]{{{fact.digits}}}$")
        doubt = np.zeros(0, dtype=np.int64)
    else:
        odd = _with(raw, table, _ODD)
        if int(raw.str.len_bytes().max() or 0) > MAX_TEXT:  # type: ignore[arg-type]
            odd = odd | (raw.str.len_chars() > MAX_TEXT)
        doubt = _with(raw, table, PRIVATE).arg_true().to_numpy()
    if not odd.any():
        return ColumnRead(raw, np.zeros(len(raw), dtype=np.bool_), {}, doubt.tolist())
    nothing = odd & (raw == "")
    blank = nothing.to_numpy().copy()
    default = fact.default if isinstance(fact.default, str) else ""
    at = (odd & ~nothing).arg_true()
    faults: dict[int, Fault] = {}
    changed: list[str] = []
    for i, one in zip(at.to_list(), read_cells(cells(given.gather(at)), fact), strict=True):
        blank[i] = one is None
        changed.append(one if isinstance(one, str) else default)
        if isinstance(one, Fault):
            faults[i] = one
    if default and nothing.any():
        raw = pl.select(pl.when(nothing).then(pl.lit(default)).otherwise(raw)).to_series()
    values = raw.scatter(at, changed) if len(at) else raw
    return ColumnRead(values, blank, faults, [i for i in doubt.tolist() if i not in faults])


def _with(raw: pl.Series, table: pl.Series | None, pattern: str) -> pl.Series:
    """Which cells have a pattern; looked for in the distinct ones where they are known and few."""
    if table is None or table.dtype != pl.String or 4 * len(table) > len(raw):
        return raw.str.contains(pattern)
    return raw.is_in(table.filter(table.str.contains(pattern)).implode())


def _distinct(
    raw: pl.Series, table: pl.Series, fact: Fact, power: int, blank_is_no: bool
) -> ColumnRead:
    """Yes/no, days and choices: each distinct cell is read once."""
    read = read_cells(table.to_list(), fact, power)
    if isinstance(fact.type, YesNo) and all(isinstance(one, bool) for one in read):
        yes = table.filter(pl.Series(read, dtype=pl.Boolean))
        values = raw.is_in(yes.implode()).to_numpy()
        return ColumnRead(values, np.zeros(len(raw), dtype=np.bool_), {}, [])
    codes = raw.replace_strict(
        table, pl.int_range(len(table), eager=True), return_dtype=pl.Int64
    ).to_numpy()
    nothing: object = False if blank_is_no else fact.default
    known = [nothing if one is None or isinstance(one, Fault) else one for one in read]
    blank = np.array([one is None and not blank_is_no for one in read], dtype=np.bool_)[codes]
    wrong = np.array([isinstance(one, Fault) for one in read], dtype=np.bool_)[codes]
    faults = {int(i): _fault(read, codes, int(i)) for i in np.flatnonzero(wrong)}
    if isinstance(fact.type, Text):
        texts = pl.Series(
            [text if isinstance(text, str) else "" for text in known], dtype=pl.String
        )
        return ColumnRead(texts.gather(codes), blank, faults, [])
    kind = np.bool_ if isinstance(fact.type, YesNo) else np.int64
    return ColumnRead(np.array([one or 0 for one in known], dtype=kind)[codes], blank, faults, [])


def _fault(read: Sequence[object], codes: NDArray[np.int64], at: int) -> Fault:
    found = read[int(codes[at])]
    assert isinstance(found, Fault)
    return found

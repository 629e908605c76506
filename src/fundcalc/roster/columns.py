"""One fact's column of text to values: plain cells at once, all others by the reader of cells."""

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

_UNSEEN = UNSEEN.replace("\ud800-\udfff", "")
"""UTF-8 has no surrogates, and no pattern over it may name them."""

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


def read_column(raw: pl.Series, column: Column, blank_is_no: bool) -> ColumnRead:
    """Read a fact's column; `raw` holds the cells' text."""
    fact = column.fact
    if isinstance(fact.type, Text) and fact.type.options is None:
        return _text(raw, fact)
    if isinstance(fact.type, Number) and column.power + fact.decimals <= _ROOM - _WHOLE_DIGITS:
        return _number(raw, fact, column.power)
    return _distinct(raw, fact, column.power, blank_is_no)


def ticks_only(raw: pl.Series, ticks: frozenset[str]) -> bool:
    """Whether a column has ticks and blanks only, and at least one tick."""
    filled = [cell for cell in raw.unique().to_list() if cell.strip()]
    return bool(filled) and all(cell.strip() in ticks for cell in filled)


def _number(raw: pl.Series, fact: Fact, power: int) -> ColumnRead:
    decimals = fact.decimals + power
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    plain = raw.str.contains(rf"^[0-9]{{1,{_WHOLE_DIGITS}}}{fraction}$")
    exact = pl.select(pl.when(plain).then(raw)).to_series().cast(pl.Decimal(38, decimals))
    values = exact.to_physical().fill_null(0).cast(pl.Int64).to_numpy().copy()
    low = fact.low if fact.low is not None else 0
    fine = plain.to_numpy() & (values >= low)
    if fact.high is not None:
        fine &= values <= fact.high
    return _patched(raw, fact, power, values, np.flatnonzero(~fine))


def _text(raw: pl.Series, fact: Fact) -> ColumnRead:
    if fact.digits:
        fine = raw.str.contains(f"^[0-9]{{{fact.digits}}}$")
        doubt = np.zeros(len(raw), dtype=np.bool_)
    else:
        odd = raw.str.contains(_UNSEEN) | (raw.str.len_chars() > MAX_TEXT)
        fine = ~(odd | (raw.str.strip_chars() != raw) | (raw == "") | raw.str.contains("^#"))
        doubt = raw.str.contains(PRIVATE).to_numpy()
    at = np.flatnonzero(~fine.to_numpy())
    found = read_cells([raw[i] for i in at.tolist()], fact)
    blank = np.zeros(len(raw), dtype=np.bool_)
    faults: dict[int, Fault] = {}
    changed: list[str] = []
    default = fact.default if isinstance(fact.default, str) else ""
    for i, one in zip(at.tolist(), found, strict=True):
        blank[i] = one is None
        changed.append(one if isinstance(one, str) else default)
        if isinstance(one, Fault):
            faults[i] = one
            doubt[i] = False
    values = raw.scatter(at, changed) if len(at) else raw
    return ColumnRead(values, blank, faults, np.flatnonzero(doubt).tolist())


def _patched(
    raw: pl.Series, fact: Fact, power: int, values: NDArray[np.int64], at: NDArray[np.int64]
) -> ColumnRead:
    """The cells at some places read one by one."""
    blank = np.zeros(len(raw), dtype=np.bool_)
    faults: dict[int, Fault] = {}
    default = fact.default if isinstance(fact.default, int) else 0
    found = read_cells(raw.gather(at).to_list(), fact, power)
    for i, one in zip(at.tolist(), found, strict=True):
        blank[i] = one is None
        values[i] = one if isinstance(one, int) else default
        if isinstance(one, Fault):
            faults[i] = one
    return ColumnRead(values, blank, faults, [])


def _distinct(raw: pl.Series, fact: Fact, power: int, blank_is_no: bool) -> ColumnRead:
    """Yes/no, days and choices: each distinct cell is read once."""
    table = raw.unique(maintain_order=True)
    codes = raw.replace_strict(
        table, pl.int_range(len(table), eager=True), return_dtype=pl.Int64
    ).to_numpy()
    read = read_cells(table.to_list(), fact, power)
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
    values = np.array([one or 0 for one in known], dtype=kind)[codes]
    return ColumnRead(values, blank, faults, [])


def _fault(read: Sequence[object], codes: NDArray[np.int64], at: int) -> Fault:
    found = read[int(codes[at])]
    assert isinstance(found, Fault)
    return found

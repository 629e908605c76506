"""One fact's column to values: plain cells at once, all others as text by the reader of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.policy.model import Fact
from fundcalc.roster import units
from fundcalc.roster.cells import (
    MAX_TEXT,
    PRIVATE,
    UNSEEN,
    other_kind,
    read_cells,
    wanted,
    without_noise,
)
from fundcalc.roster.model import Fault, ReadAs, fault
from fundcalc.roster.settle import Column
from fundcalc.roster.sheet import (
    DATE,
    ERROR,
    FORMATTED,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    YES_NO,
    Format,
)
from fundcalc.roster.typed import as_text, cells, empty, shifted, whole_numbers

_ODD = rf"^$|^#|^\s|\s$|{UNSEEN}".replace("\ud800-\udfff", "")
"""Text that the reader of cells must see. UTF-8 has no surrogates; no pattern over it may name them."""

_WHOLE_DIGITS = 13
_FEWEST_DIGITS = 9
_ROOM = 18
"""Digits of a number that 64 bits can hold; at most so many before the point, at least so few."""


@dataclass(slots=True)
class ColumnRead:
    """Values by village (what is faulty holds any value), which cells were blank, and the faults."""

    values: pl.Series | NDArray[np.int64] | NDArray[np.bool_]
    blank: NDArray[np.bool_]
    faults: dict[int, Fault] = field(default_factory=dict)
    doubts: list[int] = field(default_factory=list)
    """Villages whose text has a character that may be damaged."""

    noise: list[str] = field(default_factory=list)
    """Figures that were written with the noise of halves, such as 3.3000000000000003."""

    def taken(self, at: NDArray[np.int64]) -> ColumnRead:
        """The same of some villages."""
        places = {int(old): new for new, old in enumerate(at)}
        values = self.values.gather(at) if isinstance(self.values, pl.Series) else self.values[at]
        found = {places[i]: fault for i, fault in self.faults.items() if i in places}
        doubts = [places[i] for i in self.doubts if i in places]
        return replace(self, values=values, blank=self.blank[at], faults=found, doubts=doubts)


def read_column(
    raw: pl.Series,
    column: Column,
    table: pl.Series | None,
    blank_is_no: bool,
    kinds: NDArray[np.int16] | None = None,
    formats: Sequence[Format] = (),
) -> ColumnRead:
    """Read a fact's column; `table` has its distinct cells, where they are known.

    `kinds` and `formats` are what a workbook says of the cells, as in a sheet.
    """
    odd = None if kinds is None else _odd_kinds(raw, kinds, formats, column)
    if odd:
        at = np.fromiter(odd, dtype=np.int64, count=len(odd))
        raw = raw.scatter(at, [""] * len(at))
        table = None
    read = _plain(raw, column, table, blank_is_no)
    if odd:
        read.faults.update(odd)
        read.blank[list(odd)] = False
    return read


def _plain(
    raw: pl.Series, column: Column, table: pl.Series | None, blank_is_no: bool
) -> ColumnRead:
    fact = column.fact
    if isinstance(fact.type, Text) and fact.type.options is None:
        return _text(raw, fact, table)
    most = _ROOM if raw.dtype.is_numeric() else _ROOM - _FEWEST_DIGITS
    if isinstance(fact.type, Number) and 0 <= column.power + fact.decimals <= most:
        return _number(raw, column)
    if isinstance(fact.type, YesNo) and raw.dtype == pl.Boolean:
        blank = raw.is_null().to_numpy()
        values = raw.fill_null(fact.default is True)
        return ColumnRead(values.to_numpy(), blank)
    text = raw if raw.dtype == pl.String else as_text(raw)
    if table is None or table.dtype != pl.String:
        table = text.unique()
    return _distinct(text, table, fact, column.power, blank_is_no)


def _odd_kinds(
    raw: pl.Series, kinds: NDArray[np.int16], formats: Sequence[Format], column: Column
) -> dict[int, Fault]:
    """Cells that are no plain text or number, as far as they cannot be a value of the fact."""
    found: dict[int, Fault] = {}
    fact = column.fact
    suspect = kinds > (TEXT_ONLY if isinstance(fact.type, Text) else NUMBER)
    for at in np.flatnonzero(suspect).tolist():
        fault = _odd_kind(str(raw[at]), int(kinds[at]), formats, column)
        if fault is not None:
            found[at] = fault
    return found


TEXT_ONLY = 0


def _odd_kind(text: str, kind: int, formats: Sequence[Format], column: Column) -> Fault | None:
    fact = column.fact
    if kind == NUMBER:
        whole = text.isdecimal() and len(text) <= 15
        return None if whole or not text else fault("FC639", title=fact.title)
    if kind == ERROR:
        return fault("FC626", text=text)
    if kind == NOT_COMPUTED:
        return fault("FC626.not_computed")
    if kind == RUNS:
        return fault("FC619", text=text)
    if kind == YES_NO:
        return None if isinstance(fact.type, YesNo) else other_kind("roster.a_yes_no", fact)
    if kind == DATE:
        return None if isinstance(fact.type, Date) else other_kind("roster.a_date", fact)
    assert kind >= FORMATTED
    form = formats[kind - FORMATTED]
    if isinstance(fact.type, Number) and _agrees(form, column):
        return None
    if form.unit:
        return fault("FC629.format", format=form.code, unit=form.unit)
    return fault("FC629.scaled", format=form.code)


def _agrees(form: Format, column: Column) -> bool:
    """Whether a number format shows what the column's unit says."""
    fact = column.fact
    own = fact.type.unit if isinstance(fact.type, Number) else None
    if not form.unit:
        return column.said is not None
    unit = units.read_unit(form.unit) or (units.of_scale(form.unit, own) if own else None)
    return (
        unit is not None and own is not None and unit.power == column.power
        and units.agrees(own, unit.unit) and (column.said is not None or not unit.power)
    )  # fmt: skip


def ticks_only(table: pl.Series | None, ticks: frozenset[str]) -> bool:
    """Whether a column's distinct cells are ticks and blanks only, and at least one tick."""
    if table is None or table.dtype != pl.String:
        return False
    filled = [cell for cell in table.to_list() if cell.strip()]
    return bool(filled) and all(cell.strip() in ticks for cell in filled)


def _number(raw: pl.Series, column: Column) -> ColumnRead:
    fact = column.fact
    decimals = fact.decimals + column.power
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
        return ColumnRead(values.to_numpy(), np.zeros(len(raw), dtype=np.bool_))
    fine = values.is_between(pl.lit(low), pl.lit(high)).fill_null(value=False)
    return _patched(raw, column, values, fine)


def _written(raw: pl.Series, decimals: int) -> pl.Series:
    """Plain figures counted in 10**-decimals; null for all else."""
    longest = raw.str.len_bytes().max()
    if isinstance(longest, int) and longest <= _ROOM:
        whole = raw.cast(pl.Int64, strict=False)
        if not decimals or whole.null_count() == int((raw == "").sum()):
            return shifted(whole, decimals)
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    plain = raw.str.contains(rf"^[0-9]{{1,{min(_ROOM - decimals, _WHOLE_DIGITS)}}}{fraction}$")
    kept = raw if plain.all() else pl.select(pl.when(plain).then(raw)).to_series()
    return kept.cast(pl.Decimal(38, decimals)).to_physical().cast(pl.Int64)


def _patched(raw: pl.Series, column: Column, numbers: pl.Series, fine: pl.Series) -> ColumnRead:
    """Numbers with the cells that are not fine read one by one; empty ones are blank."""
    fact = column.fact
    nothing = empty(raw)
    default = fact.default if isinstance(fact.default, int) else 0
    blank = nothing.to_numpy().copy()
    kept = pl.select(pl.when(fine).then(numbers).otherwise(pl.lit(default, pl.Int64)))
    values = kept.to_series().to_numpy().copy()
    at = (~(fine | nothing)).arg_true()
    read = ColumnRead(values, blank)
    some = cells(raw.gather(at))
    unit = column.unit or wanted(fact).zh
    found = read_cells(some, fact, column.power, ReadAs(column.label, fact.id, unit, column.power))
    for i, cell, one in zip(at.to_list(), some, found, strict=True):
        blank[i] = one is None
        values[i] = one if isinstance(one, int) else default
        if isinstance(one, Fault):
            read.faults[i] = one
        elif isinstance(cell, str) and len(cell) > 16 and without_noise(cell.strip()):
            read.noise.append(cell.strip())
    return read


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
    found: dict[int, Fault] = {}
    changed: list[str] = []
    for i, one in zip(at.to_list(), read_cells(cells(given.gather(at)), fact), strict=True):
        blank[i] = one is None
        changed.append(one if isinstance(one, str) else default)
        if isinstance(one, Fault):
            found[i] = one
    if default and nothing.any():
        raw = pl.select(pl.when(nothing).then(pl.lit(default)).otherwise(raw)).to_series()
    values = raw.scatter(at, changed) if len(at) else raw
    return ColumnRead(values, blank, found, [i for i in doubt.tolist() if i not in found])


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
        return ColumnRead(values, np.zeros(len(raw), dtype=np.bool_))
    codes = (
        raw.replace_strict(table, pl.int_range(len(table), eager=True), return_dtype=pl.Int64)
        .to_numpy()
        .astype(np.int64)
    )
    nothing: object = False if blank_is_no else fact.default
    known = [nothing if one is None or isinstance(one, Fault) else one for one in read]
    blank = np.array([one is None and not blank_is_no for one in read], dtype=np.bool_)[codes]
    wrong = np.array([isinstance(one, Fault) for one in read], dtype=np.bool_)[codes]
    found = {int(i): _fault(read, codes, int(i)) for i in np.flatnonzero(wrong)}
    if isinstance(fact.type, Text):
        texts = pl.Series(
            [text if isinstance(text, str) else "" for text in known], dtype=pl.String
        )
        return ColumnRead(texts.gather(codes), blank, found)
    kind = np.bool_ if isinstance(fact.type, YesNo) else np.int64
    return ColumnRead(np.array([one or 0 for one in known], dtype=kind)[codes], blank, found)


def _fault(read: Sequence[object], codes: NDArray[np.int64], at: int) -> Fault:
    found = read[int(codes[at])]
    assert isinstance(found, Fault)
    return found

"""From cells to a fact's values, or the reasons why not: plain columns at once, all else cell by cell.

Nothing is repaired and nothing guessed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import assert_never

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base.catalogue import words
from fundcalc.base.money import fits_int64, grouped, plain, scaled
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Date, Number, Text, Texts, Unknown, YesNo, is_money
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, fault
from fundcalc.roster.settle import Column
from fundcalc.roster.sheet import (
    DATE,
    DIGITS,
    ERROR,
    FORMATTED,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    YES_NO,
    Format,
    as_text,
)
from fundcalc.roster.words import agrees, of_scale, read_unit, wanted

Cell = str | float | int | bool
"""What a cell holds: its text, or a value of a parquet column's own type."""

Read = Value | Fault | None
"""A value, what is wrong, or None for a blank cell."""

MAX_TEXT = 200
TICKS = frozenset("√✓✔☑")
_YES = TICKS | {"yes", "y", "true", "1", "是", "有"}
_NO = frozenset({"no", "n", "false", "0", "否", "无", "×", "✗", "✘"})
_WIDE = str.maketrans("０１２３４５６７８９，．－＋−￥＂＇　\u00a0Ｅｅ", "0123456789,.-+-¥\"'  Ee")
_NUMBER = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_WITH_UNIT = re.compile(r"(.*[0-9.])\s*([A-Za-z一-鿿]{1,8}(?:/[A-Za-z一-鿿]{1,3})*)")
_SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8}
_ERROR = re.compile(r"#(?:REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
UNSEEN = (
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)
_UNSEEN = re.compile(UNSEEN)
PRIVATE = "[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
_PRIVATE = re.compile(PRIVATE)
_DAY = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")


def read_cells(
    cells: Sequence[Cell], fact: Fact, power: int = 0, column: Column | None = None
) -> list[Read]:
    """Read a fact's cells; figures count in 10**power of its unit. Equal cells are read once.

    The `column` is wanted for what is said of a value out of its range.
    """
    memo: dict[Hashable, Read] = {}
    found: list[Read] = []
    for cell in cells:
        key = cell if cell.__class__ is str else (cell.__class__, cell)
        if key not in memo:
            wrong = _general(cell)
            memo[key] = _read(cell, fact, power, column) if wrong is None else wrong
        found.append(memo[key])
    return found


def _read(cell: Cell, fact: Fact, power: int, column: Column | None) -> Read:
    match fact.type:
        case Number():
            return _number(cell, fact, power, column)
        case YesNo():
            return _yes_no(cell)
        case Date():
            return _day(cell, fact)
        case Text():
            return _text(cell, fact)
        case Texts() | Unknown():
            raise AssertionError(fact.id)
        case _:
            assert_never(fact.type)


def _general(cell: Cell) -> Fault | None:
    """What is wrong with a cell whatever its fact."""
    if isinstance(cell, str) and _ERROR.fullmatch(cell.strip()):
        return fault("FC626", text=cell.strip())
    return None


def exact(cell: Cell) -> Decimal | None:
    """The number that a cell shows: a double at 15 significant digits, text as written; else None."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        return Decimal(f"{cell:.15g}") if isfinite(cell) else None
    if len(cell) > 60:
        return None
    text = cell.translate(_WIDE).strip()
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(without_noise(text) or text.replace(",", ""))


def without_noise(text: str) -> str | None:
    """What 3.3000000000000003 was before a program counted in halves, 3.3; None where it is no such text."""
    digits = len(text.replace(".", "").lstrip("0"))
    if "." not in text or not 16 <= digits <= 18 or "," in text:
        return None
    short = f"{float(text):.15g}"
    near = repr(float(text)) == text and "e" not in short and len(short) < len(text) - 4
    return short if near else None


def amount(cell: Cell, fact: Fact, power: int) -> int | Fault:
    """A number in the fact's smallest unit, whatever its range."""
    number = exact(cell)
    if number is None:
        return _why_no_number(cell, fact, power)
    value = scaled(number, fact.decimals + power)
    if value is None:
        return too_fine(fact)
    return value if fits_int64(value) else out_of_range(fact)


def _number(cell: Cell, fact: Fact, power: int, column: Column | None = None) -> Read:
    if isinstance(cell, str):
        plain = cell.translate(_WIDE).strip()
        if not plain:
            return None
        if plain.startswith("¥"):
            if power or not is_money(fact.type):
                return _yuan_sign(fact, column)
            cell = plain.removeprefix("¥").strip()
    value = amount(cell, fact, power)
    if isinstance(value, Fault):
        return value
    if value < 0 and (fact.low is None or fact.low >= 0):
        return fault("FC623", title=fact.title)
    low, high = fact.low, fact.high
    if (low is not None and value < low) or (high is not None and value > high):
        return out_of_range(fact, column, value)
    return value


def _why_no_number(cell: Cell, fact: Fact, power: int) -> Fault:
    if not isinstance(cell, str):
        return fault("FC621") if isinstance(cell, float) else _other_kind(cell, fact)
    text = cell.translate(_WIDE).strip()
    match = _WITH_UNIT.fullmatch(text) if len(text) <= 60 else None
    if match and _NUMBER.fullmatch(match.group(1)) and not _EXPONENT.fullmatch(text):
        meant, unit = _meant(match.group(1), match.group(2), fact, power), match.group(2)
        return (
            fault("FC622", unit=unit, meant=meant) if meant else fault("FC622.unclear", unit=unit)
        )
    return fault("FC621")


def _meant(figure: str, unit: str, fact: Fact, power: int) -> str | None:
    """What 5万 would be in the column's unit, as a suggestion; None where that is not clear."""
    scale = next((s for s in sorted(_SCALES, key=len, reverse=True) if unit.startswith(s)), "")
    number = Decimal(figure.replace(",", ""))
    value = scaled(number, fact.decimals + _SCALES.get(scale, 0))
    if value is None or unit.removeprefix(scale) not in ("", "元", "人", "元/年", "yuan"):
        return None
    text = plain(value, fact.decimals + power)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _other_kind(cell: Cell, fact: Fact) -> Fault:
    return other_kind("roster.a_yes_no" if isinstance(cell, bool) else "roster.a_date", fact)


def _yes_no(cell: Cell) -> Read:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return bool(cell) if cell in (0, 1) else fault("FC630")
    if not isinstance(cell, str):
        return fault("FC630")
    word = cell.translate(_WIDE).strip().casefold()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    return fault("FC630")


def _day(cell: Cell, fact: Fact) -> Read:
    found: date | None = None
    if isinstance(cell, datetime | date):
        found = cell.date() if isinstance(cell, datetime) else cell
    elif isinstance(cell, str):
        if not cell.strip():
            return None
        match = _DAY.fullmatch(cell.translate(_WIDE).strip())
        try:
            found = date(*map(int, match.groups())) if match else None
        except ValueError:
            return fault("FC631")
    if found is None:
        return fault("FC631")
    value = found.toordinal()
    low, high = fact.low, fact.high
    inside = (low is None or value >= low) and (high is None or value <= high)
    return value if inside else out_of_range(fact)


def _text(cell: Cell, fact: Fact) -> Read:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        whole = isfinite(cell) and cell == int(cell) and abs(cell) < 10**15
        if not whole:
            return fault("FC639", title=fact.title)
        text = str(int(cell))
    elif isinstance(cell, str):
        text = cell.strip()
    else:
        return _other_kind(cell, fact)
    return _checked(text, fact) if text else None


def _checked(text: str, fact: Fact) -> Read:
    if fact.digits:
        code = text.translate(_WIDE)
        if _EXPONENT.fullmatch(code):
            return fault("FC633", digits=fact.digits)
        fits = re.fullmatch(f"[0-9]{{{fact.digits}}}", code)
        return code if fits else fault("FC634", digits=fact.digits)
    if len(text) > MAX_TEXT:
        return fault("FC637", most=MAX_TEXT)
    unseen = _UNSEEN.search(text)
    if unseen:
        return fault("FC638", character=code_point(unseen.group()))
    options = fact.type.options if isinstance(fact.type, Text) else None
    if options is not None and text not in options:
        return fault("FC632", options="、".join(sorted(options)))
    return text


def doubtful(text: str) -> Fault | None:
    """What is doubtful in a name that is taken as it stands."""
    found = _PRIVATE.search(text)
    return fault("FC642", character=code_point(found.group())) if found else None


# -- faults that depend on the fact ---------------------------------------------------------------


def missing(fact: Fact) -> Fault:
    """A blank cell of a required fact."""
    return fault("FC620.number" if isinstance(fact.type, Number) else "FC620", title=fact.title)


def too_fine(fact: Fact) -> Fault:
    """More decimals than the fact has."""
    if fact.decimals:
        return fault("FC624.fen", decimals=fact.decimals)
    return fault("FC624", title=fact.title)


def out_of_range(fact: Fact, column: Column | None = None, value: int | None = None) -> Fault:
    """A value outside the fact's declared range; perhaps the unit is to blame by which it was read."""
    low, high = (
        "…" if end is None else grouped(end, fact.decimals) for end in (fact.low, fact.high)
    )
    if column is None or not column.power or value is None or not is_money(fact.type):
        return fault("FC625", low=low, high=high)
    unit, own = column.unit, value // 10**column.power
    if (fact.low or 0) <= own and (fact.high is None or own <= fact.high):
        header, id_ = column.label, column.fact.id
        return fault("FC625.in_yuan", low=low, high=high, unit=unit, header=header, fact=id_)
    return fault("FC625.multiple", low=low, high=high, unit=unit)


def other_kind(kind: str, fact: Fact) -> Fault:
    """A date or a yes/no (a key of the catalogue) where something else belongs."""
    return fault("FC627", kind=words(kind), wanted=wanted(fact))


def _yuan_sign(fact: Fact, column: Column | None) -> Fault:
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    if column is not None and column.power:
        return fault("FC629", wanted=column.unit)
    if unit is None:
        return fault("FC629", wanted=words("roster.another_unit"))
    return fault("FC629", wanted=Words(unit.said("zh") or "个", unit.said("en")))


def code_point(character: str) -> str:
    """A character that cannot be shown, as U+200B."""
    return f"U+{ord(character):04X}"


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
        return _texts(raw, fact, table)
    most = _ROOM if raw.dtype.is_numeric() else _ROOM - _FEWEST_DIGITS
    if isinstance(fact.type, Number) and 0 <= column.power + fact.decimals <= most:
        return _numbers(raw, column)
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
    unit = read_unit(form.unit) or (of_scale(form.unit, own) if own else None)
    return (
        unit is not None and own is not None and unit.power == column.power
        and agrees(own, unit.unit) and (column.said is not None or not unit.power)
    )  # fmt: skip


def ticks_only(table: pl.Series | None, ticks: frozenset[str]) -> bool:
    """Whether a column's distinct cells are ticks and blanks only, and at least one tick."""
    if table is None or table.dtype != pl.String:
        return False
    filled = [cell for cell in table.to_list() if cell.strip()]
    return bool(filled) and all(cell.strip() in ticks for cell in filled)


def _numbers(raw: pl.Series, column: Column) -> ColumnRead:
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
    some = single_cells(raw.gather(at))
    found = read_cells(some, fact, column.power, column)
    for i, cell, one in zip(at.to_list(), some, found, strict=True):
        blank[i] = one is None
        values[i] = one if isinstance(one, int) else default
        if isinstance(one, Fault):
            read.faults[i] = one
        elif isinstance(cell, str) and len(cell) > 16 and without_noise(cell.strip()):
            read.noise.append(cell.strip())
    return read


def _texts(given: pl.Series, fact: Fact, table: pl.Series | None) -> ColumnRead:
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
    for i, one in zip(at.to_list(), read_cells(single_cells(given.gather(at)), fact), strict=True):
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
    found: dict[int, Fault] = {}
    for i in np.flatnonzero(wrong).tolist():
        of = read[int(codes[i])]
        assert isinstance(of, Fault)
        found[i] = of
    if isinstance(fact.type, Text):
        texts = pl.Series(
            [text if isinstance(text, str) else "" for text in known], dtype=pl.String
        )
        return ColumnRead(texts.gather(codes), blank, found)
    kind = np.bool_ if isinstance(fact.type, YesNo) else np.int64
    return ColumnRead(np.array([one or 0 for one in known], dtype=kind)[codes], blank, found)


def single_cells(values: pl.Series) -> list[Cell]:
    """Cells as the reader of single cells has them; decimals become text, so that no digit is lost."""
    found = values.to_list()
    if values.dtype.is_decimal():
        return ["" if v is None else f"{Decimal(v):f}" for v in found]
    return ["" if v is None else v for v in found]


def empty(values: pl.Series) -> pl.Series:
    """Which cells hold nothing at all."""
    return values == "" if values.dtype == pl.String else values.is_null()


def whole_numbers(values: pl.Series, decimals: int) -> pl.Series:
    """Numbers counted in 10**-decimals; null where that is not exact or does not fit 64 bits."""
    kind = values.dtype
    if kind.is_float():
        return _doubles(values.cast(pl.Float64), decimals)
    if isinstance(kind, pl.Decimal):
        return shifted(values.to_physical(), decimals - (kind.scale or 0))
    return shifted(values, decimals)


def shifted(values: pl.Series, power: int) -> pl.Series:
    """Whole numbers times 10**power; null where that is not exact or does not fit 64 bits."""
    number, factor = pl.col("v"), 10 ** abs(power)
    frame = values.rename("v").to_frame()
    if power < 0:
        kept = pl.when(number % factor == 0).then(number // factor)
        return frame.select(kept.cast(pl.Int64, strict=False)).to_series()
    found = frame.select(number.cast(pl.Int64, strict=False))
    if power:
        most = (2**63 - 1) // factor
        found = found.select(pl.when(number.is_between(-most, most)).then(number * factor))
    return found.to_series()


def _doubles(values: pl.Series, decimals: int) -> pl.Series:
    """What doubles show at 15 digits: the double nearest to that number must be the very double."""
    number, factor = pl.col("v"), float(10**decimals)
    near = (number * factor).round(0)
    fine = (near.abs() < DIGITS) & (near / factor == number)
    found = values.rename("v").to_frame().select(pl.when(fine).then(near).cast(pl.Int64))
    return found.to_series()

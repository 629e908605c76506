"""From cells to a fact's values, or the reasons why not: plain columns at once, all else cell by cell.

Nothing is repaired and nothing guessed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import assert_never

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import INT64_MAX, fits_int64, grouped, plain, scaled
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Date, Number, Text, Texts, Unknown, YesNo, is_money, is_yuan
from fundcalc.language.nodes import Value
from fundcalc.language.show import amount_said, literal
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, fault
from fundcalc.roster.settle import Column, option_of
from fundcalc.roster.sheet import (
    DATE,
    DIGITS,
    ERROR,
    FORMATTED,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    TEXT,
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
    reads: list[Read] = []
    for cell in cells:
        key = cell if cell.__class__ is str else (cell.__class__, cell)
        if key not in memo:
            memo[key] = _read(cell, fact, power, column)
        reads.append(memo[key])
    return reads


def _read(cell: Cell, fact: Fact, power: int, column: Column | None) -> Read:
    if isinstance(cell, str) and _ERROR.fullmatch(cell.strip()):
        return fault("FC626", text=cell.strip())
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


def noisy(cell: str | float) -> bool:
    """Whether a figure is read as another than the one that is there, as 3.3 of 3.3000000000000003."""
    if isinstance(cell, float):
        return float(f"{cell:.15g}") != cell
    return without_noise(cell.strip()) is not None


def amount(cell: Cell, fact: Fact, power: int) -> int | Fault:
    """A number in the fact's smallest unit, whatever its range."""
    number = exact(cell)
    if number is None:
        return _why_no_number(cell, fact, power)
    value = scaled(number, fact.decimals + power)
    if value is not None:
        return value if fits_int64(value) else _out_of_range(fact)
    if fact.decimals:
        assert isinstance(fact.type, Number)
        return fault("FC624.finer", decimals=fact.decimals, step=amount_said(1, fact.type))
    return fault("FC624", title=fact.title)


def _number(cell: Cell, fact: Fact, power: int, column: Column | None) -> Read:
    if isinstance(cell, str):
        plain = cell.translate(_WIDE).strip()
        if not plain:
            return None
        if plain.startswith("¥"):
            if power or not is_money(fact.type):
                return _yuan_sign(fact, column)
            cell = plain.removeprefix("¥").strip()
    value = amount(cell, fact, power)
    if isinstance(value, Fault) or _in_range(value, fact):
        return value
    if value < 0 and (fact.low is None or fact.low >= 0):
        return fault("FC623", title=fact.title)
    return _out_of_range(fact, column, value)


def _why_no_number(cell: Cell, fact: Fact, power: int) -> Fault:
    if not isinstance(cell, str):
        return fault("FC621") if isinstance(cell, float) else _other_kind(cell, fact)
    text = cell.translate(_WIDE).strip()
    figure = text[:-1].strip() if text[-1:] in ("%", "％") and len(text) < 20 else ""
    if _is_plain(fact) and _NUMBER.fullmatch(figure) and not _EXPONENT.fullmatch(figure):
        return fault("FC621.percent", figure=_hundredth(Decimal(figure.replace(",", ""))))
    match = _WITH_UNIT.fullmatch(text) if len(text) <= 60 else None
    if match is None or not _NUMBER.fullmatch(match[1]) or _EXPONENT.fullmatch(text):
        return fault("FC621")
    suggestion = _suggestion(match[1], match[2], fact, power)
    if suggestion is None:
        return fault("FC622.unclear", unit=match[2])
    return fault("FC622", unit=match[2], meant=suggestion)


def _suggestion(figure: str, unit: str, fact: Fact, power: int) -> str | None:
    """What 5万 would be in the column's unit, as a suggestion; None where that is not clear."""
    scale = next((s for s in sorted(_SCALES, key=len, reverse=True) if unit.startswith(s)), "")
    number = Decimal(figure.replace(",", ""))
    value = scaled(number, fact.decimals + _SCALES.get(scale, 0))
    if value is None or unit.removeprefix(scale) not in ("", "元", "人", "元/年", "yuan"):
        return None
    text = plain(value, fact.decimals + power)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_range(value: int, fact: Fact) -> bool:
    return (fact.low is None or fact.low <= value) and (fact.high is None or value <= fact.high)


def _other_kind(cell: object, fact: Fact) -> Fault:
    """A date or a yes/no where something else belongs."""
    kind = words("roster.a_yes_no" if isinstance(cell, bool) else "roster.a_date")
    return fault("FC627", kind=kind, wanted=wanted(fact))


def _yes_no(cell: Cell) -> Read:
    if isinstance(cell, bool):
        return cell
    word = str(int(cell)) if cell in (0, 1) else cell
    if not isinstance(word, str):
        return fault("FC630")
    word = word.translate(_WIDE).strip().casefold()
    if not word:
        return None
    return word in _YES if word in _YES or word in _NO else fault("FC630")


def _day(cell: Cell, fact: Fact) -> Read:
    day: date | None = None
    if isinstance(cell, datetime | date):
        day = cell.date() if isinstance(cell, datetime) else cell
    elif isinstance(cell, str):
        if not cell.strip():
            return None
        if match := _DAY.fullmatch(cell.translate(_WIDE).strip()):
            with suppress(ValueError):
                day = date(*map(int, match.groups()))
    if day is None:
        return fault("FC631")
    return day.toordinal() if _in_range(day.toordinal(), fact) else _out_of_range(fact)


def _text(cell: Cell, fact: Fact) -> Read:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if not (isfinite(cell) and cell == int(cell) and abs(cell) < 10**15):
            return fault("FC639", title=fact.title)
        cell = str(int(cell))
    if not isinstance(cell, str):
        return _other_kind(cell, fact)
    text = cell.strip()
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
        if (id_ := dict(fact.titles).get(text)) is not None:
            return id_
        return fault("FC632", options="、".join(sorted(options)))
    return text


def doubtful(text: str) -> Fault | None:
    """What is doubtful in a name that is taken as it stands."""
    match = _PRIVATE.search(text)
    return fault("FC642", character=code_point(match.group())) if match else None


def missing(fact: Fact) -> Fault:
    """A blank cell of a required fact."""
    return fault("FC620.number" if isinstance(fact.type, Number) else "FC620", title=fact.title)


def _out_of_range(fact: Fact, column: Column | None = None, value: int | None = None) -> Fault:
    """A value outside the fact's declared range; perhaps the unit is to blame by which it was read."""
    low, high = ("…" if end is None else _end(end, fact) for end in (fact.low, fact.high))
    one = 10**fact.decimals
    if _is_plain(fact) and fact.high == one and value is not None and one < value <= 100 * one:
        percent = Decimal(value).scaleb(-fact.decimals)
        right = _hundredth(percent)
        return fault(
            "FC625.percent", low=low, high=high, percent=f"{percent.normalize():f}", figure=right
        )
    if column is None or column.power <= 0 or value is None or not is_yuan(fact.type):
        return fault("FC625", low=low, high=high)
    unit, in_yuan = column.unit, value // 10**column.power
    if (fact.low or 0) <= in_yuan and (fact.high is None or in_yuan <= fact.high):
        option = option_of(column.label, column.fact, "元")
        return fault("FC625.in_yuan", low=low, high=high, unit=unit, option=option)
    return fault("FC625.multiple", low=low, high=high, unit=unit)


def _end(value: int, fact: Fact) -> str:
    """An end of a fact's range: an amount, or a day."""
    return (
        literal(value, fact.type) if isinstance(fact.type, Date) else grouped(value, fact.decimals)
    )


def _is_plain(fact: Fact) -> bool:
    """Whether a fact is a number without a unit, as a part of a whole is."""
    return isinstance(fact.type, Number) and fact.type.unit == PLAIN


def _hundredth(percent: Decimal) -> str:
    return f"{(percent / 100).normalize():f}"


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

    def figures(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The numbers, 0 where there is none, and where there is one."""
        known = ~self.blank
        known[[*self.faults]] = False
        return np.where(known, np.asarray(self.values, dtype=np.int64), 0), known

    def taken(self, at: NDArray[np.int64]) -> ColumnRead:
        """The same of some villages."""
        places = {int(old): new for new, old in enumerate(at)}
        values = self.values.gather(at) if isinstance(self.values, pl.Series) else self.values[at]
        faults = {places[i]: fault for i, fault in self.faults.items() if i in places}
        doubts = [places[i] for i in self.doubts if i in places]
        return replace(self, values=values, blank=self.blank[at], faults=faults, doubts=doubts)


def read_column(
    raw: pl.Series,
    column: Column,
    distinct: pl.Series | None,
    blank_is_no: bool,
    kinds: NDArray[np.int16] | None = None,
    formats: Sequence[Format] = (),
) -> ColumnRead:
    """Read a fact's column; `distinct` are its different cells, where they are known.

    `kinds` and `formats` are what a workbook says of the cells, as in a sheet.
    """
    fact = column.fact
    odd: dict[int, Fault] = {}
    if kinds is not None:
        for at in np.flatnonzero(
            kinds > (TEXT if isinstance(fact.type, Text) else NUMBER)
        ).tolist():
            wrong = _odd_kind(str(raw[at]), int(kinds[at]), formats, column)
            if wrong is not None:
                odd[at] = wrong
    if odd:
        raw, distinct = raw.scatter([*odd], [""] * len(odd)), None
    most = _ROOM if raw.dtype.is_numeric() else _ROOM - _FEWEST_DIGITS
    if isinstance(fact.type, Text) and fact.type.options is None:
        read = _texts(raw, column, distinct)
    elif isinstance(fact.type, Number) and 0 <= column.power + fact.decimals <= most:
        read = _numbers(raw, column)
    elif isinstance(fact.type, YesNo) and raw.dtype == pl.Boolean:
        values = raw.fill_null(fact.default is True)
        read = ColumnRead(values.to_numpy(), raw.is_null().to_numpy())
    else:
        text = as_text(raw)
        few = distinct if distinct is not None and distinct.dtype == pl.String else text.unique()
        read = _read_distinct(text, few, column, blank_is_no)
    read.faults.update(odd)
    if odd:
        read.blank[[*odd]] = False
    return read


def _odd_kind(text: str, kind: int, formats: Sequence[Format], column: Column) -> Fault | None:
    """Why a cell that is no plain text or number cannot be a value of the fact."""
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
        return None if isinstance(fact.type, YesNo) else _other_kind(True, fact)
    if kind == DATE:
        return None if isinstance(fact.type, Date) else _other_kind(text, fact)
    form = formats[kind - FORMATTED]
    if isinstance(fact.type, Number) and _agrees(form, column):
        return None
    if form.unit:
        return fault("FC629.format", format=form.code, unit=form.unit)
    return fault("FC629.scaled", format=form.code)


def _agrees(form: Format, column: Column) -> bool:
    """Whether a number format shows what the column's unit says."""
    fact = column.fact
    fact_unit = fact.type.unit if isinstance(fact.type, Number) else None
    if not form.unit:
        return column.said is not None
    unit = read_unit(form.unit) or (of_scale(form.unit, fact_unit) if fact_unit else None)
    return (
        unit is not None and fact_unit is not None and unit.power == column.power
        and agrees(fact_unit, unit.unit) and (column.said is not None or not unit.power)
    )  # fmt: skip


def ticks_only(distinct: pl.Series | None) -> bool:
    """Whether a column's distinct cells are ticks and blanks only, and at least one tick."""
    if distinct is None or distinct.dtype != pl.String:
        return False
    filled = {cell.strip() for cell in distinct.to_list()} - {""}
    return bool(filled) and filled <= TICKS


def of_pair(yes: pl.Series, no: pl.Series) -> pl.Series:
    """One column of 是 and 否 for two, of which one is ticked; else it has what cannot be read."""
    texts = zip(as_text(yes).to_list(), as_text(no).to_list(), strict=True)
    answers = [(_yes_no(first), _yes_no(second)) for first, second in texts]
    return pl.Series(
        ["是" if a is True and not b else "否" if b is True and not a else "?" for a, b in answers],
        dtype=pl.String,
    )


def _numbers(raw: pl.Series, column: Column) -> ColumnRead:
    fact = column.fact
    decimals = fact.decimals + column.power
    if raw.dtype.is_numeric():
        values = _whole_numbers(raw, decimals)
    else:
        raw = as_text(raw)
        values = _written(raw, decimals)
    low, high = fact.low or 0, fact.high if fact.high is not None else INT64_MAX
    fine = values.is_between(pl.lit(low), pl.lit(high)).fill_null(value=False)
    default = fact.default if isinstance(fact.default, int) else 0
    return _patched(raw, values, ~fine, column, default)


def _written(raw: pl.Series, decimals: int) -> pl.Series:
    """Plain figures counted in 10**-decimals; null for all else."""
    longest = raw.str.len_bytes().max()
    if isinstance(longest, int) and longest <= _ROOM:
        whole = raw.cast(pl.Int64, strict=False)
        if not decimals or whole.null_count() == int((raw == "").sum()):
            return _shifted(whole, decimals)
    fraction = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    plain = raw.str.contains(rf"^[0-9]{{1,{min(_ROOM - decimals, _WHOLE_DIGITS)}}}{fraction}$")
    figures = raw if plain.all() else pl.select(pl.when(plain).then(raw)).to_series()
    return figures.cast(pl.Decimal(38, decimals)).to_physical().cast(pl.Int64)


def _texts(raw: pl.Series, column: Column, distinct: pl.Series | None) -> ColumnRead:
    texts, fact = as_text(raw), column.fact
    doubts: list[int] = []
    if fact.digits:
        odd = ~texts.str.contains(f"^[0-9]{{{fact.digits}}}$")
    else:
        odd = _cells_with(texts, distinct, _ODD)
        if int(texts.str.len_bytes().max() or 0) > MAX_TEXT:  # type: ignore[arg-type]
            odd = odd | (texts.str.len_chars() > MAX_TEXT)
        doubts = _cells_with(texts, distinct, PRIVATE).arg_true().to_list()
    default = fact.default if isinstance(fact.default, str) else ""
    read = _patched(raw, texts, odd, column, default)
    read.doubts = [at for at in doubts if at not in read.faults]
    return read


def _patched(
    raw: pl.Series, values: pl.Series, odd: pl.Series, column: Column, default: int | str
) -> ColumnRead:
    """Values, those of odd cells read one by one; an empty cell has the default."""
    if not odd.any():
        return ColumnRead(_in_numpy(values), np.zeros(len(raw), dtype=np.bool_))
    nothing = odd & (raw == "" if raw.dtype == pl.String else raw.is_null())
    blank = nothing.to_numpy().copy()
    at = (odd & ~nothing).arg_true()
    cells = _single_cells(raw.gather(at))
    read = read_cells(cells, column.fact, column.power, column)
    known = [default if value is None or isinstance(value, Fault) else value for value in read]
    filled = pl.select(pl.when(nothing).then(pl.lit(default)).otherwise(values)).to_series()
    values = filled.scatter(at, known) if len(at) else filled
    column_read = ColumnRead(_in_numpy(values), blank)
    for i, cell, value in zip(at.to_list(), cells, read, strict=True):
        blank[i] = value is None
        if isinstance(value, Fault):
            column_read.faults[i] = value
        elif isinstance(value, int) and isinstance(cell, str | float) and noisy(cell):
            column_read.noise.append(str(cell).strip())
    return column_read


def _in_numpy(values: pl.Series) -> pl.Series | NDArray[np.int64]:
    return values if values.dtype == pl.String else values.to_numpy()


def _cells_with(raw: pl.Series, distinct: pl.Series | None, pattern: str) -> pl.Series:
    """Which cells have a pattern; looked for in the distinct ones where they are known and few."""
    if distinct is None or distinct.dtype != pl.String or 4 * len(distinct) > len(raw):
        return raw.str.contains(pattern)
    return raw.is_in(distinct.filter(distinct.str.contains(pattern)).implode())


def _read_distinct(
    raw: pl.Series, distinct: pl.Series, column: Column, blank_is_no: bool
) -> ColumnRead:
    """Yes/no, days and choices: each distinct cell is read once."""
    fact = column.fact
    read = read_cells(distinct.to_list(), fact, column.power)
    if isinstance(fact.type, YesNo) and all(isinstance(value, bool) for value in read):
        yes = distinct.filter(pl.Series(read, dtype=pl.Boolean))
        return ColumnRead(raw.is_in(yes.implode()).to_numpy(), np.zeros(len(raw), dtype=np.bool_))
    numbers = pl.int_range(len(distinct), eager=True)
    codes = raw.replace_strict(distinct, numbers).cast(pl.Int64).to_numpy()  # of no rows, too
    nothing = False if blank_is_no else fact.default
    known = [nothing if value is None or isinstance(value, Fault) else value for value in read]
    blank = np.array([value is None and not blank_is_no for value in read], dtype=np.bool_)[codes]
    wrong = {code: value for code, value in enumerate(read) if isinstance(value, Fault)}
    at = np.flatnonzero(np.isin(codes, [*wrong])).tolist() if wrong else []
    faults = {i: wrong[int(codes[i])] for i in at}
    if isinstance(fact.type, Text):
        texts = pl.Series([str(text or "") for text in known], dtype=pl.String)
        return ColumnRead(texts.gather(codes), blank, faults)
    kind = np.bool_ if isinstance(fact.type, YesNo) else np.int64
    return ColumnRead(np.array([value or 0 for value in known], dtype=kind)[codes], blank, faults)


def _single_cells(values: pl.Series) -> list[Cell]:
    """Cells as the reader of single cells has them; decimals become text, so that no digit is lost."""
    listed = values.to_list()
    if values.dtype.is_decimal():
        return ["" if v is None else f"{Decimal(v):f}" for v in listed]
    return ["" if v is None else v for v in listed]


def _whole_numbers(values: pl.Series, decimals: int) -> pl.Series:
    """Numbers counted in 10**-decimals; null where that is not exact or does not fit 64 bits."""
    kind = values.dtype
    if kind.is_float():  # at the 15 digits that it shows, whose nearest double is the very double
        number, factor = values.cast(pl.Float64).fill_null(np.nan).to_numpy(), float(10**decimals)
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.rint(number * factor)
            fine = (np.abs(near) < DIGITS) & (
                near / factor == number
            )  # polars divides less exactly
        whole = pl.Series("v", np.where(fine, near, 0).astype(np.int64))
        return pl.select(pl.when(pl.Series(fine)).then(whole)).to_series()
    if isinstance(kind, pl.Decimal):
        return _shifted(values.to_physical(), decimals - (kind.scale or 0))
    return _shifted(values, decimals)


def _shifted(values: pl.Series, power: int) -> pl.Series:
    """Whole numbers times 10**power; null where that is not exact or does not fit 64 bits."""
    number, factor = pl.col("v"), 10 ** abs(power)
    frame = values.rename("v").to_frame()
    if power < 0:
        divided = pl.when(number % factor == 0).then(number // factor)
        return frame.select(divided.cast(pl.Int64, strict=False)).to_series()
    shifted = frame.select(number.cast(pl.Int64, strict=False))
    if power:
        most = (2**63 - 1) // factor
        shifted = shifted.select(pl.when(number.is_between(-most, most)).then(number * factor))
    return shifted.to_series()

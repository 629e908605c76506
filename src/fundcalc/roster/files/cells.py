"""A workbook's cells as a person sees them: number formats, marked texts, and the `Sheet` of all rows."""

from __future__ import annotations

import gc
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.roster.files.source import stop
from fundcalc.roster.model import column_of, letters, place
from fundcalc.roster.sheet import (
    DATE,
    FORMATTED,
    MAX_CELLS,
    MAX_COLUMNS,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    TEXT,
    Area,
    Format,
    Sheet,
    frame_of,
    stacked,
)

Told = Literal["figure", "words", "nothing"]
Seen = tuple[str, int | Format]
"""The text that is seen and what kind of cell it is; a Format where the figure is another."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|[_*](?P<space>.)|\[(?P<bracket>[^\]]*)\]?'
    r"|(?P<general>General|G/通用格式)|(?P<exponent>E[+-])|(?P<half>AM/PM|A/P|上午/下午)|(?P<sign>.)",
    re.DOTALL | re.IGNORECASE,
)
_WHITE = re.compile(r"(?i)\[(?:white|白色|(?:color|颜色)\s*2)\]")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d*)?)")
_ELAPSED = re.compile(r"(?i)h+|m+|s+")
_LETTERS = frozenset("ymdhsegbaYMDHSEGBA")
"""Letters that, unquoted, are parts of a date."""

_SIGNS = "+-−－—–()（）"
"""What a figure below zero is shown with, and a zero."""
_NOTHING = frozenset({"", "-", "—", "——", "–", "−", "－", "/", "0"})
"""What stands for a zero."""

_LONGEST = 255
_ALL = 99
_GENERAL = "##"
"""Stands for as many digits as a figure has."""

_DAYS = {False: 2_958_466, True: 2_957_004}
"""The first day, since 1900 or 1904, that is no date."""


@lru_cache(maxsize=60_000)
def number_text(raw: str) -> str | None:
    """A stored number with the 15 digits that are exact, plainly; None where it is none."""
    if raw.isdigit() and len(raw) < 16 and raw[0] != "0" and raw.isascii():
        return raw
    if len(raw) > _LONGEST:
        return None
    try:
        text = f"{float(raw):.15g}"
    except ValueError:
        return None
    if "n" in text or "_" in raw or not raw.isascii():  # inf and nan
        return None
    return plain_text(float(raw)) if "e" in text or text == "-0" else text


def plain_text(value: float) -> str:
    """A double with 15 digits; an exponent is kept only where the digits would be many zeros."""
    text = f"{value:.15g}"
    if "e-" in text and abs(value) > 1e-30:
        return f"{Decimal(text):f}"
    return "0" if text == "-0" else text


def day_text(value: float, from_1904: bool) -> str | None:
    """A date as 2017-12-31, with the time where there is one; None where it is beyond all dates."""
    if not 0 <= value < _DAYS[from_1904]:
        return None
    days, seconds = divmod(round(value * 86_400), 86_400)
    time = str(timedelta(seconds=seconds)).rjust(8, "0")
    if not from_1904 and days == 60:  # a day that spreadsheets have and the calendar has not
        return "1900-02-29" if not seconds else f"1900-02-29 {time}"
    if value < 1 and not from_1904:
        return time
    first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if days < 60 else 30)  # noqa: DTZ001
    date = (first + timedelta(days=days)).date().isoformat()
    return f"{date} {time}" if seconds else date


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the parts of a code that semicolons part."""

    code: str
    condition: tuple[str, float] | None = None
    date: bool = False
    figures: bool = False
    power: int = 0
    unit: str = ""
    zeros: int = 1
    """Digits before the point that are always shown."""

    before: str = ""
    """Digits that the format puts before the figure, as in "1401"0000; or all that it shows."""

    after: str = ""
    decimals: int = _ALL
    """Digits after the point that are shown at most; below zero where it cannot be said."""

    minus: bool = False
    """Whether a sign of what is below zero stands around the figure."""

    @property
    def plain(self) -> bool:
        """Whether what is seen is what is stored, but for grouping and rounding."""
        bare = self.figures and not (self.power or self.unit or self.before or self.after)
        return bare and self.zeros == 1 and not self.date

    def holds(self, value: float) -> bool:
        """Whether its condition is met."""
        assert self.condition is not None
        sign, bound = self.condition
        return {
            "<": value < bound,
            "<=": value <= bound,
            ">": value > bound,
            ">=": value >= bound,
            "=": value == bound,
            "<>": value != bound,
        }[sign]


class Code:
    """A number format with what it makes of a number."""

    def __init__(self, code: str) -> None:
        parts = _parts(code)
        self.code = code
        self.blind = bool(_WHITE.search(code))
        """Whether it writes in white."""

        self.loses_text = len(parts) > 3 and _around_text(parts[3]) is None
        """Whether a text is not seen."""

        self._frame = _around_text(parts[-1]) if len(parts) != 3 else None
        if self._frame and len(parts) in (
            2,
            4,
        ):  # @ is for texts alone, but where it is all there is
            parts.pop()
        self._sections = [_section(part, code, at > 0) for at, part in enumerate(parts[:3])]
        zero = self._sections[2:] if not any(s.condition for s in self._sections) else []
        self.plain = len(parts) <= 4 and self._frame in (None, ("", ""))
        for section in self._sections:
            dash = any(section is zero_section for zero_section in zero)
            dash = dash and not section.figures and section.before in _NOTHING
            self.plain = self.plain and (section.plain or dash)

    def see(self, value: float, from_1904: bool) -> Seen:
        """What a number shows."""
        section, text = self._section_for(value), plain_text(value)
        if section.date:
            return day_text(value, from_1904) or text, DATE
        if not section.figures:
            if value == 0 and section.before in _NOTHING:
                return text, NUMBER
            if not section.before:
                return text, Format(self.code, unit=self.code)
            return section.before, TEXT
        if section.power or section.unit:
            return _shifted(text, -section.power), Format(self.code, section.power, section.unit)
        if section.zeros > 1 or section.before or section.after:
            if "e" in text or ((section.before or section.after) and (value < 0 or "." in text)):
                return text, Format(self.code, unit=self.code)
            sign, digits = ("-", text[1:]) if value < 0 else ("", text)
            whole, point, rest = digits.partition(".")
            text = f"{sign}{section.before}{whole.zfill(section.zeros)}{point}{rest}{section.after}"
        return text, NUMBER

    def tells(self, value: float) -> Told:
        """How far what is seen of a number tells which it is: words alone do not."""
        section = self._section_for(value)
        if section.date:
            return "figure"
        if not section.figures:
            nothing = value == 0 and section.before in _NOTHING
            return "figure" if nothing else "words" if section.before else "nothing"
        alone = len(self._sections) == 1 or section.condition is not None
        signed = value == 0 or (section.minus or (alone and value < 0)) == (value < 0)
        if not signed or section.unit == self.code or section.decimals < 0:
            return "nothing"
        if value.is_integer() and not section.power:
            return "figure"
        digits = Decimal(plain_text(value)).scaleb(-section.power).normalize()
        exponent = digits.as_tuple().exponent
        return (
            "figure" if isinstance(exponent, int) and -exponent <= section.decimals else "nothing"
        )

    def see_text(self, text: str) -> str:
        """What a text shows."""
        left, right = self._frame or ("", "")
        return f"{left}{text}{right}"

    def _section_for(self, value: float) -> _Section:
        """The section that a number is shown by."""
        sections = self._sections
        if len(sections) == 1:
            return sections[0] if sections[0].condition is None else self._conditional(value)
        if any(s.condition for s in sections):
            return self._conditional(value)
        if value < 0:
            return sections[1]
        return sections[2] if value == 0 and len(sections) > 2 else sections[0]

    def _conditional(self, value: float) -> _Section:
        for at, section in enumerate(self._sections):
            if section.condition is not None:
                if section.holds(value):
                    return section
            elif at == len(self._sections) - 1 or (value > 0 if at == 0 else value < 0):
                return section
        return _Section(self.code, figures=True, unit=self.code)


@lru_cache(maxsize=5000)
def code_of(code: str) -> Code | None:
    """A format; None for one by which what is stored is seen."""
    if code in ("General", "@", "0", ""):
        return None
    form = Code(code)
    return None if form.plain else form


_WRITTEN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 11: "0.00E+00", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 41: '#,##0;-#,##0;"-"', 43: '#,##0.00;-#,##0.00;"-"',
}  # fmt: skip


@lru_cache(maxsize=5000)
def any_code(number: int, code: str | None) -> Code | None:
    """A format by its number, or as it is written; None for one by which nothing is lost."""
    text = code if code is not None else _WRITTEN.get(number) or built_in(number)
    if code is None and number in (0, 49):
        return None
    return None if text in ("General", "@", "") else Code(text)


_BUILT_IN = dict.fromkeys(
    (14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"
)
_BUILT_IN |= dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), "hh:mm:ss")
_BUILT_IN |= dict.fromkeys((5, 6, 7, 8, 42, 44), "¥0") | dict.fromkeys((9, 10), "0%")


def built_in(number: int) -> str:
    """What the number of a format means that no file writes out, as in a Chinese Excel."""
    return _BUILT_IN.get(number, "0")


def _parts(code: str) -> list[str]:
    """The parts between semicolons that are not quoted, escaped or in brackets."""
    parts = [""]
    for token in _TOKEN.finditer(code[:_LONGEST]):
        if token["sign"] == ";":
            parts.append("")
        else:
            parts[-1] += token.group()
    return parts


def _items(part: str) -> tuple[list[tuple[str, str]], tuple[str, float] | None, bool]:
    """What stands in a section (0 . , % E @ or L for a literal), its condition, whether it is a date."""
    condition: tuple[str, float] | None = None
    items: list[tuple[str, str]] = []
    date = False
    for token in _TOKEN.finditer(part):
        kind = token.lastgroup or ""
        text = token[kind]
        if kind == "bracket":
            if match := _CONDITION.fullmatch(text):
                condition = (match[1], float(match[2]))
            elif text.startswith("$"):
                items.append(("L", text[1:].partition("-")[0]))
            date = date or bool(_ELAPSED.fullmatch(text))
        elif kind == "half" or (kind == "sign" and text in _LETTERS):
            date = True
        elif kind == "general":
            items.append(("0", _GENERAL))
        elif kind == "exponent":
            items.append(("E", text))
        elif kind == "sign" and text in "0#?":
            items.append(("0", text))
        elif kind == "sign" and text in ".,%@":
            items.append((text, text))
        elif kind != "space":
            items.append(("L", text))
    return [(kind, text.strip()) for kind, text in items if text.strip()], condition, date


def _section(part: str, code: str, signed: bool) -> _Section:
    """What a section says. One that cannot be understood has the whole code for a unit."""
    items, condition, date = _items(part)
    if date:
        return _Section(code, condition, date=True)
    if condition is not None and condition[0].startswith("<") and condition[1] <= 0:
        signed = True
    return _meaning(items, condition, code, signed)


def _around_text(part: str) -> tuple[str, str] | None:
    """What a section for texts puts before and after them; None where it is none."""
    items, _, date = _items(part)
    at = next((i for i, (kind, _) in enumerate(items) if kind == "@"), None)
    if at is None or date:
        return None
    left = "".join(text for kind, text in items[:at] if kind == "L")
    return left, "".join(text for kind, text in items[at:] if kind == "L")


def _meaning(
    items: list[tuple[str, str]], condition: tuple[str, float] | None, code: str, signed: bool
) -> _Section:
    places = [at for at, (kind, _) in enumerate(items) if kind in "0@"]
    literals = [(at, text) for at, (kind, text) in enumerate(items) if kind == "L"]
    if not places:
        literal = "".join(text for _, text in items)
        return _Section(code, condition, before=literal)
    first, last = places[0], places[-1]
    unit, before, after = _around(literals, first, last, signed)
    minus = any(sign in text for at, text in literals if at < first for sign in "-−－—–(（")
    inside = [(at, text) for at, text in literals if first < at < last]
    kinds = [kind for kind, _ in items]
    if "E" in kinds or (len(inside) == 1 and inside[0][1] == "/"):
        inside, scale = [], 0  # 1.2E+04, 1/2
    else:
        scale = _commas(kinds, places)
    percents = kinds.count("%")
    power = scale - 2 * percents
    dots = [at for at, sign in inside if sign == "."]
    if len(dots) == 1 and "." not in kinds:
        power += sum(at > dots[0] for at in places)
    framed = bool(before or after)
    if (
        len(dots) > (0 if "." in kinds else 1)
        or any(sign not in ".,，" for _, sign in inside)
        or scale < 0
        or (percents and unit)
        or (framed and power)
    ):
        return _Section(code, condition, figures=True, unit=code)
    point = dots[0] if dots else kinds.index(".") if "." in kinds else len(items)
    whole = "".join(items[at][1] for at in places if at < point and kinds[at] == "0").lstrip("#?")
    zeros = max(len(whole), 1) if not dots and "E" not in kinds else 1
    unit = unit or "%" * percents
    decimals = sum(at > point for at in places)
    if "@" in kinds or any(items[at][1] == _GENERAL for at in places):
        decimals = _ALL
    elif "E" in kinds:
        decimals = -1
    return _Section(
        code, condition, False, True, power, unit, zeros, before, after, decimals, minus
    )


def _around(
    literals: Iterable[tuple[int, str]], first: int, last: int, signed: bool
) -> tuple[str, str, str]:
    """The unit next to the figures, and digits that stand before and after them."""
    left = "".join(text for at, text in literals if at < first)
    right = "".join(text for at, text in literals if at > last)
    if signed:
        left, right = left.strip(_SIGNS), right.strip(_SIGNS)
    left = left.removeprefix("+")
    if (left + right).isascii() and (left + right).isdigit():
        return "", left, right
    unit = (left + right).replace("¥", "元").replace("￥", "元")
    return "元" if unit == "元元" else unit, "", ""


def _commas(kinds: list[str], places: list[int]) -> int:
    """The power of ten that trailing commas divide by; -1 where a comma cannot be understood."""
    scale = 0
    point = kinds.index(".") if "." in kinds else len(kinds)
    for at, kind in enumerate(kinds):
        if kind != ",":
            continue
        later = any(place > at for place in places)
        if later and (at > point or any(at < place < point for place in places)):
            if at > point:
                return -1
            continue
        if at == 0 or kinds[at - 1] not in "0,":
            return -1
        scale += 3
    return scale


def _shifted(text: str, power: int) -> str:
    """A number's text times 10**power, exactly and without needless zeros."""
    moved = f"{Decimal(text).scaleb(power):f}"
    return moved.rstrip("0").rstrip(".") if "." in moved else moved


Kinds = NDArray[np.int16]
Mark = tuple[int, str]
"""A column and what is said of all the text of its cell."""

MAX_ROWS, MAX_WIDTH = 1_048_576, 16_384
"""What a sheet can have."""

MAX_MERGED = 3_000_000
MAX_FORMATS = 10_000
MAX_CHARACTERS = 150_000_000
_BLOCK = 8192
STRUCK, RAISED, LOWERED = "删除线", "上标", "下标"
"""What is said of a text, or a part of it, that is no part of the figure."""


class Cells:
    """The rows of a sheet, counted from 0, which come in order."""

    def __init__(self, path: str, file: str, sheet: str, widest: int = MAX_COLUMNS) -> None:
        self.path, self._file, self._sheet, self.widest = path, file, sheet, widest
        self._texts: list[Sequence[str]] = []
        self._kinds: list[Sequence[int]] = []
        self._frames: list[pl.DataFrame] = []
        self._blocks: list[Kinds] = []
        self._height = self._width = self._characters = 0
        self._formats: dict[Format, int] = {}
        self._formulas: dict[int, list[int]] = {}
        self._counted: set[int] = set()
        self._merged: list[Area] = []
        self._merged_cells = 0
        self._hidden: list[int] = []
        self._struck: list[int] = []
        self._hidden_columns: set[int] = set()

    def place(self, row: int, column: int) -> str:
        """A cell as it is named in messages."""
        return place(self._file, self._sheet, f"{letters(column)}{row + 1}")

    def add_row(
        self, at: int, texts: list[str], kinds: list[int], marks: Collection[Mark], hidden: bool
    ) -> None:
        """One more row; `marks` are cells that are struck out, raised or lowered as a whole.

        Raises PolicyProblem where it is too wide, or too far away.
        """
        while texts and not kinds[-1] and not texts[-1].strip():
            texts.pop()
            kinds.pop()
        if not texts:
            return
        if len(texts) > self.widest:
            where = self.place(at, len(texts) - 1)
            stop("FC606.columns", where, columns=len(texts), most=self.widest)
        self._width = max(self._width, len(texts))
        if (at + 1) * self._width > MAX_CELLS:
            where = self.place(at, len(texts) - 1)
            stop("FC606.far", where, rows=at + 1, columns=self._width)
        if marks:
            self._mark(at, texts, kinds, marks)
        if hidden:
            self._hidden.append(at)
        while self._height < at:
            short = min(at - self._height, _BLOCK - len(self._texts))
            self._texts.extend([()] * short)
            self._kinds.extend([()] * short)
            self._height += short
            self._end_block(_BLOCK)
        self._texts.append(texts)
        self._kinds.append(kinds)
        self._height += 1
        self._end_block(_BLOCK)

    def formula(self, row: int, column: int, counted: bool) -> None:
        """A formula with a stored result; `counted` unless that is 0 or nothing."""
        self._formulas.setdefault(column, []).append(row)
        if counted:
            self._counted.add(column)

    def hide_columns(self, first: int, last: int) -> None:
        """Columns that are hidden, or have no width."""
        self._hidden_columns.update(range(max(first, 0), min(last, self.widest) + 1))

    def merge(self, area: Area) -> None:
        """Cells that are merged."""
        top, left, bottom, right = area
        self._merged_cells += (bottom - top + 1) * max(min(right, self.widest) - left + 1, 1)
        if self._merged_cells > MAX_MERGED:
            stop("FC606.merged", place(self._file, self._sheet, ""))
        self._merged.append(area)

    def numbered(self, form: Format) -> int:
        """The kind of a cell with a number format by which another figure is seen."""
        at = self._formats.setdefault(form, len(self._formats))
        if at > MAX_FORMATS:
            stop("FC606.formats", place(self._file, self._sheet, ""))
        return FORMATTED + at

    def sheet(self, *, column_zeros: bool, all_zeros: bool) -> Sheet:
        """The sheet.

        Stored results that are all 0 were never computed: in one column where a file says that it is to
        be computed on opening (`column_zeros`), in all columns where its writer does not compute.
        """
        self._end_block(1)
        cells = stacked(self._frames)
        blocks = [np.pad(b, ((0, 0), (0, self._width - b.shape[1]))) for b in self._blocks]
        kinds = np.concatenate(blocks) if blocks else np.zeros((0, 0), np.int16)
        self._frames, self._blocks = [], []
        unsure = all_zeros or not self._counted
        none = self._formulas.keys() - self._counted if unsure else ()
        zeros = sum(len(self._formulas[column]) for column in none)
        if column_zeros or (all_zeros and not self._counted):
            for column in self._formulas.keys() - self._counted:
                rows = self._formulas[column]
                kinds[rows, column] = NOT_COMPUTED
                cells = cells.with_columns(cells.to_series(column).scatter(rows, ""))
            zeros = 0
        return Sheet(
            self._sheet,
            cells,
            kinds=kinds,
            formats=[*self._formats],
            merged=self._merged,
            hidden=self._hidden,
            struck=self._struck,
            hidden_columns=frozenset(self._hidden_columns),
            zeros=zeros,
        )

    def _end_block(self, rows: int) -> None:
        """Put rows away where there are so many, so that there are never many small objects."""
        if len(self._texts) < rows:
            return
        self._characters += sum(sum(map(len, texts)) for texts in self._texts)
        if self._characters > MAX_CHARACTERS:
            stop("FC606.characters", place(self._file, self._sheet, ""))
        frame = frame_of(self._texts)
        kinds = np.array([*zip_longest(*self._kinds, fillvalue=0)], np.int16).T
        self._frames.append(frame)
        self._blocks.append(kinds.reshape(frame.height, -1))
        self._texts, self._kinds = [], []

    def _mark(self, at: int, texts: list[str], kinds: list[int], marks: Collection[Mark]) -> None:
        """Show what is struck out, raised or lowered in brackets; but a row struck out as a whole."""
        filled = sum(
            bool(text.strip()) or bool(kind) for text, kind in zip(texts, kinds, strict=True)
        )
        if sum(mark == STRUCK for _, mark in marks) == filled:
            self._struck.append(at)
            return
        for column, mark in marks:
            texts[column] = f"[{mark} {texts[column]}]"
            kinds[column] = RUNS


def joined(runs: Collection[tuple[str, str]]) -> tuple[str, str, bool]:
    """Texts with their marks as one text: also one mark that holds for all, and whether some hold in part."""
    marks = {mark for text, mark in runs if text.strip()}
    if len(marks) <= 1:
        return "".join(text for text, _ in runs), next(iter(marks), ""), False
    pieces: list[str] = []
    last = ""
    for text, mark in runs:
        if mark and mark == last:
            pieces[-1] = f"{pieces[-1][:-1]}{text}]"
        elif mark and text.strip():
            pieces.append(f"[{mark} {text}]")
        else:
            pieces.append(text)
            mark = ""  # noqa: PLW2901
        last = mark
    return "".join(pieces), "", True


def address(path: str, name: str) -> tuple[int, int]:
    """Row and column of A1, from 0. Raises PolicyProblem where it is none, or beyond a sheet."""
    head = name.replace("$", "").upper()
    figures = head.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    column = column_of(head[: len(head) - len(figures)][:8]) + 1
    if not (figures.isascii() and figures.isdigit() and len(figures) < 20 and column):
        stop("FC603", path)
    row = int(figures)
    if not 1 <= row <= MAX_ROWS or column > MAX_WIDTH:
        stop("FC606.beyond", f"{path}!{name[:40]}")
    return row - 1, column - 1


@contextmanager
def many_objects() -> Iterator[None]:
    """Make and drop millions of elements, none of them in a circle, without looking for circles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

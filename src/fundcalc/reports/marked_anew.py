"""A workbook with the cells of a file of another format, some of them coloured and commented."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format as Style
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from fundcalc.base.width import width
from fundcalc.roster.sheet import DATE, FORMATTED, NUMBER, TEXT, YES_NO, Area, Sheet

Notes = Mapping[str, tuple[str, str]]
"""By cell ("E7"): the colour, and the comment; "" for none."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock: the same file gives the same bytes
_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_LONGEST = 32_767
_DIGITS = 15
"""Digits that a number in a spreadsheet keeps."""

_MEASURED = 200
"""Rows whose texts say how wide the columns must be."""


def as_new(sheets: Sequence[tuple[Sheet, Notes]]) -> bytes:
    """The bytes of a workbook of these sheets."""
    out = io.BytesIO()
    options = {
        "constant_memory": not any(sheet.merged for sheet, _ in sheets),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": _CREATED})
    for sheet, notes in sheets:
        writer = _Writer(book, book.add_worksheet((sheet.name or "Sheet1")[:31]), sheet, notes)
        writer.widths()
        writer.cells()
    book.close()
    return out.getvalue()


class _Writer:
    def __init__(
        self, book: xlsxwriter.Workbook, target: Worksheet, sheet: Sheet, notes: Notes
    ) -> None:
        self._book, self._target, self._sheet = book, target, sheet
        self._notes: dict[int, dict[int, tuple[str, str]]] = {}
        for cell, note in notes.items():
            row, column = xl_cell_to_rowcol(cell)
            self._notes.setdefault(row, {})[column] = note
        self._styles: dict[tuple[str, str], Style | None] = {("", ""): None}

    def widths(self) -> None:
        """Columns as wide as the first rows need, within reason."""
        rows = [*self._sheet.rows(0, _MEASURED)]
        for column in range(self._sheet.cells.width):
            longest = sorted(width(row[column]) for row in rows)[len(rows) * 9 // 10]
            self._target.set_column(column, column, min(max(longest + 2, 8), 30))

    def cells(self) -> None:
        """All cells as they were; text stays text, also where it begins like a formula."""
        for at, (texts, kinds) in enumerate(self._rows()):
            notes = self._notes.get(at, {})
            for column, text in enumerate(texts):
                if text:
                    colour = notes[column][0] if column in notes else ""
                    self._write(at, column, text, kinds[column], colour)
            self._mark(at, texts, notes)
        for area in self._sheet.merged or ():
            self._merge(area)

    def _rows(self) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Each row's texts and kinds; the header of a table first."""
        sheet = self._sheet
        own = [_kind(of) for of in sheet.cells.dtypes]
        if sheet.header is not None:
            yield sheet.header, [TEXT] * len(sheet.header)
        for at, texts in enumerate(sheet.rows()):
            yield texts, own if sheet.kinds is None else sheet.kinds[at].tolist()

    def _mark(self, at: int, texts: tuple[str, ...], notes: Mapping[int, tuple[str, str]]) -> None:
        """Colour a row's blank cells that have notes, and write its comments."""
        for column, (colour, text) in sorted(notes.items()):
            if column >= len(texts) or not texts[column]:
                self._target.write_blank(at, column, None, self._style(colour, ""))
            if text:
                height = 40 + 30 * (text.count("\n") + 1)
                size = {"author": "fundcalc", "width": 320, "height": height}
                self._target.write_comment(at, column, text, size)

    def _merge(self, area: Area) -> None:
        top, left, bottom, right = area
        if (top, left) == (bottom, right):
            return
        cells = self._sheet.cells
        text = cells[top, left] if top < cells.height and left < cells.width else ""
        colour = self._notes.get(top, {}).get(left, ("", ""))[0]
        self._target.merge_range(top, left, bottom, right, "", self._style(colour, ""))
        if text:
            self._write(top, left, text, self._sheet.kind(top, left), colour)

    def _style(self, colour: str, form: str) -> Style | None:
        if (colour, form) not in self._styles:
            wanted = {"bg_color": f"#{colour}"} if colour else {}
            if form:
                wanted["num_format"] = form
            self._styles[colour, form] = self._book.add_format(wanted)
        return self._styles[colour, form]

    def _write(self, row: int, column: int, text: str, kind: int, colour: str) -> None:
        target = self._target
        if kind == NUMBER and sum(map(str.isdigit, text)) <= _DIGITS:
            target.write_number(row, column, float(text), self._style(colour, ""))
        elif kind >= FORMATTED:
            form = self._sheet.formats[kind - FORMATTED]
            stored = float(Decimal(text).scaleb(form.power))
            target.write_number(row, column, stored, self._style(colour, form.code))
        elif kind == YES_NO:
            target.write_boolean(row, column, text.upper() == "TRUE", self._style(colour, ""))
        elif kind == DATE and (date := _date(text)):
            target.write_datetime(row, column, date, self._style(colour, "yyyy-mm-dd"))
        else:
            seen = text.translate(_UNSEEN)[:_LONGEST]
            style = self._style(colour, "@")
            if seen:
                target.write_string(row, column, seen, style)
            else:
                target.write_blank(row, column, None, style)


def _kind(of: pl.DataType) -> int:
    """What the cells of a column of a table are."""
    if of == pl.Boolean:
        return YES_NO
    return NUMBER if of.is_integer() or of.is_float() else TEXT


def _date(text: str) -> datetime | None:
    """A date that a spreadsheet can have."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= 1900 else None

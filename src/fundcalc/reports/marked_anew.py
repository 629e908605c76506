"""A workbook with the cells of a file of another format, some of them coloured and commented."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from fundcalc.base.width import width
from fundcalc.roster.grid import MAX_COLUMNS, Area, Cell, CellError, Grid

Notes = Mapping[str, tuple[str, str]]
"""By cell ("E7"): the colour, and the comment; "" for none."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock: the same file gives the same bytes
_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_LONGEST = 32_767
_MEASURED = 200
"""Rows whose texts say how wide the columns must be."""


def as_new(grid: Grid, sheet: str | None, notes: Notes) -> bytes:
    """The workbook's bytes."""
    out = io.BytesIO()
    options = {
        "constant_memory": not grid.merged,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": _CREATED})
    writer = _Writer(book, book.add_worksheet((sheet or "Sheet1")[:31]), notes)
    writer.widths(grid)
    writer.cells(grid)
    book.close()
    return out.getvalue()


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook, sheet: Worksheet, notes: Notes) -> None:
        self._book, self._sheet = book, sheet
        self._notes = {xl_cell_to_rowcol(cell): note for cell, note in notes.items()}
        self._formats: dict[tuple[str, str], Format | None] = {("", ""): None}

    def widths(self, grid: Grid) -> None:
        """Columns as wide as the first rows need, within reason."""
        rows = grid.rows[:_MEASURED]
        for column in range(max(map(len, rows), default=0)):
            texts = [str(row[column]) for row in rows if column < len(row)]
            longest = sorted(map(width, texts))[len(texts) * 9 // 10] if texts else 0
            self._sheet.set_column(column, column, min(max(longest + 2, 8), 30))

    def cells(self, grid: Grid) -> None:
        """All cells as they were; text stays text, also where it begins like a formula."""
        marked = {row for row, _ in self._notes}
        for at, row in enumerate(grid.rows):
            for column, value in enumerate(row):
                if value != "":
                    self._write(at, column, value, self._format(at, column, value))
            if at in marked:
                self._mark(at, row)
        for area in grid.merged or ():
            self._merge(grid, area)

    def _mark(self, at: int, row: Sequence[Cell]) -> None:
        """Colour a row's blank cells that have notes, and write its comments."""
        for (_, column), (_, text) in self._of_row(at):
            if column >= len(row) or row[column] == "":
                self._sheet.write_blank(at, column, None, self._format(at, column, ""))
            if text:
                height = 40 + 30 * (text.count("\n") + 1)
                size = {"author": "fundcalc", "width": 320, "height": height}
                self._sheet.write_comment(at, column, text, size)

    def _of_row(self, at: int) -> list[tuple[tuple[int, int], tuple[str, str]]]:
        places = [(at, column) for column in range(MAX_COLUMNS + 1)]
        return [(place, self._notes[place]) for place in places if place in self._notes]

    def _merge(self, grid: Grid, area: Area) -> None:
        top, left, bottom, right = area
        if (top, left) == (bottom, right):
            return
        value = grid.at(top, left) if top < len(grid.rows) else ""
        style = self._format(top, left, value)
        self._sheet.merge_range(top, left, bottom, right, "", style)
        self._write(top, left, value, style)

    def _format(self, row: int, column: int, value: Cell) -> Format | None:
        colour = self._notes.get((row, column), ("", ""))[0]
        form = "@" if isinstance(value, str) and value else ""
        if isinstance(value, date):
            form = "yyyy-mm-dd"
        if (colour, form) not in self._formats:
            wanted = {"bg_color": f"#{colour}"} if colour else {}
            if form:
                wanted["num_format"] = form
            self._formats[colour, form] = self._book.add_format(wanted)
        return self._formats[colour, form]

    def _write(self, row: int, column: int, value: Cell, style: Format | None) -> None:
        sheet = self._sheet
        if isinstance(value, CellError):
            value = value.text
        if isinstance(value, str):
            text = value.translate(_UNSEEN)[:_LONGEST]
            if text:
                sheet.write_string(row, column, text, style)
            else:
                sheet.write_blank(row, column, None, style)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, style)
        elif isinstance(value, date | time | timedelta):
            sheet.write_datetime(row, column, value, style)
        elif isfinite(value):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, str(value), style)

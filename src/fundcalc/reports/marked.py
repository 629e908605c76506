"""The officer's own file again, with faulty and doubtful cells coloured and commented."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter.format import Format as Style
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet as NewSheet

from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.width import width
from fundcalc.base.words import Lang
from fundcalc.roster.files.book import open_book
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.read import files_of
from fundcalc.roster.sheet import DATE, FORMATTED, NUMBER, TEXT, YES_NO, Area, Sheet

FILLS = {"error": "FFC7CE", "warning": "FFEB9C"}
COMMENTED = 10_000
"""Cells that are commented; more are only coloured, since spreadsheets choke on more comments."""

_KEPT = (".xlsx",)
"""Files that are written back with their layout; of others the cells are written anew."""

_LARGE = 50_000_000
"""Bytes, unpacked, from which the cells of these are written anew, too: openpyxl needs 14 times as much."""

_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_AUTHOR = "fundcalc"


def write_marked(path: Path, rosters: Sequence[Path], roster: Roster, lang: Lang) -> list[Path]:
    """Write a copy of each file that has rejects, with them marked; the files written.

    One file's copy is `path`; without an ending, `path` is a folder that takes one of each file. Raises
    OSError, PolicyProblem.
    """
    files = {item.label: item.path for item in files_of(rosters).items}
    if path.suffix:
        (file,) = files.values()
        write_bytes(path, _marked(file, roster.rejects, lang))
        return [path]
    written: list[Path] = []
    for label, file in files.items():
        rejects = [reject for reject in roster.rejects if reject.file == label]
        if rejects:
            stem = label.replace("/", "_").rpartition(".")[0]
            target = path / f"{stem}.{'标注' if lang == 'zh' else 'marked'}.xlsx"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, _marked(file, rejects, lang))
            written.append(target)
    return written


def _marked(path: Path, rejects: Sequence[Reject], lang: Lang) -> bytes:
    """A roster's file as .xlsx with each reject at its cell; a row's own at its first cell.

    Pictures and charts are not kept. Raises PolicyProblem where the file can no longer be read.
    """
    by_sheet: dict[str | None, list[Reject]] = {}
    for reject in rejects:
        by_sheet.setdefault(reject.sheet, []).append(reject)
    book = _opened(path) if path.suffix.lower() in _KEPT else None
    if book is None:
        opened = open_book(path)
        names = [*by_sheet] or [next((s.name for s in opened.sheets if s.visible), None)]
        return _written_anew(
            [(opened.load(name), _notes(by_sheet.get(name, ()), lang)) for name in names]
        )
    for name, sheet_rejects in by_sheet.items():
        sheet = book[name] if name in book.sheetnames else book.worksheets[0]
        for number, (cell, cell_rejects) in enumerate(_by_cell(sheet_rejects).items()):
            _mark(sheet, cell, cell_rejects, lang if number < COMMENTED else None)
        book.active = book.worksheets.index(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _notes(rejects: Sequence[Reject], lang: Lang) -> Notes:
    """The colour and comment of each cell of one sheet."""
    return {
        cell: (
            FILLS[_worst(cell_rejects)],
            "\n".join(_lines(cell_rejects, lang)) if number < COMMENTED else "",
        )
        for number, (cell, cell_rejects) in enumerate(_by_cell(rejects).items())
    }


def _opened(path: Path) -> Workbook | None:
    """The workbook, to be written back; None where it is too large, or openpyxl does not open it.

    Raised and struck-out parts of cells are kept, or a figure with a footnote's mark would become another.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of a workbook that are not kept
        try:
            with ZipFile(path) as parts:
                if sum(part.file_size for part in parts.infolist()) > _LARGE:
                    return None
            return load_workbook(path, rich_text=True)
        except Exception:
            return None


def _by_cell(rejects: Sequence[Reject]) -> Mapping[str, list[Reject]]:
    """Rejects by cell; those that keep a row out come first, so that they get comments."""
    by_cell: dict[str, list[Reject]] = {}
    for reject in sorted(rejects, key=lambda reject: reject.severity != "error"):
        by_cell.setdefault(reject.cell or f"A{reject.row}", []).append(reject)
    return by_cell


def _worst(rejects: Sequence[Reject]) -> str:
    return "error" if any(reject.severity == "error" for reject in rejects) else "warning"


def _lines(rejects: Sequence[Reject], lang: Lang) -> list[str]:
    lines: list[str] = []
    for reject in rejects:
        wrong = reject.severity == "error"
        why = words("reports.cell_wrong" if wrong else "reports.cell_doubtful", why=reject.why)
        fix = words("reports.cell_mend", mend=reject.mend)
        lines += [line.say(lang).translate(_UNSEEN) for line in (why, fix)]
    return lines


def _mark(sheet: Worksheet, place: str, rejects: list[Reject], lang: Lang | None) -> None:
    """Colour a cell, and comment it in a language, if any."""
    cell = _upper_left(sheet, place)
    cell.fill = PatternFill("solid", start_color=FILLS[_worst(rejects)])
    if lang is None:
        return
    lines = [cell.comment.text] if cell.comment is not None else []
    lines += _lines(rejects, lang)
    cell.comment = Comment("\n".join(lines), _AUTHOR, height=40 + 30 * len(lines), width=320)


def _upper_left(sheet: Worksheet, place: str) -> Cell:
    """The cell itself, or the one that speaks for all the cells merged with it."""
    cell = sheet[place]
    if isinstance(cell, MergedCell):
        area = next(a for a in sheet.merged_cells.ranges if place in a)
        cell = sheet.cell(area.min_row, area.min_col)
    assert isinstance(cell, Cell)
    return cell


# -- files of other formats: their cells written anew ---------------------------------------------

Notes = Mapping[str, tuple[str, str]]
"""By cell ("E7"): the colour, and the comment; "" for none."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock: the same file gives the same bytes
_LONGEST = 32_767
_DIGITS = 15
"""Digits that a number in a spreadsheet keeps."""

_MEASURED = 200
"""Rows whose texts say how wide the columns must be."""


def _written_anew(sheets: Sequence[tuple[Sheet, Notes]]) -> bytes:
    buffer = io.BytesIO()
    options = {
        "constant_memory": not any(sheet.merged for sheet, _ in sheets),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _CREATED})
    for sheet, notes in sheets:
        writer = _Writer(book, book.add_worksheet((sheet.name or "Sheet1")[:31]), sheet, notes)
        writer.widths()
        writer.cells()
    book.close()
    return buffer.getvalue()


class _Writer:
    def __init__(
        self, book: xlsxwriter.Workbook, target: NewSheet, sheet: Sheet, notes: Notes
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
        for row, (texts, kinds) in enumerate(self._rows()):
            notes = self._notes.get(row, {})
            for column, text in enumerate(texts):
                if text:
                    colour = notes[column][0] if column in notes else ""
                    self._write(row, column, text, kinds[column], colour)
            self._mark(row, texts, notes)
        for area in self._sheet.merged or ():
            self._merge(area)

    def _rows(self) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Each row's texts and kinds; the header of a table first."""
        sheet = self._sheet
        column_kinds = [_kind(dtype) for dtype in sheet.cells.dtypes]
        if sheet.header is not None:
            yield sheet.header, [TEXT] * len(sheet.header)
        for index, texts in enumerate(sheet.rows()):
            yield texts, column_kinds if sheet.kinds is None else sheet.kinds[index].tolist()

    def _mark(self, row: int, texts: tuple[str, ...], notes: Mapping[int, tuple[str, str]]) -> None:
        """Colour a row's blank cells that have notes, and write its comments."""
        for column, (colour, text) in sorted(notes.items()):
            if column >= len(texts) or not texts[column]:
                self._target.write_blank(row, column, None, self._style(colour, ""))
            if text:
                height = 40 + 30 * (text.count("\n") + 1)
                size = {"author": _AUTHOR, "width": 320, "height": height}
                self._target.write_comment(row, column, text, size)

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
            properties = {"bg_color": f"#{colour}"} if colour else {}
            if form:
                properties["num_format"] = form
            self._styles[colour, form] = self._book.add_format(properties)
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
            visible = text.translate(_UNSEEN)[:_LONGEST]
            style = self._style(colour, "@")
            if visible:
                target.write_string(row, column, visible, style)
            else:
                target.write_blank(row, column, None, style)


def _kind(dtype: pl.DataType) -> int:
    if dtype == pl.Boolean:
        return YES_NO
    return NUMBER if dtype.is_integer() or dtype.is_float() else TEXT


def _date(text: str) -> datetime | None:
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1900 else None

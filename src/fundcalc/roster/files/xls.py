"""Workbooks as .xls: what the library that reads them leaves out, and what it trusts, is seen to here.

An .xls is a small file system (MS-CFB) of sectors in chains, whose stream `Workbook` is a list of
records (MS-XLS), each with a number, a length and its data.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import xlrd

from fundcalc.roster.files.cells import (
    LOWERED,
    RAISED,
    STRUCK,
    Cells,
    Code,
    Mark,
    built_in,
    code_of,
    joined,
    many_objects,
    plain_text,
)
from fundcalc.roster.files.source import Source, stop
from fundcalc.roster.sheet import ERROR, NOT_COMPUTED, NUMBER, RUNS, TEXT, YES_NO, Format, Sheet

MAX_BYTES = 100_000_000
MAX_RECORDS = 6_000_000
MAX_CELLS = 4_000_000
MAX_SHEETS = 256
_END = 0xFFFFFFFA
"""Sector numbers from here on are no sectors."""

_EOF, _BOOLERR, _FORMULA, _FILEPASS, _BOUNDSHEET = 0x0A, 0x0205, 0x06, 0x2F, 0x85
_STRINGS, _DIMENSIONS, _MULRK, _MERGED = 0xFC, 0x0200, 0xBD, 0xE5
_CELLS = frozenset({_FORMULA, _MULRK, 0xD6, 0xFD, 0x0203, 0x0204, _BOOLERR, 0x027E})
_ROWS, _COLUMNS = 65_536, 256
_BLANKS = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
_NOTHING, _ZERO, _COUNTED = range(3)
"""What a formula has for a result."""

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip


class LegacyError(Exception):
    """A file whose sectors or records do not fit together."""


class Legacy:
    """The sheets of an .xls."""

    def __init__(self, source: Source) -> None:
        """Raises PolicyProblem where it cannot be read."""
        self._source = source
        if "EncryptedPackage".encode("utf-16-le") in source.data:
            stop("FC604", source.path)
        if len(source.data) > MAX_BYTES:
            stop("FC606.xls", source.path, mb=MAX_BYTES // 10**6)
        try:
            self._stream, self._calculates = _streams(source.data)
            self._starts, self._visible = self._sheets_at()
            self._book = self._opened()
            names = self._book.sheet_names()
            if len(names) != len(self._starts) or len(set(names)) < len(names):
                raise LegacyError("sheets")
            self.sheets = list(zip(names, self._visible, strict=True))
            self._styles = [*map(self._style, self._book.xf_list)]
        except _DAMAGED:
            stop("FC603", source.path)

    def load(self, name: str) -> Sheet:
        """The cells of a sheet. Raises PolicyProblem."""
        cells = Cells(self._source.path, self._source.name, name)
        at = [sheet for sheet, _ in self.sheets].index(name)
        try:
            formulas = self._formulas(cells, self._starts[at])
            sheet = self._book.sheet_by_index(at)
            with many_objects():
                for row in range(sheet.nrows):
                    self._add_row(cells, sheet, row, formulas)
            for top, bottom, left, right in sheet.merged_cells:
                cells.merge((top, left, bottom - 1, right - 1))
            for column, about in sheet.colinfo_map.items():
                if about.hidden or not about.width:
                    cells.hide_columns(column, column)
            self._book.unload_sheet(at)
            return cells.sheet(column_zeros=False, all_zeros=not self._calculates)
        except _DAMAGED:
            stop("FC603", self._source.path)

    def _opened(self) -> Any:
        """The book as the library reads it: of the stream alone, whose chains were followed here."""
        return xlrd.open_workbook(
            file_contents=self._stream,
            logfile=io.StringIO(),
            formatting_info=True,
            on_demand=True,
            ragged_rows=True,
        )

    def _sheets_at(self) -> tuple[list[int], list[bool]]:
        """Where the sheets begin, and which are shown. Raises PolicyProblem where a password is asked for."""
        starts: list[int] = []
        visible: list[bool] = []
        for number, record in self._records(0):
            if number == _FILEPASS:
                stop("FC604", self._source.path)
            if number == _BOUNDSHEET and record[5] == 0:
                starts.append(struct.unpack_from("<I", record)[0])
                visible.append(not record[4] & 3)  # 1 is hidden, 2 hidden even from the menu
            elif number == _STRINGS and struct.unpack_from("<I", record, 4)[0] > len(self._stream):
                raise LegacyError("strings")
        if len(starts) > MAX_SHEETS:
            stop("FC606.sheets", self._source.path, sheets=len(starts), most=MAX_SHEETS)
        if len(set(starts)) < len(starts):
            raise LegacyError("one sheet twice")
        return starts, visible

    def _records(self, at: int) -> Iterator[tuple[int, bytes]]:
        """The records from a place up to the end of its part: number and data."""
        for _ in range(MAX_RECORDS):
            number, length = struct.unpack_from("<HH", self._stream, at)
            if number == _EOF:
                return
            yield number, self._stream[at + 4 : at + 4 + length]
            at += 4 + length
        stop("FC606", self._source.path)

    def _formulas(self, cells: Cells, at: int) -> dict[tuple[int, int], int]:
        """Where a sheet has formulas, and with what for a result."""
        results: dict[tuple[int, int], int] = {}
        seen = bytearray(_ROWS * _COLUMNS)
        count = 0
        for number, record in self._records(at):
            if number == _DIMENSIONS:
                _check_size(record)
            if number not in _CELLS:
                continue
            row, first = struct.unpack_from("<HH", record)
            last = (
                struct.unpack_from("<H", record, len(record) - 2)[0] if number == _MULRK else first
            )
            if not first <= last < _COLUMNS:
                raise LegacyError("column")
            for column in range(first, last + 1):
                if seen[row * _COLUMNS + column]:
                    stop("FC603.twice", cells.place(row, column))
                seen[row * _COLUMNS + column] = 1
            count += last - first + 1
            if count > MAX_CELLS:
                stop("FC606", self._source.path)
            if number == _FORMULA:
                result = _result(record)
                results[row, first] = result
                if result != _NOTHING or self._calculates:
                    cells.formula(row, first, result == _COUNTED)
        return results

    def _add_row(
        self, cells: Cells, sheet: Any, row: int, formulas: dict[tuple[int, int], int]
    ) -> None:
        texts: list[str] = []
        kinds: list[int] = []
        marks: list[Mark] = []
        values = sheet.row_values(row)
        for at, (stored_as, value) in enumerate(zip(sheet.row_types(row), values, strict=True)):
            if stored_as in _BLANKS:
                texts.append("")
                kinds.append(TEXT)
                continue
            kind: int | Format = TEXT
            code, mark = self._styles[sheet.cell_xf_index(row, at)]
            text = ""
            if (row, at) in formulas and not self._calculates and formulas[row, at] == _NOTHING:
                mark, kind = "", NOT_COMPUTED
            elif stored_as == xlrd.XL_CELL_TEXT:
                text, run_mark, kind = self._text(sheet, row, at, value)
                mark = mark or run_mark
                text = code.see_text(text) if code and kind == TEXT and text.strip() else text
            elif stored_as == xlrd.XL_CELL_BOOLEAN:
                text, kind = "TRUE" if value else "FALSE", YES_NO
            elif stored_as == xlrd.XL_CELL_ERROR:
                text, kind = _ERRORS.get(value, "#ERROR!"), ERROR
            elif code:
                text, kind = code.see(value, bool(self._book.datemode))
            else:
                text, kind = plain_text(value), NUMBER
            if mark and text.strip():
                marks.append((at, mark))
            texts.append(text)
            kinds.append(kind if isinstance(kind, int) else cells.numbered(kind))
        about = sheet.rowinfo_map.get(row)
        hidden = bool(about.hidden if about is not None else sheet.default_row_hidden)
        cells.add_row(row, texts, kinds, marks, hidden)

    def _text(self, sheet: Any, row: int, at: int, text: str) -> tuple[str, str, int]:
        """A text, what is said of all of it, and whether it is of runs."""
        runs = sheet.rich_text_runlist_map.get((row, at))
        if not runs:
            return text, "", TEXT
        cell_font = self._book.xf_list[sheet.cell_xf_index(row, at)].font_index
        starts = [(0, cell_font), *runs, (len(text), cell_font)]
        pieces = [
            (text[start:end], self._mark(font)) for (start, font), (end, _) in pairwise(starts)
        ]
        shown, mark, partly = joined(pieces)
        return shown, mark, RUNS if partly else TEXT

    def _style(self, form: Any) -> tuple[Code | None, str]:
        code = self._book.format_map[form.format_key].format_str
        usual = xlrd.formatting.std_format_strings.get(form.format_key)
        if form.format_key < 59 and code in (None, usual):
            code = built_in(form.format_key)
        return code_of(code or ""), self._mark(form.font_index)

    def _mark(self, font: int) -> str:
        about = self._book.font_list[font]
        if about.struck_out:
            return STRUCK
        return {1: RAISED, 2: LOWERED}.get(about.escapement, "")


_DAMAGED = (
    LegacyError, xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, LookupError, ValueError,
    TypeError, AttributeError, AssertionError, ArithmeticError, NotImplementedError, RecursionError,
    EOFError,
)  # fmt: skip
"""What the library raises over a file whose records do not fit together."""


def _result(record: bytes) -> int:
    """What a formula's record has for a result."""
    if record[12:14] != b"\xff\xff":
        return _COUNTED if struct.unpack_from("<d", record, 6)[0] else _ZERO
    return _NOTHING if record[6] == 3 else _COUNTED


def _check_size(record: bytes) -> None:
    """Refuse a sheet whose stated size cannot be."""
    form = "<IIHH" if len(record) >= 14 else "<HHHH"
    first_row, rows, first, columns = struct.unpack_from(form, record)
    if not (first_row <= rows <= _ROWS and first <= columns <= _COLUMNS):
        raise LegacyError("size")


def _streams(data: bytes) -> tuple[bytes, bool]:
    """The stream `Workbook`, or `Book` of older files; and whether there is a summary next to it."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    counts = struct.unpack_from("<2I", data, 40) + struct.unpack_from("<I", data, 64)
    if size not in (512, 4096) or max(counts) > len(data) // size:
        raise LegacyError("sectors")
    table = _table(data, size)
    entries = _joined(data, size, table, struct.unpack_from("<I", data, 48)[0], offset=size)
    cutoff, first_mini = struct.unpack_from("<II", data, 56)
    root = entries[:128]
    streams: dict[str, bytes] = {}
    summary = False
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<I", entries, at + 120)[0]
        if entries[at + 66] in (2, 5) and length > len(data):
            raise LegacyError("stream")
        name = entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        summary = summary or name == "\x05SummaryInformation"
        if name not in ("Workbook", "Book") or name in streams:
            continue
        start = struct.unpack_from("<I", entries, at + 116)[0]
        if length >= cutoff:
            streams[name] = _joined(data, size, table, start, offset=size)[:length]
            continue
        raw = _joined(data, size, table, first_mini, offset=size)
        minis = struct.unpack(f"<{len(raw) // 4}I", raw)
        pool = _joined(data, size, table, struct.unpack_from("<I", root, 116)[0], offset=size)
        streams[name] = _joined(pool, 64, minis, start, offset=0)[:length]
    if not streams:
        raise LegacyError("no workbook")
    return streams.get("Workbook") or streams["Book"], summary


def _table(data: bytes, size: int) -> Sequence[int]:
    """Which sector follows which."""
    sectors = [*struct.unpack_from("<109I", data, 76)]
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        if more >= _END:
            break
        block = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += block[:-1]
        more = block[-1]
    table: list[int] = []
    for sector in sectors:
        if sector < _END:
            table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table


def _joined(data: bytes, size: int, table: Sequence[int], first: int, *, offset: int) -> bytes:
    """A chain's sectors in order."""
    parts: list[bytes] = []
    sector = first
    while sector < _END:
        if len(parts) > len(table):
            raise LegacyError("a circle of sectors")
        parts.append(data[offset + sector * size : offset + (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)

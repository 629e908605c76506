"""A file to its sheets' cells: workbooks and CSV. What cannot be read is a diagnostic, never a crash."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.system import reason
from fundcalc.base.words import Words
from fundcalc.roster import messages
from fundcalc.roster.biff import Legacy, LegacyError
from fundcalc.roster.bulk import FROM as BULK_FROM
from fundcalc.roster.bulk import Table, csv_table, parquet_table
from fundcalc.roster.commas import CsvText, refuse_long
from fundcalc.roster.grid import MAX_COLUMNS, MAX_ROWS, Area, Cell, CellError, Grid, blank_row
from fundcalc.roster.model import letters, place
from fundcalc.roster.ooxml import Package, PackageError, TooLarge

MAX_BYTES = 400_000_000
MAX_MERGED = 3_000_000
_WORKBOOK = Words(" Excel 工作簿", "Excel workbook")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(slots=True)
class Book:
    """A file's sheets: `visible` ones, all `names`, and how to get the cells of one."""

    file: str
    digest: str
    names: list[str]
    visible: list[str]
    grid: Callable[[str | None], Grid]
    notices: list[Words] = field(default_factory=list)
    table: Callable[[], Table | None] | None = None
    """The rows as columns of text, for a large file of one table."""


def open_book(path: Path) -> Book:
    """Open a roster. Raises PolicyProblem where it cannot be read."""
    ending = path.suffix.lower()
    if path.is_dir():
        _stop(
            messages.unreadable(
                str(path), Words("这是文件夹，不是文件", "it is a folder, not a file")
            )
        )
    if ending not in (".xlsx", ".xlsm", ".xls", ".csv", ".parquet"):
        _stop(messages.wrong_ending(str(path), ending))
    data = _bytes(path, lines=ending == ".csv")
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    if _is_empty(data):
        _stop(messages.empty(str(path)))
    if ending == ".csv":
        if data.startswith((_ZIP, _OLE)):
            ending = ".xlsx" if data.startswith(_ZIP) else ".xls"
            _stop(messages.misnamed(str(path), Words("工作簿", "a workbook"), ending))
        return _csv_book(path, data, digest)
    if ending == ".parquet":
        return _parquet_book(path, data, digest)
    return _workbook(path, data, digest)


def _stop(problem: object) -> NoReturn:
    raise PolicyProblem([problem])  # type: ignore[list-item]


def _bytes(path: Path, *, lines: bool) -> bytes:
    """All of a file within the limits; a CSV's `lines` have one too."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            _stop(messages.unreadable(str(path), Words("不是普通文件", "not a file")))
        if about.st_size > MAX_BYTES:
            if lines:
                with path.open("rb") as stream:
                    refuse_long(path, stream)
            size = f"{MAX_BYTES // 10**6} MB"
            most = Words(f"文件超过 {size}", f"the file is over {size}")
            _stop(messages.too_large(str(path), most))
        data = path.read_bytes()
        if lines:
            refuse_long(path, io.BytesIO(data))
        return data
    except (OSError, ValueError) as problem:
        _stop(messages.unreadable(str(path), reason(problem)))


def _is_empty(data: bytes) -> bool:
    """Whether a file holds nothing but blanks and NULs."""
    blank = b"\0 \t\r\n\xef\xbb\xbf"
    return not data[:4096].strip(blank) and not data.strip(blank)


# -- workbooks ------------------------------------------------------------------------------------


def _workbook(path: Path, data: bytes, digest: str) -> Book:
    inside = _look_inside(path, data)
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        kinds = {about.name: about for about in book.sheets_metadata}
    except PasswordError:
        _stop(messages.locked(str(path)))
    except BaseException as problem:
        _unless_damaged(problem)
        _stop(messages.broken(str(path), _WORKBOOK))
    sheets = [n for n in book.sheet_names if kinds[n].typ == SheetTypeEnum.WorkSheet]
    visible = [n for n in sheets if kinds[n].visible == SheetVisibleEnum.Visible]

    def grid(name: str | None) -> Grid:
        return _sheet_grid(path, book, str(name), inside)

    return Book(path.name, digest, sheets, visible, grid)


def _unless_damaged(problem: BaseException) -> None:
    """Let an interrupt pass; a panic of the reading library is no subclass of Exception."""
    if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
        raise problem


def _look_inside(path: Path, data: bytes) -> Package | Legacy:
    """What the reading library leaves out; limits and passwords are checked here."""
    if data.startswith(_OLE):
        return _legacy(path, data)
    if not data.startswith(_ZIP):
        head = data[:2000].lstrip().lower()
        web = head.startswith((b"<html", b"<!doctype", b"\xef\xbb\xbf<html")) or b"<table" in head
        if web:
            _stop(messages.web_page(str(path)))
        if b"," in head and b"\0" not in head:
            _stop(messages.misnamed(str(path), Words(" CSV 文本", "CSV text"), ".csv"))
        _stop(messages.broken(str(path), _WORKBOOK))
    try:
        return Package(data)
    except TooLarge as problem:
        _stop(messages.too_large(str(path), problem.words))
    except PackageError:
        _stop(messages.broken(str(path), _WORKBOOK))


def _legacy(path: Path, data: bytes) -> Legacy:
    if "EncryptedPackage".encode("utf-16-le") in data:
        _stop(messages.locked(str(path)))
    try:
        legacy = Legacy(data)
    except LegacyError:
        _stop(messages.broken(str(path), _WORKBOOK))
    if legacy.locked:
        _stop(messages.locked(str(path)))
    return legacy


def _sheet_grid(path: Path, book: CalamineWorkbook, name: str, inside: Package | Legacy) -> Grid:
    try:
        if isinstance(inside, Package):
            faulty = inside.faulty_cells(name)
        else:
            faulty = inside.faulty_cells(book.sheet_names.index(name))
        sheet = book.get_sheet_by_name(name)
        end = sheet.end
        rows: list[list[Cell]] = []
        if end is not None:
            if end[1] >= MAX_COLUMNS:
                where = place(path.name, name, f"{letters(end[1])}{end[0] + 1}")
                _stop(messages.too_wide(where, end[1] + 1, MAX_COLUMNS))
            rows = [[*row] for row in sheet.to_python(skip_empty_area=False)]
        merged = [(a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or []]
        _count_merged(place(path.name, name, ""), merged)
    except TooLarge as problem:
        _stop(messages.too_large(place(path.name, name, problem.cell), problem.words))
    except PolicyProblem:
        raise
    except BaseException as problem:
        _unless_damaged(problem)
        _stop(messages.broken(str(path), _WORKBOOK))
    _put(rows, faulty)
    return Grid(name, _trimmed(rows), merged)


def _count_merged(where: str, merged: list[Area]) -> None:
    if sum((a[2] - a[0] + 1) * (min(a[3], MAX_COLUMNS) - a[1] + 1) for a in merged) > MAX_MERGED:
        say = Words("合并单元格过多或过大", "too many cells are merged")
        _stop(messages.too_large(where, say))


def _put(rows: list[list[Cell]], faulty: dict[tuple[int, int], str]) -> None:
    """Set the cells whose formula failed, which the reading library leaves blank."""
    for (row, column), text in faulty.items():
        if row < MAX_ROWS and column < MAX_COLUMNS:
            while len(rows) <= row:
                rows.append([])
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            rows[row][column] = CellError(text)


def _trimmed(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows without the blank ones at the end."""
    while rows and blank_row(rows[-1]):
        rows.pop()
    return rows


# -- parquet --------------------------------------------------------------------------------------


def _parquet_book(path: Path, data: bytes, digest: str) -> Book:
    from fundcalc.roster.parquet import ParquetError, TooManyRows, read_cells

    def grid(_: str | None) -> Grid:
        try:
            return Grid(None, read_cells(data))
        except TooManyRows as problem:
            _stop(messages.too_large(str(path), problem.words))
        except ParquetError as problem:
            _stop(messages.broken(str(path), problem.words))

    return Book(path.name, digest, [], [], grid, table=lambda: parquet_table(data))


def _csv_book(path: Path, data: bytes, digest: str) -> Book:
    found = CsvText(path, data)

    def grid(_: str | None) -> Grid:
        return Grid(None, _trimmed(found.rows()))

    def table() -> Table | None:
        return csv_table(found.utf8(), found.delimiter)

    large = table if len(data) >= BULK_FROM else None
    return Book(path.name, digest, [], [], grid, found.notices, large)

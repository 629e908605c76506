"""Tables that policy staff write beside the TOML: .csv or .xlsx as rows of cells."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.policy.tomlfile import MAX_BYTES

ENDINGS = (".csv", ".xlsx")
Cell = object


def read_rows(name: str, data: bytes, most: int = MAX_BYTES) -> list[list[Cell]] | Diagnostic:
    """The rows of a .csv (UTF-8 or GB18030), or of the first sheet of an .xlsx."""
    if len(data) > most:
        return say("FC004.file_too_large", Span(name), size=len(data), most=most)
    if name.endswith(".csv"):
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030", "replace")
        try:
            return [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        except csv.Error as problem:
            return say("FC805", Span(name), detail=str(problem))
    return _sheet(name, data)


def _sheet(name: str, data: bytes) -> list[list[Cell]] | Diagnostic:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # a stated size is not trusted
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    except (
        InvalidFileException, BadZipFile, LookupError, OSError, ParseError, TypeError, ValueError
    ) as problem:  # fmt: skip
        return say("FC805", Span(name), detail=str(problem))


def cell_text(cell: Cell) -> str:
    """A cell as text, without blanks around it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell).strip() if cell is not None else ""


def address(row: int, column: int) -> str:
    """The address of a cell, rows and columns counted from 0: A1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"

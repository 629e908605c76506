"""The officer's own file again, with faulty and doubtful cells coloured and commented."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from fundcalc.base.words import Lang, Words
from fundcalc.roster.grid import Cell, CellError, Grid
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.sheets import open_book

_FILLS = {"error": "FFC7CE", "warning": "FFEB9C"}
_KEPT = (".xlsx",)
"""Files that are written back with their layout; of others the cells are written anew."""

_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_WHY = Words("问题：{why}", "Wrong: {why}")
_DOUBT = Words("存疑：{why}", "Doubtful: {why}")
_MEND = Words("改法：{mend}", "Mend: {mend}")
_AUTHOR = "fundcalc"


def as_marked(path: Path, roster: Roster, lang: Lang) -> bytes:
    """The roster's file as .xlsx with each reject at its cell; a row's own at its first cell.

    Pictures and charts are not kept. Raises PolicyProblem where the file can no longer be read.
    """
    book = _opened(path) if path.suffix.lower() in _KEPT else _anew(path, roster)
    sheet = book[roster.sheet] if roster.sheet in book.sheetnames else book.worksheets[0]
    for place, rejects in _by_cell(roster.rejects).items():
        _mark(sheet, place, rejects, lang)
    book.active = book.worksheets.index(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _opened(path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of a workbook that are not kept
        return load_workbook(path)


def _anew(path: Path, roster: Roster) -> Workbook:
    """A workbook with the cells of a file of another format."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = (roster.sheet or "Sheet1")[:31]
    _fill(sheet, open_book(path).grid(roster.sheet))
    return book


def _fill(sheet: Worksheet, grid: Grid) -> None:
    for number, row in enumerate(grid.rows, 1):
        for column, value in enumerate(row, 1):
            if value != "":
                _put(sheet, number, column, value)
    for top, left, bottom, right in grid.merged or ():
        sheet.merge_cells(
            start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
        )


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    """A cell as it was; text stays text, also where it begins like a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, CellError):
        value = value.text
    if isinstance(value, str):
        cell.value = value.translate(_UNSEEN)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    else:
        cell.value = value


def _by_cell(rejects: Iterable[Reject]) -> Mapping[tuple[int, str], list[Reject]]:
    found: dict[tuple[int, str], list[Reject]] = {}
    for one in rejects:
        found.setdefault((one.row, one.cell or f"A{one.row}"), []).append(one)
    return found


def _mark(sheet: Worksheet, place: tuple[int, str], rejects: list[Reject], lang: Lang) -> None:
    cell = sheet[place[1]]
    if isinstance(cell, MergedCell):
        area = next(a for a in sheet.merged_cells.ranges if place[1] in a)
        cell = sheet.cell(area.min_row, area.min_col)
    worst = "error" if any(one.severity == "error" for one in rejects) else "warning"
    cell.fill = PatternFill("solid", start_color=_FILLS[worst])
    lines = [cell.comment.text] if cell.comment is not None else []
    for one in rejects:
        why = _WHY if one.severity == "error" else _DOUBT
        lines.append(why.say(lang).format(why=one.why.say(lang)).translate(_UNSEEN))
        lines.append(_MEND.say(lang).format(mend=one.mend.say(lang)).translate(_UNSEEN))
    comment = Comment("\n".join(lines), _AUTHOR, height=40 + 30 * len(lines), width=320)
    cell.comment = comment

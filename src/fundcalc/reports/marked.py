"""The officer's own file again, with faulty and doubtful cells coloured and commented."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang, Words
from fundcalc.reports.marked_anew import Notes, as_new
from fundcalc.roster.files.book import open_book
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.read import files_of

FILLS = {"error": "FFC7CE", "warning": "FFEB9C"}
COMMENTED = 10_000
"""Cells that are commented; more are only coloured, since spreadsheets choke on more comments."""

_KEPT = (".xlsx",)
"""Files that are written back with their layout; of others the cells are written anew."""

_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_WHY = Words("问题：{why}", "Wrong: {why}")
_DOUBT = Words("存疑：{why}", "Doubtful: {why}")
_MEND = Words("改法：{mend}", "Mend: {mend}")
_AUTHOR = "fundcalc"


def write_marked(path: Path, rosters: Sequence[Path], roster: Roster, lang: Lang) -> list[Path]:
    """Write a copy of each file that has rejects, with them marked; the files written.

    One file's copy is `path`; without an ending, `path` is a folder that takes one of each file. Raises
    OSError, PolicyProblem.
    """
    files = dict(files_of(rosters))
    if path.suffix:
        (file,) = files.values()
        write_bytes(path, _marked(file, roster.rejects, lang))
        return [path]
    written: list[Path] = []
    for label, file in files.items():
        some = [one for one in roster.rejects if one.file == label]
        if some:
            stem = label.replace("/", "_").rpartition(".")[0]
            target = path / f"{stem}.{'标注' if lang == 'zh' else 'marked'}.xlsx"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, _marked(file, some, lang))
            written.append(target)
    return written


def _marked(path: Path, rejects: Sequence[Reject], lang: Lang) -> bytes:
    """A roster's file as .xlsx with each reject at its cell; a row's own at its first cell.

    Pictures and charts are not kept. Raises PolicyProblem where the file can no longer be read.
    """
    by_sheet: dict[str | None, list[Reject]] = {}
    for one in rejects:
        by_sheet.setdefault(one.sheet, []).append(one)
    book = _opened(path) if path.suffix.lower() in _KEPT else None
    if book is None:
        opened = open_book(path)
        names = [*by_sheet] or [next((s.name for s in opened.sheets if s.visible), None)]
        return as_new([(opened.load(name), _notes(by_sheet.get(name, ()), lang)) for name in names])
    for name, some in by_sheet.items():
        sheet = book[name] if name in book.sheetnames else book.worksheets[0]
        for at, (cell, here) in enumerate(_by_cell(some).items()):
            _mark(sheet, cell, here, lang if at < COMMENTED else None)
        book.active = book.worksheets.index(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _notes(rejects: Sequence[Reject], lang: Lang) -> Notes:
    """The colour and comment of each cell of one sheet."""
    return {
        cell: (FILLS[_worst(some)], "\n".join(_lines(some, lang)) if at < COMMENTED else "")
        for at, (cell, some) in enumerate(_by_cell(rejects).items())
    }


def _opened(path: Path) -> Workbook | None:
    """The workbook, to be written back; None where openpyxl does not open what the reader of rosters reads.

    Raised and struck-out parts of cells are kept, or a figure with a footnote's mark would become another.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of a workbook that are not kept
        try:
            return load_workbook(path, rich_text=True)
        except Exception:
            return None


def _by_cell(rejects: Sequence[Reject]) -> Mapping[str, list[Reject]]:
    """Rejects by cell; those that keep a row out come first, so that they get comments."""
    found: dict[str, list[Reject]] = {}
    for one in sorted(rejects, key=lambda reject: reject.severity != "error"):
        found.setdefault(one.cell or f"A{one.row}", []).append(one)
    return found


def _worst(rejects: Sequence[Reject]) -> str:
    return "error" if any(one.severity == "error" for one in rejects) else "warning"


def _lines(rejects: Sequence[Reject], lang: Lang) -> list[str]:
    lines = []
    for one in rejects:
        why = _WHY if one.severity == "error" else _DOUBT
        lines.append(why.say(lang).format(why=one.why.say(lang)).translate(_UNSEEN))
        lines.append(_MEND.say(lang).format(mend=one.mend.say(lang)).translate(_UNSEEN))
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

"""Listings as sheets of a workbook, with stored values only."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from fundcalc.base.width import width
from fundcalc.base.words import Words
from fundcalc.reports.listing import Cell, Fen, Listing, said
from fundcalc.reports.workbook.paper import Paper, lines_needed

WIDEST = 60
_CHANGE = '+#,##0.00;-#,##0.00;"—"'


def write_sheet(
    paper: Paper, name: Words, listings: Sequence[Listing], notes: Sequence[Words] = ()
) -> None:
    """Some listings below each other on one sheet, after lines of text."""
    sheet = paper.sheet(name.say(paper.lang))
    widths = _widths(paper, listings)
    for place, size in enumerate(widths):
        sheet.set_column(place, place, size)
    row = 0
    for note in notes:
        _sentence(paper, sheet, row, note.say(paper.lang), widths)
        row += 1
    for listing in listings:
        row = _listing(paper, sheet, listing, widths, row + (1 if row else 0))


def _sentence(paper: Paper, sheet: Worksheet, row: int, text: str, widths: Sequence[int]) -> None:
    """Text over the width of the tables; the first line stands out."""
    style = "wrap" if row else "bold"
    if len(widths) > 1:
        sheet.merge_range(row, 0, row, len(widths) - 1, "", paper.style(style))
    paper.text(sheet, row, 0, text, style)
    sheet.set_row(row, 15 * lines_needed(text, sum(widths)) + 2)


def _widths(paper: Paper, listings: Sequence[Listing]) -> list[int]:
    widths: list[int] = []
    for listing in listings:
        heads = [head.say(paper.lang) for head in listing.heads]
        rows = [*listing.shown(paper.lang), [text[: WIDEST // 2] for text in heads]]
        for place in range(len(heads)):
            longest = [
                max(map(width, row[place].split("\n"))) for row in rows if row[place]
            ]  # fmt: skip
            need = min(max([10, *longest]) + 2, WIDEST)
            if place == len(widths):
                widths.append(need)
            widths[place] = max(widths[place], need)
    return widths


def _listing(
    paper: Paper, sheet: Worksheet, listing: Listing, widths: Sequence[int], row: int
) -> int:
    """Title, heads, rows and note; returns the first free row."""
    paper.text(sheet, row, 0, listing.title.say(paper.lang), "bold")
    for place, head in enumerate(listing.heads):
        paper.text(sheet, row + 1, place, head.say(paper.lang), "head")
    row += 2
    for number, cells in enumerate(listing.rows):
        last = listing.total and number == len(listing.rows) - 1
        for place, cell in enumerate(cells):
            _cell(paper, sheet, (row, place), cell, total=last)
        lines = max(
            lines_needed(said(cell, paper.lang), size) if isinstance(cell, Words | str) else 1
            for cell, size in zip(cells, widths, strict=False)
        )
        if lines > 1:
            sheet.set_row(row, 15 * lines + 2)
        row += 1
    if listing.note is not None:
        paper.text(sheet, row, 0, listing.note.say(paper.lang), "line")
        row += 1
    return row


def _cell(paper: Paper, sheet: Worksheet, at: tuple[int, int], cell: Cell, *, total: bool) -> None:
    if isinstance(cell, Fen):
        style = paper.style("total_amount" if total else "amount", _CHANGE if cell.change else "")
        sheet.write_number(*at, paper.in_unit(cell.value), style)
    elif isinstance(cell, int):
        sheet.write_number(
            *at, cell, paper.style("total", "#,##0") if total else paper.style("count")
        )
    else:
        paper.text(sheet, *at, said(cell, paper.lang), "total" if total else "small")

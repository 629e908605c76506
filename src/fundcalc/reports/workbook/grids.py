"""Columns of formulas on a sheet: heads, formulas with their stored values, and plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from xlsxwriter.format import Format

from fundcalc.engines.formulas.cells import (
    ABOVE,
    FIRST_ROW,
    INPUTS,
    LIVE,
    POOLS,
    ROW,
    WORK,
    Cell,
    Column,
)
from fundcalc.reports.workbook.paper import Paper, lines_needed
from fundcalc.reports.workbook.sheet import Sheet
from fundcalc.reports.workbook.words import SHEETS, W

DATA_ROW = "\5"
"""Stands for the row of a village on the sheet of stored results, which has fewer rows of heads."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_SHEETS = {LIVE: "live", INPUTS: "inputs", WORK: "work", POOLS: "pools"}
_WIDTHS = {"rule": 9, "flag": 9, "amount": 15, "number": 13, "text": 20}
_STYLES = {"rule": "centre", "flag": "centre"}
_PAGE = 150
"""Characters of a page's width."""
_TALLEST = 8


class Grids:
    """Writes columns. `own` is the mark of the sheet written to, whose cells need no sheet's name."""

    def __init__(self, paper: Paper, sheet: Sheet, own: str) -> None:
        self._paper = paper
        self._sheet = sheet
        self._own = own

    def heads(self, first: Sequence[str], columns: Sequence[Column]) -> None:
        """Programmes over their columns, after `first`; widths and heights."""
        paper, sheet, lang = self._paper, self._sheet, self._paper.lang
        for place, head in enumerate(first):
            sheet.write_blank(1, place, None, paper.style("head"))
            paper.text(sheet, 2, place, head, "head")
        place, tallest = len(first), 1
        for group, members in groupby(columns, key=lambda column: column.group):
            inside = list(members)
            if len(inside) > 1:
                end = place + len(inside) - 1
                sheet.merge_range(1, place, 1, end, "", paper.style("head"))
            paper.text(sheet, 1, place, group.say(lang) if group is not None else "", "head")
            for column in inside:
                head, size = self._head(column), _WIDTHS[column.style]
                paper.text(sheet, 2, place, head, "head")
                sheet.set_column(place, place, size)
                tallest = max(tallest, lines_needed(head, size))
                place += 1
        sheet.set_row(1, 18)
        sheet.set_row(2, 14 * min(tallest, _TALLEST) + 4)
        wide = sum(_WIDTHS[column.style] for column in columns)
        sheet.fit_to_pages(max(1, round(wide / _PAGE)), 0)
        sheet.repeat_rows(1, FIRST_ROW - 2)

    def _head(self, column: Column) -> str:
        head = column.head.say(self._paper.lang)
        return head + W["in_yuan"].say(self._paper.lang) if column.style == "amount" else head

    def column(self, place: int, column: Column) -> None:
        """A column from the first village on."""
        style = self._style(column)
        if column.formula is None:
            for row, value in enumerate(column.values, FIRST_ROW):
                self._stored(row - 1, place, value, column)
            return
        parts = self.formula(column.formula).split(ROW)
        write = self._sheet.put_formula
        late = DATA_ROW in column.formula or ABOVE in column.formula
        for row, value in enumerate(column.values, FIRST_ROW):
            text = str(row).join(parts)
            if late:
                text = text.replace(DATA_ROW, str(row - FIRST_ROW + 2)).replace(ABOVE, str(row - 1))
            write(row - 1, place, text, style, _cached(value))

    def formula(self, text: str) -> str:
        """A formula with the sheets' names put in."""
        for mark, key in _SHEETS.items():
            name = "" if mark == self._own else f"'{SHEETS[key].say(self._paper.lang)}'!"
            text = text.replace(mark, name)
        return text

    def number_format(self, column: Column) -> str:
        """How the column's numbers are shown: 1 and 0 of a condition as yes and no."""
        if column.style in ("flag", "rule"):
            yes, no = W["yes"].say(self._paper.lang), W["no"].say(self._paper.lang)
            return f'"{yes}";"{yes}";"{no if column.style == "flag" else "—"}"'
        if column.style == "amount":
            amount = f"#,##0.{'0' * column.decimals}"
            return f'{amount};-{amount};"—"'
        return "General"

    def _stored(self, row: int, place: int, value: Cell, column: Column) -> None:
        if isinstance(value, str):
            self._paper.text(self._sheet, row, place, value)
        else:
            self._sheet.write_number(row, place, value, self._style(column))

    def _style(self, column: Column) -> Format:
        name = _STYLES.get(column.style, "text")
        return self._paper.style(name, self.number_format(column))


def _cached(value: Cell) -> Cell:
    """A value as a file may hold it beside its formula: XML has no control characters."""
    return _CONTROL.sub("", value) if isinstance(value, str) and _CONTROL.search(value) else value

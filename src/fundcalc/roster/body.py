"""The rows below the header: villages, totals, remarks, blank rows and headers repeated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from fundcalc.base.words import Words
from fundcalc.language.datatypes import Text
from fundcalc.roster import notices
from fundcalc.roster.grid import Cell, Grid, blank_row, is_blank
from fundcalc.roster.headers import clean
from fundcalc.roster.layout import Layout, names_again
from fundcalc.roster.settle import Column
from fundcalc.roster.spelling import simplified

_TOTAL = re.compile(
    r"(.{0,30}?)(?:(合计|总计|共计|总数)|(小计)|((?:grand|sub)?-?totals?))(?:[:(].*)?"
)
_REMARK = re.compile(
    r"(?:注|备注|附注|说明|填表|制表|审核|复核|负责人|联系|填报|报送|单位负责人|日期|notes?)"
    r"[^:.、]{0,12}[:.、].*"
)
_EXAMPLES = frozenset({"示例", "样例", "例", "example", "sample"})
_REMARK_MARK = re.compile("[:：.．、]")


@dataclass(frozen=True, slots=True)
class Total:
    """A total row (from 0): how many villages stand above it, and the group that its label names.

    `cells` are the row's own; in `spread` each has the text of the merged cells to which it belongs.
    """

    row: int
    above: int
    partial: bool
    group: str
    cell: tuple[int, str]
    cells: Sequence[Cell] = ()
    spread: Sequence[Cell] = ()


@dataclass(slots=True)
class Body:
    """Rows (from 0) by what they are; `others` are all that are no village's.

    The first row below the header is `first`, and the header is `width` cells wide.
    """

    first: int = 0
    width: int = 0
    villages: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)


def sort_rows(grid: Grid, layout: Layout, columns: Iterable[Column]) -> Body:
    """Tell the villages' rows from all others."""
    rows = ((row, grid.rows[row]) for row in range(layout.body, len(grid.rows)))
    body = sort_some(rows, layout, columns)
    if grid.merged:
        body.totals = [
            replace(t, spread=[grid.spread(t.row, c) for c in range(len(t.cells))])
            for t in body.totals
        ]
    return body


def sort_some(
    rows: Iterable[tuple[int, Sequence[Cell]]], layout: Layout, columns: Iterable[Column]
) -> Body:
    """Tell villages' rows from others among some rows, numbered from 0; those left out are villages'."""
    body = Body(layout.body, layout.width)
    texts = [c for c in columns if isinstance(c.fact.type, Text)]
    codes = [c for c in texts if c.fact.digits]
    places = [c.index for c in texts if c not in codes]
    blank: list[int] = []
    repeated: list[int] = []
    first = layout.headings[0].pieces[-1] if layout.headings else ""
    for row, cells in rows:
        above = row - layout.body - len(body.others)
        if blank_row(cells):
            blank.append(row + 1)
        elif _is_example(cells):
            body.notices.append(notices.example(row + 1))
        elif total := _total(cells, places, codes, row, above):
            body.totals.append(total)
        elif remark := _remark(cells):
            body.notices.append(notices.remark(row + 1, remark))
        elif _starts_with(cells, layout, first) and names_again(cells, layout):
            repeated.append(row + 1)
        else:
            body.villages.append(row)
            continue
        body.others.append(row)
    if body.totals:
        body.notices.append(notices.totals([total.row + 1 for total in body.totals]))
    if blank:
        body.notices.append(notices.blank(blank))
    if repeated:
        body.notices.append(notices.repeated(repeated))
    return body


def _starts_with(cells: Sequence[Cell], layout: Layout, text: str) -> bool:
    column = layout.headings[0].column if layout.headings else 0
    cell = cells[column] if column < len(cells) else ""
    return isinstance(cell, str) and cell.strip() == text


def _total(
    cells: Sequence[Cell], places: Sequence[int], codes: Sequence[Column], row: int, above: int
) -> Total | None:
    """A total row by the words in a name's place or in its first cell; a row with a code is none."""
    lead = next((at for at, cell in enumerate(cells) if not is_blank(cell)), 0)
    for at in (*places, lead):
        cell = cells[at] if at < len(cells) else ""
        if not isinstance(cell, str) or not cell or len(cell) > 60 or not _may_be_total(cell):
            continue
        match = _TOTAL.fullmatch(clean(cell))
        named = match and match.group(1)
        if match is None or (match.group(4) and named):
            continue
        if any(_has_code(cells, column) for column in codes):
            return None
        partial = bool(match.group(3)) or (match.group(4) or "").startswith("sub")
        return Total(row, above, partial, match.group(1), (at, cell), cells, cells)
    return None


def _may_be_total(text: str) -> bool:
    """A quick look that most rows do not pass."""
    return any(char in text for char in "计計数數") or "total" in text.casefold()


def _has_code(cells: Sequence[Cell], column: Column) -> bool:
    cell = cells[column.index] if column.index < len(cells) else ""
    text = f"{cell:.0f}" if isinstance(cell, float) else str(cell).strip()
    return text.isdecimal() and len(text) == column.fact.digits


def _is_example(cells: Sequence[Cell]) -> bool:
    """A row whose first cell says that it only shows how to fill in the others."""
    lead = next((cell for cell in cells if not is_blank(cell)), "")
    return isinstance(lead, str) and len(lead) < 20 and clean(lead) in _EXAMPLES


def _remark(cells: Sequence[Cell]) -> str | None:
    """The text of a remark below the table, such as 制表人：…."""
    for cell in cells:
        if is_blank(cell):
            continue
        if not isinstance(cell, str) or not _REMARK_MARK.search(cell):
            return None
        text = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", cell[:200])).casefold())
        return cell if _REMARK.fullmatch(text) else None
    return None

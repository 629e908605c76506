"""Where a sheet's header lies: the rows above it, the header rows, the first row of figures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fundcalc.base.words import Words
from fundcalc.roster import notices, units
from fundcalc.roster.grid import MAX_COLUMNS, Cell, Grid, is_blank, shown
from fundcalc.roster.headers import Heading, Keys, clean, read, settle
from fundcalc.roster.spelling import simplified

SEARCHED = 40
DEEPEST = 3
_NUMBERS = re.compile(r"[-+]?[¥$]?[\d.,]+%?")
_ORDER = frozenset("甲乙丙丁戊己庚辛")


@dataclass(slots=True)
class Layout:
    """The header rows `first` to `last` (from 0), their headings, and the unit line's units.

    Villages begin at row `body`; `width` is the number of cells that the header rows have.
    """

    first: int
    last: int
    headings: list[Heading]
    unit_line: list[str] = field(default_factory=list)
    unit_place: tuple[int, int] = (0, 0)
    body: int = 0
    width: int = 0
    notices: list[Words] = field(default_factory=list)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that the headings settle without doubt."""
        return frozenset(h.facts[0] for h in self.headings if len(h.facts) == 1)


def find(grid: Grid, known: Keys, chosen: Mapping[str, str]) -> Layout | None:
    """The rows that name most facts, the fewest rows and the first of equals; None where none does.

    `chosen` are headers, cleaned, that the user has settled; "" for one that is no fact.
    """
    best: tuple[int, int, int] | None = None
    for first in range(min(SEARCHED, len(grid.rows))):
        for depth in range(1, DEEPEST + 1):
            last = first + depth - 1
            if last >= len(grid.rows) or not _wordy(grid.rows[last]):
                break
            score = len(Layout(first, last, _headings(grid, first, last, known, chosen)).facts)
            if score >= 2 and (best is None or (score, -depth, -first) > best):
                best = (score, -depth, -first)
    if best is None:
        return None
    first, last = _up(grid, -best[2]), _down(grid, -best[2], -best[2] - best[1] - 1)
    layout = Layout(first, last, _headings(grid, first, last, known, chosen), body=last + 1)
    layout.width = max(len(row) for row in grid.rows[first : last + 1])
    _above(grid, layout)
    _beside(layout)
    if layout.body < len(grid.rows) and _column_numbers(grid.rows[layout.body]):
        layout.notices.append(notices.column_numbers(layout.body + 1))
        layout.body += 1
    return layout


def _wordy(row: Sequence[Cell]) -> bool:
    """Whether a row can belong to a header: it has text, and no figures but years."""
    filled = [cell for cell in row if not is_blank(cell)]
    return bool(filled) and not any(map(_is_figure, filled))


def _is_figure(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return not (isinstance(cell, float) and cell in range(1990, 2100))
    text = unicodedata.normalize("NFKC", cell).strip()
    return bool(_NUMBERS.fullmatch(text)) and not re.fullmatch("(19|20)[0-9]{2}", text)


def _headings(
    grid: Grid, first: int, last: int, known: Keys, chosen: Mapping[str, str]
) -> list[Heading]:
    """The headings of all columns that have a header."""
    width = min(max(len(row) for row in grid.rows[first : last + 1]), MAX_COLUMNS)
    upper: dict[int, str] = {}
    found = []
    for column in range(width):
        pieces = _pieces(grid, first, last, column, upper)
        if pieces:
            found.append(_heading(column, pieces, known, chosen))
    return found


def _heading(column: int, pieces: list[str], known: Keys, chosen: Mapping[str, str]) -> Heading:
    """The heading of one column, as the user has settled it or as it reads."""
    for text in ("/".join(pieces), "".join(pieces), pieces[-1]):
        if clean(text) in chosen:
            return settle(column, pieces, chosen[clean(text)])
    return read(column, pieces, known)


def _pieces(grid: Grid, first: int, last: int, column: int, upper: dict[int, str]) -> list[str]:
    """A column's header texts from top to bottom, each once.

    A format without merged cells leaves all but the first blank: what stands to the left is then
    taken for a group's title, where the column has a header of its own below it.
    """
    pieces: list[str] = []
    own = False
    for row in range(first, last + 1):
        text = shown(grid.spread(row, column)).strip()
        if text:
            upper[row], own = text, True
        elif grid.merged is None and not own and row < last and row in upper:
            below = [grid.at(r, column) for r in range(row + 1, last + 1)]
            text = "" if all(map(is_blank, below)) else upper[row]
        if text and text not in pieces:
            pieces.append(text)
    return pieces


def _up(grid: Grid, first: int) -> int:
    """The first header row, with the group titles above it; a title or a unit line is none."""
    while first > 0 and _is_group_row(grid, first - 1, first):
        first -= 1
    return first


def _is_group_row(grid: Grid, row: int, below: int) -> bool:
    cells = grid.rows[row]
    if not _wordy(cells):
        return False
    filled = [c for c in range(min(len(cells), MAX_COLUMNS)) if not is_blank(cells[c])]
    if any("单位" in simplified(str(cells[c])) or _note(str(cells[c])) for c in filled):
        return False
    for column in filled:
        area = grid.area(row, column)
        if area and area[2] >= below:
            return True
    if len(filled) > 1:
        return True
    area = grid.area(row, filled[0])
    used = sum(not is_blank(cell) for cell in grid.rows[below])
    if grid.merged is None or area is None:
        return filled[0] > 0 and grid.merged is None
    return 1 < area[3] - area[1] + 1 < used


def _note(text: str) -> bool:
    """A remark such as 填表日期：… that stands above a table."""
    return bool(re.search("[:：]|日期|时间|年.*月.*日", text))


def _down(grid: Grid, first: int, last: int) -> int:
    """The last header row, with rows merged into it and rows of units below it."""
    for area in grid.merged or ():
        if first <= area[0] <= last and area[1] <= MAX_COLUMNS:
            last = max(last, min(area[2], first + DEEPEST))
    while last + 1 < len(grid.rows) and _is_unit_row(grid.rows[last + 1]):
        last += 1
    return last


def _is_unit_row(row: Sequence[Cell]) -> bool:
    filled = [clean(str(cell)).strip("()") for cell in row if not is_blank(cell)]
    found = [units.read_unit(text) for text in filled]
    return any(u and u.unit.powers for u in found) and all(
        unit is not None or text in ("是/否", "有/无", "-", "/")
        for unit, text in zip(found, filled, strict=True)
    )


def _above(grid: Grid, layout: Layout) -> None:
    """Read the rows above the header: title rows and the unit line."""
    for row in range(layout.first):
        for column, cell in enumerate(grid.rows[row][:MAX_COLUMNS]):
            if is_blank(cell):
                continue
            found = units.unit_line(str(cell))
            if found:
                layout.unit_line += found
                layout.unit_place = (row, column)
                layout.notices.append(notices.unit_line(row + 1, str(cell)))
            else:
                layout.notices.append(notices.title_row(row + 1, str(cell)))


def _beside(layout: Layout) -> None:
    """Read a unit line that stands in the header's own row."""
    for heading in layout.headings:
        found = [] if heading.facts else units.unit_line(heading.pieces[-1])
        if found and "单位" in simplified(heading.pieces[-1]):
            layout.unit_line += found
            layout.unit_place = (layout.last, heading.column)
            layout.notices.append(notices.unit_line(layout.last + 1, heading.pieces[-1]))


def _column_numbers(row: Sequence[Cell]) -> bool:
    """Whether a row only numbers the columns: 甲 乙 1 2 3."""
    texts = [clean(str(c).removesuffix(".0")) for c in row if not is_blank(c)]
    texts = [text for text in texts if text not in _ORDER and text not in ("栏次", "栏目", "列次")]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 4]
    return len(numbers) == len(texts) >= 3 and numbers == list(
        range(numbers[0], numbers[0] + len(numbers))
    )


def names_again(cells: Sequence[Cell], layout: Layout) -> bool:
    """Whether a row repeats the header, as on a new page."""

    def at(column: int) -> str:
        return clean(str(cells[column])) if column < len(cells) else ""

    texts = [(at(h.column), clean(h.pieces[-1])) for h in layout.headings]
    same = sum(bool(text) and text == header for text, header in texts)
    return same >= 2 and all(not text or text == header for text, header in texts)

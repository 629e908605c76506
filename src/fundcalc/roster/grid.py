"""A sheet as cells, before anything is known about what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

MAX_COLUMNS = 200
MAX_ROWS = 1_100_000
"""Rows of what is read cell by cell: a little more than a sheet can have."""

MAX_TABLE_ROWS = 50_000_000
"""Rows of a CSV or parquet that is read in columns."""


@dataclass(frozen=True, slots=True)
class CellError:
    """A formula that has no value: `#REF!`, or nothing at all where it was never computed."""

    text: str


Cell = str | float | int | bool | date | datetime | time | timedelta | CellError
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0."""


@dataclass(slots=True)
class Grid:
    """The cells of one sheet from A1 on; a blank cell is "".

    `merged` is None where the format does not know merged cells. Rows may differ in length.
    """

    sheet: str | None
    rows: list[list[Cell]]
    merged: Sequence[Area] | None = None
    _areas: dict[tuple[int, int], Area] | None = field(default=None, repr=False)

    def at(self, row: int, column: int) -> Cell:
        """One cell; blank beyond the end of its row."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else ""

    def area(self, row: int, column: int) -> Area | None:
        """The merged cells to which a cell belongs."""
        if self._areas is None:
            self._areas = {
                (r, c): area
                for area in self.merged or ()
                for r in range(area[0], area[2] + 1)
                for c in range(area[1], min(area[3], MAX_COLUMNS) + 1)
            }
        return self._areas.get((row, column))

    def spread(self, row: int, column: int) -> Cell:
        """One cell; within merged cells, what all of them show."""
        area = self.area(row, column)
        return self.at(area[0], area[1]) if area else self.at(row, column)


def is_blank(cell: Cell) -> bool:
    """Nothing, or only spaces."""
    return isinstance(cell, str) and not cell.strip()


def blank_row(row: Sequence[Cell]) -> bool:
    """Whether a row has no value at all."""
    return all(cell == "" or is_blank(cell) for cell in row)


def shown(cell: Cell) -> str:
    """A cell as a reader sees it, cut to 80 characters."""
    if isinstance(cell, CellError):
        return cell.text
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    text = str(cell)
    return text if len(text) <= 80 else text[:79] + "…"

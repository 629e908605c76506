"""A sheet as cells, before anything is known about what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.roster.typed import as_text

MAX_COLUMNS = 200
"""Columns that are read; a sheet with a filled cell farther to the right is refused."""

TEXT, NUMBER, YES_NO, DATE, ERROR, NOT_COMPUTED, RUNS = range(7)
"""What a workbook's cell is, beside the text that it shows.

A NUMBER shows up to 15 digits, without any format that only groups or rounds; a YES_NO shows TRUE or
FALSE, a DATE its day as 2017-12-31 (with the time where there is one), an ERROR its sign, as #REF!.
NOT_COMPUTED is a formula without a stored result; its text is "". RUNS are texts of which a part is
raised, lowered or struck out, shown with that part in brackets, as 300[上标 1] or [删除线 5]3.
"""

FORMATTED = 16
"""From here on: a number whose format scales it, names a unit or a per cent; `Sheet.formats` says how."""

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0."""


@dataclass(frozen=True, slots=True)
class Format:
    """A number format by which a person sees another figure than the one stored.

    What is seen is the stored figure times 10**-power, with `unit` (万元, 户, %, $, or 约) beside it;
    `code` is the format as written.
    """

    code: str
    power: int = 0
    unit: str = ""


@dataclass(slots=True)
class Sheet:
    """The cells of one sheet from A1 on, as a frame of columns c0, c1, …; a blank cell is "".

    A column is text, as a person sees it, but for parquet, where it may keep its own type. `kinds` has
    one of the kinds above for each cell; None where all cells are of the column's type (CSV, parquet).
    `merged` is None where the format does not know merged cells. Rows count from 0.
    """

    name: str | None
    cells: pl.DataFrame
    kinds: NDArray[np.int16] | None = None
    formats: Sequence[Format] = ()
    merged: Sequence[Area] | None = None
    hidden: Sequence[int] = ()
    """Rows that are hidden, by hand or by a filter, and have a filled cell."""

    struck: Sequence[int] = ()
    """Rows whose every filled cell is struck out."""

    header: tuple[str, ...] | None = None
    """Of parquet, the names of its columns, which are no row of `cells`."""

    _areas: dict[tuple[int, int], Area] | None = field(default=None, repr=False)

    def kind(self, row: int, column: int) -> int:
        """What a cell is."""
        if self.kinds is None or row >= self.kinds.shape[0] or column >= self.kinds.shape[1]:
            return TEXT
        return int(self.kinds[row, column])

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[tuple[str, ...]]:
        """The texts of some rows, `first` to before `last`."""
        some = self.cells.slice(first, None if last is None else max(last - first, 0))
        return pl.DataFrame([as_text(column) for column in some]).iter_rows()

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

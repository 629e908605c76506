"""A sheet as cells, before anything is known about what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass

if TYPE_CHECKING:
    from fundcalc.roster.clean import Statement

MAX_COLUMNS = 200
"""Columns that are read; a sheet with a filled cell farther to the right is refused."""

MAX_CELLS = 16_000_000
"""Cells of a workbook's sheet, or of a text wider than that, blank ones among them."""

TEXT, NUMBER, YES_NO, DATE, ERROR, NOT_COMPUTED, RUNS = range(7)
"""What a workbook's cell is, next to the text that it shows.

A NUMBER shows up to 15 digits, without any format that only groups or rounds; a YES_NO shows TRUE or
FALSE, a DATE its day as 2017-12-31 (with the time where there is one), an ERROR its sign, as #REF!.
NOT_COMPUTED is a formula without a stored result; its text is "". RUNS are texts of which a part is
raised, lowered or struck out, shown with that part in brackets, as 300[上标 1] or [删除线 5]3.
"""

FORMATTED = 16
"""From here on: a number whose format scales it, names a unit or a per cent; `Sheet.formats` says how."""

_KEPT = 4_096
"""Rows that are kept as texts once they were looked at."""

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, counted from 0."""


@dataclass(frozen=True, slots=True)
class Format:
    """A number format by which a person sees another figure than the one stored.

    What is seen is the stored figure times 10**-power, with `unit` (万元, 户, %, $, or 约) next to it;
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
    header: tuple[str, ...] | None = None
    """Row 0 where it is no row of the frame, as the column names of a parquet table; else None."""

    kinds: NDArray[np.int16] | None = None
    formats: Sequence[Format] = ()
    merged: Sequence[Area] | None = None
    hidden: Sequence[int] = ()
    """Rows that are hidden, by hand or by a filter, and have a filled cell."""

    struck: Sequence[int] = ()
    """Rows whose every filled cell is struck out."""

    hidden_columns: frozenset[int] = frozenset()
    """Columns that are hidden."""

    zeros: int = 0
    """How many formulas give 0, where all do, or all of a column whose writer computes nothing."""

    widths: Sequence[int] = ()
    """How many cells each row has, or each of the first, where a text may give rows of unlike length."""

    clean: Statement | None = None
    """What a part of clean facts says of its columns."""

    _areas: dict[tuple[int, int], Area] | None = field(default=None, repr=False)
    _seen: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def first(self) -> int:
        """The row of the frame's first row."""
        return 0 if self.header is None else 1

    @property
    def height(self) -> int:
        """How many rows there are, the header among them."""
        return self.cells.height + self.first

    def row(self, row: int) -> tuple[str, ...]:
        """The texts of a row."""
        if self.header is not None and row == 0:
            return self.header
        if row not in self._seen:
            if len(self._seen) > _KEPT:
                self._seen.clear()
            at = row - self.first
            frame = pl.DataFrame([as_text(column) for column in self.cells.slice(at, 64)])
            self._seen.update(zip(range(row, row + frame.height), frame.iter_rows(), strict=True))
        return self._seen[row]

    def rows_at(self, rows: Sequence[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Some rows, in order, with their texts."""
        for start in range(0, len(rows), _KEPT):
            chunk = [row for row in rows[start : start + _KEPT] if row >= self.first]
            frame = self.cells[[row - self.first for row in chunk]]
            texts = pl.DataFrame([as_text(column) for column in frame]).iter_rows()
            yield from zip(chunk, texts, strict=True)

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[tuple[str, ...]]:
        """The texts of some rows of the frame, `first` to before `last`."""
        frame = self.cells.slice(first, None if last is None else max(last - first, 0))
        return pl.DataFrame([as_text(column) for column in frame]).iter_rows()

    def text(self, row: int, column: int) -> str:
        """What a cell shows; "" beyond the sheet."""
        if not 0 <= row < self.height:
            return ""
        cells = self.row(row)
        return cells[column] if column < len(cells) else ""

    def kind(self, row: int, column: int) -> int:
        """What a cell is."""
        if self.kinds is None or row >= self.kinds.shape[0] or column >= self.kinds.shape[1]:
            return TEXT
        return int(self.kinds[row, column])

    def format(self, row: int, column: int) -> Format | None:
        """By which another figure than the stored one is seen; None for most cells."""
        kind = self.kind(row, column)
        return self.formats[kind - FORMATTED] if kind >= FORMATTED else None

    def failed(self, row: int, column: int) -> bool:
        """Whether it is a formula that came to nothing."""
        return self.kind(row, column) in (ERROR, NOT_COMPUTED)

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

    def spread(self, row: int, column: int) -> str:
        """What a cell shows; within merged cells, what all of them show."""
        area = self.area(row, column)
        return self.text(area[0], area[1]) if area else self.text(row, column)


def column_at(cells: pl.DataFrame, index: int) -> pl.Series:
    """A column of a frame of cells; blanks where it has no such column."""
    name = f"c{index}"
    if name in cells.columns:
        return cells.get_column(name)
    return pl.repeat("", cells.height, dtype=pl.String, eager=True)


def frame_of(rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Rows as columns c0, c1, …; shorter ones are filled up with ""."""
    columns = zip_longest(*rows, fillvalue="")
    series = [pl.Series(f"c{at}", column, pl.String) for at, column in enumerate(columns)]
    return pl.DataFrame(series or [pl.Series("c0", [""] * len(rows), pl.String)])


def stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames of texts below each other, as wide as the widest."""
    width = max((frame.width for frame in frames), default=0)
    filled = [
        frame.with_columns(pl.lit("").alias(f"c{at}") for at in range(frame.width, width))
        for frame in frames
    ]
    return pl.concat(filled).rechunk() if filled else pl.DataFrame()


def as_text(values: pl.Series) -> pl.Series:
    """A column as its cells show it, "" for nothing; doubles with the 15 digits that are exact."""
    if values.dtype == pl.String and not values.null_count():
        return values
    if values.dtype == pl.Boolean:
        return values.cast(pl.String).str.to_uppercase().fill_null("")
    if not values.dtype.is_float():
        return values.cast(pl.String).fill_null("")
    whole = (values.abs() < DIGITS) & (values == values.floor())
    texts = pl.select(pl.when(whole).then(values)).to_series().cast(pl.Int64).cast(pl.String)
    at = (~whole).fill_null(value=False).arg_true()
    return texts.scatter(at, [f"{v:.15g}" for v in values.gather(at).to_list()]).fill_null("")


DIGITS = 1e15
"""A double shows 15 digits exactly, so a whole number below this is what it shows."""

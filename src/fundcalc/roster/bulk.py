"""Large CSV and parquet rosters, read in columns: the same facts, rejects and notices as cell by cell.

Cells that are plainly right are taken column by column; every other cell goes to the same reader as
in small rosters. Where a row is not plainly a village, nothing is read here and the slow way decides.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from fundcalc.roster.body import sort_rows
from fundcalc.roster.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid

if TYPE_CHECKING:
    from fundcalc.roster.layout import Layout
    from fundcalc.roster.settle import Settled

FROM = 2_000_000
"""Bytes from which a file is read in columns."""

HEAD = 60
"""Rows in which the header is looked for."""

_ODD = r"[:：.．、]|^\s*$|示例|样例|例$|(?i:example|sample)"
_TOTAL = "[计計数數]|(?i)total"


@dataclass(slots=True)
class Table:
    """A file's rows: the first as cells, all of them as columns of text on demand."""

    head: Grid
    data: bytes
    parquet: bool
    delimiter: str = ","
    ints: list[bool] = field(default_factory=list)

    def frame(self, first: int) -> pl.DataFrame | None:
        """All rows from `first` (from 0) as text, "" for nothing; None where that is not plain."""
        if self.parquet:
            return _parquet_text(self.data, first)
        if self.data.count(b"\r") != self.data.count(b"\r\n"):
            return None
        try:
            found = pl.read_csv(
                self.data, has_header=False, skip_lines=first, infer_schema=False,
                separator=self.delimiter,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            return None
        if found.height >= MAX_ROWS or found.width > MAX_COLUMNS:
            return None
        found = found.rename({name: f"c{at}" for at, name in enumerate(found.columns)})
        while found.height and all(cell is None for cell in found.row(-1)):
            found = found.head(-1)
        return found.fill_null("")


def csv_table(data: bytes, text: str, delimiter: str) -> Table | None:
    """A CSV in UTF-8; None where its first rows are not one to a line."""
    lines = text[:400_000].splitlines(keepends=True)[:HEAD]
    try:
        rows = list(
            csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error:
        return None
    if len(rows) != len(lines):
        return None
    body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    return Table(Grid(None, [[*row] for row in rows]), body, parquet=False, delimiter=delimiter)


def parquet_table(data: bytes) -> Table | None:
    """A parquet table; None where a column is not of a plain kind."""
    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = lazy.collect_schema()
        first = lazy.head(HEAD).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    if not all(kind in (pl.String, pl.Boolean) or kind.is_integer() or kind.is_decimal()
               for kind in schema.values()):  # fmt: skip
        return None
    rows: list[list[Cell]] = [["" if v is None else str(v) for v in row] for row in first.rows()]
    head = Grid(None, [[*schema], *rows])
    return Table(head, data, parquet=True, ints=[kind.is_integer() for kind in schema.values()])


def _parquet_text(data: bytes, first: int) -> pl.DataFrame | None:
    found = pl.read_parquet(io.BytesIO(data))
    if first != 1 or found.height >= MAX_ROWS or found.width > MAX_COLUMNS:
        return None
    return found.select(
        pl.col(name).cast(pl.String).fill_null("").alias(f"c{at}")
        for at, name in enumerate(found.columns)
    )


def only_villages(table: Table, frame: pl.DataFrame, layout: Layout, settled: Settled) -> bool:
    """Whether every row is a village's: what looks otherwise is sorted as in a small roster."""
    from fundcalc.language.datatypes import Text

    texts = [c for c in settled.columns.values() if isinstance(c.fact.type, Text)]
    places = [f"c{c.index}" for c in texts if not c.fact.digits and f"c{c.index}" in frame.columns]
    odd = frame.get_column("c0").str.contains(_ODD)
    for name in ("c0", *places):
        odd = odd | frame.get_column(name).str.contains(_TOTAL)
    head = layout.headings[0]
    if f"c{head.column}" in frame.columns:
        odd = odd | (frame.get_column(f"c{head.column}").str.strip_chars() == head.pieces[-1])
    rows: list[list[Cell]] = [[*row] for row in frame.filter(odd).rows()]
    grid = Grid(None, [*table.head.rows[: layout.body], *rows])
    return len(sort_rows(grid, layout, settled.columns.values()).villages) == len(rows)

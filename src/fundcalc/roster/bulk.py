"""Large CSV and parquet rosters as columns, and which of their rows are villages'.

What is found is what the reader of single cells would find. Where a file is not plain enough for
that, nothing is read here and the slow way decides.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from fundcalc.roster.body import Body, sort_some
from fundcalc.roster.commas import well_quoted
from fundcalc.roster.grid import MAX_COLUMNS, MAX_TABLE_ROWS, Cell, Grid
from fundcalc.roster.typed import cells, stand_in

if TYPE_CHECKING:
    from fundcalc.roster.layout import Layout
    from fundcalc.roster.settle import Column

FROM = 2_000_000
"""Bytes from which a file is read in columns."""

HEAD = 60
"""Rows in which the header is looked for."""

_SPARE = 20
"""Cells that a row of a CSV may have more than the first rows have; more is for the slow way."""

_FIGURES = r"^[0-9]+$"
"""What no remark, no example and no total begins with."""

_BLANK = r"^[\s\x1c-\x1f]*$"
_ODD = (
    r"(?s)^[\s\x1c-\x1f]*[注备備附说說填制製审審复複覆负負联聯报報单單日nNｎＮ].*[:：.．、]"
    r"|例|(?i:[eｅ]\s*[xｘ]|[sｓ]\s*[aａ]\s*[mｍ])"
)
"""What a remark or an example begins with. It may hit villages too; `sort_some` decides."""

_TOTAL = "[计計数數]|(?i)total"


@dataclass(slots=True)
class Table:
    """A file's rows: the first as cells, all of them as columns on demand."""

    head: Grid
    data: bytes
    delimiter: str | None = None
    """None for parquet."""

    kinds: list[pl.DataType] = field(default_factory=list)
    """Of parquet, each column's type."""

    def fits(self, columns: Mapping[str, Column]) -> bool:
        """Whether each column's values mean the same as text: no yes/no or float for a name."""
        from fundcalc.language.datatypes import Number, YesNo

        for column in columns.values() if self.kinds else ():
            kind, fact = self.kinds[column.index], column.fact.type
            if kind == pl.Boolean and not isinstance(fact, YesNo):
                return False
            if kind.is_float() and not isinstance(fact, YesNo | Number):
                return False
        return True

    @property
    def numbers(self) -> list[bool]:
        """Of parquet, which columns are numbers."""
        return [kind.is_integer() or kind.is_float() for kind in self.kinds]

    def frame(self, first: int) -> pl.DataFrame | None:
        """All rows from `first` (from 0); None where that is not plain.

        Of a CSV all columns are text, "" for nothing; of parquet they have their own types.
        """
        if self.delimiter is None:
            return _parquet_frame(self.data) if first == 1 else None
        found = self._csv_text(first, self.delimiter)
        if found is None or found.height + first > MAX_TABLE_ROWS:
            return None
        return _trimmed(found)

    def _csv_text(self, first: int, delimiter: str) -> pl.DataFrame | None:
        data = self.data
        if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
            if b'"' in data:
                return None
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not well_quoted(data, delimiter):
            return None
        start = 0
        for _ in range(first):
            start = data.find(b"\n", start) + 1 or len(data)
        width = max(map(len, self.head.rows))
        alone = first == 1 and b'"' not in data[:start]
        found = _below_one_row(data, delimiter, width) if alone else None
        if found is None:
            found = _split(data, start, delimiter, width)
        if found is None:
            found = _split(data, start, delimiter, width + _SPARE)
        if found is None:
            return None
        while found.width > 1 and found.to_series(-1).null_count() == found.height:
            found = found.drop(found.columns[-1])
        return found.fill_null("")


def _below_one_row(data: bytes, delimiter: str, width: int) -> pl.DataFrame | None:
    """The cells below a header of one row, without a copy; None where the next row is not as wide."""
    schema = {f"c{at}": pl.String for at in range(width)}
    try:
        return pl.read_csv(data, separator=delimiter, has_header=False, skip_rows=1, schema=schema)
    except pl.exceptions.PolarsError:
        return None


def _split(data: bytes, start: int, delimiter: str, width: int) -> pl.DataFrame | None:
    """The cells of a CSV's lines from a byte on; None where a line has more than `width`."""
    names = delimiter.join(f"c{at}" for at in range(width)).encode()
    lines = b"".join((names, b"\n", memoryview(data)[start:]))
    try:
        return pl.read_csv(lines, separator=delimiter, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None


def csv_table(data: bytes, delimiter: str) -> Table | None:
    """A CSV in UTF-8; None where its first rows are not one to a line, or too wide."""
    lines = data[:400_000].decode(errors="ignore").splitlines(keepends=True)[:HEAD]
    try:
        rows = list(
            csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error:
        return None
    if len(rows) != len(lines) or max(map(len, rows)) > MAX_COLUMNS - _SPARE:
        return None
    return Table(Grid(None, [[*row] for row in rows]), data, delimiter)


def parquet_table(data: bytes) -> Table | None:
    """A parquet table; None where a column is not of a plain kind."""
    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = lazy.collect_schema()
        first = lazy.head(HEAD).collect()
        height = lazy.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    kinds = list(schema.values())
    plain = all(k in (pl.String, pl.Boolean) or k.is_numeric() for k in kinds)
    if not plain or height >= MAX_TABLE_ROWS or len(kinds) > MAX_COLUMNS:
        return None
    rows: list[list[Cell]] = [["" if v is None else str(v) for v in row] for row in first.rows()]
    return Table(Grid(None, [[*schema], *rows]), data, kinds=kinds)


def _parquet_frame(data: bytes) -> pl.DataFrame:
    found = pl.read_parquet(io.BytesIO(data))
    found.columns = [f"c{at}" for at in range(found.width)]
    return found.with_columns(pl.col(pl.String).fill_null(""))


def _trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without the blank ones at the end."""
    last = _lead(frame.tail(1))
    if not last.str.contains(_BLANK).any():
        return frame
    filled = (~_lead(frame).str.contains(_BLANK)).arg_true()
    return frame.head(int(filled[-1]) + 1 if len(filled) else 0)


def _lead(frame: pl.DataFrame) -> pl.Series:
    """Each row's first cell that is not blank; "0" for a number."""
    found = stand_in(frame.to_series(0))
    for name in frame.columns[1:]:
        blank = found.str.contains(_BLANK)
        if not blank.any():
            break
        found = stand_in(frame.get_column(name)).zip_with(blank, found)
    return found


def sort_frame(frame: pl.DataFrame, layout: Layout, columns: Mapping[str, Column]) -> Body:
    """The rows that are no village's: what looks like one is sorted as in a small roster."""
    at = _odd_rows(frame, layout, columns)
    odd = zip(*(cells(values) for values in frame[at]), strict=True)
    rows = ((layout.body + i, row) for i, row in zip(at.to_list(), odd, strict=True))
    return sort_some(rows, layout, columns.values())


def _odd_rows(frame: pl.DataFrame, layout: Layout, columns: Mapping[str, Column]) -> pl.Series:
    """The rows (from 0) that may be no village's."""
    from fundcalc.language.datatypes import Text

    texts = [c for c in columns.values() if isinstance(c.fact.type, Text) and not c.fact.digits]
    places = [f"c{c.index}" for c in texts if f"c{c.index}" in frame.columns]
    odd = _odd_lead(frame)
    for name in places:
        if frame.schema[name] == pl.String:
            odd = odd | frame.get_column(name).str.contains(_TOTAL)
    head = layout.headings[0]
    if f"c{head.column}" in frame.columns:
        under, text = frame.get_column(f"c{head.column}"), head.pieces[-1]
        if under.dtype == pl.String:
            odd = odd | (under.str.strip_chars() == text)
    return odd.arg_true()


def _odd_lead(frame: pl.DataFrame) -> pl.Series:
    """Which rows' first cells do not look like a village's."""
    first = stand_in(frame.to_series(0))
    other = (~first.str.contains(_FIGURES)).arg_true()
    few = 4 * len(other) < frame.height
    lead = _lead(frame[other] if few else frame)
    odd = lead.str.contains(_ODD) | lead.str.contains(_BLANK) | lead.str.contains(_TOTAL)
    if not few:
        return odd
    return (
        pl.Series([False], dtype=pl.Boolean)
        .new_from_index(0, frame.height)
        .scatter(other.filter(odd), True)
    )

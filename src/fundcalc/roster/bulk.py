"""Large CSV and parquet rosters as columns of text, and which of their rows are villages'.

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
from fundcalc.roster.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid

if TYPE_CHECKING:
    from fundcalc.roster.layout import Layout
    from fundcalc.roster.settle import Column

FROM = 2_000_000
"""Bytes from which a file is read in columns."""

HEAD = 60
"""Rows in which the header is looked for."""

_SPARE = 20
"""Cells that a row of a CSV may have more than the first rows have; more is for the slow way."""

_BLANK = r"^[\s\x1c-\x1f]*$"
_ODD = (
    r"(?s)^[\s\x1c-\x1f]*[注备備附说說填制製审審复複覆负負联聯报報单單日nNｎＮ].*[:：.．、]"
    r"|例|(?i:[eｅ]\s*[xｘ]|[sｓ]\s*[aａ]\s*[mｍ])"
)
"""What a remark or an example begins with. It may hit villages too; `sort_some` decides."""

_TOTAL = "[计計数數]|(?i)total"


@dataclass(slots=True)
class Table:
    """A file's rows: the first as cells, all of them as columns of text on demand."""

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
        """All rows from `first` (from 0) as text, "" for nothing; None where that is not plain."""
        if self.delimiter is None:
            return _parquet_text(self.data) if first == 1 else None
        found = self._csv_text(first, self.delimiter)
        if found is None or found.height + first > MAX_ROWS:
            return None
        return _trimmed(found)

    def _csv_text(self, first: int, delimiter: str) -> pl.DataFrame | None:
        data = self.data
        if data.count(b"\r") != data.count(b"\r\n"):
            if b'"' in data:
                return None
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not well_quoted(data, delimiter):
            return None
        names = [f"c{at}" for at in range(max(map(len, self.head.rows)) + _SPARE)]
        start = 0
        for _ in range(first):
            start = data.find(b"\n", start) + 1 or len(data)
        try:
            found = pl.read_csv(
                delimiter.join(names).encode() + b"\n" + data[start:],
                separator=delimiter, infer_schema=False,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            return None
        while found.width > 1 and found.to_series(-1).null_count() == found.height:
            found = found.drop(found.columns[-1])
        return found.fill_null("")


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
    if not plain or height >= MAX_ROWS or len(kinds) > MAX_COLUMNS:
        return None
    rows: list[list[Cell]] = [["" if v is None else str(v) for v in row] for row in first.rows()]
    return Table(Grid(None, [[*schema], *rows]), data, kinds=kinds)


def _parquet_text(data: bytes) -> pl.DataFrame:
    found = pl.read_parquet(io.BytesIO(data))
    texts = [_text(found.get_column(name)).fill_null("") for name in found.columns]
    return pl.DataFrame([text.alias(f"c{at}") for at, text in enumerate(texts)])


def _text(values: pl.Series) -> pl.Series:
    """A column as text; doubles with the 15 digits that are exact."""
    if not values.dtype.is_float():
        return values.cast(pl.String)
    whole = (values.abs() < 1e15) & (values == values.floor())
    texts = pl.select(pl.when(whole).then(values)).to_series().cast(pl.Int64).cast(pl.String)
    at = (~whole).fill_null(value=False).arg_true()
    return texts.scatter(at, [f"{v:.15g}" for v in values.gather(at).to_list()])


def _trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without the blank ones at the end."""
    filled = (~_lead(frame).str.contains(_BLANK)).arg_true()
    return frame.head(int(filled[-1]) + 1 if len(filled) else 0)


def _lead(frame: pl.DataFrame) -> pl.Series:
    """Each row's first cell that is not blank."""
    found = frame.get_column(frame.columns[0])
    for name in frame.columns[1:]:
        blank = found.str.contains(_BLANK)
        if not blank.any():
            break
        found = frame.get_column(name).zip_with(blank, found)
    return found


def sort_frame(frame: pl.DataFrame, layout: Layout, columns: Mapping[str, Column]) -> Body:
    """The rows that are no village's: what looks like one is sorted as in a small roster."""
    from fundcalc.language.datatypes import Text

    texts = [c for c in columns.values() if isinstance(c.fact.type, Text) and not c.fact.digits]
    places = [f"c{c.index}" for c in texts if f"c{c.index}" in frame.columns]
    lead = _lead(frame)
    odd = lead.str.contains(_ODD) | lead.str.contains(_BLANK) | lead.str.contains(_TOTAL)
    for name in places:
        odd = odd | frame.get_column(name).str.contains(_TOTAL)
    head = layout.headings[0]
    if f"c{head.column}" in frame.columns:
        odd = odd | (frame.get_column(f"c{head.column}").str.strip_chars() == head.pieces[-1])
    at = odd.arg_true()
    rows = zip(at.to_list(), frame[at].rows(), strict=True)
    return sort_some(((layout.body + i, row) for i, row in rows), layout, columns.values())

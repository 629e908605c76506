"""A parquet table as cells: its column names are the header, in row 1."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fundcalc.base.words import Words
from fundcalc.roster.grid import MAX_COLUMNS, MAX_ROWS, Cell

if TYPE_CHECKING:
    import polars as pl

_TABLE = Words(" parquet 表", "parquet table")


class ParquetError(Exception):
    """What makes a table unreadable; `words` say what it should be."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class TooManyRows(ParquetError):
    """More rows or columns than are read."""


def read_cells(data: bytes) -> list[list[Cell]]:
    """The header and all rows; decimals become text, so that no digit is lost. Raises ParquetError."""
    import polars as pl

    from fundcalc.roster.typed import cells

    try:
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = lazy.collect_schema()
        rows = lazy.select(pl.len()).collect().item()
        _refuse(rows, schema)
        table = lazy.collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as problem:
        raise ParquetError(_TABLE) from problem
    columns = [cells(table.get_column(name)) for name in schema]
    return [[*schema], *(list(row) for row in zip(*columns, strict=True))]


def _refuse(rows: int, schema: pl.Schema) -> None:
    if rows >= MAX_ROWS or len(schema) > MAX_COLUMNS:
        say = Words(
            f"超过 {MAX_ROWS:,} 行或 {MAX_COLUMNS} 列",
            f"over {MAX_ROWS:,} rows or {MAX_COLUMNS} columns",
        )
        raise TooManyRows(say)
    for name, kind in schema.items():
        if kind.is_nested() or str(kind) in ("Binary", "Object", "Unknown"):
            raise ParquetError(
                Words(
                    f"可读的表：“{name}”列的类型是 {kind}",
                    f"table that can be read: “{name}” has the type {kind}",
                )
            )

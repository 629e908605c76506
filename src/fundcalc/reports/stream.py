"""A table too large to be held at once, handed to polars a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def stream(schema: pl.Schema, parts: Iterator[pl.DataFrame]) -> pl.LazyFrame:
    """A lazy table of parts in their order, which can be written once."""
    from polars.io.plugins import register_io_source

    def source(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        assert with_columns is None and predicate is None and n_rows is None
        yield from parts

    return register_io_source(source, schema=schema)

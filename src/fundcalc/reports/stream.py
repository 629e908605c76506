"""A table too large to be held at once, handed to polars a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class Stream:
    """Parts as one lazy table, in their order, which can be written once."""

    def __init__(self, schema: pl.Schema, parts: Iterator[pl.DataFrame]) -> None:
        from polars.io.plugins import register_io_source

        self._parts = parts
        self._problem: BaseException | None = None
        self.table: pl.LazyFrame = register_io_source(self._source, schema=schema)

    def _source(
        self,
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        assert with_columns is None and predicate is None and n_rows is None
        try:
            yield from self._parts
        except BaseException as problem:
            self._problem = problem
            raise

    def into(self, write: Callable[[], object]) -> None:
        """Write the table; a problem in making a part is raised as what it is, not as polars puts it."""
        try:
            write()
        except BaseException:
            if self._problem is not None:
                raise self._problem from None
            raise

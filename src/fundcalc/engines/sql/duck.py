"""DuckDB as the database: in this process, within a limit of memory, spilling to a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.engines.sql.database import (
    DUCKDB,
    VILLAGE,
    DatabaseError,
    Format,
    whole,
)  # fmt: skip

if TYPE_CHECKING:
    import duckdb


class Duck:
    """A DuckDB connection; close it, so that its folder is removed."""

    dialect = DUCKDB
    numbered = True

    def __init__(self, memory: str | None = None) -> None:
        """`memory` is a limit such as 4GB. Raises PolicyProblem where DuckDB is not installed."""
        try:
            import duckdb
        except ImportError:
            raise PolicyProblem([say("FC863", package="DuckDB", extra="duckdb")]) from None
        self._error: type[Exception] = duckdb.Error
        self._kinds: dict[str, str] = {}
        self._spill = tempfile.TemporaryDirectory(prefix=".fundcalc-duckdb-")
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": self._spill.name,
            "autoinstall_known_extensions": False,
        }
        if memory is not None:
            settings["memory_limit"] = memory
        try:
            self._con: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=settings)
        except duckdb.Error as problem:
            self._spill.cleanup()
            raise DatabaseError(str(problem)) from None

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._con.execute(statement)
        except self._error as problem:
            raise DatabaseError(str(problem)) from None

    def read(self, name: str, files: Sequence[Path]) -> None:
        """The rows of parquet files, numbered from 1 as they stand there."""
        listed = ", ".join(self.dialect.string(str(file)) for file in files)
        self._refuse_brotli(listed)
        number = f"ROW_NUMBER() OVER () AS {VILLAGE}"
        self.table(name, f"SELECT {number}, * FROM read_parquet([{listed}])", keep=False)

    def _refuse_brotli(self, listed: str) -> None:
        """DuckDB up to 2.0.0 unpacks Brotli with a decoder that writes out of bounds (CVE-2026-111497)."""
        found = self.rows(
            "SELECT DISTINCT file_name FROM parquet_metadata("
            f"[{listed}]) WHERE upper(compression) = 'BROTLI' ORDER BY file_name"
        )
        if found:
            raise PolicyProblem([say("FC868", Span(str(file))) for (file,) in found])

    def table(self, name: str, query: str, *, keep: bool) -> None:
        """A named query; `keep` makes a table of it."""
        kind = "TABLE" if keep else "VIEW"
        self._run(f"CREATE OR REPLACE TEMP {kind} {self.dialect.id(name)} AS {query}")
        self._kinds[name] = kind

    def drop(self, names: Iterable[str]) -> None:
        """Let go of these tables."""
        for name in names:
            self._run(f"DROP {self._kinds.pop(name)} {self.dialect.id(name)}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found = self._run(query)
        try:
            return whole(found.fetchall())
        except self._error as problem:
            raise DatabaseError(str(problem)) from None

    def save(self, query: str, path: Path, how: Format) -> None:
        """Write one file."""
        options = "FORMAT parquet, COMPRESSION zstd" if how == "parquet" else "FORMAT csv, HEADER"
        self._run(f"COPY ({query}) TO {self.dialect.string(str(path))} ({options})")

    def gather(self, saved: Sequence[Path], path: Path) -> None:
        """One parquet file of several."""
        listed = ", ".join(self.dialect.string(str(file)) for file in saved)
        self.save(f"SELECT * FROM read_parquet([{listed}])", path, "parquet")

    def close(self) -> None:
        """Close, and remove what was spilled."""
        self._con.close()
        self._spill.cleanup()

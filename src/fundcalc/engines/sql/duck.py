"""DuckDB as the database: in this process, within a limit of memory, spilling to a folder of its own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.sql import messages
from fundcalc.engines.sql.database import DatabaseError, Format, whole
from fundcalc.engines.sql.dialect import DUCKDB
from fundcalc.engines.sql.files import csv_from, replaced
from fundcalc.engines.sql.reading import ROW

if TYPE_CHECKING:
    import duckdb


class Duck:
    """A DuckDB connection; use it as a context, so that its folder is removed."""

    dialect = DUCKDB
    numbered = True

    def __init__(self, memory: str | None = None, near: Path | None = None) -> None:
        """`memory` is a limit such as 4GB; `near` the folder in which it spills.

        Raises PolicyProblem where DuckDB is not installed.
        """
        try:
            import duckdb
        except ImportError:
            raise PolicyProblem([messages.not_installed("DuckDB", "duckdb")]) from None
        self._error: type[Exception] = duckdb.Error
        self._kinds: dict[str, str] = {}
        self._spill = tempfile.TemporaryDirectory(prefix=".fundcalc-duckdb-", dir=near)
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

    def __enter__(self) -> Duck:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._con.execute(statement)
        except self._error as problem:
            raise DatabaseError(str(problem)) from None

    def read(
        self, name: str, files: Sequence[Path], how: Format, width: int
    ) -> list[tuple[str, str]]:
        """A table of the files, its rows numbered from 1 as they stand there."""
        listed = ", ".join(self.dialect.string(str(file)) for file in files)
        if how == "parquet":
            self._refuse_brotli(listed)
            source = f"read_parquet([{listed}])"
        else:
            columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
            source = (
                f"read_csv([{listed}], header = true, auto_detect = false, delim = ',', quote = '\"',"
                f" escape = '\"', columns = {{{columns}}})"
            )
        query = f"SELECT ROW_NUMBER() OVER () AS {self.dialect.id(ROW)}, * FROM {source}"
        self.table(name, query, keep=True)
        described = self.rows(f"DESCRIBE {name}")[1:]
        return [(column, _kind(type_)) for column, type_, *_ in described]

    def _refuse_brotli(self, listed: str) -> None:
        """DuckDB up to 2.0.0 unpacks Brotli with a decoder that writes out of bounds (CVE-2026-111497)."""
        found = self.rows(
            "SELECT DISTINCT file_name FROM parquet_metadata("
            f"[{listed}]) WHERE upper(compression) = 'BROTLI' ORDER BY file_name"
        )
        if found:
            raise PolicyProblem([messages.brotli(str(file)) for (file,) in found])

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

    def write(self, queries: Iterable[str], path: Path, how: Format) -> None:
        """Write one file, whole or not at all."""
        with replaced(path) as part:
            raw: list[Path] = []
            for query in queries:
                raw.append(part.with_name(f"{len(raw)}.raw"))
                self._copy(query, raw[-1], how)
            if how == "csv":
                csv_from(raw, part)
            elif len(raw) == 1:
                raw[0].replace(part)
            else:
                listed = ", ".join(self.dialect.string(str(file)) for file in raw)
                self._copy(f"SELECT * FROM read_parquet([{listed}])", part, how)

    def _copy(self, query: str, path: Path, how: Format) -> None:
        options = "FORMAT parquet, COMPRESSION zstd" if how == "parquet" else "FORMAT csv, HEADER"
        self._run(f"COPY ({query}) TO {self.dialect.string(str(path))} ({options})")

    def close(self) -> None:
        """Close, and remove what was spilled."""
        self._con.close()
        self._spill.cleanup()


def _kind(type_: str) -> str:
    """How a column is kept."""
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", type_):
        return "int"
    if type_.startswith("DECIMAL"):
        return "decimal"
    return {"BOOLEAN": "yes/no", "DATE": "date", "FLOAT": "float", "DOUBLE": "float"}.get(
        type_, "text"
    )


def open_duckdb(memory: str | None) -> Duck:
    """A DuckDB for one run. Raises PolicyProblem."""
    try:
        return Duck(memory)
    except DatabaseError as problem:
        raise PolicyProblem([messages.database_failed("duckdb", str(problem))]) from None

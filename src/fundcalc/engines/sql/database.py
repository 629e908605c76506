"""What a database must do to run a script: its dialect of SQL, its connection, how it writes; DuckDB."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import beside

if TYPE_CHECKING:
    import duckdb

VILLAGE, GROUP = "village", "grp"
"""Columns: which village it is, by its row's number from 1 or by its code; a pool's group."""

TIES = ("code", "county", "town", "name")
"""The facts that order equal remainders, and villages where rows have no number."""

DECIDED = "decided"
"""The last table of a script."""

_BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20

Name = Literal["duckdb", "spark"]
Format = Literal["parquet", "csv"]


# -- dialects ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dialect:
    """One database's SQL. `wide` is its exact whole number of at least 38 digits.

    Where work `spreads` over machines, no task may need all rows of a table.
    """

    name: Name
    quote: str
    text: str
    wide: str
    spreads: bool

    def id(self, name: str) -> str:
        """A name, quoted."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def string(self, text: str) -> str:
        """A text literal."""
        if self.name == "spark":
            text = text.replace("\\", "\\\\").replace("'", "\\'")
        else:
            text = text.replace("'", "''")
        return f"'{text}'"

    def texts(self, items: Sequence[str]) -> str:
        """A list of text, of expressions."""
        inside = ", ".join(items)
        return f"[{inside}]" if self.name == "duckdb" else f"array({inside})"

    def joined(self, list_: str, by: str) -> str:
        """A list of text as one text."""
        call = "array_to_string" if self.name == "duckdb" else "array_join"
        return f"{call}({list_}, {self.string(by)})"

    def error(self, code: str, what: str, who: str) -> str:
        """Stop with a message; `who` is an expression that names the village or group."""
        return self.stop(f"{self.string(f'{code} {what}: ')} || {who}")

    def stop(self, message: str) -> str:
        """Stop with a message that is an expression of text."""
        return f"{'error' if self.name == 'duckdb' else 'raise_error'}({message})"

    def matches(self, text: str, pattern: str) -> str:
        """Whether a whole text has a pattern."""
        if self.name == "duckdb":
            return f"regexp_full_match({text}, {self.string(pattern)})"
        return f"({text} RLIKE {self.string(f'^(?:{pattern})$')})"

    def finds(self, text: str, pattern: str) -> str:
        """Whether a text has a pattern somewhere."""
        if self.name == "duckdb":
            return f"regexp_matches({text}, {self.string(pattern)})"
        return f"({text} RLIKE {self.string(pattern)})"

    def chance(self, column: str) -> str:
        """A number that orders rows as if by chance, the same every time."""
        return f"hash({column})" if self.name == "duckdb" else f"xxhash64({column})"

    def quotient(self, a: str, b: str, *, wide: bool, fits: bool) -> str:
        """A / b cut to a whole number; `wide` operands, whose quotient `fits` 64 bits or not."""
        if self.name == "duckdb":
            cut = f"{a} // {b}"
            return f"CAST({cut} AS BIGINT)" if wide and fits else cut
        if not wide:
            return f"{a} div {b}"
        a, b = self.widened(a), self.widened(b)
        return f"{a} div {b}" if fits else f"CAST(({a} - {a} % {b}) / {b} AS {self.wide})"

    def texted(self, a: object) -> str:
        """A number as text."""
        return f"CAST({a} AS {self.text})"

    def widened(self, a: str) -> str:
        """A number in 128 bits."""
        return f"CAST({a} AS {self.wide})"

    def total(self, a: str) -> str:
        """A sum that cannot overflow 64 bits; to be followed by OVER in a window."""
        return f"SUM({a})" if self.name == "duckdb" else f"SUM({self.widened(a)})"

    def ordinal(self, day: str) -> str:
        """The ordinal number of a date, 1 for 0001-01-01."""
        if self.name == "duckdb":
            return f"date_diff('day', DATE '0001-01-01', {day}) + 1"
        return f"CAST(datediff({day}, DATE '0001-01-01') + 1 AS BIGINT)"

    def day(self, ordinal: str) -> str:
        """The date of an ordinal number."""
        since = f"CAST({ordinal} - 719163 AS INT)"
        if self.name == "duckdb":
            return f"DATE '1970-01-01' + {since}"
        return f"date_add(DATE '1970-01-01', {since})"


DUCKDB = Dialect("duckdb", '"', "VARCHAR", "HUGEINT", spreads=False)
SPARK = Dialect("spark", "`", "STRING", "DECIMAL(38, 0)", spreads=True)
DIALECTS = {dialect.name: dialect for dialect in (DUCKDB, SPARK)}


# -- connections ----------------------------------------------------------------------------------


class DatabaseError(Exception):
    """A statement that failed; the text is the database's own."""


class Database(Protocol):
    """A connection. Every method raises DatabaseError."""

    dialect: Dialect
    numbered: bool
    """Whether `read` numbers the rows from 1 as they stand in the files, in the column VILLAGE."""

    def read(self, name: str, files: Sequence[Path]) -> None:
        """A named query of parquet files."""

    def table(self, name: str, query: str, *, keep: bool) -> None:
        """A named query; `keep` works it out once, as several others read it."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, exact: whole numbers as int, decimals as Decimal."""

    def drop(self, names: Iterable[str]) -> None:
        """Let go of these tables."""

    def save(self, query: str, path: Path, how: Format) -> None:
        """Write the rows of a query to a new file, or to a folder of parts."""

    def gather(self, saved: Sequence[Path], path: Path) -> None:
        """Make one parquet of several that were saved, in their order."""

    def close(self) -> None:
        """Give back memory and files."""


def whole(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows whose whole decimals are ints."""
    return [
        tuple(int(v) if isinstance(v, Decimal) and v == v.to_integral_value() else v for v in row)
        for row in rows
    ]


# -- DuckDB ---------------------------------------------------------------------------------------


class Duck:
    """DuckDB in this process, within a limit of memory; closed, it removes the folder that it spills to."""

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
        packed = self.rows(
            "SELECT DISTINCT file_name FROM parquet_metadata("
            f"[{listed}]) WHERE upper(compression) = 'BROTLI' ORDER BY file_name"
        )
        if packed:
            raise PolicyProblem([say("FC868", Span(str(file))) for (file,) in packed])

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
        cursor = self._run(query)
        try:
            return whole(cursor.fetchall())
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


# -- files ----------------------------------------------------------------------------------------


def write(database: Database, queries: Iterable[str], path: Path, how: Format) -> None:
    """Write the rows of one query after the other, whole or not at all.

    Each is written before the next is asked for. Raises OSError, DatabaseError and what the queries raise.
    """
    with beside(path) as folder:
        folder.mkdir()
        result = folder / f"result{path.suffix}"
        saved: list[Path] = []
        for query in queries:
            saved.append(folder / f"{len(saved)}.saved")
            database.save(query, saved[-1], how)
        if how == "csv":
            parts = (sorted(file.glob("part-*")) if file.is_dir() else [file] for file in saved)
            _csv_from([part for files in parts for part in files], result)
        elif len(saved) == 1:
            saved[0].replace(result)
        else:
            database.gather(saved, result)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        result.replace(path)


def _csv_from(parts: Sequence[Path], path: Path) -> None:
    """One CSV from parts: a byte order mark, the first part's header, lines that end as Windows' do.

    No text of a roster has a line end in it, so every line end ends a row.
    """
    with path.open("wb") as out:
        out.write(_BOM)
        for number, part in enumerate(parts):
            with part.open("rb") as file:
                if number:
                    file.readline()
                while chunk := file.read(_CHUNK):
                    out.write(chunk.replace(b"\n", b"\r\n"))

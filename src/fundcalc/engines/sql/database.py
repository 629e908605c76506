"""What a database must do to run a script, and the running of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from fundcalc.engines.sql.dialect import Dialect
from fundcalc.engines.sql.script import DECIDED, Script

Format = Literal["parquet", "csv"]


class DatabaseError(Exception):
    """A statement that failed; the text is the database's own."""


class Database(Protocol):
    """A connection. Every method raises DatabaseError."""

    dialect: Dialect
    numbered: bool
    """Whether `read` numbers the rows from 1 as they stand in the files, in the column `village:row`."""

    def read(
        self, name: str, files: Sequence[Path], how: Format, width: int
    ) -> list[tuple[str, str]]:
        """A table of a roster's files; gives each column's name and how it is kept.

        Kinds are `int`, `decimal`, `yes/no`, `date`, `float`, and `text` for all others. A CSV has `width`
        columns, all of text, and its first line is the header.
        """

    def table(self, name: str, query: str, *, keep: bool) -> None:
        """A named query; `keep` works it out once, as several others read it."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, exact: whole numbers as int, decimals as Decimal."""

    def drop(self, names: Iterable[str]) -> None:
        """Let go of these tables."""

    def write(self, queries: Iterable[str], path: Path, how: Format) -> None:
        """Write the rows of one query after the other, whole or not at all.

        Each is written before the next is asked for. What the queries raise is raised.
        """

    def close(self) -> None:
        """Give back memory and files."""


def compute(database: Database, script: Script) -> None:
    """Run a script's queries over the table `facts`; where one fails, none is left. Raises DatabaseError."""
    made: list[str] = []
    try:
        for table in script.tables:
            database.table(table.name, table.text, keep=table.name in script.kept)
            made.append(table.name)
        database.rows(
            f"SELECT COUNT(*) FROM {DECIDED}"
        )  # some databases work a table out no sooner
    except DatabaseError:
        database.drop(reversed(made))
        raise


def forget(database: Database, script: Script) -> None:
    """Let go of a script's tables, so that another can be run over the same facts."""
    database.drop(table.name for table in reversed(script.tables))


def whole(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows whose whole decimals are ints."""
    from decimal import Decimal

    return [
        tuple(int(v) if isinstance(v, Decimal) and v == v.to_integral_value() else v for v in row)
        for row in rows
    ]

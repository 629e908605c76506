"""What is wrong with a roster that a database has read: the first of the rejects, and how many rows."""

from __future__ import annotations

from typing import Any

from fundcalc.engines.sql.database import Database
from fundcalc.engines.sql.facts import raw_name
from fundcalc.engines.sql.reading import KEY, ROW, checked, fault_name, order, twice
from fundcalc.engines.sql.source import Opened
from fundcalc.engines.sql.wrong import fault_of
from fundcalc.language.datatypes import Text
from fundcalc.roster import faults
from fundcalc.roster.model import Fault, Reject

LISTED = 1_000
"""Rows whose faults are listed."""

_HEADER = 1


def find_rejects(database: Database, opened: Opened) -> tuple[list[Reject], int]:
    """The faults of the first rows that have any, and how many rows have. Raises DatabaseError."""
    finder = _Finder(database, opened)
    count = finder.count()
    return ([*finder.faulty(), *finder.twice()], count) if count else ([], 0)


class _Finder:
    def __init__(self, database: Database, opened: Opened) -> None:
        self._db = database
        self._opened = opened
        self._d = database.dialect
        self._numbered = database.numbered
        ordered = order(opened.facts.facts, numbered=database.numbered, known=True)
        self._order = [self._d.id(name) for name in ordered]

    def _faulty(self) -> str:
        """The rows with a value that cannot be taken."""
        names = [self._d.id(fault_name(fact)) for fact in checked(self._opened.facts)]
        return " OR ".join(f"{name} IS NOT NULL" for name in names) or "FALSE"

    def _twice(self) -> str:
        """The rows of villages that cannot be told apart."""
        return f"{self._d.id(KEY)} IN ({twice(self._opened.facts)})"

    def count(self) -> int:
        """How many rows have anything wrong."""
        where = f"{self._faulty()} OR {self._twice()}"
        [(count,)] = self._db.rows(f"SELECT COUNT(*) FROM known WHERE {where}")
        return int(count)

    def faulty(self) -> list[Reject]:
        """What is wrong with values."""
        where, wrong = self._faulty(), checked(self._opened.facts)
        columns = [*self._who()]
        for fact in wrong:
            raw = self._d.id(fact.id if isinstance(fact.type, Text) else raw_name(fact))
            columns += [self._d.id(fault_name(fact)), f"CAST({raw} AS {self._d.text})"]
        listed, ordered = ", ".join(columns), ", ".join(self._order)
        query = f"SELECT {listed} FROM known WHERE {where} ORDER BY {ordered}"
        found: list[Reject] = []
        for row in self._db.rows(f"{query} LIMIT {LISTED}"):
            for at, fact in enumerate(wrong):
                code, value = row[2 + 2 * at], row[3 + 2 * at]
                if code is not None:
                    fault = fault_of(code, fact, value or "")
                    found.append(self._reject(row, fact.id, value or "", fault))
        return found

    def twice(self) -> list[Reject]:
        """Which villages cannot be told apart."""
        key = self._d.id(KEY)
        code = self._d.id("code") if "code" in self._opened.facts.facts else "''"
        columns = ", ".join([*self._who(), key, code])
        ordered = ", ".join([key, *self._order])
        rows = self._db.rows(
            f"SELECT {columns} FROM known WHERE {self._twice()} ORDER BY {ordered} LIMIT {LISTED}"
        )
        groups: dict[str, list[int]] = {}
        for row in rows:
            groups.setdefault(row[2], []).append(self._row(row))
        found = []
        for row in rows:
            others = tuple(str(number) for number in groups[row[2]] if number != self._row(row))
            make = faults.same_code if row[3] else faults.same_village
            fact, value = ("code", row[3]) if row[3] else ("name", str(row[1]))
            found.append(self._reject(row, fact, value, make(others)))
        return found

    def _who(self) -> list[str]:
        """Columns with a row's number, or nothing, and a village's name."""
        names = [self._d.id(id_) for id_ in ("name", "code") if id_ in self._opened.facts.facts]
        who = f"COALESCE({', '.join(f'NULLIF({name}, {chr(39) * 2})' for name in names)}, '')"
        return [self._d.id(ROW) if self._numbered else "0", who]

    def _row(self, row: tuple[Any, ...]) -> int:
        return int(row[0]) + _HEADER if self._numbered else 0

    def _reject(self, row: tuple[Any, ...], fact: str, value: str, fault: Fault) -> Reject:
        number = self._row(row)
        column = self._opened.columns.get(fact)
        return Reject(
            fault.code, "error", self._opened.file, None,
            self._opened.place(fact, number if self._numbered else None), number, str(row[1]),
            column.label if column else "", value[:80], fault.why, fault.mend,
        )  # fmt: skip

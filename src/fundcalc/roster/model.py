"""What a roster becomes: columns of facts, each value with its cell, and what was wrong."""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from fundcalc.base.diagnostics import Severity
from fundcalc.base.words import Words
from fundcalc.language.nodes import Value

ASSUMED = "assumed"
"""The origin of a value that no cell gave: the fact's default."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One faulty cell or row.

    An error keeps the village out of the roster; a warning is a doubt, and the village stays in.
    `cell` is "E7", or None where the fault is the row's as a whole; `row` counts from 1 as in the
    file; `column` is the header as written and `value` what the cell holds, cut to 80 characters.
    """

    code: str
    severity: Severity
    file: str
    sheet: str | None
    cell: str | None
    row: int
    village: str
    column: str
    value: str
    why: Words
    mend: Words


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value and how to mend it, wherever it stands."""

    code: str
    severity: Severity
    why: Words
    mend: Words


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a policy wants of a roster: figures for the day `on`; `names` are those it knows, as counties."""

    on: date | None = None
    names: Collection[str] = ()


@dataclass(slots=True)
class Roster:
    """The villages that can be computed, as columns, and all that was found on the way.

    `columns` has every fact that the file gives or that has a default, with values in roster order:
    whole numbers in smallest units (money in fen), text, yes/no, dates as ordinals; text that is
    blank and has no default is "". `assumed` is True where the default was taken. `cells` has the
    spreadsheet letters of each fact's column, `rows` the row number (from 1) of each village, and
    `digest` the hash of the file's bytes. `rejected_rows` villages were left out.
    """

    file: str
    sheet: str | None
    digest: str
    columns: MutableMapping[str, list[Value]] = field(default_factory=dict)
    assumed: MutableMapping[str, list[bool]] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    rows: Sequence[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)
    rejected_rows: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def origin(self, fact: str, index: int) -> str:
        """Where a village's fact was read: `roster.xlsx!Sheet1!E7`, `roster.csv!E7` or `assumed`."""
        letters = self.cells.get(fact)
        if letters is None or self.assumed[fact][index]:
            return ASSUMED
        return place(self.file, self.sheet, f"{letters}{self.rows[index]}")


def place(file: str, sheet: str | None, cell: str) -> str:
    """A cell with its sheet and file."""
    return "!".join(part for part in (file, sheet, cell) if part)


def letters(column: int) -> str:
    """The spreadsheet letters of a column counted from 0: A, Z, AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text

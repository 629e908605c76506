"""What a roster becomes: columns of facts, each value with its cell, and what was wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import field
from functools import cache

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Severity
from fundcalc.base.words import Words, same
from fundcalc.language.nodes import Value

_CELL = re.compile("[A-Z]{1,3}[1-9][0-9]*")
ASSUMED = "assumed"
"""The origin of a value that no cell gave: the fact's default."""
RUN = "run:"
"""How the origin of a value begins that a recorded run gave; the run's id follows."""
ABSENT = "!absent"
"""What follows the id where that run did not have the village."""


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
    """What is wrong with a value and how to fix it, wherever it stands."""

    code: str
    severity: Severity
    why: Words
    mend: Words


def fault(key: str, /, **fields: Field) -> Fault:
    """What is wrong with a value, in the words of the catalogue."""
    diagnostic = say(key, hint=None, spans=(), witness=None, **fields)
    assert diagnostic.hint is not None
    return Fault(diagnostic.code, diagnostic.severity, diagnostic.message, diagnostic.hint)


@dataclass(frozen=True, slots=True)
class CellCorrection:
    """A cell set right by hand in an intake: what it was, what it is, why and by whom."""

    cell: str
    was: str
    now: str
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Part:
    """Villages read from one table, in order: its file and sheet, and the letters of each fact's column.

    A fact whose letters are "" stands in no column but in a title or in the name of the sheet or file.
    """

    file: str
    sheet: str | None
    digest: str
    villages: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Roster:
    """The villages that can be computed, as columns, and all that was found on the way.

    `columns` has every fact that the file gives or that has a default, with values in roster order:
    whole numbers in smallest units (money in fen), text, yes/no, dates as ordinals; text that is
    blank and has no default is "". `assumed` is True where the default was taken. `parts` say where the
    villages stand and `rows` the row number (from 1) of each. `file` names all of it and `digest` is the
    hash of its bytes, or of its files' hashes. `rejected_rows` villages were left out.
    """

    file: str
    sheet: str | None
    digest: str
    columns: MutableMapping[str, list[Value]] = field(default_factory=dict)
    assumed: MutableMapping[str, list[bool]] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    rows: Sequence[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)
    rejected_rows: int = 0
    intake: bytes | None = None
    corrections: Sequence[CellCorrection] = ()
    told: frozenset[str] = frozenset()
    """Facts of which a person named the unit."""
    before: Mapping[str, str] = field(default_factory=dict)
    """The recorded run from which a fact called `before.…` was taken, by the fact; its id."""

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, fact: str) -> Sequence[Value]:
        """A fact's values; none where the roster has no such column."""
        return self.columns.get(fact, ())

    def gives(self, fact: str) -> bool:
        """Whether a column, a title or a run before says anything of a fact; else it is assumed of all."""
        column = any(fact in part.cells for part in self.parts) and not all(self.assumed[fact])
        return column or fact in self.before

    def origin(self, fact: str, index: int) -> str:
        """Where a village's fact was read: `roster.xlsx!Sheet1!E7`, `roster.csv!E7` or `assumed`.

        A cell that was set right by hand says so: `roster.xlsx!Sheet1!E7 [5万 → 5: 电话核实, 张三]`. What was
        taken from a run before has its id: `run:0001-1a2b3c4d`, with `!absent` if it had no such village.
        """
        if fact in self.before:
            return f"{RUN}{self.before[fact]}" + ABSENT * bool(self.assumed[fact][index])
        cell = self.stands(fact, index)
        if not cell or self.assumed[fact][index]:
            return ASSUMED
        for correction in self.corrections:
            if correction.cell == cell:
                return f"{cell} [{correction.was} → {correction.now}: {correction.why}, {correction.by}]"
        return cell

    def stands(self, fact: str, index: int) -> str:
        """The cell of a village's fact, blank or not; "" where the roster has no column for it."""
        before = 0
        for part in self.parts:
            if index < before + part.villages:
                break
            before += part.villages
        else:
            return ""
        column = part.cells.get(fact)
        if column is None:
            return ""
        return place(part.file, part.sheet, f"{column}{self.rows[index]}" if column else "")


class Unsettled(PolicyProblem):
    """Questions that must be answered before a roster can be computed; `roster` has its other faults."""

    def __init__(self, questions: Sequence[Diagnostic], roster: Roster) -> None:
        super().__init__(questions)
        self.roster = roster


def split_origin(origin: str) -> tuple[str, str]:
    """A cell's file and sheet, and the cell itself, with what it was before it was set right by hand.

    What stands in no cell but in a title or in the name of a sheet or file has no cell; what a run before
    gave has the run in its place.
    """
    if origin == ASSUMED or origin.startswith(RUN):
        return "", origin
    where, bracket, corrected = origin.partition(" [")
    source, _, cell = where.rpartition("!")
    if not _CELL.fullmatch(cell):
        return where, ""
    return source, cell + bracket + corrected


def cell_of(origin: str) -> Words:
    """A value's cell as a reader is told it; of a value that a recorded run gave, the run."""
    if not origin.startswith(RUN):
        return same(split_origin(origin)[1])
    run, _, absent = origin.removeprefix(RUN).partition("!")
    return words("roster.not_in_run" if absent else "roster.of_run", run=run)


def place(file: str, sheet: str | None, cell: str) -> str:
    """A cell with its sheet and file."""
    return "!".join(part for part in (file, sheet, cell) if part)


@cache
def letters(column: int) -> str:
    """The spreadsheet letters of a column counted from 0: A, Z, AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def column_of(name: str) -> int:
    """The column, counted from 0, of A, Z or AA."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def short(text: str, most: int = 40) -> str:
    """A text in one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def first(items: Collection[object], most: int, between: str = ", ") -> str:
    """The first of some items, and how many there are where there are more."""
    listed = between.join(str(item) for item, _ in zip(items, range(most), strict=False))
    return f"{listed} … ({len(items)})" if len(items) > most else listed


def quoted(texts: Iterable[str]) -> str:
    """Texts as a list in quotes."""
    return "、".join(f"“{text}”" for text in texts)

"""Sheets of formulas as plain data, each formula with the value that it has; nothing here writes files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number, Type
from fundcalc.language.nodes import Value

ROW = "\x00"
"""Stands for the row's number in a formula that every village has."""

FIRST_ROW = 2
"""Villages begin below one header row on every sheet, so that one village has one row number."""

LIMIT = 10**14
"""Numbers in formulas stay below this: spreadsheets compare and subtract 15 digits."""

LONGEST_FORMULA = 8_000
MOST_ARGUMENTS = 250
DAY_ZERO = 693_594
"""The ordinal of the day that spreadsheets number 0; they agree on days from 1 March 1900."""
FIRST_DAY = DAY_ZERO + 61


class Inexpressible(Exception):
    """What no formula can say exactly, and why."""

    def __init__(self, why: Words) -> None:
        self.why = why
        super().__init__(why.en)


@dataclass(slots=True)
class Column:
    """A column over all villages. `formula` has ROW for the row's number; None where it is input.

    `values` are whole numbers in smallest units as everywhere; `kind` says how they are shown: money
    in yuan. `low` and `high` are what an input may be, in smallest units.
    """

    id: str
    head: str
    kind: Type
    values: Sequence[Value | float]
    formula: str | None = None
    role: str = "helper"
    low: int | None = None
    high: int | None = None

    @property
    def scale(self) -> int:
        """How many smallest units one shown unit has."""
        return 10 ** (self.kind.decimals or 0) if isinstance(self.kind, Number) else 1


@dataclass(slots=True)
class Grid:
    """A sheet with one row a village."""

    key: str
    columns: list[Column] = field(default_factory=list)

    def add(self, column: Column) -> str:
        """Append a column; returns its letters. A formula too long for a cell is Inexpressible."""
        if column.formula is not None and len(column.formula) > LONGEST_FORMULA:
            raise Inexpressible(
                Words("公式超过单元格容许的长度", "the formula is longer than a cell can hold")
            )
        self.columns.append(column)
        return letters(len(self.columns) - 1)

    def letters(self, id_: str) -> str:
        """The letters of a column by its id."""
        return letters(next(i for i, c in enumerate(self.columns) if c.id == id_))


@dataclass(frozen=True, slots=True)
class Cell:
    """A single cell: its value, in smallest units of `kind`, and its formula if it has one."""

    value: Value | float
    kind: Type
    formula: str | None = None
    role: str = "helper"


@dataclass(slots=True)
class Table:
    """A sheet of unlike rows, such as parameters or pools; the first line stands in row 2."""

    key: str
    heads: list[str] = field(default_factory=list)
    lines: list[list[Cell | None]] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """All sheets in the order of their tabs, and what was left out with the reason."""

    sheets: list[Grid | Table]
    left_out: list[tuple[str, Words]]
    villages: int


def letters(column: int) -> str:
    """The letters of a column counted from 0: A, Z, AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def quoted(text: str) -> str:
    """Text as a constant in a formula."""
    if any(ord(char) < 32 for char in text):
        raise Inexpressible(
            Words("文本含控制字符", "a text has control characters, which no formula can hold")
        )
    parts = [text[i : i + 250].replace('"', '""') for i in range(0, max(len(text), 1), 250)]
    return "&".join(f'"{part}"' for part in parts)

"""What a cell holds: a formula as text, the bounds of its number, and the value to store beside it.

A formula names cells of its own row with ROW in place of the row's number, and sheets by one character
each, so that one text serves a whole column whatever the sheets are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import cache
from itertools import starmap
from typing import Any, Literal

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.roster.model import letters

LIMIT = 10**15
"""Numbers in cells stay below it: spreadsheets compare 15 digits, and doubles hold them exactly."""

NO_FUZZ = 10**13
"""Below it INT of a quotient is exact even where a program rounds to 15 digits first."""

ROW, LIVE, INPUTS, WORK, POOLS = "\0\1\2\3\4"
ABOVE = "\6"
"""Stands for the row above."""

FIRST_ROW = 4
"""The row of the first village, and of the first pool, counted from 1."""

_LONGEST_LITERAL = 250


class Err(str):
    """An error that a cell shows, such as #N/A."""

    __slots__ = ()


NA = Err("#N/A")
DIV0 = Err("#DIV/0!")

Cell = int | float | str
Style = Literal["number", "amount", "flag", "rule", "text", "day"]


class TooLarge(Exception):
    """A number beyond what cells compute exactly, or something else that they cannot hold: `why`."""

    def __init__(self, why: Words | None = None) -> None:
        self.why = why or words("formulas.digits")
        super().__init__(self.why.en)


@dataclass(frozen=True, slots=True)
class Expr:
    """A formula without `=`, and its values: one a row, or one for all rows.

    `atom` says that the text is one reference or constant, `lazy` that it may be an error for villages
    that do not need it, `depth` how deep its calls are nested.
    """

    text: str
    values: Callable[[], Sequence[Cell]]
    atom: bool = False
    lazy: bool = False
    depth: int = 0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Col(Expr):
    """A column in place: its cell in the formula's row is the text, and all its cells are the range."""

    range: str = ""


def atom(text: str, values: Sequence[Cell], *, lazy: bool = False) -> Expr:
    """One reference or constant."""
    return Expr(text, lambda: values, atom=True, lazy=lazy)


def known(text: str, values: Sequence[Cell]) -> Expr:
    """A formula whose values are known from elsewhere."""
    return Expr(text, lambda: values, depth=1)


def made(text: str, function: Callable[..., Cell], *parts: Expr, lazy: bool = False) -> Expr:
    """A formula of parts; `function` gives its value from theirs, of which none is an error."""
    return _joined(text, lambda: lift(function, *(part.values() for part in parts)), parts, lazy)


def choice(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """The one where the condition holds, else the other; an error only of what is asked for."""

    def values() -> list[Cell]:
        each = side_by_side(condition.values(), yes.values(), no.values())
        return [holds if isinstance(holds, Err) else a if holds else b for holds, a, b in each]

    return _joined(f"IF({condition},{yes},{no})", values, (condition, yes, no), lazy=False)


def _joined(
    text: str, values: Callable[[], Sequence[Cell]], parts: Sequence[Expr], lazy: bool
) -> Expr:
    lazy = lazy or any(part.lazy for part in parts)
    return Expr(text, cache(values), lazy=lazy, depth=1 + max(part.depth for part in parts))


@dataclass(slots=True)
class Column:
    """One column of a sheet; `formula` None where only values are known, which then stay as they are.

    `values` are as the cells show them; `decimals` are those shown.
    """

    head: Words
    formula: str | None
    values: Sequence[Cell]
    style: Style = "number"
    decimals: int = 0
    group: Words | None = None


@dataclass(slots=True)
class Grid:
    """A sheet of columns over equal rows, filled from the left; `marker` stands for it in formulas."""

    marker: str
    rows: int
    first: int = 0
    columns: list[Column] = field(default_factory=list)

    def add(self, column: Column) -> Col:
        """Append a column."""
        self.columns.append(column)
        return self.column(self.first + len(self.columns) - 1, column.values)

    def column(self, position: int, values: Sequence[Cell]) -> Col:
        """A column that stands at a position."""
        letter, last = letters(position), FIRST_ROW + self.rows - 1
        cells = f"{self.marker}${letter}${FIRST_ROW}:${letter}${last}"
        return Col(f"{self.marker}{letter}{ROW}", lambda: values, atom=True, range=cells)


def quotable(text: str) -> bool:
    """Whether a text can be written as a literal; others are put into cells of their own."""
    plain = all(char >= " " and char != "\x7f" for char in text) and text.isprintable()
    return plain and len(text) <= _LONGEST_LITERAL and not re.search("_x[0-9A-Fa-f]{4}_", text)


def quoted(text: str) -> str:
    """A text as a literal."""
    return '"' + text.replace('"', '""') + '"'


def integer(value: int) -> str:
    """A number as a literal."""
    return str(value) if value >= 0 else f"({value})"


def side_by_side(*columns: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Columns side by side; one of a single value stands for as many as the others have."""
    most = max(map(len, columns))
    return zip(*(c if len(c) == most else [*c] * most for c in columns), strict=True)


def lift(function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
    """A function over columns; an error among its arguments is its result."""
    if all(Err not in set(map(type, column)) for column in columns):
        return list(starmap(function, side_by_side(*columns)))
    results: list[Any] = []
    for values in side_by_side(*columns):
        wrong = next((value for value in values if isinstance(value, Err)), None)
        results.append(function(*values) if wrong is None else wrong)
    return results


def whole(value: object) -> int:
    """A value that is a whole number."""
    assert isinstance(value, int)
    return value

"""Tables that a report shows alike as text, as HTML and as sheets of a workbook.

A report makes `Listing`s; `text` and `xlsx` here, and the macro `listing.html`, write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Lang, Words


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount; a change shows its sign, and a dash where there is none."""

    value: int
    change: bool = False

    def said(self) -> str:
        """As a reader writes it, in yuan."""
        if self.change and not self.value:
            return "–"
        sign = "+" if self.change and self.value > 0 else ""
        return f"{sign}{grouped(self.value, FEN_DECIMALS)}"


Cell = Words | str | int | Fen


@dataclass(frozen=True, slots=True)
class Listing:
    """One table: rows of as many cells as heads. `total` sets the last row apart; `note` explains.

    `texts` is the number of leading columns that hold text; the others hold numbers. `lines` marks a table
    whose texts are sentences, which a terminal shows in blocks.
    """

    title: Words
    heads: Sequence[Words]
    rows: Sequence[Sequence[Cell]]
    total: bool = False
    texts: int = 1
    note: Words | None = None
    lines: bool = field(default=False)

    def numeric(self, place: int) -> bool:
        """Whether a column holds numbers, which stand flush right."""
        return any(isinstance(row[place], int | Fen) for row in self.rows)

    def shown(self, lang: Lang) -> list[list[str]]:
        """Every cell as text."""
        return [[said(cell, lang) for cell in row] for row in self.rows]


def said(cell: Cell, lang: Lang) -> str:
    """A cell as text."""
    if isinstance(cell, Words):
        return cell.say(lang)
    if isinstance(cell, Fen):
        return cell.said()
    return f"{cell:,}" if isinstance(cell, int) else cell

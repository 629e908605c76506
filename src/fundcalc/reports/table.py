"""Tables that people see, and their writers: text within 80 columns here, CSV in `files`.

The macro `table.html` writes them into pages, `workbook.paper.write_tables` onto sheets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang, Words

COLUMNS = 80
"""What a terminal has."""

IN_YUAN = words("reports.amounts_in_yuan")
TOTAL = words("reports.total")


_NARROWEST = 8
_TEXTS = 40
"""Columns that the texts of a table of numbers have together; longer ones are wrapped."""

_LEAST = 12
"""What of them stays where that lets all columns stand side by side."""

_HEAD = 16
"""What a head may make a column of numbers wide; a longer head is wrapped."""


def county() -> Words:
    """What heads the larger groups that the rows at hand belong to."""
    return words("reports.county")


def payer() -> Words:
    """What heads those who pay, or bear what is no money."""
    return words("reports.payer")


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount in smallest units, of money in fen; a change shows its sign, and a dash for none."""

    value: int
    change: bool = False
    decimals: int = FEN_DECIMALS

    def said(self) -> str:
        """As a reader writes it."""
        if self.change and not self.value:
            return "–"
        return (
            f"{'+' if self.change and self.value > 0 else ''}{grouped(self.value, self.decimals)}"
        )


class Exact(str):
    """A figure as text, which a CSV has as it stands."""

    __slots__ = ()


Cell = Words | str | int | Fen


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as columns; `totals` is a last row set apart, `notes` explain.

    `texts` is the number of leading columns that hold text; the others hold numbers. `sentences` marks a
    table whose texts are long, which a terminal wraps side by side.
    """

    title: Words | None
    columns: Sequence[Words]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] | None = None
    notes: Sequence[Words] = ()
    texts: int = 1
    sentences: bool = False

    @property
    def all_rows(self) -> Sequence[Sequence[Cell]]:
        """The rows, then the totals."""
        return self.rows if self.totals is None else [*self.rows, self.totals]

    def numeric(self, place: int) -> bool:
        """Whether a column holds numbers, which stand flush right."""
        return any(isinstance(row[place], int | Fen) for row in self.all_rows)

    def without_blank(self, *places: int) -> Table:
        """The same without those of some columns that are blank in every row, as groups of rows in none."""
        blank = {
            place for place in places if self.rows and not any(row[place] for row in self.rows)
        }
        kept = [place for place in range(len(self.columns)) if place not in blank]
        return replace(
            self, columns=[self.columns[place] for place in kept],
            rows=[[row[place] for place in kept] for row in self.rows],
            totals=None if self.totals is None else [self.totals[place] for place in kept],
            texts=self.texts - sum(place < self.texts for place in blank),
        )  # fmt: skip

    def shown(self, lang: Lang) -> list[list[str]]:
        """Every cell as text, the totals last."""
        return [[said(cell, lang) for cell in row] for row in self.all_rows]


def said(cell: Cell, lang: Lang) -> str:
    """A cell as text."""
    if isinstance(cell, Words):
        return cell.say(lang)
    if isinstance(cell, Fen):
        return cell.said()
    return f"{cell:,}" if isinstance(cell, int) else cell


# -- text -----------------------------------------------------------------------------------------


def as_text(tables: Iterable[Table], lang: Lang) -> Iterator[str]:
    """Tables as lines of at most 80 columns, a blank line between them."""
    for number, table in enumerate(tables):
        if number:
            yield ""
        if table.title is not None:
            yield table.title.say(lang)
        yield from (_boxed if table.sentences else _plain)(table, lang)
        for note in table.notes:
            yield from wrap(note.say(lang), COLUMNS)


def wrapped(lines: Iterable[Words], lang: Lang) -> list[str]:
    """Sentences as lines of at most 80 columns."""
    return [part for line in lines for part in wrap(line.say(lang), COLUMNS)]


def indented(text: str, first: str = "  ", rest: str = "    ") -> Iterator[str]:
    """A text as lines of at most 80 columns, those after the first set in further."""
    for number, line in enumerate(wrap(text, COLUMNS - len(rest))):
        yield f"{rest if number else first}{line}"


def clipped(texts: Iterable[str]) -> str:
    """Words of others in a sentence, as far as they are told."""
    return "；".join(texts)[:200]


def _plain(table: Table, lang: Lang) -> Iterator[str]:
    """Numbers flush right; columns that do not fit follow in a further block, headed by the texts."""
    head, rows = [column.say(lang) for column in table.columns], table.shown(lang)
    texts = table.texts
    whole = [max(width(row[i]) for row in [head, *rows]) for i in range(texts)]
    words = [max(_longest_word(row[i]) for row in [head, *rows]) for i in range(texts)]
    widths = _shrunk(whole, words, _TEXTS)
    for i in range(texts, len(head)):
        widths.append(max(min(width(head[i]), _HEAD), *(width(row[i]) for row in rows), 0))
    over = sum(widths) + 2 * (len(widths) - 1) - COLUMNS
    if 0 < over <= sum(max(0, size - _LEAST) for size in widths[:texts]):
        widths[:texts] = _shrunk(widths[:texts], words, sum(widths[:texts]) - over)
    for number, block in enumerate(_blocks(widths, texts)):
        if number:
            yield ""
        places = [*range(texts), *block]
        sizes = [widths[i] for i in places]
        rule = "  ".join("-" * size for size in sizes)
        yield from _wrapped_row([head[i] for i in places], sizes, texts)
        yield rule
        for row in rows[: len(table.rows)]:
            yield from _wrapped_row([row[i] for i in places], sizes, texts)
        for row in rows[len(table.rows) :]:
            yield from ([rule] if table.rows else [])
            yield from _wrapped_row([row[i] for i in places], sizes, texts)


def _shrunk(widths: list[int], words: Sequence[int], room: int) -> list[int]:
    """The widest give way until all fit, those last that would cut a word."""
    places = range(len(widths))
    while sum(widths) > room and max(widths) > _NARROWEST:
        spare = [place for place in places if widths[place] > max(words[place], _NARROWEST)]
        widths[max(spare or places, key=widths.__getitem__)] -= 1
    return widths


def _blocks(widths: Sequence[int], texts: int) -> list[list[int]]:
    room = COLUMNS - sum(widths[:texts]) - 2 * (texts - 1)
    blocks: list[list[int]] = [[]]
    free = room
    for index in range(texts, len(widths)):
        need = widths[index] + 2
        if need > free and blocks[-1]:
            blocks.append([])
            free = room
        blocks[-1].append(index)
        free -= need
    return blocks


def _boxed(table: Table, lang: Lang) -> Iterator[str]:
    """Cells are wrapped, so that all columns stand side by side."""
    head, rows = [column.say(lang) for column in table.columns], table.shown(lang)
    widths = _fitted([head, *rows])
    yield from _wrapped_row(head, widths)
    yield "  ".join("-" * size for size in widths)
    for number, row in enumerate(rows):
        if number and any(width(cell) > size for cell, size in zip(row, widths, strict=True)):
            yield ""
        yield from _wrapped_row(row, widths)


def _fitted(rows: Sequence[Sequence[str]]) -> list[int]:
    """As wide as needed, as far as there is room."""
    widths = [max(1, *(width(row[n]) for row in rows)) for n in range(len(rows[0]))]
    words = [max(_longest_word(row[n]) for row in rows) for n in range(len(rows[0]))]
    return _shrunk(widths, words, COLUMNS - 2 * (len(widths) - 1))


def _longest_word(cell: str) -> int:
    """Columns of the longest stretch without a place to break; of wide characters any is one."""
    return max((width(word) for word in re.split(r"[\s\u2e80-\uffef]+", cell) if word), default=2)


def _wrapped_row(
    cells: Sequence[str], widths: Sequence[int], texts: int | None = None
) -> Iterator[str]:
    """The lines of a row; the cells after the first `texts` stand flush right."""
    lines = [
        [part for line in cell.split("\n") for part in wrap(line, size)]
        for cell, size in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, lines))):
        parts = [cell_lines[number] if number < len(cell_lines) else "" for cell_lines in lines]
        padded = [
            pad(part, size, right=texts is not None and place >= texts)
            for place, (part, size) in enumerate(zip(parts, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()

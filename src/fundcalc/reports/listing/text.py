"""Listings for the terminal, within 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang
from fundcalc.reports.listing import Listing
from fundcalc.reports.summary_text import COLUMNS, table

NARROWEST = 8


def as_text(listing: Listing, lang: Lang) -> Iterator[str]:
    """Title, table and note; a wide table of numbers continues in further blocks."""
    yield listing.title.say(lang)
    heads = [head.say(lang) for head in listing.heads]
    if listing.lines:
        yield from boxed(heads, listing.shown(lang))
    else:
        yield from table(heads, listing.shown(lang), total=listing.total, first=listing.texts)
    if listing.note is not None:
        yield from wrap(listing.note.say(lang), COLUMNS)


def boxed(
    heads: Sequence[str], rows: Sequence[Sequence[str]], columns: int = COLUMNS
) -> Iterator[str]:
    """A table whose cells are wrapped, so that all columns stand side by side."""
    widths = _widths([heads, *rows], columns)
    yield from _row(heads, widths)
    rule = "  ".join("-" * one for one in widths)
    yield rule
    for number, row in enumerate(rows):
        if number and any(width(cell) > one for cell, one in zip(row, widths, strict=True)):
            yield ""
        yield from _row(row, widths)


def _widths(rows: Sequence[Sequence[str]], columns: int) -> list[int]:
    """As wide as needed; the widest give way until all fit, those last that would cut a word."""
    widths = [max(1, *(width(row[n]) for row in rows)) for n in range(len(rows[0]))]
    words = [max(_longest_word(row[n]) for row in rows) for n in range(len(rows[0]))]
    room = columns - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > NARROWEST:
        spare = [one for one, word in zip(widths, words, strict=True) if one > max(word, NARROWEST)]
        widths[widths.index(max(spare or widths))] -= 1
    return widths


def _longest_word(cell: str) -> int:
    """Columns of the longest stretch without a place to break; of wide characters any is one."""
    return max((width(word) for word in re.split(r"[\s\u2e80-\uffef]+", cell) if word), default=2)


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    lines = [
        [part for line in cell.split("\n") for part in wrap(line, one)]
        for cell, one in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, lines))):
        parts = [some[number] if number < len(some) else "" for some in lines]
        yield "  ".join(pad(part, one) for part, one in zip(parts, widths, strict=True)).rstrip()

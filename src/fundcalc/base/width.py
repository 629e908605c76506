"""How text stands in a terminal: Chinese characters take two columns, and what nobody sees is shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from unicodedata import category, combining, east_asian_width

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What commands a terminal or cannot be seen in it: controls but line end and tab, marks of direction,
joiners, blanks of no width, selectors of variants, halves of characters."""


def shown(text: str) -> str:
    r"""The text with its hidden characters as `\x1b` or `\u202e`."""
    return HIDDEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


@cache
def char_width(char: str) -> int:
    """Columns that one character takes: 0, 1 or 2; a hidden one as many as its escape."""
    if HIDDEN.match(char):
        return len(shown(char))
    if combining(char) or category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns that a text takes."""
    return len(text) if text.isascii() and text.isprintable() else sum(map(char_width, text))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with spaces up to a number of columns; `right` sets it flush right."""
    gap = " " * max(columns - width(text), 0)
    return gap + text if right else text + gap


def aligned(
    rows: Sequence[Sequence[str]], right: Collection[int], ends: Sequence[str] = ()
) -> list[str]:
    """Rows as lines with their columns below each other, those of `right` to the right; `ends` follow."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(pad(cell, widths[i], right=i in right) for i, cell in enumerate(row))
        for row in rows
    ]
    return [line + end for line, end in zip(lines, ends or [""] * len(lines), strict=True)]


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns; breaks at spaces, or before any wide character.

    Chinese closing punctuation stays with the character before it. A longer word is cut.
    """
    lines: list[str] = []
    line = ""
    for piece in pieces(shown(text)):
        if width(line) + width(piece.rstrip()) <= columns:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while width(line.rstrip()) > columns:
            head = _head(line, columns)
            lines.append(head)
            line = line[len(head) :]
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


_COLUMN = re.compile(r" *\S+(?: \S+)*  +(?=\S)")
"""What stands before a line's second column."""


def laid_out(page: str, columns: int) -> str:
    """A page with each line cut to so many columns; what goes on stands below the line's last column.

    A second column begins behind two spaces or more; a line that is set in has the one where it begins.
    """
    lines: list[str] = []
    for line in page.split("\n"):
        body = line.lstrip(" ")
        first = line[: len(line) - len(body)]
        column = _COLUMN.match(line) if len(first) <= _INDENT else None
        if column is not None:
            first, body = column[0], line[column.end() :]
        if width(line) <= columns:
            lines.append(line)
            continue
        parts = wrap(body, max(columns - width(first), 10))
        lines += [(" " * width(first) if n else first) + part for n, part in enumerate(parts)]
    return "\n".join(lines)


_INDENT = 2
"""Columns by which a line with two columns may be set in."""

_TYPED = re.compile(r'(--[a-z-]+ "[^"]{,60}"[，。；：、）]?)')
"""What is typed as it stands: an option and its quoted value."""


def pieces(text: str) -> list[str]:
    """The text cut where a line may break; never within what is typed as it stands."""
    if '"' not in text:
        return _pieces(text)
    parts: list[str] = []
    for number, part in enumerate(_TYPED.split(text)):
        if number % 2:
            parts.append(part)
        elif part.startswith(" ") and parts:
            parts[-1] += " "
            parts += _pieces(part[1:])
        else:
            parts += _pieces(part)
    return parts


def _pieces(text: str) -> list[str]:
    parts: list[str] = []
    for char in text:
        wide = char_width(char) == 2
        glued = char in "，。；：、）》」』！？”’…—·),.;:" or (
            parts and parts[-1][-1:] in "（《「『“‘"
        )
        new = not parts or (
            not glued and (parts[-1].endswith(" ") or wide or _after_wide(parts, char))
        )
        if new and char != " ":
            parts.append(char)
        elif parts:
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def _after_wide(parts: list[str], char: str) -> bool:
    last = parts[-1][-1:]
    return char_width(char) == 1 and char_width(last) == 2 and last not in "（《「『“‘"


def _head(text: str, columns: int) -> str:
    """The longest beginning of a text that fits; at least one character."""
    used = 0
    for index, char in enumerate(text):
        used += char_width(char)
        if used > columns and index:
            return text[:index]
    return text

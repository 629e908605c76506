"""How wide text stands in a terminal: Chinese characters take two columns, most others one."""

from __future__ import annotations

from functools import cache
from unicodedata import category, combining, east_asian_width


@cache
def char_width(char: str) -> int:
    """Columns that one character takes: 0, 1 or 2."""
    if combining(char) or category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns that a text takes."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with spaces up to a number of columns; `right` sets it flush right."""
    gap = " " * max(columns - width(text), 0)
    return gap + text if right else text + gap


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns; breaks at spaces, or before any wide character.

    Chinese closing punctuation stays with the character before it. A longer word is cut.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
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


def _pieces(text: str) -> list[str]:
    """The text cut where a line may break."""
    pieces: list[str] = []
    for char in text:
        wide = char_width(char) == 2
        glued = char in "，。；：、）》」』！？”’…—·" or (
            pieces and pieces[-1][-1:] in "（《「『“‘"
        )
        new = (
            not pieces
            or pieces[-1].endswith(" ")
            or (wide and not glued)
            or _after_wide(pieces, char)
        )
        if new and char != " ":
            pieces.append(char)
        elif pieces:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _after_wide(pieces: list[str], char: str) -> bool:
    last = pieces[-1][-1:]
    return char_width(char) == 1 and char_width(last) == 2 and last not in "（《「『“‘"


def _head(text: str, columns: int) -> str:
    """The longest beginning of a text that fits; at least one character."""
    taken = 0
    for index, char in enumerate(text):
        taken += char_width(char)
        if taken > columns and index:
            return text[:index]
    return text

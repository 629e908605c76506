"""How large the type of a letter can be so that it fits one page, reckoned from its texts.

Measuring by the typesetter itself would set every letter several times. The lengths are those of
letter.typ; that every letter has one page is checked once it is set, and where it has not, sizes are tried.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

_POINTS = 72 / 25.4
_WIDE, _HALF = 178 * _POINTS, 86 * _POINTS
_TABLE = tuple(mm * _POINTS for mm in (38, 36, 76, 28))
_FACTS = tuple(mm * _POINTS for mm in (35, 36, 13))
"""The columns of the table of amounts, and of the facts."""
_INSET = 0.8
_HIGH = (297 - 24) * _POINTS * 1.02
_LINE, _GAP = 1.32, 0.32
"""The height of a line with the gap below it, in units of the type's size; and the gap."""
_LATIN = 0.57
"""The width of a Latin letter or figure, likewise; all others take one unit."""
_LOST = 1.2
"""What a line that breaks leaves empty at its end, likewise."""

_SURELY = 1.25
"""How much longer than reckoned a text may be: a line of wide letters."""

SIZES = [n / 10 for n in range(90, 53, -2)]
SHORT_SIZES = [n / 10 for n in range(80, 39, -2)]

_Lengths = list[float]


def halves(programmes: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The programmes in two columns, the higher one as low as can be."""
    heights = [_Programme(one).height(_HALF / 7.5, short=False) for one in programmes]
    cut = min(
        range(len(programmes) + 1),
        key=lambda n: (max(sum(heights[:n]), sum(heights[n:])), -n),
    )
    return list(programmes[:cut]), list(programmes[cut:])


def flat(letter: Mapping[str, Any], points: float) -> bool:
    """Whether every amount and fact surely has one line, so that rows need no measuring."""
    return all(
        _long(text) * _SURELY <= width / points - inset
        for rows, widths, inset in (
            (letter["amounts"], _TABLE, _INSET),
            (letter["facts"], _FACTS, 0),
        )
        for row in rows
        for text, width in zip(row, widths, strict=True)
    )


def size(letter: Mapping[str, Any], sources: Sequence[str]) -> tuple[float, bool]:
    """The size of type in points, and whether only what decides is shown."""
    one = _Letter(letter, sources)
    for short, sizes in ((False, SIZES), (True, SHORT_SIZES)):
        found = bisect_left(sizes, True, key=lambda points: one.fits(points, short=short))
        if found < len(sizes):
            return sizes[found], short
    return SHORT_SIZES[-1], True


class _Letter:
    """A letter's texts as lengths in units of the type's size."""

    def __init__(self, letter: Mapping[str, Any], sources: Sequence[str]) -> None:
        self._rows = [(_long(row[0]), _long(row[2])) for row in letter["amounts"]]
        self._plain = [_long(text) for text in (*letter["by_hand"], *letter["hinges"], *sources)]
        self._facts = (len(letter["facts"]) + 1) // 2
        self._sides = [[_Programme(one) for one in letter[side]] for side in ("left", "right")]
        self._heads = 4 + bool(letter["hinges"])

    def fits(self, points: float, *, short: bool) -> bool:
        """Whether the letter fits one page in a size of type."""
        title, capitals = _TABLE[0] / points - _INSET, _TABLE[2] / points - _INSET
        rows = sum(
            0.4 + max(_lines(one, title), _lines(other, capitals)) * _LINE - _GAP
            for one, other in self._rows
        )
        sides = (
            sum(one.height(_HALF / points, short=short) for one in side) for side in self._sides
        )
        # the title and three lines below it, the heads, the table's own head, signatures and digests
        fixed = 1.9 + _LINE * 3 + self._heads * 2.4 + 1.4 + 1.6 + _LINE + 0.8 + _LINE * 3 * 0.82
        height = fixed + rows + self._facts * _LINE + max(sides) + _LINE * short
        return (height + _all(self._plain, _WIDE / points)) * points <= _HIGH


class _Programme:
    def __init__(self, one: Mapping[str, Any]) -> None:
        self._rules = [
            (
                rule["holds"],
                _long(rule["title"]) + _long(rule["source"]) + _long(rule["alone"]) + 6,
                [_long(part["text"]) + 7 for part in rule["parts"]],
            )
            for rule in one["rules"]
        ]
        self._steps = [_long(text) for text in one["steps"]]
        self._notes = [_long(text) for text in one["notes"]]

    def height(self, room: float, *, short: bool) -> float:
        """The height in a column of some width, both in units of the type's size."""
        total = _LINE + 0.8 + _all(self._steps, room)
        for holds, title, parts in self._rules:
            if holds or not short:
                total += _lines(title, room) * _LINE + _all(parts, room)
        return total + (0 if short else _all(self._notes, room))


def _long(text: str) -> float:
    """The length of a text in units of the type's size."""
    latin = len(text.encode("ascii", "ignore"))
    return len(text) - latin * (1 - _LATIN)


def _all(lengths: _Lengths, room: float) -> float:
    """The height of some texts below each other."""
    return sum(_lines(length, room) for length in lengths) * _LINE


def _lines(length: float, room: float) -> int:
    """Lines that a text takes."""
    return 1 if length <= room else int(length / (room - _LOST)) + 1

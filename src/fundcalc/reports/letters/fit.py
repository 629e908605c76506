"""How large the type of a letter can be so that it fits one page, reckoned from its texts.

Measuring by the typesetter itself would set every letter several times. The lengths are those of
letter.typ; that every letter has one page is checked once it is set, and where it has not, sizes are tried.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_POINTS = 72 / 25.4
_WIDE, _HALF = 178 * _POINTS, 86 * _POINTS
_TABLE = tuple(mm * _POINTS for mm in (38, 36, 73, 31))
_FACTS = tuple(mm * _POINTS for mm in (35, 37, 12))
"""The columns of the table of amounts, and of the facts."""
_INSET = 0.8
_HIGH = (297 - 24) * _POINTS * 0.985
_LINE, _GAP = 1.32, 0.32
"""The height of a line with the gap below it, in units of the type's size; and the gap."""
_LOST = 1.2
"""What a line that breaks leaves empty at its end, likewise."""

_SURELY = 1.03
"""How much longer than reckoned a text may be."""

_WIDTHS = {
    224: " ", 270: "|", 275: "ij", 278: "',.:;", 284: "l", 293: "I", 323: "!", 325: "f",
    338: "()[]{}", 347: "-", 377: "t", 388: "r", 392: "/\\", 467: "*", 468: "s", 474: '"?', 475: "z",
    498: "x", 510: "c", 521: "vy", 531: "Y", 535: "J", 543: "L", 552: "Fk", 554: "e",
    555: "#$+0123456789<=>^~", 559: "_", 563: "a", 564: "g", 573: "X", 575: "V", 589: "E", 596: "S",
    599: "T", 603: "Z", 606: "`o", 607: "hu", 608: "A", 610: "n", 618: "b", 620: "dpq", 633: "P",
    635: "R", 638: "C", 646: "K", 657: "B", 680: "&", 688: "D", 689: "G", 721: "U", 723: "N", 728: "H",
    742: "OQ", 802: "w", 812: "M", 878: "W", 921: "%", 926: "m", 946: "@",
}  # fmt: skip
"""The widths of ASCII in the letters' font, in thousandths of its size."""


_ASCII = [0.0] * 128
for _width, _chars in _WIDTHS.items():
    for _char in _chars:
        _ASCII[ord(_char)] = _width / 1000

SIZES = [n / 10 for n in range(90, 53, -2)]
SHORT_SIZES = [n / 10 for n in range(80, 39, -2)]

_Lengths = list[float]


def fitted(
    letter: Mapping[str, Any], programmes: Sequence[Any], sources: Sequence[str]
) -> dict[str, Any]:
    """The letter with its programmes in two columns of about one height, and its size of type.

    `size` is in points; `short`: only what decides is shown; `flat`: every amount and fact surely has
    one line, so that rows need no measuring.
    """
    measured = [_Programme(one) for one in programmes]
    cut = _halved(measured)
    one = _Letter(letter, (measured[:cut], measured[cut:]), sources)
    points, short = _size(one)
    # rows without measuring are worth type that is a little smaller
    smaller = next((p for p in _a_little_smaller(points) if _flat(letter, p)), None)
    return {
        **letter, "left": programmes[:cut], "right": programmes[cut:], "size": smaller or points,
        "short": short, "flat": smaller is not None,
    }  # fmt: skip


def _a_little_smaller(points: float) -> Iterator[float]:
    return (round(points - less / 10, 1) for less in range(0, 8, 2))


def _halved(programmes: Sequence[_Programme]) -> int:
    """How many programmes stand on the left, so that the higher column is as low as can be."""
    heights = [one.height(_HALF / 7.5, short=False) for one in programmes]
    return min(
        range(len(programmes) + 1),
        key=lambda n: (max(sum(heights[:n]), sum(heights[n:])), -n),
    )


def _flat(letter: Mapping[str, Any], points: float) -> bool:
    return all(
        _long(text) * _SURELY <= width / points - inset
        for rows, widths, inset in (
            (letter["amounts"], _TABLE, _INSET),
            (letter["facts"], _FACTS, 0),
        )
        for row in rows
        for text, width in zip(row, widths, strict=True)
    )


def _size(one: _Letter) -> tuple[float, bool]:
    for short, sizes in ((False, SIZES), (True, SHORT_SIZES)):
        found = bisect_left(sizes, True, key=lambda points: one.fits(points, short=short))
        if found < len(sizes):
            return sizes[found], short
    return SHORT_SIZES[-1], True


class _Letter:
    """A letter's texts as lengths in units of the type's size."""

    def __init__(
        self,
        letter: Mapping[str, Any],
        sides: tuple[Sequence[_Programme], Sequence[_Programme]],
        sources: Sequence[str],
    ) -> None:
        self._rows = [(_long(row[0]), _long(row[2])) for row in letter["amounts"]]
        self._plain = [_long(text) for text in (*letter["remarks"], *letter["hinges"], *sources)]
        self._facts = (len(letter["facts"]) + 1) // 2
        self._sides = sides
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
        fixed = 1.9 + _LINE * 3 + self._heads * 2.4 + 1.4 + 1.6 + _LINE + 0.8 + _LINE * 2 * 0.82
        height = fixed + rows + self._facts * _LINE + max(sides) + _LINE * short
        return (height + _all(self._plain, _WIDE / points)) * points <= _HIGH


class _Programme:
    """A programme's lines as lengths: those that always stand there, and those left out for want of room."""

    def __init__(self, one: Mapping[str, Any]) -> None:
        self._always = [_long(text) for text in one["steps"]]
        self._further = [_long(text) for text in one["notes"]]
        for line in one["rules"]:
            lines = self._always if line["decides"] else self._further
            lines.append(_long(line["firm"]) + _long(line["text"]))

    def height(self, room: float, *, short: bool) -> float:
        """The height in a column of some width, both in units of the type's size."""
        further = 0 if short else _all(self._further, room)
        return _LINE + 0.8 + _all(self._always, room) + further


def _long(text: str) -> float:
    """The length of a text in units of the type's size; what is not ASCII takes one."""
    latin = text.encode("ascii", "ignore")
    return len(text) - len(latin) + sum(map(_ASCII.__getitem__, latin))


def _all(lengths: _Lengths, room: float) -> float:
    broken = [int(length / (room - _LOST)) for length in lengths if length > room]
    return (len(lengths) + sum(broken)) * _LINE


def _lines(length: float, room: float) -> int:
    return 1 if length <= room else int(length / (room - _LOST)) + 1

"""What stands on a paper: its sheets, figures and amounts in texts, formulas, digests and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from pathlib import Path
from sys import intern
from typing import NamedTuple

from fundcalc.base import dataclass
from fundcalc.roster.files.book import open_book
from fundcalc.roster.files.cells import MAX_WIDTH
from fundcalc.roster.files.source import read
from fundcalc.roster.files.xlsx import Workbook
from fundcalc.roster.model import column_of, letters, place
from fundcalc.roster.sheet import FORMATTED, Sheet

Cell = tuple[int, int]

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FIGURES = re.compile(r"(?<![A-Za-z0-9_.:-])-?\d[\d,]*(?:\.\d+)?(?![A-Za-z0-9_:]|-\d)")
_CAPITALS = re.compile("负?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元[零壹贰叁肆伍陆柒捌玖角分整]+")
EITHER = re.compile(f"{_CAPITALS.pattern}|{_FIGURES.pattern}")
_AMOUNT = re.compile(
    rf"{_CAPITALS.pattern}|[¥￥]\s*\d|\d[\d,]*\.\d\d(?![\d.])|\d\s*(?:元|万|亿|yuan\b)"
    "|[一二两三四五六七八九十百千万亿]{2,}元"
)
"""What is an amount in a sentence, and no day, number of a document or digest."""

_BARE = re.compile(r"(?<![A-Za-z0-9_.,:-])(?:\d{5,6}|\d{1,3}(?:,\d{3}){1,2})(?![A-Za-z0-9_.,:年-])")
"""What may be an amount where nothing says so: five or six digits, or some with commas."""

_TERM = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_SUM = re.compile(r"(?:ROUND\()?(?:SUM\(|SUBTOTAL\(9,)?([A-Z$\d:,+]+)\)?(?:,\d\))?")
_REFERENCE = re.compile(r"(!?)(?<!\w)([A-Z]{1,3})(\d+)(?![\w(!.])(?::([A-Z]{1,3})(\d+))?")

_DIGEST = "[0-9a-f]{40,}"
_DAY = r"(?<!\d)(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2}(?!\d)日?)?"
_EITHER = re.compile(f"({_DIGEST})|({_DAY})")
_FIGURE = re.compile(r"\d[\d,.]*")
_CODES = re.compile(r"&[LCR]|&\d+")
"""What the head and foot of a sheet's pages have for places and sizes of type."""

_WORDS = 12
"""Characters before a digest or a day by which it is known."""


@lru_cache(maxsize=100_000)
def number(text: str) -> Decimal | None:
    """A figure as a paper writes it; None where the text is none."""
    text = text.strip()
    if not text[:1].isdecimal() and not text.startswith("-"):
        return None
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def skeleton(text: str) -> str:
    """A text with its figures left out."""
    return "#" if number(text) is not None else EITHER.sub("#", text)


def figures(text: str) -> list[str]:
    """The figures in a text, amounts in capitals among them, as they are written."""
    return [text] if number(text) is not None else EITHER.findall(text)


def is_money(text: str) -> bool:
    """Whether a cell is a figure, or names an amount."""
    return number(text) is not None or bool(_AMOUNT.search(text))


def may_be_money(text: str) -> bool:
    """Whether a line that no run has may say an amount, though no unit stands there."""
    return is_money(text) or bool(_BARE.search(text))


def plain(formula: str, row: int) -> str:
    """A formula wherever its row stands, as any spreadsheet writes it; cells of its sheet by distance."""

    def by_distance(match: re.Match[str]) -> str:
        elsewhere, left, top, right, bottom = match.groups()

        def shown(letters: str, text: str) -> str:
            distance = int(text) - row - 1
            return f"{letters}[{distance}]" if not distance or not elsewhere else letters + text

        return elsewhere + shown(left, top) + (f":{shown(right, bottom)}" if right else "")

    text = re.sub(r"'([^'!]+)'(?=!)", r"\1", formula)
    text = re.sub(r"(?<![\w.])\d+E\+?\d+", lambda match: str(int(Decimal(match[0]))), text)
    text = re.sub(r"_xlfn\.|_xlws\.|\s|\$", "", text)
    return _REFERENCE.sub(by_distance, text)


def summed(formula: str, rows: int, text: Callable[[int, int], str]) -> Decimal | None:
    """What a sum of the sheet's own cells comes to by the figures stored there; None for other formulas."""
    match = _SUM.fullmatch(re.sub(r"\s", "", formula))
    terms = re.split("[,+]", match[1]) if match else []
    total = Decimal(0)
    for term in terms:
        if not (cells := _TERM.fullmatch(term)):
            return None
        left, top, right, bottom = cells.groups()
        for row in range(int(top) - 1, min(int(bottom or top), rows)):
            for column in range(column_of(left), column_of(right or left) + 1):
                total += number(text(row, column)) or 0
    return total if terms else None


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as texts, its formulas, and what is printed at the head and foot of its pages."""

    name: str
    rows: Sequence[Sequence[str]]
    formulas: Mapping[Cell, str] = field(default_factory=dict)
    ends: Sequence[str] = ()
    filled: Collection[Cell] = ()
    """Cells that show what the run has, since nothing is stored in them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names of cells in the workbook mean; one of a single sheet has its number before a `!`."""
    size: str = ""
    """The workbook format's number of the paper that it is printed on; "" where none stands there."""

    def text(self, row: int, column: int) -> str:
        """What a cell shows; "" beyond the sheet."""
        cells = self.rows[row]
        return cells[column].strip() if column < len(cells) else ""


class Spot(NamedTuple):
    """A place on a sheet; without a column the sheet itself."""

    grid: Grid
    row: int
    column: int | None

    @property
    def text(self) -> str:
        """What the cell shows."""
        return self.grid.text(self.row, self.column or 0)

    @property
    def name(self) -> str:
        """Sheet and cell."""
        cell = f"{letters(self.column)}{self.row + 1}" if self.column is not None else ""
        return place("", self.grid.name or None, cell)


def grids(path: Path) -> list[Grid]:
    """The sheets of a workbook, or the one of a CSV. Raises PolicyProblem."""
    book = open_book(path, widest=MAX_WIDTH)
    behind = (
        Workbook(read(path, lines=False, widest=MAX_WIDTH))
        if path.suffix.lower() == ".xlsx"
        else None
    )
    sheets: list[Grid] = []
    for entry in book.sheets:
        sheet = book.load(entry.name)
        head = [sheet.header] if sheet.header else []
        rows = [[*map(intern, row)] for row in chain(head, sheet.rows())]  # a text is held once
        if behind is None:
            sheets.append(Grid("", rows))
            continue
        for row, column in _formatted(sheet):
            rows[row][column] += sheet.formats[sheet.kind(row, column) - FORMATTED].unit
        formulas, ends, size = behind.behind(entry.name or "")
        sheets.append(Grid(entry.name or "", rows, formulas, ends, names=behind.names, size=size))
    return sheets


def _formatted(sheet: Sheet) -> list[Cell]:
    """Cells whose number format puts digits or a power of ten next to the figure, as 0"0" and 0"万"."""
    counting = [bool(re.search(r"[\d十百千万亿]", form.unit)) for form in sheet.formats]
    if sheet.kinds is None or not any(counting):
        return []
    rows, columns = (sheet.kinds >= FORMATTED).nonzero()
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    return [cell for cell in cells if counting[sheet.kind(*cell) - FORMATTED]]


class Printed:
    """What the run's paper says, to be held against what the other one does."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: dict[str, list[str]] = {}
        self._digests: set[str] = set()
        for text in texts:
            for label, _, value in _labelled(text):
                self._known.setdefault(label, []).append(value)
                if re.fullmatch(_DIGEST, value):
                    self._digests.add(value)

    def differing(self, text: str) -> Iterator[tuple[str, str, str]]:
        """The words before each that differs, what the paper says, and what the run does ("" if unknown)."""
        for label, before, value in _labelled(text):
            known = self._alike(label)
            if known and all(_value(value) != _value(other) for other in known):
                yield before, value, known[0]
            elif not known and re.fullmatch(_DIGEST, value) and value not in self._digests:
                yield before, value, ""

    def _alike(self, label: str) -> list[str]:
        """What stands behind the words that have most in common with these, to their end."""
        shared = {other: _shared(label, other) for other in self._known}
        most = max(shared.values(), default=0)
        if not most:
            return []
        return [value for other, n in shared.items() if n == most for value in self._known[other]]


def _labelled(text: str) -> Iterator[tuple[str, str, str]]:
    """Each digest and day of a text behind the words before it: as they are told apart, and as written."""
    end = 0
    for match in _EITHER.finditer(text):
        before = _CODES.sub("", text[end : match.start()])
        end = match.end()
        if before.strip():
            label = _FIGURE.sub("#", re.sub(r"\s", "", before))
            yield label[-_WORDS:], before.strip()[-2 * _WORDS :], match[0]


def _shared(label: str, other: str) -> int:
    """How many characters two wordings share, where the shorter of both ends the longer."""
    short, long = sorted((label, other), key=len)
    return len(short) if long.endswith(short) else 0


def _value(text: str) -> tuple[str, ...]:
    """A day as its numbers, however it is written; a digest as it is."""
    if re.fullmatch(_DIGEST, text):
        return (text,)
    return tuple(number.lstrip("0") for number in re.findall(r"\d+", text))

"""A table that people sign: head, strips of pages, sums, a check of every row, and what stands below it.

Columns that do not fit onto a page go on to a second strip of pages, programme by programme, where the first
columns are repeated. To the right of what is printed, each row says whether its numbers are those stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import accumulate, groupby, zip_longest
from typing import Any, Literal

from xlsxwriter.format import Format

from fundcalc.base import dataclass
from fundcalc.base.money import FEN_DECIMALS
from fundcalc.language.units import Unit
from fundcalc.policy.plan import Plan
from fundcalc.reports.workbook.paper import (
    BODY,
    GAP,
    HEIGHT,
    ROOM,
    Paper,
    broken,
    clipped,
    evenly,
    head_width,
    in_cell,
    row_height,
    units,
)
from fundcalc.roster.model import letters

_TextCell = tuple[int, int, int, int, str, str]
"""A cell of the head or foot: first row and column, last row and column, text, style."""

Formula = Callable[[int, int], str]
"""A formula without `=` by a village's position and its row."""

_BY_HAND = 11
"""How wide the room is in which a name is signed."""

_TITLE = 14

_BOLD = 0.93
"""How much of a line a title may take: bold type is wider."""

_MOST_LINES = 12
"""Lines of a cell; what is longer is cut here, and whole on the sheet of data."""

_LONGEST = 7_000
"""Characters of a formula's tests; Excel takes 8,192 in all."""

_MOST_TERMS = 200
"""Cells that one SUM names, and tests that one AND does; Excel takes 255."""


REPEATED = 2
"""How many columns stand on every page of a sheet to sign: running number and who it is."""


@dataclass(frozen=True, slots=True)
class Col:
    """One column: texts, or numbers in smallest units, `money` in the paper's unit.

    `formula` gives a cell's formula where it holds no plain number. `stored` gives a formula for what is
    stored of it, against which the cell is checked; without it the check is against the number itself.
    `unit` is that of what is paid.
    """

    id: str
    title: str
    values: Sequence[Any]
    kind: Literal["text", "money", "number"] = "text"
    group: str | None = None
    decimals: int = 0
    summed: bool = True
    least: float = 2
    most: float = 20
    payer: str | None = None
    unit: Unit | None = None
    formula: Formula | None = None
    stored: Formula | None = None
    parts: Sequence[str] = ()
    """The columns of the villages' sheet that are added up here."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with a sum below them, which is found again by `key`, if any. No label, no sum."""

    label: str | None
    style: Literal["sub", "county", "total"]
    rows: Sequence[int] = ()
    parts: Sequence[Group] = ()
    key: str | None = None

    def members(self) -> Iterator[int]:
        """All rows, in order."""
        yield from self.rows
        for part in self.parts:
            yield from part.members()


@dataclass
class Form:
    """One such sheet, written from the top down; rows and columns are counted from 0.

    The first `repeat` columns stand on every page. `place` says in which row a position stands, `sums` in
    which row a group's sum stands, by the group's key. `like` is a sheet of the same columns, measured
    already; `further` gives what else must hold of a row for it to be right.

    `lines` has what stands above and below the table: on every strip of pages, or `once`. `added` has each
    sum's label, and of which rows it is: the first, and the one after the last.
    """

    paper: Paper
    name: str
    cols: Sequence[Col]
    size: float = BODY
    repeat: int = REPEATED
    checked: bool = False
    like: Form | None = None
    further: Callable[[int], str] | None = None
    place: dict[int, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    once: list[str] = field(default_factory=list)
    added: list[tuple[str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sheet = self.paper.sheet(self.name, self.size)
        self.sheet.center_horizontally()
        self.widths: list[float] = (
            self.like.widths
            if self.like
            else [_width(self.paper, col, self.size) for col in self.cols]
        )
        keys = [col.group or col.id for col in self.cols]
        grouped = next((place for place, col in enumerate(self.cols) if col.group), 0)
        keys[:grouped] = [keys[grouped]] * grouped  # no strip of names alone
        self.strips = strips(self.widths, keys, self.repeat, ROOM[self.paper.settings.paper])
        self._last = len(self.cols) - 1
        self._heights: list[float] = []
        self._sum_rows: list[int] = []
        self._normal = row_height(1, self.size)
        self.numbers: dict[int, str] = self.like.numbers if self.like else {}
        self._lines: dict[tuple[int, str], tuple[str, int]] = {}

    # -- widths and strips --------------------------------------------------------------------------

    def _text_from(self, strip: int) -> int:
        """Where a strip's title begins: not in the columns repeated, which would repeat a piece of it."""
        return self.strips[strip][0] if strip or len(self.strips) == 1 else self.repeat

    def _span(self, strip: int) -> float:
        first, last = self._text_from(strip), self.strips[strip][1]
        return sum(self.widths[first : last + 1]) + GAP * (last - first)

    def _middle(self, strip: int, wide: float) -> tuple[int, int]:
        """The columns over which a title of a width stands nearest to the middle of its page."""
        first, last = self._text_from(strip), self.strips[strip][1]
        across = self._across_width() if len(self.strips) > 1 else 0
        room = self._span(strip) - across
        if not strip and wide < room:  # nothing of it is in the columns repeated
            return 0, last
        widths = accumulate(width + GAP for width in self.widths[first : last + 1])
        ends = [(abs(w - room), end) for end, w in enumerate(widths, first) if _BOLD * w > wide]
        return first, min(ends, default=(0, last))[1]

    # -- head ---------------------------------------------------------------------------------------

    def head(self, title: str, plan: Plan, notices: Sequence[str], *, amounts: bool = True) -> None:
        """Title, issuer, day and the unit of `amounts` over every strip, notices, and the header rows."""
        paper, settings = self.paper, self.paper.settings
        self.sheet.widths(self.widths)
        cells: list[_TextCell] = []
        for strip, (_, last) in enumerate(self.strips):
            first = self._text_from(strip)
            text = title + paper.say("book.continued") if strip else title
            size = self.size if strip else _TITLE
            span = self._span(strip)
            text, lines = clipped(evenly(text, _BOLD * span, size), span, 4, size)
            wide = max(units(line, size) for line in text.split("\n"))
            style = "continued" if strip else "title"
            begin, end = self._middle(strip, wide)
            cells.append((0, begin, 0, end, text, style))
            self._set_height(0, max(lines * size * 1.5, self._height(0), 30))
            on = paper.say("book.on", on=plan.on)
            unit = paper.say("book.unit_yuan" if paper.in_yuan else "book.unit_wan")
            if not amounts or not any(col.kind == "money" for col in self.cols):
                cells.append((2, first, 2, first, on, "line"))
            elif units(f"{on}  {unit}", self.size) < self._span(strip) and last > first:
                cells += [(2, first, 2, first, on, "line"), (2, last, 2, last, unit, "right")]
            else:
                cells.append((2, first, 2, last, f"{on}\n{unit}", "wrap"))
                self._set_height(2, row_height(2, self.size))
        above = paper.say("book.issuer", name=settings.issuer or "")
        if settings.document_no:
            above += "        " + paper.say("book.document_no", number=settings.document_no)
        first, last = self._text_from(0), self.strips[0][1]
        for row, notice in ((1, above), *enumerate(notices, 3)):
            text, lines = clipped(notice, self._span(0), _MOST_LINES, self.size)
            cells.append((row, first, row, last, text, "wrap"))
            self._set_height(row, row_height(lines, self.size))
        self.lines += [text for row, *_, text, _ in cells if row < 3]
        self.once += [text for row, *_, text, _ in cells if row >= 3]
        self._lay(cells + self._heads(3 + len(notices)))

    def _lay(self, cells: Sequence[_TextCell]) -> None:
        """Cells, merged or not, in the order of rows: a large sheet leaves each row behind."""
        blank = [
            (row + 1, column, row + 1, column, "", style)
            for row, column, last, _, _, style in cells
            if last > row
        ]
        for row, first, last_row, last, text, style in sorted([*cells, *blank]):
            for column in range(first + 1, last + 1):
                self.sheet.write_blank(row, column, None, self._style(style))
            if text or last_row > row:
                self.sheet.text(row, first, text, style)
            else:
                self.sheet.write_blank(row, first, None, self._style(style))
            if (row, first) != (last_row, last):
                self.sheet.join(row, first, last_row, last)

    def _across(self, row: int, strip: int, text: str, style: str = "wrap") -> str:
        """A line of text over a strip, as high as it needs; returns it as it is shown."""
        text, lines = clipped(text, self._span(strip), _MOST_LINES, self.size)
        self._lay([(row, self._text_from(strip), row, self.strips[strip][1], text, style)])
        self._set_height(row, row_height(lines, self.size))
        return text

    def _set_height(self, row: int, height: float) -> None:
        while len(self._heights) <= row:
            self._heights.append(self._normal)
        self._heights[row] = height
        self.sheet.set_row(row, height)

    def _height(self, row: int) -> float:
        return self._heights[row] if row < len(self._heights) else self._normal

    def _heads(self, row: int) -> list[_TextCell]:
        """Two header rows, repeated on every page: programmes over their columns."""
        sheet, paper = self.sheet, self.paper
        cells: list[_TextCell] = []
        upper = lower = 1
        for first, last in self.strips:
            for group, inside in groupby(
                range(first, last + 1), key=lambda column: self.cols[column].group
            ):
                places = list(inside)
                for place in places:
                    head = broken(self.cols[place].title, self.widths[place], self.size)
                    text, lines = self._clipped(place, head)
                    top = row if group is None else row + 1
                    cells.append((top, place, row + 1, place, text, "head"))
                    lower = max(lower, lines - (row + 1 - top))
                if group is not None:
                    room = sum(self.widths[place] + GAP for place in places) - GAP
                    text, lines = clipped(broken(group, room, self.size), room, 4, self.size)
                    cells.append((row, places[0], row, places[-1], text, "head"))
                    upper = max(upper, lines)
        self._set_height(row, row_height(upper, self.size))
        self._set_height(row + 1, row_height(lower, self.size))
        self._first = row + 2
        sheet.set_default_row(self._normal)
        sheet.freeze_panes(self._first, self.repeat)
        sheet.repeat_rows(row, row + 1)
        if len(self.strips) > 1:
            sheet.repeat_columns(0, self.repeat - 1)
            sheet.set_v_pagebreaks([first for first, _ in self.strips[1:]])
        if self.checked:
            sheet.set_column(self._checks, self._checks, 9)
            check = paper.say("book.check")
            cells.append((row + 1, self._checks, row + 1, self._checks, check, "head"))
        return cells

    def _style(self, name: str, number: str = "") -> Format:
        return self.paper.style(name, number, size=self.size)

    # -- rows ---------------------------------------------------------------------------------------

    @property
    def _checks(self) -> int:
        """The column that says whether a row is as stored, a little apart from what is printed."""
        return len(self.cols) + 1

    def body(self, whole: Group) -> None:
        """All rows with their sums."""
        self._prepared = [self._writer(place, col) for place, col in enumerate(self.cols)]
        self._row, self._number = self._first, 0
        money = FEN_DECIMALS if self.paper.in_yuan else 6
        self._decimals = [money if col.kind == "money" else col.decimals for col in self.cols]
        self._group(whole)
        if self.checked:
            bad = f'"{self.paper.say("book.differ")}"'
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": bad,
                "format": self.paper.style("bad"),
            }
            self.sheet.conditional_format(
                self._first, self._checks, self._row - 1, self._checks, rule
            )

    def _writer(self, place: int, col: Col) -> Callable[[int, int], int]:
        """What writes a cell of the column: row and position in, lines of text out."""
        sheet = self.sheet
        if col.kind == "text":
            return self._text_writer(place, col)
        style, show = self._style("figure", self._number_format(place)), self._cell(col)
        if col.formula is not None:
            formula = col.formula

            def write(row: int, index: int) -> int:
                value = show(col.values[index])
                sheet.put_formula(row, place, formula(index, row), style, value)
                return 1
        else:

            def write(row: int, index: int) -> int:
                sheet.put_number(row, place, show(col.values[index]), style)
                return 1

        return write

    def _text_writer(self, place: int, col: Col) -> Callable[[int, int], int]:
        sheet, known = self.sheet, self._lines

        def write(row: int, index: int) -> int:
            text = col.values[index]
            if (place, text) not in known:
                known[place, text] = self._clipped(place, text)
            shown, lines = known[place, text]
            sheet.text(row, place, shown, "small")
            return lines

        return write

    def _clipped(self, place: int, text: str) -> tuple[str, int]:
        return clipped(text, self.widths[place], _MOST_LINES, self.size)

    def _cell(self, col: Col) -> Callable[[int], float]:
        if col.kind == "money":
            return self.paper.in_unit
        return lambda value: in_cell(value, col.decimals)

    def _number_format(self, place: int) -> str:
        """The column's number format: as many decimals as every number of it needs."""
        if place not in self.numbers:
            col = self.cols[place]
            decimals = self.paper.decimals(col.values) if col.kind == "money" else col.decimals
            digits = "#,##0" + ("." + "0" * decimals if decimals else "")
            self.numbers[place] = f'{digits};-{digits};"—"'
        return self.numbers[place]

    def _group(self, group: Group) -> list[tuple[int, int]]:
        """Write a group; returns the stretches of rows whose numbers add up to it."""
        terms: list[tuple[int, int]] = []
        start = self._row
        for index in group.rows:
            self._line(index)
        if group.rows:
            terms.append((start, self._row - 1))
        for part in group.parts:
            terms += self._group(part)
        if group.label is None:
            return terms
        self._sum(group, start, terms)
        return [(self._row - 1, self._row - 1)]

    def _line(self, index: int) -> None:
        row = self._row
        self._number += 1
        self.place[index] = row
        if self.paper.outline:
            self._row += 1
            return
        self.sheet.put_number(row, 0, self._number, self._style("centre"))
        lines = max((write(row, index) for write in self._prepared[1:]), default=1)
        if lines > 1:
            self._set_height(row, row_height(lines, self.size))
        if self.checked:
            tests = [
                self._equal(place, row, self._stored(place, index, row))
                for place, col in enumerate(self.cols)
                if place and col.kind != "text"
            ]
            tests += [self.further(index)] if self.further else []
            self._check(row, tests or ["TRUE"])  # the live sheet asks of every row
        self._row += 1

    def _sum(self, group: Group, start: int, terms: Sequence[tuple[int, int]]) -> None:
        row, members = self._row, list(group.members())
        label, lines = clipped(group.label or "", self._across_width(), 6, self.size)
        self._lay([(row, 0, row, self.repeat - 1, label, group.style)])
        self.added.append((label, len(self.place) - len(members), len(self.place)))
        tests: list[str] = []
        for place in range(self.repeat, len(self.cols)):
            col = self.cols[place]
            if col.kind == "text" or not col.summed:
                self.sheet.write_blank(row, place, None, self._style(f"{group.style}_sum"))
                continue
            formula = self._sum_of(place, start, terms)
            style = self._style(f"{group.style}_sum", self._number_format(place))
            total = self._cell(col)(sum(col.values[index] for index in members))
            self.sheet.put_formula(row, place, formula, style, total)
            tests.append(self._equal(place, row, formula))
            if group.style == "total":  # the text in capitals below it is of this number
                tests.append(self._equal(place, row, f"({total:.16G})"))
        if self.checked:
            self._check(row, tests)
        self._set_height(row, row_height(lines, self.size) + 1)
        if group.key is not None:
            self.sums[group.key] = row
        self._sum_rows.append(row)
        self._row += 1

    def _across_width(self) -> float:
        return sum(self.widths[: self.repeat]) + GAP * (self.repeat - 1)

    def _sum_of(self, place: int, start: int, terms: Sequence[tuple[int, int]]) -> str:
        column = letters(place)
        if len(terms) > _MOST_TERMS:  # rows have a number in the first column, sums their label
            rows = f"A{start + 1}:A{self._row}"
            return f'SUMIF({rows},">0",{column}{start + 1}:{column}{self._row})'
        cells = [
            f"{column}{a + 1}" if a == b else f"{column}{a + 1}:{column}{b + 1}" for a, b in terms
        ]
        return f"SUM({','.join(cells)})" if cells else "0"

    def _stored(self, place: int, index: int, row: int) -> str:
        """What a cell is checked against: what is stored of it elsewhere, or the number itself."""
        col = self.cols[place]
        if col.stored is not None:
            return col.stored(index, row)
        return f"({self._cell(col)(col.values[index]):.16G})"

    def _equal(self, place: int, row: int, expected: str) -> str:
        """A test that a cell holds what the other formula gives."""
        return f"ROUND({letters(place)}{row + 1}-{expected},{self._decimals[place]})=0"

    def _check(self, row: int, tests: Sequence[str]) -> None:
        rest, column = list(tests), self._checks + 1
        while sum(map(len, rest)) > _LONGEST or len(rest) > _MOST_TERMS:
            # part of it in a cell of its own
            size = max(1, min(_MOST_TERMS, _LONGEST // (2 * max(map(len, rest)))))
            part = f"IF(AND({','.join(rest[:size])}),1,0)"
            self.sheet.put_formula(row, column, part, self._style("centre"), 1)
            rest, column = [*rest[size:], f"{letters(column)}{row + 1}=1"], column + 1
        if tests:
            good, bad = self.paper.say("book.agree"), self.paper.say("book.differ")
            text = f'IFERROR(IF(AND({",".join(rest)}),"{good}","{bad}"),"{bad}")'
            self.sheet.put_formula(row, self._checks, text, self._style("centre"), good)

    def cells(self, row: int, ids: Container[str]) -> list[str]:
        """A row's cells of these columns, for other sheets."""
        name = quoted(self.name)
        places = [place for place, col in enumerate(self.cols) if col.id in ids]
        return [f"{name}!{letters(place)}{row + 1}" for place in places]

    def check_cell(self, index: int) -> str:
        """The cell that says whether a row is as stored, for other sheets."""
        return f"{quoted(self.name)}!{letters(self._checks)}{self.place[index] + 1}"

    def checks(self) -> str:
        """All cells that say so, for a count."""
        column = letters(self._checks)
        return f"{quoted(self.name)}!{column}{self._first + 1}:{column}{self._row}"

    # -- foot ---------------------------------------------------------------------------------------

    def foot(
        self, lines: Sequence[str], to_sign: Sequence[str], about: Mapping[str, Any],
        check: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Lines below the table, whether all cells of `check` agree, and on every strip where to sign."""
        sheet, paper = self.sheet, self.paper
        row = self._row
        self._set_height(row, 6)
        tests: list[str] = []
        for place, line in enumerate(lines):
            row += 1
            written = self._across(row, 0, line, "wrap" if place else "key")
            self.once.append(written)
            tests.append(f"EXACT({letters(self._text_from(0))}{row + 1},{_literal(written)})")
        if check:
            row += 1
            good, bad = paper.say("book.agree"), paper.say("book.differ")
            label = paper.say("book.checked_with")
            wrong = "+".join(f'COUNTIF({cells},"{bad}")' for cells in check)
            text = f'"{label}"&IF(AND({",".join([f"{wrong}=0", *tests])}),"{good}","{bad}")'
            sheet.put_formula(row, self._text_from(0), text, self._style("line"), label + good)
            self.lines.append(label + good)
        self.lines += to_sign
        signed = [self._signed(strip, to_sign) for strip in range(len(self.strips))]
        for parts in zip_longest(*signed, fillvalue={}):
            row += 1
            self._set_height(row, 26 * self.size / BODY)
            for place, text in sorted(
                item for strip_texts in parts for item in strip_texts.items()
            ):
                sheet.text(row, place, text, "line")
        sheet.print_area(0, 0, row, self._last)
        self._paginate()
        paper.footer(sheet, about)

    def _signed(self, strip: int, texts: Sequence[str]) -> list[dict[int, str]]:
        """Where the texts to sign stand: on as few lines as have room for them and for what is written."""
        for lines in range(1, len(texts)):
            per_line = -(-len(texts) // lines)
            placed = [
                self._signed_line(strip, texts[start : start + per_line])
                for start in range(0, len(texts), per_line)
            ]
            if all(placed):
                return placed
        return [{self._text_from(strip): text} for text in texts]

    def _signed_line(self, strip: int, texts: Sequence[str]) -> dict[int, str]:
        """In which column each text of a line begins, spread over the strip; none where they do not fit."""
        first, last = self._text_from(strip), self.strips[strip][1]
        starts = [
            sum(self.widths[first:column]) + GAP * (column - first)
            for column in range(first, last + 1)
        ]
        span, placed, end = self._span(strip), dict[int, str](), 0.0
        for number, text in enumerate(texts):
            due = span * number / len(texts)
            need = 1.1 * units(text, self.size) + _BY_HAND * text.endswith(("：", ":"))
            free = [
                (abs(start - due), column)
                for column, start in enumerate(starts, first)
                if start >= end and start + need <= span
            ]
            if not free:
                return {}
            _, column = min(free)
            placed[column], end = text, starts[column - first] + need + 1
        return placed

    def _paginate(self) -> None:
        """Break pages where they are full by the model, so that sums and where they are signed stay together.

        No page begins with a sum or with what stands below the table: it takes the last row along, and the
        last page the last three.
        """
        heights = [*self._heights, *[self._normal] * (self._row + 1 - len(self._heights))]
        heads = sum(heights[self._first - 2 : self._first])
        room, used = HEIGHT[self.paper.settings.paper], sum(heights[: self._first])
        last_rows = list(self.place.values())[-2:]
        stay = {*self._sum_rows, *last_rows, *range(self._row, len(heights))}
        start, breaks = self._first, list[int]()
        for row in range(self._first, len(heights)):
            if used + heights[row] > room and row > start:
                first = row
                while first in stay and first > start:
                    first -= 1
                start = first if first > start else row
                breaks.append(start)
                used = heads + sum(heights[start:row])
            used += heights[row]
        self.sheet.set_h_pagebreaks(breaks)


def strips(
    widths: Sequence[float], keys: Sequence[str], repeat: int, room: float
) -> list[tuple[int, int]]:
    """First and last column of each strip: as few as can be, and then about as wide as each other.

    Columns of equal keys stay together where a page holds them next to the first `repeat` columns.
    """
    wide, first = [width + GAP for width in widths], repeat
    lead = sum(wide[:first])
    blocks: list[tuple[int, float]] = []
    for _, inside in groupby(keys[repeat:]):
        block = [(column, wide[column]) for column, _ in enumerate(inside, first)]
        whole = sum(size for _, size in block)
        blocks += block if lead + whole > room else [(first, whole)]
        first += len(block)
    best: list[tuple[int, float, tuple[int, ...]]] = [(0, 0.0, ())]  # of the last 0, 1, … blocks
    for start in reversed(range(len(blocks))):
        used = lead
        ways: list[tuple[int, float, tuple[int, ...]]] = []
        for end in range(start + 1, len(blocks) + 1):
            used += blocks[end - 1][1]
            if used > room and ways:
                break
            count, squares, cuts = best[len(blocks) - end]
            ways.append((count + 1, squares + used**2, (blocks[start][0], *cuts)))
        best.append(min(ways))
    starts = (0, *best[-1][2][1:])
    return list(zip(starts, [*(cut - 1 for cut in starts[1:]), len(wide) - 1], strict=True))


def quoted(name: str) -> str:
    """A sheet's name as a formula has it."""
    return "'" + name.replace("'", "''") + "'"


def sheet_name(text: str, used_names: set[str]) -> str:
    """A name that a sheet may have and none has yet; it is then among those used."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).strip().strip("'").strip() or "-"
    name, number = plain[:31], 1
    while name.casefold() in used_names:
        number += 1
        tail = f" {number}"
        name = plain[: 31 - len(tail)] + tail
    used_names.add(name.casefold())
    return name


def _literal(text: str) -> str:
    """A text in a formula: a piece of one may have 255 characters."""
    pieces = (text[start : start + 200].replace('"', '""') for start in range(0, len(text), 200))
    return "&".join(f'"{piece}"' for piece in pieces)


def _width(paper: Paper, col: Col, size: float) -> float:
    head = max(min(head_width(col.title, size), 18 * size / BODY), col.least * size / BODY)
    if col.kind == "text":
        longest = max((units(text, size) for text in set(col.values)), default=0)
        return max(min(longest, col.most * size / BODY), head)
    most = sum(map(abs, col.values)) if col.summed else max(map(abs, col.values), default=0)
    whole, decimals = 10**col.decimals, col.decimals
    if col.kind == "money":
        decimals = paper.decimals(col.values)
        whole = 10 ** (FEN_DECIMALS if paper.in_yuan else 6)
    sample = f"{most // whole:,}" + ("." + "0" * decimals if decimals else "")
    return max(units(sample, size), head)


def fits(paper: Paper, cols: Sequence[Col], size: float) -> bool:
    """Whether the columns stand side by side on one page in type of this size."""
    return sum(_width(paper, col, size) + GAP for col in cols) <= ROOM[paper.settings.paper]

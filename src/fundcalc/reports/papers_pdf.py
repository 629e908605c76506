"""A sheet printed as PDF held against its run, row by row.

What a PDF says is its text, page by page and line by line. Rows are known by their villages, since pages and
strips of columns fall anyhow. Letters are held in `papers_letters`.
"""

from __future__ import annotations

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from fundcalc.base import dataclass
from fundcalc.base.apart import Line, Page, lines
from fundcalc.base.catalogue import words
from fundcalc.base.words import same
from fundcalc.reports.papers import Difference, Held, Names, tables
from fundcalc.reports.printed import (
    EITHER,
    Grid,
    Printed,
    figures,
    foot_lines,
    is_money,
    may_be_money,
    number,
    reworded,
    skeleton,
    unmarked,
    worded,
)
from fundcalc.reports.table import clipped

HEX = re.compile("[0-9a-f]{40,}")
_DASH = ("—", "-")
"""How a sheet shows nothing."""


def place_of(file: str, line: Line) -> str:
    """Page and line of a PDF as differences name them."""
    return f"{file}!p{line[0]}:{line[1]}"


def _differing(held: Held, paper: Sequence[Line], known: Printed, village: str) -> None:
    """Digests and days that differ, each once: the same stands at the foot of every page."""
    named: set[tuple[str, str, str]] = set()
    for line in paper:
        for difference in known.differing(line[2]):
            label, *sides = difference
            if difference not in named:
                named.add(difference)
                where = place_of(held.file, line)
                held.found.append(Difference("differs", where, village, same(label), *sides))


def unknown(held: Held, line: Line) -> None:
    """A letter to a village that the run does not have, or a line with figures that it does not have."""
    text = words("auditing.line_unknown", line=line[2])
    held.found.append(Difference("unassigned", place_of(held.file, line), "", text))


def strange(held: Held, page_lines: Sequence[Line]) -> None:
    """Name lines that the run does not have, the first ones each."""
    for line in page_lines[:_NAMED_LINES]:
        unknown(held, line)
    if page_lines[_NAMED_LINES:]:
        text = words("auditing.lines_unknown", n=len(page_lines) - _NAMED_LINES)
        where = place_of(held.file, page_lines[_NAMED_LINES])
        held.found.append(Difference("unassigned", where, "", text))


def is_summary(names: Collection[str]) -> bool:
    """Whether no other sheet than the summary is there, by the sheets' names."""
    summary = words("book.sheet_summary")
    return [*names] in ([summary.zh], [summary.en])


class _Cell(NamedTuple):
    """What was drawn in one go: a cell, or a line of one."""

    x: float
    text: str
    drawn: int
    """Its place among those of the page as they were drawn."""

    @property
    def figure(self) -> Decimal | None:
        """The figure, where it is nothing else."""
        return _value(self.text)


class _Level(NamedTuple):
    """The cells of a page that stand at one height, from left to right."""

    line: Line
    cells: Sequence[_Cell]

    @property
    def has_figure(self) -> bool:
        """Whether a figure stands alone in a cell."""
        return any(cell.figure is not None for cell in self.cells)


def _levels(number_: int, page: Page) -> list[_Level]:
    """A page's cells by height, from the top; what is drawn over a cell stands next to it."""
    cells: list[tuple[float, _Cell]] = []
    apart = True
    last = 0.0
    for x, y, text in page.pieces:
        if not text.strip():
            apart = True
            continue
        if cells and (
            (not apart and abs(y - last) < 1 and x > cells[-1][1].x)
            or (re.search(r"\d-$", cells[-1][1].text) and 0 < last - y < _CLOSE)  # a day
        ):
            height, cell = cells[-1]
            cells[-1] = height, _Cell(cell.x, cell.text + text, cell.drawn)
        else:
            cells.append((y, _Cell(x, text, len(cells))))
            apart = False
        last = y
    cells.sort(key=lambda entry: -entry[0])
    levels: list[tuple[float, list[_Cell]]] = []
    for y, cell in cells:
        if levels and levels[-1][0] - y < _SAME_HEIGHT:
            levels[-1][1].append(cell)
        else:
            levels.append((y, [cell]))
    return [
        _Level(
            Line(number_, n, " ".join(cell.text.strip() for cell in sorted(level)), y),
            sorted(level),
        )
        for n, (y, level) in enumerate(levels, 1)
    ]


_GLUED = re.compile(r"^(-?\d[\d,.]*)([\u4e00-\u9fff])")
"""A figure and a text so close to each other that they are drawn as if they were in one cell."""

_Signature = tuple[tuple[Decimal, ...], str]
"""The figures that stand alone from left to right, and the characters of all other cells."""


def _signature(texts: Sequence[str]) -> _Signature:
    split = (part for text in texts for part in _GLUED.sub(r"\1\n\2", text.strip()).split("\n"))
    values = [(text, _value(text)) for text in split if text]
    rest = "".join(text for text, value in values if value is None)
    return tuple(v for _, v in values if v is not None), "".join(sorted(tight(rest)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a strip of columns of one of the run's sheets."""

    sheet: int
    strip: int
    index: int
    cells: Sequence[str]
    titles: Sequence[str]
    who: str
    """The village, or what else stands first in the row."""
    village: str
    """Tells a village from all others; "" where it is none."""

    @property
    def place(self) -> tuple[int, int]:
        """Which strip of which sheet."""
        return self.sheet, self.strip

    @property
    def key(self) -> tuple[int, int, int]:
        """Tells it from all others."""
        return self.sheet, self.strip, self.index


class Sheets:
    """The rows of the run's sheets, to be found again on pages.

    `further` says what stands at the head of each page of a sheet that nobody signs, by the sheet's name;
    the first `repeated` columns stand on every page.
    """

    def __init__(
        self, sheets: Sequence[Grid], names: Names, further: Mapping[str, str], repeated: int
    ) -> None:
        self._further = {
            tight(further[grid.name]): _Further(_with_zeros(grid))
            for grid in sheets
            if grid.name in further
        }
        self._main = [_with_zeros(grid) for grid in sheets if grid.name not in further]
        self._heads = [heads for grid in self._main for heads in _heads(grid)]
        self._rows = [
            row for n, grid in enumerate(self._main) for row in _rows(n, grid, names, repeated)
        ]
        self._of_place: dict[tuple[int, int], list[_Row]] = defaultdict(list)
        self._by_signature: dict[_Signature, list[_Row]] = defaultdict(list)
        self._cells: dict[tuple[int, int, int], tuple[Counter[Decimal], list[str]]] = {}
        """The figures and the labels of each row."""
        for row in self._rows:
            self._by_signature[_signature(row.cells)].append(row)
            self._of_place[row.place].append(row)
            values = Counter(v for cell in row.cells if (v := _value(cell)) is not None)
            labels = [tight(c) for c in row.cells if c.strip() and _value(c) is None]
            self._cells[row.key] = values, labels
        self._by_wording: dict[str, list[str]] = defaultdict(list)
        for grid in self._main:
            for text in (cell for row in grid.rows for cell in row if is_money(cell)):
                self._by_wording[tight(skeleton(text))].append(text)
        self._printed = Printed(
            text for grid in self._main for text in [*map(" ".join, grid.rows), *grid.ends]
        )
        self._seen: set[tuple[int, int, int]] = set()
        self._exact = False
        self._beside = {
            (n, strip): _Beside(grid, own, on_all)
            for n, grid in enumerate(self._main)
            for strip, (own, on_all) in enumerate(_strips(grid, repeated))
        }
        self._nowhere = _Beside(Grid("", []), (), ())
        self._last: tuple[int, int] | None = None

    def hold(self, held: Held, pages: Sequence[Page]) -> None:
        """Every line of the paper with the row, or the text, that the run has."""
        drawn: dict[int, list[Line]] = defaultdict(list)
        for line in lines(pages):
            drawn[line.page].append(line)
        not_held: list[int] = []
        for page, page_lines in drawn.items():
            levels = _levels(page, pages[page - 1])
            if sheet := self._further_of(page_lines):
                not_held.append(page)
                amounts = [
                    x for x in page_lines if may_be_money(x.text) or _summing(x.text.split())
                ]
                strange(held, [line for line in amounts if not sheet.has(line.text)])
                continue
            strange(held, self._page(held, levels))
            for line in page_lines:
                self._head(held, line)
        signed = [line for page, each in drawn.items() if page not in not_held for line in each]
        _differing(held, signed, self._printed, "")
        held.villages = len({row.village for row in self._rows if row.key in self._seen} - {""})
        self._missing(held)
        self._words_beside(held, signed)
        if not_held:
            ranges = _ranges(not_held)
            held.notes.append(words("auditing.pages_not_held", n=len(not_held), pages=ranges))

    def _further_of(self, page: Sequence[Line]) -> _Further | None:
        """The sheet that nobody signs of which a page says it is; no other figures may stand on it."""
        texts = (tight(line.text) for line in page)
        return next((self._further[text] for text in texts if text in self._further), None)

    def _head(self, held: Held, line: Line) -> None:
        """Heads side by side that stand in the same row of the run in another order."""
        text = tight(line.text)
        candidates = [heads for heads in self._heads if len(_headed(text, heads)) > 1]
        if candidates and not any(_in_order(_headed(text, heads), heads) for heads in candidates):
            closest = max(candidates, key=lambda heads: len({*_headed(text, heads)}))
            on_paper = _headed(text, closest)
            sides = " ".join(on_paper), " ".join(head for head in closest if head in on_paper)
            what = words("auditing.head")
            held.found.append(Difference("differs", place_of(held.file, line), "", what, *sides))

    def _page(self, held: Held, levels: Sequence[_Level]) -> list[Line]:
        """Hold a page that is signed; returns its lines that the run does not have."""
        anchors = [level for level in levels if level.has_figure]
        near: dict[int, list[_Level]] = defaultdict(list)
        for level in levels:
            if anchors and not level.has_figure:
                closest = min(anchors, key=lambda a: abs(a.line.height - level.line.height))
                near[closest.line.number].append(level)
        matches: list[tuple[_Level, Sequence[_Level], Sequence[_Row]]] = []
        for anchor in anchors:
            around = sorted(
                near[anchor.line.number], key=lambda x: abs(x.line.height - anchor.line.height)
            )
            taken_, rows = self._alike(anchor, around)
            matches.append((anchor, taken_, rows))
        self._last = place = self._place(levels, [row for _, _, rows in matches for row in rows])
        beside = self._beside[place] if place is not None else self._nowhere
        taken: set[int] = set()
        strange: list[Line] = []
        keys = {row.key for _, _, rows in matches for row in rows}
        if keys and keys <= self._seen:
            what, where = words("auditing.page_again"), place_of(held.file, levels[0].line)
            held.found.append(Difference("added", where, "", what))
        for anchor, with_, rows in matches:
            if rows:
                row = min(rows, key=lambda r: (r.place != place, r.key in self._seen))
                self._seen.add(row.key)
                held.figures += sum(_value(cell) is not None for cell in row.cells)
                taken |= {level.line.number for level in with_}
                self._exact = True
            elif unlike := self._unlike(held, anchor, near[anchor.line.number], place):
                beside.differing += map(tight, unlike.cells)
            else:
                strange.append(anchor.line)
        beside.pages.append(_drawn(levels, taken))
        return strange

    def _place(self, levels: Sequence[_Level], rows: Sequence[_Row]) -> tuple[int, int] | None:
        """Of which strip a page is: that of most of its rows, else of most of its words, else as before."""
        keys = {(row.place, row.key) for row in rows if row.key not in self._seen}
        votes = Counter(place for place, _ in keys)
        most, page = max(votes.values(), default=0), _drawn(levels, ())
        known = {p: words.known(page) for p, words in self._beside.items() if votes[p] == most}
        best = max(known, key=lambda p: (known[p], p == self._last), default=None)
        return best if most or (best is not None and known[best]) else self._last

    def _alike(
        self, anchor: _Level, around: Sequence[_Level]
    ) -> tuple[Sequence[_Level], Sequence[_Row]]:
        """The rows of the run that a level is, with as many of those around it as it takes."""
        for count in range(len(around) + 1):
            cells = sorted(cell for level in (anchor, *around[:count]) for cell in level.cells)
            if rows := self._by_signature.get(_signature([cell.text for cell in cells])):
                return around[:count], rows
        return (), ()

    def _unlike(
        self, held: Held, anchor: _Level, around: Sequence[_Level], place: tuple[int, int] | None
    ) -> _Row | None:
        """Name what differs between a level and the row of the run most like it; returns that row."""
        close = [x for x in around if abs(x.line.height - anchor.line.height) < _CLOSE]
        text = tight("".join(cell.text for level in (anchor, *close) for cell in level.cells))
        on_paper = [v for cell in anchor.cells if (v := cell.figure) is not None]
        best: tuple[int, _Row] | None = None
        wanted = Counter(on_paper)
        for row in self._of_place[place] if place is not None else self._rows:
            if row.key in self._seen:
                continue
            values, texts = self._cells[row.key]
            labels = sum(label in text for label in texts)
            alike = (wanted & values).total()
            score = 3 * labels + alike
            if (labels or alike * 2 > values.total()) and (best is None or score > best[0]):
                best = score, row
        if best is None:
            return None
        row = best[1]
        self._seen.add(row.key)
        where, cells = (
            place_of(held.file, anchor.line),
            list(zip(row.titles, row.cells, strict=True)),
        )
        run = [(title, v) for title, cell in cells if (v := _value(cell)) is not None]
        before = len(held.found)
        held.figures += len(run)
        if len(on_paper) != len(run):
            sides = anchor.line.text, " ".join(cell for cell in row.cells if cell.strip())
            held.found.append(Difference("differs", where, row.who, same(""), *sides))
            return row
        for value, (title, figure) in zip(on_paper, run, strict=True):
            if value != figure:
                sides = f"{value:,}", f"{figure:,}"
                held.found.append(Difference("differs", where, row.who, same(title), *sides))
        for title, cell in cells:
            if _value(cell) is None and tight(cell) not in text:
                held.found.append(
                    Difference("differs", where, row.who, same(title), anchor.line.text, cell)
                )
        if len(held.found) == before:
            sides = anchor.line.text, " ".join(row.cells)
            held.found.append(Difference("differs", where, row.who, same(""), *sides))
        return row

    def _missing(self, held: Held) -> None:
        """Rows of the sheets that the paper shows, and the sheets that it does not."""
        shown = {sheet for sheet, _, _ in self._seen}
        for sheet in sorted(shown):
            places = sorted(place for place in self._of_place if place[0] == sheet)
            lacking: dict[tuple[int, ...], list[int]] = defaultdict(list)
            for place in places:
                rows = [r.index for r in self._of_place[place] if r.key not in self._seen]
                if rows:
                    lacking[tuple(rows)].append(place[1])
            for indices, strips in lacking.items():
                self._lacking(held, sheet, indices, strips, whole=len(strips) == len(places))
        absent = [grid.name for n, grid in enumerate(self._main) if n not in shown]
        if self._exact and is_summary([self._main[n].name for n in shown]):
            held.of = "summary"
            held.notes.append(words("auditing.only_summary"))
        elif absent:
            held.notes.append(words("auditing.sheets_absent", names="、".join(absent)))

    def _words_beside(self, held: Held, signed: Sequence[Line]) -> None:
        """Words of the sheets that the paper shows, strip by strip: others, lacking or added."""
        not_marked = unmarked([Grid("", [], ends=[line.text for line in signed])], self._main)
        held.notes += [words("auditing.unmarked")] * bool(not_marked)
        added: dict[str, None] = {}
        for beside in (*self._beside.values(), self._nowhere):
            pages = [beside.told([page]) for page in beside.pages]
            times, rest = Counter[str](), list[Line]()
            for told, _ in pages:
                times += told
            for told, others in pages:
                rows = [row for row in beside.heads if any(told[x] for x in row)]
                absent = [x for row in rows for x in row if times[x] and not told[x]]
                rest += self._other_heads(held, absent, others)
            lacking = [
                text for text, n in beside.wanted.items() for _ in range(n - times[text])
                if beside.pages and not any(mark in text for mark in not_marked)
            ]  # fmt: skip
            held.figures += sum(len(figures(x)) * n for x, n in times.items() if is_money(x))
            rest = self._sentences(held, beside, rest, lacking)
            paper, run = (
                Grid("", [[text] for text in side]) for side in ([x.text for x in rest], lacking)
            )
            sides = paper, range(len(rest)), run, range(len(lacking))
            for spot, on_paper, in_run in reworded(*sides, unmarked=bool(not_marked)):
                if spot is None:
                    where = f"{held.file}!{beside.name}"
                    held.found.append(Difference("missing", where, "", same(in_run)))
                elif in_run:
                    where, what = place_of(held.file, rest[spot.row]), words("auditing.wording")
                    held.found.append(Difference("differs", where, "", what, on_paper, in_run))
                elif any(tight(on_paper) in tight(text) for text in lacking):
                    continue
                elif may_be_money(on_paper):
                    unknown(held, rest[spot.row])
                else:
                    added[on_paper] = None
        held.notes += [words("auditing.words_added", texts=clipped(added))] if added else []

    def _other_heads(self, held: Held, absent: Sequence[str], others: list[Line]) -> list[Line]:
        """Name heads that stand otherwise on one of a strip's pages; returns the other lines."""
        for head, line in zip(absent, [*others], strict=False):
            where, what = place_of(held.file, line), words("auditing.wording")
            held.found.append(Difference("differs", where, "", what, line.text, head))
            others = [other for other in others if other is not line]
        return others

    def _sentences(
        self, held: Held, beside: _Beside, rest: Sequence[Line], lacking: list[str]
    ) -> list[Line]:
        """Name sentences with other amounts, which lack no more; returns the other lines, each once."""
        left: dict[str, Line] = {}
        for line in rest:
            if any(tight(line.text) in cell for cell in beside.differing):
                continue
            texts = self._by_wording.get(tight(skeleton(line.text)))
            if not texts or not is_money(line.text):
                left.setdefault(line.text, line)
            elif (run := self._words(held, line, texts)) in lacking:
                lacking.remove(run)
        return [*left.values()]

    def _lacking(
        self, held: Held, sheet: int, indices: Sequence[int], strips: Sequence[int], *, whole: bool
    ) -> None:
        """Name rows that are not on the paper, in all strips of columns or in some."""
        rows = {r.index: r for strip in strips for r in self._of_place[sheet, strip]}
        who = [rows[index].who for index in indices]
        named = who[0] if len(who) == 1 else f"{who[0]} … {who[-1]}"
        titles = [t for strip in strips for t in self._of_place[sheet, strip][0].titles if t]
        name = self._main[sheet].name
        columns = "、".join(dict.fromkeys(titles))
        what = words("auditing.columns_missing", n=len(who), sheet=name, columns=columns)
        if whole or not columns:
            what = words("auditing.rows_missing", n=len(who), sheet=name)
        held.found.append(Difference("missing", held.file, named, what))

    def _words(self, held: Held, line: Line, texts: Sequence[str]) -> str:
        """A sentence with amounts; returns that of the run in the same words which is most like it."""
        paper_figures = figures(line.text)
        run = max(texts, key=lambda text: sum(map(operator.eq, paper_figures, figures(text))))
        for on_paper, in_run in zip(paper_figures, figures(run), strict=False):
            held.figures += 1
            if on_paper.replace(",", "") != in_run.replace(",", ""):
                what = same(skeleton(line.text))
                held.found.append(
                    Difference("differs", place_of(held.file, line), "", what, on_paper, in_run)
                )
        return run


def _strips(grid: Grid, repeated: int) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """The columns that stand on each strip alone, and those that stand on all; no others are printed."""
    wide = max(map(len, grid.rows), default=0)
    width = next(
        (n for n in range(wide) if not any(grid.text(r, n) for r in range(len(grid.rows)))), wide
    )
    starts = [0, *(n for n in grid.breaks if n < width)]
    for start, end in zip(starts, [*starts[1:], width], strict=True):
        yield range(start, end), range(min(repeated, start))


def _rows(sheet: int, grid: Grid, names: Names, repeated: int) -> Iterator[_Row]:
    """The rows of a sheet that have figures, strip by strip."""
    titles: dict[int, str] = {}
    villages: dict[int, str] = {}
    for table in tables(grid, names):
        titles |= {column: title for title, column in table.columns.items()}
        codes = [n for title, n in table.who.items() if title in names.code]
        for index in table.rows:
            who = " ".join(grid.text(index, n) for n in codes or table.who.values()).strip()
            villages[index] = who
    strips = [*_strips(grid, repeated)]
    printed = [column for own, _ in strips for column in own]
    for strip, (own, on_all) in enumerate(strips):
        columns = [*on_all, *own]
        for index in range(len(grid.rows)):
            cells = [grid.text(index, column) for column in columns]
            if not any(_value(cell) is not None for cell in cells):
                continue
            texts = [cell for cell in (grid.text(index, n) for n in printed) if cell]
            label = next((text for text in texts if number(text) is None), texts[0])
            yield _Row(
                sheet, strip, index, cells, [titles.get(column, "") for column in columns], label,
                villages.get(index, ""),
            )  # fmt: skip


class _Beside:
    """What stands on a strip of columns beside its rows of figures, and what its pages say there."""

    def __init__(self, grid: Grid, own: Sequence[int], on_all: Sequence[int]) -> None:
        self.name, self.pages = grid.name, list[Sequence[Line]]()
        self.differing: list[str] = []
        """Texts of rows with other figures on the paper: their lines may stand among its words."""
        rows = [
            row for row in range(len(grid.rows))
            if not any(_value(grid.text(row, n)) is not None for n in (*own, *on_all))
        ]  # fmt: skip
        wanted, others = (
            [text for row in rows for _, text in worded([grid.text(row, n) for n in columns])]
            for columns in (own, on_all)
        )
        columns = *own, *on_all
        heads = [
            [text for _, text in worded([grid.text(row, n) for n in columns])]
            for row in rows if any(_heads(replace(grid, rows=[grid.rows[row]])))
        ]  # fmt: skip
        self.heads = [row for row in heads if len(row) > _TITLES]
        """What stands at the head of its columns, row by row, on each of its pages."""
        self.wanted = Counter([*wanted, *foot_lines(grid.ends)])
        """Texts, and how often each must stand there at least."""
        texts = {*wanted, *others, *foot_lines(grid.ends, numbered=True)}
        self._patterns = [(x, _drawn_text(x)) for x in sorted(texts, key=len, reverse=True)]

    def known(self, page: Sequence[Line]) -> int:
        """How many lines of a page are the run's."""
        return len(page) - len(self.told([page])[1])

    def told(self, pages: Sequence[Sequence[Line]]) -> tuple[Counter[str], list[Line]]:
        """How often pages have each of the run's texts, and their lines that have others."""
        times, rest = Counter[str](), list[Line]()
        for page in pages:
            whole = "\0".join(tight(line.text) for line in page)
            free = [character != "\0" for character in whole]
            for text, pattern in self._patterns:
                for match in pattern.finditer(whole):
                    start, end = match.span()
                    if all(free[n] or whole[n] == "\0" for n in range(start, end)):
                        times[text] += 1
                        free[start:end] = [False] * (end - start)
            start = 0
            for line in page:
                end = start + len(tight(line.text))
                rest += [line] * any(free[start:end])
                start = end + 1
        return times, rest


def _drawn_text(text: str) -> re.Pattern[str]:
    """A text on one line or several, whatever the number of its page, and no part of a longer figure."""
    parts = re.split("&[PN]", tight(text))
    pattern = r"\0?\d+\0?".join("\0?".join(map(re.escape, part)) for part in parts)
    return re.compile(rf"(?<![\d.,](?=\d)){pattern}(?!(?<=\d)[.,]?\d)")


def _drawn(levels: Sequence[_Level], taken: Collection[int]) -> list[Line]:
    """The texts that stand in no row of figures, in the order in which they were drawn."""
    cells = [
        (cell.drawn, level.line._replace(text=cell.text.replace("\u200b", "").strip()))
        for level in levels if not level.has_figure and level.line.number not in taken
        for cell in level.cells
    ]  # fmt: skip
    return [line for _, line in sorted(cells)]


_TITLES = 2
"""Texts of a row that are no heads: a title, and the one of further pages."""
_NAMED_LINES = 5
"""Lines of a page that are named where the run has no such lines."""
_SAME_HEIGHT = 3
"""Points by which texts of one line may differ in height."""
_CLOSE = 25
"""Points within which the lines of a cell may lie from the middle of its row."""


class _Further:
    """The rows of a sheet that nobody signs."""

    def __init__(self, grid: Grid) -> None:
        self._rows = ["\n".join(_plain(cell) for cell in row if cell) for row in grid.rows]
        self._digests = " ".join(HEX.findall(" ".join(cell for row in grid.rows for cell in row)))

    def has(self, line: str) -> bool:
        """Whether one row has all that stands on a line, in that order, and whole figures.

        Of a digest that takes several lines, the last may look like a figure.
        """
        pieces = [_plain(piece) for piece in re.split(f"({EITHER.pattern})|\\s", line) if piece]
        return line in self._digests or any(self._in_order(pieces, row) for row in self._rows)

    def _in_order(self, pieces: Sequence[str], row: str) -> bool:
        position = 0
        for piece in pieces:
            position = row.find(piece, position)
            if position < 0:
                return False
            position += len(piece)
        return True


def _heads(grid: Grid) -> Iterator[list[str]]:
    """The rows of heads: texts without figures and colons, each on one line."""
    for row in grid.rows:
        heads = [tight(cell) for cell in row if cell.strip() and "\n" not in cell.strip()]
        if len({*heads}) > 1 and not any(
            is_money(head) or re.search("[：:]", head) for head in heads
        ):
            yield heads


def _headed(text: str, heads: Sequence[str]) -> list[str]:
    """The heads of which a line consists, none where there is more on it."""
    longest_first = sorted({*heads}, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    return re.findall(pattern, text) if re.fullmatch(f"(?:{pattern})+", text) else []


def _in_order(texts: Sequence[str], heads: Sequence[str]) -> bool:
    """Whether heads stand in a row in that order, others between them or not."""
    rest = iter(heads)
    return all(text in rest for text in texts)


def _plain(text: str) -> str:
    """A text without blanks, its figures in brackets and whatever way they are written."""

    def figure(match: re.Match[str]) -> str:
        value = number(match[0])
        return f"[{match[0]}]" if value is None else f"[{value.normalize():f}]"

    tokens = ("0" if token in _DASH else token for token in text.split())
    return "".join(EITHER.sub(figure, token) for token in tokens)


def _with_zeros(grid: Grid) -> Grid:
    """A sheet of the run with the zeros of its sums, which a reader of rosters takes for not computed."""
    rows = [[*row] for row in grid.rows]
    for row, column in grid.formulas:
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = rows[row][column] or "0"
    return replace(grid, rows=rows)


def _ranges(pages: Sequence[int]) -> str:
    """Pages as 3, 5-8."""
    ranges: list[list[int]] = []
    for page in pages:
        if ranges and ranges[-1][-1] == page - 1:
            ranges[-1][1:] = [page]
        else:
            ranges.append([page])
    return ", ".join("-".join(map(str, stretch)) for stretch in ranges)


def _summing(tokens: Sequence[str]) -> bool:
    """Whether a line is one of figures: nothing else, or at least two amounts."""
    values = [_value(token) for token in tokens]
    amounts = sum("." in token and _value(token) is not None for token in tokens)
    return amounts > 1 or (len(values) > 1 and None not in values)


def _value(token: str) -> Decimal | None:
    return Decimal(0) if token in _DASH else number(token)


def tight(text: str) -> str:
    """A text without blanks."""
    return re.sub(r"[\s\u200b]", "", text)

"""A PDF held against its run: letters figure by figure in their order, printed sheets row by row.

What a PDF says is its text, page by page and line by line. A letter is set again and both are read alike; of
a printed sheet the rows are known by their villages, since pages and strips of columns fall anyhow.
"""

from __future__ import annotations

import json
import operator
import os
import re
import subprocess
import sys
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import same
from fundcalc.reports.papers import (
    Difference,
    Held,
    Kind,
    Names,
    tables,
)
from fundcalc.reports.printed import EITHER, Grid, Printed, figures, is_money, number, skeleton

_READER = ["-P", "-m", "fundcalc.base.apart", "pdf"]
_SECONDS = 300
_WIDE = re.compile(r"[\u2e80-\uffef]")
_UNIT = re.compile(r"\s*[（(].*[)）]$")
"""The unit in a header, which sheets to sign have in a line of their own."""
_HEX = re.compile("[0-9a-f]{40,}")
_DASH = ("—", "-")
"""How a sheet shows nothing."""

Line = tuple[int, int, str]
"""Page and line, counted from 1, and what stands there."""


_Places = dict[tuple[Decimal | None, ...], list[tuple[int, int]]]


class Locked(Exception):
    """A PDF that does not open without a password."""


class Endless(Exception):
    """A PDF that takes more time or memory to read than any paper of a run."""


def lines(content: bytes) -> list[Line]:
    """The lines of a PDF. Raises Locked, Endless, and ValueError where it cannot be read."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        completed = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, *_READER],
            input=content, env=env, capture_output=True, timeout=_SECONDS, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError:
        raise Endless from None
    texts = json.loads(completed.stdout)
    if isinstance(texts, dict):
        if "locked" in texts:
            raise Locked
        raise ValueError(texts["why"])
    return [
        (page, index, line.strip())
        for page, text in enumerate(texts, 1)
        for index, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]


def _place(file: str, line: Line) -> str:
    return f"{file}!p{line[0]}:{line[1]}"


# -- letters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Figure:
    text: str
    line: Line


def _stream(page_lines: Sequence[Line]) -> list[_Figure]:
    """The figures of some lines in order; a figure in capitals may go on in the next line."""
    text, starts = "", []
    for _, _, line in page_lines:
        wide = bool(text) and bool(_WIDE.match(text[-1])) and bool(_WIDE.match(line[0]))
        text += "" if not text or wide else " "
        starts.append(len(text))
        text += line
    return [
        _Figure(match[0], page_lines[bisect_right(starts, match.start()) - 1])
        for match in EITHER.finditer(text)
    ]


def hold_letter(held: Held, paper: Sequence[Line], run_lines: Sequence[Line], village: str) -> None:
    """One village's letter with the one that the run gives."""
    paper_figures, run_figures = _stream(paper), _stream(run_lines)
    paper_texts, run_texts = (
        [figure.text.replace(",", "") for figure in side] for side in (paper_figures, run_figures)
    )
    for tag, a, b, c, d in SequenceMatcher(
        None, paper_texts, run_texts, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            held.figures += b - a
            continue
        for offset in range(max(b - a, d - c)):
            figure = paper_figures[a + offset] if a + offset < b else None
            run = run_figures[c + offset] if c + offset < d else None
            near = (
                (figure or paper_figures[min(a, len(paper_figures) - 1)]).line
                if paper_figures
                else (1, 1, "")
            )
            kind: Kind = "differs" if figure and run else "added" if figure else "missing"
            held.figures += 1 if figure and run else 0
            what = same(skeleton(figure.line[2]) if figure else run.line[2] if run else "")
            held.found.append(
                Difference(
                    kind,
                    _place(held.file, near),
                    village,
                    what,
                    figure.text if figure else "",
                    run.text if run else "",
                )
            )


def hold_printed(
    held: Held, paper: Sequence[Line], run_lines: Sequence[Line], village: str = ""
) -> None:
    """Digests and days that are printed, and each line that has the village's name."""
    _differing(held, paper, Printed(text for _, _, text in run_lines), village)
    whole = _tight("".join(text for _, _, text in paper))
    plain = [_tight(skeleton(text)) for _, _, text in paper]
    for line in run_lines:
        text = _tight(line[2])
        if not village or _tight(village) not in text or text in whole:
            continue
        if _tight(skeleton(line[2])) in plain:  # its figures differ, and are named
            continue
        near = max(
            paper, key=lambda candidate: SequenceMatcher(None, candidate[2], line[2]).ratio()
        )
        where, what = _place(held.file, near), words("auditing.named")
        held.found.append(Difference("differs", where, village, what, near[2], line[2]))


def _differing(held: Held, paper: Sequence[Line], known: Printed, village: str) -> None:
    """Digests and days that differ, each once: the same stands at the foot of every page."""
    named: set[tuple[str, str, str]] = set()
    for line in paper:
        for difference in known.differing(line[2]):
            label, *sides = difference
            if difference not in named:
                named.add(difference)
                where = _place(held.file, line)
                held.found.append(Difference("differs", where, village, same(label), *sides))


def unknown(held: Held, line: Line) -> None:
    """A letter to a village that the run does not have, or a line with figures that it does not have."""
    text = words("auditing.line_unknown", line=line[2])
    held.found.append(Difference("unassigned", _place(held.file, line), "", text))


# -- printed sheets -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: the texts and numbers that lead it, and its figures with their titles."""

    who: Sequence[str]
    key: str
    label: str
    lead: frozenset[str]
    figures: Sequence[tuple[str, Decimal]]
    columns: Sequence[int]
    """Where the figures stand; some of a row may be blank."""
    sentences: Sequence[tuple[str, str]] = ()
    """Sentences with amounts, with their titles."""

    @property
    def named(self) -> str:
        """Who it is of, or what it is called."""
        return " ".join(filter(None, self.who)) or self.label


class _Whole(NamedTuple):
    """A sheet by its title and what its sum of all is called: its rows, and sentences with amounts."""

    title: str
    total: str
    rows: Sequence[_Row]
    sentences: Sequence[str]


class Sheets:
    """The rows of the run's sheets, to be found again in lines of text.

    `further` says what stands at the head of each page of a sheet that nobody signs, by the sheet's name.
    """

    def __init__(self, sheets: Sequence[Grid], names: Names, further: Mapping[str, str]) -> None:
        self._by_village: dict[str, list[_Row]] = defaultdict(list)
        self._by_line: dict[str, list[_Row]] = defaultdict(list)
        self._sums: list[_Row] = []
        self._ordered: list[_Row] = []
        self._titles: set[str] = set()
        self._names = {*names.name}
        self._whole: list[_Whole] = []
        self._met: dict[int, list[_Row]] = defaultdict(list)
        self._further = {
            _tight(further[grid.name]): _Further(grid) for grid in sheets if grid.name in further
        }
        self._main = [_with_zeros(grid) for grid in sheets if grid.name not in further]
        self._heads = [heads for grid in self._main for heads in _heads(grid)]
        texts: list[str] = []
        printed: list[str] = []
        for grid in self._main:
            texts += [cell for row in grid.rows for cell in row if cell]
            grid_tables = list(tables(grid, names))
            printed += [
                " ".join(grid.rows[index]) for table in grid_tables for index in table.lines
            ] + [*grid.ends]
            for index in grid_tables[0].lines if len(grid_tables) == 1 else ():
                row = _line_row(grid, index)
                if row.who and len(row.figures) > 1:
                    self._by_line[_tight(row.who[0])].append(row)
            title = next((cell for row in grid.rows for cell in row if cell), "")
            sentences = [
                c
                for table in grid_tables
                for index in table.lines
                for c in grid.rows[index]
                if is_money(c) and number(c) is None
            ]
            if len(grid_tables) == 1:
                self._whole.append(_Whole(_tight(title), "", [], sentences))
            for table in grid_tables[1:]:
                start = len(self._ordered)
                self._titles |= table.columns.keys()
                known = [
                    column
                    for title, column in table.who.items()
                    if title in (*names.name, *names.code)
                ]
                for index in table.rows:
                    row = _row(grid, index, table.who, table.columns, names)
                    self._ordered.append(row)
                    for text in {grid.text(index, column) for column in known} - {""}:
                        self._by_village[_tight(text)].append(row)
                    if not any(row.who):
                        self._sums.append(row)
                rows = self._ordered[start:]
                if rows and not rows[-1].who:
                    total = _tight(rows[-1].label)
                    self._whole.append(_Whole(_tight(title), total, rows, sentences))
        self._side_by_side: dict[int, _Places] = {}
        self._text = _tight("".join(texts))
        self._by_wording: dict[str, list[str]] = defaultdict(list)
        for text in filter(is_money, texts):
            self._by_wording[_tight(skeleton(text))].append(text)
        self._printed = Printed(printed)

    def hold(self, held: Held, paper: Sequence[Line]) -> None:
        """Every line of the paper with the row, or the text, that the run has."""
        pages: dict[int, list[Line]] = defaultdict(list)
        for line in paper:
            pages[line[0]].append(line)
        further = {
            page: sheet
            for page, page_lines in pages.items()
            if (sheet := self._further_of(page_lines))
        }
        rest = [line for line in paper if line[0] not in further]
        strange = self._hold(held, rest)
        for page, sheet in further.items():
            amount_lines = (
                line for line in pages[page] if is_money(line[2]) or _summing(line[2].split())
            )
            strange[page] += [line for line in amount_lines if not sheet.has(line[2])]
        _differing(held, rest, self._printed, "")
        for line in rest:
            self._head(held, line)
        for page_lines in strange.values():
            for line in page_lines[:_NAMED_LINES]:
                unknown(held, line)
            if page_lines[_NAMED_LINES:]:
                text = words("auditing.lines_unknown", n=len(page_lines) - _NAMED_LINES)
                where = _place(held.file, page_lines[_NAMED_LINES])
                held.found.append(Difference("unassigned", where, "", text))
        if further:
            ranges = _ranges([*further])
            held.notes.append(words("auditing.pages_not_held", n=len(further), pages=ranges))

    @cached_property
    def _sheets_to_sign(self) -> list[_Further]:
        """Their rows, for lines in which the texts of a row stand side by side."""
        return [_Further(grid) for grid in self._main]

    def _head(self, held: Held, line: Line) -> None:
        """Heads side by side that stand in the same row of the run in another order."""
        text = _tight(line[2])
        candidates = [heads for heads in self._heads if len(_headed(text, heads)) > 1]
        if candidates and not any(_in_order(_headed(text, heads), heads) for heads in candidates):
            closest = max(candidates, key=lambda heads: len({*_headed(text, heads)}))
            on_paper = _headed(text, closest)
            sides = " ".join(on_paper), " ".join(head for head in closest if head in on_paper)
            what = words("auditing.head")
            held.found.append(Difference("differs", _place(held.file, line), "", what, *sides))

    def _further_of(self, page: Sequence[Line]) -> _Further | None:
        """The sheet that nobody signs of which a page says it is; no other figures may stand on it."""
        texts = (_tight(text) for _, _, text in page)
        return next((self._further[text] for text in texts if text in self._further), None)

    def _hold(self, held: Held, paper: Sequence[Line]) -> dict[int, list[Line]]:
        """Hold lines against the run; returns those that it does not have, by page."""
        met: set[str] = set()
        seen: set[str] = set()
        strange: dict[int, list[Line]] = defaultdict(list)
        signed = self._signed(paper)
        placed = self._placed([line for line in paper if line[0] in signed])
        for line in paper:
            tokens = line[2].split()
            rows = self._rows(tokens, self._by_village if line[0] in signed else self._by_line)
            if line in placed:
                row, offset = placed[line]
                self._figures(held, line, row, offset, _values(tokens))
                continue
            wording = _tight(skeleton(line[2]))
            if rows:
                if line[0] in signed:
                    met.add(rows[0].key)
                    seen |= {row.key for row in rows}
                known = self._row(held, line, tokens, rows, sure=line[0] not in signed)
            elif _tight(line[2]) in self._text:
                held.figures += len(figures(line[2])) if is_money(line[2]) else 0
                continue
            elif wording in self._by_wording:
                known = self._words(held, line, self._by_wording[wording])
            elif line[0] in signed and _summing(tokens):
                known = self._row(held, line, tokens, self._sums)
            else:
                known = not is_money(line[2]) and not _summing(tokens)
            if not known and not any(sheet.has(line[2]) for sheet in self._sheets_to_sign):
                strange[line[0]].append(line)
        held.villages = len(met)
        self._sentences(held, paper)
        self._missing(held, _tight("".join(text for _, _, text in paper)), seen)
        return strange

    def _sentences(self, held: Held, paper: Sequence[Line]) -> None:
        """Amounts in sentences next to a village's name: as often on a page as its rows have them."""
        texts: dict[int, str] = defaultdict(str)
        for page, _, text in paper:
            texts[page] += _tight(text)
        for page, rows in self._met.items():
            expected = Counter((title, text) for row in rows for title, text in row.sentences)
            for (title, text), n in expected.items():
                if _tight(title) in texts[page] and texts[page].count(_tight(text)) < n:
                    row = next(row for row in rows if (title, text) in row.sentences)
                    where = f"{held.file}!p{page}"
                    held.found.append(
                        Difference("differs", where, row.named, same(title), "", text)
                    )

    def _missing(self, held: Held, paper: str, seen: Collection[str]) -> None:
        """Villages and sentences that are nowhere on a paper which has the title and sum of their sheet."""
        missing: dict[str, str] = {}
        for sheet in self._whole:
            if sheet.title in paper and sheet.total in paper:
                missing |= {
                    row.key: row.named for row in sheet.rows if row.who and row.key not in seen
                }
                missing |= {
                    sentence: sentence
                    for sentence in sheet.sentences
                    if _tight(sentence) not in paper
                }
        for name in missing.values():
            held.found.append(Difference("missing", held.file, name, same("")))

    def _signed(self, paper: Sequence[Line]) -> set[int]:
        """The pages that have a table of villages, and not of counties."""
        tokens: dict[int, set[str]] = defaultdict(set)
        texts: dict[int, str] = defaultdict(lambda: " ")
        for page, _, text in paper:
            tokens[page] |= {*text.split()}
            texts[page] += " ".join(text.split()) + " "
        titles = self._titles | {_UNIT.sub("", title) for title in self._titles}

        def has(page: int, titles: Collection[str]) -> bool:
            return any(
                title in tokens[page] or (" " in title and f" {title} " in texts[page])
                for title in titles
            )

        return {page for page in tokens if has(page, titles) and has(page, self._names)}

    def _rows(self, tokens: Sequence[str], by_name: Mapping[str, list[_Row]]) -> list[_Row]:
        """The rows of the village that a line names: by code or name, and all else that it says."""
        rows = [row for token in tokens for row in by_name.get(token, ())]
        # a running number comes first: further on it is a figure that happens to be equal
        telling = [
            token for index, token in enumerate(tokens) if not index or number(token) is None
        ]
        scores = [
            sum(token in row.lead for token in telling) + sum(token in row.who for token in tokens)
            for row in rows
        ]
        best = max(scores, default=0)
        return [row for row, score in zip(rows, scores, strict=True) if score == best]

    def _row(
        self,
        held: Held,
        line: Line,
        tokens: Sequence[str],
        rows: Sequence[_Row],
        *,
        sure: bool = False,
    ) -> bool:
        """A line's figures with the stretch of a row that they agree with most; whether there is one.

        Pages of further sheets have lines like the summary's: to be `sure`, most of their figures agree.
        """
        best: tuple[int, _Row, int, list[Decimal]] | None = None
        for row in rows:
            values = list(_after_lead(tokens, row))
            for offset in range(len(row.figures) - len(values) + 1):
                expected = row.figures[offset : offset + len(values)]
                wrong = sum(v != w for v, (_, w) in zip(values, expected, strict=True))
                if best is None or wrong < best[0]:
                    best = wrong, row, offset, values
            if best is not None and not best[0]:
                break
        if best is None:
            return all(_value(token) is None for token in tokens)
        _, row, offset, values = best
        pairs = [(v, w) for v, (_, w) in zip(values, row.figures[offset:], strict=False) if v or w]
        none_agrees = len(values) > 1 and bool(pairs) and all(v != w for v, w in pairs)
        if values and (none_agrees or (sure and best[0] * 2 >= len(values))):
            return False
        self._figures(held, line, row, offset, values)
        return True

    def _placed(self, paper: Sequence[Line]) -> dict[Line, tuple[_Row, int]]:
        """Lines of figures alone that stand below each other, as in a second strip of columns.

        They are the run's rows in order: where most of them agree with rows that follow each other, all of
        them are those rows, from one column on.
        """
        placed: dict[Line, tuple[_Row, int]] = {}
        for block in self._blocks(paper):
            values = [tuple(_values(line[2].split())) for line in block]
            votes: Counter[tuple[int, int]] = Counter()
            for index, numbers in enumerate(values):
                for place, column in self._places(len(numbers)).get(numbers, ()):
                    votes[place - index, column] += 1
            if not votes:
                continue
            (first, column), count = votes.most_common(1)[0]
            if count * 2 >= len(block) and 0 <= first <= len(self._ordered) - len(block):
                rows = self._ordered[first : first + len(block)]
                for line, row in zip(block, rows, strict=True):
                    placed[line] = row, bisect_left(row.columns, column)
        return placed

    def _blocks(self, paper: Sequence[Line]) -> Iterator[list[Line]]:
        block: list[Line] = []
        for line in (*paper, (0, 0, "")):
            tokens = line[2].split()
            alone = bool(tokens) and all(_value(token) is not None for token in tokens)
            if block and (not alone or block[-1][0] != line[0]):
                if len(block) > 1:
                    yield block
                block = []
            if alone:
                block.append(line)

    def _places(self, length: int) -> _Places:
        """Where so many figures stand side by side: the row's place, and the first figure's."""
        if length not in self._side_by_side:
            places: _Places = defaultdict(list)
            for index, row in enumerate(self._ordered):
                values = [value for _, value in row.figures]
                for offset in range(len(values) - length + 1):
                    place = (index, row.columns[offset])
                    places[tuple(values[offset : offset + length])].append(place)
            self._side_by_side[length] = places
        return self._side_by_side[length]

    def _figures(
        self, held: Held, line: Line, row: _Row, offset: int, values: Sequence[Decimal]
    ) -> None:
        """A line's figures with those of a row."""
        self._met[line[0]].append(row)
        for value, (title, run) in zip(values, row.figures[offset:], strict=False):
            held.figures += 1
            if value != run:
                where = _place(held.file, line)
                sides = f"{value:,}", f"{run:,}"
                held.found.append(Difference("differs", where, row.named, same(title), *sides))

    def _words(self, held: Held, line: Line, texts: Sequence[str]) -> bool:
        """A sentence with amounts, and of those of the run in the same words the one most like it."""
        paper_figures = figures(line[2])
        run = max(texts, key=lambda text: sum(map(operator.eq, paper_figures, figures(text))))
        for on_paper, in_run in zip(figures(line[2]), figures(run), strict=False):
            held.figures += 1
            if on_paper.replace(",", "") != in_run.replace(",", ""):
                what = same(skeleton(line[2]))
                held.found.append(
                    Difference("differs", _place(held.file, line), "", what, on_paper, in_run)
                )
        return True


_NAMED_LINES = 5
"""Lines of a page that are named where the run has no such lines."""


class _Further:
    """The rows of a sheet that nobody signs."""

    def __init__(self, grid: Grid) -> None:
        self._rows = ["\n".join(_plain(cell) for cell in row if cell) for row in grid.rows]
        self._digests = " ".join(_HEX.findall(" ".join(cell for row in grid.rows for cell in row)))

    def has(self, line: str) -> bool:
        """Whether one row has all that stands on a line, in that order, and whole figures.

        Of a digest that takes several lines, the last may look like a figure.
        """
        pieces = [_plain(token) for token in line.split()]
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
        heads = [_tight(cell) for cell in row if cell.strip() and "\n" not in cell.strip()]
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


def _row(
    grid: Grid, index: int, who: Mapping[str, int], columns: Mapping[str, int], names: Names
) -> _Row:
    texts = [grid.text(index, column) for column in who.values()]
    first = min([*columns.values(), len(grid.rows[index])])
    lead = {grid.text(index, column) for column in range(first)} | {*texts}
    cells = [
        (column, (title, value))
        for title, column in sorted(columns.items(), key=operator.itemgetter(1))
        if (value := number(grid.text(index, column))) is not None
    ]
    who_ = texts if any(texts) else []
    places, figures_ = [column for column, _ in cells], [pair for _, pair in cells]
    code = next(
        (grid.text(index, place) for title, place in who.items() if title in names.code), ""
    )
    key = code or " ".join(filter(None, who_))
    sentences = [
        (title, text) for title, column in columns.items()
        if number(text := grid.text(index, column)) is None and is_money(text)
    ]  # fmt: skip
    return _Row(who_, key, grid.text(index, 0), frozenset(lead - {""}), figures_, places, sentences)


def _line_row(grid: Grid, index: int) -> _Row:
    """A row of no village, such as a county's in a summary."""
    cells = [cell.strip() for cell in grid.rows[index]]
    texts = [cell for cell in cells if cell and number(cell) is None]
    first = next((place for place, cell in enumerate(cells) if cell and number(cell) is None), 0)
    numbers = [
        (place, value) for place, cell in enumerate(cells) if (value := number(cell)) is not None
    ]
    behind = [(place, value) for place, value in numbers if place > first]
    lead = frozenset({*texts, *(cells[place] for place, _ in numbers if place < first)})
    figures_ = [("", value) for _, value in behind]
    places = [place for place, _ in behind]
    return _Row(texts[:1], "", grid.text(index, 0), lead, figures_, places)


def _after_lead(tokens: Sequence[str], row: _Row) -> Iterator[Decimal]:
    """The figures of a line behind the running number and the code."""
    lead: set[str] | None = set(row.lead)
    for token in tokens:
        value = _value(token)
        if value is None or (lead and token in lead):
            lead = lead - {token} if lead else lead
            continue
        lead = None
        yield value


def _summing(tokens: Sequence[str]) -> bool:
    """Whether a line is one of figures: nothing else, or at least two amounts."""
    values = [_value(token) for token in tokens]
    amounts = sum("." in token and _value(token) is not None for token in tokens)
    return amounts > 1 or (len(values) > 1 and None not in values)


def _values(tokens: Sequence[str]) -> list[Decimal]:
    return [value for value in map(_value, tokens) if value is not None]


def _value(token: str) -> Decimal | None:
    return Decimal(0) if token in _DASH else number(token)


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)

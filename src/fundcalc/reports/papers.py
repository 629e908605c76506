"""A paper held against the run that it should be of: every figure on it, cell by cell.

The run is written again as such a paper, and the two are compared: village by village and column by column,
whatever the order of rows, columns and sheets; other lines by their wording. Nothing on a paper is computed:
the figures stored in it are read, and a formula is only asked whether it could show another one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from pathlib import Path
from sys import intern
from typing import Any, Literal, NamedTuple, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, same
from fundcalc.policy.model import Fact
from fundcalc.reports.printed import Printed
from fundcalc.reports.table import COLUMNS, indented
from fundcalc.roster.files.book import open_book
from fundcalc.roster.files.source import read
from fundcalc.roster.files.xlsx import Workbook
from fundcalc.roster.model import column_of, letters, place

Kind = Literal["differs", "missing", "added", "unassigned", "formula"]
"""What is wrong: another figure or text; a village or line that the paper or the run lacks; figures
that stand nowhere in the run; a formula that can show another figure than the one stored."""

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FIGURE = re.compile(r"(?<![A-Za-z0-9_.:-])-?\d[\d,]*(?:\.\d+)?(?![A-Za-z0-9_:]|-\d)")
_CAPITALS = re.compile("负?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元[零壹贰叁肆伍陆柒捌玖角分整]+")
EITHER = re.compile(f"{_CAPITALS.pattern}|{_FIGURE.pattern}")
_AMOUNT = re.compile(
    rf"{_CAPITALS.pattern}|[¥￥]\s*\d|\d[\d,]*\.\d\d(?![\d.])|\d\s*(?:元|万元|yuan\b)"
)
"""What is an amount in a sentence, and no day, number of a document or digest."""

_TERM = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_SUM = re.compile(r"(?:ROUND\()?(?:SUM\(|SUBTOTAL\(9,)?([A-Z$\d:,+]+)\)?(?:,\d\))?")
_FIRST: tuple[Kind, ...] = ("differs", "formula", "unassigned", "added", "missing")
_PARAMETERS = words("book.sheet_parameters")
SHOWN = 40
"""Differences that the text shows."""

Cell = tuple[int, int]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place on a paper: which village, what stands there, what the run has. Texts are as written."""

    kind: Kind
    where: str
    village: str
    what: Words
    paper: str = ""
    ledger: str = ""


@dataclass(slots=True)
class Held:
    """What came of it: how many figures of how many villages agree, and all that does not."""

    file: str
    run: str
    figures: int = 0
    villages: int = 0
    uncomputed: int = 0
    """Formulas as they were written that have no stored value."""
    found: list[Difference] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)
    of_groups: bool = False
    """Whether they are groups of villages, each with what was decided once for it."""

    @property
    def clean(self) -> bool:
        """Whether every figure on the paper is that of the run."""
        return not self.found


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
    book = open_book(path)
    behind = Workbook(read(path, lines=False)) if path.suffix.lower() == ".xlsx" else None
    found: list[Grid] = []
    for one in book.sheets:
        sheet = book.load(one.name)
        head = [sheet.header] if sheet.header else []
        rows = [[*map(intern, row)] for row in chain(head, sheet.rows())]  # a text is held once
        if behind is None:
            found.append(Grid("", rows))
            continue
        formulas, ends = behind.behind(one.name or "")
        found.append(Grid(one.name or "", rows, formulas, ends, names=behind.names))
    return found


@lru_cache(maxsize=100_000)
def number(text: str) -> Decimal | None:
    """A figure as a paper writes it; None where the text is none."""
    text = text.strip()
    if not text[:1].isdecimal() and not text.startswith("-"):
        return None
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


# -- tables ---------------------------------------------------------------------------------------


class Names:
    """What tables call a village's name, code, whole identity, and running number; or a group, by `per`."""

    def __init__(self, facts: Mapping[str, Fact], per: Sequence[str] = ()) -> None:
        own = {  # the heads of the sheet of differences
            "code": words("book.due_code"), "name": words("book.due_name"),
            "town": words("book.due_town"), "county": words("book.due_county"),
        }  # fmt: skip
        running = words("book.number")

        def called(id_: str) -> set[str]:
            titles = [own[id_]] + ([facts[id_].title] if id_ in facts else [])
            return {id_, *(text for title in titles for text in (title.zh, title.en))}

        self.name, self.code = called("name"), called("code")
        self.identity = set[str]().union(*map(called, own))
        self.number = {running.zh, running.en}
        if per:
            by = [facts[id_] for id_ in per]
            self.name = {text for one in by for text in (one.called, one.title.zh, one.title.en)}
            self.identity, self.code = self.name, set()


@dataclass(slots=True)
class Table:
    """Rows of villages and of sums below one header: places of the columns by their titles."""

    who: dict[str, int]
    columns: dict[str, int]
    rows: list[int]
    lines: list[int]
    """Rows below the header that are neither."""
    running: int | None = None
    """Where the running number stands."""


def tables(grid: Grid, names: Names) -> Iterator[Table]:
    """The tables, and last one without columns that has the lines outside of them."""
    heads = [at for at, row in enumerate(grid.rows) if any(_title(c) in names.name for c in row)]
    yield Table({}, {}, [], list(range(heads[0] if heads else len(grid.rows))))
    for head, end in zip(heads, [*heads[1:], len(grid.rows)], strict=False):
        yield _table(grid, head, end, names)


def _title(head: str) -> str:
    """A head as if it stood on one line."""
    title = head.strip()
    if "\n" not in title:
        return title
    return re.sub(r"(?<=[\u2e80-\uffef])\n|\n(?=[\u2e80-\uffef])", "", title).replace("\n", " ")


def _table(grid: Grid, head: int, end: int, names: Names) -> Table:
    titles = [_title(cell) for cell in grid.rows[head]]
    at_name = next(at for at, title in enumerate(titles) if title in names.name)
    first = head + 1
    below = [_title(grid.text(first, at)) for at in range(len(titles))] if first < end else []
    if below and not below[at_name] and any(below) and not any(map(number, below)):
        titles = [under or title for under, title in zip(below, titles, strict=True)]
        first += 1
    who: dict[str, int] = {}
    columns: dict[str, int] = {}
    running: int | None = None
    seen: Counter[str] = Counter()
    for at, title in enumerate(titles):
        if title in names.identity and title not in who:
            who[title] = at
        elif title in names.number and running is None:
            running = at
        elif title:
            seen[title] += 1
            columns[title if seen[title] == 1 else f"{title} ({seen[title]})"] = at
    rows: list[int] = []
    lines: list[int] = []
    for row in range(first, end):
        village = grid.text(row, at_name)
        village = "" if village.endswith(("：", ":")) else village  # a line to sign on
        summed = any(number(grid.text(row, at)) is not None for at in columns.values())
        (rows if village or summed else lines).append(row)
    known = {*who.values(), *columns.values(), running}
    for at in sorted({at for row in rows for at in range(len(grid.rows[row]))} - known):
        if any(number(grid.text(row, at)) is not None for row in rows):
            columns[letters(at)] = at  # figures below no title
    return Table(who, columns, rows, lines, running)


def _keys(grid: Grid, table: Table, shared: Sequence[str]) -> dict[Key, int]:
    """Rows by village, or by what a row of sums is called; a number tells apart those that are alike."""
    found: dict[Key, int] = {}
    seen: Counter[Key] = Counter()
    for row in table.rows:
        key: Key = tuple(grid.text(row, table.who[title]) for title in shared)
        if not any(key):
            cells = (cell.strip() for cell in grid.rows[row])
            label = next((c for c in cells if c and number(c) is None), "")
            key = ("", skeleton(label))
        seen[key] += 1
        found[(*key, str(seen[key]))] = row
    return found


def skeleton(text: str) -> str:
    """A text with its figures left out."""
    return "#" if number(text) is not None else EITHER.sub("#", text)


def figures(text: str) -> list[str]:
    """The figures in a text, amounts in capitals among them, as they are written."""
    return [text] if number(text) is not None else EITHER.findall(text)


# -- comparing ------------------------------------------------------------------------------------


class Holding:
    """A paper's sheets compared with those of the run, one after the other."""

    def __init__(
        self, file: str, run: str, facts: Mapping[str, Fact], per: Sequence[str] = ()
    ) -> None:
        self.held = Held(file, run, of_groups=bool(per))
        self._names = Names(facts, per)
        self._gone: set[tuple[Kind, Key]] = set()
        self._met: dict[Key, set[Key]] = defaultdict(set)
        """Villages by what they are told apart by."""
        self.sums: dict[str, Decimal] = {}
        """What the columns of the paper come to over its villages, by title."""

    def sheets(self, paper: Sequence[Grid], wanted: Sequence[Grid]) -> None:
        """Each sheet of the paper with the one of its name, else with the one most like it."""
        by_name = {one.name: one for one in wanted}
        met: set[str] = set()
        for grid in paper:
            other = by_name.get(grid.name) or max(
                wanted, key=lambda one: self._alike(grid, one), default=None
            )
            if other is None or (other.name != grid.name and not self._alike(grid, other)):
                self._unknown(grid)
            else:
                met.add(other.name)
                self._sheet(grid, other)
        for name in (one.name for one in wanted if one.name not in met):
            self._say("missing", "", "", words("auditing.no_sheet", name=name))
        self._cell_names(*(some[0].names if some else {} for some in (paper, wanted)))
        self.held.villages = max(map(len, self._met.values()), default=0)
        if self.held.uncomputed:
            self.held.notes.append(words("auditing.uncomputed", n=self.held.uncomputed))
        self.held.found.sort(key=lambda one: (_FIRST.index(one.kind), not one.paper))

    def _cell_names(self, paper: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        """The names that formulas use: one altered, gone, or given a second meaning on some sheet."""
        plain = {name: re.sub(r"[\s='$]", "", of) for name, of in paper.items()}
        for name, of in wanted.items():
            where = words("auditing.cell_name", name=name)
            if name not in plain:
                self._say("missing", "", "", where)
            elif plain[name] != re.sub(r"[\s='$]", "", of):
                self._say("differs", "", "", where, paper[name], of)
        for name, of in paper.items():
            if name not in wanted and name.rpartition("!")[2] in wanted:
                self._say("differs", "", "", words("auditing.cell_name", name=name), of, "")

    def _alike(self, one: Grid, other: Grid) -> float:
        titles = [
            {title for table in tables(grid, self._names) for title in table.columns}
            for grid in (one, other)
        ]
        return len(titles[0] & titles[1]) / max(len(titles[0] | titles[1]), 1)

    def _unknown(self, grid: Grid) -> None:
        """A sheet that the run's paper does not have: only figures are named."""
        cells = [
            (row, at)
            for row, texts in enumerate(grid.rows)
            for at, text in enumerate(texts)
            if number(text) is not None
        ]
        if cells:
            what = words("auditing.sheet_unknown", n=len(cells))
            self._add("unassigned", Spot(grid, *cells[0]), "", what)

    def _computed(self, grid: Grid, other: Grid) -> Grid:
        """A sheet whose formulas, where they are the run's but not computed, show what the run has."""
        if not grid.formulas:
            return grid
        rows, filled = [[*row] for row in grid.rows], set[Cell]()
        for (row, at), written in grid.formulas.items():
            own = other.formulas.get((row, at))
            if own is None or row >= len(rows) or grid.text(row, at) not in ("", "0"):
                continue
            mine, theirs = grid.text(row, at), other.text(row, at)
            if (mine and theirs) or _plain(written, row) != _plain(own, row):
                continue
            rows[row] += [""] * (at + 1 - len(rows[row]))
            rows[row][at] = theirs  # a zero that the run's paper leaves to be computed is as good
            if not mine:
                filled.add((row, at))
        self.held.uncomputed += sum(number(rows[row][at]) is not None for row, at in filled)
        return replace(grid, rows=rows, filled=filled)

    def _sheet(self, grid: Grid, other: Grid) -> None:
        grid = self._computed(grid, other)
        mine, theirs = list(tables(grid, self._names)), list(tables(other, self._names))
        free = theirs[1:]
        for table in mine[1:]:
            best = max(free, key=lambda one: len(one.columns.keys() & table.columns), default=None)
            if best is None:
                table.lines += table.rows
                continue
            free.remove(best)
            self._compare(grid, table, other, best)
        for table in free:
            table.lines += table.rows
            titles = words("auditing.no_table", titles="、".join([*table.who, *table.columns][:6]))
            self._add("missing", Spot(grid, 0, None), "", titles)
        lines = [sorted(row for one in some for row in one.lines) for some in (mine, theirs)]
        self._lines(grid, lines[0], other, lines[1])
        self._printed(grid, lines[0], other, lines[1])

    def _compare(self, grid: Grid, table: Table, other: Grid, wanted: Table) -> None:
        """Two tables, by village and title."""
        shared = [title for title in table.who if title in wanted.who]
        codes = [title for title in shared if title in self._names.code]
        if codes and all(map(self._coded, (grid, other), (table, wanted), codes * 2)):
            by = codes
        else:
            by = [title for title in shared if title not in codes]
        mine, theirs = _keys(grid, table, by), _keys(other, wanted, by)
        for title, at in table.columns.items():
            if title not in wanted.columns:
                self._no_column(grid, mine.values(), title, at)
        for title, at in wanted.columns.items():
            if title not in table.columns and any(other.text(row, at) for row in theirs.values()):
                what = words("auditing.no_column", title=title)
                self._add("missing", Spot(grid, 0, None), "", what)
        self._running(grid, table, len(wanted.rows))
        pairs = [
            (title, at, wanted.columns[title])
            for title, at in table.columns.items()
            if title in wanted.columns
        ]
        pairs += [(title, table.who[title], wanted.who[title]) for title in shared]
        for title, at, _ in pairs:
            figures = [number(grid.text(row, at)) for key, row in mine.items() if key[0]]
            self.sums.setdefault(title, sum(filter(None, figures), Decimal(0)))
        for key, row in mine.items():
            who = self._who(grid, table, row)
            if key not in theirs:
                self._once("added", key, Spot(grid, row, next(iter(table.who.values()), 0)), who)
                continue
            if key[0]:
                self._met[tuple(by)].add(key[:-1])
            cells, run = grid.rows[row], other.rows[theirs[key]]
            plain = not grid.formulas and not grid.filled
            for title, at, there in pairs:
                if plain and at < len(cells) and there < len(run) and cells[at] == run[there]:
                    self.held.figures += number(cells[at]) is not None
                    continue
                self._cell(Spot(grid, row, at), Spot(other, theirs[key], there), who, title)
            if not key[0]:
                self._figures(grid, row, other, theirs[key], most=1)
        for key, row in theirs.items():
            if key not in mine:
                self._once("missing", key, Spot(grid, 0, None), self._who(other, wanted, row))

    def _running(self, grid: Grid, table: Table, most: int) -> None:
        """Figures that are no running number, below a head that says they are."""
        for row in table.rows if table.running is not None else ():
            value = number(grid.text(row, table.running or 0))
            if value is not None and not (value == int(value) and 0 < value <= most):
                title = grid.text(row, table.running or 0)
                what = words("auditing.no_running", n=title)
                self._add("unassigned", Spot(grid, row, table.running), "", what)

    def _coded(self, grid: Grid, table: Table, title: str) -> bool:
        """Whether every village of a table has a code."""
        names = [at for one, at in table.who.items() if one in self._names.name]
        rows = [row for row in table.rows if any(grid.text(row, at) for at in names)]
        return all(grid.text(row, table.who[title]) for row in rows)

    def _who(self, grid: Grid, table: Table, row: int) -> str:
        texts = [grid.text(row, at) for at in table.who.values()]
        if any(texts):
            return " ".join(filter(None, texts))
        return next((c.strip() for c in grid.rows[row] if c.strip()), "")

    def _once(self, kind: Kind, key: Key, spot: Spot, who: str) -> None:
        """A village that only one side has is named once, and not on every sheet."""
        if (kind, key) not in self._gone:
            self._gone.add((kind, key))
            self._add(kind, spot, who)

    def _no_column(self, grid: Grid, rows: Collection[int], title: str, at: int) -> None:
        cells = [row for row in rows if number(grid.text(row, at)) is not None]
        if cells:
            what = words("auditing.column_unknown", title=title, n=len(cells))
            self._add("unassigned", Spot(grid, cells[0], at), "", what)

    def data(self, paper: Any, wanted: Any, where: str = "", who: str = "") -> None:
        """The same for a JSON file: villages by their code, else by county, town and name."""
        if isinstance(paper, dict) and isinstance(wanted, dict):
            for key in (*wanted, *(key for key in paper if key not in wanted)):
                at = f"{where}.{key}" if where else key
                if key in paper and key in wanted:
                    self.data(paper[key], wanted[key], at, who)
                else:
                    kind: Kind = "missing" if key in wanted else "unassigned"
                    self._say(kind, at, who, key)
        elif isinstance(paper, list) and isinstance(wanted, list):
            mine, theirs = map(_by_village, (paper, wanted))
            for village in (*theirs, *(one for one in mine if one not in theirs)):
                at = f"{where}[{mine[village][0]}]" if village in mine else where
                named = " ".join(filter(None, village[:-1])) or who
                if village in mine and village in theirs:
                    self.data(mine[village][1], theirs[village][1], at, named)
                    self._met[()].update([village] if village[0] else [])
                else:
                    self._say("missing" if village in theirs else "added", at, named)
        else:
            self._value(paper, wanted, where, who)
        self.held.villages = len(self._met[()])

    def _value(self, paper: Any, wanted: Any, where: str, who: str) -> None:
        mine, theirs = (number(str(one)) for one in (paper, wanted))
        if mine is not None and theirs is not None:
            self.held.figures += 1
            title = where.rpartition(".")[2]
            self.sums[title] = self.sums.get(title, Decimal(0)) + mine
        if paper != wanted and (mine is None or mine != theirs):
            self._say("differs", where, who, "", str(paper), str(wanted))

    def _cell(self, spot: Spot, other: Spot, who: str, title: str) -> None:
        """One cell of each; figures by their value, whatever way they are written."""
        paper, run = spot.text, other.text
        mine = number(paper)
        theirs = mine if paper == run else number(run)
        if (spot.row, spot.column) in spot.grid.filled:
            return
        if theirs is not None and mine is not None:
            self.held.figures += 1
        if (mine != theirs) if mine is not None and theirs is not None else paper != run:
            self._add("differs", spot, who, title, paper, run)
            return
        if not spot.grid.formulas:
            return
        written, own = (one.grid.formulas.get((one.row, one.column or 0)) for one in (spot, other))
        if theirs is None or not written:
            return
        # A spreadsheet may show another figure than the stored one as soon as it computes.
        known = own is not None and _plain(written, spot.row) == _plain(own, other.row)
        if not known and _summed(spot.grid, written) != theirs:
            self._add("formula", spot, who, title, f"={written}", run)

    def _figures(
        self, grid: Grid, row: int, other: Grid, there: int, most: int | None = None
    ) -> None:
        """Two rows of one wording: each figure in their texts, of the first `most` only."""
        mine, theirs = (
            [(at, cell.strip()) for at, cell in enumerate(one.rows[place]) if cell.strip()]
            for one, place in ((grid, row), (other, there))
        )
        label = mine[0][1]
        for (at, text), (_, wanted) in list(zip(mine, theirs, strict=False))[:most]:
            for paper, run in zip(figures(text), figures(wanted), strict=False):
                self.held.figures += 1
                if paper.replace(",", "") != run.replace(",", ""):
                    self._add("differs", Spot(grid, row, at), "", label, paper, run)

    def _lines(self, grid: Grid, rows: Sequence[int], other: Grid, wanted: Sequence[int]) -> None:
        """Lines that are no table's: those alike word for word, then those of one wording.

        What the parameters' sheet says in words counts as much as its figures.
        """
        exact = Counter(_cells(other, row) for row in wanted)
        left: list[int] = []
        compared: set[int] = set()
        for row in rows:
            cells = _cells(grid, row)
            if exact[cells] > 0:
                exact[cells] -= 1
                self.held.figures += sum(len(figures(c)) for c in cells if is_money(c))
            else:
                left.append(row)
        rest: dict[Key, deque[int]] = defaultdict(deque)
        for row in wanted:
            cells = _cells(other, row)
            if exact[cells] > 0:
                exact[cells] -= 1
                rest[tuple(map(skeleton, cells))].append(row)
        if grid.name in (_PARAMETERS.zh, _PARAMETERS.en):
            for row in left:
                self._words(grid, row, other)
            compared, left = {*left}, []
        for row in left:
            cells = _cells(grid, row)
            others = rest.get(tuple(map(skeleton, cells)))
            if others:
                self._figures(grid, row, other, others.popleft())
            elif any(map(is_money, cells)):
                at = next(at for at, cell in enumerate(grid.rows[row]) if is_money(cell))
                line = words("auditing.line_unknown", line="  ".join(cells))
                self._add("unassigned", Spot(grid, row, at), "", line)
        for row in (row for others in rest.values() for row in others if row not in compared):
            if any(map(is_money, cells := _cells(other, row))):
                self._add("missing", Spot(grid, 0, None), "", "  ".join(cells))

    def _words(self, grid: Grid, row: int, other: Grid) -> None:
        """A line against the run's in its place, cell by cell."""
        label = next((t for at in range(row, -1, -1) if (t := grid.text(at, 0).strip())), "")
        wanted = other.rows[row] if row < len(other.rows) else ()
        for at in range(max(len(grid.rows[row]), len(wanted))):
            mine, theirs = grid.text(row, at), (wanted[at].strip() if at < len(wanted) else "")
            figure = number(mine)
            if mine != theirs and (figure is None or figure != number(theirs)):
                self._add("differs", Spot(grid, row, at), "", label, mine, theirs)
            self.held.figures += figure is not None

    def _printed(self, grid: Grid, rows: Sequence[int], other: Grid, wanted: Sequence[int]) -> None:
        """Digests and days in lines that are no table's, and at the head and foot of the pages."""
        known = Printed([*(" ".join(_cells(other, row)) for row in wanted), *other.ends])
        for row in rows:
            for label, paper, run in known.differing(" ".join(_cells(grid, row))):
                at = next(at for at, cell in enumerate(grid.rows[row]) if paper in cell)
                self._add("differs", Spot(grid, row, at), "", label, paper, run)
        for end in grid.ends:
            for label, paper, run in known.differing(end):
                self._add("differs", Spot(grid, 0, None), "", label, paper, run)

    def _add(self, kind: Kind, spot: Spot, who: str, what: str | Words = "", *is_: str) -> None:
        self._say(kind, spot.name, who, what, *is_)

    def _say(self, kind: Kind, where: str, who: str, what: str | Words = "", *is_: str) -> None:
        whole = place(self.held.file, None, where)
        said = what if isinstance(what, Words) else same(what)
        self.held.found.append(Difference(kind, whole, who, said, *is_))


def _by_village(items: Sequence[Any]) -> dict[Key, tuple[int, Any]]:
    """The items of a list by what village they are of, else by their place; each with its place."""
    found: dict[Key, tuple[int, Any]] = {}
    seen: Counter[Key] = Counter()
    for at, item in enumerate(items):
        who = item if isinstance(item, dict) else {}
        code = str(who.get("code") or "")
        key = (code,) if code else tuple(str(who.get(k) or "") for k in ("county", "town", "name"))
        seen[key] += 1
        found[(*key, str(seen[key]))] = at, item
    return found


def _cells(grid: Grid, row: int) -> Key:
    return tuple(cell.strip() for cell in grid.rows[row] if cell.strip())


def is_money(text: str) -> bool:
    """Whether a cell is a figure, or names an amount."""
    return number(text) is not None or bool(_AMOUNT.search(text))


def _plain(formula: str, row: int) -> str:
    """A formula wherever its row stands, as any spreadsheet writes it."""
    text = re.sub(r"'([^'!]+)'(?=!)", r"\1", formula)
    text = re.sub(r"(?<![\w.])\d+E\+?\d+", lambda one: str(int(Decimal(one[0]))), text)
    text = re.sub(r"_xlfn\.|_xlws\.|\s|\$", "", text)
    return re.sub(rf"(?<=[A-Z]){row + 1}(?!\d)", "{}", text)


def _summed(grid: Grid, formula: str) -> Decimal | None:
    """What a sum of the sheet's own cells comes to by the figures stored there; None for other formulas."""
    found = _SUM.fullmatch(re.sub(r"\s", "", formula))
    terms = re.split("[,+]", found[1]) if found else []
    total = Decimal(0)
    for term in terms:
        if not (cells := _TERM.fullmatch(term)):
            return None
        left, top, right, bottom = cells.groups()
        for row in range(int(top) - 1, min(int(bottom or top), len(grid.rows))):
            for column in range(column_of(left), column_of(right or left) + 1):
                total += number(grid.text(row, column)) or 0
    return total if terms else None


# -- saying it ------------------------------------------------------------------------------------


def as_text(held: Held, lang: Lang, *, whole: bool = False) -> Iterator[str]:
    """What came of it, in lines of at most 80 columns."""
    for one in held.found if whole else held.found[:SHOWN]:
        yield from indented(_said(one).say(lang), "", "    ")
    rest = 0 if whole else len(held.found[SHOWN:])
    if rest:
        yield words("auditing.more", n=rest).say(lang)
    for line in held_said(held):
        yield from wrap(line.say(lang), COLUMNS)


def held_said(held: Held) -> list[Words]:
    """Whether the paper is that of the run, how much was held against it, and what else is to be known."""
    file, run, n, found = held.file, held.run, held.figures, len(held.found)
    if held.of_groups:
        of = words("auditing.of_groups", groups=held.villages)
    else:
        of = words("auditing.of_villages", villages=held.villages)
    if held.clean:
        end = words("auditing.equal", file=file, run=run, n=n, of=of)
    else:
        end = words("auditing.unequal", file=file, run=run, n=n, of=of, found=found)
    return [end, *held.notes]


def _said(one: Difference) -> Words:
    colon = Words("：", ": ") if one.village and one.what.zh else same("")
    who = Words(f"{one.village}{colon.zh}{one.what.zh}", f"{one.village}{colon.en}{one.what.en}")
    paper, run = one.paper or "—", one.ledger or "—"
    match one.kind:
        case "differs":
            return words("auditing.differs", where=one.where, who=who, paper=paper, run=run)
        case "formula":
            return words("auditing.formula", where=one.where, who=who, paper=paper, run=run)
        case "missing":
            return words("auditing.missing", where=one.where, who=who)
        case "added":
            return words("auditing.added", where=one.where, who=who)
        case "unassigned":
            return words("auditing.unassigned", where=one.where, who=who)
        case _:
            assert_never(one.kind)


def as_data(held: Held, lang: Lang) -> dict[str, Any]:
    """The same as JSON-ready data, with every difference."""
    return {
        "file": held.file, "run": held.run, "clean": held.clean, "figures": held.figures,
        "villages": held.villages,
        "differences": [
            {
                "kind": one.kind, "where": one.where, "village": one.village,
                "what": one.what.say(lang), "paper": one.paper, "ledger": one.ledger,
            }
            for one in held.found
        ],
        "notes": [note.say(lang) for note in held.notes],
    }  # fmt: skip

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
from typing import Any, Literal, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, same
from fundcalc.policy.model import IDENTITY, Fact, named_by
from fundcalc.reports.printed import (
    Cell,
    Grid,
    Printed,
    Spot,
    above,
    cells_of,
    end_lines,
    figures,
    is_head,
    is_money,
    may_be_money,
    number,
    one_line,
    plain,
    reworded,
    skeleton,
    summed,
    to_read,
    unmarked,
    unseen,
)
from fundcalc.reports.table import COLUMNS, clipped, indented
from fundcalc.roster.model import letters, place

Kind = Literal["differs", "missing", "added", "unassigned", "formula", "hidden"]
"""What is wrong: another figure or text; a village or line that the paper or the run lacks; figures
that stand nowhere in the run; a formula that can show another figure than the one stored; what stands
there and is not seen, or seen as something else."""

_FIRST: tuple[Kind, ...] = ("differs", "hidden", "formula", "unassigned", "added", "missing")

_PARAMETERS, _TWICE = words("book.sheet_parameters"), words("auditing.twice")
SHOWN = 40
"""Differences that the text shows."""

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
    of: Literal["villages", "groups", "summary"] = "villages"
    """Whether they are groups of villages with what was decided once for each, or the summary alone."""

    @property
    def clean(self) -> bool:
        """Whether every figure on the paper is that of the run."""
        return not self.found


# -- tables ---------------------------------------------------------------------------------------


class Names:
    """What tables call a village's name, code, whole identity, and running number; or a group, by `per`."""

    def __init__(self, facts: Mapping[str, Fact], per: Sequence[str] = ()) -> None:
        running = words("book.number")

        def heads_of(id_: str) -> set[str]:
            fact, due = facts.get(id_), words(f"book.due_{id_}")  # on the sheet of differences
            own = {fact.called, fact.title.zh, fact.title.en} if fact is not None else set()
            return {id_, due.zh, due.en, *own}

        self.name, self.code = heads_of(named_by(facts)), heads_of("code")
        self.identity = set[str]().union(*map(heads_of, IDENTITY))
        self.number = {running.zh, running.en}
        if per:
            shared = [facts[id_] for id_ in per]
            self.name = {text for f in shared for text in (f.called, f.title.zh, f.title.en)}
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
    above: int | None = None
    """The row above the heads that says what several of them belong to."""


def tables(grid: Grid, names: Names) -> Iterator[Table]:
    """The tables, and last one without columns that has the lines outside of them."""
    heads = [n for n, row in enumerate(grid.rows) if any(one_line(c) in names.name for c in row)]
    yield Table({}, {}, [], list(range(heads[0] if heads else len(grid.rows))))
    for head, end in zip(heads, [*heads[1:], len(grid.rows)], strict=False):
        yield _table(grid, head, end, names)


def _table(grid: Grid, head: int, end: int, names: Names) -> Table:
    titles = [one_line(cell) for cell in grid.rows[head]]
    name_column = next(column for column, title in enumerate(titles) if title in names.name)
    first = head + 1
    below = [one_line(grid.text(first, n)) for n in range(len(titles))] if first < end else []
    if below and not below[name_column] and any(below) and not any(map(number, below)):
        titles = [under or title for under, title in zip(below, titles, strict=True)]
        first += 1
    who: dict[str, int] = {}
    columns: dict[str, int] = {}
    running: int | None = None
    counts: Counter[str] = Counter()
    for column, title in enumerate(titles):
        if title in names.identity and title not in who:
            who[title] = column
        elif title in names.number and running is None:
            running = column
        elif title:
            counts[title] += 1
            columns[title if counts[title] == 1 else f"{title} ({counts[title]})"] = column
    rows: list[int] = []
    lines: list[int] = []
    for row in range(first, end):
        village = grid.text(row, name_column)
        village = "" if village.endswith(("：", ":")) else village  # a line to sign on
        summed = any(number(grid.text(row, column)) is not None for column in columns.values())
        (rows if village or summed else lines).append(row)
    known = {*who.values(), *columns.values(), running}
    for column in sorted({column for row in rows for column in range(len(grid.rows[row]))} - known):
        if any(is_money(grid.text(row, column)) for row in rows):
            columns[letters(column)] = column  # figures below no title
    return Table(who, columns, rows, lines, running, head if first == head + 2 else None)


def _keys(grid: Grid, table: Table, shared: Sequence[str]) -> dict[Key, int]:
    """Rows by village, or by what a row of sums is called; a number tells apart those that are alike."""
    by_key: dict[Key, int] = {}
    counts: Counter[Key] = Counter()
    for row in table.rows:
        key: Key = tuple(grid.text(row, table.who[title]) for title in shared)
        if not any(key):
            cells = (cell.strip() for cell in grid.rows[row])
            label = next((c for c in cells if c and number(c) is None), "")
            key = ("", skeleton(label))
        counts[key] += 1
        by_key[(*key, str(counts[key]))] = row
    return by_key


# -- comparing ------------------------------------------------------------------------------------


class Holding:
    """A paper's sheets compared with those of the run, one after the other."""

    def __init__(
        self, file: str, run: str, facts: Mapping[str, Fact], per: Sequence[str] = ()
    ) -> None:
        self.held = Held(file, run, of="groups" if per else "villages")
        self._names = Names(facts, per)
        self._called = {fact.id: fact.called for fact in facts.values() if fact.id in IDENTITY}
        self._named: set[tuple[Kind, Key]] = set()
        self._met: dict[Key, set[Key]] = defaultdict(set)
        """Villages by what they are told apart by."""
        self._asked: set[tuple[str, int, int]] = set()
        """Cells whose formula was held against the run's of the same village and column."""
        self._more: dict[str, None] = {}
        """Words on sheets to sign that the run does not have."""
        self._unmarked: set[str] = set()
        """Digests and ids of the run that a paper written without a record has not."""
        self.sums: dict[str, Decimal] = {}
        """What the columns of the paper come to over its villages, by title."""

    def sheets(self, paper: Sequence[Grid], run_grids: Sequence[Grid]) -> None:
        """Each sheet of the paper with the one of its name, else with the one most like it."""
        by_name = {grid.name: grid for grid in run_grids}
        self._unmarked = unmarked(paper, run_grids)
        if self._unmarked:
            self.held.notes.append(words("auditing.unmarked"))
        met: set[str] = set()
        for grid in paper:
            run_grid = by_name.get(grid.name) or max(
                run_grids, key=lambda candidate: self._alike(grid, candidate), default=None
            )
            if run_grid is None or (run_grid.name != grid.name and not self._alike(grid, run_grid)):
                self._unknown(grid)
            else:
                met.add(run_grid.name)
                self._sheet(grid, run_grid)
        for name in (grid.name for grid in run_grids if grid.name not in met):
            self._note("missing", "", "", words("auditing.no_sheet", name=name))
        self._cell_names(*(side[0].names if side else {} for side in (paper, run_grids)))
        self.held.villages = max(map(len, self._met.values()), default=0)
        if self._more:
            self.held.notes.append(words("auditing.words_added", texts=clipped(self._more)))
        if self.held.uncomputed:
            self.held.notes.append(words("auditing.uncomputed", n=self.held.uncomputed))
        self.held.found.sort(key=lambda d: (_FIRST.index(d.kind), not d.paper))

    def _cell_names(self, paper: Mapping[str, str], run_names: Mapping[str, str]) -> None:
        """The names that formulas use: one altered, gone, or given a second meaning on some sheet."""
        plain = {name: re.sub(r"[\s='$]", "", meaning) for name, meaning in paper.items()}
        for name, meaning in run_names.items():
            where = words("auditing.cell_name", name=name)
            if name not in plain:
                self._note("missing", "", "", where)
            elif plain[name] != re.sub(r"[\s='$]", "", meaning):
                self._note("differs", "", "", where, paper[name], meaning)
        for name, meaning in paper.items():
            if name not in run_names and name.rpartition("!")[2] in run_names:
                self._note("differs", "", "", words("auditing.cell_name", name=name), meaning, "")

    def _alike(self, paper_grid: Grid, run_grid: Grid) -> float:
        titles = [
            {title for table in tables(grid, self._names) for title in table.columns}
            for grid in (paper_grid, run_grid)
        ]
        return len(titles[0] & titles[1]) / max(len(titles[0] | titles[1]), 1)

    def _unknown(self, grid: Grid) -> None:
        """A sheet that the run's paper does not have: only figures are named."""
        cells = [
            (row, column) for row, texts in enumerate(grid.rows)
            for column, text in enumerate(texts) if may_be_money(text)
        ]  # fmt: skip
        cells = sorted({*cells, *grid.formulas})
        if cells:
            what = words("auditing.sheet_unknown", n=len(cells))
            self._add("unassigned", Spot(grid, *cells[0]), "", what)

    def _computed(self, grid: Grid, run_grid: Grid) -> Grid:
        """A sheet whose formulas, where they are the run's but not computed, show what the run has."""
        if not grid.formulas:
            return grid
        rows, filled = [[*row] for row in grid.rows], set[Cell]()
        for (row, column), formula in grid.formulas.items():
            run_formula = run_grid.formulas.get((row, column))
            if run_formula is None or row >= len(rows) or grid.text(row, column) not in ("", "0"):
                continue
            on_paper, in_run = grid.text(row, column), run_grid.text(row, column)
            if (on_paper and in_run) or plain(formula, row) != plain(run_formula, row):
                continue
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = in_run  # a zero that the run's paper leaves to compute is as good
            if not on_paper:
                filled.add((row, column))
        self.held.uncomputed += sum(number(rows[row][column]) is not None for row, column in filled)
        return replace(grid, rows=rows, filled=filled)

    def _sheet(self, grid: Grid, run_grid: Grid) -> None:
        grid = self._computed(grid, run_grid)
        paper_tables, run_tables = (list(tables(g, self._names)) for g in (grid, run_grid))
        free = run_tables[1:]
        for table in paper_tables[1:]:
            best = max(free, key=lambda t: len(t.columns.keys() & table.columns), default=None)
            if best is None:
                table.lines += table.rows
                continue
            free.remove(best)
            self._compare(grid, table, run_grid, best)
        for table in free:
            table.lines += table.rows
            titles = words("auditing.no_table", titles="、".join([*table.who, *table.columns][:6]))
            self._add("missing", Spot(grid, 0, None), "", titles)
        self._formulas(grid, run_grid)
        for spot, what in unseen(grid, run_grid):
            self._add("hidden", spot, "", what)
        lines = [sorted(row for t in ts for row in t.lines) for ts in (paper_tables, run_tables)]
        self._lines(grid, lines[0], run_grid, lines[1])
        self._printed(grid, lines[0], run_grid, lines[1])

    def _compare(self, grid: Grid, table: Table, run_grid: Grid, run_table: Table) -> None:
        """Two tables, by village and title."""
        shared = [title for title in table.who if title in run_table.who]
        codes = [title for title in shared if title in self._names.code]
        coded = codes and all(map(self._coded, (grid, run_grid), (table, run_table), codes * 2))
        key_titles = codes if coded else [title for title in shared if title not in codes]
        paper_rows = _keys(grid, table, key_titles)
        run_rows = _keys(run_grid, run_table, key_titles)
        for title, column in table.columns.items():
            if title not in run_table.columns:
                self._no_column(grid, paper_rows.values(), title, column)
        for title, column in run_table.columns.items():
            texts = (run_grid.text(row, column) for row in run_rows.values())
            if title not in table.columns and any(texts):
                what = words("auditing.no_column", title=title)
                self._add("missing", Spot(grid, 0, None), "", what)
        pairs = [
            (title, column, run_table.columns[title])
            for title, column in table.columns.items() if title in run_table.columns
        ]  # fmt: skip
        pairs += [(title, table.who[title], run_table.who[title]) for title in shared]
        for title, column, _ in pairs:
            figures = [number(grid.text(row, column)) for key, row in paper_rows.items() if key[0]]
            self.sums.setdefault(title, sum(filter(None, figures), Decimal(0)))
        for key, row in paper_rows.items():
            who = self._who(grid, table, row)
            if key not in run_rows:
                spot = Spot(grid, row, next(iter(table.who.values()), 0))
                self._once("added", key, spot, who, _twice(key, run_rows))
                continue
            if key[0] and not {*key[:-1]} <= self._names.identity:  # no second row of heads
                self._met[tuple(key_titles)].add(key[:-1])
            cells, run_cells = grid.rows[row], run_grid.rows[run_rows[key]]
            plain = not grid.formulas and not grid.filled
            for title, column, run_column in pairs:
                inside = column < len(cells) and run_column < len(run_cells)
                if plain and inside and cells[column] == run_cells[run_column]:
                    self.held.figures += number(cells[column]) is not None
                    continue
                run_spot = Spot(run_grid, run_rows[key], run_column)
                self._cell(Spot(grid, row, column), run_spot, who, title)
            if not key[0]:
                self._figures(grid, row, run_grid, run_rows[key], most=1)
        for key, row in run_rows.items():
            if key not in paper_rows:
                self._once("missing", key, Spot(grid, 0, None), self._who(run_grid, run_table, row))
        numbers = {
            row: run_grid.text(run_rows[key], run_table.running)
            for key, row in paper_rows.items() if key in run_rows and run_table.running is not None
        }  # fmt: skip
        self._running(grid, table, numbers)
        self._groups(grid, table, run_grid, run_table)

    def _running(self, grid: Grid, table: Table, in_run: Mapping[int, str]) -> None:
        """Running numbers that are neither those of the run nor count the rows as they stand."""
        count = 0
        for row in table.rows if table.running is not None else ():
            value = number(grid.text(row, table.running or 0))
            count += value is not None
            if value is not None and value not in (count, number(in_run.get(row, ""))):
                what = words("auditing.no_running", n=grid.text(row, table.running or 0))
                self._add(
                    "unassigned", Spot(grid, row, table.running), self._who(grid, table, row), what
                )

    def _groups(self, grid: Grid, table: Table, run_grid: Grid, run_table: Table) -> None:
        """What stands above the heads of columns, where they stand in the run's order."""
        shared = [title for title in table.columns if title in run_table.columns]
        if table.above is None or run_table.above is None or shared != [*run_table.columns]:
            return
        named: set[int] = set()
        for title in shared:
            column, on_paper = above(grid, table.above, table.columns[title])
            _, in_run = above(run_grid, run_table.above, run_table.columns[title])
            if on_paper != in_run and column not in named:
                named.add(column)
                spot = Spot(grid, table.above, column)
                self._add("differs", spot, "", words("auditing.head"), on_paper, in_run)

    def _coded(self, grid: Grid, table: Table, title: str) -> bool:
        """Whether every village of a table has a code."""
        names = [column for head, column in table.who.items() if head in self._names.name]
        rows = [row for row in table.rows if any(grid.text(row, column) for column in names)]
        return all(grid.text(row, table.who[title]) for row in rows)

    def _who(self, grid: Grid, table: Table, row: int) -> str:
        texts = [grid.text(row, column) for column in table.who.values()]
        if any(texts):
            return " ".join(filter(None, texts))
        return next((c.strip() for c in grid.rows[row] if c.strip()), "")

    def _once(self, kind: Kind, key: Key, spot: Spot, who: str, what: str | Words = "") -> None:
        """A village that only one side has is named once, and not on every sheet."""
        if (kind, key) not in self._named:
            self._named.add((kind, key))
            self._add(kind, spot, who, what)

    def _no_column(self, grid: Grid, rows: Collection[int], title: str, column: int) -> None:
        cells = [row for row in rows if is_money(grid.text(row, column))]
        if cells:
            what = words("auditing.column_unknown", title=title, n=len(cells))
            self._add("unassigned", Spot(grid, cells[0], column), "", what)

    def data(self, paper: Any, run: Any, where: str = "", who: str = "") -> None:
        """The same for a JSON file: villages by their code, else by county, town and name."""
        if isinstance(paper, dict) and isinstance(run, dict):
            if not where:
                self._add_up(paper.get("villages"))
            for key in (*run, *(key for key in paper if key not in run)):
                path = f"{where}.{key}" if where else key
                if key in paper and key in run:
                    self.data(paper[key], run[key], path, who)
                else:
                    kind: Kind = "missing" if key in run else "unassigned"
                    self._note(kind, path, who, key)
        elif isinstance(paper, list) and isinstance(run, list):
            on_paper, in_run = map(self._by_village, (paper, run))
            for village in (*in_run, *(key for key in on_paper if key not in in_run)):
                path = f"{where}[{on_paper[village][0]}]" if village in on_paper else where
                name = " ".join(filter(None, village[:-1])) or who
                if village in on_paper and village in in_run:
                    self.data(on_paper[village][1], in_run[village][1], path, name)
                    self._met[()].update([village] if village[0] else [])
                else:
                    kind = "missing" if village in in_run else "added"
                    self._note(kind, path, name, _twice(village, in_run))
        else:
            self._value(paper, run, where, who)
        self.held.villages = len(self._met[()])

    def _by_village(self, entries: Sequence[Any]) -> dict[Key, tuple[int, Any]]:
        """The items of a list by what village they are of, else by their place; each with its place."""
        by_village: dict[Key, tuple[int, Any]] = {}
        counts: Counter[Key] = Counter()
        for index, entry in enumerate(entries):
            row = entry if isinstance(entry, dict) else {}
            who = {
                id_: str(row.get(id_) or row.get(self._called.get(id_, id_)) or "")
                for id_ in IDENTITY
            }
            parts = (who[id_] for id_ in ("county", "town", "name"))
            key = (who["code"],) if who["code"] else tuple(parts)
            counts[key] += 1
            by_village[(*key, str(counts[key]))] = index, entry
        return by_village

    def _add_up(self, villages: Any) -> None:
        for village in villages if isinstance(villages, list) else ():
            for title, value in village.items() if isinstance(village, dict) else ():
                if (figure := number(str(value))) is not None:
                    self.sums[title] = self.sums.get(title, Decimal(0)) + figure

    def _value(self, paper: Any, run: Any, where: str, who: str) -> None:
        on_paper, in_run = (number(str(side)) for side in (paper, run))
        self.held.figures += on_paper is not None and in_run is not None
        if paper != run and (on_paper is None or on_paper != in_run):
            self._note("differs", where, who, "", str(paper), str(run))

    def _cell(self, spot: Spot, run_spot: Spot, who: str, title: str) -> None:
        """One cell of each; figures by their value, whatever way they are written."""
        paper, run = spot.text, run_spot.text
        on_paper = number(paper)
        in_run = on_paper if paper == run else number(run)
        if (spot.row, spot.column) in spot.grid.filled:
            self._asked.add((spot.grid.name, spot.row, spot.column or 0))
            return
        self.held.figures += (both := in_run is not None and on_paper is not None)
        if (on_paper != in_run) if both else paper != run:
            self._add("differs", spot, who, title, paper, run)
            return
        formula = spot.grid.formulas.get((spot.row, spot.column or 0))
        if not formula:
            return
        # A spreadsheet may show another figure than the stored one as soon as it computes.
        self._asked.add((spot.grid.name, spot.row, spot.column or 0))
        expected = run_spot.grid.formulas.get((run_spot.row, run_spot.column or 0))
        if (formula, spot.row) == (expected, run_spot.row):
            return
        if expected is None or plain(formula, spot.row) != plain(expected, run_spot.row):
            self._sum(spot, formula, who, title, run)

    def _sum(self, spot: Spot, formula: str, who: str, title: str, run: str) -> None:
        """Name a formula that the run does not have, unless it is a sum that comes to the figure."""
        if summed(formula, len(spot.grid.rows), spot.grid.text) != (number(run) or 0):
            self._add("formula", spot, who, title, f"={formula}", run)

    def _formulas(self, grid: Grid, run_grid: Grid) -> None:
        """Formulas outside of the columns of tables."""
        rest = [
            ((row, column), formula) for (row, column), formula in grid.formulas.items()
            if (grid.name, row, column) not in self._asked and row < len(grid.rows)
            and run_grid.formulas.get((row, column)) != formula
        ]  # fmt: skip
        if not rest:
            return
        known = {(plain(f, row), column) for (row, column), f in run_grid.formulas.items()}
        for (row, column), formula in rest:
            if (plain(formula, row), column) not in known:
                who = next((cell.strip() for cell in grid.rows[row] if cell.strip()), "")
                spot = Spot(grid, row, column)
                self._sum(spot, formula, who, "", spot.text)

    def _figures(
        self, grid: Grid, row: int, run_grid: Grid, run_row: int, most: int | None = None
    ) -> None:
        """Two rows of one wording: each figure in their texts, of the first `most` only."""
        paper_cells, run_cells = (
            [(n, cell.strip()) for n, cell in enumerate(sheet.rows[place]) if cell.strip()]
            for sheet, place in ((grid, row), (run_grid, run_row))
        )
        label = next((t for _, t in paper_cells if number(t) is None), paper_cells[0][1])
        for (column, text), (_, run_text) in list(zip(paper_cells, run_cells, strict=False))[:most]:
            for paper, run in zip(figures(text), figures(run_text), strict=False):
                self.held.figures += 1
                if paper.replace(",", "") != run.replace(",", ""):
                    spot, whole = Spot(grid, row, column), number(text) is not None
                    who, what = (label, _head_of(spot)) if whole else ("", label)
                    self._add("differs", spot, who, what, paper, run)

    def _lines(self, grid: Grid, rows: Sequence[int], run: Grid, run_rows: Sequence[int]) -> None:
        """Lines that are no table's: those alike word for word, then those of one wording.

        What the parameters' sheet says in words counts as much as its figures.
        """
        exact = Counter(cells_of(run, row) for row in run_rows)
        unmatched: list[int] = []
        compared: set[int] = set()
        for row in rows:
            cells = cells_of(grid, row)
            if exact[cells] > 0:
                exact[cells] -= 1
                self.held.figures += sum(len(figures(c)) for c in cells if is_money(c))
            else:
                unmatched.append(row)
        rest: dict[Key, deque[int]] = defaultdict(deque)
        for row in run_rows:
            cells = cells_of(run, row)
            if exact[cells] > 0:
                exact[cells] -= 1
                rest[tuple(map(skeleton, cells))].append(row)
        if grid.name in (_PARAMETERS.zh, _PARAMETERS.en):
            for row in unmatched:
                self._words(grid, row, run)
            compared, unmatched = {*unmatched}, []
        heads = [row for rows in rest.values() for row in rows if is_head(run, row)]
        for run_row in heads:
            unmatched = self._head(grid, unmatched, run, run_row)
        loose = unmatched
        for row in unmatched:
            cells = cells_of(grid, row)
            alike = rest.get(tuple(map(skeleton, cells)))
            if alike:
                self._figures(grid, row, run, alike.popleft())
            elif any(map(may_be_money, cells)):
                column = next(n for n, cell in enumerate(grid.rows[row]) if may_be_money(cell))
                line = words("auditing.line_unknown", line="  ".join(cells))
                self._add("unassigned", Spot(grid, row, column), "", line)
        lacking = [row for rows in rest.values() for row in rows if row not in {*compared, *heads}]
        for row in lacking:
            if any(map(is_money, cells := cells_of(run, row))):
                self._add("missing", Spot(grid, 0, None), "", "  ".join(cells))
        if run.name not in to_read():
            worded = [row for row in lacking if not any(map(is_money, cells_of(run, row)))]
            unmarked = bool(self._unmarked)
            for spot, on_paper, in_run in reworded(grid, loose, run, worded, unmarked=unmarked):
                if spot is None:
                    self._add("missing", Spot(grid, 0, None), "", in_run)
                elif in_run:
                    self._add("differs", spot, "", words("auditing.wording"), on_paper, in_run)
                elif not any(map(may_be_money, cells_of(grid, spot.row))):
                    self._more[on_paper] = None

    def _head(self, grid: Grid, rows: list[int], run: Grid, run_row: int) -> list[int]:
        """A row of heads against the row that shares most of them; returns the rows that are left."""
        run_cells = cells_of(run, run_row)
        same_length = [row for row in rows if len(cells_of(grid, row)) == len(run_cells)]
        best = max(
            same_length, key=lambda row: len({*cells_of(grid, row)} & {*run_cells}), default=None
        )
        if best is None or not {*cells_of(grid, best)} & {*run_cells}:
            self._add("missing", Spot(grid, 0, None), "", "  ".join(run_cells))
            return rows
        columns = [n for n, cell in enumerate(grid.rows[best]) if cell.strip()]
        for column, paper, in_run in zip(columns, cells_of(grid, best), run_cells, strict=True):
            if paper != in_run:
                what = words("auditing.head")
                self._note("differs", Spot(grid, best, column).name, "", what, paper, in_run)
        return [row for row in rows if row != best]

    def _words(self, grid: Grid, row: int, run_grid: Grid) -> None:
        """A line against the run's in its place, cell by cell."""
        label = next((t for index in range(row, -1, -1) if (t := grid.text(index, 0).strip())), "")
        run_cells = run_grid.rows[row] if row < len(run_grid.rows) else ()
        for column in range(max(len(grid.rows[row]), len(run_cells))):
            on_paper = grid.text(row, column)
            in_run = run_cells[column].strip() if column < len(run_cells) else ""
            figure = number(on_paper)
            if on_paper != in_run and (figure is None or figure != number(in_run)):
                self._add("differs", Spot(grid, row, column), "", label, on_paper, in_run)
            self.held.figures += figure is not None

    def _printed(self, grid: Grid, rows: Sequence[int], run: Grid, run_rows: Sequence[int]) -> None:
        """Digests and days in lines that are no table's, and at the head and foot of the pages."""
        known = Printed([*(" ".join(cells_of(run, row)) for row in run_rows), *run.ends])
        for row in rows:
            for label, on_paper, in_run in known.differing(" ".join(cells_of(grid, row))):
                column = next(n for n, cell in enumerate(grid.rows[row]) if on_paper in cell)
                self._add("differs", Spot(grid, row, column), "", label, on_paper, in_run)
        told: list[str] = []
        for end in grid.ends:
            for label, on_paper, in_run in known.differing(end):
                self._add("differs", Spot(grid, 0, None), "", label, on_paper, in_run)
                told.append(in_run)
        for kind, line in end_lines(grid, run, [*told, *self._unmarked]):
            self._add(kind, Spot(grid, 0, None), "", line)

    def _add(self, kind: Kind, spot: Spot, who: str, what: str | Words = "", *sides: str) -> None:
        self._note(kind, spot.name, who, what, *sides)

    def _note(self, kind: Kind, where: str, who: str, what: str | Words = "", *sides: str) -> None:
        where = place(self.held.file, None, where)
        text = what if isinstance(what, Words) else same(what)
        self.held.found.append(Difference(kind, where, who, text, *sides))


def _head_of(spot: Spot) -> str:
    """The nearest text above a figure."""
    above_it = (one_line(spot.grid.text(row, spot.column or 0)) for row in range(spot.row)[::-1])
    return next((text for text in above_it if text and number(text) is None), "")


def _twice(key: Key, known: Collection[Key]) -> str | Words:
    """What is said of a row that the other side has once, and this one more often."""
    return _TWICE if key not in known and (*key[:-1], "1") in known else ""


# -- saying it ------------------------------------------------------------------------------------


def as_text(held: Held, lang: Lang, *, whole: bool = False) -> Iterator[str]:
    """What came of it, in lines of at most 80 columns."""
    for difference in held.found if whole else held.found[:SHOWN]:
        yield from indented(_sentence(difference).say(lang), "", "    ")
    if rest := 0 if whole else len(held.found[SHOWN:]):
        yield words("auditing.more", n=rest).say(lang)
    for line in held_said(held):
        yield from wrap(line.say(lang), COLUMNS)


def held_said(held: Held) -> list[Words]:
    """Whether the paper is that of the run, how much was held against it, and what else is to be known."""
    file, run, n, found = held.file, held.run, held.figures, len(held.found)
    of = words("auditing.of_villages", n=held.villages)
    if held.of != "villages":
        groups = words("auditing.of_groups", n=held.villages)
        of = groups if held.of == "groups" else words("auditing.of_summary")
    if held.clean:
        end = words("auditing.equal", file=file, run=run, n=n, of=of)
    else:
        end = words("auditing.unequal", file=file, run=run, n=n, of=of, found=found)
    return [end, *held.notes]


def _sentence(difference: Difference) -> Words:
    village, what = difference.village, difference.what
    colon = Words("：", ": ") if village and what.zh else same("")
    who = Words(f"{village}{colon.zh}{what.zh}", f"{village}{colon.en}{what.en}")
    paper, run = difference.paper or "—", difference.ledger or "—"
    match difference.kind:
        case "differs":
            return words("auditing.differs", where=difference.where, who=who, paper=paper, run=run)
        case "formula":
            return words("auditing.formula", where=difference.where, who=who, paper=paper, run=run)
        case "missing":
            return words("auditing.missing", where=difference.where, who=who)
        case "added" if what != _TWICE:
            return words("auditing.added", where=difference.where, who=who)
        case "added" | "unassigned" | "hidden":
            return words("auditing.unassigned", where=difference.where, who=who)
        case _:
            assert_never(difference.kind)

"""The villages' rows, column by column: values, rejects, and what was assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster import faults, identity, notices, totals
from fundcalc.roster.body import Body, Total
from fundcalc.roster.cells import TICKS, doubtful, read_cells
from fundcalc.roster.doubts import cut_short, outliers, respelt
from fundcalc.roster.grid import Cell, Grid, is_blank, shown
from fundcalc.roster.model import Fault, Reject, Roster, letters
from fundcalc.roster.settle import Column
from fundcalc.roster.steps import DONE, Steps

_ALONE = ("code", "name")
"""Text facts that merged cells cannot give to several villages."""


class Extract:
    """One reading of the villages' rows into a roster."""

    def __init__(
        self,
        roster: Roster,
        grid: Grid,
        facts: Mapping[str, Fact],
        columns: Mapping[str, Column],
        body: Body,
        names: Collection[str] = (),
    ) -> None:
        """What is read, into which roster; `names` are those the policy knows."""
        self._names = dict.fromkeys(names)
        self._roster, self._grid, self._facts = roster, grid, facts
        self._columns, self._body = columns, body
        self._cells = [grid.rows[row] for row in body.villages]
        self._values: dict[str, list[Value | None]] = {}
        self._blank: dict[str, list[bool]] = {}
        self._found: list[tuple[int, int, Reject]] = []
        self._bad: set[int] = set()
        self._shifted = self._more_cells()

    def run(self, steps: Steps) -> None:
        """Read all columns, look for villages written twice and for wrong totals, fill the roster."""
        waiting = []
        for number, (id_, column) in enumerate(self._columns.items()):
            waiting += [(at, column, fault) for at, fault in self._read(id_, column)]
            steps.column(number, len(self._columns))
        for at, column, fault in waiting:
            self._say_village(at, column.fact.id, fault)
        every = range(len(self._body.villages))
        name, town, county = ([self._text(f, at) for at in every] for f in IDENTITY[1:])
        code = [self._text("code", at) or self._unread_code(at) for at in every]
        rows = [row + 1 for row in self._body.villages]
        for at, (index, fault) in self._shifted.items():
            self._say_cell(at, index, "", fault)
        for at in identity.examples({"code": code, "name": name}, self._facts):
            self._say_village(at, "name", faults.example())
        identity.check(code, name, town, county, rows, self._say_village)
        self._doubt(county, town)
        self._check_totals()
        self._fill()
        steps.reach(DONE)

    # -- one column ---------------------------------------------------------------------------

    def _read(self, id_: str, column: Column) -> list[tuple[int, Fault]]:
        """A column's values, None where there is none; what is wrong by village."""
        fact = column.fact
        index = column.index
        cells = [row[index] if index < len(row) else "" for row in self._cells]
        wrong = self._merged(column, cells)
        read = read_cells(cells, fact, column.power)
        blank_is_no = isinstance(fact.type, YesNo) and _only_ticks(cells)
        values: list[Value | None] = []
        blanks: list[bool] = []
        for at, one in enumerate(read):
            blanks.append(one is None and not blank_is_no)
            if isinstance(one, Fault):
                wrong.setdefault(at, one)
            if at in wrong or isinstance(one, Fault):
                values.append(None)
            elif one is not None:
                values.append(one)
            elif blank_is_no:
                values.append(False)
            else:
                values.append(fact.default)
                if fact.required:
                    wrong[at] = faults.missing(fact)
        if isinstance(fact.type, Text) and id_ not in _ALONE:
            values = self._simplified(column, values)
        self._values[id_], self._blank[id_] = values, blanks
        found = list(wrong.items())
        if isinstance(fact.type, Text):
            found += [
                (at, doubt)
                for at, v in enumerate(values)
                if isinstance(v, str) and (doubt := _doubt(v))
            ]
        self._notice(column, [c for at, c in enumerate(cells) if at not in wrong], blank_is_no)
        return found

    def _simplified(self, column: Column, values: list[Value | None]) -> list[Value | None]:
        """Names in traditional characters as the policy or the other rows write them."""
        found = respelt(values, self._names)
        if not found:
            return values
        self._roster.notices.append(notices.simplified(column.label, found))
        return [found.get(v, v) if isinstance(v, str) else v for v in values]

    def _merged(self, column: Column, cells: list[Cell]) -> dict[int, Fault]:
        """Give a county or town in merged cells to all their villages; other facts are refused."""
        wrong: dict[int, Fault] = {}
        if not self._grid.merged:
            return wrong
        fact, filled = column.fact, 0
        for at, row in enumerate(self._body.villages):
            area = self._grid.area(row, column.index)
            if area is None:
                continue
            if isinstance(fact.type, Text) and fact.id not in _ALONE and area[1] == area[3]:
                cells[at] = self._grid.spread(row, column.index)
                filled += 1
            else:
                wrong[at] = faults.merged(fact)
        if filled:
            self._roster.notices.append(notices.merged_text(column.label, filled))
        return wrong

    def _notice(self, column: Column, cells: Sequence[Cell], blank_is_no: bool) -> None:
        if blank_is_no:
            self._roster.notices.append(notices.ticks(column.label))
        if isinstance(column.fact.type, Text):
            count = sum(
                isinstance(cell, float | int) and not isinstance(cell, bool) for cell in cells
            )
            if count:
                self._roster.notices.append(notices.numbers_as_text(column.label, count))

    # -- what is wrong ------------------------------------------------------------------------

    def _doubt(self, counties: Sequence[str], towns: Sequence[str]) -> None:
        """Report values far above those of the same town, and counties written in two ways."""
        short = cut_short(Counter(counties))
        for at, county in enumerate(counties if short else ()):
            if county in short:
                self._say_village(
                    at, "county", faults.cut_short(self._facts["county"], short[county])
                )
        groups = list(zip(counties, towns, strict=True))
        for id_, column in self._columns.items():
            values = [None if at in self._shifted else v for at, v in enumerate(self._values[id_])]
            for at, fault in outliers(values, groups, column.fact):
                self._say_village(at, id_, fault)

    def _more_cells(self) -> dict[int, tuple[int, Fault]]:
        """Villages of a CSV with cells beyond the header's, so that nothing in their row is sure."""
        found: dict[int, tuple[int, Fault]] = {}
        for at, cells in enumerate(self._cells if self._grid.merged is None else ()):
            width = self._body.width
            more = [i for i in range(width, len(cells)) if not is_blank(cells[i])]
            if more:
                found[at] = more[0], faults.more_cells(more[-1] + 1 - width)
        return found

    def _say_village(self, at: int, fact: str, fault: Fault) -> None:
        column = self._columns.get(fact)
        index, label = (column.index, column.label) if column else (-1, "")
        self._say_cell(at, index, label, fault)

    def _say_cell(self, at: int, index: int, label: str, fault: Fault) -> None:
        row = self._body.villages[at]
        if at in self._shifted and label:
            return
        if fault.severity == "error":
            self._bad.add(at)
        village = self._text("name", at) or self._text("code", at)
        cell = self._grid.at(row, index) if index >= 0 else ""
        self._say(row, index, label, cell, fault, village)

    def _say_total(self, total: Total, column: Column, fault: Fault) -> None:
        cell = self._grid.at(total.row, column.index)
        name = total.cell[1].strip()
        self._say(total.row, column.index, column.label, cell, fault, name)

    def _say(
        self, row: int, index: int, label: str, cell: Cell, fault: Fault, village: str
    ) -> None:
        roster = self._roster
        where = f"{letters(index)}{row + 1}" if index >= 0 else None
        reject = Reject(
            fault.code, fault.severity, roster.file, roster.sheet, where, row + 1, village, label,
            shown(cell), fault.why, fault.mend,
        )  # fmt: skip
        self._found.append((row, index, reject))

    def _text(self, fact: str, at: int) -> str:
        value = self._values[fact][at] if fact in self._values else ""
        return value if isinstance(value, str) else ""

    def _unread_code(self, at: int) -> str:
        """A stand-in for a code that is there but cannot be read; "" where there is none."""
        column = self._columns.get("code")
        return "" if column is None or self._blank["code"][at] else f"{identity.UNREAD}{at}"

    def _check_totals(self) -> None:
        if not self._body.totals:
            return
        every = self._columns.values()
        added = [(c, totals.ListSums(self._numbers(c.fact.id))) for c in every if totals.adds_up(c)]
        villages = range(len(self._body.villages))
        places = {
            c.index: totals.members([self._text(c.fact.id, at) for at in villages])
            for c in every
            if isinstance(c.fact.type, Text) and c.fact.id not in _ALONE
        }
        totals.check(self._body.totals, added, places, self._say_total)

    def _numbers(self, fact: str) -> list[int | None]:
        return [
            int(v) if isinstance(v, int) and at not in self._shifted else None
            for at, v in enumerate(self._values[fact])
        ]

    # -- the result ---------------------------------------------------------------------------

    def _fill(self) -> None:
        """Put the villages without error into the roster."""
        roster = self._roster
        clean = [at for at in range(len(self._body.villages)) if at not in self._bad]
        roster.rows = [self._body.villages[at] + 1 for at in clean]
        roster.rejected_rows = len(self._bad)
        roster.rejects = [reject for _, _, reject in sorted(self._found, key=lambda one: one[:2])]
        for id_, fact in self._facts.items():
            if id_ in self._columns:
                values = self._values[id_]
                roster.cells[id_] = letters(self._columns[id_].index)
                roster.columns[id_] = [value for at in clean if (value := values[at]) is not None]
                roster.assumed[id_] = [self._blank[id_][at] for at in clean]
            elif fact.default is not None:
                roster.columns[id_] = [fact.default] * len(clean)
                roster.assumed[id_] = [True] * len(clean)


def _only_ticks(cells: Sequence[Cell]) -> bool:
    """Whether a column has ticks and blanks only, and at least one tick."""
    filled = [cell for cell in cells if not is_blank(cell)]
    return bool(filled) and all(isinstance(c, str) and c.strip() in TICKS for c in filled)


def _doubt(text: str) -> Fault | None:
    return None if text.isascii() else doubtful(text)

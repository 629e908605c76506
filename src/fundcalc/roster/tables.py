"""A sheet as tables: each header with the rows of its villages, and what became of all other rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import assert_never

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Text
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster.layout import (
    Heading,
    Keys,
    Layout,
    StatedUnit,
    find,
    goes_on,
    is_identity,
    of_clean,
    panels,
    readings,
    units_in,
)
from fundcalc.roster.model import first, short
from fundcalc.roster.names import county_of_row
from fundcalc.roster.sheet import MAX_COLUMNS, Sheet, as_text, column_at
from fundcalc.roster.words import MAY_BE_ODD, Row, clean, is_unit_line, sort_row

MAX_TABLES = 256
_BLANK = r"^[\s\x1c-\x1f]*$"
_LEAD = (
    r"(?s)^[\s\x1c-\x1f]*[注备備附说說填制製审審复複覆负負联聯报報单單日nNｎＮ].*[:：.．、]"
    r"|例|(?i:[eｅ]\s*[xｘ]|[sｓ]\s*[aａ]\s*[mｍ])"
)
"""What a remark or an example begins with. It may hit villages too; `sort_row` decides."""


@dataclass(frozen=True, slots=True)
class Total:
    """A row (from 0) that stands for others: its label, in `column`, and the group that it names."""

    row: int
    label: str
    column: int
    group: str
    partial: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row (from 0) that is counted as no village, and why."""

    row: int
    label: str
    why: Words


@dataclass(frozen=True, slots=True)
class Before:
    """A row that an intake leaves out: its number there (from 1), why, and whether as a repeated one."""

    row: int
    why: str
    twice: bool


@dataclass(frozen=True, slots=True)
class ByHand:
    """Rows (from 0) that an intake leaves out, and those that it keeps, each with the reason.

    Those to be looked at `again` are left out only while another row has the same village, or, where they
    stood elsewhere before, where their words or figures tell that they are no village's.
    """

    left_out: Mapping[int, str] = field(default_factory=dict)
    kept: Mapping[int, str] = field(default_factory=dict)
    again: Mapping[int, Before] = field(default_factory=dict)


@dataclass(slots=True)
class Table:
    """One list of villages: its headings in the columns `span`, and its rows (from 0).

    `rows` are villages' and those of `groups`, which may be a group's: their figures decide. `units` are
    those that stand above and below.
    """

    sheet: Sheet
    layout: Layout
    headings: Sequence[Heading]
    span: range
    rows: NDArray[np.int64]
    groups: dict[int, Row] = field(default_factory=dict)
    totals: list[Total] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    units: list[StatedUnit] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    """Rows at which the header stands again."""

    kept: set[int] = field(default_factory=set)
    """Rows that are villages because a person says so, whatever their words and figures."""

    again: Mapping[int, Before] = field(default_factory=dict)
    """Rows of which an intake says something that may hold no longer."""

    def column(self, index: int) -> pl.Series:
        """The cells of a column in the table's rows."""
        values, at = column_at(self.sheet.cells, index), self.rows - self.sheet.first
        if len(at) and int(at[-1]) - int(at[0]) + 1 == len(at):  # a run of rows, without a copy
            return values.slice(int(at[0]), len(at))
        return values.gather(at)

    def kinds(self, index: int) -> NDArray[np.int16] | None:
        """What the cells of a column are; None where all are of the column's own type."""
        kinds = self.sheet.kinds
        if kinds is None or index >= kinds.shape[1]:
            return None
        in_rows: NDArray[np.int16] = kinds[self.rows, index]
        return in_rows


def tables_of(
    sheet: Sheet,
    facts: Mapping[str, Fact],
    known: Keys,
    chosen: Mapping[str, str],
    header_row: int | None = None,
    by_hand: Callable[[Layout], ByHand] = lambda _: ByHand(),
) -> list[Table]:
    """The lists of villages on a sheet, in order; none where no row is a header.

    A person has settled what `chosen` headers (cleaned) mean, `header_row` (from 0) and rows `by_hand`.
    """
    if sheet.clean is not None and sheet.header is not None:
        from fundcalc.roster.clean import by_column

        header = of_clean(sheet.header, by_column(facts), chosen)
        rows = np.arange(header.body, sheet.height)
        return [Table(sheet, header, header.headings, range(MAX_COLUMNS), rows)]
    layout = _first_header(sheet, known, chosen, header_row)
    settled = by_hand(layout) if layout is not None else ByHand()
    tables: list[Table] = []
    while layout is not None:
        if len(tables) > MAX_TABLES:
            raise PolicyProblem([say("FC606.lists", Span(sheet.name or ""), most=MAX_TABLES)])
        lists = panels(layout)
        split = _Split(sheet, facts, known, chosen, layout, settled)
        side_by_side = [split.table(*lists[0], None)]
        side_by_side += [split.table(headings, span, split.end) for headings, span in lists[1:]]
        if len(lists) > 1:
            side_by_side[0].notices.append(words("roster.panels", count=len(lists)))
            units = list(dict.fromkeys(unit for table in side_by_side for unit in table.units))
            for table in side_by_side:
                table.units = units
        tables += side_by_side
        if split.following is not None:
            split.following.units = split.following.units or layout.units
            split.following.before = [*layout.before, *layout.titles]
        layout = split.following
    return [table for table in tables if len(table.rows) or table.left_out] or tables[:1]


def _first_header(
    sheet: Sheet, known: Keys, chosen: Mapping[str, str], header_row: int | None
) -> Layout | None:
    """A sheet's first header, at `header_row` (from 0) where a person has named it."""
    if header_row is None:
        return find(sheet, known, chosen, least=2 if sheet.cells.width > 1 else 1)
    layouts = [
        layout
        for at in range(header_row, max(header_row - 3, -1), -1)
        if at < sheet.height
        and not _only_units(sheet.row(at))
        and (layout := find(sheet, known, chosen, at=at, least=1))
        and layout.last >= header_row
    ]
    return max(layouts, key=lambda layout: len(layout.facts), default=None)


@dataclass(slots=True)
class _Sorting:
    """How far the rows below a header are sorted."""

    since: int
    """The first row after the last village's or total."""

    resume: int = 0
    """Rows before this one are done with."""

    void: int | None = None
    """Where another table begins, whose rows are no villages'."""

    last: int = -1
    skipped: list[tuple[int, int]] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)

    def reach(self, row: int) -> None:
        """Go on to an odd row; plain rows before it are villages'."""
        if row != self.last + 1:
            self.since = row
        self.last = row

    def skip(self, first: int, end: int) -> None:
        """Leave out some rows and go on behind them."""
        self.skipped.append((first, end))
        self.last, self.since, self.resume = end - 1, end, end


class _Split:
    """The rows below one header, up to the next header or line of units."""

    def __init__(
        self,
        sheet: Sheet,
        facts: Mapping[str, Fact],
        known: Keys,
        chosen: Mapping[str, str],
        layout: Layout,
        by_hand: ByHand,
    ) -> None:
        self._sheet, self._facts, self._known, self._chosen = sheet, facts, known, chosen
        self._layout, self._by_hand = layout, by_hand
        self.end = sheet.height
        self.following: Layout | None = None

    def table(self, headings: Sequence[Heading], span: range, end: int | None) -> Table:
        """One list's rows up to `end`; without one, the end is looked for."""
        layout, self._headings, self._span = self._layout, headings, span
        by_fact = {h.facts[0]: h for h in headings if len(h.facts) == 1}
        order = (
            "name",
            *(id_ for id_ in by_fact if id_ in IDENTITY and id_ not in ("name", "code")),
        )
        self._places = [by_fact[id_].column for id_ in order if id_ in by_fact]
        self._figures = [
            h.column for id_, h in by_fact.items() if not isinstance(self._facts[id_].type, Text)
        ]
        self._named, self._code = {*by_fact}, None
        self._codes = [by_fact["code"].column] if "code" in by_fact else []
        if "code" in by_fact and self._facts["code"].digits:
            self._code = by_fact["code"].column, self._facts["code"].digits or 0
        table = Table(self._sheet, layout, headings, span, np.zeros(0, dtype=np.int64))
        table.again = self._by_hand.again
        table.units += layout.units
        odd = self._odd_rows(layout.body, self.end if end is None else end)
        skipped = self._sort(table, odd, looking=end is None)
        villages = np.ones(max(self.end - layout.body, 0), dtype=np.bool_)
        for begin, end_ in skipped:
            villages[begin - layout.body : end_ - layout.body] = False
        table.rows = np.flatnonzero(villages) + layout.body
        return table

    # -- which rows are worth a look ------------------------------------------------------------

    @cached_property
    def _numbered(self) -> bool:
        """Whether a quarter of the names are numbers, so that one more such name is nothing odd."""
        frame = self._sheet.cells.slice(self._layout.body - self._sheet.first)
        if not self._places or not frame.height:
            return False
        names = column_at(frame, self._places[0]).cast(pl.String).drop_nulls()
        names = names.filter(names.str.contains(r"[\p{L}\p{N}]"))
        return 4 * int((~names.str.contains(r"\p{L}")).sum()) > len(names)

    def _odd_rows(self, first: int, end: int) -> list[int]:
        """The rows that may be no village's: without a name, a figure or code, or with words of a total."""
        sheet = self._sheet
        frame = sheet.cells.slice(first - sheet.first, end - first)
        if not frame.height:
            return []
        odd = self._odd_lead(frame)
        figures = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
        for index in self._figures:
            values = column_at(frame, index)
            figures = figures | (
                values.str.contains(r"^[0-9]*[.,]?[0-9][0-9.,]*$")
                if values.dtype == pl.String
                else values.is_not_null()
            )
            if figures.all():
                break
        if self._code is not None and not figures.all():  # such as all of a register
            figures = figures | _coded(column_at(frame, self._code[0]), self._code[1])
        odd = odd | ~figures
        for at, index in enumerate(self._places):
            values = column_at(frame, index)
            if values.dtype != pl.String:
                continue
            if at:  # few names that many villages share
                few = values.unique()
                odd_few = few.filter(few.str.contains("[计計数數均]|(?i)total|其中"))
                odd = odd | values.is_in(odd_few.implode())
            else:
                odd = odd | values.str.contains(MAY_BE_ODD) | values.str.contains(_BLANK)
        rows = {int(row) + first for row in odd.arg_true().to_list()}
        rows |= {r for r in (*self._by_hand.left_out, *self._by_hand.kept) if first <= r < end}
        return sorted(rows)

    def _odd_lead(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows' first cells do not look like a village's."""
        columns = [c for c in range(frame.width) if c in self._span] or [0]
        first = _stand_in(column_at(frame, columns[0]))
        unnumbered = (~first.str.contains("^[0-9]+$")).arg_true()
        rest = frame[unnumbered]
        lead = _stand_in(column_at(rest, columns[0]))
        for index in columns[1:]:
            blank = lead.str.contains(_BLANK)
            if not blank.any():
                break
            lead = _stand_in(column_at(rest, index)).zip_with(blank, lead)
        odd = (
            lead.str.contains(_LEAD)
            | lead.str.contains(_BLANK)
            | lead.str.contains("[计計数數]|(?i)total")
        )
        none = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
        return none.scatter(unnumbered.filter(odd), True)

    # -- what they are --------------------------------------------------------------------------

    def _sort(self, table: Table, odd: Sequence[int], *, looking: bool) -> list[tuple[int, int]]:
        """Sort the odd rows; the stretches of rows that are no village's, from and to before.

        `looking`, a further header or line of units ends the table.
        """
        sorting = _Sorting(table.layout.body, last=table.layout.body - 1)
        for row, whole in self._sheet.rows_at(odd):
            if row >= self.end:
                break
            if row < sorting.resume:
                continue
            sorting.reach(row)
            cells = self._in_span(whole)
            done = (
                self._settled_by_hand(table, row, whole, sorting)
                or self._at_header(table, row, whole, sorting, looking=looking)
                or sorting.void is not None
                or (looking and self._at_unit_line(table, row, cells, sorting))
            )
            if not done:
                self._by_words(table, row, whole, sorting)
        if sorting.void is not None:
            sorting.skipped.append((sorting.void, self.end))
            notice = words("roster.other_table", first=sorting.void + 1, last=self.end)
            table.notices.append(notice)
        if sorting.blank and looking:
            table.notices.append(words("roster.blank", rows=first(sorting.blank, 20)))
        if sorting.repeated:
            table.notices.append(words("roster.repeated", rows=first(sorting.repeated, 20)))
        return sorting.skipped

    def _in_span(self, cells: Sequence[str]) -> list[str]:
        """A row's texts in the list's columns; what stands next to the list is left out."""
        return [cell if at in self._span else "" for at, cell in enumerate(cells)]

    def _settled_by_hand(
        self, table: Table, row: int, cells: Sequence[str], sorting: _Sorting
    ) -> bool:
        why = self._by_hand.left_out.get(row)
        if why is not None:
            table.left_out.append(LeftOut(row, _label(cells), same(why)))
            sorting.skipped.append((row, row + 1))
        elif row not in self._by_hand.kept:
            return False
        else:
            table.kept.add(row)
        sorting.since = row + 1
        return True

    def _at_header(
        self, table: Table, row: int, cells: Sequence[str], sorting: _Sorting, *, looking: bool
    ) -> bool:
        """Take a header: the same again, that of the next list, or that of another table."""
        other = self._header(row, sorting.since, cells)
        if other is None:
            return False
        same = goes_on(table.layout, other) and sorting.void is None
        if same or not looking:
            sorting.repeated += range(other.first + 1, other.last + 2)
            table.pages.append(other.first)
            sorting.skip(other.first, other.body)
        elif is_identity(other.facts):
            self.end, self.following = other.first, other
            table.left_out = [
                entry for entry in table.left_out if not sorting.since <= entry.row < row
            ]
            sorting.skipped.append(
                (sorting.since if sorting.void is None else sorting.void, other.first)
            )
            sorting.void = None
        elif sorting.void is None:
            sorting.void = row
        return True

    def _at_unit_line(
        self, table: Table, row: int, cells: Sequence[str], sorting: _Sorting
    ) -> bool:
        follows = self._unit_line(table, row, cells)
        if follows is None:
            return False
        if follows != "villages":
            sorting.skipped.append((row, row + 1))
        if follows == "nothing":
            sorting.since = row + 1
        return True

    def _by_words(self, table: Table, row: int, whole: Sequence[str], sorting: _Sorting) -> None:
        """Take a row for what its words say; a remark next to the table makes no row of it."""
        cells = self._in_span(whole[: self._layout.width])
        sorted_row = sort_row(cells, self._places, self._figures, self._code)
        if sorted_row.lone and self._numbered and not any(map(str.isalpha, sorted_row.label)):
            sorted_row = Row("village")
        maybe = sorted_row.what in ("village", "group")
        if maybe and row not in table.kept and self._is_empty_form(cells):
            sorted_row = Row("blank")
        if (sorted_row.what == "village" or sorted_row.lone) and self._is_title(row, whole):
            sorted_row = Row("heading", _label(whole))
        if sorted_row.what == "village" and self._strange_header(row, sorting.since, cells):
            sorting.void = row
            return
        if sorted_row.what in ("village", "group"):
            if sorted_row.what == "group":
                table.groups[row] = sorted_row
            sorting.since = row + 1
            return
        self._record(table, row, sorted_row, sorting.blank)
        sorting.skipped.append((row, row + 1))
        if sorted_row.what not in ("blank", "heading", "remark"):
            sorting.since = row + 1

    def _is_empty_form(self, cells: Sequence[str]) -> bool:
        """Whether a row of a form is not filled in: a number, a town or county, zeros of formulas."""
        name = self._places[:1] if self._places and "name" in self._named else []
        if not name or any(cells[at].strip() for at in (*name, *self._codes) if at < len(cells)):
            return False
        rest = [cell.strip() for at, cell in enumerate(cells) if at not in self._places]
        figures = {cells[at].strip() for at in self._figures if at < len(cells)}
        return figures <= {"", "0"} and all(not cell or cell.isdecimal() for cell in rest)

    def _header(self, row: int, since: int, cells: Sequence[str]) -> Layout | None:
        """A header that begins in a row, if one does; titles may stand above it from `since` on."""
        if any(
            cells[f].strip()[:1].isdigit() and cells[f].isascii()
            for f in self._figures
            if f < len(cells)
        ):
            return None
        texts = [cell for cell in cells[:MAX_COLUMNS] if 0 < len(cell.strip()) < 60]
        known = [t for t in texts if any(base in self._known for base, _ in readings(t))]
        if len(known) < 2:
            return None
        return find(self._sheet, self._known, self._chosen, at=row, above=since)

    def _unit_line(self, table: Table, row: int, cells: Sequence[str]) -> str | None:
        """Take a line that gives units, a note for what stands above, or for what follows: what follows it.

        Ends the table there where villages follow without another header; None where it is no such line.
        """
        filled = [(c, cell) for c, cell in enumerate(cells) if cell.strip()]
        digits = {c for c, cell in filled if cell.strip()[0].isdigit()}
        if not 0 < len(filled) <= 4 or not digits.isdisjoint(self._figures):
            return None
        by_column = {column: units_in(cell, row, column) for column, cell in filled}
        stated = [unit for units in by_column.values() for unit in units]
        if not stated:
            return None
        text = next(cell for column, cell in filled if by_column[column])
        first = clean(filled[0][1])
        if first.startswith("附") and not first.startswith("附注"):
            return None
        note = first.startswith(("注", "备注", "附注", "说明", "note"))
        below = self._what_follows(row)
        if note or below == "nothing":
            table.units += stated
            below = "nothing"
        elif below == "villages" and not is_unit_line(text):
            return None
        elif below == "villages":
            titles = [cell for _, cell in filled]
            self.following = replace(
                self._layout, body=row + 1, units=stated, titles=titles, notices=[]
            )
            self.end = row
        if below != "header":
            table.notices.append(words("roster.unit_line", row=row + 1, text=short(text)))
        return below

    def _what_follows(self, row: int) -> str:
        """What follows a line of units: a header of its own, villages, or nothing."""
        for at in range(row + 1, min(row + 8, self._sheet.height)):
            if not any(cell.strip() for cell in self._sheet.row(at)):
                continue
            if self._header(at, at, self._sheet.row(at)) is not None:
                return "header"
            cells = self._in_span(self._sheet.row(at))
            sorted_row = sort_row(cells, self._places, self._figures, self._code)
            if sorted_row.what in ("village", "group", "total") and any(
                self._sheet.text(at, f).strip() for f in self._figures
            ):
                return "villages"
        return "nothing"

    def _is_title(self, row: int, cells: Sequence[str]) -> bool:
        """Whether a row with one text only is a title: merged over columns, or above the next header."""
        filled = [column for column, cell in enumerate(cells) if cell.strip()]
        if len(filled) != 1 or cells[filled[0]].strip()[0].isdigit():
            return False
        area = self._sheet.area(row, filled[0])
        if area is not None and area[3] - area[1] > 1:
            return True
        for at in range(row + 1, min(row + 6, self._sheet.height)):
            below = self._sheet.row(at)
            if sum(bool(cell.strip()) for cell in below) > 1:
                return self._header(at, at, below) is not None
        return False

    def _strange_header(self, row: int, since: int, cells: Sequence[str]) -> bool:
        """Whether a row begins another table, whose header names no fact: words below a gap or a title."""
        if since >= row or row + 1 >= self._sheet.height:
            return False
        filled = [cell.strip() for cell in cells if cell.strip()]
        if (
            len(filled) < 2
            or any(cell[0].isdigit() for cell in filled)
            or len(set(filled)) < len(filled)
        ):
            return False
        below = [cell.strip() for cell in self._sheet.row(row + 1) if cell.strip()]
        return any(cell[0].isdigit() for cell in below)

    def _record(self, table: Table, row: int, sorted_row: Row, blank: list[int]) -> None:
        match sorted_row.what:
            case "blank":
                blank.append(row + 1)
            case "total":
                label, column = sorted_row.label, sorted_row.column
                table.totals.append(Total(row, label, column, sorted_row.group, sorted_row.partial))
                table.left_out.append(LeftOut(row, label, words("roster.left_total")))
            case "mean":
                table.left_out.append(LeftOut(row, sorted_row.label, words("roster.left_mean")))
            case "remark":
                text = short(sorted_row.label)
                table.notices.append(words("roster.remark", row=row + 1, text=text))
                table.units += units_in(sorted_row.label, row, 0)
            case "example":
                table.notices.append(words("roster.example", row=row + 1))
            case "heading":
                table.left_out.append(LeftOut(row, sorted_row.label, words("roster.left_heading")))
            case "village" | "group":
                raise AssertionError(row)
            case _:
                assert_never(sorted_row.what)


def counties_of_rows(table: Table, fact: str, known: Collection[str]) -> list[tuple[str, Words]]:
    """The counties that a column of places names, or for towns also rows between the villages; and where."""
    rows: list[tuple[int, str]] = []
    if fact != "county":
        rows += [(left.row, left.label) for left in table.left_out]
        rows += [(row, group.label) for row, group in table.groups.items()]
    for heading in table.headings:
        if heading.facts == (fact,) and len(table.rows):
            texts = as_text(table.column(heading.column))
            rows += [(int(table.rows[at]), texts[at]) for at in texts.arg_unique().to_list()]
    named = [(county_of_row(text, known), row, text) for row, text in rows]
    return [
        (county, words("roster.in_line", row=row + 1, text=short(text)))
        for county, row, text in named
        if county is not None
    ]


def _only_units(cells: Sequence[str]) -> bool:
    """Whether a row has nothing but a line of units."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) < 3 and any(map(is_unit_line, filled))


def _label(cells: Sequence[str]) -> str:
    return next((cell.strip() for cell in cells if cell.strip()), "")


def _coded(codes: pl.Series, digits: int) -> pl.Series:
    """Which rows have a code, in plain digits: `sort_row` takes those for villages, figures or none."""
    texts = codes.cast(pl.String)
    coded = texts.str.contains(f"^[0-9]{{{digits}}}$").fill_null(False)
    return coded & ~texts.str.ends_with("000").fill_null(False) if digits == 12 else coded


def _stand_in(values: pl.Series) -> pl.Series:
    """Text as it is; "0" for a number or a yes/no, whichever it is, and "" for nothing."""
    if values.dtype == pl.String:
        return values
    return pl.select(pl.when(values.is_null()).then(pl.lit("")).otherwise(pl.lit("0"))).to_series()

"""What was read of each file, sheet and column, as data: for a person to look over and to settle.

`read.look_at` makes it. It is there when something stands in the way, too: then it shows how far reading got.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Literal, assert_never

import numpy as np

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import grouped
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import (
    Date,
    Number,
    Text,
    Texts,
    Unknown,
    YesNo,
    currency,
    is_money,
)
from fundcalc.policy.model import Fact
from fundcalc.roster.extract import Extract
from fundcalc.roster.gather import likely_units
from fundcalc.roster.layout import Heading
from fundcalc.roster.model import Reject, Roster, column_of, letters
from fundcalc.roster.settle import Column
from fundcalc.roster.sheet import as_text
from fundcalc.roster.tables import Table

SAMPLES = 3
"""Cells shown of a column."""

MOST_ROWS = 500
"""Rows left out that are shown of a list; all are counted."""

MOST_PIECES = 600
"""Faulty cells that are shown with what stands around them."""

_PIECES = 3
"""Such cells of one cause."""

State = Literal["roster", "other", "ignored", "hidden", "unreadable"]
"""Whether a sheet holds villages; `ignored` was settled by a person."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A cell as it is written, and as it is read."""

    written: str
    read: Words


@dataclass(frozen=True, slots=True)
class HeadingRead:
    """How one column is read.

    `cell` is the header's. `fact` is None where it means none, and `facts` are those it may mean. `unit` is
    the unit of its figures, "" for the fact's own; `said` tells where that stands, None where nowhere. A
    person has `settled` what it means, and `told` the unit. `likely` are the units, written 万元, by which
    its figures would be of the usual size; None where that says nothing. `near` headers are not quite
    their fact.
    """

    cell: str
    label: str
    fact: str | None = None
    facts: tuple[str, ...] = ()
    unit: str = ""
    said: Words | None = None
    settled: bool = False
    told: bool = False
    near: bool = False
    likely: tuple[str, ...] | None = None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row (from 1) that is counted as no village: what stands in it, and why."""

    row: int
    label: str
    why: Words
    by_words: bool
    """Whether the words alone say so, as 合计 does."""


@dataclass(frozen=True, slots=True)
class ListRead:
    """One list of villages on a sheet; `place` is the sheet's and `header_row` counts from 1.

    `county_by` says where the county stands; None where a column has it. `left_out` are the first rows of
    `left_out_count`.
    """

    place: str
    header_row: int
    villages: int
    county: str | None
    county_by: Words | None
    headings: Sequence[HeadingRead]
    left_out: Sequence[RowRead]
    left_out_count: int
    questions: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class SheetRead:
    """One sheet of a file; `why` says why it holds no roster, `top` has its first rows with their numbers."""

    name: str | None
    state: State
    why: Words | None = None
    lists: Sequence[ListRead] = ()
    top: Sequence[tuple[int, Sequence[str]]] = ()

    @property
    def villages(self) -> int:
        """How many rows are villages."""
        return sum(part.villages for part in self.lists)

    @property
    def counties(self) -> str:
        """The counties of its lists, where no column says them."""
        return "、".join(dict.fromkeys(part.county for part in self.lists if part.county))

    @property
    def county(self) -> str | None:
        """The county of its lists, "" where there is none; None where a column says it, or they differ."""
        by_column = any(
            heading.fact == "county" for part in self.lists for heading in part.headings
        )
        counties = {part.county or "" for part in self.lists}
        return counties.pop() if len(counties) == 1 and not by_column else None


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file under the name that faults have; where it cannot be read `digest` is "", without sheets."""

    path: Path
    label: str
    digest: str
    sheets: Sequence[SheetRead] = ()
    problems: Sequence[Diagnostic] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sheet around a cell, as its maker knows it: its header, and rows with their numbers."""

    columns: Sequence[str]
    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read. `problems` cannot be computed with, `questions` must be answered first.

    `roster` is there unless nothing could be read; with problems it has no villages, only their faults.
    `pieces` are of the first cells of each kind of fault, by file, sheet and cell. `counties` counts all
    villages, those with faults too.
    """

    files: Sequence[FileRead]
    roster: Roster | None = None
    questions: Sequence[Diagnostic] = ()
    problems: Sequence[Diagnostic] = ()
    pieces: Mapping[tuple[str, str | None, str], Piece] = field(default_factory=dict)
    counties: Mapping[str, int] = field(default_factory=dict)

    @property
    def unsettled(self) -> list[Diagnostic]:
        """Problems and questions: all that stands before a result, faults of single villages aside."""
        return [*self.problems, *self.questions]


# -- lists ------------------------------------------------------------------------------------------


def list_read(source: Extract) -> ListRead:
    """One list as it was read, once its values are."""
    table = source.table
    columns = {column.index: column for column in source.columns.values()}
    left = sorted(table.left_out, key=lambda row: row.row)
    by_words = [words(f"roster.left_{kind}") for kind in ("total", "mean", "heading")]
    return ListRead(
        source.place(),
        table.layout.last + 1,
        len(source.rows),
        source.given.get("county"),
        source.given_by,
        [_heading(source, h, columns.get(h.column)) for h in table.headings],
        [
            RowRead(row.row + 1, row.label.strip(), row.why, row.why in by_words)
            for row in left[:MOST_ROWS]
        ],
        len(left),
        source.settled.problems,
    )


def _heading(source: Extract, heading: Heading, column: Column | None) -> HeadingRead:
    cell = source.header(heading.column)
    if column is None:
        written = (Sample(text, same("")) for text in _texts(source.table, heading.column))
        return HeadingRead(
            cell, heading.label, facts=heading.facts, settled=heading.settled, samples=tuple(written)
        )  # fmt: skip
    return HeadingRead(
        cell, heading.label, column.fact.id, heading.facts, column.unit, column.said,
        heading.settled, column.told, heading.near, likely_units(source, column),
        tuple(_samples(source, column)),
    )  # fmt: skip


def _texts(table: Table, index: int) -> list[str]:
    """The first different cells of a column that are not blank."""
    texts = as_text(table.column(index).head(200)).str.strip_chars()
    return texts.filter(texts != "").unique(maintain_order=True).head(SAMPLES).to_list()


def _samples(source: Extract, column: Column) -> Iterator[Sample]:
    read = source.reads.get(column.fact.id)
    if read is None or not len(read.blank):
        return
    fact, wrong = column.fact, [at for at in read.faults if at < len(read.blank)]
    known = ~read.blank
    known[wrong] = False
    places = np.flatnonzero(known)
    if isinstance(fact.type, Number):
        filled = places[np.asarray(read.values)[places] != 0]
        places = filled if len(filled) else places
    for at in places[:SAMPLES].tolist():
        yield Sample(source.cell(at, column.index).strip(), _as_words(read.values[at], fact))


def _as_words(value: object, fact: Fact) -> Words:
    """A value as a person would say it."""
    match fact.type:
        case Number():
            unit = fact.type.unit
            text = grouped(int(value), fact.decimals)  # type: ignore[call-overload]
            if is_money(fact.type):
                return words("roster.in_money", figure=text, money=currency(fact.type))
            zh, en = (
                (unit.said("zh"), unit.said("en")) if unit is not None and unit.powers else ("", "")
            )
            return Words(f"{text} {zh}".strip(), f"{text} {en}".strip())
        case YesNo():
            return words("roster.yes" if value else "roster.no")
        case Date():
            return same(date.fromordinal(int(value)).isoformat())  # type: ignore[call-overload]
        case Text():
            return same(str(value))
        case Texts() | Unknown():
            raise AssertionError(fact.id)
        case _:
            assert_never(fact.type)


def villages_by_county(sources: Sequence[Extract]) -> dict[str, int]:
    """How many villages each county has, in the order of the rosters; "" where none is given."""
    by_county: dict[str, int] = {}
    for source in sources:
        texts = source.texts("county").alias("county")
        for name, count in texts.value_counts(name="times").iter_rows():
            by_county[name] = by_county.get(name, 0) + count
    return by_county


# -- pieces -----------------------------------------------------------------------------------------

_ABOVE, _BELOW = 2, 2
_LEFT, _RIGHT = 3, 2


def pieces(
    sources: Sequence[Extract], rejects: Sequence[Reject]
) -> dict[tuple[str, str | None, str], Piece]:
    """What stands around the first cells of each kind of fault of each column."""
    by_place: dict[tuple[str, str | None, str], Piece] = {}
    seen: dict[tuple[str, str], int] = {}
    by_sheet: dict[tuple[str, str | None], list[Extract]] = {}
    for source in sources:
        by_sheet.setdefault((source.label, source.sheet), []).append(source)
    for reject in rejects:
        kind = reject.code, reject.column
        place = reject.file, reject.sheet, reject.cell or str(reject.row)
        if seen.get(kind, 0) >= _PIECES or place in by_place:
            continue
        if len(by_place) >= MOST_PIECES:
            break
        owner = _list_with_row(by_sheet.get((reject.file, reject.sheet), ()), reject.row)
        if owner is not None:
            seen[kind] = seen.get(kind, 0) + 1
            by_place[place] = _piece(owner, reject)
    return by_place


def _list_with_row(sources: Sequence[Extract], row: int) -> Extract | None:
    """The list of a sheet that has a row (from 1)."""
    before = [source for source in sources if source.table.layout.first < row]
    return max(before, key=lambda source: source.table.layout.first, default=None)


def _piece(source: Extract, reject: Reject) -> Piece:
    sheet, layout = source.table.sheet, source.table.layout
    labels = {heading.column: heading.label for heading in source.table.headings}
    at = column_of(reject.cell.rstrip("0123456789")) if reject.cell else min(labels, default=0)
    last = max([*labels, at], default=at)
    columns = list(range(max(at - _LEFT, 0), min(at + _RIGHT, last) + 1))
    name = source.columns.get("name") or source.columns.get("code")
    if name is not None and name.index not in columns:
        columns = sorted({name.index, *columns})
    top = max(layout.body, reject.row - 1 - _ABOVE)
    rows = range(min(top, reject.row - 1), min(reject.row + _BELOW, sheet.height))
    return Piece(
        [letters(c) for c in columns],
        [labels.get(c, "") for c in columns],
        [(row + 1, [_cut(sheet.spread(row, c)) for c in columns]) for row in rows],
    )


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"

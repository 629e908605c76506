"""Sums and medians of many villages at once: totals held against their villages, rows that are sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.money import grouped
from fundcalc.language.datatypes import YesNo
from fundcalc.roster.cells import amount, exact
from fundcalc.roster.model import Fault, fault
from fundcalc.roster.settle import Column
from fundcalc.roster.tables import Table, Total
from fundcalc.roster.words import clean

NEAR = 40
"""Total rows before and after one with which its block may begin or end."""

_NONE = frozenset({"-", "--", "—", "——", "/", "–"})
Members = Mapping[str, Sequence[int]]
"""Villages by what stands in a text column, as headers are compared (`clean`)."""


class Sums:
    """Sums of a column; the villages `unread` have no value. Exact where 64 bits are too few."""

    def __init__(self, values: NDArray[np.int64], unread: Sequence[int]) -> None:
        self.villages = len(values)
        values[list(unread)] = 0
        wide = int(np.abs(values).max(initial=0)) * len(values) >= 2**63
        self._values: NDArray[Any] = values.astype(object) if wide else values
        self._ahead = np.r_[0, np.cumsum(self._values)]
        self.unread = bool(unread)

    def ahead(self, village: int) -> int:
        """The sum of all villages before one."""
        return int(self._ahead[village])

    def over(self, first: int, last: int) -> int:
        """The sum of villages `first` to before `last`."""
        return self.ahead(last) - self.ahead(first)

    def among(self, villages: Sequence[int]) -> int:
        """The sum of some villages."""
        return int(self._values[np.asarray(villages, dtype=np.int64)].sum())


class _Pages:
    """The sums before each header that stands again, by which a block that begins or ends there is found.

    Each page with each total would be too many of a long list.
    """

    def __init__(self, sums: Sums, pages: Sequence[int]) -> None:
        self._sums = sums
        self._first = {sums.ahead(page): page for page in reversed(pages)}
        self._last = {sums.ahead(page): page for page in pages}

    def hold(self, here: int, sum_: int) -> bool:
        """Whether the villages from some page to `here`, or from there to some page, come to a sum."""
        ahead = self._sums.ahead(here)
        return (
            self._first.get(ahead - sum_, here) < here or self._last.get(ahead + sum_, here) > here
        )


def check_totals(
    table: Table,
    rows: NDArray[np.int64],
    columns: Sequence[tuple[Column, Sums]],
    places: Mapping[int, Members],
    whole: str | None,
) -> Iterator[tuple[Total, Column, Fault]]:
    """Compare each total with the villages it may stand for.

    `rows` are the villages', `columns` those that add up, `places` the text columns by their place in the
    sheet; `whole` is the county, cleaned, to which all villages belong.
    """
    above = [int(np.searchsorted(rows, total.row)) for total in table.totals]
    pages = sorted(int(np.searchsorted(rows, page)) for page in table.pages)
    known = [(column, sums, _Pages(sums, pages)) for column, sums in columns]
    for at, total in enumerate(table.totals):
        members = _group(table, total, places)
        partial = total.partial and clean(total.group) != whole
        for column, sums, of_pages in known:
            cell = table.sheet.text(total.row, column.index)
            if not cell.strip() or cell.strip() in _NONE or total.column == column.index:
                continue
            written = _written(cell, column)
            if isinstance(written, Fault):
                yield total, column, written
            elif not (
                written is None
                or sums.unread
                or written in _sums(sums, above, (), at, partial, members)
                or of_pages.hold(above[at], written)
            ):
                likeliest = next(_sums(sums, above, pages, at, partial, members))
                decimals = column.fact.decimals + column.power
                total_text, sum_text = (_short(value, decimals) for value in (written, likeliest))
                yield total, column, fault("FC640", written=total_text, sum=sum_text)


def _written(cell: str, column: Column) -> int | Fault | None:
    """What a total's cell says; None where it is no number of yes."""
    if isinstance(column.fact.type, YesNo):
        number = exact(cell)
        if number is None or number != int(number):
            return None
        return int(number)
    written = amount(cell, column.fact, column.power)
    return fault("FC641") if isinstance(written, Fault) else written


def _short(value: int, decimals: int) -> str:
    text = grouped(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sums(
    sums: Sums,
    above: Sequence[int],
    pages: Sequence[int],
    at: int,
    partial: bool,
    members: Sequence[int] | None,
) -> Iterator[int]:
    """The sums that a total may be, the likeliest first: its group's, a block's, or all villages'.

    A block above or below it may begin and end at the other totals near it, and at `pages`.
    """
    here, end = above[at], sums.villages
    if members is not None:
        yield sums.among(members)
    if not partial:
        yield sums.over(0, end)
    for start in chain(reversed(above[max(at - NEAR, 0) : at]), pages, (0,)):
        if start < here:
            yield sums.over(start, here)
    for stop in chain(above[at + 1 : at + 1 + NEAR], pages, (end,)):
        if stop > here:
            yield sums.over(here, stop)
    if partial:
        yield sums.over(0, end)


def _group(table: Table, total: Total, places: Mapping[int, Members]) -> Sequence[int] | None:
    """The villages of the county and town that a total row names; None where it names none."""
    matches: list[Sequence[int]] = []
    group = clean(total.group)
    for column, groups in places.items():
        text = clean(table.sheet.spread(total.row, column))
        if group and group in groups:
            matches.append(groups[group])
        elif column != total.column and text in groups and text:
            matches.append(groups[text])
    if len(matches) < 2:
        return matches[0] if matches else None
    return sorted(set(matches[0]).intersection(*matches[1:]))


def rising(texts: pl.Series) -> bool:
    """Whether each text comes after the one before it, so that none is there twice."""
    return bool((texts.slice(1) > texts.head(max(len(texts) - 1, 0))).all())


def numbered(*texts: pl.Series) -> NDArray[np.int64]:
    """Villages' groups as numbers from 0, equal where all texts are; runs of equals are met once."""
    frame = pl.DataFrame([part.alias(f"t{at}") for at, part in enumerate(texts)])
    changed = frame.select(pl.any_horizontal(pl.all().ne(pl.all().shift()).fill_null(value=True)))
    starts = changed.to_series().arg_true()
    heads = frame[starts].select(pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1).to_series()
    ends = np.r_[starts.to_numpy()[1:], frame.height] if len(starts) else np.zeros(0, np.int64)
    lengths = ends.astype(np.int64) - starts.to_numpy().astype(np.int64)
    return np.repeat(heads.to_numpy(), lengths)


def medians(
    values: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each value twice its group's median, and the group's size; groups are numbered from 0."""
    if not len(values):
        return values, values
    least, most, last = int(np.min(values)), int(np.max(values)), int(np.max(groups))
    width = most - least + 1
    if (last + 1) * width < 2**63:
        ranked = np.sort(groups * width + (values - least)) % width + least
    else:
        ranked = values[np.lexsort((values, groups))]
    sizes = np.bincount(groups)
    present = np.flatnonzero(sizes)
    starts = np.r_[0, np.cumsum(sizes[present])[:-1]].astype(np.int64)
    twice = np.zeros(len(sizes), dtype=np.int64)
    counts = sizes[present]
    twice[present] = ranked[starts + (counts - 1) // 2] + ranked[starts + counts // 2]
    return twice[groups], sizes[groups]


_FEWEST = 2
"""Columns in which a row must be the sum of its neighbours, none of them zero, to be taken for it."""


def sum_rows(
    values: NDArray[np.int64],
    known: NDArray[np.bool_],
    faulty: NDArray[np.bool_],
    may_be: NDArray[np.bool_],
) -> list[int]:
    """Rows whose figures are, in every additive column, the sums of two or more rows next to them.

    Found ones are set aside and the others looked at again; a row that may not be one stays.
    """
    alive = np.arange(values.shape[1])
    rows: list[int] = []
    while len(values) >= _FEWEST and len(alive) > _FEWEST:
        among = _sums_among(values[:, alive], known[:, alive], faulty[alive])
        fresh = [at for at in among if may_be[alive[at]]]
        if not fresh:
            break
        rows += alive[fresh].tolist()
        alive = np.delete(alive, fresh)
    return sorted(rows)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """Sums over all rows before each, by column, and how many of these rows have a fault."""

    ahead: NDArray[np.int64]
    faulty: NDArray[np.int64]


def _sums_among(
    values: NDArray[np.int64], known: NDArray[np.bool_], faulty: NDArray[np.bool_]
) -> list[int]:
    """Rows that are sums of a run of rows that ends just above or begins just below."""
    rows = values.shape[1]
    ahead = np.zeros((values.shape[0], rows + 1), dtype=values.dtype)
    np.cumsum(values, axis=1, out=ahead[:, 1:])
    sums = _Ahead(ahead, np.r_[0, np.cumsum(faulty)])
    return [
        at
        for at in _candidates(values, known)
        if int((values[known[:, at], at] != 0).sum()) >= _FEWEST
        and _is_sum(values, known, sums, at)
    ]


def _candidates(values: NDArray[np.int64], known: NDArray[np.bool_]) -> Iterator[int]:
    """Rows that are no less than the two rows above them, or below, in every column."""
    rows = values.shape[1]
    pair = values[:, 1:] + values[:, :-1]
    above = np.zeros(rows, dtype=np.bool_)
    above[2:] = ((values[:, 2:] >= pair[:, :-1]) | ~known[:, 2:]).all(axis=0)
    below = np.zeros(rows, dtype=np.bool_)
    below[:-2] = ((values[:, :-2] >= pair[:, 1:]) | ~known[:, :-2]).all(axis=0)
    yield from np.flatnonzero(above | below).tolist()


def _is_sum(values: NDArray[np.int64], known: NDArray[np.bool_], sums: _Ahead, at: int) -> bool:
    """Whether a row is the sum of a run of rows just above or below, of which more than one counts."""
    here, known_here = values[:, at], known[:, at]
    first = int(np.flatnonzero(known_here & (here != 0))[0])
    line = sums.ahead[first]
    runs = [(start, at) for start in _equal(line[: max(at - 1, 0)], line[at] - here[first])]
    runs += [(at + 1, at + 3 + end) for end in _equal(line[at + 3 :], line[at + 1] + here[first])]
    for start, end in runs:
        same = (sums.ahead[:, end] - sums.ahead[:, start] == here)[known_here].all()
        if same and sums.faulty[end] == sums.faulty[start]:
            run = values[:, start:end]
            filled = (run != 0).any(axis=0)
            whole = (run[known_here] == here[known_here, None]).all(axis=0)
            if int(filled.sum()) > 1 and not whole.any():
                return True
    return False


def _equal(line: NDArray[np.int64], target: int) -> range:
    """Where a line that never falls has a value."""
    left, right = np.searchsorted(line, target, "left"), np.searchsorted(line, target, "right")
    return range(int(left), int(right))


def like_its_neighbour(values: NDArray[np.int64], known: NDArray[np.bool_], at: int) -> bool:
    """Whether a row has the very figures of the row below or above it, as a town of one village."""
    known_here = known[:, at]
    if not (values[known_here, at] != 0).any():
        return False
    return any(
        0 <= other < values.shape[1]
        and bool((values[known_here, other] == values[known_here, at]).all())
        for other in (at + 1, at - 1)
    )

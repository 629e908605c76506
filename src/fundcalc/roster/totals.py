"""Whether total rows are the sums of the villages that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

Say = Callable[[Total, Column, Fault], None]
"""Report a fault of a total row in a column."""


class Sums:
    """Sums of a column; the villages `unread` have no value. Exact where 64 bits are too few."""

    def __init__(self, values: NDArray[np.int64], unread: Sequence[int]) -> None:
        self.villages = len(values)
        values[list(unread)] = 0
        wide = int(np.abs(values).max(initial=0)) * len(values) >= 2**63
        self._values: NDArray[Any] = values.astype(object) if wide else values
        self._ahead = np.r_[0, np.cumsum(self._values)]
        known = np.zeros(len(values), dtype=np.int64)
        known[list(unread)] = 1
        self._unread = np.r_[0, np.cumsum(known)]

    def over(self, first: int, last: int) -> int | None:
        """The sum of villages `first` to before `last`; None where a value there cannot be read."""
        if self._unread[last] > self._unread[first]:
            return None
        return int(self._ahead[last]) - int(self._ahead[first])

    def among(self, villages: Sequence[int]) -> int | None:
        """The sum of some villages; None where a value of theirs cannot be read."""
        at = np.asarray(villages, dtype=np.int64)
        if (self._unread[at + 1] > self._unread[at]).any():
            return None
        return int(self._values[at].sum())


def check(
    table: Table,
    rows: NDArray[np.int64],
    columns: Sequence[tuple[Column, Sums]],
    places: Mapping[int, Members],
    whole: str | None,
    say: Say,
) -> None:
    """Compare each total with the villages it may stand for.

    `rows` are the villages', `columns` those that add up, `places` the text columns by their place in the
    sheet; `whole` is the county, cleaned, to which all villages belong.
    """
    above = [int(np.searchsorted(rows, total.row)) for total in table.totals]
    pages = [int(np.searchsorted(rows, page)) for page in table.pages]
    for at, total in enumerate(table.totals):
        named = _group(table, total, places)
        for column, sums in columns:
            cell = table.sheet.text(total.row, column.index)
            if not cell.strip() or cell.strip() in _NONE or total.column == column.index:
                continue
            partial = total.partial and clean(total.group) != whole
            fault = _compare(cell, column, list(_sums(sums, (above, pages), at, partial, named)))
            if fault:
                say(total, column, fault)


def _compare(cell: str, column: Column, possible: list[int | None]) -> Fault | None:
    """What is wrong with a total; `possible` are the sums that it may be, the likeliest first."""
    if isinstance(column.fact.type, YesNo):
        number = exact(cell)
        if number is None or number != int(number):
            return None
        written: int | Fault = int(number)
    else:
        written = amount(cell, column.fact, column.power)
    if isinstance(written, Fault):
        return fault("FC641")
    if written in possible or None in possible or not possible:
        return None
    decimals = column.fact.decimals + column.power
    said, likeliest = (_short(value, decimals) for value in (written, possible[0] or 0))
    return fault("FC640", written=said, sum=likeliest)


def _short(value: int, decimals: int) -> str:
    text = grouped(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sums(
    found: Sums,
    bounds: tuple[Sequence[int], Sequence[int]],
    at: int,
    partial: bool,
    named: Sequence[int] | None,
) -> Iterator[int | None]:
    """The sums that a total may be: its group's, a block's above or below it, or all villages'.

    A block may begin and end at one of the `bounds`, the other totals and the headers that stand again.
    """
    above, pages = bounds
    here, end = above[at], found.villages
    if named is not None:
        yield found.among(named)
    starts = [*reversed(above[max(at - NEAR, 0) : at]), *(page for page in pages if page < here)]
    ends = [*above[at + 1 : at + 1 + NEAR], *(page for page in pages if page > here)]
    if not partial:
        yield found.over(0, end)
    for start in (*starts, 0):
        if start < here:
            yield found.over(start, here)
    for stop in (*ends, end):
        if stop > here:
            yield found.over(here, stop)
    if partial:
        yield found.over(0, end)


def _group(table: Table, total: Total, places: Mapping[int, Members]) -> Sequence[int] | None:
    """The villages of the county and town that a total row names; None where it names none."""
    found: list[Sequence[int]] = []
    group = clean(total.group)
    for column, groups in places.items():
        text = clean(table.sheet.spread(total.row, column))
        if group and group in groups:
            found.append(groups[group])
        elif column != total.column and text in groups and text:
            found.append(groups[text])
    if len(found) < 2:
        return found[0] if found else None
    return sorted(set(found[0]).intersection(*found[1:]))

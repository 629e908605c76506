"""Whether total rows are the sums of the villages that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from fundcalc.base.money import grouped
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.roster import faults
from fundcalc.roster.body import Total
from fundcalc.roster.cells import amount, exact
from fundcalc.roster.grid import Cell, is_blank, shown
from fundcalc.roster.headers import clean
from fundcalc.roster.model import Fault
from fundcalc.roster.settle import Column

NEAR = 40
"""Total rows before and after one with which its block may begin or end."""

_NONE = frozenset({"-", "--", "—", "——", "/", "–"})
Members = Mapping[str, Sequence[int]]
"""Villages by what stands in a text column, as headers are compared (`clean`)."""

Say = Callable[[Total, Column, Fault], None]
"""Report a fault of a total row in a column."""


class Sums(Protocol):
    """Sums of a column over any villages; None where a value there cannot be read."""

    villages: int

    def over(self, first: int, last: int) -> int | None:
        """The sum of villages `first` to before `last`."""

    def among(self, villages: Sequence[int]) -> int | None:
        """The sum of some villages."""


class ListSums:
    """Sums of a list; None stands for a value that cannot be read."""

    def __init__(self, values: Sequence[int | None]) -> None:
        self.villages = len(values)
        self._values = values
        self._ahead = [0, *accumulate(value or 0 for value in values)]
        self._unread = [0, *accumulate(value is None for value in values)]

    def over(self, first: int, last: int) -> int | None:
        """The sum of villages `first` to before `last`."""
        if self._unread[last] > self._unread[first]:
            return None
        return self._ahead[last] - self._ahead[first]

    def among(self, villages: Sequence[int]) -> int | None:
        """The sum of some villages."""
        found = [self._values[at] for at in villages]
        return None if None in found else sum(value for value in found if value is not None)


def members(texts: Sequence[str]) -> Members:
    """Villages by what stands in a text column."""
    found: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        found.setdefault(clean(text), []).append(at)
    return found


def adds_up(column: Column) -> bool:
    """Whether a column's total means anything: amounts and counts, not amounts per person."""
    if isinstance(column.fact.type, YesNo):
        return True
    kind = column.fact.type
    powers = kind.unit.powers if isinstance(kind, Number) and kind.unit else ()
    return bool(powers) and all(power > 0 or name == "year" for name, power in powers)


def check(
    totals: Sequence[Total],
    columns: Sequence[tuple[Column, Sums]],
    places: Mapping[int, Members],
    say: Say,
) -> None:
    """Compare each total with the villages it may stand for.

    `columns` are those that add up, `places` the text columns by their place in the sheet.
    """
    for at, total in enumerate(totals):
        named = _group(total, places)
        for column, sums in columns:
            cell = _at(total.cells, column.index)
            if is_blank(cell) or str(cell).strip() in _NONE or total.cell[0] == column.index:
                continue
            fault = _compare(cell, column, list(_sums(sums, totals, at, named)))
            if fault:
                say(total, column, fault)


def _at(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else ""


def _compare(cell: Cell, column: Column, possible: list[int | None]) -> Fault | None:
    """What is wrong with a total; `possible` are the sums that it may be, the likeliest first."""
    if isinstance(column.fact.type, YesNo):
        number = exact(cell)
        written: int | Fault = int(number) if number is not None and number == int(number) else -1
        if written == -1:
            return None
    else:
        written = amount(cell, column.fact, column.power)
    if isinstance(written, Fault):
        return faults.unread_total()
    if written in possible or None in possible or not possible:
        return None
    decimals = column.fact.decimals + column.power
    likeliest = possible[0] or 0
    return faults.wrong_total(column.fact, _short(written, decimals), _short(likeliest, decimals))


def _short(value: int, decimals: int) -> str:
    text = grouped(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sums(
    found: Sums, totals: Sequence[Total], at: int, named: Sequence[int] | None
) -> Iterator[int | None]:
    """The sums that a total may be: its group's, a block's above or below it, or all villages'."""
    here, end = totals[at].above, found.villages
    if named is not None:
        yield found.among(named)
    starts = [t.above for t in reversed(totals[max(at - NEAR, 0) : at])]
    ends = [t.above for t in totals[at + 1 : at + 1 + NEAR]]
    if not totals[at].partial:
        yield found.over(0, end)
    for start in (*starts, 0):
        if start < here:
            yield found.over(start, here)
    for stop in (*ends, end):
        if stop > here:
            yield found.over(here, stop)
    if totals[at].partial:
        yield found.over(0, end)


def _group(total: Total, places: Mapping[int, Members]) -> Sequence[int] | None:
    """The villages of the county and town that a total row names; None where it names none."""
    found: list[Sequence[int]] = []
    for column, groups in places.items():
        text = clean(shown(_at(total.spread, column)))
        if total.group and total.group in groups:
            found.append(groups[total.group])
        elif column != total.cell[0] and text in groups and text:
            found.append(groups[text])
    if len(found) < 2:
        return found[0] if found else None
    return sorted(set(found[0]).intersection(*found[1:]))

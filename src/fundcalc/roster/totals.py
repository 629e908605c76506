"""Whether total rows are the sums of the villages that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fundcalc.base.money import grouped
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.roster import faults
from fundcalc.roster.body import Total
from fundcalc.roster.cells import amount, exact
from fundcalc.roster.grid import Cell, Grid, is_blank, shown
from fundcalc.roster.headers import clean
from fundcalc.roster.model import Fault
from fundcalc.roster.settle import Column

NEAR = 40
"""Total rows before and after one with which its block may begin or end."""

_NONE = frozenset({"-", "--", "—", "——", "/", "–"})
Members = Mapping[str, list[int]]
Say = Callable[[int, int, str, Cell, Fault], None]
"""Report a fault at a row and column (from 0), with the header and the cell."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of a column over any stretch of villages; None where a value there cannot be read."""

    values: Sequence[int | None]
    ahead: list[int]
    unread: list[int]

    def over(self, first: int, last: int) -> int | None:
        """The sum of villages `first` to before `last`."""
        if self.unread[last] > self.unread[first]:
            return None
        return self.ahead[last] - self.ahead[first]

    def among(self, villages: Sequence[int]) -> int | None:
        """The sum of some villages."""
        found = [self.values[at] for at in villages]
        return None if None in found else sum(value for value in found if value is not None)


def sums(values: Sequence[int | None]) -> Sums:
    """Prepare a column for summing; None stands for a value that cannot be read."""
    ahead = [0, *accumulate(value or 0 for value in values)]
    return Sums(values, ahead, [0, *accumulate(value is None for value in values)])


def adds_up(column: Column) -> bool:
    """Whether a column's total means anything: amounts and counts, not amounts per person."""
    if isinstance(column.fact.type, YesNo):
        return True
    kind = column.fact.type
    powers = kind.unit.powers if isinstance(kind, Number) and kind.unit else ()
    return bool(powers) and all(power > 0 or name == "year" for name, power in powers)


def check(
    grid: Grid,
    totals: Sequence[Total],
    columns: Sequence[Column],
    values: Mapping[str, Sequence[int | None]],
    texts: Mapping[int, Sequence[str]],
    say: Say,
) -> None:
    """Compare each total with the villages it may stand for; `texts` are text columns by place."""
    prepared = {c.fact.id: sums(values[c.fact.id]) for c in columns if adds_up(c)}
    places = {column: _members(found) for column, found in texts.items()}
    for at, total in enumerate(totals):
        members = _group(grid, total, places)
        for column in columns:
            cell = grid.at(total.row, column.index)
            if column.fact.id not in prepared or is_blank(cell) or str(cell).strip() in _NONE:
                continue
            if total.cell == (column.index, cell):
                continue
            found = prepared[column.fact.id]
            fault = _compare(cell, column, list(_sums(found, totals, at, members)))
            if fault:
                say(total.row, column.index, column.label, cell, fault)


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
    found: Sums, totals: Sequence[Total], at: int, members: Sequence[int] | None
) -> Iterator[int | None]:
    """The sums that a total may be: its group's, a block's above or below it, or all villages'."""
    here, end = totals[at].above, len(found.values)
    if members is not None:
        yield found.among(members)
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


def _group(grid: Grid, total: Total, places: Mapping[int, Members]) -> list[int] | None:
    """The villages of the county and town that a total row names; None where it names none."""
    found: list[list[int]] = []
    for column, members in places.items():
        text = clean(shown(grid.spread(total.row, column)))
        if total.group and total.group in members:
            found.append(members[total.group])
        elif column != total.cell[0] and text in members and text:
            found.append(members[text])
    if len(found) < 2:
        return found[0] if found else None
    return sorted(set(found[0]).intersection(*found[1:]))


def _members(texts: Sequence[str]) -> Members:
    """Villages by what stands in a text column."""
    found: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        found.setdefault(clean(text), []).append(at)
    return found

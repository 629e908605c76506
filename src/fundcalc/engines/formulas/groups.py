"""The groups that share pools, one row each on the sheet of pools, and each village's group number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import (
    ABOVE,
    FIRST_ROW,
    INPUTS,
    POOLS,
    ROW,
    Cell,
    Column,
    Grid,
)
from fundcalc.engines.formulas.given import Given
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language.nodes import Choice, Name, Node, Value
from fundcalc.policy.model import Policy
from fundcalc.policy.names import ALL, VILLAGE

SPARE = 10
"""Rows for groups that come up only once the inputs are changed."""

OF_ALL = 1
ALONE = 0
"""The number of a village that shares with nobody; a group's number is its place on the sheet."""

_LISTED = Words("组号（原有的组）", "group number (as written)")
_NEW = Words("新组的首个村", "first village of a new group")
_NUMBER = Words("组号", "group number")


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the sheet: all villages, or those of one value of a fact.

    `formula` gives the name of a group that comes up later; its row is spare until then.
    """

    number: int
    fact: str
    name: str
    spare: bool = False
    formula: str | None = None


class Rows(NamedTuple):
    """The rows of one fact's groups on the sheet of pools: those listed, and the spare ones."""

    first: int
    last: int
    last_spare: int


class Groups:
    """Rows of the sheet of pools. Its first three columns say number, kind and name."""

    def __init__(self, policy: Policy, rows: Sequence[Mapping[str, Value]], given: Given) -> None:
        self._rows = rows
        self._given = given
        self._facts = _facts(policy)
        self._list = list(self._made())
        self._number = {(g.fact, g.name): g.number for g in self._list if not g.spare}
        self.grid = Grid(POOLS, len(self._list), first=3)
        self.own_number = f"{POOLS}$A{ROW}"
        self._cells: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def _made(self) -> Iterator[Group]:
        yield Group(OF_ALL, ALL, "")
        number = OF_ALL
        for fact in self._facts:
            names = dict.fromkeys(str(row.get(fact, "")) for row in self._rows)
            for name in names:
                number += 1
                yield Group(number, fact, name)
            for _ in range(SPARE):
                number += 1
                yield Group(number, fact, "", spare=True)

    def listed(self) -> list[Group]:
        """All rows, spare ones with the formula of their name."""
        return [
            replace(group, formula=self._names.get(group.fact)) if group.spare else group
            for group in self._list
        ]

    def numbers(self, lower: Lower, per: Node) -> tuple[str, list[Cell]]:
        """Each village's group number as a formula and as values."""
        if isinstance(per, Choice):
            condition = lower.expr(per.condition)
            yes, yes_values = self.numbers(lower, per.yes)
            no, no_values = self.numbers(lower, per.no)
            holds = lower.values(per.condition)
            values = [a if c else b for c, a, b in zip(holds, yes_values, no_values, strict=True)]
            return f"IF({condition.text},{yes},{no})", values
        assert isinstance(per, Name)
        if per.id in (ALL, VILLAGE):
            number = OF_ALL if per.id == ALL else ALONE
            return str(number), [number] * len(self._rows)
        found: list[Cell] = [self._number[per.id, str(row.get(per.id, ""))] for row in self._rows]
        if per.id not in self._cells:
            self._cells[per.id] = self._of_fact(lower, per.id, found)
        return self._cells[per.id], found

    def _of_fact(self, lower: Lower, fact: str, values: list[Cell]) -> str:
        """A reference to the number, worked out once a fact.

        A name that is not listed is numbered by the first village that has it; the spare rows take such
        villages in turn, and #N/A says that there are more new groups than spare rows.
        """
        grid, villages = lower.grid, len(self._rows)
        inputs = Grid(INPUTS, villages)
        at = self._given.facts.index(fact)
        mine, everyones, rows = inputs.cell(at), inputs.range(at), self._rows_of(fact)
        listed = f"{POOLS}$C${rows.first}:$C${rows.last}"
        numbers = f"{POOLS}$A${rows.first}:$A${rows.last}"
        text = f"SUMPRODUCT(MAX(EXACT({mine},{listed})*{numbers}))"
        old = grid.cell(grid.add(Column(_LISTED, text, values, group=lower.group)))
        place = f"({villages + FIRST_ROW}-ROW({everyones}))"
        text = f"{villages + 1}-SUMPRODUCT(MAX(EXACT({mine},{everyones})*{place}))"
        none: list[Cell] = [0] * villages
        column = Column(_NEW, f"IF({old}>0,0,{text})", none, group=lower.group)
        first_at = grid.add(column)
        spare = self._spare(grid.range(first_at), rows, fact, everyones)
        text = (
            f"IF({old}>0,{old},MATCH({grid.cell(first_at)},{spare},0)+{rows.last - FIRST_ROW + 1})"
        )
        return grid.cell(grid.add(Column(_NUMBER, text, values, group=lower.group)))

    def _spare(self, firsts: str, rows: Rows, fact: str, names: str) -> str:
        """The spare rows' first villages, each the next after that of the row above."""
        grid = self.grid
        at = grid.first + len(grid.columns)
        above = grid.cell(at).replace(ROW, ABOVE)
        nothing = rows.last - FIRST_ROW + 1
        after = f'COUNTIF({firsts},"<="&IF({self.own_number}={nothing + 1},0,{above}))'
        found = f"IFERROR(SMALL({firsts},{after}+1),0)"
        own = self.own_number
        within = f"AND({own}>{nothing},{own}<={rows.last_spare - FIRST_ROW + 1})"
        zeros: list[Cell] = [0] * grid.rows
        grid.add(Column(_NEW, f"IF({within},{found},0)", zeros))
        cell = grid.cell(at)
        self._names[fact] = f'IF({cell}>0,INDEX({names},{cell})&"","")'
        name = cell.removeprefix(POOLS).removesuffix(ROW)
        return f"{POOLS}${name}${rows.last + 1}:${name}${rows.last_spare}"

    def _rows_of(self, fact: str) -> Rows:
        own = [group for group in self._list if group.fact == fact]
        listed = [group.number for group in own if not group.spare]
        shift = FIRST_ROW - 1
        return Rows(listed[0] + shift, listed[-1] + shift, own[-1].number + shift)


def may_be(per: Node) -> set[str]:
    """The facts, `all` or `village`, by which a share may be grouped under some reading."""
    if isinstance(per, Choice):
        return may_be(per.yes) | may_be(per.no)
    assert isinstance(per, Name)
    return {per.id}


def _facts(policy: Policy) -> list[str]:
    found: dict[str, None] = {}
    for programme in policy.programmes:
        for share in (*(r.share for r in programme.rules), *(a.share for a in programme.also)):
            if share is not None:
                found.update(dict.fromkeys(sorted(may_be(share.per) - {ALL, VILLAGE})))
    return list(found)

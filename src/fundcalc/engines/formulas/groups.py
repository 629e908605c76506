"""The groups that share pools, one row each on the sheet of pools, and each village's group number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import (
    FIRST_ROW,
    INPUTS,
    POOLS,
    ROW,
    WORK,
    Cell,
    Column,
    Expr,
    Grid,
)
from fundcalc.engines.formulas.given import Given
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language.nodes import Choice, Name, Node, Value
from fundcalc.policy.model import Policy
from fundcalc.policy.names import ALL, VILLAGE
from fundcalc.roster.model import letters

SPARE = 10
"""Blank rows after a fact's groups, in which a new one may be written."""

OF_ALL = 1
ALONE = 0
"""The number of a village that shares with nobody; a group's number is its place on the sheet."""

_NUMBER = Words("组号", "group number")


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the sheet: all villages, or those of one value of a fact; blank where spare."""

    number: int
    fact: str
    name: str


class Groups:
    """Rows of the sheet of pools. Its first three columns say number, kind and name."""

    def __init__(self, policy: Policy, rows: Sequence[Mapping[str, Value]], given: Given) -> None:
        self._rows = rows
        self._given = given
        self._facts = _facts(policy)
        self.list = list(self._listed())
        self._number = {(group.fact, group.name): group.number for group in self.list}
        self.grid = Grid(POOLS, len(self.list), first=3)
        self._cells: dict[str, str] = {}

    def _listed(self) -> Iterator[Group]:
        yield Group(OF_ALL, ALL, "")
        number = OF_ALL
        for fact in self._facts:
            names = dict.fromkeys(str(row.get(fact, "")) for row in self._rows)
            for name in [*(name for name in names if name), *[""] * SPARE]:
                number += 1
                yield Group(number, fact, name)

    @cached_property
    def own_number(self) -> str:
        """The cell with a group's number, in the group's row."""
        return f"{POOLS}$A{ROW}"

    def numbers(self, lower: Lower, per: Node) -> tuple[str, list[Cell]]:
        """Each village's group number as a formula and as values."""
        if isinstance(per, Choice):
            condition = lower.expr(per.condition)
            yes, no = self.numbers(lower, per.yes), self.numbers(lower, per.no)
            holds = condition.values()
            values = [a if c else b for c, a, b in zip(holds, yes[1], no[1], strict=True)]
            return f"IF({condition.text},{yes[0]},{no[0]})", values
        assert isinstance(per, Name)
        if per.id in (ALL, VILLAGE):
            number = OF_ALL if per.id == ALL else ALONE
            return str(number), [number] * len(self._rows)
        values = [self._number[per.id, str(row.get(per.id, ""))] for row in self._rows]
        return self._of_fact(lower, per.id, values), values

    def _of_fact(self, lower: Lower, fact: str, values: list[Cell]) -> str:
        """A reference to the number, worked out once a fact; #N/A where the list has no such group."""
        if fact not in self._cells:
            own = [group.number for group in self.list if group.fact == fact]
            first, last = own[0] + FIRST_ROW - 1, own[-1] + FIRST_ROW - 1
            item = f"{INPUTS}{letters(self._given.facts.index(fact))}{ROW}"
            listed = f"EXACT({item},{POOLS}$C${first}:$C${last})"
            found = f"SUMPRODUCT(MAX({listed}*{POOLS}$A${first}:$A${last}))"
            at = lower.grid.add(Column(_NUMBER, found, values, group=lower.group))
            raw = Expr(lower.grid.cell(at), lambda: values)
            checked = f"IF({raw.text}=0,NA(),{raw.text})"
            at = lower.grid.add(Column(_NUMBER, checked, values, group=lower.group))
            self._cells[fact] = lower.grid.cell(at)
        return self._cells[fact]

    def of(self, at: int) -> str:
        """All cells of a village column."""
        return Grid(WORK, len(self._rows)).range(at)


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

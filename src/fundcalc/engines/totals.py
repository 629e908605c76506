"""What a computation adds up to, wherever it was computed: counts and sums, amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fundcalc.base.money import divide
from fundcalc.base.words import Words
from fundcalc.language.nodes import Value

MOST_VALUES = 20
"""Values of a result that are told with their villages."""

COUNTY = "county"
"""The fact by which amounts are added up."""


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """One county: its villages and the total of each output that is added up, in smallest units."""

    name: str
    villages: int
    amounts: Mapping[str, int]


def of_all(groups: Sequence[GroupTotals], outputs: Iterable[str]) -> GroupTotals:
    """All counties together."""
    amounts = {id_: sum(group.amounts[id_] for group in groups) for id_ in outputs}
    return GroupTotals("", sum(group.villages for group in groups), amounts)


@dataclass(frozen=True, slots=True)
class PoolTotal:
    """A pool, or all of them where each village has its own: `group` is None for these and for `all`.

    `programme` is the title of the one whose pool it is; `rest_to` says where what is left goes.
    """

    programme: Words
    group: str | None
    pools: int
    amount: int
    used: int
    villages: int
    claims: int
    rest_to: Words | None = None

    @property
    def left(self) -> int:
        """What nobody could take."""
        return self.amount - self.used

    @property
    def mean(self) -> int:
        """What was used divided by the group's villages, rounded half up to the fen."""
        return divide(self.used, self.villages, "half up") if self.villages else 0


@dataclass(slots=True)
class Totals:
    """`rules` has the villages of each rule, then of no rule, by programme; `ratios` count and among.

    `hinges` has the villages that hinge on a reading; `moved` of each option not chosen the villages it
    changes, and by how much each output granted would be more or less. `values` has of
    results that are not added up the commonest values, each with its villages.
    """

    counties: list[GroupTotals]
    rules: dict[str, tuple[list[int], int]]
    ratios: dict[tuple[str, str], tuple[int, int]]
    hinges: dict[str, int]
    hinged_decisions: int
    hinged_villages: int
    assumed: dict[str, int]
    pools: list[PoolTotal] = field(default_factory=list)
    moved: Mapping[tuple[str, str], tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    values: Mapping[str, list[tuple[Value, int]]] = field(default_factory=dict)

"""Both sides added up: who gains and who loses, by county, by programme and by payer.

What is compared is what somebody pays: the outputs that name a payer; in a policy where none does, every
programme's own amount. Every table's parts add up to the total, money and villages alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from fundcalc.analysis.compare.amounts import (
    Amounts,
    amounts_of,
    difference,
    exact_sum,
    paid_outputs,
)
from fundcalc.analysis.compare.beside import PoolChange, others, pools
from fundcalc.analysis.compare.bridge import Step, bridge
from fundcalc.analysis.compare.movers import Both, Mover, Shifts, movers
from fundcalc.analysis.compare.versions import Side
from fundcalc.analysis.compare.villages import Columns, Places, Villages, match
from fundcalc.base.words import Words, same
from fundcalc.engines.columnar.sharing import total
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Output, Policy

COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table: fen before and after, and the villages that it moved which way.

    `gained` and `lost` are the fen of those who gain and of those who lose (negative), villages that
    joined or left the roster apart, in `entered` and `withdrawn`.
    """

    id: str
    title: Words
    old: int
    new: int
    up: int = 0
    down: int = 0
    same: int = 0
    joined: int = 0
    left: int = 0
    gained: int = 0
    lost: int = 0
    entered: int = 0
    withdrawn: int = 0

    @property
    def change(self) -> int:
        """What it comes to, in fen."""
        return self.new - self.old

    @property
    def moves(self) -> bool:
        """Whether it differs for some village, though perhaps not in all."""
        return bool(self.change or self.up or self.down or self.joined or self.left)

    @property
    def villages(self) -> int:
        """Villages of either roster."""
        return self.up + self.down + self.same + self.joined + self.left


@dataclass(slots=True)
class Comparison:
    """All of it. `outputs` has every amount of money, paid or not; `others` counts further decisions.

    `moved` counts the villages of which some paid amount changes (though its total may not); `money` is the
    fen that move: all gains of single amounts added up, or all losses, whichever is more.
    """

    old: Side
    new: Side
    total: Part
    moved: int
    money: int
    counties: list[Part]
    programmes: list[Part]
    payers: list[Part]
    outputs: list[Part]
    pools: list[PoolChange]
    others: list[tuple[str, Words, int]]
    steps: list[Step] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any amount of any village differs."""
        return bool(self.moved)

    def over(self, share: Decimal) -> bool:
        """Whether more than a share of the villages, or of the old total, moves."""
        villages = self.moved > share * self.total.villages
        return villages or self.money > share * abs(self.total.old)


def compare(
    old: Side, new: Side, columns: Columns | None = None, most: int | None = 20
) -> Comparison:
    """Hold two sides against each other.

    `columns` is the new roster as the old policy reads it, where the two differ; None where it cannot.
    `most` limits the movers listed. Raises PolicyProblem where villages cannot be told apart.
    """
    villages = match(old.roster, new.roster)
    paid = _paid([old.plan.policy, new.plan.policy])
    ids = [id_ for id_, _, _ in paid]
    tally = _Tally(old, new, villages)
    before, after = tally.both(ids)
    steps = bridge(old, new, villages, columns, ids)
    shifts = Shifts([tally.both([id_]) for id_ in ids], len(villages))
    return Comparison(
        old, new,
        tally.part("", Words("合计", "Total"), before, after),
        *shifts.totals(),
        tally.counties(before, after),
        [tally.part(id_, title, *tally.both([id_])) for id_, title, _ in paid],
        tally.payers(ids),
        [
            tally.part(o.id, o.title, *tally.both([o.id], paid=False))
            for o in _outputs([new, old])
        ],
        pools(old.result, new.result),
        others(old.result, new.result, villages),
        steps,
        movers(Both(old, new, villages, (before, after), steps), shifts, most),
    )  # fmt: skip


def _paid(policies: Sequence[Policy]) -> list[tuple[str, Words, str | None]]:
    """Those of either policy, the newer one's titles first."""
    found = {one[0]: one for policy in policies for one in paid_outputs(policy)}
    return list(found.values())


def _outputs(sides: Sequence[Side]) -> list[Output]:
    found: dict[str, Output] = {}
    for side in sides:
        for programme in side.plan.policy.listed_programmes:
            for output in programme.outputs:
                if is_money(output.type):
                    found.setdefault(output.id, output)
    return list(found.values())


class _Tally:
    """Adds up amounts of both sides by village and group."""

    def __init__(self, old: Side, new: Side, villages: Villages) -> None:
        self._sides = (old, new)
        self._villages = villages
        self._places = (villages.old, villages.new)
        self._joined, self._left = villages.joined, villages.left

    def both(self, ids: Iterable[str], *, paid: bool = True) -> tuple[Amounts, Amounts]:
        """The outputs added up by village, before and after; `paid` as each side's policy has it."""
        ids = list(ids)
        one, two = (
            self._villages.spread(amounts_of(side.result, ids, paid=paid), places)
            for side, places in zip(self._sides, self._places, strict=True)
        )
        return one, two

    def part(self, id_: str, title: Words, before: Amounts, after: Amounts) -> Part:
        """A row over all villages."""
        return self._part(id_, title, (before, after), slice(None))

    def _part(
        self,
        id_: str,
        title: Words,
        amounts: tuple[Amounts, Amounts],
        at: slice | Places,
    ) -> Part:
        """A row over some villages."""
        before, after = amounts[0][at], amounts[1][at]
        joined, left = self._joined[at], self._left[at]
        diff = difference(after, before)
        stayed = ~joined & ~left
        up, down = stayed & (diff > 0), stayed & (diff < 0)
        return Part(
            id_, title, exact_sum(before), exact_sum(after),
            int(up.sum()), int(down.sum()), int((stayed & (diff == 0)).sum()),
            int(joined.sum()), int(left.sum()),
            exact_sum(diff[up]), exact_sum(diff[down]), exact_sum(diff[joined]), exact_sum(diff[left]),
        )  # fmt: skip

    def counties(self, before: Amounts, after: Amounts) -> list[Part]:
        """By county: what each side paid in it, and its villages (of the new roster, or that left).

        A village that moved to another county counts in the new one, with its whole gain or loss.
        """
        (old_codes, old_names), (new_codes, new_names) = (
            side.result.groups(COUNTY) for side in self._sides
        )
        names = list(dict.fromkeys([*new_names, *old_names]))
        place = {name: n for n, name in enumerate(names)}
        was = self._spread_codes(old_codes, [place[name] for name in old_names], 0)
        now = self._spread_codes(new_codes, [place[name] for name in new_names], 1)
        old, new = _by_group(before, was, len(names)), _by_group(after, now, len(names))
        mine = np.where(now >= 0, now, was)
        order = np.argsort(mine, kind="stable")
        ends = np.searchsorted(mine[order], np.arange(len(names) + 1))
        return [
            replace(
                self._part(name, same(name), (before, after), order[ends[n] : ends[n + 1]]),
                old=old[n], new=new[n],
            )
            for n, name in enumerate(names)
        ]  # fmt: skip

    def _spread_codes(self, codes: Places, to: list[int], side: int) -> Places:
        places = self._places[side]
        spread = np.full(len(places), -1, dtype=np.int64)
        there = places >= 0
        if len(codes):
            spread[there] = np.array(to, dtype=np.int64)[codes][places[there]]
        return spread

    def payers(self, ids: Sequence[str]) -> list[Part]:
        """By payer, each side by its own policy's."""
        policies = [side.plan.policy for side in self._sides]
        who = [{id_: payer for id_, _, payer in paid_outputs(policy)} for policy in policies]
        titles = {**policies[0].payers, **policies[1].payers}
        found: list[Part] = []
        for payer in [*titles, None]:
            mine = [[id_ for id_ in ids if id_ in one and one[id_] == payer] for one in who]
            if not any(mine):
                continue
            before, after = (
                self._villages.spread(amounts_of(side.result, some), places)
                for side, some, places in zip(self._sides, mine, self._places, strict=True)
            )
            title = titles[payer] if payer is not None else Words("未写付款方", "No payer named")
            found.append(self.part(payer or "", title, before, after))
        return found


def _by_group(amounts: Amounts, codes: Places, groups: int) -> list[int]:
    """Amounts added up by group; those of villages without one (-1) are nought."""
    there = codes >= 0
    return [int(one) for one in total(amounts[there], codes[there], groups).tolist()]

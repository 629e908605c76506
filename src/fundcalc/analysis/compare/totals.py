"""Both sides added up: who gains and who loses, by county, by programme and by payer.

What is compared is what somebody pays: the outputs that name a payer; in a policy where none does, every
programme's own amount. Every table's parts add up to the total, money and villages alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fundcalc.analysis.compare.amounts import (
    Amounts,
    amounts_of,
    difference,
    exact_sum,
    is_money,
    paid_outputs,
)
from fundcalc.analysis.compare.bridge import Step, bridge
from fundcalc.analysis.compare.movers import Both, Mover, Shifts, movers
from fundcalc.analysis.compare.versions import Side
from fundcalc.analysis.compare.villages import Columns, Villages, match
from fundcalc.base.words import Words, same
from fundcalc.engines.result import Result
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


@dataclass(frozen=True, slots=True)
class PoolChange:
    """A pool before and after, in fen; `group` is None for a pool of all, or for one a village."""

    programme: Words
    group: str | None
    old_amount: int
    new_amount: int
    old_used: int
    new_used: int

    @property
    def moves(self) -> bool:
        """Whether it differs."""
        return (self.old_amount, self.old_used) != (self.new_amount, self.new_used)


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
        [tally.part(o.id, o.title, *tally.both([o.id])) for o in _outputs([new, old])],
        _pools(old.result, new.result),
        _others(old.result, new.result, villages),
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
                if is_money(output):
                    found.setdefault(output.id, output)
    return list(found.values())


class _Tally:
    """Adds up amounts of both sides by village and group."""

    def __init__(self, old: Side, new: Side, villages: Villages) -> None:
        self._sides = (old, new)
        self._villages = villages
        self._places = (villages.old, villages.new)

    def both(self, ids: Iterable[str]) -> tuple[Amounts, Amounts]:
        """The outputs added up by village, before and after."""
        ids = list(ids)
        one, two = (
            self._villages.spread(amounts_of(side.result, ids), places)
            for side, places in zip(self._sides, self._places, strict=True)
        )
        return one, two

    def part(
        self,
        id_: str,
        title: Words,
        before: Amounts,
        after: Amounts,
        among: NDArray[np.bool_] | None = None,
    ) -> Part:
        """A row over all villages, or over some."""
        old, new = exact_sum(before), exact_sum(after)
        joined, left = self._villages.joined, self._villages.left
        if among is None:
            among = np.ones(len(joined), dtype=np.bool_)
        diff = difference(after, before)
        stayed = among & ~joined & ~left
        up, down = stayed & (diff > 0), stayed & (diff < 0)
        return Part(
            id_, title, old, new,
            int(up.sum()), int(down.sum()), int((stayed & (diff == 0)).sum()),
            int((among & joined).sum()), int((among & left).sum()),
            exact_sum(diff[up]), exact_sum(diff[down]),
            exact_sum(diff[among & joined]), exact_sum(diff[among & left]),
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
        found: list[Part] = []
        for number, name in enumerate(names):
            mine = np.where(now >= 0, now, was) == number
            one = self.part(name, same(name), before, after, mine)
            old = exact_sum(np.where(was == number, before, 0))
            new = exact_sum(np.where(now == number, after, 0))
            found.append(replace(one, old=old, new=new))
        return found

    def _spread_codes(self, codes: NDArray[np.int64], to: list[int], side: int) -> Amounts:
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


def _pools(old: Result, new: Result) -> list[PoolChange]:
    def added(result: Result) -> dict[tuple[str, str, str | None], tuple[int, int]]:
        found: dict[tuple[str, str, str | None], tuple[int, int]] = {}
        for pool in result.pools:
            group = pool.group if pool.per not in ("village", "all") else None
            amount, used = found.get((pool.programme, pool.item, group), (0, 0))
            key = (pool.programme, pool.item, group)
            found[key] = (amount + pool.amount, used + pool.used)
        return found

    titles = {p.id: p.title for result in (old, new) for p in result.plan.policy.programmes}
    before, after = added(old), added(new)
    keys = dict.fromkeys([*after, *before])
    return [
        PoolChange(
            titles[key[0]], key[2],
            before.get(key, (0, 0))[0], after.get(key, (0, 0))[0],
            before.get(key, (0, 0))[1], after.get(key, (0, 0))[1],
        )
        for key in sorted(keys, key=lambda k: [*titles].index(k[0]))
    ]  # fmt: skip


def _others(old: Result, new: Result, villages: Villages) -> list[tuple[str, Words, int]]:
    """Outputs that are no money and that both have: in how many villages each changes."""
    both = (villages.old >= 0) & (villages.new >= 0)
    at_old, at_new = villages.old[both], villages.new[both]
    there = {o.id: o for p in old.plan.policy.programmes for o in p.outputs if not is_money(o)}
    found: list[tuple[str, Words, int]] = []
    for programme in new.plan.policy.listed_programmes:
        for output in programme.outputs:
            if output.id not in there or is_money(output):
                continue
            one, two = old.column(output.id), new.column(output.id)
            pairs = zip(at_old.tolist(), at_new.tolist(), strict=True)
            found.append((output.id, output.title, sum(one[a] != two[b] for a, b in pairs)))
    return found

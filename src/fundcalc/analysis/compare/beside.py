"""What is compared beside the paid amounts: the pools, and results that are no money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundcalc.analysis.compare.villages import Places, Villages
from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Text, Texts, is_money
from fundcalc.policy.model import Output

_Coded = tuple[Places, tuple[str, ...] | None]


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


def pools(old: Result, new: Result) -> list[PoolChange]:
    """Pools by programme and group, those of one village each added up."""

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


def others(old: Result, new: Result, villages: Villages) -> list[tuple[str, Words, int]]:
    """Outputs that are no money and that both have: in how many villages each changes."""
    both = (villages.old >= 0) & (villages.new >= 0)
    at_old, at_new = villages.old[both], villages.new[both]
    there = {o.id: o for p in old.plan.policy.programmes for o in p.outputs if not is_money(o.type)}
    found: list[tuple[str, Words, int]] = []
    for programme in new.plan.policy.listed_programmes:
        for output in programme.outputs:
            if (
                output.id not in there
                or is_money(output.type)
                or output.type != there[output.id].type
            ):
                continue
            one, two = _codes(old, output), _codes(new, output)
            found.append(
                (output.id, output.title, int((one[0][at_old] != _as(one, two)[at_new]).sum()))
            )
    return found


def _codes(result: Result, output: Output) -> _Coded:
    """An output by village as numbers; of a text its places in a list of all its values."""
    if isinstance(output.type, Text | Texts):
        codes, table = result.labels(output.id)
        return np.asarray(codes), tuple(table)
    return result.numbers(output.id), None


def _as(
    one: _Coded,
    other: _Coded,
) -> Places:
    """The other's numbers, texts at their places in the one's list (-1 where it has them not)."""
    codes, table = other
    if table is None or one[1] is None:
        return codes
    place = {text: n for n, text in enumerate(one[1])}
    return np.array([place.get(text, -1) for text in table] or [-1], dtype=np.int64)[codes]

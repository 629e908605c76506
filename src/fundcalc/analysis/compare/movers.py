"""Whom a change moves most, and what moved them: the bridge's steps, and the rules met before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fundcalc.analysis.compare.amounts import Amounts, add, difference, exact_sum
from fundcalc.analysis.compare.bridge import Step, moved_by
from fundcalc.analysis.compare.versions import Side
from fundcalc.analysis.compare.villages import Villages
from fundcalc.base.words import Words
from fundcalc.engines.result import JOIN, Result
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY

Way = Literal["up", "down", "shifted", "joined", "left"]
"""`shifted`: the total stays, but another pays it, or as another amount."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A programme that decides by other rules than before: ids joined by `+`, or the `otherwise` id."""

    programme: str
    title: Words
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A village whose money changes: who it is, fen before and after, and the steps that moved it."""

    who: dict[str, Value]
    way: Way
    old: int
    new: int
    steps: list[tuple[Step, int]]
    rules: list[RuleChange]

    @property
    def change(self) -> int:
        """What it comes to, in fen."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Both:
    """Both sides, their villages, each village's total before and after, and the bridge's steps."""

    old: Side
    new: Side
    villages: Villages
    amounts: tuple[Amounts, Amounts]
    steps: Sequence[Step]


class Shifts:
    """How much moves in each village: the gains of its single amounts, or their losses if they are more.

    So an amount that passes from one payer to another counts once, though the village's total stays.
    """

    def __init__(self, pairs: Sequence[tuple[Amounts, Amounts]], villages: int) -> None:
        gains = [np.zeros(villages, dtype=np.int64)]
        losses = [np.zeros(villages, dtype=np.int64)]
        for before, after in pairs:
            by = difference(after, before)
            gains.append(np.maximum(by, 0))
            losses.append(np.maximum(-by, 0))
        self._gains, self._losses = add(gains, villages), add(losses, villages)
        self.size = np.maximum(self._gains, self._losses)

    def totals(self) -> tuple[int, int]:
        """Villages with some change, and the fen that move."""
        money = max(exact_sum(self._gains), exact_sum(self._losses))
        return int((self.size != 0).sum()), money


def movers(both: Both, shifts: Shifts, most: int | None) -> list[Mover]:
    """Those that move, the largest change first, equal ones in roster order; at most so many."""
    at = np.flatnonzero(shifts.size != 0)
    at = at[np.argsort(-shifts.size[at], kind="stable")]
    listed = at if most is None else at[:most]
    return [_mover(both, int(village)) for village in listed]


def _mover(both: Both, village: int) -> Mover:
    was, now = int(both.villages.old[village]), int(both.villages.new[village])
    before, after = (int(one[village]) for one in both.amounts)
    side, row = (both.new, now) if now >= 0 else (both.old, was)
    columns = side.roster.columns
    who = {part: columns[part][row] for part in IDENTITY if part in columns}
    way: Way = "up" if after > before else "down" if after < before else "shifted"
    if was < 0 or now < 0:
        way = "joined" if was < 0 else "left"
    there = was >= 0 and now >= 0
    rules = _rules(both.old.result, both.new.result, was, now) if there else []
    return Mover(who, way, before, after, moved_by(both.steps, village), rules)


def _rules(old: Result, new: Result, was: int, now: int) -> list[RuleChange]:
    there = {p.id for p in old.plan.policy.programmes}
    found: list[RuleChange] = []
    for programme in new.plan.policy.listed_programmes:
        if programme.id in there:
            one, two = _met(old, programme.id, was), _met(new, programme.id, now)
            if one != two:
                found.append(RuleChange(programme.id, programme.title, one, two))
    return found


def _met(result: Result, programme: str, row: int) -> str:
    ids = result.fired[programme][row]
    otherwise = result.plan.policy.programme(programme).otherwise
    return JOIN.join(ids) or (otherwise.id if otherwise is not None else "")

"""Output by output: equal by form, proved equal, different with a village that shows it, or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fundcalc.analysis.compare.versions import Version
from fundcalc.analysis.prove.cone import Pooled, cone
from fundcalc.analysis.prove.replayed import Shown, replay
from fundcalc.analysis.prove.twin import Twin
from fundcalc.analysis.smt import Undecided
from fundcalc.base.words import Words
from fundcalc.engines.result import Row
from fundcalc.policy.model import Output
from fundcalc.policy.plan import Plan

How = Literal["same", "proved", "differs", "unknown"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One output: how it stands, and why where that is not plain."""

    output: str
    title: Words
    how: How
    why: Words | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A roster for which the versions differ in an output, run through the engines."""

    shown: Shown
    output: str


@dataclass(slots=True)
class Verdict:
    """What came of it. `equal` None means unknown."""

    old: Version
    new: Version
    judged: list[Judged] = field(default_factory=list)
    difference: Difference | None = None

    @property
    def equal(self) -> bool | None:
        """True: for every village. False: not so. None: unknown."""
        hows = {one.how for one in self.judged}
        if "differs" in hows:
            return False
        return None if "unknown" in hows else True


def prove(versions: tuple[Version, Version]) -> Verdict:
    """Whether two versions give every possible village the same outputs. Raises PolicyProblem."""
    old, new = versions
    one, other = old.plan(), new.plan()
    verdict = Verdict(old, new)
    asker = _Asker(one, other)
    for output in _outputs(one, other):
        judged, found = asker.judge(output)
        verdict.judged.append(judged)
        if found is not None and verdict.difference is None:
            verdict.difference = found
    return verdict


def _outputs(one: Plan, other: Plan) -> Iterator[Output]:
    """Every output of either, the old one's first."""
    seen: dict[str, Output] = {}
    for plan in (one, other):
        for programme in plan.policy.listed_programmes:
            for output in programme.outputs:
                seen.setdefault(output.id, output)
    return iter(seen.values())


class _Asker:
    """Puts the questions about two plans, as few as may be."""

    def __init__(self, one: Plan, other: Plan) -> None:
        self._plans = (one, other)
        self._owners = tuple(
            {o.id: p for p in plan.programmes for o in p.programme.outputs} for plan in self._plans
        )
        self._twin: Twin | None = None

    def judge(self, output: Output) -> tuple[Judged, Difference | None]:
        """How one output stands."""
        id_, title = output.id, output.title
        sides = [owner.get(id_) for owner in self._owners]
        if sides[0] is None or sides[1] is None:
            which = Words("新", "NEW") if sides[0] is None else Words("原", "OLD")
            why = Words(f"只有{which.zh}口径有这一项", f"only {which.en} has it")
            return Judged(id_, title, "differs", why), None
        found = [next(o for o in p.programme.outputs if o.id == id_) for p in sides if p]
        if found[0].type != found[1].type or found[0].payer != found[1].payer:
            why = Words("单位、类型或付款方不同", "its unit, type or payer is another")
            return Judged(id_, title, "differs", why), None
        cones = [cone(plan, id_) for plan in self._plans]
        if cones[0].meaning == cones[1].meaning:
            return Judged(id_, title, "same"), None
        return self._ask(output, [one.pools for one in cones])

    def _ask(
        self, output: Output, pools: Sequence[Sequence[Pooled]]
    ) -> tuple[Judged, Difference | None]:
        other = self._other_facts()
        if other:
            listed = ", ".join(other)
            why = Words(
                f"事实的单位或类型不同：{listed}", f"facts of another unit or type: {listed}"
            )
            return Judged(output.id, output.title, "unknown", why), None
        if self._twin is None:
            self._twin = Twin(*self._plans)
        twin, unknown = self._twin, False
        pooled = any(pools)
        try:
            row = twin.alone(output) if pooled else twin.apart_from_pools(output)
        except Undecided:
            row, unknown = None, True
        found = self._replayed([row], output.id) if row is not None else None
        if found is not None:
            return Judged(output.id, output.title, "differs"), found
        if row is not None or (unknown and not pooled):
            return self._unsure(output, replayed=row is not None), None
        if not pooled:
            return Judged(output.id, output.title, "proved"), None
        return self._ask_pooled(twin, output, pools)

    def _other_facts(self) -> list[str]:
        """Facts of both policies that are not the same thing: no village has one value for both."""
        one, other = (plan.policy.facts for plan in self._plans)
        return [id_ for id_, fact in one.items() if id_ in other and other[id_].type != fact.type]

    def _ask_pooled(
        self, twin: Twin, output: Output, pools: Sequence[Sequence[Pooled]]
    ) -> tuple[Judged, Difference | None]:
        """Beyond villages alone: what each brings to the pools, then the output for any share."""
        try:
            rosters = twin.unequal_inputs(pools)
            row = None if rosters else twin.with_shares(output)
        except Undecided:
            return self._unsure(output, replayed=False), None
        if not rosters and row is None:
            return Judged(output.id, output.title, "proved"), None
        for roster in rosters or [[row]]:
            found = self._replayed(roster, output.id)
            if found is not None:
                return Judged(output.id, output.title, "differs"), found
        return self._unsure(output, replayed=True), None

    def _replayed(self, rows: list[Row | None], output: str) -> Difference | None:
        villages = [row for row in rows if row is not None]
        shown = replay(*self._plans, villages)
        return Difference(shown, output) if shown.differs(output) else None

    def _unsure(self, output: Output, *, replayed: bool) -> Judged:
        why = (
            Words(
                "各村带进资金池的数不同，但没有找到结果不同的名册",
                "what villages bring to a pool differs, but no roster was found that shows it",
            )
            if replayed
            else Words("z3 在限度内没有答案", "z3 found no answer within its limit")
        )
        return Judged(output.id, output.title, "unknown", why)

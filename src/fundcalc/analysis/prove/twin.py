"""Two plans over the same possible villages, as terms of z3 that share facts and texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3

from fundcalc.analysis.prove.cone import Pooled
from fundcalc.analysis.smt import HURRY, Clock, Space, differ
from fundcalc.engines.result import Row
from fundcalc.language import smt
from fundcalc.language.nodes import Aggregate, Name, Node, rebuild
from fundcalc.language.simplify import simplify
from fundcalc.language.smt import Encoder
from fundcalc.policy.declarations import empty_value
from fundcalc.policy.model import Output
from fundcalc.policy.names import ALL, VILLAGE
from fundcalc.policy.plan import Plan, PlanShare

LIMIT = 20_000_000
"""Steps that z3 may take over one question; the same on every machine, at most some ten seconds."""

_NEW = "!new"
"""Marks the new plan's shares of pools, which are other numbers than the old one's until proved equal."""

Term = Any


@dataclass(frozen=True, slots=True)
class _Claim:
    """A share of a pool, and who claims it."""

    pooled: Pooled
    claims: Term

    @property
    def share(self) -> PlanShare:
        """What a village brings to it."""
        return self.pooled.share


class _Patience(Clock):
    """More steps for a question than a check takes, and none fewer after many questions."""

    def limit(self, wanted: int) -> int:
        """The steps that a question may take."""
        return min(wanted, LIMIT) if wanted == HURRY else LIMIT


class Twin:
    """Asks about both plans at once. Every question raises Undecided where z3 gives up."""

    def __init__(self, one: Plan, other: Plan) -> None:
        self._plans = (one, other)
        self._old = Space(one, _Patience(), beside=other)
        self._new = Space(other, beside=one, codes=self._old.codes)
        facts = {id_: self._new.fact(id_) for id_ in other.policy.facts}
        self._new.villages = self._new.on_facts(facts, _NEW)
        self._spaces = (self._old, self._new)
        self._taken = 0
        self._counted: Row | None = None
        self._equal: list[Term] = []

    def apart_from_pools(self, output: Output) -> Row | None:
        """A village that gets an output otherwise which rests on no pool; None where there is none."""
        return self._village(self._differs(output))

    def alone(self, output: Output) -> Row | None:
        """A village that, alone in its pools, gets an output otherwise. None proves nothing."""
        differs = self._differs(output)
        return self._village(differs, *self._old.sides.alone, *self._new.sides.alone)

    def with_shares(self, output: Output) -> Row | None:
        """A village that gets an output otherwise though its shares are the same under both plans.

        Asked once `unequal_inputs` has found none, for any share there could be.
        """
        return self._village(self._differs(output), *self._equal)

    def unequal_inputs(self, pools: Sequence[Sequence[Pooled]]) -> list[list[Row | None]]:
        """Rosters that may show that the pools differ; none where all that villages bring is equal."""
        sides = [
            {pooled.id: self._claim(n, pooled) for pooled in some} for n, some in enumerate(pools)
        ]
        self._equal = []
        for id_ in dict.fromkeys([*sides[0], *sides[1]]):
            pair = sides[0].get(id_), sides[1].get(id_)
            if pair[0] is None or pair[1] is None:
                only = pair[0] or pair[1]
                assert only is not None
                return self._rosters(self._village(only.claims), only, only)
            row = self._unequal(pair[0], pair[1])
            if row is not None:
                return self._rosters(row, pair[0], pair[1])
            if pair[0].share.per != pair[1].share.per or not self._same_amount(pair[0], pair[1]):
                return self._rosters(self._village(pair[0].claims), pair[0], pair[1])
            self._equal.append(z3.Int(f"share!{id_}") == z3.Int(f"share!{id_}{_NEW}"))
        return []

    # -- questions ----------------------------------------------------------------------------

    def _village(self, *conditions: Term) -> Row | None:
        """A village of both plans that meets the conditions."""
        self._old.sides.always += self._new.sides.always[self._taken :]
        self._taken = len(self._new.sides.always)
        row = self._old.village(*conditions)
        if row is None:
            return None
        return {**_usual(self._plans[1]), **row}

    def _differs(self, output: Output) -> Term:
        one, other = (space.villages.output(output.id) for space in self._spaces)
        return differ(output.type, one, other)

    def _unequal(self, one: _Claim, other: _Claim) -> Row | None:
        """A village that claims under one plan only, or with another weight or cap."""
        terms = [self._terms(n, claim) for n, claim in enumerate((one, other))]
        parts = [a != b for a, b in zip(*terms, strict=True) if a is not None and b is not None]
        if any((a is None) != (b is None) for a, b in zip(*terms, strict=True)):
            parts.append(z3.BoolVal(True))
        both = z3.And(one.claims, other.claims)
        differ = z3.Or(one.claims != other.claims, z3.And(both, z3.Or(parts)))
        return self._village(differ, *self._equal)

    def _terms(self, side: int, claim: _Claim) -> tuple[Term, Term | None]:
        villages = self._spaces[side].villages
        cap = claim.share.at_most
        return villages.term(claim.share.by), villages.term(cap) if cap is not None else None

    def _same_amount(self, one: _Claim, other: _Claim) -> bool:
        """Whether the pools' amounts are equal for any group: equal sums, and equal made of them."""
        sums = [_Sums(n, self._spaces[n]) for n in (0, 1)]
        terms = [s.term(c.share.pool) for s, c in zip(sums, (one, other), strict=True)]
        pairs = product(sums[0].found, sums[1].found)
        there = self._claimant_beside(one)
        same = [a[1] == b[1] for a, b in pairs if self._same_sum(a, b, there)]
        known = [s[1] >= 0 for some in sums for s in some.found if s[0].op == "count"]
        return self._village(*same, *known, *self._equal, terms[0] != terms[1]) is None

    def _claimant_beside(self, one: _Claim) -> Term:
        """That some village of the same group has a claim, else its pool is of no account."""
        per = one.share.per
        programme, rule = one.pooled.programme, one.pooled.rule
        if rule is None or per == ALL:
            return z3.BoolVal(True)
        if per == VILLAGE:
            return one.claims
        facts = self._plans[0].policy.facts
        beside = {id_: smt.variable(f"{id_}!beside", fact.type) for id_, fact in facts.items()}
        beside[per] = self._old.fact(per)
        return self._old.on_facts(beside, "!beside").decides(programme, rule)

    def _same_sum(self, a: tuple[Aggregate, Term], b: tuple[Aggregate, Term], there: Term) -> bool:
        """Whether every village beside a claimant adds as much to the one sum as to the other."""
        terms = [
            space.villages.term(node) for space, (node, _) in zip(self._spaces, (a, b), strict=True)
        ]
        row = self._village(there, terms[0] != terms[1], *self._equal)
        if row is not None:
            self._counted = row
        return row is None

    def _claim(self, side: int, pooled: Pooled) -> _Claim:
        if pooled.rule is None:
            return _Claim(pooled, z3.BoolVal(True))
        villages = self._spaces[side].villages
        return _Claim(pooled, villages.decides(pooled.programme, pooled.rule))

    def _rosters(self, row: Row | None, one: _Claim, other: _Claim) -> list[list[Row | None]]:
        """Rosters to try: the village alone, beside others of its group, and beside one of another.

        A village that could take more than a pool of its own has, beside one that takes little, shows a
        pool of another extent.
        """
        if row is None:
            return [[None]]
        weight = self._old.villages.term(one.share.by)
        amount = self._old.villages.term(one.share.pool)
        near = self._beside(row, {one.share.per, other.share.per})
        beside, more, less = (
            near(one.claims, condition)
            for condition in (weight > 0, weight > amount, weight * 2 < amount)
        )
        apart = self._beside(row, {one.share.per, other.share.per}, apart=True)
        away = apart(one.claims, weight * 2 < amount)
        return [
            [row], [row, beside], [row, more], [more, less], [more, away], [more, away, away], [row, away],
            [more, self._counted], [row, row, beside, more, away, self._counted],
        ]  # fmt: skip

    def _beside(
        self, row: Row, groups: Set[str], *, apart: bool = False
    ) -> Callable[..., Row | None]:
        """Finds villages of a village's group, or of another, that meet conditions."""
        per = next((one for one in groups if one in row), None)
        if per is None:
            return self._village
        text, fact = str(row[per]), self._old.fact(per)
        known = self._old.codes.knows(text)
        same = fact == self._old.codes.of(text) if known else fact < 0
        away = fact != self._old.codes.of(text) if known else fact < 0

        def find(*conditions: Term) -> Row | None:
            found = self._village(*conditions, away if apart else same)
            if found is not None and not known:
                found[per] = f"{text}二" if apart else text  # any text that no rule names
            return found

        return find


class _Sums:
    """A pool's expression with each sum over the group as a number of its own."""

    def __init__(self, side: int, space: Space) -> None:
        self._side, self._space = side, space
        self.found: list[tuple[Aggregate, Term]] = []
        self._encoder = Encoder(self._lookup, space.codes)

    def term(self, node: Node) -> Term:
        """The expression's term."""
        return self._encoder.term(self._put(simplify(node, self._space.plan.constants)))

    def _put(self, node: Node) -> Node:
        if not isinstance(node, Aggregate):
            return rebuild(node, self._put)
        name = f"sum!{self._side}!{len(self.found)}"
        self.found.append((node, z3.Int(name)))
        return Name(node.type, node.at, name, "fact")

    def _lookup(self, name: Name) -> Term:
        own = {str(term): term for _, term in self.found}
        return own[name.id] if name.id in own else self._space.fact(name.id)


def _usual(plan: Plan) -> Row:
    """A village of nothing but defaults and examples."""
    found: Row = {}
    for id_, fact in plan.policy.facts.items():
        wish = fact.default if fact.default is not None else fact.example
        if wish is None:
            wish = empty_value(fact.type) if fact.low is None else fact.low
        found[id_] = wish
    return found

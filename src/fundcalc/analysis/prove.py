"""Whether two versions of a policy come to the same for every village there could be.

z3 looks for a village for which they differ, within the ranges of the facts; one that is found is run
through the engines before it is shown. Where none exists the versions are proved equal, provided that both
policies are sound (`fundcalc check`). What a pool gives depends on all villages: there, what each village
brings to it is proved equal (its claim, weight, cap, group and part of the amount), and with that every
share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import field
from itertools import chain, product
from typing import Any, Literal

import z3

from fundcalc.analysis.bench import decided, named
from fundcalc.analysis.sides import Version
from fundcalc.analysis.smt import HURRY, Clock, Space, Undecided
from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Words
from fundcalc.core import smt
from fundcalc.engines.result import Result, Row
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import (
    Aggregate,
    Lookup,
    Name,
    Node,
    Scale,
    Value,
    names,
    rebuild,
    walk,
)
from fundcalc.policy.declarations import empty_value
from fundcalc.policy.model import ALL, IDENTITY, VILLAGE, Fact, Output, Programme, Rule, Share
from fundcalc.policy.plan import Plan, values_of


@dataclass(frozen=True, slots=True)
class Pooled:
    """A share of a pool, of a rule or of a further output. `id` is how z3's terms call it."""

    id: str
    programme: Programme
    rule: Rule | None
    share: Share


@dataclass(slots=True)
class Cone:
    """What decides an output: cones of equal meaning decide alike. `pools` in order of computation.

    `facts` are those on which it rests.
    """

    meaning: list[object]
    pools: list[Pooled]
    facts: dict[str, Fact]


def cone(plan: Plan, output: str) -> Cone:
    """What an output of a plan rests on."""
    needed, basis = {output}, Cone([], [], {})
    for programme in reversed(plan.programmes):
        for also in reversed(programme.also):
            if also.id in needed:
                around = _around(programme, programme.outputs.index(also))
                _take(needed, chain(values_of(also), around))
                basis.meaning.append((also.id, *_also(plan, also), *_meanings(plan, around)))
                if also.share is not None:
                    basis.pools.append(Pooled(also.id, programme, None, also.share))
        if programme.result.id in needed:
            around = _around(programme, 0)
            _take(needed, chain(_deciding(programme), around))
            basis.meaning.append(
                (programme.id, *_result(plan, programme), *_meanings(plan, around))
            )
            basis.pools += [
                Pooled(f"{programme.id}.{rule.id}", programme, rule, rule.share)
                for rule in reversed(programme.rules)
                if rule.share is not None
            ]
    basis.pools.reverse()
    if basis.pools:  # of equal remainders, who gets the fen
        needed.update(IDENTITY, *(_groups(pooled.share) for pooled in basis.pools))
    basis.facts = {id_: fact for id_, fact in plan.policy.facts.items() if id_ in needed}
    return basis


def _groups(share: Share) -> set[str]:
    return {name.id for node in share.per for name in names(node)}


def _around(programme: Programme, stage: int) -> list[Node]:
    """The values of many rows that a stage of a programme looks at, and those that they are made of."""
    return [rows_value.value for rows_value in programme.gathered if rows_value.stage <= stage]


def _meanings(plan: Plan, nodes: list[Node]) -> Iterator[object]:
    return (_meaning(plan, node) for node in nodes)


def _take(needed: set[str], nodes: Iterator[Node]) -> None:
    needed.update(name.id for node in nodes for name in names(node))


def _deciding(programme: Programme) -> Iterator[Node]:
    for rule in programme.rules:
        yield rule.when
        yield from values_of(rule)
    if programme.otherwise is not None:
        yield programme.otherwise.value


def _result(plan: Plan, programme: Programme) -> tuple[object, ...]:
    rules = tuple(
        (r.id, _meaning(plan, r.when), _meaning(plan, r.then), _pool(plan, r.share))
        for r in programme.rules
    )
    otherwise = programme.otherwise and _meaning(plan, programme.otherwise.value)
    return programme.hit_policy, rules, otherwise


def _also(plan: Plan, also: Output) -> tuple[object, ...]:
    return _meaning(plan, also.value), _pool(plan, also.share)


def _pool(plan: Plan, share: Share | None) -> object:
    if share is None:
        return None
    parts = (_meaning(plan, node) for node in share.parts)
    return share.group, *parts


def _meaning(plan: Plan, node: Node | None) -> object:
    """An expression and what its tables hold: equal nodes may look up other rows."""
    if node is None:
        return None
    node = simplify(node, plan.constants)
    looking = [part for part in walk(node) if isinstance(part, Lookup | Scale)]
    return node, [{(row.keys, row.value) for row in part.rows} for part in looking]


@dataclass(frozen=True, slots=True)
class Shown:
    """A roster and what both plans made of it: a result, or the problems that kept it from one."""

    rows: tuple[Row, ...]
    old: Result | None
    new: Result | None
    problems: tuple[Diagnostic, ...]

    def differs(self, output: str) -> bool:
        """Whether an output of some village differs, or only one plan can decide it."""
        return self.where(output) is not None

    def where(self, output: str) -> int | None:
        """The first village that differs; the first of all where only one plan can decide."""
        if self.old is None or self.new is None:
            return 0 if (self.old is None) != (self.new is None) else None
        pairs = zip(self.old.column(output), self.new.column(output), strict=True)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), None)

    def outputs(self, village: int) -> list[tuple[str, Value | None, Value | None]]:
        """The outputs of a village that differ: before and after."""
        if self.old is None or self.new is None:
            return []
        before, after = self.old.rows[village], self.new.rows[village]
        ids = [o.id for p in self.new.plan.policy.listed_programmes for o in p.outputs]
        return [
            (id_, before.get(id_), after.get(id_))
            for id_ in ids
            if before.get(id_) != after.get(id_)
        ]


def _replay(old_plan: Plan, new_plan: Plan, villages: Sequence[Row]) -> Shown:
    rows = named(villages, [*old_plan.programmes, *new_plan.programmes])
    old, new = decided(old_plan, rows), decided(new_plan, rows)
    return Shown(rows, old.result, new.result, (*old.problems, *new.problems))


LIMIT = 20_000_000
"""Steps that z3 may take over one question; the same on every machine, at most some ten seconds."""

_NEW = "!new"
"""Marks the new plan's shares of pools, which are other numbers than the old one's until proved equal."""

Term = Any


@dataclass(frozen=True, slots=True)
class _Claim:
    """A share of a pool, whose plan it is (old 0, new 1), and who claims it."""

    side: int
    pooled: Pooled
    claims: Term

    @property
    def share(self) -> Share:
        """What a village brings to it."""
        return self.pooled.share


class _Patience(Clock):
    """More steps for a question than a check takes, and none fewer after many questions."""

    def limit(self, steps: int) -> int:
        """The steps that a question may take."""
        return min(steps, LIMIT) if steps == HURRY else LIMIT


class Twin:
    """Asks about both plans at once. Every question raises Undecided where z3 gives up."""

    def __init__(self, old: Plan, new: Plan) -> None:
        self._plans = (old, new)
        clock = _Patience()
        self._context = clock.context
        self._old = Space(old, clock, beside=new)
        self._new = Space(new, clock, beside=old, codes=self._old.codes, sides=self._old.sides)
        facts = {id_: self._new.facts[id_] for id_ in new.policy.facts}
        self._new.villages = self._new.on_facts(facts, _NEW)
        self._spaces = (self._old, self._new)
        self._counted: Row | None = None
        self._equal: list[Term] = []

    def apart_from_pools(self, output: Output) -> Row | None:
        """A village that gets an output otherwise which rests on no pool; None where there is none."""
        return self._village(self._differs(output))

    def alone(self, output: Output) -> Row | None:
        """A village that, alone in its pools, gets an output otherwise. None proves nothing."""
        differs = self._differs(output)
        return self._village(differs, *self._old.sides.alone)

    def with_shares(self, output: Output) -> Row | None:
        """A village that gets an output otherwise though its shares are the same under both plans.

        Asked once `unequal_inputs` has found none, for any share there could be.
        """
        return self._village(self._differs(output), *self._equal)

    def unequal_inputs(self, pools: Sequence[Sequence[Pooled]]) -> list[list[Row | None]]:
        """Rosters that may show that the pools differ; none where all that villages bring is equal."""
        sides = [
            {pooled.id: self._claim(n, pooled) for pooled in of_side}
            for n, of_side in enumerate(pools)
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
            if pair[0].share.group != pair[1].share.group or not self._same_amount(
                pair[0], pair[1]
            ):
                return self._rosters(self._village(pair[0].claims), pair[0], pair[1])
            shares = [z3.Int(f"share!{id_}{tag}", self._context) for tag in ("", _NEW)]
            self._equal.append(shares[0] == shares[1])
        return []

    # -- questions ----------------------------------------------------------------------------

    def _village(self, *conditions: Term) -> Row | None:
        row = self._old.village(*conditions)
        if row is None:
            return None
        return {**_usual(self._plans[1]), **row}

    def _differs(self, output: Output) -> Term:
        before, after = (space.villages.output(output.id) for space in self._spaces)
        return self._old.villages.differ(output.type, before, after)

    def _unequal(self, old: _Claim, new: _Claim) -> Row | None:
        """A village that claims under one plan only, or with another weight, cap or floor."""
        terms = [self._terms(n, claim) for n, claim in enumerate((old, new))]
        parts = [a != b for a, b in zip(*terms, strict=True) if a is not None and b is not None]
        if any((a is None) != (b is None) for a, b in zip(*terms, strict=True)):
            parts.append(z3.BoolVal(True, self._context))
        both = z3.And(old.claims, new.claims)
        differ = z3.Or(old.claims != new.claims, z3.And(both, z3.Or(parts, self._context)))
        return self._village(differ, *self._equal)

    def _terms(self, side: int, claim: _Claim) -> list[Term | None]:
        villages = self._spaces[side].villages
        return [None if node is None else villages.term(node) for node in claim.share.parts[1:]]

    def _same_amount(self, old: _Claim, new: _Claim) -> bool:
        """Whether the pools' amounts are equal for any group: equal sums, and equal made of them."""
        sums = [_Sums(n, self._spaces[n]) for n in (0, 1)]
        terms = [s.term(c.share.pool) for s, c in zip(sums, (old, new), strict=True)]
        pairs = product(sums[0].sums, sums[1].sums)
        claimant = self._claimant_beside(old)
        same = [a[1] == b[1] for a, b in pairs if self._same_sum(a, b, claimant)]
        known = [s[1] >= 0 for expression in sums for s in expression.sums if s[0].op == "count"]
        return self._village(*same, *known, *self._equal, terms[0] != terms[1]) is None

    def _claimant_beside(self, claim: _Claim) -> Term:
        """That some village of the same group has a claim, else its pool is of no account."""
        per = claim.share.group
        programme, rule = claim.pooled.programme, claim.pooled.rule
        if rule is None or per == ALL:
            return z3.BoolVal(True, self._context)
        if per == VILLAGE:
            return claim.claims
        facts = self._plans[0].policy.facts
        beside = {
            id_: smt.variable(f"{id_}!beside", fact.type, self._context)
            for id_, fact in facts.items()
        }
        beside[per] = self._old.facts[per]
        return self._old.on_facts(beside, "!beside").decides(programme, rule)

    def _same_sum(
        self, a: tuple[Aggregate, Term], b: tuple[Aggregate, Term], claimant: Term
    ) -> bool:
        """Whether every village beside a claimant adds as much to the one sum as to the other."""
        terms = [
            space.villages.term(node) for space, (node, _) in zip(self._spaces, (a, b), strict=True)
        ]
        row = self._village(claimant, terms[0] != terms[1], *self._equal)
        if row is not None:
            self._counted = row
        return row is None

    def _claim(self, side: int, pooled: Pooled) -> _Claim:
        if pooled.rule is None:
            return _Claim(side, pooled, z3.BoolVal(True, self._context))
        villages = self._spaces[side].villages
        return _Claim(side, pooled, villages.decides(pooled.programme, pooled.rule))

    def _rosters(self, row: Row | None, old: _Claim, new: _Claim) -> list[list[Row | None]]:
        """Rosters to try: the village alone, beside others of its group, and beside one of another.

        A village that could take more than a pool of its own has, beside one that takes little, shows a
        pool of another extent.
        """
        if row is None:
            return [[None]]
        # the other plan may not know what the weight counts
        villages = self._spaces[old.side].villages
        weight, amount = villages.term(old.share.by), villages.term(old.share.pool)
        near = self._beside(row, {old.share.group, new.share.group})
        beside, more, less = (
            near(old.claims, condition)
            for condition in (weight > 0, weight > amount, weight * 2 < amount)
        )
        apart = self._beside(row, {old.share.group, new.share.group}, apart=True)
        away = apart(old.claims, weight * 2 < amount)
        return [
            [row], [row, beside], [row, more], [more, less], [more, away], [more, away, away], [row, away],
            [more, self._counted], [row, row, beside, more, away, self._counted],
        ]  # fmt: skip

    def _beside(
        self, row: Row, groups: Set[str], *, apart: bool = False
    ) -> Callable[..., Row | None]:
        """Finds villages of a village's group, or of another, that meet conditions."""
        per = next((group for group in groups if group in row), None)
        if per is None:
            return self._village
        text, fact = str(row[per]), self._old.facts[per]
        known = self._old.codes.knows(text)
        same = fact == self._old.codes.of(text) if known else fact < 0
        away = fact != self._old.codes.of(text) if known else fact < 0

        def find(*conditions: Term) -> Row | None:
            village = self._village(*conditions, away if apart else same)
            if village is not None and not known:
                village[per] = f"{text}二" if apart else text  # any text that no rule names
            return village

        return find


class _Sums:
    """A pool's expression with each sum over the group as a number of its own."""

    def __init__(self, side: int, space: Space) -> None:
        self._side, self._space = side, space
        self.sums: list[tuple[Aggregate, Term]] = []

    def term(self, node: Node) -> Term:
        """The expression's term."""
        node = self._named(node)
        sums = {str(term): term for _, term in self.sums}
        return self._space.on_facts({**self._space.facts, **sums}, "").term(node)

    def _named(self, node: Node) -> Node:
        if not isinstance(node, Aggregate):
            return rebuild(node, self._named)
        name = f"sum!{self._side}!{len(self.sums)}"
        self.sums.append((node, z3.Int(name, self._space.sides.context)))
        return Name(node.type, node.at, name, "fact")


def _usual(plan: Plan) -> Row:
    """A village of nothing but defaults and examples."""
    row: Row = {}
    for id_, fact in plan.policy.facts.items():
        wish = fact.default if fact.default is not None else fact.example
        if wish is None:
            wish = empty_value(fact.type) if fact.low is None else fact.low
        row[id_] = wish
    return row


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
        hows = {judged.how for judged in self.judged}
        if "differs" in hows:
            return False
        return None if "unknown" in hows else True


def prove(versions: tuple[Version, Version]) -> Verdict:
    """Whether two versions give every possible village the same outputs. Raises PolicyProblem."""
    old, new = versions
    old_plan, new_plan = old.plan(), new.plan()
    verdict = Verdict(old, new)
    asker = _Asker(old_plan, new_plan)
    for output in _outputs(old_plan, new_plan):
        judged, difference = asker.judge(output)
        verdict.judged.append(judged)
        if difference is not None and verdict.difference is None:
            verdict.difference = difference
    return verdict


def _outputs(old: Plan, new: Plan) -> Iterator[Output]:
    seen: dict[str, Output] = {}
    for plan in (old, new):
        for programme in plan.policy.listed_programmes:
            for output in programme.outputs:
                seen.setdefault(output.id, output)
    return iter(seen.values())


def _one_thing(old: Fact, new: Fact) -> bool:
    """Whether a value of one fact may stand for the other too."""
    return (old.type, old.called) == (new.type, new.called)


def _read_blank(fact: Fact) -> Value | None:
    """What a roster says that leaves a fact blank; None where it is refused."""
    if fact.required or fact.default is not None:
        return fact.default
    return empty_value(fact.type)


class _Asker:
    """Puts the questions about two plans, as few as may be."""

    def __init__(self, old: Plan, new: Plan) -> None:
        self._plans = (old, new)
        self._owners = tuple(
            {o.id: p for p in plan.programmes for o in p.outputs} for plan in self._plans
        )
        self._twin: Twin | None = None

    def judge(self, output: Output) -> tuple[Judged, Difference | None]:
        """How one output stands."""
        id_, title = output.id, output.title
        sides = [owner.get(id_) for owner in self._owners]
        if sides[0] is None or sides[1] is None:
            why = words("versions.only_new" if sides[0] is None else "versions.only_old")
            return Judged(id_, title, "differs", why), None
        declared = [next(o for o in p.outputs if o.id == id_) for p in sides if p]
        if len({(o.type, o.payer, o.charge, o.per) for o in declared}) > 1:
            why = words("versions.another_kind")
            return Judged(id_, title, "differs", why), None
        old, new = (cone(plan, id_) for plan in self._plans)
        facts = [(a, new.facts[id_]) for id_, a in old.facts.items() if id_ in new.facts]
        if old.meaning == new.meaning and all(_one_thing(*pair) for pair in facts):
            judged, difference = Judged(id_, title, "same"), None
        else:
            judged, difference = self._ask(output, [old.pools, new.pools])
        blank = [a.called for a, b in facts if _read_blank(a) != _read_blank(b)]
        if blank and judged.how in ("same", "proved"):
            why = words("versions.other_defaults", listed=", ".join(blank))
            judged = Judged(id_, title, "unknown", why)
        return judged, difference

    def _ask(
        self, output: Output, pools: Sequence[Sequence[Pooled]]
    ) -> tuple[Judged, Difference | None]:
        other = self._other_facts()
        if other:
            why = words("versions.other_facts", listed=", ".join(other))
            return Judged(output.id, output.title, "unknown", why), None
        if self._twin is None:
            self._twin = Twin(*self._plans)
        twin, unknown = self._twin, False
        pooled = any(pools)
        try:
            row = twin.alone(output) if pooled else twin.apart_from_pools(output)
        except Undecided:
            row, unknown = None, True
        difference = self._replayed([row], output.id) if row is not None else None
        if difference is not None:
            return Judged(output.id, output.title, "differs"), difference
        if row is not None or (unknown and not pooled):
            return self._unsure(output, replayed=row is not None), None
        if not pooled:
            return Judged(output.id, output.title, "proved"), None
        return self._ask_pooled(twin, output, pools)

    def _other_facts(self) -> list[str]:
        """Facts of both policies that are not the same thing: no village has one value for both."""
        old_facts, new_facts = (plan.policy.facts for plan in self._plans)
        return [
            fact.called
            for id_, fact in old_facts.items()
            if id_ in new_facts and not _one_thing(fact, new_facts[id_])
        ]

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
            difference = self._replayed(roster, output.id)
            if difference is not None:
                return Judged(output.id, output.title, "differs"), difference
        return self._unsure(output, replayed=True), None

    def _replayed(self, rows: list[Row | None], output: str) -> Difference | None:
        villages = [row for row in rows if row is not None]
        shown = _replay(*self._plans, villages)
        return Difference(shown, output) if shown.differs(output) else None

    def _unsure(self, output: Output, *, replayed: bool) -> Judged:
        why = words("versions.not_shown" if replayed else "versions.no_answer")
        return Judged(output.id, output.title, "unknown", why)

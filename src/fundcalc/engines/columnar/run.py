"""Run a plan on whole columns: the steps of each decision in the core, each a column or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, reduce
from itertools import pairwise
from typing import assert_never, cast

import numpy as np

from fundcalc.base import dataclass
from fundcalc.base.money import INT64_MAX
from fundcalc.base.sharing import group_name, makers
from fundcalc.core import nodes as core
from fundcalc.core.decision import (
    Agree,
    Allot,
    AtLeastOne,
    AtMostOne,
    Decision,
    Define,
    Gather,
    Output,
    Share,
    Step,
)
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.core.nodes import Group, Node
from fundcalc.engines import totals
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import (
    Anomaly,
    Array,
    Bools,
    Codes,
    Column,
    Lists,
    Lowered,
    Tables,
    Words,
    bools,
    coded,
    equal,
    full,
    put,
    rooms,
    some,
)
from fundcalc.engines.columnar.views import Decided, plain
from fundcalc.engines.result import Lazy, PoolUse
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Value, names
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, limits, lowered, planned_expressions


@dataclass(frozen=True, slots=True)
class _Grouping:
    """Each village's group, in order of first appearance; how many there are, and what they are called.

    `own` has the facts that make the groups, by group, since a pool may name them.
    """

    group: Array
    many: int
    name: Callable[[int], str]
    own: Mapping[str, Column] = field(default_factory=dict)


class Pools:
    """Shares pools among villages; `rank` gives the villages' places by code."""

    def __init__(
        self,
        env: Mapping[str, Column],
        villages: int,
        rank: Callable[[], Array],
        *,
        record: bool = True,
    ) -> None:
        """`record` says whether each pool's use is wanted."""
        self._record = record
        self._env = env
        self._villages = villages
        self._rank = rank

    def share(
        self, lowered: Lowered, programme: str, step: Allot, claims: Bools
    ) -> tuple[Array, list[PoolUse]]:
        """Every village's share in fen, 0 for those without a claim, and the groups' pools.

        Raises Anomaly where an amount, a weight or a cap is negative or leaves 64 bits.
        """
        share = step.share
        grouping = self._grouping(share.per)
        group, groups = grouping.group, grouping.many
        everyone = bool(claims.all())
        at = slice(None) if everyone else np.flatnonzero(claims)
        own_group = group[at]
        weights = self._weights(lowered, share.by, claims)[at]
        caps = floors = None
        if share.at_most is not None:
            same = share.at_most == share.by
            caps = weights if same else self._weights(lowered, share.at_most, claims)[at]
        added = totals.Sums(own_group, groups)
        claimed = added.counts()
        needed = np.ones(1, dtype=np.bool_) if share.per == "all" else claimed > 0
        pools = self._amounts(lowered, share, grouping, needed)
        self._refuse(pools[needed])
        if share.at_least is not None:
            floors = self._weights(lowered, share.at_least, claims)[at]
            if (added.of(floors) > pools).any():
                raise Anomaly
            if caps is not None and (floors > caps).any():
                raise Anomaly
        shares = sharing.share(pools, own_group, weights, (caps, floors), lambda: self._rank()[at])
        by_village = shares
        if not everyone:
            by_village = np.zeros(self._villages, dtype=np.int64)
            by_village[at] = shares
        if not self._record:
            return by_village, []
        head = (programme, step.item, share.per)
        counted = (claimed if everyone else totals.Sums(group, groups).counts(), claimed)
        return by_village, _uses(head, grouping.name, pools, counted, added, (weights, shares))

    def _grouping(self, per: str) -> _Grouping:
        if per == "all":
            return _Grouping(np.zeros(self._villages, dtype=np.int64), 1, lambda group: "")
        if per == "village":
            return _Grouping(np.arange(self._villages), self._villages, str)
        by = {id_: cast("Words", self._env[id_]) for id_ in makers(per)}
        if len(by) == 1:
            [words] = by.values()
            many = len(words.table)
            own: dict[str, Column] = {per: Words(np.arange(many), words.table)}
            return _Grouping(np.asarray(words.codes), many, words.table.__getitem__, own)
        group, first = self._alike(list(by.values()))
        order = np.argsort(first)  # of first appearance
        group, first = np.argsort(order)[group], first[order]
        own = {id_: Words(np.asarray(words.codes)[first], words.table) for id_, words in by.items()}
        texts = [
            [words.table[code] for code in np.asarray(words.codes)[first]] for words in by.values()
        ]
        names = list(map(group_name, zip(*texts, strict=True)))
        return _Grouping(group, len(names), names.__getitem__, own)

    def _amounts(self, lowered: Lowered, share: Share, grouping: _Grouping, needed: Bools) -> Array:
        """Each group's pool, 0 where it is not asked for."""
        group, groups = grouping.group, len(needed)

        def total(part: Group) -> Array:
            counted = lowered.truth(part.where)
            numbers = lowered.number(part.item, counted)
            if isinstance(numbers, int) and abs(numbers) * self._villages <= INT64_MAX:
                return totals.total(bools(counted, self._villages), group, groups) * numbers
            numbers = full(numbers, self._villages)
            among = np.where(counted, numbers, 0)
            return totals.total(among, group, groups)

        amounts = full(Lowered(grouping.own, groups, total).number(share.pool, needed), groups)
        return amounts if needed.all() else np.where(needed, amounts, 0)

    def _alike(self, columns: Sequence[Words]) -> tuple[Array, Array]:
        """The group of each village, of those that are alike in all columns, and each group's first."""
        group: Array = np.zeros(self._villages, dtype=np.int64)
        first = group[:1]
        for words in columns:
            codes = group * len(words.table) + words.codes
            _, first, group = np.unique(codes, return_index=True, return_inverse=True)
        return group, first

    def gathered(self, lowered: Lowered, step: Gather) -> Array:
        """Every village's value of those that are alike in `per`. Raises Anomaly where one has no item."""
        words = [cast("Words", self._env[name.id]) for name in step.per]
        group, first = self._alike(words)
        groups = len(first)
        node = step.group
        counted = bools(lowered.truth(node.where), self._villages)
        ranked = node.op == "rank"
        numbers = lowered.number(node.item, True if ranked else counted)
        if not isinstance(numbers, np.ndarray):
            numbers = np.full(self._villages, numbers)
        if node.op == "sum":
            return totals.total(np.where(counted, numbers, 0), group, groups)[group]
        order = np.lexsort((sharing.ranked(numbers), group))
        if ranked:
            return _ranks(numbers, counted, group, order[::-1])
        order = order[counted[order]]
        if node.op == "greatest":
            order = order[::-1]
        extremes = np.zeros(groups, dtype=numbers.dtype)
        present, first = np.unique(group[order], return_index=True)
        extremes[present] = numbers[order[first]]
        return extremes[group]

    def _weights(self, lowered: Lowered, node: Node, claims: Bools) -> Array:
        values = full(lowered.number(node, claims), self._villages)
        if node.bounds.low < 0 and bool((claims & (values < 0)).any()):
            raise Anomaly
        return values

    def _refuse(self, claimed: Array) -> None:
        """A negative pool that somebody claims is an anomaly; so is one of 64 bits at its end."""
        if len(claimed) and (claimed.min() < 0 or claimed.max() > INT64_MAX // 2):
            raise Anomaly


def _ranks(numbers: Array, counted: Bools, group: Array, order: Array) -> Array:
    """One more than the villages of the group that count and have a greater number.

    `order` has groups one after another, the numbers of each falling.
    """
    before: Array = np.cumsum(counted[order]) - counted[order]
    other = group[order][1:] != group[order][:-1]
    lower = other | (numbers[order][1:] != numbers[order][:-1])

    def at_first(starts: Bools) -> Array:
        first = np.flatnonzero(np.r_[True, starts])
        return np.repeat(before[first], np.diff(np.r_[first, len(order)]))

    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = 1 + at_first(lower) - at_first(other)
    return ranks


def _uses(
    head: tuple[str, str, str],
    names: Callable[[int], str],
    pools: Array,
    counted: tuple[Array, Array],
    added: totals.Sums,
    shared: tuple[Array, Array],
) -> list[PoolUse]:
    """The use of each pool with claims, in order of first appearance; `all` always.

    `counted` has the villages and the claims of each group, `shared` weight and share of each claim.
    """
    villages, claimed = counted
    weights, shares = shared
    at = np.flatnonzero(claimed) if head[2] != "all" else np.zeros(1, dtype=np.int64)
    parts = (pools, villages, added.of(weights > 0), added.of(weights), added.of(shares))
    rows = zip(at.tolist(), *(part[at].tolist() for part in parts), strict=True)
    return [PoolUse(*head, names(g), *row) for g, *row in rows]


class Decider:
    """Works out steps that look at one village at a time; their columns go into the environment."""

    def __init__(
        self,
        env: dict[str, Column],
        villages: int,
        codes: Codes | None = None,
        tables: Tables | None = None,
    ) -> None:
        self._env = env
        self._villages = villages
        self._lowered = Lowered(env, villages, codes=codes, tables=tables)

    def decide(self, step: Alone) -> None:
        """One step. Raises Anomaly where a village cannot be decided."""
        match step:
            case Define():
                self._env[step.name.id] = self._lowered.column(step.node)
            case Output():
                self._env[step.name.id] = self._checked(step)
            case AtMostOne():
                self._at_most_one([self._truth(name) for name in step.conditions])
            case AtLeastOne():
                self._refuse(~reduce(np.logical_or, map(self._truth, step.conditions)))
            case Agree():
                for holds, value in step.cases:
                    differs = core.compare("!=", value, step.result)
                    self._refuse(self._truth(holds) & self._truth(differs))
            case _:
                assert_never(step)

    def refuse_unmet(self, must: Node) -> None:
        """Raise Anomaly where a condition on facts does not hold of a village."""
        self._refuse(~self._truth(must))

    def _truth(self, node: core.Node) -> Bools:
        return bools(self._lowered.truth(node), self._villages)

    def _checked(self, step: Output) -> Column:
        column = self._lowered.column(step.node)
        if step.node.kind in ("number", "date"):
            return full(cast("Array | int", column), self._villages)
        return column

    def _at_most_one(self, conditions: list[Bools]) -> None:
        taken = np.zeros(self._villages, dtype=np.bool_)
        for holds in conditions:
            self._refuse(taken & holds)
            taken |= holds

    def _refuse(self, wrong: Bools) -> None:
        if wrong.any():
            raise Anomaly(int(np.argmax(wrong)))


Alone = Define | Output | AtMostOne | AtLeastOne | Agree
"""Steps that look at one village at a time."""

BLOCK = 65_536
"""Villages that are decided at a time where each stands alone: what is on the way stays in the cache."""


@dataclass(slots=True)
class _Phase:
    """Steps in the order in which they can be taken: of one village at a time, then of all together."""

    alone: list[Alone] = field(default_factory=list)
    whole: list[tuple[str, Allot | Gather]] = field(default_factory=list)
    needed: set[str] = field(default_factory=set)
    """The columns that the steps of one village at a time use."""


def _phases(decisions: Sequence[Decision]) -> list[_Phase]:
    """The steps of several decisions; each stands in the first phase in which all that it uses is there."""
    phases, ready = [_Phase()], dict[str, int]()
    for decision in decisions:
        for step in decision.steps:
            used = {id_ for node in _looked_at(step) for id_ in _ids(node)}
            at = max((ready.get(id_, 0) for id_ in used), default=0)
            if isinstance(step, Allot | Gather):
                phases[at].whole.append((decision.id, step))
                ready[step.name.id] = at + 1
                if at + 1 == len(phases):
                    phases.append(_Phase())
            else:
                phases[at].alone.append(step)
                phases[at].needed |= used
                if isinstance(step, Define | Output):
                    ready[step.name.id] = at
    return phases


def _looked_at(step: Step) -> Sequence[Node]:
    match step:
        case Define() | Output():
            return [step.node]
        case Allot():
            return [*step.share.parts, step.claims]
        case Gather():
            return [step.group, *step.per]
        case AtMostOne() | AtLeastOne():
            return step.conditions
        case Agree():
            return [step.result, *(node for case in step.cases for node in case)]
    assert_never(step)


def _ids(node: Node) -> Iterator[str]:
    left = [node]
    while left:  # a plain loop: of 300 rules by `first` each has all before it
        part = left.pop()
        if isinstance(part, core.Name):
            yield part.id
        else:
            left += part.items if isinstance(part, core.Logic) else core.parts(part)


def _decide_alone(phase: _Phase, env: dict[str, Column], villages: int, later: set[str]) -> None:
    """Take a phase's steps of one village at a time, in blocks where there are many.

    `later` are the columns that somebody looks at afterwards; of blocks no others stay.
    """
    codes, tables = Codes(), Tables()
    if villages <= 2 * BLOCK:
        decider = Decider(env, villages, codes, tables)
        for step in phase.alone:
            decider.decide(step)
        return
    whole: dict[str, Column] = {}
    names = [step.name.id for step in phase.alone if isinstance(step, Define | Output)]
    names = [id_ for id_ in names if id_ in later]
    for start in range(0, villages, BLOCK):
        at = slice(start, min(start + BLOCK, villages))
        part = {id_: some(env[id_], at) for id_ in phase.needed if id_ in env}
        decider = Decider(part, at.stop - start, codes, tables)
        try:
            for step in phase.alone:
                decider.decide(step)
        except Anomaly as problem:
            raise Anomaly(start + (problem.index or 0)) from None
        if start == 0:
            whole = rooms({id_: part[id_] for id_ in names}, villages)
        for id_, column in whole.items():
            put(column, part[id_], at)
    env.update(whole)


def run(plan: Plan, facts: Mapping[str, Sequence[Value]]) -> Decided:
    """Decide all villages. Raises Anomaly where the policy cannot decide one."""
    villages = len(next(iter(facts.values())))
    env: dict[str, Column] = {}
    for id_ in sorted(_used(plan)):
        env[id_] = _column(plan.policy.facts[id_], facts[id_])
    return _decide(plan, env, facts, villages, _Rank(facts, villages))


def again(plan: Plan, base: Decided, only: Collection[str]) -> Decided:
    """Decide some of the programmes under another plan, the others being as they were.

    The use of their pools is not recorded.
    """
    env = dict(base.env)
    for id_ in _used(plan) - set(env):
        env[id_] = _column(plan.policy.facts[id_], base.facts[id_])
    decided = _decide(plan, env, base.facts, base.villages, base.rank, only=only)
    return replace(decided, held={**base.held, **decided.held})


def kept(
    plan: Plan,
    villages: int,
    facts: Mapping[str, Sequence[Value]],
    outputs: Mapping[str, Column],
    held: Mapping[str, Sequence[tuple[str, Bools]]],
    pools: list[PoolUse],
) -> Decided:
    """What was decided before, from its columns; each is asked for when it is used.

    `outputs` need not have values of many rows: they are worked out anew.
    """
    decided = {
        name.id: (decision.id, rule) for decision in plan.core for rule, name in decision.decides
    }

    def column(id_: str) -> Column:
        if id_ in outputs:
            return outputs[id_]
        if id_ not in decided:
            return _column(plan.policy.facts[id_], facts[id_])
        programme, rule = decided[id_]
        return dict(held[programme]).get(rule, np.zeros(villages, dtype=np.bool_))

    env = Lazy([*facts, *outputs, *decided], column)
    known = _within(plan, env, villages)[1]
    base = Decided(villages, env, facts, outputs, held, pools, _Rank(facts, villages), known)
    around = {id_: p.id for p in plan.programmes for id_ in p.around}
    if not around:
        return base

    def gathered(id_: str) -> Column:
        if id_ not in around:
            return outputs[id_]
        return again(plan, base, {around[id_]}).outputs[id_]

    every = Lazy([*outputs, *around], gathered)
    return replace(base, outputs=every)


def differences(base: Decided, other: Decided, output: str) -> Array:
    """The villages for which an output differs, in order."""
    a, b = base.outputs[output], other.outputs[output]
    if isinstance(a, Words) and isinstance(b, Words):
        differs = bools(~np.asarray(equal(a, b, {})), base.villages)
    elif isinstance(a, Lists) and isinstance(b, Lists):
        differs = _other_lists(a, b, base.villages)
    else:
        assert not isinstance(a, Words | Lists) and not isinstance(b, Words | Lists)
        differs = bools(np.not_equal(a, b), base.villages)
    return np.flatnonzero(differs)


def _other_lists(a: Lists, b: Lists, villages: int) -> Bools:
    """Where two columns of lists differ; those of the same constant texts by their conditions."""
    pairs = list(zip(a.parts, b.parts, strict=False))
    texts = [(own, other) for (_, own), (_, other) in pairs]
    fixed = all(isinstance(x.codes, int) and isinstance(y.codes, int) and x == y for x, y in texts)
    if fixed and len(a.parts) == len(b.parts):
        differs = np.zeros(villages, dtype=np.bool_)
        for (own, _), (other, _) in pairs:
            differs |= bools(own, villages) != bools(other, villages)
        return differs
    every = slice(None)
    ones, others = plain(a, villages, every), plain(b, villages, every)
    return np.array([x != y for x, y in zip(ones, others, strict=True)], dtype=np.bool_)


def _decide(
    plan: Plan,
    env: dict[str, Column],
    facts: Mapping[str, Sequence[Value]],
    villages: int,
    rank: Callable[[], Array],
    *,
    only: Collection[str] | None = None,
) -> Decided:
    """Decide the programmes; where only some are wanted, the use of their pools is not recorded."""
    core, known = _within(plan, env, villages)
    decisions = [decision for decision in core if only is None or decision.id in only]
    if only is None and plan.policy.musts:
        desugar, decider = Desugar("must.", plan.constants, known), Decider(env, villages)
        for must in plan.policy.musts:
            decider.refuse_unmet(desugar.node(must.when))
    pools = Pools(env, villages, rank, record=only is None)
    allots = [
        step.name.id for decision in decisions for step in decision.steps if isinstance(step, Allot)
    ]
    uses: dict[str, list[PoolUse]] = {id_: [] for id_ in allots}  # as the policy has them
    phases = _phases(decisions)
    later = {name.id for decision in decisions for _, name in decision.decides}
    later |= {id_ for phase in phases[1:] for id_ in phase.needed}
    later |= {id_ for programme in plan.programmes for id_ in programme.around}
    for phase in phases:
        whole = {id_ for _, step in phase.whole for node in _looked_at(step) for id_ in _ids(node)}
        results = {step.name.id for step in phase.alone if isinstance(step, Output)}
        results |= {  # whether a rule's condition holds may be asked later
            step.name.id
            for step in phase.alone
            if isinstance(step, Define) and step.node.kind == "truth"
        }
        _decide_alone(phase, env, villages, later | whole | results)
        lowered = Lowered(env, villages)
        for programme, step in phase.whole:
            match step:
                case Allot():
                    claims = bools(lowered.truth(step.claims), villages)
                    env[step.name.id], uses[step.name.id] = pools.share(
                        lowered, programme, step, claims
                    )
                case Gather():
                    env[step.name.id] = pools.gathered(lowered, step)
                case _:
                    assert_never(step)
    held = {
        decision.id: [
            (rule, bools(cast("Bools", env[name.id]), villages)) for rule, name in decision.decides
        ]
        for decision in decisions
    }
    outputs = {o.id: env[o.id] for p in plan.programmes for o in p.outputs}
    outputs |= {id_: env[id_] for p in plan.programmes for id_ in p.around if id_ in env}
    pooled = [use for each in uses.values() for use in each]
    return Decided(villages, env, facts, outputs, held, pooled, rank, known)


def _within(
    plan: Plan, env: Mapping[str, Column], villages: int
) -> tuple[tuple[Decision, ...], Mapping[str, Interval]]:
    """The plan in the core with the bounds of its numbers.

    Where the facts' declared ranges would make any number leave 64 bits, the roster's own least and
    greatest values are taken for them; most often 64 bits are enough then.
    """
    if not villages or all(decision.widest.fits_int64 for decision in plan.core):
        return plan.core, plan.bounds
    facts = limits(plan.policy.facts)
    for id_ in facts:
        column = env.get(id_)
        if isinstance(column, np.ndarray):
            facts[id_] = Interval(int(column.min()), int(column.max()))
    return lowered(plan.programmes, plan.constants, facts, villages)


def _used(plan: Plan) -> set[str]:
    used = {id_ for must in plan.policy.musts for id_ in must.facts}
    for programme in plan.programmes:
        for node in planned_expressions(programme):
            used |= {name.id for name in names(node) if name.kind == "fact"}
        used |= {id_ for _, share in programme.shares for id_ in makers(share.group)}
    return used & set(plan.policy.facts)


def _column(fact: Fact, values: Sequence[Value]) -> Column:
    if isinstance(fact.type, Text):
        return coded(values)
    if isinstance(fact.type, YesNo):
        return np.asarray(values, dtype=np.bool_)
    return np.asarray(values, dtype=np.int64)


def _rank_of_series(series: Sequence[object], villages: int) -> Array:
    import polars as pl

    code = series[0]
    assert isinstance(code, pl.Series)
    if code.is_sorted() and bool((code.head(-1) != code.tail(-1)).all()):
        return np.arange(villages)
    frame = pl.DataFrame([column.alias(str(n)) for n, column in enumerate(series)])  # type: ignore[attr-defined]
    order = frame.with_row_index("at").sort(frame.columns, maintain_order=True).get_column("at")
    place = np.empty(villages, dtype=np.int64)
    place[order.to_numpy()] = np.arange(villages)
    return place


@dataclass
class _Rank:
    """Places by code, or by county, town and name where codes are equal or absent; found when asked for."""

    facts: Mapping[str, Sequence[Value]]
    villages: int

    def __call__(self) -> Array:
        return self._places

    @cached_property
    def _places(self) -> Array:
        facts, villages = self.facts, self.villages
        series = [facts[part] for part in ("code", "county", "town", "name") if part in facts]
        if series and all(hasattr(column, "rank") for column in series):
            return _rank_of_series(series, villages)
        keys = [facts[part] for part in ("code", "county", "town", "name") if part in facts]
        rows = list(zip(*keys, strict=True)) if keys else []
        place = np.arange(villages)
        if all(a <= b for a, b in pairwise(rows)):
            return place
        order = sorted(range(villages), key=rows.__getitem__)
        place[np.array(order)] = np.arange(villages)
        return place

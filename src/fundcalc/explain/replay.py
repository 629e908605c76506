"""What a village would get with a fact changed, the rest of the roster as it is.

Programmes without pools are decided anew by the engine's own judge. A pool is shared anew over the
village's group; where one pool feeds another, all villages are run again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.sharing import share
from fundcalc.engines import rows
from fundcalc.engines.judge import Judge
from fundcalc.engines.result import Result, Row, group_of, tie_order
from fundcalc.language.evaluate import DivisionByZero, Evaluation, aggregate_key
from fundcalc.language.nodes import Aggregate, Value, walk
from fundcalc.policy.plan import Plan, PlanProgramme, PlanShare, upstream

MOST_VILLAGES_IN_POOLS = 20_000
"""Above this, what another fact would give out of a pool is not worked out."""

Outcome = tuple[Row, tuple[str, ...]]
"""A village's facts and outputs, and the rules that decide the programme asked about."""


@dataclass(frozen=True)
class Chain:
    """A programme and those whose outputs it uses, in order of computation.

    `per` are the facts by which its pools are grouped, one for each share.
    """

    programmes: tuple[PlanProgramme, ...]

    @cached_property
    def per(self) -> tuple[str, ...]:
        """By which fact each share of a pool is grouped."""
        return tuple(share_.per for one in self.programmes for _, share_ in _shares(one))

    @cached_property
    def feeds_on_pools(self) -> bool:
        """Whether the programmes before the last share pools."""
        return any(one.has_pool for one in self.programmes[:-1])

    @property
    def last(self) -> PlanProgramme:
        """The programme itself."""
        return self.programmes[-1]


def chain_of(plan: Plan, programme: PlanProgramme) -> Chain:
    """The programme and those whose outputs it uses."""
    return Chain(tuple(upstream(plan, programme)))


class Replayer:
    """Decides villages of a result again with other facts."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._judges: dict[str, Judge] = {}
        self._pools: dict[str, _Pool | None] = {}
        self._rows: dict[int, Row] = {}
        self._order: Sequence[int] | None = None

    def row(self, index: int) -> Row:
        """A village's facts and outputs; not to be changed. A result may make its rows anew each time."""
        if index not in self._rows:
            self._rows[index] = self._result.rows[index]
        return self._rows[index]

    def can(self, chain: Chain) -> bool:
        """Whether programmes can be replayed at all."""
        return not chain.per or len(self._result.rows) <= MOST_VILLAGES_IN_POOLS

    def outcome(self, chain: Chain, index: int, change: Mapping[str, Value]) -> Outcome | None:
        """The village under the last programme of a chain; None where no decision is possible."""
        moved = any(per in change for per in chain.per)
        try:
            if len(chain.per) > 1 or moved:
                return self._all_again(chain, index, change)
            row: Row = {**self.row(index), **change}
            fired: tuple[str, ...] = ()
            for one in chain.programmes:
                fired = self._decide(one, index, row)
        except (PolicyProblem, DivisionByZero):
            return None
        return row, fired

    def rules(self, chain: Chain, index: int, change: Mapping[str, Value]) -> tuple[str, ...]:
        """The rules that decide the last programme of a chain; none where no decision is possible."""
        if chain.feeds_on_pools:
            outcome = self.outcome(chain, index, change)
            return outcome[1] if outcome is not None else ()
        row: Row = {**self.row(index), **change}
        try:
            for one in chain.programmes[:-1]:
                self._decide(one, index, row)
            judge = self._judge(chain.last)
            return judge.fired(judge.matches(row), row)
        except (PolicyProblem, DivisionByZero):
            return ()

    def _all_again(self, chain: Chain, index: int, change: Mapping[str, Value]) -> Outcome:
        everyone = [dict(row) for row in self._result.rows]
        everyone[index].update(change)
        again = rows.run(self._result.plan, everyone, only={p.id for p in chain.programmes})
        return everyone[index], again.fired[chain.last.id][index]

    def _decide(self, programme: PlanProgramme, index: int, row: Row) -> tuple[str, ...]:
        """Decide one programme; its outputs are written into the row."""
        judge = self._judge(programme)
        fired = judge.fired(judge.matches(row), row)
        pool = self._pool(programme)
        if pool is None:
            judge.settle(row, fired)
            return fired
        output = programme.programme.result.id
        if pool.rule is not None:
            given = pool.share(index, row) if pool.rule in fired else None
            values = [given if id_ == pool.rule else judge.values((id_,), row)[0] for id_ in fired]
            row[output] = judge.combine(fired, [v for v in values if v is not None], row)
        else:
            row[output] = judge.combine(fired, judge.values(fired, row) if fired else (), row)
        for place, also in enumerate(programme.also):
            if also.share is None:
                judge.further(row, place)
            else:
                row[also.output.id] = pool.share(index, row)
        return fired

    def _judge(self, programme: PlanProgramme) -> Judge:
        if programme.id not in self._judges:
            self._judges[programme.id] = Judge(self._result.plan, programme)
        return self._judges[programme.id]

    def _pool(self, programme: PlanProgramme) -> _Pool | None:
        if programme.id not in self._pools:
            if not programme.has_pool:
                self._pools[programme.id] = None
                return None
            if self._order is None:
                self._order = tie_order(self._result.rows)
            item, share_ = next(_shares(programme))
            rule = item if any(one.id == item for one in programme.rules) else None
            judge = self._judge(programme)
            fired = self._result.fired[programme.id]
            self._pools[programme.id] = _Pool(self.row, fired, judge, share_, rule, self._order)
        return self._pools[programme.id]


def _shares(programme: PlanProgramme) -> Iterator[tuple[str, PlanShare]]:
    for rule in programme.rules:
        if rule.share is not None:
            yield rule.id, rule.share
    for also in programme.also:
        if also.share is not None:
            yield also.output.id, also.share


@dataclass
class _Group:
    """Who claims in one group, in the order in which ties are broken, with weights and caps."""

    claims: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    caps: list[int | None] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)


class _Pool:
    """One share over all its groups, ready to be shared anew when one village changes."""

    def __init__(
        self, row_of: Callable[[int], Row], fired: Sequence[tuple[str, ...]], judge: Judge,
        share_: PlanShare, rule: str | None, order: Sequence[int],
    ) -> None:  # fmt: skip
        self.rule = rule
        self._row = row_of
        self._judge = judge
        self._per = share_.per
        self._amount = judge.compile(share_.pool)
        self._by = judge.compile(share_.by)
        self._cap = judge.compile(share_.at_most) if share_.at_most is not None else None
        self._sums = [
            _Sum(judge, node) for node in walk(share_.pool) if isinstance(node, Aggregate)
        ]
        self._rank = {index: place for place, index in enumerate(order)}
        self._groups: dict[str, _Group] = {}
        for index in order:
            row = row_of(index)
            group = self._groups.setdefault(group_of(row, self._per, index), _Group())
            for one in self._sums:
                group.sums[one.key] = group.sums.get(one.key, 0) + one.of(row)
            if rule is None or rule in fired[index]:
                group.claims.append(index)
                group.weights.append(_int(self._by(row)))
                group.caps.append(_int(self._cap(row)) if self._cap is not None else None)

    def share(self, index: int, row: Row) -> int:
        """What the village gets, in fen, if its row were this one."""
        weight = _int(self._by(row))
        group = self._groups[group_of(row, self._per, index)]
        before = self._row(index)
        sums = {one.key: group.sums[one.key] - one.of(before) + one.of(row) for one in self._sums}
        amount = _int(self._amount(sums))
        cap = _int(self._cap(row)) if self._cap is not None else None
        self._judge.check(self._judge.programme.programme.result.id, amount, row)
        if min(amount, weight, 0 if cap is None else cap) < 0:
            raise PolicyProblem([])
        if not weight:
            return 0
        at = bisect_left(group.claims, self._rank[index], key=self._rank.__getitem__)
        mine = at < len(group.claims) and group.claims[at] == index
        weights = [*group.weights[:at], weight, *group.weights[at + mine :]]
        caps = [*group.caps[:at], cap, *group.caps[at + mine :]]
        return share(amount, weights, caps)[at]


class _Sum:
    """A `count` or `sum` in a pool: what one village adds to it."""

    def __init__(self, judge: Judge, node: Aggregate) -> None:
        self.key = aggregate_key(node)
        self._item: Evaluation | None = judge.compile(node.item) if node.item is not None else None
        self._where = judge.compile(node.where) if node.where is not None else None

    def of(self, row: Row) -> int:
        if self._where is not None and not self._where(row):
            return 0
        return _int(self._item(row)) if self._item is not None else 1


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value

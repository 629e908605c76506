"""Settling a programme that shares pools: groups, amounts, weights and caps, then exact shares."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.sharing import share
from fundcalc.base.words import Words
from fundcalc.engines import messages
from fundcalc.engines.judge import Fired, Judge
from fundcalc.engines.result import PoolUse, Row, group_of, label
from fundcalc.language.evaluate import DivisionByZero, Evaluation, aggregate_key
from fundcalc.language.nodes import Aggregate, Value, walk
from fundcalc.policy.plan import PlanShare

_POOL = Words("资金池", "pool")
_WEIGHT = Words("权重", "weight")
_CAP = Words("上限", "cap")


def settle(
    judge: Judge, rows: Sequence[Row], fired: Sequence[Fired], order: Sequence[int]
) -> list[PoolUse]:
    """Write the outputs of a programme with pools into all rows; returns its pools.

    `order` lists the villages by code, which breaks ties between equal remainders.
    """
    pools: list[PoolUse] = []
    shared: dict[str, dict[int, int]] = {}
    for rule in judge.programme.rules:
        if rule.share is not None:
            claims = [i for i in order if rule.id in fired[i]]
            sharing = Sharing(judge, rule.share, rule.id, rule.rule.span)
            shared[rule.id], found = sharing.run(rows, claims)
            pools += found
    for index, row in enumerate(rows):
        row[judge.programme.programme.result.id] = _result(judge, row, index, fired[index], shared)
    for position, also in enumerate(judge.programme.also):
        if also.share is None:
            for row in rows:
                judge.further(row, position)
            continue
        sharing = Sharing(judge, also.share, also.output.id, also.output.span)
        shares, found = sharing.run(rows, order)
        pools += found
        for index, row in enumerate(rows):
            row[also.output.id] = shares[index]
    return pools


def _result(
    judge: Judge, row: Row, index: int, fired: Fired, shared: dict[str, dict[int, int]]
) -> Value:
    values = [
        shared[id_][index] if id_ in shared else judge.values((id_,), row)[0] for id_ in fired
    ]
    return judge.combine(fired, values, row)


class Sharing:
    """One share of a rule or output, over all its groups."""

    def __init__(self, judge: Judge, plan: PlanShare, item: str, span: Span) -> None:
        self._judge = judge
        self._plan = plan
        self._item = item
        self._span = span
        self._pool = judge.compile(plan.pool)
        self._by = judge.compile(plan.by)
        self._cap = judge.compile(plan.at_most) if plan.at_most is not None else None
        self._aggregates = [
            (
                aggregate_key(node),
                judge.compile(node.item) if node.item is not None else None,
                judge.compile(node.where) if node.where is not None else None,
            )
            for node in walk(plan.pool)
            if isinstance(node, Aggregate)
        ]

    def run(
        self, rows: Sequence[Row], claims: Sequence[int]
    ) -> tuple[dict[int, int], list[PoolUse]]:
        """Shares by village for those that claim, and the pools of their groups."""
        per = self._plan.per
        members: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            members.setdefault(group_of(row, per, index), []).append(index)
        claimants: dict[str, list[int]] = {"": []} if per == "all" else {}
        for index in claims:
            claimants.setdefault(group_of(rows[index], per, index), []).append(index)
        shares: dict[int, int] = {}
        pools = [
            self._group(group, members.get(group, []), claimants[group], rows, shares)
            for group in sorted(claimants, key=lambda g: members.get(g, [-1])[0])
        ]
        return shares, pools

    def _group(
        self,
        group: str,
        members: Sequence[int],
        claims: Sequence[int],
        rows: Sequence[Row],
        shares: dict[int, int],
    ) -> PoolUse:
        amount = self._amount(group, [rows[i] for i in members])
        weights = [self._number(self._by, rows[i], _WEIGHT) for i in claims]
        caps = [
            self._number(self._cap, rows[i], _CAP) if self._cap is not None else None
            for i in claims
        ]
        given = share(amount, weights, caps)
        shares.update(zip(claims, given, strict=True))
        return PoolUse(
            self._judge.id, self._item, self._plan.per, group, amount,
            len(members), sum(1 for w in weights if w), sum(weights), sum(given),
        )  # fmt: skip

    def _amount(self, group: str, members: Sequence[Row]) -> int:
        """The group's pool in fen."""
        values: Row = {}
        try:
            for key, item, where in self._aggregates:
                counted = [row for row in members if where is None or where(row)]
                values[key] = sum([_int(item(row)) for row in counted]) if item else len(counted)
            amount = _int(self._pool(values))
        except DivisionByZero:
            raise PolicyProblem([messages.division_by_zero(self._span, group or "all")]) from None
        if amount < 0:
            raise PolicyProblem(
                [messages.negative_share(self._span, _POOL, amount, group or "all")]
            )
        self._judge.check(self._judge.programme.programme.result.id, amount, {"name": group})
        return amount

    def _number(self, evaluate: Evaluation, row: Row, what: Words) -> int:
        try:
            value = _int(evaluate(row))
        except DivisionByZero:
            raise PolicyProblem([messages.division_by_zero(self._span, label(row))]) from None
        if value < 0:
            raise PolicyProblem([messages.negative_share(self._span, what, value, label(row))])
        return value


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value

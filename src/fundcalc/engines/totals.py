"""What a computation adds up to, wherever it was computed: counts and sums, amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.money import INT64_MAX, divide
from fundcalc.base.words import Words
from fundcalc.engines.result import Changed, Result
from fundcalc.language.datatypes import Number, adds_up
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Output, Policy, Programme

Array = NDArray[Any]
Numbers = NDArray[np.int64]

MOST_VALUES = 20
"""Values of a result that are told with their villages."""

_LONG = 8
"""Villages of a run on average from which it is worth it to add up runs first."""

COUNTY = "county"
"""The fact by which amounts are added up."""


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """One county: its villages and the total of each output that is added up, in smallest units."""

    name: str
    villages: int
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided once for a group of rows: who the group is, its county, its rows.

    `values` has the outputs of all programmes that decide for such groups, `fired` their rules that decided.
    """

    group: tuple[str, ...]
    county: str
    villages: int
    values: Mapping[str, Value]
    fired: Mapping[str, tuple[str, ...]]


def firsts(
    result: Result, per: Sequence[str], at: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """The first row of each group of rows that have the same in all of `per`, and how many rows each has.

    They stand in order of appearance. With `at` only these rows count.
    """
    codes = np.zeros(len(result.rows) if at is None else len(at), dtype=np.int64)
    for fact in per:
        own, names = result.groups(fact)
        both = codes * len(names) + (own if at is None else own[at])
        codes = np.unique(both, return_inverse=True)[1]
    _, first_rows, counts = np.unique(codes, return_index=True, return_counts=True)
    ordered = np.argsort(first_rows)
    return first_rows[ordered], counts[ordered]


def decisions(result: Result) -> dict[tuple[str, ...], list[Decision]]:
    """What is decided for groups of rows, by the facts that make the groups."""
    by_facts: dict[tuple[str, ...], list[Decision]] = {}
    for per, programmes in of_groups(result.plan.policy).items():
        at, counts = firsts(result, per)
        names = [[str(text) for text in result.at(id_, at)] for id_ in per]
        counties = [""] * len(at)
        if COUNTY in result.plan.policy.facts:
            counties = [str(text) for text in result.at(COUNTY, at)]
        values = {o.id: result.at(o.id, at) for programme in programmes for o in programme.outputs}
        fired = {
            programme.id: [(id_, mask[at]) for id_, mask in result.held(programme.id)]
            for programme in programmes
        }
        by_facts[per] = [
            Decision(
                group, counties[n], int(counts[n]), {id_: column[n] for id_, column in values.items()},
                {id_: tuple(r for r, mask in masks if mask[n]) for id_, masks in fired.items()},
            )
            for n, group in enumerate(zip(*names, strict=True))
        ]  # fmt: skip
    return by_facts


def of_groups(policy: Policy) -> dict[tuple[str, ...], list[Programme]]:
    """The programmes that decide once for a group, by the facts that make the groups."""
    by_facts: dict[tuple[str, ...], list[Programme]] = {}
    for programme in policy.listed_programmes:
        if programme.per:
            by_facts.setdefault(programme.per, []).append(programme)
    return by_facts


@dataclass(frozen=True, slots=True)
class GroupChange:
    """An output that is decided once for a group, in one result or both: what of it is another.

    `totals` are of all groups, where they may be added, None of a result that lacks it. `who` has the groups
    of which it is another: by which facts, which it is, what it was and is; None where there is none.
    """

    policies: tuple[Policy, Policy]
    old: Output | None
    new: Output | None
    totals: tuple[int | None, int | None]
    who: list[tuple[tuple[str, ...], tuple[str, ...], Value | None, Value | None]]

    @property
    def output(self) -> Output:
        """It, as the newer of the results that have it says it."""
        newer = self.new or self.old
        assert newer is not None
        return newer

    def over(self, share: Decimal) -> bool:
        """Whether more than a share of the old total moves."""
        old, new = (amount or 0 for amount in self.totals)
        return abs(new - old) > share * abs(old)


def group_changes(old: Result, new: Result) -> list[GroupChange]:
    """What is decided once for a group in two results; groups are matched by facts and names."""
    (was, olds), (now, news) = _by_output(old), _by_output(new)
    changes: list[GroupChange] = []
    for id_ in dict.fromkeys([*now, *was]):
        old_output, new_output = was.get(id_), now.get(id_)
        before, after = olds.get(id_, {}), news.get(id_, {})
        totals = (_whole(old_output, before), _whole(new_output, after))
        who = [
            (*key, before.get(key), after.get(key))
            for key in dict.fromkeys([*after, *before])
            if _exact(before.get(key), old_output) != _exact(after.get(key), new_output)
        ]
        changes.append(
            GroupChange((old.plan.policy, new.plan.policy), old_output, new_output, totals, who)
        )
    return changes


_Values = dict[tuple[tuple[str, ...], tuple[str, ...]], Value]
"""By the facts that make a group and its names in them."""


def _by_output(result: Result) -> tuple[dict[str, Output], dict[str, _Values]]:
    """What is decided once for groups, and its values by group."""
    by_output: dict[str, _Values] = {}
    for per, groups in decisions(result).items():
        for decision in groups:
            for id_, value in decision.values.items():
                by_output.setdefault(id_, {})[per, decision.group] = value
    return {output.id: output for output in result.plan.policy.group_outputs}, by_output


def _whole(output: Output | None, values: _Values) -> int | None:
    if output is None or not adds_up(output.type):
        return None
    return sum(value for value in values.values() if isinstance(value, int))


def _exact(value: Value | None, output: Output | None) -> object:
    """A value as two policies have it alike: a number with its unit, whatever its decimals."""
    if output is None or not isinstance(output.type, Number) or not isinstance(value, int):
        return value
    return Fraction(value, 10 ** (output.type.decimals or 0)), output.type.unit


def sums(
    result: Result, output: str, at: Numbers | None = None, group: Numbers | None = None, groups: int = 1
) -> list[int]:  # fmt: skip
    """The sum of a number over the villages of each group, whatever its size; of all where there are none.

    `at` are the villages that count, all of them without it; `group` has the group of each of these. What
    is decided once for several villages counts once, where the first of them stands.
    """
    per = _per(result, output)
    if per:
        first, _ = firsts(result, per, at)
        at, group = first if at is None else at[first], None if group is None else group[first]
    values = result.numbers(output) if at is None else result.numbers(output)[at]
    totals = total(values, values if group is None else group, groups)
    return [int(number) for number in totals.tolist()]


def shift(result: Result, output: str, changed: Changed | None) -> int:
    """By how much the sum of a number would be more, below zero less, with what an option changes."""
    if changed is None:
        return 0
    per = _per(result, output)
    now = changed.some(firsts(result, per, changed.at)[0]) if per else changed
    return now.sum() - sums(result, output, changed.at)[0]


def _per(result: Result, output: str) -> tuple[str, ...]:
    """By what a number is decided once for a group; nothing where each village has its own."""
    return next((o.per for o in result.plan.policy.group_outputs if o.id == output), ())


class Sums:
    """Sums by group of values that stand as the groups do.

    Villages of one group mostly stand together, so that what stands together is added up first.
    """

    def __init__(self, group: Array, groups: int) -> None:
        self._group, self._groups = group, groups

    @cached_property
    def _runs(self) -> tuple[Array, Array] | None:
        """Where each run of one group begins, and its group; None where runs are short."""
        group = self._group
        if not len(group):
            return None
        starts = np.r_[0, np.flatnonzero(group[1:] != group[:-1]) + 1]
        return (starts, group[starts]) if len(starts) * _LONG <= len(group) else None

    def of(self, values: Array) -> Array:
        """The sums, in 64 bits where all of them fit, else in Python's integers."""
        groups = self._groups
        if not len(values):
            return np.zeros(groups, dtype=np.int64)
        if values.dtype == np.bool_:
            if groups == 1:
                return np.array([int(np.count_nonzero(values))])
        elif max(abs(int(values.min())), abs(int(values.max()))) * len(values) > INT64_MAX:
            values = values.astype(object)
        if groups == 1:
            return narrow(values.sum(keepdims=True))
        kind, group = (object if values.dtype == object else np.int64), self._group
        out = np.zeros(groups, dtype=kind)
        if values.dtype != object and self._runs is not None:
            starts, group = self._runs
            values = np.add.reduceat(values, starts, dtype=kind)
        np.add.at(out, group, values)
        return narrow(out)

    def counts(self) -> Array:
        """How many there are of each group."""
        if self._groups == 1 or self._runs is None:
            return tally(self._group, self._groups)
        starts, group = self._runs
        out = np.zeros(self._groups, dtype=np.int64)
        np.add.at(out, group, np.diff(starts, append=len(self._group)))
        return out


def total(values: Array, group: Array, groups: int) -> Array:
    """Sums by group, in 64 bits where all of them fit, else in Python's integers."""
    return Sums(group, groups).of(values)


def tally(group: Array, groups: int) -> Array:
    """How many there are of each group."""
    if groups == 1:
        return np.array([len(group)])
    return np.bincount(group, minlength=groups)


def narrow(values: Array) -> Array:
    """Back in 64 bits where all values fit."""
    if values.dtype != object:
        return values
    fine = all(-INT64_MAX <= value <= INT64_MAX for value in values)
    return values.astype(np.int64) if fine else values


def of_all(groups: Sequence[GroupTotals], outputs: Iterable[str]) -> GroupTotals:
    """All counties together."""
    amounts = {id_: sum(group.amounts[id_] for group in groups) for id_ in outputs}
    return GroupTotals("", sum(group.villages for group in groups), amounts)


@dataclass(frozen=True, slots=True)
class PoolTotal:
    """A pool, or all of them where each village has its own: `group` is None for these and for `all`.

    `programme` is the title of the one whose pool it is, `kind` of what it is; `rest_to` says where what is
    left goes.
    """

    programme: Words
    kind: Number
    group: str | None
    pools: int
    amount: int
    used: int
    villages: int
    claims: int
    rest_to: Words | None = None

    @property
    def decimals(self) -> int:
        """Decimals of its amounts."""
        return self.kind.decimals or 0

    @property
    def left(self) -> int:
        """What nobody could take."""
        return self.amount - self.used

    @property
    def mean(self) -> int:
        """What was used divided by the group's villages, rounded half up to its smallest part."""
        return divide(self.used, self.villages, "half up") if self.villages else 0


@dataclass(slots=True)
class Totals:
    """`rules` has the villages of each rule, then of no rule, by programme; `ratios` count and among.

    `hinges` has the villages that hinge on a reading; `moved` of each option not chosen the villages it
    changes, and by how much each output granted would be more or less. `values` has of
    results that are not added up the commonest values, each with its villages. `decisions` are of groups.
    """

    counties: list[GroupTotals]
    rules: dict[str, tuple[list[int], int]]
    ratios: dict[tuple[str, str], tuple[int, int]]
    hinges: dict[str, int]
    hinged_decisions: int
    hinged_villages: int
    assumed: dict[str, int]
    pools: list[PoolTotal] = field(default_factory=list)
    moved: Mapping[tuple[str, str], tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    values: Mapping[str, list[tuple[Value, int]]] = field(default_factory=dict)
    decisions: Mapping[tuple[str, ...], list[Decision]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoolChange:
    """A pool before and after, of a `kind`; `group` is None for a pool of all, or for one a village."""

    programme: Words
    kind: Number
    group: str | None
    old_amount: int
    new_amount: int
    old_used: int
    new_used: int

    @property
    def moves(self) -> bool:
        """Whether it differs."""
        return (self.old_amount, self.old_used) != (self.new_amount, self.new_used)


def pool_changes(old: Result, new: Result) -> list[PoolChange]:
    """Pools by programme and group, those of one village each added up."""
    kinds: dict[tuple[str, str], Number] = {}
    for pool, policy in (
        (pool, result.plan.policy) for result in (old, new) for pool in result.pools
    ):
        kind = policy.programme(pool.programme).shared(pool.item)
        known = kinds.get((pool.programme, pool.item), kind)
        finer = known if (known.decimals or 0) > (kind.decimals or 0) else kind
        kinds[pool.programme, pool.item] = finer

    def added(result: Result) -> dict[tuple[str, str, str | None], tuple[int, int]]:
        by_pool: dict[tuple[str, str, str | None], tuple[int, int]] = {}
        for pool in result.pools:
            group = pool.group if pool.per not in ("village", "all") else None
            amount, used = by_pool.get((pool.programme, pool.item, group), (0, 0))
            key = (pool.programme, pool.item, group)
            own = result.plan.policy.programme(pool.programme).shared(pool.item).decimals or 0
            finer = 10 ** ((kinds[pool.programme, pool.item].decimals or 0) - own)
            by_pool[key] = (amount + pool.amount * finer, used + pool.used * finer)
        return by_pool

    titles = {p.id: p.title for result in (old, new) for p in result.plan.policy.programmes}
    before, after = added(old), added(new)
    keys = dict.fromkeys([*after, *before])
    return [
        PoolChange(
            titles[key[0]], kinds[key[0], key[1]], key[2],
            before.get(key, (0, 0))[0], after.get(key, (0, 0))[0],
            before.get(key, (0, 0))[1], after.get(key, (0, 0))[1],
        )
        for key in sorted(keys, key=lambda k: [*titles].index(k[0]))
    ]  # fmt: skip

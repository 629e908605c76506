"""Run a plan on whole columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np

from fundcalc.core.decision import Decision
from fundcalc.core.interval import Interval
from fundcalc.engines.columnar.decide import Decider
from fundcalc.engines.columnar.pools import Pools
from fundcalc.engines.columnar.values import (
    Array,
    Bools,
    Column,
    Lists,
    Words,
    bools,
    coded,
)
from fundcalc.engines.columnar.views import Decided, plain
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Value, names
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, limits, lowered, planned_expressions


def run(plan: Plan, facts: Mapping[str, Sequence[Value]]) -> Decided:
    """Decide all villages. Raises Anomaly where the policy cannot decide one."""
    villages = len(next(iter(facts.values())))
    env: dict[str, Column] = {}
    for id_ in sorted(_used(plan)):
        env[id_] = _column(plan.policy.facts[id_], facts[id_])
    return _decide(plan, env, facts, villages, _rank(facts, villages))


def again(plan: Plan, base: Decided, only: Collection[str]) -> Decided:
    """Decide some of the programmes under another plan, the others being as they were.

    The use of their pools is not recorded.
    """
    env = dict(base.env)
    for id_ in _used(plan) - set(env):
        env[id_] = _column(plan.policy.facts[id_], base.facts[id_])
    decided = _decide(plan, env, base.facts, base.villages, base.rank, only=only)
    return replace(decided, held={**base.held, **decided.held})


def differences(one: Decided, other: Decided, output: str) -> Array:
    """The villages for which an output differs, in order."""
    a, b = one.outputs[output], other.outputs[output]
    if isinstance(a, Words) and isinstance(b, Words):
        differs = bools(~np.asarray(a.equals(b)), one.villages)
    elif isinstance(a, Lists) and isinstance(b, Lists):
        differs = _other_lists(a, b, one.villages)
    else:
        assert not isinstance(a, Words | Lists) and not isinstance(b, Words | Lists)
        differs = bools(np.not_equal(a, b), one.villages)
    return np.flatnonzero(differs)


def _other_lists(a: Lists, b: Lists, villages: int) -> Bools:
    """Where two columns of lists differ; those of the same constant texts by their conditions."""
    pairs = list(zip(a.parts, b.parts, strict=False))
    texts = [(mine, other) for (_, mine), (_, other) in pairs]
    fixed = all(isinstance(x.codes, int) and isinstance(y.codes, int) and x == y for x, y in texts)
    if fixed and len(a.parts) == len(b.parts):
        found = np.zeros(villages, dtype=np.bool_)
        for (mine, _), (other, _) in pairs:
            found |= bools(mine, villages) != bools(other, villages)
        return found
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
    pools = Pools(env, villages, rank, record=only is None)
    decider = Decider(env, villages, pools)
    held = {one.id: decider.decide(one) for one in core if only is None or one.id in only}
    outputs = {o.id: env[o.id] for p in plan.programmes for o in p.programme.outputs}
    return Decided(villages, env, facts, outputs, held, decider.uses, rank, known)


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
    """The facts that expressions use, and those that group a pool."""
    used: set[str] = set()
    for programme in plan.programmes:
        for node in planned_expressions(programme):
            used |= {name.id for name in names(node) if name.kind == "fact"}
        shares = [r.share for r in programme.rules] + [a.share for a in programme.also]
        used |= {share.per for share in shares if share is not None}
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
    frame = pl.DataFrame([one.alias(str(n)) for n, one in enumerate(series)])  # type: ignore[attr-defined]
    order = frame.with_row_index("at").sort(frame.columns, maintain_order=True).get_column("at")
    place = np.empty(villages, dtype=np.int64)
    place[order.to_numpy()] = np.arange(villages)
    return place


def _rank(facts: Mapping[str, Sequence[Value]], villages: int) -> Callable[[], Array]:
    """Places by code, or by county, town and name where codes are equal or absent."""

    @cache
    def rank() -> Array:
        series = [facts[part] for part in ("code", "county", "town", "name") if part in facts]
        if series and all(hasattr(one, "rank") for one in series):
            return _rank_of_series(series, villages)
        keys = [facts[part] for part in ("code", "county", "town", "name") if part in facts]
        rows = list(zip(*keys, strict=True)) if keys else []
        place = np.arange(villages)
        if all(a <= b for a, b in pairwise(rows)):
            return place
        order = sorted(range(villages), key=rows.__getitem__)
        place[np.array(order)] = np.arange(villages)
        return place

    return rank

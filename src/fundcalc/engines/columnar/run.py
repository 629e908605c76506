"""Run a plan on whole columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from fundcalc.engines.columnar.decide import Decider
from fundcalc.engines.columnar.pools import Pools
from fundcalc.engines.columnar.values import Array, Column, coded, number
from fundcalc.engines.columnar.views import Decided
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Value, names
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, planned_expressions


def run(plan: Plan, facts: Mapping[str, Sequence[Value]]) -> Decided:
    """Decide all villages. Raises Anomaly where the policy cannot decide one."""
    villages = len(next(iter(facts.values())))
    env: dict[str, Column] = {}
    for id_ in sorted(_used(plan)):
        env[id_] = _column(plan.policy.facts[id_], facts[id_])
    pools = Pools(env, plan.constants, villages, _rank(facts, villages))
    decider = Decider(plan, env, villages, pools)
    held = {programme.id: decider.decide(programme) for programme in plan.programmes}
    outputs = {o.id: env[o.id] for p in plan.programmes for o in p.programme.outputs}
    return Decided(villages, env, facts, outputs, held, decider.uses)


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
    return number(np.asarray(values, dtype=np.int64))


def _rank(facts: Mapping[str, Sequence[Value]], villages: int) -> Callable[[], Array]:
    """Places by code, or by county, town and name where codes are equal or absent."""

    @cache
    def rank() -> Array:
        keys = [facts[part] for part in ("code", "county", "town", "name") if part in facts]
        rows = list(zip(*keys, strict=True)) if keys else []
        place = np.arange(villages)
        if all(a <= b for a, b in pairwise(rows)):
            return place
        order = sorted(range(villages), key=rows.__getitem__)
        place[np.array(order)] = np.arange(villages)
        return place

    return rank

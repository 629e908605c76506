"""What would change a decision: for each fact the nearest value at which other rules apply.

Candidates are the edges of the policy's own conditions; every one is replayed through the evaluator,
its pool included, before it is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import rows
from fundcalc.engines.result import Result, Row
from fundcalc.explain.decision import Amount, ChangeSaid
from fundcalc.language.datatypes import Text
from fundcalc.language.edges import edges
from fundcalc.language.nodes import Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme
from fundcalc.policy.plan import upstream as upstream_of

MOST_VILLAGES_TO_REPLAY = 20_000


def would_change(result: Result, index: int, programme: PlanProgramme) -> tuple[ChangeSaid, ...]:
    """The nearest value below and above for each fact, and the other answer of each yes/no."""
    plan = result.plan
    if programme.has_pool and len(result.rows) > MOST_VILLAGES_TO_REPLAY:
        return ()
    upstream = upstream_of(plan, programme)
    found: list[ChangeSaid] = []
    for fact, candidates in _candidates(plan, upstream).items():
        current = result.rows[index][fact]
        for group in _by_side(current, candidates):
            change = _nearest(result, index, programme, upstream, fact, group)
            if change is not None:
                found.append(change)
    return tuple(found)


def _candidates(plan: Plan, upstream: Sequence[PlanProgramme]) -> dict[str, list[Value]]:
    """Values on both sides of every edge, by fact."""
    facts = plan.policy.facts
    ranges = {id_: (fact.low, fact.high) for id_, fact in facts.items()}
    found: dict[str, set[Value]] = {}
    for programme in upstream:
        for rule in programme.rules:
            condition: Node = simplify(rule.when, plan.constants)
            for name, values in (edges([condition], ranges) or {}).items():
                if name in facts and not isinstance(facts[name].type, Text):
                    ends = ranges[name]
                    found.setdefault(name, set()).update(
                        v for v in values if v not in ends or v == 0
                    )
    return {name: sorted(values) for name, values in found.items()}


def _by_side(current: Value, candidates: Sequence[Value]) -> list[list[Value]]:
    """Candidates below, nearest first, and above, nearest first."""
    if isinstance(current, bool):
        return [[not current]]
    assert isinstance(current, int)
    numbers = [c for c in candidates if isinstance(c, int)]
    below = sorted((c for c in numbers if c < current), reverse=True)
    above = sorted(c for c in numbers if c > current)
    return [list(below), list(above)]


def _nearest(
    result: Result, index: int, programme: PlanProgramme, upstream: Sequence[PlanProgramme],
    fact: str, candidates: Sequence[Value],
) -> ChangeSaid | None:  # fmt: skip
    before = result.fired[programme.id][index]
    facts = result.plan.policy.facts
    for value in candidates:
        replayed = _replay(result, index, programme, upstream, {fact: value})
        if replayed is None or replayed[1] == before:
            continue
        row = replayed[0]
        outputs = {
            o.id: Amount(row[o.id], o.type)
            for o in programme.programme.outputs
            if row[o.id] != result.rows[index][o.id]
        }
        if outputs:
            one = facts[fact]
            return ChangeSaid(fact, one.title, Amount(value, one.type), outputs)
    return None


def _replay(
    result: Result, index: int, programme: PlanProgramme, upstream: Sequence[PlanProgramme],
    change: Row,
) -> tuple[Row, tuple[str, ...]] | None:  # fmt: skip
    """The village's row and fired rules with a fact changed; None where no decision is possible."""
    pooled = any(one.has_pool for one in upstream)
    changed: Row = {**result.rows[index], **change}
    if pooled:
        replay = [dict(row) for row in result.rows]
        replay[index] = changed
    else:
        replay = [changed]
    place = index if pooled else 0
    try:
        again = rows.run(result.plan, replay, only={one.id for one in upstream})
    except PolicyProblem:
        return None
    return replay[place], again.fired[programme.id][place]

"""What would change a decision: for each fact the nearest value at which other rules apply.

Candidates are the edges of the policy's own conditions; every one is replayed through the evaluator,
its pool included, before it is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount, ChangeSaid
from fundcalc.explain.replay import Replay
from fundcalc.language.datatypes import Text
from fundcalc.language.edges import edges
from fundcalc.language.nodes import Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme

MOST_VILLAGES_TO_REPLAY = 20_000


def would_change(result: Result, index: int, programme: PlanProgramme) -> tuple[ChangeSaid, ...]:
    """The nearest value below and above for each fact, and the other answer of each yes/no."""
    plan = result.plan
    if programme.has_pool and len(result.rows) > MOST_VILLAGES_TO_REPLAY:
        return ()
    replay = Replay(result, programme)
    found: list[ChangeSaid] = []
    for fact, candidates in _candidates(plan, replay.upstream).items():
        current = result.rows[index][fact]
        for group in _by_side(current, candidates):
            change = _nearest(result, index, replay, fact, group)
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
    result: Result, index: int, replay: Replay, fact: str, candidates: Sequence[Value]
) -> ChangeSaid | None:
    facts = result.plan.policy.facts
    for value in candidates:
        changed = replay.changed(index, {fact: value})
        if changed is None:
            continue
        row = changed[0]
        outputs = {
            o.id: Amount(row[o.id], o.type)
            for o in replay.programme.programme.outputs
            if row[o.id] != result.rows[index][o.id]
        }
        if outputs:
            one = facts[fact]
            return ChangeSaid(fact, one.title, Amount(value, one.type), outputs)
    return None

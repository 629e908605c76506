"""All that an output rests on: the rules and further outputs that decide it, and the pools among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fundcalc.language.nodes import Node, names
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import (
    Plan,
    PlanOutput,
    PlanProgramme,
    PlanRule,
    PlanShare,
    planned_values,
)


@dataclass(frozen=True, slots=True)
class Pooled:
    """A share of a pool, of a rule or of a further output. `id` is how z3's terms call it."""

    id: str
    programme: PlanProgramme
    rule: PlanRule | None
    share: PlanShare


@dataclass(slots=True)
class Cone:
    """What decides an output: cones of equal meaning decide alike. `pools` in order of computation."""

    meaning: list[object]
    pools: list[Pooled]


def cone(plan: Plan, output: str) -> Cone:
    """What an output of a plan rests on."""
    needed, found = {output}, Cone([], [])
    for programme in reversed(plan.programmes):
        for also in reversed(programme.also):
            if also.output.id in needed:
                _take(needed, planned_values(also.value, also.share))
                found.meaning.append((also.output.id, *_also(plan, also)))
                if also.share is not None:
                    found.pools.append(Pooled(also.output.id, programme, None, also.share))
        if programme.programme.result.id in needed:
            _take(needed, _deciding(programme))
            found.meaning.append((programme.id, *_result(plan, programme)))
            found.pools += [
                Pooled(f"{programme.id}.{rule.id}", programme, rule, rule.share)
                for rule in reversed(programme.rules)
                if rule.share is not None
            ]
    found.pools.reverse()
    return found


def _take(needed: set[str], nodes: Iterator[Node]) -> None:
    needed.update(name.id for node in nodes for name in names(node))


def _deciding(programme: PlanProgramme) -> Iterator[Node]:
    for rule in programme.rules:
        yield rule.when
        yield from planned_values(rule.then, rule.share)
    if programme.otherwise is not None:
        yield programme.otherwise


def _result(plan: Plan, programme: PlanProgramme) -> tuple[object, ...]:
    rules = tuple(
        (r.id, _put(plan, r.when), _put(plan, r.then), _pool(plan, r.share))
        for r in programme.rules
    )
    return programme.programme.hit_policy, rules, _put(plan, programme.otherwise)


def _also(plan: Plan, also: PlanOutput) -> tuple[object, ...]:
    return _put(plan, also.value), _pool(plan, also.share)


def _pool(plan: Plan, share: PlanShare | None) -> object:
    if share is None:
        return None
    parts = (_put(plan, node) for node in (share.pool, share.by, share.at_most))
    return share.per, *parts


def _put(plan: Plan, node: Node | None) -> Node | None:
    """An expression with the values of the date in it."""
    return None if node is None else simplify(node, plan.constants)

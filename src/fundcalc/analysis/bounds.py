"""Between which two numbers an expression must lie: interval arithmetic over the facts' ranges."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.base.money import INT64_MAX
from fundcalc.language.datatypes import Date, Number, Type
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Arithmetic,
    Choice,
    Const,
    Extreme,
    Name,
    Negative,
    Node,
    Rescale,
    Round,
)
from fundcalc.language.simplify import simplify
from fundcalc.language.smt import LAST_DAY
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, PlanProgramme, PlanShare

Interval = tuple[int, int]


def outputs(plan: Plan) -> dict[str, Interval]:
    """The interval of every numeric output, for a village alone in its pools."""
    known: dict[str, Interval] = {
        id_: of_fact(fact) for id_, fact in plan.policy.facts.items() if _counts(fact.type)
    }
    found: dict[str, Interval] = {}
    for programme in plan.programmes:
        result = programme.programme.result
        if isinstance(result.type, Number):
            known[result.id] = found[result.id] = _result(plan, programme, known)
        for also in programme.also:
            if isinstance(also.output.type, Number):
                ends = _decided(plan, also.value, also.share, known)
                known[also.output.id] = found[also.output.id] = ends
    return found


def of_fact(fact: Fact) -> Interval:
    """A fact's range; numbers without one are not negative and fit 64 bits."""
    if isinstance(fact.type, Date):
        return (fact.low or 1, fact.high or LAST_DAY)
    return (fact.low or 0, INT64_MAX if fact.high is None else fact.high)


def _counts(kind: Type) -> bool:
    return isinstance(kind, Number | Date)


def _result(plan: Plan, programme: PlanProgramme, known: Mapping[str, Interval]) -> Interval:
    ends = [_decided(plan, rule.then, rule.share, known) for rule in programme.rules]
    policy = programme.programme.hit_policy
    if policy == "collect count":
        ends = [(0, len(programme.rules))]
    elif policy == "collect sum":
        low, high = sum(min(e[0], 0) for e in ends), sum(max(e[1], 0) for e in ends)
        ends = [(low, high)]
    if programme.otherwise is not None:
        ends.append(interval(simplify(programme.otherwise, plan.constants), known))
    return _hull(ends)


def _decided(
    plan: Plan, value: Node | None, share: PlanShare | None, known: Mapping[str, Interval]
) -> Interval:
    if value is not None:
        return interval(simplify(value, plan.constants), known)
    assert share is not None
    most = interval(simplify(share.pool, plan.constants), known)[1]
    if share.at_most is not None:
        most = min(most, interval(simplify(share.at_most, plan.constants), known)[1])
    return (0, max(most, 0))


def interval(node: Node, known: Mapping[str, Interval]) -> Interval:  # noqa: PLR0911, C901 - one line a node
    """Between which two numbers a node lies; `known` has the facts and outputs it names."""
    match node:
        case Const():
            return (int(node.value), int(node.value))  # type: ignore[arg-type]
        case Name():
            return known[node.id]
        case Negative():
            low, high = interval(node.item, known)
            return (-high, -low)
        case Rescale():
            low, high = interval(node.item, known)
            return (low * 10**node.power, high * 10**node.power)
        case Arithmetic():
            return _arithmetic(node, known)
        case Choice():
            return _hull([interval(node.yes, known), interval(node.no, known)])
        case Extreme():
            ends = [interval(item, known) for item in node.items]
            pick = min if node.op == "min" else max
            return (pick(e[0] for e in ends), pick(e[1] for e in ends))
        case Absolute():
            low, high = interval(node.item, known)
            return (max(low, -high, 0), max(-low, high))
        case Round():
            return _round(node, known)
        case Aggregate():
            return (0, 1) if node.item is None else _hull([(0, 0), interval(node.item, known)])
    raise TypeError(f"no such number: {type(node).__name__}")


def _arithmetic(node: Arithmetic, known: Mapping[str, Interval]) -> Interval:
    (a, b), (c, d) = interval(node.left, known), interval(node.right, known)
    if node.op == "+":
        return (a + c, b + d)
    if node.op == "-":
        return (a - d, b - c)
    corners = (a * c, a * d, b * c, b * d)
    return (min(corners), max(corners))


def _round(node: Round, known: Mapping[str, Interval]) -> Interval:
    (a, b), (c, d) = interval(node.numerator, known), interval(node.denominator, known)
    bottoms = (c, d) if c > 0 or d < 0 else (1, -1)
    corners = [top // bottom for top in (a, b) for bottom in bottoms]
    return (min(corners) - node.step, max(corners) + 1 + node.step)


def _hull(ends: list[Interval]) -> Interval:
    return (min(e[0] for e in ends), max(e[1] for e in ends))

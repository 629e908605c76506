"""How far a plan's numbers can go, worked out from what the facts may be; nothing ever wraps.

Engines compute in 64 bits where that is proved enough, and wider where it is not. What could need
more than 128 bits is refused when the plan is made, before there is any roster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import reduce

from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.bounds import INT64, Interval, Survey, bounds
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.nodes import Node, Value
from fundcalc.language.show import show
from fundcalc.language.simplify import simplify
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import PlanProgramme, PlanShare
from fundcalc.policy.plan_messages import beyond_128_bits

Constants = Mapping[str, Value]


def limits(
    facts: Mapping[str, Fact], programmes: tuple[PlanProgramme, ...], constants: Constants
) -> tuple[dict[str, Interval], list[Diagnostic]]:
    """The interval of every number among facts and outputs, and the expressions that go too far.

    Outputs are within 64 bits: an amount beyond is an error of the village, found when it is computed.
    """
    known = {fact.id: fact_limits(fact) for fact in facts.values() if _counts(fact.type)}
    found: list[Diagnostic] = []
    for programme in programmes:
        ends = reach(programme, constants, known)
        known |= {id_: one.clipped() for id_, one in ends.items()}
        for node, span in _placed(programme):
            simple = simplify(node, constants)
            survey = Survey(known)
            survey.visit(simple)
            if not survey.widest.fits_int128:
                found.append(beyond_128_bits(span, show(node), survey.widest))
    return known, found


def fact_limits(fact: Fact) -> Interval:
    """What a roster may say: the declared range, else whole numbers from 0 that 64 bits hold."""
    if isinstance(fact.type, Date):
        return Interval(date.min.toordinal(), date.max.toordinal())
    low = 0 if fact.low is None else fact.low
    return Interval(low, INT64.high if fact.high is None else fact.high)


def _counts(kind: object) -> bool:
    return isinstance(kind, Number | Date)


def reach(
    programme: PlanProgramme, constants: Constants, known: Mapping[str, Interval]
) -> dict[str, Interval]:
    """The intervals of a programme's outputs as its formulas give them, within 64 bits or not."""
    inner, found = dict(known), {}
    result = programme.programme.result
    if _counts(result.type):
        found[result.id] = _result(programme, constants, known)
        inner[result.id] = found[result.id].clipped()
    for also in programme.also:
        if _counts(also.output.type):
            found[also.output.id] = _value(also.value, also.share, constants, inner)
            inner[also.output.id] = found[also.output.id].clipped()
    return found


def _result(
    programme: PlanProgramme, constants: Constants, known: Mapping[str, Interval]
) -> Interval:
    policy = programme.programme.hit_policy
    if policy == "collect count":
        each = [Interval(0, len(programme.rules))]
    else:
        each = [_value(rule.then, rule.share, constants, known) for rule in programme.rules]
    if policy == "collect sum":
        nothing = Interval(0, 0)  # any of the rules may be missing from the sum
        each = [reduce(Interval.plus, (one.union(nothing) for one in each))]
    if programme.otherwise is not None:
        each.append(_value(programme.otherwise, None, constants, known))
    return reduce(Interval.union, each)


def _value(
    value: Node | None,
    share: PlanShare | None,
    constants: Constants,
    known: Mapping[str, Interval],
) -> Interval:
    """The interval of a value; a share is between nothing and its pool, or its cap."""
    if share is None:
        assert value is not None
        return _must(value, constants, known)
    most = max(_must(share.pool, constants, known).high, 0)
    if share.at_most is not None:
        most = min(most, max(_must(share.at_most, constants, known).high, 0))
    return Interval(0, most)


def _must(node: Node, constants: Constants, known: Mapping[str, Interval]) -> Interval:
    found = bounds(simplify(node, constants), known)
    assert found is not None
    return found


def _placed(programme: PlanProgramme) -> Iterator[tuple[Node, Span]]:
    """Every expression with the place of its rule or output."""
    for rule in programme.rules:
        yield from ((node, rule.rule.span) for node in _of(rule.when, rule.then, rule.share))
    if programme.otherwise is not None:
        yield programme.otherwise, programme.programme.span
    for also in programme.also:
        yield from ((node, also.output.span) for node in _of(None, also.value, also.share))


def _of(when: Node | None, value: Node | None, share: PlanShare | None) -> Iterator[Node]:
    parts = [when, value]
    if share is not None:
        parts += [share.pool, share.by, share.at_most]
    return (part for part in parts if part is not None)

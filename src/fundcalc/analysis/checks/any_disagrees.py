"""Two rules of an `any` programme apply to one village and give different results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from fundcalc.analysis.bench import Bench, Replay, View, each_view, meeting
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.plan import PlanRule

CODE = "FC702"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every pair of rules of an `any` programme that some village meets with two results."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    programme = view.programme
    if programme.programme.hit_policy != "any" or len(programme.rules) < 2:
        return
    villages = view.space.villages
    met = {frozenset((edge.below.id, edge.above.id)) for edge in meeting(view)}
    for one, other in combinations(programme.rules, 2):
        if {one.id, other.id} in met:
            continue  # the check of edges tells these
        both = [villages.holds(programme, rule) for rule in (one, other)]
        values = [villages.value(programme, rule) for rule in (one, other)]
        seen = view.proved(
            other.rule.span, lambda seen: seen.failed("FC402"), *both, values[0] != values[1]
        )
        if seen is not None:
            yield (one.id, other.id), _finding(view, seen, one, other)


def _finding(view: View, seen: Replay, one: PlanRule, other: PlanRule) -> Diagnostic:
    return view.say(
        CODE,
        other.rule.span,
        one.rule.span,
        witness=view.witness(seen),
        programme=view.programme.id,
        one=one.id,
        other=other.id,
    )

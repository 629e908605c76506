"""A rule applies to some villages but never decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from fundcalc.analysis.bench import Replay, View, each_view, matched
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import listed
from fundcalc.policy.model import Rule

CODE = "FC704"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule that another always beats."""
    programme = view.programme
    if programme.hit_policy not in ("first", "collect max", "collect min"):
        return
    for rule in programme.rules:
        holds = view.space.villages.holds(programme, rule)
        if not view.never(rule.span, *_decisive(view, rule)) or view.never(rule.span, holds):
            continue
        seen = view.proved(rule.span, lambda seen: seen.result is not None, holds)
        if seen is not None:
            yield rule.id, _finding(view, rule, seen)


def _decisive(view: View, rule: Rule) -> list[Any]:
    """That the rule applies and no other makes it superfluous; of two alike the first counts."""
    programme, villages = view.programme, view.space.villages
    policy = programme.hit_policy
    if policy == "first":
        return [villages.decides(programme, rule)]
    mine = villages.value(programme, rule)
    terms = [villages.holds(programme, rule)]
    later = False
    for other in programme.rules:
        if other is rule:
            later = True
            continue
        value = villages.value(programme, other)
        if policy == "collect min":
            beats = value < mine if later else value <= mine
        else:
            beats = value > mine if later else value >= mine
        terms.append(z3.Not(z3.And(villages.holds(programme, other), beats)))
    return terms


def _finding(view: View, rule: Rule, seen: Replay) -> Diagnostic:
    programme = view.programme
    if programme.hit_policy == "first":
        winners = seen.fired(programme)
    else:
        winners = tuple(
            id_ for id_ in matched(view.plan, programme, seen.rows[0]) if id_ != rule.id
        )
    return view.say(
        CODE,
        rule.span,
        *(r.span for r in programme.rules if r.id in winners),
        seen=seen,
        programme=programme.id,
        rule=rule.id,
        winners=listed(winners),
    )

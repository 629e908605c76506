"""A rule can never apply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundcalc.analysis.bench import Bench, Replay, View, replay, turned
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import listed
from fundcalc.language.edges import parts
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Const
from fundcalc.language.show import show
from fundcalc.policy.model import Programme, Rule

CODE = "FC703"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every rule that no village meets, where it is not a reading alone that switches it off."""
    musts = bench.policy.musts
    if musts and _contradict(bench):
        said = listed([show(must.when) for must in musts])
        yield say("FC703.must", spans=[must.span for must in musts], musts=said)
        return
    for programme in bench.plan.programmes:
        views = bench.views(programme, CODE)
        for index in range(len(programme.rules)):
            found = _rule(views, index)
            if found is not None:
                yield found


def _contradict(bench: Bench) -> bool:
    """Whether no row meets all that must hold, as far as is known."""
    from fundcalc.analysis.smt import Undecided

    try:
        return not bench.space(bench.plan).possible()
    except Undecided:
        return False


def _rule(views: list[View], index: int) -> Diagnostic | None:
    live = [view for view in views if not _off(view.programme.rules[index])]
    for view in live or views[:1]:
        rule = view.programme.rules[index]
        rows = view.boxes(rule.when)
        if rows and any(map(evaluation(simplify(rule.when, view.plan.constants)), rows)):
            continue
        holds = view.space.villages.holds(view.programme, rule)
        if view.never(rule.span, holds):
            return None if _of_another_day(view, rule) else _finding(view, rule)
    return None


def _of_another_day(view: View, rule: Rule) -> bool:
    """Whether it is the day alone that switches a rule off."""
    when = turned(view, rule)
    return when is not rule.when and not view.never(rule.span, view.space.villages.term(when))


def _off(rule: Rule) -> bool:
    return isinstance(rule.when, Const) and not rule.when.value


def _finding(view: View, rule: Rule) -> Diagnostic:
    programme, villages = view.programme, view.space.villages
    kept: list[Any] = []
    broken = ""
    for part in parts(rule.when):
        term = villages.term(part)
        if view.never(rule.span, *kept, term):
            broken = broken or show(part)
        else:
            kept.append(term)
    return view.say(
        "FC703.together" if kept else CODE,
        rule.span,
        seen=_nearest(view, programme, rule, kept),
        programme=programme.id,
        rule=rule.id,
        broken=broken,
    )


def _nearest(view: View, programme: Programme, rule: Rule, kept: list[Any]) -> Replay | None:
    row = view.village(rule.span, *kept)
    if row is None:
        return None
    seen = replay(view.plan, programme, [row])
    if seen.result is not None and rule.id in seen.fired(programme):
        return None
    return seen

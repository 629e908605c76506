"""One more resident, or one more yuan of income, loses a village money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import z3

from fundcalc.analysis.atoms import choices, thresholds
from fundcalc.analysis.bench import Replay, View, each_view, replay
from fundcalc.analysis.smt import Undecided, Villages
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import grouped
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Node
from fundcalc.language.show import literal
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import PlanOutput, upstream, used_names

CODE = "FC711"


@dataclass(frozen=True, slots=True)
class Step:
    """One fact made one unit greater: the villages before, after, and a unit below."""

    fact: Fact
    by: int
    here: Villages
    after: Villages
    before: Villages


@dataclass(frozen=True, slots=True)
class Item:
    """A rule, or a further output, at which money may be lost; `lost` says when it is that one."""

    id: str
    span: Span
    lost: Any


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule at whose edge a village loses money, unless the rule declares the step."""
    programme = view.programme.programme
    further = [a for a in view.programme.also if is_money(a.output.type)]
    if is_money(programme.result.type):
        further = [a for a in further if a.share is not None or _has_choice(a.value)]
    elif not further:
        return
    for fact in _facts(view):
        space, by = view.space, 10**fact.decimals
        step = Step(
            fact, by, space.villages, space.shifted(fact.id, by), space.shifted(fact.id, -by)
        )
        rules = _rules(view, step)
        if is_money(programme.result.type):
            yield from _losses(view, step, programme.result.id, rules)
        for also in further:
            if also.output.cliff_ok is None:
                items = [*rules, *_choices(view, step, also)]
                yield from _losses(view, step, also.output.id, items)


def _facts(view: View) -> Iterator[Fact]:
    """The numbers on which the programme rests."""
    used = used_names(upstream(view.plan, view.programme))
    for id_, fact in view.plan.policy.facts.items():
        if id_ in used and isinstance(fact.type, Number):
            yield fact


def _has_choice(node: Node | None) -> bool:
    return node is not None and any(True for _ in choices(node))


def _rules(view: View, step: Step) -> list[Item]:
    """The rules that may be lost, or that take over from `otherwise`; those that declare a step not."""
    programme = view.programme
    items = []
    for rule in programme.rules:
        if rule.rule.cliff_ok is not None:
            continue
        here, after = _decides(view, step.here, rule), _decides(view, step.after, rule)
        started = z3.And(step.here.none_holds(programme), after)
        lost = [z3.And(here, z3.Not(after)), started]
        if rule.then is not None:
            lost += [z3.And(here, flip) for flip in _flips(step, rule.then)]
        items.append(Item(rule.id, rule.rule.span, z3.Or(lost)))
    return items


def _decides(view: View, villages: Villages, rule: Any) -> Any:
    programme = view.programme
    decides = villages.decides(programme, rule)
    if programme.programme.hit_policy in ("collect max", "collect min"):
        mine = villages.value(programme, rule) == villages.result(programme)
        return z3.And(decides, mine)
    return decides


def _choices(view: View, step: Step, also: PlanOutput) -> list[Item]:
    if also.value is None:
        return []
    flips = list(_flips(step, also.value))
    return [Item(also.output.id, also.output.span, z3.Or(flips))] if flips else []


def _flips(step: Step, value: Node) -> Iterator[Any]:
    """That a choice within an amount is made otherwise after the step."""
    for choice in choices(value):
        yield step.here.term(choice.condition) != step.after.term(choice.condition)


def _losses(
    view: View, step: Step, output: str, items: list[Item]
) -> Iterator[tuple[object, Diagnostic]]:
    items = [item for item in items if (item.id, step.fact.id) not in view.told]
    flipped = z3.Or([item.lost for item in items])
    room = _within(view, step, step.by)
    if not items or view.never(items[0].span, flipped, room):
        return
    loss = step.here.output(output) - step.after.output(output)
    usual = z3.If(
        z3.And(_within(view, step, -step.by), _alike(view, step)),
        step.before.output(output) - step.here.output(output),
        z3.IntVal(0),
    )
    gained = step.by if is_money(step.fact.type) else 0
    fallen = [room, loss > gained, loss > usual]
    for item in items:
        row = _village(view, step, item, fallen)
        if row is None:
            continue
        told = _replayed(view, row, _stepped(row, step), output)
        if told is not None and told[0] - told[1] > gained:
            yield (item.id, step.fact.id), _finding(view, step, item, output, told)


def _village(view: View, step: Step, item: Item, fallen: list[Any]) -> Row | None:
    """A village that loses; where z3 gives up over all, one a unit around each threshold is asked for."""
    alone = bool(view.space.sides.alone)
    try:
        return view.space.village(item.lost, *fallen, alone=alone)
    except Undecided:
        pass
    for start in _starts(view, step):
        at = view.space.facts[step.fact.id] == start
        row = view.village(item.span, item.lost, *fallen, at, alone=alone)
        if row is not None:
            return row
    return None


def _starts(view: View, step: Step) -> list[int]:
    """Values of the fact from which a step crosses a threshold."""
    starts: set[int] = set()
    for rule in view.programme.rules:
        for one in thresholds(simplify(rule.when, view.plan.constants)):
            if one.name.id == step.fact.id:
                starts |= {one.value, one.value - 1, one.value - step.by, one.value - step.by + 1}
    low, high = step.fact.low or 0, step.fact.high
    return sorted(s for s in starts if s >= low and (high is None or s + step.by <= high))


def _within(view: View, step: Step, by: int) -> Any:
    term, low, high = view.space.facts[step.fact.id], step.fact.low, step.fact.high
    if by > 0:
        return term + by <= high if high is not None else z3.BoolVal(True)
    return term + by >= (low or 0)


def _alike(view: View, step: Step) -> Any:
    """That the same rules decide a unit below: then a loss there is a slope, not a step."""
    programme = view.programme
    pairs = [
        (step.before.decides(programme, r), step.here.decides(programme, r))
        for r in programme.rules
    ]
    return z3.And([one == other for one, other in pairs])


def _stepped(row: Row, step: Step) -> Row:
    return {**row, step.fact.id: int(row[step.fact.id]) + step.by}  # type: ignore[arg-type]


def _replayed(view: View, row: Row, stepped: Row, output: str) -> tuple[int, int, Replay] | None:
    """The output before and after the step, and the village; each alone where it shares pools."""
    if any(one.has_pool for one in upstream(view.plan, view.programme)):
        seen = [(replay(view.plan, view.programme, [one]), 0) for one in (row, stepped)]
    else:
        both = replay(view.plan, view.programme, [row, stepped])
        seen = [(both, 0), (both, 1)]
    if any(one.result is None for one, _ in seen):
        return None
    before, after = (one.value(output, index) for one, index in seen)
    assert isinstance(before, int) and isinstance(after, int)
    return before, after, seen[0][0]


def _finding(
    view: View, step: Step, item: Item, output: str, told: tuple[int, int, Replay]
) -> Diagnostic:
    before, after, seen = told
    fact, row = step.fact, seen.rows[0]
    assert isinstance(fact.type, Number)
    return view.say(
        CODE,
        item.span,
        seen=seen,
        item=item.id,
        fact=fact.id,
        step=words("checks.one_yuan") if is_money(fact.type) else "1",
        start=literal(row[fact.id], fact.type),
        end=literal(_stepped(row, step)[fact.id], fact.type),
        output=output,
        amount=grouped(before - after, 2),
    )

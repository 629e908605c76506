"""What to look at in a roster, such as names that it lacks, and in what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Words, alike, listed
from fundcalc.engines.result import Result, values_of
from fundcalc.language.datatypes import Number
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Const, Contains, Name, Value, walk
from fundcalc.language.show import amount_said
from fundcalc.policy.model import Output, Policy, Programme
from fundcalc.policy.plan import Plan, planned_expressions


def alone(plan: Plan, villages: int) -> list[Diagnostic]:
    """A warning where values of many rows are worked out of one, since the roster has no more."""
    around = [gathered for programme in plan.programmes for gathered in programme.gathered]
    if villages != 1 or not around:
        return []
    return [say("FC410", what=around[0].name.id)]


def no_run_before(policy: Policy, gives: Callable[[str], bool]) -> list[Diagnostic]:
    """A warning of what the policy asks of the run before and nothing gave; `given` says what there is.

    Of a roster that is `Roster.gives`.
    """
    facts = [fact for fact in policy.facts.values() if fact.of_before]
    lacking = [fact.called for fact in facts if not gives(fact.id)]
    return [say("FC415", names=listed(lacking), header=lacking[0])] if lacking else []


def resting(plan: Plan) -> list[Programme]:
    """The programmes of which no rule is in force on the day, so that what holds otherwise holds for all."""
    without = {programme.id for programme in plan.programmes if not programme.rules}
    every = (plan.policy.whole or plan.policy).programmes
    return [programme for programme in every if programme.id in without and programme.rules]


def otherwise_alone(plan: Plan) -> list[Diagnostic]:
    """A warning of each of these."""
    return [say("FC309.otherwise", p.span, programme=p.id, on=plan.on) for p in resting(plan)]


def granted(output: Output) -> bool:
    """Whether an output is an amount of its own that somebody pays out."""
    return output.payer is not None and not output.charge and output.of_rule is None


class Least(NamedTuple):
    """How many rows have an amount below zero, the least of them, and whose that is."""

    rows: int
    value: int
    who: str


def below_zero(plan: Plan, least: Callable[[str], Least | None]) -> list[Diagnostic]:
    """A warning of each amount that somebody pays and that is below zero, with the row that has the least.

    `least` looks through a result for an output; None where no row is below zero.
    """
    diagnostics: list[Diagnostic] = []
    outputs = [o for p in plan.programmes for o in p.outputs if granted(o) and o.id in plan.bounds]
    for output in (o for o in outputs if plan.bounds[o.id].low < 0):
        lowest = least(output.id)
        if lowest is not None:
            assert isinstance(output.type, Number)
            value, title = amount_said(lowest.value, output.type), output.title
            diagnostics.append(
                say("FC416.group", output=title, name=lowest.who, value=value)
                if output.per
                else say("FC416", output=title, rows=lowest.rows, name=lowest.who, value=value)
            )
    return diagnostics


def least_of(result: Result, output: str) -> Least | None:
    """The least of an output's amounts that are below zero."""
    import numpy as np

    amounts = result.numbers(output)
    rows = int((amounts < 0).sum())
    if not rows:
        return None
    who = next((id_ for id_ in CALLED if id_ in result.plan.policy.facts), None)
    least = np.flatnonzero(amounts == amounts.min())[:1]
    name = str(result.at(who, least)[0] if who else int(least[0]) + 1)
    return Least(rows, int(amounts[least[0]]), name)


CALLED = ("name", "code")
"""By what a row is called, the first that there is; else by its number."""


def looked_back_once(policy: Policy, days: int) -> list[Diagnostic]:
    """A warning where a policy looks back and several days are computed, each with the same before."""
    names = [fact.called for fact in policy.facts.values() if fact.of_before]
    return [say("FC415.each_day", names=listed(names))] if names and days > 1 else []


_SHOWN = 8
"""Names of a list that are said one by one."""


def absent_names(plan: Plan, column: Callable[[str], Sequence[Value]]) -> list[Diagnostic]:
    """What to look at where no village has a listed name; `column` gives the values of a fact.

    A name that the roster may write otherwise is a warning of its own. The others of a list are one
    warning: a part of the whole, such as one township, lacks them rightly.
    """
    present: dict[str, set[Value]] = {}
    seen: set[tuple[str, str]] = set()
    lacking: dict[tuple[str, str], list[str]] = {}
    diagnostics: list[Diagnostic] = []
    for fact, list_, name in _listed(plan):
        if fact not in present:
            values = column(fact)
            distinct = getattr(values, "unique", None)  # a series need not be gone through
            present[fact] = set(values_of(distinct() if distinct else values))
        if name in present[fact] or (fact, name) in seen:
            continue
        seen.add((fact, name))
        others = sorted(
            text for text in present[fact] if isinstance(text, str) and alike(text, name)
        )
        if others:
            title = plan.policy.facts[fact].title
            place = _place(plan, list_)
            diagnostics.append(say("FC407.other", place, title=title, name=name, other=others[0]))
        else:
            lacking.setdefault((fact, list_), []).append(name)
    return diagnostics + [_part(plan, *where, names) for where, names in lacking.items()]


def _part(plan: Plan, fact: str, list_: str, names: Sequence[str]) -> Diagnostic:
    """The roster has nothing like the listed names; said without alarm, as most often it is right."""
    quoted = [f"`{name}`" for name in names[:_SHOWN]]
    shown = Words("、".join(quoted), ", ".join(quoted))
    if len(names) > _SHOWN:
        more = len(names) - _SHOWN
        shown = Words(f"{shown.zh} 等 {len(names)} 个", f"{shown.en} and {more} more")
    pools = any(programme.looks_around for programme in plan.programmes)
    title = plan.policy.facts[fact].title
    return say("FC407.pools" if pools else "FC407", _place(plan, list_), title=title, names=shown)


def _place(plan: Plan, list_: str) -> Span | None:
    """Where the list stands, without its line: the roster's reader has no need of TOML."""
    parameter = plan.policy.parameters.get(list_)
    return replace(parameter.span, text="") if parameter else None


def _listed(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for programme in plan.programmes:
        for node in planned_expressions(programme):
            for part in walk(node):
                if isinstance(part, Contains) and isinstance(part.item, Name):
                    if part.item.id not in plan.policy.facts:
                        continue
                    container = part.container
                    list_ = container.id if isinstance(container, Name) else ""
                    for name in _names(plan, container):
                        yield part.item.id, list_, name


def _names(plan: Plan, container: object) -> list[str]:
    if isinstance(container, Name):
        container = simplify(container, plan.constants)
    if isinstance(container, Const) and isinstance(container.value, tuple):
        return list(container.value)
    if isinstance(container, tuple):
        return [str(choice.value) for choice in container]
    return []

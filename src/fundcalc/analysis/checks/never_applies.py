"""A rule can never apply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.analysis.bench import Bench, View, replays
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import listed
from fundcalc.language.edges import TooMany, atoms, parts
from fundcalc.language.edges import decided as taken
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Const, Node, names
from fundcalc.language.show import show
from fundcalc.policy.model import Output, Programme, Rule
from fundcalc.policy.plan import values_of

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
        dead = [_dead(views, index) for index in range(len(programme.rules))]
        for view in views:
            yield from _findings(
                view, [rule for seen_in, rule in filter(None, dead) if seen_in is view]
            )


def _contradict(bench: Bench) -> bool:
    """Whether no row meets all that must hold, as far as is known."""
    from fundcalc.analysis.smt import Undecided

    try:
        return not bench.space(bench.plan).possible()
    except Undecided:
        return False


def _dead(views: list[View], index: int) -> tuple[View, Rule] | None:
    """A rule that no village meets, and the view in which that is seen."""
    live = [view for view in views if not _off(view.programme.rules[index])]
    for view in live or views[:1]:
        rule = view.programme.rules[index]
        if never(view, rule):
            return None if _of_another_day(view, rule) else (view, rule)
    return None


def never(view: View, rule: Rule) -> bool:
    """Whether no village meets a rule: by its box, by rows on every side of every edge, else by z3."""
    grid, rows = view.gridded([rule.when]), None
    try:
        if grid is not None:
            (box,) = grid.boxes
            return not all(box.values()) or next(view.rows(box, grid), None) is None
        rows = view.boxes(rule.when)
    except TooMany:
        pass
    if rows:
        return not any(map(evaluation(simplify(rule.when, view.plan.constants)), rows))
    return view.never(rule.span, view.space.villages.holds(view.programme, rule))


def _of_another_day(view: View, rule: Rule) -> bool:
    """Whether it is the day alone that switches a rule off."""
    when = turned(view, rule)
    return when is not rule.when and not view.never(rule.span, view.space.villages.term(when))


def _off(rule: Rule) -> bool:
    return isinstance(rule.when, Const) and not rule.when.value


def _findings(view: View, rules: Sequence[Rule]) -> Iterator[Diagnostic]:
    """A finding for each rule, with a village that meets all of its condition that can be met."""
    programme = view.programme
    met = [_met(view, rule) for rule in rules]
    rows = [view.village(rule.span, *terms) for rule, (terms, _) in zip(rules, met, strict=True)]
    known = [[row] for row in rows if row is not None]
    replayed = iter(replays(view.plan, programme, known) if known else ())
    for rule, (terms, broken), row in zip(rules, met, rows, strict=True):
        seen = None if row is None else next(replayed)
        if seen is not None and seen.result is not None and rule.id in seen.fired(programme):
            seen = None
        key, ids = "FC703.together" if terms else CODE, {"programme": programme.id, "rule": rule.id}
        yield view.say(key, rule.span, seen=seen, broken=broken, **ids)


def _met(view: View, rule: Rule) -> tuple[list[Any], str]:
    """The parts of a condition that some village meets together, and the first that none meets with them."""
    terms, broken = list[Any](), ""
    for part in parts(rule.when):
        term = view.space.villages.term(part)
        if view.never(rule.span, *terms, term):
            broken = broken or show(part)
        else:
            terms.append(term)
    return terms, broken


def daily(view: View) -> Sequence[tuple[int, int, str]]:
    """Where the programme compares `on` with what is known, as `_of_the_day` has it."""
    if "daily" not in view.cache:
        whole = view.bench.policy.programme(view.programme.id)
        view.cache["daily"] = sorted(_of_the_day(whole))
    return view.cache["daily"]


def _of_the_day(programme: Programme) -> set[tuple[int, int, str]]:
    """Where a programme of a policy compares `on` with what is known, which each day decides by itself.

    Each place with the rule or output in which it stands.
    """
    last = programme.otherwise
    placed = [(rule.id, rule.when) for rule in programme.rules]
    placed += [] if last is None else [(last.id, last.value)]
    parts: list[Rule | Output] = [*programme.rules, *programme.also]
    placed += [(part.id, node) for part in parts for node in values_of(part)]
    places: set[tuple[int, int, str]] = set()
    for id_, node in placed:
        for atom in atoms(node):
            kinds = {name.kind for name in names(atom)}
            if "day" in kinds and kinds <= {"day", "parameter"}:
                places.add((*atom.at, id_))
    return places


def turned(view: View, rule: Rule) -> Node:
    """A rule's condition with each comparison that the day decides turned: as it may be on another day."""
    fixed, when = daily(view), rule.when
    for atom in [a for a in atoms(when) if (*a.at, rule.id) in fixed]:
        holds = evaluation(simplify(atom, view.plan.constants))({})
        when = taken(when, atom, not holds)
    return when

"""A condition is always true, or always false, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from fundcalc.analysis.bench import Bench, View
from fundcalc.analysis.checks.never_applies import daily, never, turned
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.edges import Box, Grid, TooMany, atoms, choices, decided, parts
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Node, Value
from fundcalc.language.show import show
from fundcalc.policy.model import Rule

CODE = "FC706"
Verdict = Literal["true", "false", "counts"]
Place = tuple[str, tuple[int, int], str]
Daily = Sequence[tuple[int, int, str]]


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every comparison without effect under all readings under which it stands."""
    for programme in bench.plan.programmes:
        verdicts: dict[Place, tuple[set[Verdict], Span]] = {}
        for view in bench.views(programme, CODE):
            for place, span, verdict in _verdicts(view):
                verdicts.setdefault(place, (set(), span))[0].add(verdict)
        for (_, _, text), (kinds, span) in verdicts.items():
            if len(kinds) == 1 and "counts" not in kinds:
                yield say("FC706.true" if "true" in kinds else "FC706.false", span, text=text)


def _verdicts(view: View) -> Iterator[tuple[Place, Span, Verdict]]:
    programme, villages = view.programme, view.space.villages
    of_day = daily(view)
    for rule in programme.rules:
        if never(view, rule):
            continue
        yield from _condition(view, rule, of_day)
        if rule.then is not None and any(choices(rule.then)):
            holds = villages.holds(programme, rule)
            yield from _amount(view, f"then {rule.id}", rule.then, rule.span, of_day, holds)
    for also in programme.further:
        if also.value is not None:
            yield from _amount(view, also.id, also.value, also.span, of_day)
    last = programme.otherwise
    if last is not None and any(choices(last.value)):
        missed = villages.none_holds(programme)
        yield from _amount(view, f"otherwise {last.id}", last.value, last.span, of_day, missed)


def _condition(view: View, rule: Rule, of_day: Daily) -> Iterator[tuple[Place, Span, Verdict]]:
    """Each comparison of a rule. Of both ends of a cell's `[0..20)` one must count, not each."""
    joined = {id(part) for part in parts(rule.when)}
    verdicts: list[tuple[Place, Span, Verdict]] = []
    counting: set[Span] = set()
    other = turned(view, rule)
    grid, rows = view.gridded([rule.when, other]), view.boxes(rule.when)
    for atom in atoms(rule.when):
        span = rule.places(*atom.at) if rule.places is not None else rule.span
        in_cell = id(atom) in joined and not span.line
        if (*atom.at, rule.id) in of_day or (in_cell and span in counting):
            continue
        for whole in (other, rule.when):
            counted = _counted(view, grid, whole, atom) if grid is not None else None
            tried = _tried(view, whole, atom, rows) if counted is None and rows else None
            verdict = counted or tried or _verdict(view, span, whole, atom)
            if verdict == "counts" or other is rule.when:
                break
        if in_cell and verdict == "counts":
            counting.add(span)
            verdicts = [verdict_there for verdict_there in verdicts if verdict_there[1] != span]
        verdicts.append(((f"when {rule.id}", atom.at, show(atom)), span, verdict))
    yield from verdicts


def _amount(
    view: View, where: str, value: Node, span: Span, of_day: Daily, *reached: object
) -> Iterator[tuple[Place, Span, Verdict]]:
    for choice in choices(value):
        for atom in atoms(choice.condition):
            if (*atom.at, where.rsplit(maxsplit=1)[-1]) in of_day:
                continue
            yield (where, atom.at, show(atom)), span, _verdict(view, span, value, atom, *reached)


def _counted(view: View, grid: Grid, whole: Node, atom: Node) -> Verdict | None:
    """As `_verdict`, where the condition is a box with the comparison and without; None where it is none."""
    constants = view.plan.constants
    box = grid.box(simplify(whole, constants))
    if box is None:
        return None
    for value, verdict in ((True, "true"), (False, "false")):
        other = grid.box(simplify(decided(whole, atom, value), constants))
        if other is None:
            return None
        try:
            if not any(next(view.rows(part, grid), None) for part in _apart(grid, box, other)):
                return verdict  # type: ignore[return-value]
        except TooMany:
            return None
    return "counts"


def _apart(grid: Grid, one: Box, other: Box) -> Iterator[Box]:
    """What one of two boxes has and the other has not, where they differ by one fact at most."""
    if not (all(one.values()) and all(other.values())):
        yield from (box for box in (one, other) if all(box.values()))
        return
    for id_, every in grid.everywhere.items():
        apart = (one.get(id_, -1) ^ other.get(id_, -1)) & every
        beside = {**one, **other, id_: apart}
        if apart and all(beside.values()):
            yield beside


def _tried(view: View, whole: Node, atom: Node, rows: list[dict[str, Value]]) -> Verdict:
    """As `_verdict`, by rows on every side of every edge."""
    constants = view.plan.constants
    test = evaluation(simplify(whole, constants))
    for value, verdict in ((True, "true"), (False, "false")):
        other = evaluation(simplify(decided(whole, atom, value), constants))
        if not any(test(row) != other(row) for row in rows):
            return verdict  # type: ignore[return-value]
    return "counts"


def _verdict(view: View, span: Span, whole: Node, atom: Node, *reached: object) -> Verdict:
    villages = view.space.villages
    term = villages.term(whole)
    for value, verdict in ((True, "true"), (False, "false")):
        other = villages.term(decided(whole, atom, value))
        if view.never(span, term != other, *reached):
            return verdict  # type: ignore[return-value]
    return "counts"

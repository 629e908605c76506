"""A rule applies to some villages but never decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import z3

from fundcalc.analysis.bench import Replay, View, each_view, matched, replays
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import listed
from fundcalc.engines.result import Row
from fundcalc.policy.model import Rule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.columnar import InColumns

CODE = "FC704"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule that another always beats."""
    programme = view.programme
    if programme.hit_policy not in ("first", "collect max", "collect min"):
        return
    counted = _counted(view)
    if counted is not None:
        yield from counted
        return
    beaten: list[tuple[Rule, Row]] = []
    for rule in programme.rules:
        holds = view.space.villages.holds(programme, rule)
        if view.never(rule.span, *_decisive(view, rule)):
            row = view.village(rule.span, holds)
            beaten += [] if row is None else [(rule, row)]
    yield from _shown(view, beaten)


def _counted(view: View) -> list[tuple[object, Diagnostic]] | None:
    """The same where a village of each kind can be tried; None where it cannot."""
    programme = view.programme
    nodes = [rule.when for rule in programme.rules]
    if programme.hit_policy != "first":
        if programme.has_pool:
            return None
        nodes += [rule.then for rule in programme.rules if rule.then is not None]
    axes = view.stretches(nodes)
    cells = view.cells(axes) if axes is not None else None
    seen = cells.decided() if cells is not None else None
    if cells is None or seen is None:
        return None
    allowed = cells.allowed()
    beaten: list[tuple[Rule, Row]] = []
    for rule, (holds, wins) in zip(programme.rules, _winning(view, seen), strict=True):
        if (holds & allowed).any() and not (wins & allowed).any():
            beaten.append((rule, cells.row(int((holds & allowed).argmax()))))
    return list(_shown(view, beaten))


def _shown(view: View, beaten: list[tuple[Rule, Row]]) -> Iterator[tuple[object, Diagnostic]]:
    """A finding for each rule with its village, where the village can be decided."""
    seen = replays(view.plan, view.programme, [[row] for _, row in beaten]) if beaten else []
    for (rule, _), one in zip(beaten, seen, strict=True):
        if one.result is not None:
            yield rule.id, _finding(view, rule, one)
        else:
            view.note(rule.span)


def _winning(view: View, seen: InColumns) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each rule the villages that it applies to, and those for which it is not superfluous."""
    import numpy as np

    programme = view.programme
    held = [seen.holds(programme.id, rule.id) for rule in programme.rules]
    if programme.hit_policy == "first":
        yield from zip(held, (mask for _, mask in seen.held(programme.id)), strict=True)
        return
    result = seen.numbers(programme.result.id)
    taken = np.zeros(len(result), dtype=np.bool_)
    for rule, holds in zip(programme.rules, held, strict=True):
        assert rule.then is not None
        wins = ~taken & holds & (seen.amounts(rule.then, holds) == result)
        taken = taken | wins
        yield holds, wins


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

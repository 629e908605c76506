"""A rule applies to some villages but never decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import z3

from fundcalc.analysis.bench import Replay, View, each_view, replays
from fundcalc.analysis.checks.edge_taken_twice import given
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import listed
from fundcalc.engines.result import Row
from fundcalc.language.edges import TooMany, value_of
from fundcalc.language.evaluate import NoValue, evaluation, simplify
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
    counted = _counted(view) if _better(view) is None else None
    if counted is not None:
        yield from counted
        return
    beaten: list[tuple[Rule, Row]] = []
    better, (winning, rivals) = _better(view), _tried(view)
    for n, rule in enumerate(programme.rules):
        if better is not None:
            try:
                row = _beaten(view, n, better[n])
                beaten += [] if row is None else [(rule, row)]
                continue
            except TooMany:
                pass
        if n in winning:
            continue
        holds, others = view.space.villages.holds(programme, rule), list(programme.rules)
        rivals_of = [others[n], others[rivals[n]]] if n in rivals else others
        if view.never(rule.span, *_decisive(view, rule, rivals_of)) or (
            rivals_of is not others and view.never(rule.span, *_decisive(view, rule, others))
        ):
            row = view.village(rule.span, holds)
            beaten += [] if row is None else [(rule, row)]
    yield from _shown(view, beaten)


def _tried(view: View) -> tuple[set[int], dict[int, int]]:
    """Rules that win of some village at the ends of a rule's box; for others one that beats it there."""
    programme, grid, winning, rivals = view.programme, view.grid, set[int](), dict[int, int]()
    if grid is None or programme.hit_policy == "first":
        return winning, rivals
    rules, sign = given(view), -1 if programme.hit_policy == "collect min" else 1
    tests = [evaluation(gives.value) for gives in rules.values() if gives.value and gives.plain]
    for n, gives in enumerate(rules.values() if len(tests) == len(rules) else ()):
        with suppress(TooMany, NoValue):
            for row in islice(view.rows(gives.box), 3) if all(gives.box.values()) else ():
                met, offers = grid.holding(row), list[tuple[int, int]]()
                for other, test in enumerate(tests):
                    if met >> other & 1:
                        offers.append((sign * cast("int", test(row)), -other))
                rivals[n] = -max(offers)[1]
                winning.add(rivals[n])
    return winning, {n: other for n, other in rivals.items() if n not in winning}


def _better(view: View) -> list[list[int]] | None:
    """For each rule those that beat it wherever they apply; None for formulas, or no boxes."""
    programme, many = view.programme, range(len(view.programme.rules))
    if view.grid is None:
        return None
    if programme.hit_policy == "first":
        return [list(range(n)) for n in many]
    fixed = [
        rule.then and value_of(simplify(rule.then, view.plan.constants)) for rule in programme.rules
    ]
    amounts = [value for value in fixed if isinstance(value, int)]
    if len(amounts) < len(fixed):
        return None
    if programme.hit_policy == "collect min":
        amounts = [-amount for amount in amounts]
    # of two alike the first counts
    ranks = [(amount, -n) for n, amount in enumerate(amounts)]
    return [[other for other in many if ranks[other] > ranks[n]] for n in many]


def _beaten(view: View, number: int, better: list[int]) -> Row | None:
    """A village that a rule applies to, where one of those better has every such. Raises TooMany."""
    assert view.grid is not None
    box = view.grid.boxes[number]
    if not all(box.values()) or view.missed(box, better) is not None:
        return None
    return next(view.rows(box), None)


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
    for (rule, _), replayed in zip(beaten, seen, strict=True):
        if replayed.result is not None:
            yield rule.id, _finding(view, rule, replayed)
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


def _decisive(view: View, rule: Rule, rules: Sequence[Rule]) -> list[Any]:
    """That a rule applies and none of some makes it superfluous; of two alike the first counts."""
    programme, villages = view.programme, view.space.villages
    policy = programme.hit_policy
    if policy == "first":
        return [villages.decides(programme, rule)]
    amount = villages.value(programme, rule)
    terms = [villages.holds(programme, rule)]
    order = [r.id for r in programme.rules]
    for other in rules:
        if other is rule:
            continue
        later = order.index(other.id) > order.index(rule.id)
        value = villages.value(programme, other)
        if policy == "collect min":
            beats = value < amount if later else value <= amount
        else:
            beats = value > amount if later else value >= amount
        terms.append(z3.Not(z3.And(villages.holds(programme, other), beats)))
    return terms


def _finding(view: View, rule: Rule, seen: Replay) -> Diagnostic:
    programme = view.programme
    if programme.hit_policy == "first":
        winners = seen.fired(programme)
    else:
        winners = tuple(id_ for id_ in view.matched(seen.rows[0]) if id_ != rule.id)
    return view.say(
        CODE,
        rule.span,
        *(r.span for r in programme.rules if r.id in winners),
        seen=seen,
        programme=programme.id,
        rule=rule.id,
        winners=listed(winners),
    )

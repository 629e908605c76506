"""A rule applies to some villages but never decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import z3

from fundcalc.analysis.bench import Replay, View, each_view, replays
from fundcalc.analysis.pieces import Pieces
from fundcalc.analysis.smt import Undecided
from fundcalc.base.diagnostics import Alike, Diagnostic
from fundcalc.base.words import listed, same
from fundcalc.engines.result import Row
from fundcalc.language.edges import Box, Cut, TooMany, bits_of
from fundcalc.language.evaluate import NoValue
from fundcalc.policy.model import Rule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.columnar import InColumns

CODE = "FC704"
_FEW = 3
"""Villages of a part that are tried."""


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule that another always beats."""
    programme = view.programme
    if programme.hit_policy not in ("first", "collect max", "collect min"):
        return
    counted = _counted(view) if Pieces.made(view) is None else None
    if counted is not None:
        yield from counted
        return
    beaten: list[tuple[Rule, Row]] = []
    for n, rule in enumerate(programme.rules):
        try:
            row = (
                _Rivals(view, n).beaten() if Pieces.made(view) is not None else _proved(view, rule)
            )
        except TooMany:
            row = _proved(view, rule)
        beaten += [] if row is None else [(rule, row)]
    yield from _shown(view, beaten)


def _proved(view: View, rule: Rule) -> Row | None:
    """A village that a rule applies to, where z3 knows of none for which it decides."""
    if not view.never(rule.span, *_decisive(view, rule, view.programme.rules)):
        return None
    return view.village(rule.span, view.space.villages.holds(view.programme, rule))


class _Rivals:
    """A rule's pieces held against those of other rules that share a village with it."""

    def __init__(self, view: View, number: int) -> None:
        self._view, self._number = view, number
        pieces = Pieces.made(view)
        assert pieces is not None
        self._pieces = pieces

    def beaten(self) -> Row | None:
        """A village that the rule applies to, where it decides for none. Raises TooMany."""
        grid, rules = self._pieces.grid, self._pieces.rules
        own = [n for n, rule in enumerate(rules) if rule == self._number]
        boxes = [(n, grid.boxes[n]) for n in own if all(grid.boxes[n].values())]
        if any(self._wins(n, box) for n, box in boxes):
            return None
        return next((row for _, box in boxes for row in self._view.rows(box, grid)), None)

    def _wins(self, piece: int, box: Box) -> bool:
        """Whether a piece decides for some village of its box."""
        grid, every = self._pieces.grid, (1 << len(self._pieces.rules)) - 1
        if any(self._ahead(piece, row, every) for row in islice(self._view.rows(box, grid), _FEW)):
            return True
        always, sometimes = self._beating(piece, box, Cut(grid, box, every).meeting)
        for part in grid.left(box, bits_of(always)):
            rows = islice(self._view.rows(part, grid), _FEW)
            if any(self._ahead(piece, row, sometimes) for row in rows):
                return True
            if sometimes and self._asked(piece, part, sometimes):
                return True
        return False

    def _ahead(self, piece: int, row: Row, rivals: int) -> bool:
        """Whether none of some pieces beats one for a village."""
        holding = self._pieces.grid.holding(row) & rivals & ~(1 << piece)
        try:
            return not any(self._beats(piece, rival, row) for rival in bits_of(holding))
        except NoValue:
            return False

    def _beating(self, piece: int, box: Box, others: int) -> tuple[int, int]:
        """The pieces that beat one wherever both apply, and those that may somewhere; a bit each."""
        pieces, always, sometimes = self._pieces, 0, 0
        least, reach = self._view.programme.hit_policy == "collect min", pieces.grid.ends(box)
        for other in bits_of(others):
            if pieces.rules[other] == self._number:
                continue
            earlier = pieces.rules[other] < self._number
            if self._view.programme.hit_policy == "first":
                always |= earlier << other
                continue
            more, less = (other, piece) if not least else (piece, other)
            # of two alike the first counts
            if pieces.most(less, more, reach) < earlier:
                always |= 1 << other
            elif pieces.most(more, less, reach) >= (not earlier):
                sometimes |= 1 << other
        return always, sometimes

    def _beats(self, piece: int, other: int, row: Row) -> bool:
        if self._view.programme.hit_policy == "first":
            return self._pieces.rules[other] < self._number
        own, rival = (cast("int", self._pieces.tests[n](row)) for n in (piece, other))
        if self._view.programme.hit_policy == "collect min":
            own, rival = -own, -rival
        return rival > own or (rival == own and self._pieces.rules[other] < self._number)

    def _asked(self, piece: int, part: Box, rivals: int) -> bool:
        """Whether z3 knows a village of a part for which none of the rivals beats it. Raises TooMany."""
        space, pieces = self._view.space, self._pieces
        villages, sign = (
            space.villages,
            -1 if self._view.programme.hit_policy == "collect min" else 1,
        )
        own = sign * villages.term(pieces.values[piece])
        terms = [villages.has(pieces.values[piece]), *space.within(pieces.grid, part, {})]
        for other in bits_of(rivals):
            box = pieces.grid.meet(part, pieces.grid.boxes[other])
            if box is not None:
                rival = sign * villages.term(pieces.values[other])
                ahead = rival < own if pieces.rules[other] < self._number else rival <= own
                within = space.within(pieces.grid, pieces.grid.boxes[other], {})
                apart = z3.Not(z3.And(within, space.sides.context))
                terms.append(z3.Or(apart, z3.And(ahead, villages.has(pieces.values[other]))))
        try:
            return space.possible(*terms)
        except Undecided:
            raise TooMany from None


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
    finding = view.say(
        CODE,
        rule.span,
        *(r.span for r in programme.rules if r.id in winners),
        seen=seen,
        programme=programme.id,
        rule=rule.id,
        winners=listed(winners),
    )
    one = same(f"`{rule.id}` < {listed(winners)}")
    return replace(finding, alike=Alike("FC704.many", {"programme": programme.id}, one))

"""One more resident, or one more yuan of income, loses a village money, or costs it more than that."""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Self, cast

import z3

from fundcalc.analysis.bench import (
    MANY,
    Cells,
    Replay,
    View,
    each_view,
    replays,
    rests_on_others,
)
from fundcalc.analysis.pieces import Exact, Pieces, Ranks, fixed, gained, resting
from fundcalc.analysis.smt import Undecided, Villages
from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Alike, Diagnostic, Span
from fundcalc.base.money import INT64_MAX
from fundcalc.core import smt
from fundcalc.core.smt import Term
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.edges import Box, Cut, TooMany, bits_of, thresholds, turning
from fundcalc.language.evaluate import NoValue, evaluation, simplify
from fundcalc.language.nodes import Lookup, Node, Value, walk
from fundcalc.language.show import amount_said, literal
from fundcalc.policy.model import Fact, Output, Programme, Rule
from fundcalc.policy.plan import fact_limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.columnar import InColumns

CODE = "FC711"
_FEW = 8
"""Items that are asked about one by one."""
_MANY = 100
"""Numbers of a fact at which z3 is asked one by one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A rule, or a further output, at which money may be lost.

    `lost` says when it is that one, `conditions` are its own.
    """

    id: str
    span: Span
    lost: Term
    conditions: tuple[Node, ...]


_Loss = tuple[Fact, Output, Item | Rule | Output, Row]
"""A fact of which one unit more loses some of an output, where it does, and a village before that."""


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule at whose edge a village loses money."""
    if len(view.programme.rules) > MANY and (view.gaps or "overlap" in view.cache):
        return  # what a long table gives is not known before it has neither gap nor overlap
    result, chain = view.programme.result, view.plan.up_to(view.programme)
    outputs = [one for one in (result, *view.programme.further) if is_money(one.type)]
    kinds: dict[str, list[dict[str, list[Value]]] | None] = {}
    losing, steps = list[_Loss](), list[_Step]()
    for id_, fact in view.plan.policy.facts.items():
        if id_ not in chain.used or not isinstance(fact.type, Number):
            continue
        steps.append(step := _Step(view, fact, fact.type))
        for output in outputs:
            plain = output is not result and result in outputs and output.value is not None
            if plain and not turning(output.value, id_):
                continue
            turns = _Turns.made(view, output, fact)
            if turns is not None:
                losing += turns.losses()
                continue
            axes = _kinds(view, output, fact, kinds)
            if axes is not None and not any(id_ in part for part in axes):
                continue
            known = fixed(view.programme, output)
            beside = _Beside.made(view, fact, axes, known=known) if axes is not None else None
            losses = beside.losses(output) if beside is not None else None
            losing += step.losses(output) if losses is None else losses
    losing += (loss for step in steps for loss in step.again())
    yield from _told(view, losing)


def _kinds(
    view: View, output: Output, fact: Fact, known: dict[str, list[dict[str, list[Value]]] | None]
) -> list[dict[str, list[Value]]] | None:
    """Where anything changes of an output, though it is counted with a fact of whole units."""
    if rests_on_others(view.plan, view.programme, output.id):
        return None
    if output.id not in known:
        known[output.id] = view.stretches(resting(view, output))
    axes = known[output.id]
    if axes is None and not fact.decimals and not _meets(view.programme):
        return view.stretches(resting(view, output), {fact.id})
    return axes


class _Step:
    """One fact made one unit greater: the villages here, after it, and a unit before."""

    def __init__(self, view: View, fact: Fact, kind: Number) -> None:
        self._view = view
        self._fact = fact
        self._kind = kind
        self._by = 10**fact.decimals
        self._here = view.space.villages
        self._context = self._here.sides.context
        self._alone = bool(view.space.sides.alone)
        self._open: list[tuple[Item, Output, list[Term]]] = []

    @cached_property
    def _after(self) -> Villages:
        return self._view.space.shifted(self._fact.id, self._by)

    @cached_property
    def _before(self) -> Villages:
        return self._view.space.shifted(self._fact.id, -self._by)

    @cached_property
    def _rules(self) -> list[Item]:
        return list(self._lost_rules())

    def _lost_rules(self) -> Iterator[Item]:
        """The rules that may be lost, or that take over from `otherwise`."""
        for rule in self._view.programme.rules:
            inner = turning(rule.then, self._fact.id)
            here, after = self._decides(self._here, rule), self._decides(self._after, rule)
            started = z3.And(self._here.none_holds(self._view.programme), after)
            lost = [z3.And(here, z3.Not(after)), started]
            lost += [z3.And(here, flip) for flip in self._flips(inner)]
            yield Item(rule.id, rule.span, z3.Or(lost), (rule.when, *inner))

    def _decides(self, villages: Villages, rule: Rule) -> Term:
        programme = self._view.programme
        decides = villages.decides(programme, rule)
        if programme.hit_policy in ("collect max", "collect min"):
            wins = villages.value(programme, rule) == villages.result(programme)
            return z3.And(decides, wins)
        return decides

    def _items(self, output: Output) -> list[Item]:
        """The rules, and the choices within a further output, as one item, if there are any."""
        value = None if output is self._view.programme.result else output.value
        inner = turning(value, self._fact.id)
        if not inner:
            return self._rules
        return [*self._rules, Item(output.id, output.span, z3.Or(self._flips(inner)), inner)]

    def _flips(self, inner: Sequence[Node]) -> list[Term]:
        return [self._here.term(node) != self._after.term(node) for node in inner]

    def losses(self, output: Output) -> Iterator[_Loss]:
        """Every item at which some village loses of an output more than it gains, and more than before.

        Of a charge it loses what it pays more.
        """
        told = self._view.told
        if self._view.space.spent:
            self._view.note(output.span)
            return
        items = [item for item in self._items(output) if (item.id, self._fact.id) not in told]
        room = self._within(self._by, self._after)
        flipped = z3.Or([item.lost for item in items], self._context)
        if not items or self._view.never(items[0].span, flipped, room):
            return
        loss = _lost(
            output, *(villages.output(output.id) for villages in (self._here, self._after))
        )
        more = loss > self._slope(self._before, self._here, output)
        usual = [z3.Implies(self._within(-self._by, self._before), more)]
        fallen = [room, loss > gained(self._view.programme, self._fact), more]
        if not is_money(self._kind):  # what each further one costs is no step
            further = self._view.space.shifted(self._fact.id, 2 * self._by)
            more = loss > self._slope(self._after, further, output)
            usual.append(z3.Implies(self._within(2 * self._by, further), more))
            fallen.append(more)
        near = [*fallen[:2], *usual]  # first, as z3 takes longer over what is out of range
        for item in self._suspects(items, near):
            row = self._village(item, output, near, fallen)
            if row is not None:
                yield self._fact, output, item, row

    def _suspects(self, items: list[Item], fallen: list[Term]) -> Iterator[Item]:
        """Those at which some village may lose; of many, halves at which none does are asked about once."""
        if len(items) <= _FEW:
            yield from items
            return
        half = len(items) // 2
        for part in (items[:half], items[half:]):
            if self._may(z3.Or([item.lost for item in part]), *fallen):
                yield from self._suspects(part, fallen)

    def _may(self, *conditions: Term) -> bool:
        """Whether some village meets the conditions, as far as is known."""
        try:
            return self._view.space.possible(*conditions, *self._view.sound)
        except Undecided:
            return True

    def _village(self, item: Item, output: Output, *asked: list[Term]) -> Row | None:
        """A village that loses; where z3 gives up over all, it is asked again when all else has been."""
        near, fallen = asked
        try:
            space = self._view.space
            row = space.village(item.lost, *near, alone=self._alone)
            there = [space.facts[i] == v for i, v in (row or {}).items() if type(v) is int]
            if row and not space.possible(item.lost, *fallen, *there):
                row = space.village(item.lost, *fallen, alone=self._alone)
            return row
        except Undecided:
            self._open.append((item, output, fallen))
            return None

    def again(self) -> Iterator[_Loss]:
        """The same where z3 gave up, at each number where something turns."""
        space = self._view.space
        for item, output, fallen in self._open:
            starts, every = self._starts(item, output)
            for start in starts[:_MANY]:
                at = [
                    space.facts[self._fact.id] >= start - self._by,
                    space.facts[self._fact.id] < start,
                ]
                try:
                    row = space.village(item.lost, *fallen, *at, alone=self._alone)
                except Undecided:
                    every = False
                    continue
                if row is not None:
                    yield self._fact, output, item, row
                    break
            else:
                if not every or len(starts) > _MANY:
                    self._view.note(item.span)

    def _starts(self, item: Item, output: Output) -> tuple[list[int], bool]:
        """Where something turns, and whether nowhere else, as where amounts meet."""
        view, id_ = self._view, self._fact.id
        axes = view.stretches(resting(view, output), view.plan.policy.facts)
        if axes is not None:
            starts = {cast("int", start) for part in axes for start in part.get(id_, ())}
            return sorted(starts), not _meets(view.programme)
        tests = (simplify(condition, view.plan.constants) for condition in item.conditions)
        edges = {t.value for test in tests for t in thresholds(test) if t.name.id == id_}
        return sorted(edge + n for edge in edges for n in (0, 1)), False

    def _within(self, by: int, moved: Villages) -> Term:
        """Whether the villages so much further may be: in range, with all that must hold."""
        term, high = self._view.space.facts[self._fact.id] + by, self._fact.high
        musts = [moved.term(must.when) for must in self._view.bench.policy.musts]
        end = term >= (self._fact.low or 0) if by < 0 else high is None or term <= high
        return z3.And([end, *musts], self._context)

    def _slope(self, lower: Villages, upper: Villages, output: Output) -> Term:
        """What a unit beside loses under the same rules: that is a slope, no step.

        So it is where that unit is out of range, or none that may stand there: the rules would go on alike.
        """
        programme = self._view.programme
        alike = [
            lower.decides(programme, rule) == upper.decides(programme, rule)
            for rule in programme.rules
        ]
        lost = _lost(output, lower.output(output.id), upper.output(output.id))
        return z3.If(z3.And(alike, self._context), lost, z3.IntVal(0, self._context))


class _Beside:
    """The same where only comparisons with constants count: a village of each kind, and those beside it.

    `here` are villages of every kind, so many that what a unit or two more, or a unit less, makes of one is
    what it makes of all of its kind; `after` are they with a unit more.
    """

    def __init__(
        self, view: View, fact: Fact, cells: Cells, seen: tuple[InColumns, InColumns],
        starts: Sequence[int],
    ) -> None:  # fmt: skip
        self._view, self._fact, self._cells = view, fact, cells
        self._last = {start: then - 1 for start, then in pairwise(starts)}
        self._here, self._after = seen
        self._by = 10**fact.decimals
        self._allowed = cells.allowed() & cells.moved(fact.id, self._by).allowed()

    @classmethod
    def made(
        cls, view: View, fact: Fact, axes: Sequence[Mapping[str, Sequence[Value]]], *, known: bool
    ) -> Self | None:
        """None where there are too many kinds, or a village that cannot be decided."""
        parts, within, by = list[dict[str, Sequence[Value]]](), set[int](), 10**fact.decimals
        steps: tuple[int, ...] = (-1, 0, 1, 2)
        if by == 1:  # one kind ends where another begins
            steps = (1,)
        elif known:  # a unit beside costs nothing
            steps = (0, 1)
        for part in axes:
            starts = [v for v in part.get(fact.id, ()) if isinstance(v, int)]
            near = _near(starts, fact, steps) or _near(starts, fact, (0,))
            if near:
                parts.append({**part, fact.id: near})
                within |= set(_near(starts, fact, (*steps, 0)))
        cells = view.cells(parts) if parts else None
        if cells is None:
            return None
        here, after = cells.decided(), cells.moved(fact.id, by).decided()
        return cls(view, fact, cells, (here, after), sorted(within)) if here and after else None

    def losses(self, output: Output) -> list[_Loss] | None:
        """Every item at which some village loses of an output more than it gains, and more than before.

        None where something that is looked at has no value for a village.
        """
        from fundcalc.engines.columnar import Anomaly

        view, fact, losing = self._view, self._fact, list[_Loss]()
        try:
            at = self._fallen(output)
            for item, lost in self._items(output) if len(at) else ():
                if (item.id, fact.id) not in view.told and lost[at].any():
                    row = self._cells.row(int(at[lost[at].argmax()]))
                    number = int(row[fact.id])  # type: ignore[arg-type]
                    last = self._last.get(number, number)
                    losing.append((fact, output, item, {**row, fact.id: last}))
        except (Anomaly, NoValue):
            return None
        return losing

    def _fallen(self, output: Output) -> NDArray[np.int64]:
        """The villages that lose more than they gain by a unit, and more than any unit beside costs."""
        import numpy as np

        loss = _lost(output, *(_exact(seen, output.id) for seen in (self._here, self._after)))
        at = np.flatnonzero((loss > gained(self._view.programme, self._fact)) & self._allowed)
        beside = () if fixed(self._view.programme, output) else (-self._by, 2 * self._by)
        for by in beside[:1] if is_money(self._fact.type) else beside:
            at = at[loss[at] > self._slope(by, output, at)] if len(at) else at
        return at

    def _slope(self, by: int, output: Output, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """What a unit beside loses under the same rules, of some villages, out of range too."""
        import numpy as np

        programme = self._view.programme
        other = self._cells.moved(self._fact.id, by, at).decided()
        if other is None:
            raise NoValue((0, 0))  # then z3 is asked
        alike = np.ones(len(at), dtype=np.bool_)
        beside = self._here if by < 0 else self._after
        known = zip(beside.held(programme.id), other.held(programme.id), strict=True)
        for (_, here), (_, there) in known:
            alike &= here[at] == there
        lost = _lost(output, _exact(other, output.id), _exact(beside, output.id)[at])
        return np.where(alike, lost if by < 0 else -lost, 0)

    def _items(self, output: Output) -> Iterator[tuple[Rule | Output, NDArray[np.bool_]]]:
        """The rules, and the choices of a further output, each with the villages where it is lost."""
        programme, here, after = self._view.programme, self._here, self._after
        masks = (mask for _, mask in here.held(programme.id))
        none = ~reduce(operator.or_, masks, ~self._allowed & self._allowed)
        for rule in programme.rules:
            here_decides, after_decides = self._decides(here, rule), self._decides(after, rule)
            lost, both = here_decides & ~after_decides, here_decides & after_decides
            yield rule, lost | (none & after_decides) | (both & self._flips(rule.then, both))
        if output is not programme.result:
            yield output, self._flips(output.value, self._allowed)

    def _decides(self, seen: InColumns, rule: Rule) -> NDArray[np.bool_]:
        programme = self._view.programme
        decides: NDArray[np.bool_] = dict(seen.held(programme.id))[rule.id]
        if programme.hit_policy in ("collect max", "collect min") and rule.then is not None:
            decides = decides & (
                seen.amounts(rule.then, decides) == seen.numbers(programme.result.id)
            )
        return decides

    def _flips(self, value: Node | None, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The villages for which an amount turns, of those `among` which it is asked for."""
        flips = ~self._allowed & self._allowed
        for node in turning(value, self._fact.id):
            if isinstance(node, Lookup):
                before, then = (seen.amounts(node, among) for seen in (self._here, self._after))
                flips = flips | (before != then)
            else:
                flips = flips | (self._here.truth(node) != self._after.truth(node))
        return flips


class _Turns:
    """The same where rules are boxes whose amounts do not fall: money is lost where one begins or ends.

    There villages are cut into parts of which the same rules hold before a step, and after it. Pieces are
    held against the one that ends or begins.
    """

    def __init__(self, view: View, pieces: Pieces, output: Output, fact: Fact) -> None:
        self._view, self._pieces, self._output, self._fact = view, pieces, output, fact
        self._by, self._gained = 10**fact.decimals, gained(view.programme, fact)
        self._ranks = ranks = Ranks(view, pieces, output.charge)
        self._hit, self._sign, self._last = ranks.hit, ranks.sign, ranks.last
        rules = enumerate(view.programme.rules)
        self._open = {n for n, rule in rules if (rule.id, fact.id) not in view.told}
        self._losing: list[_Loss] = []
        self._tests = [evaluation(must) for musts in view.musts for must in musts]
        self._clear = not pieces.grid.open and not view.musts[1]

    @classmethod
    def made(cls, view: View, output: Output, fact: Fact) -> Self | None:
        """None where rules are no boxes, or what they give may fall by itself."""
        programme = view.programme
        counted = ("unique", "any", "first", "collect max", "collect min", "collect sum")
        if output is not programme.result or programme.hit_policy not in counted:
            return None
        pieces = Pieces.made(view)
        if pieces is None or not (
            pieces.fixed
            or (
                programme.hit_policy != "collect sum" and not output.charge and pieces.rise(fact.id)
            )
        ):
            return None
        return cls(view, pieces, output, fact)

    def losses(self) -> list[_Loss]:
        """Every rule at whose end, or at another's beginning, some village loses."""
        grid, rules = self._pieces.grid, self._view.programme.rules
        if self._fact.id in grid.axes and grid.domain is not None:
            masks = grid.masks(self._fact.id)
            allowed = grid.domain.get(self._fact.id, -1)
            for step in self._steps():
                if not allowed >> step[2] & allowed >> step[3] & 1:
                    continue
                here, after = masks[step[2]], masks[step[3]]
                for piece in bits_of(here ^ after):
                    try:
                        self._search(piece, step, here, after)
                    except TooMany:
                        self._view.note(rules[self._pieces.rules[piece]].span)
        return self._losing

    def _steps(self) -> Iterator[tuple[int, int, int, int]]:
        """From which least to which greatest number a step leads from one stretch to another."""
        starts = cast("Sequence[int]", self._pieces.grid.axes[self._fact.id])
        first, last = starts[0], fact_limits(self._fact).high - self._by
        cuts = {start - by for start in starts for by in (0, self._by)}
        at = [first, *sorted(cut for cut in cuts if first < cut <= last), last + 1]
        for low, end in pairwise(at):
            here, there = (bisect_right(starts, low + by) - 1 for by in (0, self._by))
            if here != there and low < end:
                yield low, end - 1, here, there

    def _search(self, piece: int, step: tuple[int, int, int, int], here: int, after: int) -> None:
        """Look at all villages for which one piece decides on its side of a step."""
        pieces, ended = self._pieces, bool(here >> piece & 1)
        box = pieces.grid.meet(pieces.grid.boxes[piece], pieces.grid.domain or {})
        if box is None or (ended and pieces.rules[piece] not in self._open):
            return
        if ended and not pieces.fixed:
            self._see(box, step)
            if pieces.rules[piece] not in self._open:
                return
        cut = Cut(pieces.grid, box, here | after, without=self._fact.id)
        here, after = here & cut.meeting, after & cut.meeting
        ranks, reach = self._ranks, {**pieces.grid.ends(box)}
        reach[self._fact.id] = step[0], step[1] + self._by
        ranks.compare(piece, cut.meeting, reach)
        plain = self._hit == "collect sum" and ended and self._last is not None
        counted = here ^ after if plain and not ranks.high[self._last or 0] else -1

        def trim(whole: int, some: int) -> int | None:
            before = ranks.counting(whole & here, some & here)
            then = ranks.counting(whole & after, some & after)
            if not (before if ended else then) >> piece & 1:
                return None
            most: Exact
            if self._hit == "collect sum":
                most = self._sum_lost(whole, some, ended, here, after)
            elif ended:
                most = -ranks.least(whole & after, then)
            else:
                most = self._greatest(piece, whole & here, before & after)
            return (before | then) & counted if most > self._gained else None

        for part, counting in cut.parts(trim):
            at = {self._fact.id: (step[1], step[0])}
            for row, lost in self._losers(part, counting & here, counting & after, at):
                self._note(row, lost)
                if ended and pieces.rules[piece] not in self._open:
                    return

    def _see(self, box: Box, step: tuple[int, int, int, int]) -> None:
        """Note what some villages of a box lose."""
        grid = self._pieces.grid
        for row in islice(self._view.rows(box, grid, {self._fact.id: (step[1], step[0])}), _FEW):
            holding = grid.holding(row), grid.holding(_stepped(row, self._fact))
            self._note(row, self._lost(row, *holding))

    def _note(self, row: Row, lost: set[int]) -> None:
        fact, output, rules = self._fact, self._output, self._view.programme.rules
        self._losing += [(fact, output, rules[n], row) for n in sorted(lost)]
        self._open -= lost

    def _greatest(self, piece: int, whole: int, some: int) -> Exact:
        """The most that may be given before a step by a rule that is still open, or by none."""
        none: Exact = -INT64_MAX
        if not whole and self._last is not None and self._pieces.rules[piece] in self._open:
            none = self._ranks.high[self._last]
        if self._hit not in ("first", "collect min"):
            return none  # what holds before and after cannot be lost
        rules = self._pieces.rules
        return max([none, *(self._ranks.high[n] for n in bits_of(some) if rules[n] in self._open)])

    def _sum_lost(self, whole: int, some: int, ended: bool, here: int, after: int) -> Exact:
        """At most by how much a sum falls; what both sides have stays."""
        values, none = self._ranks.high, -INT64_MAX
        first, last = here & ~after, after & ~here
        fallen: Exact = sum(values[n] for n in bits_of(whole & first))
        fallen += sum(max(values[n], 0) for n in bits_of(some & ~whole & first))
        risen: Exact = sum(values[n] for n in bits_of(whole & last))
        risen += sum(min(values[n], 0) for n in bits_of(some & ~whole & last))
        rest = None if self._last is None else values[self._last]
        if ended:
            from_none = none if rest is None or whole & after else fallen - rest
            return max(fallen - risen, from_none)
        return none if rest is None or whole & here else rest - risen

    def _losers(
        self, part: Box, here: int, after: int, at: Mapping[str, Sequence[int]]
    ) -> Iterator[tuple[Row, set[int]]]:
        """Villages of a part that lose, with the rules at which they do."""
        grid = self._pieces.grid
        for row in self._view.rows(part, grid, at):
            lost = self._lost(row, here, after)
            if lost:
                yield row, lost
                if self._pieces.fixed:
                    return
        if self._pieces.fixed and self._clear:
            return
        while (row_of_z3 := self._asked(part, here, after, at)) is not None:
            lost = self._lost(row_of_z3, here, after)
            if not lost:
                raise TooMany
            yield row_of_z3, lost

    def _lost(self, row: Row, here: int, after: int) -> set[int]:
        """The rules that are still open at which a village loses."""
        stepped, rules = _stepped(row, self._fact), self._pieces.rules
        decided = self._ranks.decided
        try:
            if not all(test(stepped) for test in self._tests):
                return set()
            (deciding, given), (then, gives) = decided(row, here), decided(stepped, after)
        except NoValue:
            return set()
        if given is None or gives is None or given - gives <= self._gained:
            return set()
        if max(abs(given), abs(gives)) > INT64_MAX:
            return set()  # such a village is decided by no engine, which FC712 says
        return {rules[n] for n in bits_of(deciding & ~then if deciding else then)} & self._open

    def _asked(
        self, part: Box, here: int, after: int, at: Mapping[str, Sequence[int]]
    ) -> Row | None:
        """The same of z3, which is told which rules hold. Raises TooMany."""
        space, pieces, terms = self._view.space, self._pieces, list[Term]()
        sides = (here, space.villages), (after, self._moved)
        values, results = list[dict[int, Term]](), list[Term]()
        for holding, villages in sides:
            last = () if holding or self._last is None else (self._last,)
            used = [pieces.values[n] for n in (*bits_of(holding), *last)]
            looking = [n for n in used if any(isinstance(part, Lookup) for part in walk(n))]
            terms += map(villages.has, looking)
            amounts = [self._sign * villages.term(node) for node in used]
            if not amounts:
                return None
            if self._hit in ("collect max", "collect min"):
                pick = smt.larger if self._hit == "collect max" else smt.smaller
                results.append(reduce(pick, amounts))
            else:
                results.append(amounts[0])
            if self._hit == "any":
                terms += [amount == amounts[0] for amount in amounts]
            values.append(dict(zip(bits_of(holding), amounts, strict=False)))
        before, then = values
        deciding, result = (before, results[0]) if before else (then, results[1])
        lost = [  # of a village that no rule decided, by the rules that begin
            z3.And(deciding[n] == result, not before or n not in then or then[n] != results[1])
            for n in deciding
            if pieces.rules[n] in self._open and (self._hit != "first" or n == min(deciding))
        ]
        terms.append(z3.Or(lost, space.sides.context))
        terms += [z3.And(r >= -INT64_MAX, r <= INT64_MAX) for r in results]  # as in `_lost`
        terms += [self._moved.term(must.when) for must in self._view.bench.policy.musts]
        terms += [results[0] - results[1] > self._gained, *space.within(pieces.grid, part, at)]
        try:
            return space.village(*terms)
        except Undecided:
            raise TooMany from None

    @cached_property
    def _moved(self) -> Villages:
        space, id_ = self._view.space, self._fact.id
        return space.on_facts({**space.facts, id_: space.facts[id_] + self._by}, f"!{id_}+")


def _told(view: View, losing: Sequence[_Loss]) -> Iterator[tuple[object, Diagnostic]]:
    """A finding for each loss whose village, decided before the step and after it, does lose."""
    facts = {fact.id: fact for fact, *_ in losing}
    unit_gains = {id_: gained(view.programme, fact) for id_, fact in facts.items()}
    for output in dict.fromkeys(output.id for _, output, *_ in losing):
        losses = [loss for loss in losing if loss[1].id == output]
        pairs = [(row, _stepped(row, fact)) for fact, _, _, row in losses]
        apart = rests_on_others(view.plan, view.programme, output)
        groups = [[row] for pair in pairs for row in pair] if apart else pairs
        seen = replays(view.plan, view.programme, groups, output=output)
        for n, (fact, of, item, _) in enumerate(losses):
            steps = (
                ((seen[2 * n], 0), (seen[2 * n + 1], 0)) if apart else ((seen[n], 0), (seen[n], 1))
            )
            if any(replayed.result is None for replayed, _ in steps):
                if not isinstance(item, Item):  # z3's may be refused for what other checks tell
                    view.note(item.span)
                continue
            before, after = (replayed.value(output, at) for replayed, at in steps)
            assert isinstance(before, int) and isinstance(after, int)
            if _lost(of, before, after) > unit_gains[fact.id]:
                shown = before, after, steps[0][0]
                yield (item.id, fact.id), _finding(view, fact, item, of, shown)


def _near(starts: Sequence[int], fact: Fact, steps: Sequence[int]) -> list[int]:
    """The values so many units before each start of which a unit more is in range, too."""
    by, low, high = 10**fact.decimals, min(starts, default=0), fact.high
    ends = [high + 1] if starts and high is not None else []
    near = {start - n * by for start in [*starts, *ends] for n in steps}
    return [v for v in sorted(near) if v >= low and (high is None or v + by <= high)]


def _meets(programme: Programme) -> bool:
    """Whether another rule may win where amounts meet, and conditions do not turn."""
    return programme.hit_policy in ("collect max", "collect min")


def _lost(output: Output, before: Any, after: Any) -> Any:
    """What is lost of an output; of a charge what is paid more."""
    return after - before if output.charge else before - after


def _exact(seen: InColumns, output: str) -> NDArray[Any]:
    """An output's numbers, of which no difference wraps."""
    numbers = seen.numbers(output)
    return numbers.astype(object) if abs(numbers // 4).max() > INT64_MAX // 16 else numbers


def _stepped(row: Row, fact: Fact) -> Row:
    return {**row, fact.id: int(row[fact.id]) + 10**fact.decimals}  # type: ignore[arg-type]


def _finding(
    view: View,
    fact: Fact,
    item: Item | Rule | Output,
    output: Output,
    shown: tuple[int, int, Replay],
) -> Diagnostic:
    """`shown` has the output before and after the step, and the village."""
    before, after, seen = shown
    row = seen.rows[0]
    kind = output.type
    assert isinstance(kind, Number) and isinstance(fact.type, Number)
    start, end = (literal(each[fact.id], fact.type) for each in (row, _stepped(row, fact)))
    step = amount_said(1, replace(fact.type, decimals=0)) if is_money(fact.type) else "1"
    lost = amount_said(abs(before - after), kind)
    finding = view.say(
        "FC711.charge" if output.charge else CODE, item.span, seen=seen, item=item.id, fact=fact.id,
        step=step, start=start, end=end, output=output.id, amount=lost,
    )  # fmt: skip
    common = {"programme": view.programme.id, "fact": fact.id, "output": output.id}
    one = words("checks.step_of", item=item.id, start=start, end=end, amount=lost)
    many = "FC711.many_charged" if output.charge else "FC711.many"
    return replace(finding, alike=Alike(many, common, one))

"""What would change a decision: for each fact and side, the nearest value that changes an output.

The edges of the policy's conditions cut a fact's range into stretches; within one, outputs keep their
direction, so halving finds the place. Where they may turn back, z3 looks instead. Everything said has
been replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount, ChangeSaid
from fundcalc.explain.frames import Frames, ProgrammeFrame
from fundcalc.explain.nearest import Test, above, below, first
from fundcalc.explain.replay import Chain, Outcome, Replayer, chain_of
from fundcalc.explain.shape import Shape, marks, shape
from fundcalc.language.datatypes import Text
from fundcalc.language.edges import OTHER_TEXT
from fundcalc.language.nodes import Value, names
from fundcalc.policy.model import IDENTITY, Fact, Output
from fundcalc.policy.plan import Plan, deciding_expressions, upstream


@dataclass(frozen=True)
class Found:
    """The nearest values that change an output, and those at which other rules decide."""

    nearest: tuple[ChangeSaid, ...] = ()
    other_rules: tuple[ChangeSaid, ...] = ()


@dataclass(frozen=True)
class Lever:
    """A fact that can move a programme: where conditions turn, and how outputs move between.

    `decides` is False where the programme's own conditions rest on it in no way.
    """

    fact: Fact
    marks: Sequence[Value]
    shape: Shape
    decides: bool


@dataclass(frozen=True)
class Programme:
    """A programme made ready to be replayed: those before it, and its levers.

    `identity` are levers that say which village it is, such as the county: no such fact has a nearest.
    """

    frame: ProgrammeFrame
    chain: Chain
    levers: tuple[Lever, ...]
    identity: tuple[Lever, ...]

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Its outputs."""
        return self.frame.programme.outputs


class Changes:
    """Looks for changes, village by village."""

    def __init__(self, result: Result, frames: Frames) -> None:
        self.result = result
        self.replayer = Replayer(result)
        self._frames = frames
        self._programmes: dict[str, Programme] = {}

    def programme(self, frame: ProgrammeFrame) -> Programme:
        """A programme made ready; once for all villages."""
        found = self._programmes.get(frame.plan.id)
        if found is None:
            plan = self.result.plan
            chain = chain_of(plan, frame.plan)
            nodes = [node for one in chain.programmes for node in deciding_expressions(one)]
            turns = marks(plan, nodes)
            used = dict.fromkeys(name.id for node in nodes for name in names(node))
            deciding = _deciding(plan, chain)
            levers = [
                Lever(
                    plan.policy.facts[id_],
                    turns.get(id_, ()),
                    shape(plan, chain.programmes, id_),
                    id_ in deciding,
                )
                for id_ in used
                if id_ in plan.policy.facts
            ]
            identity = tuple(one for one in levers if one.fact.id in IDENTITY)
            others = tuple(one for one in levers if one.fact.id not in IDENTITY)
            found = Programme(frame, chain, others, identity)
            self._programmes[frame.plan.id] = found
        return found

    def of(self, frame: ProgrammeFrame, index: int) -> Found:
        """What would change one programme's decision for one village."""
        programme = self.programme(frame)
        if not self.replayer.can(programme.chain):
            return Found()
        one = _Village(self, programme, index)
        nearest: list[ChangeSaid] = []
        others: list[ChangeSaid] = []
        for lever in programme.levers:
            for side in one.sides(lever):
                change = one.nearest(lever, side)
                if change is not None:
                    nearest.append(change)
                other = one.other_rules(lever, side)
                if other is not None and other != change:
                    others.append(other)
        return Found(tuple(nearest), tuple(others))


def _deciding(plan: Plan, chain: Chain) -> set[str]:
    """The facts on which the conditions of a chain's last programme rest, through outputs too."""
    used = {name.id for rule in chain.last.rules for name in names(rule.when)}
    found = set(used)
    for one in chain.programmes[:-1]:
        if used & {o.id for o in one.programme.outputs}:
            for before in upstream(plan, one):
                found |= {name.id for node in deciding_expressions(before) for name in names(node)}
    return found


@dataclass(frozen=True)
class Side:
    """The values to try on one side of the present one, nearest first; `sign` 0: other answers."""

    sign: int
    places: Sequence[Value]


class _Village:
    def __init__(self, changes: Changes, programme: Programme, index: int) -> None:
        self._changes = changes
        self._result = changes.result
        self._programme = programme
        self._index = index
        self._row = changes.replayer.row(index)
        self._fired = changes.result.fired[programme.frame.plan.id][index]
        self._seen: dict[tuple[str, Value], Outcome | None] = {}

    def sides(self, lever: Lever) -> Iterator[Side]:
        """Where to look for another value of a fact."""
        current = self._row.get(lever.fact.id)
        if current is None:
            return
        if isinstance(current, bool):
            yield Side(0, [not current])
        elif isinstance(lever.fact.type, Text):
            yield Side(0, [value for value in lever.marks if value not in (current, OTHER_TEXT)])
        elif isinstance(current, int):
            yield Side(-1, below(current, lever.marks, lever.fact))
            yield Side(1, above(current, lever.marks, lever.fact))

    def nearest(self, lever: Lever, side: Side) -> ChangeSaid | None:
        """The nearest value that changes an output."""
        return self._said(lever, self._find(lever, side, lambda value: self._differs(lever, value)))

    def other_rules(self, lever: Lever, side: Side) -> ChangeSaid | None:
        """The nearest value at which other rules decide and an output differs."""
        if not lever.decides or not any(value in lever.marks for value in side.places):
            return None
        return self._said(lever, self._first(lever, side, lambda value: self._other(lever, value)))

    def _find(self, lever: Lever, side: Side, test: Test) -> Value | None:
        if side.sign and lever.shape is Shape.any and not self._programme.chain.per:
            from fundcalc.analysis.smt import nearest

            chain = self._programme.chain.programmes
            found = nearest(self._result.plan, chain, self._row, lever.fact, side.sign)
            if found is None:
                return None
            if isinstance(found, int) and test(found):
                return found
        return self._first(lever, side, test)

    def _first(self, lever: Lever, side: Side, test: Test) -> Value | None:
        if side.sign:
            places = side.places
            if lever.shape is Shape.same:  # nothing moves but at the marks
                places = [value for value in places if value in lever.marks]
            return first(self._row[lever.fact.id], places, test)  # type: ignore[arg-type]
        return next((value for value in side.places if test(value)), None)

    def _outcome(self, lever: Lever, value: Value) -> Outcome | None:
        key = (lever.fact.id, value)
        if key not in self._seen:
            change = {lever.fact.id: value}
            replayer = self._changes.replayer
            self._seen[key] = replayer.outcome(self._programme.chain, self._index, change)
        return self._seen[key]

    def _differs(self, lever: Lever, value: Value) -> bool:
        outcome = self._outcome(lever, value)
        row = self._row
        return outcome is not None and any(
            outcome[0][o.id] != row[o.id] for o in self._programme.outputs
        )

    def _other(self, lever: Lever, value: Value) -> bool:
        outcome = self._outcome(lever, value)
        return outcome is not None and outcome[1] != self._fired and self._differs(lever, value)

    def _said(self, lever: Lever, value: Value | None) -> ChangeSaid | None:
        outcome = self._outcome(lever, value) if value is not None else None
        if value is None or outcome is None:
            return None
        row, fired = outcome
        frame = self._programme.frame
        outputs = {
            o.id: frame.amount(o, row[o.id])
            for o in self._programme.outputs
            if row[o.id] != self._row[o.id]
        }
        return ChangeSaid(
            lever.fact.id, lever.fact.title, Amount(value, lever.fact.type), outputs, fired,
            step=self._is_step(lever, value, fired),
        )  # fmt: skip

    def _is_step(self, lever: Lever, value: Value, fired: tuple[str, ...]) -> bool:
        current = self._row[lever.fact.id]
        if isinstance(current, bool) or not isinstance(current, int) or not isinstance(value, int):
            return False
        return abs(value - current) == 1 and fired == self._fired

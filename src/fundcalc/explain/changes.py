"""What would change a decision: for each fact and side, the nearest value that changes an output.

A village is decided again with a fact changed, the rest of the roster as it is. The edges of the policy's
conditions cut a fact's range into stretches; within one, outputs keep their direction, so halving finds the
place. Where they may turn back, every value is tried at once in columns, or z3 looks where there are too
many. Everything said has been replayed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from fractions import Fraction
from functools import cached_property

from fundcalc.base import dataclass
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.sharing import by_weight_at, makers, share_at
from fundcalc.engines import written
from fundcalc.engines.result import Result, Row, group_of, tie_order
from fundcalc.engines.written import Judge, Sharing, Together
from fundcalc.explain.decision import Amount, ChangeSaid
from fundcalc.explain.frames import Frames, ProgrammeFrame, Shape, marks, rows_turns, shape
from fundcalc.language.datatypes import Date, Text
from fundcalc.language.edges import OTHER_TEXT
from fundcalc.language.evaluate import NoValue, evaluation
from fundcalc.language.nodes import Value, names
from fundcalc.policy import model
from fundcalc.policy.model import IDENTITY, Fact, Output, Rule
from fundcalc.policy.plan import (
    Plan,
    deciding_expressions,
    fact_limits,
    upstream,
)

Test = Callable[[Value], bool]


def below(current: int, numbers: Iterable[int], fact: Fact) -> list[int]:
    """The places to try below a number or day, nearest first: the next, every mark, the end."""
    end = fact_limits(fact).low if fact.low is None else fact.low
    return sorted({n for n in (*numbers, current - 1, end) if end <= n < current}, reverse=True)


def above(current: int, numbers: Sequence[int], fact: Fact) -> list[int]:
    """The places to try above a number or day, nearest first: the next, every mark, the end.

    A number without a range is tried up to twice the largest that there is.
    """
    end = fact_limits(fact).high if fact.high is None else fact.high
    if fact.high is None and not isinstance(fact.type, Date):
        end = min(end, 2 * max(*numbers, current, 1))
    return sorted({n for n in (*numbers, current + 1, end) if current < n <= end})


def first(current: int, places: Sequence[int], test: Test) -> int | None:
    """The nearest number for which the test holds, where it turns at most once between two places."""
    failing = current
    for place in places:
        if not test(place):
            failing = place
            continue
        holding = place
        while abs(holding - failing) > 1:
            middle = (holding + failing) // 2
            if test(middle):
                holding = middle
            else:
                failing = middle
        return holding
    return None


MOST_VILLAGES_IN_POOLS = 20_000
"""Above this, what another fact would give out of a pool is not worked out."""
MOST_VILLAGES_GATHERED = 300
"""The same where values of many rows are at play: each is worked out anew for every fact that is tried."""

FIRST_TRIED, MOST_TRIED = 1_000, 100_000
"""So many values of a fact, the nearest, are tried one and all: first a few, then more in some 40 ms.

Days of two centuries are fewer.
"""

Outcome = tuple[Row, tuple[str, ...]]
"""A village's facts and outputs, and the rules that decide the programme asked about."""


@dataclass(frozen=True)
class Chain:
    """A programme and those whose outputs it uses, in order of computation.

    `per` are the facts by which its pools are grouped, one for each share.
    """

    programmes: tuple[model.Programme, ...]

    @cached_property
    def per(self) -> tuple[str, ...]:
        """By which fact each share of a pool is grouped."""
        return tuple(
            share_.group for programme in self.programmes for _, share_ in programme.shares
        )

    @cached_property
    def feeds_on_pools(self) -> bool:
        """Whether the programmes before the last share pools."""
        return any(programme.has_pool for programme in self.programmes[:-1])

    @cached_property
    def gathers(self) -> bool:
        """Whether some programme looks at values of many rows."""
        return any(programme.gathered for programme in self.programmes)

    @property
    def last(self) -> model.Programme:
        """The programme itself."""
        return self.programmes[-1]


def chain_of(plan: Plan, programme: model.Programme) -> Chain:
    """The programme and those whose outputs it uses."""
    return Chain(tuple(upstream(plan, programme)))


class Replayer:
    """Decides villages of a result again with other facts."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._judges: dict[str, Judge] = {}
        self._pools: dict[str, _Pool | None] = {}
        self._rows: dict[int, Row] = {}
        self._order: Sequence[int] | None = None
        self._musts = [(must, evaluation(must.when)) for must in result.plan.policy.musts]

    def row(self, index: int) -> Row:
        """A village's facts and outputs; not to be changed. A result may make its rows anew each time."""
        if index not in self._rows:
            self._rows[index] = self._result.rows[index]
        return self._rows[index]

    @cached_property
    def together(self) -> Together:
        """What must hold of all villages together."""
        return Together(self._result)

    def allowed(self, index: int, change: Mapping[str, Value]) -> bool:
        """Whether what must hold of all villages together still would.

        Where too many villages depend on each other nothing is known, so nothing is proposed.
        """
        if not self.together.asks:
            return True
        needed = self.together.programmes
        try:
            if any(programme.looks_around for programme in needed):
                if len(self._result.rows) > MOST_VILLAGES_GATHERED:
                    return False
                rows = [dict(row) for row in self._result.rows]
                rows[index].update(change)
                written.run(self._result.plan, rows, only={programme.id for programme in needed})
                return self.together.hold_for(rows)
            row: Row = {**self.row(index), **change}
            for programme in needed:
                self._decide(programme, index, row)
            return self.together.hold(self.row(index), row)
        except (PolicyProblem, NoValue):
            return False

    def keeps(self, row: Row, change: Mapping[str, Value]) -> bool:
        """Whether a changed row still meets what must hold of every row."""
        try:
            tests = [test for must, test in self._musts if change.keys() & set(must.facts)]
            return all(test({**row, **change}) for test in tests)
        except NoValue:
            return False

    def can(self, chain: Chain) -> bool:
        """Whether programmes can be replayed at all."""
        most = MOST_VILLAGES_GATHERED if chain.gathers else MOST_VILLAGES_IN_POOLS
        return not (chain.per or chain.gathers) or len(self._result.rows) <= most

    def outcome(self, chain: Chain, index: int, change: Mapping[str, Value]) -> Outcome | None:
        """The village under the last programme of a chain; None where no decision is possible.

        None, too, where the changed row is one that no roster may have.
        """
        if not self.keeps(self.row(index), change):
            return None
        moved = any(id_ in change for per in chain.per for id_ in makers(per))
        try:
            if len(chain.per) > 1 or moved or chain.gathers:
                return self._all_again(chain, index, change)
            row: Row = {**self.row(index), **change}
            fired: tuple[str, ...] = ()
            for programme in chain.programmes:
                fired = self._decide(programme, index, row)
        except (PolicyProblem, NoValue):
            return None
        return row, fired

    def rules(self, chain: Chain, index: int, change: Mapping[str, Value]) -> tuple[str, ...]:
        """The rules that decide the last programme of a chain; none where no decision is possible."""
        if not self.keeps(self.row(index), change):
            return ()
        if chain.feeds_on_pools or chain.gathers:
            outcome = self.outcome(chain, index, change)
            return outcome[1] if outcome is not None else ()
        row: Row = {**self.row(index), **change}
        try:
            for programme in chain.programmes[:-1]:
                self._decide(programme, index, row)
            judge = self._judge(chain.last)
            return judge.fired(judge.matches(row), row)
        except (PolicyProblem, NoValue):
            return ()

    def _all_again(self, chain: Chain, index: int, change: Mapping[str, Value]) -> Outcome:
        rows = [dict(row) for row in self._result.rows]
        rows[index].update(change)
        rerun = written.run(self._result.plan, rows, only={p.id for p in chain.programmes})
        return rows[index], rerun.fired[chain.last.id][index]

    def _decide(self, programme: model.Programme, index: int, row: Row) -> tuple[str, ...]:
        """Decide one programme; its outputs are written into the row."""
        judge = self._judge(programme)
        fired = judge.fired(judge.matches(row), row)
        pool = self._pool(programme)
        if pool is None:
            judge.settle(row, fired)
            return fired
        output = programme.result.id
        if pool.rule is not None:
            share = pool.share(index, row) if pool.rule in fired else None
            values = [share if id_ == pool.rule else judge.values((id_,), row)[0] for id_ in fired]
            row[output] = judge.combine(fired, [v for v in values if v is not None], row)
        else:
            row[output] = judge.combine(fired, judge.values(fired, row) if fired else (), row)
        for place, also in enumerate(programme.also):
            if also.share is None:
                judge.further(row, place)
            else:
                row[also.id] = pool.share(index, row)
        return fired

    def _judge(self, programme: model.Programme) -> Judge:
        if programme.id not in self._judges:
            self._judges[programme.id] = Judge(self._result.plan, programme)
        return self._judges[programme.id]

    def _pool(self, programme: model.Programme) -> _Pool | None:
        if programme.id not in self._pools:
            if not programme.has_pool:
                self._pools[programme.id] = None
                return None
            if self._order is None:
                self._order = tie_order(self._result.rows)
                # All at once: a result in columns makes a row for itself at fifty times the cost.
                self._rows = dict(enumerate(self._result.rows)) | self._rows
            item, share_ = programme.shares[0]
            rule = item.id if isinstance(item, Rule) else None
            sharing = Sharing(self._judge(programme), share_, item.id, item.span)
            fired = list(self._result.fired[programme.id])
            self._pools[programme.id] = _Pool(self, sharing, share_.group, fired, rule, self._order)
        return self._pools[programme.id]


class Unreached(Exception):
    """Not all values of a fact can be tried at once."""


@dataclass
class _Group:
    """Who claims in one group, in the order in which ties are broken, with weights and ends."""

    claims: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    caps: list[int | None] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)

    @cached_property
    def capped(self) -> int | None:
        """What all claims with weight come to under their caps; None where one has no cap."""
        caps = [cap for cap, weight in zip(self.caps, self.weights, strict=True) if weight]
        return None if None in caps else sum(cap for cap in caps if cap is not None)

    @cached_property
    def lowest_caps(self) -> list[tuple[Fraction, int]]:
        """The two caps that rising water reaches first, each as its level and the claim's place."""
        weighted = enumerate(zip(self.caps, self.weights, strict=True))
        return sorted(
            (Fraction(cap, weight), place)
            for place, (cap, weight) in weighted
            if weight and cap is not None
        )[:2]

    def reaches_a_cap(self, pool: int, total: int, but: int) -> bool:
        """Whether a pool shared by weight alone, `total` in all, reaches any cap but that at a place."""
        return any(level * total <= pool for level, place in self.lowest_caps if place != but)


class _Pool:
    """One share over all its groups, ready to be shared anew when one village changes."""

    def __init__(
        self, replayer: Replayer, sharing: Sharing, per: str, fired: Sequence[tuple[str, ...]],
        rule: str | None, order: Sequence[int],
    ) -> None:  # fmt: skip
        self.rule = rule
        self._row = replayer.row
        self._sharing = sharing
        self._per = per
        self._rank = {index: place for place, index in enumerate(order)}
        self._groups: dict[str, _Group] = {}
        for index in order:
            row = self._row(index)
            group = self._groups.setdefault(group_of(row, per, index), _Group())
            for key, added in sharing.sums.items():
                group.sums[key] = group.sums.get(key, 0) + added(row)
            if rule is None or rule in fired[index]:
                group.claims.append(index)
                group.weights.append(sharing.weight(row))
                group.caps.append(sharing.cap(row))
                group.floors.append(sharing.floor(row))

    def share(self, index: int, row: Row) -> int:
        """What the village gets, in fen, if its row were this one."""
        weight, cap = self._sharing.weight(row), self._sharing.cap(row)
        floor = self._sharing.floor(row)
        name = group_of(row, self._per, index)
        group, before = self._groups[name], self._row(index)
        sums = {
            key: group.sums[key] - added(before) + added(row)
            for key, added in self._sharing.sums.items()
        }
        amount = self._sharing.amount(name, sums, row)
        place = bisect_left(group.claims, self._rank[index], key=self._rank.__getitem__)
        has_claim = place < len(group.claims) and group.claims[place] == index
        floors = [*group.floors[:place], floor, *group.floors[place + has_claim :]]
        self._sharing.refuse_short(name, amount, floors)
        if not weight:
            return floor
        if cap is not None and group.capped is not None and not any(floors):
            now = group.caps[place] if has_claim and group.weights[place] else 0
            if group.capped - (now or 0) + cap <= amount:
                return cap  # the pool suffices for all, as in `share`
        weights = [*group.weights[:place], weight, *group.weights[place + has_claim :]]
        total = sum(weights)
        if not (
            any(floors)
            or (cap is not None and cap * total <= amount * weight)
            or group.reaches_a_cap(amount, total, place if has_claim else -1)
        ):
            return by_weight_at(amount, weights, place)
        caps = [*group.caps[:place], cap, *group.caps[place + has_claim :]]
        return share_at(amount, weights, caps, place, floors if any(floors) else None)


@dataclass(frozen=True)
class NearestChanges:
    """The nearest values that change an output, and those at which other rules decide."""

    nearest: tuple[ChangeSaid, ...] = ()
    other_rules: tuple[ChangeSaid, ...] = ()


@dataclass(frozen=True)
class Lever:
    """A fact that can move a programme: where conditions turn, and how outputs move between.

    `decides` is False where the programme's own conditions do not rest on it. Tables have other rows from
    each of `turns` on.
    """

    fact: Fact
    marks: Sequence[Value]
    shape: Shape
    decides: bool
    turns: frozenset[int] = frozenset()

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The marks that are numbers or days, or answers of yes and no."""
        return tuple(mark for mark in self.marks if isinstance(mark, int))


@dataclass(frozen=True)
class Programme:
    """A programme made ready to be replayed: those before it, and its levers.

    `identity` are levers that say which village it is, such as the county: it has no nearest value.
    `alone` is the plan of its chain, which asks nothing else of a row.
    """

    frame: ProgrammeFrame
    chain: Chain
    levers: tuple[Lever, ...]
    identity: tuple[Lever, ...]
    alone: Plan

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Its outputs."""
        return self.frame.programme.outputs

    def alike(self, row: Row, musts: Sequence[model.Must]) -> tuple[object, ...] | None:
        """What villages have in common for which the same changes hold; None where pools are shared.

        A fact that moves nothing between its edges counts by where among them it lies; next to one by
        its value, since one step may then cross it.
        """
        if self.chain.per:
            return None
        common: list[object] = [row.get(lever.fact.id) for lever in self.identity]
        common += [row.get(id_) for must in musts for id_ in must.facts]
        for lever in self.levers:
            value = row.get(lever.fact.id)
            if lever.shape is Shape.same and isinstance(value, int) and lever.numbers:
                at = bisect_left(lever.numbers, value)
                if all(abs(mark - value) > 1 for mark in lever.numbers[max(at - 1, 0) : at + 1]):
                    common.append(("between", at))
                    continue
            common.append(value)
        return tuple(common)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(output.id for output in self.outputs)


class Changes:
    """Looks for changes, village by village."""

    def __init__(self, result: Result, frames: Frames) -> None:
        self.result = result
        self.replayer = Replayer(result)
        self._frames = frames
        self._programmes: dict[str, Programme] = {}
        self._by_alike: dict[tuple[object, ...], NearestChanges] = {}

    def programme(self, frame: ProgrammeFrame) -> Programme:
        """A programme made ready; once for all villages."""
        prepared = self._programmes.get(frame.programme.id)
        if prepared is None:
            plan = self.result.plan
            chain = chain_of(plan, frame.programme)
            nodes = [
                node for programme in chain.programmes for node in deciding_expressions(programme)
            ]
            turns, rows_turn = marks(plan, nodes), rows_turns(plan, nodes)
            used = dict.fromkeys(name.id for node in nodes for name in names(node))
            deciding = _deciding(plan, chain)
            levers = [
                Lever(
                    plan.policy.facts[id_],
                    turns.get(id_, ()),
                    shape(plan, chain.programmes, id_),
                    id_ in deciding,
                    rows_turn.get(id_, frozenset()),
                )
                for id_ in used
                if id_ in plan.policy.facts
            ]
            identity = tuple(lever for lever in levers if lever.fact.id in IDENTITY)
            movable = tuple(lever for lever in levers if lever.fact.id not in IDENTITY)
            free = replace(plan.policy, musts=())
            alone = replace(plan, policy=free, programmes=chain.programmes)
            prepared = Programme(frame, chain, movable, identity, alone)
            self._programmes[frame.programme.id] = prepared
        return prepared

    def of(self, frame: ProgrammeFrame, index: int) -> NearestChanges:
        """What would change one programme's decision for one village."""
        programme = self.programme(frame)
        if not self.replayer.can(programme.chain):
            return NearestChanges()
        alike = programme.alike(self.replayer.row(index), self.result.plan.policy.musts)
        if alike is None or self.replayer.together.asks:
            return self._changes_of(programme, index)
        key = (frame.programme.id, *alike)
        if key not in self._by_alike:
            self._by_alike[key] = self._changes_of(programme, index)
        return self._by_alike[key]

    def _changes_of(self, programme: Programme, index: int) -> NearestChanges:
        village = _Village(self, programme, index)
        nearest: list[ChangeSaid] = []
        other_rules: list[ChangeSaid] = []
        for lever in programme.levers:
            for side in village.sides(lever):
                change, other = village.nearest(lever, side), village.other_rules(lever, side)
                nearest += village.said(lever, change)
                other_rules += village.said(lever, other) if other != change else ()
        return NearestChanges(tuple(nearest), tuple(other_rules))


def _deciding(plan: Plan, chain: Chain) -> set[str]:
    """The facts on which the conditions of a chain's last programme rest, through outputs too."""
    used = {name.id for rule in chain.last.rules for name in names(rule.when)}
    deciding = set(used)
    for programme in chain.programmes[:-1]:
        if used & {o.id for o in programme.outputs}:
            for earlier in upstream(plan, programme):
                deciding |= {
                    name.id for node in deciding_expressions(earlier) for name in names(node)
                }
    return deciding


@dataclass(frozen=True)
class Side:
    """The values to try on one side of the present one, nearest first, and the marks among them.

    `sign` 0: other answers.
    """

    sign: int
    places: Sequence[Value]
    marks: Sequence[Value]


class _Village:
    def __init__(self, changes: Changes, programme: Programme, index: int) -> None:
        self._changes = changes
        self._result = changes.result
        self._programme = programme
        self._index = index
        self._row = changes.replayer.row(index)
        self._fired = changes.result.fired[programme.frame.programme.id][index]
        self._seen: dict[tuple[str, Value], Outcome | None] = {}

    def sides(self, lever: Lever) -> Iterator[Side]:
        """Where to look for another value of a fact."""
        current, marks = self._row.get(lever.fact.id), lever.marks
        places: Sequence[Value]
        if current is None:
            return
        if isinstance(current, bool) or isinstance(lever.fact.type, Text):
            places = [value for value in marks if value not in (current, OTHER_TEXT)]
            if isinstance(current, bool):
                places = [not current]
            yield Side(0, places, [value for value in places if value in marks])
        elif isinstance(current, int):
            for sign, find in ((-1, below), (1, above)):
                places = self._places_kept(lever, current, find(current, lever.numbers, lever.fact))
                yield Side(sign, places, [value for value in places if value in marks])

    def _places_kept(self, lever: Lever, current: int, places: list[int]) -> list[int]:
        """The places up to the last at which the row still meets what must hold of it, and that one."""
        keeps, id_ = self._changes.replayer.keeps, lever.fact.id
        if not places or keeps(self._row, {id_: places[-1]}):
            return places
        last = first(current, places, lambda value: not keeps(self._row, {id_: value}))
        assert last is not None
        end = last + (1 if last < current else -1)
        return [*(place for place in places if abs(place - current) < abs(end - current)),
                *([end] if end != current else [])]  # fmt: skip

    def nearest(self, lever: Lever, side: Side) -> Value | None:
        """The nearest value that changes an output."""

        def test(value: Value) -> bool:
            return self._differs(lever, value)

        if side.sign and lever.shape is Shape.any and not self._programme.chain.per:
            from fundcalc.analysis.smt import nearest

            with suppress(Unreached):
                return next((value for value in self._moving(lever, side) if test(value)), None)
            chain = self._programme.chain.programmes
            solution = nearest(self._result.plan, chain, self._row, lever.fact, side.sign)
            if solution is None:
                return None
            if isinstance(solution, int) and test(solution):
                return solution
        return self._first_place(lever, side, test)

    def _moving(self, lever: Lever, side: Side) -> Iterator[int]:
        """All numbers of a side that change an output, nearest first, tried as so many rows of a roster.

        Raises Unreached where too many do not, rows look around, or one of them cannot be decided.
        """
        current, programmes = self._row[lever.fact.id], self._programme.chain.programmes
        if not side.places:
            return
        assert isinstance(current, int) and isinstance(side.places[-1], int)
        numbers = range(current + side.sign, side.places[-1] + side.sign, side.sign)
        if any(programme.looks_around for programme in programmes):
            raise Unreached
        for part in (numbers[:FIRST_TRIED], numbers[FIRST_TRIED:MOST_TRIED]):
            yield from self._moved(lever, part) if part else ()
        if len(numbers) > MOST_TRIED:
            raise Unreached

    def _moved(self, lever: Lever, numbers: range) -> Iterator[int]:
        import numpy as np

        from fundcalc.engines import columnar

        facts = {
            id_: value for id_, value in self._row.items() if id_ in self._result.plan.policy.facts
        }
        if None in facts.values():
            raise Unreached
        columns: dict[str, Sequence[Value]] = {
            id_: [value] * len(numbers) for id_, value in facts.items()
        }
        columns[lever.fact.id] = numbers
        try:
            decided = columnar.run(self._programme.alone, columns)
        except columnar.Anomaly as anomaly:
            raise Unreached from anomaly
        moves = np.zeros(len(numbers), dtype=np.bool_)
        for id_ in self._programme.ids:
            moves |= [value != self._row[id_] for value in decided.values(id_)]
        yield from (numbers[place] for place in np.flatnonzero(moves))

    def other_rules(self, lever: Lever, side: Side) -> Value | None:
        """The nearest value at which other rules decide and an output differs."""
        if not lever.decides or not side.marks:
            return None
        return self._first_place(lever, side, lambda value: self._other_rules_decide(lever, value))

    def _first_place(self, lever: Lever, side: Side, test: Test) -> Value | None:
        if side.sign:
            # where the shape is the same, nothing moves but at the marks
            places = side.marks if lever.shape is Shape.same else side.places
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
        if outcome is None:
            return False
        changed, present = outcome[0], self._row
        return any(changed[id_] != present[id_] for id_ in self._programme.ids)

    def _other_rules_decide(self, lever: Lever, value: Value) -> bool:
        outcome = self._outcome(lever, value)
        moved = outcome is not None and outcome[1] != self._fired
        return moved and self._differs(lever, value)

    def said(self, lever: Lever, value: Value | None) -> Iterator[ChangeSaid]:
        """What the value of a fact would change, if there is one."""
        outcome = self._outcome(lever, value) if value is not None else None
        if value is None or outcome is None:
            return
        if not self._changes.replayer.allowed(self._index, {lever.fact.id: value}):
            return
        row, fired = outcome
        frame = self._programme.frame
        outputs = {
            o.id: frame.amount(o, row[o.id])
            for o in self._programme.outputs
            if row[o.id] != self._row[o.id]
        }
        yield ChangeSaid(
            lever.fact.id, lever.fact.title, Amount(value, lever.fact.type), outputs, fired,
            step=self._is_step(lever, value, fired),
        )  # fmt: skip

    def _is_step(self, lever: Lever, value: Value, fired: tuple[str, ...]) -> bool:
        current = self._row[lever.fact.id]
        if isinstance(current, bool) or not isinstance(current, int) or not isinstance(value, int):
            return False
        alike = fired == self._fired and max(value, current) not in lever.turns
        return abs(value - current) == 1 and alike

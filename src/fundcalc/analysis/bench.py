"""What a check works on: each programme under every combination of readings, its edges and its shares.

A village that z3 finds is handed to the engines as a roster would hand it: what is shown has happened.
Where comparisons with constants are all that decides, as in a decision table, `Cells` has a village for every
way in which they may turn out, and z3 is not asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import cached_property
from itertools import accumulate, islice, product
from math import prod
from typing import TYPE_CHECKING, Any, cast

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words
from fundcalc.engines.calculate import calculate
from fundcalc.engines.result import Result, Row
from fundcalc.engines.written import Judge, gather
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.edges import (
    OTHER_TEXT,
    Box,
    Grid,
    Ranges,
    TooMany,
    at_corners,
    bits_of,
    edges,
    stretches,
)
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation, simplify, unmet
from fundcalc.language.nodes import Const, Lookup, Name, Node, Value, names, walk
from fundcalc.language.show import literal
from fundcalc.policy.model import IDENTITY, Fact, Must, Policy, Programme
from fundcalc.policy.plan import (
    Plan,
    deciding_expressions,
    draft_plan,
    planned_expressions,
    ranges,
    upstream,
    used_names,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.analysis.smt import Clock, Space
    from fundcalc.core.smt import Term
    from fundcalc.engines.columnar import InColumns


@dataclass(frozen=True, slots=True)
class Replay:
    """What the engines said: a result, or why there is none. `rows` are the villages given."""

    rows: tuple[Row, ...]
    result: Result | None
    problems: tuple[Diagnostic, ...]

    def failed(self, code: str) -> bool:
        """Whether the decision could not be made, for this reason."""
        return any(d.code == code for d in self.problems)

    def value(self, output: str, index: int = 0) -> Value:
        """An output of a village; there must be a result."""
        assert self.result is not None
        return self.result.rows[index][output]

    def fired(self, programme: Programme, index: int = 0) -> tuple[str, ...]:
        """The rules that decided; there must be a result."""
        assert self.result is not None
        return self.result.fired[programme.id][index]

    def some(self, start: int, count: int) -> Replay:
        """As of some of its villages alone; there must be a result."""
        assert self.result is not None
        at = slice(start, start + count)
        fired = {id_: ids[at] for id_, ids in self.result.fired.items()}
        return Replay(self.rows[at], Result(self.result.plan, self.result.rows[at], fired), ())


def replay(plan: Plan, programme: Programme, villages: Sequence[Row]) -> Replay:
    """Decide villages up to a programme, on the rules engine, in columns and by the row evaluator."""
    part = plan.up_to(programme)
    return decided(part, named(villages, part.programmes))


def replays(
    plan: Plan, programme: Programme, groups: Sequence[Sequence[Row]], *, output: str | None = None
) -> list[Replay]:
    """Each group of villages replayed; together where others make no difference, or not to an `output`."""
    if rests_on_others(plan, programme, output):
        return [replay(plan, programme, rows) for rows in groups]
    every = replay(plan, programme, [row for rows in groups for row in rows])
    if every.result is None and len(groups) > 1:  # one that is refused is found by halves
        half = len(groups) // 2
        return [
            seen
            for part in (groups[:half], groups[half:])
            for seen in replays(plan, programme, part, output=output)
        ]
    if every.result is None:
        return [every]
    starts = accumulate(map(len, groups), initial=0)
    return [every.some(start, len(rows)) for start, rows in zip(starts, groups, strict=False)]


def rests_on_others(plan: Plan, programme: Programme, output: str | None = None) -> bool:
    """Whether a programme, or one output of it, rests on other villages."""
    *before, last = upstream(plan, programme)
    if any(earlier.looks_around for earlier in before):
        return True
    of_rules = output == last.result.id and not any(rule.share for rule in last.rules)
    return bool(last.gathered) if of_rules else last.looks_around


def decided(plan: Plan, rows: tuple[Row, ...]) -> Replay:
    """Decide villages under a whole plan."""
    columns = {id_: [row[id_] for row in rows] for id_ in plan.policy.facts}
    try:
        return Replay(rows, calculate(plan, columns), ())
    except PolicyProblem as problem:
        return Replay(rows, None, problem.diagnostics)


def named(villages: Sequence[Row], programmes: Iterable[Programme]) -> tuple[Row, ...]:
    """The villages with codes and names of their own, where no condition looks at them."""
    compared = used_names(programmes)
    rows = tuple(dict(row) for row in villages)
    for number, row in enumerate(rows, 1):
        for id_, text in (("code", f"{number:012d}"), ("name", f"例村{number}")):
            if id_ in row and id_ not in compared:
                row[id_] = text
    return rows


def shown(plan: Plan, programme: Programme, row: Row) -> dict[str, object]:
    """The facts of a village that a programme rests on, and those that every village must have."""
    used, facts = plan.up_to(programme).used, plan.policy.facts
    return {
        fact.called: literal(row[id_], fact.type)
        for id_, fact in facts.items()
        if id_ in used or (fact.required and id_ not in IDENTITY[:3])
    }


MOST_ROWS = 500
"""Rows that are tried instead of asking z3."""
MOST_CELLS, MOST_DECISIONS = 500_000, 100_000_000
"""Rows that are decided in columns instead of asking z3, and decisions of rules over them."""
MOST_VIEWS = 64
"""Combinations of readings tried for one programme; beyond, one reading is changed at a time."""

MANY = 60
"""Rules of a programme, such as a long decision table, beyond which pairs are not put to z3 one by one."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Unsure:
    """A question about a programme that z3 could not answer within its limit."""

    code: str
    span: Span
    programme: Programme = field(compare=False)


_Made = tuple[Plan, Programme, tuple[Pair, ...], tuple[Diagnostic, ...], dict[str, list[Any]]]
"""What is kept of a view: without the bench that keeps it, so that both go as soon as nothing is asked."""


@dataclass(slots=True)
class View:
    """A programme under one combination of readings; `under` names those that differ from the chosen.

    `told` has the keys of what the running check has found already: nothing need be proved twice.
    """

    bench: Bench
    plan: Plan
    programme: Programme
    under: tuple[Pair, ...]
    gaps: tuple[Diagnostic, ...]
    cache: dict[str, list[Any]]
    code: str
    told: set[object] = field(default_factory=set)

    @property
    def space(self) -> Space:
        """All villages under the plan; shared by the views of one plan."""
        return self.bench.space(self.plan)

    @property
    def sound(self) -> list[Term]:
        """That tables have what is looked up for the programme."""
        if "sound" not in self.cache:
            chain = upstream(self.plan, self.programme)
            self.cache["sound"] = self.space.villages.sound(chain)
        return self.cache["sound"]

    def note(self, span: Span) -> None:
        """That a question stays open."""
        self.bench.unsure.append(Unsure(self.code, span, self.programme))

    def village(
        self, span: Span, *conditions: Term, alone: bool = False, sound: bool = True
    ) -> Row | None:
        """A village that meets the conditions; None where there is none or, noted, where z3 gave up.

        `sound`: only such for which tables have all that is looked up.
        """
        from fundcalc.analysis.smt import Undecided

        try:
            return self.space.village(*conditions, *(self.sound if sound else ()), alone=alone)
        except Undecided:
            self.note(span)
            return None

    def never(self, span: Span, *conditions: Term) -> bool:
        """Whether no village meets the conditions; False, noted, where z3 gave up."""
        from fundcalc.analysis.smt import Undecided

        try:
            return not self.space.possible(*conditions, *self.sound)
        except Undecided:
            self.note(span)
            return False

    def boxes(self, condition: Node) -> list[dict[str, Value]] | None:
        """A row on every side of every edge of a condition: whatever holds of some village holds of one.

        None where it compares more than facts with constants, has too many edges, or rows must hold more.
        """
        fixed = simplify(condition, self.plan.constants)
        axes = edges([fixed], self.bench.ranges)
        if axes is None or self.bench.policy.musts or any(n.kind != "fact" for n in names(fixed)):
            return None
        constants = [constant.value for constant in walk(fixed) if isinstance(constant, Const)]
        compared = {
            v
            for constant in constants
            for v in (constant if isinstance(constant, tuple) else (constant,))
        }
        for id_, values in axes.items():
            texts = [value for value in values if isinstance(value, str)]
            named_texts = [text for text in texts if text in compared]
            axes[id_] = [v for v in values if v in named_texts] + [
                v for v in values if v not in named_texts
            ][: 1 if texts else None]
        if prod(map(len, axes.values())) > MOST_ROWS:
            return None
        return [dict(zip(axes, row, strict=True)) for row in product(*axes.values())]

    def stretches(
        self, nodes: Iterable[Node], counted: Container[str] = ()
    ) -> list[dict[str, list[Value]]] | None:
        """For each fact the values at which something may change of nodes, or of what must hold.

        Of very many one dict for each value of a text, by which long tables fall into short ones. Outputs in
        the nodes are followed to what decides them. None where facts count otherwise, but for one that is
        `counted` with.
        """
        followed, needed = [*nodes, *(must.when for must in self.bench.policy.musts)], set[str]()
        for programme in reversed(upstream(self.plan, self.programme)[:-1]):
            needed |= {
                name.id for node in followed for name in names(node) if name.kind == "output"
            }
            if programme.looks_around:
                return None
            if needed & {output.id for output in programme.outputs}:
                followed += deciding_expressions(programme)
        followed = [simplify(node, self.plan.constants) for node in followed]
        axes = stretches(followed, self.bench.ranges, counted)
        texts = {} if axes is None else {i: v for i, v in axes.items() if isinstance(v[0], str)}
        if axes is None or not texts:
            return None if axes is None else [axes]
        most, values = max(texts.items(), key=lambda entry: len(entry[1]))
        many = prod(map(len, axes.values()))
        decisions = many * len(self.programme.rules)
        if many <= MOST_ROWS * len(values) and decisions <= MOST_DECISIONS // 2:
            return [axes]  # to take them apart would take longer
        parts = ((v, [simplify(node, {most: v}) for node in followed]) for v in values)
        by_value = [(value, stretches(part, self.bench.ranges, counted)) for value, part in parts]
        return [{**axes, most: [value]} for value, axes in by_value if axes is not None]

    @property
    def grid(self) -> Grid | None:
        """The boxes of facts that its rules are; None where some rule is more than one."""
        if "grid" not in self.cache:
            self.cache["grid"] = [self.gridded([rule.when for rule in self.programme.rules])]
        return cast("Grid | None", self.cache["grid"][0])

    def gridded(self, conditions: Iterable[Node]) -> Grid | None:
        """The boxes that conditions are, cut also by what must hold, where that is counted."""
        whens = [simplify(condition, self.plan.constants) for condition in conditions]
        return Grid.of(whens, self.musts[0], self.bench.ranges)

    @property
    def musts(self) -> tuple[list[Node], list[Node]]:
        """What must hold of a row: what is the same within stretches of facts, and the rest."""
        if "musts" not in self.cache:
            counted, rest = list[Node](), list[Node]()
            for must in self.bench.policy.musts:
                node = simplify(must.when, self.plan.constants)
                alike = stretches([node], self.bench.ranges) is not None
                (counted if alike else rest).append(node)
            self.cache["musts"] = [(counted, rest)]
        return cast("tuple[list[Node], list[Node]]", self.cache["musts"][0])

    @property
    def keys(self) -> dict[str, set[Value]]:
        """For each fact that is a text by which tables are looked up those texts that they all have."""
        if "keys" not in self.cache:
            by_fact = dict[str, set[Value]]()
            programmes = upstream(self.plan, self.programme) if self.plan.policy.tables else ()
            nodes = (n for p in programmes for node in planned_expressions(p) for n in walk(node))
            for node in (node for node in nodes if isinstance(node, Lookup)):
                for place, key in enumerate(node.keys):
                    if isinstance(key, Name) and key.kind == "fact" and isinstance(key.type, Text):
                        texts = {cast("Value", row.keys[place]) for row in node.rows}
                        by_fact[key.id] = by_fact.get(key.id, texts) & texts
            self.cache["keys"] = [by_fact]
        return cast("dict[str, set[Value]]", self.cache["keys"][0])

    def rows(
        self, box: Box, grid: Grid | None = None, among: Mapping[str, Sequence[Value]] | None = None
    ) -> Iterator[Row]:
        """Some villages in a box of the grid, the most usual first, of which all holds that must hold.

        None only where there is none. `among` has all values that some facts may have instead.
        Raises TooMany where z3 does not know of any.
        """
        from fundcalc.analysis.smt import Undecided

        grid, facts = grid or self.grid, self.plan.policy.facts
        assert grid is not None
        domain, of = grid.domain, dict[str, list[Value]]()
        for id_, values in (among or {}).items():
            allowed = -1 if domain is None else domain.get(id_, -1)
            of[id_] = [v for v in values if allowed == -1 or grid.at(id_, cast("int", v)) & allowed]
        rest = {id_: bits for id_, bits in box.items() if id_ not in of}
        within = None if domain is None else grid.meet(rest, domain)
        if within is None or not all(of.values()):
            return
        fixed, musts = dict(of), [*grid.open, *self.musts[1]]
        bound = dict.fromkeys(name.id for must in musts for name in names(must))
        for id_, axis in grid.axes.items():
            if id_ not in of:
                of[id_] = _some_of(facts[id_], axis, within.get(id_, -1), few=True)
        for id_, keys in self.keys.items():
            if id_ in of:
                of[id_] = sorted(of[id_], key=keys.__contains__, reverse=True)
            elif keys and facts[id_].usual not in keys:
                of[id_] = [min(map(str, keys))]
        usual = {id_: of[id_][0] if id_ in of else fact.usual for id_, fact in facts.items()}
        if not bound:
            yield from (usual | {id_: v[at % len(v)] for id_, v in of.items()} for at in (0, 1, -1))
            return
        tests = [evaluation(must) for must in musts]
        tried = {id_: of.get(id_) or _any_of(facts[id_]) for id_ in bound}
        ends = all(
            facts[id_].high is not None or isinstance(usual[id_], bool | str) for id_ in bound
        )
        for tells in (ends and len(musts) == 1 and at_corners(musts[0]), not self.musts[1]):
            rows = _holding(tests, tried, usual)
            if (first := next(rows, None)) is not None:
                yield first
                yield from rows
                return
            if tells and prod(map(len, tried.values())) <= MOST_ROWS:
                return
            tried |= {
                id_: _some_of(facts[id_], grid.axes[id_], within.get(id_, -1))
                for id_ in bound if id_ in grid.axes and id_ not in fixed
            }  # fmt: skip
        try:
            row_of_z3 = self.space.village(*self.space.within(grid, within, fixed))
        except Undecided:
            raise TooMany from None
        yield from () if row_of_z3 is None else (row_of_z3,)

    def matched(self, row: Row) -> tuple[str, ...]:
        """The rules whose conditions a village meets, before the hit policy decides."""
        if "judge" not in self.cache:
            self.cache["judge"] = [
                Judge(self.plan, self.programme), upstream(self.plan, self.programme)[:-1],
            ]  # fmt: skip
        (judge, before), decided = self.cache["judge"], dict(row)
        if before:
            columns = {id_: [row[id_]] for id_ in self.plan.policy.facts}
            part = replace(self.plan, programmes=tuple(before))
            decided = dict(calculate(part, columns).rows[0])
        gather(judge, [decided], 0)
        return cast("tuple[str, ...]", judge.matches(decided))

    def missed(self, box: Box, rules: Collection[int]) -> Row | None:
        """A village in a box of the grid that none of some rules has. Raises TooMany."""
        grid, mask = self.grid, sum(1 << n for n in rules)
        assert grid is not None
        for row in self.rows(box):
            if not grid.holding(row) & mask:
                return row
        rows = (next(self.rows(part), None) for part in grid.left(box, rules))
        return next((row for row in rows if row is not None), None)

    def cells(self, parts: Sequence[Mapping[str, Sequence[Value]]]) -> Cells | None:
        """A row for every combination of values of some facts; None where these are too many, or none."""
        many = sum(prod(map(len, axes.values())) for axes in parts)
        if not all(parts) or many > MOST_CELLS or many * len(self.programme.rules) > MOST_DECISIONS:
            return None
        policy = self.plan.policy
        if "part" not in self.cache:  # with what it is in the core, which takes long of long tables
            part = self.plan.up_to(self.programme)
            self.cache["part"] = [replace(part, policy=replace(policy, musts=()))]
        return Cells.made(self.cache["part"][0], policy, parts)

    def shown(
        self, span: Span, shows: Callable[[Replay], bool], box: Box, *conditions: Term
    ) -> Replay | None:
        """As `proved`, for conditions that hold just in a box of the grid."""
        try:
            row = next(self.rows(box), None)
        except TooMany:
            return self.proved(span, shows, *conditions)
        seen = None if row is None else replay(self.plan, self.programme, [row])
        return seen if seen is None or shows(seen) else self.proved(span, shows, *conditions)

    def proved(
        self, span: Span, shows: Callable[[Replay], bool], *conditions: Term, sound: bool = True
    ) -> Replay | None:
        """A village that meets the conditions and, replayed through the engines, shows the fault.

        Where a share of a pool is at play, a village alone in its pools is tried next. A village that
        shows nothing is never given: the question is noted as open.
        """
        for alone in (False, True):
            row = self.village(span, *conditions, alone=alone, sound=sound)
            if row is None:
                return None
            seen = replay(self.plan, self.programme, [row])
            if shows(seen):
                return seen
            if not self.space.sides.alone:
                break
        self.note(span)
        return None

    def say(
        self, key: str, /, *spans: Span, seen: Replay | None = None, **fields: Field
    ) -> Diagnostic:
        """A finding of the running check with the village that shows it.

        It names the readings where they are not the chosen.
        """
        witness = shown(self.plan, self.programme, seen.rows[0]) if seen is not None else None
        finding = say(key, hint=None, spans=spans, witness=witness, **fields)
        return replace(finding, message=_under(self.under, finding.message))


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows as columns of facts. `plan` goes up to the programme asked about; nothing must hold in it."""

    plan: Plan
    musts: tuple[Must, ...]
    columns: Mapping[str, NDArray[Any]]

    @staticmethod
    def made(plan: Plan, policy: Policy, parts: Sequence[Mapping[str, Sequence[Value]]]) -> Cells:
        """A row for every combination of the values of each part; of other facts what is usual.

        `plan` goes up to the programme asked about; its policy lets all rows be, and `policy` does not.
        """
        import numpy as np

        columns = dict[str, list[Any]]()
        known = {id_: [v for axes in parts for v in axes.get(id_, ())] for id_ in policy.facts}
        for axes in parts:
            shape = tuple(map(len, axes.values()))
            places = dict(zip(axes, np.unravel_index(np.arange(prod(shape)), shape), strict=True))
            for id_, fact in policy.facts.items():
                kind = object if isinstance(fact.type, Text) else None
                values = axes.get(id_) or [fact.usual]
                values = [_other(fact, known[id_]) if v == OTHER_TEXT else v for v in values]
                at = places.get(id_, np.zeros(prod(shape), dtype=np.int64))
                columns.setdefault(id_, []).append(np.array(values, dtype=kind)[at])
        whole_columns = {i: np.concatenate(pieces) for i, pieces in columns.items()}
        return Cells(plan, policy.musts, whole_columns)

    def moved(self, fact: str, by: int, at: NDArray[Any] | None = None) -> Cells:
        """Some of the rows, all if none are named, with a number greater by so much."""
        chosen = {id_: c if at is None else c[at] for id_, c in self.columns.items()}
        return replace(self, columns={**chosen, fact: chosen[fact] + by})

    def decided(self) -> InColumns | None:
        """What the columns decide; None where they refuse a row."""
        from fundcalc.engines import columnar

        try:
            columns = cast("Mapping[str, Sequence[Value]]", self.columns)
            return columnar.InColumns(self.plan, columnar.run(self.plan, columns))
        except columnar.Anomaly:
            return None

    def allowed(self) -> NDArray[np.bool_]:
        """The rows of which all holds that must hold."""
        import numpy as np

        allowed = np.ones(len(next(iter(self.columns.values()))), dtype=np.bool_)
        for must in self.musts:
            node = simplify(must.when, self.plan.constants)
            known = {name.id: self.columns[name.id].tolist() for name in names(node)}
            allowed[unmet(node, known)] = False
        return allowed

    def row(self, index: int) -> Row:
        """One of the rows."""
        return {id_: column[index : index + 1].tolist()[0] for id_, column in self.columns.items()}


def _holding(
    tests: Sequence[Evaluation], tried: Mapping[str, Sequence[Value]], usual: Row
) -> Iterator[Row]:
    """The first rows of values of some facts for which all tests hold."""
    for values in islice(product(*tried.values()), MOST_ROWS):
        row = usual | dict(zip(tried, values, strict=True))
        with suppress(NoValue):
            if all(test(row) for test in tests):
                yield row


def _any_of(fact: Fact) -> list[Value]:
    """Values of a fact that may be any: the usual one, the least, the greatest if there is one."""
    if isinstance(fact.type, YesNo):
        return [fact.usual, not fact.usual]
    if not isinstance(fact.type, Number | Date):
        return [fact.usual]
    ends = (0 if fact.low is None else fact.low, fact.high)
    return list(dict.fromkeys([fact.usual, *(end for end in ends if end is not None)]))


def _some_of(fact: Fact, starts: Sequence[Value], bits: int, *, few: bool = False) -> list[Value]:
    """Values of a fact in a set of its stretches: the usual one or the first, of each the first, the last.

    `few`: of a number those of the first three stretches alone, and the last of all.
    """
    bits &= (1 << len(starts)) - 1
    if not isinstance(fact.type, Number | Date):
        values = [
            _other(fact, starts) if (v := starts[n]) == OTHER_TEXT else v for n in bits_of(bits)
        ]
        return sorted(values, key=lambda value: value != fact.usual)
    within, last = islice(bits_of(bits), 3 if few else None), bits.bit_length() - 1
    numbers, usual = cast("Sequence[int]", starts), cast("int", fact.usual)
    ends = [*numbers[last + 1 : last + 2], None if fact.high is None else fact.high + 1]
    end = numbers[last] if ends[0] is None else ends[0] - 1
    spread = [*(numbers[n] for n in within), end]
    place = bisect_right(numbers, usual) - 1
    has_usual = bits >> max(place, 0) & 1 and place >= 0 and (place < last or usual <= end)
    return list(dict.fromkeys([usual, *spread] if has_usual else spread))


def _other(fact: Fact, known: Sequence[Value]) -> str:
    """A text that is none of those known."""
    texts = [fact.example, *(f"其他{'其他' * n}" for n in range(len(known) + 1))]
    return next(text for text in texts if isinstance(text, str) and text not in known)


def _under(readings: Sequence[Pair], message: Words) -> Words:
    """What is said, with the readings under which it holds where they are not the chosen."""
    if not readings:
        return message
    listed = ", ".join(f"{id_} = {option}" for id_, option in readings)
    return words("checks.under", readings=listed, message=message)


@dataclass
class Bench:
    """The policy on the bench. `plan` is the one as chosen; `no_plan` says why others cannot be made."""

    policy: Policy
    plan: Plan
    given: Mapping[str, str]
    unsure: list[Unsure] = field(default_factory=list)
    no_plan: dict[object, Diagnostic] = field(default_factory=dict)
    _made: dict[str, list[_Made]] = field(default_factory=dict)
    _spaces: dict[object, Space] = field(default_factory=dict)

    @property
    def ranges(self) -> Ranges:
        """What each fact may be."""
        return ranges(self.policy)

    @cached_property
    def clock(self) -> Clock:
        """What counts z3's steps, and has all that is asked of the bench in a context of its own."""
        from fundcalc.analysis.smt import Clock

        return Clock()

    def space(self, plan: Plan) -> Space:
        """All villages under a plan."""
        from fundcalc.analysis.smt import Space

        key = tuple(sorted(plan.readings.items()))
        if key not in self._spaces:
            self._spaces[key] = Space(plan, self.clock)
        return self._spaces[key]

    def views(self, programme: Programme, code: str) -> list[View]:
        """The programme under every combination of the readings that reach it, the least changed first.

        Combinations under which it decides alike are taken once.
        """
        if programme.id not in self._made:
            self._made[programme.id] = sorted(self._make(programme), key=lambda made: len(made[2]))
        return [View(self, *made, code) for made in self._made[programme.id]]

    def _make(self, programme: Programme) -> Iterator[_Made]:
        seen: set[object] = set()
        for readings in _combinations(self.policy, programme, self.plan.readings, self.given):
            under = tuple((id_, o) for id_, o in readings.items() if o != self.plan.readings[id_])
            try:
                plan, gaps = draft_plan(self.policy, self.plan.on, readings)
            except PolicyProblem as problem:
                for diagnostic in problem.diagnostics:
                    worded = replace(diagnostic, message=_under(under, diagnostic.message))
                    self.no_plan.setdefault((diagnostic.code, diagnostic.where), worded)
                continue
            in_plan = plan.programme(programme.id)
            key = tuple(_meaning(part) for part in upstream(plan, in_plan))
            if key in seen:
                continue
            seen.add(key)
            own_gaps = tuple(d for d in gaps if d.where == in_plan.span)
            yield plan, in_plan, under, own_gaps, {}


def _meaning(programme: Programme) -> object:
    """What decides: programmes of equal meaning decide alike."""
    rules = tuple((rule.when, rule.then, rule.share) for rule in programme.rules)
    return rules, programme.otherwise, tuple((also.value, also.share) for also in programme.also)


def _combinations(
    policy: Policy, programme: Programme, chosen: Mapping[str, str], given: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    free = {
        id_: (chosen[id_], *(o for o in reading.options if o != chosen[id_]))
        for id_, reading in policy.readings.items()
        if id_ in programme.readings and id_ not in given
    }
    if prod(len(options) for options in free.values()) <= MOST_VIEWS:
        for options in product(*free.values()):
            yield {**chosen, **dict(zip(free, options, strict=True))}
        return
    yield dict(chosen)
    for id_, options in free.items():
        for option in options[1:]:
            yield {**chosen, id_: option}


Finder = Callable[[View], Iterable[tuple[object, Diagnostic]]]
Check = Callable[[Bench], Iterator[Diagnostic]]


def each_view(code: str) -> Callable[[Finder], Check]:
    """Makes a check of what finds something in one view: it looks at every view of every programme.

    A finding's key is shown once, first seen. The view as chosen comes first, so that other readings are
    named only where they matter.
    """

    def checking(find: Finder) -> Check:
        def check(bench: Bench) -> Iterator[Diagnostic]:
            for programme in bench.plan.programmes:
                told: set[object] = set()
                for view in bench.views(programme, code):
                    view.told = told
                    for key, diagnostic in find(view):
                        if key not in told:
                            told.add(key)
                            yield diagnostic

        return check

    return checking

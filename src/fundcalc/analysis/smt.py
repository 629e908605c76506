"""A policy put to z3, in one way for checks, proofs and what would change a decision.

`Villages` has a plan's decisions as terms over facts; `Space` asks for a village within the facts' ranges
that meets conditions; `nearest` asks for the nearest number that changes an output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, assert_never
from weakref import proxy

import z3

from fundcalc.base.money import INT64_MAX
from fundcalc.core import decision, smt
from fundcalc.core import nodes as core
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.core.smt import ANY_NUMBER, Codes, Encoder, Sides, Term
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.edges import OTHER_TEXT, Box, Grid, bits_of
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import (
    Choice,
    Fallible,
    Logic,
    Lookup,
    Node,
    Round,
    Scale,
    Value,
    children,
)
from fundcalc.language.show import show
from fundcalc.policy.model import Fact, Programme, Rule
from fundcalc.policy.plan import Plan, limits, lowered, planned_expressions
from fundcalc.policy.plan import ranges as ranges_of

LIMIT = 600_000
"""Steps that z3 may take over one question, the same on every machine: a second or so."""
HURRY = 60_000
"""Steps over a question that only makes an example nicer, and over any once `PATIENCE` is used up."""
PATIENCE = 3_000_000
"""Steps that z3 may take over all questions about a policy before it must hurry."""
ENOUGH, TURN = 8_000_000, 2_000_000
"""Steps after which the checks of a policy, or one of them, ask nothing more; sound policies take few."""


NEAREST = 4_000_000
"""Steps that z3 may take over the nearest number, which it takes fast: half a second or so."""
UNKNOWN: Final = object()
WRONG: Final = object()


class Lowered(NamedTuple):
    """A plan in the core."""

    decisions: tuple[decision.Decision, ...]
    bounds: Mapping[str, Interval]
    constants: Mapping[str, Value]


class Villages:
    """The plan's decisions as terms over facts; what the terms ask for beside is added to `sides`.

    Columns of the core are encoded when they are asked for, each once; `tag` keeps the names of their
    variables apart from those of other villages.
    """

    def __init__(
        self,
        plan: Lowered,
        codes: Codes,
        sides: Sides,
        facts: Mapping[str, Term],
        tag: str,
        *,
        asks: bool = True,
    ) -> None:
        self.sides = sides
        self._facts = facts
        self._tag = tag
        self._steps = {
            step.name.id: (programme.id, step)
            for programme in plan.decisions
            for step in programme.steps
            if isinstance(
                step, decision.Define | decision.Output | decision.Allot | decision.Gather
            )
        }
        self._core = {programme.id: programme for programme in plan.decisions}
        self._columns: dict[str, Term] = {}
        self._codes = codes
        self._desugar = Desugar("?", plan.constants, defaultdict(lambda: ANY_NUMBER, plan.bounds))
        # in a ring, terms would stay till Python looks for rings: much memory
        villages = proxy(self)
        self.encoder = Encoder(lambda name: villages.column(name.id), codes, sides, asks=asks)

    def term(self, node: Node) -> Term:
        """An expression of the plan, parameters put in."""
        return self.encoder.term(self._desugar.node(node))

    def lacks(self, node: Lookup | Scale) -> Term:
        """Whether a table has no row for its keys."""
        return self.encoder.lacks(self._desugar.node(node))

    def has(self, node: Node) -> Term:
        """Whether tables have all that an expression looks up."""
        return z3.Not(self.encoder.lacks(self._desugar.node(node)))

    def among(self, node: Node, texts: Iterable[str]) -> Term:
        """Whether a text is one of these."""
        codes = sorted(self._codes.of(text) for text in texts)
        return smt.among(self.term(node), [(code, code + 1) for code in codes])

    def sound(self, programmes: Iterable[Programme]) -> list[Term]:
        """That tables have all that these programmes look up; of a share where there is a claim."""
        sound = list[Term]()
        for step in (step for p in programmes for step in self._core[p.id].steps):
            if isinstance(step, decision.Define | decision.Output):
                sound += self._present((step.node,))
            elif isinstance(step, decision.Allot) and (present := self._present(step.share.parts)):
                sound.append(z3.Implies(self.encoder.term(step.claims), z3.And(present)))
        return sound

    def _present(self, nodes: Iterable[core.Node]) -> list[Term]:
        return [z3.Not(self.encoder.lacks(node)) for node in nodes if core.looks_up(node)]

    def decided(self, programme: Programme) -> Iterator[Term]:
        """What must hold for a programme to have a result, divisions by zero left aside."""
        for step in self._core[programme.id].steps:
            match step:
                case decision.Define() | decision.Output() | decision.Allot() | decision.Gather():
                    pass
                case decision.AtMostOne():
                    yield z3.AtMost(*map(self.encoder.term, step.conditions), 1)
                case decision.AtLeastOne():
                    conditions = [self.encoder.term(condition) for condition in step.conditions]
                    yield z3.Or(conditions, self.sides.context)
                case decision.Agree():
                    result = self.encoder.term(step.result)
                    for condition, value in step.cases:
                        holds, gives = self.encoder.term(condition), self.encoder.term(value)
                        yield z3.Implies(holds, gives == result)
                case _:
                    assert_never(step)

    def holds(self, programme: Programme, rule: Rule) -> Term:
        """Whether a rule's condition holds."""
        name = f"{programme.id}:{rule.id}"
        return self.column(f"{name}?" if f"{name}?" in self._steps else name)

    def decides(self, programme: Programme, rule: Rule) -> Term:
        """Whether a rule is one of those that the hit policy lets decide, values left aside."""
        return self.column(f"{programme.id}:{rule.id}")

    def none_holds(self, programme: Programme) -> Term:
        """Whether no rule holds."""
        name = f"{programme.id}:"
        if name not in self._columns:
            conditions = [self.holds(programme, rule) for rule in programme.rules]
            self._columns[name] = z3.Not(z3.Or(conditions, self.sides.context))
        return self._columns[name]

    def value(self, programme: Programme, rule: Rule) -> Term:
        """What a rule gives where it decides."""
        name = f"{programme.id}:{rule.id}="
        if rule.then is None:
            return self.column(name)
        if name not in self._columns:
            self._columns[name] = self.term(rule.then)
        return self._columns[name]

    def output(self, id_: str) -> Term:
        """A programme's result, or a further output."""
        return self.column(id_)

    def result(self, programme: Programme) -> Term:
        """A programme's result."""
        return self.column(programme.result.id)

    def column(self, id_: str) -> Term:
        """A column of the core."""
        if id_ in self._facts:
            return self._facts[id_]
        if id_ not in self._columns:
            programme, step = self._steps[id_]
            match step:
                case decision.Define() | decision.Output():
                    self._columns[id_] = self.encoder.term(step.node)
                case decision.Allot():
                    item = id_ if step.item == id_ else f"{programme}.{step.item}"
                    self._columns[id_] = self._shared(item, step.share)
                case decision.Gather():
                    self._columns[id_] = self._gathered(step)
                case _:
                    assert_never(step)
        return self._columns[id_]

    def _shared(self, item: str, share: decision.Share) -> Term:
        """A share of a pool: from its floor, or zero, to its cap."""
        allotted, value = z3.Int(f"share!{item}{self._tag}", self.sides.context), self.encoder.value
        weight, amount = self.encoder.term(share.by), self.encoder.term(share.pool)
        most, least, crossed = amount, value(0), value(False)
        if share.at_least is not None:
            least = smt.larger(self.encoder.term(share.at_least), least)
        if share.at_most is not None:
            cap = self.encoder.term(share.at_most)
            most, crossed = smt.smaller(amount, cap), least > cap
            self.sides.always.append(z3.Or(crossed, allotted <= cap))
        else:
            self.sides.always.append(allotted <= INT64_MAX)
        self.sides.always.append(z3.If(weight == 0, allotted == least, allotted >= least))
        self.sides.alone.append(allotted == z3.If(weight == 0, least, most))
        return allotted

    def _gathered(self, step: decision.Gather) -> Term:
        """A value of many rows: anything within its bounds; of a village alone, what that one makes it."""
        node, name = step.group, f"group!{step.name.id}{self._tag}"
        gathered = z3.Int(name, self.sides.context)
        where, item = self.encoder.term(node.where), self.encoder.term(node.item)
        self.sides.always += [gathered >= step.name.bounds.low, gathered <= step.name.bounds.high]
        if node.op == "rank":
            self.sides.alone.append(gathered == 1)
            return gathered
        if node.op != "sum" or node.item.bounds.low >= 0:
            beside = gathered <= item if node.op == "least" else gathered >= item
            self.sides.always.append(z3.Implies(where, beside))
        self.sides.alone.append(gathered == z3.If(where, item, self.encoder.value(0)))
        return gathered

    def failing(
        self, node: Node, path: Sequence[Term]
    ) -> Iterator[tuple[Fallible, Sequence[Term]]]:
        """Every rounding, look-up and scale in an expression, with the terms under which it is asked for."""
        match node:
            case Round():
                yield node, path
                yield from self.failing(node.numerator, path)
                yield from self.failing(node.denominator, path)
            case Lookup():
                yield node, path
                for key in node.keys:
                    yield from self.failing(key, path)
            case Scale():
                yield node, path
                yield from self.failing(node.item, path)
            case Choice():
                yield from self.failing(node.condition, path)
                holds = self.term(node.condition)
                yield from self.failing(node.yes, [*path, holds])
                yield from self.failing(node.no, [*path, z3.Not(holds)])
            case Logic():
                for item in node.items:
                    yield from self.failing(item, path)
                    holds = self.term(item)
                    path = [*path, holds if node.op == "and" else z3.Not(holds)]
            case _:  # all that is within it is worked out whenever it is
                for child in children(node):
                    yield from self.failing(child, path)

    def differ(self, kind: Type, one: Term, other: Term) -> Term:
        """Whether two values of an output differ."""
        if isinstance(kind, Texts):
            return smt.lists_differ(one, other, self.sides.context)
        return one != other


class Clock:
    """Counts z3's steps in a context of its own, so that what is decided does not depend on the machine."""

    def __init__(self) -> None:
        self.context = z3.Context()
        self.spent, self._until = 0, ENOUGH
        self._counted = 0

    def note(self, counted: int) -> None:
        """z3's own count of its context, from 0 where that began, has come to so much."""
        self.spent += max(counted - self._counted, 0)
        self._counted = counted

    def turn(self) -> None:
        """Let whoever asks now take as many steps as one may, and leave some for those after."""
        self._until = self.spent + min(TURN, (ENOUGH - self.spent) // 2)

    def limit(self, steps: int) -> int:
        """The steps that a question may take; none where enough have been taken."""
        if self.spent >= self._until:
            return 0
        return steps if self.spent < PATIENCE else HURRY


class Undecided(Exception):
    """z3 gave up within its limit."""


class Space:
    """The villages of a plan.

    An output is a term over the facts. What a pool gives depends on other villages: that is a variable
    of its own, between zero and its cap, unless a question asks for a village alone in its pools.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock | None = None,
        *,
        beside: Plan | None = None,
        codes: Codes | None = None,
        sides: Sides | None = None,
    ) -> None:
        """The villages of a plan. One `beside` it lets both tell the same texts apart, over both ranges.

        A space that is asked about together with this one gives it its own `clock`, `codes` and `sides`.
        """
        self.plan = plan
        self._clock = clock or Clock()
        ranges = limits(plan.policy.facts)
        for id_, reach in limits(beside.policy.facts if beside is not None else {}).items():
            ranges[id_] = reach.union(ranges.get(id_, reach))
        self._ranges, self._lowered = ranges, self._lower(ranges)
        self.codes = Codes() if codes is None else codes
        self.sides = Sides(self._clock.context) if sides is None else sides
        nodes = [
            simplify(node, side.constants)
            for side in (plan, beside)
            if side is not None
            for programme in side.programmes
            for node in planned_expressions(programme)
        ]
        nodes += [must.when for must in plan.policy.musts]
        kinds = {id_: fact.type for id_, fact in plan.policy.facts.items()}
        facts = smt.facts_of(kinds, ranges_of(plan.policy), nodes, self.codes, self.sides.context)
        self.facts, self._open_texts = facts.terms, facts.open_texts
        self._solver = z3.Solver(ctx=self.sides.context)
        self._solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself and know no answer
        self._solver.add(facts.domain)
        self.villages = self.on_facts(self.facts, "")
        musts = plan.policy.musts
        if beside is None or [show(m.when) for m in musts] == [
            show(m.when) for m in beside.policy.musts
        ]:
            self._solver.add([self.villages.term(must.when) for must in musts])
        self._shifted: dict[tuple[str, int], Villages] = {}
        self._asserted = 0

    def _lower(self, ranges: Mapping[str, Interval]) -> Lowered:
        constants = self.plan.constants
        return Lowered(*lowered(self.plan.programmes, constants, ranges), constants)

    def on_facts(self, facts: Mapping[str, Term], tag: str) -> Villages:
        """The decisions on other terms for the facts; `tag` keeps the names of variables apart."""
        return Villages(self._lowered, self.codes, self.sides, facts, tag)

    def shifted(self, fact: str, by: int) -> Villages:
        """The same villages with one fact greater by so much, which may take it out of its range."""
        key = (fact, by)
        if key not in self._shifted:
            facts = {**self.facts, fact: self.facts[fact] + by}
            reach = self._ranges[fact].plus(Interval(min(by, 0), max(by, 0)))
            wider = self._lower({**self._ranges, fact: reach})
            tag = f"!{fact}{by:+d}"
            self._shifted[key] = Villages(wider, self.codes, self.sides, facts, tag)
        return self._shifted[key]

    def within(self, grid: Grid, box: Box, among: Mapping[str, Sequence[Value]]) -> list[Term]:
        """That a village is in a box of a grid; of some facts from the least to the greatest of values."""
        terms = [
            z3.And(self.facts[id_] >= min(values), self.facts[id_] <= max(values))
            for id_, values in among.items()
        ]
        for id_, bits in box.items():
            fact, starts = self.facts[id_], grid.axes[id_]
            if id_ in among or not grid.everywhere[id_] & ~bits:
                continue
            if isinstance(starts[0], bool):
                chosen = [fact == starts[place] for place in bits_of(bits & 3)]
                terms.append(z3.Or(chosen, self.sides.context))
            elif isinstance(starts[0], int):
                ends = [*starts[1:], None]
                stretches = ((starts[place], ends[place]) for place in bits_of(bits))
                terms.append(smt.among(fact, stretches))  # type: ignore[arg-type]
            else:
                open_ = starts[-1] == OTHER_TEXT and bool(bits >> len(starts) - 1 & 1)
                texts = [
                    t for n, t in enumerate(starts) if (bits >> n & 1) != open_ and t != OTHER_TEXT
                ]
                codes = sorted(self.codes.of(str(text)) for text in texts)
                named = smt.among(fact, [(code, code + 1) for code in codes])
                terms.append(z3.Not(named) if open_ else named)
        return terms

    @property
    def spent(self) -> bool:
        """Whether so many steps have been taken that nothing more is asked."""
        return not self._clock.limit(LIMIT)

    def possible(self, *conditions: Term) -> bool:
        """Whether some village meets all conditions. Raises Undecided."""
        return self._model(conditions) is not None

    def village(self, *conditions: Term, alone: bool = False) -> Row | None:
        """A village that meets all conditions, with every fact; None where there is none.

        Facts take the values that an empty roster shows, where the conditions let them. `alone`: it is
        the only village of its pools. Raises Undecided.
        """
        required = [*conditions, *(self.sides.alone if alone else ())]
        model = self._model(required)
        if model is None:
            return None
        for id_, fact in self.plan.policy.facts.items():
            wish = _usual(fact)
            if wish is None:
                continue
            usual = self.facts[id_] == self.villages.encoder.value(wish)
            if z3.is_true(model.eval(usual, model_completion=True)):
                required.append(usual)
                continue
            try:
                better = self._model([*required, usual], HURRY)
            except Undecided:
                better = None
            if better is not None:
                model = better
                required.append(usual)
        return {id_: self._value(model, fact) for id_, fact in self.plan.policy.facts.items()}

    def _model(self, conditions: Sequence[Term], limit: int = LIMIT) -> Any:
        """A model in which all look-ups are right: asked for again until it is, within the limit.

        Where one has months between days wrong, days far from the end of a month are tried first.
        """
        self._solver.add(self.sides.always[self._asserted :])
        self._asserted = len(self.sides.always)
        left = self._clock.limit(limit)
        if not left:
            raise Undecided
        until = self._clock.spent + left
        self._solver.push()
        try:
            self._solver.add(list(conditions))
            model = self._right(until, once=bool(self.sides.counts))
            if model is WRONG:
                self._solver.push()
                try:
                    self._solver.add([count.plain for count in self.sides.counts.values()])
                    plain = self._right(until)
                finally:
                    self._solver.pop()
                model = self._right(until) if plain is None else plain
            return model
        finally:
            self._solver.pop()

    def _right(self, until: int, *, once: bool = False) -> Any:
        """A model of what the solver has been told; WRONG where asking `once` gives none."""
        while True:
            self._solver.set("rlimit", max(until - self._clock.spent, 1))
            answer = self._solver.check()
            self._count()
            if answer == z3.unknown or self._clock.spent > until:
                raise Undecided
            if answer != z3.sat:
                return None
            model = self._solver.model()
            corrections = self.sides.corrections(model)
            if not corrections:
                return model
            self._solver.add(corrections)
            if once:
                return WRONG

    def _count(self) -> None:
        """Note the steps taken; z3 counts them over all solvers of the context."""
        statistics = self._solver.statistics()
        if "rlimit count" in statistics.keys():  # noqa: SIM118 - it is no mapping
            self._clock.note(int(statistics.get_key_value("rlimit count")))

    def _value(self, model: Any, fact: Fact) -> Value:
        value = model.eval(self.facts[fact.id], model_completion=True)
        if isinstance(fact.type, YesNo):
            return bool(z3.is_true(value))
        number: int = value.as_long()
        if not isinstance(fact.type, Text):
            return number
        free = number < 0 and fact.id in self._open_texts
        if free and isinstance(fact.example, str) and not self.codes.knows(fact.example):
            return fact.example
        return self.codes.text(number)


def _usual(fact: Fact) -> Value | None:
    """The value of a fact that a reader would not wonder at."""
    if isinstance(fact.type, Text):
        return None
    if fact.required and fact.example is not None:
        return fact.example
    if fact.default is not None:
        return fact.default
    return fact.example


def nearest(
    plan: Plan, chain: Sequence[Programme], row: Row, fact: Fact, sign: int
) -> Any:  # fmt: skip
    """The nearest number above (`sign` 1) or below (-1) that changes an output of the last programme.

    None where there is none, UNKNOWN where z3 cannot tell within its limit or a programme of the chain looks
    around. What is found is to be replayed before it is said.
    """
    if any(programme.looks_around for programme in chain):
        return UNKNOWN
    sides = Sides(context := z3.Context())
    current, number = row[fact.id], z3.Int(fact.id, context)
    assert isinstance(current, int)
    others = {id_: row[id_] for id_ in plan.policy.facts if id_ in row and id_ != fact.id}
    known = replace(plan, constants={**plan.constants, **others}, programmes=tuple(chain))
    villages = Villages(
        Lowered(known.core, known.bounds, known.constants), Codes(), sides, {fact.id: number}, "",
        asks=False,
    )  # fmt: skip
    value = villages.encoder.value
    optimizer = z3.Optimize(ctx=context)
    optimizer.set("rlimit", NEAREST)
    optimizer.set("ctrl_c", False)
    optimizer.add(number < current if sign < 0 else number > current)
    optimizer.add(*smt.domain(number, fact.type, (fact.low, fact.high), ()))
    for programme in chain:
        optimizer.add(*villages.decided(programme))
    outputs = chain[-1].outputs
    terms = [(o.type, villages.output(o.id), value(row[o.id])) for o in outputs]
    optimizer.add(z3.Or([villages.differ(*term) for term in terms], context), *sides.always)
    aim = optimizer.minimize(number) if sign > 0 else optimizer.maximize(number)
    answer = optimizer.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        return UNKNOWN
    best = optimizer.lower(aim) if sign > 0 else optimizer.upper(aim)
    return best.as_long() if z3.is_int_value(best) else UNKNOWN

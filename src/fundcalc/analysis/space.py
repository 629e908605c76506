"""Every village that the facts' ranges allow, under one plan, as z3 terms; and one that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import z3

from fundcalc.base.money import INT64_MAX
from fundcalc.engines.result import Row
from fundcalc.language import smt
from fundcalc.language.datatypes import Number, Text, Texts, YesNo
from fundcalc.language.nodes import Name, Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.language.smt import Codes, Encoder, Term
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import (
    Plan,
    PlanProgramme,
    PlanRule,
    PlanShare,
    planned_expressions,
)

LIMIT = 600_000
"""Steps that z3 may take over one question, the same on every machine: a second or so."""
HURRY = 60_000
"""Steps over a question that only makes an example nicer, and over any once `PATIENCE` is used up."""
PATIENCE = 3_000_000
"""Steps that z3 may take over all questions about a policy before it must hurry."""


class Clock:
    """Counts z3's steps, so that what is decided does not depend on the machine."""

    def __init__(self) -> None:
        self.spent = 0
        self._counted: int | None = None

    def note(self, counted: int) -> None:
        """z3's own count has come to so much."""
        if self._counted is not None and counted > self._counted:
            self.spent += counted - self._counted
        self._counted = counted

    def limit(self, wanted: int) -> int:
        """The steps that a question may take."""
        return wanted if self.spent < PATIENCE else HURRY


class Undecided(Exception):
    """z3 gave up within its limit."""


class Space:
    """The villages of a plan.

    An output is a term over the facts. What a pool gives depends on other villages: that is a variable
    of its own, between nought and its cap, unless a question asks for a village alone in its pools.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock | None = None,
        *,
        beside: Plan | None = None,
        codes: Codes | None = None,
    ) -> None:
        """The villages of a plan; of two, so that both tell the same texts apart, where one is `beside`."""
        self.plan = plan
        self._clock = clock or Clock()
        self.codes = Codes() if codes is None else codes
        nodes = [
            simplify(node, one.constants)
            for one in (plan, beside)
            if one is not None
            for programme in one.programmes
            for node in planned_expressions(programme)
        ]
        self._texts = texts = smt.texts_in(nodes, self.codes)
        self._facts = {id_: smt.variable(id_, fact.type) for id_, fact in plan.policy.facts.items()}
        self._domain: list[Term] = []
        for id_, fact in plan.policy.facts.items():
            options = fact.type.options if isinstance(fact.type, Text) else None
            known = (
                [self.codes.of(o) for o in sorted(options)] if options else texts.get(id_, set())
            )
            listed = list(range(self.codes.many)) if known is None else sorted(known)
            ends = (fact.low, fact.high)
            self._domain += smt.domain(self._facts[id_], fact.type, ends, listed)
        self._solver = z3.Solver()
        self._solver.add(self._domain)
        self.villages = Villages(self, self._facts, "")
        self._shifted: dict[tuple[str, int], Villages] = {}
        self.side: list[Term] = []
        self.alone: list[Term] = []
        self._asserted = 0

    def shifted(self, fact: str, by: int) -> Villages:
        """The same villages with one fact greater by so much."""
        key = (fact, by)
        if key not in self._shifted:
            facts = {**self._facts, fact: self._facts[fact] + by}
            self._shifted[key] = Villages(self, facts, f"!{fact}{by:+d}")
        return self._shifted[key]

    def fact(self, id_: str) -> Term:
        """A fact's term."""
        return self._facts[id_]

    def possible(self, *conditions: Term) -> bool:
        """Whether some village meets all conditions. Raises Undecided."""
        self._flush()
        return self._model(conditions) is not None

    def village(self, *conditions: Term, alone: bool = False) -> Row | None:
        """A village that meets all conditions, with every fact; None where there is none.

        Facts take the values that an empty roster shows, where the conditions let them. `alone`: it is
        the only village of its pools. Raises Undecided.
        """
        self._flush()
        asked = [*conditions, *(self.alone if alone else ())]
        model = self._model(asked)
        if model is None:
            return None
        for id_, fact in self.plan.policy.facts.items():
            wish = _usual(fact)
            if wish is None:
                continue
            wanted = self._facts[id_] == self.villages.encoder.value(wish, fact.type)
            if z3.is_true(model.eval(wanted, model_completion=True)):
                asked.append(wanted)
                continue
            try:
                better = self._model([*asked, wanted], HURRY)
            except Undecided:
                better = None
            if better is not None:
                model = better
                asked.append(wanted)
        return {id_: self._value(model, fact) for id_, fact in self.plan.policy.facts.items()}

    def _flush(self) -> None:
        self._solver.add(self.side[self._asserted :])
        self._asserted = len(self.side)

    def _model(self, conditions: Sequence[Term], limit: int = LIMIT) -> Any:
        self._solver.push()
        try:
            self._solver.set("rlimit", self._clock.limit(limit))
            self._solver.add(list(conditions))
            answer = self._solver.check()
            if answer == z3.unknown:
                raise Undecided
            return self._solver.model() if answer == z3.sat else None
        finally:
            self._count()
            self._solver.pop()

    def _count(self) -> None:
        """Note the steps taken; z3 counts them over all solvers of the process."""
        statistics = self._solver.statistics()
        if "rlimit count" in statistics.keys():  # noqa: SIM118 - it is no mapping
            self._clock.note(int(statistics.get_key_value("rlimit count")))

    def _value(self, model: Any, fact: Fact) -> Value:
        found = model.eval(self._facts[fact.id], model_completion=True)
        if isinstance(fact.type, YesNo):
            return bool(z3.is_true(found))
        number: int = found.as_long()
        if not isinstance(fact.type, Text):
            return number
        free = number < 0 and self._texts.get(fact.id, set()) is not None
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


class Villages:
    """The plan's decisions about the villages of a space, as terms over its facts."""

    def __init__(self, space: Space, facts: Mapping[str, Term], tag: str) -> None:
        self._space = space
        self._plan = space.plan
        self._facts = facts
        self._tag = tag
        self._outputs: dict[str, Term] = {}
        self._terms: dict[tuple[str, str], Term] = {}
        self._owner = {o.id: p for p in space.plan.programmes for o in p.programme.outputs}
        self.encoder = Encoder(self._lookup, space.codes)

    def term(self, node: Node) -> Term:
        """An expression of the plan, parameters put in."""
        known = len(self.encoder.side)
        term = self.encoder.term(simplify(node, self._plan.constants))
        self._space.side += self.encoder.side[known:]
        return term

    def _lookup(self, name: Name) -> Term:
        return self._facts[name.id] if name.id in self._facts else self.output(name.id)

    def holds(self, programme: PlanProgramme, rule: PlanRule) -> Term:
        """Whether a rule's condition holds."""
        return self._kept((programme.id, f"when {rule.id}"), lambda: self.term(rule.when))

    def decides(self, programme: PlanProgramme, rule: PlanRule) -> Term:
        """Whether a rule is one of those that the hit policy lets decide, values left aside."""
        holds = self.holds(programme, rule)
        if programme.programme.hit_policy != "first":
            return holds
        before = [
            z3.Not(self.holds(programme, one))
            for one in programme.rules[: programme.rules.index(rule)]
        ]
        return z3.And([holds, *before])

    def none_holds(self, programme: PlanProgramme) -> Term:
        """Whether no rule holds."""
        return z3.Not(z3.Or([self.holds(programme, rule) for rule in programme.rules]))

    def value(self, programme: PlanProgramme, rule: PlanRule) -> Term:
        """What a rule gives where it decides."""
        key = (programme.id, f"then {rule.id}")
        if rule.then is not None:
            then = rule.then
            return self._kept(key, lambda: self.term(then))
        assert rule.share is not None
        share = rule.share
        return self._kept(key, lambda: self._shared(f"{programme.id}.{rule.id}", share))

    def output(self, id_: str) -> Term:
        """A programme's result, or a further output."""
        if id_ not in self._outputs:
            programme = self._owner[id_]
            if id_ == programme.programme.result.id:
                self._outputs[id_] = self._result(programme)
            else:
                also = next(a for a in programme.also if a.output.id == id_)
                self._outputs[id_] = (
                    self.term(also.value)
                    if also.value is not None
                    else self._shared(id_, also.share)  # type: ignore[arg-type]
                )
        return self._outputs[id_]

    def result(self, programme: PlanProgramme) -> Term:
        """A programme's result."""
        return self.output(programme.programme.result.id)

    def _result(self, programme: PlanProgramme) -> Term:
        policy = programme.programme.hit_policy
        held = [self.holds(programme, rule) for rule in programme.rules]
        values = [self.value(programme, rule) for rule in programme.rules]
        if policy == "collect":
            return [*zip(held, values, strict=True), *self._listed_otherwise(programme)]
        none = self._otherwise(programme)
        if policy == "collect count":
            counted = z3.Sum([z3.If(h, z3.IntVal(1), z3.IntVal(0)) for h in held])
            return z3.If(z3.Or(held), counted, none)
        if policy == "collect sum":
            summed = z3.Sum([z3.If(h, v, z3.IntVal(0)) for h, v in zip(held, values, strict=True)])
            return z3.If(z3.Or(held), summed, none)
        if policy in ("collect max", "collect min"):
            pick = smt.larger if policy == "collect max" else smt.smaller
            return self._extreme(held, values, none, pick)
        pairs = reversed(list(zip(held, values, strict=True)))
        return reduce(lambda rest, pair: z3.If(pair[0], pair[1], rest), pairs, none)

    def _extreme(self, held: Sequence[Term], values: Sequence[Term], none: Term, pick: Any) -> Term:
        best, some = none, z3.BoolVal(False)
        for holds, value in zip(held, values, strict=True):
            best = z3.If(holds, z3.If(some, pick(best, value), value), best)
            some = z3.Or(some, holds)
        return best

    def _otherwise(self, programme: PlanProgramme) -> Term:
        if programme.otherwise is not None:
            return self.term(programme.otherwise)
        kind = programme.programme.result.type
        return smt.variable(f"nothing!{programme.id}{self._tag}", kind)

    def _listed_otherwise(self, programme: PlanProgramme) -> list[tuple[Term, Term]]:
        if programme.otherwise is None:
            return []
        none = self.none_holds(programme)
        listed = self.term(programme.otherwise)
        if not isinstance(listed, list):
            listed = [(z3.BoolVal(True), listed)]
        return [(z3.And(none, there), text) for there, text in listed]

    def _shared(self, name: str, share: PlanShare) -> Term:
        """A share of a pool: from nought to its cap."""
        given = z3.Int(f"share!{name}{self._tag}")
        weight = self.term(share.by)
        amount = self.term(share.pool)
        most = amount
        self._space.side.append(given >= 0)
        if share.at_most is not None:
            cap = self.term(share.at_most)
            most = smt.smaller(amount, cap)
            self._space.side.append(z3.Or(cap < 0, given <= cap))
        else:
            self._space.side.append(given <= INT64_MAX)
        self._space.side.append(z3.Or(weight != 0, given == 0))
        self._space.alone.append(given == z3.If(weight == 0, z3.IntVal(0), most))
        return given

    def _kept(self, key: tuple[str, str], make: Any) -> Term:
        if key not in self._terms:
            self._terms[key] = make()
        return self._terms[key]


def is_money(kind: object) -> bool:
    """Whether a type counts money."""
    return isinstance(kind, Number) and kind.unit is not None and kind.unit.decimals == 2


def is_list(kind: object) -> bool:
    """Whether a type is a list of text."""
    return isinstance(kind, Texts)

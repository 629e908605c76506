"""Every village that the facts' ranges allow, under one plan, as z3 terms; and one that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import z3

from fundcalc.analysis.villages import Sides, Villages
from fundcalc.engines.result import Row
from fundcalc.language import smt
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.simplify import simplify
from fundcalc.language.smt import Codes, Term
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, planned_expressions

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
        kinds = {id_: fact.type for id_, fact in plan.policy.facts.items()}
        listed = smt.may_be(kinds, texts, self.codes)
        for id_, fact in plan.policy.facts.items():
            ends = (fact.low, fact.high)
            self._domain += smt.domain(self._facts[id_], fact.type, ends, listed[id_])
        self._solver = z3.Solver()
        self._solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself and know no answer
        self._solver.add(self._domain)
        self.sides = Sides()
        self.villages = self.on_facts(self._facts, "")
        self._shifted: dict[tuple[str, int], Villages] = {}
        self._asserted = 0

    def on_facts(self, facts: Mapping[str, Term], tag: str) -> Villages:
        """The decisions on other terms for the facts; `tag` keeps the names of variables apart."""
        return Villages(self.plan, self.codes, self.sides, facts, tag)

    def shifted(self, fact: str, by: int) -> Villages:
        """The same villages with one fact greater by so much."""
        key = (fact, by)
        if key not in self._shifted:
            facts = {**self._facts, fact: self._facts[fact] + by}
            self._shifted[key] = self.on_facts(facts, f"!{fact}{by:+d}")
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
        asked = [*conditions, *(self.sides.alone if alone else ())]
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
        self._solver.add(self.sides.always[self._asserted :])
        self._asserted = len(self.sides.always)

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

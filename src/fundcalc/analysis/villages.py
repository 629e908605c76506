"""A plan's decisions about all its villages, as z3 terms over their facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations

import z3

from fundcalc.base.money import INT64_MAX
from fundcalc.language import smt
from fundcalc.language.datatypes import Number, Type
from fundcalc.language.nodes import Name, Node
from fundcalc.language.simplify import simplify
from fundcalc.language.smt import Codes, Encoder, Term
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule, PlanShare

Picker = Callable[[Term, Term], Term]


@dataclass(slots=True)
class Sides:
    """What the terms ask for beside: `always`, and where each village is `alone` in its pools."""

    always: list[Term] = field(default_factory=list)
    alone: list[Term] = field(default_factory=list)


class Villages:
    """The plan's decisions as terms over facts; what the terms ask for beside is added to `sides`."""

    def __init__(
        self, plan: Plan, codes: Codes, sides: Sides, facts: Mapping[str, Term], tag: str
    ) -> None:
        self._plan = plan
        self.sides = sides
        self._facts = facts
        self._tag = tag
        self._outputs: dict[str, Term] = {}
        self._terms: dict[tuple[str, str], Term] = {}
        self._owner = {o.id: p for p in plan.programmes for o in p.programme.outputs}
        self.encoder = Encoder(self._lookup, codes)

    def decided(self, programme: PlanProgramme) -> list[Term]:
        """What must hold for a programme to have a result, divisions by zero left aside."""
        policy = programme.programme.hit_policy
        held = [self.holds(programme, rule) for rule in programme.rules]
        found = [] if programme.otherwise is not None else [z3.Or(held)]
        if policy == "unique":
            found.append(z3.AtMost(*held, 1))
        if policy == "any":
            values = [self.value(programme, rule) for rule in programme.rules]
            found += [
                z3.Implies(z3.And(one, two), a == b)
                for (one, a), (two, b) in combinations(zip(held, values, strict=True), 2)
            ]
        return found

    def term(self, node: Node) -> Term:
        """An expression of the plan, parameters put in."""
        known = len(self.encoder.side)
        term = self.encoder.term(simplify(node, self._plan.constants))
        self.sides.always += self.encoder.side[known:]
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

    def _extreme(
        self,
        held: Sequence[Term],
        values: Sequence[Term],
        none: Term,
        pick: Callable[[Term, Term], Term],
    ) -> Term:
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
        self.sides.always.append(given >= 0)
        if share.at_most is not None:
            cap = self.term(share.at_most)
            most = smt.smaller(amount, cap)
            self.sides.always.append(z3.Or(cap < 0, given <= cap))
        else:
            self.sides.always.append(given <= INT64_MAX)
        self.sides.always.append(z3.Or(weight != 0, given == 0))
        self.sides.alone.append(given == z3.If(weight == 0, z3.IntVal(0), most))
        return given

    def _kept(self, key: tuple[str, str], make: Callable[[], Term]) -> Term:
        if key not in self._terms:
            self._terms[key] = make()
        return self._terms[key]


def is_money(kind: Type) -> bool:
    """Whether a type counts money."""
    return isinstance(kind, Number) and kind.unit is not None and kind.unit.decimals == 2

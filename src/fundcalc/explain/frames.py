"""All that can be said of a plan before any village is known; filled in for each village later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fundcalc.base.words import Words, same
from fundcalc.explain.conditions import Frame, frame
from fundcalc.explain.decision import Amount, ParameterUsed
from fundcalc.explain.pieces import Phrase, Slot, phrase, sentence
from fundcalc.explain.steps import Formulas, formulas
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.nodes import Kind, Name, Value, names
from fundcalc.policy.model import IDENTITY, Output, Policy, Programme
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule, planned_expressions, sentences
from fundcalc.policy.templates import names_in


@dataclass(frozen=True)
class RuleFrame:
    """A rule, or what holds otherwise: `because` where it decides, `condition` where it has one."""

    id: str
    title: Words | None
    source: str | None
    cited: Words | None
    condition: Frame | None
    because: Phrase
    readings: dict[str, str]


@dataclass(frozen=True)
class ProgrammeFrame:
    """One programme. `called` are the titles of its rules, which values of text may name."""

    plan: PlanProgramme
    rules: tuple[RuleFrame, ...]
    otherwise: RuleFrame | None
    formulas: Formulas
    facts: tuple[str, ...]
    parameters: dict[str, ParameterUsed]
    called: dict[str, Words]

    @property
    def programme(self) -> Programme:
        """The programme as the policy has it."""
        return self.plan.programme

    def amount(self, output: Output, value: Value) -> Amount:
        """An output's value; where it names rules, with their titles."""
        ids = value if isinstance(value, tuple) else (value,)
        text = isinstance(output.type, Text | Texts)
        if not ids or not text or any(id_ not in self.called for id_ in ids):
            return Amount(value, output.type)
        found = [self.called[str(id_)] for id_ in ids]
        zh, en = "、".join(w.zh for w in found), ", ".join(w.en for w in found)
        return Amount(value, output.type, Words(zh, en))


class Frames:
    """A plan's programmes in the order in which the policy lists them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = types(plan.policy)
        self.titles = titles(plan.policy)
        self.programmes = tuple(self._programme(plan.programme(id_)) for id_ in plan.policy.listed)

    def _programme(self, programme: PlanProgramme) -> ProgrammeFrame:
        one = programme.programme
        rules = tuple(self._rule(rule) for rule in programme.rules)
        otherwise = None
        if one.otherwise is not None:
            because = self._sentence(one.otherwise.because, one.otherwise.id)
            source = one.otherwise.source
            otherwise = RuleFrame(
                one.otherwise.id, one.otherwise.title, source, self._cite(source), None, because, {}
            )  # fmt: skip
        facts, parameters = self._used(programme)
        called = {rule.id: rule.title for rule in one.rules if rule.title is not None}
        if one.otherwise is not None and one.otherwise.title is not None:
            called[one.otherwise.id] = one.otherwise.title
        found = formulas(programme, self.titles)
        return ProgrammeFrame(programme, rules, otherwise, found, facts, parameters, called)

    def _rule(self, rule: PlanRule) -> RuleFrame:
        source, readings = rule.rule.source, self.plan.readings
        used = {n.id: readings[n.id] for n in names(rule.rule.when) if n.kind == "reading"}
        return RuleFrame(
            rule.id, rule.rule.title, source, self._cite(source), frame(rule.when, self.titles),
            self._sentence(rule.rule.because, rule.id), used,
        )  # fmt: skip

    def _sentence(self, because: Words | None, id_: str) -> Phrase:
        return phrase(same(id_)) if because is None else sentence(because, self._named)

    def _named(self, id_: str) -> Slot | Words:
        """What stands for `{name}`: a place for its value; for a reading its chosen option in words."""
        policy = self.plan.policy
        if id_ in policy.readings:
            return policy.readings[id_].options[self.plan.readings[id_]]
        kind: Kind = (
            "parameter" if id_ in policy.parameters else "fact" if id_ in policy.facts else "output"
        )
        return Slot(Name(self.kinds[id_], (0, 0), id_, kind), self.kinds[id_])

    def _cite(self, source: str | None) -> Words | None:
        return self.plan.policy.sources[source].cite() if source else None

    def _used(self, programme: PlanProgramme) -> tuple[tuple[str, ...], dict[str, ParameterUsed]]:
        """Facts and parameters that the programme's expressions and sentences name."""
        policy = self.plan.policy
        used: dict[str, None] = {}
        for node in planned_expressions(programme):
            used.update((name.id, None) for name in names(node))
        for words in sentences(programme.programme):
            used.update(dict.fromkeys(sorted(names_in(words.zh) | names_in(words.en))))
        parameters = {
            id_: ParameterUsed(
                policy.parameters[id_].title,
                Amount(self.plan.constants[id_], self.kinds[id_]),
                self.plan.since[id_],
                policy.parameters[id_].source_on(self.plan.on),
            )
            for id_ in used
            if id_ in policy.parameters
        }
        return tuple(id_ for id_ in used if id_ in policy.facts), parameters


def types(policy: Policy) -> dict[str, Type]:
    """The type of every fact, parameter, output and reading."""
    found: dict[str, Type] = {id_: Text() for id_ in policy.readings}
    found.update((id_, fact.type) for id_, fact in policy.facts.items())
    found.update((id_, parameter.type) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.type) for p in policy.programmes for o in p.outputs)
    return found


def titles(policy: Policy) -> dict[str, Words]:
    """The title of every fact, parameter and output."""
    found = {id_: fact.title for id_, fact in policy.facts.items()}
    found.update((id_, parameter.title) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.title) for p in policy.programmes for o in p.outputs)
    return found


def known(plan: Plan, row: Mapping[str, Value]) -> dict[str, Value]:
    """Every name's value for a village: facts, outputs, parameters and readings."""
    return {**_BLANK_IDENTITY, **plan.constants, **plan.readings, **row}


_BLANK_IDENTITY: dict[str, Value] = dict.fromkeys(IDENTITY, "")

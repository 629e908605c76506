"""Gather one village's explanation from a plan, its result and where the facts came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fundcalc.base.words import Words, same
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result, Row
from fundcalc.explain.changes import would_change
from fundcalc.explain.conditions import Conditions
from fundcalc.explain.decision import (
    Amount,
    Decision,
    Explanation,
    FactUsed,
    HingeSaid,
    ParameterUsed,
    RuleSaid,
)
from fundcalc.explain.steps import Arithmetic
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.nodes import Value, names
from fundcalc.policy.model import IDENTITY, Output, Policy, Programme
from fundcalc.policy.plan import (
    Plan,
    PlanProgramme,
    PlanRule,
    planned_expressions,
    sentences,
)
from fundcalc.policy.templates import fill, names_in

Origin = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Village:
    """One village of a result. `origin` gives the cell of a fact, or `assumed`."""

    result: Result
    index: int
    origin: Origin
    hinges: Iterable[Hinge] = ()

    @property
    def row(self) -> Row:
        """Its facts and outputs."""
        return self.result.rows[self.index]


def explain(village: Village) -> Explanation:
    """Every decision about a village, in the order in which the policy lists its programmes."""
    plan = village.result.plan
    policy = plan.policy
    decisions = [_decision(village, plan.programme(id_)) for id_ in policy.listed]
    who = {part: str(village.row[part]) for part in IDENTITY if village.row.get(part)}
    return Explanation(
        who, policy.id, policy.title, policy.digest, plan.on, dict(plan.readings),
        {
            id_: (reading.question, reading.options[plan.readings[id_]])
            for id_, reading in policy.readings.items()
        },
        {id_: source.cite() for id_, source in policy.sources.items()},
        tuple(decisions),
    )  # fmt: skip


def types(policy: Policy) -> dict[str, Type]:
    """The type of every fact, parameter and output."""
    found: dict[str, Type] = {id_: fact.type for id_, fact in policy.facts.items()}
    found.update((id_, parameter.type) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.type) for p in policy.programmes for o in p.outputs)
    return found


def titles(policy: Policy) -> dict[str, Words]:
    """The title of every fact, parameter and output."""
    found = {id_: fact.title for id_, fact in policy.facts.items()}
    found.update((id_, parameter.title) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.title) for p in policy.programmes for o in p.outputs)
    return found


def _decision(village: Village, programme: PlanProgramme) -> Decision:
    plan, row = village.result.plan, village.row
    kinds, called = types(plan.policy), titles(plan.policy)
    values = {**plan.constants, **plan.readings, **row}
    fired = village.result.fired[programme.id][village.index]
    conditions = Conditions(plan, values, kinds, called)
    rules = tuple(_rule(plan, rule, rule.id in fired, conditions, kinds, values)
                  for rule in programme.rules)  # fmt: skip
    arithmetic = Arithmetic(village.result, village.index, programme, called, values)
    outputs = programme.programme.outputs
    facts, parameters = _used(village, programme, kinds)
    return Decision(
        programme.id, programme.programme.title, programme.programme.note,
        {o.id: _amount(programme.programme, o, row[o.id]) for o in outputs},
        {o.id: o.title for o in outputs},
        fired, rules, _otherwise(plan, programme, not fired, kinds, values),
        facts, parameters,
        arithmetic.steps(), arithmetic.pools(),
        _hinges(village, programme), would_change(village.result, village.index, programme),
    )  # fmt: skip


def _amount(programme: Programme, output: Output, value: Value) -> Amount:
    """An output's value; where it names rules, with their titles."""
    titles = {rule.id: rule.title for rule in programme.rules if rule.title is not None}
    if programme.otherwise is not None and programme.otherwise.title is not None:
        titles[programme.otherwise.id] = programme.otherwise.title
    ids = value if isinstance(value, tuple) else (value,)
    if not ids or not isinstance(output.type, Text | Texts) or any(i not in titles for i in ids):
        return Amount(value, output.type)
    found = [titles[str(id_)] for id_ in ids]
    zh, en = "、".join(w.zh for w in found), ", ".join(w.en for w in found)
    return Amount(value, output.type, Words(zh, en))


def sentence(words: Words, kinds: Mapping[str, Type], values: Mapping[str, object]) -> Words:
    """A `because` with the village's numbers in."""

    def one(lang: str) -> Callable[[str], str]:
        return lambda name: said(Amount(values[name], kinds[name]), lang)  # type: ignore[arg-type]

    return Words(fill(words.zh, one("zh")), fill(words.en, one("en")))


def _rule(
    plan: Plan, rule: PlanRule, fired: bool, conditions: Conditions,
    kinds: Mapping[str, Type], values: Mapping[str, object],
) -> RuleSaid:  # fmt: skip
    source = rule.rule.source
    condition = conditions.of(rule.when)
    says = _says(rule, fired, kinds, values) if fired else conditions.why_not(condition)
    used = {n.id: plan.readings[n.id] for n in names(rule.rule.when) if n.kind == "reading"}
    return RuleSaid(
        rule.id, rule.rule.title, fired, source, _cite(plan, source),
        conditions.text(rule.when), condition, says, used,
    )  # fmt: skip


def _says(
    rule: PlanRule, fired: bool, kinds: Mapping[str, Type], values: Mapping[str, object]
) -> Words:
    because = rule.rule.because
    return sentence(because, kinds, values) if because and fired else same(rule.id)


def _cite(plan: Plan, source: str | None) -> Words | None:
    return plan.policy.sources[source].cite() if source else None


def _otherwise(
    plan: Plan, programme: PlanProgramme, fired: bool,
    kinds: Mapping[str, Type], values: Mapping[str, object],
) -> RuleSaid | None:  # fmt: skip
    one = programme.programme.otherwise
    if one is None:
        return None
    says = sentence(one.because, kinds, values) if one.because else same(one.id)
    cited = _cite(plan, one.source)
    return RuleSaid(one.id, one.title, fired, one.source, cited, "", None, says, {})


def _used(
    village: Village, programme: PlanProgramme, kinds: Mapping[str, Type]
) -> tuple[dict[str, FactUsed], dict[str, ParameterUsed]]:
    """Facts and parameters that the programme's expressions and sentences name."""
    plan = village.result.plan
    policy = plan.policy
    used: dict[str, None] = {}
    for node in planned_expressions(programme):
        used.update((name.id, None) for name in names(node))
    for words in sentences(programme.programme):
        used.update(dict.fromkeys(sorted(names_in(words.zh) | names_in(words.en))))
    facts = {
        id_: FactUsed(
            policy.facts[id_].title, Amount(village.row[id_], kinds[id_]), village.origin(id_)
        )
        for id_ in used
        if id_ in policy.facts
    }
    parameters = {
        id_: ParameterUsed(
            policy.parameters[id_].title, Amount(plan.constants[id_], kinds[id_]),
            plan.since[id_], policy.parameters[id_].source_on(plan.on),
        )
        for id_ in used
        if id_ in policy.parameters
    }  # fmt: skip
    return facts, parameters


def _hinges(village: Village, programme: PlanProgramme) -> tuple[HingeSaid, ...]:
    policy = village.result.plan.policy
    found: list[HingeSaid] = []
    for hinge in village.hinges:
        changed = {
            output.id: _amount(programme.programme, output, hinge.changes[output.id][village.index])
            for output in programme.programme.outputs
            if village.index in hinge.changes.get(output.id, {})
        }
        if changed:
            reading = policy.readings[hinge.reading]
            answer = reading.options[hinge.option]
            found.append(HingeSaid(hinge.reading, hinge.option, reading.question, answer, changed))
    return tuple(found)

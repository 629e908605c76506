"""The Plan: one policy, fixed to one date and one set of readings. It is what every engine runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from fundcalc.base.words import Words
from fundcalc.core import decision as core
from fundcalc.core.decision import Decision
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import INT64, VILLAGES, Interval
from fundcalc.core.nodes import Node as CoreNode
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.nodes import Node, Value, names
from fundcalc.policy.model import Fact, Output, Policy, Programme, Rule, Summary


@dataclass(frozen=True, slots=True)
class PlanShare:
    """A share with its group settled: `per` is a fact's id, `all` or `village`."""

    pool: Node
    per: str
    by: Node
    at_most: Node | None


@dataclass(frozen=True, slots=True)
class PlanRule:
    """A rule with the readings put in."""

    rule: Rule
    when: Node
    then: Node | None
    share: PlanShare | None

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id


@dataclass(frozen=True, slots=True)
class PlanOutput:
    """A further output with the readings put in."""

    output: Output
    value: Node | None
    share: PlanShare | None


@dataclass(frozen=True, slots=True)
class PlanProgramme:
    """A programme with the readings put in. `readings` are those that can reach its outputs."""

    programme: Programme
    rules: tuple[PlanRule, ...]
    otherwise: Node | None
    also: tuple[PlanOutput, ...]
    summaries: tuple[tuple[Summary, Node, Node], ...]
    readings: frozenset[str]

    @property
    def id(self) -> str:
        """The programme's id."""
        return self.programme.id

    @property
    def has_pool(self) -> bool:
        """Whether its results depend on other villages."""
        return any(rule.share for rule in self.rules) or any(also.share for also in self.also)


@dataclass(frozen=True)
class Plan:
    """What the engines run. `constants` holds the parameters' values on the date, `since` their days."""

    policy: Policy
    on: date
    readings: Mapping[str, str]
    constants: Mapping[str, Value]
    since: Mapping[str, date]
    programmes: tuple[PlanProgramme, ...]

    @property
    def core(self) -> tuple[Decision, ...]:
        """The programmes without whatever can be said in simpler terms: what most engines run."""
        return self._lowered[0]

    @property
    def bounds(self) -> Mapping[str, Interval]:
        """The interval in which each fact and output that is a number or a date lies."""
        return self._lowered[1]

    @cached_property
    def _lowered(self) -> tuple[tuple[Decision, ...], dict[str, Interval]]:
        return lowered(self.programmes, self.constants, limits(self.policy.facts))

    @property
    def digest(self) -> str:
        """SHA-256 over policy files, date and readings: equal digests decide alike."""
        text = f"{self.policy.digest}\n{self.on}\n{sorted(self.readings.items())}"
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def programme(self, id_: str) -> PlanProgramme:
        """The programme of this id; KeyError where there is none."""
        return next(p for p in self.programmes if p.id == id_)


def fact_limits(fact: Fact) -> Interval:
    """What a roster may say: the declared range, else whole numbers from 0 that 64 bits hold."""
    if isinstance(fact.type, Date):
        return Interval(date.min.toordinal(), date.max.toordinal())
    low = 0 if fact.low is None else fact.low
    return Interval(low, INT64.high if fact.high is None else fact.high)


def lowered(
    programmes: tuple[PlanProgramme, ...],
    constants: Mapping[str, Value],
    facts: Mapping[str, Interval],
    villages: int = VILLAGES,
    origins: dict[CoreNode, Node] | None = None,
    most: Interval | None = None,
) -> tuple[tuple[Decision, ...], dict[str, Interval]]:
    """The programmes in the core, and the bounds of every fact and output that is a number.

    `facts` has the bounds of the facts, over at most `villages`. Outputs are within 64 bits: an amount
    beyond is an error of the village, found when it is computed. `origins` is told what nodes of the core
    were written as; `most` are the numbers that an engine knows, if it knows fewer.
    """
    known, made = dict(facts), []
    for programme in programmes:
        desugar = Desugar(
            f"{programme.id}.", constants, known, villages, {} if origins is None else origins
        )
        found = core.decision(
            programme.id,
            programme.programme.hit_policy,
            [
                core.Rule(rule.id, desugar.node(rule.when), _value(desugar, rule.then, rule.share))
                for rule in programme.rules
            ],
            None if programme.otherwise is None else desugar.node(programme.otherwise),
            programme.programme.result.id,
            most,
        )
        known |= _bounds(found)
        for also in programme.also:
            value = _value(desugar, also.value, also.share)
            assert value is not None
            found = core.extended(found, also.output.id, value)
            known |= _bounds(found)
        made.append(found)
    return tuple(made), known


def _value(
    desugar: Desugar, value: Node | None, share: PlanShare | None
) -> CoreNode | core.Share | None:
    if share is None:
        return None if value is None else desugar.node(value)
    at_most = None if share.at_most is None else desugar.node(share.at_most)
    return core.Share(desugar.node(share.pool), share.per, desugar.node(share.by), at_most)


def _bounds(found: Decision) -> dict[str, Interval]:
    """The bounds of a decision's outputs, within 64 bits."""
    return {n.id: n.bounds for n in found.outputs() if n.kind in ("number", "date")}


def limits(facts: Mapping[str, Fact]) -> dict[str, Interval]:
    """The bounds of every fact that is a number or a date."""
    return {
        fact.id: fact_limits(fact)
        for fact in facts.values()
        if isinstance(fact.type, Number | Date)
    }


def upstream(plan: Plan, programme: PlanProgramme) -> list[PlanProgramme]:
    """The programme and those whose outputs it uses, in order of computation."""
    needed = {programme.id}
    for one in reversed(plan.programmes):
        if one.id not in needed:
            continue
        used = {name.id for node in deciding_expressions(one) for name in names(node)}
        for other in plan.programmes:
            if used & {output.id for output in other.programme.outputs}:
                needed.add(other.id)
    return [one for one in plan.programmes if one.id in needed]


def deciding_expressions(programme: PlanProgramme) -> Iterator[Node]:
    """Every expression on which a programme's outputs rest."""
    for rule in programme.rules:
        yield rule.when
        yield from planned_values(rule.then, rule.share)
    if programme.otherwise is not None:
        yield programme.otherwise
    for also in programme.also:
        yield from planned_values(also.value, also.share)


def by_output(programme: PlanProgramme) -> Iterator[tuple[Output, list[Node]]]:
    """Each output of a programme with the expressions on which it rests, in order of computation."""
    whole = [
        node
        for rule in programme.rules
        for node in (rule.when, *planned_values(rule.then, rule.share))
    ]
    if programme.otherwise is not None:
        whole.append(programme.otherwise)
    yield programme.programme.result, whole
    for also in programme.also:
        yield also.output, list(planned_values(also.value, also.share))


def planned_expressions(programme: PlanProgramme) -> Iterator[Node]:
    """Every expression that the engines evaluate, those of summaries too."""
    yield from deciding_expressions(programme)
    for _, among, count in programme.summaries:
        yield from (among, count)


def used_names(programmes: Iterable[PlanProgramme]) -> set[str]:
    """The ids of all facts, parameters and outputs that the engines evaluate."""
    nodes = (node for one in programmes for node in planned_expressions(one))
    return {name.id for node in nodes for name in names(node)}


def planned_values(value: Node | None, share: PlanShare | None) -> Iterator[Node]:
    """The expressions of a value or of a share."""
    if value is not None:
        yield value
    if share is not None:
        yield from (share.pool, share.by)
        if share.at_most is not None:
            yield share.at_most


def sentences(programme: Programme) -> Iterator[Words]:
    """Every `because` of a programme."""
    parts = (*programme.rules, programme.otherwise, *programme.also)
    return (part.because for part in parts if part is not None and part.because is not None)

"""The Plan: one policy, fixed to one date and one set of readings. It is what every engine runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from fundcalc.base.words import Words
from fundcalc.language.bounds import Interval
from fundcalc.language.nodes import Node, Value, names
from fundcalc.policy.model import Output, Policy, Programme, Rule, Summary


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What the engines run. `constants` holds the parameters' values on the date, `since` their days.

    `bounds` has the interval in which each fact and output that is a number lies.
    """

    policy: Policy
    on: date
    readings: Mapping[str, str]
    constants: Mapping[str, Value]
    since: Mapping[str, date]
    programmes: tuple[PlanProgramme, ...]
    bounds: Mapping[str, Interval]

    @property
    def digest(self) -> str:
        """SHA-256 over policy files, date and readings: equal digests decide alike."""
        text = f"{self.policy.digest}\n{self.on}\n{sorted(self.readings.items())}"
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def programme(self, id_: str) -> PlanProgramme:
        """The programme of this id; KeyError where there is none."""
        return next(p for p in self.programmes if p.id == id_)


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

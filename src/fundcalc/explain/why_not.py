"""Why a rule does not decide for a village, and what it would take.

First one fact at a time, then two, then three: the values at which the rule's condition turns, every one
replayed. Where conditions weigh facts against each other, more than that may be needed, and is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import Literal, assert_never

from fundcalc.base import dataclass
from fundcalc.base.words import Words, same
from fundcalc.base.words import nearest as nearly
from fundcalc.explain.changes import Lever, Programme, above, below, first
from fundcalc.explain.decision import Amount, Condition, Decision, Explanation, RuleSaid
from fundcalc.explain.frames import ProgrammeFrame, RuleFrame, failing, values_by_name
from fundcalc.explain.gather import Explainer, said_of_rule
from fundcalc.explain.words import P
from fundcalc.language.datatypes import Text
from fundcalc.language.edges import OTHER_TEXT
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import Value

Verdict = Literal["decides", "beaten", "fails"]
MOST_FACTS, MOST_TRIES = 3, 2_000


@dataclass(frozen=True, slots=True)
class NeededFact:
    """A fact, what it is now and where that stands, and what it would have to be."""

    fact: str
    title: Words
    now: Amount
    origin: str
    to: Amount


@dataclass(frozen=True, slots=True)
class Needed:
    """Facts that would have to be otherwise, together, and what the programme would then give.

    No outputs where that rests on the pool of a group that is not named.
    """

    facts: tuple[NeededFact, ...]
    outputs: Mapping[str, Amount]
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """One rule for one village.

    `decides`: it does apply. `beaten`: its condition holds, and another rule gave the result. `fails`:
    `failing` are the conditions in its way, `takes` what it would take. `instead` are the rules that
    decide in its place.
    """

    explanation: Explanation
    decision: Decision
    rule: RuleSaid
    verdict: Verdict
    says: Words
    failing: tuple[Condition, ...]
    takes: tuple[Needed, ...]
    instead: tuple[RuleSaid, ...]


def rules_meant(explainer: Explainer, wanted: str) -> list[tuple[ProgrammeFrame, RuleFrame]]:
    """The rules called `wanted`: an id, a title, or `programme.rule`; `otherwise` ids too."""
    return [
        (programme, rule)
        for programme, rule in _rules(explainer)
        if wanted in (rule.id, f"{programme.programme.id}.{rule.id}")
        or (rule.title is not None and wanted in (rule.title.zh, rule.title.en))
    ]


def rules_near(explainer: Explainer, wanted: str) -> dict[str, Words]:
    """Rules like the one asked for, else all, by title; their ids are `programme.rule`."""
    titles = {
        f"{programme.programme.id}.{rule.id}": rule.title or same(rule.id)
        for programme, rule in _rules(explainer)
    }
    by_rule = {id_.rpartition(".")[2]: id_ for id_ in titles}
    like = nearly(wanted, by_rule) or nearly(wanted.rpartition(".")[2], by_rule)
    if like is not None:
        return {by_rule[like]: titles[by_rule[like]]}
    containing = {
        id_: title
        for id_, title in titles.items()
        if wanted and any(wanted in text for text in (id_, title.zh, title.en))
    }
    return containing or titles


def _rules(explainer: Explainer) -> Iterator[tuple[ProgrammeFrame, RuleFrame]]:
    for programme in explainer.frames.programmes:
        for rule in programme.rules:
            yield programme, rule
        if programme.otherwise is not None:
            yield programme, programme.otherwise


def why_not(explainer: Explainer, index: int, programme: ProgrammeFrame, rule: RuleFrame) -> WhyNot:
    """Why a rule does not decide for a village; or that it does."""
    explanation = explainer.explain(index)
    decision = next(d for d in explanation.decisions if d.programme == programme.programme.id)
    row = explainer.result.rows[index]
    fired = not decision.fired if rule is programme.otherwise else rule.id in decision.fired
    rule_said = said_of_rule(rule, fired, values_by_name(explainer.result.plan, row))
    winners = tuple(r for r in (*decision.rules, decision.otherwise) if r is not None and r.fired)
    holds = rule_said.condition is None or rule_said.condition.holds
    instead = winners
    if rule_said.fired:
        instead = tuple(_stronger(explainer, index, programme, rule, winners))
    verdict: Verdict = "fails" if not holds else "beaten" if instead else "decides"
    in_the_way: tuple[Condition, ...] = ()
    takes: tuple[Needed, ...] = ()
    if verdict == "fails" and rule_said.condition is not None:
        in_the_way = tuple(failing(rule_said.condition))
        takes = tuple(_Search(explainer, index, programme, rule).run())
    says = _summary(programme, verdict, rule)
    return WhyNot(explanation, decision, rule_said, verdict, says, in_the_way, takes, instead)


def _stronger(
    explainer: Explainer, index: int, programme: ProgrammeFrame, rule: RuleFrame,
    winners: Sequence[RuleSaid],
) -> Iterator[RuleSaid]:  # fmt: skip
    """Under `collect max` and `min`: the rules whose value stands, where this one's does not."""
    if programme.programme.hit_policy not in ("collect max", "collect min"):
        return
    row = explainer.result.rows[index]
    facts, result = values_by_name(explainer.result.plan, row), row[programme.programme.result.id]
    rules = programme.programme.rules
    values = {
        planned.id: evaluation(planned.then)(facts) for planned in rules if planned.then is not None
    }
    if rule.id in values and values[rule.id] != result:
        yield from (winner for winner in winners if values.get(winner.id) == result)


def _summary(programme: ProgrammeFrame, verdict: Verdict, rule: RuleFrame) -> Words:
    if verdict == "decides":
        return Words("本条规则适用，结果由它决定", "The rule applies, and it decides")
    if verdict == "fails":
        return Words(
            "本条规则不适用：以下条件不成立", "The rule does not apply: these conditions fail"
        )
    if rule.condition is None:
        return Words("已有规则适用，所以不用这一条", "Other rules apply, so this one is not needed")
    policy = programme.programme.hit_policy
    match policy:
        case "first":
            return Words(
                "本条规则的条件成立，但排在前面的规则已经适用，以先适用的为准",
                "The rule's condition holds, but a rule written before it holds too, and the first decides",
            )
        case "collect max":
            zh, en = "最高", "highest"
        case "collect min":
            zh, en = "最低", "lowest"
        case "unique" | "any" | "collect" | "collect sum" | "collect count":
            raise AssertionError(f"under {policy} no rule that applies is beaten")
        case _:
            assert_never(policy)
    return Words(
        f"本条规则适用，但结果取{zh}的，由下列规则决定",
        f"The rule applies, but the {en} value holds, which another rule gives",
    )


class _Search:
    """Looks for the fewest facts that would have to be otherwise."""

    def __init__(
        self, explainer: Explainer, index: int, programme: ProgrammeFrame, rule: RuleFrame
    ) -> None:
        self._explainer = explainer
        self._index = index
        self._row = explainer.result.rows[index]
        self._programme: Programme = explainer.changes.programme(programme)
        self._rule = rule
        self._levers = [*self._programme.levers, *self._programme.identity]

    def run(self) -> Iterator[Needed]:
        """Every single fact that would do alone; else the first combination of two, then of three."""
        single = [
            (id_, [value for value in values if self._allowed({id_: value})])
            for id_, values in (
                (lever.fact.id, self._values_alone(lever)) for lever in self._levers
            )
        ]
        for id_, values in single:
            if values:
                yield self._needed({id_: values[0]})
        if not any(values for _, values in single):
            yield from self._combination()

    def _values_alone(self, lever: Lever) -> list[Value]:
        """The nearest value below and above that would make the rule decide; or another answer."""
        current = self._row.get(lever.fact.id)

        def test(value: Value) -> bool:
            return self._holds({lever.fact.id: value})

        if isinstance(current, int) and not isinstance(current, bool):
            sides = [side(current, lever.numbers, lever.fact) for side in (below, above)]
            turns = [first(current, places, test) for places in sides]
            near = [number for number in turns if number is not None]
            return [*sorted(near, key=lambda number: abs(number - current))]
        return [value for value in self._answers(lever) if test(value)]

    def _answers(self, lever: Lever) -> list[Value]:
        current = self._row.get(lever.fact.id)
        if isinstance(current, bool):
            return [not current]
        if isinstance(lever.fact.type, Text):
            return [value for value in lever.marks if value != current]
        assert isinstance(current, int)
        numbers = [m for m in lever.marks if isinstance(m, int) and m != current]
        return [*sorted(numbers, key=lambda number: abs(number - current))]

    def _combination(self) -> Iterator[Needed]:
        for size in range(2, MOST_FACTS + 1):
            for levers in combinations(self._levers, size):
                choices = [self._answers(lever) for lever in levers]
                if prod(map(len, choices)) > MOST_TRIES:
                    continue
                for values in product(*choices):
                    ids = [lever.fact.id for lever in levers]
                    change = dict(zip(ids, values, strict=True))
                    if self._holds(change) and self._allowed(change):
                        yield self._needed(change)
                        return

    def _holds(self, change: Mapping[str, Value]) -> bool:
        replayer = self._explainer.changes.replayer
        return self._rule.id in replayer.rules(self._programme.chain, self._index, change)

    def _allowed(self, change: Mapping[str, Value]) -> bool:
        return self._explainer.changes.replayer.allowed(self._index, change)

    def _needed(self, change: Mapping[str, Value]) -> Needed:
        outcome = self._explainer.changes.replayer.outcome(
            self._programme.chain, self._index, change
        )
        assert outcome is not None
        row, fired = outcome
        frame = self._programme.frame
        kinds, titles = self._explainer.frames.kinds, self._explainer.frames.titles
        facts = tuple(
            NeededFact(
                id_, titles[id_], Amount(self._row[id_], kinds[id_]),
                self._explainer.origin(id_, self._index),
                Amount(value, kinds[id_], P["other"] if value == OTHER_TEXT else None),
            )
            for id_, value in change.items()
        )  # fmt: skip
        vague = OTHER_TEXT in change.values() and bool(self._programme.chain.per)
        outputs = {o.id: frame.amount(o, row[o.id]) for o in frame.programme.outputs if not vague}
        return Needed(facts, outputs, fired)

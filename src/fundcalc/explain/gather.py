"""Gather a village's explanation from a plan, its result and where the facts came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fundcalc.base.words import Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result, Row
from fundcalc.explain.changes import Changes, Found
from fundcalc.explain.conditions import why_not
from fundcalc.explain.decision import (
    Amount,
    ByHand,
    Corrected,
    Decision,
    Explanation,
    FactUsed,
    HingeSaid,
    RuleSaid,
)
from fundcalc.explain.frames import Frames, ProgrammeFrame, RuleFrame, known
from fundcalc.explain.phrases import P
from fundcalc.explain.steps import Arithmetic
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY

Origin = Callable[[str, int], str]


@dataclass
class Explainer:
    """Explains villages of one result. `origin` gives the cell of a village's fact, or `assumed`.

    `by_hand` has what was changed after the rules, by village; `corrected` gives what a correction
    changes for a village, and `later` names the runs that correct this one. Without `alternatives`
    nothing is said of what would change a decision.
    """

    result: Result
    origin: Origin
    hinges: Sequence[Hinge] = ()
    by_hand: Mapping[int, tuple[ByHand, ...]] = field(default_factory=dict)
    alternatives: bool = True
    corrected: Callable[[int], Corrected | None] = lambda index: None
    later: tuple[tuple[str, str], ...] = ()
    frames: Frames = field(init=False)
    changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        self.frames = Frames(self.result.plan)
        self.changes = Changes(self.result, self.frames)

    def explain(self, index: int) -> Explanation:
        """Every decision about a village, in the order in which the policy lists its programmes."""
        plan, row = self.result.plan, self.changes.replayer.row(index)
        policy = plan.policy
        values = known(plan, row)
        who = {part: str(row[part]) for part in IDENTITY if row.get(part)}
        return Explanation(
            who, policy.id, policy.title, policy.digest, plan.on, dict(plan.readings),
            {
                id_: (reading.question, reading.options[plan.readings[id_]])
                for id_, reading in policy.readings.items()
            },
            {id_: source.cite() for id_, source in policy.sources.items()},
            tuple(self._decision(one, index, row, values) for one in self.frames.programmes),
            self.by_hand.get(index, ()), self.corrected(index), self.later,
            tuple(
                (hinge.reading, hinge.option, hinge.undecided.message)
                for hinge in self.hinges
                if hinge.undecided is not None
            ),
        )  # fmt: skip

    def _decision(
        self, frame: ProgrammeFrame, index: int, row: Row, values: Mapping[str, Value]
    ) -> Decision:
        programme = frame.programme
        fired = self.result.fired[programme.id][index]
        arithmetic = Arithmetic(self.result, index, frame.formulas, values)
        changes = self.changes.of(frame, index) if self.alternatives else Found()
        return Decision(
            programme.id, programme.title, programme.note,
            {o.id: frame.amount(o, row[o.id]) for o in programme.outputs},
            {o.id: o.title for o in programme.outputs},
            fired, tuple(said(rule, rule.id in fired, values) for rule in frame.rules),
            said(frame.otherwise, not fired, values) if frame.otherwise is not None else None,
            {
                id_: FactUsed(
                    self.frames.titles[id_], Amount(values[id_], self.frames.kinds[id_]),
                    self.origin(id_, index),
                )
                for id_ in frame.facts
            },
            frame.parameters, arithmetic.steps(), arithmetic.pools(),
            self._hinges(frame, index), changes.nearest, changes.other_rules,
        )  # fmt: skip

    def _hinges(self, frame: ProgrammeFrame, index: int) -> tuple[HingeSaid, ...]:
        policy = self.result.plan.policy
        found: list[HingeSaid] = []
        for hinge in self.hinges:
            changed = {
                output.id: frame.amount(output, hinge.changes[output.id][index])
                for output in frame.programme.outputs
                if output.id in hinge.changes and index in hinge.changes[output.id]
            }
            if changed:
                reading = policy.readings[hinge.reading]
                answer = reading.options[hinge.option]
                found.append(
                    HingeSaid(hinge.reading, hinge.option, reading.question, answer, changed)
                )
        return tuple(found)


def said(rule: RuleFrame, fired: bool, values: Mapping[str, Value]) -> RuleSaid:
    """A rule for a village: whether it decides, and why or why not."""
    if rule.condition is None:
        says = rule.because.fill(values) if fired else Words("", "")
        return RuleSaid(
            rule.id, rule.title, fired, rule.source, rule.cited, "", None, says, rule.readings
        )
    condition = rule.condition.of(values)
    against = P["beaten"] if condition.holds else why_not(condition)
    says = rule.because.fill(values) if fired else against
    return RuleSaid(
        rule.id, rule.title, fired, rule.source, rule.cited, rule.condition.text, condition, says,
        rule.readings,
    )  # fmt: skip

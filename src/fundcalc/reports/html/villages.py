"""What a page knows of each village: its values, what holds, what decides and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundcalc.base.words import Lang
from fundcalc.engines.result import JOIN
from fundcalc.explain.changes import Found
from fundcalc.explain.decision import ChangeSaid
from fundcalc.explain.document import follow_and_turn, moved, pool_said, signs
from fundcalc.explain.frames import Arithmetic, ProgrammeFrame, Slot, known
from fundcalc.explain.gather import Explainer
from fundcalc.language.evaluate import DivisionByZero, Evaluation
from fundcalc.language.nodes import Value
from fundcalc.reports.html.static import Static, shared

_SAFE = 2**53 - 1
"""The greatest number that a browser reads exactly; beyond, its digits are given as text."""


def _worked_out(slot: Slot, values: Mapping[str, Value]) -> Any:
    """A slot's value; None where a guard before it keeps the engines from dividing by zero."""
    try:
        return _plain(slot.amount(values).value)
    except DivisionByZero:
        return None


class Villages:
    """Turns villages into data for the page's script."""

    def __init__(self, explainer: Explainer, static: Static, lang: Lang) -> None:
        self._explainer = explainer
        self._static = static
        self._lang: Lang = lang
        self._result = explainer.result
        self.hinges = [h for h in explainer.hinges if h.changes]

    def one(self, index: int) -> list[Any]:
        """One village: [values, extras, programmes]."""
        values = known(self._result.plan, self._explainer.changes.replayer.row(index))
        plain = [_plain(values.get(id_, "")) for id_ in self._static.names]
        extras = [_worked_out(slot, values) for slot in self._static.extras]
        frames = self._explainer.frames.programmes
        return [plain, extras, [self._programme(one, index, values) for one in frames]]

    def _programme(self, one: ProgrammeFrame, index: int, values: Mapping[str, Value]) -> list[Any]:
        """[rules that decide, conditions as 0 and 1, pools, hinges, turns, follows]."""
        fired = self._result.fired[one.plan.id][index]
        ids = [rule.id for rule in one.rules]
        leaves = self._static.leaves[one.plan.id]
        holds = "".join("1" if _holds(leaf.test, values) else "0" for leaf in leaves)
        found = self._explainer.changes.of(one, index)
        turns, follows = self._changes(one, index, found)
        return [
            [ids.index(id_) for id_ in fired], holds, self._shares(one, index, values),
            self._hinges(one, index), turns, follows,
        ]  # fmt: skip

    def _shares(self, one: ProgrammeFrame, index: int, values: Mapping[str, Value]) -> Any:
        """For each pool in which the village shares: numbers and sentence, by rule or output."""
        if not one.plan.has_pool:
            return {}
        arithmetic = Arithmetic(self._result, index, one.formulas, values)
        numbers = {
            formula.share.item: [signs(arithmetic.numbers(formula))]
            for formula in shared(one)
            if formula.share is not None
        }
        for pool in arithmetic.pools():
            numbers.setdefault(pool.item, [""]).append(pool_said(pool, self._lang))
        return numbers

    def _hinges(self, one: ProgrammeFrame, index: int) -> list[Any]:
        found: list[Any] = []
        for number, hinge in enumerate(self.hinges):
            outputs = [
                [self._static.place(o.id), _plain(hinge.changes[o.id][index])]
                for o in one.programme.outputs
                if o.id in hinge.changes and index in hinge.changes[o.id]
            ]
            if outputs:
                found.append([number, outputs])
        return found

    def _changes(
        self, one: ProgrammeFrame, index: int, found: Found
    ) -> tuple[list[Any], list[Any]]:
        place = self._static.place
        row = self._explainer.changes.replayer.row(index)
        follows, turns = follow_and_turn(
            found.nearest, found.other_rules, one.facts, lambda id_: row.get(id_, "")
        )
        said = [[place(c.fact), _plain(c.to.value), self._outputs(c)] for c in turns]
        steps = [
            [[place(o) for o in outputs], [place(f) for f in facts]]
            for outputs, facts in moved(follows).items()
        ]
        return said, steps

    def _outputs(self, change: ChangeSaid) -> list[Any]:
        return [
            [self._static.place(id_), _plain(amount.value)]
            for id_, amount in change.outputs.items()
        ]


def _plain(value: Value) -> int | str:
    if isinstance(value, tuple):
        return JOIN.join(value)
    if isinstance(value, str):
        return value
    return int(value) if abs(value) <= _SAFE else str(value)


def _holds(test: Evaluation, values: Mapping[str, Value]) -> bool:
    """Whether a condition holds; one in a branch not taken may not be decidable."""
    try:
        return bool(test(values))
    except DivisionByZero:
        return False

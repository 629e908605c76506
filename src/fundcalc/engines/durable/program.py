"""Stages as one ruleset of the engine: steps in a row, each closed by a rule of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fundcalc.engines.durable.guard import RULES, STEPS, Goal, LimitError
from fundcalc.engines.durable.host import FACT
from fundcalc.engines.durable.values import Literal

_OPERATORS: Final = {
    "<": "$lt",
    "<=": "$lte",
    ">": "$gt",
    ">=": "$gte",
    "==": "$eq",
    "!=": "$neq",
}
_STEP: Final = "s"  # the field that holds the number of the step


@dataclass(frozen=True, slots=True)
class Step:
    """A group of rules that see the same assertion: the fields they test, and the stage it closes."""

    slots: tuple[int, ...]
    closes: int | None
    template: str

    def fact(self, values: Sequence[int]) -> str:
        """The fact as this step sees it: its number and the fields that its rules test."""
        return self.template % tuple([values[slot] for slot in self.slots])


class Program:
    """The steps, the ruleset's definition (JSON), and what each of its rules is for.

    `rules` gives by name the step and the slot that becomes 1; no slot for the rule that closes the step.
    """

    def __init__(self, stages: Sequence[tuple[str, Sequence[Sequence[Goal]]]]) -> None:
        """`stages` are ids with steps. Raises LimitError where rules or steps are too many."""
        self.steps: list[Step] = []
        self.rules: dict[str, tuple[int, int | None]] = {}
        definition: dict[str, Any] = {}
        for number, (stage, steps) in enumerate(stages):
            for index, goals in enumerate(steps):
                last = index == len(steps) - 1
                self._count(stage, len(goals) + 1)
                self._add(goals, number if last else None, definition)
        self.definition = json.dumps(definition)

    def _count(self, stage: str, rules: int) -> None:
        if len(self.steps) == STEPS:
            raise LimitError("steps", STEPS, f"more than {STEPS} steps in all", stage)
        if len(self.rules) + rules > RULES:
            raise LimitError("rules", RULES, f"more than {RULES} rules in all", stage)

    def _add(self, goals: Sequence[Goal], closes: int | None, definition: dict[str, Any]) -> None:
        step = len(self.steps)
        slots = dict.fromkeys(literal.slot for _, goal in goals for literal in goal)
        names = {slot: f"f{index}" for index, slot in enumerate(slots)}
        fields = "".join(f',"{name}":%d' for name in names.values())
        template = f'{{{FACT},"{_STEP}":{step}{fields}}}'
        self.steps.append(Step(tuple(slots), closes, template))
        here = {_STEP: step}
        for slot, goal in goals:
            tests = [_test(names[literal.slot], literal) for literal in goal]
            self._rule({"$and": [here, *tests]}, step, slot, definition)
        self._rule(here, step, None, definition)

    def _rule(
        self, pattern: dict[str, Any], step: int, slot: int | None, definition: dict[str, Any]
    ) -> None:
        """The next rule: priorities follow the order of rules."""
        priority = len(self.rules)
        name = f"r{priority}"
        self.rules[name] = step, slot
        definition[name] = {"all": [{"m": pattern}], "pri": priority}


def _test(name: str, literal: Literal) -> dict[str, Any]:
    return {_OPERATORS[literal.op]: {name: literal.value}}

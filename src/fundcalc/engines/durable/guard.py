"""Conditions made fit for the engine: split until they are within its limits, or refused.

A step is a group of rules that the engine tries on one assertion. All its rules test the step's number
first and are plain conjunctions; so each fires at most once, and a step can neither fill the engine's
stack nor its tables, however many rules or constants a stage has: it gets more steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from fundcalc.engines.durable.conditions import (
    OPPOSITE,
    AllOf,
    Condition,
    Not,
    Test,
    parts,
)
from fundcalc.engines.durable.values import CONSTANT_BITS, Literal

Conjunction = tuple[Literal, ...]
Goal = tuple[int, Conjunction]  # a slot that becomes 1 where the conjunction holds

# The engine's own limits are in brackets.
RULES_IN_STEP: Final = 60  # 64 on its stack; 256 below one test, or memory is overwritten
FIELDS_IN_STEP: Final = 200  # 255 properties of a fact, two of which it takes itself
STEPS: Final = 500  # 512 tests below one test, or it hangs; all steps lie below the root
RULES: Final = 4000  # 4096 rules in a ruleset
ALTERNATIVES: Final = 32  # ours: so far `all` is multiplied out over `any`
NESTING: Final = 100  # ours: recursion
SIZE: Final = 10_000  # ours: tests and joints in one condition


class LimitError(ValueError):
    """Rules that the engine cannot hold even when split.

    `problem` is one of nesting, size, constant, rules, steps; `limit` how many there may be (of a
    constant: how many bits). `stage` says where, `rule` too unless all rules together are too many.
    """

    def __init__(
        self, problem: str, limit: int, detail: str, stage: str, rule: str | None = None
    ) -> None:
        where = f"stage {stage!r}" if rule is None else f"stage {stage!r}, rule {rule!r}"
        super().__init__(f"{where}: {detail}")
        self.problem = problem
        self.limit = limit
        self.stage = stage
        self.rule = rule


class Splitter:
    """The rules of one stage as steps.

    Conditions become alternatives of conjunctions. Where multiplying `all` out over `any` would give too
    many, a part of the condition gets a slot of its own, which an earlier step derives like any rule.
    """

    def __init__(self, stage: str, literal: Callable[[Test], Literal], first_slot: int) -> None:
        """`literal` encodes a test; slots from `first_slot` on are free."""
        self.next_slot = first_slot
        self._stage = stage
        self._rule = ""
        self._literal = literal
        self._rules: list[Goal] = []
        self._helpers: list[list[Goal]] = []  # by level: a level uses only the ones before it
        self._level: dict[int, int] = {}

    def add(self, rule: str, condition: Condition) -> int:
        """Take a rule in; its slot. Raises LimitError where its condition is beyond all splitting."""
        self._rule = rule
        self._measure(condition)
        alternatives = self._alternatives(condition, negated=False)
        return self._goal(self._rules, alternatives)

    def steps(self) -> list[list[Goal]]:
        """The goals, step by step; at least one step."""
        groups = [*self._helpers, self._rules]
        return [step for group in groups for step in _pack(group)] or [[]]

    def _measure(self, condition: Condition) -> None:
        size, level = 1, [condition]
        for _ in range(NESTING):
            size += sum(len(parts(each)) for each in level)
            if size > SIZE:
                raise self._limit("size", SIZE, f"a condition of more than {SIZE} parts")
            level = [part for each in level for part in parts(each)]
            if not level:
                return
        raise self._limit("nesting", NESTING, f"a condition nested more than {NESTING} deep")

    def _alternatives(self, condition: Condition, *, negated: bool) -> list[Conjunction]:
        """Conjunctions of which one must hold; negation is pushed down to the tests."""
        if isinstance(condition, Test):
            return [(self._test(condition, negated=negated),)]
        if isinstance(condition, Not):
            return self._alternatives(condition.part, negated=not negated)
        found = [self._alternatives(part, negated=negated) for part in condition.parts]
        if isinstance(condition, AllOf) is not negated:
            return self._product(found)
        return list(dict.fromkeys(one for alternatives in found for one in alternatives))

    def _test(self, test: Test, *, negated: bool) -> Literal:
        slot, op, value = self._literal(test)
        if not -(2 ** (CONSTANT_BITS - 1)) <= value < 2 ** (CONSTANT_BITS - 1):
            detail = f"{value} has more than the {CONSTANT_BITS} bits of a constant on this machine"
            raise self._limit("constant", CONSTANT_BITS, detail)
        return Literal(slot, OPPOSITE[op] if negated else op, value)

    def _product(self, factors: list[list[Conjunction]]) -> list[Conjunction]:
        """One alternative of each factor, in all ways; the largest factors become helpers."""
        if not all(factors):
            return []
        count = 1
        for index in sorted(range(len(factors)), key=lambda index: len(factors[index])):
            if count * len(factors[index]) > ALTERNATIVES:
                factors[index] = [self._helper(factors[index])]
            count *= len(factors[index])
        product: list[Conjunction] = [()]
        for factor in factors:
            product = [left + right for left in product for right in factor]
        return list(dict.fromkeys(self._conjunction(one) for one in product))

    def _conjunction(self, literals: Conjunction) -> Conjunction:
        """Each test once; where the fields are too many for one fact, the first become helpers."""
        literals = tuple(dict.fromkeys(literals))
        while len({literal.slot for literal in literals}) > FIELDS_IN_STEP:
            helper = self._helper([literals[:FIELDS_IN_STEP]])
            literals = helper + literals[FIELDS_IN_STEP:]
        return literals

    def _helper(self, alternatives: list[Conjunction]) -> Conjunction:
        """A slot that is 1 where one of the alternatives holds, as a test."""
        used = {literal.slot for one in alternatives for literal in one}
        level = max((self._level[slot] + 1 for slot in used if slot in self._level), default=0)
        if level == len(self._helpers):
            self._helpers.append([])
        slot = self._goal(self._helpers[level], alternatives)
        self._level[slot] = level
        return (Literal(slot, "==", 1),)

    def _goal(self, group: list[Goal], alternatives: list[Conjunction]) -> int:
        slot = self.next_slot
        self.next_slot += 1
        group += [(slot, one) for one in alternatives]
        return slot

    def _limit(self, problem: str, limit: int, detail: str) -> LimitError:
        return LimitError(problem, limit, detail, self._stage, self._rule)


def _pack(goals: Iterable[Goal]) -> Iterator[list[Goal]]:
    """Goals in steps that keep to RULES_IN_STEP and FIELDS_IN_STEP."""
    step: list[Goal] = []
    fields: set[int] = set()
    for slot, conjunction in goals:
        wanted = {literal.slot for literal in conjunction}
        if len(step) == RULES_IN_STEP or len(fields | wanted) > FIELDS_IN_STEP:
            yield step
            step, fields = [], set()
        step.append((slot, conjunction))
        fields |= wanted
    if step:
        yield step

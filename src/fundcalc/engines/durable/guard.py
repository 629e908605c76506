"""What may reach the engine: conditions and facts as integers, split until they are within its limits.

The engine compares two integers exactly; between other types it guesses ("5" equals 5, "true" equals
True). So yes/no becomes 1 and 0, and a text becomes the number of the constant that it equals, or 0 where
it equals none. Text is compared as written: no folding of case, width or composition.

A step is a group of rules that the engine tries on one assertion. All its rules test the step's number
first and are plain conjunctions; so each fires at most once, and a step can neither fill the engine's
stack nor its tables, however many rules or constants a stage has: it gets more steps.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never

from fundcalc.base import dataclass

Value: TypeAlias = int | bool | str
FieldType: TypeAlias = type[int] | type[bool] | type[str]
Operator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]

OPPOSITE: Final[dict[Operator, Operator]] = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
}


@dataclass(frozen=True, slots=True)
class Test:
    """True where the field compares so with the constant. Yes/no and text know only == and !=."""

    field: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where every part is; without parts always true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where at least one part is; without parts never true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not. Every field has a value, so there is no third case."""

    part: Condition


Condition: TypeAlias = Test | AllOf | AnyOf | Not


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case Test():
            return ()
        case Not(part):
            return (part,)
        case AllOf(inner) | AnyOf(inner):
            return inner
        case _:
            assert_never(condition)


# -- integers ----

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
CONSTANT_BITS: Final = 8 * struct.calcsize("l")  # the engine keeps a rule's constants as C long
_NO_CONSTANT: Final = 0


class EngineValueError(ValueError):
    """A fact or constant that the engine must not see; `field` names it, `problem` says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"field {field!r}: {problem}")
        self.field = field
        self.problem = problem


class SlotTest(NamedTuple):
    """A test of one slot with an integer constant."""

    slot: int
    op: Operator
    value: int


class Codec:
    """The declared fields: turns facts and constants into integers and refuses all others.

    Constants come first, facts afterwards: texts are numbered in the order of their tests.
    """

    def __init__(self, fields: Mapping[str, FieldType]) -> None:
        for name, kind in fields.items():
            if kind not in (int, bool, str):
                raise EngineValueError(name, f"declared as {kind!r}, not as int, bool or str")
        self._fields = {name: (slot, kind) for slot, (name, kind) in enumerate(fields.items())}
        self._texts: dict[str, int] = {}

    def slot_test(self, test: Test) -> SlotTest:
        """The test of the field's slot; raises EngineValueError where field, type or operator is wrong."""
        slot, kind = self._declared(test.field)
        if kind is not int and test.op not in ("==", "!="):
            raise EngineValueError(test.field, f"{kind.__name__} cannot be compared by {test.op}")
        if isinstance(test.value, str):
            self._texts.setdefault(test.value, len(self._texts) + 1)
        return SlotTest(slot, test.op, self._integer(test.field, kind, test.value))

    def integers(self, facts: Mapping[str, Value]) -> list[int]:
        """All declared fields by slot; raises EngineValueError unless they are there, and they alone."""
        try:
            integers = [
                self._integer(name, kind, facts[name]) for name, (_, kind) in self._fields.items()
            ]
        except KeyError as missing:
            raise EngineValueError(missing.args[0], "has no value") from None
        if len(facts) != len(integers):
            self.changes(facts)
        return integers

    def changes(self, facts: Mapping[str, Value]) -> list[tuple[int, int]]:
        """Slot and integer of some fields; raises EngineValueError where one is unknown or wrong."""
        changed = []
        for name, value in facts.items():
            slot, kind = self._declared(name)
            changed.append((slot, self._integer(name, kind, value)))
        return changed

    def _declared(self, name: str) -> tuple[int, FieldType]:
        try:
            return self._fields[name]
        except KeyError:
            raise EngineValueError(name, "is not declared") from None

    def _integer(self, name: str, kind: FieldType, value: Value) -> int:
        if type(value) is not kind:
            raise EngineValueError(
                name, f"{value!r} is {type(value).__name__}, not {kind.__name__}"
            )
        if isinstance(value, str):
            return self._texts.get(value, _NO_CONSTANT)
        if not INT_MIN <= value <= INT_MAX:
            raise EngineValueError(name, f"{value} does not fit 64 bits")
        return int(value)


# -- limits ---

Conjunction = tuple[SlotTest, ...]
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

    def __init__(self, stage: str, slot_test: Callable[[Test], SlotTest], first_slot: int) -> None:
        """`slot_test` encodes a test; slots from `first_slot` on are free."""
        self.next_slot = first_slot
        self._stage = stage
        self._rule = ""
        self._slot_test = slot_test
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
            size += sum(len(_parts(each)) for each in level)
            if size > SIZE:
                raise self._limit("size", SIZE, f"a condition of more than {SIZE} parts")
            level = [part for each in level for part in _parts(each)]
            if not level:
                return
        raise self._limit("nesting", NESTING, f"a condition nested more than {NESTING} deep")

    def _alternatives(self, condition: Condition, *, negated: bool) -> list[Conjunction]:
        """Conjunctions of which one must hold; negation is pushed down to the tests."""
        match condition:
            case Test():
                return [(self._test(condition, negated=negated),)]
            case Not(part):
                return self._alternatives(part, negated=not negated)
            case AllOf(parts) | AnyOf(parts):
                each = [self._alternatives(part, negated=negated) for part in parts]
                if isinstance(condition, AllOf) is not negated:
                    return self._product(each)
                return list(dict.fromkeys(chain(*each)))
            case _:
                assert_never(condition)

    def _test(self, test: Test, *, negated: bool) -> SlotTest:
        slot, op, value = self._slot_test(test)
        if not -(2 ** (CONSTANT_BITS - 1)) <= value < 2 ** (CONSTANT_BITS - 1):
            detail = f"{value} has more than the {CONSTANT_BITS} bits of a constant on this machine"
            raise self._limit("constant", CONSTANT_BITS, detail)
        return SlotTest(slot, OPPOSITE[op] if negated else op, value)

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
        return list(dict.fromkeys(self._conjunction(literals) for literals in product))

    def _conjunction(self, literals: Conjunction) -> Conjunction:
        """Each test once; where the fields are too many for one fact, the first become helpers."""
        literals = tuple(dict.fromkeys(literals))
        while len({literal.slot for literal in literals}) > FIELDS_IN_STEP:
            helper = self._helper([literals[:FIELDS_IN_STEP]])
            literals = helper + literals[FIELDS_IN_STEP:]
        return literals

    def _helper(self, alternatives: list[Conjunction]) -> Conjunction:
        """A slot that is 1 where one of the alternatives holds, as a test."""
        used = {literal.slot for conjunction in alternatives for literal in conjunction}
        level = max((self._level[slot] + 1 for slot in used if slot in self._level), default=0)
        if level == len(self._helpers):
            self._helpers.append([])
        slot = self._goal(self._helpers[level], alternatives)
        self._level[slot] = level
        return (SlotTest(slot, "==", 1),)

    def _goal(self, group: list[Goal], alternatives: list[Conjunction]) -> int:
        slot = self.next_slot
        self.next_slot += 1
        group += [(slot, conjunction) for conjunction in alternatives]
        return slot

    def _limit(self, problem: str, limit: int, detail: str) -> LimitError:
        return LimitError(problem, limit, detail, self._stage, self._rule)


def _pack(goals: Iterable[Goal]) -> Iterator[list[Goal]]:
    """Goals in steps that keep to RULES_IN_STEP and FIELDS_IN_STEP."""
    step: list[Goal] = []
    fields: set[int] = set()
    for slot, conjunction in goals:
        needed = {literal.slot for literal in conjunction}
        if len(step) == RULES_IN_STEP or len(fields | needed) > FIELDS_IN_STEP:
            yield step
            step, fields = [], set()
        step.append((slot, conjunction))
        fields |= needed
    if step:
        yield step

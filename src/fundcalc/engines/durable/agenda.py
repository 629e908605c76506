"""An agenda: stages of rules over one flat fact, each stage seeing what the ones before derived.

Stages become one ruleset: steps in a row, each closed by a rule of its own. The compiled engine of
durable_rules is driven directly. Its Python layer is left out: `Host` starts two timer threads, `Promise`
swallows what an action raises (KeyboardInterrupt included), `Closure` drops a fact's rules when an action
takes ten seconds or the wall clock jumps, warns of `utcfromtimestamp` and writes a state fact after every
action. What remains of it is a loop: assert, run the actions that are due in the order of their
priorities, until none is left.
"""

from __future__ import annotations

import json
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from fundcalc.base import dataclass
from fundcalc.engines.durable.guard import (
    RULES,
    STEPS,
    Codec,
    Condition,
    FieldType,
    Goal,
    LimitError,
    SlotTest,
    Splitter,
    Value,
)

try:
    import durable_rules_engine as durable
except ImportError:  # it has no wheels, and not every machine has a compiler
    durable = None

Settle: TypeAlias = Callable[[str, tuple[str, ...], Mapping[str, Value]], Mapping[str, Value]]
Act = Callable[[str], None]

# One session and one fact id for all facts: both are looked up by an uncompared 32-bit hash, and each
# further session takes memory that is never given back.
_SESSION: Final = "0"
FACT: Final = f'"sid":"{_SESSION}","id":"v"'
_RETRACT: Final = "{" + FACT + "}"
_HANDLED: Final = 0


class EngineFault(RuntimeError):
    """The engine did not do what it must: a fault of engine or adapter, never of policy or facts."""


def installed() -> bool:
    """Whether durable_rules is there; without it no Agenda can be made."""
    return durable is not None


class Host:
    """One ruleset with at most one fact in it. After any exception it must be thrown away.

    Not thread-safe; it starts no thread, reads no clock, and its memory does not grow with the facts.
    """

    def __init__(self, definition: str) -> None:
        """Compile a definition (JSON); raises EngineFault where the engine refuses it."""
        try:
            self._handle: int = durable.create_ruleset("fundcalc", definition)
        except durable.error as refused:
            raise EngineFault(f"durable_rules refuses the rules: {refused}") from refused
        self._started = [False]
        weakref.finalize(self, _free, self._handle, self._started).atexit = False

    def run(self, fact: str, act: Act) -> None:
        """Assert a fact (JSON with FACT in it) and call `act` with the name of each rule that is due.

        Whatever `act` raises leaves unchanged. Raises EngineFault on an error of the engine.
        """
        try:
            state = self._assert(fact)
            started = durable.start_action_for_state(self._handle, state)
            if started is None:
                raise EngineFault(f"durable_rules has no rule for the fact {fact}")
            self._started[0] = True
            message = started[1]
            while message:
                act(message[2 : message.index('"', 2)])  # {"name":{"m":{…}}}
                message = durable.complete_and_start_action(self._handle, state)
        except durable.error as failed:
            raise EngineFault(f"durable_rules failed: {failed}") from failed

    def replace(self, fact: str) -> None:
        """Retract the fact and assert another; its rules follow. Call it only from within `act`."""
        self.retract()
        self._assert(fact)

    def retract(self) -> None:
        """Retract the fact; none of its rules follows. Call it only from within `act`."""
        durable.retract_fact(self._handle, _RETRACT)

    def _assert(self, fact: str) -> int:
        outcome, state = durable.assert_fact(self._handle, fact)
        if outcome != _HANDLED:
            raise EngineFault(f"durable_rules did not take the fact {fact} (outcome {outcome})")
        return int(state)


def _free(handle: int, started: list[bool]) -> None:
    """Give back all memory. A session that never started an action cannot be freed safely."""
    if started[0]:
        durable.delete_state(handle, _SESSION)
    durable.delete_ruleset(handle)


# -- the ruleset ---

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


def _test(name: str, literal: SlotTest) -> dict[str, Any]:
    return {_OPERATORS[literal.op]: {name: literal.value}}


# -- stages ---


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a stage: fires where its condition holds. Ids are unique in their stage."""

    id: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Stage:
    """Rules that see the same facts. Ids are unique in their agenda."""

    id: str
    rules: tuple[Rule, ...]


class Agenda:
    """Stages compiled for the engine, run over one village after another.

    An instance is for one thread at a time; `settle` must not call `fire` of the same agenda. `stages`
    gives by stage its rules and their slots; `derived` are the slots of rules and helpers as they start,
    behind the fields.
    """

    def __init__(self, fields: Mapping[str, FieldType], stages: Sequence[Stage]) -> None:
        """Compile; `fields` names every field and its type.

        Raises LimitError where the rules cannot be split to fit, EngineValueError (a ValueError) where a
        condition names an undeclared field or an unfit constant, ValueError where ids repeat.
        """
        _unique("stage", [stage.id for stage in stages])
        self.codec = Codec(fields)
        self.stages: list[tuple[str, list[tuple[str, int]]]] = []
        steps: list[tuple[str, list[list[Goal]]]] = []
        free = len(fields)
        for stage in stages:
            _unique(f"rule in stage {stage.id!r}", [rule.id for rule in stage.rules])
            splitter = Splitter(stage.id, self.codec.slot_test, free)
            slots = [(rule.id, splitter.add(rule.id, rule.when)) for rule in stage.rules]
            free = splitter.next_slot
            self.stages.append((stage.id, slots))
            steps.append((stage.id, splitter.steps()))
        self.program = Program(steps)
        self.derived = [0] * (free - len(fields))
        self._host: Host | None = Host(self.program.definition)

    def fire(self, facts: Mapping[str, Value], settle: Settle) -> dict[str, tuple[str, ...]]:
        """Run all stages over one village; ids of the rules that fired by stage, in declared order.

        `facts` holds every declared field, derived ones at their defaults. When a stage's rules have
        fired, `settle(stage, fired, facts)` returns the fields that change for the stages that follow.
        Raises EngineValueError for unfit facts, EngineFault where the engine fails; whatever `settle`
        raises leaves unchanged. The agenda can be used again after any of these.
        """
        values = self.codec.integers(facts)
        # Only a run that ends well gives its engine back; after any other the next run builds one.
        host, self._host = self._host, None
        host = host or Host(self.program.definition)
        fired = _Run(self, host, [*values, *self.derived], dict(facts), settle).fired()
        self._host = host
        return fired


class _Run:
    """One village on its way through the stages."""

    __slots__ = ("_codec", "_done", "_facts", "_host", "_rules", "_settle", "_stages", "_step",
                 "_steps", "_values")  # fmt: skip

    def __init__(
        self,
        agenda: Agenda,
        host: Host,
        values: list[int],
        facts: dict[str, Value],
        settle: Settle,
    ) -> None:
        self._codec = agenda.codec
        self._steps = agenda.program.steps
        self._rules = agenda.program.rules
        self._stages = agenda.stages
        self._host = host
        self._values = values
        self._facts = facts
        self._settle = settle
        self._step = 0
        self._done: dict[str, tuple[str, ...]] = {}

    def fired(self) -> dict[str, tuple[str, ...]]:
        """Run to the end. The last closing rule must have fired: that proves that all had their turn."""
        if self._steps:
            self._host.run(self._steps[0].fact(self._values), self._act)
        if self._step != len(self._steps):
            raise EngineFault(f"stopped at step {self._step + 1} of {len(self._steps)}")
        return self._done

    def _act(self, name: str) -> None:
        """The action of every rule: note that it fired, or close the step."""
        step, slot = self._rules[name]
        if step != self._step:
            raise EngineFault(f"rule {name} of step {step} fired in step {self._step}")
        if slot is None:
            self._close(self._steps[step].closes)
        else:
            self._values[slot] = 1

    def _close(self, stage: int | None) -> None:
        """Settle the stage if this was its last step, and move the fact to the next step."""
        if stage is not None:
            id_, rules = self._stages[stage]
            fired = tuple([rule for rule, slot in rules if self._values[slot]])
            self._done[id_] = fired
            changes = self._settle(id_, fired, self._facts)
            for slot, value in self._codec.changes(changes):
                self._values[slot] = value
            self._facts.update(changes)
        self._step += 1
        if self._step == len(self._steps):
            self._host.retract()
        else:
            self._host.replace(self._steps[self._step].fact(self._values))


def _unique(what: str, ids: Sequence[str]) -> None:
    twice = [id_ for id_, times in Counter(ids).items() if times > 1]
    if twice:
        raise ValueError(f"{what} declared twice: {', '.join(twice)}")

"""An agenda: stages of rules over one flat fact, each stage seeing what the ones before derived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fundcalc.engines.durable.conditions import Condition, FieldType, Value
from fundcalc.engines.durable.guard import Goal, Splitter
from fundcalc.engines.durable.host import EngineFault, Host
from fundcalc.engines.durable.program import Program
from fundcalc.engines.durable.values import Codec

Settle: TypeAlias = Callable[[str, tuple[str, ...], Mapping[str, Value]], Mapping[str, Value]]


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


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What is the same for every village. `stages` gives by stage its rules and their slots."""

    codec: Codec
    program: Program
    stages: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    derived: tuple[int, ...]  # the slots of rules and helpers as they start, behind the fields


class Agenda:
    """Stages compiled for the engine, run over one village after another.

    An instance is for one thread at a time; `settle` must not call `fire` of the same agenda.
    """

    def __init__(self, fields: Mapping[str, FieldType], stages: Sequence[Stage]) -> None:
        """Compile; `fields` names every field and its type.

        Raises LimitError where the rules cannot be split to fit, EngineValueError (a ValueError) where a
        condition names an undeclared field or an unfit constant, ValueError where ids repeat.
        """
        self._compiled = _compile(fields, stages)
        self._host: Host | None = Host(self._compiled.program.definition)

    def fire(self, facts: Mapping[str, Value], settle: Settle) -> dict[str, tuple[str, ...]]:
        """Run all stages over one village; ids of the rules that fired by stage, in declared order.

        `facts` holds every declared field, derived ones at their defaults. When a stage's rules have
        fired, `settle(stage, fired, facts)` returns the fields that change for the stages that follow.
        Raises EngineValueError for unfit facts, EngineFault where the engine fails; whatever `settle`
        raises leaves unchanged. The agenda can be used again after any of these.
        """
        values = self._compiled.codec.integers(facts)
        # Only a run that ends well gives its engine back; after any other the next run builds one.
        host, self._host = self._host, None
        host = host or Host(self._compiled.program.definition)
        fired = _Run(self._compiled, host, values, dict(facts), settle).fired()
        self._host = host
        return fired


class _Run:
    """One village on its way through the stages."""

    __slots__ = ("_codec", "_done", "_facts", "_host", "_rules", "_settle", "_stages", "_step",
                 "_steps", "_values")  # fmt: skip

    def __init__(
        self,
        compiled: _Compiled,
        host: Host,
        values: list[int],
        facts: dict[str, Value],
        settle: Settle,
    ) -> None:
        self._codec = compiled.codec
        self._steps = compiled.program.steps
        self._rules = compiled.program.rules
        self._stages = compiled.stages
        self._host = host
        self._values = [*values, *compiled.derived]
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


def _compile(fields: Mapping[str, FieldType], stages: Sequence[Stage]) -> _Compiled:
    """Number fields, rules and helpers; split the stages into steps."""
    _unique("stage", [stage.id for stage in stages])
    codec = Codec(fields)
    free = len(fields)
    plan: list[tuple[str, list[list[Goal]]]] = []
    compiled: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    for stage in stages:
        _unique(f"rule in stage {stage.id!r}", [rule.id for rule in stage.rules])
        splitter = Splitter(stage.id, codec.literal, free)
        slots = tuple([(rule.id, splitter.add(rule.id, rule.when)) for rule in stage.rules])
        free = splitter.next_slot
        compiled.append((stage.id, slots))
        plan.append((stage.id, splitter.steps()))
    derived = (0,) * (free - len(fields))
    return _Compiled(codec, Program(plan), tuple(compiled), derived)


def _unique(what: str, ids: Sequence[str]) -> None:
    twice = [id_ for id_, times in Counter(ids).items() if times > 1]
    if twice:
        raise ValueError(f"{what} declared twice: {', '.join(twice)}")

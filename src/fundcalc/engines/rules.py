"""Run a plan on durable_rules: rules fire and chain there, and every decision is cross-checked.

The rules engine decides which rules hold; the row evaluator works out the same anew. Where the two do
not name the same rules, that is an internal error with rule and village, never a result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import listed
from fundcalc.engines.durable import (
    Agenda,
    AllOf,
    AnyOf,
    Condition,
    EngineFault,
    EngineValueError,
    FieldType,
    LimitError,
    Not,
    Stage,
    Test,
)
from fundcalc.engines.durable import Rule as EngineRule
from fundcalc.engines.durable import Value as EngineValue
from fundcalc.engines.result import Result, Row, label, tie_order
from fundcalc.engines.written import Fired, Judge, gather, refuse_unmet, settle
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation, simplify
from fundcalc.language.nodes import Node
from fundcalc.language.show import show
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import Plan

_LONGEST_LIST = 8
_ALWAYS, _NEVER = AllOf(()), AnyOf(())


class Fields:
    """The flat fact that the engine sees: facts and outputs by name, derived fields by expression."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.types: dict[str, FieldType] = {}
        self._derived: dict[str, dict[str, Evaluation]] = {}
        self._known: set[str] = set()

    def plain(self, name: nodes.Name, stage: str) -> str:
        """A fact or output as a field."""
        if name.id not in self.types:
            self.types[name.id] = _field_type(name)
        self._derived.setdefault(stage, {})[name.id] = evaluation(name)
        return name.id

    def derive(self, node: Node, kind: FieldType, stage: str) -> str:
        """An expression as a field, set before its stage."""
        key = f"= {show(node)}"
        self.types[key] = kind
        self._derived.setdefault(stage, {})[key] = evaluation(node)
        return key

    def start(self) -> dict[str, EngineValue]:
        """The fact with every field at its default."""
        return {name: kind() for name, kind in self.types.items()}

    def derived(self, stage: str, row: Row) -> dict[str, EngineValue]:
        """The fields that a stage's rules use, from facts and from outputs of earlier stages."""
        return {
            key: cast("EngineValue", value(row))
            for key, value in self._derived.get(stage, {}).items()
        }


def _field_type(name: nodes.Name) -> FieldType:
    if isinstance(name.type, YesNo):
        return bool
    return str if isinstance(name.type, Text) else int


def lower(node: Node, fields: Fields, stage: str) -> Condition:
    """A rule's condition for the engine; the fields it needs are noted in `fields`."""
    return _lower(simplify(node, fields.plan.constants), fields, stage)


def _lower(node: Node, fields: Fields, stage: str) -> Condition:
    match node:
        case nodes.Const():
            return _ALWAYS if node.value else _NEVER
        case nodes.Name():
            return Test(fields.plain(node, stage), "==", True)
        case nodes.Negation():
            return Not(_lower(node.item, fields, stage))
        case nodes.Logic() if any(map(_may_fail, nodes.walk(node))):
            # one field for all of it: `and` and `or` keep a part from failing that is not asked for
            return Test(fields.derive(node, bool, stage), "==", True)
        case nodes.Logic():
            parts = tuple(_lower(item, fields, stage) for item in node.items)
            return AllOf(parts) if node.op == "and" else AnyOf(parts)
        case nodes.Compare():
            return _compare(node, fields, stage)
        case nodes.Contains():
            return _contains(node, fields, stage)
    return Test(fields.derive(node, bool, stage), "==", True)


def _may_fail(node: Node) -> bool:
    """Whether a part may have no value for some village."""
    absent = isinstance(node, nodes.Name) and node.kind == "group or none"
    return absent or isinstance(node, nodes.Round | nodes.Lookup | nodes.Scale | nodes.Calendar)


def _compare(node: nodes.Compare, fields: Fields, stage: str) -> Condition:
    left, right, op = node.left, node.right, node.op
    if isinstance(left, nodes.Const):
        left, right, op = right, left, nodes.FLIPPED[op]
    if isinstance(left, nodes.Name) and isinstance(right, nodes.Const):
        return Test(fields.plain(left, stage), op, _engine_value(right))
    if isinstance(left.type, Number | Date) and not isinstance(left, nodes.Const):
        difference = nodes.Arithmetic(left.type, node.at, "-", left, right)
        return Test(fields.derive(difference, int, stage), op, 0)
    return Test(fields.derive(node, bool, stage), "==", True)


def _engine_value(node: nodes.Const) -> EngineValue:
    assert isinstance(node.value, int | str)
    return node.value


def _contains(node: nodes.Contains, fields: Fields, stage: str) -> Condition:
    values = _choices(node)
    if not isinstance(node.item, nodes.Name) or values is None or len(values) > _LONGEST_LIST:
        return Test(fields.derive(node, bool, stage), "==", True)
    field = fields.plain(node.item, stage)
    any_of = AnyOf(tuple(Test(field, "==", value) for value in values))
    return Not(any_of) if node.negated else any_of


def _choices(node: nodes.Contains) -> list[EngineValue] | None:
    if isinstance(node.container, tuple):
        return [_engine_value(choice) for choice in node.container]
    if isinstance(node.container, nodes.Const) and isinstance(node.container.value, tuple):
        return list(node.container.value)
    return None


Progress = Callable[[int], None]


def run(plan: Plan, rows: list[Row], progress: Progress | None = None) -> Result:
    """Decide all villages; outputs are written into `rows`. `progress` is told villages done.

    Raises PolicyProblem where a decision cannot be made, where a programme is beyond the engine's
    limits, or where engine and evaluator disagree.
    """
    refuse_unmet(plan, rows)
    fired: dict[str, list[Fired]] = {p.id: [] for p in plan.programmes}
    result = Result(plan, rows, fired, checked=len(rows))
    order: Sequence[int] | None = None
    waves = _waves(plan)
    for number, wave in enumerate(waves):
        judges = [Judge(plan, programme) for programme in wave]
        for judge in judges:
            gather(judge, rows, 0)
        _fire(plan, judges, rows, fired, progress if number == len(waves) - 1 else None)
        for judge in judges:
            if judge.programme.looks_around:
                order = tie_order(rows) if order is None else order
                result.pools += settle(judge, rows, fired[judge.id], order)
    place = {programme.id: n for n, programme in enumerate(plan.programmes)}
    result.pools.sort(key=lambda pool: place[pool.programme])
    return result


def _waves(plan: Plan) -> list[list[Programme]]:
    """Programmes in waves: what needs all rows of another's outputs, or a pool's, belongs to a later one."""
    from fundcalc.language.nodes import names
    from fundcalc.policy.plan import planned_expressions

    made_in: dict[str, int] = {}
    ready: dict[str, int] = {}
    waves: dict[int, list[Programme]] = {}
    for programme in plan.programmes:
        own = {output.id for output in programme.outputs}
        used = {n.id for node in planned_expressions(programme) for n in names(node)} - own
        wave = max((ready[id_] for id_ in used if id_ in ready), default=0)
        whole = {
            n.id for gathered in programme.gathered for p in gathered.parts for n in names(p)
        } - own
        wave = max([wave, *(made_in[id_] + 1 for id_ in whole if id_ in made_in)])
        made_in.update(dict.fromkeys(own, wave))
        ready.update(dict.fromkeys(own, wave + programme.looks_around))
        waves.setdefault(wave, []).append(programme)
    return [waves[wave] for wave in sorted(waves)]


def _fire(
    plan: Plan,
    judges: Sequence[Judge],
    rows: Sequence[Row],
    all_fired: dict[str, list[Fired]],
    progress: Progress | None,
) -> None:
    """One wave over all villages: the engine fires, `settle` derives, both are compared."""
    wave = _Wave(plan, judges)
    for index, row in enumerate(rows):
        for id_, fired in wave.decide(row).items():
            all_fired[id_].append(fired)
        if progress is not None and index % 64 == 63:
            progress(64)
    if progress is not None:
        progress(len(rows) % 64)


class Checker:
    """Decides single villages again whose shares of pools and values of many rows are known."""

    def __init__(self, plan: Plan) -> None:
        self._waves = [
            _Wave(plan, [Judge(plan, programme) for programme in wave], known=True)
            for wave in _waves(plan)
        ]

    def decide(self, row: Row) -> tuple[Row, dict[str, Fired]]:
        """The row with all outputs that rest on no pool worked out anew, and the rules that decided.

        `row` has facts and outputs; it is left as it is.
        """
        again = dict(row)
        fired: dict[str, Fired] = {}
        for wave in self._waves:
            fired.update(wave.decide(again))
        return again, fired


class _Wave:
    """The programmes of one wave as stages of one agenda; `known`: values of many rows stand in the row."""

    def __init__(self, plan: Plan, judges: Sequence[Judge], *, known: bool = False) -> None:
        self._known = known
        self._judges = {judge.id: judge for judge in judges}
        self._fields = Fields(plan)
        stages = [Stage(judge.id, tuple(self._rules(judge))) for judge in judges]
        try:
            self._agenda = Agenda(self._fields.types, stages)
        except LimitError as problem:
            judge = self._judges.get(problem.stage, judges[0])
            span = judge.programme.span
            raise PolicyProblem(
                [say("FC501", span, programme=judge.id, detail=str(problem))]
            ) from None
        self._start = self._fields.start()
        ids = list(self._judges)
        self._next = dict(zip(ids, [*ids[1:], ""], strict=True))

    def _rules(self, judge: Judge) -> list[EngineRule]:
        return [
            EngineRule(rule.id, lower(rule.when, self._fields, judge.id))
            for rule in judge.programme.rules
        ]

    def _derived(self, stage: str, row: Row) -> dict[str, EngineValue]:
        """A stage's fields; where one divides by zero, the judge says so."""
        try:
            return self._fields.derived(stage, row)
        except NoValue:
            self._judges[stage].matches(row)
            raise

    def decide(self, row: Row) -> dict[str, Fired]:
        """Fired rules by programme for one village; its outputs are written into the row."""
        decided: dict[str, Fired] = {}
        first = next(iter(self._judges))

        def close(
            stage: str, matched: Fired, _: Mapping[str, EngineValue]
        ) -> dict[str, EngineValue]:
            judge = self._judges[stage]
            expected = judge.matches(row)
            if matched != expected:
                _disagree(judge, set(matched) ^ set(expected) or set(matched), row)
            decided[stage] = fired = judge.fired(matched, row)
            programme = judge.programme
            if not (programme.has_pool if self._known else programme.looks_around):
                judge.settle(row, fired)
            following = self._next[stage]
            return self._derived(following, row) if following else {}

        try:
            start = {**self._start, **self._derived(first, row)}
            self._agenda.fire(start, close)
        except EngineValueError as problem:
            span = self._judges[first].programme.span
            diagnostic = say("FC404", span, village=label(row), output=problem.field)
            raise PolicyProblem([diagnostic]) from None
        except EngineFault as fault:
            raise PolicyProblem([say("FC598", village=label(row), detail=str(fault))]) from fault
        return decided


def _disagree(judge: Judge, rules: set[str], row: Row) -> None:
    rule = judge.rule(sorted(rules)[0])
    diagnostic = say(
        "FC599", rule.span, village=label(row), programme=judge.id, rules=listed(sorted(rules))
    )
    raise PolicyProblem([diagnostic])

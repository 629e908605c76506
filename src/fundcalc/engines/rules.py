"""Run a plan on durable_rules: rules fire and chain there, and every decision is cross-checked.

The rules engine decides which rules hold; the row evaluator works out the same anew. Where the two do
not name the same rules, that is an internal error with rule and village, never a result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import messages
from fundcalc.engines.durable import (
    Agenda,
    EngineFault,
    EngineValueError,
    LimitError,
    Stage,
)
from fundcalc.engines.durable import Rule as EngineRule
from fundcalc.engines.durable import Value as EngineValue
from fundcalc.engines.judge import Fired, Judge
from fundcalc.engines.lowering import Fields, lower
from fundcalc.engines.pools import settle
from fundcalc.engines.result import Result, Row, label, tie_order
from fundcalc.language.evaluate import DivisionByZero
from fundcalc.policy.plan import Plan, PlanProgramme

Progress = Callable[[int], None]


def run(plan: Plan, rows: list[Row], progress: Progress | None = None) -> Result:
    """Decide all villages; outputs are written into `rows`. `progress` is told villages done.

    Raises PolicyProblem where a decision cannot be made, where a programme is beyond the engine's
    limits, or where engine and evaluator disagree.
    """
    fired: dict[str, list[Fired]] = {p.id: [] for p in plan.programmes}
    result = Result(plan, rows, fired, checked=len(rows))
    order: Sequence[int] | None = None
    waves = _waves(plan)
    for number, wave in enumerate(waves):
        judges = [Judge(plan, programme) for programme in wave]
        _fire(plan, judges, rows, fired, progress if number == len(waves) - 1 else None)
        for judge in judges:
            if judge.programme.has_pool:
                order = tie_order(rows) if order is None else order
                result.pools += settle(judge, rows, fired[judge.id], order)
    place = {programme.id: n for n, programme in enumerate(plan.programmes)}
    result.pools.sort(key=lambda pool: place[pool.programme])
    return result


def _waves(plan: Plan) -> list[list[PlanProgramme]]:
    """Programmes in waves: a programme that uses what a pool gave belongs to a later wave."""
    from fundcalc.language.nodes import names
    from fundcalc.policy.plan import planned_expressions

    ready: dict[str, int] = {}
    waves: dict[int, list[PlanProgramme]] = {}
    for programme in plan.programmes:
        own = {output.id for output in programme.programme.outputs}
        used = {n.id for node in planned_expressions(programme) for n in names(node)} - own
        wave = max((ready[id_] for id_ in used if id_ in ready), default=0)
        ready.update(dict.fromkeys(own, wave + programme.has_pool))
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
    """Decides single villages again whose shares of pools are known."""

    def __init__(self, plan: Plan) -> None:
        self._waves = [
            _Wave(plan, [Judge(plan, programme) for programme in wave]) for wave in _waves(plan)
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
    """The programmes of one wave as stages of one agenda."""

    def __init__(self, plan: Plan, judges: Sequence[Judge]) -> None:
        self._judges = {judge.id: judge for judge in judges}
        self._fields = Fields(plan)
        stages = [Stage(judge.id, tuple(self._rules(judge))) for judge in judges]
        try:
            self._agenda = Agenda(self._fields.types, stages)
        except LimitError as problem:
            judge = self._judges.get(problem.stage, judges[0])
            span = judge.programme.programme.span
            raise PolicyProblem([messages.engine_limit(span, judge.id, str(problem))]) from None
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
        except DivisionByZero:
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
            if not judge.programme.has_pool:
                judge.settle(row, fired)
            following = self._next[stage]
            return self._derived(following, row) if following else {}

        try:
            start = {**self._fields.start(), **self._derived(first, row)}
            self._agenda.fire(start, close)
        except EngineValueError as problem:
            span = self._judges[first].programme.programme.span
            found = messages.out_of_range(span, problem.field, label(row))
            raise PolicyProblem([found]) from None
        except EngineFault as fault:
            raise PolicyProblem([messages.engine_fault(label(row), str(fault))]) from fault
        return decided


def _disagree(judge: Judge, rules: set[str], row: Row) -> None:
    rule = judge.rule(sorted(rules)[0]).rule
    found = messages.engines_disagree(rule.span, judge.id, sorted(rules), label(row))
    raise PolicyProblem([found])

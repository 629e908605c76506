"""fundcalc's own engines, computing only: no roster read, no reading tried, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.facts import Facts
from fundcalc import api
from fundcalc.engines import columnar
from fundcalc.engines.columnar import Decided, InColumns
from fundcalc.engines.columnar.lower import full
from fundcalc.engines.hinges import hinges
from fundcalc.engines.result import rows_of
from fundcalc.engines.rules import run as fire
from fundcalc.language.datatypes import Number
from fundcalc.policy.plan import Plan

PART = ("operating_funds", "cadre_subsidy")


def _plan() -> Plan:
    return api.plan(api.load_policy())


def prepare(facts: Facts, plan: Plan | None = None) -> Callable[[], dict[str, Any]]:
    """The whole policy, rules and pools included."""
    chosen = plan or _plan()
    return lambda: _numbers(chosen, columnar.run(chosen, facts))


def _numbers(plan: Plan, decided: Decided) -> dict[str, Any]:
    """Every output that is a number, in whole columns, not copied."""
    outputs = [output for one in plan.programmes for output in one.outputs]
    numbers = [output.id for output in outputs if isinstance(output.type, Number)]
    return {id_: full(decided.outputs[id_], decided.villages) for id_ in numbers}


def prepare_part(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The two programmes that every peer can express."""
    plan = _plan()
    some = tuple(programme for programme in plan.programmes if programme.id in PART)
    return prepare(facts, replace(plan, programmes=some))


def prepare_readings(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The whole policy, then every other option of every reading, as a run does."""
    plan = _plan()

    def run() -> dict[str, Any]:
        decided = columnar.run(plan, facts)
        hinges(plan, InColumns(plan, decided))
        return _numbers(plan, decided)

    return run


def prepare_rules(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The whole policy on durable-rules, every decision cross-checked."""
    plan, rows = _plan(), rows_of(facts)

    def run() -> dict[str, Any]:
        result = fire(plan, [dict(row) for row in rows])
        return {"guaranteed_funds": result.numbers("guaranteed_funds")}

    return run

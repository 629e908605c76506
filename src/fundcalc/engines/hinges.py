"""Which decisions hinge on a reading: every other option tried, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fundcalc.engines import columnar, rows
from fundcalc.engines.result import Result
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan, make_plan


@dataclass(slots=True)
class Hinge:
    """Another option of a reading: for each output, the villages whose value it changes."""

    reading: str
    option: str
    changes: dict[str, dict[int, Value]] = field(default_factory=dict)


def hinges(plan: Plan, result: Result) -> list[Hinge]:
    """Every other option of every reading and what it would change; options without effect too.

    Only the programmes that a reading can reach are computed again. Raises PolicyProblem where the
    policy cannot decide a village under another option.
    """
    found: list[Hinge] = []
    for id_, reading in plan.policy.readings.items():
        reached = {p.id for p in plan.programmes if id_ in p.readings}
        for option in reading.options:
            if option != plan.readings[id_]:
                hinge = Hinge(id_, option)
                if reached:
                    hinge.changes = _changes(plan, result, {id_: option}, reached)
                found.append(hinge)
    return found


def _changes(
    plan: Plan, result: Result, option: Mapping[str, str], reached: set[str]
) -> dict[str, dict[int, Value]]:
    other = make_plan(plan.policy, plan.on, {**plan.readings, **option})
    facts = {id_: [row[id_] for row in result.rows] for id_ in plan.policy.facts}
    outputs = [o.id for p in plan.programmes if p.id in reached for o in p.programme.outputs]
    again: dict[str, list[Value]]
    try:
        decided = columnar.run(other, facts)
        again = {output: decided.values(output) for output in outputs}
    except columnar.Anomaly:
        new = rows.run(other, [dict(row) for row in result.rows], only=reached).rows
        again = {output: [row[output] for row in new] for output in outputs}
    changes: dict[str, dict[int, Value]] = {}
    for output in outputs:
        changed = {
            index: value
            for index, (row, value) in enumerate(zip(result.rows, again[output], strict=True))
            if row[output] != value
        }
        if changed:
            changes[output] = changed
    return changes


def flags(found: list[Hinge], villages: int) -> list[tuple[str, ...]]:
    """For each village the readings on which some output of it hinges."""
    marked: list[set[str]] = [set() for _ in range(villages)]
    for hinge in found:
        for changed in hinge.changes.values():
            for index in changed:
                marked[index].add(hinge.reading)
    return [tuple(sorted(readings)) for readings in marked]

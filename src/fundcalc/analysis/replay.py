"""A village handed to the engines as a roster would hand it: what is shown has happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.calculate import calculate
from fundcalc.engines.result import Result, Row
from fundcalc.engines.written import Judge
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy.model import IDENTITY
from fundcalc.policy.plan import Plan, PlanProgramme, upstream, used_names


@dataclass(frozen=True, slots=True)
class Replay:
    """What the engines said: a result, or why there is none. `rows` are the villages given."""

    rows: tuple[Row, ...]
    result: Result | None
    problems: tuple[Diagnostic, ...]

    def failed(self, code: str) -> bool:
        """Whether the decision could not be made, for this reason."""
        return any(d.code == code for d in self.problems)

    def value(self, output: str, index: int = 0) -> Value:
        """An output of a village; there must be a result."""
        assert self.result is not None
        return self.result.rows[index][output]

    def fired(self, programme: PlanProgramme, index: int = 0) -> tuple[str, ...]:
        """The rules that decided; there must be a result."""
        assert self.result is not None
        return self.result.fired[programme.id][index]


def replay(plan: Plan, programme: PlanProgramme, villages: Sequence[Row]) -> Replay:
    """Decide villages up to a programme, on the rules engine, in columns and by the row evaluator."""
    part = replace(plan, programmes=tuple(upstream(plan, programme)))
    return decided(part, named(villages, part.programmes))


def decided(plan: Plan, rows: tuple[Row, ...]) -> Replay:
    """Decide villages under a whole plan."""
    columns = {id_: [row[id_] for row in rows] for id_ in plan.policy.facts}
    try:
        return Replay(rows, calculate(plan, columns), ())
    except PolicyProblem as problem:
        return Replay(rows, None, problem.diagnostics)


def named(villages: Sequence[Row], programmes: Iterable[PlanProgramme]) -> tuple[Row, ...]:
    """The villages with codes and names of their own, where no condition looks at them."""
    compared = used_names(programmes)
    rows = tuple(dict(row) for row in villages)
    for number, row in enumerate(rows, 1):
        for id_, text in (("code", f"{number:012d}"), ("name", f"例村{number}")):
            if id_ in row and id_ not in compared:
                row[id_] = text
    return rows


def shown(plan: Plan, programme: PlanProgramme, row: Row) -> dict[str, object]:
    """The facts of a village that a programme rests on, and those that every village must have."""
    used = used_names(upstream(plan, programme))
    facts = plan.policy.facts
    return {
        id_: literal(row[id_], fact.type)
        for id_, fact in facts.items()
        if id_ in used or (fact.required and id_ not in IDENTITY[:3])
    }


def matched(plan: Plan, programme: PlanProgramme, row: Row) -> tuple[str, ...]:
    """The rules of a programme whose conditions a village meets, before its hit policy decides."""
    before = tuple(one for one in upstream(plan, programme) if one.id != programme.id)
    decided = dict(row)
    if before:
        columns = {id_: [row[id_]] for id_ in plan.policy.facts}
        decided = dict(calculate(replace(plan, programmes=before), columns).rows[0])
    return Judge(plan, programme).matches(decided)

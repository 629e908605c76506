"""A village that z3 found, run through the engines under both plans: what is shown has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.calculate import calculate
from fundcalc.engines.result import Result, Row
from fundcalc.language.nodes import Value, names
from fundcalc.policy.plan import Plan, planned_expressions


@dataclass(frozen=True, slots=True)
class Shown:
    """A roster and what both plans made of it: a result, or the problems that kept it from one."""

    rows: tuple[Row, ...]
    old: Result | None
    new: Result | None
    problems: tuple[Diagnostic, ...]

    def differs(self, output: str) -> bool:
        """Whether an output of some village differs, or only one plan can decide it."""
        return self.where(output) is not None

    def where(self, output: str) -> int | None:
        """The first village that differs; the first of all where only one plan can decide."""
        if self.old is None or self.new is None:
            return 0 if (self.old is None) != (self.new is None) else None
        pairs = zip(self.old.column(output), self.new.column(output), strict=True)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), None)

    def outputs(self, village: int) -> list[tuple[str, Value | None, Value | None]]:
        """The outputs of a village that differ: before and after."""
        if self.old is None or self.new is None:
            return []
        one, other = self.old.rows[village], self.new.rows[village]
        ids = [o.id for p in self.new.plan.policy.listed_programmes for o in p.outputs]
        return [
            (id_, one.get(id_), other.get(id_)) for id_ in ids if one.get(id_) != other.get(id_)
        ]


def replay(one: Plan, other: Plan, villages: Sequence[Row]) -> Shown:
    """Compute a roster of villages under both plans, on both engines."""
    compared = {
        name.id
        for plan in (one, other)
        for programme in plan.programmes
        for node in planned_expressions(programme)
        for name in names(node)
    }
    rows = tuple(_named(row, n, compared) for n, row in enumerate(villages))
    results: list[Result | None] = []
    problems: list[Diagnostic] = []
    for plan in (one, other):
        columns = {id_: [row[id_] for row in rows] for id_ in plan.policy.facts}
        try:
            results.append(calculate(plan, columns))
        except PolicyProblem as problem:
            results.append(None)
            problems += problem.diagnostics
    return Shown(rows, results[0], results[1], tuple(problems))


def _named(row: Row, index: int, compared: set[str]) -> Row:
    """The village with a code and name of its own, where no condition looks at them."""
    named = dict(row)
    for id_, text in (("code", f"{index + 1:012d}"), ("name", f"例村{index + 1}")):
        if id_ in named and id_ not in compared:
            named[id_] = text
    return named

"""One village with other facts, all others as they are: what it gets then, and who else moves with it.

The whole roster is decided in columns once more, the village on the rules engine as well with the pools that
it shares, so the result is that of a run of a roster with these facts. Nothing is kept of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from fundcalc.base import dataclass
from fundcalc.engines.calculate import calculate, check_village
from fundcalc.engines.columnar import InColumns
from fundcalc.engines.result import PoolUse, Result
from fundcalc.engines.totals import sums
from fundcalc.language.nodes import Value, names
from fundcalc.language.show import literal
from fundcalc.policy.model import Fact, Output
from fundcalc.policy.plan import Plan, planned_expressions
from fundcalc.roster.model import Fault

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Moved:
    """An amount that differs, in fen."""

    output: Output
    before: int
    after: int

    @property
    def by(self) -> int:
        """How much more it is, or below zero how much less."""
        return self.after - self.before

    @property
    def good(self) -> bool:
        """Whether that is better for the village: more of a grant, less of a charge."""
        return (self.by > 0) is not self.output.charge


@dataclass(frozen=True, slots=True)
class PoolMoved:
    """A pool that is not used as before; None where there was or is no such group."""

    before: PoolUse | None
    after: PoolUse | None


@dataclass(frozen=True)
class WhatIf:
    """Two results that differ in facts of one village: `before` as the rules gave it, `after` with `facts`.

    `facts` has what each was and is.
    """

    index: int
    facts: Mapping[str, tuple[Value, Value]]
    before: Result
    after: Result

    @cached_property
    def differences(self) -> dict[str, NDArray[np.intp]]:
        """For each amount of money, and for each count granted, the villages for which it differs."""
        outputs = self._outputs
        return {
            o.id: np.flatnonzero(self.before.numbers(o.id) != self.after.numbers(o.id))
            for o in outputs
        }

    @property
    def _outputs(self) -> list[Output]:
        policy = self.before.plan.policy
        every = (*policy.money_outputs, *policy.billed_outputs)
        return list({o.id: o for o in every}.values())

    def village(self, index: int) -> list[Moved]:
        """What differs for one village."""
        return [
            Moved(o, self.before.number(index, o.id), self.after.number(index, o.id))
            for o in self._outputs
            if index in self.differences[o.id]
        ]

    @cached_property
    def others(self) -> list[int]:
        """The other villages for which an amount that somebody pays differs, most money first."""
        moved: dict[int, int] = {}
        for output in self.before.plan.policy.granted_outputs:
            at = self.differences[output.id]
            before, after = (r.numbers(output.id)[at] for r in (self.before, self.after))
            for index, by in zip(at.tolist(), (after - before).tolist(), strict=True):
                moved[index] = moved.get(index, 0) + abs(by)
        moved.pop(self.index, None)
        return sorted(moved, key=lambda index: (-moved[index], index))

    def sums(self) -> list[Moved]:
        """What differs over all villages, of the amounts that somebody pays."""
        moved = []
        for output in self.before.plan.policy.billed_outputs:
            [before], [after] = (sums(r, output.id) for r in (self.before, self.after))
            if before != after:
                moved.append(Moved(output, before, after))
        return moved

    def pools(self) -> list[PoolMoved]:
        """The pools of which the amount, what is used, or the number of those who share differs."""
        before, after = ({_key(use): use for use in r.pools} for r in (self.before, self.after))
        both = ((before.get(key), after.get(key)) for key in {**before, **after})
        return [PoolMoved(*pair) for pair in both if _said(pair[0]) != _said(pair[1])]


def _key(use: PoolUse) -> tuple[str, str, str]:
    return use.programme, use.item, use.group


def _said(use: PoolUse | None) -> tuple[int, int, int] | None:
    return None if use is None else (use.amount, use.used, use.claims)


@dataclass(frozen=True, slots=True)
class Lever:
    """A fact on which decisions rest, with a village's value; `text` is that as a roster has it."""

    fact: Fact
    value: Value
    text: str


def levers(plan: Plan, row: Mapping[str, Value]) -> list[Lever]:
    """The facts of a village on which some decision rests, in the order of the policy."""
    used = {share.group for programme in plan.programmes for _, share in programme.shares}
    for programme in plan.programmes:
        for node in planned_expressions(programme):
            used |= {name.id for name in names(node) if name.kind == "fact"}
    facts = [fact for fact in plan.policy.facts.values() if fact.id in used and fact.id in row]
    return [Lever(fact, row[fact.id], literal(row[fact.id], fact.type)) for fact in facts]


def read_facts(
    levers: Sequence[Lever], texts: Mapping[str, str]
) -> tuple[dict[str, Value], dict[str, Fault]]:
    """Facts as they were typed, read as a roster's cells are: those that differ from what they are.

    A blank is no change. Beside them, what cannot be read, and why.
    """
    from fundcalc.roster.cells import read_cells

    changed: dict[str, Value] = {}
    faults: dict[str, Fault] = {}
    for lever in levers:
        typed = texts.get(lever.fact.id, "").strip()
        if typed in ("", lever.text):
            continue
        [value] = read_cells([typed], lever.fact)
        if isinstance(value, Fault):
            faults[lever.fact.id] = value
        elif value is not None and value != lever.value:
            changed[lever.fact.id] = value
    return changed, faults


def in_columns(result: Result, columns: Mapping[str, Sequence[Value]]) -> Result:
    """A result as the columnar engine has it, where that can be; its roster has `columns`."""
    if isinstance(result, InColumns) or not len(result.rows):
        return result
    return calculate(result.plan, columns, engine="columnar")


def what_if(
    before: Result, columns: Mapping[str, Sequence[Value]], index: int, facts: Mapping[str, Value]
) -> WhatIf:
    """The village at a position with other values of some facts; `columns` are the roster's.

    Raises PolicyProblem where no roster may have such a value, a village cannot be decided, or the engines
    differ.
    """
    changed = {id_: _with(columns[id_], index, value) for id_, value in facts.items()}
    after = calculate(before.plan, {**columns, **changed}, engine="columnar")
    check_village(after, index)
    row = before.rows[index]
    return WhatIf(index, {id_: (row[id_], value) for id_, value in facts.items()}, before, after)


def _with(column: Sequence[Value], index: int, value: Value) -> Sequence[Value]:
    """A copy of a column with one value changed; arrays and series have their own ways."""
    if isinstance(column, np.ndarray):
        changed = column.copy()
        changed[index] = value
        return changed
    if hasattr(column, "scatter"):
        series = cast("pl.Series", column).clone()
        return cast("Sequence[Value]", series.scatter(index, value))
    values = list(column)
    values[index] = value
    return values

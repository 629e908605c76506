"""Why the total moved: one thing after another replaced, from the old side to the new one.

Each step replaces one thing and computes the roster anew: first the villages of the register, then the
facts of those in both rosters (people, money, all else), then parameters, then readings, and at last all
that remains of the new policy's files. A step is the difference to the one before, village by village, so
the steps add up to the whole difference exactly. What a step comes to depends on that order; the sum does
not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fundcalc.analysis.sides import (
    Amounts,
    Columns,
    Measure,
    Places,
    Side,
    Villages,
    amounts_of,
    bills,
    difference,
    exact_sum,
)
from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import grouped
from fundcalc.base.words import Words
from fundcalc.engines.calculate import calculate
from fundcalc.engines.result import Result, values_of
from fundcalc.language.datatypes import Number, Type, is_money
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy.model import ALWAYS, DatedRow, Fact, Parameter, Policy, Table
from fundcalc.policy.plan import Plan, used_names
from fundcalc.policy.values import on_day
from fundcalc.policy.variation import with_decimals

Kind = Literal["register", "people", "money", "facts", "amounts", "readings", "rules"]
KINDS: dict[Kind, str] = {
    "register": "versions.kind_register", "people": "versions.kind_people",
    "money": "versions.kind_money", "facts": "versions.kind_facts",
    "amounts": "versions.kind_amounts", "readings": "versions.kind_readings",
    "rules": "versions.kind_rules",
}  # fmt: skip
"""The kinds of steps in their order, each with the key of its words."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The villages (by position, in order) of which an amount changes, and by how many fen."""

    at: NDArray[np.int64]
    by: Amounts

    def of(self, village: int) -> int:
        """The change of one village; 0 where there is none."""
        place = int(np.searchsorted(self.at, village))
        moved = place < len(self.at) and self.at[place] == village
        return int(self.by[place]) if moved else 0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing replaced: its kind and id, what it changed from and to, and what that moved.

    `moves` has the changes of each output of one measure, `payers` by how much each payer's bill moves,
    `option` what a reading is now.
    """

    kind: Kind
    id: str
    title: Words
    before: str
    after: str
    moves: Mapping[str, Moves]
    payers: Mapping[str, int]
    option: Words | None = None

    @property
    def change(self) -> int:
        """The fen that the step adds to the total."""
        return sum(exact_sum(moves.by) for moves in self.moves.values())

    @property
    def villages(self) -> int:
        """Villages of which the step moves some amount."""
        return len(np.unique(np.concatenate([[], *(moves.at for moves in self.moves.values())])))

    def touches(self, village: int) -> bool:
        """Whether it moves some amount of a village."""
        return any(moves.of(village) for moves in self.moves.values())

    def of(self, village: int) -> int:
        """The fen by which it moves a village's total."""
        return sum(moves.of(village) for moves in self.moves.values())


@dataclass(frozen=True, slots=True)
class _State:
    """The plan and the roster after a step."""

    kind: Kind
    id: str
    title: Words
    before: str
    after: str
    plan: Plan
    columns: Columns
    option: Words | None = None


_Money = Mapping[str, Amounts]


def bridge(
    old: Side,
    new: Side,
    villages: Villages,
    columns: Columns | None,
    lanes: Sequence[tuple[Measure, Sequence[str]]],
) -> list[list[Step]]:
    """For each lane, a measure and outputs granted, the steps from its old total to its new one.

    `columns` is the new roster as the old policy reads it; where it cannot, all steps up to the rules are
    one. A step that cannot be computed by itself is told together with the next.
    """
    steps: list[list[Step]] = [[] for _ in lanes]
    last = _money(old.result, villages, villages.old, lanes)
    policy = old.plan.policy
    pending: list[_State] = []
    for state in _states(old, new, villages, columns):
        try:
            now = _computed(state, villages, lanes, last)
        except PolicyProblem:
            pending.append(state)
            continue
        for lane_steps, was, then in zip(steps, last, now, strict=True):
            lane_steps.append(_step([*pending, state], (policy, was), (policy, then)))
        pending, last = [], now
    end = _money(new.result, villages, villages.new, lanes)
    before, after = old.version.policy.digest, new.version.policy.digest
    rules = _State("rules", "", words(KINDS["rules"]), "", "", new.plan, new.roster.columns)
    for lane_steps, was, then in zip(steps, last, end, strict=True):
        step = _step([*pending, rules], (policy, was), (new.plan.policy, then))
        if before != after or pending or step.moves:
            lane_steps.append(step)
    return steps


_Lanes = Sequence[tuple[Measure, Sequence[str]]]


def _money(result: Result, villages: Villages, places: Places, lanes: _Lanes) -> list[_Money]:
    return [
        {id_: villages.spread(amounts_of(result, [id_], measure), places) for id_ in ids}
        for measure, ids in lanes
    ]


def _step(states: Sequence[_State], old: tuple[Policy, _Money], new: tuple[Policy, _Money]) -> Step:
    moves: dict[str, Moves] = {}
    for id_, now in new[1].items():
        by = difference(now, old[1][id_])
        at = np.flatnonzero(by != 0)
        if len(at):
            moves[id_] = Moves(at, by[at])
    old_bills, new_bills = (
        bills(policy, {id_: exact_sum(amounts) for id_, amounts in money.items()})
        for policy, money in (old, new)
    )
    payers = {
        payer or "": new_bills.get(payer, 0) - old_bills.get(payer, 0)
        for payer in dict.fromkeys([*new_bills, *old_bills])
    }
    last = states[-1]
    if len(states) == 1:
        said = (last.before, last.after)
        return Step(last.kind, last.id, last.title, *said, moves, payers, last.option)
    title = Words("、".join(s.title.zh for s in states), " and ".join(s.title.en for s in states))
    ids = "+".join(s.id or s.kind for s in states)
    return Step(last.kind, ids, title, "", "", moves, payers)


def _computed(state: _State, villages: Villages, lanes: _Lanes, last: list[_Money]) -> list[_Money]:
    known = state.id in state.plan.policy.parameters
    if state.kind == "amounts" and known and state.id not in used_names(state.plan.programmes):
        return last
    result = calculate(state.plan, state.columns, engine="columnar")
    return _money(result, villages, villages.new, lanes)


def _states(old: Side, new: Side, villages: Villages, columns: Columns | None) -> Iterator[_State]:
    same_roster = villages.old is villages.new
    if same_roster:
        columns = old.roster.columns
    elif columns is not None:
        yield from _roster_states(old, villages, columns)
    if columns is None:
        return
    yield from _plan_states(old, new, columns)


def _roster_states(old: Side, villages: Villages, columns: Columns) -> Iterator[_State]:
    """The villages of the new roster with their old facts; then fact by fact the new ones."""
    present = len(villages.new) - int(villages.left.sum())
    at = villages.old[:present].tolist()
    mixed: dict[str, Sequence[Value]] = dict(columns)
    changed: list[tuple[Kind, Fact, int]] = []
    for id_, fact in old.plan.policy.facts.items():
        if id_ not in columns or id_ not in old.roster.columns or id_ == "code":
            continue
        was, now = values_of(old.roster.columns[id_]), values_of(columns[id_])
        mixed[id_] = [was[a] if a >= 0 else now[n] for n, a in enumerate(at)]
        many = sum(a != b for a, b in zip(mixed[id_], now, strict=True))
        if many:
            changed.append((_kind(fact.type), fact, many))
    joined, left = int(villages.joined.sum()), int(villages.left.sum())
    if joined or left:
        yield _State(
            "register",
            "",
            words(KINDS["register"]),
            f"-{left}",
            f"+{joined}",
            old.plan,
            dict(mixed),
        )
    for kind in KINDS:
        for fact_kind, fact, many in changed:
            if fact_kind == kind:
                mixed[fact.id] = columns[fact.id]
                yield _State(kind, fact.id, fact.title, "", f"{many}", old.plan, dict(mixed))


def _kind(kind: Type) -> Kind:
    if is_money(kind):
        return "money"
    if not isinstance(kind, Number) or kind.unit is None:
        return "facts"
    return "people" if "person" in dict(kind.unit.powers) else "facts"


def _plan_states(old: Side, new: Side, columns: Columns) -> Iterator[_State]:
    """The old policy with the new one's parameters, one by one, then with its readings."""
    old = _as_fine(old, new)
    old_plan, new_plan = old.version.plan(), new.plan
    values: dict[str, Value] = {}
    for id_, parameter in old_plan.policy.parameters.items():
        counterpart = new_plan.policy.parameters.get(id_)
        was, now = old_plan.constants.get(id_), new_plan.constants.get(id_)
        if counterpart is None or was is None or now is None:
            continue
        if counterpart.type != parameter.type:
            power = _finer_by(parameter, counterpart)
            if power is None or not isinstance(now, int):
                continue
            now *= 10**power
        if was == now:
            continue
        values[id_] = now
        plan = _try(old, {}, values)
        said = (_said(was, parameter.type), _said(now, parameter.type))
        if plan is not None:
            yield _State("amounts", id_, parameter.title, *said, plan, columns)
    for table, rows, changed in _tables(old, new):
        policy = old.version.policy
        tables = {**policy.tables, table.id: replace(table, rows=rows)}
        varied = replace(old.version, policy=replace(policy, tables=tables))
        plan = _try(replace(old, version=varied), {}, values)
        if plan is not None:
            old = replace(old, version=varied)
            yield _State("amounts", table.id, table.title, "", f"{changed}", plan, columns)
    readings: dict[str, str] = {}
    for id_, reading in old_plan.policy.readings.items():
        option = new_plan.readings.get(id_)
        if option is None or option == old_plan.readings[id_] or option not in reading.options:
            continue
        readings[id_] = option
        plan = _try(old, readings, values)
        if plan is not None:
            said, text = (old_plan.readings[id_], option), reading.options[option]
            yield _State("readings", id_, reading.question, *said, plan, columns, text)


def _tables(old: Side, new: Side) -> Iterator[tuple[Table, tuple[DatedRow, ...], int]]:
    """Each table of both whose rows differ: the old one, the rows that hold on the new side, how many differ.

    Tables of rates of growth are left out: what they give is in the parameters that grow.
    """
    policies = (old.version.policy, new.version.policy)
    rates = {p.growth.table for policy in policies for p in policy.parameters.values() if p.growth}
    for id_, table in policies[0].tables.items():
        counterpart = policies[1].tables.get(id_)
        if (
            counterpart is None
            or id_ in rates
            or (counterpart.keys, counterpart.type) != (table.keys, table.type)
        ):
            continue
        was, now = (
            [replace(row, since=ALWAYS) for _, row in on_day(edition, side.plan.on)]
            for edition, side in ((table, old), (counterpart, new))
        )
        ours, theirs = ({row.keys: row.value for row in rows} for rows in (was, now))
        changed = sum(ours.get(key) != theirs.get(key) for key in {**ours, **theirs})
        if changed:
            yield table, tuple(now), changed


def _finer_by(parameter: Parameter, other: Parameter) -> int | None:
    """How many more decimals an open parameter has than another's of its unit; None where that is none."""
    kind, other_kind = parameter.type, other.type
    if not (parameter.open and isinstance(kind, Number) and isinstance(other_kind, Number)):
        return None
    power = (kind.decimals or 0) - (other_kind.decimals or 0)
    return power if kind.unit == other_kind.unit and power >= 0 else None


def _as_fine(old: Side, new: Side) -> Side:
    """The old side, its open parameters with as many decimals as the new ones, if its rules allow it."""
    parameters = new.plan.policy.parameters
    kinds = {
        id_: parameters[id_].type for id_ in old.version.policy.parameters if id_ in parameters
    }
    more = {id_: kind.decimals or 0 for id_, kind in kinds.items() if isinstance(kind, Number)}
    try:
        policy = with_decimals(old.version.policy, more)
    except PolicyProblem:
        return old
    if policy is old.version.policy:
        return old
    values = {
        id_: value * 10 ** _decimals(policy, id_) // 10 ** _decimals(old.version.policy, id_)
        if isinstance(value, int) and not isinstance(value, bool)
        else value
        for id_, value in old.version.values.items()
    }
    return replace(old, version=replace(old.version, policy=policy, values=values))


def _decimals(policy: Policy, parameter: str) -> int:
    kind = policy.parameters[parameter].type
    return (kind.decimals or 0) if isinstance(kind, Number) else 0


def _said(value: Value, kind: Type) -> str:
    if isinstance(kind, Number) and isinstance(value, int):
        return grouped(value, kind.decimals or 0)
    if isinstance(value, tuple):
        return "、".join(value) or "–"
    return literal(value, kind)


def _try(old: Side, readings: dict[str, str], values: dict[str, Value]) -> Plan | None:
    """The old policy varied; None where that makes no sound plan, so that a later step tells it."""
    try:
        return old.version.plan(readings, values)
    except PolicyProblem:
        return None


def group_totals(steps: Sequence[Step]) -> list[tuple[Kind, int]]:
    """The steps added up by kind, in order; kinds without a step are left out."""
    kinds = [kind for kind in KINDS if any(step.kind == kind for step in steps)]
    return [(kind, sum(s.change for s in steps if s.kind == kind)) for kind in kinds]


def moved_by(steps: Sequence[Step], village: int) -> list[tuple[Step, int]]:
    """The steps that move a village's money, the largest change of its total first."""
    moving = [(step, step.of(village)) for step in steps if step.touches(village)]
    return sorted(moving, key=lambda moved: -abs(moved[1]))

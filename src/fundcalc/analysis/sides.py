"""The two sides of a comparison: what OLD and NEW may be, and their villages and amounts side by side.

A version is a policy at a date, with readings chosen and parameters set. It is written as pieces joined by
commas: a folder or a policies.toml, `current` or `shipped`; a date; `NAME=VALUE` of a parameter or
`NAME=OPTION` of a reading (`set:` or `reading:` may stand before it). `run:ID` alone is a recorded run.
Villages are matched by code, or by county, town and name where codes are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import FEN_DECIMALS
from fundcalc.base.words import Words, did_you_mean
from fundcalc.engines.result import Result, values_of
from fundcalc.engines.totals import total
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.nodes import Value
from fundcalc.language.units import YUAN, Unit
from fundcalc.policy.bundle import shipped
from fundcalc.policy.load import load
from fundcalc.policy.model import IDENTITY, Output, Policy
from fundcalc.policy.plan import Plan
from fundcalc.policy.variation import finer, parameter_value, plan_with
from fundcalc.roster.model import Roster

CURRENT, SHIPPED, RUN = "current", "shipped", "run:"


@dataclass(frozen=True, slots=True)
class Version:
    """A policy to be run: `readings` and `values` are those that differ from its files.

    `roster` is that of a recorded run, None for all else.
    """

    label: str
    policy: Policy
    on: date
    readings: Mapping[str, str]
    values: Mapping[str, Value]
    roster: Roster | None = None
    warnings: tuple[Diagnostic, ...] = ()

    def plan(
        self, readings: Mapping[str, str] | None = None, values: Mapping[str, Value] | None = None
    ) -> Plan:
        """The plan, with some readings and parameters other than the version's own."""
        return plan_with(
            self.policy,
            self.on,
            {**self.readings, **(readings or {})},
            {**self.values, **(values or {})},
        )


@dataclass(frozen=True, slots=True)
class Side:
    """A version run over a roster."""

    version: Version
    roster: Roster
    result: Result

    @property
    def plan(self) -> Plan:
        """The plan it was run with."""
        return self.result.plan


@dataclass(slots=True)
class _Pieces:
    """A version's text taken apart, before the policy is known."""

    path: Path | None = None
    named: bool = False
    on: date | None = None
    pairs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Basis:
    """What holds on both sides unless a version says otherwise, and how a roster is read.

    `policy` is a path as `load_policy` takes it; `ledger` has the runs that a version may name; `sheet` and
    `columns` are as `read_roster` takes them.
    """

    policy: Path | None = None
    on: date | None = None
    readings: Mapping[str, str] = field(default_factory=dict)
    ledger: Path | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def read_version(text: str, base: Basis, recorded: Callable[[str], Version]) -> Version:
    """A version from its spelling; `recorded` gives that of a run by its id.

    Raises PolicyProblem with all that is wrong in it.
    """
    if text.startswith(RUN):
        return recorded(text.removeprefix(RUN))
    pieces = _take_apart(text)
    path = pieces.path if pieces.named else base.policy
    policy, warnings = load(path)
    readings = {n: o for n, o in base.readings.items() if n in policy.readings}
    values: dict[str, Value] = {}
    for name, value in pieces.pairs.items():
        bare = name.removeprefix("reading:").removeprefix("set:")
        if bare in policy.readings:
            readings[bare] = value
        elif bare in policy.parameters:
            policy = finer(policy, {bare: [value]})
            values[bare] = parameter_value(policy, bare, value)
        else:
            known = [*policy.readings, *policy.parameters]
            raise PolicyProblem(
                [say("FC902", Span(text), hint=did_you_mean(bare, known), name=bare)]
            )
    version = Version(
        text,
        policy,
        pieces.on or base.on or policy.on,
        readings,
        values,
        warnings=tuple(warnings),
    )
    version.plan()
    return version


def _take_apart(text: str) -> _Pieces:
    pieces = _Pieces()
    if Path(text).exists():
        pieces.path, pieces.named = Path(text), True
        return pieces
    last = ""
    for part in map(str.strip, text.split(",")):
        day, twice = _day(part), False
        if "=" in part:
            name, _, value = part.partition("=")
            last = name.removeprefix("--set ").removeprefix("--reading ").strip()
            twice = last in pieces.pairs
            pieces.pairs[last] = value.strip()
        elif day is not None:
            twice, pieces.on = pieces.on is not None, day
        elif part and (Path(part).exists() or part in (CURRENT, SHIPPED) or set(part) & set("/\\")):
            exists = Path(part).exists()
            twice, pieces.named = pieces.named, exists or part != CURRENT
            pieces.path = Path(str(shipped())) if part == SHIPPED and not exists else Path(part)
        elif last:
            pieces.pairs[last] += f",{part}"
        else:
            raise PolicyProblem([say("FC900", Span(text), piece=part)])
        if twice:
            raise PolicyProblem([say("FC901", Span(text), piece=part)])
    return pieces


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2018-12-31") else None
    except ValueError:
        return None


Places = NDArray[np.int64]
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Villages:
    """Every village of either roster: its row in the old and in the new one, -1 where it is not there.

    Those of the new roster come first, in its order; then those that only the old one has.
    """

    old: Places
    new: Places

    def __len__(self) -> int:
        return len(self.old)

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Only in the new roster."""
        return self.old < 0

    @property
    def left(self) -> NDArray[np.bool_]:
        """Only in the old roster."""
        return self.new < 0

    def spread(self, amounts: Amounts, places: Places) -> Amounts:
        """A roster's amounts by village; 0 for those that it has not."""
        spread = np.zeros(len(places), dtype=object if amounts.dtype == object else np.int64)
        present = places >= 0
        spread[present] = amounts[places[present]]
        return spread


def match(old: Roster, new: Roster) -> Villages:
    """Put two rosters side by side. Raises PolicyProblem where names alone do not tell villages apart."""
    if old is new or (old.digest == new.digest and _same(old, new)):
        places = np.arange(len(new), dtype=np.int64)
        return Villages(places, places)
    by_code = all(_all_there(roster.columns.get("code")) for roster in (old, new))
    old_keys, new_keys = _keys(old, by_code), _keys(new, by_code)
    where = {key: place for place, key in enumerate(old_keys)}
    at = np.array([where.get(key, -1) for key in new_keys], dtype=np.int64)
    gone = np.ones(len(old_keys), dtype=np.bool_)
    gone[at[at >= 0]] = False
    only_old = np.flatnonzero(gone)
    return Villages(
        np.concatenate([at, only_old]),
        np.concatenate(
            [np.arange(len(new_keys), dtype=np.int64), np.full(len(only_old), -1, dtype=np.int64)]
        ),
    )


def _same(old: Roster, new: Roster) -> bool:
    return list(old.rows) == list(new.rows)


def _all_there(column: Sequence[Value] | None) -> bool:
    return column is not None and all(bool(code) for code in column)


def _keys(roster: Roster, by_code: bool) -> Sequence[object]:
    if by_code:
        return values_of(roster.columns["code"])
    parts = [roster.columns.get(part) for part in IDENTITY[1:]]
    columns = [values_of(part) if part is not None else [""] * len(roster) for part in parts]
    keys = list(zip(*columns, strict=True))
    seen: set[object] = set()
    for key in keys:
        if key in seen:
            village = " ".join(str(part) for part in key if part)
            raise PolicyProblem([say("FC903", Span(roster.file), village=village)])
        seen.add(key)
    return keys


Amounts = NDArray[np.int64] | NDArray[np.object_]


def bills(policy: Policy, amounts: Mapping[str, int]) -> dict[str | None, int]:
    """What each payer pays, of the amounts given."""
    by_payer: dict[str | None, int] = {}
    for output in policy.billed_outputs:
        if output.id in amounts:
            by_payer[output.payer] = by_payer.get(output.payer, 0) + amounts[output.id]
    return by_payer


class Measure(NamedTuple):
    """What may be added up: numbers of one unit, with their decimals; a charge never with anything else.

    One charge may rest on another, as a net tax does on the gross: of several each is `of` its own output.
    """

    unit: Unit
    decimals: int
    charge: bool = False
    of: str = ""

    @property
    def as_data(self) -> dict[str, str]:
        """For JSON: the unit, and of a charge that it is one, and which."""
        which = {"output": self.of} if self.of else {}
        return {"unit": str(self.unit), **({"direction": "charge"} if self.charge else {}), **which}

    def has(self, output: Output) -> bool:
        """Whether an output that adds up belongs to it."""
        own = measure_of(output)
        alike = (own.unit, own.charge) == (self.unit, self.charge)
        return alike and self.of in ("", output.id)


MONEY = Measure(YUAN, FEN_DECIMALS)


def measure_of(output: Output) -> Measure:
    """In what an output that adds up is counted."""
    kind = output.type
    assert isinstance(kind, Number) and kind.unit is not None
    return Measure(kind.unit, kind.decimals or 0, output.charge)


def measures(outputs: Iterable[Output]) -> list[Measure]:
    """In what outputs that add up are counted, money first; of a unit with the decimals that all need."""
    ordered = sorted(outputs, key=lambda o: (not is_money(o.type), o.charge))
    charges = Counter(measure_of(o).unit for o in {o.id: o for o in ordered if o.charge}.values())
    most: dict[tuple[Unit, bool, str], int] = {}
    for output in ordered:
        unit, decimals, charge, _ = measure_of(output)
        key = (unit, charge, output.id if charge and charges[unit] > 1 else "")
        most[key] = max(most.get(key, 0), decimals)
    return [Measure(unit, decimals, charge, of) for (unit, charge, of), decimals in most.items()]


def titled(title: Words, measure: Measure, outputs: Iterable[Output]) -> Words:
    """A title of amounts; of charges it says that they are to be paid, or which it is."""
    if which := [output.title for output in outputs if output.id == measure.of]:
        return Words(f"{title.zh}：{which[0].zh}", f"{title.en}: {which[0].en}")
    return words("policy.to_pay", title=title) if measure.charge else title


def amounts_of(
    result: Result, ids: Sequence[str], measure: Measure, *, granted: bool = True
) -> Amounts:
    """Outputs of the measure's unit added up by village: those that the result's policy grants, or has."""
    policy = result.plan.policy
    columns: list[Amounts] = []
    for output in policy.granted_outputs if granted else policy.summed_outputs:
        if output.id in ids and measure.has(output):
            column = result.numbers(output.id)
            power = measure.decimals - measure_of(output).decimals
            columns.append(column if not power else column.astype(object) * 10**power)
    return add(columns, len(result.rows))


def add(columns: Sequence[Amounts], villages: int) -> Amounts:
    """Amounts added village by village, in Python's integers where 64 bits might not hold them."""
    if not columns:
        return np.zeros(villages, dtype=np.int64)
    most = sum(int(np.abs(column).max(initial=0)) for column in columns)
    wide = most > np.iinfo(np.int64).max // 2
    added: Amounts = columns[0].astype(object if wide else np.int64)
    for column in columns[1:]:
        added = added + column
    return added


def exact_sum(amounts: Amounts) -> int:
    """The sum, whatever its size."""
    return int(total(amounts, amounts, 1)[0])


def difference(one: Amounts, other: Amounts) -> Amounts:
    """One less the other, village by village, exactly."""
    most = int(np.abs(one).max(initial=0)) + int(np.abs(other).max(initial=0))
    if most > np.iinfo(np.int64).max or one.dtype != other.dtype:
        return one.astype(object) - other.astype(object)  # type: ignore[no-any-return]
    return one - other

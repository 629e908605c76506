"""What OLD and NEW of a comparison may be, and how they are spelt.

A version is a policy at a date, with readings chosen and parameters set. It is written as pieces joined by
commas: a folder or a policies.toml, `current` or `shipped`; a date; `NAME=VALUE` of a parameter or
`NAME=OPTION` of a reading (`set:` or `reading:` may stand before it). `run:ID` alone is a recorded run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.nearest import did_you_mean
from fundcalc.engines.result import Result
from fundcalc.language.nodes import Value
from fundcalc.policy.load import load
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan
from fundcalc.policy.variation import parameter_value, plan_with
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
    shipped: bool = False
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
    path = _shipped() if pieces.shipped else pieces.path if pieces.named else base.policy
    policy, warnings = load(path)
    readings = {n: o for n, o in base.readings.items() if n in policy.readings}
    values: dict[str, Value] = {}
    for name, value in pieces.pairs.items():
        bare = name.removeprefix("reading:").removeprefix("set:")
        if bare in policy.readings:
            readings[bare] = value
        elif bare in policy.parameters:
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


def _shipped() -> Path | None:
    from fundcalc.policy.bundle import shipped

    return Path(str(shipped()))


def _take_apart(text: str) -> _Pieces:
    found = _Pieces()
    if Path(text).exists():
        found.path, found.named = Path(text), True
        return found
    last = ""
    for piece in text.split(","):
        part = piece.strip()
        if "=" in part:
            last = _pair(text, part, found)
        elif not _policy_or_day(text, part, found):
            if not last:
                raise PolicyProblem([say("FC900", Span(text), piece=part)])
            found.pairs[last] += f",{part}"
    return found


def _pair(text: str, part: str, found: _Pieces) -> str:
    name, _, value = part.partition("=")
    name = name.removeprefix("--set ").removeprefix("--reading ").strip()
    if name in found.pairs:
        raise PolicyProblem([say("FC901", Span(text), piece=part)])
    found.pairs[name] = value.strip()
    return name


def _policy_or_day(text: str, part: str, found: _Pieces) -> bool:
    """Note a policy or a date; False where the piece is neither."""
    try:
        day = date.fromisoformat(part) if len(part) == len("2018-12-31") else None
    except ValueError:
        day = None
    if day is not None:
        if found.on is not None:
            raise PolicyProblem([say("FC901", Span(text), piece=part)])
        found.on = day
        return True
    there = bool(part) and Path(part).exists()
    if not there and part not in (CURRENT, SHIPPED) and "/" not in part and "\\" not in part:
        return False
    if found.named:
        raise PolicyProblem([say("FC901", Span(text), piece=part)])
    found.named = there or part != CURRENT
    found.shipped = not there and part == SHIPPED
    found.path = Path(part)
    return True

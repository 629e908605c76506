"""Everything wrong or doubtful in a policy: what the loader finds, its plans, overlaps, its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from fundcalc.analysis.overlaps import overlaps
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, in_order
from fundcalc.policy import bundle as bundles
from fundcalc.policy.cases import read_cases
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan, make_plan, settle_readings


def check(path: Path | None, on: date | None, readings: Mapping[str, str]) -> list[Diagnostic]:
    """All findings in order. Raises PolicyProblem where there is no policy or no such reading."""
    bundle = bundles.find(path)
    policy, found = read(bundle)
    if policy is None:
        return found
    unknown = settle_readings(policy, readings)[1]
    if unknown:
        raise PolicyProblem(unknown)
    found = [*found, *read_cases(bundle, policy)[1]]
    for plan in plans(policy, on, readings, found):
        found += overlaps(plan)
    return in_order(found)


def plans(
    policy: Policy, on: date | None, readings: Mapping[str, str], found: list[Diagnostic]
) -> Iterator[Plan]:
    """The plan as chosen, then with each reading's other options in turn; what fails goes to `found`."""
    yield from _plan(policy, on, readings, found)
    for id_, reading in policy.readings.items():
        for option in reading.options:
            if id_ not in readings and option != reading.chosen:
                yield from _plan(policy, on, {**readings, id_: option}, found)


def _plan(
    policy: Policy, on: date | None, readings: Mapping[str, str], found: list[Diagnostic]
) -> Iterator[Plan]:
    try:
        yield make_plan(policy, on, readings)
    except PolicyProblem as problem:
        found += problem.diagnostics

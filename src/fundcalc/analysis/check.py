"""Everything wrong or doubtful in a policy: what the loader finds, its cases, and every check there is.

A check is a file in `analysis/checks/`; they are found by looking there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from fundcalc.analysis import checks
from fundcalc.analysis.bench import Bench, Unsure
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, in_order
from fundcalc.policy import bundle as bundles
from fundcalc.policy.cases import read_cases
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import draft_plan, settle_readings


@lru_cache(maxsize=1)
def all_checks() -> tuple[ModuleType, ...]:
    """The checks in the order of their codes."""
    found = [
        import_module(f"{checks.__name__}.{one.name}") for one in iter_modules(checks.__path__)
    ]
    return tuple(sorted(found, key=lambda module: str(module.CODE)))


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
    return in_order([*found, *check_policy(policy, on, readings)])


def check_policy(
    policy: Policy, on: date | None = None, readings: Mapping[str, str] | None = None
) -> list[Diagnostic]:
    """What the checks find in a policy that loads."""
    given = readings or {}
    try:
        plan, _ = draft_plan(policy, on, given)
    except PolicyProblem as problem:
        return list(problem.diagnostics)
    bench = Bench(policy, plan, given)
    found = [finding for module in all_checks() for finding in module.check(bench)]
    return [*found, *bench.no_plan.values(), *_unsure(bench.unsure, found)]


def _unsure(questions: list[Unsure], found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """One finding for each place about which z3 could not answer, unless the fault was found there."""
    told = {(d.code, d.where) for d in found}
    for question in dict.fromkeys(questions):
        if (question.code, question.span) not in told:
            yield say("FC799", question.span, check=question.code)

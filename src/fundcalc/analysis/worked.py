"""Run a policy's own worked examples through the rules engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.calculate import calculate
from fundcalc.engines.hinges import hinged, hinges
from fundcalc.engines.result import Result
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy import bundle as bundles
from fundcalc.policy.cases import Case, CaseVillage, Expected, read_cases
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import make_plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, what did not come out (nothing where it passed), and what the engines made of it."""

    case: Case
    failures: tuple[Diagnostic, ...]
    result: Result | None = None


def run_cases(path: Path | None) -> list[Outcome]:
    """Run every worked example of the policy at a path. Raises PolicyProblem where it or they are broken."""
    return policy_and_cases(path)[1]


def policy_and_cases(path: Path | None) -> tuple[Policy, list[Outcome]]:
    """The policy with every case run. Raises PolicyProblem where policy or cases are broken.

    Without a case to show it, a policy that may miss a village is refused here as by every other command.
    """
    bundle = bundles.find(path)
    policy, found = read(bundle)
    if policy is None:
        raise PolicyProblem(found)
    cases, found = read_cases(bundle, policy)
    if found:
        raise PolicyProblem(found)
    if not cases:
        make_plan(policy)
    return policy, [_run(policy, case) for case in cases]


def _run(policy: Policy, case: Case) -> Outcome:
    try:
        plan = make_plan(policy, case.on, case.readings)
        columns = {id_: [v.facts[id_] for v in case.villages] for id_ in policy.facts}
        result = calculate(plan, columns)
        marked = None
        if any(village.hinges_on for village in case.villages):
            marked = hinged(hinges(plan, result), len(case.villages))
    except PolicyProblem as problem:
        return Outcome(case, tuple(problem.diagnostics))
    found: list[Diagnostic] = []
    for index, village in enumerate(case.villages):
        found += _compare(case, village, result, index)
        if village.hinges_on is not None and marked is not None:
            readings = tuple(sorted(id_ for id_, mask in marked.items() if mask[index]))
            found += _differs(case, village.hinges_on, readings)
    return Outcome(case, tuple(found), result)


def _compare(case: Case, village: CaseVillage, result: Result, index: int) -> Iterator[Diagnostic]:
    policy = result.plan.policy
    types = {o.id: o.type for p in policy.programmes for o in p.outputs}
    for expected in village.outputs:
        found = result.rows[index][expected.id]
        if found != expected.value:
            kind = types[expected.id]
            wanted, got = literal(expected.value, kind), literal(found, kind)
            span, name = expected.span, case.name
            yield say(
                "FC801", span, case=name, what=expected.id, wanted=wanted or "[]", found=got or "[]"
            )
    for expected in village.fired:
        fired: Value = result.fired[expected.id][index]
        otherwise = policy.programme(expected.id).otherwise
        if not fired and otherwise is not None and expected.value == (otherwise.id,):
            continue
        yield from _differs(case, expected, fired)


def _differs(case: Case, expected: Expected, found: Value) -> Iterator[Diagnostic]:
    if found != expected.value:
        assert isinstance(found, tuple) and isinstance(expected.value, tuple)
        wanted, got = "+".join(expected.value) or "[]", "+".join(found) or "[]"
        yield say(
            "FC801", expected.span, case=case.name, what=expected.id, wanted=wanted, found=got
        )

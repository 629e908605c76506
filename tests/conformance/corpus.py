"""The corpus: every worked example of the shipped policy, of the real one, and of the small ones here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.conformance.engine import HERE, Columns, Outcome, unmet

from fundcalc.engines.calculate import reference, unmet_whole
from fundcalc.policy import bundle as bundles
from fundcalc.policy.cases import Case, CaseVillage, read_cases
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan, make_plan

ROOT = HERE.parents[1]
POLICIES = {
    "shipped": ROOT,
    "yunxiao": ROOT / "tests" / "policies" / "yunxiao",
    **{path.name: path for path in sorted((HERE / "policies").iterdir())},
}


@dataclass(frozen=True)
class Example:
    """One case of one policy; `error` is the code with which it must stop."""

    id: str
    policy: Policy
    case: Case
    error: str | None = None

    @property
    def plan(self) -> Plan:
        """The plan of the case's date and readings."""
        return make_plan(self.policy, self.case.on, self.case.readings)

    @property
    def columns(self) -> Columns:
        """All facts of the case's villages."""
        return {id_: [v.facts[id_] for v in self.case.villages] for id_ in self.policy.facts}


@cache
def policy(name: str) -> Policy:
    """A policy of the corpus."""
    found, problems = read(bundles.find(POLICIES[name]))
    assert found is not None, problems
    return found


@cache
def examples() -> list[Example]:
    """All cases, then those of equal policy, date and readings put together."""
    found: list[Example] = []
    for name, path in POLICIES.items():
        cases, problems = read_cases(bundles.find(path), policy(name))
        assert not problems, problems
        stops = _stops(path)
        found += [
            Example(f"{name}: {case.name}", policy(name), case, stops.get(case.name))
            for case in cases
        ]
    together = [
        Example(id_, some[0].policy, replace(some[0].case, villages=_villages(some)))
        for id_, some in _alike(found).items()
        if len(some) > 1
    ]
    return [*found, *together]


def _alike(found: list[Example]) -> dict[str, list[Example]]:
    """The cases with one plan, each by what its roster with all of them is called.

    What comes out of such a roster, the row evaluator says.
    """
    groups: dict[str, list[Example]] = {}
    for one in found:
        if one.error is None:
            settled = ", ".join(f"{k}={v}" for k, v in sorted(one.case.readings.items()))
            name = one.id.partition(":")[0]
            groups.setdefault(
                f"{name}, all with {settled or 'its own readings'}, {one.case.on or one.policy.on}",
                [],
            ).append(one)
    return groups


def _villages(some: list[Example]) -> tuple[CaseVillage, ...]:
    villages = [village for one in some for village in one.case.villages]
    return tuple(
        CaseVillage({**v.facts, "code": f"{at:012d}"}, (), (), None)
        for at, v in enumerate(villages)
    )


def _stops(path: Path) -> dict[str, str]:
    """The cases that must stop, with the code: in a file `stops.toml` beside the policy."""
    file = path / "stops.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


@cache
def expected(example_id: str) -> Outcome:
    """What the row evaluator makes of a case."""
    example = next(one for one in examples() if one.id == example_id)
    result = reference(example.plan, example.columns)
    outputs = {o.id: result.column(o.id) for p in result.plan.programmes for o in p.outputs}
    fired = {id_: list(rules) for id_, rules in result.fired.items()}
    return Outcome(outputs, fired, result.pools, unmet=unmet(unmet_whole(result)))


def cannot(engine: str) -> dict[str, str]:
    """The cases that an engine cannot do, each with the reason."""
    file = HERE / "cannot" / f"{engine}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}

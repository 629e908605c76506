"""What is asked of z3 is asked in a context of its own: nothing from before counts, and nothing is left."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import z3

from fundcalc import api
from fundcalc.analysis.bench import Bench
from fundcalc.analysis.check import all_checks
from fundcalc.analysis.prove import prove
from fundcalc.analysis.sides import Version
from fundcalc.engines.calculate import reference
from fundcalc.explain.gather import Explainer
from fundcalc.language.nodes import Value
from fundcalc.policy.load import load
from fundcalc.policy.plan import make_plan
from tests.cli.small import OTHERWISE, decides, fact, policy, rule
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples" / "policies"
BEFORE = ["household", "posts"] * 5
NEAR = "abs(people * people - 250_000) > 500"


def steps(example: str) -> list[int]:
    """How many steps z3 has taken after each check of an example."""
    found, _ = load(EXAMPLES / example)
    bench = Bench(found, make_plan(found), {})
    taken: list[int] = []
    for module in all_checks():
        bench.clock.turn()
        list(module.check(bench))
        taken.append(bench.clock.spent)
    return taken


def test_a_check_takes_the_same_steps_first_and_after_ten_others() -> None:
    call = "from tests.analysis.test_contexts import steps; print(steps('equalisation'))"
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "src", "cli"))
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    for example in BEFORE:
        api.check(EXAMPLES / example, None, {})
    assert done.stdout == f"{steps('equalisation')}\n", done.stderr


def laid(folder: Path, rules: str) -> Path:
    people = fact("people", 'unit = "person"', "range = [1, 900_000]")
    return policy(folder, facts=people, g=rules)


def checks(folder: Path) -> None:
    api.check(EXAMPLES / "person_months", None, {})


def suggests_cases(folder: Path) -> None:
    rules = decides("unique") + rule("r", NEAR, "5") + OTHERWISE
    found, _, reached = api.test_with_coverage(laid(folder, rules))
    assert "[[case]]" in api.suggested_cases(found, reached)


def proves(folder: Path) -> None:
    versions = []
    for label, when in (("one", NEAR), ("other", f"not ({NEAR})")):
        rules = decides("collect", unit="") + rule("r", when, "'a'") + rule("s", "true", "'b'")
        found, _ = load(laid(folder / label, rules))
        versions.append(Version(label, found, found.on, {}, {}))
    assert prove((versions[0], versions[1])).equal is False


def explains(folder: Path) -> None:
    near = NEAR.replace("250_000", "90_000_000_000").replace("> 500", "> 300_000")
    found, _ = load(laid(folder, decides("unique") + rule("r", near, "7") + OTHERWISE))
    columns: dict[str, list[Value]] = {"name": ["甲村"], "people": [100]}  # too far to try all
    result = reference(make_plan(found), columns)
    [decision] = Explainer(result, lambda id_, index: "assumed").explain(0).decisions
    assert [one.to.value for one in decision.would_change] == [300_000]


def contexts() -> int:
    return sum(isinstance(one, z3.Context) for one in gc.get_objects())


@pytest.mark.parametrize("ask", [checks, suggests_cases, proves, explains])
def test_all_is_asked_in_contexts_that_go_when_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], None]
) -> None:
    """Each is many megabytes: none may stay until Python looks for what refers to itself."""

    def shared() -> z3.Context:
        raise AssertionError("asked in the context that all share")

    made: list[int] = []
    begin = z3.Context.__init__

    def begun(context: z3.Context) -> None:
        made.append(id(context))
        begin(context)

    monkeypatch.setattr(z3.z3, "main_ctx", shared)
    monkeypatch.setattr(z3.Context, "__init__", begun)
    gc.collect()
    before = contexts()
    gc.disable()
    try:
        ask(tmp_path)
        assert made and contexts() == before
    finally:
        gc.enable()

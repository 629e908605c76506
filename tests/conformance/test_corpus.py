"""Every engine decides every case of the corpus alike: outputs, rules, pools, readings hinged on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from tests.closed_sets import CONSTRUCTS, constructs
from tests.conformance.corpus import POLICIES, Example, cannot, examples, expected, policy
from tests.conformance.engine import Engine, Outcome, engines

from fundcalc.base.diagnostics import PolicyProblem

EXAMPLES = examples()


def test_every_construct_stands_in_the_corpus() -> None:
    """A node, rounding, comparison or hit policy is held against every engine from its first day."""
    used = set().union(*(constructs(policy(name)) for name in POLICIES))
    assert used == CONSTRUCTS


def _seen(engine: Engine) -> list[Example]:
    """The cases that an engine is held against."""
    return [one for one in EXAMPLES if not (engine.slow and one.id.startswith("shipped: "))]


def _largest() -> set[str]:
    """Of each policy the case with the largest roster, the first of several."""
    largest: dict[str, Example] = {}
    for one in EXAMPLES:
        if one.error is None:
            name = one.id.partition(":")[0].partition(",")[0]
            largest[name] = max(largest.get(name, one), one, key=lambda one: len(one.case.villages))
    return {one.id for one in largest.values()}


def _all() -> Iterator[Any]:
    largest = _largest()
    for engine in engines():
        beyond = cannot(engine.name)
        for example in _seen(engine):
            marks = [getattr(pytest.mark, mark) for mark in engine.marks]
            if engine.group:
                marks.append(pytest.mark.xdist_group(engine.group))
            short = example.id in largest or example.error is not None
            if engine.slow and engine.many is None and not short:
                marks.append(pytest.mark.slow)
            if example.id in beyond:
                marks.append(pytest.mark.xfail(reason=beyond[example.id], strict=True))
            yield pytest.param(engine, example, id=f"{engine.name}: {example.id}", marks=marks)


Asked = frozenset[tuple[str, str]]
"""Which engine is asked for which case in this session, by name and id."""


@pytest.fixture(scope="session")
def asked(request: pytest.FixtureRequest) -> Asked:
    """What is asked in all, so that an engine with `many` is started for that alone."""
    found = set()
    for item in request.session.items:
        match getattr(getattr(item, "callspec", None), "params", None):
            case {"engine": Engine(name=name), "example": Example(id=example)}:
                found.add((name, example))
    return frozenset(found)


def decided(engine: Engine, example: Example, asked: Asked) -> Outcome:
    """What an engine makes of a case."""
    if engine.many is None:
        return engine.run(example.plan, example.columns)
    found = _at_once(engine, asked)[example.id]
    if isinstance(found, PolicyProblem):
        raise found
    return found


@cache
def _at_once(engine: Engine, asked: Asked) -> dict[str, Outcome | PolicyProblem]:
    assert engine.many is not None
    seen = [one for one in _seen(engine) if (engine.name, one.id) in asked]
    found = engine.many([(one.plan, one.columns) for one in seen])
    return {one.id: outcome for one, outcome in zip(seen, found, strict=True)}


@pytest.mark.parametrize(("engine", "example"), list(_all()))
def test_engines_decide_alike(engine: Engine, example: Example, asked: Asked) -> None:
    reason = engine.missing()
    if reason:
        pytest.skip(reason)
    if example.error is not None:
        assert _stopped(engine, example, asked) == example.error
        return
    outcome = decided(engine, example, asked)
    _as_written(example, outcome)
    reference = expected(example.id)
    assert outcome.outputs == reference.outputs
    assert outcome.fired == reference.fired
    assert outcome.pools is None or outcome.pools == reference.pools
    assert outcome.unmet is None or outcome.unmet == reference.unmet


def _stopped(engine: Engine, example: Example, asked: Asked) -> str:
    """The code with which an engine stops, or with which a run does once all villages are decided."""
    try:
        outcome = decided(engine, example, asked)
    except PolicyProblem as problem:
        [found] = problem.diagnostics
        return found.code
    unmet = expected(example.id).unmet
    assert outcome.unmet is None or outcome.unmet == unmet
    return "FC413" if unmet else ""


def _as_written(example: Example, outcome: Outcome) -> None:
    """What the case itself says."""
    for index, village in enumerate(example.case.villages):
        for one in village.outputs:
            assert outcome.outputs[one.id][index] == one.value, one.id
        for one in village.fired:
            fired = outcome.fired[one.id][index]
            otherwise = example.policy.programme(one.id).otherwise
            assert one.value == fired or (not fired and otherwise and one.value == (otherwise.id,))
        if village.hinges_on is not None and outcome.hinges is not None:
            assert outcome.hinges[index] == village.hinges_on.value


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
def test_what_an_engine_cannot_do_is_a_case(engine: Engine) -> None:
    assert set(cannot(engine.name)) <= {example.id for example in EXAMPLES}

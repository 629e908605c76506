"""What is said to change a decision changes it, and one step nearer does not."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.corpus import Example, examples
from tests.strategies import Made, policies, sound

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import written
from fundcalc.engines.calculate import reference
from fundcalc.engines.result import Result
from fundcalc.explain.changes import chain_of
from fundcalc.explain.gather import Explainer
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import make_plan

LEVERS = ("people", "cadres", "income", "funds", "poor", "weak")
MOST = {"people": 10_000, "cadres": 100, "income": 100_000_000, "funds": 100_000_000}


def run(made: Made) -> Result:
    policy = sound(made.bundle)
    return reference(make_plan(policy), made.columns)


def explainer(result: Result) -> Explainer:
    return Explainer(result, lambda fact, index: "assumed")


def again(
    result: Result, index: int, fact: str, value: Value
) -> tuple[dict[str, Value], dict[str, tuple[str, ...]]] | None:
    """The village's row and rules when the whole roster is computed with one fact changed."""
    everyone = [dict(row) for row in result.rows]
    everyone[index][fact] = value
    try:
        found = written.run(result.plan, everyone)
    except PolicyProblem:
        return None
    return everyone[index], {id_: fired[index] for id_, fired in found.fired.items()}


def differs(result: Result, index: int, programme: str, fact: str, value: Value) -> bool:
    outputs = [o.id for o in result.plan.policy.programme(programme).outputs]
    found = again(result, index, fact, value)
    return found is not None and any(found[0][o] != result.rows[index][o] for o in outputs)


@settings(max_examples=25)
@given(policies(villages=6), st.data())
def test_every_change_is_true_and_nothing_nearer_does_it(made: Made, data: st.DataObject) -> None:
    result = run(made)
    index = data.draw(st.integers(0, len(result.rows) - 1))
    for decision in explainer(result).explain(index).decisions:
        for change in decision.would_change:
            found = again(result, index, change.fact, change.to.value)
            assert found is not None
            row, fired = found
            assert fired[decision.programme] == change.fired
            for id_ in decision.outputs:
                said = change.outputs[id_].value if id_ in change.outputs else None
                assert row[id_] == (result.rows[index][id_] if said is None else said)
            assert change.outputs
            current = result.rows[index][change.fact]
            if isinstance(current, bool) or not isinstance(change.to.value, int):
                continue
            assert isinstance(current, int)
            nearer = change.to.value + (1 if change.to.value < current else -1)
            assert not differs(result, index, decision.programme, change.fact, nearer)


@settings(max_examples=25)
@given(policies(villages=6), st.data())
def test_replaying_one_village_agrees_with_running_all(made: Made, data: st.DataObject) -> None:
    result = run(made)
    index = data.draw(st.integers(0, len(result.rows) - 1))
    fact = data.draw(st.sampled_from(LEVERS))
    yes_no = fact not in MOST
    value = not result.rows[index][fact] if yes_no else data.draw(st.integers(0, MOST[fact]))
    replayer = explainer(result).changes.replayer
    found = again(result, index, fact, value)
    for programme in result.plan.programmes:
        outcome = replayer.outcome(chain_of(result.plan, programme), index, {fact: value})
        if found is None or outcome is None:
            continue  # where a village cannot be decided, either may be the one to say so
        for output in programme.outputs:
            assert outcome[0][output.id] == found[0][output.id]
        assert outcome[1] == found[1][programme.id]


@settings(max_examples=25)
@given(policies(villages=1), st.data())
def test_nothing_nearer_is_missed(made: Made, data: st.DataObject) -> None:
    """Trying values at random between the present one and the one that was named finds no change."""
    result = run(made)
    explained = explainer(result).explain(0)
    for decision, fact in product(explained.decisions, MOST):
        programme = result.plan.programme(decision.programme)
        if programme.has_pool:
            continue  # a share is rounded to the fen: it may turn back by one
        if chain_of(result.plan, programme).gathers:
            continue  # a mean that is rounded turns back and forth with the village's own part of it
        current = result.rows[0][fact]
        assert isinstance(current, int)
        named = [c.to.value for c in decision.would_change if c.fact == fact]
        low = max((v for v in named if isinstance(v, int) and v < current), default=-1)
        high = min((v for v in named if isinstance(v, int) and v > current), default=MOST[fact] + 1)
        tries = st.one_of(
            st.integers(low + 1, high - 1),
            st.sampled_from([v for v in (low + 1, high - 1, current) if low < v < high]),
        )
        value = data.draw(tries)
        assert not differs(result, 0, decision.programme, fact, value), (decision.programme, fact)


CORPUS = [
    e for e in examples()
    if e.error is None and e.policy.id in ("hits", "stops", "pools", "wide") and ", all with" not in e.id
]  # fmt: skip


def decided(
    result: Result, index: int, programme: str, fact: str, value: Value
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The village's row and the programme's rules with one fact changed; other programmes may stop."""
    everyone = [dict(row) for row in result.rows]
    everyone[index][fact] = value
    plan = result.plan
    only = {one.id for one in chain_of(plan, plan.programme(programme)).programmes}
    found = written.run(plan, everyone, only=only)
    return everyone[index], found.fired[programme][index]


@pytest.mark.parametrize("example", CORPUS, ids=lambda example: example.id)
def test_every_change_in_the_corpus_is_true_and_nothing_nearer_does_it(example: Example) -> None:
    """Days, choices, negative amounts and divisors, policies that stop on the way."""
    result = reference(example.plan, example.columns)
    pooled = {p.id for p in example.plan.programmes if p.has_pool}
    explained = explainer(result)
    for index, now in enumerate(result.rows):
        for decision in explained.explain(index).decisions:
            for change in decision.would_change:
                fact, to = change.fact, change.to.value
                row, fired = decided(result, index, decision.programme, fact, to)
                moved = {id_: row[id_] for id_ in decision.outputs if row[id_] != now[id_]}
                assert moved == {id_: one.value for id_, one in change.outputs.items()}
                assert moved and fired == change.fired
                if decision.programme in pooled or isinstance(to, bool) or not isinstance(to, int):
                    continue
                nearer = to + (1 if to < int(str(now[fact])) else -1)
                try:
                    row, _ = decided(result, index, decision.programme, fact, nearer)
                except PolicyProblem:
                    continue
                assert all(row[id_] == now[id_] for id_ in decision.outputs)

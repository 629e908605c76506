"""On random policies and villages: rules engine and evaluator agree, and pools keep their promises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import Made, policies, sound

from fundcalc.engines.calculate import calculate, reference
from fundcalc.engines.result import Result
from fundcalc.policy.plan import Plan, make_plan


def _plan(made: Made, reading: str = "one") -> Plan:
    return make_plan(sound(made.bundle), readings={"reading": reading})


def _same(one: Result, other: Result) -> bool:
    return (one.rows, one.fired, one.pools) == (other.rows, other.fired, other.pools)


@settings(max_examples=40)
@given(policies(), st.sampled_from(["one", "two"]))
def test_rules_engine_and_evaluator_agree(made: Made, reading: str) -> None:
    plan = _plan(made, reading)
    result = calculate(plan, made.columns)
    assert result.checked == len(made.columns["name"])
    assert _same(result, reference(plan, made.columns))


@pytest.mark.slow
@settings(max_examples=5_000)
@given(policies(villages=40), st.sampled_from(["one", "two"]))
def test_rules_engine_and_evaluator_agree_at_length(made: Made, reading: str) -> None:
    plan = _plan(made, reading)
    assert _same(calculate(plan, made.columns), reference(plan, made.columns))


@settings(max_examples=25)
@given(policies(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(made: Made, random: object) -> None:
    plan = _plan(made)
    order = list(range(len(made.columns["name"])))
    random.shuffle(order)  # type: ignore[attr-defined]
    mixed = {name: [values[i] for i in order] for name, values in made.columns.items()}
    straight, other = reference(plan, made.columns), reference(plan, mixed)
    assert [straight.rows[i] for i in order] == other.rows


@settings(max_examples=25)
@given(policies())
def test_pools_are_shared_to_the_fen(made: Made) -> None:
    plan = _plan(made)
    shares = {(p.id, one.id): share for p in plan.programmes for one, share in p.shares}
    for pool in reference(plan, made.columns).pools:
        assert 0 <= pool.used <= pool.amount
        assert pool.leftover == pool.amount - pool.used
        if not pool.weights and shares[pool.programme, pool.item].at_least is None:
            assert pool.used == 0

"""The columnar engine decides as the row evaluator does, on random policies and on awkward numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import Made, policies

from fundcalc.base.diagnostics import PolicyProblem, render
from fundcalc.base.sharing import share
from fundcalc.engines import columnar
from fundcalc.engines.calculate import reference
from fundcalc.engines.columnar import sharing
from fundcalc.policy.load import read
from fundcalc.policy.plan import Plan
from fundcalc.policy.planning import make_plan


def _plan(made: Made, reading: str) -> Plan:
    policy, found = read(made.bundle)
    assert policy is not None, "\n".join(render(d, "en") for d in found)
    return make_plan(policy, readings={"reading": reading})


@settings(max_examples=300)
@given(policies(villages=12), st.sampled_from(["one", "two"]))
def test_columns_decide_as_rows_do(made: Made, reading: str) -> None:
    plan = _plan(made, reading)
    try:
        expected = reference(plan, made.columns)
    except PolicyProblem:
        with pytest.raises(columnar.Anomaly):
            columnar.run(plan, made.columns)
        return
    found = columnar.run(plan, made.columns)
    assert found.rows() == expected.rows
    assert {p.id: found.fired(p.id) for p in plan.programmes} == expected.fired
    assert found.pools == expected.pools


FEN = st.integers(0, 10**6) | st.integers(0, 2**62)


@given(
    st.lists(FEN, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), FEN, FEN | st.integers(0, 30)), max_size=12),
    st.booleans(),
)
def test_pools_in_columns_are_shared_as_one_by_one(
    pools: list[int], claims: list[tuple[int, int, int]], capped: bool
) -> None:
    claims = [(g % len(pools), w, c) for g, w, c in claims]
    group, weights, caps = (np.array([c[i] for c in claims], dtype=np.int64) for i in range(3))
    found = sharing.share(
        np.array(pools, dtype=np.int64),
        group,
        weights,
        caps if capped else None,
        lambda: np.arange(len(claims)),
    )
    for g, pool in enumerate(pools):
        mine = [i for i, claim in enumerate(claims) if claim[0] == g]
        limits = [claims[i][2] if capped else None for i in mine]
        assert [found[i] for i in mine] == share(pool, [claims[i][1] for i in mine], limits)

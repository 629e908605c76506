"""The columnar engine decides as the row evaluator does, on random policies and on awkward numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import HEAD, VILLAGE, Made, policies

from fundcalc.base.diagnostics import PolicyProblem, render
from fundcalc.base.sharing import share
from fundcalc.engines import columnar
from fundcalc.engines.calculate import calculate, reference
from fundcalc.engines.columnar import sharing
from fundcalc.policy.bundle import Bundle
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


MANY = """[programme]
id = "many"
title = { zh = "多", en = "Many" }
hit_policy = "collect"
output = "met"
[otherwise]
id = "none"
"""


@settings(max_examples=30)
@given(
    st.sampled_from([1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=30),
    st.integers(0, 60),
)
def test_programmes_of_many_rules(rules: int, villages: list[tuple[int, int]], start: int) -> None:
    """Which rules hold is kept in bits, sixteen at a time; every pattern is told from every other."""
    text = MANY + "".join(
        f'[[rule]]\nid = "r{n}"\nsource = "s"\n'
        f'when = "people == {(start + n) % 60} or cadres == {(start + 7 * n) % 60} or people > 57"\n'
        for n in range(rules)
    )
    head = HEAD.format(programmes='"many"', limit="0", crowd="0", each="8_000", listed="[]")
    files = {"policies.toml": head, "rules/village.toml": VILLAGE, "rules/many.toml": text}
    policy, found = read(Bundle("", {name: text.encode() for name, text in files.items()}))
    assert policy is not None, found
    plan = make_plan(policy)
    columns = {
        "code": [f"{n:06d}" for n in range(len(villages))], "name": ["村"] * len(villages),
        "county": ["甲县"] * len(villages), "people": [p for p, _ in villages],
        "cadres": [c for _, c in villages], "income": [0] * len(villages),
        "funds": [0] * len(villages), "poor": [False] * len(villages), "weak": [True] * len(villages),
    }  # fmt: skip
    expected = reference(plan, columns)  # type: ignore[arg-type]
    result = calculate(plan, columns, engine="columnar")  # type: ignore[arg-type]
    assert list(result.fired["many"]) == expected.fired["many"]
    assert result.column("met") == expected.column("met")
    codes, names = result.labels("met")
    assert [names[code] for code in codes] == ["+".join(ids) for ids in expected.fired["many"]]

"""What is timed against each other is equal: the policy by hand and by the engines, in any row order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks import bare_pattern, make_roster, numpy_by_hand, ours, polars_by_hand
from benchmarks.compute import AMOUNTS
from benchmarks.facts import Facts, load

BANDS = ("zero", "above_zero", "from_30000", "from_50000")


@pytest.fixture(params=["by code", "shuffled"])
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> Facts:
    """Some thousand villages of synthetic figures, the policy's two counties among them."""
    path = tmp_path / "roster.parquet"
    table = make_roster.roster(3_000, None, 1)
    if request.param == "shuffled":
        table = table.sample(fraction=1.0, shuffle=True, seed=1)
    table.write_parquet(path)
    return load(path)


def test_the_policy_by_hand_is_the_policy(facts: Facts) -> None:
    expected = ours.prepare(facts)()
    assert {name for name in AMOUNTS if expected[name].any()} == set(AMOUNTS)
    for contestant in (
        numpy_by_hand.prepare,
        numpy_by_hand.prepare_numbered,
        polars_by_hand.prepare,
    ):
        found = contestant(facts)()
        for name in AMOUNTS:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    part = numpy_by_hand.prepare_part(facts)()
    for name, values in ours.prepare_part(facts)().items():
        np.testing.assert_array_equal(part[name], values, err_msg=name)


def test_the_bare_pattern_fires_the_rules(facts: Facts) -> None:
    some = {name: values[:300] for name, values in facts.items()}
    expected = ours.prepare_rules(some)()["guaranteed_funds"]
    np.testing.assert_array_equal(bare_pattern.prepare(some)()["guaranteed_funds"], expected)


def test_a_made_roster_has_exact_amounts() -> None:
    table = make_roster.roster(1_000, None, 1)
    assert table["collective_income"].dtype == pl.String
    assert table["collective_income"].str.contains(r"^\d+\.\d\d$").all()
    assert table["code"].n_unique() == 1_000

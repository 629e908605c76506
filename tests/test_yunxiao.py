"""An unrelated policy with new TOML alone: Yunxiao county's real table of 2017, to the yuan."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from fundcalc import api

POLICY = Path(__file__).parent / "policies" / "yunxiao"
TABLE = Path(__file__).parents[2] / "shared" / "data" / "yunxiao_2017_allocation.csv"


def test_the_eleven_townships_come_out_to_the_yuan(tmp_path: Path) -> None:
    if not TABLE.is_file():
        pytest.skip("the table (shared/data/yunxiao_2017_allocation.csv) is not on this machine")
    with TABLE.open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    policy = api.load_policy(POLICY)
    run = api.calculate(api.plan(policy), api.read_roster(TABLE, policy))
    assert len(published) == 11
    for row, expected in zip(run.result.rows, published, strict=True):
        assert row["name"] == expected["township"]
        assert row["allocated"] == int(expected["amount_wan_yuan"]) * 10_000 * 100
    assert api.summarise(run).total.amounts == {"allocated": 824_000_000}


def test_it_checks_clean() -> None:
    assert api.check(POLICY, None, {}) == []


def test_no_name_or_number_of_a_policy_stands_in_the_program() -> None:
    """Amounts, thresholds, counties and programmes live in TOML only."""
    shipped = api.load_policy()
    words = [p.id for p in shipped.programmes] + list(shipped.parameters) + list(shipped.readings)
    words += ["娄烦", "阳曲", "太原", "170000", "170_000", "200_000", "8_000", "30_000", "50_000",
              "3_785_000", "20_420_000"]  # fmt: skip
    facts = [id_ for id_ in shipped.facts if id_ not in ("code", "name", "town", "county")]
    source = Path(api.__file__).parents[1]
    assert source.name == "fundcalc"
    for path in [*source.rglob("*.py"), *(source.parents[1] / "cli").rglob("*.py")]:
        found = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        assert not found & {*words, *facts}, path.name

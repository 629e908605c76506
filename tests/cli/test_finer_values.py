"""A plain number may be tried with more decimals than the one in the file; each stays exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, roster, rule
from tests.conftest import Cli

PARAMETERS = """
[parameters.factor]
title = { zh = "系数", en = "Factor" }
source = "paper"
values = { 2020-01-01 = 2 }
[parameters.fixed]
title = { zh = "定系数", en = "Fixed factor" }
decimals = 1
source = "paper"
values = { 2020-01-01 = 3 }
[parameters.each]
title = { zh = "每人", en = "A head" }
unit = "yuan/(person·year)"
source = "paper"
values = { 2020-01-01 = 100 }
[tables.weight]
title = { zh = "权重", en = "Weight" }
keys = ["county"]
source = "paper"
rows = [{ county = "甲县", value = 1.5 }, { county = "乙县", value = 2 }]
"""
GIVEN = "round(people * each * factor * fixed * weight[county], 0.01, 'down')"


def weighted(folder: Path, parameters: str = PARAMETERS) -> Path:
    """A policy that multiplies plain numbers, in a folder."""
    return policy(
        folder, head=parameters,
        facts=fact("county", 'type = "text"', 'options = ["甲县", "乙县"]')
        + fact("people", 'unit = "person"', "range = [0, 1000]"),
        grant=decides("first", "grant", YUAN) + rule("each", "people > 0", GIVEN) + OTHERWISE,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def weights(tmp_path: Path) -> Path:
    roster(tmp_path, "name,county,people", "甲村,甲县,1", "乙村,乙县,1", name="r.csv")
    return weighted(tmp_path)


def total(found: Any) -> str:
    return str(found["total"]["new"])


def test_a_value_with_decimals_may_stand_in_a_whole_ones_place(cli: Cli) -> None:
    """100 × 3 × (1.5 + 2) = 1,050 times the factor."""
    found = json.loads(cli("compare", "factor=2.125", "current", "r.csv", "--format", "json").out)
    assert (found["total"]["old"], total(found)) == ("2231.25", "2100.00")
    [step] = found["bridge"]
    assert (step["kind"], step["id"], step["from"], step["to"]) == (
        "amounts",
        "factor",
        "2.125",
        "2.000",
    )
    back = json.loads(cli("compare", "current", "factor=2.125", "r.csv", "--format", "json").out)
    assert [step["kind"] for step in back["bridge"]] == ["amounts"] and total(back) == "2231.25"
    years = json.loads(
        cli("project", "r.csv", "--years", "2021", "--set", "factor=2.5", "--format", "json").out
    )["years"]
    assert years[0]["total"] == "2625.00"
    grid = json.loads(cli("grid", "r.csv", "--set", "factor=2:2.5:0.25", "--format", "json").out)
    sums = [one["total"]["amounts"]["grant"] for one in grid["scenarios"]]
    assert sums == ["2100.00", "2362.50", "2625.00"]
    assert cli("compare", "current", "factor=2.5", "--prove").code == 1
    assert cli("compare", "current", "factor=2.0", "--prove").code == 0


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("each=100.125", "2 decimals"),
        ("fixed=2.25", "1 decimal"),
        ("factor=1.0000000001", "9 decimals"),
    ],
)
def test_more_decimals_than_there_may_be_are_told(cli: Cli, setting: str, told: str) -> None:
    said = cli("compare", setting, "current", "r.csv")
    assert said.code == 2 and "[FC841]" in said.err
    assert told in " ".join(said.err.split())


def test_whoever_counts_on_whole_numbers_is_told(cli: Cli, weights: Path) -> None:
    grant = weights / "rules/grant.toml"
    text = grant.read_text("utf-8").replace(GIVEN, "people * each * factor")
    grant.write_text(text, "utf-8")
    assert cli("compare", "factor=3", "current", "r.csv").code == 0
    said = cli("compare", "factor=2.5", "current", "r.csv")
    assert said.code == 2 and "rules/grant.toml" in said.err


def test_a_file_is_given_the_decimals_too(cli: Cli, weights: Path) -> None:
    said = cli("set", "factor", "2.5", "--from", "2020-06-01", "--source", "paper")
    assert said.code == 0, said.said
    assert "2020-06-01 = 2.5" in (weights / "policies.toml").read_text("utf-8")


def test_rows_of_a_table_that_change_are_told_as_its_own(cli: Cli, weights: Path) -> None:
    weighted(weights / "other", PARAMETERS.replace("value = 1.5", "value = 2.5"))
    found = json.loads(cli("compare", "current", "other", "r.csv", "--format", "json").out)
    [step] = [one for one in found["bridge"] if one["villages"]]
    assert (step["kind"], step["id"], step["change"]) == ("amounts", "weight", "600.00")
    assert "Weight (1 row changed)" in cli("compare", "current", "other", "r.csv").out

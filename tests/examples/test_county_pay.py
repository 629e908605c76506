"""Pay by county income: what a table of incomes does to an explanation and to the bill of other years."""

from __future__ import annotations

import json

from tests.conftest import ROOT, Cli

FOLDER = ROOT / "examples" / "policies" / "county_pay"


def test_a_rule_without_a_condition_is_explained_by_its_sentence(cli: Cli) -> None:
    said = cli("explain", "云峰村", "--roster", "roster.csv", "--lang", "zh", cwd=FOLDER).said
    assert "云岭县上年农民人均收入的2倍" in said and "true" not in said
    whole = cli("explain", "云峰村", "--roster", "roster.csv", "--full", cwd=FOLDER).said
    assert "2 times the rural income of 云岭县" in whole and "✓ true" not in whole


def test_other_years_say_how_many_rows_of_a_table_are_new(cli: Cli) -> None:
    asked = ("project", "roster.csv", "--years", "2020:2021")
    years = json.loads(cli(*asked, "--format", "json", cwd=FOLDER).out)["years"]
    assert [one["new_rows"] for one in years] == [{}, {"rural_income": 4, "county_class": 1}]
    assert [one["total"] for one in years] == ["1200859.81", "1230974.03"]
    assert "查询表新启用的行数" in cli(*asked, "--lang", "zh", cwd=FOLDER).said

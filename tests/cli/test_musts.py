"""What must hold of all villages together, to the fen, on every engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule
from tests.conftest import ROOT

BASE = ROOT / "tests" / "diagnostics" / "base"
ROSTER = """代码,村名,县,人口,收入
149901100201,甲村,子县,100,40000.00
149901100202,乙村,丑县,200,30000.01
149901100203,丙村,丑县,1,999999.99
"""
WAYS = {
    "both": [],
    "rules": ["--engine", "rules"],
    "columnar": ["--engine", "columnar"],
    "duckdb": ["--backend", "duckdb"],
}


def laid(folder: Path, most: str) -> Path:
    """A policy whose grants and poor incomes may not come to more than this."""
    policy = folder / "policy"
    shutil.copytree(BASE, policy, dirs_exist_ok=True)
    with (policy / "rules" / "floor.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[[must]]\nper = "all"\nwhen = "sum(granted) + sum(income, where=granted > 0) <= {most}"\n'
            '[[must]]\nper = "all"\nwhen = "count(where=granted == 0) == 1 and count() > 2"\n'
        )
    return policy


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("most", "code"), [("170_000.01", 0), ("170_000.00", 1)])
def test_the_whole_must_hold_to_the_fen(
    cli: Cli, tmp_path: Path, way: str, most: str, code: int
) -> None:
    policy, roster = laid(tmp_path, most), tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    if way == "duckdb":
        pytest.importorskip("duckdb", reason="duckdb is not installed")
        clean = tmp_path / "clean"
        assert cli("roster", "clean", roster, "-o", clean, "--policy", policy).code == 0
        roster = clean
    out = tmp_path / "result.csv"
    ran = cli("run", roster, "--policy", policy, "-o", out, *WAYS[way], "--lang", "en")
    assert ran.code == code, ran.err
    assert out.exists() == (code == 0)
    if code:
        said = " ".join(ran.err.split())
        assert "[FC413]" in said
        assert "sum(granted) = 100000.00, sum(income, where=granted > 0) = 70000.01" in said
        assert "count" not in said.partition("FC413")[2].partition("help")[0]


SUMS = ["--policy", "policy", "--format", "json"]


def test_what_would_stop_a_run_is_said_where_nothing_stops(cli: Cli, tmp_path: Path) -> None:
    """100,000 granted and incomes of 70,000.01 break 170,000.00: what tries things goes on and says so."""
    laid(tmp_path, "170_000.00")
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    broken = "sum(granted) = 100000.00, sum(income, where=granted > 0) = 70000.01"
    compared = cli("compare", "limit=40_000", "current", roster, *SUMS)
    [said] = json.loads(compared.out)["unmet"]
    assert said.startswith("New: ") and broken in said
    text = cli("compare", "limit=40_000", "current", roster, "--policy", "policy").out
    assert "a run would stop at this" in " ".join(text.split())
    [year] = json.loads(cli("project", roster, "--years", "2020", *SUMS).out)["years"]
    assert broken in year["unmet"][0]
    assert "2020: " in cli("project", roster, "--years", "2020", "--policy", "policy").out
    asked = ["--set", "limit=40_000:50_000:10_000"]
    first, second = json.loads(cli("grid", roster, *asked, *SUMS).out)["scenarios"]
    assert "unmet" not in first and broken in second["unmet"][0]
    assert (
        "1 scenario (the first: 2017, 50000.00)"
        in cli("grid", roster, *asked, "--policy", "policy").out
    )
    assert (
        "does not see to it that sum(granted)"
        in cli("sql", "--policy", "policy", "--lang", "en").out
    )


def test_amounts_set_by_hand_must_hold_too(cli: Cli, tmp_path: Path) -> None:
    laid(tmp_path, "170_000.01")
    roster, by_hand = tmp_path / "roster.csv", tmp_path / "by_hand.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    by_hand.write_text(
        "village,output,amount,code,reason,document,approver\n149901100201,granted,50000.01,R1,r,d,p\n",
        "utf-8",
    )
    ran = cli("run", roster, "--policy", "policy", "--overrides", by_hand, "--lang", "en")
    assert ran.code == 1 and "[FC413]" in ran.err, ran.err
    assert "sum(granted) = 100000.01" in " ".join(ran.err.split())


@pytest.mark.parametrize(("most", "proposed"), [("170_000.01", False), ("280_000.00", True)])
def test_no_change_is_proposed_that_breaks_what_must_hold(
    cli: Cli, tmp_path: Path, most: str, *, proposed: bool
) -> None:
    """丙村 with less income would be granted 50,000, which the money has to allow."""
    laid(tmp_path, most)
    floor = tmp_path / "policy" / "rules" / "floor.toml"
    text = (
        floor.read_text("utf-8")
        .replace(" and count() > 2", "")
        .replace("granted == 0) == 1", "granted == 0) < 2")
    )
    floor.write_text(text, "utf-8")
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    said = cli(
        "explain", "丙村", "--roster", roster, "--policy", "policy", "--full", "--lang", "en"
    ).out
    assert ("if Income" in " ".join(said.split())) is proposed, said
    asked = cli(
        "explain",
        "丙村",
        "--roster",
        roster,
        "--policy",
        "policy",
        "--why-not",
        "low",
        "--lang",
        "en",
    ).out
    assert ("50,000" in asked.partition("What it would take")[2]) is proposed, asked


def test_no_row_is_proposed_that_no_roster_may_have(cli: Cli, tmp_path: Path) -> None:
    laid(tmp_path, "900_000")
    village = tmp_path / "policy" / "rules" / "village.toml"
    with village.open("a", encoding="utf-8") as file:
        file.write('\n[[must]]\nwhen = "income >= 60_000 or people < 200"\n')
    roster = tmp_path / "roster.csv"
    roster.write_text(
        ROSTER.replace("乙村,丑县,200,30000.01", "乙村,丑县,200,70000"), encoding="utf-8"
    )
    said = cli(
        "explain", "乙村", "--roster", roster, "--policy", "policy", "--full", "--lang", "en"
    ).out
    assert "if Income" not in said
    roster.write_text(ROSTER, encoding="utf-8")
    wrong = " ".join(cli("run", roster, "--policy", "policy", "--lang", "zh").said.split())
    assert "[FC657]" in wrong and "收入" in wrong and "income" not in wrong


@pytest.mark.parametrize("when", ["1 > 0", "1 < 0", "true"])
def test_what_must_hold_names_something_of_the_row(cli: Cli, tmp_path: Path, when: str) -> None:
    facts = fact("income", 'unit = "yuan/year"') + f'[[must]]\nwhen = "{when}"\n'
    funds = decides("unique") + rule("paid", "income > 0", "1") + OTHERWISE
    made = policy(tmp_path, facts=facts, funds=funds)
    answer = cli(
        "run", roster(tmp_path, "村名,Fact income", "甲,1"), "--policy", made, "--lang", "en"
    )
    assert answer.code == 2 and "error[FC202]: this names nothing that a roster says" in answer.said


@pytest.mark.parametrize("when", ["1 > 0", "top > 5", "true"])
def test_what_the_whole_must_hold_rests_on_rows(cli: Cli, tmp_path: Path, when: str) -> None:
    top = """
[parameters.top]
title = { zh = "上限", en = "Top" }
source = "paper"
values = { 2020-01-01 = 10 }
"""
    funds = decides("unique") + rule("paid", "income > 0", "1") + OTHERWISE
    funds += f'\n[[must]]\nper = "all"\nwhen = "{when}"\n'
    made = policy(tmp_path, facts=fact("income", 'unit = "yuan/year"'), head=top, funds=funds)
    answer = cli("check", made, "--lang", "en")
    assert answer.code == 1 and "error[FC202]: this rests on nothing that any row has" in answer.out

"""What is said of policies that are no villages' yearly yuan: units, percentages, days, rests, nouns."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.conftest import ROOT, Cli

EXAMPLES = ROOT / "examples" / "policies"


def said(cli: Cli, *asked: object) -> str:
    answer = cli(*asked)
    assert answer.code == 0, answer.said
    return " ".join(answer.out.split())


@pytest.fixture
def laid(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """An example policy in the working directory, its roster beside it."""
    shutil.copytree(EXAMPLES / request.param, tmp_path, dirs_exist_ok=True)
    return tmp_path / "roster.csv"


@pytest.mark.parametrize("laid", ["posts"], indirect=True)
def test_a_share_is_told_in_per_cent_and_a_folded_rule_in_words(cli: Cli, laid: Path) -> None:
    """A reading that is not chosen folds its rule away."""
    for lang, folded in (("zh", "不会成立"), ("en", "never so under the readings")):
        shown = said(cli, "explain", "石门村", "--roster", laid, "--full", "--lang", lang)
        assert folded in shown and "60 %" in shown
        assert "✗ false" not in shown and " 0.6" not in shown
    assert cli("run", laid).code == 0
    assert cli("letter", "last", "石门村", "-o", "l", "--lang", "zh").code == 0


@pytest.mark.parametrize("laid", ["person_months"], indirect=True)
def test_days_and_months_read_as_they_are_said(cli: Cli, laid: Path) -> None:
    zh = said(cli, "explain", "沙口村", "--roster", laid, "--full", "--lang", "zh")
    assert "2022-12-31 当年 1 月 1 日" in zh and "那年的 1 月 1 日" in zh
    assert "12 个月" in zh and "12 月 自" not in zh
    en = said(cli, "explain", "沙口村", "--roster", laid, "--full", "--lang", "en")
    assert "12 months" in en and "12 month " not in en
    # an amount does not hide the programme's own result
    short = said(cli, "explain", "沙口村", "--roster", laid, "--lang", "zh")
    assert "计发的委员人月12" in short.replace(" ", "")


@pytest.mark.parametrize("laid", ["equalisation"], indirect=True)
def test_a_run_says_where_the_rest_of_a_pot_goes(cli: Cli, laid: Path) -> None:
    shown = said(cli, "run", laid, "--lang", "zh")
    assert re.search(r"剩余 [0-9,]+\.[0-9]{2} 元转入县（市）预备费", shown)


@pytest.mark.parametrize("laid", ["household"], indirect=True)
def test_a_ledger_of_households_lists_households(cli: Cli, laid: Path) -> None:
    ran = cli("run", laid, "--lang", "zh")
    assert ran.code == 0 and "据表头" not in ran.err  # the header says the fact's own unit
    assert "Households" in said(cli, "runs", "list") and "Villages" not in said(cli, "runs", "list")
    assert "户数" in said(cli, "runs", "list", "--lang", "zh")


def test_a_ledger_of_different_rows_lists_rows(cli: Cli, tmp_path: Path) -> None:
    for name in ("household", "posts"):
        folder = EXAMPLES / name
        assert cli("run", folder / "roster.csv", "--policy", folder).code == 0
    shown = said(cli, "runs", "list")
    assert "Rows" in shown and "Villages" not in shown and "Households" not in shown


@pytest.mark.parametrize("laid", ["household"], indirect=True)
def test_what_is_at_stake_has_its_unit(cli: Cli, laid: Path) -> None:
    assert cli("run", laid).code == 0
    zh = said(cli, "runs", "doubts", "last", "--lang", "zh")
    assert "涉及 118.63 元/月" in zh and not re.search(r"涉及 [0-9.]+ 元(?!/)", zh)
    data = json.loads(cli("runs", "doubts", "last", "--format", "json").out)
    assert data["unit"] == "yuan/month"
    assert cli("runs", "doubts", "last", "-o", "d.xlsx").code == 0


@pytest.mark.parametrize("laid", ["posts"], indirect=True)
def test_where_there_is_no_money_none_is_at_stake(cli: Cli, laid: Path) -> None:
    assert cli("run", laid).code == 0
    for lang in ("zh", "en"):
        shown = said(cli, "runs", "doubts", "last", "--lang", lang)
        assert "元" not in shown and "yuan" not in shown and "stake" not in shown

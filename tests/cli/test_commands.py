"""Help, version, init, check, test and roster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GOOD = "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000"


def test_a_bare_call_shows_help(cli: Cli) -> None:
    answer = cli()
    assert answer.code == 0
    for command in ("init", "run", "explain", "check", "test", "roster"):
        assert command in answer.out


@pytest.mark.parametrize("command", [[], ["run"], ["explain"], ["check"], ["roster", "check"]])
def test_every_command_has_help(cli: Cli, command: list[str]) -> None:
    answer = cli(*command, "--help")
    assert answer.code == 0 and "--" in answer.out


def test_version(cli: Cli) -> None:
    from fundcalc import __version__

    assert __version__ in cli("--version").out


def test_init_writes_a_policy_that_checks_and_runs(cli: Cli, tmp_path: Path, roster: Make) -> None:
    folder = tmp_path / "mine"
    assert cli("init", folder).code == 0
    assert (folder / "policies.toml").is_file() and (folder / "roster.xlsx").is_file()
    assert cli("check", folder).code == 0
    assert cli("test", folder).code == 0
    assert cli("run", roster(GOOD), "--policy", folder).code == 0
    again = cli("init", folder)
    assert again.code == 2 and again.err.count("FC005") == 1 and "nor are 17" in again.err


def test_init_spares_a_roster_that_lies_there(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "roster.xlsx").write_bytes(b"mine")
    answer = cli("init", tmp_path)
    assert answer.code == 2 and "roster.xlsx" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["roster.xlsx"]
    assert (tmp_path / "roster.xlsx").read_bytes() == b"mine"


NOTHING = "Nothing found, 4 accepted (--accepted lists them)\n"


def test_the_language_may_stand_before_the_command(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path)
    assert cli("--lang", "zh", "check", tmp_path).err.startswith("没有发现问题，另有 4 个")
    assert cli("--lang", "zh", "check", tmp_path, "--lang", "en").err == NOTHING
    assert cli("check", tmp_path).err == NOTHING


def test_the_language_may_stand_before_every_part_of_the_command(
    cli: Cli, tmp_path: Path, roster: Make
) -> None:
    assert cli("run", roster(GOOD)).code == 0
    for words in (("--lang", "zh", "runs", "list"), ("runs", "--lang", "zh", "list")):
        answer = cli(*words)
        assert answer.code == 0 and "最新存档校验码" in answer.out
    assert cli("roster", "--lang=zh", "template", "-o", tmp_path / "t.xlsx").code == 0


def test_a_mistake_in_chinese_names_the_option_without_quotes(cli: Cli) -> None:
    answer = cli("runs", "doubts", "1", "-o", "a.xlsx", "-o", "b.xlsx", "--lang", "zh")
    assert answer.code == 2 and "错误：-o / --output 的值不对：只能写一次" in answer.err


def test_a_later_value_is_set_with_what_compares_it(cli: Cli, tmp_path: Path, roster: Make) -> None:
    cli("init", tmp_path)
    source = ("--source", "people-daily-2017", "--policy", tmp_path)
    answer = cli("set", "subsidy_floor", "9_000", "--from", "2018-01-01", *source)
    command = answer.err.strip().splitlines()[-1].split()
    assert command[:2] == ["fundcalc", "compare"] and command[-1] == "ROSTER"
    compared = cli(*command[1:-1], roster(GOOD.replace(",5000", ",8500")))
    assert compared.code == 0 and "8,000.00 → 9,000.00" in compared.out
    earlier = cli("set", "subsidy_floor", "7_000", "--from", "2016-01-01", *source)
    assert earlier.err.endswith("fundcalc compare\n")


def test_an_edited_amount_is_what_is_paid(cli: Cli, tmp_path: Path, roster: Make) -> None:
    cli("init", tmp_path)
    path = tmp_path / "policies.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("200_000", "210_000"), encoding="utf-8"
    )
    answer = cli("run", roster(GOOD), "--format", "json")  # ./policies.toml is taken
    assert json.loads(answer.out)["total"]["amounts"]["guaranteed_funds"] == "210000.00"
    failed = cli("test", "--lang", "en")
    assert failed.code == 1
    assert "should be 200000.00, but is 210000.00" in failed.out


def test_check_shows_everything_at_once_with_places(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path)
    path = tmp_path / "rules" / "operating_funds.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('then = "baseline_guarantee"', 'then = "baseline_garantee"')
    text = text.replace("existing_funding, 0)", "residents, 0)")
    path.write_text(text, encoding="utf-8")
    answer = cli("check", tmp_path, "--format", "json")
    assert answer.code == 1
    found = json.loads(answer.out)
    assert [d["code"] for d in found] == ["FC203", "FC204"]
    first = found[0]
    assert text.splitlines()[first["line"] - 1][first["column"] - 1 :].startswith("baseline_g")
    assert first["hint"] == "did you mean `baseline_guarantee`?"
    assert set(first) == {
        "code", "severity", "message", "file", "line", "column", "end_column", "hint", "witness",
    }  # fmt: skip
    run = cli("run", "anything.xlsx", "--policy", tmp_path)
    assert run.code == 2 and "FC203" in run.err


def test_check_of_the_shipped_policy_finds_nothing(cli: Cli) -> None:
    answer = cli("check", "--format", "json")
    assert answer.code == 0 and json.loads(answer.out) == []


def test_the_shipped_cases_pass(cli: Cli) -> None:
    answer = cli("test", "--format", "json")
    assert answer.code == 0
    assert len(json.loads(answer.out)) >= 50


def test_roster_check(cli: Cli, roster: Make) -> None:
    assert cli("roster", "check", roster(GOOD)).code == 0
    bad = cli("roster", "check", roster(GOOD.replace("1200", "12.5")), "--format", "json")
    assert bad.code == 1
    assert json.loads(bad.out)["rejects"][0]["cell"] == "E2"


def test_roster_template_can_be_filled(cli: Cli, tmp_path: Path) -> None:
    assert cli("roster", "template", "-o", tmp_path / "t.xlsx").code == 0
    assert (tmp_path / "t.xlsx").read_bytes().startswith(b"PK")


def test_a_column_is_settled_by_hand(cli: Cli, roster: Make) -> None:
    header = "代码,村名,乡镇,县（市、区）,多少人,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
    assert cli("run", roster(GOOD, header=header)).code == 2
    for fact in ("residents", "常住人口", "Residents", "常住人口数"):  # id, titles, an alias
        assert cli("run", roster(GOOD, header=header), "--column", f"多少人={fact}").code == 0
    unknown = cli("run", roster(GOOD, header=header), "--column", "多少人=什么", "--lang", "zh")
    assert unknown.code == 2 and "可填：代码、村名" in unknown.err

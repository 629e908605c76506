"""project, show, set, fmt and schema as a person calls them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from tests.cli.test_compare import VILLAGES, golden
from tests.conftest import ROOT
from typer.main import get_command

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GROWTH = """
[parameters.baseline_guarantee.growth]
rate = "3 %"
every = "year"
after = 2018-01-01
round = { to = 1_000, direction = "half up" }
"""
COMMANDS = ("compare", "project", "show", "set", "fmt", "schema")


@pytest.fixture
def mine(cli: Cli, tmp_path: Path) -> Path:
    """An editable copy of the shipped policy."""
    cli("init", "mine")
    return tmp_path / "mine"


def test_every_command_is_documented() -> None:
    from fundcalc_cli.app import app

    text = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
    whole = get_command(app)
    for name in COMMANDS:
        section = re.search(rf"(?ms)^## fundcalc {name}\b.*?(?=^## |\Z)", text)
        assert section, name
        for option in whole.commands[name].params:  # type: ignore[attr-defined]
            for spelt in option.opts:
                if spelt.startswith("--") and spelt != "--output":
                    assert spelt in section.group(), f"{name} {spelt}"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_is_there(cli: Cli, command: str, lang: str) -> None:
    assert "--lang" in cli(command, "--help").out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_projection(
    cli: Cli, mine: Path, roster: Make, lang: str, request: pytest.FixtureRequest
) -> None:
    path = mine / "policies.toml"
    path.write_text(path.read_text(encoding="utf-8") + GROWTH, encoding="utf-8")
    answer = cli(
        "project", roster(*VILLAGES), "--years", "2018:2021", "--policy", mine, "--lang", lang
    )
    golden(f"project.{lang}.txt", answer.out, request)


def test_a_projection_is_that_of_single_runs(cli: Cli, mine: Path, roster: Make) -> None:
    path = mine / "policies.toml"
    path.write_text(path.read_text(encoding="utf-8") + GROWTH, encoding="utf-8")
    file = roster(*VILLAGES)
    years = json.loads(
        cli("project", file, "--years", "2018:2021", "--policy", mine, "--format", "json").out
    )["years"]
    assert [y["values"]["baseline_guarantee"] for y in years] == [
        "170000.00", "175000.00", "180000.00", "185000.00",
    ]  # fmt: skip
    for year in years:
        run = cli(
            "run", file, "--policy", mine, "--on", year["on"], "--no-record", "--format", "json"
        )
        amounts = json.loads(run.out)["total"]["amounts"]
        assert {id_: amounts[id_] for id_ in year["outputs"]} == year["outputs"]


def test_years_outside_all_values_name_every_parameter(cli: Cli, mine: Path, roster: Make) -> None:
    path = mine / "policies.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("{ 2017-01-01 = 8_000 }", "{ 2017-01-01 = 8_000, 2020-01-01 = false }")
    path.write_text(text, encoding="utf-8")
    answer = cli("project", roster(*VILLAGES), "--years", "2016:2021", "--policy", mine)
    assert answer.code == 2 and not answer.out
    line = text[: text.index("[parameters.subsidy_floor]")].count("\n") + 1
    assert f"mine/policies.toml:{line}:2" in answer.err
    assert "`subsidy_floor` ended on 2020-01-01" in answer.err
    assert answer.err.count("FC301") == 12


def test_projection_files(cli: Cli, roster: Make, tmp_path: Path) -> None:
    names = ["p.csv", "p.xlsx", "p.html", "p.json"]
    outputs = [part for name in names for part in ("-o", name)]
    answer = cli("project", roster(*VILLAGES), "--years", "2018:2019", *outputs, "--lang", "zh")
    assert answer.code == 0
    rows = (tmp_path / "p.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "年份,日期,项目,资金承担主体,金额（元）" and len(rows) == 1 + 2 * 5
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and "polyline" in page
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    assert book.sheetnames == ["按资金承担主体", "按项目"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show(cli: Cli, lang: str, request: pytest.FixtureRequest) -> None:
    answer = cli("show", "--lang", lang)
    golden(f"show.{lang}.txt", answer.out, request)


def test_show_puts_values_and_readings_in(cli: Cli) -> None:
    found = json.loads(
        cli(
            "show", "operating_funds", "--format", "json", "--reading", "thousand_or_more=exclusive"
        ).out
    )
    (shown,) = found["programmes"]
    tests = {rule["id"]: rule["tests"] for rule in shown["rules"]}
    assert tests == {
        "income_tested": {"collective_income": "≤ 50,000.00 yuan/year"},
        "large_village": {"residents": "> 1,000 people"},
    }
    assert shown["parameters"]["baseline_guarantee"]["since"] == "2017-01-01"


def test_show_files(cli: Cli, tmp_path: Path) -> None:
    answer = cli("show", "-o", "s.html", "-o", "s.xlsx", "-o", "s.json", "-o", "s.txt")
    assert answer.code == 0 and not answer.out
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert page.count("<section") == 8 and "<script" not in page
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    assert len(book.sheetnames) == 8
    assert cli("show", "--format", "html").out == page


def test_no_line_is_wider_than_80_columns(cli: Cli, roster: Make) -> None:
    from fundcalc.base.width import width

    texts = [cli("show", "--lang", lang).out for lang in ("zh", "en")]
    texts += [
        cli(
            "compare", "shipped", "shipped,baseline_guarantee=1", roster(*VILLAGES), "--lang", lang
        ).out
        for lang in ("zh", "en")
    ]
    texts += [
        cli("project", roster(*VILLAGES), "--years", "2018:2019", "--lang", lang).out
        for lang in ("zh", "en")
    ]
    wide = [line for text in texts for line in text.splitlines() if width(line) > 80]
    assert not wide


def test_set_writes_what_it_shows_and_is_computed_with(cli: Cli, mine: Path, roster: Make) -> None:
    before = (mine / "policies.toml").read_bytes()
    ask = ("set", "baseline_guarantee", "180_000", "--from", "2018-01-01", "--policy", mine)
    dry = cli(*ask, "--source", "people-daily-2017", "--dry-run")
    assert dry.code == 0 and (mine / "policies.toml").read_bytes() == before
    answer = cli(*ask, "--source", "people-daily-2017")
    assert answer.out == dry.out
    assert "+values = { 2017-01-01 = 170_000, 2018-01-01 = 180_000 }" in answer.out
    years = json.loads(
        cli(
            "project",
            roster(*VILLAGES),
            "--years",
            "2017:2018",
            "--policy",
            mine,
            "--format",
            "json",
        ).out
    )["years"]
    assert [y["values"]["baseline_guarantee"] for y in years] == ["170000.00", "180000.00"]
    again = cli(*ask, "--source", "people-daily-2017")
    assert again.code == 2 and "FC924" in again.err


def test_fmt(cli: Cli, mine: Path) -> None:
    assert cli("fmt", mine, "--check").code == 0
    path = mine / "rules" / "village.toml"
    tidy = path.read_text(encoding="utf-8")
    path.write_text(tidy.replace("range = [0, 1_000_000]", "range=[0,1_000_000]"), encoding="utf-8")
    check = cli("fmt", mine, "--check")
    assert check.code == 1 and "+range = [0, 1_000_000]" in check.out
    assert cli("fmt", mine).out.strip() == "mine/rules/village.toml".replace(
        "mine", mine.as_posix()
    )
    assert path.read_text(encoding="utf-8") == tidy


def test_schema(cli: Cli, tmp_path: Path) -> None:
    assert cli("schema").out.split() == ["policies", "programme", "village", "cases"]
    for kind in ("policies", "programme", "village", "cases"):
        assert cli("schema", kind).out == (ROOT / "schema" / f"{kind}.json").read_text("utf-8")
    assert len(cli("schema", "-o", "out").out.split()) == 4
    assert (tmp_path / "out" / "cases.json").is_file()

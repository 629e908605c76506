"""Days at the ends of the calendar, and days without a rule: no command makes a day that there is not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from pypdf import PdfReader
from tests.cli.clean import cleaned
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

FOUNDED = fact("founded", 'type = "date"')
LEFT = fact("left", 'type = "date"').replace("required = true\n", "")


@pytest.mark.parametrize(
    ("when", "witness"),
    [
        ("founded >= date('2000-01-01')", "1999-12-31"),
        ("founded < date('2000-01-01')", "2000-01-01"),
        ("founded != date('0001-01-01')", "0001-01-01"),
        ("founded < date('9999-12-31')", "9999-12-31"),
        ("founded == date('2004-02-29')", "2004-02-28"),
    ],
)
def test_a_day_without_a_rule_is_named(cli: Cli, tmp_path: Path, when: str, witness: str) -> None:
    policy(tmp_path, facts=FOUNDED, g=decides("unique") + rule("r", when, "100"))
    given = roster(tmp_path, "name,founded", "甲村,2001-01-01")
    for command in (
        ["run", given, "--no-record"],
        ["show"],
        ["test"],
        ["explain", "甲村", "--roster", given],
    ):
        answer = cli(*command, "--lang", "en")
        assert answer.code == 2
        assert "FC111" in answer.err and f"founded = {witness}" in answer.err
    found = cli("check", "--lang", "en")
    assert found.code == 1 and "FC111" in found.out and "founded = " in found.out


def test_every_day_has_a_rule(cli: Cli, tmp_path: Path) -> None:
    rules = rule("ever", "founded >= date('0001-01-01')", "100")
    policy(tmp_path, facts=FOUNDED, g=decides("unique") + rules)
    assert cli("run", roster(tmp_path, "name,founded", "甲村,0001-01-01"), "--no-record").code == 0


def test_a_number_without_a_range_is_not_negative(cli: Cli, tmp_path: Path) -> None:
    people = fact("people", 'unit = "person"')
    policy(tmp_path, facts=people, g=decides("unique") + rule("ever", "people >= 0", "100"))
    assert cli("run", roster(tmp_path, "name,people", "甲村,0"), "--no-record").code == 0


def test_all_commands_at_the_ends_of_the_calendar(cli: Cli, tmp_path: Path) -> None:
    rules = rule("new", "founded >= date('2000-01-01') and left > founded", "100")
    rules += rule("first", "founded < date('0001-01-02') and left != date('9999-12-31')", "50")
    policy(tmp_path, facts=FOUNDED + LEFT, g=decides("unique") + rules + OTHERWISE)
    given = roster(
        tmp_path, "name,founded,left", "甲村,0001-01-01,9999-12-31", "乙村,2001-01-01,", "丙村,9999-12-31,"
    )  # fmt: skip
    for ending in ("csv", "parquet", "xlsx", "json"):
        assert cli("run", given, "--no-record", "-o", f"out.{ending}").code == 0
    for village in ("甲村", "乙村", "丙村"):
        assert cli("explain", village, "--roster", given).code == 0
        assert cli("explain", village, "--roster", given, "--why-not", "new").code == 0
    assert "founded = 0001-01-01" in cli("test", "--suggest").out
    assert cli("test", "--coverage", "--lang", "en").code == 1
    assert "[FC728]: the date `left`" in cli("check").out
    assert cli("roster", "template", "-o", "empty.xlsx").code == 0


STARTS = """hit_policy = "first"
output = "starts"
type = "date"
""" + rule("old", "founded < date('2000-01-01')", "max(founded, date(1990, 6, 30))") + """
[otherwise]
id = "young"
value = 2000-01-31
[[also]]
id = "ends"
title = { zh = "到期日", en = "Ends" }
type = "date"
value = "min(left, '2020-12-31')"
[[also]]
id = "first"
title = { zh = "最早", en = "First" }
type = "date"
value = "least(starts)"
[[also]]
id = "served"
title = { zh = "月数", en = "Months" }
unit = "month"
value = "months(starts, ends)"
"""  # fmt: skip
DAYS = [
    ("甲村", "1990-06-30", "2020-02-29", "356"),
    ("乙村", "2000-01-31", "2020-12-31", "251"),
    ("丙村", "1999-12-31", "2020-12-30", "251"),
]


@pytest.fixture
def starts(tmp_path: Path) -> Path:
    policy(tmp_path, facts=FOUNDED + LEFT, s=STARTS)
    return roster(
        tmp_path, "name,founded,left", "甲村,1989-01-01,2020-02-29", "乙村,2001-01-01,2030-01-01",
        "丙村,1999-12-31,2020-12-30",
    )  # fmt: skip


@pytest.mark.parametrize("way", ["rules", "columnar", "duckdb"])
def test_an_output_may_be_a_day(cli: Cli, tmp_path: Path, starts: Path, way: str) -> None:
    given = cleaned(cli, starts) if way == "duckdb" else starts
    how = ["--backend", "duckdb"] if way == "duckdb" else ["--engine", way]
    assert cli("run", given, *how, "-o", "out.csv", "--no-record").code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["name"], r["starts"], r["ends"], r["served"]) for r in rows] == DAYS
    assert {row["first"] for row in rows} == {"1990-06-30"}


def test_days_stand_on_paper_and_in_files(cli: Cli, tmp_path: Path, starts: Path) -> None:
    assert cli("run", starts, "-o", "out.xlsx", "-o", "out.json", "-o", "out.parquet").code == 0
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))["villages"]
    assert [(one["name"], one["starts"], one["ends"], one["served"]) for one in found] == DAYS
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    shown = {
        str(cell.value)[:10]
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    }
    assert {day for row in DAYS for day in row[1:3]} <= shown
    assert str(pl.read_parquet(tmp_path / "out.parquet")["ends"][0]) == "2020-02-29"
    said = cli("explain", "甲村", "--run", "last").out
    assert "1990-06-30" in said
    assert cli("letter", "last", "甲村", "-o", "l").code == 0
    [letter] = (tmp_path / "l").glob("*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(letter).pages)
    assert "1990-06-30" in text and "2020-02-29" in text
    for command in (
        ["compare", "2020-01-01", "2021-01-01", starts],
        ["project", starts, "--years", "2020"],
    ):
        assert cli(*command).code == 0
    assert cli("show", "s", "-o", "s.json").code == 0


@pytest.mark.parametrize("wrong", ["max(founded, 3)", "max(founded, '2020-02-30')", "founded", "3"])
def test_what_is_no_day_is_told(cli: Cli, tmp_path: Path, wrong: str) -> None:
    kind = "" if wrong == "founded" else 'type = "date"\n'
    text = STARTS.replace("max(founded, date(1990, 6, 30))", wrong)
    policy(tmp_path, facts=FOUNDED + LEFT, s=text.replace('type = "date"\n', kind, 1))
    said = cli("check")
    assert said.code in (1, 2) and "rules/s.toml" in said.said


BORN = fact("born", 'type = "date"') + fact("began", 'type = "date"')


def test_what_must_hold_is_not_asked_of_a_day_that_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    must = '\n[[must]]\nwhen = "years(born, began) >= 16"\n'
    policy(
        tmp_path,
        facts=BORN + must,
        g=decides("unique") + rule("r", "born < began", "100") + OTHERWISE,
    )
    rows = ("甲,1990-01-01,2010-01-01", "乙,不详,2011-01-01", "丙,2000-01-01,2011-01-01")
    answer = cli("run", roster(tmp_path, "name,born,began", *rows), "--no-record", "--lang", "en")
    assert answer.code == 1
    assert "FC631" in answer.err + answer.out and "FC657" in answer.err + answer.out


def test_what_must_hold_of_a_row_does_not_ask_for_the_day_of_the_values(
    cli: Cli, tmp_path: Path
) -> None:
    must = '\n[[must]]\nwhen = "born <= on"\n'
    policy(
        tmp_path,
        facts=BORN + must,
        g=decides("unique") + rule("r", "born < began", "100") + OTHERWISE,
    )
    given = roster(tmp_path, "name,born,began", "甲,1990-01-01,2010-01-01")
    for command in (["check"], ["run", given, "--no-record"]):
        answer = cli(*command, "--lang", "zh")
        said = "".join((answer.out + answer.err).split())
        assert answer.code in (1, 2) and "FC203" in said
        assert "执行日期" in said and "date(2024,12,31)" in said


@pytest.mark.parametrize(
    ("hit", "said_of"),
    [
        ("unique", "allows one rule, but `old` and `new` overlap"),
        ("any", "give one village different results"),
    ],
)
def test_rules_that_clash_on_another_day_are_found(
    cli: Cli, tmp_path: Path, hit: str, said_of: str
) -> None:
    old = rule("old", "income > 50", "100") + "until = 2021-12-31\n"
    new = rule("new", "income > 20", "200") + "from = 2021-06-01\n"
    facts = fact("income", 'unit = "yuan/year"', "range = [0, 1_000]")
    made = policy(tmp_path, facts=facts, funds=decides(hit) + old + new + OTHERWISE)
    said = " ".join(cli("check", "--policy", made, "--lang", "en").said.split())
    assert "warning[FC718]: from 2021-06-01 on" in said and said_of in said, said
    apart = new.replace("2021-06-01", "2022-01-01")
    made = policy(tmp_path, facts=facts, funds=decides(hit) + old + apart + OTHERWISE)
    assert "FC718" not in cli("check", "--policy", made, "--lang", "en").said


def test_a_day_out_of_range_is_told_with_days(cli: Cli, tmp_path: Path) -> None:
    facts = fact("born", 'type = "date"', "range = [1950-01-01, 2016-12-31]")
    funds = decides("unique") + rule("paid", "born > date('2000-01-01')", "200") + OTHERWISE
    made = policy(tmp_path, facts=facts, funds=funds)
    people = roster(tmp_path, "村名,Fact born", "甲,2019-05-05")
    said = cli("run", people, "--policy", made, "--no-record", "--lang", "en").said
    assert "outside 1950-01-01 to 2016-12-31" in said, said


@pytest.mark.parametrize(
    ("after", "values", "asked"),
    [
        ("2118-01-01", "{ 2018-01-01 = 100 }", "grows for the first time on 2119-01-01"),
        ("2021-01-01", "{ 2018-01-01 = 100, 2022-01-01 = false }", "never grows"),
        ("2020-01-01", "{ 2018-01-01 = 100, 2022-01-01 = false }", ""),
        ("2025-01-01", "{ 2018-01-01 = 100 }", ""),
    ],
)
def test_growth_that_never_begins_is_asked_about(
    cli: Cli, tmp_path: Path, after: str, values: str, asked: str
) -> None:
    head = f"""
[parameters.base]
title = {{ zh = "基数", en = "Base" }}
unit = "yuan/year"
source = "paper"
values = {values}
[parameters.base.growth]
rate = "3 %"
every = "year"
after = {after}
round = {{ to = 1, direction = "half up" }}
"""
    funds = decides("unique") + rule("paid", "true", "base") + OTHERWISE
    made = policy(tmp_path, head=head, funds=funds)
    said = " ".join(cli("check", "--policy", made, "--lang", "en").said.split())
    assert ("FC116" in said) == bool(asked) and asked in said, said

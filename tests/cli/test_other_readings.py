"""A reading that is not chosen never refuses a run: notes, papers and `check` name it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from tests.cli.clean import for_engine
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, READING, YUAN, decides, fact, policy, roster, rule

INCOME = fact("income", YUAN, "range = [-1_000, 1_000_000]")
FACTS = (
    '\n[facts.county]\ntitle = { zh = "县", en = "County" }\ntype = "text"\nrequired = true\n'
    + INCOME
    + fact("people", 'unit = "person"', "range = [0, 1_000]")
)
CHOSEN = rule("low", "income < 50_000", "100")
OTHER = "edge == 'yes'"
PARAMETER = """
[parameters.later]
title = { zh = "以后的标准", en = "Later" }
unit = "yuan/year"
source = "paper"
values = { 2030-01-01 = 7 }
"""


@dataclass(frozen=True)
class Kind:
    """A way to fail under the other reading, and what `check` says of it beforehand."""

    rules: str
    run: str
    check: str
    head: str = ""


def shares(what: str) -> str:
    return (
        CHOSEN
        + f'\n[[rule]]\nid = "high"\nsource = "paper"\nwhen = "income >= 50_000"\nshare = {what}\n'
    )


KINDS = {
    "unique met twice": Kind(
        decides("unique") + rule("low", f"income < 50_000 or {OTHER}", "1")
        + rule("high", "income >= 50_000", "2"), "FC401", "FC701"),
    "any disagrees": Kind(
        decides("any") + CHOSEN + rule("one", OTHER, "7") + OTHERWISE, "FC402", "FC702"),
    "any text disagrees": Kind(
        decides("any", unit='type = "text"\n') + rule("low", "income < 50_000", "'a'")
        + rule("one", OTHER, "'b'") + '\n[otherwise]\nid = "none"\nvalue = "\'c\'"\n', "FC402", "FC702"),
    "gap": Kind(
        decides("first") + rule("low", "income < 50_000 or edge == 'no'", "1"), "FC111", "FC111"),
    "gap in a sum": Kind(
        decides("collect sum") + rule("low", f"not ({OTHER} and people > 3)", "1"), "FC111", "FC111"),
    "division by zero": Kind(
        decides("collect max")
        + rule("low", "income < 50_000",
               "round(income / (people if edge == 'yes' else 2 + 0 * people), 1, 'down') * people")
        + OTHERWISE, "FC406", "FC715"),
    "division by zero in a condition": Kind(
        decides("collect count", unit="")
        + rule("low", f"{OTHER} and round(income * 3 / people, 1, 'down') * people > 5", "1")
        .replace('then = "1"\n', "")
        + OTHERWISE, "FC406", "FC715"),
    "overflow": Kind(
        decides("unique")
        + rule("low", "income < 50_000", f"9_000_000_000_000_000 if {OTHER} and income > 0 else 1")
        + OTHERWISE
        + '\n[[also]]\nid = "more"\nunit = "yuan/year"\nvalue = "granted * 1_000_000"\n', "FC404", "FC712"),
    "negative weight": Kind(
        decides("unique") + shares(
            '{ pool = "500", per = "county", by = "income - 90_000 if edge == \'yes\' else 1 * income" }'),
        "FC405", "FC714"),
    "negative cap": Kind(
        decides("unique") + shares(
            '{ pool = "500", per = "all", by = "income",'
            ' at_most = "-income if edge == \'yes\' else income" }'),
        "FC405", "FC714"),
    "negative pool": Kind(
        decides("unique") + shares(
            '{ pool = "sum(income) - (999_999 if edge == \'yes\' else 0)", per = "county", by = "1" }'),
        "FC405", "FC714"),
    "no value on the day": Kind(
        decides("unique") + rule("low", "income < 50_000", f"later if {OTHER} else 1") + OTHERWISE,
        "FC301", "FC301", PARAMETER),
}  # fmt: skip
VILLAGES = ["甲村,甲县,100,0", "乙村,甲县,60000,5", "丙村,乙县,70000,2"]
ENGINES = [["--engine", "rules"], ["--engine", "columnar"], ["--backend", "duckdb"], []]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """A policy that fails under the other reading, and a roster that shows it."""
    found = KINDS[request.param]
    policy(tmp_path, facts=FACTS, head=READING + found.head, g=found.rules)
    roster(tmp_path, "name,county,income,people", *VILLAGES)
    return found


def table(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_refused_once_it_is_chosen(cli: Cli, kind: Kind) -> None:
    answer = cli("run", "roster.csv", "--reading", "edge=yes", "--no-record")
    assert answer.code == 2 and f"[{kind.run}]" in answer.err


@pytest.mark.parametrize("how", ENGINES, ids=" ".join)
def test_every_engine_computes_and_names_it(cli: Cli, kind: Kind, how: list[str]) -> None:
    given = for_engine(cli, Path("roster.csv"), how)
    answer = cli("run", given, "--no-record", "-o", "out.csv", "--lang", "en", *how)
    assert answer.code == 0
    assert "[FC408]" in answer.err and "[edge=yes]" in answer.err.replace("\n  ", " ")
    assert "Without a result under “it does”: " in answer.out.replace("\n  ", " ")
    said = json.loads(cli("run", given, "--no-record", "--format", "json", *how).out)
    assert [(one["reading"], one["option"]) for one in said["undecided_readings"]] == [
        ("edge", "yes")
    ]
    assert said["hinges"] == {}
    rows = table("out.csv")
    assert [row["name"] for row in rows] == ["甲村", "乙村", "丙村"]
    cli("run", "roster.csv", "--no-record", "-o", "chosen.csv", "--engine", "rules")
    assert rows == table("chosen.csv")


def test_all_that_is_made_of_a_run_names_it(cli: Cli, kind: Kind) -> None:
    assert cli("run", "roster.csv", "-o", "x.xlsx", "-o", "x.json", "-o", "x.parquet").code == 0
    shown = cli("runs", "show", "last", "--lang", "en")
    assert shown.code == 0 and "[edge=yes]: " in shown.out
    for source in (["--roster", "roster.csv"], ["--run", "last"]):
        told = cli("explain", "乙村", *source, "--lang", "en")
        assert "Without a result under “it does”: " in told.out.replace("\n", " ")
        told = cli("explain", "乙村", *source, "--lang", "en", "--full")
        assert told.code == 0 and "[edge=yes]" in told.out
        data = json.loads(cli("explain", "乙村", *source, "--format", "json").out)
        assert [one["option"] for one in data["undecided_readings"]] == ["yes"]
    assert cli("report", "last", "-o", "r.html", "--lang", "en").code == 0
    page = Path("r.html").read_text(encoding="utf-8")
    assert "no result: " in page
    assert cli("letter", "last", "-o", "letters").code == 0
    assert cli("runs", "verify").code == 0
    assert cli("runs", "export", "last", "pack").code == 0
    assert cli("runs", "near", "last").code == 0


def test_comparing_and_projecting_rest_on_the_chosen(cli: Cli, kind: Kind) -> None:
    assert cli("compare", "current", "current,2021-01-01", "roster.csv").code == 0
    assert cli("project", "roster.csv", "--years", "2020:2021").code == 0
    assert cli("grid", "roster.csv", "--years", "2020:2021").code == 0
    assert cli("show").code == 0
    assert cli("sql").code == 0


def test_the_printed_statement_gives_the_chosen(cli: Cli, kind: Kind) -> None:
    statement = cli("sql").out
    assert cli("run", "roster.csv", "--no-record", "-o", "x.parquet", "--engine", "rules").code == 0
    with duckdb.connect() as connection:
        connection.execute("CREATE VIEW roster AS SELECT * FROM read_csv('roster.csv')")
        connection.execute(
            f"COPY ({statement.strip().rstrip(';')}) TO 'y.parquet' (FORMAT parquet)"
        )
    found = pl.read_parquet("y.parquet").drop("flags").sort("name")
    assert found.equals(pl.read_parquet("x.parquet").drop("flags").sort("name"))


def test_check_finds_it_beforehand(cli: Cli, kind: Kind) -> None:
    answer = cli("check", "--lang", "en", "--format", "json")
    assert answer.code == 1
    found = [one for one in json.loads(answer.out) if one["code"] == kind.check]
    assert found and "edge = yes" in found[0]["message"]


def test_a_sound_other_reading_is_no_matter(cli: Cli, tmp_path: Path) -> None:
    rules = decides("unique") + rule("low", f"income < 50_000 or {OTHER}", "1") + OTHERWISE
    policy(tmp_path, facts=FACTS, head=READING, g=rules)
    given = roster(tmp_path, "name,county,income,people", *VILLAGES)
    answer = cli("run", given, "--no-record", "--format", "json")
    assert answer.code == 0 and "FC408" not in answer.err
    data = json.loads(answer.out)
    assert data["undecided_readings"] == [] and data["hinges"] == {"edge": 2}

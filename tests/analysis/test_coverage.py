"""What cases reach, the cases that are suggested, and cases kept in tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import z3
from openpyxl import Workbook

from fundcalc import api
from tests.analysis.laid import SMALL
from tests.cli.small import OTHERWISE, decides, fact, policy, rule
from tests.conftest import ROOT, Cli

CASE = """
[[case]]
name = "At the limit"
village = { people = 1, income = 50_000 }
expect = { granted = 50_000 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    (tmp_path / "rules" / "cases").mkdir()
    return tmp_path


def test_the_shipped_cases_reach_everything() -> None:
    _, outcomes, reached = api.test_with_coverage(ROOT)
    assert not [o for o in outcomes if o.failures]
    assert [line.en for line in api.coverage_text(reached)[1]] == []
    assert all(reached.totals[kind] > 20 for kind in ("rule", "condition", "edge"))


def test_what_one_case_leaves_out(folder: Path) -> None:
    (folder / "rules" / "cases" / "one.toml").write_text(CASE, encoding="utf-8")
    _, _, reached = api.test_with_coverage(folder)
    said = "\n".join(line.en for line in api.coverage_text(reached)[1])
    assert "floor.none: applies" in said and "floor.low: does not apply" in said
    assert "floor.low: applies" not in said
    assert "`income <= limit` is false" in said and "`income <= limit` is true" not in said
    assert "`income` of 50000.01" in said and "`income` of 49999.99" in said
    assert "`income` of 50000.00 (under edge = no)" in said
    assert "`income` of 50000.00\n" not in said
    assert "visits.size: `people` of 999" in said


def test_suggested_cases_pass_and_reach_everything(folder: Path) -> None:
    policy, _, reached = api.test_with_coverage(folder)
    assert len(reached.missing) > 20
    text = api.suggested_cases(policy, reached)
    assert "49999.99" in text and "50000.01" in text and "待核对 computed" in text
    (folder / "rules" / "cases" / "suggested.toml").write_text(text, encoding="utf-8")
    _, outcomes, again = api.test_with_coverage(folder)
    assert outcomes and not [o for o in outcomes if o.failures]
    assert [line.en for line in api.coverage_text(again)[1]] == []


def test_suggestions_for_a_policy_with_pools_and_lists(tmp_path: Path) -> None:
    shutil.copy(ROOT / "policies.toml", tmp_path)
    shutil.copytree(ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("cases"))
    policy, _, reached = api.test_with_coverage(tmp_path)
    (tmp_path / "rules" / "cases").mkdir()
    text = api.suggested_cases(policy, reached)
    (tmp_path / "rules" / "cases" / "all.toml").write_text(text, encoding="utf-8")
    _, outcomes, again = api.test_with_coverage(tmp_path)
    assert not [o for o in outcomes if o.failures]
    assert [line.en for line in api.coverage_text(again)[1]] == []


def test_the_command(folder: Path, cli: Cli) -> None:
    (folder / "rules" / "cases" / "one.toml").write_text(CASE, encoding="utf-8")
    assert cli("test").code == 0
    assert cli("test", "--coverage").said.startswith("exit 1\nrules/floor.toml:")
    data = json.loads(cli("test", "--coverage", "--format", "json").out)
    assert data["coverage"]["rule"]["reached"] < data["coverage"]["rule"]["of"]
    assert {"kind", "programme", "rule", "missing", "file", "line"} == set(data["missing"][0])
    assert "[[case]]" in cli("test", "--suggest", "--lang", "zh").out
    (
        folder / "rules" / "cases" / "more.toml"
    ).touch()  # as a shell does before `> more.toml` is filled
    assert "[[case]]" in cli("test", "--suggest").out
    assert cli("check").said == "exit 0\nNothing found, 1 accepted (--accepted lists them)\n"


TABLE = [
    ["case", "村名", "县", "人口", "Income", "软弱", "expect:granted", "visited_for", "fired:floor",
     "reading:edge", "on", "hinges_on"],
    ["at the limit", "甲村", "子县", "1", "50,000.00", "否", "50000", "[]", "low", "", "", "edge"],
    ["read otherwise", "", "", "1", "50000", "", "0", "", "none", "no", "2017-06-30", ""],
    ["two villages", "", "", "1000", "0", "√", "", "weakness+size", "", "", "", ""],
    ["two villages", "", "", "999", "1", "", "", "[]", "", "", "", ""],
]  # fmt: skip


def write(table: list[list[str]], path: Path) -> None:
    if path.suffix == ".csv":
        lines = [",".join(f'"{cell}"' for cell in row) for row in table]
        encoding = "gb18030" if "gb" in path.stem else "utf-8-sig"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in table:
        sheet.append(
            [float(c.replace(",", "")) if c[:1].isdigit() and "-" not in c else c for c in row]
        )
    book.save(path)


@pytest.mark.parametrize("name", ["cases.csv", "gb.csv", "cases.xlsx"])
def test_cases_in_a_table(folder: Path, name: str) -> None:
    write(TABLE, folder / "rules" / "cases" / name)
    outcomes = api.test(folder)
    assert [o.case.name for o in outcomes] == ["at the limit", "read otherwise", "two villages"]
    assert [len(o.case.villages) for o in outcomes] == [1, 1, 2]
    assert not [o for o in outcomes if o.failures]
    assert api.check(folder, None, {}) == []


def test_a_failing_cell_is_named(folder: Path) -> None:
    table = [*TABLE[:1], [*TABLE[1][:6], "49999.99", *TABLE[1][7:]]]
    write(table, folder / "rules" / "cases" / "cases.csv")
    (outcome,) = api.test(folder)
    (failure,) = outcome.failures
    assert failure.code == "FC801"
    assert failure.where.file.endswith("rules/cases/cases.csv!G2")


@pytest.mark.parametrize(
    ("header", "cell", "code", "place"),
    [
        ("人口", "1", "FC107", "C1"),
        ("收入线？", "1", "FC802", "A1"),
        ("expect:grant", "1", "FC802", "A2"),
        ("fired:floor", "lowest", "FC802", "A2"),
        ("wrong", "1", "FC802", "A1"),
        ("软弱", "perhaps", "FC115", "A2"),
    ],
)
def test_a_wrong_table(folder: Path, header: str, cell: str, code: str, place: str) -> None:
    write([[header, "income", "people"], [cell, "1", "1"]], folder / "rules" / "cases" / "t.csv")
    found = api.check(folder, None, {})
    assert (code, True) in {(d.code, d.where.file.endswith(f"t.csv!{place}")) for d in found}


def test_a_table_that_is_none(folder: Path) -> None:
    (folder / "rules" / "cases" / "t.xlsx").write_bytes(b"no workbook")
    assert [d.code for d in api.check(folder, None, {})] == ["FC805"]


def test_a_masked_comparison_shows_nothing_and_expressions_have_edges(folder: Path) -> None:
    rules = folder / "rules" / "visits.toml"
    text = rules.read_text(encoding="utf-8")
    when = 'when = "weak and income < (limit if people > 5 else 2 * limit)"'
    rules.write_text(text.replace('when = "weak"', when), encoding="utf-8")
    case = folder / "rules" / "cases" / "one.toml"
    masked = CASE.replace("granted = 50_000", "visited_for = []").replace("50_000", "100_000")
    case.write_text(masked, encoding="utf-8")
    said = "\n".join(line.en for line in api.coverage_text(api.test_with_coverage(folder)[2])[1])
    edge = "equal to `limit if people > 5 else 2 * limit`"
    assert edge in said and "2 * limit)` is false" in said and "just below" in said
    case.write_text(
        masked.replace("income = 100_000", "income = 100_000, weak = true"), encoding="utf-8"
    )
    policy, _, reached = api.test_with_coverage(folder)
    said = "\n".join(line.en for line in api.coverage_text(reached)[1])
    assert edge not in said and "2 * limit)` is false" not in said
    assert "just below" in said and "just above" in said
    more = folder / "rules" / "cases" / "more.toml"
    more.write_text(api.suggested_cases(policy, reached), encoding="utf-8")
    _, outcomes, again = api.test_with_coverage(folder)
    assert not [o for o in outcomes if o.failures] and not again.missing


RATES = """
[tables.rate]
title = { zh = "标准", en = "Rate" }
keys = ["place", "people"]
unit = "yuan/(person·year)"
source = "paper"
rows = [{ place = "甲", people = "0..9", value = 5 }, { place = "甲", people = "10..19", value = 7 },
        { place = "甲", people = "20..", value = 9 }, { place = "乙", people = "0..", value = 4 }]
"""


def test_both_sides_of_where_a_row_of_a_table_ends_are_to_be_shown(
    tmp_path: Path, cli: Cli
) -> None:
    facts = fact("place", 'type = "text"', 'options = ["甲", "乙"]')
    facts += fact("people", 'unit = "person"', "range = [0, 40]")
    text = decides("first") + rule("r", "people > 3", "rate[place, people] * people") + OTHERWISE
    policy(tmp_path, facts=facts, head=RATES, g=text)
    case = '[[case]]\nname = "first"\nvillage = { place = "甲", people = 10 }\nexpect = { granted = 70 }\n'
    cases = tmp_path / "rules" / "cases"
    cases.mkdir()
    (cases / "one.toml").write_text(case, encoding="utf-8")
    asked = [
        line
        for line in cli("test", tmp_path, "--coverage").said.splitlines()
        if "looked up" in line
    ]
    assert [line.split("`")[1] for line in asked] == ["rate[甲, 9]", "rate[甲, 19]", "rate[甲, 20]"]
    suggested = cli("test", tmp_path, "--suggest").out
    (cases / "more.toml").write_text(suggested, encoding="utf-8")
    assert cli("test", tmp_path, "--coverage").code == 0


def test_what_no_case_is_found_for_is_said_with_the_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, _, reached = api.test_with_coverage(folder)
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    text = api.suggested_cases(policy, reached)
    assert "[[case]]" not in text
    assert text.count("none suggested, z3 came to no conclusion") == len(reached.missing)

"""What may be added is added, and nothing else; counts and grades stand wherever money does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from tests.cli import small
from tests.cli.clean import cleaned
from tests.cli.conftest import Cli

KINDS = {
    "basic": ("基本补助", 'unit = "yuan/year"\npayer = "city"', "30_000", "20_000"),
    "monthly": ("月补贴", 'unit = "yuan/month"\npayer = "city"', "500", "400"),
    "standard": ("人均标准", 'unit = "yuan/person"\npayer = "city"', "250", "200"),
    "posts": ("职数", 'unit = "person"', "4", "3"),
    "grade": ("等级", 'type = "text"', "\"'甲等'\"", "\"'乙等'\""),
}
POLICY = """
[policy]
id = "kinds"
title = {{ zh = "测试", en = "Test" }}
on = 2020-12-31
programmes = {programmes}
[sources.s]
title = {{ zh = "通知", en = "Notice" }}
[payers.city]
title = {{ zh = "市财政", en = "City" }}
[parameters.edge]
title = {{ zh = "分界", en = "Edge" }}
unit = "person"
source = "s"
values = {{ 2020-01-01 = 1_500, 2022-01-01 = 1_600 }}
"""
FACTS = """
[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
"""
PROGRAMME = """
[programme]
id = "{id}"
title = {{ zh = "{title}", en = "{id}" }}
hit_policy = "first"
output = "{id}"
{kind}
[[rule]]
id = "large"
when = "people >= edge"
then = {high}
source = "s"
[otherwise]
id = "small"
value = {low}
"""
ROSTER = "村名,县,人口\n一村,甲县,1499\n二村,甲县,1500\n三村,乙县,2000\n"


@pytest.fixture
def kinds(tmp_path: Path) -> Any:
    """A policy with some of the kinds of results, and its roster, in the working directory."""

    def make(*some: str) -> None:
        (tmp_path / "rules").mkdir()
        listed = json.dumps(list(some))
        (tmp_path / "policies.toml").write_text(POLICY.format(programmes=listed), "utf-8")
        (tmp_path / "rules/village.toml").write_text(FACTS, "utf-8")
        (tmp_path / "r.csv").write_text(ROSTER, "utf-8")
        for id_ in some:
            title, kind, high, low = KINDS[id_]
            text = PROGRAMME.format(id=id_, title=title, kind=kind, high=high, low=low)
            (tmp_path / f"rules/{id_}.toml").write_text(text, "utf-8")

    return make


def data(answer: Any) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


BY_UNIT = [
    {"payer": "city", "unit": "yuan/year", "amount": "80000.00"},
    {"payer": "city", "unit": "yuan/month", "amount": "1400.00"},
]


@pytest.mark.parametrize("backend", [(), ("--backend", "duckdb")], ids=str)
def test_a_run_keeps_units_apart(
    cli: Cli, kinds: Any, tmp_path: Path, backend: tuple[str, ...]
) -> None:
    kinds(*KINDS)
    given: Path = tmp_path / "r.csv"
    if backend:
        given = cleaned(cli, given)
    found = data(cli("run", given, *backend, "--format", "json"))
    assert found["totals"] == BY_UNIT and found["payers"] == {}
    assert found["total"]["amounts"] == {
        "basic": "80000.00", "monthly": "1400.00", "posts": "11",
    }  # fmt: skip
    assert found["results"] == {
        "standard": {"250.00": 2, "200.00": 1}, "grade": {"甲等": 2, "乙等": 1},
    }  # fmt: skip
    said = cli("run", given, *backend, "--lang", "zh").out
    for line in ("合计 80,000.00 元/年：市财政 80,000.00", "合计 1,400.00 元/月", "职数 11 人"):
        assert line in said
    assert "等级（村数）：甲等 2，乙等 1" in said and "81,400" not in said


def test_the_sheet_to_sign_has_counts_and_grades_and_a_sum_a_unit(
    cli: Cli, kinds: Any, tmp_path: Path
) -> None:
    kinds(*KINDS)
    assert cli("run", "r.csv", "-o", "s.xlsx", "--lang", "zh").code == 0
    book = openpyxl.load_workbook(tmp_path / "s.xlsx", data_only=True)
    counties, villages = (
        {str(cell): list(row) for row in sheet.iter_rows(values_only=True) for cell in row if cell}
        for sheet in book.worksheets[:2]
    )
    sums = [cell for cell in counties["合计"] if isinstance(cell, int | float)]
    assert sums == [3, 80000, 1400, 11, 80000, 1400, 2, 1, 2, 1]
    assert "甲等" in villages["二村"] and 4 in villages["二村"]
    texts = [*counties, *villages]
    assert any("捌万元整" in text for text in texts)
    assert any("壹仟肆佰元整（小写）1,400.00 元/月" in text for text in texts)
    assert not any("捌万壹仟" in text for text in texts)


def test_a_comparison_says_which_posts_and_grades_change(cli: Cli, kinds: Any) -> None:
    kinds("posts", "grade")
    compare = ("compare", "current", "edge=1_600", "r.csv")
    found = data(cli(*compare, "--format", "json"))
    assert found["changed"] and found["units"][0]["unit"] == "person"
    total = found["total"]
    assert (total["old"], total["new"], total["change"]) == ("11", "10", "-1")
    [mover] = found["movers"]
    assert (mover["village"]["name"], mover["old"], mover["new"]) == ("二村", "4", "3")
    moves = [{"from": "甲等", "to": "乙等", "villages": 1}]
    assert found["changes"]["grade"]["moves"] == moves
    assert found["changes"]["grade"]["who"][0]["village"]["name"] == "二村"
    said = cli(*compare, "--lang", "zh").out
    assert "职数 11 → 10 人" in said and "二村 (甲县)：4 → 3  -1" in said
    assert "等级：1 个村有变（甲等 → 乙等：1 个）" in said and "元" not in said
    assert cli(*compare, "--stop-over", "50 %").code == 0
    assert cli(*compare, "--stop-over", "10 %").code == 1


def test_a_change_of_a_grade_alone_is_a_change(cli: Cli, kinds: Any, tmp_path: Path) -> None:
    kinds("grade")
    compare = ("compare", "current", "edge=1_600", "r.csv", "-o", "c.xlsx", "-o", "c.html")
    answer = cli(*compare, "--stop-over", "10 %", "--lang", "zh")
    assert answer.code == 1 and "没有差别" not in answer.out
    sheets = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert ("二村 (甲县)" in answer.out) and "甲等 → 乙等" in (tmp_path / "c.html").read_text(
        "utf-8"
    )
    assert any("甲等" in row for row in sheets["其他结果"].iter_rows(values_only=True))
    same = cli("compare", "current", "current", "r.csv", "--lang", "zh").out
    assert "没有差别：3 个村的结果都相同" in same


def test_a_projection_keeps_units_apart(cli: Cli, kinds: Any) -> None:
    kinds(*KINDS)
    years = data(cli("project", "r.csv", "--years", "2021:2022", "--format", "json"))["years"]
    assert [[one["total"] for one in year["units"]] for year in years] == [
        ["80000.00", "1400.00", "11"], ["70000.00", "1300.00", "10"],
    ]  # fmt: skip
    assert [year["results"]["grade"] for year in years] == [
        {"甲等": 2, "乙等": 1}, {"甲等": 1, "乙等": 2},
    ]  # fmt: skip


def test_letters_and_notices_of_a_count_say_nothing_of_money(
    cli: Cli, kinds: Any, tmp_path: Path
) -> None:
    kinds("posts", "grade")
    assert cli("run", "r.csv").code == 0
    assert cli("letter", "last", "一村", "-o", "l", "--lang", "zh").code == 0
    [letter] = (tmp_path / "l").glob("*.pdf")
    said = "".join(page.extract_text() for page in PdfReader(letter).pages)
    assert "3 人" in said and "乙等" in said
    assert not any(word in said for word in ("金额", "大写", " 元", "元/"))


def test_what_is_at_stake_is_of_one_unit_and_says_so(cli: Cli, kinds: Any) -> None:
    """一村, at 1,499, would get 10,000 a year and 100 a month more; the months do not add up with it."""
    kinds("basic", "monthly")
    assert cli("run", "r.csv").code == 0
    said = " ".join(cli("runs", "doubts", "last", "--lang", "en").out.split())
    assert "counts amounts in yuan only" in said and "10,000.00 yuan at stake" in said
    assert "10,100" not in said and " 100.00 yuan at stake" not in said


def test_recorded_totals_have_their_units(kinds: Any, cli: Cli) -> None:
    kinds("basic", "monthly", "posts", "grade")
    assert cli("run", "r.csv").code == 0
    [run] = json.loads(cli("runs", "list", "--format", "json").out)
    assert run["totals"].keys() == run["units"].keys()
    assert run["units"] == {"basic": "yuan/year", "monthly": "yuan/month"}


def test_a_public_count_beside_money_has_a_total(cli: Cli, tmp_path: Path) -> None:
    posts = """
[[also]]
id = "posts"
title = { zh = "岗位数", en = "Posts" }
unit = "person"
value = "2 * person if heads > 1 else 1 * person"
"""
    facts = small.fact("heads", 'unit = "person"', "range = [0, 100]")
    amount = small.decides("unique") + small.rule("each", "heads > 0", "10")
    for public, total in (("", False), ("public = true\n", True)):
        made = small.policy(
            tmp_path / f"made{total}", facts=facts,
            funds=amount + small.OTHERWISE + posts + public,
        )  # fmt: skip
        path = small.roster(tmp_path, "name,Fact heads", "甲,1", "乙,3")
        said = cli("run", path, "--policy", made, "--no-record", "--lang", "en").out
        assert ("Posts 3 people" in said) is total, said
        assert "Programme funds 20.00 yuan/year" in said, said

"""Page 2: how each column is read, what one click settles, which rows are villages."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import tomli

from tests.conftest import ROOT
from tests.desk.conftest import Open, Reply, Server
from tests.desk.counties import HEADER, book, clean, in_wan, rows_of, troubled, villages, with_towns


def pair(name: str, *texts: str | None) -> tuple[str, str]:
    """A field that holds texts as they are."""
    return name, json.dumps(list(texts), ensure_ascii=False)


def settled(desk: Server) -> dict[str, Any]:
    """What is settled of the first sheet of the first file."""
    found = tomli.loads((desk.folder / "intake.toml").read_text(encoding="utf-8"))
    sheets: list[dict[str, Any]] = found["file"][0].get("sheet", [{}])
    return sheets[0]


def opened(desks: Open, rows: Sequence[Sequence[object]], name: str = "丁县") -> Server:
    desk = desks()
    desk.drop(("丁县.xlsx", book(rows_of(rows), name)))
    return desk


PLACE = pair("of", "rosters/丁县.xlsx", "丁县")


def saved(desk: Server, header: str, fact: str = "", unit: str = "", auto: str = "") -> Reply:
    asked = [PLACE, pair("column", "1", header, auto), ("fact-1", fact), ("unit-1", unit)]
    return desk.post("/columns/save", asked, page="/columns")


def test_each_column_shows_three_samples_as_they_are_read(desks: Open) -> None:
    desk = desks()
    page = desk.drop(*clean().items())
    page = desk.get("/columns")
    assert "12.5 125,000.00 元 16.5 165,000.00 元 15.5 155,000.00 元" in page.said
    assert "据第 2 行“单位：万元、人”" in page.said and "据表头" in page.said
    assert "没有写单位，按元" in page.said and "1210 1,210 人" in page.said


def test_a_unit_that_is_written_nowhere_must_be_chosen(desks: Open) -> None:
    desk = opened(desks, [HEADER, *in_wan(villages(3))])
    page = desk.get("/columns")
    assert page.text.count('class="must"') == 3 and "这 3 列都是万元" in page.said
    assert "结果" in page.said and not re.search(r"下一步：看结果", page.said)
    meant = [
        ("集体经济收入", "collective_income"),
        ("已安排党建经费", "existing_funding"),
        ("现行补贴", "current_subsidy"),
    ]
    asked = [PLACE, *(pair("set", header, fact, "万元") for header, fact in meant)]
    page = desk.post("/columns/answer", asked, page="/columns")
    assert "89 个村 下一步：看结果" in page.said and "5.2 52,000.00 元" in page.said
    assert {one["unit"] for one in settled(desk)["columns"].values()} == {"万元"}


def test_a_column_is_given_its_meaning_and_unit(desks: Open) -> None:
    desk = opened(desks, [[*HEADER[:3], "集体进账", *HEADER[4:]], *villages(3)])
    assert "“集体进账”就是集体经济收入" in desk.get("/columns").said
    page = saved(desk, "集体进账", "collective_income", "元")
    assert settled(desk)["columns"] == {"集体进账": {"fact": "collective_income", "unit": "元"}}
    assert "89 个村 下一步：看结果" in page.said
    page = saved(desk, "现行补贴", "-", auto="current_subsidy")
    assert settled(desk)["columns"]["现行补贴"] == {"ignore": True}
    saved(desk, "现行补贴", "", auto="")
    assert "现行补贴" not in settled(desk)["columns"]


def test_what_was_chosen_stands_there_again_where_another_window_was_first(desks: Open) -> None:
    desk = opened(desks, [HEADER, *in_wan(villages(3))])
    older = desk.get("/columns").field("seen")
    saved(desk, "现行补贴", "current_subsidy", "元")
    two = [("column", "1", "集体经济收入", ""), ("column", "2", "已安排党建经费", "")]
    chosen = [("fact-1", "collective_income"), ("unit-1", "万元"), ("fact-2", "-")]
    asked = [("seen", older), PLACE, *(pair(*each) for each in two), *chosen]
    refused = desk.post("/columns/save", asked, page="/columns")
    assert refused.status == 409
    rows = refused.to_form(desk).text.split("<tr ")[1:]
    (income,) = [row for row in rows if "[&#34;1-1-4&#34;, &#34;集体" in row]
    (funding,) = [row for row in rows if "已安排党建经费&#34;" in row]
    (subsidy,) = [row for row in rows if "现行补贴&#34;" in row]
    assert 'value="万元" data-power="4" selected' in income and " changed" in income[:40]
    assert 'value="-" selected' in funding and " changed" in funding[:40]
    assert 'value="元" data-power="0" selected' in subsidy and " changed" not in subsidy[:40]
    assert "集体经济收入" not in settled(desk)["columns"]  # only shown


def test_a_unit_alone_keeps_the_meaning_that_the_header_has(desks: Open) -> None:
    desk = opened(desks, [HEADER, *villages(3)])
    saved(desk, "现行补贴", "", "元", auto="current_subsidy")
    assert settled(desk)["columns"] == {"现行补贴": {"fact": "current_subsidy", "unit": "元"}}


def test_what_the_policy_does_not_know_is_not_settled(desks: Open) -> None:
    desk = opened(desks, [HEADER, *villages(3)])
    saved(desk, "现行补贴", "no_such_fact", "元")
    saved(desk, "常住人口", "", "万元", auto="residents")
    assert settled(desk).get("columns", {}) in ({}, {"常住人口": {"fact": "residents"}})
    assert "89 个村" in desk.get("/columns").said


def test_rows_left_out_have_their_reasons_and_can_be_kept(desks: Open) -> None:
    desk = opened(desks, [HEADER, *with_towns(villages(3))])
    page = desk.get("/columns")
    assert "6 行是合计、平均或标题" in page.said and "东镇小计" in page.said
    assert "89 个村 下一步：看结果" in page.said
    row = pair("row", "20", "东镇小计")
    page = desk.post("/columns/row", [PLACE, row, ("to", "kept")], page="/columns")
    assert "90 个村" in page.said and "人工核定是村" in page.said
    assert settled(desk)["kept"][0]["row"] == 20
    page = desk.post("/columns/row", [PLACE, row, ("to", "")], page="/columns")
    assert "89 个村 下一步：看结果" in page.said and not settled(desk).get("kept")


def test_a_row_that_nobody_can_tell_is_asked_about(desks: Open) -> None:
    odd = ["", "城关镇", 1000, 30_000, 20_000, 3, 12_000]
    desk = opened(desks, [HEADER, *villages(3), odd])
    page = desk.get("/columns")
    assert "须由人来定" in page.said and "城关镇" in page.said
    page = desk.post(
        "/columns/row", [PLACE, pair("row", "91", "城关镇"), ("to", "left_out")], page="/columns"
    )
    assert "须由人来定" not in page.said and "89 个村 下一步：看结果" in page.said
    assert settled(desk)["left_out"][0]["name"] == "城关镇"


def test_a_sheet_name_with_blanks_around_it_stays_itself(desks: Open) -> None:
    desk = opened(desks, [HEADER, *in_wan(villages(3))], name=" 丁县 ")
    place = pair("of", "rosters/丁县.xlsx", " 丁县 ")
    asked = [place, pair("set", "集体经济收入", "collective_income", "万元")]
    desk.post("/columns/answer", asked, page="/columns")
    assert settled(desk)["name"] == " 丁县 "


def test_a_county_that_stands_nowhere_is_asked_for_in_its_own_field(desks: Open) -> None:
    desk = desks()
    header = ["村名", *HEADER[2:], "备注"]
    rows = [[*row[1:], f"第 {at} 号"] for at, row in enumerate(villages(3))]
    desk.drop(("名册.xlsx", book(rows_of([header, *rows]))))
    page = desk.get("/columns")
    assert "把县名填进这张表的“县”一栏" in page.said and "就是县" not in page.said
    for row in rows[5:]:
        row[-1] = "丁县"
    desk.drop(("名册.xlsx", book(rows_of([header, *rows]))))
    page = desk.get("/columns")
    assert "“备注”就是县（市、区）" in page.said and 'name="county"' in page.text


def test_what_has_no_unit_is_shown_without_one(desks: Open, tmp_path: Path) -> None:
    folder = tmp_path / "libraries"
    shutil.copytree(ROOT / "tests" / "policies" / "libraries", folder)
    desk = desks(folder=folder)
    desk.post("/rosters/take", [("path", "roster.csv")])
    page = desk.get("/columns")
    assert "2 3" in page.said and not re.search(r"\b\d+ 1</b>", page.text)
    village = re.search(r'href="(/results/village[^"]*)"', desk.get("/results").text)
    assert village is not None
    fields = desk.get(unescape(village[1])).said
    assert "分馆数" in fields and "单位：1" not in fields


def test_counts_stand_by_county(desks: Open) -> None:
    desk = desks()
    desk.drop(*troubled().items())
    page = desk.get("/columns")
    assert "各县村数" in page.said and "甲县 89" in page.said and "合计 890" in page.said


@pytest.mark.parametrize(
    "asked",
    [
        [],
        [("of", "no json")],
        [("of", "[1]")],
        [pair("of", "rosters/other.xlsx", "丁县"), pair("set", "村名", "name", "")],
        [PLACE, ("set", '["a"]')],
    ],
)
def test_a_form_about_nothing_changes_nothing(desks: Open, asked: list[tuple[str, str]]) -> None:
    desk = opened(desks, [HEADER, *villages(3)])
    before = (desk.folder / "intake.toml").read_bytes()
    assert desk.post("/columns/answer", asked, page="/columns").status == 409
    assert (desk.folder / "intake.toml").read_bytes() == before


def test_what_is_settled_on_the_desk_is_what_the_command_reads(desks: Open) -> None:
    from fundcalc import api

    desk = opened(desks, [HEADER, *in_wan(villages(3))])
    for header, fact in (
        ("集体经济收入", "collective_income"),
        ("已安排党建经费", "existing_funding"),
        ("现行补贴", "current_subsidy"),
    ):
        desk.post("/columns/answer", [PLACE, pair("set", header, fact, "万元")], page="/columns")
    roster = api.read_roster(desk.folder / "intake.toml", api.load_policy())
    assert len(roster) == 89 and roster.columns["collective_income"][0] == villages(3)[0][3] * 100


def test_what_several_sheets_ask_alike_is_answered_once(desks: Open) -> None:
    desk, header = desks(), "党组织软弱涣散"
    for at, name in enumerate(("子县", "丑县", "寅县")):
        rows = [[*HEADER, header], *([*row, "否"] for row in villages(at))]
        desk.drop((f"{name}.xlsx", book(rows_of(rows), name)))
    page = desk.get("/columns")
    assert page.said.count(f"“{header}”就是软弱涣散村（3 张表一并）") == 3
    answer = re.search(r'name="set" value="([^"]*weak[^"]*)"', page.text)
    assert answer is not None
    places = [pair("of", f"rosters/{name}.xlsx", name) for name in ("子县", "丑县", "寅县")]
    asked = [*places, ("set", answer[1].replace("&#34;", '"'))]
    assert header + "”像是" not in desk.post("/columns/answer", asked, page="/columns").said

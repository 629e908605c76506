"""Heads of two lines and more, as officers make them: which column is taken, and which is asked about.

All villages and figures are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.roster.model import Roster

LEAD = ["县", "乡镇", "村名"]
PLAIN = {
    "常住人口": [684, 1003, 495, 1989],
    "集体经济收入": [42000, 54200, 32000, 61000],
    "已安排经费": [18000, 12700, 9200, 4100],
    "其他班子成员": [1, 6, 5, 2],
    "现行补贴": [8400, 6000, 9600, 3600],
}
GOOD, OTHER = [684, 1003, 495, 1989], [228, 334, 165, 663]
Cell = str | int | float | None
Group = tuple[str, dict[str, Sequence[Cell]]]


def sheet(path: Path, groups: Sequence[Group], *, merged: bool = True, without: str = "") -> Path:
    """A roster with a head of two lines: groups of columns to the right of the plain ones."""
    plain = {title: cells for title, cells in PLAIN.items() if title != without}
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for at, title in enumerate([*LEAD, *plain]):
            if merged:
                page.merge_range(0, at, 1, at, title)
            else:
                page.write(0, at, title)
        for at, row in enumerate(zip(*plain.values(), strict=True)):
            page.write_row(at + 2, 0, ["子县", "一镇", f"{'甲乙丙丁'[at]}村", *row])
        column = len(LEAD) + len(plain)
        for title, leaves in groups:
            if merged and len(leaves) > 1:
                page.merge_range(0, column, 0, column + len(leaves) - 1, title)
            else:
                page.write(0, column, title)
            for leaf, cells in leaves.items():
                page.write(1, column, leaf)
                page.write_column(2, column, cells)
                column += 1
    return path


def read(path: Path) -> Roster:
    return api.read_roster(path, api.load_policy())


def asked(path: Path) -> set[str]:
    """The codes of what is asked about a roster."""
    with pytest.raises(PolicyProblem) as error:
        read(path)
    return {question.code for question in error.value.diagnostics}


TICKS = ["√", None, None, "√"]
CROSSED = [None, "√", "√", None]


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize(
    ("title", "leaves"),
    [
        ("有活动场所", {"有": TICKS, "无": CROSSED}),
        ("活动场所", {"无": CROSSED, "有": TICKS}),
        ("有无活动场所", {"是": [1, None, 0, 1], "否": [None, 1, 1, 0]}),
    ],
)
def test_a_tick_under_no_says_no(
    title: str, leaves: dict[str, Sequence[Cell]], merged: bool, tmp_path: Path
) -> None:
    roster = read(sheet(tmp_path / "r.xlsx", [(title, leaves)], merged=merged))
    assert [*roster.column("has_venue")] == [True, False, False, True]


def test_neither_yes_nor_no_ticked_is_refused(tmp_path: Path) -> None:
    leaves = {"有": ["√", None, None, "√"], "无": [None, "√", None, "√"]}
    roster = read(sheet(tmp_path / "r.xlsx", [("活动场所", leaves)]))
    assert [(reject.code, reject.row) for reject in roster.rejects] == [("FC630", 5), ("FC630", 6)]


@pytest.mark.parametrize(
    ("title", "leaves"),
    [
        ("已派第一书记", {"省派": TICKS, "市派": [None] * 4, "无": CROSSED}),
        ("活动场所", {"面积": [100, None, None, 80], "无": CROSSED}),
    ],
)
def test_a_column_of_no_alone_is_asked_about(
    title: str, leaves: dict[str, Sequence[Cell]], tmp_path: Path
) -> None:
    assert asked(sheet(tmp_path / "r.xlsx", [(title, leaves)])) == {"FC613"}


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize(
    ("fact", "title", "leaves"),
    [
        ("residents", "人口", {"户数": OTHER, "户籍人口": OTHER, "常住人口": GOOD}),
        ("residents", "常住人口", {"男": OTHER, "女": OTHER, "小计": GOOD}),
        ("residents", "基本情况", {"耕地面积": OTHER, "常住人口": GOOD}),
        (
            "collective_income",
            "集体经济收入",
            {"经营性收入": OTHER, "补助收入": OTHER, "合计": GOOD},
        ),
        ("current_subsidy", "现行补贴", {"总额": OTHER, "人均": GOOD}),
        ("current_subsidy", "人均", {"党员": OTHER, "现行补贴": GOOD}),
        ("collective_income", "上年", {"人口变动": OTHER, "集体经济收入": GOOD}),
    ],
)
def test_the_line_below_says_which_column_is_meant(
    fact: str, title: str, leaves: dict[str, Sequence[Cell]], merged: bool, tmp_path: Path
) -> None:
    plain = api.load_policy().facts[fact].title.zh
    made = [(title, {k: [n * 100 for n in v if isinstance(n, int)] for k, v in leaves.items()})]
    roster = read(sheet(tmp_path / "r.xlsx", made, merged=merged, without=plain))
    fen = 100 if fact != "residents" else 1
    assert [*roster.column(fact)] == [n * 100 * fen for n in GOOD]
    assert not roster.rejects


WORDS = """
计划数 预计 人均 每人 累计 2013-2017年累计 同比增长 缺口 负债 其他 去年同期 以前年度 下半年 月均 2018年计划
"""


@pytest.mark.parametrize("title", WORDS.split())
def test_a_title_above_that_turns_the_meaning_is_asked_about(title: str, tmp_path: Path) -> None:
    groups: list[Group] = [(title, {"党员": OTHER, "已安排经费": [n * 100 for n in GOOD]})]
    assert asked(sheet(tmp_path / "r.xlsx", groups, without="已安排经费")) == {"FC613"}


@pytest.mark.parametrize(
    ("title", "leaf"),
    [("应配", "其他班子成员"), ("缺额", "其他班子成员"), ("外出务工", "常住人口")],
)
def test_people_who_are_not_there_are_asked_about(title: str, leaf: str, tmp_path: Path) -> None:
    groups: list[Group] = [(title, {"户数": OTHER, leaf: [3, 4, 5, 6]})]
    assert asked(sheet(tmp_path / "r.xlsx", groups, without=leaf)) == {"FC613"}


@pytest.mark.parametrize("title", ["贫困户", "低保", "党员", "60岁以上", "死亡", "劳动力", "残疾"])
def test_people_of_one_kind_are_not_all_people(title: str, tmp_path: Path) -> None:
    groups: list[Group] = [(title, {"户数": OTHER, "人口": GOOD})]
    assert asked(sheet(tmp_path / "r.xlsx", groups, without="常住人口")) == {"FC613"}


def test_what_is_lacking_is_not_there(tmp_path: Path) -> None:
    groups: list[Group] = [("缺少", {"有活动场所": TICKS, "第一书记": CROSSED})]
    assert asked(sheet(tmp_path / "r.xlsx", groups)) == {"FC613"}


def test_of_plan_and_result_the_result_is_taken(tmp_path: Path) -> None:
    groups: list[Group] = [
        ("计划", {"集体经济收入": [n * 200 for n in GOOD], "面积": OTHER}),
        ("实际", {"集体经济收入": [n * 100 for n in GOOD], "支出": OTHER}),
    ]
    roster = read(sheet(tmp_path / "r.xlsx", groups, without="集体经济收入"))
    assert [*roster.column("collective_income")] == [n * 10_000 for n in GOOD]


def test_a_total_is_no_amount_for_each_person(tmp_path: Path) -> None:
    groups: list[Group] = [("现行补贴", {"总额": [n * 100 for n in GOOD], "人数": OTHER})]
    assert asked(sheet(tmp_path / "r.xlsx", groups, without="现行补贴")) == {"FC613"}


@pytest.mark.parametrize("unit", ["元/村", "万元/村", "元／个村"])
def test_an_amount_for_a_village_is_none_for_each_person(unit: str, tmp_path: Path) -> None:
    groups: list[Group] = [("现行补贴", {f"（{unit}）": [n * 100 for n in GOOD]})]
    assert asked(sheet(tmp_path / "r.xlsx", groups, merged=False, without="现行补贴")) == {"FC617"}


def test_a_note_below_a_head_is_as_one_behind_it(tmp_path: Path) -> None:
    groups: list[Group] = [("其他班子成员", {"（含主干）": [3, 4, 5, 6]})]
    path = sheet(tmp_path / "r.xlsx", groups, merged=False, without="其他班子成员")
    assert asked(path) == {"FC616"}


def test_two_lines_that_stand_again_on_the_next_page(tmp_path: Path) -> None:
    head = [",".join([*LEAD, "人口", "", "集体经济收入", "其他班子成员"]), ",,,户籍人口,常住人口,,"]
    page = ["子县,一镇,甲村,700,684,42000,1", "子县,一镇,乙村,1100,1003,54200,6"]
    again = ["子县,一镇,丙村,500,495,32000,5"]
    (tmp_path / "r.csv").write_text("\n".join([*head, *page, *head, *again]), encoding="utf-8")
    roster = read(tmp_path / "r.csv")
    assert [*roster.column("residents")] == [684, 1003, 495] and not roster.rejects


def test_numbers_below_the_head_may_say_what_is_added(tmp_path: Path) -> None:
    rows = [
        ",".join([*LEAD, "常住人口", "集体经济收入", "其他班子成员"]),
        "栏次,,,(1),2,3=1+2",
        "子县,一镇,甲村,684,42000,1",
    ]
    (tmp_path / "r.csv").write_text("\n".join(rows), encoding="utf-8")
    assert [*read(tmp_path / "r.csv").column("residents")] == [684]


def test_a_village_of_words_alone_below_the_head_is_a_village(tmp_path: Path) -> None:
    rows = [
        ",".join([*LEAD, "常住人口", "集体经济收入", "其他班子成员", "贫困村"]),
        "子县,一镇,甲村,,,,是",
        "子县,一镇,乙村,684,42000,1,否",
    ]
    (tmp_path / "r.csv").write_text("\n".join(rows), encoding="utf-8")
    assert {(r.code, r.row) for r in read(tmp_path / "r.csv").rejects} == {("FC620", 2)}

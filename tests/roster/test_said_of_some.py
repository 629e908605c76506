"""What a note or a row says of some columns or villages alone: units, counties, parts, answers.

All villages and figures are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem

HEAD = "县,乡镇,村名,常住人口,集体经济收入,已安排经费,其他班子成员,现行补贴,集体经济负债"
FACTS = ("collective_income", "existing_funding", "current_subsidy")


def money(path: Path, lines: Sequence[str]) -> list[int]:
    """The first village's income, funding and subsidy, in yuan."""
    path.write_text("\n".join(lines), encoding="utf-8")
    roster = api.read_roster(path, api.load_policy())
    return [int(str(roster.column(fact)[0])) // 100 for fact in FACTS]


def villages(income: object, funding: object, subsidy: object) -> list[str]:
    return [
        f"子县,一镇,{name}村,684,{income},{funding},1,{subsidy},55" for name in ("甲", "乙", "丙")
    ]


@pytest.mark.parametrize(
    ("note", "figures"),
    [
        ("注：现行补贴单位为千元。", (20000, 18000, 8.4)),
        ("注：现行补贴以千元计", (20000, 18000, 8.4)),
        ("注：集体经济收入单位为万元，其余为元", (2, 18000, 8400)),
        ("注：现行补贴单位为元，其他为万元", (2, 1.8, 8400)),
        ("注：集体经济负债单位：千元", (20000, 18000, 8400)),
        ("说明：负债栏以万元计", (20000, 18000, 8400)),
        ("单位：万元（现行补贴为元）", (2, 1.8, 8400)),
        ("单位：万元（保留两位小数）", (2, 1.8, 0.84)),
    ],
)
def test_a_unit_of_one_column_is_that_columns_alone(
    note: str, figures: tuple[object, object, object], tmp_path: Path
) -> None:
    rows = villages(*figures)
    lines = [note, HEAD, *rows] if note.startswith("单位") else [HEAD, *rows, note]
    assert money(tmp_path / "r.csv", lines) == [20000, 18000, 8400]


def test_a_unit_behind_a_comma(tmp_path: Path) -> None:
    head = HEAD.replace("集体经济收入", "集体经济收入，万元")
    assert money(tmp_path / "r.csv", [head, *villages(2, 18000, 8400)])[0] == 20000


def test_another_unit_in_head_and_note_is_asked_about(tmp_path: Path) -> None:
    head = HEAD.replace("现行补贴", "现行补贴（元）")
    with pytest.raises(PolicyProblem) as error:
        money(tmp_path / "r.csv", [head, *villages(20000, 18000, 8.4), "注：现行补贴单位为千元"])
    assert {question.code for question in error.value.diagnostics} == {"FC651"}


BARE = "乡镇,村名,常住人口,集体经济收入,其他班子成员"
FIRST, SECOND = ["一镇,甲村,684,42000,1"], ["二镇,乙村,1003,54200,6", "二镇,丙村,495,32000,5"]


def asked(path: Path, lines: Sequence[str]) -> set[str]:
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(PolicyProblem) as error:
        api.read_roster(path, api.load_policy())
    return {question.code for question in error.value.diagnostics}


@pytest.mark.parametrize(
    "row", ["寅卯县,,,,", "寅卯县：,,,,", "二、寅卯县（2个村）,,,,", "寅卯县二镇,,,,"]
)
def test_a_county_between_the_rows_is_asked_about(row: str, tmp_path: Path) -> None:
    assert asked(tmp_path / "子丑县.csv", [BARE, *FIRST, row, *SECOND]) == {"FC652"}


def test_a_sum_of_another_county_is_asked_about(tmp_path: Path) -> None:
    lines = ["子丑县村级经费表,,,,", BARE, *FIRST, *SECOND, "寅卯县小计,,1498,86200,11"]
    assert asked(tmp_path / "r.csv", lines) == {"FC652"}


def test_a_town_that_lies_in_another_county_is_asked_about(tmp_path: Path) -> None:
    rows = [line.replace("二镇", "寅卯县石筏镇") for line in SECOND]
    assert asked(tmp_path / "子丑县.csv", [BARE, *FIRST, *rows]) == {"FC652"}


@pytest.mark.parametrize(
    "row", ["子丑县,,,,", "子丑县小计,,2182,128200,12", "其中：贫困县,,,,", "城区街道,,,,"]
)
def test_the_same_county_again_is_nothing(row: str, tmp_path: Path) -> None:
    (tmp_path / "子丑县.csv").write_text("\n".join([BARE, *FIRST, *SECOND, row]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "子丑县.csv", api.load_policy())
    assert [*roster.column("county")] == ["子丑县"] * 3


def test_a_title_of_another_county_than_the_column_is_asked_about(tmp_path: Path) -> None:
    lines = ["寅卯县村级经费表", f"县,{BARE}", *(f"子丑县,{row}" for row in SECOND)]
    assert asked(tmp_path / "r.csv", lines) == {"FC652"}


@pytest.mark.parametrize(
    "title",
    ["娄烦县与子丑县村级经费表", "参照娄烦县标准的村级经费表", "子丑县（含娄烦县划入村）"],
)
def test_a_county_that_a_title_only_speaks_of_is_not_taken(title: str, tmp_path: Path) -> None:
    assert asked(tmp_path / "r.csv", [f"{title},,,,", BARE, *FIRST]) == {"FC612"}


PART_HEAD = "县,乡镇,村名,常住人口,集体经济收入,其他班子成员"


@pytest.mark.parametrize(
    "parts",
    [
        [
            "子县,一镇,其中：上坞,300,20000,1",
            "子县,一镇,下坞,403,322000,3",
            "子县,一镇,中坞,300,200000,2",
        ],
        ["其中：,,,,,", "子县,一镇,上坞自然村,300,20000,0", "子县,一镇,下坞自然村,703,522000,6"],
    ],
)
def test_parts_of_a_village_are_no_villages(parts: list[str], tmp_path: Path) -> None:
    rows = ["子县,一镇,甲村,684,42000,1", "子县,一镇,乙村,1003,542000,6", *parts]
    lines = [PART_HEAD, *rows, "子县,一镇,丙村,495,32000,5"]
    (tmp_path / "r.csv").write_text("\n".join(lines), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [*roster.column("name")] == ["甲村", "乙村", "丙村"] and not roster.rejects


def test_what_follows_a_part_and_does_not_add_up_is_a_village(tmp_path: Path) -> None:
    rows = ["子县,一镇,甲村,684,42000,1", ",,其中：贫困户,84,,", "子县,一镇,乙村,1003,542000,6"]
    (tmp_path / "r.csv").write_text("\n".join([PART_HEAD, *rows]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [*roster.column("name")] == ["甲村", "乙村"]


YES_NO = f"{PART_HEAD},"
ANSWERED = ["子县,一镇,甲村,684,42000,1,√", "子县,一镇,乙村,1003,542000,6,"]


@pytest.mark.parametrize(
    "title",
    [
        "贫困村（已脱贫）",
        "有活动场所（D级危房）",
        "原空壳村（已消除）",
        "第一书记（空缺）",
        "活动场所（平方米）",
        "活动场所（无）",
    ],
)
def test_a_note_behind_a_yes_no_head_is_asked_about(title: str, tmp_path: Path) -> None:
    assert asked(tmp_path / "r.csv", [YES_NO + title, *ANSWERED]) == {"FC613"}


@pytest.mark.parametrize(
    "title",
    [
        "贫困村（是/否）",
        "贫困村（是打√）",
        "贫困村(√)",
        "贫困村（2017年）",
        "贫困村（是填1，否填0）",
        "贫困村（建档立卡）",
    ],
)
def test_how_to_answer_is_nothing_to_ask(title: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("\n".join([YES_NO + title, *ANSWERED]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [*roster.column("registered_poor")] == [True, False]


@pytest.mark.parametrize("yes", ["是", "有", "1", "Y"])
def test_a_blank_where_nobody_wrote_no_is_asked_about(yes: str, tmp_path: Path) -> None:
    """活动场所 counts as there where nothing is said of it."""
    rows = [row.replace("√", yes) for row in ANSWERED]
    (tmp_path / "r.csv").write_text("\n".join([YES_NO + "活动场所", *rows]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [(reject.code, reject.cell) for reject in roster.rejects] == [("FC630", "G3")]


def test_figures_without_a_head_are_said(tmp_path: Path) -> None:
    head = "县,乡镇,村名,常住人口,,集体经济收入,其他班子成员"
    rows = ["子县,一镇,甲村,684,42000,21000,1", "子县,一镇,乙村,1003,54200,27100,6"]
    (tmp_path / "r.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert any("E 列有数字，没有表头" in notice.zh for notice in roster.notices)


def notices(path: Path, lines: Sequence[str]) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    roster = api.read_roster(path, api.load_policy())
    assert not [reject for reject in roster.rejects if reject.severity == "error"]
    return "\n".join(notice.zh for notice in roster.notices)


def test_a_row_shorter_than_the_head_is_said(tmp_path: Path) -> None:
    rows = ["子县,一镇,甲村,684,42000,1,8400", "子县,一镇,乙村,1003,54200,6"]
    assert "第 3 行" in notices(tmp_path / "r.csv", [f"{PART_HEAD},现行补贴", *rows])


def test_a_town_in_the_first_row_of_its_villages_alone_is_said(tmp_path: Path) -> None:
    rows = ["子县,一镇,甲村,684,42000,1", "子县,,乙村,1003,54200,6", "子县,,丙村,495,32000,5"]
    assert "“乡镇”有 2 行空白" in notices(tmp_path / "r.csv", [PART_HEAD, *rows])


@pytest.mark.parametrize("empty", ["3,,,,,,", "3,子县,一镇,,,,", "3,子县,,,0,0,0"])
def test_rows_of_a_form_that_nobody_filled_in_are_blank(empty: str, tmp_path: Path) -> None:
    rows = ["1,子县,一镇,甲村,684,42000,1", "2,子县,一镇,乙村,1003,54200,6", empty]
    assert "跳过空行：第 4 行" in notices(tmp_path / "r.csv", [f"序号,{PART_HEAD}", *rows])


def test_a_row_without_a_name_that_has_figures_is_no_blank(tmp_path: Path) -> None:
    rows = ["1,子县,一镇,甲村,684,42000,1", "2,子县,一镇,,1003,54200,6"]
    (tmp_path / "r.csv").write_text("\n".join([f"序号,{PART_HEAD}", *rows]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [reject.code for reject in roster.rejects] == ["FC620"]


@pytest.mark.parametrize("title", ["误工补贴", "目前补贴", "其他班子成员补贴标准"])
def test_another_subsidy_is_asked_about_where_none_is_known(title: str, tmp_path: Path) -> None:
    rows = ["子县,一镇,甲村,684,42000,1,8400"]
    assert asked(tmp_path / "r.csv", [f"{PART_HEAD},{title}", *rows]) == {"FC613"}


@pytest.mark.parametrize("county", ["1", "140123"])
def test_a_number_is_no_county(county: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "\n".join([PART_HEAD, f"{county},一镇,甲村,684,42000,1"]), encoding="utf-8"
    )
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [(reject.code, reject.severity) for reject in roster.rejects] == [("FC648", "error")]


def test_a_county_that_is_nearly_one_of_the_policy_is_doubted(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"{PART_HEAD}\n楼烦县,一镇,甲村,684,42000,1", encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [(reject.code, reject.severity) for reject in roster.rejects] == [("FC648", "warning")]
    assert "娄烦县" in roster.rejects[0].why.zh


@pytest.mark.parametrize("code", ["149902100204", "149901100000"])
def test_a_code_of_another_county_or_of_a_town_is_doubted(code: str, tmp_path: Path) -> None:
    codes = [f"1499011002{at:02}" for at in range(1, 9)]
    rows = [f"{c},子县,一镇,{c[5:]}号村,684,42000,1" for c in [*codes, code]]
    (tmp_path / "r.csv").write_text("\n".join([f"代码,{PART_HEAD}", *rows]), encoding="utf-8")
    roster = api.read_roster(tmp_path / "r.csv", api.load_policy())
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC634", "A10", "warning")]

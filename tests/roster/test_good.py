"""What is understood: encodings, units, merged headers, titles, totals, spellings of values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.diagnostics import Span
from fundcalc.base.money import grouped, plain
from fundcalc.base.words import same
from fundcalc.language.datatypes import Number
from fundcalc.language.units import Unit
from fundcalc.policy.model import Fact
from fundcalc.roster.cells import read_cells
from fundcalc.roster.model import Roster

Row = Callable[..., list[object]]
Read = Callable[..., Roster]
MONEY = Fact(
    "m", same("m"), (), Number(Unit((("year", -1), ("yuan", 1))), 2), True, None,
    0, 10**15, None, None, Span(""),
)  # fmt: skip
WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


def _text(rows: list[list[object]]) -> str:
    return "\n".join(",".join(f'"{c}"' for c in row) for row in rows)


def test_a_plain_roster(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([header, village(), village(code="140123904210", name="河北村", existing="")])
    assert roster.rejects == []
    assert roster.columns["collective_income"] == [6_000_000, 6_000_000]
    assert roster.columns["residents"] == [1200, 1200]
    assert roster.columns["existing_funding"] == [0, 0]
    assert roster.assumed["existing_funding"] == [False, True]
    assert roster.columns["has_venue"] == [True, True]
    assert roster.assumed["has_venue"] == [True, True]
    assert roster.origin("residents", 1) == "roster.xlsx!名册!E3"
    assert roster.origin("existing_funding", 1) == "assumed"
    assert roster.origin("has_venue", 0) == "assumed"
    assert roster.digest.startswith("sha256:")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(csv_of: Read, header: list[str], village: Row, encoding: str) -> None:
    roster = csv_of(_text([header, village(name="䶮村")]), encoding)
    assert roster.columns["name"] == ["䶮村"]
    assert roster.origin("name", 0) == "roster.csv!B2"
    assert any("GB18030" in n.en for n in roster.notices) == (encoding == "gb18030")


@pytest.mark.parametrize(
    ("title", "figure", "fen"),
    [
        ("集体经济收入（万元）", "5.3", 5_300_000),
        ("集体经济收入（万元/年）", "0.000001", 1),
        ("集体经济收入（千元）", "5.3", 530_000),
        ("集体经济收入（亿元）", "0.5", 5_000_000_000),
        ("2016年集体经济收入（元）", "53000", 5_300_000),
        ("集体经济收入(yuan/year)", "53000.10", 5_300_010),
        ("Collective Income (10,000 yuan per year)", "5.3", 5_300_000),
        ("集体经济\n收入【元】", "５３，０００．１０", 5_300_010),
        ("上年村集体经济收入（2016年，万元）", "5.3", 5_300_000),
        ("collective_income", "￥53,000.10", 5_300_010),
        ("集体收入", " ¥ 53000 ", 5_300_000),
    ],
)
def test_units_and_spellings(
    csv_of: Read, header: list[str], village: Row, title: str, figure: str, fen: int
) -> None:
    header[5] = title
    roster = csv_of(_text([header, village(income=figure)]))
    assert roster.rejects == []
    assert roster.columns["collective_income"] == [fen]


def test_finer_than_a_fen_under_wan(csv_of: Read, header: list[str], village: Row) -> None:
    header[5] = "集体经济收入（万元）"
    roster = csv_of(_text([header, village(income="5.3000001")]))
    assert [(r.code, r.cell) for r in roster.rejects] == [("FC624", "F2")]


def test_unit_line_and_titles(xlsx_of: Read, header: list[str], village: Row) -> None:
    header[6] = "已安排党建经费（元）"
    rows = [
        ["2017年村级基本情况表"],
        ["填报单位：娄烦县", "", "", "", "", "单位：万元"],
        [],
        header,
    ]
    roster = xlsx_of([*rows, village(income=5.3, existing=100)])
    assert roster.rejects == []
    assert roster.columns["collective_income"] == [5_300_000]
    assert roster.columns["existing_funding"] == [10_000]
    assert roster.origin("collective_income", 0) == "roster.xlsx!名册!F5"
    assert sum("title" in n.en for n in roster.notices) == 2


def test_a_title_in_the_first_filled_column_is_no_group_of_columns(
    csv_of: Read, header: list[str], village: Row
) -> None:
    own = [at for at, title in enumerate(header) if title != "县"]
    rows: list[list[object]] = []
    for county, name in (("清徐县", "甲村"), ("杏花岭区", "乙村")):
        one = village(name=name, code=140123904209 + len(rows))
        rows += [["", f"{county}名册"], ["", *(header[at] for at in own)]]
        rows += [["", *(one[at] for at in own)], []]
    roster = csv_of(_text(rows))
    assert roster.columns["county"] == ["清徐县", "杏花岭区"]


def test_a_unit_line_beside_the_headers(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([[*header, "单位：万元"], village(income=5.3)])
    assert roster.rejects == [] and roster.columns["collective_income"] == [5_300_000]
    assert roster.notices[0].en == "row 1 gives the unit: “单位：万元”"


@pytest.mark.parametrize(
    ("line", "fen"),
    [
        ("单位：万元", 5_300_000),
        ("金额单位： 万元", 5_300_000),
        ("村级收入统计表（单位：万元、人）", 5_300_000),
        ("村级收入统计表（万元）", 5_300_000),
        ("填报单位：万柏林区  单位：千元", 530_000),
        ("单位：万柏林区", 530),
        ("填报单位：万元店村", 530),
        ("2017年情况表", 530),
    ],
)
def test_lines_above_the_table(
    csv_of: Read, header: list[str], village: Row, line: str, fen: int
) -> None:
    roster = csv_of(_text([[line], header, village(income=5.3)]))
    assert roster.rejects == []
    assert roster.columns["collective_income"] == [fen]


def test_headers_merged_over_two_rows(xlsx_of: Read, village: Row) -> None:
    top = ["代码", "村名", "乡镇", "县", "常住人口（人）", "经费（万元）", "", "其他班子成员"]
    below = ["", "", "", "", "", "集体经济收入", "已安排党建经费（元）", ""]
    merge = [(1, c, 2, c, top[c]) for c in (0, 1, 2, 3, 4, 7)] + [(1, 5, 1, 6, top[5])]
    row = village(income=5.3, existing=7)
    roster = xlsx_of([["村情况"], [], below, row], merge=[(0, 0, 0, 7, "村情况"), *merge])
    assert roster.rejects == []
    assert roster.columns["collective_income"] == [5_300_000]
    assert roster.columns["existing_funding"] == [700]
    assert roster.rows == [4]


def test_a_group_over_the_first_columns_alone(xlsx_of: Read, village: Row) -> None:
    top = ["所在", "", "村名", "乡镇", "常住人口", "集体经济收入", "已安排党建经费", "其他班子成员"]
    below = ["代码", "县", "", "", "", "", "", ""]
    merge = [(0, c, 1, c, top[c]) for c in range(2, 8)] + [(0, 0, 0, 1, "所在")]

    def row(name: str) -> list[object]:
        _, _, town, county, *figures = village()
        return ["", county, name, town, *figures]

    names = ["鹰落沟村", "人均村", "总屯村", "共和村", "二、三村"]
    rows = [[], below, *map(row, names)]
    roster = xlsx_of(rows, merge=merge)
    assert roster.rejects == []
    assert roster.columns["name"] == names


def test_villages_of_a_sheet_that_is_no_roster_are_named(
    xlsx_of: Read, header: list[str], village: Row
) -> None:
    strange = ["代码", "村名", "乡镇", "县", "人数", "进账", "已安排", "人员"]
    second = [strange, village(name="河北村"), village(name="河南村")]
    notes = [["说明"], ["填表人", "某某"]]
    roster = xlsx_of([header, village()], more={"乙县": second, "说明": notes})
    assert roster.columns["name"] == ["鹰落沟村"]
    assert [n.zh for n in roster.notices if "“乙县”有村名" in n.zh]
    assert not [n.zh for n in roster.notices if "“说明”有村名" in n.zh]


def test_headers_of_three_rows_in_a_csv(csv_of: Read, village: Row) -> None:
    rows: list[list[object]] = [
        ["村", "", "所在", "", "人口", "收支", "", "班子"],
        ["代码", "名称", "乡镇", "县", "", "集体经济收入", "已安排党建经费", "其他班子成员"],
        ["", "", "", "", "人", "万元", "元", "人"],
        village(income="5.3", existing=7),
    ]
    roster = csv_of(_text(rows))
    assert roster.rejects == []
    assert roster.columns["code"] == ["140123904209"]
    assert roster.columns["collective_income"] == [5_300_000]
    assert roster.columns["existing_funding"] == [700]


def test_counties_in_merged_cells(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [header, village(), village(code="140123904210", name="河北村", county="", town="")]
    merge = [(1, 3, 2, 3, "娄烦县"), (1, 2, 2, 2, "示例镇")]
    roster = xlsx_of(rows, merge=merge)
    assert roster.rejects == []
    assert roster.columns["county"] == ["娄烦县", "娄烦县"]
    assert roster.columns["town"] == ["示例镇", "示例镇"]


def test_codes_kept_as_numbers(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([header, village(code=140123904209.0)])
    assert roster.columns["code"] == ["140123904209"]
    assert any("kept as numbers" in n.en for n in roster.notices)


def test_names_like_formulas_stay_text(xlsx_of: Read, header: list[str], village: Row) -> None:
    names = ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1村"]
    rows = [village(name=n, code=f"14012390421{i}") for i, n in enumerate(names)]
    assert xlsx_of([header, *rows]).columns["name"] == names


WORDS = [("是", True), ("否", False), ("有", True), ("无", False), ("Yes", True), ("n", False),
         ("TRUE", True), ("false", False), ("1", True), ("０", False), ("√", True), ("×", False)]  # fmt: skip


def test_yes_and_no(csv_of: Read, header: list[str], village: Row) -> None:
    rows = [
        [*village(code=f"1401239042{i:02}", name=f"村{i}"), word]
        for i, (word, _) in enumerate([*WORDS, ("", True)])
    ]
    roster = csv_of(_text([[*header, "有无活动场所"], *rows]))
    assert roster.columns["has_venue"] == [*(yes for _, yes in WORDS), True]
    assert roster.assumed["has_venue"] == [False] * len(WORDS) + [True]


def test_a_column_of_ticks(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [[*village(), "√"], [*village(code="140123904210", name="河北村"), ""]]
    roster = xlsx_of([[*header, "是否有活动场所（√）"], *rows])
    assert roster.columns["has_venue"] == [True, False]
    assert roster.assumed["has_venue"] == [False, False]
    assert any("ticks" in n.en for n in roster.notices)


def test_other_columns_and_rows_are_told(xlsx_of: Read, header: list[str], village: Row) -> None:
    second = [2, *village(code="140123904210", name="河北村"), ""]
    top = ["序号", *header, "备注"]
    rows = [
        top, ["甲", "乙", "丙", 1, 2, 3, 4, 5, 6], [1, *village(), "新村"], [], top, second,
        ["注：人口为年末数"], ["制表人：", "", "审核人："],
    ]  # fmt: skip
    roster = xlsx_of(rows)
    assert roster.rejects == []
    assert roster.rows == [3, 6]
    said = " ".join(n.en for n in roster.notices)
    for part in (
        "“序号”、“备注”",
        "blank rows were skipped: row 4",
        "headers were skipped: row 5",
        "row 7 is a remark",
        "row 8 is a remark",
        "row 2 numbers",
    ):
        assert part in said


# -- totals ---------------------------------------------------------------------------------------


def _three(village: Row) -> list[list[object]]:
    return [
        village(code="140123904201", name="甲村", residents=1, income=1.5),
        village(code="140123904202", name="乙村", residents=2, income=2.25),
        village(code="140122904203", name="丙村", residents=4, income=4, county="阳曲县"),
    ]


def test_totals_that_add_up(xlsx_of: Read, header: list[str], village: Row) -> None:
    one, two, three = _three(village)
    rows = [
        header, ["合计", "", "", "", 7, 7.75, 0, 12], one, two,
        ["", "小计", "", "娄烦县", 3, 3.75, 0, 8], three, ["阳曲县小计", "", "", "", 4, 4, "", "-"],
    ]  # fmt: skip
    roster = xlsx_of(rows)
    assert roster.rejects == []
    assert roster.rows == [3, 4, 6]
    assert any("(total): 2“合计”, 5“小计”, 7“阳曲县小计”" in n.en for n in roster.notices)


def test_a_total_that_does_not_add_up(xlsx_of: Read, header: list[str], village: Row) -> None:
    header[5] = "集体经济收入（万元）"
    roster = xlsx_of([header, *_three(village), ["合  计", "", "", "", 7, 8.75, 0, 12]])
    (reject,) = roster.rejects
    assert (reject.code, reject.severity, reject.cell) == ("FC640", "warning", "F5")
    assert "8.75" in reject.why.en
    assert "7.75" in reject.why.en
    assert len(roster) == 3


def test_a_total_over_a_rejected_row_is_not_checked(
    xlsx_of: Read, header: list[str], village: Row
) -> None:
    rows = _three(village)
    rows[0][4] = "x"
    roster = xlsx_of([header, *rows, ["合计", "", "", "", 9, 7.75, 0, 12]])
    assert [(r.code, r.cell) for r in roster.rejects] == [("FC621", "E2")]


def test_a_total_beyond_the_range_of_one_village(
    csv_of: Read, header: list[str], village: Row
) -> None:
    rows = [village(code=f"14012390420{i}", name=f"村{i}", residents=900_000) for i in range(3)]
    roster = csv_of(_text([header, *rows, ["总计", "", "", "", "2,700,000", "", "", ""]]))
    assert roster.rejects == []


# -- exactness ------------------------------------------------------------------------------------


@given(st.integers(0, 10**12))
def test_every_spelling_of_an_amount_is_the_same_amount(fen: int) -> None:
    short = plain(fen, 2).rstrip("0").rstrip(".") if fen % 100 == 0 else plain(fen, 2)
    spellings = [
        plain(fen, 2), grouped(fen, 2), short, "￥" + grouped(fen, 2), f" {plain(fen, 2)}　",
        plain(fen, 2).translate(WIDE), grouped(fen, 2).translate(WIDE), plain(fen, 2) + "0",
    ]  # fmt: skip
    assert read_cells(spellings, MONEY) == [fen] * len(spellings)


@given(st.integers(0, 10**12))
def test_every_amount_survives_as_a_double(fen: int) -> None:
    assert read_cells([fen / 100], MONEY) == [fen]
    assert read_cells([plain(fen, 6)], MONEY, 4) == [fen]
    if fen < 10**11:
        assert read_cells([float(plain(fen, 6))], MONEY, 4) == [fen]


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=5))
def test_amounts_through_a_workbook(amounts: list[int]) -> None:
    cells = [value / 100 for value in amounts]
    assert read_cells([*cells, 0.1 + 0.2], MONEY) == [*amounts, 30]

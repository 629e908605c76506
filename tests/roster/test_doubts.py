"""What is doubtful is said, and computed as it stands; traditional characters are understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.roster.model import Roster

HEADER = "代码,村名,乡镇,县,常住人口,集体经济收入,其他班子成员"
Read = Callable[..., Roster]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def make(rows: list[str], header: str = HEADER, on: date | None = None) -> Roster:
        path = tmp_path / "r.csv"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        return api.read_roster(path, api.load_policy(), on=on)

    return make


def village(number: int, people: int = 600, county: str = "子县", town: str = "一镇") -> str:
    return f"1499011002{number:02},村{number},{town},{county},{people},30000,4"


@pytest.mark.parametrize(("people", "doubted"), [(5_999, []), (6_000, [("FC644", "E5")])])
def test_ten_times_the_median_of_the_town(
    read: Read, people: int, doubted: list[tuple[str, str]]
) -> None:
    roster = read([village(1), village(2), village(3), village(4, people)])
    assert [(r.code, r.cell) for r in roster.rejects] == doubted
    assert all(r.severity == "warning" for r in roster.rejects)
    assert roster.columns["residents"][3] == people


def test_yuan_written_under_a_header_in_wan_is_doubted(read: Read) -> None:
    header = HEADER.replace("集体经济收入", "集体经济收入（万元）")
    incomes = ["3", "2.5", "30000", "0"]
    rows = [village(n).replace(",30000,", f",{one},") for n, one in enumerate(incomes, 1)]
    roster = read(rows, header)
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC644", "F4", "warning")]


@pytest.mark.parametrize(("odd", "severity"), [(1, "warning"), (2, "error"), (3, "error")])
def test_a_column_in_two_units_is_asked_about(read: Read, odd: int, severity: str) -> None:
    rows = [village(n).replace(",30000,", ",3.2," if n <= odd else ",30000,") for n in range(1, 9)]
    found = read(rows).rejects
    assert [(r.code, r.severity) for r in found] == [("FC655", severity)] * odd


def test_two_small_figures_of_many_are_only_doubted(read: Read) -> None:
    rows = [village(n).replace(",30000,", ",3.2," if n < 3 else ",30000,") for n in range(1, 60)]
    assert [r.severity for r in read(rows).rejects] == ["warning"] * 2


def test_a_county_cut_short_is_the_same_county_and_said(read: Read) -> None:
    rows = [village(n, county="子丑县") for n in (1, 2, 3)]
    roster = read([*rows, village(4, county="子丑"), village(5, county="寅卯")])
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC648", "D6", "warning")]
    assert roster.columns["county"] == ["子丑县"] * 4 + ["寅卯"]
    assert any("子丑 → 子丑县" in notice.zh for notice in roster.notices)


def test_a_county_that_may_be_one_of_two_is_asked_about(read: Read) -> None:
    rows = [village(1, county="子丑县"), village(2, county="子丑区"), village(3, county="子丑")]
    roster = read(rows)
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC648", "D4", "error")]


def test_counties_of_one_name_in_two_cities_stay_two(read: Read) -> None:
    counties = ["甲市城关区", "乙市城关区", "甲市子丑县", "子丑县（贫困县）"]
    roster = read([village(n, county=county) for n, county in enumerate(counties, 1)])
    assert roster.columns["county"] == ["甲市城关区", "乙市城关区", "子丑县", "子丑县"]


def test_a_county_spelt_nearly_as_another_is_doubted(read: Read) -> None:
    rows = [village(n, county="子丑寅县") for n in (1, 2, 3)]
    found = read([*rows, village(4, county="子丑卯县")]).rejects
    assert [(r.code, r.cell, r.severity) for r in found] == [("FC648", "D5", "warning")]


@pytest.mark.parametrize(
    "text",
    [
        "太原娄烦县",
        "太原市-娄烦县",
        "山西省/太原市/娄烦县",
        "1、娄烦县",
        "（一）娄烦县",
        "【娄烦县】",
        "*娄烦县",
        "娄烦县①",
        "140123娄烦县",
        "娄烦县。",
    ],
)
def test_what_lists_write_around_a_county_is_no_part_of_its_name(read: Read, text: str) -> None:
    rows = [village(1, county="娄烦县"), village(2, county="清徐县"), village(3, county=text)]
    roster = read(rows)
    assert roster.columns["county"] == ["娄烦县", "清徐县", "娄烦县"]
    assert any(f"{text} → 娄烦县" in notice.zh for notice in roster.notices)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        *(
            (text, "error")
            for text in ["娄烦县财政局", "娄烦县、清徐县", "清徐娄烦", "娄烦全县", "娄烦镇"]
        ),
        *(
            (text, "error")
            for text in ["全市", "太原市", "太原", "本县", "同上", "〃", "-", "140123", "无"]
        ),
        *((text, "warning") for text in ["Loufan", "农一师", "楼烦县"]),
    ],
)
def test_what_is_no_countys_name_is_never_a_county_in_silence(
    read: Read, text: str, severity: str
) -> None:
    rows = [village(n, county="娄烦县" if n < 4 else "清徐县") for n in range(1, 7)]
    found = read([*rows, village(7, county=text)]).rejects
    assert [(r.code, r.cell, r.severity) for r in found] == [("FC648", "D8", severity)]


@pytest.mark.parametrize(
    "county",
    ["天全县", "雅安市天全县", "张家口市万全区", "凌云县", "市中区", "经济开发区", "土默特左旗"],
)
def test_a_county_of_its_own_is_left_alone(read: Read, county: str) -> None:
    rows = [village(n, county="云县") for n in range(1, 5)]
    assert not read([*rows, village(5, county=county), village(6, county=county)]).rejects


def uncoded(name: str, town: str = "一镇") -> str:
    """The first village without its code, under another name."""
    return village(1, town=town).replace("149901100201,村1", f",{name}")


ENDINGS = """
甲水村委 甲水自然村 甲水村（原） 甲水村* 甲水村1 甲水村党支部 甲水村经济合作社 子县甲水村 一镇甲水村
"""


@pytest.mark.parametrize("again", ENDINGS.split())
def test_a_village_under_another_ending_is_there_twice(read: Read, again: str) -> None:
    found = read([uncoded("甲水村"), uncoded(again)]).rejects
    assert [r.code for r in found] == ["FC636", "FC636"]


@pytest.mark.parametrize(
    ("first", "town"), [("甲水村", ""), ("甲水村", "一镇（乡）"), ("甲鳳村", "一镇")]
)
def test_a_town_that_is_not_known_may_be_the_same(read: Read, first: str, town: str) -> None:
    found = read([uncoded(first), uncoded(first.replace("鳳", "凤"), town)]).rejects
    assert [r.code for r in found] == ["FC636", "FC636"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("新村（东）", "新村（西）"),
        ("王庄1村", "王庄2村"),
        ("甲水村", "甲水社区"),
        ("街村", "一镇村"),
    ],
)
def test_villages_that_differ_in_more_are_two(read: Read, one: str, other: str) -> None:
    assert not read([uncoded(one), uncoded(other)]).rejects


def test_other_towns_do_not_count(read: Read) -> None:
    rows = [village(1, 10), village(2, 10), village(3, 10)]
    assert not read([*rows, village(4, 900, town="二镇")]).rejects


@pytest.mark.parametrize(
    ("year", "on", "doubted"),
    [(2016, None, 0), (2015, None, 1), (2017, None, 1), (2018, date(2019, 6, 1), 0)],
)
def test_the_year_in_the_header(read: Read, year: int, on: date | None, doubted: int) -> None:
    header = HEADER.replace("集体经济收入", f"{year}年集体经济收入")
    found = read([village(1)], header, on).rejects
    assert [(r.code, r.cell, r.row) for r in found] == [("FC645", "F1", 1)] * doubted


def test_a_county_in_traditional_characters(read: Read) -> None:
    rows = [village(1, county="婁煩縣"), village(2, county="娄烦县"), village(3, county="乾县")]
    roster = read([*rows, village(4, county="無名縣"), village(5, county="陽曲縣")])
    assert roster.columns["county"] == ["娄烦县", "娄烦县", "乾县", "無名縣", "阳曲县"]
    [said] = [n.zh for n in roster.notices if "→ 娄烦县" in n.zh]
    assert "婁煩縣 → 娄烦县" in said and "陽曲縣 → 阳曲县" in said and "乾" not in said


def test_headers_and_units_in_traditional_characters(read: Read) -> None:
    header = "村代碼,村名,鄉鎮,縣（市、區）,常住人口,集體經濟收入（萬元）,其他班子成員"
    roster = read([village(1).replace("30000", "3")], header)
    assert roster.columns["collective_income"] == [3_000_000]


def test_parquet_reads_as_the_same_facts(read: Read, tmp_path: Path) -> None:
    plain = read([village(1), village(2, 1_000)])
    table = pl.DataFrame(
        {
            "code": ["149901100201", "149901100202"],
            "name": ["村1", "村2"],
            "town": ["一镇", "一镇"],
            "county": ["子县", "子县"],
            "residents": [600, 1_000],
            "collective_income": [Decimal("30000.00"), Decimal("30000.00")],
            "other_cadres": [4, 4],
            "has_venue": [None, None],
        }
    )
    path = tmp_path / "r.parquet"
    table.write_parquet(path)
    roster = api.read_roster(path, api.load_policy())
    assert roster.columns == plain.columns
    assert roster.origin("residents", 1) == "r.parquet!E3"


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_a_broken_parquet_is_said_to_be(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "r.parquet"
    pl.DataFrame({"code": ["1"] * 100}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PolicyProblem) as problem:
        api.read_roster(path, api.load_policy())
    assert problem.value.diagnostics[0].code in ("FC603", "FC605")


def test_nested_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    pl.DataFrame({"code": [["1"]]}).write_parquet(path)
    with pytest.raises(PolicyProblem) as problem:
        api.read_roster(path, api.load_policy())
    assert "List" in problem.value.diagnostics[0].message.en


UNPLACED = "村名,县,常住人口,集体经济收入,其他班子成员"


def beside(read: Read, label: str, header: str = UNPLACED) -> Roster:
    """Four villages, and a row of another name whose figures are no sums."""
    rows = [f"{name}村,子县,{600 + at},{30000 + at},4" for at, name in enumerate("甲乙丙丁")]
    return read([*rows, f"{label},子县,777,77777,5"], header)


BESIDE = "去年同期 比上年增减 增长率 差额 校核数 承前页 村均数 总和 一镇4个村 2019年"


@pytest.mark.parametrize("label", BESIDE.split())
def test_a_row_that_compares_or_adds_up_is_no_village(read: Read, label: str) -> None:
    roster = beside(read, label)
    assert len(roster) == 4 and not [one for one in roster.rejects if one.severity == "error"]
    assert any(f"6“{label}”" in said.zh for said in roster.notices)


NAMELESS = """
甲水村、乙水村 甲水、乙水村 甲水村和乙水村 甲水村等3村 甲水村1组 甲水村民小组 甲水村（已撤销）
甲水村（并入乙村）
贫困村 其他村 XX村 某某村 待定 乙类村 1000人以上村 … 7 例：戊村 石筏
"""


@pytest.mark.parametrize("label", NAMELESS.split())
def test_a_name_that_is_no_villages_is_asked_about(read: Read, label: str) -> None:
    found = beside(read, label).rejects
    assert [(r.code, r.cell, r.severity) for r in found] == [("FC649", "A6", "error")]


@pytest.mark.parametrize(
    "label",
    [
        "大村",
        "和平村",
        "及第村",
        "甲水村（含乙水村）",
        "新村委会",
        "上年村",
        "汇源村",
        "其中村",
        "八个村东社区",
    ],
)
def test_names_that_only_look_like_such_words_are_villages(read: Read, label: str) -> None:
    assert len(beside(read, label)) == 5


LISTED = ["村名", "县", "常住人口", "集体经济收入", "其他班子成员"]


def book(path: Path, unseen: str = "", sheets: Sequence[str] = ("子县", "丑县")) -> Roster:
    """A sheet with a village for each county; one sheet or the column of income may be unseen."""
    with xlsxwriter.Workbook(path) as made:
        for at, name in enumerate(sheets):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, LISTED)
            sheet.write_row(1, 0, [f"{name[0]}水村", name, 600 + at, 30_000 + at, 4])
            if unseen == "column":
                sheet.set_column(3, 3, None, None, {"hidden": True})
            elif unseen == name:
                sheet.hide()
    return api.read_roster(path, api.load_policy())


def test_a_hidden_column_is_read_and_said(tmp_path: Path) -> None:
    said = [one.zh for one in book(tmp_path / "r.xlsx", "column").notices]
    assert any("列是隐藏的，照样读取：“集体经济收入”" in one for one in said)
    assert not any("隐藏" in one.zh for one in book(tmp_path / "r.xlsx").notices)


def test_a_hidden_sheet_beside_several_is_said(tmp_path: Path) -> None:
    roster = book(tmp_path / "r.xlsx", "寅县", ("子县", "丑县", "寅县"))
    assert roster.columns["county"] == ["子县", "丑县"]
    assert any("隐藏的工作表没有看：“寅县”" in one.zh for one in roster.notices)


def test_a_link_to_nothing_in_a_folder_is_said(tmp_path: Path) -> None:
    book(tmp_path / "r.xlsx")
    (tmp_path / "子县.xlsx").symlink_to(tmp_path / "gone.xlsx")
    roster = api.read_roster(tmp_path, api.load_policy())
    assert len(roster) == 2 and any("“子县.xlsx”" in one.zh for one in roster.notices)


@pytest.mark.parametrize(
    "title", ["经费情况（单位：万元）", "经费(金额单位:万元)", "经费（万元）", "单位：万元"]
)
def test_a_groups_title_with_its_unit_counts_for_its_columns_alone(read: Read, title: str) -> None:
    header = (
        f"村名,县,常住人口,{title},,其他班子成员,现行补贴（元）\n,,,集体经济收入,已安排党建经费,,"
    )
    roster = read(["甲村,子县,600,3.2,2,4,3600", "乙村,子县,700,4,0,5,4800"], header)
    assert roster.columns["collective_income"] == [3_200_000, 4_000_000]
    assert roster.columns["existing_funding"] == [2_000_000, 0]
    assert roster.columns["current_subsidy"] == [360_000, 480_000]


@pytest.mark.parametrize("dash", ["—", "-", "/", "无", ""])
def test_a_row_of_units_below_the_header_may_have_dashes(read: Read, dash: str) -> None:
    header = f"村名,县,常住人口,集体经济收入,其他班子成员\n{dash},{dash},人,万元,人\n1,2,3,4,5"
    roster = read(["甲村,子县,600,3.2,4"], header)
    assert roster.columns["collective_income"] == [3_200_000] and not roster.rejects


def test_groups_as_many_as_towns_are_asked_about_though_their_sums_are_stale(read: Read) -> None:
    """The rows without a town are not named as those are that have one."""
    header = "村名,乡镇,县,常住人口,集体经济收入,其他班子成员"
    rows: list[str] = []
    for number, group in enumerate(("甲乙丙", "丁戊己")):
        rows += [f"{name}村,一镇,子县,60{number},3000{number},4" for name in group]
        rows.append(f"{number + 1}号片,,子县,1900,95000,12")
    found = read(rows, header).rejects
    assert [(r.code, r.cell) for r in found] == [("FC649", "A5"), ("FC649", "A9")]


def test_a_header_by_which_a_tick_means_no_is_asked_about(read: Read) -> None:
    with pytest.raises(PolicyProblem) as caught:
        read([village(1) + ",√"], f"{HEADER},活动场所（无打√）")
    assert [one.code for one in caught.value.diagnostics] == ["FC613"]
    assert len(read([village(1) + ",√"], f"{HEADER},活动场所（有打√）")) == 1


@pytest.mark.parametrize(("numbered", "codes"), [(1, ["FC649"]), (4, [])])
def test_a_number_is_an_odd_name_only_among_others(
    read: Read, numbered: int, codes: list[str]
) -> None:
    rows = [village(n, 600 + n).partition(",")[2] for n in range(1, 9)]  # without codes
    rows[:numbered] = [row.replace(f"村{n}", str(n)) for n, row in enumerate(rows[:numbered], 1)]
    assert [one.code for one in read(rows, HEADER.partition(",")[2]).rejects] == codes

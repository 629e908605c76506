"""Make the rosters as offices put them together: `python -m tests.rosters.make_lists [NAME…]`.

Units in lines, notes and names; rows that are no villages; one county under several spellings; several
lists, sheets and files; and the intake. Places and figures are invented.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
from openpyxl.styles import Font

from tests.rosters.villages import (
    HEADER,
    VILLAGES,
    Cell,
    Row,
    changed,
    columns,
    headed,
    in_wan,
    total,
)
from tests.rosters.writing import Examples, csv, xlsx

good, bad = Examples("good"), Examples("bad")
ALL: list[Row] = [HEADER, *VILLAGES]
SUBSIDY = {"现行补贴": "现行补贴（元/人）"}
IN_WAN: list[Row] = [headed(SUBSIDY), *columns(in_wan)]
FIRST, SECOND = VILLAGES[:4], VILLAGES[4:]
"""The villages of the one county and of the other."""

INCOME, FUNDING, COUNTY = (HEADER.index(t) for t in ("集体经济收入", "已安排党建经费", "县"))


def in_thousands(title: str, cell: Cell) -> Cell:
    """All money in thousands of yuan, exactly."""
    money = title in ("集体经济收入", "已安排党建经费", "现行补贴")
    return float(Decimal(str(cell)) / 1_000) if money else cell


def without(column: int, rows: Sequence[Row]) -> list[list[Cell]]:
    """Rows without one of their columns."""
    return [[cell for at, cell in enumerate(row) if at != column] for row in rows]


# -- units ----------------------------------------------------------------------------------------


@good
def a_unit_line_with_a_blank(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [["村级经费台账"], [None] * 9 + ["计量单位 万元"], *IN_WAN])


@good
def a_unit_line_of_amounts(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [["村级经费台账"], ["金额:万元"], *IN_WAN])


@good
def a_unit_line_without_yuan(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [["单位： 万"], *IN_WAN])


@good
def two_lists_with_units_of_their_own(folder: Path) -> None:
    """One county in thousands of yuan, below it another in yuan, each with its line and header."""
    thousands = columns(in_thousands, FIRST)
    rows: list[Row] = [["子县党建经费表"], ["单位：千元"], HEADER, *thousands, [],
                       ["丑县党建经费表"], ["单位：元"], HEADER, *SECOND]  # fmt: skip
    xlsx(folder / "roster.xlsx", rows)


@good
def lists_below_each_other_with_the_county_in_their_titles(folder: Path) -> None:
    top, first, second = (without(COUNTY, rows) for rows in ([HEADER], FIRST, SECOND))
    rows: list[Row] = [["子县村级党建经费情况表"], *top, *first, [], ["丑县村级党建经费情况表"], *top,
                       *second]  # fmt: skip
    xlsx(folder / "roster.xlsx", rows)


@good
def a_note_below_gives_the_unit(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [*IN_WAN, [], ["说明：表中金额单位均为万元，补贴除外"]])


@good
def the_sheet_gives_the_unit(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", {"台账（单位：万元）": IN_WAN})


@good
def the_file_gives_the_unit(folder: Path) -> None:
    xlsx(folder / "roster（万元）.xlsx", IN_WAN)


@good
def a_unit_told_by_the_user(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *columns(in_wan)])


@good
def headers_that_are_not_quite_the_fact(folder: Path) -> None:
    change = {"常住人口": "户籍人口", "集体经济收入": "经营性收入"}
    xlsx(folder / "roster.xlsx", [headed(change), *VILLAGES])


@bad
def fc651_sheet_and_line_disagree(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", {"名册（万元）": [["单位：元"], *ALL]})


@bad
def fc651_header_and_format_disagree(folder: Path) -> None:
    top = headed({"集体经济收入": "集体经济收入（元）"})
    xlsx(folder / "roster.xlsx", [top, *columns(in_wan)])
    book = openpyxl.load_workbook(folder / "roster.xlsx")
    for cell in book.active["F"][1:]:
        cell.number_format = '0.0"万元"'
    book.save(folder / "roster.xlsx")


@bad
def fc650_no_unit_and_figures_in_wan(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *columns(in_wan)])


@bad
def fc650_yuan_under_wan(folder: Path) -> None:
    """A line says 万元, which the subsidies are not in."""
    xlsx(folder / "roster.xlsx", [["单位：万元"], HEADER, *columns(in_wan)])


@bad
def fc650_one_cause_in_many_cells(folder: Path) -> None:
    """Seventy subsidies in yuan under （万元）: one entry, not seventy."""
    rows = []
    for at in range(70):
        town, county = f"{'一二三四五六七'[at // 10]}镇", "子县" if at < 40 else "丑县"
        subsidy = 3_000 + 100 * (at % 9)
        cells: list[Cell] = [f"1499011{at + 201:05}", f"第{at + 1}村", town, county, 400 + 13 * at]
        rows.append([*cells, 4.5 + at, 2, 3 + at % 4, subsidy, "否", "否", "否", "是", "否"])
    change = {"集体经济收入": "集体经济收入（万元）", "已安排党建经费": "已安排党建经费（万元）",
              "现行补贴": "现行补贴（万元）"}  # fmt: skip
    xlsx(folder / "roster.xlsx", [headed(change), *rows])


# -- rows that are no villages --------------------------------------------------------------------


@good
def totals_under_many_words(folder: Path) -> None:
    words = ["总 计", "（合计）", "计", "共计：", "累计", "全市合计", "总计数"]
    xlsx(folder / "roster.xlsx", [*ALL, *(total(word, VILLAGES, name="村名") for word in words)])


@good
def means_and_parts_of_totals(folder: Path) -> None:
    mean: Row = ["村均", None, None, None, 1026.5, 234594.5, 48333.33, 4]
    part = total("其中：建档立卡贫困村", [VILLAGES[0], VILLAGES[2], VILLAGES[5]])
    most: Row = ["最大值", None, None, None, 2310, 1234567.89, 170000, 6]
    rows: list[Row] = [*ALL, total("合计", VILLAGES), part, mean, ["平均数", *mean[1:]], most]
    xlsx(folder / "roster.xlsx", rows)


@good
def towns_with_sums_above_their_villages(folder: Path) -> None:
    rows: list[Row] = [HEADER]
    for town, first, last in (("一镇", 0, 3), ("二乡", 3, 4), ("三镇", 4, 6)):
        rows += [total(town, VILLAGES[first:last], name="村名"), *VILLAGES[first:last]]
    xlsx(folder / "roster.xlsx", rows)


@good
def counties_and_towns_with_sums_below(folder: Path) -> None:
    rows: list[Row] = [HEADER]
    for county, towns in (("子县", ((0, 3, "一镇"), (3, 4, "二乡"))), ("丑县", ((4, 6, "三镇"),))):
        for first, last, town in towns:
            some = VILLAGES[first:last]
            rows += [*some, total(town, some, name="乡镇")]
        rows.append(total(county, VILLAGES[towns[0][0] : towns[-1][1]], name="村名"))
    xlsx(folder / "roster.xlsx", [*rows, total("6个村", VILLAGES, name="村名")])


@good
def towns_that_are_numbered(folder: Path) -> None:
    rows: list[Row] = [HEADER]
    for number, town, first, last in (
        ("一", "一镇", 0, 3),
        ("二", "二乡", 3, 4),
        ("三", "三镇", 4, 6),
    ):
        label = f"{number}、{town}" if number != "三" else f"（{number}）{town}"
        rows += [total(label, VILLAGES[first:last], name="村名"), *VILLAGES[first:last]]
    xlsx(folder / "roster.xlsx", [*rows, total("共6个行政村", VILLAGES)])


@good
def another_table_below(folder: Path) -> None:
    below: list[Row] = [[], ["附：各乡镇情况汇总表"], ["乡镇", "村数", "常住人口", "集体经济收入"],
                        ["一镇", 3, 2619, 93000.01], ["二乡", 1, 480, 1234567.89],
                        ["三镇", 2, 3060, 79999.5]]  # fmt: skip
    xlsx(folder / "roster.xlsx", [*ALL, *below])


@good
def rows_hidden_by_a_filter(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    book = openpyxl.load_workbook(folder / "roster.xlsx")
    book.active.auto_filter.ref = "A1:N7"
    for row in (3, 6):
        book.active.row_dimensions[row].hidden = True
    book.save(folder / "roster.xlsx")


@good
def a_row_struck_out(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    book = openpyxl.load_workbook(folder / "roster.xlsx")
    for cell in book.active[4]:
        cell.font = Font(strike=True)
    book.save(folder / "roster.xlsx")


@good
def one_county_under_many_spellings(folder: Path) -> None:
    rows = [list(row) for row in VILLAGES]
    for at, name in enumerate(["某市子县", "子县（重点县）", "子縣", "子县"]):
        rows[at][COUNTY] = name
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def a_county_without_its_last_character(folder: Path) -> None:
    rows = [list(row) for row in VILLAGES]
    rows[4][COUNTY] = "丑"
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@bad
def fc636_a_village_and_its_committee(folder: Path) -> None:
    """Villages twice, once as 村 and once as 村委会 or with a blank inside."""
    again: list[Row] = [["", "丁村委会", *VILLAGES[3][2:]], ["", "己 村民委员会", *VILLAGES[5][2:]]]
    rows = without(0, [HEADER, *VILLAGES, *again])
    xlsx(folder / "roster.xlsx", rows)


@bad
def fc649_a_town_whose_figures_are_no_sum(folder: Path) -> None:
    """A row with a name like a town's, which no village lies in and whose figures are no sum."""
    row = total("城关镇", SECOND, name="村名")
    row[4] = 3_100
    xlsx(folder / "roster.xlsx", [HEADER, *FIRST, row, *SECOND])


@bad
def fc640_a_total_beside_a_town_with_sums(folder: Path) -> None:
    wrong = total("总计", VILLAGES)
    wrong[7] = 25
    xlsx(
        folder / "roster.xlsx", [HEADER, *FIRST, *SECOND, total("三镇", SECOND, name="村名"), wrong]
    )


# -- several lists, sheets and files --------------------------------------------------------------


@good
def two_lists_side_by_side(folder: Path) -> None:
    rows: list[Row] = [[*HEADER, None, *HEADER]]
    for at in range(4):
        right = VILLAGES[4 + at] if at < 2 else [None] * len(HEADER)
        rows.append([*VILLAGES[at], None, *right])
    xlsx(folder / "roster.xlsx", rows)


@good
def a_sheet_for_each_county(folder: Path) -> None:
    """The county stands in the sheet's name only; a third sheet is no roster."""
    top = without(COUNTY, [HEADER])
    sheets: dict[str, Sequence[Row]] = {
        "说明": [["请各县按统一格式填写"]],
        "子县": [*top, *without(COUNTY, FIRST)],
        "2丑县": [*top, *without(COUNTY, SECOND)],
    }
    xlsx(folder / "roster.xlsx", sheets)


@good
def a_file_for_each_county(folder: Path) -> None:
    """A workbook and a CSV; the county stands in their names only."""
    top = without(COUNTY, [HEADER])
    xlsx(folder / "子县2017年台账.xlsx", [*top, *without(COUNTY, FIRST)])
    csv(folder / "丑县2017年台账.csv", [*top, *without(COUNTY, SECOND)], "gb18030")


@good
def a_folder_of_files(folder: Path) -> None:
    """The county in a title, one file in yuan and one in ten thousands; what is no roster is passed over."""
    (folder / "上报" / "山区").mkdir(parents=True, exist_ok=True)
    top = without(COUNTY, [HEADER])
    title: list[Row] = [["子县村级组织经费表"], [], *top]
    xlsx(folder / "上报" / "一.xlsx", [*title, *without(COUNTY, FIRST)])
    units = without(COUNTY, IN_WAN[:1])
    rows: list[Row] = [["丑县村级组织经费表"], ["单位：万元"], *units, *without(COUNTY, IN_WAN[5:])]
    xlsx(folder / "上报" / "山区" / "二.xlsx", rows)
    (folder / "上报" / "~$一.xlsx").write_bytes(b"\0" * 165)
    (folder / "上报" / "填报说明.txt").write_text("按统一格式填写\n", encoding="utf-8")


@good
def titles_and_seals_between_lists(folder: Path) -> None:
    """Lists below each other with what stands around them: 附件, years, seals, remarks."""
    rows: list[Row] = [["附件1"], ["村级组织经费台账"], ["（2017年度）"], HEADER, *FIRST, ["（盖章）"],
                       ["填表人：张三", None, None, "2017年12月5日"], [], ["附件2："], ["（2017年度）"],
                       HEADER, *SECOND, ["（公章）"]]  # fmt: skip
    xlsx(folder / "roster.xlsx", rows, merged=[(1, 0, 1, 13), (10, 0, 10, 13)])


@good
def ticks_in_one_list_only(folder: Path) -> None:
    """A blank is a no where another list has ticks in the same column, though it is blank all down here."""
    yes = {"是": "√", "否": None}
    rows = columns(lambda _, cell: yes.get(str(cell), cell))
    sheets: dict[str, Sequence[Row]] = {
        "一": [HEADER, *rows[:2]],
        "二": [HEADER, rows[2]],
        "三": [HEADER, *rows[3:]],
    }
    xlsx(folder / "roster.xlsx", sheets)


@good
def ticks_that_are_counted_in_the_total(folder: Path) -> None:
    yes = {"是": "√", "否": None}
    rows = columns(lambda _, cell: yes.get(str(cell), cell))
    whole = total("合计", VILLAGES, name="村名")
    whole[9:] = [sum(cell == "是" for cell in column) for column in zip(*VILLAGES, strict=True)][9:]
    xlsx(folder / "roster.xlsx", [HEADER, whole, *rows])


@good
def a_group_of_headers_with_a_unit_over_each_list(folder: Path) -> None:
    top: list[Cell] = [*HEADER[:5], "经费情况（万元）", "", *HEADER[7:]]
    below: list[Cell] = ["", "", "", "", "", HEADER[5], HEADER[6], *[""] * 7]
    rows = columns(in_wan)
    merged = [(first, 5, first, 6) for first in (0, 7)]
    merged += [(at, c, at + 1, c) for at in (0, 7) for c in range(14) if c not in (5, 6)]
    lists: list[Row] = [top, below, *rows[:4], [], top, below, *rows[4:]]
    xlsx(folder / "roster.xlsx", lists, merged=merged)


@good
def totals_of_towns_by_their_names(folder: Path) -> None:
    """乡计 and 镇计 below a town of one village, which has the same figures."""
    first, second = VILLAGES[:3], VILLAGES[3:4]
    one, two = total("一镇计", first, name="村名"), total("二乡计", second, name="村名")
    three = total("三镇小计", SECOND, name="乡镇")
    whole = total("合计6个村", VILLAGES)
    rows: list[Row] = [HEADER, *first, one, *second, two, *SECOND, three, whole]
    xlsx(folder / "roster.xlsx", rows)


@bad
def fc610_two_files_with_the_same_villages(folder: Path) -> None:
    xlsx(folder / "初报.xlsx", ALL)
    csv(folder / "定报.csv", [HEADER, *changed(1, "常住人口", 1010)])


@bad
def fc652_sheet_and_title_name_two_counties(folder: Path) -> None:
    rows = without(COUNTY, [HEADER, *FIRST])
    xlsx(folder / "roster.xlsx", {"丑县": [["子县村级组织经费表"], *rows]})


@bad
def fc612_no_county_anywhere(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", without(COUNTY, ALL))


@bad
def a_fault_in_each_of_two_files(folder: Path) -> None:
    xlsx(folder / "甲.xlsx", [HEADER, *changed(1, "常住人口", "一千")[:4]])
    csv(folder / "乙.csv", [HEADER, *changed(5, "常住人口", "七百五")[4:]])


# -- the intake -----------------------------------------------------------------------------------

INTAKE = """[[file]]
path = "上报/子县.xlsx"

[[file.sheet]]
name = "Sheet1"
county = "子县"
header_row = 3
left_out = [{ row = 8, name = "城郊片", why = "片区合计，其中人数另有口径" }]
kept = [{ row = 7, why = "是村，不是镇" }]

[file.sheet.columns]
"全年进账" = { fact = "collective_income", unit = "万元" }
"已安排党建经费" = { fact = "existing_funding", unit = "万元" }
"备注" = { ignore = true }

[[file.sheet]]
name = "去年"
ignore = true

[[file]]
path = "上报/丑县.csv"

[[correction]]
cell = "上报/子县.xlsx!Sheet1!D4"
was = "62O"
is = "620"
why = "字母 O 应为 0，电话核实"
by = "张三"

[[correction]]
cell = "上报/子县.xlsx!Sheet1!B7"
was = "丁家镇"
is = "丁村"
why = "村名写错"
by = "李四"

[[correction]]
cell = "上报/丑县.csv!E3"
was = "7500"
is = "750"
why = "多写一个 0"
by = "张三"
"""


def _with_intake(folder: Path, intake: str) -> None:
    """Two files that only their intake makes readable."""
    (folder / "上报").mkdir(exist_ok=True)
    rows = columns(in_wan, FIRST)
    rows[0][4], rows[3][1] = "62O", "丁家镇"
    sums = total("城郊片", columns(in_wan, FIRST), name="村名")
    sums[7] = 99
    top = headed({"集体经济收入": "全年进账"})
    body = without(COUNTY, [top, *rows, sums])
    body = [[*row, "备注" if not at else "已核" if at % 2 else ""] for at, row in enumerate(body)]
    sheets: dict[str, Sequence[Row]] = {"Sheet1": [["村级经费台账"], [], *body], "去年": ALL[:3]}
    xlsx(folder / "上报" / "子县.xlsx", sheets)
    csv(folder / "上报" / "丑县.csv", [HEADER, *changed(5, "常住人口", 7500)[4:]])
    (folder / "intake.toml").write_text(intake, encoding="utf-8")


@good
def an_intake(folder: Path) -> None:
    """County, header row, columns with units, rows left out and kept, a sheet ignored, three corrections."""
    _with_intake(folder, INTAKE)


@bad
def fc654_a_cell_that_has_changed_since(folder: Path) -> None:
    _with_intake(folder, INTAKE.replace('was = "62O"', 'was = "6200"'))


@bad
def fc653_another_file_than_was_meant(folder: Path) -> None:
    said = 'path = "上报/丑县.csv"\n'
    _with_intake(folder, INTAKE.replace(said, f'{said}sha256 = "{"0" * 64}"\n'))


@bad
def fc653_corrections_and_rows_that_are_not_there(folder: Path) -> None:
    text = INTAKE.replace("丑县.csv!E3", "丑县.csv!Sheet1!E3").replace("row = 8", "row = 6")
    _with_intake(folder, text.replace('name = "去年"', 'name = "前年"'))


@bad
def fc653_an_intake_with_a_file_beside_it(folder: Path) -> None:
    _with_intake(folder, INTAKE)
    shutil.copy(folder / "上报" / "丑县.csv", folder / "丑县.csv")


@bad
def fc653_a_file_of_a_policy(folder: Path) -> None:
    (folder / "rules.toml").write_text('[programme]\nid = "abc"\n', encoding="utf-8")


@bad
def fc618_a_header_that_is_gone(folder: Path) -> None:
    _with_intake(folder, INTAKE.replace('"全年进账"', '"全年进帐"'))


if __name__ == "__main__":
    good.write()
    bad.write()

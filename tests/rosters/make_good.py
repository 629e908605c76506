"""Make the good rosters: `python -m tests.rosters.make_good`. Each holds the same six invented villages.

The files are committed; run this only to add one or to change one. Those that LibreOffice writes
need it and are left as they are where it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from tests.rosters.villages import HEADER, VILLAGES, Cell, Row, columns, headed, in_wan, total
from tests.rosters.writing import OFFICE, Examples, csv, xlsx

WIDE = str.maketrans("0123456789.,()", "０１２３４５６７８９．，（）")
ALL: list[Row] = [HEADER, *VILLAGES]
good = Examples("good")


# -- formats --------------------------------------------------------------------------------------


@good
def plain_xlsx(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)


@good
def csv_with_a_byte_order_mark(folder: Path) -> None:
    csv(folder / "roster.csv", ALL, "utf-8-sig", end="\r\n")


@good
def csv_in_gb18030(folder: Path) -> None:
    csv(folder / "roster.csv", [["某市各村情况（䶮）"], *ALL], "gb18030", end="\r\n")


@good
def csv_with_mixed_line_ends(folder: Path) -> None:
    csv(folder / "roster.csv", ALL)
    data = (folder / "roster.csv").read_bytes().split(b"\n")
    ends = [b"\r\n", b"\n", b"\r", b"\n", b"\r\n", b"\r", b""]
    (folder / "roster.csv").write_bytes(b"".join(a + b for a, b in zip(data, ends, strict=False)))


@good
def parquet_of_text(folder: Path) -> None:
    rows = columns(lambda _, cell: str(cell))
    pl.DataFrame(rows, schema=HEADER, orient="row").write_parquet(folder / "roster.parquet")


@good
def parquet_of_types(folder: Path) -> None:
    """Decimals, whole numbers, yes/no and nothing at all, under the facts' ids."""
    ids = ["code", "name", "town", "county", "residents", "collective_income", "existing_funding",
           "other_cadres", "current_subsidy", "registered_poor", "weak_organisation",
           "former_empty_shell", "has_venue", "first_secretary"]  # fmt: skip
    table = pl.DataFrame(VILLAGES, schema=ids, orient="row", strict=False)
    yes = [(pl.col(id_) == "是").alias(id_) for id_ in ids[9:]]
    exact = [Decimal(str(row[5])).quantize(Decimal("0.01")) for row in VILLAGES]
    income = pl.Series("collective_income", exact, pl.Decimal(18, 2))
    table.with_columns(*yes, income).write_parquet(folder / "roster.parquet")


@good
def parquet_of_doubles(folder: Path) -> None:
    rows = columns(lambda _, cell: float(cell) if isinstance(cell, int | float) else cell)
    pl.DataFrame(rows, schema=HEADER, orient="row").write_parquet(folder / "roster.parquet")


@good
def xls_by_libreoffice(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    OFFICE.convert(folder / "roster.xlsx", "xls")
    (folder / "roster.xlsx").unlink()


@good
def xlsx_by_libreoffice(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    OFFICE.convert(folder / "roster.xlsx", "xlsx")


@good
def xls_with_merged_headers_by_libreoffice(folder: Path) -> None:
    two_header_rows(folder)
    OFFICE.convert(folder / "roster.xlsx", "xls")
    (folder / "roster.xlsx").unlink()


@good
def xlsx_with_texts_in_the_cells(folder: Path) -> None:
    """Written by a program that keeps no table of texts."""
    xlsx(folder / "roster.xlsx", ALL, constant_memory=True)


# -- shapes ---------------------------------------------------------------------------------------


@good
def titles_and_a_unit_line(folder: Path) -> None:
    rows = columns(in_wan)
    units = {"现行补贴": "现行补贴（元）"}
    top: list[Row] = [["某市各村情况表"], ["填报单位：某市", None, None, None, None, "单位：万元"]]
    xlsx(folder / "roster.xlsx", [*top, [], headed(units), *rows], merged=[(0, 0, 0, 13)])


@good
def two_header_rows(folder: Path) -> None:
    top = [*HEADER]
    top[5], top[6] = "经费（万元）", ""
    below = ["" if i not in (5, 6) else HEADER[i] for i in range(len(HEADER))]
    merged = [(1, c, 2, c) for c in range(len(HEADER)) if c not in (5, 6)]
    rows: list[Row] = [["各村情况"], top, below, *columns(in_wan)]
    xlsx(folder / "roster.xlsx", rows, merged=[(0, 0, 0, 13), (1, 5, 1, 6), *merged])


@good
def three_header_rows(folder: Path) -> None:
    top: list[Cell] = ["村", "", "所在", "", "人口", "收支", "", "班子", "", "情况", "", "", "", ""]
    middle = headed({"村名": "名称", "常住人口": ""})
    units = ["", "", "", "", "人", "万元", "万元", "人", "元/人·年", "", "", "", "", ""]
    merged = [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 1, 4), (0, 5, 0, 6), (0, 7, 0, 8), (0, 9, 0, 13)]
    xlsx(folder / "roster.xlsx", [top, middle, units, *columns(in_wan)], merged=merged)


@good
def totals_that_agree(folder: Path) -> None:
    first, second = VILLAGES[:4], VILLAGES[4:]
    rows = [total("合  计", VILLAGES), *first, total("子县小计", first), *second,
            total("丑县小计", second)]  # fmt: skip
    for at in (0, 5, 8):
        rows[at][8] = "—"
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def blank_rows_headers_again_and_signatures(folder: Path) -> None:
    rows: list[Row] = [HEADER, *VILLAGES[:3], [], HEADER, *VILLAGES[3:], [], ["注：人口为年末数"],
                       ["制表人：", None, None, "审核人："]]  # fmt: skip
    xlsx(folder / "roster.xlsx", rows)


@good
def a_row_of_column_numbers(folder: Path) -> None:
    numbers: list[Cell] = ["甲", "乙", "丙", "丁", *range(1, 11)]
    xlsx(folder / "roster.xlsx", [HEADER, numbers, *VILLAGES])


@good
def counties_and_towns_in_merged_cells(folder: Path) -> None:
    rows = [list(row) for row in VILLAGES]
    for at in (1, 2, 3, 5):
        rows[at][3] = None
    for at in (1, 2, 5):
        rows[at][2] = None
    merged = [(1, 3, 4, 3), (5, 3, 6, 3), (1, 2, 3, 2), (5, 2, 6, 2)]
    xlsx(folder / "roster.xlsx", [HEADER, *rows], merged=merged)


@good
def columns_in_another_order(folder: Path) -> None:
    order = [13, 3, 5, 0, 8, 2, 1, 12, 4, 9, 7, 6, 11, 10]
    xlsx(folder / "roster.xlsx", [[row[i] for i in order] for row in ALL])


@good
def a_table_that_begins_far_in(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [[], [], *([None, None, *row] for row in ALL)])


@good
def columns_that_are_no_facts(folder: Path) -> None:
    rows = [[i or "序号", *row, "备注" if not i else ""] for i, row in enumerate(ALL)]
    xlsx(folder / "roster.xlsx", rows)


@good
def the_template_filled_in(folder: Path) -> None:
    from openpyxl import load_workbook

    from fundcalc import api

    api.write_template(folder / "roster.xlsx", api.load_policy(), "zh")
    book = load_workbook(folder / "roster.xlsx")
    for row in VILLAGES:
        book.active.append([None, *row])
    book.save(folder / "roster.xlsx")


@good
def several_sheets(folder: Path) -> None:
    sheets: dict[str, Sequence[Row]] = {
        "说明": [["本表为演示，数据均为虚构"]],
        "名册": ALL,
        "乡镇": [["乡镇", "县"], ["一镇", "子县"]],
    }
    xlsx(folder / "roster.xlsx", sheets)


@good
def a_hidden_sheet_with_last_years_roster(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", {"今年": ALL, "去年": ALL[:3]}, hidden="去年")


@good
def two_rosters_of_which_one_is_named(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", {"初稿": ALL[:3], "定稿": ALL})


# -- headers --------------------------------------------------------------------------------------


@good
def a_header_named_by_the_user(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"集体经济收入": "全年进账", "县": "行政区"}), *VILLAGES])


@good
def english_headers(folder: Path) -> None:
    top = ["Code", "Village", "Town", "County", "Residents", "Collective income (10,000 yuan)",
           "Funding already arranged (10,000 yuan/year)", "Other committee members (persons)",
           "Current subsidy", "Registered poor village", "Weak organisation", "Former empty shell",
           "Has a venue", "First secretary posted"]  # fmt: skip
    yes = {"是": "yes", "否": "No"}
    rows = columns(lambda title, cell: yes.get(str(cell), in_wan(title, cell)))
    xlsx(folder / "roster.xlsx", [top, *rows])


@good
def headers_with_aliases_and_units(folder: Path) -> None:
    change = {
        "代码": "统计用区划代码", "乡镇": "乡（镇、街道）", "县": "县（市、区）", "常住人口": "人口数（人）",
        "集体经济收入": "2016年村集体经济收入（元）", "其他班子成员": "主干以外班子成员［人］",
        "现行补贴": "人均补贴（元/人·年）", "有活动场所": "是否有活动场所", "建档立卡贫困村": "是否贫困村",
    }  # fmt: skip
    xlsx(folder / "roster.xlsx", [headed(change), *VILLAGES])


@good
def headers_in_traditional_characters(folder: Path) -> None:
    change = {"代码": "代碼", "乡镇": "鄉鎮", "县": "縣", "集体经济收入": "集體經濟收入（萬元）",
              "已安排党建经费": "已安排黨建經費（萬元）", "现行补贴": "現行補貼"}  # fmt: skip
    rows = columns(in_wan)
    rows[0][3] = "子縣"
    xlsx(folder / "roster.xlsx", [headed(change), *rows])


# -- values ---------------------------------------------------------------------------------------


@good
def numbers_kept_as_text(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *columns(lambda _, cell: f" {cell} ")])


@good
def codes_kept_as_numbers(folder: Path) -> None:
    rows = columns(lambda title, cell: int(str(cell)) if title == "代码" else cell)
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def codes_kept_as_numbers_in_an_xls(folder: Path) -> None:
    codes_kept_as_numbers(folder)
    OFFICE.convert(folder / "roster.xlsx", "xls")
    (folder / "roster.xlsx").unlink()


@good
def formulas_with_their_values(folder: Path) -> None:
    rows = columns(lambda title, cell: (f"=0+{cell}", cell) if title == "集体经济收入" else cell)
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def ticks_and_blanks(folder: Path) -> None:
    yes = {"是": "√", "否": None}
    rows = columns(lambda _, cell: yes.get(str(cell), cell))
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def every_word_for_yes_and_no(folder: Path) -> None:
    words = {"是": ["yes", "TRUE", 1, "有", "Y"], "否": ["no", "false", 0, "无", "×"]}
    rows = [list(row) for row in VILLAGES]
    for row in rows:
        for at in range(9, 14):
            row[at] = words[str(row[at])][at - 9]
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@good
def a_register_that_agrees(folder: Path) -> None:
    csv(folder / "register.csv", [row[:4] for row in ALL])
    xlsx(folder / "roster.xlsx", ALL)


if __name__ == "__main__":
    good.write()

"""Make the bad rosters: `python -m tests.rosters.make_bad`. Each shows one fault, named by its code.

The files are committed; run this only to add one or to change one. Places and figures are invented.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from fundcalc import api
from fundcalc.roster.clean import KEY
from tests.rosters.villages import HEADER, VILLAGES, Cell, Row, changed, columns, headed, in_wan
from tests.rosters.writing import OFFICE, Examples, Make, csv, xlsx

ALL: list[Row] = [HEADER, *VILLAGES]
bad = Examples("bad")


def made(rows: Sequence[Row]) -> bytes:
    """A workbook's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        xlsx(Path(folder) / "made.xlsx", rows)
        return (Path(folder) / "made.xlsx").read_bytes()


def one(row: int, column: str, value: Cell) -> Make:
    """A workbook with one cell changed."""
    return lambda folder: xlsx(folder / "roster.xlsx", [HEADER, *changed(row, column, value)])


# -- files ----------------------------------------------------------------------------------------


@bad
def fc602_another_kind_of_file(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    OFFICE.convert(folder / "roster.xlsx", "ods")
    (folder / "roster.xlsx").unlink()


@bad
def fc603_a_workbook_cut_off(folder: Path) -> None:
    (folder / "roster.xlsx").write_bytes(made(ALL)[:3000])


@bad
def fc603_an_old_workbook_cut_off(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    OFFICE.convert(folder / "roster.xlsx", "xls")
    (folder / "roster.xlsx").unlink()
    data = (folder / "roster.xls").read_bytes()
    (folder / "roster.xls").write_bytes(data[: len(data) // 3])


@bad
def fc603_a_web_page_called_xls(folder: Path) -> None:
    cells = "".join(f"<td>{title}</td>" for title in HEADER)
    page = f"<html><body><table><tr>{cells}</tr></table></body></html>"
    (folder / "roster.xls").write_text(page, encoding="utf-8")


@bad
def fc603_a_csv_called_xlsx(folder: Path) -> None:
    csv(folder / "roster.csv", ALL)
    (folder / "roster.csv").rename(folder / "roster.xlsx")


@bad
def fc603_a_workbook_called_csv(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(made(ALL))


@bad
def fc603_a_parquet_cut_off(folder: Path) -> None:
    pl.DataFrame({"code": ["149901100211"] * 50}).write_parquet(folder / "roster.parquet")
    data = (folder / "roster.parquet").read_bytes()
    (folder / "roster.parquet").write_bytes(data[:-20])


@bad
def fc603_a_sheet_cut_off(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(made(ALL))) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet][: len(parts[sheet]) // 2]
    with zipfile.ZipFile(folder / "roster.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data)


@bad
def fc604_a_password(folder: Path) -> None:
    xlsx(folder / "plain.xlsx", ALL)
    OFFICE.lock(folder / "plain.xlsx", folder / "roster.xlsx")
    (folder / "plain.xlsx").unlink()


@bad
def fc604_a_password_on_an_old_workbook(folder: Path) -> None:
    xlsx(folder / "plain.xlsx", ALL)
    OFFICE.lock(folder / "plain.xlsx", folder / "roster.xls")
    (folder / "plain.xlsx").unlink()


@bad
def fc605_nothing(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(b"")


@bad
def fc605_only_nuls(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(b"\0" * 5000)


@bad
def fc605_no_villages(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER])


@bad
def fc605_the_template_as_it_came(folder: Path) -> None:
    from fundcalc import api

    api.write_template(folder / "roster.xlsx", api.load_policy(), "zh")


@bad
def fc606_a_zip_bomb(folder: Path) -> None:
    with zipfile.ZipFile(folder / "roster.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        part = zipfile.ZipInfo("xl/worksheets/sheet1.xml", (2000, 1, 1, 0, 0, 0))
        part.compress_type = zipfile.ZIP_DEFLATED
        package.writestr(part, b"\0" * 101_000_000)


@bad
def fc606_a_cell_far_away(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [*ALL, [None] * 300 + ["x"]])


@bad
def fc607_utf_16(folder: Path) -> None:
    csv(folder / "roster.csv", ALL, "utf-16", sep="\t")


@bad
def fc607_bytes_of_no_encoding(folder: Path) -> None:
    csv(folder / "roster.csv", ALL)
    data = (folder / "roster.csv").read_bytes().replace("丙".encode(), b"\xff\xff\x80")
    (folder / "roster.csv").write_bytes(data)


# -- sheets and headers ---------------------------------------------------------------------------


@bad
def fc609_no_such_sheet(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", {"名册": ALL})


@bad
def fc610_two_rosters(folder: Path) -> None:
    """A draft beside the final list: some villages twice, one only there."""
    xlsx(folder / "roster.xlsx", {"初稿": ALL[:6], "定稿": ALL})


@bad
def fc611_no_header(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", VILLAGES)


@bad
def fc611_big5(folder: Path) -> None:
    """Taiwan's encoding reads as GB18030, but as nonsense."""
    top = ["代碼", "村名", "鄉鎮", "縣", "常住人口", "集體經濟收入", "其他班子成員"]
    csv(folder / "roster.csv", [top, ["149901100211", "甲村", "一鎮", "子縣", 620, 1, 4]], "big5")


@bad
def fc612_a_column_missing(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"常住人口": "户数"}), *VILLAGES])


@bad
def fc613_a_header_that_may_be_meant(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"已安排党建经费": "已按排党建经费"}), *VILLAGES])


@bad
def fc614_one_header_for_two_facts(folder: Path) -> None:
    top = ["", "", "", "", "常住人口", "", *HEADER[6:]]
    below = headed({"常住人口": "总人口", "集体经济收入": "集体收入"})
    merged = [(0, 4, 0, 5), *[(0, c, 1, c) for c in range(6, 14)]]
    xlsx(folder / "roster.xlsx", [top, below, *VILLAGES], merged=merged)


@bad
def fc615_two_columns_for_one_fact(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [[*headed({"常住人口": "人口"}), "总人口"], *VILLAGES])


@bad
def fc616_an_unknown_unit(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"集体经济收入": "集体经济收入（美元）"}), *VILLAGES])


@bad
def fc617_another_unit(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"常住人口": "常住人口（户）"}), *VILLAGES])


@bad
def fc618_an_unknown_fact(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)


@bad
def fc618_an_unknown_header(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)


# -- values ---------------------------------------------------------------------------------------

ONE_CELL: dict[str, Make] = {
    "FC620_nothing_where_a_number_is_needed": one(2, "常住人口", None),
    "FC620_no_name": one(2, "村名", "  "),
    "FC621_not_a_number": one(0, "常住人口", "约六百"),
    "FC622_a_unit_in_the_cell": one(1, "集体经济收入", "5万"),
    "FC623_a_negative_count": one(3, "其他班子成员", -2),
    "FC624_a_fraction_of_a_person": one(3, "常住人口", 480.5),
    "FC625_out_of_range": one(4, "常住人口", 23_100_000),
    "FC626_a_formula_gone_wrong": one(1, "集体经济收入", ("=1/0", "#DIV/0!")),
    "FC626_a_formula_never_computed": one(1, "集体经济收入", ("=25000*2", "")),
    "FC627_a_date_for_a_count": one(1, "其他班子成员", date(2017, 5, 4)),
    "FC630_neither_yes_nor_no": one(5, "有活动场所", "在建"),
    "FC634_a_code_one_digit_short": one(0, "代码", "14990110021"),
    "FC635_a_code_twice": one(5, "代码", "149901100211"),
    "FC637_a_name_far_too_long": one(5, "村名", "本村位于县城以北" * 30),
    "FC638_a_character_nobody_sees": one(5, "村名", "己\u200b村"),
    "FC639_a_code_with_decimals": one(5, "代码", 149902100216.5),
    "FC642_a_character_of_one_font_only": one(5, "村名", "\ue21a村"),
    "FC643_two_villages_of_one_name": one(2, "村名", "甲村"),
}
bad.makers.update(ONE_CELL)


@bad
def fc622_wan_under_a_header_in_wan(folder: Path) -> None:
    rows = [list(row) for row in columns(in_wan)]
    rows[1][5] = "5万"
    top = {"集体经济收入": "集体经济收入（万元）", "已安排党建经费": "已安排党建经费（万元）"}
    xlsx(folder / "roster.xlsx", [headed(top), *rows])


@bad
def fc648_a_county_that_may_be_two(folder: Path) -> None:
    """A county without its last character, where the roster has it as a county and as a banner."""
    rows = [
        [*row[:3], "子丑县" if at < 3 else "子丑旗", *row[4:]] for at, row in enumerate(VILLAGES)
    ]
    rows[4][3] = "子丑"
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@bad
def fc628_figures_in_merged_cells(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *changed(1, "常住人口", None)], merged=[(1, 4, 2, 4)])


POLICY = Path(__file__).parents[1] / "diagnostics" / "base"


@bad
def fc636_two_villages_without_codes(folder: Path) -> None:
    rows = changed(1, "村名", "甲村")
    rows[0][0] = rows[1][0] = None
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@bad
def fc640_a_total_that_does_not_agree(folder: Path) -> None:
    total = ["合计", None, None, None, 6159, 1407567.4, 290000, 25]
    xlsx(folder / "roster.xlsx", [HEADER, *VILLAGES, total])


@bad
def fc641_a_total_that_is_no_number(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *VILLAGES, ["合计", None, None, None, "约6千"]])


@bad
def fc644_ten_times_the_others_of_the_town(folder: Path) -> None:
    one(1, "常住人口", 10_000)(folder)


@bad
def fc645_figures_of_another_year(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [headed({"集体经济收入": "2017年集体经济收入"}), *VILLAGES])


@bad
def fc647_the_example_without_its_mark(folder: Path) -> None:
    example: Row = ["149901100201", "示例村", "示例乡", "示例县", 620, 43000, 20000, 4, 3600, "是"]
    xlsx(folder / "roster.xlsx", [HEADER, example, *VILLAGES])


# -- several together -----------------------------------------------------------------------------


def _several() -> list[list[Cell]]:
    rows = [list(row) for row in VILLAGES]
    for at, column, value in (
        (0, "常住人口", "620人"), (0, "集体经济收入", "4.3万"), (1, "其他班子成员", -1), (2, "代码", "1499"),
        (3, "村名", None), (3, "有活动场所", "?"), (4, "集体经济收入", 0.001), (5, "村名", "\ue000村"),
    ):  # fmt: skip
        rows[at][HEADER.index(column)] = value
    return rows


@bad
def all_faults_at_once(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [["某市各村情况"], HEADER, *_several()])


@bad
def all_faults_at_once_in_an_xls(folder: Path) -> None:
    all_faults_at_once(folder)
    OFFICE.convert(folder / "roster.xlsx", "xls")
    (folder / "roster.xlsx").unlink()


@bad
def all_faults_at_once_as_json(folder: Path) -> None:
    all_faults_at_once(folder)


@bad
def fc656_clean_facts_of_another_unit(folder: Path) -> None:
    """Clean facts made when incomes counted by the month, and of which the second part is missing."""
    csv(folder / "roster.csv", ALL)
    policy = api.load_policy()
    read = api.read_roster(folder / "roster.csv", policy)
    api.write_clean(folder / "clean", read, policy)
    (folder / "roster.csv").unlink()
    path = folder / "clean" / "part-00000.parquet"
    said = pl.read_parquet_metadata(path)[KEY]
    said = said.replace("yuan/year", "yuan/month", 1).replace('"parts":1', '"parts":2')
    pl.read_parquet(path).write_parquet(folder / "roster.parquet", metadata={KEY: said})
    shutil.rmtree(folder / "clean")


@bad
def several_headers_at_once(folder: Path) -> None:
    change = {"常住人口": "常住人口（万元）", "集体经济收入": "集体经济收入（美元）", "县": "辖区"}
    xlsx(folder / "roster.xlsx", [[*headed(change), "村名"], *VILLAGES])


@bad
def a_register_that_differs(folder: Path) -> None:
    """One village gone, one new, one renamed, one under another code."""
    rows = [list(row) for row in VILLAGES]
    rows[0][1], rows[2][0] = "甲家村", "149901100299"
    xlsx(folder / "roster.xlsx", [HEADER, *rows[:5], ["149902100230", "庚村", *VILLAGES[5][2:]]])
    csv(folder / "register.csv", [row[:4] for row in ALL])


@bad
def a_register_and_a_roster_without_codes(folder: Path) -> None:
    names = ["甲村委会", "乙村", "丙", "丁村", "戊村"]
    rows = [[name, *row[2:]] for name, row in zip(names, VILLAGES, strict=False)]
    xlsx(folder / "roster.xlsx", [HEADER[1:], *rows])
    csv(folder / "register.csv", [row[:4] for row in ALL])


@bad
def a_register_that_is_faulty_itself(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", ALL)
    csv(
        folder / "register.csv",
        [row[:4] for row in ALL] + [["14990210021", "辛村", "三镇", "丑县"]],
    )


if __name__ == "__main__":
    bad.write()

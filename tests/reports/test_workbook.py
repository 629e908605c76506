"""The workbook to sign and the public notice, opened again and read cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from fundcalc_cli.app import app

HEADER = ["代码", "村名", "乡镇", "县", "常住人口", "集体经济收入", "已安排党建经费"]
HEADER += ["其他班子成员", "现行补贴"]
VILLAGES = [
    ["149901100201", "甲村", "子乡", "娄烦县", 1200, 60000, 0, 4, 5000],
    ["149901100202", "=1+1", "子乡", "娄烦县", 300, "49999.99", "", 3, 8000],
    ["149901110203", "@SUM(A1)", "丑镇", "娄烦县", 999, 0, 120000, 5, 0],
    ["149902100204", "+1", "寅镇", "清徐县", 800, 50000, 0, 6, 7999.99],
    ["149902100205", "-2+3", "寅镇", "清徐县", 1000, 700000, 50000, 2, 100],
    ["149902100206", "=cmd|' /C calc'!A0", "寅镇", "清徐县", 640, 10000, 0, 0, 0],
]
Book = Callable[..., openpyxl.Workbook]


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *VILLAGES])
    path = tmp_path / "r.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["run", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def book(roster: Path) -> Book:
    def write(*options: str) -> openpyxl.Workbook:
        path = roster.with_name("out.xlsx")
        run(roster, "-o", path, "--lang", "zh", *options)
        return openpyxl.load_workbook(path)

    return write


def lines(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def column(sheet: Any, head: str) -> dict[str, Any]:
    """A column of the sheet to sign by the first cell of each row or the village's name."""
    rows = lines(sheet)
    at = next(row.index(head) for row in rows[3:5] if head in row)
    name = rows[3].index("村名")
    return {
        str(row[name] if isinstance(row[0], int) else row[0]): row[at]
        for row in rows[5:]
        if row[0] is not None
    }


def test_villages_stand_under_town_and_county_and_add_up(book: Book) -> None:
    sheet = book().worksheets[0]
    assert sheet.title == "签发表"
    amounts = column(sheet, "补贴总额")
    order = [label for label in amounts if "小计" in label or "合计" in label]
    assert order[:6] == [
        "子乡 小计（2 个村）", "丑镇 小计（1 个村）", "娄烦县 小计（3 个村）",
        "寅镇 小计（3 个村）", "清徐县 小计（3 个村）", "合计（6 个村）",
    ]  # fmt: skip
    villages = [Decimal(str(amounts[row[1]])) for row in VILLAGES]
    assert Decimal(str(amounts["合计（6 个村）"])) == sum(villages)
    assert Decimal(str(amounts["娄烦县 小计（3 个村）"])) == sum(villages[:3])
    assert Decimal(str(amounts["子乡 小计（2 个村）"])) == sum(villages[:2])


def test_what_is_needed_to_sign_stands_on_it(book: Book) -> None:
    sheet = book().worksheets[0]
    text = "\n".join(str(cell) for row in lines(sheet) for cell in row if cell is not None)
    for part in (
        "资金测算表",
        "执行标准：2017-12-31",
        "单位：元",
        "制表人：",
        "审核人：",
        "负责人：",
    ):
        assert part in text
    total = column(sheet, "应安排合计")["合计（6 个村）"]
    assert f"¥{total:,.2f}" in text
    assert "元" in text.split("（大写）：")[1][:60]
    assert "sha256:" in sheet.oddFooter.left.text
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$4:$5"


def test_ten_thousand_yuan(book: Book) -> None:
    yuan, wan = book().worksheets[0], book("--unit", "wan").worksheets[0]
    assert "单位：万元" in [cell for cell in lines(wan)[1] if cell]
    other = column(wan, "应安排合计")
    for label, amount in column(yuan, "应安排合计").items():
        if isinstance(amount, int | float):
            assert Decimal(str(other[label])) * 10_000 == Decimal(str(amount))


def test_no_name_becomes_a_formula(book: Book) -> None:
    for sheet in book().worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if any(cell.value == village[1] for village in VILLAGES):
                    assert cell.data_type == "s", (sheet.title, cell.coordinate)


def test_the_public_notice_has_no_inputs_and_one_sheet(book: Book) -> None:
    [sheet] = book("--public").worksheets
    assert sheet.title == "公示表"
    heads = {cell for row in lines(sheet)[3:5] for cell in row if cell}
    assert not heads & {"代码", "集体经济收入", "标记", "常住人口（人）"}
    assert {"村名", "保障经费", "补贴总额"} <= heads
    text = "\n".join(str(cell) for row in lines(sheet) for cell in row if cell is not None)
    assert "公示单位" in text and "制表人" not in text


def test_a_public_notice_needs_a_workbook(roster: Path) -> None:
    run(roster, "--public", "-o", roster.with_name("o.csv"), code=2)


def test_rejects_stand_on_a_sheet_of_their_own(roster: Path) -> None:
    text = roster.read_text(encoding="utf-8").replace("999,0,120000", "999,-1,120000")
    roster.write_text(text, encoding="utf-8")
    out = roster.with_name("o.xlsx")
    run(roster, "-o", out, "--lang", "zh", code=1)
    assert not out.exists()
    run(roster, "-o", out, "--lang", "zh", "--skip-rejects")
    rows = lines(openpyxl.load_workbook(out)["需更正"])
    assert any("F4" in row and "-1" in row for row in rows)
    assert "合计（5 个村）" in column(openpyxl.load_workbook(out).worksheets[0], "补贴总额")


def test_the_same_input_gives_the_same_bytes(roster: Path) -> None:
    one, two = roster.with_name("1.xlsx"), roster.with_name("2.xlsx")
    for path in (one, two):
        run(roster, "-o", path, "--no-record")  # a recorded run has its id at the foot of the page
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("option", [[], ["--public"]])
def test_an_english_workbook_says_the_same(roster: Path, option: list[str]) -> None:
    out = roster.with_name("o.xlsx")
    run(roster, "-o", out, "--lang", "en", *option)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    text = "\n".join(str(cell) for row in lines(sheet) for cell in row if cell is not None)
    assert "Total (6 villages)" in text
    assert "Amounts in yuan" in text


@pytest.mark.parametrize("options", [["--public"], ["--unit", "wan"]])
def test_every_text_of_the_sheet_has_room(roster: Path, options: list[str]) -> None:
    """Estimated at two columns a Chinese character, and 13 points a line; the header has two rows."""
    path, out = roster.with_name("many.csv"), roster.with_name("many.xlsx")
    told = ["软弱涣散村", "原空壳村", "有活动场所", "已派第一书记", "建档立卡贫困村"]
    many = [[*village, "是", "是", "否", "否", "是"] for village in VILLAGES]
    many[1][5] = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*HEADER, *told], *many])
    run(path, "-o", out, "--lang", "zh", *options)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    heads = [cell.value for cell in sheet[4]]
    at = heads.index("扶持措施")
    measures = [row[at] for row in sheet.iter_rows(min_row=6) if isinstance(row[0].value, int)]
    assert max(len(cell.value) for cell in measures) > 20
    for cell in measures:
        room = sheet.column_dimensions[cell.column_letter].width - 2
        need = -(-2 * len(cell.value) // int(room))
        assert need * 13 <= (sheet.row_dimensions[cell.row].height or 15.5)
    county = sheet.cell(4, heads.index("县（市、区）") + 1)
    assert sheet.column_dimensions[county.column_letter].width * 2 > 2 * len(county.value) + 2

"""The workbook to sign and the public notice: read cell by cell, recalculated, and measured as printed."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from pypdf import PageObject, PdfReader
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, rule
from tests.conftest import ROOT
from tests.formulas.office import profile, recalculated, soffice
from typer.testing import CliRunner

from fundcalc import api
from fundcalc.base.words import Words
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
TO_SETTLE = re.compile(r"须明确口径的事项：(\d+) 项，涉及 (\d+) 个村")
Book = Callable[..., openpyxl.Workbook]


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *VILLAGES])
    path = tmp_path / "r.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def run(*arguments: object, code: int = 0) -> str:
    words = ["run", *map(str, arguments)]
    with patch.object(sys, "argv", ["fundcalc", *words]):  # where --lang is looked for
        result = CliRunner().invoke(app, words)
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
    """The cells, heads as if they stood on one line."""
    return [
        [c.value.replace("\n", "") if isinstance(c.value, str) else c.value for c in row]
        for row in sheet.iter_rows()
    ]


def column(sheet: Any, head: str) -> dict[str, Any]:
    """A column of a sheet to sign by the village's or county's name, or by what a sum is called."""
    rows = lines(sheet)
    first = next(index for index, row in enumerate(rows) if row[0] in ("序号", "No."))
    at = next(row.index(head) for row in rows[first : first + 2] if head in row)
    return {
        str(row[1] if isinstance(row[0], int) else row[0]): row[at]
        for row in rows[first + 2 :]
        if row[0] is not None
    }


def amounts(path: Path, sheet: str, head: str) -> dict[str, Any]:
    """The same with the values stored beside formulas."""
    return column(openpyxl.load_workbook(path, data_only=True)[sheet], head)


def texts(sheet: Any) -> str:
    return "\n".join(str(cell) for row in lines(sheet) for cell in row if cell is not None)


def test_villages_stand_under_town_and_county_and_add_up(roster: Path, book: Book) -> None:
    sheet = book()["签发表"]
    formulas = column(sheet, "补贴总额")
    order = [label for label in formulas if "小计" in label or "合计" in label]
    assert order[:6] == [
        "子乡 小计（2 个村）", "丑镇 小计（1 个村）", "娄烦县 小计（3 个村）",
        "寅镇 小计（3 个村）", "清徐县 小计（3 个村）", "合计（6 个村）",
    ]  # fmt: skip
    assert all(str(formulas[label]).startswith("=SUM(") for label in order)
    stored = amounts(roster.with_name("out.xlsx"), "签发表", "补贴总额")
    villages = [Decimal(str(stored[str(row[1])])) for row in VILLAGES]
    assert Decimal(str(stored["合计（6 个村）"])) == sum(villages)
    assert Decimal(str(stored["娄烦县 小计（3 个村）"])) == sum(villages[:3])
    assert Decimal(str(stored["子乡 小计（2 个村）"])) == sum(villages[:2])


def test_sheets_stand_in_the_order_in_which_they_are_read(book: Book) -> None:
    assert book().sheetnames == [
        "汇总表", "签发表", "须明确口径的事项", "公式核对", "规则", "说明", "输入", "标准", "统筹资金",
        "计算", "数据",
    ]  # fmt: skip


def test_the_summary_adds_up_payers_by_county(roster: Path, book: Book) -> None:
    assert str(column(book()["汇总表"], "市级财政")["娄烦县"]).startswith("=SUM('签发表'!")
    path = roster.with_name("out.xlsx")
    summary = {
        head: amounts(path, "汇总表", head)
        for head in ("市级财政", "县级财政", "应安排合计", "村数")
    }
    assert summary["村数"]["合计"] == 6
    signed = amounts(path, "签发表", "应安排合计")
    for county in ("娄烦县", "清徐县"):
        assert summary["应安排合计"][county] == signed[f"{county} 小计（3 个村）"]
    assert summary["应安排合计"]["合计"] == signed["合计（6 个村）"]
    assert f"¥{summary['应安排合计']['合计']:,.2f}" in texts(book()["汇总表"])


def test_what_is_needed_to_sign_stands_on_it(roster: Path, book: Book) -> None:
    made = book(
        "--issuer", "某市委组织部", "--document-no", "组发〔2018〕1号", "--prepared-by", "张三",
        "--reviewed-by", "李四",
    )  # fmt: skip
    total = amounts(roster.with_name("out.xlsx"), "签发表", "应安排合计")["合计（6 个村）"]
    for name in ("汇总表", "签发表"):
        sheet = made[name]
        for part in (
            "资金测算", "编制单位：某市委组织部", "文号：组发〔2018〕1号", "执行标准：2017-12-31",
            "单位：元", "制表人：张三", "复核人：", "负责人：", f"¥{total:,.2f}",
        ):  # fmt: skip
            assert part in texts(sheet), (name, part)
        assert "李四" not in texts(sheet)  # named, and not yet reviewed
        assert "元" in texts(sheet).split("（大写）：")[1][:60]
        assert "sha256:" in sheet.oddFooter.left.text
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    hinged = json_of(roster)
    said = f"{hinged['hinged_decisions']} 项，涉及 {hinged['hinged_villages']} 个村"
    assert f"须明确口径的事项：{said}" in texts(made["签发表"])
    assert len([r for r in lines(made["须明确口径的事项"]) if isinstance(r[0], int)]) >= 1


def json_of(roster: Path) -> dict[str, Any]:
    read = api.load_policy(Path(__file__).parents[2])
    run_ = api.calculate(api.plan(read), api.read_roster(roster, read))
    return api.summary_json(run_, api.summarise(run_))


def test_what_an_amount_rests_on_stands_beside_it_and_bands_do_not(book: Book) -> None:
    sheet = book()["签发表"]
    heads = [cell for row in lines(sheet)[4:7] for cell in row if cell]
    for head in (
        "常住人口（人）",
        "集体经济收入",
        "已安排党建经费",
        "其他班子成员（人）",
        "保障经费",
    ):
        assert head in heads
    assert heads.index("已安排党建经费") < heads.index("保障经费")
    assert not {"收入区间", "扶持措施"} & set(heads)


def test_an_amount_a_person_is_not_added_up(roster: Path, book: Book) -> None:
    head = next(h for h in lines(book()["签发表"])[5] if h and h.startswith("现行补贴"))
    found = amounts(roster.with_name("out.xlsx"), "签发表", head)
    assert found["甲村"] == 5000 and found["合计（6 个村）"] is None


@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_what_does_not_fit_goes_on_to_a_second_strip(book: Book, paper: str) -> None:
    sheet = book("--paper", paper)["签发表"]
    assert sheet.page_setup.paperSize == {"a4": 9, "a3": 8}[paper]
    assert sheet.page_setup.scale in (None, 100)
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_cols == "$A:$B"
    assert len(sheet.col_breaks.brk) == {"a4": 2, "a3": 1}[paper]


def test_a_sheet_a_county(roster: Path, book: Book) -> None:
    made = book("--by", "county")
    assert made.sheetnames[:3] == ["汇总表", "娄烦县", "清徐县"] and "签发表" not in made.sheetnames
    path = roster.with_name("out.xlsx")
    summary = amounts(path, "汇总表", "应安排合计")
    for county in ("娄烦县", "清徐县"):
        assert amounts(path, county, "应安排合计")["合计（3 个村）"] == summary[county]
        assert "制表人：" in texts(made[county]) and "（大写）" in texts(made[county])
        assert f"（{county}）" in texts(made[county])
    whole, *each = (
        [int(n) for found in TO_SETTLE.findall(texts(made[name])) for n in found]
        for name in made.sheetnames[:3]
    )
    assert each[0] != whole and [sum(of) for of in zip(*filter(None, each), strict=True)] == whole


def test_ten_thousand_yuan_show_in_full(roster: Path, book: Book) -> None:
    book()
    path = roster.with_name("out.xlsx")
    yuan = amounts(path, "签发表", "应安排合计")
    made = book("--unit", "wan")["签发表"]
    assert "单位：万元" in texts(made)
    annex = texts(openpyxl.load_workbook(path)["须明确口径的事项"])
    assert "单位：万元" not in annex and "元/年" in annex  # as its texts say
    for label, amount in amounts(path, "签发表", "应安排合计").items():
        if isinstance(amount, int | float):
            assert Decimal(str(amount)) * 10_000 == Decimal(str(yuan[label]))
    for cells in zip(*made.iter_rows(min_row=7), strict=True):
        shown = {
            (cell.number_format, len(str(Decimal(str(cell.value)).normalize()).partition(".")[2]))
            for cell in cells
            if isinstance(cell.value, int | float) and "0.0" in cell.number_format
        }
        assert len({one for one, _ in shown}) <= 1  # as many decimals in the whole column
        for one, need in shown:
            assert need <= len(one.partition(";")[0].partition(".")[2])


@pytest.mark.parametrize(
    ("options", "sheet", "cell", "where"),
    [
        ([], "签发表", (9, "保障经费"), "签发表"),  # a village's amount
        ([], "签发表", (8, "常住人口（人）"), "签发表"),  # what it rests on
        ([], "签发表", (11, "需补足经费"), "签发表"),  # a sum of a town
        ([], "汇总表", (8, "市级财政"), "汇总表"),
        ([], "汇总表", (8, "村数"), "汇总表"),
        (["--by", "county", "--unit", "wan"], "清徐县", (9, "补贴总额"), "清徐县"),
    ],
)
@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_a_number_typed_over_shows(
    roster: Path, book: Book, options: list[str], sheet: str, cell: tuple[int, str], where: str
) -> None:
    made, path = book(*options), roster.with_name("out.xlsx")
    rows = lines(made[sheet])
    head = next(row for row in rows if cell[1] in row)
    row = next(i for i, one in enumerate(rows, 1) if isinstance(one[0], int)) + cell[0] - 8
    target = made[sheet].cell(row, head.index(cell[1]) + 1)
    target.value = 123456
    made.save(path)
    plain = roster.with_name("plain.xlsx")
    run(roster, "-o", plain, "--lang", "zh", "--no-record", *options)
    changed, right = recalculated([path, plain], roster.parent)
    said = [str(cell) for row in changed[where] for cell in row]
    assert "与存档结果核对：不一致" in said and "不一致" in said
    if isinstance(rows[row - 1][0], int) and sheet != "汇总表":
        assert any("不一致" in map(str, one[:8]) for one in changed["公式核对"])
        assert "与存档结果核对：不一致" in [str(c) for row in changed["汇总表"] for c in row]
    for cells in right.values():
        assert not any(str(cell).endswith("不一致") for row in cells for cell in row)


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_a_number_typed_over_with_what_is_stored_of_it_shows_beside_the_capitals(
    roster: Path, book: Book
) -> None:
    """Else a sheet whose sum is not the one in capitals below it would say that all agree."""
    made, path = book(), roster.with_name("out.xlsx")
    for name in ("签发表", "数据"):
        rows = lines(made[name])
        at, head = next(
            (i, row)
            for i, row in enumerate(rows)
            if "需补足经费" in map(str, row)
            or any(str(cell).startswith("需补足经费") for cell in row)
        )
        column = next(i for i, cell in enumerate(head, 1) if str(cell).startswith("需补足经费"))
        first = next(
            i for i in range(at + 1, len(rows)) if isinstance(rows[i][column - 1], (int, float))
        )
        made[name].cell(first + 1, column).value = 123456
    made.save(path)
    [changed] = recalculated([path], roster.parent)
    assert "与存档结果核对：不一致" in [str(cell) for row in changed["签发表"] for cell in row]


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_large_figures_are_seen_on_the_sheets_with_formulas(
    tmp_path: Path, printed: Callable[[Path], PdfReader]
) -> None:
    facts = fact("income", 'unit = "yuan/year"', "range = [0, 200_000_000_000]")
    text = decides("unique") + rule("many", "income > 0", "income")
    read = api.load_policy(policy(tmp_path, facts=facts, grant=text + OTHERWISE))
    (tmp_path / "r.csv").write_text("村名,income\n甲,150000000000.25\n乙,99999999999.5\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    api.write(run_, tmp_path / "large.xlsx", "zh")
    pages = "".join(page.extract_text() for page in printed(tmp_path / "large.xlsx").pages)
    assert "###" not in pages and pages.count("249,999,999,999.75") >= 3


def test_heads_break_before_brackets_and_leave_nothing_alone(book: Book) -> None:
    made = book()
    broken = 0
    for name in ("汇总表", "签发表", "公式核对", "输入", "数据"):
        for row in made[name].iter_rows(max_row=9):
            for cell in row:
                text = cell.value
                if isinstance(text, str) and cell.font.b and "\n" in text:
                    broken += 1
                    assert all(len(line) > 2 for line in text.split("\n")), text
                    if text.find("（") > 2:
                        assert all("（" not in line[1:] for line in text.split("\n")), text
    assert broken > 20


def test_a_chinese_workbook_says_words_where_ids_were(book: Book) -> None:
    made = book()
    read = api.load_policy(Path(__file__).parents[2])
    ids = {rule.id for p in read.programmes for rule in (*p.rules, p.otherwise) if rule}
    ids |= {*read.readings, *read.facts, *read.sources} - {"name"}
    names = set(made.sheetnames) - {"标准"}
    for name in names:
        sheet = made[name]
        for row in sheet.iter_rows(values_only=True):
            for value in row:
                if not str(value).startswith("="):
                    assert not ids & {*re.split(r"[+（）;；]", str(value))}, (name, value)
        assert not any(one.hidden for one in sheet.column_dimensions.values()), name
    for row in made["标准"].iter_rows(max_col=4, values_only=True):  # behind, what formulas say
        assert not ids & {*map(str, row)}, row
    assert "为零" in texts(made["数据"]) and "千人以上的村" in texts(made["规则"])


def test_every_sheet_says_its_page_run_and_policy(book: Book) -> None:
    for sheet in book().worksheets:
        assert "sha256:" in sheet.oddFooter.left.text, sheet.title
        assert "测算编号" in sheet.oddFooter.right.text, sheet.title
        parts = (sheet.oddFooter.center.text or "", sheet.oddFooter.right.text)
        assert sum("第 &P 页" in part for part in parts) == 1, sheet.title  # its own, not of all
        larger = (sheet.oddFooter.left.size or 0) > 7
        assert larger == (not parts[0]), sheet.title  # two lines of digests would reach the middle
        assert sheet.page_setup.useFirstPageNumber


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_sums_stand_on_the_page_on_which_they_are_signed(
    tmp_path: Path, printed: Callable[[Path], PdfReader]
) -> None:
    """However many villages there are, on every strip; and no page begins with a sum."""
    sizes_ = {"甲县": 82, "乙县": 95, "丙县": 124, "丁县": 141}
    villages = [
        [f"1499{place:02}{n:06}", f"{county[0]}{n}村", "子乡", county, 1200, 60000, 0, 4, 5000]
        for place, (county, number) in enumerate(sizes_.items())
        for n in range(number)
    ]
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *villages])
    out = tmp_path / "long.xlsx"
    run(tmp_path / "r.csv", "-o", out, "--lang", "zh", "--by", "county", "--no-record")
    sheets = by_sheet(printed(out), out)
    for county, number in sizes_.items():
        pages = [re.sub(r"\s", "", page.extract_text()) for page in sheets[county]]
        signed = [page for page in pages if "负责人：" in page]
        assert len(signed) == 3 and pages[-1] in signed, county
        for page in signed:
            assert f"合计（{number}个村）" in page and f"{county[0]}{number - 3}村" in page, page
            assert "日期：年月日" in page and "复核人：" in page, page
        assert all(re.search(f"{county[0]}\\d+村", page) for page in pages), county


@pytest.mark.parametrize("name", ["household", "equalisation"])
def test_no_strip_has_names_alone(tmp_path: Path, name: str) -> None:
    """Where all of a programme's columns do not fit beside the names, some do."""
    folder = ROOT / "examples" / "policies" / name
    out = tmp_path / "r.xlsx"
    run(folder / "roster.csv", "--policy", folder, "-o", out, "--lang", "zh", "--no-record")
    sheet = openpyxl.load_workbook(out)["签发表"]
    rows = lines(sheet)
    head = next(row for row in rows if row[0] == "序号")
    group = next(place for place, cell in enumerate(head) if cell in ("生活补贴", "支出和缺口"))
    [first, *_] = [one.id for one in sheet.col_breaks.brk]
    assert first > group
    [day] = [row for row in rows if any("执行标准：" in str(cell) for cell in row)]
    assert any("2022-12-31" in str(cell) or "2025-12-31" in str(cell) for cell in day)


def test_a_title_breaks_into_even_lines_and_never_at_its_bracket(tmp_path: Path) -> None:
    facts = fact("income", YUAN, "range = [0, 100_000_000]")
    text = decides("unique") + rule("low", "income < 50_000", "income + 0.05") + OTHERWISE
    read = api.load_policy(policy(tmp_path, facts=facts, wide=text))
    title = Words("很长很长很长很长很长很长很长的村级补助", "")
    read = replace(read, title=title)
    (tmp_path / "r.csv").write_text("村名,income\n甲,100\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    api.write(run_, tmp_path / "t.xlsx", "zh")
    shown = openpyxl.load_workbook(tmp_path / "t.xlsx")["汇总表"]["A1"].value.split("\n")
    assert len(shown) > 1 and max(map(len, shown)) - min(map(len, shown)) <= 2, shown


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_where_to_sign_has_room_on_a_narrow_sheet(
    tmp_path: Path, printed: Callable[[Path], PdfReader]
) -> None:
    facts = fact("income", YUAN, "range = [0, 100_000_000]")
    text = decides("unique") + rule("low", "income < 50_000", "income + 0.05") + OTHERWISE
    read = api.load_policy(policy(tmp_path, facts=facts, wide=text))
    (tmp_path / "r.csv").write_text("村名,income\n甲,100\n乙,200\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    api.write(run_, tmp_path / "narrow.xlsx", "zh")
    rows = openpyxl.load_workbook(tmp_path / "narrow.xlsx")["签发表"].iter_rows()
    said = [
        [str(c.value) for c in row if str(c.value).startswith(("制表", "复核", "负责", "日期"))]
        for row in rows
    ]
    assert [len(some) for some in said if some] == [2, 2] or [len(s) for s in said if s] == [1] * 4
    page = next(
        p
        for p in (one.extract_text() for one in printed(tmp_path / "narrow.xlsx").pages)
        if "签发" in p or "负责人" in p
    )
    assert "负责人：" in page and re.search(r"日期：\s+年\s+月\s+日", page)


def test_no_name_becomes_a_formula(book: Book) -> None:
    for sheet in book().worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if any(cell.value == village[1] for village in VILLAGES):
                    assert cell.data_type == "s", (sheet.title, cell.coordinate)


def test_the_public_notice_has_what_villages_receive_and_no_more(book: Book) -> None:
    [sheet] = book("--public").worksheets
    assert sheet.title == "公示表"
    said = texts(sheet)
    for part in (
        "代码",
        "集体经济收入",
        "常住人口",
        "区间",
        "措施",
        "软弱涣散",
        "待定",
        "sha256",
        "制表人",
    ):
        assert part not in said + (sheet.oddFooter.left.text or "") + str(
            sheet.oddFooter.right.text
        )
    for part in ("村名", "保障经费", "补贴总额", "公示单位"):
        assert part in said
    assert "应安排合计" not in said  # the guarantee would stand beside it and not be in it
    assert not [c for row in sheet.iter_rows() for c in row if c.value and c.font.sz < 12]


def test_a_public_notice_needs_a_workbook(roster: Path) -> None:
    run(roster, "--public", "-o", roster.with_name("o.csv"), code=2)


def test_rejects_stand_on_a_sheet_of_their_own(roster: Path) -> None:
    text = roster.read_text(encoding="utf-8").replace("999,0,120000", "999,-1,120000")
    long = "长" * 1_000
    roster.write_text(text + f"149902100207,{long},寅镇,清徐县,640,0,0,0,0\n", encoding="utf-8")
    out = roster.with_name("o.xlsx")
    run(roster, "-o", out, "--lang", "zh", code=1)
    assert not out.exists()
    run(roster, "-o", out, "--lang", "zh", "--skip-rejects")
    sheet = openpyxl.load_workbook(out)["需更正"]
    rows = lines(sheet)
    assert any("F4" in row and "-1" in row for row in rows)
    [number] = [n for n, row in enumerate(rows, 1) if any("长长" in str(cell) for cell in row)]
    [shown] = [str(cell) for cell in rows[number - 1] if "长长" in str(cell)]
    high = sheet.row_dimensions[number].height or 0
    assert shown.endswith("…") and high / 9 > len(shown) / 7, (high, len(shown))  # 6 on a line
    assert "合计（5 个村）" in column(openpyxl.load_workbook(out)["签发表"], "补贴总额")


def test_the_same_input_gives_the_same_bytes(roster: Path) -> None:
    one, two = roster.with_name("1.xlsx"), roster.with_name("2.xlsx")
    for path in (one, two):
        run(roster, "-o", path, "--no-record")  # a recorded run has its id at the foot of the page
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("option", [[], ["--public"]])
def test_an_english_workbook_says_the_same(roster: Path, option: list[str]) -> None:
    out = roster.with_name("o.xlsx")
    run(roster, "-o", out, "--lang", "en", *option)
    sheet = openpyxl.load_workbook(out)["Public notice" if option else "To sign"]
    assert "Total (6 villages)" in texts(sheet)
    assert "Amounts in yuan" in texts(sheet)


def test_corrected_cells_are_listed(roster: Path, tmp_path: Path) -> None:
    intake = tmp_path / "intake.toml"
    run_ = CliRunner().invoke(app, ["roster", "intake", str(roster), "-o", str(intake)])
    assert run_.exit_code == 0, run_.output
    with intake.open("a", encoding="utf-8") as file:
        file.write(
            '\n[[correction]]\ncell = "r.csv!E3"\nwas = "300"\nis = "310"\n'
            'why = "=抄错"\nby = "王五"\n'
        )
    out = tmp_path / "c.xlsx"
    run(intake, "-o", out, "--lang", "zh")
    [line] = [row for row in lines(openpyxl.load_workbook(out)["名册更正"]) if "310" in row]
    assert "300" in line and "=抄错" in line and "王五" in line


# -- as printed -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], PdfReader]]:
    """A workbook as LibreOffice prints it."""
    folder = tmp_path_factory.mktemp("printed")

    def pdf(path: Path) -> PdfReader:
        program = soffice()
        assert program is not None
        command = [program, profile(folder), "--headless", "--convert-to", "pdf"]
        done = subprocess.run(
            [*command, "--outdir", str(folder), str(path)], capture_output=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return PdfReader(folder / f"{path.stem}.pdf")

    return pdf


def sizes(pages: Iterable[PageObject]) -> dict[float, str]:
    """Sizes of type on some pages, each with a text set in it."""
    found: dict[float, str] = {}

    def visit(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        if text.strip():
            found.setdefault(round(abs(size * tm[3] * cm[3]), 2), text.strip()[:40])

    for page in pages:
        page.extract_text(visitor_text=visit)
    return found


def by_sheet(reader: PdfReader, path: Path) -> dict[str, list[PageObject]]:
    """The pages of each sheet of a workbook that was printed: each begins with page 1."""
    found: list[list[PageObject]] = []
    for page in reader.pages:
        if re.search(r"第 1 页|page 1\b", page.extract_text()):
            found.append([])
        found[-1].append(page)
    return dict(zip(openpyxl.load_workbook(path).sheetnames, found, strict=True))


NOTES = ("sha256", "台账", "政策", "测算编号", "第", "policy", "存档", "page", "ledger", "run")


def many(folder: Path, outputs: int) -> Path:
    """A policy of a programme of many outputs, long titles among them."""
    also = "".join(
        f'\n[[also]]\nid = "part_{n}"\n{YUAN}value = "granted"\n'
        f'title = {{ zh = "{"很长的名目" * (1 + n % 3)}{n}", en = "A rather long title {n}" }}\n'
        for n in range(outputs)
    )
    facts = fact("income", YUAN, "range = [0, 100_000_000]")
    text = decides("unique") + rule("low", "income < 50_000", "income + 0.05") + OTHERWISE + also
    return policy(folder, facts=facts, wide=text)


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
@pytest.mark.parametrize(
    "options", [["--lang", "zh"], ["--lang", "en", "--paper", "a3", "--by", "county"]]
)
def test_nothing_is_printed_too_small(
    roster: Path, printed: Callable[[Path], PdfReader], options: list[str]
) -> None:
    out = roster.with_name("printed.xlsx")
    run(roster, "-o", out, *options)
    reader = printed(out)
    sheets = by_sheet(reader, out)
    signed = next(at for at, name in enumerate(sheets) if name in ("公式核对", "Formulas"))
    for at, pages in enumerate(sheets.values()):
        for size, text in sizes(pages).items():  # what nobody signs may shrink a little
            least = 7 if at >= signed or text.startswith(NOTES) else 9
            assert size >= least, (size, text)
    assert not any("###" in page.extract_text() for page in reader.pages)
    wide, high = (float(n) for n in reader.pages[0].mediabox.upper_right)
    assert wide > high
    assert all(page.extract_text().strip() for page in reader.pages)


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_what_nobody_signs_takes_a_page_in_width_or_is_not_printed(
    tmp_path: Path, printed: Callable[[Path], PdfReader]
) -> None:
    """Too wide or too long for paper, a sheet prints its head and a note that says so; the rest is whole."""
    out = tmp_path / "wide.xlsx"
    head, *villages = lines(openpyxl.load_workbook(ROOT / "examples" / "taiyuan-2017.xlsx").active)
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *villages[:300]])
    run(tmp_path / "r.csv", "-o", out, "--lang", "zh")
    sheets = by_sheet(printed(out), out)
    text = {name: "".join(p.extract_text() for p in pages) for name, pages in sheets.items()}
    noted = [name for name in sheets if "行多列多" in text[name]]
    assert noted == ["公式核对", "规则", "输入", "统筹资金", "计算", "数据"]
    assert {len(sheets[name]) for name in noted} == {1}
    read = [name for name in sheets if f"附表“{name}”，供查阅，不签发" in text[name]]
    assert read == [*sheets][[*sheets].index("公式核对") :]
    assert not any("140105051201" in text[name] for name in noted)
    assert "170,000.00" in text["标准"] and "双重核对一致的村数" in text["说明"]
    assert sum(map(len, sheets.values())) < 250


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_many_outputs_and_long_names_are_printed_on_more_pages_not_smaller(
    tmp_path: Path, printed: Callable[[Path], PdfReader]
) -> None:
    read = api.load_policy(many(tmp_path, 30))
    names = ["村" * 200, "Longvillage" * 18, "短村", ""]
    table = [[name or "无名", str(1234 * n)] for n, name in enumerate(names)]
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["村名", "income"], *table])
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    api.write(run_, tmp_path / "wide.xlsx", "zh")
    reader = printed(tmp_path / "wide.xlsx")
    for size, text in sizes(reader.pages).items():
        assert size >= 9 or (size >= 7 and text.startswith(NOTES)), (size, text)
    pages = [page.extract_text() for page in reader.pages]
    assert not any("###" in page for page in pages)
    strips = [page for page in pages if "短村" in page and "很长的名目" in page]
    assert len(strips) >= 3  # the village stands beside its amounts on each
    book = openpyxl.load_workbook(tmp_path / "wide.xlsx")
    assert "村" * 200 in {cell.value for cell in book["数据"]["A"]}
    for name, row in (("公式核对", 4), ("规则", 2), ("输入", 4), ("数据", 2)):
        assert (book[name].row_dimensions[row].height or 0) > 150, (
            name
        )  # the name stands there whole


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_hundreds_of_outputs_are_all_checked(tmp_path: Path) -> None:
    """In formulas of a length that every spreadsheet takes."""
    read = api.load_policy(many(tmp_path, 300))
    (tmp_path / "r.csv").write_text("村名,income\n甲,100\n乙,200\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    path = tmp_path / "many.xlsx"
    api.write(run_, path, "zh")
    made = openpyxl.load_workbook(path)
    cells = [cell for row in made["签发表"].iter_rows() for cell in row]
    assert max(len(str(cell.value)) for cell in cells) < 8_192
    made["签发表"].cell(7, 250).value = 1.5
    made.save(path)
    [changed] = recalculated([path], tmp_path)
    assert "与存档结果核对：不一致" in [str(cell) for row in changed["签发表"] for cell in row]


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_the_notice_can_be_read_on_a_wall(
    roster: Path, printed: Callable[[Path], PdfReader]
) -> None:
    out = roster.with_name("notice.xlsx")
    run(roster, "-o", out, "--lang", "zh", "--public")
    found = sizes(printed(out).pages)
    assert all(size >= 12 or text.startswith("第") for size, text in found.items()), found


# -- odd rosters and policies -----------------------------------------------------------------------


def test_one_village_without_a_town(roster: Path) -> None:
    out = roster.with_name("one.xlsx")
    roster.write_text("村名,县,常住人口,集体经济收入,其他班子成员\n孤村,清徐县,1200,0,4\n", "utf-8")
    run(roster, "-o", out, "--lang", "zh", "--by", "county")
    assert column(openpyxl.load_workbook(out)["清徐县"], "保障经费")["孤村"] == 200_000
    assert amounts(out, "汇总表", "村数")["清徐县"] == 1


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_towns_without_a_county_add_up(tmp_path: Path) -> None:
    """The summary's sum is that of all towns, also once a spreadsheet has worked it out."""
    folder = ROOT / "examples" / "policies" / "person_months"
    out = tmp_path / "r.xlsx"
    run(folder / "roster.csv", "--policy", folder, "-o", out, "--lang", "zh", "--no-record")
    [made] = recalculated([out], tmp_path)
    [line] = [list(row) for row in made["汇总表"] if row[0] == 1]
    assert line[1:5] == ["全部", 10, 931950, 93], line
    assert "与存档结果核对：一致" in [str(cell) for row in made["汇总表"] for cell in row]


def test_a_standard_cites_the_document_of_its_day(tmp_path: Path) -> None:
    folder = ROOT / "examples" / "policies" / "person_months"
    out = tmp_path / "r.xlsx"
    for day, cited in {"2021-12-31": "2020-01-10", "2022-12-31": "2021-12-06"}.items():
        run(folder / "roster.csv", "--policy", folder, "--on", day, "-o", out, "--lang", "zh")
        rows = openpyxl.load_workbook(out)["标准"].iter_rows(max_col=5, values_only=True)
        [row] = [row for row in rows if row[0] == "正职基本报酬"]
        assert cited in str(row[4])


def test_counties_that_no_sheet_may_be_called(tmp_path: Path, roster: Path) -> None:
    names = ["甲/县", "甲:县", "'引号'", "数据", "History", "长" * 60, "长" * 60 + "二", "=1+1县"]
    rows = [[f"村{n}", name, 100, 0, 1] for n, name in enumerate(names)]
    with roster.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["村名", "县", "常住人口", "集体经济收入", "其他班子成员"], *rows]
        )
    out = tmp_path / "odd.xlsx"
    run(roster, "-o", out, "--lang", "zh", "--by", "county")
    made = openpyxl.load_workbook(out)
    folded = [name.casefold() for name in made.sheetnames]
    assert len(folded) == len(set(folded)) and made.sheetnames[-1] == "数据"
    assert all(len(name) <= 31 for name in made.sheetnames)
    summary = amounts(out, "汇总表", "应安排合计")
    assert all(summary[name] == 178_000 for name in names)


def test_a_policy_that_only_counts(tmp_path: Path) -> None:
    facts = fact("people", 'unit = "person"', "range = [0, 1000]")
    text = decides("unique", "helpers", 'unit = "person"\n') + rule("many", "people > 10", "people")
    read = api.load_policy(policy(tmp_path, facts=facts, count=text + OTHERWISE))
    (tmp_path / "r.csv").write_text("村名,people\n甲,100\n乙,5\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    warned = api.write(run_, tmp_path / "c.xlsx", "zh", api.SheetSettings(by_county=True))
    assert [one.code for one in warned] == ["FC857"]
    made = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert made.sheetnames[:2] == ["汇总表", "签发表"]
    summary = lines(openpyxl.load_workbook(tmp_path / "c.xlsx", data_only=True)["汇总表"])
    assert any(row[1] == "全部" and 100 in row for row in summary)
    assert "大写" not in texts(made["汇总表"]) + texts(made["签发表"])


def test_what_is_carried_over_is_in_no_total(roster: Path, tmp_path: Path) -> None:
    read = api.load_policy(Path(__file__).parents[2])
    run_ = api.calculate(api.plan(read), api.read_roster(roster, read))
    plain, carried = tmp_path / "plain.xlsx", tmp_path / "carried.xlsx"
    settings = api.SheetSettings()
    api.write(run_, plain, "zh", settings)
    api.write(run_, carried, "zh", replace(settings, carried={0: 123_456, 4: -100}))
    for sheet in ("汇总表", "签发表"):
        one, two = (amounts(path, sheet, "应安排合计") for path in (plain, carried))
        assert {k: v for k, v in one.items() if v} == {k: v for k, v in two.items() if v}
    found = amounts(carried, "签发表", "上年结转（另计）")
    assert (found["甲村"], found["合计（6 个村）"]) == (1234.56, 1233.56)


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_what_is_carried_over_or_written_out_shows_when_typed_over(
    roster: Path, tmp_path: Path
) -> None:
    read = api.load_policy(Path(__file__).parents[2])
    run_ = api.calculate(api.plan(read), api.read_roster(roster, read))
    path = tmp_path / "carried.xlsx"
    api.write(run_, path, "zh", api.SheetSettings(carried={0: 123_456, 4: -100}))
    paths = [path]
    for name, sheet, old, new in (
        ("amount", "签发表", 1234.56, 1234.57), ("capitals", "签发表", "（大写）", "（大写）："),
        ("payers", "签发表", "其中：", "其中 "), ("summary", "汇总表", "（大写）", "（大写）："),
    ):  # fmt: skip
        made = openpyxl.load_workbook(path)
        cell = next(
            cell for row in made[sheet].iter_rows() for cell in row
            if (cell.value == old if isinstance(old, float) else str(old) in str(cell.value))
            and not str(cell.value).startswith("=")
        )  # fmt: skip
        cell.value = new if isinstance(old, float) else str(cell.value).replace(str(old), str(new))
        paths.append(tmp_path / f"{name}.xlsx")
        made.save(paths[-1])
    right, *wrong = recalculated(paths, tmp_path)
    assert not any(str(c).endswith("不一致") for s in right.values() for row in s for c in row)
    for path_, found in zip(paths[1:], wrong, strict=True):
        sheet = "汇总表" if path_.stem == "summary" else "签发表"
        said = [str(cell) for row in found[sheet] for cell in row]
        assert "与存档结果核对：不一致" in said, path_.stem


def test_a_notice_of_all_that_is_paid_adds_it_up(tmp_path: Path) -> None:
    facts = fact("income", YUAN, "range = [0, 100_000_000]")
    text = decides("unique", "granted", YUAN + 'payer = "city"\npublic = true\n')
    text += rule("low", "income < 50_000", "income + 0.05") + OTHERWISE
    payer = '[payers.city]\ntitle = { zh = "市级财政", en = "City" }\n'
    read = api.load_policy(policy(tmp_path, facts=facts, head=payer, wide=text))
    (tmp_path / "r.csv").write_text("村名,income\n甲,100\n乙,200\n", "utf-8")
    run_ = api.calculate(api.plan(read), api.read_roster(tmp_path / "r.csv", read))
    api.write(run_, tmp_path / "n.xlsx", "zh", api.SheetSettings(public=True))
    found = amounts(tmp_path / "n.xlsx", "公示表", "应安排合计")
    assert found["合计（2 个村）"] == pytest.approx(300.10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--paper", "a5"], "a4"), (["--by", "town"], "county"), (["--by", "county"], ".xlsx"),
        (["--paper", "a3"], ".xlsx"), (["--issuer", "某部"], ".xlsx"),
    ],
)  # fmt: skip
def test_options_of_a_workbook_are_refused_in_words(
    roster: Path, options: list[str], said: str
) -> None:
    answer = run(roster, *options, "-o", roster.with_name("o.csv"), code=2)
    assert options[0] in answer and said in answer


def test_settings_are_kept_and_taken_again() -> None:
    settings = api.SheetSettings("wan", "a3", by_county=True, issuer="某部", reviewed_by="李四")
    assert api.SheetSettings.of_data(settings.as_data()) == settings
    assert (
        api.SheetSettings().as_data() == {}
        and api.SheetSettings.of_data(None) == api.SheetSettings()
    )
    assert api.SheetSettings.of_data({"unit": "wan", "later": 1}) == api.SheetSettings("wan")

"""`roster check --marked`: the officer's own file, faults coloured and commented, nothing else changed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font
from tests.formulas.office import soffice
from typer.testing import CliRunner

from fundcalc_cli.app import app

HEADER = ["代码", "村名", "县", "常住人口", "集体经济收入（万元）", "其他班子成员"]
ROWS = [
    ["149901100201", "甲村", "子县", 1200, 3, 4],
    ["149901100202", "=1+1", "子县", -5, "5万", 4],
    ["149901100203", "乙村", "子县", 800.5, 2, None],
]
RED, YELLOW = "FFC7CE", "FFEB9C"


def marked(path: Path, *options: str) -> openpyxl.Workbook:
    out = path.with_name("marked.xlsx")
    words = ["roster", "check", str(path), "--marked", str(out), *options]
    with patch.object(sys, "argv", ["fundcalc", *words]):  # where --lang is looked for
        result = CliRunner().invoke(app, words)
    assert result.exit_code == 1, result.output
    return openpyxl.load_workbook(out)


def colours(book: openpyxl.Workbook) -> dict[str, str]:
    cells = [cell for row in book.active.iter_rows() for cell in row]
    return {c.coordinate: c.fill.start_color.rgb[-6:] for c in cells if c.fill.fill_type == "solid"}


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "报表"
    sheet["A1"] = "某市各村情况"
    sheet.merge_cells("A1:F1")
    sheet["A1"].font = Font(bold=True, size=20)
    for row in (HEADER, *ROWS):
        sheet.append(row)
    sheet["B4"].data_type = "s"
    sheet["D4"].comment = Comment("询问过镇里", "officer")
    sheet.column_dimensions["B"].width = 33
    book.create_sheet("别的")["A1"] = "=1+1"
    path = tmp_path / "名册.xlsx"
    book.save(path)
    return path


def test_faulty_cells_are_marked_in_the_file_itself(workbook: Path) -> None:
    book = marked(workbook, "--lang", "zh")
    assert colours(book) == {"D4": RED, "E4": RED, "D5": RED, "F5": RED}
    sheet = book.active
    assert sheet["D4"].comment.text.startswith("询问过镇里\n问题：常住人口不能是负数")
    assert "改法：写 5，" in sheet["E4"].comment.text
    assert sheet["A1"].font.size == 20
    assert sheet.column_dimensions["B"].width == 33
    assert (sheet["B4"].value, sheet["B4"].data_type) == ("=1+1", "s")
    assert book["别的"]["A1"].value == "=1+1"


def test_the_cells_of_a_large_workbook_are_written_anew(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, before = marked(workbook), openpyxl.load_workbook(workbook).active
    monkeypatch.setattr("fundcalc.reports.marked._LARGE", 0)
    book = marked(workbook)
    assert colours(book) == colours(kept)
    assert [*book.active.values] == [*before.values]
    assert book.active["A1"].font.size == 11 and book.sheetnames == ["报表"]
    comments = [
        [sheet[cell].comment.text for cell in ("E4", "D5")] for sheet in (kept.active, book.active)
    ]
    assert comments[0] == comments[1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_csv_becomes_a_workbook(
    tmp_path: Path, encoding: str, write_csv: Callable[..., Path]
) -> None:
    book = marked(write_csv(tmp_path / "r.csv", [HEADER, *ROWS], encoding))
    assert colours(book) == {"D3": RED, "E3": RED, "D4": RED, "F4": RED}
    cell = book.active["B3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert "Wrong: " in book.active["D3"].comment.text


def test_a_doubt_is_yellow(tmp_path: Path, write_csv: Callable[..., Path]) -> None:
    rows = [HEADER, ROWS[0], ["149901100209", "\ue000村", "子县", 700, 1, 2]]
    book = marked(write_csv(tmp_path / "r.csv", rows, "utf-8"))
    assert colours(book) == {"B3": YELLOW}
    assert "Doubtful: " in book.active["B3"].comment.text


@pytest.fixture
def write_csv() -> Callable[..., Path]:
    def write(path: Path, rows: list[list[object]], encoding: str) -> Path:
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join(lines), encoding=encoding)
        return path

    return write


def test_a_workbook_of_the_old_kind_is_written_anew_with_all_that_stands_in_it(
    tmp_path: Path,
) -> None:
    """Merged cells, days, times, yes/no and errors; only a .xlsx can hold the marks."""
    office = soffice()
    if office is None:
        pytest.skip("LibreOffice (soffice) is not on this machine")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "某市各村情况"
    sheet.merge_cells("A1:F1")
    sheet.append([*HEADER, "备注"])
    for row, more in zip(ROWS, (date(2017, 5, 6), True, "=1/0"), strict=True):
        sheet.append([*row, more])
    sheet["B4"].data_type = "s"
    sheet["B4"].value = "说一"
    sheet.merge_cells("C3:C5")
    book.save(tmp_path / "r.xlsx")
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "xls", "--outdir", str(tmp_path), str(tmp_path / "r.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    found = marked(tmp_path / "r.xls")
    sheet = found.active
    assert set(colours(found)) == {"D4", "E4", "D5", "F5"}
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:F1", "C3:C5"}
    assert sheet["G3"].value == datetime(2017, 5, 6)
    assert sheet["G4"].value is True
    assert sheet["G5"].value == "#DIV/0!" and sheet["G5"].data_type != "f"
    assert sheet["A3"].value == "149901100201" and sheet["D3"].value == 1200


def parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def changed(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """A workbook with its parts written otherwise."""
    old = parts(path)
    with ZipFile(path, "w") as package:
        for name, content in old.items():
            package.writestr(name, change(name, content))


@pytest.mark.filterwarnings("ignore:.*extension is not supported")
def test_whatever_else_a_workbook_has_stays_as_it_is(tmp_path: Path) -> None:
    """A chart, rules for colours, what may be entered: byte by byte in the parts that hold no cells."""
    path = tmp_path / "r.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("报表")
    for at, row in enumerate((HEADER, *ROWS)):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, column, cell) if cell != "=1+1" else sheet.write_string(
                    at, column, cell
                )
    sheet.conditional_format("D2:D4", {"type": "data_bar", "data_bar_2010": True})
    sheet.data_validation("F2:F9", {"validate": "integer", "criteria": ">", "value": -1})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=报表!$D$2:$D$4"})
    sheet.insert_chart("H2", chart)
    book.close()
    found = marked(path)
    assert colours(found) == {"D3": RED, "E3": RED, "D4": RED, "F4": RED}
    assert found.active["F4"].comment.text.startswith("Wrong: ")
    before, after = parts(path), parts(tmp_path / "marked.xlsx")
    new = {"xl/comments/fundcalc1.xml", "xl/drawings/fundcalc1.vml"}
    touched = {"[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"}
    touched |= {"xl/worksheets/_rels/sheet1.xml.rels"}
    assert after.keys() == before.keys() | new
    assert {name for name in before if before[name] != after[name]} == touched
    sheet_xml = after["xl/worksheets/sheet1.xml"]
    assert (
        sheet_xml.index(b"<drawing ")
        < sheet_xml.index(b"<legacyDrawing ")
        < sheet_xml.rindex(b"<extLst>")
    )


def with_prefixes(name: str, content: bytes) -> bytes:
    """As some libraries write: every element of the sheets and styles with a prefix, places left out."""
    if not name.startswith(("xl/worksheets/sheet", "xl/styles")):
        return content
    content = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", content).replace(b"xmlns=", b"xmlns:x=", 1)
    return re.sub(rb"(<x:(?:row|c)) r=\"[A-Z]*\d+\"", rb"\1", content)


def test_a_workbook_with_prefixes_and_without_places_is_marked_too(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = book["报表"]
    sheet["D4"].comment = None
    sheet["F5"] = 1
    sheet.unmerge_cells("A1:F1")
    for column in range(2, 7):
        sheet.cell(1, column, " ")
    book.save(workbook)
    changed(workbook, with_prefixes)
    found = marked(workbook)
    assert colours(found) == {"D4": RED, "E4": RED, "D5": RED}
    assert found["报表"]["A1"].font.size == 20
    assert (
        b"<x:legacyDrawing" in parts(workbook.with_name("marked.xlsx"))["xl/worksheets/sheet1.xml"]
    )


def test_a_workbook_opens_at_the_sheet_that_is_marked(workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    book.move_sheet("报表", 1)
    book.active = 0
    book.save(workbook)
    found = marked(workbook)
    assert found.active.title == "报表"
    assert [sheet.title for sheet in found if sheet.sheet_view.tabSelected] == ["报表"]


def test_marks_are_added_to_those_of_the_last_time(workbook: Path) -> None:
    marked(workbook, "--lang", "zh")
    workbook.write_bytes(workbook.with_name("marked.xlsx").read_bytes())
    found = marked(workbook, "--lang", "zh")
    assert colours(found) == {"D4": RED, "E4": RED, "D5": RED, "F5": RED}
    assert found.active["E4"].comment.text.count("改法：写 5，") == 2


def test_cells_and_rows_that_are_not_there_are_added(workbook: Path) -> None:
    """A blank that must be filled is coloured, too, also within merged cells and before other cells."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.active
    sheet["D5"].value, sheet["A5"].value = None, None
    sheet.merge_cells("D5:E5")
    book.save(workbook)

    def without_blanks(name: str, content: bytes) -> bytes:
        return re.sub(rb"<c r=\"[A-Z]+5\"[^>]*/>", b"", content)

    changed(workbook, without_blanks)
    found = marked(workbook)
    assert {"D4", "E4", "D5", "F5"} <= set(colours(found))
    assert [cell.value for cell in found.active[5]][1:3] == ["乙村", "子县"]


def test_a_workbook_that_is_written_oddly_is_written_anew(workbook: Path) -> None:
    changed(
        workbook, lambda _, content: content.replace(b"<sheetData>", b"<!-- <row> --><sheetData>")
    )
    found = marked(workbook)
    assert colours(found) == {"D4": RED, "E4": RED, "D5": RED, "F5": RED}
    assert found.active["C4"].value == "子县"

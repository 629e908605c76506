"""Cells of old workbooks, written by xlwt, and by LibreOffice where it is installed."""

from __future__ import annotations

import io
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import xlwt
from tests.formulas.office import soffice
from tests.roster.files.conftest import Read, Refused

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.roster.sheet import DATE, ERROR, FORMATTED, NOT_COMPUTED, NUMBER, RUNS, TEXT, YES_NO


def saved(book: xlwt.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def styled(code: str = "General", font: str = "") -> xlwt.XFStyle:
    return xlwt.easyxf(f"font: {font}" if font else "", num_format_str=code)


def test_columns_that_are_hidden(read: Read) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for column in range(4):
        sheet.write(0, column, column)
    sheet.col(2).hidden = True
    assert read(saved(book), "名册.xls").hidden_columns == {2}


def test_cells(read: Read) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    sheet.write(0, 0, "甲村")
    sheet.write(0, 1, 140123204209.0)
    sheet.write(0, 2, True)
    sheet.write(0, 3, 43100, styled("yyyy/m/d"))
    sheet.write(0, 4, 43000, styled("0!.0,"))
    sheet.write(0, 5, 4.3, styled('0.00"万元"'))
    sheet.write(0, 6, 0.8, styled("0%"))
    sheet.write(0, 7, 5, styled("#,##0.00_ "))
    sheet.row(0).set_cell_error(8, "#REF!")
    sheet.write(0, 9, xlwt.Formula("1+2"))
    raised = xlwt.easyfont("escapement superscript")
    sheet.write_rich_text(0, 10, [("300", xlwt.easyfont("")), ("1", raised)])
    sheet.write_merge(1, 2, 0, 1, "合并")
    found = read(saved(book), "名册.xls")
    assert [*found.rows(0, 1)] == [
        ("甲村", "140123204209", "TRUE", "2017-12-31", "4.3", "4.3", "80", "5", "#REF!", "", "300[上标 1]")
    ]  # fmt: skip
    assert [found.kind(0, at) for at in range(11)] == [
        TEXT, NUMBER, YES_NO, DATE, FORMATTED, FORMATTED + 1, FORMATTED + 2, NUMBER, ERROR,
        NOT_COMPUTED, RUNS,
    ]  # fmt: skip
    assert [(f.power, f.unit) for f in found.formats] == [(4, ""), (0, "万元"), (-2, "%")]
    assert found.merged == [(1, 0, 2, 1)]


def test_rows_that_are_hidden_or_struck_out(read: Read) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for row in range(4):
        sheet.write(row, 0, "甲村", styled(font="struck_out true") if row == 2 else styled())
        sheet.write(row, 1, 5, styled(font="struck_out true") if row in (2, 3) else styled())
    sheet.row(1).hidden = True
    found = read(saved(book), "名册.xls")
    assert (found.hidden, found.struck) == ([1], [2])
    assert [*found.rows(2)] == [("甲村", "5"), ("甲村", "[删除线 5]")]
    assert found.kind(3, 1) == RUNS


@pytest.mark.office
@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_a_program_that_computes_has_results(read: Read, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("5,=A1*0,=A1+1,=1/0\n", encoding="utf-8")
    office = str(soffice())
    command = [office, "--headless", f"-env:UserInstallation={(tmp_path / 'o').as_uri()}",
               "--infilter=CSV:44,34,76,1,,0,false,true,false,true", "--convert-to", "xls:MS Excel 97",
               "--outdir", str(tmp_path), str(source)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found = read((tmp_path / "a.xls").read_bytes(), "名册.xls")
    assert [*found.rows()] == [("5", "0", "6", "#DIV/0!")]
    assert [found.kind(0, at) for at in range(4)] == [NUMBER, NUMBER, NUMBER, ERROR]


def test_a_cell_that_stands_twice(refused: Refused) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    sheet.write(3, 1, "甲")
    sheet.write(3, 2, "乙")
    first, second = (b"\xfd\x00\x0a\x00\x03\x00" + bytes([at, 0]) for at in (1, 2))
    data = saved(book).replace(second, first)
    assert refused(data, "名册.xls").spans[0].file == "名册.xls!S!B4"


def test_no_cut_and_no_changed_byte_ends_in_more_than_words(read: Read, refused: Refused) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for row in range(20):
        sheet.write(row, 0, f"村{row}")
        sheet.write(row, 1, row * 1.5, styled('0.00"万元"'))
    data = saved(book)
    for end in range(0, len(data) - 512, 331):
        assert refused(data[:end], "名册.xls").code in ("FC603", "FC605")
    for at in range(0, len(data), 61):
        for byte in (0, 255):
            with suppress(PolicyProblem):
                read(data[:at] + bytes([byte]) + data[at + 1 :], "名册.xls")

"""The sheet of a correction to sign: the amounts of the list, their sums, 大写, and text that stays text."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from tests.formulas.office import recalculated, soffice
from tests.ledger.conftest import VILLAGES

from fundcalc.base.money import capitals

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

MENDED = [
    VILLAGES[0].replace("1200,60000", "900,60000"), *VILLAGES[1:3], VILLAGES[4],
    "140123000209,=1+1,乙乡,娄烦县,1500,0,0,2,0",
]  # fmt: skip
"""A village with fewer people, one that is gone, and a new one of a bad name."""


def yuan(text: object) -> Decimal:
    return Decimal(str(text or 0)).quantize(Decimal("0.01"))


def rows(path: Path) -> list[tuple[object, ...]]:
    [sheet] = openpyxl.load_workbook(path, data_only=True).worksheets
    return list(sheet.iter_rows(values_only=True))


@pytest.fixture
def corrected(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """A folder with the differences as a list and as a sheet."""
    cli("run", roster())
    answer = cli(
        "run", roster(*MENDED), "--corrects", "1", "--reason", "=人口核实", "--lang", "zh",
        "--differences", tmp_path / "d.xlsx",
    )  # fmt: skip
    assert answer.code == 0 and "d.xlsx" in answer.out, answer.err
    assert cli("runs", "show", "2", "--differences", "d.csv").code == 0
    return tmp_path


def test_the_sheet_has_every_amount_of_the_list_and_adds_up(corrected: Path) -> None:
    with (corrected / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    found = rows(corrected / "d.xlsx")
    heads = next(row for row in found if row[0] == "序号")
    at = {str(head): place for place, head in enumerate(heads)}
    lines = [row for row in found if isinstance(row[0], int)]
    assert [
        (
            row[at["代码"]], yuan(row[at["原金额"]]), yuan(row[at["更正后金额"]]),
            yuan(row[at["补拨"]]) - yuan(row[at["抵扣"]]),
        )
        for row in lines
    ] == [
        (one["code"], yuan(one["before"]), yuan(one["after"]), yuan(one["difference"]))
        for one in listed
    ]  # fmt: skip
    remarks = {str(row[at["村名"]]): row[at["备注"]] for row in lines}
    assert remarks["=1+1"] == "新增" and remarks["西村"] == "不在新名册"
    assert not remarks["东村"]
    pay = sum(max(yuan(one["difference"]), Decimal(0)) for one in listed)
    deduct = sum(max(-yuan(one["difference"]), Decimal(0)) for one in listed)
    [total] = [row for row in found if str(row[0]).startswith("合计")]
    assert (yuan(total[at["补拨"]]), yuan(total[at["抵扣"]])) == (pay, deduct)
    counties = [row for row in found if "小计" in str(row[0])]
    assert len(counties) == len({one["county"] for one in listed}) == 2
    assert sum(yuan(row[at["补拨"]]) for row in counties) == pay
    said = "\n".join(str(cell) for row in found for cell in row)
    for amount in (pay, deduct):
        assert f"（大写）：人民币{capitals(int(amount * 100))}（小写）¥{amount:,}\n" in said + "\n"
    for part in ("制表人：", "：=人口核实", "编制单位：", "执行标准：2017-12-31"):
        assert part in said


def test_sums_are_formulas_and_no_text_is(corrected: Path) -> None:
    [sheet] = openpyxl.load_workbook(corrected / "d.xlsx").worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "f"}
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    sums = [text for text in formulas if text.startswith("=SUM(")]
    assert len(sums) == 3 * 4
    assert all("一致" in text for text in formulas if text not in sums)  # the checks


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice")
def test_what_is_typed_over_shows(corrected: Path) -> None:
    """An amount, a sum, or what is written below in capitals; each in a copy of its own."""
    heads = next(row for row in rows(corrected / "d.xlsx") if row[0] == "序号")
    deduct = heads.index("抵扣") + 1
    first_cells = {"as_is": "no such", "amount": "1", "sum": "合计（", "capitals": "抵扣合计"}
    paths: list[Path] = []
    for name, first in first_cells.items():
        book = openpyxl.load_workbook(corrected / "d.xlsx")
        [sheet] = book.worksheets
        cells = (cell for row in sheet.iter_rows() for cell in row)
        found = next((cell for cell in cells if str(cell.value).startswith(first)), None)
        if found is not None and name == "capitals":
            found.value = str(found.value).replace("人民币", "人民币壹")
        elif found is not None:
            sheet.cell(found.row, deduct).value = 1234.5
        paths.append(corrected / f"{name}.xlsx")
        book.save(paths[-1])
    for path, sheets in zip(paths, recalculated(paths, corrected), strict=True):
        said = {str(cell) for rows_ in sheets.values() for row in rows_ for cell in row}
        whole = "一致" if path.stem == "as_is" else "不一致"
        assert f"与存档结果核对：{whole}" in said, path.stem


def test_the_sheet_is_the_same_whenever_it_is_written(cli: Cli, corrected: Path) -> None:
    again = corrected / "again.xlsx"
    assert cli("runs", "show", "2", "--differences", again, "--lang", "zh").code == 0
    assert again.read_bytes() == (corrected / "d.xlsx").read_bytes()
    assert cli("runs", "show", "2", "--differences", again, "--lang", "en").code == 0
    assert "To deduct" in {cell for row in rows(again) for cell in row}


def test_a_correction_without_a_difference_can_be_signed_too(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster())
    cli("run", roster(), "--corrects", "1", "--reason", "x", "--differences", "none.xlsx")
    said = "\n".join(str(row[0]) for row in rows(tmp_path / "none.xlsx"))
    assert "Total (0)" in said and "零元整" in said

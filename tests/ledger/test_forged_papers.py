"""Amounts that come onto a paper in other ways than typed over a figure: each is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.ledger.conftest import VILLAGES
from tests.ledger.test_paper import held

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make


@pytest.fixture
def run(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """A folder with a recorded run, and papers of it."""
    written = [part for name in ("s.xlsx", "r.csv", "r.json") for part in ("-o", name)]
    assert cli("run", roster(), *written, "--lang", "zh").code == 0
    return tmp_path


def _typed(sheet: str, cell: str, value: str) -> Any:
    def change(book: Any) -> None:
        (book[sheet] if sheet in book.sheetnames else book.create_sheet(sheet))[cell] = value

    return change


def _column(head: str, value: str) -> Any:
    def change(book: Any) -> None:
        sheet = book["签发表"]
        [row] = [cell.row for cell in sheet["B"] if cell.value == "村名"]
        sheet.cell(row, 30).value = head
        for below in range(row + 2, row + 6):
            sheet.cell(below, 30).value = value

    return change


def _format(code: str) -> Any:
    def change(book: Any) -> None:
        cells = (cell for row in book["签发表"].iter_rows() for cell in row)
        next(cell for cell in cells if cell.value == 200000).number_format = code

    return change


def _payers(book: Any) -> None:
    head = {cell.value: cell for row in book["汇总表"].iter_rows() for cell in row}
    head["市级财政"].value, head["县级财政"].value = "县级财政", "市级财政"


def _always_alike(book: Any) -> None:
    sheet = book["签发表"]
    checks = [cell for row in sheet.iter_rows() for cell in row if "不一致" in str(cell.value)]
    checks[0].value = '=IF(TRUE,"一致","")'


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_typed("补充", "B2", "东村 20万元"), "unassigned"),
        (_typed("补充", "B2", "=100000*2"), "unassigned"),
        (_typed("签发表", "AA9", "200,000元"), "unassigned"),
        (_typed("签发表", "AA9", "贰拾万元整"), "unassigned"),
        (_typed("签发表", "AA9", "=200000"), "formula"),
        (_typed("签发表", "A60", "另发东村20万"), "unassigned"),
        (_typed("签发表", "A60", "另发东村二十万元"), "unassigned"),
        (_typed("签发表", "A60", "另加 200000"), "unassigned"),
        (_column("实发", "20万元"), "unassigned"),
        (_column("", "２００,０００"), "unassigned"),
        (_column("实发", "=200000"), "formula"),
        (_format('0"0"'), "differs"),
        (_format('#,##0"0.00"'), "differs"),
        (_format('#,##0"万"'), "differs"),
        (_payers, "differs"),
        (_always_alike, "formula"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_amount_however_it_comes_onto_the_paper_is_named(
    cli: Cli, run: Path, change: Any, kind: str
) -> None:
    """As a text, a formula without a stored figure, a number format, or under another payer's head."""
    book = openpyxl.load_workbook(run / "s.xlsx")
    change(book)
    book.save(run / "b.xlsx")
    assert kind in {one["kind"] for one in held(cli, "b.xlsx")}


def test_a_phone_a_day_and_a_unit_in_a_format_are_no_amounts(cli: Cli, run: Path) -> None:
    """What an office adds to a sheet without touching what it pays."""
    book = openpyxl.load_workbook(run / "s.xlsx")
    for row, text in enumerate(("联系电话：0351-1234567", "2018年1月5日", "并财〔2018〕15号"), 70):
        book["签发表"].cell(row, 1).value = text
    _format('#,##0.00"元"')(book)
    book.save(run / "b.xlsx")
    assert held(cli, "b.xlsx", code=0) == []


def test_a_table_with_a_remark_that_pays_and_json_of_another_run(
    cli: Cli, run: Path, roster: Make
) -> None:
    text = (run / "r.csv").read_text("utf-8-sig")
    (run / "b.csv").write_text(f"{text}备注：东村实发20万\n", "utf-8-sig")
    assert [one["kind"] for one in held(cli, "b.csv")] == ["unassigned"]
    assert cli("run", roster(*VILLAGES[:3], name="fewer.csv")).code == 0
    answer = cli("runs", "verify", "2", "--paper", "r.json")
    assert answer.code == 2 and "FC881" in answer.err

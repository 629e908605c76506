"""Files of overrides as offices send them: what is read, and what is said of a cell that cannot stand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.styles import Font
from tests.ledger.conftest import VILLAGES
from tests.ledger.test_by_hand import GROUNDS, HEAD, overrides, rows

from fundcalc.ledger.encoding import lines, unlines

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

GOOD = ["东村", "guaranteed_funds", 180_000, "A1", "核减", "并政3号", "王某"]


def workbook(path: Path, *lines: list[Any]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    book.save(path)
    return path


def test_a_workbook_without_anything(cli: Cli, roster: Make, tmp_path: Path) -> None:
    answer = cli("run", roster(), "--overrides", workbook(tmp_path / "o.xlsx"))
    assert answer.code == 2
    assert "error[FC827]: the file holds no overrides" in answer.err


def test_blank_columns_between_the_others(cli: Cli, roster: Make, tmp_path: Path) -> None:
    head, line = HEAD.replace(",code", ",,,code"), f"东村,guaranteed_funds,180000,,,{GROUNDS}"
    file = overrides(tmp_path, line, head=f",{head},")
    assert cli("run", roster(), "--overrides", file).code == 2  # the village is not in its column
    file = overrides(tmp_path, f",{line},", head=f",{head},")
    assert cli("run", roster(), "--overrides", file, "-o", "o.csv").code == 0
    assert rows(tmp_path / "o.csv")["140121000201"]["guaranteed_funds"] == "180000.00"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("", "南村", "乙乡", "娄烦县"), None), (("", "南村", "", "娄烦县"), None),
        (("140123000202", "南村", "", ""), None), (("140123000202", "南村", "甲镇", "娄烦县"), "no village"),
        (("140121000202", "南村", "", "娄烦县"), "no village"), (("", "南村", "", ""), "2 villages"),
        (("", "南村", "", "清县"), "no village"),
    ],
)  # fmt: skip
def test_a_list_of_the_rosters_shape_has_columns_that_tell_its_villages(
    cli: Cli, roster: Make, tmp_path: Path, told: tuple[str, ...], said: str | None
) -> None:
    """Code, name, town and county each in its column, as a roster has them."""
    head = ["村名", "行政村代码", "乡镇", "县（市、区）", *HEAD.split(",")[1:]]
    code, name, *place = told
    file = workbook(tmp_path / "o.xlsx", head, [name, code, *place, *GOOD[1:]])
    answer = cli("run", roster(), "--overrides", file, "-o", "o.csv")
    if said is None:
        assert answer.code == 0, answer.err
        given = rows(tmp_path / "o.csv")
        assert given["140123000202"]["guaranteed_funds"] == "180000.00"
        assert given["140121000202"]["guaranteed_funds"] != "180000.00"
    else:
        assert answer.code == 2 and said in answer.err and "o.xlsx!Sheet!A2" in answer.err


@pytest.mark.parametrize("column", ["code", "reason", "document", "approver"])
@pytest.mark.parametrize("text", ["x" * 301, "a\u200bb", "甲\n乙"])
def test_a_text_that_no_reader_can_check(
    cli: Cli, roster: Make, tmp_path: Path, column: str, text: str
) -> None:
    at = HEAD.split(",").index(column)
    line = [*GOOD[:at], text, *GOOD[at + 1 :]]
    file = workbook(tmp_path / "o.xlsx", HEAD.split(","), line)
    answer = cli("run", roster(), "--overrides", file)
    assert answer.code == 2 and f"o.xlsx!Sheet!{'ABCDEFG'[at]}2" in answer.err
    assert f"`{column}` is over 300 characters or has unprintable ones" in " ".join(
        answer.err.split()
    )


@pytest.mark.parametrize("column", HEAD.split(","))
def test_a_formula_that_failed_is_no_reason(
    cli: Cli, roster: Make, tmp_path: Path, column: str
) -> None:
    """Not even where any text would do: nobody is called #REF!."""
    at = HEAD.split(",").index(column)
    line = [*GOOD[:at], "#REF!", *GOOD[at + 1 :]]
    file = workbook(tmp_path / "o.xlsx", HEAD.split(","), line)
    answer = cli("run", roster(), "--overrides", file)
    assert answer.code == 2 and f"o.xlsx!Sheet!{'ABCDEFG'[at]}2" in answer.err
    assert "error[FC827]: the formula gives an error: #REF!" in answer.err


def test_a_row_that_is_struck_out_and_a_unit_in_a_number_format(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "o.xlsx", HEAD.split(","), GOOD)
    book = openpyxl.load_workbook(file)
    for cell in book.worksheets[0][2]:
        cell.font = Font(strike=True)
    book.save(file)
    answer = cli("run", roster(), "--overrides", file)
    assert answer.code == 2 and "o.xlsx!Sheet!A2" in answer.err and "struck out" in answer.err
    for code, wrong in (('0.00"万元"', True), ("0!.0,", True), ('"¥"#,##0.00', False)):
        file = workbook(tmp_path / "o.xlsx", HEAD.split(","), GOOD)
        book = openpyxl.load_workbook(file)
        book.worksheets[0]["C2"].number_format = code
        book.save(file)
        answer = cli("run", roster(), "--overrides", file, "-o", "o.csv")
        assert answer.code == (2 if wrong else 0), answer.err
        assert (f"({code})" in " ".join(answer.err.split())) == wrong


@pytest.mark.parametrize(
    ("amount", "stands"),
    [
        ("9,999,999,999,999,999.99", "9999999999999999.99"), ("0", "0.00"), ("１８００００．５", "180000.50"),
        ("10000000000000000", None), ("1,00", None), ("0,100", None), ("180000.005", None), ("一", None),
        (".5", None),
    ],
)  # fmt: skip
def test_amounts_as_they_are_written(
    cli: Cli, roster: Make, tmp_path: Path, amount: str, stands: str | None
) -> None:
    file = overrides(tmp_path, f'东村,funding_gap,"{amount}",{GROUNDS}')
    answer = cli("run", roster(), "--overrides", file, "-o", "o.csv")
    if stands is None:
        assert answer.code == 2 and f"error[FC827]: `{amount}` is no amount" in answer.err
    else:
        assert rows(tmp_path / "o.csv")["140121000201"]["funding_gap"] == stands


@given(st.lists(st.text()))
@example([])
@example(["a\\b", "plain", "two\nlines", "\r", "\\", "\\n", ""])
def test_texts_come_out_of_the_ledger_as_they_went_in(texts: list[str]) -> None:
    kept = lines(texts)
    assert unlines(kept) == texts
    assert kept.count(b"\n") == len(texts) and b"\r" not in kept


def test_a_village_with_a_stroke_in_its_name(cli: Cli, roster: Make) -> None:
    path = roster(VILLAGES[0].replace("东村", "东\\n村"), *VILLAGES[1:])
    assert cli("run", path).code == 0
    assert cli("runs", "verify").code == 0
    answer = cli("explain", "东\\n村", "--run", "last")
    assert answer.code == 0 and "东\\n村" in answer.out

"""The example roster: reproducible, its totals exact, and what it shows on purpose is there."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

EXAMPLES = Path(__file__).parents[2] / "examples"
SHEET = "名册（虚构数据）"
RESIDENTS, INCOME = "常住人口（人）", "上年集体经济收入（元/年）"
CADRES, SUBSIDY = "其他班子成员（人）", "现行补贴（元/人·年）"
COUNTY = "县（市、区）"
Row = dict[str, Any]


def make(output: Path, *options: str) -> Path:
    """Run the script as a user does."""
    command = [sys.executable, str(EXAMPLES / "make_taiyuan.py"), "-o", str(output), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return output


def cells(path: Path, sheet: str = SHEET) -> list[list[Any]]:
    """All cell values of a sheet."""
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()


def read(path: Path) -> list[Row]:
    """The roster's rows by column title."""
    head, *rows = cells(path)
    return [dict(zip(head, row, strict=True)) for row in rows]


def count(rows: list[Row], **wanted: str) -> int:
    """How many rows have these values."""
    return sum(all(row[title] == value for title, value in wanted.items()) for row in rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The roster as the script makes it now."""
    return make(tmp_path_factory.mktemp("roster") / "roster.xlsx")


@pytest.fixture(scope="module")
def rows(made: Path) -> list[Row]:
    """Its rows."""
    return read(made)


def test_same_seed_same_bytes(made: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again.xlsx", "--seed", "2017")
    other = make(tmp_path / "other.xlsx", "--seed", "2018")
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(made.read_bytes()).digest()
    assert cells(other) != cells(made)


def test_committed_file_is_what_the_script_makes(made: Path) -> None:
    committed = EXAMPLES / "taiyuan-2017.xlsx"
    for sheet in CalamineWorkbook.from_path(made).sheet_names:
        assert cells(committed, sheet) == cells(made, sheet)


def test_every_sheet_says_that_the_figures_are_invented(made: Path) -> None:
    sheets = CalamineWorkbook.from_path(made).sheet_names
    assert sheets == [SHEET, "说明 README"]
    note = "".join(str(cell) for row in cells(made, sheets[1]) for cell in row)
    assert "虚构" in note and "invented" in note and "2017" in note


def test_codes_and_names(rows: list[Row]) -> None:
    codes = [row["代码"] for row in rows]
    assert len(rows) == len(set(codes)) == 890
    assert codes == sorted(codes)
    assert all(len(code) == 12 and code.isdigit() and code[9] == "2" for code in codes)
    assert {code[:4] for code in codes} == {"1401"}
    assert len({(row[COUNTY], row["村名"]) for row in rows}) == 890
    assert len({row["村名"] for row in rows}) < 890  # some names recur in other counties
    assert all(row["村名"].endswith("村") for row in rows)
    assert (
        count(rows, 村名="鹰落沟村")
        == count(rows, 村名="河北村")
        == count(rows, 村名="坪里村")
        == 1
    )
    sizes = Counter(row[COUNTY] for row in rows)
    assert sizes["娄烦县"] == 142 and sizes["阳曲县"] == 117 and len(sizes) == 10


def test_totals_of_the_report(rows: list[Row]) -> None:
    shells = [row for row in rows if row["原空壳村"] == "是"]
    broken = [row for row in shells if row[INCOME] > 0]
    assert (len(shells), len(broken)) == (564, 555)
    assert all(row[INCOME] >= 30_000 for row in broken)
    assert sum(row[INCOME] >= 50_000 for row in broken) == 431
    assert count(rows, 建档立卡贫困村="是") == 162
    assert count(rows, 软弱涣散村="是") == count(rows, 软弱涣散村="是", 建档立卡贫困村="是") == 17
    assert (
        count(rows, 已派第一书记="是") == count(rows, 已派第一书记="是", 建档立卡贫困村="是") == 157
    )
    assert count(rows, 有活动场所="否") == 8


def test_amounts_are_whole_fen_and_people_whole(rows: list[Row]) -> None:
    for row in rows:
        for title in (INCOME, "已安排党建经费（元/年）", SUBSIDY):
            if row[title] != "":
                fen = Decimal(repr(row[title])) * 100
                assert fen == fen.to_integral_value() and fen >= 0
        assert row[RESIDENTS] == int(row[RESIDENTS]) and row[CADRES] in range(8)


def test_edges_and_blanks_are_there(rows: list[Row]) -> None:
    incomes = {row[INCOME] for row in rows}
    assert incomes >= {0, 29_999.99, 30_000, 49_999.99, 50_000, 50_000.01}
    assert {row[RESIDENTS] for row in rows} >= {999, 1000, 1001}
    assert {(50_000.01, 999), (50_000.01, 1000)} <= {(r[INCOME], r[RESIDENTS]) for r in rows}
    assert {row[CADRES] for row in rows} == set(range(8))
    assert {row[SUBSIDY] for row in rows} >= {"", 0, 8000}
    assert {row["已派第一书记"] for row in rows} == {"是", "否", ""}


def test_party_dues_grounds_occur_and_meet(rows: list[Row]) -> None:
    grounds = [
        (row["有活动场所"] == "否", row["软弱涣散村"] == "是", row[INCOME] == 0)
        for row in rows
        if row[COUNTY] in ("娄烦县", "阳曲县")
    ]
    assert all(any(column) for column in zip(*grounds, strict=True))
    assert (True, True, False) in grounds and (True, False, True) in grounds


def test_pools_both_short_and_ample(rows: list[Row]) -> None:
    left: Counter[str] = Counter()
    for row in rows:
        gap = row[CADRES] * max(8_000 - (row[SUBSIDY] or 0), 0)
        left[row[COUNTY]] += int(30_000 - gap)
    assert left["清徐县"] < 0 and left["古交市"] < 0
    assert left["小店区"] > 0 and left["迎泽区"] > 0


def test_over_a_small_register(tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    villages = [(f"{990101100201 + k}", f"试{k}村", "试镇", "试县") for k in range(12)]
    with register.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("code", "name", "town", "county"), *villages])
    options = ("--register", str(register))
    rows = read(make(tmp_path / "small.xlsx", *options))
    assert [tuple(row.values())[:4] for row in rows] == villages
    assert count(rows, 原空壳村="是") == 8
    text = make(tmp_path / "small.csv", *options).read_text(encoding="utf-8-sig")
    assert text.startswith("代码,村名,乡镇,县（市、区）,") and len(text.splitlines()) == 13


def test_over_one_village(tmp_path: Path) -> None:
    register = tmp_path / "one.csv"
    register.write_text("code,name,town,county\n990101100201,试村,试镇,试县\n", encoding="utf-8")
    assert len(read(make(tmp_path / "one.xlsx", "--register", str(register)))) == 1

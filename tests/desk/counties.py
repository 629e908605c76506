"""Ten counties' rosters as ten offices would make them, with every kind of trouble. All is invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

import openpyxl
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

HEADER = ["乡镇", "村名", "常住人口", "集体经济收入", "已安排党建经费", "其他班子成员", "现行补贴"]
COUNTIES = ("甲县", "乙县", "丙县", "丁县", "戊县", "己县", "庚县", "辛县", "壬县", "癸县")
VILLAGES = 89
"""In each county."""

Rows = list[list[Any]]


def villages(county: int, count: int = VILLAGES) -> Rows:
    """A county's villages in yuan, in the columns of HEADER."""
    chance = Random(county)
    found: Rows = []
    for at in range(count):
        town = "东西南北中"[at * 5 // count] + "镇"
        name = f"{'春夏秋冬晨'[at % 5]}{'山水田林湖草沙岭坡'[at // 5 % 9]}{'上下'[at // 45]}村"
        income = chance.randrange(1, 40) * 5_000
        cadres, subsidy = chance.randrange(2, 7), chance.randrange(10, 60) * 1_000
        found.append(
            [
                town,
                name,
                chance.randrange(150, 3_000),
                income,
                income // 2 + 12_000,
                cadres,
                subsidy,
            ]
        )
    return found


def book(fill: Callable[[Worksheet], object], name: str = "Sheet1", *more: str) -> bytes:
    """A workbook with one sheet that is filled, and others that hold a note."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = name
    fill(sheet)
    for other in more:
        made.create_sheet(other).append(["填表说明：按村填写"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rows_of(rows: Iterable[Sequence[Any]]) -> Callable[[Worksheet], object]:
    """Fill a sheet with rows."""

    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(list(row))

    return fill


def in_wan(rows: Rows) -> Rows:
    """Amounts in 万元."""
    return [
        [*row[:3], *(one / 10_000 for one in row[3:5]), row[5], row[6] / 10_000] for row in rows
    ]


def sums(label: str, rows: Rows) -> list[Any]:
    """A row of totals."""
    return ["", label, *(round(sum(row[at] for row in rows), 4) for at in range(2, 7))]


def with_towns(rows: Rows) -> Rows:
    """Rows with a subtotal below each town."""
    found: Rows = []
    for town in dict.fromkeys(row[0] for row in rows):
        some = [row for row in rows if row[0] == town]
        found += [*some, sums(f"{town}小计", some)]
    return [*found, sums("合计", rows)]


def _merged(sheet: Worksheet) -> None:
    sheet.append(["己县村级经费名册"])
    sheet.merge_cells("A1:G1")
    sheet.append(["乡镇", "村名", "常住人口", "金额（元）", "", "其他班子成员", "现行补贴"])
    sheet.append(["", "", "", "集体经济收入", "已安排党建经费", "", ""])
    for area in ("A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3", "G2:G3"):
        sheet.merge_cells(area)
    for row in villages(5):
        sheet.append(row)


def _panels(rows: Rows) -> Rows:
    half = (len(rows) + 1) // 2
    right = [*rows[half:], *([[""] * 7] * (2 * half - len(rows)))]
    return [
        [*HEADER, "", *HEADER],
        *([*a, "", *b] for a, b in zip(rows[:half], right, strict=True)),
    ]


def _legacy(rows: Iterable[Sequence[Any]]) -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("乙县")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _text(rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("gb18030")


def _faulty(rows: Rows) -> Rows:
    rows[3][3], rows[7][3], rows[11][2], rows[12][2] = "5万", -20_000, "", "约300"
    return rows


@cache
def clean() -> Mapping[str, bytes]:
    """Ten files that need no answer."""
    first = in_wan(villages(0))
    top: Rows = [["甲县名册"], ["单位：万元、人"], HEADER]
    return {
        "甲县.xlsx": book(rows_of([*top, *first, sums("合计", first)])),
        "乙县.xls": _legacy([["单位：元"], HEADER, *villages(1)]),
        "丙县.csv": _text([[*HEADER[:3], "集体经济收入（元）", *HEADER[4:]], *villages(2)]),
        "丁县.xlsx": book(rows_of([HEADER, *villages(3)]), "丁县", "填表说明"),
        "戊县.xlsx": book(rows_of(_panels(villages(4)))),
        "己县.xlsx": book(_merged),
        "庚县.xlsx": book(rows_of([["庚县"], HEADER, *with_towns(villages(6))])),
        "辛县.xlsx": book(rows_of([[*HEADER, "备注"], *([*row, "已核"] for row in villages(7))])),
        "壬县.xlsx": book(rows_of([HEADER, *villages(8)])),
        "2017年名册.xlsx": book(rows_of([HEADER, *villages(9)]), "癸县"),
    }  # fmt: skip


@cache
def troubled() -> Mapping[str, bytes]:
    """The same with a unit written nowhere, a header that may mean something, wrong cells, no county."""
    other = [*HEADER[:3], "集体进账", *HEADER[4:]]
    return {**clean()} | {
        "丁县.xlsx": book(rows_of([HEADER, *in_wan(villages(3))]), "丁县", "填表说明"),
        "辛县.xlsx": book(rows_of([other, *villages(7)])),
        "壬县.xlsx": book(rows_of([HEADER, *_faulty(villages(8))])),
        "2017年名册.xlsx": book(rows_of([HEADER, *villages(9)])),
    }


def write(files: Mapping[str, bytes], folder: Any) -> None:
    """Put files into a folder."""
    for name, content in files.items():
        (folder / name).write_bytes(content)

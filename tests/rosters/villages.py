"""The six villages of the corpus, their header, and small changes to both. All is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

Cell = str | float | int | bool | date | tuple[str, object] | None
Row = Sequence[Cell]

HEADER = [
    "代码", "村名", "乡镇", "县", "常住人口", "集体经济收入", "已安排党建经费", "其他班子成员",
    "现行补贴", "建档立卡贫困村", "软弱涣散村", "原空壳村", "有活动场所", "已派第一书记",
]  # fmt: skip
VILLAGES: list[list[Cell]] = [
    ["149901100211", "甲村", "一镇", "子县", 620, 43000, 20000, 4, 3600, "是", "否", "是", "是", "否"],
    ["149901100212", "乙村", "一镇", "子县", 1000, 50000.01, 0, 5, 8000, "否", "否", "否", "是", "否"],
    ["149901100213", "丙村", "一镇", "子县", 999, 0, 0, 3, 0, "是", "是", "是", "否", "是"],
    ["149901200214", "丁村", "二乡", "子县", 480, 1234567.89, 170000, 2, 5400, "否", "否", "否", "是", "是"],
    ["149902100215", "戊村", "三镇", "丑县", 2310, 29999.5, 0, 6, 4000, "否", "否", "是", "是", "否"],
    ["149902100216", "己村", "三镇", "丑县", 750, 50000, 100000, 4, 3000, "是", "否", "否", "是", "是"],
]  # fmt: skip


def changed(row: int, column: str, value: Cell) -> list[list[Cell]]:
    """The villages with one cell changed."""
    rows = [list(village) for village in VILLAGES]
    rows[row][HEADER.index(column)] = value
    return rows


def headed(change: Mapping[str, str]) -> list[str]:
    """The header with some titles changed."""
    return [change.get(title, title) for title in HEADER]


def columns(
    change: Callable[[str, Cell], Cell], rows: Sequence[Row] = VILLAGES
) -> list[list[Cell]]:
    """The villages with every cell changed by its header."""
    return [[change(h, c) for h, c in zip(HEADER, row, strict=True)] for row in rows]


def in_wan(title: str, cell: Cell) -> Cell:
    """Income and funding in ten thousand yuan, exactly."""
    if title in ("集体经济收入", "已安排党建经费"):
        return float(Decimal(str(cell)) / 10_000)
    return cell


def total(label: str, rows: Sequence[Row], *, name: str = "代码") -> list[Cell]:
    """A row with the sums of some villages, its label under one of the headers."""
    found: list[Cell] = [None] * len(HEADER)
    found[HEADER.index(name)] = label
    for at in range(4, 8):
        found[at] = round(sum(float(str(row[at])) for row in rows), 6)
    return found

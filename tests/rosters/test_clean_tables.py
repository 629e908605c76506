"""A clean table reads back to the same facts in whatever format, shape, spelling and order it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc import api
from fundcalc.base.money import grouped, plain
from fundcalc.engines.result import values_of
from fundcalc.roster.model import Roster
from tests.rosters.villages import Cell, Row
from tests.rosters.writing import csv, xlsx

SHIPPED = api.load_policy()
POLICY = replace(
    SHIPPED, facts={id_: replace(fact, typical=None) for id_, fact in SHIPPED.facts.items()}
)
"""The shipped policy, in which any size of figure is typical."""

IDS = ["code", "name", "town", "county", "residents", "collective_income", "other_cadres",
       "current_subsidy", "has_venue"]  # fmt: skip
MONEY = ("collective_income", "current_subsidy")
TITLES = {
    "code": ["代码", "code", "村代码", "统计用区划代码", "代碼"],
    "name": ["村名", "Village", "行政村名称"],
    "town": ["乡镇", "town", "乡（镇、街道）", "鄉鎮"],
    "county": ["县（市、区）", "county", "縣"],
    "residents": ["常住人口", "人口（人）", "Residents", "常住\n人口"],
    "collective_income": ["集体经济收入", "村集体经济收入", "collective_income", "集體經濟收入"],
    "other_cadres": ["其他班子成员", "主干以外班子成员（人）"],
    "current_subsidy": ["现行补贴", "人均补贴", "Current subsidy"],
    "has_venue": ["有活动场所", "是否有活动场所"],
}
SCALES = {"": 0, "（元）": 0, "（千元）": 3, "(万元)": 4, "【百万元】": 6}
WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
YES = {True: ["是", "有", "yes", "TRUE", "1"], False: ["否", "无", "no", "×", "0"]}


@dataclass(frozen=True)
class Village:
    """One village's facts: money in fen."""

    values: tuple[str | int | bool, ...]


@st.composite
def villages(draw: st.DrawFn) -> list[Village]:
    """Villages with codes and names of their own."""
    codes = draw(st.lists(st.integers(10**11, 10**12 - 1), min_size=1, max_size=8, unique=True))
    return [
        Village((
            str(code),
            f"{draw(st.sampled_from('甲乙丙丁䶮'))}{at}村",
            draw(st.sampled_from(["一镇", "二镇"])),
            draw(st.sampled_from(["子县", "丑县"])),
            draw(st.integers(500, 900)),
            draw(st.integers(0, 10**11)),
            draw(st.integers(0, 9)),
            draw(st.integers(0, 10**8)),
            draw(st.booleans()),
        ))
        for at, code in enumerate(codes)
    ]  # fmt: skip


def spelt(draw: st.DrawFn, fact: str, value: str | int | bool, power: int) -> str:
    """A value as somebody may type it."""
    if isinstance(value, bool):
        return draw(st.sampled_from(YES[value]))
    if isinstance(value, str):
        return value
    decimals = 2 + power if fact in MONEY else 0
    spellings = [plain(value, decimals), grouped(value, decimals)]
    spellings += [text.translate(WIDE) for text in spellings] + [f" {spellings[0]} "]
    return draw(st.sampled_from(spellings))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Village], list[Row]]:
    """Villages, and rows that say the same."""
    found = draw(villages())
    order = draw(st.permutations(range(len(IDS))))
    unit = {fact: draw(st.sampled_from(sorted(SCALES))) for fact in MONEY}
    line = draw(st.sampled_from(["", "单位：万元", "（单位：千元）"]))
    power = {
        f: SCALES[u] or (not u and {"": 0, "单位：万元": 4}.get(line, 3)) for f, u in unit.items()
    }
    head = [draw(st.sampled_from(TITLES[id_])) + unit.get(id_, "") for id_ in IDS]
    body = [
        [spelt(draw, id_, v, power.get(id_, 0)) for id_, v in zip(IDS, one.values, strict=True)]
        for one in found
    ]
    rows: list[Row] = [[row[at] for at in order] for row in [head, *body]]
    if draw(st.booleans()):
        people = sum(int(one.values[4]) for one in found)
        total: list[Cell] = ["合计" if id_ == "name" else str(people) if id_ == "residents" else ""
                             for id_ in IDS]  # fmt: skip
        rows.append([total[at] for at in order])
    if draw(st.booleans()):
        rows.insert(draw(st.integers(1, len(rows))), [""] * len(IDS))
    top: list[Row] = [["某市各村情况"]] if draw(st.booleans()) else []
    return found, [*top, *([[line]] if line else []), *rows]


def facts(roster: Roster) -> dict[str, tuple[object, ...]]:
    """Each village's facts by its code."""
    columns = [list(values_of(roster.columns[id_])) for id_ in IDS]
    return {str(row[0]): row for row in zip(*columns, strict=True)}


def read(rows: Sequence[Row], name: str, write: Callable[[Path, Sequence[Row]], object]) -> Roster:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name, rows)
        return api.read_roster(Path(folder) / name, POLICY)


FORMATS: dict[str, Callable[[Path, Sequence[Row]], object]] = {
    "r.csv": csv,
    "bom.csv": lambda path, rows: csv(path, rows, "utf-8-sig", end="\r\n"),
    "gb.csv": lambda path, rows: csv(path, rows, "gb18030", sep="\t"),
    "r.xlsx": xlsx,
    "inline.xlsx": lambda path, rows: xlsx(path, rows, constant_memory=True),
}


@settings(max_examples=50)
@given(tables(), st.sampled_from(sorted(FORMATS)))
def test_a_clean_table_reads_back(table: tuple[list[Village], list[Row]], name: str) -> None:
    found, rows = table
    roster = read(rows, name, FORMATS[name])
    assert not [one for one in roster.rejects if one.severity == "error"]
    assert facts(roster) == {str(one.values[0]): one.values for one in found}
    assert list(facts(roster)) == [str(one.values[0]) for one in found]


ORDERS = st.permutations(range(len(IDS)))


@settings(max_examples=30)
@given(villages(), ORDERS)
def test_numbers_of_a_workbook(found: list[Village], order: list[int]) -> None:
    _numbers_read_back(found, order, "r.xlsx", xlsx)


@settings(max_examples=15)  # each is tried in a process of its own before it is read
@given(villages(), ORDERS)
def test_numbers_of_a_parquet(found: list[Village], order: list[int]) -> None:
    _numbers_read_back(found, order, "r.parquet", _parquet)


def _numbers_read_back(
    found: list[Village],
    order: list[int],
    name: str,
    write: Callable[[Path, Sequence[Row]], object],
) -> None:
    def cell(id_: str, value: str | int | bool) -> Cell:
        if id_ in MONEY:
            return float(Decimal(int(value)) / 100)
        return int(value) if id_ == "code" else value

    body = [[cell(id_, v) for id_, v in zip(IDS, one.values, strict=True)] for one in found]
    rows: list[Row] = [[row[at] for at in order] for row in [IDS, *body]]
    assert facts(read(rows, name, write)) == {str(one.values[0]): one.values for one in found}


def _parquet(path: Path, rows: Sequence[Row]) -> None:
    pl.DataFrame(rows[1:], schema=list(rows[0]), orient="row").write_parquet(path)


CELLS = st.sampled_from(
    ["", "12", "-1", "5万", "1.005", "是", "子县", "1499011002", "149901100201", "#N/A"]
)


@settings(max_examples=50)
@given(st.data())
def test_neither_order_matters(data: st.DataObject) -> None:
    """Rows and columns of a dirty table in another order: the same villages, facts and rejects."""
    found = data.draw(villages())
    body = [
        [str(v).replace("True", "是").replace("False", "否") for v in one.values] for one in found
    ]
    for _ in range(data.draw(st.integers(0, 6))):
        row = data.draw(st.integers(0, len(body) - 1))
        body[row][data.draw(st.integers(0, len(IDS) - 1))] = data.draw(CELLS)
    columns = data.draw(st.permutations(range(len(IDS))))
    rows = data.draw(st.permutations(body))
    one = read([IDS, *body], "r.csv", csv)
    other = read([[row[at] for at in columns] for row in [IDS, *rows]], "r.csv", csv)
    assert one.rejected_rows == other.rejected_rows
    assert _known(one) == _known(other)
    assert _said(one) == _said(other)


def test_a_bare_number_is_no_name_of_a_row_whatever_stands_first() -> None:
    """A row without a name and with a broken code: it was a group of rows where the code stood first."""
    rest = ["子县", "800", "50000", "2", "5000", "是"]
    body = [
        ["149901100201", "子村", "甲镇", *rest],
        ["12", "", "甲镇", "子县", "700", "40000", *rest[3:]],
    ]
    said = []
    for first in permutations(range(4)):
        order = [*first, *range(4, len(IDS))]
        rows: list[Row] = [[row[at] for at in order] for row in [IDS, *body]]
        said.append(sorted(one.code for one in read(rows, "r.csv", csv).rejects))
    assert all(one == said[0] for one in said)
    assert "FC649" not in said[0]


def _known(roster: Roster) -> list[list[str]]:
    columns = [list(values_of(roster.columns[id_])) for id_ in IDS]
    return sorted([str(value) for value in row] for row in zip(*columns, strict=True))


def _said(roster: Roster) -> list[tuple[str, ...]]:
    """Rejects without their places, and without which of two villages of one name was second."""
    return sorted(
        (r.code, "" if r.code == "FC643" else r.village, r.column, r.value)
        for r in roster.rejects
    )  # fmt: skip

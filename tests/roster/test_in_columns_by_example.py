"""Large rosters with one oddity each, read in columns: what is said of it, and the same cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.policy.test_faults import FILES
from tests.policy.test_faults import VILLAGE as VILLAGE_FACTS
from tests.roster.test_in_columns import seen

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.roster import bulk, commas, sheets
from fundcalc.roster.groups import medians

HEADER = "代码,村名,乡镇,县,常住人口,集体经济收入,其他班子成员,备注"
VILLAGES = [f"1499011001{n:02},村{n},一镇,子县,120,6000,4," for n in range(90)]
"""More than the rows in which the header is looked for."""


def listed(path: Path) -> list[tuple[str, str | None]]:
    """The code and the cell of every reject, or of what made the file unreadable."""
    try:
        return [(one.code, one.cell) for one in api.read_roster(path, POLICY).rejects]
    except PolicyProblem as problem:
        return [(one.code, None) for one in problem.diagnostics]


POLICY = api.load_policy()


def changed(row: int, line: str) -> list[str]:
    """The villages, with another line in a row of the file (from 1)."""
    return [line if at == row else old for at, old in enumerate(VILLAGES, 2)]


VILLAGE = "149901100299,甲村,一镇,子县,120,6000,4,"
CSV = {
    "some cells too many far down": (changed(80, VILLAGE + ",,多"), HEADER, [("FC646", "J80")]),
    "many cells too many far down": (changed(80, VILLAGE + "," * 30 + "多"), HEADER, [("FC646", "AL80")]),
    "a quote within a cell far down": (
        changed(80, VILLAGE.replace("甲村", '"甲"村')), HEADER, [("FC608", None)],
    ),
    "a quote within a cell in the first rows": (
        changed(3, VILLAGE.replace("甲村", '"甲"村')), HEADER, [("FC608", None)],
    ),
    "the example of the empty roster": (
        changed(80, "149901100201,示例村,示例乡,示例县,1200,60000,4,"), HEADER, [("FC647", "B80")],
    ),
    "no codes and a village twice": (
        [line.partition(",")[2] for line in changed(80, VILLAGES[3])],
        HEADER.removeprefix("代码,"), [("FC636", "A5"), ("FC636", "A80")],
    ),
    "nothing in the last column": (
        [line.removesuffix("4,") for line in VILLAGES[:2]], HEADER.removesuffix(",备注"),
        [("FC620", "G2"), ("FC620", "G3")],
    ),
    "nothing under any header": (
        ["x", "y"], "," + HEADER.removesuffix(",备注"),
        [("FC620", f"{column}{row}") for row in (2, 3) for column in "CEFGH"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CSV)
def test_a_csv_with(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, header, expected = CSV[name]
    path = tmp_path / "r.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    slow = seen(path)
    monkeypatch.setattr(sheets, "BULK_FROM", 0)
    assert listed(path) == expected
    assert seen(path) == slow


NAMED: dict[str, Any] = {
    "代码": [149901100201, 149901100202], "村名": ["甲村", "乙村"], "乡镇": ["一镇", "一镇"],
    "县": ["子县", "子县"], "常住人口": [120, 130], "集体经济收入": [1.5, 2.5], "其他班子成员": [3, 4],
}  # fmt: skip
PARQUET: dict[str, tuple[str, list[Any], list[tuple[str, str | None]]]] = {
    "codes as floats": ("代码", [149901100201.0, 149901100202.0], []),
    "numbers for names": ("村名", [7, 8], []),
    "floats for names": ("村名", [7.5, 8.0], [("FC639", "B2")]),
    "a float for the code of one": ("代码", [149901100201.5, 149901100202.0], [("FC639", "A2")]),
}


@pytest.mark.parametrize("name", PARQUET)
def test_a_parquet_with(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    column, values, expected = PARQUET[name]
    path = tmp_path / "r.parquet"
    pl.DataFrame({**NAMED, column: values}).write_parquet(path)
    assert listed(path) == expected
    fast = seen(path)
    monkeypatch.setattr(sheets, "parquet_table", lambda _: None)
    assert seen(path) == fast


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_csv_that_is_large_in_truth(encoding: str, tmp_path: Path) -> None:
    line = "{:012},村{},一镇,子县,120,6000,4,\n"
    text = "".join(line.format(149901100000 + n, n) for n in range(50_000))
    path = tmp_path / "r.csv"
    path.write_bytes(f"{HEADER}\n{text}".encode(encoding))
    assert path.stat().st_size > max(bulk.FROM, commas._LARGE)
    told: list[int] = []
    found = api.read_roster(path, POLICY, progress=told.append)
    assert len(found) == 50_000 and not found.rejects
    assert found.columns["name"][49_999] == "村49999"
    assert sum(told) == 100 and all(step > 0 for step in told) and len(told) > 3
    assert any("GB18030" in notice.en for notice in found.notices) == (encoding == "gb18030")


@pytest.mark.parametrize(
    ("values", "groups", "twice"),
    [
        ([3, 1, 2], [0, 0, 0], [4, 4, 4]),
        ([1, 10, 2, 20], [0, 1, 0, 1], [3, 30, 3, 30]),
        ([2**62, 1, 2**61, 3], [5, 0, 5, 0], [2**62 + 2**61, 4, 2**62 + 2**61, 4]),
        ([-(2**61), 2**61, 0], [0, 0, 0], [0, 0, 0]),
    ],
)
def test_medians_are_exact_however_far_apart_values_are(
    values: list[int], groups: list[int], twice: list[int]
) -> None:
    found, sizes = medians(np.array(values), np.array(groups))
    assert found.tolist() == twice
    assert sizes.tolist() == [groups.count(group) for group in groups]


def test_an_outlier_of_a_fact_that_may_be_blank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks count with the value that stands for them: 12 of 30 people, one of 3, one of 9,000."""
    village = VILLAGE_FACTS.replace("range = [0, 5_000]\n", "outlier = 10\n")
    texts = {**FILES, "rules/village.toml": village}
    policy, found = read(Bundle("", {name: text.encode() for name, text in texts.items()}))
    assert policy is not None, found
    lines = [f"{n},村{n},{cell}" for n, cell in enumerate([*["30"] * 12, "", "9000"])]
    path = tmp_path / "r.csv"
    path.write_text("\n".join(["number,name,people", *lines]) + "\n", encoding="utf-8")
    slow = api.read_roster(path, policy).rejects
    monkeypatch.setattr(sheets, "BULK_FROM", 0)
    fast = api.read_roster(path, policy).rejects
    assert [(one.code, one.cell) for one in fast] == [("FC644", "C15")]
    assert fast == slow

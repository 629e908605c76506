"""Days, choices and texts with defaults, read in columns and cell by cell: the same of both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.test_faults import FILES, VILLAGE

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.result import values_of
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.roster import sheets

MORE = """[facts.note]
title = { zh = "备注", en = "Note" }
type = "text"
default = "无"
[facts.opened]
title = { zh = "启用", en = "Opened" }
type = "date"
required = true
[facts.code]
title = { zh = "代码", en = "Code" }
type = "text"
"""
HEADER = ["code", "name", "county", "people", "founded", "poor", "note", "opened"]
DAYS = st.sampled_from(
    ["1960-01-01", "1949-12-31", "2020-12-31", "2021-01-01", "2019-02-29", "2016-02-29", "2016/2/29",
     "2016年2月29日", "2016.2.29", "20160229", "42429", "", " ", "x", "2016-13-01", "２０１６-02-29"]
)  # fmt: skip
ROW = st.tuples(
    st.integers(1, 9).map(str), st.sampled_from(["东村", "南村", "西村"]),
    st.sampled_from(["甲县", "乙县", "丁县", "", "甲 县"]), st.sampled_from(["0", "7", "5001", "", "1.5"]),
    DAYS, st.sampled_from(["是", "", "1", "maybe"]), st.sampled_from(["", "好", " ", "x" * 201]), DAYS,
)  # fmt: skip


GOOD = st.tuples(
    st.integers(10, 99).map(str), st.sampled_from(["东村", "南村"]), st.sampled_from(["甲县", ""]),
    st.sampled_from(["7", ""]), st.sampled_from(["1960-01-01", ""]), st.sampled_from(["是", ""]),
    st.sampled_from(["好", ""]), st.sampled_from(["2016-02-29", "2016/2/29"]),
)  # fmt: skip


def facts() -> api.Policy:
    texts = {**FILES, "rules/village.toml": VILLAGE + MORE}
    policy, found = read(Bundle("", {name: text.encode() for name, text in texts.items()}))
    assert policy is not None, found
    return policy


POLICY = facts()


def seen(path: Path) -> Any:
    try:
        found = api.read_roster(path, POLICY)
    except PolicyProblem as problem:
        return [str(d) for d in problem.diagnostics]
    columns = {id_: list(values_of(column)) for id_, column in found.columns.items()}
    assumed = {id_: [bool(v) for v in taken] for id_, taken in found.assumed.items()}
    rows = [int(row) for row in found.rows]
    return columns, assumed, rows, found.rejects, found.notices, found.rejected_rows


def both(write: Callable[[Path], object], name: str, slowly: Callable[[Any], None]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / name
        write(path)
        patch.setattr(sheets, "BULK_FROM", 0)
        fast = seen(path)
        slowly(patch)
        return [fast, seen(path)]


@settings(max_examples=150)
@given(
    st.lists(GOOD | GOOD | ROW, min_size=1, max_size=8),
    st.sets(st.sampled_from(["county", "founded", "poor", "note", "code"]), max_size=2),
)
def test_a_csv(rows: list[tuple[str, ...]], absent: set[str]) -> None:
    kept = [n for n, head in enumerate(HEADER) if head not in absent]
    lines = [",".join(row[n] for n in kept) for row in [tuple(HEADER), *rows]]
    one, other = both(
        lambda path: path.write_text("\n".join(lines) + "\n", encoding="utf-8"),
        "r.csv",
        lambda patch: patch.setattr(sheets, "BULK_FROM", 10**9),
    )
    assert one == other


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 9), st.sampled_from(["东村", "南村"]), st.sampled_from(["甲县", None]),
            st.sampled_from([0, 7, 5001, None]), st.dates(date(1949, 12, 30), date(1950, 1, 2)) | st.none(),
            st.booleans() | st.none(), st.sampled_from(["好", "", None]),
            st.dates(date(2016, 1, 1), date(2016, 3, 1)) | st.none(),
        ),
        min_size=1, max_size=6,
    ),
    st.sampled_from([pl.Date, pl.Datetime("us"), pl.Datetime("ms"), pl.String]),
)  # fmt: skip
def test_a_parquet(rows: list[tuple[object, ...]], kind: Any) -> None:
    def write(path: Path) -> None:
        columns = dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))
        table = pl.DataFrame(
            {**columns, "code": [str(code) for code in columns["code"]]},
            schema_overrides={"founded": pl.Date, "opened": pl.Date, "poor": pl.Boolean,
                              "people": pl.Int64, "note": pl.String, "county": pl.String},
        )  # fmt: skip
        table.with_columns(pl.col("founded", "opened").cast(kind)).write_parquet(path)

    one, other = both(
        write, "r.parquet", lambda p: p.setattr(sheets, "parquet_table", lambda _: None)
    )
    assert one == other


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2016, 2, 29), date(2016, 2, 29)), (date(2016, 2, 29), date(2016, 2, 29)),
        ("2016-02-29", date(2016, 2, 29)), (True, None), (3.5, None), ("29.2.2016", None),
    ],
)  # fmt: skip
def test_a_day_in_a_workbook(cell: object, day: date | None, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "opened"])
    sheet.append(["东村", cell])
    book.save(tmp_path / "r.xlsx")
    found = api.read_roster(tmp_path / "r.xlsx", POLICY)
    if day is None:
        assert [(one.code, one.cell) for one in found.rejects] == [("FC631", "B2")]
    else:
        assert not found.rejects and list(found.columns["opened"]) == [day.toordinal()]

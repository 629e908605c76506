"""Parquet tables: typed columns stay typed, and damage ends in words."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import polars as pl
from tests.roster.files.conftest import Read, Refused

from fundcalc.base.diagnostics import PolicyProblem


def saved(table: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    table.write_parquet(out)
    return out.getvalue()


TABLE = pl.DataFrame(
    {
        "村名": ["甲村", None],
        "人口": [1200, None],
        "收入": [4.3, 140123204209.0],
        "金额": [Decimal("1.10"), None],
        "日期": [date(2017, 12, 31), None],
        "时间": [datetime(2017, 12, 31, 8, 30), datetime(2018, 1, 1)],
        "贫困": [True, None],
    }
)


def test_columns_keep_their_types(read: Read) -> None:
    found = read(saved(TABLE), "名册.parquet")
    assert found.header == tuple(TABLE.columns)
    assert found.cells.columns == [f"c{at}" for at in range(7)]
    assert found.cells.dtypes == [
        pl.String, pl.Int64, pl.Float64, TABLE.dtypes[3], pl.String, pl.String, pl.Boolean,
    ]  # fmt: skip
    assert found.cells["c1"].null_count() == 1
    assert [*found.rows()] == [
        ("甲村", "1200", "4.3", "1.10", "2017-12-31", "2017-12-31 08:30:00", "TRUE"),
        ("", "", "140123204209", "", "", "2018-01-01", ""),
    ]


def test_what_is_not_read(refused: Refused) -> None:
    assert refused(saved(pl.DataFrame({"a": [[1]]})), "名册.parquet").code == "FC603"
    assert refused(b"PAR1 no table PAR1", "名册.parquet").code == "FC603"
    wide = pl.DataFrame({f"a{at}": [1] for at in range(201)})
    assert refused(saved(wide), "名册.parquet").code == "FC606"


def test_damage_ends_in_words(read: Read) -> None:
    data = saved(TABLE)
    for at in range(4, len(data) - 4, len(data) // 6):
        with suppress(PolicyProblem):
            read(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :], "名册.parquet")


def test_a_small_file_of_endless_columns(refused: Refused) -> None:
    one = pl.Series(["村"])
    table = pl.DataFrame({f"c{at}": one.new_from_index(0, 2_000_000) for at in range(40)})
    assert refused(saved(table), "名册.parquet").code == "FC603"

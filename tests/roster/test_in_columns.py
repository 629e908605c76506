"""Large files are read in columns: the same facts, rejects and notices as cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.result import values_of
from fundcalc.roster import sheets

POLICY = api.load_policy()
HEADER = [
    "代码",
    "村名",
    "乡镇",
    "县",
    "常住人口",
    "集体经济收入（万元）",
    "其他班子成员",
    "现行补贴",
]
HEADER += ["贫困村", "活动场所"]
PLACES = st.sampled_from(
    ["子县", "丑县", "婁煩縣", "娄烦县", "", "合计", " 子县 ", "\ue000县", "a\u200bb"]
)
NAMES = st.sampled_from(
    ["甲村", "乙村", "丙村", "计家村", "示例", "小计", "", "#REF!", "x" * 201, "=1"]
)
FIGURES = st.sampled_from(
    ["0", "12", "1200", "99999999", "3.5", "3.123456", "3.1234567", "-1", "5万", "１２", "1,200", "",
     " 7 ", "nan", "1e5", "0.00", "007", ".5", "12.", "合计", "9" * 30]
)  # fmt: skip
YES = st.sampled_from(["是", "否", "√", "", "1", "maybe", "有"])
CODES = st.sampled_from([f"1499011002{n:02}" for n in range(9)]) | st.sampled_from(
    ["", "1.40123E+11", "１４９９０１１００２０１", "14990110020", "合计", "注：完", "代码"]
)
ROW = st.tuples(CODES, NAMES, PLACES, PLACES, FIGURES, FIGURES, FIGURES, FIGURES, YES, YES)
GOOD = st.tuples(
    st.integers(0, 99).map(lambda n: f"1499011003{n:02}"), st.sampled_from(["甲村", "乙村"]),
    st.sampled_from(["一镇", "二镇"]), st.just("子县"),
    *[st.integers(0, 50).map(str)] * 4, st.sampled_from(["是", "否"]), st.just("有"),
)  # fmt: skip


def seen(path: Path) -> Any:
    """All that a reader learns of a roster."""
    try:
        found = api.read_roster(path, POLICY)
    except PolicyProblem as problem:
        return [str(d) for d in problem.diagnostics]
    columns = {id_: list(values_of(column)) for id_, column in found.columns.items()}
    assumed = {id_: [bool(v) for v in taken] for id_, taken in found.assumed.items()}
    rows = [int(row) for row in found.rows]
    return columns, assumed, found.cells, rows, found.rejects, found.notices, found.rejected_rows


@settings(max_examples=250)
@given(
    st.lists(GOOD | GOOD | GOOD | ROW, min_size=1, max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    st.sampled_from(["", "某市村名册,,,\n", "单位：元,,,\n"]),
)
def test_a_csv(rows: list[tuple[str, ...]], encoding: str, title: str) -> None:
    text = title + "\n".join(
        ",".join(f'"{c}"' if "," in c else c for c in row) for row in [HEADER, *rows]
    )
    with pytest.MonkeyPatch.context() as patch:
        import tempfile

        path = Path(tempfile.mkdtemp()) / "r.csv"
        path.write_bytes(text.encode(encoding, errors="replace"))
        slow = seen(path)
        patch.setattr(sheets, "BULK_FROM", 0)
        assert seen(path) == slow


@settings(max_examples=60)
@given(st.lists(GOOD | ROW, min_size=1, max_size=10))
def test_parquet_reads_as_csv_does(rows: list[tuple[str, ...]]) -> None:
    import tempfile

    folder = Path(tempfile.mkdtemp())
    text = "\n".join(",".join(f'"{c}"' if "," in c else c for c in row) for row in [HEADER, *rows])
    (folder / "r.csv").write_bytes(text.encode(errors="replace"))
    table = pl.DataFrame([list(r) for r in zip(*rows, strict=True)], schema=HEADER, orient="col")
    table.write_parquet(folder / "r.parquet")
    one, other = seen(folder / "r.csv"), seen(folder / "r.parquet")
    if isinstance(one, tuple) and isinstance(other, tuple):
        assert one[:4] == other[:4] and one[6] == other[6]
    else:
        assert isinstance(one, list) and isinstance(other, list)

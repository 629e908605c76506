"""Large files are read in columns: the same facts, rejects and notices as cell by cell."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.result import values_of
from fundcalc.roster import bulk, commas, parquet, sheets

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
    ["子县", "丑县", "婁煩縣", "娄烦县", "", "合计", " 子县 ", "娄烦", "\ue000县", "a\u200bb"]
)
NAMES = st.sampled_from(
    [
        "甲村",
        "乙村",
        "丙村",
        "计家村",
        "示例",
        "小计",
        "",
        "#REF!",
        "x" * 201,
        "=1",
        "\x1c",
        '"',
        "注：甲",
        "example",
    ]
)
FIGURES = st.sampled_from(
    ["0", "12", "1200", "99999999", "3.5", "3.123456", "3.1234567", "-1", "5万", "１２", "1,200", "",
     " 7 ", "nan", "1e5", "0.00", "007", ".5", "12.", "合计", "9" * 30]
)  # fmt: skip
YES = st.sampled_from(["是", "否", "√", "", "1", "maybe", "有"])
CODES = st.sampled_from([f"1499011002{n:02}" for n in range(9)]) | st.sampled_from(
    ["", "1.40123E+11", "１４９９０１１００２０１", "14990110020", "合计", "注：完", "代码",
     "149901100201"]
)  # fmt: skip
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


ODD = st.sampled_from([(), ("",) * 10, ("合计", "", "", "子县", "9", "9", "9", "9", "", "")])
MORE = st.sampled_from([()] * 8 + [("",), ("多",), ("", "", "多"), ("",) * 30, ("多",) * 30])


def _quoted(cell: str) -> str:
    odd = any(char in cell for char in ',"\n\r')
    return '"' + cell.replace('"', '""') + '"' if odd else cell


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A CSV of good, dirty, blank and total rows, some with more or fewer cells than the header."""
    rows = draw(st.lists(GOOD | GOOD | GOOD | ROW | ODD, min_size=1, max_size=12))
    ragged = draw(st.booleans())
    lines = [",".join(map(_quoted, HEADER))]
    for row in rows:
        more = draw(MORE) if ragged and row else ()
        cut = draw(st.integers(8, 10)) if ragged else len(row)
        lines.append(",".join(map(_quoted, (*row[:cut], *more) if not more else (*row, *more))))
    title = draw(st.sampled_from(["", "某市村名册,,,\n", "单位：元,,,\n", "\n\n"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    return (title + "\n".join(lines)).replace("\n", end)


@settings(max_examples=300)
@given(texts(), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_a_csv(text: str, encoding: str) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_bytes(text.encode(encoding, errors="replace"))
        slow = seen(path)
        patch.setattr(sheets, "BULK_FROM", 0)
        assert seen(path) == slow


NUMBERS = st.sampled_from([0.0, 12.0, 1200.0, 0.1 + 0.2, 3.5, -1.0, 1e20, float("nan"), float("inf"),
                           99999999.0, 1.005, None])  # fmt: skip
WHOLE = st.sampled_from([0, 12, 1200, -1, 99999999, 2**62, None])
EXACT = st.sampled_from([Decimal("0.00"), Decimal("12.34"), Decimal("-1.00"), None])
TYPED = st.tuples(
    st.integers(149901100201, 149901100212), st.sampled_from(["甲村", "乙村", "合计", None]),
    st.just("一镇"), st.sampled_from(["子县", None]), NUMBERS, EXACT, WHOLE, NUMBERS,
    st.sampled_from([True, False, None]), st.sampled_from([0.0, 1.0, 0.5, None]),
)  # fmt: skip
KINDS = [pl.Int64, pl.String, pl.String, pl.String, pl.Float64, pl.Decimal(18, 2), pl.Int64, pl.Float64,
         pl.Boolean, pl.Float64]  # fmt: skip


@settings(max_examples=100)
@given(st.lists(TYPED, min_size=1, max_size=10))
def test_a_parquet_of_numbers(rows: list[tuple[object, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        schema: Any = dict(zip(HEADER, KINDS, strict=True))
        pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
        fast = seen(path)
        patch.setattr(sheets, "parquet_table", lambda _: None)
        slow = seen(path)
    assert fast == slow


INTS = [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt32, pl.UInt64]
FLOATS = [pl.Float32, pl.Float64]
SCALES = [pl.Decimal(18, scale) for scale in (0, 1, 2, 4, 7)]
SMALL = st.sampled_from([0, 1, 7, 12, 99, 120, None])
LARGE = st.sampled_from([0, 10**8, 10**12, 10**13, 10**15, 2**53 + 1, 2**62, -5, None])
SHOWN = st.sampled_from([0.0, -0.0, 0.07, 1.1, 12.345, 12345.67, 99999999.99, 1e15, 1e14 + 0.5, 1e-7,
                         0.1 + 0.2, -3.0, float("nan"), float("inf"), float("-inf"), None])  # fmt: skip
FEN = st.sampled_from(
    ["0", "12.34", "-1", "0.0000001", "12.3400", "99999999.99", "1234567.8", None]
)


@st.composite
def numbers(draw: st.DrawFn, rows: int) -> pl.Series:
    """A column of any kind of number, or of yes and no."""
    kind: Any = draw(st.sampled_from([*INTS, *FLOATS, *SCALES, pl.Boolean]))
    if kind == pl.Boolean:
        some = draw(st.lists(st.sampled_from([True, False, None]), min_size=rows, max_size=rows))
        return pl.Series(some, dtype=pl.Boolean)
    if kind in FLOATS:
        near = draw(st.lists(SHOWN | st.floats(width=32), min_size=rows, max_size=rows))
        return pl.Series(near, dtype=pl.Float64).cast(kind)
    if kind in INTS:
        whole = draw(st.lists(SMALL | LARGE, min_size=rows, max_size=rows))
        return pl.Series(whole, dtype=pl.Int64).cast(kind, strict=False)
    exact = draw(st.lists(FEN, min_size=rows, max_size=rows))
    return pl.Series(exact, dtype=pl.String).cast(kind, strict=False)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """A parquet's table: text, codes as text or numbers, and columns of numbers of every kind."""
    rows = draw(st.integers(1, 8))
    codes = st.sampled_from([149901100201, 149901100202, 149901100203, 14990110020, None])
    code = pl.Series(draw(st.lists(codes, min_size=rows, max_size=rows)), dtype=pl.Int64)
    texts = st.sampled_from(
        ["甲村", "乙村", "合计", "娄烦县", "婁煩縣", " 丙 ", "", "注：完", None]
    )
    some = [draw(st.lists(texts, min_size=rows, max_size=rows)) for _ in range(3)]
    columns = [code.cast(pl.String) if draw(st.booleans()) else code]
    columns += [pl.Series(values, dtype=pl.String) for values in some]
    columns += [draw(numbers(rows)) for _ in HEADER[4:]]
    ahead = draw(st.integers(0, 1)) * [draw(numbers(rows)).alias("2017")]
    named = [values.alias(name) for name, values in zip(HEADER, columns, strict=True)]
    return pl.DataFrame([*ahead, *named])


@settings(max_examples=300)
@given(tables())
def test_a_parquet_of_any_kinds(table: pl.DataFrame) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        table.write_parquet(path)
        fast = seen(path)
        patch.setattr(sheets, "parquet_table", lambda _: None)
        slow = seen(path)
    assert fast == slow


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_more_rows_than_are_read_cell_by_cell(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"r.{ending}"
    rows = [
        [f"14990110{n:04}", "村", "镇", "县", "1", "1", "1", "1", "否", "有"] for n in range(40)
    ]
    table = pl.DataFrame(rows, schema=HEADER, orient="row")
    table.write_csv(path) if ending == "csv" else table.write_parquet(path)
    for module in (commas, parquet):
        monkeypatch.setattr(module, "MAX_ROWS", 20)
    monkeypatch.setattr(sheets, "BULK_FROM", 0)
    assert len(api.read_roster(path, POLICY)) == 40
    monkeypatch.setattr(bulk, "MAX_TABLE_ROWS", 20)
    with pytest.raises(PolicyProblem, match="20"):
        api.read_roster(path, POLICY)


@settings(max_examples=60)
@given(st.lists(GOOD | ROW, min_size=1, max_size=10))
def test_parquet_reads_as_csv_does(rows: list[tuple[str, ...]]) -> None:
    text = "\n".join(",".join(map(_quoted, row)) for row in [HEADER, *rows])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "r.csv").write_bytes(text.encode(errors="replace"))
        columns = [list(r) for r in zip(*rows, strict=True)]
        pl.DataFrame(columns, schema=HEADER, orient="col").write_parquet(folder / "r.parquet")
        one, other = seen(folder / "r.csv"), seen(folder / "r.parquet")
    if isinstance(one, tuple) and isinstance(other, tuple):
        assert one[:4] == other[:4]
        assert one[6] == other[6]
    else:
        assert isinstance(one, list)
        assert isinstance(other, list)

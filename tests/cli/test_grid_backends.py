"""`grid --backend`: the same table and totals as in columns, or a clear no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.cli.clean import cleaned, edited, split
from tests.cli.conftest import ROOT, Cli
from tests.conformance.engine import HERE, load
from tests.conformance.sessions import session

pytest.importorskip("duckdb", reason="duckdb is not installed")

VARIED = (
    "--years", "2017,2019", "--reading", "supplement_pool=by_county,citywide",
    "--set", "baseline_guarantee=170000:180000.5:10000.5",
    "--set", "backstop_counties=清徐县",
)  # fmt: skip
EVERYTHING = ROOT / "tests" / "formulas" / "everything"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_duckdb_gives_the_grid_of_the_columns(
    cli: Cli, exported: Path, tmp_path: Path, ending: str, lang: str
) -> None:
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    arguments = ("grid", cleaned(cli, exported), *VARIED, "--lang", lang, "-o")
    columns, database = cli(*arguments, one), cli(*arguments, two, "--backend", "duckdb")
    assert (database.code, database.out) == (0, columns.out)
    if ending == "csv":
        assert two.read_bytes() == one.read_bytes()
        return
    ours, theirs = pl.read_parquet(two), pl.read_parquet(one)
    assert theirs.height == 8 * 890
    assert ours.schema == theirs.schema
    assert ours.equals(theirs)
    assert not list(tmp_path.glob(".fundcalc-*"))


def test_every_kind_of_parameter_and_output(cli: Cli, tmp_path: Path) -> None:
    """Amounts, numbers, days, words, lists, yes/no; and totals of negative amounts."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "code,name,town,county,n,d,m,w,c,day,word,flag\n"
        "01,甲村,A*,甲县,3,-2,-1000.01,0,5.5,2000-02-29,SORT(a),yes\n"
        "02,乙村,a*,甲县,-901,50,1000.01,100.33,0,1949-12-31,'q,no\n"
        "03,丙村,=x,=1+1,11,1,0.5,1,1,2020-06-30,甲,\n",
        "utf-8",
    )
    arguments = (
        "grid", cleaned(cli, roster, "--policy", EVERYTHING), "--policy", EVERYTHING,
        "--reading", "how=by_town,all,alone",
        "--set", "day_now=2019-12-31", "--set", "switch=true", "--set", "switch=false",
        "--set", "R1C1=2", "--set", "word_now='甲", "--set", "县名=A*,甲县", "--set", "line=5.05",
        "--set", "rate=0.33", "--format", "json",
    )  # fmt: skip
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    columns = cli(*arguments, "-o", one)
    database = cli(*arguments, "-o", two, "--backend", "duckdb")
    assert columns.code == 0, columns.err
    assert (database.code, database.out) == (0, columns.out), database.err
    ours, theirs = pl.read_parquet(two), pl.read_parquet(one)
    assert ours.schema == theirs.schema
    assert ours.equals(theirs)


@pytest.mark.xdist_group("spark")
def test_spark_gives_the_grid_of_the_columns(
    cli: Cli, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roster in several parts, in no order; the result in several parts, by code."""
    reason = load(HERE / "engines" / "spark.py").missing()
    if reason:
        pytest.skip(reason)
    from fundcalc.engines.sql import spark

    found = session()
    monkeypatch.setattr(spark, "open_spark", lambda master: found)
    monkeypatch.setattr(found, "close", found.forget)
    parts = split(cleaned(cli, exported), 300, shuffle=True)
    pl.read_parquet(exported).sort("code").write_parquet(tmp_path / "sorted.parquet")
    arguments = ("--reading", "supplement_pool=by_county,citywide", "--format", "json", "-o")
    one = cli("grid", tmp_path / "sorted.parquet", *arguments, tmp_path / "one.parquet")
    two = cli("grid", parts, *arguments, tmp_path / "two.parquet", "--backend", "spark")
    assert (two.code, two.out) == (0, one.out)
    written = sorted((tmp_path / "two.parquet").glob("*.parquet"))
    assert len(written) > 2
    ours, theirs = pl.read_parquet(written), pl.read_parquet(tmp_path / "one.parquet")
    assert ours.schema == theirs.schema
    assert ours.equals(theirs)


SMALL = (
    "140101100201,甲村,一乡,娄烦县,1000,50000,20000,4,5000",
    "140102100202,戊村,三乡,清徐县,2000,90000,0,8,0",
)


def test_rejected_rows_stop_it(cli: Cli, roster: Callable[..., Path], tmp_path: Path) -> None:
    path = cleaned(cli, roster(*SMALL, "140102100203,己村,三乡,清徐县,1,0,0,0,0"))
    edited(path, ("己村", "residents", -1))
    out = tmp_path / "g.parquet"
    arguments = ("grid", path, "-o", out, "--backend", "duckdb", "--years", "2018,2019")
    stopped = cli(*arguments, "--format", "json")
    assert stopped.code == 1
    assert "FC623" in stopped.out
    assert not out.exists()
    assert cli(*arguments, "--skip-rejects").code == 0
    assert pl.read_parquet(out).height == 4


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_village_that_cannot_be_decided_leaves_no_file(
    cli: Cli, roster: Callable[..., Path], tmp_path: Path, ending: str
) -> None:
    """In the third scenario, when two are written: the same problem as in columns."""
    out = tmp_path / f"grid.{ending}"
    found = cli("grid", cleaned(cli, roster(*SMALL)), "-o", out, "--backend", "duckdb",
                "--set", "supplement_per_village=30000:-10000:-20000")  # fmt: skip
    assert found.code == 2
    assert "FC405" in found.err
    assert not out.exists()
    assert not list(tmp_path.glob(".fundcalc-*"))


@pytest.mark.usefixtures("wrong_database")
def test_a_database_that_decides_otherwise_is_found_out(
    cli: Cli, roster: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "grid.csv"
    answer = cli("grid", cleaned(cli, roster(*SMALL)), "--backend", "duckdb", "-o", out)
    assert answer.code == 2
    assert "FC869" in answer.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--sheet", "一"), "cannot be used with --backend"),
        (("--memory", "much"), "FC862"),
        (("-o", "grid.xlsx"), ".parquet"),
    ],
)
def test_what_it_does_not_do_is_said(
    cli: Cli, roster: Callable[..., Path], arguments: tuple[str, ...], says: str
) -> None:
    answer = cli("grid", cleaned(cli, roster(*SMALL)), "--backend", "duckdb", *arguments)
    assert answer.code == 2
    assert says in answer.err
    assert not answer.out

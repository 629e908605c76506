"""`fundcalc grid`: each scenario as if it had been run alone, written a part at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Cli

from fundcalc.reports import files

Make = Callable[..., Path]

SMALL = """\
140101100201,甲村,一乡,娄烦县,1000,50000,20000,4,5000
140101100202,乙村,一乡,娄烦县,999,50000.01,0,0,0
140101100203,丙村,二乡,阳曲县,300,0,170000,3,9000
140102100201,丁村,三乡,清徐县,1000,49999.99,1.5,4,0
140102100202,戊村,三乡,清徐县,2000,90000,0,8,0
""".splitlines()


def totals(cli: Cli, *arguments: object) -> dict[str, str]:
    """What a run of one scenario comes to."""
    found = cli("run", *arguments, "--no-record", "--format", "json")
    assert found.code == 0, found.err
    amounts: dict[str, str] = json.loads(found.out)["total"]["amounts"]
    return amounts


def test_each_scenario_is_as_if_run_alone(cli: Cli, example: Path, tmp_path: Path) -> None:
    out = tmp_path / "grid.parquet"
    found = cli(
        "grid", example, "--reading", "thousand_or_more=inclusive,exclusive",
        "--reading", "supplement_pool=by_county,citywide,flat_per_village", "-o", out,
        "--format", "json",
    )  # fmt: skip
    assert found.code == 0, found.err
    grid = json.loads(found.out)
    assert (grid["rows"], grid["double_checked"]) == (6 * 890, 890)
    written = pl.read_parquet(out)
    assert written.height == 6 * 890
    for one in grid["scenarios"]:
        options = {k: v for k, v in one["scenario"].items() if k != "year"}
        pairs = [part for k, v in options.items() for part in ("--reading", f"{k}={v}")]
        alone = tmp_path / "alone.parquet"
        assert one["total"]["amounts"] == totals(cli, example, *pairs, "-o", alone)
        mine = written.filter(**options).drop("year", *options)
        assert mine.equals(pl.read_parquet(alone).select(mine.columns))
        assert sum(Decimal(c["amounts"]["funding_gap"]) for c in one["counties"]) == Decimal(
            one["total"]["amounts"]["funding_gap"]
        )


def test_years_take_dated_values_and_growth_and_set_values_stay(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    assert cli("init", tmp_path / "p").code == 0
    file = tmp_path / "p" / "policies.toml"
    text = file.read_text(encoding="utf-8").replace(
        "values = { 2017-01-01 = 170_000 }",
        "values = { 2017-01-01 = 170_000, 2020-01-01 = 180_000 }\n"
        'growth = { rate = "10 %", every = "year", after = 2020-01-01, '
        'round = { to = 1_000, direction = "half up" } }',
    )
    file.write_text(text, encoding="utf-8")
    path = roster("140101100201,甲村,一乡,清徐县,999,50000,0,0,0")
    policy = ("--policy", tmp_path / "p", "--format", "json")
    found = json.loads(cli("grid", path, "--years", "2018:2022", *policy).out)
    amounts = [one["total"]["amounts"]["guaranteed_funds"] for one in found["scenarios"]]
    assert amounts == ["170000.00", "170000.00", "180000.00", "198000.00", "218000.00"]
    found = json.loads(
        cli(
            "grid", path, "--years", "2018,2022", "--set", "baseline_guarantee=170000:190000.5:10000.25",
            *policy,
        ).out
    )  # fmt: skip
    amounts = [one["total"]["amounts"]["guaranteed_funds"] for one in found["scenarios"]]
    assert amounts == ["170000.00", "180000.25", "190000.50"] * 2
    assert [one["scenario"] for one in found["scenarios"]][4] == {
        "year": "2022",
        "baseline_guarantee": "180000.25",
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_text_shows_what_varies_and_each_county(
    cli: Cli, roster: Make, tmp_path: Path, lang: str
) -> None:
    path = roster(*SMALL)
    out = tmp_path / "grid.csv"
    found = cli("grid", path, "--set", "large_village_guarantee=200000:240000:20000", "-o", out,
                "--set", "backstop_counties=清徐县", "--lang", lang)  # fmt: skip
    assert found.code == 0, found.err
    assert max(map(len, found.out.splitlines())) <= 80
    assert "清徐县" in found.out and "240,000.00" in found.out
    assert ("The same throughout" if lang == "en" else "各组合都相同") in found.out
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 3 * 5
    assert lines[0].startswith("year,large" if lang == "en" else "年度,千人以上村保障标准（元/年）")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "baseline_garantee=1:2:1"], "FC840"),
        (["--set", "baseline_guarantee=1:2:0"], "FC842"),
        (["--set", "baseline_guarantee=1:2:-1"], "FC842"),
        (["--set", "baseline_guarantee=1:2"], "FC842"),
        (["--set", "baseline_guarantee=a:2:1"], "FC841"),
        (["--set", "baseline_guarantee"], "NAME=VALUE"),
        (["--set", "baseline_guarantee=1:900000000:0.01"], "FC843"),
        (["--set", "income_ceiling=1:200:1", "--set", "subsidy_floor=1:200:1"], "FC843"),
        (["--years", "2010:2011"], "FC301"),
        (["--years", "2020:2011"], "2018:2025"),
        (["--years", "20"], "2018:2025"),
        (["--reading", "thousand_or_more=inclusive,most"], "FC304"),
        (["--reading", "thousand=inclusive"], "FC303"),
        (["-o", "grid.xlsx"], ".parquet"),
    ],
)
def test_what_cannot_be_done(cli: Cli, roster: Make, arguments: list[str], says: str) -> None:
    path = roster(*SMALL)
    found = cli("grid", path, *arguments)
    assert found.code == 2
    assert says in found.err
    assert found.out == ""


def test_rejected_rows_stop_it(cli: Cli, roster: Make, tmp_path: Path) -> None:
    path = roster(*SMALL, "140102100203,己村,三乡,清徐县,-1,0,0,0,0")
    out = tmp_path / "grid.parquet"
    assert cli("grid", path, "-o", out).code == 1
    assert not out.exists()
    assert cli("grid", path, "-o", out, "--skip-rejects").code == 0
    assert pl.read_parquet(out).height == 5


def test_a_village_that_cannot_be_decided_stops_it_and_leaves_no_file(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """The third scenario, in the middle of writing: the problem is said as what it is."""
    path, out = roster(*SMALL), tmp_path / "grid.parquet"
    found = cli("grid", path, "-o", out, "--set", "supplement_per_village=30000:-10000:-20000")
    assert found.code == 2
    assert "FC405" in found.err
    assert not out.exists()
    assert list(tmp_path.glob(".fundcalc-*")) == []


def test_a_table_is_written_in_parts(
    cli: Cli, roster: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = roster(*SMALL)
    arguments = ("grid", path, "--set", "income_ceiling=40000:60000:10000", "-o")
    assert cli(*arguments, tmp_path / "one.csv").code == 0
    monkeypatch.setattr(files, "_PART", 2)
    assert cli(*arguments, tmp_path / "two.csv").code == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()

"""A scale counts every part of a number, below the first band and above the last too, or says so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import decides, fact, policy, roster, rule

SCALED = decides("unique") + rule("each", "true", "round(scale(heads, parts), 0.01, 'half up')")
AREA = fact("heads", 'unit = "1"', "decimals = 2", "range = [0, 1_000]")
YEAR = 'unit = "yuan/year"'
FROM_1 = (
    'heads = "1..100", value = 1000',
    'heads = "101..300", value = 800',
    'heads = "301..", value = 500',
)
FROM_0 = ('heads = "0..100", value = 1000', *FROM_1[1:])


def heads(low: int = 1) -> str:
    return fact("heads", 'unit = "person"', f"range = [{low}, 20_000]")


def scaled(folder: Path, *rows: str, facts: str = "", unit: str = "yuan/(person·year)") -> Path:
    """A policy that pays by the parts of `heads` in these rows."""
    written = "".join(f"  {{ {row} }},\n" for row in rows)
    head = f"""
[tables.parts]
title = {{ zh = "分段", en = "Parts" }}
keys = ["heads"]
unit = "{unit}"
source = "paper"
rows = [
{written}]
"""
    return policy(folder, facts=facts or heads(), head=head, funds=SCALED)


@pytest.mark.parametrize("rows", [FROM_1, FROM_0], ids=["from 1", "from 0"])
@pytest.mark.parametrize("engine", ["rules", "columnar"])
def test_a_band_of_whole_numbers_has_both_its_ends(
    cli: Cli, tmp_path: Path, rows: tuple[str, ...], engine: str
) -> None:
    made = scaled(tmp_path, *rows)
    assert cli("check", made).code == 0
    path = roster(tmp_path, "村名,项heads", "甲,1", "乙,100", "丙,101", "丁,350")
    out = tmp_path / "out.csv"
    run = ("run", path, "--policy", made, "--no-record", "--engine", engine, "-o", out)
    assert cli(*run).code == 0
    paid = [row["granted"] for row in csv.DictReader(out.read_text("utf-8-sig").splitlines())]
    assert paid == ["1000.00", "100000.00", "100800.00", "285000.00"]


@pytest.mark.parametrize(
    "rows",
    [
        ('heads = "60.01..90", value = 15', 'heads = "90.01..", value = 5'),
        (
            'from = 2021-01-01, heads = "0..60", value = 20', 'heads = "60.01..90", value = 15',
            'heads = "90.01..", value = 5',
        ),
        ('heads = "1..60", value = 20', 'heads = "60.01..", value = 5'),
    ],
    ids=["without", "not yet", "finer than the band"],
)  # fmt: skip
def test_nothing_is_left_out_below_the_first_band(
    cli: Cli, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    made = scaled(tmp_path, *rows, facts=AREA, unit="yuan/year")
    path = roster(tmp_path, "村名,项heads", "甲,80")
    run = ("run", path, "--policy", made, "--no-record")
    for answer in (cli("check", made, "--lang", "en"), cli(*run, "--lang", "en")):
        assert answer.code != 0 and "has no band below" in answer.out + answer.err


def test_a_first_band_that_gives_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    made = scaled(tmp_path, 'heads = "..60", value = 0', 'heads = "61..", value = 5')
    assert cli("check", made).code == 0


def test_a_number_above_the_last_band_is_found_beforehand(cli: Cli, tmp_path: Path) -> None:
    made = scaled(tmp_path / "open", *FROM_0[:2], 'heads = "301..320", value = 500')
    answer = cli("check", made, "--lang", "en")
    assert answer.code == 1 and "[FC717]" in answer.out and "heads = 321" in answer.out
    within = scaled(tmp_path / "to", *FROM_0[:2], 'heads = "301..20000", value = 500')
    assert cli("check", within).code == 0


def test_a_gap_that_a_later_row_opens_is_found_beforehand(cli: Cli, tmp_path: Path) -> None:
    later = 'from = 2021-07-01, heads = "0..30", value = 25'
    answer = cli("check", scaled(tmp_path / "gap", *FROM_0, later), "--lang", "en")
    assert answer.code == 1 and "[FC718]" in answer.out
    told = " ".join(answer.out.split())
    assert "from 2021-07-01 on: table `parts` has a gap before the band 101..300" in told
    first = scaled(tmp_path / "first", *FROM_0[:2], 'from = 2019-01-01, heads = "301..", value = 5')
    told = cli("check", first, "--lang", "en").out
    assert "[FC718]: by the rows without `from`" in told and "0001-01-01" not in told
    ends = scaled(tmp_path / "end", *FROM_0, 'from = 2021-07-01, heads = "301..320", value = 5')
    answer = cli("check", ends, "--lang", "en")
    assert "[FC718]" in answer.out and "heads = 321" in answer.out


@pytest.mark.parametrize("band", ["0..36000", "0..36000.00"])
def test_a_rate_of_a_scale_is_asked_about_when_it_is_set_as_by_the_check(
    cli: Cli, tmp_path: Path, band: str
) -> None:
    head = """
[tables.tax]
title = { zh = "分级", en = "Steps" }
keys = ["income"]
source = "paper"
rows = [
  { income = "0..36000", value = 0.03 },
  { income = "36000.01..", value = 0.1 },
]
"""
    paid = decides("unique") + rule("tax", "true", "round(scale(income, tax), 0.01, 'half up')")
    income = fact("income", 'unit = "yuan/year"', "range = [0, 1_000_000]")
    made = policy(tmp_path, facts=income, head=head, funds=paid)
    given = ("--from", "2019-01-01", "--policy", made, "--lang", "en")
    told = cli("set", f"tax[income={band}]", "3", *given)
    assert told.code == 0 and "[FC716]" in told.said and "3 %" in told.said
    assert "[FC716]" in cli("check", made, "--lang", "en").out
    apart = cli("set", f"tax[income={band}]", "0.04", *given, "--replace")
    assert apart.code == 0 and "[FC716]" not in apart.said

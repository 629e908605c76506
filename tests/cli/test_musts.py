"""What must hold of all villages together, to the fen, on every engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.conftest import ROOT

BASE = ROOT / "tests" / "diagnostics" / "base"
ROSTER = """代码,村名,县,人口,收入
149901100201,甲村,子县,100,40000.00
149901100202,乙村,丑县,200,30000.01
149901100203,丙村,丑县,1,999999.99
"""
WAYS = {
    "both": [],
    "rules": ["--engine", "rules"],
    "columnar": ["--engine", "columnar"],
    "duckdb": ["--backend", "duckdb"],
}


def laid(folder: Path, most: str) -> Path:
    """A policy whose grants and poor incomes may not come to more than this."""
    policy = folder / "policy"
    shutil.copytree(BASE, policy, dirs_exist_ok=True)
    with (policy / "rules" / "floor.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[[must]]\nper = "all"\nwhen = "sum(granted) + sum(income, where=granted > 0) <= {most}"\n'
            '[[must]]\nper = "all"\nwhen = "count(where=granted == 0) == 1 and count() > 2"\n'
        )
    return policy


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("most", "code"), [("170_000.01", 0), ("170_000.00", 1)])
def test_the_whole_must_hold_to_the_fen(
    cli: Cli, tmp_path: Path, way: str, most: str, code: int
) -> None:
    policy, roster = laid(tmp_path, most), tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    if way == "duckdb":
        pytest.importorskip("duckdb", reason="duckdb is not installed")
        clean = tmp_path / "clean"
        assert cli("roster", "clean", roster, "-o", clean, "--policy", policy).code == 0
        roster = clean
    out = tmp_path / "result.csv"
    ran = cli("run", roster, "--policy", policy, "-o", out, *WAYS[way], "--lang", "en")
    assert ran.code == code, ran.err
    assert out.exists() == (code == 0)
    if code:
        said = " ".join(ran.err.split())
        assert "[FC413]" in said
        assert "sum(granted) = 100000.00, sum(income, where=granted > 0) = 70000.01" in said
        assert "count" not in said.partition("FC413")[2].partition("help")[0]

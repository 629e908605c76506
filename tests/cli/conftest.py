"""The program as a person calls it: arguments in, exit code and both outputs back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run a command in a fresh folder, without the program's own exit."""
    from fundcalc_cli.app import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["fundcalc", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        code = left.value.code
        assert code in (0, 1, 2), f"exit code {code}"
        assert "Traceback" not in captured.err
        return Answer(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def example() -> Path:
    """The example roster of 890 invented villages."""
    return EXAMPLE


HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"


@pytest.fixture
def roster(tmp_path: Path) -> Callable[..., Path]:
    """A small CSV roster from its lines."""

    def make(*lines: str, header: str = HEADER, name: str = "roster.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def exported(cli: Cli, example: Path, tmp_path: Path) -> Path:
    """The example as a colleague's system would export it: parquet, a few cells blank."""
    cli("run", example, "-o", tmp_path / "whole.parquet", "--lang", "en")
    facts = pl.read_parquet(tmp_path / "whole.parquet").select("code", "name", "town", "county",
        "residents", "collective_income", "existing_funding", "other_cadres", "current_subsidy",
        "registered_poor", "weak_organisation", "former_empty_shell", "has_venue", "first_secretary",
    )  # fmt: skip
    blank = pl.int_range(pl.len()) % 7 == 0
    facts = facts.with_columns(
        pl.when(blank).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("existing_funding", "current_subsidy", "has_venue")
    )
    facts.write_parquet(tmp_path / "roster.parquet")
    facts.write_csv(tmp_path / "roster.csv")
    return tmp_path / "roster.parquet"

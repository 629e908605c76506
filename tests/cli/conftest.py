"""Rosters for commands: the example, small ones, and the example as a colleague would export it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.conftest import ROOT, Cli

from fundcalc.policy.load import load

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"


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
    policy, _ = load(None)
    facts = pl.read_parquet(tmp_path / "whole.parquet").select(list(policy.facts))
    blank = pl.int_range(pl.len()) % 7 == 0
    facts = facts.with_columns(
        pl.when(blank).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("existing_funding", "current_subsidy", "has_venue")
    )
    facts.write_parquet(tmp_path / "roster.parquet")
    facts.write_csv(tmp_path / "roster.csv")
    return tmp_path / "roster.parquet"


@pytest.fixture
def wrong_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that decides the first village of a sample otherwise than the rules do."""
    from fundcalc.engines.sql.session import Session

    sample = Session.sample

    def wrong(self: Session, *how: int) -> object:
        found = list(sample(self, *how))
        found[0][0]["guaranteed_funds"] = 1
        return found

    monkeypatch.setattr(Session, "sample", wrong)

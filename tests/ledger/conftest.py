"""A small roster, and a ledger in the test's own folder, as commands left it or forged."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, Cli

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"

HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
VILLAGES = (
    "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000",
    "140121000202,南村,甲镇,清徐县,400,20000,,3,5000",
    "140121000203,北村,丙镇,清徐县,999,50000,0,5,7000",
    "140123000201,西村,乙乡,娄烦县,300,0,,3,8000",
    "140123000202,南村,乙乡,娄烦县,1000,50000.01,20000,2,100",
)


Make = Callable[..., Path]


@pytest.fixture
def cli(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A command is run in a fresh folder whose ledger is fundcalc.db."""
    monkeypatch.delenv("FUNDCALC_LEDGER")
    return cli


@pytest.fixture
def roster(tmp_path: Path) -> Make:
    """A CSV roster from its lines; by default of five invented villages."""

    def make(*lines: str, name: str = "roster.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *(lines or VILLAGES)]) + "\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where the ledger of `cli` lies."""
    return tmp_path / "fundcalc.db"


@contextmanager
def altered(ledger: Path) -> Iterator[sqlite3.Connection]:
    """The ledger opened by somebody who wants to change it, its guards removed."""
    connection = sqlite3.connect(ledger)
    guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    kept = guards.fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    try:
        yield connection
        for _, sql in kept:
            connection.execute(sql)
        connection.commit()
    finally:
        connection.close()


def content(connection: sqlite3.Connection, digest: str) -> bytes:
    """What is kept under a digest."""
    row: tuple[int, bytes] = connection.execute(
        "SELECT size, packed FROM contents WHERE digest = ?", (digest,)
    ).fetchone()
    return row[1] if len(row[1]) == row[0] else zlib.decompress(row[1])


def all_kept(ledger: Path) -> dict[str, Any]:
    """Everything that a ledger holds."""
    connection = sqlite3.connect(ledger)
    try:
        return {
            "runs": connection.execute("SELECT * FROM runs ORDER BY seq").fetchall(),
            "contents": connection.execute("SELECT * FROM contents ORDER BY digest").fetchall(),
        }
    finally:
        connection.close()

"""Names that are no text: each command says so in words, and works in a folder of such a name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.cli.clean import cleaned
from tests.cli.conftest import Cli
from tests.cli.small import YUAN, decides, fact, policy, roster, rule

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere file names are text"
)
GBK = os.fsdecode("村".encode("gb18030"))
LATIN = os.fsdecode(b"\xff\xfe")
COMMANDS = [
    ["run", "{}.csv"], ["run", "roster.csv", "--policy", "{}"], ["run", "roster.csv", "-o", "{}.csv"],
    ["run", "roster.csv", "-o", "{}.xlsx"], ["run", "roster.csv", "--ledger", "{}.db"],
    ["run", "{}", "--backend", "duckdb"], ["roster", "clean", "roster.csv", "-o", "{}"],
    ["roster", "check", "{}.csv"],
    ["roster", "template", "-o", "{}.xlsx"], ["explain", "{}", "--roster", "roster.csv"],
    ["explain", "甲村", "--roster", "{}.csv"], ["compare", "{}", "current", "roster.csv"],
    ["project", "{}.csv", "--years", "2020"], ["grid", "{}.csv", "--years", "2020"],
    ["check", "{}"], ["test", "{}"], ["show", "--policy", "{}"], ["fmt", "{}"], ["init", "{}"],
    ["schema", "-o", "{}"], ["letter", "last", "-o", "{}"], ["report", "last", "-o", "{}.html"],
    ["runs", "list", "--ledger", "{}.db"], ["runs", "export", "last", "{}"],
]  # fmt: skip


def small(folder: Path) -> Path:
    rules = decides("unique") + rule("r", "income >= 0", "income")
    policy(folder, facts=fact("income", YUAN, "range = [0, 1_000]"), g=rules)
    return roster(folder, "name,income", "甲村,7")


@pytest.mark.parametrize(("name", "shown"), [(GBK, "村"), (LATIN, "\\xff\\xfe")])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_that_a_name_is_no_text(
    cli: Cli, tmp_path: Path, command: list[str], name: str, shown: str
) -> None:
    small(tmp_path)
    small(tmp_path / name).rename(tmp_path / f"{name}.csv")
    before = sorted(tmp_path.iterdir())
    answer = cli(*(part.format(name) for part in command), "--lang", "en")
    assert answer.code == 2
    assert shown in answer.err and "not UTF-8" in answer.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_ledger_named_by_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDCALC_LEDGER", f"{GBK}.db")
    answer = cli("runs", "list")
    assert answer.code == 2 and "村.db" in answer.err


def test_a_policy_file_whose_name_is_no_text(cli: Cli, tmp_path: Path) -> None:
    small(tmp_path)
    (tmp_path / "rules" / f"{GBK}.toml").write_text("", encoding="utf-8")
    answer = cli("check", "--lang", "en")
    assert answer.code == 2 and "rules/村.toml" in answer.err and "not UTF-8" in answer.err


def test_a_folder_whose_name_is_no_text(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / GBK
    given = small(folder).name
    monkeypatch.chdir(folder)
    outputs = [
        part for ending in ("csv", "parquet", "xlsx", "json") for part in ("-o", f"x.{ending}")
    ]
    assert cli("run", given, *outputs).code == 0
    clean = cleaned(cli, Path(given))
    assert cli("run", clean, "-o", "y.csv", "--no-record", "--backend", "duckdb").code == 0
    assert Path("x.csv").read_bytes() == Path("y.csv").read_bytes()
    for command in (["letter", "last"], ["report", "last", "-o", "r.html"], ["runs", "verify"],
                    ["runs", "export", "last", "pack"], ["fmt"], ["test"]):  # fmt: skip
        assert cli(*command).code == 0

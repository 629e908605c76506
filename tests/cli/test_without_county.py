"""Policies whose rosters have no county: everything that is made of a run works."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.clean import cleaned
from tests.cli.conftest import Cli
from tests.cli.test_names import small

COMMANDS = [
    ["letter", "last", "-o", "letters"], ["letter", "last", "-o", "letters", "--one-file"],
    ["letter", "last", "甲村", "-o", "letters", "--one-file"], ["report", "last", "-o", "r.html"],
    ["explain", "甲村", "--run", "last"], ["runs", "show", "last"], ["runs", "verify"],
    ["runs", "near", "last"], ["runs", "export", "last", "pack"],
    ["compare", "current", "current,2021-01-01", "roster.csv", "-o", "c.xlsx"],
    ["compare", "run:last", "current", "roster.csv", "-o", "c.html"],
    ["project", "roster.csv", "--years", "2020:2021", "-o", "p.xlsx"],
    ["grid", "roster.csv", "--years", "2020:2021", "-o", "g.csv"],
    ["run", "roster.csv", "-o", "signed.xlsx", "--by", "county"],
    ["run", "clean-roster", "--backend", "duckdb"],
    ["sql"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_county_is_needed(cli: Cli, tmp_path: Path, command: list[str]) -> None:
    given = small(tmp_path)
    assert cli("run", given, "-o", "x.xlsx", "-o", "x.csv").code == 0
    cleaned(cli, given)
    assert cli(*command).code == 0


def test_a_county_that_no_roster_has_is_said(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", small(tmp_path)).code == 0
    answer = cli("letter", "last", "--one-file", "--county", "甲县", "--lang", "en")
    assert answer.code == 2 and "no county" in answer.err

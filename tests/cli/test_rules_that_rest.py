"""A day on which a programme has no rule and [otherwise] holds for all is told by check and run."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

HEADS = fact("heads", 'unit = "person"', "range = [0, 9]")


def made(folder: Path, *days: str) -> Path:
    """A policy of 2020-01-01 that pays by rules of these days, else nothing."""
    rules = (rule(f"r{n}", "heads > 2", "100") + f"{text}\n" for n, text in enumerate(days))
    return policy(folder, facts=HEADS, funds=decides("unique") + "".join(rules) + OTHERWISE)


def test_rules_that_have_all_ended_are_told(cli: Cli, tmp_path: Path) -> None:
    ended = made(tmp_path, "until = 2019-12-31")
    path = roster(tmp_path, "村名,项heads", "甲,1")
    said = "programme `funds` has no rule in force on 2020-01-01: its [otherwise] holds for all"
    answer = cli("check", ended, "--lang", "en")
    assert answer.code == 1 and said in " ".join(answer.out.split())
    answer = cli("run", path, "--policy", ended, "--no-record", "--lang", "en")
    assert answer.code == 0 and said in " ".join(answer.err.split())
    before = ("run", path, "--policy", ended, "--no-record", "--on", "2019-12-31")
    assert "FC309" not in cli(*before).err


def test_days_between_two_rules_are_told(cli: Cli, tmp_path: Path) -> None:
    gap = made(tmp_path / "gap", "until = 2020-12-31", "from = 2021-02-01")
    answer = cli("check", gap, "--lang", "en")
    assert "from 2021-01-01 on: programme `funds` has no rule in force" in " ".join(
        answer.out.split()
    )
    for days in (("until = 2020-12-31", "from = 2021-01-01"), ("until = 2020-12-31",)):
        assert "FC718" not in cli("check", made(tmp_path / str(len(days)), *days)).out

"""Days at the ends of the calendar, and days without a rule: no command makes a day that there is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

FOUNDED = fact("founded", 'type = "date"')
LEFT = fact("left", 'type = "date"').replace("required = true\n", "")


@pytest.mark.parametrize(
    ("when", "witness"),
    [
        ("founded >= date('2000-01-01')", "1999-12-31"),
        ("founded < date('2000-01-01')", "2000-01-01"),
        ("founded != date('0001-01-01')", "0001-01-01"),
        ("founded < date('9999-12-31')", "9999-12-31"),
        ("founded == date('2004-02-29')", "2004-02-28"),
    ],
)
def test_a_day_without_a_rule_is_named(cli: Cli, tmp_path: Path, when: str, witness: str) -> None:
    policy(tmp_path, facts=FOUNDED, g=decides("unique") + rule("r", when, "100"))
    given = roster(tmp_path, "name,founded", "甲村,2001-01-01")
    for command in (
        ["run", given, "--no-record"],
        ["show"],
        ["test"],
        ["explain", "甲村", "--roster", given],
    ):
        answer = cli(*command, "--lang", "en")
        assert answer.code == 2
        assert "FC111" in answer.err and f"founded = {witness}" in answer.err
    found = cli("check", "--lang", "en")
    assert found.code == 1 and "FC111" in found.out and "founded = " in found.out


def test_every_day_has_a_rule(cli: Cli, tmp_path: Path) -> None:
    rules = rule("ever", "founded >= date('0001-01-01')", "100")
    policy(tmp_path, facts=FOUNDED, g=decides("unique") + rules)
    assert cli("run", roster(tmp_path, "name,founded", "甲村,0001-01-01"), "--no-record").code == 0


def test_a_number_without_a_range_is_not_negative(cli: Cli, tmp_path: Path) -> None:
    people = fact("people", 'unit = "person"')
    policy(tmp_path, facts=people, g=decides("unique") + rule("ever", "people >= 0", "100"))
    assert cli("run", roster(tmp_path, "name,people", "甲村,0"), "--no-record").code == 0


def test_all_commands_at_the_ends_of_the_calendar(cli: Cli, tmp_path: Path) -> None:
    rules = rule("new", "founded >= date('2000-01-01') and left > founded", "100")
    rules += rule("first", "founded < date('0001-01-02') and left != date('9999-12-31')", "50")
    policy(tmp_path, facts=FOUNDED + LEFT, g=decides("unique") + rules + OTHERWISE)
    given = roster(
        tmp_path, "name,founded,left", "甲村,0001-01-01,9999-12-31", "乙村,2001-01-01,", "丙村,9999-12-31,"
    )  # fmt: skip
    for ending in ("csv", "parquet", "xlsx", "json"):
        assert cli("run", given, "--no-record", "-o", f"out.{ending}").code == 0
    for village in ("甲村", "乙村", "丙村"):
        assert cli("explain", village, "--roster", given).code == 0
        assert cli("explain", village, "--roster", given, "--why-not", "new").code == 0
    assert "founded = 0001-01-01" in cli("test", "--suggest").out
    assert cli("test", "--coverage", "--lang", "en").code == 1
    assert cli("check").code == 0
    assert cli("roster", "template", "-o", "empty.xlsx").code == 0

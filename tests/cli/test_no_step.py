"""An amount for each day that is left is a slope down to its last day, and no step (FC711)."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, rule

_POSTED = fact("posted", 'unit = "day"', "range = [0, 366]")
_LEAVE = fact("leave", 'unit = "day"', "range = [0, 366]")
_RATE = """
[parameters.meal]
title = { zh = "伙食", en = "Meals" }
unit = "yuan/day"
source = "paper"
values = { 2020-01-01 = 100 }
confirmed = 2020-01-01
"""


def _checked(cli: Cli, folder: Path, when: str, then: str, must: str = "") -> str:
    days = decides("unique", "days", 'unit = "day"\n') + rule(
        "each", "true", "max(0, posted - leave)"
    )
    paid = decides("collect sum", "paid", 'unit = "yuan"\n') + rule("meals", when, then) + OTHERWISE
    made = policy(folder, facts=_POSTED + _LEAVE + must, head=_RATE, days=days, paid=paid)
    answer = cli("check", made, "--lang", "en")
    return answer.out + answer.err


def test_the_last_day_of_leave_takes_no_more_than_any_other(cli: Cli, tmp_path: Path) -> None:
    assert _checked(cli, tmp_path, "days > 0", "days * meal") == "Nothing found\n"


def test_nor_where_the_next_day_may_not_be(cli: Cli, tmp_path: Path) -> None:
    must = '\n[[must]]\nwhen = "leave <= posted"\n\n[[must]]\nwhen = "leave < 2 or leave > 3"\n'
    assert _checked(cli, tmp_path, "days > 0", "days * meal", must) == "Nothing found\n"


def test_a_step_beside_it_is_still_one(cli: Cli, tmp_path: Path) -> None:
    said = _checked(cli, tmp_path, "days > 0", "days * meal + meal * 3 * day")
    assert "1 more of `leave`" in said, said


def test_so_is_one_that_a_must_leaves(cli: Cli, tmp_path: Path) -> None:
    must = '\n[[must]]\nwhen = "leave <= posted"\n'
    said = _checked(cli, tmp_path, "days > 5", "days * meal", must)
    assert "1 more of `leave`" in said, said

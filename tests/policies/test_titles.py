"""Titles with a bound mean what they say: 以上, 以下 and 及以上 include the number, 不满 and 超过 do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fundcalc import api

BOUND = re.compile(r"(?P<before>不满|超过)?(?P<number>\d+)万元(?P<after>及以上|以上|以下)?")
PROGRAMMES = ("income_band", "operating_funds")


def within(title: str, fen: int) -> bool:
    """Whether an income is within what a title says, in the policy's own convention."""
    for found in BOUND.finditer(title):
        number = int(found["number"]) * 10_000 * 100
        match found["before"], found["after"]:
            case "不满", None:
                holds = fen < number
            case "超过", None:
                holds = fen > number
            case None, "及以上" | "以上":
                holds = fen >= number
            case None, "以下":
                holds = fen <= number
            case _:
                pytest.fail(f"which side of the number is meant by `{title}`?")
        if not holds:
            return False
    return True


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_title_means_what_its_rule_decides(programme: str, tmp_path: Path) -> None:
    """Invented villages a fen below, at and a fen above every number that a title names."""
    policy = api.load_policy(None)
    titles = {
        rule.id: rule.title.zh
        for rule in policy.programme(programme).rules
        if rule.title is not None and BOUND.search(rule.title.zh)
    }
    assert titles
    numbers = {int(one["number"]) for title in titles.values() for one in BOUND.finditer(title)}
    incomes = sorted(n * 1_000_000 + off for n in numbers for off in (-1, 0, 1))
    lines = [f"村{n},示例县,1,{fen // 100}.{fen % 100:02},0" for n, fen in enumerate(incomes)]
    roster = tmp_path / "edges.csv"
    header = "村名,县,常住人口,集体经济收入（元）,其他班子成员"
    roster.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    run = api.calculate(api.plan(policy), api.read_roster(roster, policy))
    for index, fen in enumerate(incomes):
        fired = run.result.fired[programme][index]
        said = {id_ for id_, title in titles.items() if within(title, fen)}
        assert said == set(fired) & set(titles), f"{fen} fen"

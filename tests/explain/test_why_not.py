"""`explain --why-not`: what stands in the way of a rule, and what it would take, made in the roster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import roster  # noqa: F401 - a fixture
from tests.conftest import Cli

HEADS = {
    "residents": 4, "collective_income": 5, "existing_funding": 6, "other_cadres": 7,
    "current_subsidy": 8, "county": 3,
}  # fmt: skip
SMALL = "140123904209,大河村,甲乡,清徐县,312,60000,0,4,5000"
Make = Callable[..., Path]


def ask(cli: Cli, path: Path, rule: str, *more: str) -> dict[str, Any]:
    answer = cli(
        "explain", "大河村", "--roster", path, "--why-not", rule, "--format", "json", *more
    )
    assert answer.code == 0, answer.err
    [found] = json.loads(answer.out)["why_not"]
    return dict(found)


@pytest.mark.parametrize(
    "rule",
    ["large_village", "income_tested", "no_other_cadres", "already_at_floor", "full_backstop",
     "empty_shell", "low_income", "zero", "above_zero", "from_30000", "break_zero_plan"],
)  # fmt: skip
def test_what_it_would_take_does_it(cli: Cli, roster: Make, rule: str) -> None:  # noqa: F811
    found = ask(cli, roster(SMALL), rule)
    assert found["verdict"] == "fails"
    assert found["failing"] and not any(one["holds"] for one in found["failing"])
    assert found["takes"]
    for way in found["takes"]:
        cells = SMALL.split(",")
        for fact in way["facts"]:
            cells[HEADS[fact["fact"]]] = fact["to"]
        again = cli("explain", "大河村", "--roster", roster(",".join(cells)), "--format", "json")
        [decision] = [
            d for d in json.loads(again.out)["decisions"] if d["programme"] == found["programme"]
        ]
        assert rule in decision["fired"]
        assert decision["fired"] == way["fired"]
        assert {id_: one["value"] for id_, one in decision["outputs"].items()} == way["outputs"]


def test_both_numbers_are_named(cli: Cli, roster: Make) -> None:  # noqa: F811
    [failing] = ask(cli, roster(SMALL), "large_village")["failing"]
    assert (failing["left"], failing["right"], failing["holds"]) == ("312", "1000", False)
    answer = cli("explain", "大河村", "--roster", roster(SMALL), "--why-not", "large_village")
    assert "Residents 312 people ≥ Residents of a large village 1,000 people" in answer.out
    assert "Residents 1,000 people (now 312 people) → Guaranteed funds 200,000.00" in " ".join(
        answer.out.split()
    )


def test_a_rule_that_decides(cli: Cli, roster: Make) -> None:  # noqa: F811
    found = ask(cli, roster(SMALL.replace(",312,", ",1200,")), "large_village")
    assert found["verdict"] == "decides" and found["rule"]["fired"]
    assert not found["takes"] and not found["instead"]


def test_a_rule_that_is_beaten(cli: Cli, roster: Make) -> None:  # noqa: F811
    large = SMALL.replace(",312,60000,", ",1200,40000,")
    found = ask(cli, roster(large), "income_tested")
    assert found["verdict"] == "beaten" and found["rule"]["fired"]
    assert [one["id"] for one in found["instead"]] == ["large_village"]


def test_what_holds_otherwise(cli: Cli, roster: Make) -> None:  # noqa: F811
    assert ask(cli, roster(SMALL), "not_guaranteed")["verdict"] == "decides"
    found = ask(cli, roster(SMALL.replace(",312,", ",1200,")), "not_guaranteed")
    assert found["verdict"] == "beaten"
    assert [one["id"] for one in found["instead"]] == ["large_village"]


def test_the_first_rule_decides(cli: Cli, roster: Make, tmp_path: Path) -> None:  # noqa: F811
    cli("init", "mine")
    path = Path("mine/rules/operating_funds.toml")
    text = path.read_text(encoding="utf-8").replace('"collect max"', '"first"')
    path.write_text(text, encoding="utf-8")
    large = SMALL.replace(",312,60000,", ",1200,40000,")
    found = ask(cli, roster(large), "large_village", "--policy", "mine")
    assert found["verdict"] == "beaten" and not found["rule"]["fired"]
    assert [one["id"] for one in found["instead"]] == ["income_tested"]


def test_it_may_take_two_facts(cli: Cli, roster: Make) -> None:  # noqa: F811
    found = ask(cli, roster(SMALL), "operating_funds.large_village", "--reading",
                "large_village_clause=within_income_test")  # fmt: skip
    [way] = found["takes"]
    assert {fact["fact"]: fact["to"] for fact in way["facts"]} == {
        "residents": "1000", "collective_income": "50000.00",
    }  # fmt: skip


def test_an_unknown_rule_lists_what_is_near(cli: Cli, roster: Make) -> None:  # noqa: F811
    answer = cli("explain", "大河村", "--roster", roster(SMALL), "--why-not", "large_vilage")
    assert answer.code == 2 and not answer.out
    assert "operating_funds.large_village" in answer.err

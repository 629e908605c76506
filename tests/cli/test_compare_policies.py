"""fundcalc compare between policies that differ in more than an amount, and between rosters of theirs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

BASE = Path(__file__).resolve().parents[1] / "diagnostics" / "base"
HEADER = "name,county,people,income"
VILLAGES = ("甲村,子县,100,30000", "乙村,子县,200,60000", "丙村,丑县,1000,90000")
PARAMETER = """
[parameters.{id}]
title = {{ zh = "{id}", en = "{id}" }}
source = "paper"
values = {{ 2017-01-01 = {value} }}
"""
WHEN = "income <= limit if edge == 'yes' else income < limit"
OTHERWISE = '[otherwise]\nid = "none"\nvalue = 0\n'
Policy = Callable[..., str]
Make = Callable[..., Path]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A small policy: the floor's condition, its amount and what follows, further parameters."""

    def make(name: str, *, when: str = WHEN, then: str = "limit", rest: str = OTHERWISE,
             **parameters: object) -> str:  # fmt: skip
        folder = tmp_path / name
        shutil.copytree(BASE, folder)
        floor, catalogue = folder / "rules" / "floor.toml", folder / "policies.toml"
        text = floor.read_text(encoding="utf-8")
        assert WHEN in text and OTHERWISE in text
        text = text.replace(WHEN, when).replace('then = "limit"', f'then = "{then}"')
        floor.write_text(text.replace(OTHERWISE, rest), encoding="utf-8")
        with catalogue.open("a", encoding="utf-8") as file:
            for id_, value in parameters.items():
                unit = "" if isinstance(value, str) else 'unit = "yuan/year"\n'
                file.write(PARAMETER.format(id=id_, value=value) + unit)
        return f"./{name}"

    return make


@pytest.fixture
def small(tmp_path: Path) -> Make:
    """A roster of the small policy."""

    def make(*lines: str, header: str = HEADER, name: str = "small.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *(lines or VILLAGES)]) + "\n", encoding="utf-8")
        return path

    return make


def compared(cli: Cli, *arguments: object) -> Any:
    answer = cli("compare", *arguments, "--format", "json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def steps(found: Any) -> list[tuple[str, str, str]]:
    return [(step["kind"], step["id"], step["change"]) for step in found["bridge"]]


SECOND = '[[rule]]\nid = "high"\nsource = "paper"\nwhen = "income > high"\nthen = "limit * 2"\n'
TIERS = {"when": "income <= low", "rest": SECOND, "low": 50_000, "high": 50_000}


def test_two_edges_that_only_move_together_are_one_step(
    cli: Cli, policy: Policy, small: Make
) -> None:
    """With the first alone two rules would decide a village."""
    old = policy("old", **TIERS)
    found = compared(cli, old, f"{old},low=70000,high=70000,limit=40000", small())
    assert steps(found) == [
        ("amounts", "limit", "-50000.00"), ("amounts", "low+high", "-40000.00"),
    ]  # fmt: skip
    text = cli("compare", old, f"{old},low=70000,high=70000", small()).out
    assert "low and high" in text


def test_an_edge_that_leaves_a_gap_is_told_with_the_other(
    cli: Cli, policy: Policy, small: Make
) -> None:
    """With the first alone the policy would be none: a programme may lack a rule."""
    old = policy("old", **TIERS)
    found = compared(cli, old, f"{old},low=20000,high=20000", small())
    assert steps(found) == [("amounts", "high", "50000.00")]


def test_a_reading_that_the_old_rules_cannot_take_is_told_with_the_rules(
    cli: Cli, policy: Policy, small: Make
) -> None:
    old = policy("old", rest=SECOND.replace("high", "limit"))
    new = policy("new", then="limit * 3", rest=SECOND.replace("> high", ">= limit"))
    found = compared(cli, old, f"{new},edge=no", small())
    assert steps(found) == [("rules", "", "100000.00")]


def test_days_and_lists_are_said_as_they_are_written(cli: Cli, policy: Policy, small: Make) -> None:
    amount = "limit if since < '2017-06-01' and county in named else 2 * limit"
    old = policy("old", then=amount, since="2017-03-01", named='["子县"]')
    found = compared(cli, old, f"{old},since=2017-07-01", small())
    assert [(s["from"], s["to"]) for s in found["bridge"]] == [("2017-03-01", "2017-07-01")]
    assert "子县 → 丑县" in cli("compare", old, f"{old},named=丑县", small()).out


def test_a_parameter_and_a_programme_of_one_policy_only(
    cli: Cli, policy: Policy, small: Make, tmp_path: Path
) -> None:
    old, new = policy("old", then="limit - gone", gone=1), policy("new", then="limit - 1")
    grant = (tmp_path / "new/rules/floor.toml").read_text(encoding="utf-8")
    grant = grant.replace('"floor"', '"grant"').replace('"granted"', '"more"')
    (tmp_path / "new/rules/grant.toml").write_text(grant, encoding="utf-8")
    catalogue = tmp_path / "new/policies.toml"
    text = catalogue.read_text(encoding="utf-8").replace('"visits"]', '"visits", "grant"]')
    catalogue.write_text(text, encoding="utf-8")
    found = compared(cli, old, new, small())
    assert steps(found) == [("rules", "", "49999.00")]
    (mover,) = found["movers"]
    assert mover["village"]["name"] == "甲村" and mover["change"] == "49999.00"
    assert steps(compared(cli, new, old, small())) == [("rules", "", "-49999.00")]


def test_rosters_without_codes_are_matched_by_name(cli: Cli, policy: Policy, small: Make) -> None:
    one = small(name="one.csv")
    other = small(VILLAGES[1].replace("60000", "50000"), VILLAGES[2], name="other.csv")
    base = policy("base")
    found = compared(cli, base, base, other, "--old-roster", one)
    assert found["total"]["change"] == "0.00"
    assert {m["village"]["name"]: m["change"] for m in found["movers"]} == {
        "甲村": "-50000.00", "乙村": "50000.00",
    }  # fmt: skip


def test_a_roster_that_the_old_policy_cannot_read(
    cli: Cli, policy: Policy, small: Make, tmp_path: Path
) -> None:
    """Of what moved the total nothing can be said but that policy and roster did."""
    old, new = policy("old"), policy("new", when="earned <= limit")
    for path in (tmp_path / "new" / "rules").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("[facts.income]", "[facts.earned]").replace("{income}", "{earned}")
        path.write_text(
            text.replace('"收入", en = "Income"', '"所得", en = "Gain"'), encoding="utf-8"
        )
    header = HEADER.replace("income", "earned")
    roster = small(VILLAGES[0], VILLAGES[1].replace("60000", "50000"), header=header)
    before = ("--old-roster", small(name="old.csv"))
    found = compared(cli, old, new, roster, *before)
    assert steps(found) == [("rules", "", "50000.00")]
    assert cli("run", roster, "--policy", tmp_path / "new").code == 0
    assert steps(compared(cli, old, "run:1", *before)) == steps(found)


def test_nothing_was_paid_before(cli: Cli, policy: Policy, small: Make) -> None:
    """There is no share of nothing."""
    base = policy("base")
    text = cli("compare", base, f"{base},limit=60000", small(*VILLAGES[1:])).out
    assert (
        "(–)" in text and "+60,000.00" in text and "(– of the old total)" in " ".join(text.split())
    )


def test_a_terminal_says_how_many_movers_it_leaves_out(
    cli: Cli, policy: Policy, small: Make
) -> None:
    base = policy("base")
    arguments = ("compare", base, f"{base},limit=100000", small(), "--top", "1")
    assert "… and 2 more: see --top, or -o FILE.xlsx" in cli(*arguments).out
    assert "…… 还有 2 个村，见 --top 或 -o 文件.xlsx" in cli(*arguments, "--lang", "zh").out


def test_files_of_versions_of_which_no_amount_differs(
    cli: Cli, policy: Policy, small: Make, tmp_path: Path
) -> None:
    base, book, page = policy("base"), tmp_path / "c.xlsx", tmp_path / "c.html"
    for path in (book, page):
        answer = cli("compare", base, base, small(), "-o", path)
        assert answer.code == 0 and "No difference" in answer.out
    sheets = openpyxl.load_workbook(book).sheetnames
    assert sheets == ["Overview", "Pools and amounts", "Villages"]  # and none of causes
    text = page.read_text(encoding="utf-8")
    assert "No difference" in text and "<svg" not in text

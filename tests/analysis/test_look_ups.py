"""Conditions over long tables: what the checks say of them is what trying every row says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fundcalc import api
from tests.cli.small import OTHERWISE, decides, fact, policy, rule

ROWS = 300
TABLE = """
[tables.%s]
title = { zh = "表", en = "Table" }
keys = ["%s"]
unit = "yuan/(person·year)"
source = "paper"
file = "tables/%s.csv"
"""
FACTS = fact("county", 'type = "text"') + fact("people", 'unit = "person"', "range = [0, 2_999]")


def laid(
    folder: Path, conditions: list[str], tables: dict[str, tuple[str, dict[str, int]]]
) -> None:
    head = "".join(TABLE % (id_, key, id_) for id_, (key, _) in tables.items())
    rules = "".join(
        rule(f"r{n}", when, "income[county] * people") for n, when in enumerate(conditions)
    )
    text = decides("first", "pay_amount") + OTHERWISE + rules
    policy(folder, facts=FACTS, head=head, pay=text)
    (folder / "tables").mkdir()
    for id_, (key, rows) in tables.items():
        lines = [f"{key},value", *(f"{one},{value}" for one, value in rows.items())]
        (folder / "tables" / f"{id_}.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_over_two_tables_and_bands_never_applies_just_where_no_row_lets_it(
    tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    income = {f"县{n}": draw.randrange(1_000, 1_300) for n in range(ROWS)}
    spent = {county: draw.randrange(1_000, 1_300) for county in income}
    bands = {f"{n * 10}..{n * 10 + 9}": draw.randrange(100, 400) for n in range(ROWS)}
    least = max(draw.randrange(1_200, 1_300) for _ in range(2))
    wanted = {
        f"income[county] >= {least} and spent[county] <= {most}": any(
            income[c] >= least and spent[c] <= most for c in income
        )
        for most in sorted(draw.sample(range(1_000, 1_060), 5))
    }
    for at in draw.sample(range(ROWS), 4):
        many, low = at * 10 + draw.randrange(10), draw.randrange(200, 400)
        when = f"people == {many} and grade[people] >= {low}"
        wanted[when] = bands[f"{at * 10}..{at * 10 + 9}"] >= low
    tables = {"income": ("county", income), "spent": ("county", spent), "grade": ("people", bands)}
    laid(tmp_path, list(wanted), tables)
    found = api.check(tmp_path, None, {})
    dead = {d.message.en.split("`")[1] for d in found if d.code == "FC703"}
    assert dead == {f"r{n}" for n, applies in enumerate(wanted.values()) if not applies}
    assert not [d for d in found if d.code in ("FC717", "FC799")]


def test_a_table_of_many_rows_that_lacks_some_is_told_at_once(tmp_path: Path) -> None:
    income = {f"县{n}": 1_000 + n for n in range(3_000)}
    bands = {f"{n * 10}..{n * 10 + 9}": n for n in range(ROWS) if n != 77}
    tables = {"income": ("county", income), "grade": ("people", bands)}
    laid(tmp_path, ["grade[people] * income[county] > 5"], tables)
    found = api.check(tmp_path, None, {})
    (lacks,) = [d for d in found if d.code == "FC717"]
    assert lacks.witness and lacks.witness["people"] in {str(n) for n in range(770, 780)}


def test_a_table_by_the_text_that_another_programme_gives(tmp_path: Path) -> None:
    tier = 'hit_policy = "first"\noutput = "tier"\ntype = "text"\n'
    tier += (
        '[[rule]]\nid = "small"\nsource = "paper"\nwhen = "people < 9"\n[otherwise]\nid = "large"\n'
    )
    pay = decides("first", "pay_amount") + OTHERWISE
    pay += rule("few", "people < 100", "by_tier[tier] * people")
    pay += rule("fewer", "people < 50", "by_tier[tier] * people")
    head = TABLE % ("by_tier", "tier", "by_tier")
    policy(tmp_path, facts=FACTS, head=head, tier=tier, pay=pay)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "by_tier.csv").write_text("tier,value\nsmall,7\nlarge,5\n")
    found = api.check(tmp_path, None, {})
    assert ["`fewer`" in d.message.en for d in found if d.code == "FC704"] == [True]

"""Conditions over long tables: what the checks say of them is what trying every row says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fundcalc import api

ROWS = 300
POLICY = """
[policy]
id = "p"
title = { zh = "试", en = "Try" }
on = 2020-01-01
programmes = ["pay"]
[sources.s]
title = { zh = "试", en = "Try" }
"""
TABLE = """
[tables.%s]
title = { zh = "表", en = "Table" }
keys = ["%s"]
unit = "yuan/(person·year)"
source = "s"
file = "tables/%s.csv"
"""
FACTS = """
[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
required = true
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
required = true
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
range = [0, 2_999]
required = true
"""
PROGRAMME = """
[programme]
id = "pay"
title = { zh = "试", en = "Pay" }
hit_policy = "first"
output = "pay_amount"
unit = "yuan/year"
[otherwise]
id = "none"
value = 0
"""
RULE = """
[[rule]]
id = "r%d"
source = "s"
when = "%s"
then = "income[county] * people"
"""


def laid(
    folder: Path, conditions: list[str], tables: dict[str, tuple[str, dict[str, int]]]
) -> None:
    (folder / "tables").mkdir()
    (folder / "rules").mkdir()
    policy = POLICY + "".join(TABLE % (id_, key, id_) for id_, (key, _) in tables.items())
    (folder / "policies.toml").write_text(policy)
    (folder / "rules" / "village.toml").write_text(FACTS)
    rules = "".join(RULE % (n, when) for n, when in enumerate(conditions))
    (folder / "rules" / "pay.toml").write_text(PROGRAMME + rules)
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

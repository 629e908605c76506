"""Years and months between dates of a roster are seen through; where they are not, the help is of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, rule

DAYS = (
    fact("born", 'type = "date"') + fact("began", 'type = "date"') + fact("ended", 'type = "date"')
)
TABLE = """
[tables.each]
title = { zh = "每年", en = "Each year" }
keys = ["served"]
unit = "yuan/year"
source = "paper"
rows = [{ served = "2..9", value = 10 }, { served = "10..", value = 20 }]
"""


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["years(began, ended) < 2 and months(began, ended) >= 24"], "FC703"),
        (
            ["years(born, date(year(began) + 1, 1, 1)) >= 60 and year(born) + 58 > year(began)"],
            "FC703",
        ),
        (["years(began, ended) < 3", "years(began, ended) > 3"], "FC111"),
        (["years(began, ended) < 3", "years(began, ended) >= 3"], ""),
        (["years(began, ended) <= 3", "years(began, ended) >= 3"], "FC701"),
        (["year(born) < year(began)", "year(born) >= year(began)"], ""),
        (["year(born) < year(began)", "born >= began"], "FC111"),
        (["months(born, began) >= 216 and years(born, ended) < 60", "ended > born"], "FC701"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_checks_conclude_on_years_between_two_dates(
    cli: Cli, tmp_path: Path, conditions: list[str], expected: str
) -> None:
    rules = "".join(rule(f"r{n}", when, "1") for n, when in enumerate(conditions))
    rest = OTHERWISE if len(conditions) == 1 or expected == "FC701" else ""
    made = policy(tmp_path, facts=DAYS, funds=decides("unique") + rules + rest)
    answer = cli("check", made, "--lang", "en", "--format", "json")
    assert "FC799" not in answer.out, answer.out
    about = {code for code in ("FC111", "FC701", "FC703") if code in answer.out}
    assert about == ({expected} if expected else set()), answer.out + answer.err


def test_years_of_service_may_be_looked_up(cli: Cli, tmp_path: Path) -> None:
    made = policy(
        tmp_path, facts=DAYS, head=TABLE,
        service=decides("unique", "served", 'unit = "year"\n') + rule("years", "true", "years(began, ended)"),
        funds=decides("first")
        + rule("young", "years(born, on) < 60", "0")
        + rule("enough", "served >= 3 and ended <= on", "each[served]") + OTHERWISE,
    )  # fmt: skip
    answer = cli("check", made, "--lang", "en")
    assert (answer.out, answer.err) == ("", "Nothing found\n")


def test_what_stays_open_of_years_has_help_of_its_own(cli: Cli, tmp_path: Path) -> None:
    condition = "year(born) < year(began) - 1 and days(born, began) < 365"
    made = policy(
        tmp_path, facts=DAYS, funds=decides("first") + rule("r", condition, "1") + OTHERWISE
    )
    answer = cli("check", made, "--lang", "en")
    assert "[FC799]" in answer.out, answer.out + answer.err
    said = " ".join(answer.out.split())
    assert "this rests on years or months between two dates" in said
    assert "give the facts used here a `range`" not in said


def test_pots_by_a_county_that_may_be_any_are_concluded_on(cli: Cli, tmp_path: Path) -> None:
    pots = """
[tables.pots]
title = { zh = "额度", en = "Pots" }
keys = ["county"]
unit = "yuan/year"
source = "paper"
rows = [{ county = "甲县", value = 1000 }, { county = "乙县", value = 2000 }]
"""
    facts = fact("county", 'type = "text"') + fact(
        "gap", 'unit = "yuan/year"', "range = [0, 1_000_000]"
    )
    share = (
        '\n[[rule]]\nid = "shared"\nsource = "paper"\nwhen = "gap > 0"\n'
        'share = { pool = "pots[county]", per = "county", by = "gap", at_most = "gap" }\n'
    )
    made = policy(tmp_path, facts=facts, head=pots, funds=decides("unique") + share + OTHERWISE)
    answer = cli("check", made, "--lang", "en")
    assert (answer.out, answer.err) == ("", "Nothing found\n")

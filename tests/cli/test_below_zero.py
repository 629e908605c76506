"""An amount that somebody pays and that comes out below zero is told: beforehand, and by the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

PAYER = '[payers.county]\ntitle = { zh = "县", en = "County" }\n'
FACTS = (
    fact("heads", 'unit = "person"', "range = [1, 20]")
    + fact("income", 'unit = "yuan/year"', "range = [0, 100_000]")
    + fact("kind", 'type = "text"', 'options = ["a", "b"]')
)  # fmt: skip
TABLES = """
[tables.rates]
title = { zh = "标准", en = "Rates" }
keys = ["kind"]
unit = "yuan/(person·year)"
source = "paper"
rows = [{ kind = "a", value = 16 }, { kind = "b", value = -10 }]

[tables.parts]
title = { zh = "分段", en = "Parts" }
keys = ["heads"]
unit = "yuan/(person·year)"
source = "paper"
rows = [{ heads = "0..10", value = 100 }, { heads = "11..", value = -1 }]
"""
DIFFERENCE = "heads * person_rate - income"
RATE = """
[parameters.person_rate]
title = { zh = "标准", en = "Standard" }
unit = "yuan/(person·year)"
source = "paper"
values = { 2020-01-01 = 600 }
confirmed = 2020-12-31
"""
PAID = 'unit = "yuan/year"\npayer = "county"\n'


def pays(folder: Path, text: str, head: str = RATE) -> Path:
    return policy(folder, facts=FACTS, head=PAYER + head, funds=text)


def told(cli: Cli, made: Path) -> list[str]:
    answer = cli("check", made, "--lang", "en")
    lines = (answer.out + answer.err).splitlines()
    return [line for line in lines if "[FC714]" in line or "[FC799]" in line]


BELOW = {
    "of a rule": decides("unique", unit=PAID) + rule("each", "true", DIFFERENCE),
    "of a collected sum": decides("collect sum", unit=PAID)
    + rule("one", "heads > 1", "100") + rule("two", "heads > 2", "-101") + OTHERWISE,
    "of what follows": decides("unique", unit='unit = "yuan/year"\n') + rule("each", "true", DIFFERENCE)
    + '\n[[also]]\nid = "more"\ntitle = { zh = "另加", en = "More" }\nunit = "yuan/year"\n'
    + 'payer = "county"\nvalue = "granted + 1"\n',
    "of what else holds": decides("unique", unit=PAID) + rule("each", "heads > 1", "1")
    + OTHERWISE.replace("0", "-1"),
}  # fmt: skip
NOT_BELOW = {
    "held up": decides("unique", unit=PAID) + rule("each", "true", f"max({DIFFERENCE}, 0)"),
    "where it is above": decides("unique", unit=PAID)
    + rule("each", "heads * person_rate > income", DIFFERENCE) + OTHERWISE,
    "unpaid": decides("unique") + rule("each", "true", DIFFERENCE),
    "a charge": decides("unique", unit='unit = "yuan/year"\ndirection = "charge"\n')
    + rule("each", "true", DIFFERENCE),
    "what is taken off by a rule alone": decides("collect sum", unit=PAID + "amounts_per_rule = true\n")
    + rule("one", "true", "100") + rule("two", "heads > 2", "-99"),
}  # fmt: skip


@pytest.mark.parametrize("how", BELOW)
def test_an_amount_that_may_be_below_zero_is_shown(cli: Cli, tmp_path: Path, how: str) -> None:
    made = pays(tmp_path, BELOW[how])
    (line,) = told(cli, made)
    assert "may be below zero" in line and "for example: " in cli("check", made, "--lang", "en").out


@pytest.mark.parametrize("how", NOT_BELOW)
def test_what_cannot_be_or_is_paid_by_nobody_is_not_told(
    cli: Cli, tmp_path: Path, how: str
) -> None:
    assert not told(cli, pays(tmp_path, NOT_BELOW[how]))


def test_one_cause_is_told_once(cli: Cli, tmp_path: Path) -> None:
    further = '\n[[also]]\nid = "more"\ntitle = { zh = "另加", en = "More" }\n' + PAID
    text = BELOW["of a rule"] + further + 'value = "granted"\n'
    assert len(told(cli, pays(tmp_path, text))) == 1


@pytest.mark.parametrize(
    ("then", "row"),
    [
        ("heads * (100 + rates[kind])", "table `rates` has a row below zero: -10.00"),
        (
            "round(scale(heads, parts), 0.01, 'half up')",
            "table `parts` has a row below zero: -1.00",
        ),
    ],
)
def test_a_row_below_zero_is_told_though_the_amount_is_above(
    cli: Cli, tmp_path: Path, then: str, row: str
) -> None:
    text = decides("unique", unit=PAID) + rule("each", "true", then)
    (line,) = told(cli, pays(tmp_path, text, TABLES))
    assert row in line


@pytest.mark.parametrize("backend", [(), ("--backend", "duckdb")])
def test_a_run_tells_how_many_and_the_least(
    cli: Cli, tmp_path: Path, backend: tuple[str, ...]
) -> None:
    made = pays(tmp_path, BELOW["of a rule"])
    path = roster(
        tmp_path, "村名,项heads,项income,项kind", "甲,2,100,a", "乙,2,5000,a", "丙,1,700,a"
    )
    if backend:
        assert cli("roster", "clean", path, "-o", tmp_path / "clean", "--policy", made).code == 0
        path = tmp_path / "clean"
    answer = cli("run", path, "--policy", made, "--no-record", "--lang", "en", *backend)
    said = " ".join(answer.err.split())
    assert (
        "[FC416]" in said
        and "is below zero for 2 villages; the least is that of 乙: -3,800.00" in said
    )
    sound = pays(tmp_path / "sound", NOT_BELOW["held up"])
    assert "FC416" not in cli("run", path, "--policy", sound, "--no-record", *backend).err


def test_what_was_paid_last_year_is_never_below_zero(cli: Cli, tmp_path: Path) -> None:
    payer = '\n[payers.city]\ntitle = { zh = "市", en = "City" }\n'
    made = [
        policy(
            tmp_path / name, facts=FACTS, head=payer,
            funds=decides("unique", unit='unit = "yuan/year"\npayer = "city"\n')
            + rule("kept", "true", f"{kept} + income - income"),
        )
        for name, kept in (("old", "before.granted"), ("new", "abs(before.granted)"))
    ]  # fmt: skip
    answer = cli("compare", *made, "--prove", "--lang", "en")
    assert answer.code == 0, answer.out + answer.err

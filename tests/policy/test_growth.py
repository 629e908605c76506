"""Dated values that grow: on which day, from what, rounded how."""

from __future__ import annotations

from datetime import date

import pytest
from tests.policy.test_faults import CATALOGUE, FILES
from tests.strategies import loaded

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Words
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy, Source
from fundcalc.policy.plan import make_plan


def policy(old: str = "", new: str = "") -> Policy:
    """The sound files of the faults, one text replaced: 1,000 from 2020 grows by 3 % each 29 February."""
    assert old in CATALOGUE
    texts = {**FILES, "policies.toml": CATALOGUE.replace(old, new) if old else CATALOGUE}
    return loaded(texts)


def floor(of: Policy, on: str) -> tuple[int, str]:
    plan = make_plan(of, date.fromisoformat(on))
    return int(str(plan.constants["floor"])) // 100, plan.since["floor"].isoformat()


@pytest.mark.parametrize(
    ("on", "yuan", "since"),
    [
        ("2020-01-01", 1_000, "2020-01-01"), ("2020-12-31", 1_000, "2020-01-01"),
        ("2021-02-27", 1_000, "2020-01-01"), ("2021-02-28", 1_030, "2021-02-28"),
        ("2022-02-27", 1_030, "2021-02-28"), ("2022-02-28", 1_060, "2022-02-28"),
        ("2023-03-01", 1_090, "2023-02-28"), ("2024-02-28", 1_090, "2023-02-28"),
        ("2024-02-29", 1_120, "2024-02-29"), ("2025-02-28", 1_150, "2025-02-28"),
    ],
)  # fmt: skip
def test_each_year_builds_on_the_rounded_value_of_the_year_before(
    on: str, yuan: int, since: str
) -> None:
    assert floor(policy(), on) == (yuan, since)


@pytest.mark.parametrize(
    ("direction", "yuan"),
    [("down", 1_120), ("up", 1_150), ("half up", 1_120), ("half even", 1_120), ("floor", 1_120),
     ("ceiling", 1_150)],
)  # fmt: skip
def test_the_direction_is_the_policys(direction: str, yuan: int) -> None:
    found = policy('direction = "half up"', f'direction = "{direction}"')
    assert floor(found, "2024-03-01")[0] == yuan


@pytest.mark.parametrize(
    ("rate", "direction", "yuan"),
    [
        ("-3 %", "half up", [1_000, 970, 940, 910]), ("-3 %", "down", [1_000, 970, 940, 910]),
        ("-3 %", "up", [1_000, 970, 950, 930]), ("-3.5%", "floor", [1_000, 960, 920, 880]),
        ("-100 %", "half up", [1_000, 0, 0, 0]), ("-0.5 %", "half up", [1_000, 1_000, 1_000, 1_000]),
        (" -50％ ", "half up", [1_000, 500, 250, 130]),
    ],
)  # fmt: skip
def test_a_negative_rate_lowers_the_value_every_year(
    rate: str, direction: str, yuan: list[int]
) -> None:
    text = CATALOGUE.replace('rate = "3 %"', f'rate = "{rate}"')
    text = text.replace('direction = "half up"', f'direction = "{direction}"')
    found, problems = read(
        Bundle("", {n: t.encode() for n, t in {**FILES, "policies.toml": text}.items()})
    )
    assert found is not None, problems
    days = ("2020-06-01", "2021-03-01", "2022-03-01", "2023-03-01")
    assert [floor(found, on)[0] for on in days] == yuan


@pytest.mark.parametrize(
    "rate", ["-101 %", "--3 %", "3 - %", "-", "−3 %", "minus 3 %", "-3", "3 %-"]
)
def test_what_is_no_rate(rate: str) -> None:
    text = CATALOGUE.replace('rate = "3 %"', f'rate = "{rate}"')
    files = {**FILES, "policies.toml": text}
    _, problems = read(Bundle("", {name: t.encode() for name, t in files.items()}))
    assert [one.code for one in problems] == ["FC116"]
    assert '"-3 %"' in problems[0].message.zh and '"-3 %"' in problems[0].message.en


def test_a_value_that_begins_later_grows_from_its_own_day() -> None:
    found = policy("2020-01-01 = 1_000 }", "2020-01-01 = 1_000, 2022-06-01 = 2_000 }")
    assert [floor(found, on) for on in ("2022-05-31", "2022-06-01", "2023-02-27", "2023-02-28")] == [
        (1_060, "2022-02-28"), (2_000, "2022-06-01"), (2_000, "2022-06-01"), (2_060, "2023-02-28"),
    ]  # fmt: skip


def test_a_rate_with_decimals_is_exact() -> None:
    found = policy('rate = "3 %"', 'rate = "0.125 %"')
    found_fine = policy("to = 10", "to = 0.01")
    assert floor(found, "2030-01-01")[0] == 1_000  # each step rounds back to 1,000
    plan = make_plan(found_fine, date(2022, 12, 31))
    assert plan.constants["floor"] == 106_090


def test_before_the_first_value_and_after_an_end_there_is_none() -> None:
    with pytest.raises(PolicyProblem) as early:
        make_plan(policy(), date(2019, 12, 31))
    assert {one.code for one in early.value.diagnostics} == {"FC301"}
    ended = policy("2020-01-01 = 1_000 }", "2020-01-01 = 1_000, 2021-07-01 = false }")
    assert floor(ended, "2021-06-30")[0] == 1_030
    with pytest.raises(PolicyProblem) as late:
        make_plan(ended, date(2021, 7, 1))
    assert {one.code for one in late.value.diagnostics} == {"FC302"}


def test_growth_beyond_64_bits_is_refused() -> None:
    found = policy("2020-01-01 = 1_000 }", "2020-01-01 = 80_000_000_000_000_000 }")
    assert floor(found, "2024-03-01")[0] > 80_000_000_000_000_000
    with pytest.raises(PolicyProblem) as caught:
        make_plan(found, date(2026, 1, 1))
    assert {one.code for one in caught.value.diagnostics} == {"FC305"}


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        (Source("s", Words("文", "Text")), "《文》", "“Text”"),
        (Source("s", Words("文", "Text"), "日报"), "日报《文》", "日报, “Text”"),
        (Source("s", Words("文", "Text"), None, date(2017, 5, 6), "p. 3"),
         "《文》，2017-05-06，p. 3", "“Text”, 2017-05-06, p. 3"),
    ],
)  # fmt: skip
def test_a_source_is_cited_with_what_is_known_of_it(source: Source, zh: str, en: str) -> None:
    assert source.cite() == Words(zh, en)


@pytest.mark.parametrize(
    ("hit_policy", "bounds"),
    [("collect sum", (0, 400_000)), ("collect max", (0, 300_000)), ("collect min", (0, 300_000)),
     ("first", (0, 300_000)), ("any", (0, 300_000))],
)  # fmt: skip
def test_what_a_programme_can_come_to_is_known_with_the_plan(
    hit_policy: str, bounds: tuple[int, int]
) -> None:
    """A share of at most 1,000 yuan, and a rule of three times the floor."""
    rule = (
        '[[rule]]\nid = "thrice"\nsource = "paper"\nwhen = "true"\nthen = "floor * 3"\n[otherwise]'
    )
    part = FILES["rules/part.toml"].replace("[otherwise]", rule)
    texts = {**FILES, "rules/part.toml": part.replace("collect sum", hit_policy)}
    found = loaded(texts)
    plan = make_plan(found)
    assert tuple(plan.bounds["share_of_it"]) == bounds
    assert tuple(plan.bounds["twice"]) == (0, 400_100)
    assert tuple(plan.bounds["people"]) == (0, 5_000)


def test_every_three_years_the_first_step_comes_three_years_later() -> None:
    found = policy('every = "year"', 'every = "3 years"')
    days = ["2023-02-27", "2023-02-28", "2026-02-27", "2026-02-28", "2029-02-28"]
    assert [floor(found, day) for day in days] == [
        (1_000, "2020-01-01"), (1_030, "2023-02-28"), (1_030, "2023-02-28"),
        (1_060, "2026-02-28"), (1_090, "2029-02-28"),
    ]  # fmt: skip


CPI = """
[tables.cpi]
title = { zh = "物价指数", en = "Price index" }
keys = ["year"]
source = "paper"
rows = [
    { year = 2021, value = "3 %" }, { year = 2022, value = -0.025 },
    { from = SINCE, year = "2023..", value = 0.1 },
]
"""


def with_rates(since: str) -> Policy:
    text = CATALOGUE.replace('rate = "3 %"', 'rate = "cpi"') + CPI.replace("SINCE", since)
    return loaded({**FILES, "policies.toml": text})


def test_the_rate_of_a_year_stands_in_a_table_as_it_is_on_the_day_of_the_step() -> None:
    found = with_rates("2023-02-28")
    days = ["2021-02-28", "2022-02-28", "2023-02-27", "2023-02-28"]
    assert [floor(found, day)[0] for day in days] == [1_030, 1_000, 1_000, 1_100]


def test_a_year_without_a_rate_on_the_day_of_the_step_is_named() -> None:
    with pytest.raises(PolicyProblem) as caught:
        make_plan(with_rates("2023-03-01"), date(2024, 1, 1))
    (problem,) = caught.value.diagnostics
    assert problem.code == "FC310" and "2023" in problem.message.en

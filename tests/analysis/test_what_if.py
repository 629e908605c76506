"""A village with other facts: to the fen what a run of a roster with these facts gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc import api
from tests.conftest import Cli

HEADER = [
    "code", "name", "town", "county", "residents", "collective_income", "existing_funding",
    "other_cadres", "current_subsidy", "weak_organisation", "former_empty_shell", "has_venue",
]  # fmt: skip
COUNTIES = ("娄烦县", "阳曲县", "清徐县")


def _roster(folder: Path, rows: list[list[str]], first: int = 0) -> Path:
    """A synthetic roster; without the codes from column 1."""
    path = folder / "roster.csv"
    lines = [",".join(row[first:]) for row in [HEADER, *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _rows(villages: int) -> list[list[str]]:
    """Invented villages, many of them close to a line."""
    return [
        [
            f"14012300{n:04}", f"村{n}", f"镇{n % 4}", COUNTIES[n % 3], str(900 + n * 13 % 220),
            f"{n * 7919 % 60_000}.{n % 100:02}", str(n % 5 * 41_000), str(n % 7),
            str(n * 631 % 9_000), "yes" if n % 6 == 0 else "no", "yes" if n % 4 == 0 else "no",
            "no" if n % 5 == 0 else "yes",
        ]
        for n in range(villages)
    ]  # fmt: skip


FACTS = {
    "county": st.sampled_from([*COUNTIES, "新县"]),
    "residents": st.integers(0, 2_000).map(str),
    "collective_income": st.sampled_from(["0", "49999.99", "50000", "50000.01", "30000", "777.77"]),
    "existing_funding": st.integers(0, 300_000).map(str),
    "other_cadres": st.integers(0, 12).map(str),
    "current_subsidy": st.sampled_from(["0", "7999.99", "8000", "8000.01", "3600"]),
    "weak_organisation": st.sampled_from(["yes", "no"]),
    "has_venue": st.sampled_from(["yes", "no"]),
}
POLICY = api.load_policy(None)
PLANS = [
    api.plan(POLICY, None, {"supplement_pool": option})
    for option in POLICY.readings["supplement_pool"].options
]


@given(data=st.data())
@settings(max_examples=25)
def test_it_is_what_a_run_with_that_fact_gives(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, rows = tmp_path_factory.mktemp("roster"), _rows(40)
    plan = data.draw(st.sampled_from(PLANS))
    index = data.draw(st.integers(0, 39))
    names = data.draw(st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=3, unique=True))
    typed = {name: data.draw(FACTS[name]) for name in names}
    first = data.draw(st.sampled_from([0, 1]))  # ties are broken by codes, or by places and names
    run = api.calculate(plan, api.read_roster(_roster(folder, rows, first), POLICY))
    found = api.what_if(run, index, typed)

    for name, text in typed.items():
        rows[index][HEADER.index(name)] = text
    real = api.calculate(plan, api.read_roster(_roster(folder, rows, first), POLICY)).result
    money = [output.id for output in POLICY.money_outputs]
    for output in money:
        assert found.after.numbers(output).tolist() == real.numbers(output).tolist()
    assert found.after.pools == real.pools
    moved = {
        at
        for output in (o.id for o in POLICY.granted_outputs)
        for at in range(40)
        if run.result.number(at, output) != real.number(at, output)
    }
    assert set(found.others) == moved - {index}
    for one in found.sums():
        assert one.after == sum(real.numbers(one.output.id).tolist())


def test_a_fact_is_said_as_a_roster_has_it(cli: Cli, tmp_path: Path) -> None:
    roster = _roster(tmp_path, _rows(40))
    asked = ["explain", "村3", "--roster", roster]
    answer = cli(*asked, "--what-if", "集体经济收入=0", "--lang", "zh")
    assert answer.code == 0
    assert "集体经济收入为 0.00 元/年（名册：23,757.03 元/年）" in answer.out
    assert "个别的村跟着变" in answer.out
    data = json.loads(cli(*asked, "--what-if", "collective_income=0", "--format", "json").out)
    assert data["facts"] == {"collective_income": {"was": "23757.03", "is": "0.00"}}
    assert data["outputs"]["party_dues_share"]["then"] != "0.00"
    assert "其他" not in data["outputs"] and data["others"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("collectiv_income=0", "no decision rests on `collectiv_income`"),
        ("name=新村", "no decision rests on `name`"),
        ("residents=many", "Residents: not a number"),
        ("residents=-1", "Residents cannot be negative"),
        ("collective_income=0.001", "finer than 0.01"),
        ("residents", "--what-if"),
    ],
)
def test_what_cannot_be_tried_is_said(cli: Cli, tmp_path: Path, typed: str, said: str) -> None:
    roster = _roster(tmp_path, _rows(4))
    answer = cli("explain", "村3", "--roster", roster, "--what-if", typed)
    assert answer.code in (1, 2) and said in answer.err and not answer.out


def test_the_same_facts_change_nothing(cli: Cli, tmp_path: Path) -> None:
    roster = _roster(tmp_path, _rows(4))
    answer = cli("explain", "村3", "--roster", roster, "--what-if", "residents=939")
    assert "No fact differs." in answer.out and "No other village moves." in answer.out


@pytest.mark.parametrize(
    "asked",
    [
        ("--what-if", "residents=1", "--why-not", "large_village"),
        ("--what-if", "residents=1", "--programme", "operating_funds"),
        ("--why-not", "large_village", "--programme", "operating_funds"),
        ("--why-not", "large_village", "--full"), ("--what-if", "residents=1", "--full"),
    ],
)  # fmt: skip
def test_of_questions_that_answer_otherwise_one_is_asked_at_a_time(
    cli: Cli, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    roster = _roster(tmp_path, _rows(4))
    answer = cli("explain", "村3", "--roster", roster, *asked)
    assert answer.code == 2 and "one of them can be asked at a time" in answer.err
    assert not answer.out and asked[0] in answer.err and asked[2] in answer.err


def test_there_is_no_html_of_it(cli: Cli, tmp_path: Path) -> None:
    roster = _roster(tmp_path, _rows(4))
    answer = cli(
        "explain", "村3", "--roster", roster, "--what-if", "residents=1", "--format", "html"
    )
    assert answer.code == 2 and "only --format text and json" in answer.err

"""`fundcalc explain`: the text that an auditor signs, the public JSON, and whom it means."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli import small

from fundcalc.base.width import width

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GOLDEN = Path(__file__).parent / "golden"
LARGE = "140123904209,大河村,甲乡,娄烦县,1200,60000,,4,5000"


def decisions(answer: str) -> dict[str, dict[str, Any]]:
    return {d["programme"]: d for d in json.loads(answer)["decisions"]}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("village", ["鹰落沟", "坪里村", "西左家窑村", "北邵家洼村", "下段家坪村"])
@pytest.mark.parametrize("full", [[], ["--full"]])
def test_the_text_is_as_reviewed(
    cli: Cli,
    example: Path,
    lang: str,
    village: str,
    full: list[str],
    request: pytest.FixtureRequest,
) -> None:
    """Golden files; `pytest tests/cli --reset` writes them anew, and the diff is the review."""
    answer = cli("explain", village, "--roster", example, "--lang", lang, *full)
    assert answer.code == 0
    if not full:
        *said, after, command = answer.out.splitlines()
        assert (after, command.endswith(" --full")) == (
            {"zh": "下一步：", "en": "Next:"}[lang],
            True,
        )
        assert len(said) < 20, "an answer is read at a glance"
        path = GOLDEN / f"{village}.answer.{lang}.txt"
        _as_reviewed(path, "\n".join(said) + "\n", request)
        return
    shown = re.sub("sha256:[0-9a-f]{64}", "sha256:…", answer.out)  # it changes with every comment
    _as_reviewed(GOLDEN / f"{village}.{lang}.txt", shown, request)


def _as_reviewed(path: Path, shown: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--reset"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(width(line) for line in shown.splitlines()) <= 80


def test_one_programme_alone(cli: Cli, roster: Make) -> None:
    asked = ("explain", "大河村", "--roster", roster(LARGE), "--programme")
    by_id, by_title = cli(*asked, "cadre_subsidy"), cli(*asked, "Subsidy of committee members")
    assert by_id.out.splitlines()[:-2] == by_title.out.splitlines()[:-2]
    assert "Subsidy total" in by_id.out and "Guaranteed funds" not in by_id.out
    whole = cli(*asked, "cadre_subsidy", "--full").out
    assert "\n1  Subsidy of committee members\n" in whole and "\n2  " not in whole
    one = json.loads(cli(*asked, "cadre_subsidy", "--format", "json").out)
    assert [found["programme"] for found in one["decisions"]] == ["cadre_subsidy"]
    assert [found["programme"] for found in one["answer"]["programmes"]] == ["cadre_subsidy"]
    unknown = cli(*asked, "cadre")
    assert unknown.code == 2 and not unknown.out
    assert "FC933" in unknown.err and "cadre_subsidy" in unknown.err


def test_the_json_begins_with_no_other_answer_than_the_text(cli: Cli, roster: Make) -> None:
    asked = ("explain", "大河村", "--roster", roster(LARGE))
    text = "".join(cli(*asked).out.split())
    found = json.loads(cli(*asked, "--format", "json").out)["answer"]
    for one in found["programmes"]:
        assert "".join(one["says"].split()) in text
    assert found["programmes"][0] | {"says": ""} == {
        "programme": "operating_funds", "output": "guaranteed_funds", "value": "200000.00",
        "unit": "yuan/year", "says": "",
        "because": [
            {"rule": "large_village", "amount": "200000.00", "grounds": ["Residents 1,200 ≥ 1,000"]}
        ],
        "instead": [],
    }  # fmt: skip
    assert {"payer": "city", "unit": "yuan/year", "amount": "32000.00"} in found["totals"]


def test_the_json_is_as_published(cli: Cli, roster: Make) -> None:
    answer = cli("explain", "大河村", "--roster", roster(LARGE), "--format", "json")
    data = json.loads(answer.out)
    assert data["village"] == {
        "code": "140123904209", "name": "大河村", "town": "甲乡", "county": "娄烦县",
    }  # fmt: skip
    assert data["policy"]["on"] == "2017-12-31"
    assert data["policy"]["digest"].startswith("sha256:")
    funds = decisions(answer.out)["operating_funds"]
    assert funds["outputs"]["guaranteed_funds"] == {"value": "200000.00", "unit": "yuan/year"}
    assert funds["fired"] == ["large_village"]
    tested, large = funds["rules"]
    assert tested["fired"] is False and large["fired"] is True
    assert tested["conditions"] == [
        {"text": "collective_income <= income_ceiling", "holds": False, "left": "60000.00",
         "right": "50000.00"}
    ]  # fmt: skip
    assert funds["facts"]["residents"] == {"value": "1200", "origin": "roster.csv!E2"}
    assert funds["facts"]["existing_funding"] == {"value": "0.00", "origin": "assumed"}
    assert funds["parameters"]["income_ceiling"] == {
        "value": "50000.00", "since": "2017-01-01", "source": "people-daily-2017",
    }  # fmt: skip
    assert funds["steps"][1] == {
        "output": "funding_gap", "formula": "max(guaranteed_funds - existing_funding, 0)",
        "with_values": "max(200000.00 - 0.00, 0)", "value": "200000.00",
    }  # fmt: skip
    assert {
        "reading": "large_village_clause", "option": "within_income_test",
        "outputs": {"guaranteed_funds": "0.00", "funding_gap": "0.00"},
    } in funds["hinges_on"]  # fmt: skip
    assert {
        "fact": "residents", "to": "999",
        "outputs": {"guaranteed_funds": "0.00", "funding_gap": "0.00"},
    } in funds["would_change"]  # fmt: skip


def test_a_pool_is_explained(cli: Cli, roster: Make) -> None:
    lines = [
        f"14012100020{n},村{n},甲镇,清徐县,1,60000,0,{c},0" for n, c in enumerate((8, 8, 4), 1)
    ]
    answer = cli("explain", "140121000201", "--roster", roster(*lines), "--format", "json")
    backstop = decisions(answer.out)["municipal_backstop"]
    assert backstop["outputs"]["municipal_share"]["value"] == "36000.00"
    assert backstop["pool"] == {
        "group": "清徐县", "amount": "90000.00", "villages": 3, "claims": 3, "weight": 6_400_000,
        "weights": 16_000_000, "share": "36000.00", "leftover": "0.00",
    }  # fmt: skip


def test_what_would_change_it_is_true(cli: Cli, roster: Make) -> None:
    """Every change that is named, made in the roster, gives the outputs that were named."""
    columns = {"residents": 4, "collective_income": 5, "other_cadres": 7, "current_subsidy": 8}
    answer = cli("explain", "大河村", "--roster", roster(LARGE), "--format", "json")
    tried = 0
    for programme, decision in decisions(answer.out).items():
        for change in decision["would_change"]:
            if change["fact"] not in columns:
                continue
            cells = LARGE.split(",")
            cells[columns[change["fact"]]] = change["to"]
            again = cli(
                "explain", "大河村", "--roster", roster(",".join(cells)), "--format", "json"
            )
            outputs = decisions(again.out)[programme]["outputs"]
            for name, value in change["outputs"].items():
                assert outputs[name]["value"] == value
            tried += 1
    assert tried >= 5


def test_what_a_rule_of_a_list_gives_decides_what_would_change_it(cli: Cli, tmp_path: Path) -> None:
    """Not the rule's id; the condition has no linear edge, so that z3 looks for the number."""
    listed = small.decides("collect", unit="") + small.rule(
        "r", "abs(people * people - 250_000) > 500", "'far'"
    )
    people = small.fact("people", 'unit = "person"', "range = [1, 10_000]")
    folder = small.policy(tmp_path, facts=people, g=listed + '\n[otherwise]\nid = "none"\n')
    villages = small.roster(tmp_path, "name,people", "甲村,300")
    answer = cli("explain", "甲村", "--roster", villages, "--policy", folder, "--format", "json")
    changes = decisions(answer.out)["g"]["would_change"]
    assert [(one["fact"], one["to"]) for one in changes] == [("people", "500")]


def test_an_ambiguous_name_lists_the_candidates(cli: Cli, example: Path) -> None:
    answer = cli("explain", "黑石湾村", "--roster", example)
    assert answer.code == 1
    assert answer.err.count("黑石湾村") >= 4
    assert not answer.out


def test_an_unknown_name_lists_what_is_near(cli: Cli, example: Path) -> None:
    answer = cli("explain", "落沟", "--roster", example)
    assert answer.code == 1
    assert "鹰落沟村" in answer.err


def test_a_code_means_one_village(cli: Cli, example: Path) -> None:
    answer = cli("explain", "140123255217", "--roster", example)
    assert answer.code == 0 and "鹰落沟村" in answer.out


def test_sentences_with_hostile_names_stay_text(cli: Cli, roster: Make) -> None:
    evil = LARGE.replace("娄烦县", "{residents.__class__}")
    answer = cli("explain", "大河村", "--roster", roster(evil))
    assert answer.code == 0
    assert "{residents.__class__}" in answer.out


def test_a_plain_number_beside_a_rate_has_the_decimals_that_it_was_written_with(
    cli: Cli, tmp_path: Path
) -> None:
    rise = """
[parameters.rise]
title = { zh = "增幅", en = "Rise" }
source = "paper"
values = { 2019-01-01 = "12.5 %" }
"""
    paid = "round(income * (1 + rise) * (2.5 - rise) * 10, 0.01, 'half up')"
    made = small.policy(
        tmp_path,
        facts=small.fact("income", 'unit = "yuan/year"', "range = [0, 1_000_000]"),
        head=rise,
        funds=small.decides("unique") + small.rule("paid", "true", paid),
    )
    given = small.roster(tmp_path, "村名,Fact income", "甲村,100")
    told = cli("explain", "甲村", "--roster", given, "--policy", made, "--full", "--lang", "en").out
    assert "(1 + 12.5 %) × (2.5 − 12.5 %) × 10," in told, told
    shown = cli("show", "--policy", made, "--lang", "zh").out
    assert "（1 + 12.5 %） × （2.5 − 12.5 %） × 10，" in shown, shown

"""The checks as a whole: unknown is said, SARIF is as the standard wants it, readings are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import z3

from fundcalc import api
from fundcalc.analysis.check import all_checks, check_policy
from tests.analysis.laid import SMALL, changed
from tests.cli.small import OTHERWISE, YUAN, decides, fact, files, policy, rule
from tests.conftest import Cli
from tests.strategies import loaded

FAULTS = Path(__file__).parent / "faults"


def test_every_check_has_a_code_of_its_own() -> None:
    codes = [module.CODE for module in all_checks()]
    assert len(codes) == len(set(codes)) >= 16


def test_what_z3_cannot_decide_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    floor = tmp_path / "rules" / "floor.toml"
    text = floor.read_text(encoding="utf-8")
    floor.write_text(text.replace("else income < limit", "else income * 2 < limit * 3"))
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    found = api.check(tmp_path, None, {})
    unsure = [d for d in found if d.code == "FC799"]
    assert unsure and all("no conclusion" in d.message.en for d in unsure)
    assert not [d for d in found if d.code != "FC799" and d.witness]


def test_an_unused_name_needs_no_z3(tmp_path: Path) -> None:
    changed(FAULTS / "an_amount_that_nothing_uses.toml", tmp_path)
    (found,) = api.check(tmp_path, None, {})
    assert found.code == "FC707" and found.where.line and not found.witness


def test_a_fault_under_another_reading_names_it(tmp_path: Path) -> None:
    changed(FAULTS / "overlap_under_another_reading_only.toml", tmp_path)
    (found,) = [d for d in api.check(tmp_path, None, {}) if d.code == "FC701"]
    assert found.message.en.startswith("under the reading edge = no: ")
    assert found.message.zh.startswith("按解读 edge = no：")
    assert api.check(tmp_path, None, {"edge": "yes"}) != []
    assert not [d for d in api.check(tmp_path, None, {"edge": "yes"}) if d.code == "FC701"]


def test_a_witness_is_a_village_of_the_faulty_edge(tmp_path: Path) -> None:
    changed(FAULTS / "two_tiers_of_1500.toml", tmp_path)
    (found,) = [d for d in api.check(tmp_path, None, {}) if d.code == "FC709"]
    assert found.witness and found.witness["people"] == "1500"


def test_a_cliff_tells_the_amount(tmp_path: Path) -> None:
    changed(FAULTS / "a_step_that_nobody_declared.toml", tmp_path)
    (found,) = api.check(tmp_path, None, {})
    assert "1 yuan more of `collective_income`" in found.message.en
    assert "loses 170,000.00 yuan" in found.message.en


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sarif(tmp_path: Path, lang: str) -> None:
    changed(FAULTS / "two_tiers_of_1500.toml", tmp_path)
    found = [d for d in api.check(tmp_path, None, {}) if d.code == "FC709"]
    log = json.loads(json.dumps(api.sarif(found, lang)))  # type: ignore[arg-type]
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "fundcalc" and run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(found) > 0
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["relatedLocations"]) == 1
        assert result["level"] in ("error", "warning", "note", "none") and result["message"]["text"]
        for location in (*result["locations"], *result.get("relatedLocations", [])):
            physical = location["physicalLocation"]
            region = physical["region"]
            assert 1 <= region["startColumn"] < region["endColumn"] and region["startLine"] >= 1
            lines = (
                Path(physical["artifactLocation"]["uri"]).read_text(encoding="utf-8").split("\n")
            )
            assert region["endColumn"] <= len(lines[region["startLine"] - 1]) + 1


def test_sarif_counts_characters_not_terminal_columns(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "rules" / "visits.toml"
    line = "when = \"weak and county == '子县' and people >= 0\""
    text = path.read_text(encoding="utf-8").replace('when = "weak"', line)
    path.write_text(text, encoding="utf-8")
    (found,) = api.check(tmp_path, None, {})
    (result,) = api.sarif([found], "en")["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    start = line.index("people") + 1
    assert found.code == "FC706" and found.where.column == start + 2
    assert (region["startColumn"], region["endColumn"]) == (start, start + len("people >= 0"))


ACCEPT = """
[[accept]]
code = "FC711"
where = "floor.low"
reason = { zh = "按文件", en = "by the paper" }
"""


@pytest.mark.parametrize("declared", ["beside the rule", "in the catalogue"])
def test_a_step_is_accepted_alike_in_either_place(tmp_path: Path, cli: Cli, declared: str) -> None:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    if declared == "in the catalogue":
        rules, policies = tmp_path / "rules" / "floor.toml", tmp_path / "policies.toml"
        lines = rules.read_text(encoding="utf-8").splitlines(keepends=True)
        rules.write_text(
            "".join(line for line in lines if "cliff_ok" not in line), encoding="utf-8"
        )
        assert [one.code for one in api.check(tmp_path, None, {})] == ["FC711"]
        policies.write_text(policies.read_text(encoding="utf-8") + ACCEPT, encoding="utf-8")
    assert api.check(tmp_path, None, {}) == []
    (found,) = api.findings(tmp_path, None, {})
    (result,) = api.sarif([found], "en")["runs"][0]["results"]
    (suppression,) = result["suppressions"]
    assert suppression["status"] == "accepted" and "paper" in suppression["justification"]
    assert json.loads(cli("check", tmp_path, "--format", "json").out) == []
    (told,) = json.loads(cli("check", tmp_path, "--format", "json", "--accepted").out)
    assert told["code"] == "FC711" and told["accepted"] == suppression["justification"]


ON_DAYS = [
    ("on < date('2018-01-01')", set()),
    ("on >= date('2018-01-01') and people > 5", set()),
    ("not (on >= date('2018-01-01')) and people > 5", set()),
    ("years(date('1990-01-01'), on) > 5 or people > 5", set()),
    ("on < date('2018-01-01') and people > 5 and people < 5", {"FC703"}),
    ("on >= date('2018-01-01') and people >= 0", {"FC706"}),
]  # fmt: skip


@pytest.mark.parametrize(("when", "codes"), ON_DAYS, ids=[when for when, _ in ON_DAYS])
def test_what_each_day_decides_is_no_finding(tmp_path: Path, when: str, codes: set[str]) -> None:
    text = decides("collect sum") + rule("r", when, "1") + OTHERWISE
    policy(tmp_path, facts=fact("people", 'unit = "person"', "range = [0, 9]"), g=text)
    found = {one.code for one in api.check(tmp_path, None, {})}
    assert found & {"FC703", "FC706"} == codes


def test_the_greatest_of_amounts_may_be_a_share(tmp_path: Path) -> None:
    share = '\n[[rule]]\nid = "s"\nsource = "paper"\nwhen = "people < 5"\n'
    share += 'share = { pool = "100", per = "all", by = "people" }\n'
    text = decides("collect max") + share + rule("r", "people < 5", "200") + OTHERWISE
    policy(tmp_path, facts=fact("people", 'unit = "person"', "range = [0, 9]"), g=text)
    found = [one for one in api.check(tmp_path, None, {}) if one.severity == "warning"]
    assert {(one.code, one.message.en.split("`")[1]) for one in found} == {
        ("FC713", "s"), ("FC711", "r"),
    }  # fmt: skip


MUST = '\n[[must]]\nwhen = "income < 200 or weak"\n'
RICH = fact("income", 'unit = "yuan/year"', "range = [0, 400]") + fact("weak", 'type = "yes/no"')


@pytest.mark.parametrize(
    ("when", "code"), [("income >= 250 and not weak", "FC703"), ("income >= 250 and weak", "FC706")]
)
def test_what_every_row_must_hold_counts_for_conditions(when: str, code: str) -> None:
    programme = decides("first", "granted", YUAN) + rule("r", when, "1") + OTHERWISE
    found = {one.code for one in check_policy(loaded(files(facts=RICH + MUST, g=programme)))}
    assert code in found
    assert code not in {one.code for one in check_policy(loaded(files(facts=RICH, g=programme)))}


@pytest.mark.parametrize("rows", [20, 100])
def test_rules_of_any_that_disagree_are_told_however_many_there_are(rows: int) -> None:
    """The last row repeats the tenth with another amount, and the one before with the same."""
    tests = [(f"people == {n}", str(n)) for n in range(rows)] + [
        ("people == 5", "5"),
        ("people == 9", "1"),
    ]
    rules = "".join(rule(f"r{n}", when, then) for n, (when, then) in enumerate(tests))
    facts = fact("people", 'unit = "person"', f"range = [0, {rows - 1}]")
    found = check_policy(loaded(files(facts=facts, g=decides("any", "granted", YUAN) + rules)))
    told = [one for one in found if one.code in ("FC702", "FC799")]
    assert [one.code for one in told] == ["FC702"]
    assert "`r9`" in told[0].message.en and f"`r{rows + 1}`" in told[0].message.en


def test_a_blank_that_no_range_has_is_asked_about_and_named(tmp_path: Path, cli: Cli) -> None:
    people = fact("people", 'unit = "person"', "range = [1, 9]").replace("required = true\n", "")
    grant = decides("unique") + rule("r", "people > 3", "100") + OTHERWISE
    made = policy(tmp_path, facts=people, g=grant)
    found = cli("check", made, "--lang", "en").out
    assert "[FC728]: `people` may be blank and is then 0" in found
    (tmp_path / "r.csv").write_text("村名,项people\n甲村,\n", encoding="utf-8")
    (tmp_path / "none.csv").write_text("村名\n甲村\n", encoding="utf-8")
    for given in ("r.csv", "none.csv"):
        ran = cli("run", tmp_path / given, "--policy", made, "--no-record", "--lang", "en")
        assert ran.code == 2 and "[FC846]" in ran.err and "is blank" in ran.err
    (village,) = [
        path for path in (tmp_path / "rules").iterdir() if "range" in path.read_text("utf-8")
    ]
    text = village.read_text("utf-8")
    for mended in ("range = [1, 9]\ndefault = 2", "range = [-1, 9]"):
        village.write_text(text.replace("range = [1, 9]", mended), encoding="utf-8")
        assert "[FC728]" not in cli("check", made).out


def test_a_table_too_large_for_a_conclusion_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    (tmp_path / "tables").mkdir()
    rows = "".join(f"村{n},{n % 9}\n" for n in range(6_000))
    (tmp_path / "tables" / "posts.csv").write_text(f"kind,value\n{rows}", encoding="utf-8")
    head = (
        '[tables.posts]\ntitle = { zh = "职数", en = "Posts" }\nkeys = ["kind"]\nunit = "yuan/year"\n'
        'source = "paper"\nfile = "tables/posts.csv"\n'
    )
    grant = decides("unique") + rule("r", "posts[kind] > 3", "posts[kind]") + OTHERWISE
    made = policy(tmp_path, facts=fact("kind", 'type = "text"'), head=head, g=grant)
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    told = " ".join(cli("check", made, "--lang", "en").out.split())
    assert "[FC799]" in told and "table `posts` has too many rows, 6,000" in told
    assert "give the facts" not in told

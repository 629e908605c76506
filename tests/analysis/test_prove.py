"""Proofs: rewritten rules are proved equal; what differs comes with a roster that shows it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fundcalc import api
from fundcalc.analysis import prove as proving
from fundcalc.analysis.prove import Verdict, prove
from fundcalc.analysis.sides import Version
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang
from fundcalc.engines.calculate import reference
from fundcalc.policy.bundle import Bundle, find, find_shipped
from fundcalc.policy.load import load, read
from fundcalc.reports.proof import proof_text
from tests.cli.small import decides, fact, policy, rule
from tests.strategies import MONEY, VILLAGE, catalogue, loaded, policies, programme

ON = date(2020, 1, 1)
REWRITTEN = [
    (
        "rules/operating_funds.toml",
        "collective_income <= income_ceiling if income_ceiling_edge",
        "not (income_ceiling < collective_income) if income_ceiling_edge",
    ),
    (
        "rules/cadre_subsidy.toml",
        "other_cadres * max(subsidy_floor - current_subsidy, 0)",
        "max(other_cadres * subsidy_floor - other_cadres * current_subsidy, 0)",
    ),
    ("rules/municipal_backstop.toml", 'by = "subsidy_gap"', 'by = "max(subsidy_gap, 0)"'),
    (
        "rules/municipal_backstop.toml",
        "supplement_per_village * count(where=county not in backstop_counties or ",
        "supplement_per_village * count(where=not (county in backstop_counties) or ",
    ),
    ("rules/support_measures.toml", "not has_venue", "has_venue == false"),
    (
        "rules/operating_funds.toml",
        'then = "baseline_guarantee"',
        'then = "baseline_guarantee + 0.01"',
    ),
]
"""File, what stands there, what is put in its place. The last changes something."""


def shipped(*changes: tuple[str, str, str]) -> Version:
    content = dict(find_shipped().content)
    for name, old, new in changes:
        text = content[name].decode()
        assert old in text
        content[name] = text.replace(old, new).encode()
    policy, found = read(Bundle("", content))
    assert policy is not None, found
    return Version("v", policy, policy.on, {}, {})


def how(verdict: Verdict) -> dict[str, str]:
    return {one.output: one.how for one in verdict.judged}


def test_a_policy_equals_itself_without_a_question() -> None:
    verdict = prove((shipped(), shipped()))
    assert verdict.equal and set(how(verdict).values()) == {"same"}


def test_rules_written_otherwise_are_proved_equal() -> None:
    verdict = prove((shipped(), shipped(*REWRITTEN[:-1])))
    assert verdict.equal, verdict.judged
    assert how(verdict)["municipal_share"] == "proved"
    assert how(verdict)["party_dues_share"] == "same"


def test_a_slip_in_rewriting_is_shown() -> None:
    verdict = prove((shipped(), shipped(*REWRITTEN)))
    assert verdict.equal is False
    assert how(verdict)["guaranteed_funds"] == "differs"
    assert how(verdict)["municipal_share"] == "proved"
    shows(verdict, shipped(), shipped(*REWRITTEN))


VARIATIONS = [
    "thousand_or_more=exclusive",
    "income_ceiling_edge=exclusive",
    "large_village_clause=within_income_test",
    "supplement_pool=citywide",
    "supplement_pool=flat_per_village",
    "baseline_guarantee=170000.01",
    "subsidy_floor=8000.01",
    "backstop_counties=娄烦县",
    "party_dues_pool=3784999.99",
    "supplement_per_village=29999",
]


@pytest.mark.parametrize("spelt", VARIATIONS)
def test_every_variation_is_shown_by_a_roster(spelt: str) -> None:
    old, new = (api.version(text, api.Basis()) for text in ("shipped", f"shipped,{spelt}"))
    verdict = prove((old, new))
    assert verdict.equal is False
    shows(verdict, old, new)


def test_a_reading_without_effect_under_the_others_is_proved() -> None:
    spelt = ("shipped", "shipped,backstop_counties_in_pool=yes")
    old, new = (api.version(text, api.Basis()) for text in spelt)
    assert prove((old, new)).equal


def test_a_pool_that_differs_hides_nothing_else() -> None:
    """Shares of both sides are different numbers, else no village could meet the terms of both."""
    changed = "shipped,party_dues_pool=1,collective_support_pool=1,upper_band_edge=40000"
    old, new = (api.version(text, api.Basis()) for text in ("shipped", changed))
    found = how(prove((old, new)))
    differ = {"party_dues_share", "collective_support_share", "income_band"}
    assert {id_ for id_, one in found.items() if one == "differs"} == differ
    assert {one for id_, one in found.items() if id_ not in differ} == {"same"}


def shows(verdict: Verdict, old: Version, new: Version) -> None:
    """The roster of a difference, decided by the row evaluator, differs in that output."""
    assert verdict.difference is not None
    shown, output = verdict.difference.shown, verdict.difference.output
    sides = []
    for version in (old, new):
        columns = {id_: [row[id_] for row in shown.rows] for id_ in version.policy.facts}
        try:
            sides.append([row.get(output) for row in reference(version.plan(), columns).rows])
        except PolicyProblem as problem:
            sides.append([problem.diagnostics[0].code])
    assert sides[0] != sides[1]


def test_a_text_of_a_list_that_is_chosen_is_a_text_there_is() -> None:
    """`county in (listed if weak else others)`: only the new list has 乙县, which nothing else names."""
    rule = programme("p0", "项目", "P0", "unique", "o0", MONEY)
    rule += '[[rule]]\nid = "r0"\nsource = "s"\nthen = "1"\n'
    rule += (
        'when = "county in (listed if weak else others)"\n[otherwise]\nid = "none"\nvalue = "0"\n'
    )
    policy = loaded({
        "rules/village.toml": VILLAGE, "rules/p0.toml": rule,
        "policies.toml": catalogue("p0", listed='["甲县"]'),
    })  # fmt: skip
    old = Version("old", policy, ON, {}, {})
    new = Version("new", policy, ON, {}, {"listed": ("乙县",)})
    verdict = prove((old, new))
    assert verdict.equal is False
    shows(verdict, old, new)


@settings(max_examples=6)
@given(policies(villages=6), st.sampled_from(["limit", "each", "listed", "reading", "rule", "all"]))
def test_random_variations(made: object, what: str) -> None:
    """Proved: a random roster shows no difference. Not so: the roster given does."""
    bundle, columns = made.bundle, made.columns  # type: ignore[attr-defined]
    policy, _ = read(bundle)
    assume(policy is not None)
    assert policy is not None
    values = {"limit": 5_000_000, "each": 100, "listed": ("乙县",)}
    old = Version("old", policy, ON, {}, {})
    put = values if what == "all" else {what: values[what]} if what in values else {}
    other_reading = {"reading": "two"} if what in ("reading", "all") else {}
    new = Version("new", policy, ON, other_reading, put)
    if what == "rule":
        text = bundle.content["rules/p0.toml"].replace(b"income <", b"income <=", 1)
        other, _ = read(Bundle("", {**bundle.content, "rules/p0.toml": text}))
        assume(other is not None)
        assert other is not None
        new = Version("new", other, ON, {}, {})
    try:
        verdict = prove((old, new))
        results = [reference(v.plan(), columns) for v in (old, new)]
    except PolicyProblem:
        assume(False)
        raise
    if verdict.equal is False:
        shows(verdict, old, new)
    for one in verdict.judged:
        if one.how in ("same", "proved"):
            assert results[0].column(one.output) == results[1].column(one.output), one


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "LIMIT", 1_000_000)


def test_an_output_that_only_one_policy_has_differs() -> None:
    gone = ("policies.toml", '  "support_measures",\n', "")
    for verdict, which in (
        (prove((shipped(), shipped(gone))), "OLD"), (prove((shipped(gone), shipped())), "NEW"),
    ):  # fmt: skip
        (one,) = [one for one in verdict.judged if one.output == "support_measures"]
        assert one.how == "differs" and one.why is not None
        assert one.why.en == f"only {which} has it"
        assert verdict.equal is False


def test_an_output_paid_by_another_differs() -> None:
    other = ("rules/municipal_backstop.toml", 'payer = "county"', 'payer = "dues"')
    verdict = prove((shipped(), shipped(other)))
    assert verdict.equal is False
    assert {one.output for one in verdict.judged if one.how == "differs"} == {"county_share"}


STOPS = Path(__file__).parents[1] / "conformance" / "policies" / "stops"


def stops(*changes: tuple[str, str, str]) -> Version:
    content = dict(find(STOPS).content)
    for name, old, new in changes:
        assert old in content[name].decode()
        content[name] = content[name].decode().replace(old, new).encode()
    policy, found = read(Bundle("", content))
    assert policy is not None, found
    return Version("v", policy, policy.on, {}, {})


def test_a_fact_of_another_unit_leaves_the_question_open() -> None:
    unit = '[facts.step]\ntitle = { zh = "级", en = "Step" }\nunit = "1"'
    verdict = prove(
        (
            stops(),
            stops(
                ("rules/village.toml", unit, unit.replace('"1"', '"person"')),
                ("rules/single.toml", "1 <= step", "2 <= step"),
            ),
        )
    )
    found = {one.output: one for one in verdict.judged}["single_amount"]
    assert found.how == "unknown" and found.why is not None and "step" in found.why.en
    assert verdict.equal is not True


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_village_that_only_one_policy_can_decide_is_shown_with_the_reason(lang: Lang) -> None:
    bare = "round(money / (of_value * 3), 0.01, 'half up')"
    sound = stops(("rules/granted.toml", bare, f"{bare} if of_value != 0 else 0"))
    verdict = prove((stops(), sound))
    assert verdict.equal is False and verdict.difference is not None
    assert how(verdict)["granted_amount"] == "differs"
    shows(verdict, stops(), sound)
    cannot = {"en": "OLD cannot decide it: ", "zh": "原口径不能决定："}[lang]
    assert cannot in proof_text(verdict, lang)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("name", "people > 3"), ("name", "people > 4")),
        (
            ("'a' if people > 3 else 'b'", "people >= 0"),
            ("'a' if people > 4 else 'b'", "people >= 0"),
        ),
    ],
)
def test_lists_are_told_apart_by_how_often_and_where_a_text_stands(
    tmp_path: Path, one: tuple[str, str], other: tuple[str, str]
) -> None:
    """A list that has a text once more, and one of the same texts in another order."""
    people = fact("people", 'unit = "person"', "range = [0, 9]")
    versions = []
    for label, (then, when) in (("one", one), ("other", other)):
        first = re.sub("'(.)' if (.*) else '(.)'", r"'\3' if \2 else '\1'", then)
        rules = (
            decides("collect", unit="") + rule("r", "people >= 0", first) + rule("s", when, then)
        )
        found, _ = load(policy(tmp_path / label, facts=people, g=rules))
        versions.append(Version(label, found, ON, {}, {}))
    assert prove((versions[0], versions[0])).equal
    assert not prove((versions[0], versions[1])).equal

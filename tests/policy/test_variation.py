"""A plan in which a parameter's value is replaced."""

from __future__ import annotations

from datetime import date

import pytest
from tests.conftest import ROOT

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy.variation import parameter_value, plan_with

EVERYTHING = ROOT / "tests" / "formulas" / "everything"


def test_a_value_in_yuan_replaces_the_parameter_in_fen() -> None:
    policy = api.load_policy()
    value = parameter_value(policy, "baseline_guarantee", "180_000.50")
    plan = plan_with(policy, date(2017, 12, 31), {}, {"baseline_guarantee": value})
    assert plan.constants["baseline_guarantee"] == 18_000_050
    assert plan.since["baseline_guarantee"] == date(2017, 12, 31)
    assert api.plan(policy).constants["baseline_guarantee"] == 17_000_000


def test_a_replaced_value_has_a_digest_of_its_own() -> None:
    policy = api.load_policy()
    plans = [plan_with(policy), *(plan_with(policy, values={"income_ceiling": n}) for n in (1, 2))]
    assert len({plan.digest for plan in plans}) == 3
    assert plan_with(policy).digest == api.plan(policy).digest
    assert plan_with(policy, values={"income_ceiling": 1}).digest == plans[1].digest


def test_a_list_of_text_is_separated_by_commas() -> None:
    found = parameter_value(api.load_policy(), "backstop_counties", "娄烦县，阳曲县, 古交市")
    assert found == ("娄烦县", "阳曲县", "古交市")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("day_now", "2001-03-31", date(2001, 3, 31).toordinal()), ("switch", "False", False),
        ("switch", " true ", True), ("word_now", "=SUM(a)", "=SUM(a)"), ("R1C1", "1_000", 1_000),
        ("line", "-0.5", -50), ("县名", "", ()), ("县名", "甲县, ,乙县，", ("甲县", "乙县")),
    ],
)  # fmt: skip
def test_a_value_of_every_type(name: str, text: str, value: object) -> None:
    policy = api.load_policy(EVERYTHING)
    assert parameter_value(policy, name, text) == value
    assert plan_with(policy, values={name: value}).constants[name] == value  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("day_now", "2001-02-29", "a date"), ("day_now", "1", "a date"),
        ("switch", "maybe", "true or false"), ("line", "yes", "a number of at most 2 decimals"),
        ("line", "92233720368547758.08", "a number of at most 2 decimals"),
    ],
)  # fmt: skip
def test_a_text_of_another_type_is_refused(name: str, text: str, says: str) -> None:
    with pytest.raises(PolicyProblem) as caught:
        parameter_value(api.load_policy(EVERYTHING), name, text)
    (found,) = caught.value.diagnostics
    assert found.code == "FC841" and says in (found.hint or found.message).en


@pytest.mark.parametrize(
    ("name", "text", "code", "says"),
    [
        ("baseline_garantee", "1", "FC840", "did you mean `baseline_guarantee`"),
        ("baseline_guarantee", "many", "FC841", "a number of at most 2 decimals"),
        ("baseline_guarantee", "1.234", "FC841", "a number of at most 2 decimals"),
        ("baseline_guarantee", "NaN", "FC841", "a number of at most 2 decimals"),
        ("large_village_residents", "1.5", "FC841", "a whole number"),
    ],
)
def test_what_is_no_value_is_refused(name: str, text: str, code: str, says: str) -> None:
    with pytest.raises(PolicyProblem) as caught:
        parameter_value(api.load_policy(), name, text)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert says in (found.hint or found.message).en


def test_an_unknown_parameter_is_refused_by_the_plan_too() -> None:
    with pytest.raises(PolicyProblem, match="no parameter `nobody`"):
        plan_with(api.load_policy(), values={"nobody": 1})

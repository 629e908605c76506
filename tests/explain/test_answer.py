"""The answer in few words: what was given, on which comparisons, and why not the next amount."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.api import Run
from fundcalc.base.words import Words
from fundcalc.explain.answer import sentence
from fundcalc.explain.words import answered, now, required

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run() -> Run:
    policy = api.load_policy(ROOT)
    roster = api.read_roster(ROOT / "examples" / "taiyuan-2017.xlsx", policy)
    return api.calculate(api.plan(policy), roster)


def answers(run: Run, village: str) -> dict[str, tuple[str, str]]:
    found = api.explain(run, api.find_village(run, village)[0])
    return {
        one.answer.given.output: (sentence(one.answer, "zh"), sentence(one.answer, "en"))
        for one in found.decisions
    }


def test_an_amount_its_reason_and_the_next_amount(run: Run) -> None:
    found = answers(run, "鹰落沟")
    zh, en = found["guaranteed_funds"]
    assert zh == (
        "170,000（需补足经费 50,000）：集体经济收入 36,800 ≤ 50,000。"
        "未按 200,000 元执行：常住人口 312 < 1,000。"
    )
    assert en == (
        "170,000 (Funding gap 50,000): Collective income 36,800 ≤ 50,000. "
        "Not 200,000: Residents 312 < 1,000."
    )
    assert found["income_band"] == (
        "3万元以上不满5万元：集体经济收入 36,800 ≥ 30,000 且 < 50,000。",
        "30,000 to under 50,000: Collective income 36,800 ≥ 30,000 and < 50,000.",
    )
    zh, en = found["party_dues_share"]
    assert (
        zh
        == "0（符合情形数 0）：须无活动场所；现有。须是软弱涣散村；现不是。集体经济收入 36,800 ≠ 0。"
    )
    assert en == (
        "0 (Grounds for party dues 0): needs: no venue; has one. "
        "needs: “Weak organisation”; is not. Collective income 36,800 ≠ 0."
    )
    assert found["collective_support_share"][1] == (
        "194,476.19: 娄烦县 is among Backstop counties (娄烦县, 阳曲县), "
        "Collective income 36,800 < 50,000, 20,420,000 × 1 ÷ 105."
    )


def test_nothing_and_what_stands_in_the_way_of_each_amount(run: Run) -> None:
    found = answers(run, "孟家岭村")
    assert found["guaranteed_funds"][1] == (
        "0 (Funding gap 0). Not 170,000: Collective income 55,600 > 50,000. "
        "Not 200,000: Residents 854 < 1,000."
    )
    way = "0 (Grounds for party dues 0): 清徐县 is not among Backstop counties (娄烦县, 阳曲县)."
    assert found["party_dues_share"][1] == way, "what is in the way of every rule is said once"


def test_every_village_has_an_answer_that_says_its_amounts(run: Run) -> None:
    """The first words are the amount itself, and a rule that decides always has its reason."""
    explainer = api.explainer(run, alternatives=False)
    for index in range(0, len(run.result.rows), 7):
        for one in explainer.explain(index).decisions:
            found = one.answer
            assert found.given.amount == one.outputs[found.given.output]
            assert [because.rule.id for because in found.rules] == [
                rule.id for rule in one.rules if rule.fired and rule.id in one.fired
            ][-len(found.rules) :] or not found.rules
            assert all(because.grounds for because in (*found.rules, *found.others))


@pytest.mark.parametrize(
    ("title", "wanted", "stands", "zh", "en"),
    [
        (Words("有活动场所", "Has a venue"), False, True, "无活动场所；有", "no venue; has one"),
        (Words("有无活动场所", "Has a venue"), True, False, "有活动场所；无", "a venue; has none"),
        (Words("软弱涣散村", "Weak"), True, False, "是软弱涣散村；不是", "“Weak”; is not"),
        (Words("是否贫困村", "Poor"), False, True, "不是贫困村；是", "not “Poor”; is"),
        (Words("已派书记", "Posted"), False, True, "未派书记；已派书记", "not “Posted”; is"),
        (Words("无劳动能力", "Unfit"), True, False, "无劳动能力；有", "“Unfit”; is not"),
    ],
)
def test_a_question_is_said_as_asked_and_as_it_stands(
    title: Words, wanted: bool, stands: bool, zh: str, en: str
) -> None:
    asked, is_now = required(title, wanted), now(title, stands)
    assert (f"{asked.zh}；{is_now.zh}", f"{asked.en}; {is_now.en}") == (zh, en)


def test_what_stands_is_said_by_itself() -> None:
    venue = Words("有活动场所", "Has a venue")
    assert [answered(venue, yes).zh for yes in (True, False)] == ["有活动场所", "无活动场所"]
    assert [answered(venue, yes).en for yes in (True, False)] == ["has a venue", "has no venue"]

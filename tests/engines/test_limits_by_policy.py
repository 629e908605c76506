"""The limits of durable-rules, met through a policy: split, or refused in words; never a hang."""

from __future__ import annotations

import pytest
from tests.strategies import PERSON, VILLAGE, catalogue, fact, loaded

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.calculate import calculate
from fundcalc.engines.result import Result
from fundcalc.policy.plan import make_plan

FACTS = fact("costarring", "一", "One", PERSON) + fact("liquid", "二", "Two", PERSON)


def compute(conditions: list[str], hit_policy: str = "collect count", **facts: int) -> Result:
    rules = "\n".join(
        f'[[rule]]\nid = "r{n}"\nsource = "s"\nwhen = "{when}"' for n, when in enumerate(conditions)
    )
    programme = (
        '[programme]\nid = "p"\ntitle = { zh = "项目", en = "P" }\n'
        f'hit_policy = "{hit_policy}"\noutput = "o"\n{rules}\n[otherwise]\nid = "none"\n'
    )
    head = catalogue("p", each="1", listed="[]")
    content = {
        "policies.toml": head, "rules/village.toml": VILLAGE + FACTS, "rules/p.toml": programme,
    }  # fmt: skip
    policy = loaded(content)
    row = {
        "code": "1", "name": "村", "county": "甲县", "people": 500, "cadres": 3, "income": 30_000_00,
        "funds": 0, "poor": True, "weak": False, "costarring": 1, "liquid": 2, **facts,
    }  # fmt: skip
    return calculate(make_plan(policy), {name: [value] for name, value in row.items()})


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_many_rules_that_hold_at_once(count: int) -> None:
    result = compute([f"people > {n}" for n in range(count)])
    assert result.rows[0]["o"] == count
    assert result.fired["p"][0] == tuple(f"r{n}" for n in range(count))


@pytest.mark.parametrize("count", [255, 256, 257, 300])
def test_many_rules_with_the_same_condition(count: int) -> None:
    assert compute(["poor"] * count).rows[0]["o"] == count


@pytest.mark.parametrize("count", [512, 513, 700])
def test_many_constants_on_one_field(count: int) -> None:
    assert compute([f"people >= {n}" for n in range(count)]).rows[0]["o"] == min(count, 501)


@pytest.mark.parametrize("nodes", [14, 15, 16, 30])
def test_many_joints_in_one_condition(nodes: int) -> None:
    either = " or ".join(f"(people == {n} and income > {n})" for n in range(nodes))
    both = " and ".join(f"(people != {n} or weak)" for n in range(nodes))
    result = compute([either, both, f"({either}) or ({both})"])
    assert result.fired["p"][0] == ("r1", "r2")


def test_names_that_collide_in_the_engine() -> None:
    assert compute(["costarring == 1", "liquid == 1", "liquid == 2"]).fired["p"][0] == ("r0", "r2")


def test_a_rule_whose_alternatives_all_hold_fires_once() -> None:
    result = compute(["poor or people > 1 or income > 1 or not weak"], "collect")
    assert result.fired["p"][0] == ("r0",)


def test_more_rules_than_the_engine_can_hold_are_refused_in_words() -> None:
    with pytest.raises(PolicyProblem) as problem:
        compute(["poor"] * 4_100)
    [found] = problem.value.diagnostics
    assert found.code == "FC501"
    assert "`p`" in found.message.en


def test_a_difference_beyond_64_bits_is_an_error_not_a_wrap() -> None:
    with pytest.raises(PolicyProblem) as problem:
        compute(["income * 9_000_000_000 * 9_000_000 < funds"])
    assert problem.value.diagnostics[0].code == "FC404"

"""Numbers that go far: exact where 64 bits are too few, an error where no width is enough, never a wrap."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.closed_sets import AMOUNTS
from tests.strategies import VILLAGE, Made, catalogue, loaded, policies, sound

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.core.interval import Interval
from fundcalc.engines import columnar
from fundcalc.engines.calculate import calculate, reference
from fundcalc.engines.result import Result
from fundcalc.policy.plan import Plan, make_plan

MOST = 2**62
FACTS = f"""
[facts.big]
title = {{ zh = "大", en = "Big" }}
unit = "person"
range = [{-MOST}, {MOST}]
[facts.other]
title = {{ zh = "另", en = "Other" }}
unit = "person"
range = [{-MOST}, {MOST}]
[facts.open]
title = {{ zh = "无界", en = "Open" }}
unit = "person"
"""


def planned(value: str, head: str = 'hit_policy = "unique"\nunit = "person"') -> Plan:
    """A policy of one programme that gives `value` where a village is poor, else 0."""
    rule = value if value.startswith("share") else f'then = "{value}"'
    programme = (
        f'[programme]\nid = "p"\ntitle = {{ zh = "项目", en = "P" }}\noutput = "o"\n{head}\n'
        f'[[rule]]\nid = "r"\nsource = "s"\nwhen = "poor"\n{rule}\n'
        '[otherwise]\nid = "none"\nvalue = 0\n'
    )
    content = {
        "policies.toml": catalogue("p", each="1", listed="[]"),
        "rules/village.toml": VILLAGE + FACTS,
        "rules/p.toml": programme,
    }
    return make_plan(loaded(content))


def computed(plan: Plan, big: Sequence[int], other: Sequence[int], **more: int) -> Result:
    """A roster with these numbers, decided on both engines."""
    row = {"people": 500, "cadres": 3, "income": 30_000_00, "funds": 0, "weak": False, "open": 0}
    columns = {name: [value] * len(big) for name, value in {**row, "poor": True, **more}.items()}
    codes = [f"{n:06d}" for n in range(len(big))]
    return calculate(
        plan,
        {
            **columns, "code": codes, "name": codes, "county": ["甲县"] * len(big),
            "big": list(big), "other": list(other),
        },
    )  # fmt: skip


EDGES = st.sampled_from([-MOST, -MOST + 1, -1, 0, 1, 3, 2**31, 2**53 + 1, MOST - 1, MOST])
BIG = EDGES | st.integers(-MOST, MOST)


@settings(max_examples=30)
@given(
    st.sampled_from(
        [
            "big * 4 - big * 3",
            "big + big + big - other - big - big + other",
            "max(big * 4, other * 4) - 3 * max(big, other)",
            "max(min(big * 8, 5), -5)",
            "abs(big * 2) if big * 4 < 100 and big * 4 > -100 else 7",
            "round((big * 1_000_000 + other) / 1_000_000, 1, 'half even')",
            "round(big * 9 / 9, 1, 'down')",
            "round((big * 3 + other) / 4, 1, 'half up')",
            "round(big * other / (abs(other) + 1), 1, 'floor')",
            "-(big - other) + big - other",
            "(1 if big * 4 == other * 4 else 0) + (2 if big * 4 < other * 2 else 0)",
        ]
    ),
    st.lists(st.tuples(BIG, BIG), min_size=1, max_size=5),
)
def test_what_passes_64_bits_on_the_way_is_exact(
    value: str, numbers: list[tuple[int, int]]
) -> None:
    big, other = zip(*numbers, strict=True)
    result = computed(planned(value), big, other)  # both engines, compared
    python = value.replace("1_000_000", "1000000")
    if "round" not in value:
        for row, b, o in zip(result.rows, big, other, strict=True):
            assert row["o"] == eval(python, {"big": b, "other": o})  # noqa: S307 - our own text


@pytest.mark.parametrize(
    "value", ["big * 4", "big + big", "-(big * 3)", "round(big * 9 / 2, 1, 'up')"]
)
@pytest.mark.parametrize("policy", AMOUNTS)
def test_an_amount_beyond_64_bits_is_an_error(value: str, policy: str) -> None:
    plan = planned(value, f'hit_policy = "{policy}"\nunit = "person"')
    with pytest.raises(PolicyProblem) as caught:
        computed(plan, [1, MOST], [1, 1])
    assert caught.value.diagnostics[0].code == "FC404"
    assert "000001" in caught.value.diagnostics[0].message.en


@pytest.mark.parametrize("engine", ["auto", "rules", "columnar"])
@pytest.mark.parametrize(("value", "kind"), [(MOST + 1, "big"), (-1, "open"), (2**63, "open")])
def test_a_value_outside_its_range_is_refused_before_computing(
    engine: str, value: int, kind: str
) -> None:
    plan = planned("big")
    base = computed(plan, [1, 2], [1, 1])
    columns = {name: [row[name] for row in base.rows] for name in plan.policy.facts}
    columns[kind][1] = value
    with pytest.raises(PolicyProblem) as caught:
        calculate(plan, columns, None, engine)  # type: ignore[arg-type]
    (found,) = caught.value.diagnostics
    assert found.code == "FC846"
    assert "000001" in found.message.en and str(value) in found.message.en


def test_a_pool_whose_products_need_128_bits_is_shared_exactly() -> None:
    share = 'share = { pool = "4_000_000_000_000_000 * 1", per = "all", by = "abs(big)" }'
    plan = planned(share, 'hit_policy = "unique"\nunit = "person"')
    weights = [MOST, MOST - 1, MOST // 3, 1, 0]
    result = computed(plan, weights, [1] * 5)
    shares = [row["o"] for row in result.rows]
    assert sum(map(int, shares)) == 4 * 10**15
    total = sum(weights)
    for weight, given_ in zip(weights, shares, strict=True):
        assert 0 <= 4 * 10**15 * weight - (int(given_) - 1) * total <= 2 * total


def test_a_sum_over_a_pool_beyond_64_bits_is_an_error() -> None:
    share = 'share = { pool = "sum(abs(big))", per = "all", by = "1" }'
    with pytest.raises(PolicyProblem) as caught:
        computed(planned(share), [MOST] * 4, [1] * 4)
    assert caught.value.diagnostics[0].code == "FC404"


def test_what_may_need_more_than_128_bits_is_refused_with_the_plan() -> None:
    with pytest.raises(PolicyProblem, match="FC845"):
        planned("1 if open * open * open > 5 else 0")


def test_bounds_follow_the_declared_ranges() -> None:
    plan = planned("max(people - 10_000, 0) + 2 * cadres")
    assert plan.bounds["people"] == Interval(0, 10_000)
    assert plan.bounds["o"] == Interval(0, 200)
    assert planned("big * 4").bounds["o"] == Interval(-(2**63), 2**63 - 1)


@settings(max_examples=60)
@given(policies(villages=6), st.sampled_from(["one", "two"]))
def test_no_amount_leaves_the_bounds_of_its_plan(made: Made, reading: str) -> None:
    policy = sound(made.bundle)
    plan = make_plan(policy, readings={"reading": reading})
    for row in reference(plan, made.columns).rows:
        for name, within in plan.bounds.items():
            if name not in row:  # a part of a value of many rows, which no row has
                assert any(name.endswith(one) for p in plan.programmes for one in p.around), name
                continue
            assert within.low <= int(row[name]) <= within.high  # type: ignore[arg-type]


def test_the_columns_stay_in_64_bits_where_they_can() -> None:
    plan = planned("big * 4 - big * 3")
    small = {
        name: [row[name] for row in computed(plan, [5, 6], [1, 1]).rows]
        for name in plan.policy.facts
    }
    assert not plan.bounds["o"].fits_int64
    decided = columnar.run(plan, small)
    assert decided.known["o"].fits_int64

"""The columnar engine decides as the row evaluator does, on random policies and on awkward numbers."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.closed_sets import AMOUNTS
from tests.strategies import MONEY, VILLAGE, Made, catalogue, loaded, policies, programme, sound

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.sharing import share
from fundcalc.engines import columnar
from fundcalc.engines.calculate import Engine, calculate, reference
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import coded
from fundcalc.engines.columnar.run import Decider
from fundcalc.policy.plan import Plan, make_plan


def _plan(made: Made, reading: str) -> Plan:
    return make_plan(sound(made.bundle), readings={"reading": reading})


@settings(max_examples=40)
@given(policies(villages=12), st.sampled_from(["one", "two"]), st.sampled_from([1, 3, 20]))
def test_columns_decide_as_rows_do(made: Made, reading: str, block: int) -> None:
    """However many villages are decided at a time: all of them, or some and the rest."""
    plan = _plan(made, reading)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[Decider.__module__], "BLOCK", block)
        _decides_as_rows_do(plan, made)


def _decides_as_rows_do(plan: Plan, made: Made) -> None:
    try:
        expected = reference(plan, made.columns)
    except PolicyProblem:
        with pytest.raises(columnar.Anomaly):
            columnar.run(plan, made.columns)
        return
    found = columnar.run(plan, made.columns)
    assert found.rows() == expected.rows
    assert {p.id: found.fired(p.id) for p in plan.programmes} == expected.fired
    assert found.pools == expected.pools


FEN = st.integers(0, 10**6) | st.integers(0, 2**62)


@given(
    st.lists(FEN, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), FEN, FEN | st.integers(0, 30)), max_size=12),
    st.booleans(),
)
def test_pools_in_columns_are_shared_as_one_by_one(
    pools: list[int], claims: list[tuple[int, int, int]], capped: bool
) -> None:
    claims = [(g % len(pools), w, c) for g, w, c in claims]
    group, weights, caps = (np.array([c[i] for c in claims], dtype=np.int64) for i in range(3))
    found = sharing.share(
        np.array(pools, dtype=np.int64),
        group,
        weights,
        (caps if capped else None, None),
        lambda: np.arange(len(claims)),
    )
    for g, pool in enumerate(pools):
        mine = [i for i, claim in enumerate(claims) if claim[0] == g]
        limits = [claims[i][2] if capped else None for i in mine]
        assert [found[i] for i in mine] == share(pool, [claims[i][1] for i in mine], limits)


@pytest.mark.parametrize(
    ("pools", "weights"),
    [
        ([2**63 - 1], [2**61 - 1, 2**60 + 7]),  # a product of 124 bits, a sum of weights of 62
        ([2**63 - 1, 2**62 + 5], [2**61 - 1, 2**60 + 7, 3, 2**61 - 5]),
        ([101], [2**62, 2**62 - 1, 2**62 - 2]),  # remainders that 64 bits do not hold
        ([101, 7], [2**62, 2**62 - 1, 2**62 - 2, 2**62 - 3, 2**62 - 2, 2**62 - 5]),
    ],
)
def test_pools_whose_products_no_float_can_guess(pools: list[int], weights: list[int]) -> None:
    group = np.arange(len(weights), dtype=np.int64) % len(pools)
    found = sharing.share(
        np.array(pools, dtype=np.int64), group, np.array(weights, dtype=np.int64),
        (None, None), lambda: np.arange(len(weights)),
    )  # fmt: skip
    for g, pool in enumerate(pools):
        mine = np.flatnonzero(group == g).tolist()
        assert [int(found[i]) for i in mine] == share(
            pool, [weights[i] for i in mine], [None] * len(mine)
        )
        assert sum(int(found[i]) for i in mine) == pool


def _shared(per: str, pool: str) -> Plan:
    return _one(PART + SHARED.format(per=per, pool=pool), "50_000")


PART = programme("many", "分", "Shared", "first", "part", MONEY)
SHARED = """[[rule]]
id = "weak"
source = "s"
when = "weak"
share = {{ pool = "{pool}", per = "{per}", by = "people" }}
[otherwise]
id = "none"
value = 0
[[also]]
id = "more"
unit = "yuan/year"
value = "part * 2 + income"
"""


def test_a_negative_pool_of_a_group_in_which_nobody_claims_is_of_no_account() -> None:
    plan = _shared("county", "limit - sum(income)")
    columns = _columns(
        county=["甲县", "甲县", "乙县"], people=[1, 3, 5], weak=[True, True, False],
        income=[100_000, 0, 99_999_999],
    )  # fmt: skip
    found = columnar.run(plan, columns)
    assert [row["part"] for row in found.rows()] == [1_225_000, 3_675_000, 0]
    columns["weak"][2] = True
    with pytest.raises(columnar.Anomaly):
        columnar.run(plan, columns)


@pytest.mark.parametrize("engine", ["rules", "columnar", "auto"])
def test_a_negative_pool_of_all_is_said_to_be_of_all(engine: Engine) -> None:
    plan = _shared("all", "limit - sum(income)")
    with pytest.raises(PolicyProblem) as caught:
        calculate(plan, _columns(income=[1, 9_999_999], weak=[True, False]), engine=engine)
    (one,) = caught.value.diagnostics
    assert (one.code, one.message.en) == ("FC405", "the pool of all is negative (-50,000.00)")


@pytest.mark.parametrize("per", ["all", "county", "village"])
def test_columns_without_villages_give_columns_without_villages(per: str) -> None:
    plan = _shared(per, "limit - sum(income)")
    empty = {id_: values[:0] for id_, values in _columns(income=[1]).items()}
    assert columnar.run(plan, empty).rows() == []


MANY = programme("many", "多", "Many", "collect", "met") + '[otherwise]\nid = "none"\n'


def _columns(**given: list[Any]) -> dict[str, list[Any]]:
    """Villages of the random policies' facts, with nothing but what is given."""
    many = len(next(iter(given.values())))
    usual = {"name": "村", "county": "甲县", "people": 0, "cadres": 0, "income": 0, "funds": 0,
             "poor": False, "weak": False}  # fmt: skip
    columns: dict[str, list[Any]] = {id_: [value] * many for id_, value in usual.items()}
    return {"code": [f"{n:06d}" for n in range(many)], **columns, **given}


def _one(programme: str, limit: str = "0") -> Plan:
    """The plan of one programme, `many`."""
    head = catalogue("many", limit=limit, crowd="0", listed="[]")
    files = {"policies.toml": head, "rules/village.toml": VILLAGE, "rules/many.toml": programme}
    return make_plan(loaded(files))


@settings(max_examples=30)
@given(
    st.sampled_from([1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=30),
    st.integers(0, 60),
)
def test_programmes_of_many_rules(rules: int, villages: list[tuple[int, int]], start: int) -> None:
    """Which rules hold is kept in bits, sixteen at a time; every pattern is told from every other."""
    text = MANY + "".join(
        f'[[rule]]\nid = "r{n}"\nsource = "s"\n'
        f'when = "people == {(start + n) % 60} or cadres == {(start + 7 * n) % 60} or people > 57"\n'
        for n in range(rules)
    )
    plan = _one(text)
    columns = _columns(people=[p for p, _ in villages], cadres=[c for _, c in villages])
    expected = reference(plan, columns)
    result = calculate(plan, columns, engine="columnar")
    assert list(result.fired["many"]) == expected.fired["many"]
    assert result.column("met") == expected.column("met")
    codes, names = result.labels("met")
    assert [names[code] for code in codes] == ["+".join(ids) for ids in expected.fired["many"]]


AMOUNT = """[[rule]]
id = "first"
source = "s"
when = "income <= limit"
then = "{then}"
[[rule]]
id = "second"
source = "s"
when = "{when}"
then = "{then}"
[otherwise]
id = "none"
value = "{otherwise}"
"""
BEYOND = "limit * 10_000_000_000_000"
"""More than 64 bits hold, and the same for all villages."""


@pytest.mark.parametrize("engine", ["rules", "columnar", "auto"])
@pytest.mark.parametrize("policy", AMOUNTS)
@pytest.mark.parametrize(
    ("then", "otherwise", "amounts"),
    [
        (f"limit if income <= limit else {BEYOND}", "0", [5_000_000, 0]),
        (f"{BEYOND} if income > limit else 7", BEYOND, None),
        (BEYOND, "0", None),
        (f"-({BEYOND})", "0", None),
        ("0", BEYOND, None),
        (f"{BEYOND} - {BEYOND} + income", "1", [100, 100]),
        (f"min({BEYOND}, income)", "2", [100, 200]),
        (f"round({BEYOND} * 3 / 20_000_000_000_000, 0.01, 'up')", "3", [7_500_000, 300]),
        (f"round({BEYOND} / 3, 1, 'half even') - round({BEYOND} / 3, 1, 'down')", "4", [100, 400]),
        (f"limit if income < {BEYOND} else {BEYOND}", "5", [5_000_000, 500]),
    ],
)  # fmt: skip
def test_constants_beyond_64_bits(
    engine: Engine, policy: str, then: str, otherwise: str, amounts: list[int] | None
) -> None:
    """They may stand on the way to an amount; as an amount they are refused. By hand: income 1, 90,000."""
    when = "income > 100_000 and income <= limit"
    rules = AMOUNT.format(then=then, when=when, otherwise=otherwise)
    plan = _one(programme("many", "额", "Amount", policy, "amount", MONEY) + rules, "50_000")
    columns = _columns(income=[100, 9_000_000])
    if amounts is None:
        with pytest.raises(PolicyProblem) as caught:
            calculate(plan, columns, engine=engine)
        assert [one.code for one in caught.value.diagnostics] == ["FC404"]
    else:
        assert list(calculate(plan, columns, engine=engine).column("amount")) == amounts


ALWAYS = [
    "crowd == crowd",
    "not crowd != crowd",
    "(crowd < 5 if limit <= 1 else crowd >= 0)",
    "(poor if limit > 1 else crowd >= 0)",
    "('甲县' in listed if crowd > 5 else '甲县' not in listed)",
    "crowd in [0, 1]",
    "(crowd == 0 or people > 3)",
    "(crowd == crowd and limit < 1)",
    "crowd - crowd == 0",
    "max(crowd, 0) == 0",
]
"""Conditions that no fact decides, true for crowd and limit of nothing."""


@pytest.mark.parametrize("villages", [1, 2, 5])
@pytest.mark.parametrize("place", ["when", "otherwise", "also", "pool", "choice"])
@pytest.mark.parametrize("always", ALWAYS)
def test_conditions_that_no_fact_decides(always: str, place: str, villages: int) -> None:
    """One truth for all villages is a column of it wherever it stands, for one village as for many."""
    when = always if place == "when" else "people > 2"
    then = f"income if {always} else funds" if place == "choice" else "income"
    otherwise = f"1 if {always} else 2" if place == "otherwise" else "0"
    text = MANY.partition("[otherwise]")[0]
    text = text.replace('"collect"', '"collect sum"').replace('"met"', '"met"\nunit = "yuan/year"')
    text += f'[[rule]]\nid = "r"\nsource = "s"\nwhen = "{when}"\nthen = "{then}"\n'
    text += f'[[rule]]\nid = "never"\nsource = "s"\nwhen = "not ({always})"\nthen = 7\n'
    text += f'[otherwise]\nid = "none"\nvalue = "{otherwise}"\n'
    if place == "also":
        text += f'[[also]]\nid = "more"\nunit = "yuan/year"\nvalue = "3 if {always} else 4"\n'
    if place == "pool":
        text += (
            '[[also]]\nid = "more"\nunit = "yuan/year"\nsource = "s"\n'
            f'share = {{ pool = "sum(income, where={always})", per = "county", by = "1" }}\n'
        )
    plan = _one(text)
    columns = _columns(people=list(range(villages)), income=[100 * n for n in range(villages)])
    expected = reference(plan, columns)
    engines: tuple[Engine, ...] = ("auto", "columnar")
    for engine in engines:
        result = calculate(plan, columns, engine=engine)
        assert list(result.fired["many"]) == expected.fired["many"]
        for output in plan.programmes[0].outputs:
            assert result.column(output.id) == expected.column(output.id)


@pytest.mark.parametrize(
    "counties", [["乙", "甲", "丙"] * 700, ["乙"] * 900 + ["甲"] * 900 + ["乙"]]
)
def test_texts_of_a_series_are_numbered_as_those_of_a_list(counties: list[str]) -> None:
    """Mixed or in runs."""
    ours, theirs = coded(counties), coded(pl.Series(counties))  # type: ignore[arg-type]
    assert ours.table == theirs.table and np.array_equal(ours.codes, theirs.codes)

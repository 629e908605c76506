"""On random policies and rosters with edge values databases and formulas agree with the row evaluator."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.closed_sets import CONSTRUCTS, constructs
from tests.conformance.engine import HERE, Columns, Engine, Outcome, load
from tests.drawing import drawn
from tests.strategies import (
    AREA_EDGES,
    COUNTIES,
    DAY_EDGES,
    MONEY_EDGES,
    PEOPLE_EDGES,
    SCORE_EDGES,
    Made,
    policies,
    sound,
)

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import find
from fundcalc.policy.plan import Plan, make_plan

ROWS = load(HERE / "engines" / "rows.py")
COLUMNS = load(HERE / "engines" / "columnar.py")
DUCKDB = load(HERE / "engines" / "duckdb.py")
SPARK = load(HERE / "engines" / "spark.py")
FORMULAS = load(HERE / "engines" / "formulas.py")


def plan_of(made: Made, reading: str) -> Plan:
    return make_plan(sound(made.bundle), readings={"reading": reading})


def _needs(engine: Engine) -> None:
    reason = engine.missing()
    if reason:
        pytest.skip(reason)


def agree(engine: Engine, plan: Plan, columns: dict[str, list[Value]]) -> None:
    """Values, rules, pools, hinges and what does not hold; where the evaluator stops, the engine must too."""
    try:
        expected = ROWS.run(plan, columns)
    except PolicyProblem:
        with pytest.raises(PolicyProblem):
            engine.run(plan, columns)
        return
    found = engine.run(plan, columns)
    same: Outcome = expected if found.hinges is not None else replace(expected, hinges=None)
    assert found == replace(same, unmet=same.unmet if found.unmet is not None else None)


def test_random_policies_draw_every_construct() -> None:
    """A row of the language's table that no random policy has is held against no engine at random."""
    left = set(CONSTRUCTS)
    for start in range(30):  # some from each of many starts are more various than many from one
        left -= set().union(
            *(constructs(sound(one.bundle)) for one in drawn(policies(1), 10, start))
        )
        if not left:
            break
    assert not left


@settings(max_examples=35, suppress_health_check=list(HealthCheck))
@given(policies(villages=12, stops=True), st.sampled_from(["one", "two"]), st.booleans())
def test_duckdb_agrees(made: Made, reading: str, coded: bool) -> None:
    _needs(DUCKDB)
    columns = dict(made.columns)
    if not coded:  # then the names break ties
        columns["code"] = [""] * len(columns["name"])
    agree(DUCKDB, plan_of(made, reading), columns)


CALENDAR = sound(find(HERE / "policies" / "calendar"))
DATES = st.one_of(
    st.dates(date(1900, 3, 1), date(2100, 12, 31)),
    st.sampled_from([
        date(1957, 12, 31), date(1958, 1, 1), date(2000, 2, 29), date(2017, 2, 28),
        date(2016, 2, 29), date(2017, 12, 31), date(2018, 1, 31),
    ]),
).map(date.toordinal)  # fmt: skip


@st.composite
def dated(draw: st.DrawFn, count: int = 12) -> Columns:
    many = range(draw(st.integers(1, count)))
    columns: dict[str, list[Value]] = {"name": [f"村{n}" for n in many]}
    for id_ in ("born", "began", "last"):
        columns[id_] = [draw(DATES) for _ in many]
    columns["pay_month"] = [draw(st.integers(0, 12)) for _ in many]
    most = draw(st.sampled_from([28, 31]))
    columns["pay_day"] = [draw(st.integers(0, most)) for _ in many]
    return columns


ON = st.sampled_from([date(2017, 12, 31), date(2020, 2, 29), date(2019, 3, 1)])


@settings(max_examples=7, suppress_health_check=list(HealthCheck))  # each makes its SQL anew
@given(dated(40), ON)
def test_engines_agree_on_dates(columns: Columns, on: date) -> None:
    plan = make_plan(CALENDAR, on)
    for engine in (COLUMNS, DUCKDB):
        _needs(engine)
        agree(engine, plan, dict(columns))


@pytest.mark.office
@pytest.mark.xdist_group("formulas")
def test_formulas_agree_on_dates() -> None:
    _needs(FORMULAS)
    assert FORMULAS.many is not None
    cases = [
        (make_plan(CALENDAR, on), columns)
        for columns, on in drawn(st.tuples(dated(), ON), 8, 20171233)
    ]
    for (plan, columns), found in zip(cases, FORMULAS.many(cases), strict=True):
        if isinstance(found, PolicyProblem):
            with pytest.raises(PolicyProblem):
                ROWS.run(plan, columns)
            continue
        expected = ROWS.run(plan, columns)
        assert (found.outputs, found.fired) == (expected.outputs, expected.fired)


@pytest.mark.slow
@settings(max_examples=3_000, suppress_health_check=list(HealthCheck))
@given(policies(villages=40, stops=True), st.sampled_from(["one", "two"]))
def test_duckdb_agrees_at_length(made: Made, reading: str) -> None:
    _needs(DUCKDB)
    agree(DUCKDB, plan_of(made, reading), made.columns)


def large(villages: int, start: int) -> dict[str, list[Value]]:
    """A roster of edge values and others; figures are random."""
    pick = random.Random(start)

    def some(edges: list[int], most: int) -> int:
        return pick.choice(edges) if pick.random() < 0.5 else pick.randint(0, most)

    many = range(villages)
    return {
        "code": [f"{n:08d}" for n in pick.sample(range(10**8), villages)],
        "name": [f"村{n}" for n in many],
        "county": [pick.choice(COUNTIES) for _ in many],
        "people": [some(PEOPLE_EDGES, 10_000) for _ in many],
        "cadres": [some([0, 1, 100], 100) for _ in many],
        "income": [some(MONEY_EDGES, 100_000_000) for _ in many],
        "funds": [some(MONEY_EDGES, 100_000_000) for _ in many],
        "poor": [pick.random() < 0.5 for _ in many],
        "weak": [pick.random() < 0.5 for _ in many],
        "born": [pick.choice(DAY_EDGES) for _ in many],
        "left": [pick.choice(DAY_EDGES) for _ in many],
        "area": [some(AREA_EDGES, 500_000) for _ in many],
        "score": [pick.choice(SCORE_EDGES) for _ in many],
    }


@pytest.mark.xdist_group("spark")
@seed(20171231)
@settings(
    max_examples=5, derandomize=False, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(policies(villages=1, before=False), st.integers(0, 10**6))
def test_spark_agrees(made: Made, start: int) -> None:
    _needs(SPARK)
    agree(SPARK, plan_of(made, "one"), large(300, start))


def agree_in_one_go(made: list[tuple[Made, str]]) -> None:
    """As `agree`, for formulas; outputs that a workbook stores without one are few."""
    _needs(FORMULAS)
    assert FORMULAS.many is not None
    cases: list[tuple[Plan, Columns]] = [
        (plan_of(one, option), one.columns) for one, option in made
    ]
    outputs = compared = 0
    for (plan, columns), found in zip(cases, FORMULAS.many(cases), strict=True):
        if isinstance(found, PolicyProblem):
            with pytest.raises(PolicyProblem):
                ROWS.run(plan, columns)
            continue
        expected = ROWS.run(plan, columns)
        outputs, compared = outputs + len(expected.outputs), compared + len(found.outputs)
        shown = {id_: values for id_, values in expected.outputs.items() if id_ in found.outputs}
        assert (found.outputs, found.fired) == (shown, expected.fired)
    assert compared > 0.9 * outputs > 0


ONE = st.sampled_from(["one", "two"])


@pytest.mark.office
@pytest.mark.xdist_group("formulas")
def test_formulas_agree() -> None:
    agree_in_one_go(drawn(st.tuples(policies(villages=12), ONE), 12, 20171231))


@pytest.mark.slow
@pytest.mark.office
@pytest.mark.xdist_group("formulas")
def test_formulas_agree_at_length() -> None:
    agree_in_one_go(drawn(st.tuples(policies(villages=25), ONE), 150, 20171232))

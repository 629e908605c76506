"""Pools of a cluster: no task has all villages of a pool, and every fen is where one machine puts it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.databases import run_in
from tests.conformance.engine import HERE, Columns, Outcome, load
from tests.conformance.test_random import agree, plan_of
from tests.strategies import VILLAGE, Made, catalogue, loaded, policies, programme

from fundcalc.engines.sql.database import DUCKDB, Duck
from fundcalc.policy.plan import Plan, make_plan

ROWS = load(HERE / "engines" / "rows.py")
SPARK = load(HERE / "engines" / "spark.py")

SHARES = {
    "all": 'pool = "limit * count() + 0.07", per = "all", by = "funds"',
    "county": 'pool = "limit * count() + 0.07", per = "county", by = "people"',
    "alike": 'pool = "limit + 0.77", per = "all", by = "1"',
    "little": 'pool = "0.29", per = "county", by = "people"',
    "capped": 'pool = "limit", per = "all", by = "people", at_most = "income"',
    "level": 'pool = "limit * 3", per = "county", by = "funds", at_most = "funds"',
    "both": 'pool = "limit + sum(min(funds, 0.5))", per = "county", by = "people", '
    'at_most = "funds", at_least = "min(funds, 0.5)"',
    "floors": 'pool = "limit * 7 + sum(funds)", per = "all", by = "people", at_least = "funds"',
}


def pooled(*shares: str) -> Plan:
    """A policy of these shares."""
    text = programme("p", "项目", "P", "collect count", "n")
    text += '[[rule]]\nid = "r"\nsource = "s"\nwhen = "poor"\n[otherwise]\nid = "none"\nvalue = 0\n'
    for share in shares:
        text += f'[[also]]\nid = "to_{share}"\nunit = "yuan/year"\nshare = {{ {SHARES[share]} }}\n'
    return make_plan(
        loaded({
            "policies.toml": catalogue("p"), "rules/village.toml": VILLAGE, "rules/p.toml": text,
        })
    )  # fmt: skip


def skewed(villages: int, start: int, *, coded: bool) -> Columns:
    """Nine of ten villages in one county; many alike, many with a weight of nought; invented figures."""
    pick = random.Random(start)
    many = range(villages)
    weights = [0, 1, 1, 1, 3, 600, pick.randint(1, 10_000)]
    return {
        "code": [
            f"{100_000_000_000 + 7 * n}" if coded else "" for n in pick.sample(many, villages)
        ],
        "name": [f"村{n}" for n in many],
        "county": ["甲县" if pick.random() < 0.9 else pick.choice(["乙县", "丙县"]) for _ in many],
        "people": [pick.choice(weights) for _ in many],
        "cadres": [0 for _ in many],
        "income": [pick.choice([0, 1, 30, 30, pick.randint(0, 9_000)]) for _ in many],
        "funds": [pick.choice([0, 1, 7, 7, pick.randint(0, 9_000_000)]) for _ in many],
        "poor": [pick.random() < 0.5 for _ in many],
        "weak": [False for _ in many],
    }


def counted(plan: Plan, columns: Columns) -> Outcome:
    """What the queries of a cluster give, in DuckDB."""
    with closing(Duck()) as database:
        database.dialect = replace(DUCKDB, spreads=True)
        return run_in(database, plan, columns)


COUNTED = replace(load(HERE / "engines" / "duckdb.py"), run=counted)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(policies(villages=12), st.booleans())
def test_a_pool_is_shared_alike_without_ranking_all(made: Made, coded: bool) -> None:
    columns = dict(made.columns)
    if not coded:  # then counties and names break ties
        columns["code"] = [""] * len(columns["name"])
    agree(COUNTED, plan_of(made, "one"), columns)


@pytest.mark.parametrize("coded", [True, False])
def test_ties_floors_and_caps_of_many_alike(coded: bool) -> None:
    for start in range(3):
        agree(COUNTED, pooled(*SHARES), skewed(3_000, start, coded=coded))


_LINE = re.compile(r"^([\s:|+-]*)(?:\*\(\d+\) )?(\w+)(.*)$")


def shuffles(plan: str) -> Iterator[tuple[str, bool]]:
    """How each shuffle distributes rows, and whether these are villages: neither added up nor of groups."""
    lines = [match.groups() for match in map(_LINE.match, plan.splitlines()) if match]
    for at, (before, step, text) in enumerate(lines):
        if step == "Exchange":
            below = _added_up(lines[at + 1 :], len(before))
            yield text, any(map(_villages, below))


def _added_up(lines: list[tuple[str, str, str]], top: int) -> Iterator[tuple[str, str, str]]:
    """What is below a step, without what is below a sum or is sent whole to every task."""
    depth: int | None = None
    for before, step, text in takewhile(lambda one: len(one[0]) > top, lines):
        if depth is None or len(before) <= depth:
            few = step.endswith("Aggregate") or step == "BroadcastExchange"
            depth = len(before) if few else None
            if not few:
                yield before, step, text


def _villages(line: tuple[str, str, str]) -> bool:
    return line[1] == "FileScan" and not re.search(r"/pool\d+_(groups|level)\w*\]", line[2])


def executions(store: Any) -> Iterator[tuple[int, str]]:
    """The id and the plan of each statement that Spark still knows; it forgets the oldest of many."""
    known = store.executionsList()
    for n in range(known.size()):
        one = known.apply(n)
        yield int(one.executionId()), one.physicalPlanDescription()


@pytest.mark.xdist_group("spark")
def test_no_task_of_spark_has_all_villages_of_a_pool() -> None:
    reason = SPARK.missing()
    if reason:
        pytest.skip(reason)
    from pyspark.sql import SparkSession
    from tests.conformance.sessions import session

    session()
    spark = SparkSession.getActiveSession()
    plan, columns = pooled("capped", "county"), skewed(400, 1, coded=True)
    told = {"spark.sql.maxPlanStringLength": "10000000", "spark.sql.ui.explainMode": "simple"}
    store = spark._jsparkSession.sharedState().statusStore()  # what its web page shows
    before = max((id_ for id_, _ in executions(store)), default=-1)
    for name, value in told.items():
        spark.conf.set(name, value)
    try:
        outcome = SPARK.run(plan, columns)
        plans = [text for id_, text in executions(store) if id_ > before]
    finally:
        for name in told:
            spark.conf.unset(name)
    assert outcome == replace(ROWS.run(plan, columns), hinges=outcome.hinges)
    found = [one for text in plans for one in shuffles(text)]
    assert any("SinglePartition" in how for how, _ in found)  # of buckets, which are few
    over_villages = [how for how, villages in found if villages]
    assert over_villages
    for (
        how
    ) in over_villages:  # the few that are alike up to the end of their codes; the result, sorted
        assert "last_cell" in how or how.startswith(" rangepartitioning(village"), how

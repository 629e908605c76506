"""What counting tells of the rows of a decision table is what trying every village tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc.analysis.check import check_policy
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.engines.written import Judge
from fundcalc.language.edges import Grid
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Value
from fundcalc.language.show import show
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import draft_plan
from tests.cli.small import OTHERWISE, decides, fact, files, rule
from tests.strategies import loaded

PLACES, PEOPLE, DAYS = ("甲", "乙", "丙"), 6, 4
FACTS = (
    fact("place", 'type = "text"', f"options = {list(PLACES)}")
    + fact("people", 'unit = "person"', f"range = [0, {PEOPLE}]")
    + fact("days", 'unit = "person"', f"range = [0, {DAYS}]")
    + fact("weak", 'type = "yes/no"')
)
ASKED = ("days <= people", "days <= people or weak")
MUSTS = ("", "people <= 4", "days <= 2 or weak", *ASKED)
CELLS = {
    "place": st.sampled_from(["-", '"甲"', '"甲", "丙"', 'not("乙")']),
    "people": st.sampled_from(
        ["-", "< 3", ">= 3", "3", "[1..3]", "[1..3)", "(3..5]", "[3..6]", "not(2)"]
    ),
    "days": st.sampled_from(["-", "-", "<= 2", "> 2", "[0..2)"]),
    "weak": st.sampled_from(["-", "-", "yes", "no"]),
}
AMOUNTS = st.sampled_from(["100", "200", "300"])
FORMULAS = st.sampled_from(
    ["100", "300", "people * rate", "min(people * rate, 200)", "people * rate + 50", "days * rate",
     "round(people * rate / 3, 100, 'up')", "300 if weak else people * rate", "max(days * rate, 150)"]
)  # fmt: skip
RATE = """
[parameters.rate]
title = { zh = "标准", en = "Rate" }
unit = "yuan/(person·year)"
source = "paper"
values = { 2019-01-01 = 90 }
"""


@st.composite
def tables(draw: st.DrawFn, *hits: str, amounts: st.SearchStrategy[str] = AMOUNTS) -> Policy:
    hit, must = draw(st.sampled_from(hits)), draw(st.sampled_from(MUSTS))
    rows = draw(st.lists(st.tuples(st.tuples(*CELLS.values()), amounts), min_size=2, max_size=6))
    lines = [
        ",".join(
            [f"r{n},,paper,,", *('"' + cell.replace('"', '""') + '"' for cell in (*cells, amount))]
        )
        for n, (cells, amount) in enumerate(rows)
    ]
    head = ",".join(["id,title,source,from,until", *CELLS, "granted"])
    text = decides(hit) + 'rules_from = "tables/g.csv"\n' + OTHERWISE
    facts = FACTS + (f'\n[[must]]\nwhen = "{must}"\n' if must else "")
    table = {"tables/g.csv": "\n".join([head, *lines])}
    return loaded({**files(facts=facts, head=RATE, g=text), **table})


def checked(policy: Policy) -> list[Diagnostic]:
    """What the checks find without z3, unless what must hold compares two facts."""
    with pytest.MonkeyPatch.context() as patch:
        if not {show(must.when) for must in policy.musts} & {*ASKED}:
            patch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
        return check_policy(policy)


def everyone(policy: Policy) -> Iterator[tuple[dict[str, Value], tuple[str, ...]]]:
    """Every village that there can be, with the rules whose conditions it meets."""
    plan, _ = draft_plan(policy)
    judge = Judge(plan, plan.programmes[0])
    musts = [evaluation(must.when) for must in policy.musts]
    kinds = product(PLACES, range(PEOPLE + 1), range(DAYS + 1), (False, True))
    for values in kinds:
        row: dict[str, Value] = {"name": "村", **dict(zip(CELLS, values, strict=True))}
        if all(must(row) for must in musts):
            yield row, judge.matches(row)


def told(found: list[Diagnostic], *codes: str) -> set[frozenset[str]]:
    """The rules that findings of some codes name."""
    some = [one for one in found if one.code in codes]
    return {frozenset(re.findall(r"`(r\d+)`", one.message.en)) for one in some}


@settings(max_examples=40)
@given(tables("unique", "any"))
def test_rows_that_overlap_are_those_that_some_village_meets(policy: Policy) -> None:
    clash = policy.programmes[0].hit_policy == "unique"
    amounts = {rule.id: rule.then for rule in policy.programmes[0].rules}
    pairs = {
        frozenset(pair)
        for _, rules in everyone(policy)
        for pair in combinations(rules, 2)
        if clash or getattr(amounts[pair[0]], "value", 0) != getattr(amounts[pair[1]], "value", 0)
    }
    found = checked(policy)
    assert told(found, "FC701", "FC702", "FC709") == pairs
    assert not {"FC701", "FC702", "FC705", "FC709", "FC710"} & {one.about for one in found}


@settings(max_examples=40)
@given(tables("first", "collect max", "collect min"))
def test_rows_that_never_decide_are_those_that_decide_for_no_village(policy: Policy) -> None:
    programme = policy.programmes[0]
    order = list(enumerate(programme.rules))
    if programme.hit_policy != "first":
        sign = -1 if programme.hit_policy == "collect max" else 1
        order.sort(key=lambda one: (sign * getattr(one[1].then, "value", 0), one[0]))
    ranked = [rule.id for _, rule in order]
    rows = list(everyone(policy))
    met = {id_ for _, rules in rows for id_ in rules}
    decide = {min(rules, key=ranked.index) for _, rules in rows if rules}
    found = checked(policy)
    beaten = {re.findall(r"`(r\d+)`", one.message.en)[0] for one in found if one.code == "FC704"}
    assert beaten == met - decide
    reached = any(not rules for _, rules in everyone(replace(policy, musts=())))
    assert ("FC705" in {one.code for one in found}) != reached
    assert not {"FC704", "FC705"} & {one.about for one in found}


@settings(max_examples=40)
@given(tables("collect max", "collect min", amounts=FORMULAS))
def test_rows_of_formulas_never_decide_just_where_another_always_gives_more(policy: Policy) -> None:
    plan, _ = draft_plan(policy)
    (programme,) = plan.programmes
    sign = -1 if programme.hit_policy == "collect max" else 1
    gives = {
        rule.id: evaluation(simplify(rule.then, plan.constants))
        for rule in programme.rules
        if rule.then is not None
    }
    order, rows = list(gives), list(everyone(policy))
    decide = {
        min(rules, key=lambda id_: (sign * int(gives[id_](row)), order.index(id_)))  # type: ignore[arg-type]
        for row, rules in rows
        if rules
    }
    found = check_policy(policy)
    beaten = {re.findall(r"`(r\d+)`", one.message.en)[0] for one in found if one.code == "FC704"}
    assert beaten == {id_ for _, rules in rows for id_ in rules} - decide
    assert "FC704" not in {one.about for one in found}


@settings(max_examples=40)
@given(tables("collect sum"))
def test_what_rows_leave_are_the_villages_that_none_has(policy: Policy) -> None:
    rows = [(row, rules) for row, rules in everyone(replace(policy, musts=()))]
    ends = {"people": (0, PEOPLE), "days": (0, DAYS)}
    rules = policy.programmes[0].rules
    grid = Grid.of([rule.when for rule in rules], (), ends)
    assert grid is not None
    whole = Grid(grid.axes, tuple(grid.left(grid.everywhere, range(len(rules)))))
    for row, met in rows:
        assert whole.holding(row).bit_count() == (not met)
        assert grid.holding(row) == sum(1 << n for n, rule in enumerate(rules) if rule.id in met)


def test_of_very_many_overlaps_a_few_are_told_and_how_many_there_are() -> None:
    lines = [f"r{n},,paper,,,>= {n},{n}" for n in range(100)]
    head = "id,title,source,from,until,people,granted"
    facts = fact("people", 'unit = "person"', "range = [0, 100_000]")
    text = decides("unique") + 'rules_from = "tables/g.csv"\n' + OTHERWISE
    policy = loaded({**files(facts=facts, g=text), "tables/g.csv": "\n".join([head, *lines])})
    found = [one for one in check_policy(policy) if one.code == "FC701"]
    assert len(found) == 4 and [one.witness is not None for one in found] == [True] * 3 + [False]
    assert found[-1].message.en.startswith("4950 pairs of rules of `g` overlap, of 100 rules")


@pytest.mark.parametrize("people", ["", "range = [0, 9]"])
@pytest.mark.parametrize("must", ["days <= people", "days <= people or weak", "days * 2 < people"])
def test_a_must_between_facts_is_met_where_ranges_are_open(must: str, people: str) -> None:
    facts = fact("people", 'unit = "person"', people) + fact("days", 'unit = "person"')
    facts += fact("weak", 'type = "yes/no"') + f'\n[[must]]\nwhen = "{must}"\n'
    rules = rule("many", "days > 3", "1") + rule("few", "days > 3 and people < 3", "2")
    policy = loaded(files(facts=facts, g=decides("collect sum") + rules + OTHERWISE))
    found = [one for one in check_policy(policy) if one.code in ("FC703", "FC704", "FC799")]
    dead = [] if "weak" in must else ["few"]
    assert [one.spans[0] for one in found] == [
        rule_.span for rule_ in policy.programmes[0].rules if rule_.id in dead
    ]

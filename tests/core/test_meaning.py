"""What the core says is what was written: random expressions, row by row, by an evaluator of its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from itertools import product
from typing import Any, assert_never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.closed_sets import COMPARISONS, DIRECTIONS, HIT_POLICIES

from fundcalc.core import nodes as core
from fundcalc.core.decision import (
    Agree,
    Allot,
    AtLeastOne,
    AtMostOne,
    Define,
    HitPolicy,
    Output,
    Rule,
    decision,
)
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.core.nodes import Node
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import FIRST_DAY, LAST_DAY, Date, Number, YesNo
from fundcalc.language.evaluate import DivisionByZero, NoDay, NoRow, NoValue, evaluation
from fundcalc.language.nodes import Comparison
from fundcalc.language.parse import parse
from fundcalc.language.reader import Scope, Symbol
from fundcalc.language.syntax import Source
from fundcalc.language.units import PLAIN

NAMES = ("people", "cadres", "crowd")
SCOPE = Scope({
    **{name: Symbol(name, "fact", Number(PLAIN, 0)) for name in NAMES},
    "poor": Symbol("poor", "fact", YesNo()),
    "born": Symbol("born", "fact", Date()),
    "began": Symbol("began", "fact", Date()),
})  # fmt: skip
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def read(text: str) -> written.Node:
    node, faults = parse(Source(text), SCOPE, None)
    assert node is not None, [fault.message.en for fault in faults]
    return node


def meaning(node: Node, row: Mapping[str, Any]) -> Any:
    """A node's value; a number is seen to lie within its bounds, and to fail only where it may."""
    try:
        value = _value(node, row)
    except NoValue:
        assert node.fails
        raise
    if node.kind in ("number", "date"):
        assert node.bounds.low <= value <= node.bounds.high
        assert node.widest.low <= node.bounds.low and node.bounds.high <= node.widest.high
    return value


def _value(node: Node, row: Mapping[str, Any]) -> Any:
    match node:
        case core.Const():
            return node.value
        case core.Name():
            return row[node.id]
        case core.Let():
            return meaning(node.body, {**row, node.name.id: meaning(node.value, row)})
        case core.Arithmetic() | core.Compare():
            return _OPERATORS[node.op](meaning(node.left, row), meaning(node.right, row))
        case core.Quotient():
            top, bottom = meaning(node.top, row), meaning(node.bottom, row)
            assert bottom >= 0
            if not bottom:
                raise DivisionByZero((0, 0))
            return top // bottom
        case core.Logic():
            every = all if node.op == "and" else any
            return every(meaning(item, row) for item in node.items)
        case core.Not():
            return not meaning(node.item, row)
        case core.Choice():
            met = next((value for holds, value in node.cases if meaning(holds, row)), node.rest)
            assert not node.apart or sum(meaning(holds, row) for holds, _ in node.cases) <= 1
            return meaning(met, row)
        case core.Extreme():
            return (min if node.op == "min" else max)(meaning(item, row) for item in node.items)
        case core.Member():
            return meaning(node.item, row) in meaning(node.texts, row)
        case core.Listing():
            return tuple(meaning(text, row) for holds, text in node.parts if meaning(holds, row))
        case core.Lookup():
            item = meaning(node.item, row)
            held = core.looked_up(item, node.keys, node.values, ranged=node.ranged)
            held = node.rest if held is None else held
            if held is None:
                raise NoRow((0, 0), "", "")
            return held
        case core.Group():
            raise AssertionError("no pool is shared here")
    assert_never(node)


def _numbers(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    conditions = st.one_of(
        st.builds("({} {} {})".format, below, st.sampled_from(COMPARISONS), below),
        st.builds("({} in [{}, {}, 2])".format, below, st.integers(0, 9), st.integers(0, 9)),
        st.builds("({} {} {} {} poor)".format, below, st.sampled_from(COMPARISONS), below,
                  st.sampled_from(["and", "or"])),
        st.builds("(not {} < {} <= {})".format, below, below, below),
        st.builds("(poor {} round(1 / {}, 1, 'up') > 0)".format,
                  st.sampled_from(["and", "or"]), below),
    )  # fmt: skip
    return st.one_of(
        st.builds("({} {} {})".format, below, st.sampled_from("+-*"), below),
        st.builds("-{}".format, below),
        st.builds("abs({})".format, below),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), below, below),
        st.builds("({} if {} else {})".format, below, conditions, below),
        st.builds("round({} / {}, {}, '{}')".format, below, below, st.integers(1, 3),
                  st.sampled_from(DIRECTIONS)),
    )  # fmt: skip


EXPRESSIONS = st.recursive(
    st.one_of(st.sampled_from(NAMES), st.integers(0, 9).map(str)), _numbers, max_leaves=8
)
ENDS = st.tuples(st.integers(-9, 9), st.integers(-9, 9)).map(lambda ends: Interval(*sorted(ends)))


@pytest.mark.parametrize("op", COMPARISONS)
def test_a_comparison_is_decided_just_where_all_numbers_within_bounds_agree(op: Comparison) -> None:
    ends = [Interval(low, high) for low in range(-2, 3) for high in range(low, 3)]
    for left, right in product(ends, ends):
        node = core.compare(op, core.name("a", "number", left), core.name("b", "number", right))
        pairs = product(range(left.low, left.high + 1), range(right.low, right.high + 1))
        said = {_OPERATORS[op](one, other) for one, other in pairs}
        assert ({node.value} if isinstance(node, core.Const) else {True, False}) == said


def outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except DivisionByZero:
        return "division by zero"


@settings(max_examples=500)
@given(st.data(), EXPRESSIONS, st.tuples(ENDS, ENDS, ENDS))
def test_an_expression_means_in_the_core_what_it_means_as_written(
    data: st.DataObject, text: str, ends: tuple[Interval, ...]
) -> None:
    expression = read(text)
    known = dict(zip(NAMES, ends, strict=True))
    node = Desugar("", {}, known).node(expression)
    for _ in range(5):
        row: dict[str, Any] = {id_: data.draw(st.integers(*one)) for id_, one in known.items()}
        row["poor"] = data.draw(st.booleans())
        as_written = outcome(lambda row=row: evaluation(expression)(row))  # type: ignore[misc]
        assert outcome(lambda row=row: meaning(node, row)) == as_written  # type: ignore[misc]


@pytest.mark.parametrize("policy", [one for one in HIT_POLICIES if one != "collect"])
@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=4),
    st.none() | st.integers(-9, 9), ENDS, st.data(),
)  # fmt: skip
def test_a_hit_policy_means_in_the_core_what_it_means_as_written(
    policy: HitPolicy,
    rules: list[tuple[int, int]],
    otherwise: int | None,
    ends: Interval,
    data: st.DataObject,
) -> None:
    """Rule n holds where people is at most its limit, and gives its value plus people."""
    people = core.name("people", "number", ends)
    made = [
        Rule(str(n), core.compare("<=", people, core.whole(limit)),
             None if policy == "collect count" else core.plus(core.whole(value), people))
        for n, (limit, value) in enumerate(rules)
    ]  # fmt: skip
    found = decision("p", policy, made, None if otherwise is None else core.whole(otherwise), "o")
    number = data.draw(st.integers(*ends))
    row: dict[str, Any] = {"people": number}
    met = [value + number for limit, value in rules if number <= limit]
    refused = (policy == "unique" and len(met) > 1) or (not met and otherwise is None)
    refused |= policy == "any" and len(set(met)) > 1
    assert refused is _refused(found.steps, row)
    if refused:
        return
    expected = {
        "unique": lambda: met[0], "first": lambda: met[0], "any": lambda: met[0],
        "collect max": lambda: max(met), "collect min": lambda: min(met),
        "collect sum": lambda: sum(met), "collect count": lambda: len(met),
    }  # fmt: skip
    assert row["o"] == (expected[policy]() if met else otherwise)
    first = [str(n) for n, (limit, _) in enumerate(rules) if number <= limit]
    decided = [rule for rule, name in found.decides if row[name.id]]
    assert decided == (first[:1] if policy == "first" else first)


def _refused(steps: tuple[Any, ...], row: dict[str, Any]) -> bool:
    """The steps one by one; whether one refuses the village."""
    for step in steps:
        match step:
            case Define():
                row[step.name.id] = meaning(step.node, row)
            case Output():
                row[step.name.id] = meaning(step.node, row)
            case AtMostOne():
                if sum(row[name.id] for name in step.conditions) > 1:
                    return True
            case AtLeastOne():
                if not any(row[name.id] for name in step.conditions):
                    return True
            case Agree():
                said = [meaning(value, row) for holds, value in step.cases if row[holds.id]]
                if any(value != row[step.result.id] for value in said):
                    return True
            case Allot():
                raise AssertionError("no pool is shared here")
            case _:
                raise AssertionError(step)
    return False


DAYS = st.one_of(
    st.integers(FIRST_DAY, LAST_DAY),
    st.builds(
        lambda year, month, day: date(year, month, 1).toordinal() + day,
        st.sampled_from([1900, 1999, 2000, 2019, 2020, 2100]),
        st.sampled_from([1, 2, 3, 12]),
        st.sampled_from([-2, -1, 0, 1, 27, 28, 29, 30]),
    ),
)
OF_DATES = (
    "year(born)", "days(born, began)", "months(born, began)", "years(born, began)",
    "years(born, date('2020-02-29'))", "months(date('2019-01-31'), began)",
    "days(date(people, cadres, crowd), began)", "year(date(people, 2, 29))",
    *(f"years(born, date('2020-02-29')) {op} 18" for op in COMPARISONS),
    *(f"0 {op} months(date('2019-01-31'), began)" for op in COMPARISONS),
    *(f"year(born) {op} 2000" for op in COMPARISONS), "days(born, date('2020-03-01')) == 1",
    "months(date(year(born) + 1, cadres, 31), began)", "days(born, began) + 1 * day",
)  # fmt: skip


@settings(max_examples=500)
@given(
    st.sampled_from(OF_DATES), DAYS, DAYS,
    st.integers(-1, 10_001), st.integers(-1, 14), st.integers(-1, 33),
)  # fmt: skip
def test_dates_mean_in_the_core_what_python_makes_of_them(
    text: str, born: int, began: int, year: int, month: int, day: int
) -> None:
    written_ = read(text)
    ends = {name: Interval(FIRST_DAY, LAST_DAY) for name in ("born", "began")}
    ends |= {"people": Interval(-1, 10_001), "cadres": Interval(-1, 14), "crowd": Interval(-1, 33)}
    node = Desugar("", {}, ends).node(written_)
    row = {"born": born, "began": began, "people": year, "cadres": month, "crowd": day}
    try:
        expected = evaluation(written_)(row)
    except NoDay:
        with pytest.raises(NoRow):
            meaning(node, row)
        return
    assert meaning(node, row) == expected


@pytest.mark.parametrize(
    ("start", "end", "months", "years"),
    [
        ("1957-12-31", "2017-12-30", 719, 59), ("1957-12-31", "2017-12-31", 720, 60),
        ("2000-02-29", "2018-02-27", 215, 17), ("2000-02-29", "2018-02-28", 216, 18),
        ("2000-02-29", "2020-02-28", 239, 19), ("2000-02-29", "2020-02-29", 240, 20),
        ("2019-01-31", "2019-02-27", 0, 0), ("2019-01-31", "2019-02-28", 1, 0),
        ("2019-01-31", "2019-04-29", 2, 0), ("2019-01-31", "2019-04-30", 3, 0),
        ("2019-02-28", "2019-03-27", 0, 0), ("2019-02-28", "2019-03-28", 1, 0),
        ("2020-03-01", "2019-02-28", -12, -1), ("2019-05-15", "2019-05-15", 0, 0),
        ("0001-01-01", "9999-12-31", 119_987, 9_998),
    ],
)  # fmt: skip
def test_months_and_years_are_complete_on_the_day_or_on_the_last_of_a_month_without_it(
    start: str, end: str, months: int, years: int
) -> None:
    for text, count in (("months", months), ("years", years)):
        node = read(f"{text}(date('{start}'), date('{end}'))")
        assert evaluation(node)({}) == count
        assert Desugar("", {}, {}).node(node) == core.whole(count)

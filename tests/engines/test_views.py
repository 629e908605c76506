"""A result that stays in columns answers every question as one kept row by row does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.corpus import examples
from tests.engines.test_calculate import plan_of
from tests.strategies import Made, policies

from fundcalc.engines.calculate import calculate, reference
from fundcalc.engines.result import Result, label, rows_of, tie_order
from fundcalc.language.datatypes import Number, Text, Texts
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan

EXAMPLES = [e for e in examples() if e.error is None and ", all with" in e.id]
Columns = dict[str, Sequence[Value]]


def as_lists(values: Sequence[Value]) -> Sequence[Value]:
    return list(values)


def as_arrays(values: Sequence[Value]) -> Sequence[Value]:
    """As the readers of large files give them."""
    if isinstance(values[0], str):
        return pl.Series(values, dtype=pl.String)  # type: ignore[return-value]
    return np.array(values)  # type: ignore[return-value]


def named(found: tuple[object, Sequence[str]]) -> list[str]:
    codes, names = found
    return [names[code] for code in np.asarray(codes).tolist()]


def alike(one: Result, other: Result, plan: Plan, at: slice) -> None:
    """`one` keeps rows, `other` columns."""
    villages = len(one.rows)
    assert len(other.rows) == villages
    assert other.rows[at] == one.rows[at] and list(other.rows) == list(one.rows)
    if villages:
        assert other.rows[-1] == one.rows[-1] and other.rows[0] == one.rows[0]
    kinds = {id_: fact.type for id_, fact in plan.policy.facts.items()}
    kinds |= {o.id: o.type for p in plan.policy.programmes for o in p.outputs}
    for id_, kind in kinds.items():
        assert list(other.column(id_)) == one.column(id_)
        if isinstance(kind, Number):
            assert other.numbers(id_, at).tolist() == one.numbers(id_, at).tolist()
            assert [other.number(n, id_) for n in range(villages)] == one.column(id_)
        elif isinstance(kind, Text | Texts):
            assert named(other.labels(id_, at)) == named(one.labels(id_, at))
            expected = ["+".join(v) if isinstance(v, tuple) else v for v in one.column(id_)[at]]
            assert named(one.labels(id_, at)) == expected
    for id_ in ("code", "name", "county", "town"):
        assert named(other.groups(id_)) == named(one.groups(id_)) == [
            str(row.get(id_, "")) for row in one.rows
        ]  # fmt: skip
        names = one.groups(id_)[1]
        assert list(names) == list(dict.fromkeys(str(row.get(id_, "")) for row in one.rows))
    for programme in plan.policy.programmes:
        id_ = programme.id
        assert list(other.fired[id_]) == list(one.fired[id_])
        assert other.fired[id_][at] == one.fired[id_][at]
        assert named(other.rules_met(id_, at)) == named(one.rules_met(id_, at))
        assert [(rule, mask.tolist()) for rule, mask in other.held(id_)] == [
            (rule, mask.tolist()) for rule, mask in one.held(id_)
        ]
        for rule in programme.rules:
            when = plan.programme(id_).rules[0].when
            assert other.truth(when).tolist() == one.truth(when).tolist()
            for index in range(villages):
                pool = one.pool_of(id_, rule.id, index)
                assert other.pool_of(id_, rule.id, index) == pool
                assert (pool is not None) <= (rule.share is not None)


@settings(max_examples=60)
@given(
    policies(villages=8), st.sampled_from([as_lists, as_arrays]),
    st.tuples(st.none() | st.integers(0, 4), st.none() | st.integers(3, 8)),
)  # fmt: skip
def test_random_policies(
    made: Made, kept: Callable[[Sequence[Value]], Sequence[Value]], ends: tuple[int, int]
) -> None:
    plan = plan_of(made)
    columns: Columns = {id_: kept(values) for id_, values in made.columns.items()}
    found = calculate(plan, columns, engine="columnar")
    alike(reference(plan, made.columns), found, plan, slice(*ends))


@pytest.mark.parametrize("kept", [as_lists, as_arrays])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_the_corpus(example: object, kept: Callable[[Sequence[Value]], Sequence[Value]]) -> None:
    plan, given_ = example.plan, example.columns  # type: ignore[attr-defined]
    columns = {id_: kept(values) for id_, values in given_.items()}
    found = calculate(plan, columns, engine="columnar")
    alike(reference(plan, given_), found, plan, slice(1, None))


@pytest.mark.parametrize("kept", [as_lists, as_arrays])
def test_ties_without_codes(kept: Callable[[Sequence[Value]], Sequence[Value]]) -> None:
    """Names break them; the roster is turned round, so that its order is another."""
    example = next(e for e in EXAMPLES if e.policy.id == "pools")
    turned = {id_: list(values)[::-1] for id_, values in example.columns.items()}
    turned["code"] = [""] * len(turned["name"])
    turned["name"] = [f"村{n:03}" for n in range(len(turned["name"]))][::-1]
    found = calculate(
        example.plan, {id_: kept(values) for id_, values in turned.items()}, engine="columnar"
    )
    alike(reference(example.plan, turned), found, example.plan, slice(None))


def test_columns_become_rows() -> None:
    columns: Columns = {"a": np.array([1, 2]), "b": pl.Series(["x", "y"]), "c": [True, False]}  # type: ignore[dict-item]
    assert rows_of(columns) == [{"a": 1, "b": "x", "c": True}, {"a": 2, "b": "y", "c": False}]
    assert all(
        type(value) in (int, str, bool) for row in rows_of(columns) for value in row.values()
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "东村", "county": "甲县", "code": "1"}, "东村 (甲县, 1)"),
        ({"name": "东村", "county": "", "code": "1"}, "东村 (1)"), ({"name": "东村"}, "东村"),
        ({"name": "", "code": "1", "county": "甲县"}, "1 (甲县)"), ({"code": "1"}, "1"), ({}, ""),
    ],
)  # fmt: skip
def test_a_village_is_named_by_what_is_known_of_it(row: dict[str, Value], said: str) -> None:
    assert label(row) == said


def test_ties_go_by_code_else_by_county_town_and_name() -> None:
    coded = [{"code": c, "name": n} for c, n in (("3", "a"), ("1", "z"), ("2", "b"))]
    assert tie_order(coded) == [1, 2, 0]
    bare = [
        {"code": "", "county": c, "town": t, "name": n}
        for c, t, n in (("b", "a", "a"), ("a", "b", "a"), ("a", "a", "b"), ("a", "a", "a"))
    ]
    assert tie_order(bare) == [3, 2, 1, 0]
    assert tie_order([{"name": "b"}, {"name": "a"}]) == [1, 0]

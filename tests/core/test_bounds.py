"""The bounds of an expression hold all that it can give, and no more where each name stands once."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.language.test_expressions import read

from fundcalc.base.money import DIRECTIONS, Direction, divide
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.core.nodes import Node
from fundcalc.language.evaluate import evaluation

SMALL = st.tuples(st.integers(-7, 7), st.integers(-7, 7)).map(lambda e: Interval(*sorted(e)))
ONCE = [
    "people", "people + 0.5", "people - 0.25 * cadres",
    "-people", "abs(people)", "people + cadres", "people - cadres", "people * cadres",
    "abs(people - cadres)", "min(people, cadres)", "max(people, cadres)", "min(people, 3, cadres)",
    "max(people, cadres, 2)", "people if poor else cadres", "-people * cadres", "people * -3",
    "abs(people) if poor else -5", "min(people + cadres, 4)", "max(people + cadres, crowd)",
    "people - cadres + crowd", "round(people, 5, 'half up')", "round(people / 3, 1, 'down')",
    "round(people / 3, 1, 'up')", "round(people / -3, 1, 'floor')", "round(people / 2, 2, 'half even')",
    "round(people * cadres / 4, 3, 'ceiling')", "round(people + 0.5, 1, 'half up')",
]  # fmt: skip
OFTEN = [
    "people - people", "people * people", "max(people, cadres) - people", "abs(people) - people",
    "round((people + cadres) / 2, 1, 'half up') - people", "people if people > 2 else -people",
]  # fmt: skip


def core(text: str, known: dict[str, Interval]) -> Node:
    return Desugar("", {}, known).node(read(text))


def values(text: str, known: dict[str, Interval]) -> list[int]:
    run = evaluation(read(text))
    ranges = [range(one.low, one.high + 1) for one in known.values()]
    return [
        int(str(run({**dict(zip(known, row, strict=True)), "poor": poor})))
        for row in product(*ranges) for poor in (True, False)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ONCE)
@settings(max_examples=25)
@given(SMALL, SMALL, SMALL)
def test_exact_where_each_name_stands_once(
    text: str, people: Interval, cadres: Interval, crowd: Interval
) -> None:
    known = {"people": people, "cadres": cadres}
    if "crowd" in text:
        known["crowd"] = crowd
    found, all_ = core(text, known).bounds, values(text, known)
    assert found == Interval(min(all_), max(all_))


@pytest.mark.parametrize("text", OFTEN)
@settings(max_examples=25)
@given(SMALL, SMALL)
def test_wide_enough_elsewhere(text: str, people: Interval, cadres: Interval) -> None:
    known = {"people": people, "cadres": cadres}
    found, all_ = core(text, known).bounds, values(text, known)
    assert found.low <= min(all_) and max(all_) <= found.high


@given(SMALL, SMALL, st.sampled_from(DIRECTIONS))
def test_quotients(top: Interval, bottom: Interval, direction: Direction) -> None:
    all_ = [
        divide(a, b, direction)
        for a in range(top.low, top.high + 1) for b in range(bottom.low, bottom.high + 1) if b
    ]  # fmt: skip
    found = top.over(bottom, direction)
    if all_:
        assert found.low <= min(all_) and max(all_) <= found.high
        if bottom.low > 0 or bottom.high < 0:
            assert found == Interval(min(all_), max(all_))


@pytest.mark.parametrize(
    ("text", "widest"),
    [
        ("people > 1", (0, 10)), ("people * 1_000 > 1", (0, 10_000)),
        ("people * 1_000 > 9_000", (0, 10_000)),
        ("people > 0 and cadres - 1_000 < -995", (-1_000, 1_000)), ("not (people + 5 > 6)", (0, 15)),
        ("1 if people * 7 > 3 else 2", (0, 70)), ("round(people / 3, 100, 'up')", (0, 300)),
        ("round(people / 3, 100, 'half up')", (0, 300)),
        ("min(people, cadres * 50)", (0, 500)), ("abs(people - 90)", (-90, 90)),
    ],
)  # fmt: skip
def test_numbers_on_the_way_count(text: str, widest: tuple[int, int]) -> None:
    """A condition compares numbers that are wider than anything that comes out of it."""
    known = {"people": Interval(0, 10), "cadres": Interval(0, 10)}
    assert core(text, known).widest == Interval(*widest)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("people * 1_000 > 20_000", "poor and people < 0"), ("people >= 0", "people <= 10"),
        ("people + 1 if people > 10 else 5", "5"), ("people in [11, 12]", "not people >= 0"),
        ("round(people / 3, 1, 'floor') if poor or 1 < 2 else 7", "round(people / 3, 1, 'floor')"),
    ],
)  # fmt: skip
def test_what_bounds_decide_is_not_asked(text: str, plain: str) -> None:
    known = {"people": Interval(0, 10)}
    assert core(text, known) == core(plain, known)


def test_what_a_number_must_hold_in_64_and_128_bits() -> None:
    for bits in (64, 128):
        most = 2 ** (bits - 1) - 1
        fits = (lambda one: one.fits_int64) if bits == 64 else (lambda one: one.fits_int128)
        assert fits(Interval(-most, most))
        assert not fits(Interval(-most - 1, 0)) and not fits(Interval(0, most + 1))
    low, high = -(2**63), 2**63 - 1
    for one, clipped in (
        ((low - 5, high + 5), (low, high)), ((3, 4), (3, 4)), ((high + 1, high + 2), (high, high)),
        ((low - 9, low - 5), (low, low)), ((low - 1, 7), (low, 7)), ((-7, high + 1), (-7, high)),
    ):  # fmt: skip
        assert Interval(*one).clipped() == Interval(*clipped)

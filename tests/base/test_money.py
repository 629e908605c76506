"""Money in fen: reading, printing and the named roundings against exact fractions."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.money import DIRECTIONS, Direction, divide, grouped, plain, scaled

_DECIMAL = {
    "down": ROUND_DOWN,
    "up": ROUND_UP,
    "half up": ROUND_HALF_UP,
    "half even": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 4, 5, 8, 10, 25, -4, -10]),
       st.sampled_from(DIRECTIONS))  # fmt: skip
def test_roundings_are_those_of_decimal(top: int, bottom: int, direction: Direction) -> None:
    exact = Decimal(top) / Decimal(bottom)  # ends, for these divisors
    rounded = exact.quantize(Decimal(1), _DECIMAL[direction], Context(prec=60))
    assert divide(top, bottom, direction) == int(rounded)


@pytest.mark.parametrize(
    ("top", "direction", "rounded"),
    [
        (5, "half up", 3), (-5, "half up", -3), (5, "half even", 2), (7, "half even", 4),
        (-5, "down", -2), (-5, "floor", -3), (5, "up", 3), (-5, "ceiling", -2),
    ],
)  # fmt: skip
def test_halves(top: int, direction: Direction, rounded: int) -> None:
    assert divide(top, 2, direction) == rounded


@given(st.integers(-(2**63), 2**63))
def test_printed_amounts_read_back(fen: int) -> None:
    assert scaled(Decimal(plain(fen, 2)), 2) == fen
    assert grouped(fen, 2).replace(",", "") == plain(fen, 2)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("5.3", 530), ("0.01", 1), ("0.001", None), ("-0.5", -50), ("1E+5", 10_000_000), ("NaN", None),
     ("Infinity", None), ("1E+999999", None), ("0E+999999", 0), ("1E-999999", None)],
)  # fmt: skip
def test_decimal_numbers_become_fen_or_are_refused(text: str, fen: int | None) -> None:
    assert scaled(Decimal(text), 2) == fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (100_000_000, "1,000,000.00"),
        (-12_345_678, "-123,456.78"),
    ],
)
def test_amounts_for_readers(fen: int, text: str) -> None:
    assert grouped(fen, 2) == text

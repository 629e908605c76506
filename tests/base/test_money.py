"""Money in fen: reading, printing and the named roundings against exact fractions."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.money import (
    DIRECTIONS,
    Direction,
    divide,
    fits_int64,
    grouped,
    plain,
    scaled,
)

_DECIMAL = {
    "down": ROUND_DOWN,
    "up": ROUND_UP,
    "half up": ROUND_HALF_UP,
    "half down": ROUND_HALF_DOWN,
    "half even": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 4, 5, 8, 10, 25, -4, -10]),
       st.sampled_from(DIRECTIONS))  # fmt: skip
def test_roundings_are_those_of_decimal(top: int, bottom: int, direction: Direction) -> None:
    exact = Decimal(top) / Decimal(bottom)  # ends, for these divisors
    assert direction in _DECIMAL, (
        f"say here what {direction!r} is, by decimal's roundings or its own"
    )
    rounded = exact.quantize(Decimal(1), _DECIMAL[direction], Context(prec=60))
    assert divide(top, bottom, direction) == int(rounded)


@pytest.mark.parametrize(
    ("top", "direction", "rounded"),
    [
        (5, "half up", 3), (-5, "half up", -3), (5, "half down", 2), (-5, "half down", -2),
        (5, "half even", 2), (7, "half even", 4),
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
     ("Infinity", None), ("1E+999999", None), ("0E+999999", 0), ("1E-999999", None),
     ("-0.005", None), ("0.010", 1), ("-12.340", -1234), ("1E+60", 10**62), ("1E+61", None),
     ("9.99E+60", 999 * 10**60), ("1E-60", None), ("0E-61", 0), ("-Infinity", None), ("sNaN", None)],
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
        (-50, "-0.50"),
        (-100_000, "-1,000.00"),
    ],
)
def test_amounts_for_readers(fen: int, text: str) -> None:
    assert grouped(fen, 2) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text", "for_readers"),
    [(0, 0, "0", "0"), (-1_234, 0, "-1234", "-1,234"), (5, 3, "0.005", "0.005"), (-5, 3, "-0.005", "-0.005"),
     (1_234_567, 3, "1234.567", "1,234.567"), (1_000, 1, "100.0", "100.0"), (999, 1, "99.9", "99.9")],
)  # fmt: skip
def test_other_decimals(value: int, decimals: int, text: str, for_readers: str) -> None:
    assert plain(value, decimals) == text
    assert grouped(value, decimals) == for_readers
    assert scaled(Decimal(text), decimals) == value


def test_what_64_bits_hold() -> None:
    held = [-(2**63) - 1, -(2**63), 2**63 - 1, 2**63]
    assert [fits_int64(value) for value in held] == [False, True, True, False]


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12), st.sampled_from(DIRECTIONS))
def test_a_sign_on_either_side_turns_the_quotient(
    top: int, bottom: int, direction: Direction
) -> None:
    assert divide(-top, -bottom, direction) == divide(top, bottom, direction)
    assert divide(top, -bottom, direction) == divide(-top, bottom, direction)

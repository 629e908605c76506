"""Money as whole fen (1/100 yuan), and the named roundings. Nothing about money is a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, assert_never, get_args

FEN_DECIMALS = 2
INT64_MAX = 2**63 - 1

PARQUET_DIGITS = 18
"""Digits of an amount in a parquet, decimal(18, 2); 64 bits of fen may have one more."""
MOST_DIGITS = 38
"""Digits of a decimal number in 128 bits."""

Direction = Literal["down", "up", "half up", "half down", "half even", "floor", "ceiling"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


def fits_int64(value: int) -> bool:
    """Whether a whole number can be kept in 64 bits, which every engine and file format can hold."""
    return -INT64_MAX - 1 <= value <= INT64_MAX


def divide(numerator: int, denominator: int, direction: Direction) -> int:
    """The quotient of two whole numbers rounded to a whole number.

    `down` cuts towards zero, `up` goes away from it; `half up` is 四舍五入: to the nearest, halves
    away from zero; `half down` sends halves towards zero, `half even` to the even neighbour; `floor`
    and `ceiling` go towards minus and plus infinity. The denominator must not be zero.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    floor, remainder = divmod(numerator, denominator)
    if not remainder:
        return floor
    above, tie = 2 * remainder > denominator, 2 * remainder == denominator
    match direction:
        case "floor":
            up = False
        case "ceiling":
            up = True
        case "down":
            up = numerator < 0
        case "up":
            up = numerator > 0
        case "half up":
            up = above or (tie and numerator > 0)
        case "half down":
            up = above or (tie and numerator < 0)
        case "half even":
            up = above or (tie and floor % 2 != 0)
        case _:
            assert_never(direction)
    return floor + up


def plain(value: int, decimals: int) -> str:
    """A whole number of smallest units with its decimal point: `plain(12_000_000, 2)` is 120000.00."""
    if not decimals:
        return str(value)
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def grouped(value: int, decimals: int) -> str:
    """As `plain`, with a comma between thousands, for readers: 120,000.00."""
    if not decimals:
        return f"{value:,}"
    units, fraction = divmod(abs(value), 10**decimals)
    return f"{'-' if value < 0 else ''}{units:,}.{fraction:0{decimals}}"


def yuan(fen: int) -> str:
    """Fen as yuan for readers: 120,000.00."""
    return grouped(fen, FEN_DECIMALS)


def plain_yuan(fen: int) -> str:
    """Fen as yuan for programs: 120000.00."""
    return plain(fen, FEN_DECIMALS)


def scaled(number: Decimal, decimals: int) -> int | None:
    """A decimal number as a whole number of smallest units, or None where it has further decimals."""
    if not number.is_finite() or abs(number.adjusted()) > 60:
        return 0 if number.is_zero() else None
    sign, digits, exponent = number.as_tuple()
    value = int("".join(map(str, digits)))
    shift = int(exponent) + decimals
    if shift >= 0:
        value *= int(10**shift)
    else:
        value, remainder = divmod(value, int(10**-shift))
        if remainder:
            return None
    return -value if sign else value


# -- 大写 ------------------------------------------------------------------------------------------

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_YI, _WAN = 10**8, 10**4


def capitals(fen: int) -> str:
    """An amount in fen as 大写: `capitals(1_200_001)` is 壹万贰仟元零壹分."""
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, fraction = divmod(fen, 100)
    jiao, last = divmod(fraction, 10)
    text = f"{_capital(yuan)}元" if yuan or not fraction else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif last and yuan:
        text += "零"
    return text + (f"{_DIGITS[last]}分" if last else "整")


def _capital(number: int) -> str:
    """A whole number; 零 once between parts where the lower one does not fill its first place."""
    for size, name in ((_YI, "亿"), (_WAN, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return f"{_capital(high)}{name}{gap}{_capital(low) if low else ''}"
    if not number:
        return _DIGITS[0]
    text = ""
    for place, digit in zip(_PLACES, f"{number:04d}", strict=True):
        text += _DIGITS[int(digit)] + (place if digit != "0" else "")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")

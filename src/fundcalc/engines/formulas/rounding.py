"""`round(numerator / denominator, step, direction)` as a formula, exact to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import DIV0, NO_FUZZ, Cell, Expr, integer, lift
from fundcalc.engines.formulas.helpers import Helpers
from fundcalc.language.nodes import Round

_TOP = Words("被除数", "numerator")
_BOTTOM = Words("除数", "divisor")
_WHOLE = Words("整商", "whole quotient")


def rounded(
    helpers: Helpers, node: Round, top: Expr, bottom: Expr, values: Callable[[], list[Cell]]
) -> Expr:
    """The node's formula, with its `values` to store.

    The divisor may have any sign; where it is zero, the formula gives #DIV/0!.
    """
    bottom = _scaled(helpers, bottom, node.step)
    lazy = bottom.low <= 0 <= bottom.high or top.lazy or bottom.lazy
    if bottom.low < 0:
        bottom = helpers.named(bottom, _BOTTOM)
        top = _signed(helpers.named(top, _TOP), bottom)
        most = max(abs(bottom.low), abs(bottom.high))
        bottom = _of(f"ABS({bottom.text})", _abs, (bottom,), (0, most))
    bottom, top = helpers.named(bottom, _BOTTOM), helpers.named(top, _TOP)
    text = _quotient(helpers, node, top, bottom)
    most = max(abs(top.low), abs(top.high)) + node.step
    bounds = (0 if top.low >= 0 else -most, most)
    text = f"({text})*{node.step}" if node.step != 1 else text
    return Expr(f"({text})", values, *bounds, lazy=lazy, depth=6)


def whole(helpers: Helpers, top: Expr, bottom: Expr) -> Expr:
    """The quotient of two whole numbers cut to the whole number below."""
    bounds = (0 if top.low >= 0 else top.low, max(top.high, 0))
    plain = _of(f"INT({top.text}/{bottom.text})", _floor, (top, bottom), bounds)
    if max(abs(top.low), abs(top.high)) < NO_FUZZ:
        return plain
    # INT may take a quotient a hair under a whole number for that number.
    top = helpers.named(top, _TOP)
    rough = helpers.keep(
        _of(f"INT({top.text}/{bottom.text})", _floor, (top, bottom), bounds), _WHOLE
    )
    text = f"({rough.text}-IF({rough.text}*{bottom.text}>{top.text},1,0))"
    return Expr(text, rough.values, *bounds, depth=2)


def _quotient(helpers: Helpers, node: Round, top: Expr, bottom: Expr) -> str:
    """The rounded quotient; `bottom` is not negative, and both are atoms."""
    if node.direction == "floor":
        return whole(helpers, top, bottom).text
    if node.direction == "ceiling":
        minus = _of(f"(-{top.text})", lambda t: -t, (top,), (-top.high, -top.low))
        return f"-{whole(helpers, minus, bottom).text}"
    sign, size = "", top
    if top.low < 0:
        most = max(abs(top.low), abs(top.high))
        sign, size = f"SIGN({top.text})*", _of(f"ABS({top.text})", _abs, (top,), (0, most))
    s, b = size.text, bottom.text
    if node.direction == "down":
        return sign + whole(helpers, size, bottom).text
    if node.direction == "up":
        high = size.high + bottom.high
        more = _of(f"({s}+{b}-1)", lambda t, d: t + d - 1, (size, bottom), (0, high))
        return sign + whole(helpers, helpers.bounded(more, _TOP), bottom).text
    if node.direction == "half up":
        high = 2 * size.high + bottom.high
        twice = _of(f"(2*{s}+{b})", lambda t, d: 2 * t + d, (size, bottom), (0, high))
        double = _of(f"(2*{b})", lambda d: 2 * d, (bottom,), (0, 2 * bottom.high))
        return sign + whole(helpers, helpers.bounded(twice, _TOP), double).text
    if node.direction == "half down":
        q = helpers.named(whole(helpers, size, bottom), _WHOLE).text
        return f"{sign}({q}+IF(2*({s}-{q}*{b})>{b},1,0))"
    return sign + _half_even(helpers, size, bottom)


def _half_even(helpers: Helpers, size: Expr, bottom: Expr) -> str:
    """The quotient to the nearest, halves to the even neighbour; `size` is not negative."""
    q = helpers.named(whole(helpers, size, bottom), _WHOLE).text
    rest = f"2*({size.text}-{q}*{bottom.text})"
    return f"({q}+IF({rest}>{bottom.text},1,IF({rest}={bottom.text},{q}-2*INT({q}/2),0)))"


def _scaled(helpers: Helpers, bottom: Expr, step: int) -> Expr:
    """The divisor times the step."""
    if step == 1:
        return bottom
    bounds = (bottom.low * step, bottom.high * step)
    if bottom.atom and bottom.low == bottom.high:
        text = integer(bottom.low * step)
    else:
        text = f"({bottom.text}*{step})"
    scaled = _of(text, lambda b: b * step, (bottom,), bounds)
    if scaled.low == scaled.high:
        scaled = Expr(scaled.text, scaled.values, *bounds, atom=True)
    return helpers.bounded(scaled, _BOTTOM)


def _signed(top: Expr, bottom: Expr) -> Expr:
    """The numerator with the divisor's sign put on it."""
    most = max(abs(top.low), abs(top.high))
    text = f"IF({bottom.text}<0,-{top.text},{top.text})"
    return _of(text, lambda t, b: -t if b < 0 else t, (top, bottom), (-most, most))


def _of(
    text: str, function: Callable[..., Cell], parts: tuple[Expr, ...], bounds: tuple[int, int]
) -> Expr:
    lazy = any(part.lazy for part in parts)
    depth = 1 + max(part.depth for part in parts)
    return Expr(
        text, lambda: lift(function, *(p.values() for p in parts)), *bounds, lazy=lazy, depth=depth
    )


def _abs(value: Cell) -> Cell:
    return abs(cast("int", value))


def _floor(top: Cell, bottom: Cell) -> Cell:
    return cast("int", top) // cast("int", bottom) if bottom else DIV0

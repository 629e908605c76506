"""Each village's whole part of what caps leave, and the remainder, exact within 15 digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

from fundcalc.engines.formulas.caps import Level
from fundcalc.engines.formulas.cells import LIMIT, NO_FUZZ, Cell, Err, TooLarge, whole
from fundcalc.engines.formulas.claims import Claims, Pool
from fundcalc.engines.formulas.ground import Col, Ground

_USUAL = 1_000
"""Serves weights and pools up to some ten thousand million yuan together."""

_ROOM = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """By group the open weights; by village the same, the whole part and the remainder."""

    open_group: Col
    open: Col
    whole: Col
    remainder: Col


def divide(ground: Ground, claims: Claims, pool: Pool, level: Level) -> Parts:
    """Weight * rest / open weights. Raises TooLarge where a product cannot be split small enough."""
    direct = claims.most * pool.most < NO_FUZZ
    factor = 1 if direct else _factor(claims, level)
    text = level.open_text
    if not direct:
        text = f"IF({factor}*({level.rest.cell}+{text})<1E+15,{text},NA())"
    open_group = ground.group("open", text, level.open_values)
    rest = _for_villages(ground, claims, "rest", level.rest)
    open_ = _for_villages(ground, claims, "open", open_group)
    quotients: list[Cell] = []
    over: list[Cell] = []
    for weight, r, o in zip(claims.weight.values, rest.values, open_.values, strict=True):
        quotient, remainder = divmod(whole(weight) * whole(r), whole(o)) if o else (0, 0)
        quotients.append(quotient)
        over.append(remainder)
    w, r, o = claims.weight.cell, rest.cell, open_.cell
    if not direct:
        return Parts(open_group, open_, *_in_two(ground, (w, r, o), factor, quotients, over))
    q = ground.village("quotient", f"IF({o}>0,INT({w}*{r}/{o}),0)", quotients)
    m = ground.village("remainder", f"IF({o}>0,{w}*{r}-{q.cell}*{o},0)", over)
    return Parts(open_group, open_, q, m)


def _for_villages(ground: Ground, claims: Claims, key: str, column: Col) -> Col:
    """A group's figure for each village that takes part in it; 0 for others."""
    values = [
        ground.of_group(column.values, index) if weight else 0
        for index, weight in enumerate(claims.weight.values)
    ]
    return ground.village(key, f"IF({claims.within},{ground.looked_up(column)},0)", values)


def _factor(claims: Claims, level: Level) -> int:
    """The power of ten by which products are split: the usual one where there is room for change."""
    pairs = [
        (whole(r), whole(o))
        for r, o in zip(level.rest.values, level.open_values, strict=True)
        if not isinstance(r, Err) and not isinstance(o, Err)
    ]
    most_rest = max((r for r, _ in pairs), default=0)
    product = max(map(whole, claims.weight.values), default=0) * most_rest
    both = max((r + o for r, o in pairs), default=0)
    if _ROOM * product < _USUAL * LIMIT and _ROOM * _USUAL * both < LIMIT:
        return _USUAL
    middle = isqrt(max(product, 1) // max(both, 1))
    factor = int(10 ** min(max(len(str(middle)) - (str(middle) < "32"), 1), 7))
    if product >= factor * LIMIT or factor * both >= LIMIT:
        raise TooLarge
    return factor


def _in_two(
    ground: Ground,
    cells: tuple[str, str, str],
    k: int,
    quotients: Sequence[Cell],
    over: Sequence[Cell],
) -> tuple[Col, Col]:
    """The quotient from a rough one: its remainder is exact, and says by how much it is off."""
    w, r, o = cells
    rough = f"IF({o}>0,IF({w}*{r}<{k}*1E+15,INT({w}*{r}/{o}),NA()),0)"
    q = ground.village("rough", rough, quotients).cell
    high = f"(INT({w}/{k})*{r}-INT({q}/{k})*{o})*{k}"
    low = f"({w}-{k}*INT({w}/{k}))*{r}-({q}-{k}*INT({q}/{k}))*{o}"
    m = ground.village("off", f"IF({o}>0,{high}+{low},0)", over).cell
    exact = ground.village("quotient", f"{q}+IF({m}<0,-1,IF(AND({o}>0,{m}>={o}),1,0))", quotients)
    text = f"{m}+IF({m}<0,{o},IF({m}>={o},-{o},0))"
    return exact, ground.village("remainder", text, over)

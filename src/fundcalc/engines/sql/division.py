"""Rounded quotients in SQL: both databases cut towards zero, so every other direction is written out."""

from __future__ import annotations

from dataclasses import replace

from fundcalc.base.money import Direction
from fundcalc.core.interval import Interval
from fundcalc.engines.sql.piece import Piece, fits, joined, number, within
from fundcalc.engines.sql.stages import Stages


def divided(stages: Stages, top: Piece, bottom: Piece, direction: Direction) -> Piece:
    """Top / bottom as a whole number, NULL where bottom is zero; as `money.divide` rounds it."""
    top, bottom = _positive(stages, top, bottom)
    most = top.bounds.absolute().high // max(bottom.low, 1) + 1
    bounds = Interval(0 if top.low >= 0 else -most, most)
    wide = top.wide or bottom.wide
    cut = stages.dialect.quotient(str(top), str(bottom), wide=wide, fits=fits(bounds))
    text = _rounded(f"({cut})", f"({top} % {bottom})", top, bottom, direction)
    found = joined(text, top, bottom, atom=text == cut)
    return within(found, bounds, wide=wide and not fits(bounds))


def _positive(stages: Stages, top: Piece, bottom: Piece) -> tuple[Piece, Piece]:
    """Both with the divisor above zero, or NULL where it is zero."""
    top, bottom = stages.let(top), stages.let(bottom)
    if bottom.low > 0:
        return top, bottom
    most = bottom.bounds.absolute().high
    if bottom.high < 0 and bottom.literal:
        bottom = number(most)
        turned = f"-{top}"
        bounds = -top.bounds
    else:
        turned = f"CASE WHEN {bottom} < 0 THEN -{top} ELSE {top} END" if bottom.low < 0 else ""
        largest = top.bounds.absolute().high
        bounds = Interval(-largest, largest)
        text = f"NULLIF(ABS({bottom}), 0)"
        zero = bottom.low <= 0 <= bottom.high
        made = replace(joined(text, bottom, atom=True), fails=bottom.fails or zero)
        bottom = within(made, Interval(1, most), wide=bottom.wide)
    if turned:
        top = within(joined(turned, top, bottom), bounds, wide=top.wide)
    return stages.let(top), stages.let(bottom)


def _rounded(cut: str, rest: str, top: Piece, bottom: Piece, direction: Direction) -> str:
    signed = top.low < 0
    one = f"CASE WHEN {top} < 0 THEN -1 ELSE 1 END" if signed else "1"
    size = f"ABS{rest}" if signed else rest
    if direction == "down" or (direction == "floor" and not signed):
        return cut[1:-1]
    if direction == "floor":
        return f"{cut} - CASE WHEN {rest} < 0 THEN 1 ELSE 0 END"
    if direction == "ceiling":
        return f"{cut} + CASE WHEN {rest} > 0 THEN 1 ELSE 0 END"
    if direction == "up":
        return f"{cut} + CASE WHEN {rest} <> 0 THEN {one} ELSE 0 END"
    if direction == "half up":
        return f"{cut} + CASE WHEN {size} >= {bottom} - {size} THEN {one} ELSE 0 END"
    if direction == "half down":
        return f"{cut} + CASE WHEN {size} > {bottom} - {size} THEN {one} ELSE 0 END"
    half = f"{size} = {bottom} - {size} AND {cut} % 2 <> 0"
    return f"{cut} + CASE WHEN {size} > {bottom} - {size} OR ({half}) THEN {one} ELSE 0 END"

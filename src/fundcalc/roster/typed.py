"""Columns of numbers and yes/no as a parquet keeps them: to whole numbers without going through text."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from fundcalc.roster.cells import Cell

_DIGITS = 1e15
"""A double shows 15 digits exactly, so a whole number below this is what it shows."""


def as_text(values: pl.Series) -> pl.Series:
    """A column as its cells show it, "" for nothing; doubles with the 15 digits that are exact."""
    if values.dtype == pl.Boolean:
        return values.cast(pl.String).str.to_uppercase().fill_null("")
    if not values.dtype.is_float():
        return values.cast(pl.String).fill_null("")
    whole = (values.abs() < _DIGITS) & (values == values.floor())
    texts = pl.select(pl.when(whole).then(values)).to_series().cast(pl.Int64).cast(pl.String)
    at = (~whole).fill_null(value=False).arg_true()
    return texts.scatter(at, [f"{v:.15g}" for v in values.gather(at).to_list()]).fill_null("")


def cells(values: pl.Series) -> list[Cell]:
    """Cells as the reader of single cells has them; decimals become text, so that no digit is lost."""
    found = values.to_list()
    if values.dtype.is_decimal():
        return ["" if v is None else f"{Decimal(v):f}" for v in found]
    return ["" if v is None else v for v in found]


def empty(values: pl.Series) -> pl.Series:
    """Which cells hold nothing at all."""
    return values == "" if values.dtype == pl.String else values.is_null()


def whole_numbers(values: pl.Series, decimals: int) -> pl.Series:
    """Numbers counted in 10**-decimals; null where that is not exact or does not fit 64 bits."""
    kind = values.dtype
    if kind.is_float():
        return _doubles(values.cast(pl.Float64), decimals)
    if isinstance(kind, pl.Decimal):
        return shifted(values.to_physical(), decimals - (kind.scale or 0))
    return shifted(values, decimals)


def shifted(values: pl.Series, power: int) -> pl.Series:
    """Whole numbers times 10**power; null where that is not exact or does not fit 64 bits."""
    number, factor = pl.col("v"), 10 ** abs(power)
    frame = values.rename("v").to_frame()
    if power < 0:
        kept = pl.when(number % factor == 0).then(number // factor)
        return frame.select(kept.cast(pl.Int64, strict=False)).to_series()
    found = frame.select(number.cast(pl.Int64, strict=False))
    if power:
        most = (2**63 - 1) // factor
        found = found.select(pl.when(number.is_between(-most, most)).then(number * factor))
    return found.to_series()


def _doubles(values: pl.Series, decimals: int) -> pl.Series:
    """What doubles show at 15 digits: the double nearest to that number must be the very double."""
    number, factor = pl.col("v"), float(10**decimals)
    near = (number * factor).round(0)
    fine = (near.abs() < _DIGITS) & (near / factor == number)
    found = values.rename("v").to_frame().select(pl.when(fine).then(near).cast(pl.Int64))
    return found.to_series()

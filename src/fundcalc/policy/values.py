"""Values as policy authors write them in TOML, and the value of a parameter on a date."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from fundcalc.base.money import divide, fits_int64, scaled
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import DatedValue, Parameter

_PERCENT = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*[%％]\s*")


def percent(text: str) -> Decimal | None:
    """`3 %` as 0.03, exactly; None where it is no percentage."""
    match = _PERCENT.fullmatch(text)
    return Decimal(match.group(1)) / 100 if match else None


def growth_rate(text: str) -> Decimal | None:
    """`3 %`, or `-3 %` of a yearly decrease, exactly; None where it is none, or leaves less than nothing."""
    sign, less, rest = text.strip().partition("-")
    if less and not sign:
        rate = percent(rest)
        return -rate if rate is not None and rate <= 1 else None
    return percent(text)


def number(raw: object) -> Decimal | None:
    """A TOML number, or a percentage in quotes, as an exact decimal; None where it is neither."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    return percent(raw) if isinstance(raw, str) else None


def value_of(raw: object, kind: Type) -> Value | None:
    """A TOML value as a value of the type, money in fen; None where it is none of that type."""
    if isinstance(kind, Number):
        exact = number(raw)
        value = None if exact is None else scaled(exact, kind.decimals or 0)
        return value if value is not None and fits_int64(value) else None
    if isinstance(kind, YesNo):
        return raw if isinstance(raw, bool) else None
    if isinstance(kind, Text):
        ok = isinstance(raw, str) and (kind.options is None or raw in kind.options)
        return str(raw) if ok else None
    if isinstance(kind, Date):
        day = raw if type(raw) is date else None
        return day.toordinal() if day else None
    if isinstance(kind, Texts) and isinstance(raw, list):
        return tuple(raw) if all(isinstance(item, str) for item in raw) else None
    return None


def wanted(kind: Type) -> Words:
    """What to write for a value of the type."""
    if isinstance(kind, Number):
        decimals = kind.decimals or 0
        if decimals:
            return Words(
                f"最多 {decimals} 位小数的数字", f"a number of at most {decimals} decimals"
            )
        return Words("整数", "a whole number")
    if isinstance(kind, YesNo):
        return Words("true 或 false", "true or false")
    if isinstance(kind, Date):
        return Words("日期，写作 2017-12-31", "a date, written 2017-12-31")
    if isinstance(kind, Texts):
        return Words("文本列表", "a list of text")
    return Words("文本", "text")


def in_force(parameter: Parameter, on: date) -> DatedValue | None:
    """The latest dated value that has begun by a day, growth left out; None before the first."""
    begun = [dated for dated in parameter.values if dated.since <= on]
    return begun[-1] if begun else None


def grown(parameter: Parameter, dated: DatedValue, on: date) -> DatedValue:
    """The value after the yearly steps of growth up to a day, each rounded as the policy says.

    Steps fall on the anniversaries of `after` (the first a year later) that come after the value began,
    and build on the rounded value of the year before. `since` is the day of the last step.
    """
    growth = parameter.growth
    value = dated.value
    if growth is None or not isinstance(value, int) or isinstance(value, bool):
        return dated
    since = dated.since
    for year in range(growth.after.year + 1, on.year + 1):
        day = same_day(growth.after, year)
        if dated.since < day <= on:
            top = value * (10**growth.decimals + growth.rate)
            value = divide(top, 10**growth.decimals * growth.step, growth.direction) * growth.step
            since = day
            if not fits_int64(value):
                raise OverflowError(parameter.id)
    return DatedValue(since, value, dated.source)


def same_day(day: date, year: int) -> date:
    """The same day of another year; 29 February falls on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)

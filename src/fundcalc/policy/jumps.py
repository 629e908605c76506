"""Dated values so far from the one before that a unit may have slipped, such as 万元 typed for yuan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import DatedValue, Parameter

FACTOR = 100
"""A value so many times the one before, or its part, is asked about."""
TEN_THOUSAND = 10_000


def jumps(parameter: Parameter) -> Iterator[Diagnostic]:
    """A warning for each value a hundred times the one before it or more, or a hundredth or less.

    A value whose day stands in `jump_ok` is meant so. Growth between the two is left out of account.
    """
    held = [dated for dated in parameter.values if dated.value is not None]
    for before, after in pairwise(held):
        if after.since not in parameter.jump_ok:
            yield from between(parameter, before, after)


def between(parameter: Parameter, before: DatedValue, after: DatedValue) -> Iterator[Diagnostic]:
    """The warning that one value takes the other's place, if they are so far apart."""
    kind, old, new = parameter.type, before.value, after.value
    if not isinstance(kind, Number) or not isinstance(old, int) or not isinstance(new, int):
        return
    small, large = sorted((abs(old), abs(new)))
    if not small or large < FACTOR * small:
        return
    yield say(
        "FC716.more" if abs(new) == large else "FC716.less",
        after.span or parameter.span,
        hint=_hint(kind, old, new, after.since),
        id=parameter.id,
        since=after.since,
        new=_with_unit(new, kind),
        old=_with_unit(old, kind),
        times=large // small,
    )


def _with_unit(value: int, kind: Number) -> Words:
    """The value as a reader writes it: 170,000 yuan/year."""
    text, unit = _short(value, kind), kind.unit or PLAIN
    return Words(f"{text} {unit.said('zh')}".rstrip(), f"{text} {unit.said('en')}".rstrip())


def _short(value: int, kind: Number) -> str:
    text = grouped(value, kind.decimals or 0)
    return text.removesuffix(".00") if kind.decimals == FEN_DECIMALS else text


def _hint(kind: Number, old: int, new: int, day: date) -> Words:
    """How to fix it, with the amount in yuan where it looks like one in 万元; how to say it is meant."""
    meant = new * TEN_THOUSAND
    slipped = kind.unit and kind.unit.decimals and 0 < meant < FACTOR * old < FACTOR**2 * meant
    fix = words("checks.check_the_unit")
    if slipped:
        yuan = _short(meant, kind).replace(",", "_")
        fix = words("checks.ten_thousands", typed=_short(new, kind), yuan=yuan)
    return words("checks.or_meant", fix=fix, day=day)

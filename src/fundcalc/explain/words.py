"""Values and comparisons in a reader's words: numbers grouped, with their unit, names by title."""

from __future__ import annotations

from functools import cache

from fundcalc.base.money import grouped
from fundcalc.base.words import Lang, Words
from fundcalc.explain.decision import Amount
from fundcalc.explain.phrases import P
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.language.show import literal
from fundcalc.language.units import PLAIN, Unit

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}


def said(amount: Amount, lang: Lang) -> str:
    """A value for a reader: 120,000.00 元/年, 1,200 people, 是."""
    kind, value = amount.type, amount.value
    if amount.called is not None:
        return amount.called.say(lang)
    if isinstance(kind, YesNo):
        return P["yes" if value else "no"].say(lang)
    if isinstance(kind, Number) and isinstance(value, int):
        number = grouped(value, kind.decimals or 0)
        if kind.unit is None or kind.unit == PLAIN:
            return number
        return f"{number} {unit_said(kind.unit, lang, one=value == 1)}"
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(value) or P["nothing"].say(lang)
    return literal(value, kind)


@cache
def unit_said(unit: Unit, lang: Lang, *, one: bool) -> str:
    """A unit after a number, as a reader writes it."""
    return unit.said(lang, one=one)


def both(amount: Amount) -> Words:
    """A value in both languages."""
    return Words(said(amount, "zh"), said(amount, "en"))


def bare(amount: Amount) -> str:
    """A value for machines: 120000.00, true, text, a+b."""
    return literal(amount.value, amount.type)


def sign(operator: str) -> str:
    """The sign of a comparison as a reader writes it: ≤ for <=."""
    return _SIGNS.get(operator, operator)

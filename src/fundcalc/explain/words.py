"""Values and comparisons in a reader's words: numbers grouped, with their unit, names by title."""

from __future__ import annotations

from fundcalc.base.money import grouped
from fundcalc.base.words import Lang, Words
from fundcalc.explain.decision import Amount
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.language.show import literal
from fundcalc.language.units import PLAIN

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_YES, _NO = Words("是", "yes"), Words("否", "no")
_NOTHING = Words("无", "none")


def said(amount: Amount, lang: Lang) -> str:
    """A value for a reader: 120,000.00 元/年, 1,200 people, 是."""
    kind, value = amount.type, amount.value
    if amount.called is not None:
        return amount.called.say(lang)
    if isinstance(kind, YesNo):
        return (_YES if value else _NO).say(lang)
    if isinstance(kind, Number) and isinstance(value, int):
        number = grouped(value, kind.decimals or 0)
        if kind.unit is None or kind.unit == PLAIN:
            return number
        return f"{number} {kind.unit.said(lang, one=value == 1)}"
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(value) or _NOTHING.say(lang)
    return literal(value, kind)


def both(amount: Amount) -> Words:
    """A value in both languages."""
    return Words(said(amount, "zh"), said(amount, "en"))


def bare(amount: Amount) -> str:
    """A value for machines: 120000.00, true, text, a+b."""
    return literal(amount.value, amount.type)


def comparison(left: Words, sign: str, right: Words) -> Words:
    """Two sides and the sign between them."""
    mark = _SIGNS.get(sign, sign)
    return Words(f"{left.zh} {mark} {right.zh}", f"{left.en} {mark} {right.en}")


def membership(item: Words, container: Words, *, negated: bool) -> Words:
    """One of a list, or not."""
    zh, en = ("不在", "is not among") if negated else ("属于", "is among")
    return Words(f"{item.zh} {zh} {container.zh}", f"{item.en} {en} {container.en}")


def negation(item: Words) -> Words:
    """Not."""
    return Words(f"非（{item.zh}）", f"not ({item.en})")

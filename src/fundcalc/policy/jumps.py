"""Dated values so far from the one before that a unit may have slipped, such as 万元 typed for yuan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from fundcalc.base.diagnostics import Diagnostic, warning
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Lang, Words
from fundcalc.language.datatypes import Number
from fundcalc.policy.model import DatedValue, Parameter

CODE = "FC716"
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
    said = {lang: (_said(old, kind, lang), _said(new, kind, lang)) for lang in ("zh", "en")}
    times = f"{large // small:,}"
    more = abs(new) == large
    yield warning(
        CODE,
        after.span or parameter.span,
        Words(
            f"参数 `{parameter.id}` 自 {after.since} 起为 {said['zh'][1]}，此前为 {said['zh'][0]}，"
            + (f"是此前的 {times} 倍" if more else f"此前是它的 {times} 倍")
            + "，单位写对了吗？",
            f"`{parameter.id}` is {said['en'][1]} from {after.since} and was {said['en'][0]} before, "
            f"{times} times {'more' if more else 'less'}: is the unit right?",
        ),
        _hint(kind, old, new, after.since),
    )


def _said(value: int, kind: Number, lang: Lang) -> str:
    """The value as a reader writes it: 170,000 yuan/year."""
    unit = kind.unit.said(lang) if kind.unit else ""
    return f"{_short(value, kind)} {unit}".rstrip()


def _short(value: int, kind: Number) -> str:
    text = grouped(value, kind.decimals or 0)
    return text.removesuffix(".00") if kind.decimals == FEN_DECIMALS else text


def _hint(kind: Number, old: int, new: int, day: date) -> Words:
    """How to mend it, with the amount in yuan where it looks like one in 万元; how to say it is meant."""
    meant = new * TEN_THOUSAND
    slipped = kind.unit and kind.unit.decimals and 0 < meant < FACTOR * old < FACTOR**2 * meant
    mend = Words("核对单位", "check the unit")
    if slipped:
        yuan = _short(meant, kind).replace(",", "_")
        mend = Words(
            f"金额以元为单位，{_short(new, kind)} 万元写作 {yuan}",
            f"amounts are in yuan: {_short(new, kind)} 万元 is written {yuan}",
        )
    table = f'jump_ok = {{ {day} = {{ zh = "…", en = "…" }} }}'
    return Words(
        f"{mend.zh}；确属有意的，写明理由：{table}",
        f"{mend.en}; if it is meant, give the reason: {table}",
    )

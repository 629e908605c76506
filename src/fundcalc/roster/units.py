"""Units as rosters write them: 万元, 元/人·年, thousand yuan; and whether they go with a fact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from fundcalc.language.datatypes import Number
from fundcalc.language.units import Unit
from fundcalc.policy.model import Fact
from fundcalc.roster.spelling import simplified

_NAMES = {
    "元": "yuan", "圆": "yuan", "人民币元": "yuan", "rmb": "yuan", "cny": "yuan",
    "人": "person", "名": "person", "people": "person", "persons": "person",
    "年": "year", "years": "year", "月": "month", "日": "day", "天": "day",
    "户": "household", "households": "household", "亩": "mu",
    "村": "", "个": "", "village": "", "villages": "",
}  # fmt: skip
_KNOWN = ("yuan", "person", "year", "month", "day", "household", "mu")
_SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8,
    "thousand": 3, "million": 6, "1000": 3, "10000": 4, "1000000": 6,
}  # fmt: skip
_SCALE = re.compile("|".join(sorted(_SCALES, key=len, reverse=True)))
_LINE = re.compile(
    "(?<!填报)(?<!报送)(?<!编制)(?<!填表)(?<!主管)(?<!责任)(?<!上报)(?<!制表)(?<!申报)(?<!预算)"
    "(?:单位|unit):([^():]+?)(?:[)]|$)"
)
_BRACKET = re.compile("[(]([^()]+(?:[(][^()]*[)])?)[)]$")
BARE_SCALE = re.compile("[十百千万亿]+(?:元.{0,4})?")
SCALE_WORDS = re.compile(r"[十百千万亿]|thousand|million")


@dataclass(frozen=True, slots=True)
class Scaled:
    """A unit and the power of ten before it: 万元 is yuan with power 4."""

    power: int
    unit: Unit
    text: str


def known_names(facts: Iterable[Fact]) -> frozenset[str]:
    """The base units that may stand in a header: the usual ones and those of the policy."""
    units = [f.type.unit for f in facts if isinstance(f.type, Number) and f.type.unit]
    return frozenset([*_KNOWN, *(name for unit in units for name, _ in unit.powers)])


def read_unit(text: str, known: frozenset[str] = frozenset(_KNOWN)) -> Scaled | None:
    """`万元`, `元/人·年`, `10,000 yuan per year`; None where it is no unit.

    All that follows the first stroke divides, as in 元/人·年, with brackets or without.
    """
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold().replace(",", "")
    plain = re.sub("per(?!son)|每", "/", re.sub(r"\s+", "", plain))
    plain = re.sub("[・•.]", "·", plain)
    scale = _SCALE.match(plain)
    power = _SCALES[scale.group()] if scale else 0
    over, *under = plain[scale.end() if scale else 0 :].split("/")
    tops = _atoms(over, known)
    bottoms = _atoms("·".join(under).strip("()"), known) if under else []
    if not tops or bottoms is None or (under and not bottoms):
        return None
    unit = Unit()
    for name in filter(None, tops):
        unit = unit.times(Unit(((name, 1),)))
    for name in filter(None, bottoms):
        unit = unit.times(Unit(((name, 1),)), -1)
    return Scaled(power, unit, text.strip())


def unit_line(text: str) -> list[str]:
    """The units that a line above a table gives: 单位：万元、人, 收入表（万元）, or 万元 alone.

    None where it gives none: 填报单位 and 单位：娄烦县 name an office.
    """
    plain = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", text)).casefold())
    parts = [part for found in _LINE.findall(plain) for part in re.split("[,、;]", found)]
    if any(read_unit(part) or "元" in part for part in parts):
        return parts
    bracket = _BRACKET.search(plain)
    alone = bracket.group(1) if bracket else plain
    unit = read_unit(alone)
    return [alone] if unit and ("yuan", 1) in unit.unit.powers else []


def agrees(wanted: Unit, found: Unit) -> bool:
    """Whether a header's unit goes with a fact's: the same, without its time, or the numerator alone."""
    timeless = tuple((n, p) for n, p in wanted.powers if n not in ("year", "month", "day"))
    above = tuple((n, p) for n, p in wanted.powers if p > 0)
    return found.powers in (wanted.powers, timeless, above)


def is_money(fact: Fact) -> bool:
    """Whether a fact is an amount of yuan, by whatever it is divided."""
    kind = fact.type
    return isinstance(kind, Number) and kind.unit is not None and ("yuan", 1) in kind.unit.powers


def _atoms(text: str, known: frozenset[str]) -> list[str] | None:
    """The base units of a product, "" for one that counts as 1; None where one is unknown."""
    found: list[str] = []
    for part in filter(None, re.split("[·*]", text)):
        names = [part] if part in known or part in _NAMES else list(part)
        for name in names:
            if name not in known and name not in _NAMES:
                return None
            found.append(_NAMES.get(name, name))
    return found

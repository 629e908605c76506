"""Units of numbers: yuan, person, year and whatever else a policy counts in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Words, meant, nearest


class Base(str):
    """A base unit: its name, and how readers write it; `money` is a currency, kept with two decimals."""

    __slots__ = ("called", "money", "plural")

    called: Words
    plural: str
    money: bool

    def __new__(
        cls, name: str, called: Words | None = None, *, plural: str = "", money: bool = False
    ) -> Base:
        """A unit that says nothing more of itself is written by its name in both languages."""
        unit = super().__new__(cls, name)
        unit.called = called or Words(name, name)
        unit.plural = plural or unit.called.en
        unit.money = money
        return unit

    @property
    def written(self) -> tuple[str, ...]:
        """The words that it may be written by."""
        return (self.called.zh, self.called.en, str(self))


def _base_unit(name: str, chinese: str, plural: str = "", *, money: bool = False) -> Base:
    return Base(name, Words(chinese, name), plural=plural, money=money)


KNOWN: Mapping[str, Base] = MappingProxyType({
    unit: unit
    for unit in (
        _base_unit("yuan", "元", money=True), _base_unit("year", "年", "years"),
        _base_unit("quarter", "季度", "quarters"), _base_unit("month", "月", "months"),
        _base_unit("week", "周", "weeks"), _base_unit("day", "日", "days"),
        _base_unit("person", "人", "people"), _base_unit("household", "户", "households"),
        _base_unit("village", "村"), _base_unit("mu", "亩"),
    )
})  # fmt: skip
"""The units that every policy has; any other name may be used, and `[units]` gives it a title."""
_TIMES = frozenset({"year", "quarter", "month", "week", "day"})
_TOKEN = re.compile(r"\s*([^\W\d]\w*|[·*/()^]|-?\d+)")
_TEN_THOUSANDS = re.compile("[百千万亿]+元?")
_PERCENT = re.compile(r"[%％‰]|(?i:percent)|百分[比点之]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of base units with whole exponents, sorted by name; none at all is a plain number.

    A row is one village, so `village` counts as 1: 30,000 yuan/(village·year) times a number of
    villages is yuan/year.
    """

    powers: tuple[tuple[str, int], ...] = ()

    @property
    def bases(self) -> list[Base]:
        """The base units of it."""
        return [_base(name) for name, _ in self.powers]

    @property
    def titles(self) -> tuple[tuple[Words, str], ...]:
        """What the base units are called, one and several; two policies may differ in it."""
        return tuple([(base.called, base.plural) for base in self.bases])

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The unit of a product, or of a quotient with `sign` -1."""
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + sign * power
        return Unit(tuple(sorted((n, p) for n, p in powers.items() if p)))

    @property
    def decimals(self) -> int:
        """Decimals in which a value of this unit is kept: 2 for money, 0 for all else."""
        return 2 if any(_base(name).money and power == 1 for name, power in self.powers) else 0

    @property
    def adds_up(self) -> bool:
        """Whether nothing but time divides it, so that it may be added up over villages; no ages in years."""
        return str(self) != "year" and all(p > 0 or name in _TIMES for name, p in self.powers)

    @property
    def in_yuan(self) -> bool:
        """Whether papers whose amounts are said to be in yuan may have it as such: yuan, or yuan a year."""
        return str(self) in ("yuan", "yuan/year")

    @property
    def counts_yuan(self) -> bool:
        """Whether it is yuan, by time at most: such amounts are written in capitals, too."""
        return (
            dict(self.powers).get("yuan") == 1
            and self.adds_up
            and not any(power > 0 for name, power in self.powers if name != "yuan")
        )

    def __str__(self) -> str:
        over = [_power(n, p) for n, p in _reading_order(self.powers) if p > 0]
        under = [_power(n, -p) for n, p in _reading_order(self.powers) if p < 0]
        top = "·".join(over) or "1"
        if not under:
            return top
        return f"{top}/{under[0]}" if len(under) == 1 else f"{top}/({'·'.join(under)})"

    def said(self, lang: Lang, *, one: bool = False) -> str:
        """The unit after a number, as a reader writes it: 元/年, yuan/year, people."""
        if lang == "en" and not one and len(self.powers) == 1 and self.powers[0][1] == 1:
            return self.bases[0].plural
        titles: dict[str, str] = {base: base.called.say(lang) for base in self.bases}
        return re.sub(r"[^\W\d]\w*", lambda m: titles.get(m.group(), m.group()), str(self))


PLAIN, YUAN = Unit(), Unit(((KNOWN["yuan"], 1),))


def _base(name: str) -> Base:
    return name if isinstance(name, Base) else KNOWN.get(name) or Base(name)


def _reading_order(powers: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    order = {"yuan": 0, "person": 1, "year": 9}
    return sorted(powers, key=lambda p: (order.get(p[0], 5), p[0]))


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


class UnitError(ValueError):
    """A unit that cannot be read; `hint` says what to write."""

    def __init__(self, problem: str, hint: Words | None = None) -> None:
        super().__init__(problem)
        self.hint = hint


def parse_unit(text: str, known: Mapping[str, Base] = KNOWN) -> Unit:
    """Read `yuan/(person·year)`, `元/人/年`, `person` or `1`. Raises UnitError.

    `known` has the units that are known, by name; each may be written by its titles, too.
    """
    if percent := _PERCENT.search(text):
        raise UnitError(percent.group(), words("language.unit_percent"))
    tokens = _tokens(text)
    named = {word: base for base in known.values() for word in base.written}
    unit, remaining = _product(tokens, named)
    if remaining:
        raise UnitError(remaining[0])
    above, _, below = text.partition("/")
    if "·" in below and "(" not in below and any(n in _TIMES and p > 0 for n, p in unit.powers):
        raise UnitError(text, meant(f"{above}/({below})"))
    return unit


def _tokens(text: str) -> list[str]:
    if len(text) > 100:
        raise UnitError(text[:20] + "…")
    text = text.replace("（", "(").replace("）", ")").replace("／", "/")
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise UnitError(text[at:].strip()[0])
        tokens.append(match.group(1))
        at = match.end()
    if not tokens:
        raise UnitError(text)
    return tokens


def _product(tokens: list[str], named: Mapping[str, Base]) -> tuple[Unit, list[str]]:
    unit, remaining = _factor(tokens, named)
    while remaining and remaining[0] in "·*/":
        sign = -1 if remaining[0] == "/" else 1
        factor, remaining = _factor(remaining[1:], named)
        unit = unit.times(factor, sign)
    return unit, remaining


def _factor(tokens: list[str], named: Mapping[str, Base]) -> tuple[Unit, list[str]]:
    if not tokens:
        raise UnitError("/")
    token, remaining = tokens[0], tokens[1:]
    if token == "(":
        unit, remaining = _product(remaining, named)
        if not remaining or remaining[0] != ")":
            raise UnitError("(")
        return unit, remaining[1:]
    if token == "1":
        return PLAIN, remaining
    name = named.get(token) or Base(token)
    if name not in named and _TEN_THOUSANDS.fullmatch(name):
        raise UnitError(name, words("language.unit_in_yuan"))
    if not name[0].isalpha():
        raise UnitError(token)
    _refuse_misspelt(name, named)
    power = 1
    if len(remaining) >= 2 and remaining[0] == "^" and remaining[1].lstrip("-").isdigit():
        power, remaining = int(remaining[1]), remaining[2:]
        if not 0 < abs(power) <= 9:
            raise UnitError(f"{name}^{power}")
    return (PLAIN if name == "village" else Unit(((name, power),))), remaining


def _refuse_misspelt(name: str, named: Mapping[str, Base]) -> None:
    """A unit may have any name, but one that is nearly a known one is a slip of the pen."""
    if name not in named:
        match = nearest(name, [n for n in named if len(n) > 2 and n.isascii()])
        if match and abs(len(match) - len(name)) <= 1:
            raise UnitError(name, meant(match))

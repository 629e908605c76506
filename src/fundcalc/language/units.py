"""Units of numbers: yuan, person, year and whatever else a policy counts in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fundcalc.base.nearest import nearest
from fundcalc.base.words import Lang

CHINESE = {
    "元": "yuan",
    "年": "year",
    "月": "month",
    "日": "day",
    "人": "person",
    "户": "household",
    "村": "village",
    "亩": "mu",
}
_PLURALS = {"person": "people", "household": "households", "year": "years", "day": "days"}
_KNOWN = ("yuan", "year", "month", "day", "person", "household", "village", "mu")
_TOKEN = re.compile(r"\s*([^\W\d]+|[·*/()^]|-?\d+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of base units with whole exponents, sorted by name; none at all is a plain number.

    A row is one village, so `village` counts as 1: 30,000 yuan/(village·year) times a number of
    villages is yuan/year.
    """

    powers: tuple[tuple[str, int], ...] = ()

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The unit of a product, or of a quotient with `sign` -1."""
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + sign * power
        return Unit(tuple(sorted((n, p) for n, p in powers.items() if p)))

    @property
    def decimals(self) -> int:
        """Decimals in which a value of this unit is kept: 2 for money, 0 for all else."""
        return 2 if dict(self.powers).get("yuan") == 1 else 0

    def __str__(self) -> str:
        over = [_power(n, p) for n, p in _reading_order(self.powers) if p > 0]
        under = [_power(n, -p) for n, p in _reading_order(self.powers) if p < 0]
        top = "·".join(over) or "1"
        if not under:
            return top
        return f"{top}/{under[0]}" if len(under) == 1 else f"{top}/({'·'.join(under)})"

    def said(self, lang: Lang, *, one: bool = False) -> str:
        """The unit after a number, as a reader writes it: 元/年, yuan/year, people."""
        if lang == "zh":
            return self.chinese()
        text = str(self)
        return _PLURALS.get(text, text) if not one else text

    def chinese(self) -> str:
        """The unit as a Chinese reader writes it: 元/(人·年)."""
        names = {english: chinese for chinese, english in CHINESE.items()}
        text = str(self)
        return re.sub(r"[^\W\d]+", lambda m: names.get(m.group(), m.group()), text)


PLAIN = Unit()


def _reading_order(powers: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    order = {"yuan": 0, "person": 1, "year": 9}
    return sorted(powers, key=lambda p: (order.get(p[0], 5), p[0]))


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


class UnitError(ValueError):
    """A unit that cannot be read; `suggestion` is the name that may have been meant."""

    def __init__(self, problem: str, suggestion: str | None = None) -> None:
        super().__init__(problem)
        self.suggestion = suggestion


def parse_unit(text: str) -> Unit:
    """Read `yuan/(person·year)`, `元/人/年`, `person` or `1`. Raises UnitError."""
    tokens = _tokens(text)
    unit, rest = _product(tokens)
    if rest:
        raise UnitError(rest[0])
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


def _product(tokens: list[str]) -> tuple[Unit, list[str]]:
    unit, rest = _factor(tokens)
    while rest and rest[0] in "·*/":
        sign = -1 if rest[0] == "/" else 1
        factor, rest = _factor(rest[1:])
        unit = unit.times(factor, sign)
    return unit, rest


def _factor(tokens: list[str]) -> tuple[Unit, list[str]]:
    if not tokens:
        raise UnitError("/")
    token, rest = tokens[0], tokens[1:]
    if token == "(":
        unit, rest = _product(rest)
        if not rest or rest[0] != ")":
            raise UnitError("(")
        return unit, rest[1:]
    if token == "1":
        return PLAIN, rest
    name = CHINESE.get(token, token)
    if not name[0].isalpha():
        raise UnitError(token)
    _refuse_misspelt(name)
    power = 1
    if len(rest) >= 2 and rest[0] == "^" and rest[1].lstrip("-").isdigit():
        power, rest = int(rest[1]), rest[2:]
        if not 0 < abs(power) <= 9:
            raise UnitError(f"{name}^{power}")
    return (PLAIN if name == "village" else Unit(((name, power),))), rest


def _refuse_misspelt(name: str) -> None:
    """A unit may have any name, but one that is nearly a known one is a slip of the pen."""
    if name not in _KNOWN:
        match = nearest(name, [n for n in _KNOWN if len(n) > 2])
        if match and abs(len(match) - len(name)) <= 1:
            raise UnitError(name, match)

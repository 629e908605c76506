"""Types of expressions: numbers with a unit and decimals, text, yes/no, dates and lists of text."""

from __future__ import annotations

from dataclasses import field, replace

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import FEN_DECIMALS
from fundcalc.base.words import Words, same
from fundcalc.language.units import KNOWN, PLAIN, YUAN, Unit


@dataclass(frozen=True, slots=True)
class Number:
    """A number kept as a whole count of 10**-decimals of its unit.

    `unit` None is a literal, which takes the unit of whatever it stands next to. `decimals` None is an
    unrounded quotient, which only `round` may turn into a number again. `percent`: readers are told it in
    per cent, as the policy has it.
    """

    unit: Unit | None
    decimals: int | None = 0
    percent: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """Text; `options` are the only values it can have, where they are known."""

    options: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class YesNo:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day, kept as its ordinal number."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of text: a parameter such as a list of counties, or a programme that collects."""

    options: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The type of an expression already reported as wrong; nothing more is said about it."""


FIRST_DAY, LAST_DAY = 1, 3_652_059
"""The ordinals of 0001-01-01 and 9999-12-31: there is no other day."""

Type = Number | Text | YesNo | Date | Texts | Unknown

_NAMES = {
    Text: "language.type_text", YesNo: "language.type_yes_no", Date: "language.type_date",
    Texts: "language.type_texts", Unknown: "language.type_unknown",
}  # fmt: skip


def describe(type_: Type) -> Words:
    """The type as a reader would call it; a number by its unit."""
    if not isinstance(type_, Number):
        return words(_NAMES[type(type_)])
    if type_.unit is None:
        return words("language.number")
    return words("language.type_plain") if type_.unit == PLAIN else same(f"`{type_.unit}`")


def adds_up(kind: Type) -> bool:
    """Whether the numbers of several villages may be added up: what there is of something, or a year's.

    Not what is by the person or by the mu, nor a number without a unit that is not whole: a share, a score.
    """
    if not isinstance(kind, Number) or kind.unit is None:
        return False
    return kind.unit.adds_up if kind.unit.powers else not kind.decimals


def told_in(kind: Number) -> Number:
    """In what amounts of a kind are told where all are of one time: of yuan a year, yuan."""
    return replace(kind, unit=YUAN) if kind.unit is not None and kind.unit.in_yuan else kind


def is_yuan(kind: Type) -> bool:
    """Whether a type counts yuan, which alone is written in 万元, too."""
    return isinstance(kind, Number) and kind.unit is not None and KNOWN["yuan"] in kind.unit.bases


def currency(kind: Number) -> Words:
    """What an amount of money is in, by whatever it is divided: yuan, euro."""
    bases = kind.unit.bases if kind.unit is not None else []
    return next((base.called for base in bases if base.money), same(""))


def is_money(kind: Type) -> bool:
    """Whether a type counts money: yuan, by whatever they are divided."""
    return isinstance(kind, Number) and kind.unit is not None and kind.unit.decimals == FEN_DECIMALS

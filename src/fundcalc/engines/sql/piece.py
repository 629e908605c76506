"""A piece of SQL: its text, where its columns stand, and the interval of its value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fundcalc.core.interval import INT64, Interval

WIDEST = 10**38 - 1
"""The largest number that both databases hold exactly."""

NOUGHT = Interval(0, 0)

Place = tuple[int, int]
"""The stage and the layer in it after which a piece can be worked out."""


class TooWide(Exception):
    """A number that may leave 38 digits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression.

    `fails` says that it is NULL where it divides by zero; nothing else is ever NULL. A number lies in
    `bounds`; it is `wide` where it has 128 bits, and `literal` where no column gives it a type. `atom` needs
    no brackets.
    """

    text: str
    at: Place = (0, 0)
    fails: bool = False
    bounds: Interval = NOUGHT
    wide: bool = False
    literal: bool = False
    atom: bool = True

    def __str__(self) -> str:
        return self.text if self.atom else f"({self.text})"

    @property
    def low(self) -> int:
        """The least that a number can be."""
        return self.bounds.low

    @property
    def high(self) -> int:
        """The most that a number can be."""
        return self.bounds.high

    @property
    def fits(self) -> bool:
        """Whether 64 bits hold it."""
        return fits(self.bounds)


def fits(bounds: Interval) -> bool:
    """Whether an interval lies within 64 bits."""
    return bounds.low >= INT64.low and bounds.high <= INT64.high


def number(value: int) -> Piece:
    """A literal number."""
    bounds = Interval(value, value)
    found = Piece(str(value), literal=True, atom=value >= 0)
    return within(found, bounds, wide=not fits(bounds))


def joined(text: str, *parts: Piece, atom: bool = False) -> Piece:
    """A piece made of others, with what follows from them but its bounds."""
    at = max((part.at for part in parts), default=(0, 0))
    return Piece(text, at, any(part.fails for part in parts), atom=atom)


def within(piece: Piece, bounds: Interval, *, wide: bool) -> Piece:
    """The piece as a number within bounds. Raises TooWide where 38 digits do not hold these."""
    if bounds.low < -WIDEST or bounds.high > WIDEST:
        raise TooWide
    return replace(piece, bounds=bounds, wide=wide)

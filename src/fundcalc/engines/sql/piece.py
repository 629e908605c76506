"""A piece of SQL: its text, where its columns stand, and the interval of its value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fundcalc.base.money import INT64_MAX

WIDEST = 10**38 - 1
"""The largest number that both databases hold exactly."""

Place = tuple[int, int]
"""The stage and the layer in it after which a piece can be worked out."""


class TooWide(Exception):
    """A number that may leave 38 digits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression.

    `fails` says that it is NULL where it divides by zero; nothing else is ever NULL. `low` and `high`
    bound a number, which is `wide` where it has 128 bits, and `literal` where no column gives it a type.
    `atom` needs no brackets.
    """

    text: str
    at: Place = (0, 0)
    fails: bool = False
    low: int = 0
    high: int = 0
    wide: bool = False
    literal: bool = False
    atom: bool = True

    def __str__(self) -> str:
        return self.text if self.atom else f"({self.text})"

    @property
    def fits(self) -> bool:
        """Whether 64 bits hold it."""
        return fits(self.low, self.high)


def fits(low: int, high: int) -> bool:
    """Whether an interval lies within 64 bits."""
    return low >= -INT64_MAX - 1 and high <= INT64_MAX


def number(value: int) -> Piece:
    """A literal number."""
    bounded(value, value)
    return Piece(str(value), low=value, high=value, literal=True, atom=value >= 0,
                 wide=not fits(value, value))  # fmt: skip


def bounded(low: int, high: int) -> None:
    """Refuse an interval that 38 digits do not hold."""
    if low < -WIDEST or high > WIDEST:
        raise TooWide


def joined(text: str, *parts: Piece, atom: bool = False) -> Piece:
    """A piece made of others, with what follows from them but its bounds."""
    at = max((part.at for part in parts), default=(0, 0))
    return Piece(text, at, any(part.fails for part in parts), atom=atom)


def within(piece: Piece, low: int, high: int, *, wide: bool) -> Piece:
    """The piece as a number within bounds."""
    bounded(low, high)
    return replace(piece, low=low, high=high, wide=wide)

"""Faults of values as the databases name them, until they say them from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.policy.model import Fact
from fundcalc.roster.cells import code_point, missing, out_of_range, too_fine
from fundcalc.roster.identity import same_code, same_village
from fundcalc.roster.model import Fault, fault

__all__ = ["missing", "out_of_range", "same_code", "same_village", "too_fine"]


def no_number(fact: Fact) -> Fault:
    """Text in a number's place."""
    return fault("FC621")


def negative(fact: Fact) -> Fault:
    """A number below zero where none can be."""
    return fault("FC623", title=fact.title)


def no_yes_or_no() -> Fault:
    """A word that is neither yes nor no."""
    return fault("FC630")


def no_day() -> Fault:
    """Text that is no calendar day."""
    return fault("FC631")


def no_option(options: Iterable[str]) -> Fault:
    """Text outside the fact's fixed list."""
    return fault("FC632", options="、".join(sorted(options)))


def exponent(digits: int) -> Fault:
    """A code of which a spreadsheet kept a few digits only."""
    return fault("FC633", digits=digits)


def wrong_digits(digits: int) -> Fault:
    """A code of the wrong length, or with something else than digits."""
    return fault("FC634", digits=digits)


def too_long(most: int) -> Fault:
    """Text longer than any name."""
    return fault("FC637", most=most)


def control(char: str) -> Fault:
    """A character that cannot be seen."""
    return fault("FC638", character=code_point(char))

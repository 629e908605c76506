"""What can be wrong with a value that a database reads: the faults of any roster, by code."""

from __future__ import annotations

import re
from collections.abc import Callable

from fundcalc.language.datatypes import Text
from fundcalc.policy.model import Fact
from fundcalc.roster import faults
from fundcalc.roster.cells import MAX_TEXT, UNSEEN
from fundcalc.roster.model import Fault

Maker = Callable[[Fact, str], Fault]


def missing(fact: Fact, _: str = "") -> Fault:
    """A blank cell of a required fact."""
    return faults.missing(fact)


def no_number(fact: Fact, _: str = "") -> Fault:
    """Text in a number's place."""
    return faults.no_number(fact)


def negative(fact: Fact, _: str = "") -> Fault:
    """A number below nought where none can be."""
    return faults.negative(fact)


def too_fine(fact: Fact, _: str = "") -> Fault:
    """More decimals than the fact has."""
    return faults.too_fine(fact)


def out_of_range(fact: Fact, _: str = "") -> Fault:
    """A value outside the fact's declared range."""
    return faults.out_of_range(fact)


def no_yes_or_no(_: Fact, __: str = "") -> Fault:
    """A word that is neither yes nor no."""
    return faults.no_yes_or_no()


def no_day(_: Fact, __: str = "") -> Fault:
    """Text that is no calendar day."""
    return faults.no_day()


def no_option(fact: Fact, _: str = "") -> Fault:
    """Text outside the fact's fixed list."""
    options = fact.type.options if isinstance(fact.type, Text) else None
    return faults.no_option(options or ())


def exponent(fact: Fact, _: str = "") -> Fault:
    """A code of which a spreadsheet kept a few digits only."""
    return faults.exponent(fact.digits or 0)


def wrong_digits(fact: Fact, _: str = "") -> Fault:
    """A code of the wrong length, or with something else than digits."""
    return faults.wrong_digits(fact.digits or 0)


def too_long(_: Fact, __: str = "") -> Fault:
    """Text longer than any name."""
    return faults.too_long(MAX_TEXT)


def unseen(_: Fact, value: str = "") -> Fault:
    """A character that cannot be seen."""
    found = re.search(UNSEEN, value)
    return faults.control(found.group() if found else "\x00")


ALL: tuple[Maker, ...] = (
    missing, no_number, negative, too_fine, out_of_range, no_yes_or_no, no_day, no_option, exponent,
    wrong_digits, too_long, unseen,
)  # fmt: skip


def fault_of(code: str, fact: Fact, value: str) -> Fault:
    """The fault of this code."""
    return next(found for make in ALL if (found := make(fact, value)).code == code)

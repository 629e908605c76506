"""What databases say of a column, until they say it from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.roster.gather import spelt


def ticks(header: str) -> Words:
    """A column of ticks in which a blank is a no."""
    return words("roster.ticks", header=header)


def simplified(header: str, found: Mapping[str, str]) -> Words:
    """Names in traditional characters that were understood."""
    return words("roster.simplified", header=header, spellings=spelt(found))

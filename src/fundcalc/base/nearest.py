"""The name that a reader may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from fundcalc.base.words import Words

_LEAST = 2
"""Characters that two names must share to be alike."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to a misspelt one, if one is near."""
    matches = get_close_matches(name[:80], list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def alike(name: str, other: str) -> bool:
    """Whether two names may be one: cut short, with more before it, or another last character."""
    short, long = sorted((name.strip(), other.strip()), key=len)
    if name == other or len(short) < _LEAST:
        return False
    if long.startswith(short):
        return True
    if len(short) == _LEAST:  # 丰县 is not 宝丰县
        return False
    return long.endswith(short) or (len(short) == len(long) and short[:-1] == long[:-1])


def meant(name: str) -> Words:
    """A hint with the name that was meant."""
    return Words(f"是不是 `{name}`？", f"did you mean `{name}`?")


def did_you_mean(name: str, known: Iterable[str]) -> Words | None:
    """A hint with the nearest known name; else the whole list where that is short."""
    names = sorted(set(known))
    match = nearest(name, names)
    if match:
        return meant(match)
    if 0 < len(names) <= 8:
        listed = ", ".join(f"`{n}`" for n in names)
        return Words(f"可用的有：{listed}", f"known here: {listed}")
    return None

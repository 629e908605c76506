"""Numbers as people type them, in the way that the policy's files write them."""

from __future__ import annotations

import re
from decimal import Decimal

from fundcalc.base.words import Words

_TYPED = re.compile(r"\s*([+-]?)\s*(\d[\d,，_ ]*(?:\.\d+)?)\s*([万亿]?)\s*元?\s*")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}


def as_number(text: str) -> str | None:
    """`18万`, `180,000` or `180000元` as 180_000; None where it is no such number."""
    match = _TYPED.fullmatch(text[:60])
    if match is None:
        return None
    value = Decimal(re.sub("[,，_ ]", "", match[2])) * _TIMES[match[3]]
    whole, _, part = format(value, "f").partition(".")
    part = part.rstrip("0")
    sign = "-" if match[1] == "-" else ""
    return f"{sign}{int(whole):_}" + (f".{part}" if part else "")


def mended(text: str) -> Words | None:
    """A hint with the number as the files write it, if it was typed in another way."""
    right = as_number(text)
    if right is None or right.replace("_", "") == text.strip().replace("_", ""):
        return None
    return Words(f"写作 {right}", f"write {right}")

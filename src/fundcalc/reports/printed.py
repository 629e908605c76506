"""Digests and days that are printed on a paper, each known by the words before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_DIGEST = "[0-9a-f]{40,}"
_DAY = r"(?<!\d)(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2}(?!\d)日?)?"
_EITHER = re.compile(f"({_DIGEST})|({_DAY})")
_FIGURE = re.compile(r"\d[\d,.]*")
_CODES = re.compile(r"&[LCR]|&\d+")
"""What the head and foot of a sheet's pages have for places and sizes of type."""

_WORDS = 12
"""Characters before a digest or a day by which it is known."""


class Printed:
    """What the run's paper says, to be held against what the other one does."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: dict[str, list[str]] = {}
        self._digests: set[str] = set()
        for text in texts:
            for label, _, said in _said(text):
                self._known.setdefault(label, []).append(said)
                if re.fullmatch(_DIGEST, said):
                    self._digests.add(said)

    def differing(self, text: str) -> Iterator[tuple[str, str, str]]:
        """The words before each that differs, what the paper says, and what the run does ("" if unknown)."""
        for label, before, said in _said(text):
            known = self._alike(label)
            if known and all(_value(said) != _value(one) for one in known):
                yield before, said, known[0]
            elif not known and re.fullmatch(_DIGEST, said) and said not in self._digests:
                yield before, said, ""

    def _alike(self, label: str) -> list[str]:
        """What stands behind the words that have most in common with these, to their end."""
        shared = {one: _shared(label, one) for one in self._known}
        most = max(shared.values(), default=0)
        if not most:
            return []
        return [said for one, n in shared.items() if n == most for said in self._known[one]]


def _said(text: str) -> Iterator[tuple[str, str, str]]:
    """Each digest and day of a text behind the words before it: as they are told apart, and as written."""
    end = 0
    for found in _EITHER.finditer(text):
        before = _CODES.sub("", text[end : found.start()])
        end = found.end()
        if before.strip():
            label = _FIGURE.sub("#", re.sub(r"\s", "", before))
            yield label[-_WORDS:], before.strip()[-2 * _WORDS :], found[0]


def _shared(one: str, other: str) -> int:
    """How many characters two wordings share, where the shorter of both ends the longer."""
    short, long = sorted((one, other), key=len)
    return len(short) if long.endswith(short) else 0


def _value(said: str) -> tuple[str, ...]:
    """A day as its numbers, however it is written; a digest as it is."""
    if re.fullmatch(_DIGEST, said):
        return (said,)
    return tuple(number.lstrip("0") for number in re.findall(r"\d+", said))

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
            for label, _, value in _labelled(text):
                self._known.setdefault(label, []).append(value)
                if re.fullmatch(_DIGEST, value):
                    self._digests.add(value)

    def differing(self, text: str) -> Iterator[tuple[str, str, str]]:
        """The words before each that differs, what the paper says, and what the run does ("" if unknown)."""
        for label, before, value in _labelled(text):
            known = self._alike(label)
            if known and all(_value(value) != _value(other) for other in known):
                yield before, value, known[0]
            elif not known and re.fullmatch(_DIGEST, value) and value not in self._digests:
                yield before, value, ""

    def _alike(self, label: str) -> list[str]:
        """What stands behind the words that have most in common with these, to their end."""
        shared = {other: _shared(label, other) for other in self._known}
        most = max(shared.values(), default=0)
        if not most:
            return []
        return [value for other, n in shared.items() if n == most for value in self._known[other]]


def _labelled(text: str) -> Iterator[tuple[str, str, str]]:
    """Each digest and day of a text behind the words before it: as they are told apart, and as written."""
    end = 0
    for match in _EITHER.finditer(text):
        before = _CODES.sub("", text[end : match.start()])
        end = match.end()
        if before.strip():
            label = _FIGURE.sub("#", re.sub(r"\s", "", before))
            yield label[-_WORDS:], before.strip()[-2 * _WORDS :], match[0]


def _shared(label: str, other: str) -> int:
    """How many characters two wordings share, where the shorter of both ends the longer."""
    short, long = sorted((label, other), key=len)
    return len(short) if long.endswith(short) else 0


def _value(text: str) -> tuple[str, ...]:
    """A day as its numbers, however it is written; a digest as it is."""
    if re.fullmatch(_DIGEST, text):
        return (text,)
    return tuple(number.lstrip("0") for number in re.findall(r"\d+", text))

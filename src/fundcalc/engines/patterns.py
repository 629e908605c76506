"""Villages by which of several conditions hold: few patterns, so what is said of one is said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = tuple[NDArray[np.integer[Any]], tuple[str, ...]]
"""Texts by village: each one's place in a list of texts."""

_BITS = 16
"""Conditions that are looked at together: as many as make a pattern that can be counted."""
_COUNTED = 1 << 22
"""Pairs of patterns up to which they are counted rather than sorted."""


def labels(
    conditions: Sequence[tuple[str, NDArray[np.bool_]]],
    villages: int,
    say: Callable[[tuple[str, ...]], str],
) -> Labels:
    """For each village what is said of the names whose conditions hold for it."""
    codes, names = distinct(conditions, villages)
    return codes, tuple(map(say, names))


def distinct(
    conditions: Sequence[tuple[str, NDArray[np.bool_]]], villages: int
) -> tuple[NDArray[np.integer[Any]], list[tuple[str, ...]]]:
    """Each village's place in the list of patterns that there are: the names whose conditions hold."""
    names: list[tuple[str, ...]] = [()]
    codes: NDArray[np.integer[Any]] = np.zeros(villages, dtype=np.uint32)
    for start in range(0, len(conditions), _BITS):
        part = conditions[start : start + _BITS]
        bits: NDArray[Any] = np.zeros(villages, dtype=np.uint8 if len(part) <= 8 else np.uint16)
        for bit, (_, mask) in enumerate(part):
            bits |= mask.view(np.uint8) << bits.dtype.type(bit)
        patterns, inner = _distinct(bits)
        if start == 0:
            codes, names = inner, [_names_in(part, pattern) for pattern in patterns.tolist()]
            continue
        both = codes.astype(np.int64) * len(patterns) + inner
        if len(names) * len(patterns) <= _COUNTED:
            pairs, codes = _distinct(both)
        else:
            pairs, codes = np.unique(both, return_inverse=True)
        names = [
            names[pair // len(patterns)] + _names_in(part, int(patterns[pair % len(patterns)]))
            for pair in pairs.tolist()
        ]
    return codes, names


def two_of_each(codes: NDArray[np.integer[Any]], many: int) -> NDArray[np.int64]:
    """The first and the last village of each of so many codes; one of a code that has no other."""
    ends, places = np.empty((2, many), dtype=np.int64), np.arange(len(codes))
    ends[0, codes[::-1]], ends[1, codes] = places[::-1], places  # of equal codes the last one stays
    return np.unique(ends)


def _distinct(
    patterns: NDArray[np.integer[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    present = np.bincount(patterns) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1).astype(np.uint32)[patterns]


def _names_in(part: Sequence[tuple[str, NDArray[np.bool_]]], pattern: int) -> tuple[str, ...]:
    return tuple(name for bit, (name, _) in enumerate(part) if pattern >> bit & 1)

"""Villages by which of several conditions hold: few patterns, so what is said of one is said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Labels = tuple[NDArray[np.int64], tuple[str, ...]]
"""Texts by village: each one's place in a list of texts."""

_BITS = 62
_SMALL = 2**20


def labels(
    conditions: Sequence[tuple[str, NDArray[np.bool_]]],
    villages: int,
    say: Callable[[tuple[str, ...]], str],
) -> Labels:
    """For each village what is said of the names whose conditions hold for it."""
    names: list[tuple[str, ...]] = [()]
    codes = np.zeros(villages, dtype=np.int64)
    for start in range(0, len(conditions), _BITS):
        part = conditions[start : start + _BITS]
        bits = np.zeros(villages, dtype=np.int64)
        for bit, (_, mask) in enumerate(part):
            bits |= mask.astype(np.int64) << bit
        patterns, inner = _distinct(bits)
        pairs, codes = _distinct(codes * len(patterns) + inner)
        names = [
            names[pair // len(patterns)] + _held(part, int(patterns[pair % len(patterns)]))
            for pair in pairs.tolist()
        ]
    return codes, tuple(map(say, names))


def _distinct(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The values that there are, in order, and each one's place among them."""
    if not len(values) or int(np.max(values)) > _SMALL:
        return np.unique(values, return_inverse=True)
    there = np.bincount(values) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]


def _held(part: Sequence[tuple[str, NDArray[np.bool_]]], pattern: int) -> tuple[str, ...]:
    return tuple(name for bit, (name, _) in enumerate(part) if pattern >> bit & 1)

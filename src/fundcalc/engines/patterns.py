"""Villages by which of several conditions hold: few patterns, so what is said of one is said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Labels = tuple[NDArray[np.int64], tuple[str, ...]]
"""Texts by village: each one's place in a list of texts."""

_BITS = 62


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
        patterns, inner = np.unique(bits, return_inverse=True)
        pairs, codes = np.unique(codes * len(patterns) + inner, return_inverse=True)
        names = [
            names[pair // len(patterns)] + _held(part, int(patterns[pair % len(patterns)]))
            for pair in pairs.tolist()
        ]
    return codes, tuple(map(say, names))


def _held(part: Sequence[tuple[str, NDArray[np.bool_]]], pattern: int) -> tuple[str, ...]:
    return tuple(name for bit, (name, _) in enumerate(part) if pattern >> bit & 1)

"""Villages by what they share, for a whole large roster at once: groups, medians, nothing twice."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def rising(texts: pl.Series) -> bool:
    """Whether each text comes after the one before it, so that none is there twice."""
    return bool((texts.slice(1) > texts.head(max(len(texts) - 1, 0))).all())


def numbered(*texts: pl.Series) -> NDArray[np.int64]:
    """Villages' groups as numbers from 0, equal where all texts are; runs of equals are met once."""
    frame = pl.DataFrame([part.alias(f"t{at}") for at, part in enumerate(texts)])
    changed = frame.select(pl.any_horizontal(pl.all().ne(pl.all().shift()).fill_null(value=True)))
    starts = changed.to_series().arg_true()
    heads = frame[starts].select(pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1).to_series()
    ends = np.r_[starts.to_numpy()[1:], frame.height] if len(starts) else np.zeros(0, np.int64)
    lengths = ends.astype(np.int64) - starts.to_numpy().astype(np.int64)
    return np.repeat(heads.to_numpy(), lengths)


def medians(
    values: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each value twice its group's median, and the group's size; groups are numbered from 0."""
    if not len(values):
        return values, values
    least, most, last = int(np.min(values)), int(np.max(values)), int(np.max(groups))
    width = most - least + 1
    if (last + 1) * width < 2**63:
        ranked = np.sort(groups * width + (values - least)) % width + least
    else:
        ranked = values[np.lexsort((values, groups))]
    sizes = np.bincount(groups)
    there = np.flatnonzero(sizes)
    starts = np.r_[0, np.cumsum(sizes[there])[:-1]].astype(np.int64)
    twice = np.zeros(len(sizes), dtype=np.int64)
    some = sizes[there]
    twice[there] = ranked[starts + (some - 1) // 2] + ranked[starts + some // 2]
    return twice[groups], sizes[groups]

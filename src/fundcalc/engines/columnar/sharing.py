"""Exact sharing of many pools at once: the same shares as `base.sharing`, in columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fundcalc.base.money import INT64_MAX
from fundcalc.engines.columnar.values import Array


def share(
    pools: Array, group: Array, weights: Array, caps: Array | None, rank: Callable[[], Array]
) -> Array:
    """Each claim's share in fen.

    `pools` are amounts by group; `group`, `weights` and `caps` stand by claim; none is negative.
    `rank` gives the claims' places among equal remainders, and is asked only where there are any.
    """
    part = weights > 0
    given = np.zeros(len(weights), dtype=np.int64)
    rest = pools
    if caps is not None:
        filled = _filled(pools, group, weights, caps, part)
        given[filled] = caps[filled]
        rest = pools - total(caps, group, len(pools), filled)
        part = part & ~filled
    sums = total(weights, group, len(pools), part)
    at = np.flatnonzero(part)
    if not len(at):
        return given
    mine = group[at]
    top = _product(weights[at], rest[mine])
    quotient = top // sums[mine]
    remainder = _ranked(top - quotient * sums[mine])
    given[at] = quotient
    left = np.where(sums > 0, rest - total(given, group, len(pools), part), 0)
    if left.any():
        some = np.flatnonzero(left[mine] > 0)
        given[_first(at[some], mine[some], remainder[some], left, rank)] += 1
    return given


def _first(
    at: Array, group: Array, remainder: Array, left: Array, rank: Callable[[], Array]
) -> Array:
    """The claims that get one fen more: in each group the largest remainders, equals by rank."""
    order = np.lexsort((rank()[at], -remainder, group))
    sorted_group = group[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return at[order[place < left[sorted_group]]]


def _ranked(values: Array) -> Array:
    """The values, or their places in order where 64 bits do not hold them."""
    values = _narrow(values)
    return np.unique(values, return_inverse=True)[1] if values.dtype == object else values


def _filled(pools: Array, group: Array, weights: Array, caps: Array, part: Array) -> Array:
    """The claims whose cap the rising water reaches: capped ones are taken out until none is new."""
    filled = np.zeros(len(weights), dtype=np.bool_)
    while True:
        open_ = part & ~filled
        rest = pools - total(caps, group, len(pools), filled)
        sums = total(weights, group, len(pools), open_)
        at = np.flatnonzero(open_)
        mine = group[at]
        new = at[_product(caps[at], sums[mine]) <= _product(weights[at], rest[mine])]
        if not len(new):
            return filled
        filled[new] = True


def total(values: Array, group: Array, groups: int, where: Array | None = None) -> Array:
    """Sums by group, in 64 bits where all of them fit, else in Python's integers."""
    if where is not None:
        values, group = values[where], group[where]
    if not len(values):
        return np.zeros(groups, dtype=np.int64)
    most = max(abs(int(values.min())), abs(int(values.max())))
    if most * len(values) > INT64_MAX:
        values = values.astype(object)
    out = np.zeros(groups, dtype=values.dtype if values.dtype == object else np.int64)
    if groups == 1:
        out[0] = values.sum()
    else:
        np.add.at(out, group, values)
    return _narrow(out)


def _narrow(values: Array) -> Array:
    """Back in 64 bits where all values fit."""
    if values.dtype != object:
        return values
    fine = all(-INT64_MAX <= value <= INT64_MAX for value in values)
    return values.astype(np.int64) if fine else values


def _product(a: Array, b: Array) -> Array:
    """Products that cannot overflow: in 64 bits where the largest fits, else in Python's integers."""
    if not len(a):
        return a * b
    if int(a.max()) * int(b.max()) <= INT64_MAX and object not in (a.dtype, b.dtype):
        return a * b
    return np.asarray(a.astype(object) * b.astype(object))

"""Exact sharing of many pools at once: the same shares as `base.sharing`, in columns.

A product of weight and pool needs up to 128 bits. Only its quotient and remainder are wanted, so it
is never built: the quotient is guessed in floating point, the remainder worked out modulo 2**64, where
it is exact, and the guess put right by it. Beyond the bounds of that proof Python's integers take over.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fundcalc.base.money import INT64_MAX
from fundcalc.engines.columnar.lower import Array, Bools
from fundcalc.engines.totals import Sums, narrow, total

_GUESS = 2**110
"""A product up to here has a guessed quotient whose remainder is off by less than 2**62."""


def share(
    pools: Array,
    group: Array,
    weights: Array,
    ends: tuple[Array | None, Array | None],
    rank: Callable[[], Array],
) -> Array:
    """Each claim's share in fen.

    `pools` are amounts by group; `group`, `weights` and the `ends`, caps and floors, stand by claim; none
    is negative, no floor is above its cap, and no group's floors add up to more than its pool.
    `rank` gives the claims' places among equal remainders, and is asked only where there are any.
    """
    shares, open_, rest, sums = _water(pools, group, weights, *ends)
    at = np.flatnonzero(open_)
    if not len(at):
        return shares
    own_group = group[at]
    quotient, remainder = _quotient(weights[at], rest[own_group], sums[own_group])
    shares[at] = quotient
    left = np.where(sums > 0, rest - total(quotient, own_group, len(pools)), 0)
    if left.any():
        short = np.flatnonzero(left[own_group] > 0)
        shares[_first(at[short], own_group[short], ranked(remainder)[short], left, rank)] += 1
    return shares


def _water(
    pools: Array, group: Array, weights: Array, caps: Array | None, floors: Array | None
) -> tuple[Array, Bools, Array, Array]:
    """What claims get that stand at an end, which do not, what is left for these, and their weights.

    Where caps are the weights, a group's claims reach theirs together: when its pool covers them all.
    Else claims are taken out until none is new: in a group whose claims together would get more than there
    is, were each put at the end that it oversteps, those at their floors, in others those at their caps.
    """
    groups, add = len(pools), Sums(group, len(pools))
    sums, open_ = add.of(weights), weights > 0
    fixed = np.zeros(len(weights), dtype=np.int64)
    rest = pools
    if floors is not None:
        np.copyto(fixed, floors, where=~open_)
        rest = rest - add.of(fixed)
    elif caps is weights:
        covered = sums <= pools
        filled = covered[group] & open_
        np.copyto(fixed, weights, where=filled)
        return (
            fixed,
            open_ & ~filled,
            np.where(covered, pools - sums, pools),
            np.where(covered, 0, sums),
        )
    while caps is not None or floors is not None:
        at = np.flatnonzero(open_)
        own_group, weight = group[at], weights[at]
        quotient = _quotient(weight, rest[own_group], sums[own_group])[0]
        none = np.zeros(len(at), dtype=np.bool_)
        over = none if caps is None else caps[at] <= quotient
        under = none if floors is None else floors[at] > quotient
        if under.any() and over.any():
            assert caps is not None and floors is not None
            ends = np.where(over, caps[at], np.where(under, floors[at], 0))
            out = over | under
            more = total(ends[out], own_group[out], groups).astype(object) * sums
            more -= total(weight[out], own_group[out], groups).astype(object) * rest
            sign = np.sign(more).astype(np.int64)[own_group]
            over, under = over & (sign <= 0), under & (sign >= 0)
        new = over | under
        if not new.any():
            break
        for end, mask in ((caps, over), (floors, under)):
            if end is not None:
                fixed[at[mask]] = end[at[mask]]
        open_[at[new]] = False
        rest = rest - total(fixed[at[new]], own_group[new], groups)
        sums = sums - total(weight[new], own_group[new], groups)
    return fixed, open_, rest, sums


def _quotient(weights: Array, rest: Array, sums: Array) -> tuple[Array, Array]:
    """`weights * rest // sums` and its remainder, exactly; a sum is no less than its weights."""
    if not len(weights):
        return weights, weights
    most = int(weights.max()) * int(rest.max())
    if object in (weights.dtype, rest.dtype, sums.dtype) or most > _GUESS or sums.max() >= 2**62:
        wide = weights.astype(object) * rest.astype(object)
        quotient = wide // sums.astype(object)
        return quotient.astype(np.int64), wide - quotient * sums
    if most <= INT64_MAX:
        top = weights * rest
        quotient = top // sums
        return quotient, top - quotient * sums
    guess = (weights.astype(np.float64) * rest / sums).astype(np.int64)
    remainder = weights * rest - guess * sums
    off = remainder // sums
    return guess + off, remainder - off * sums


def _first(
    at: Array, group: Array, remainder: Array, left: Array, rank: Callable[[], Array]
) -> Array:
    """The claims that get one fen more: in each group the largest remainders, equals by rank."""
    order = np.lexsort((rank()[at], -remainder, group))
    sorted_group = group[order]
    starts = np.flatnonzero(np.r_[True, sorted_group[1:] != sorted_group[:-1]])
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return at[order[place < left[sorted_group]]]


def ranked(values: Array) -> Array:
    """The values, or their places in order where 64 bits do not hold them."""
    values = narrow(values)
    return np.unique(values, return_inverse=True)[1] if values.dtype == object else values

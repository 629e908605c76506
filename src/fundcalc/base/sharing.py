"""Exact sharing of a pool: proportional to weights, under caps, to the last fen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def share(pool: int, weights: Sequence[int], caps: Sequence[int | None]) -> list[int]:
    """Share a pool of fen among claims.

    Shares are proportional to `weights` and none goes above its cap in fen (None: no cap). What a cap
    frees goes to the others (water-filling) until the pool or the caps are used up. Rounding is by
    largest remainder, ties to the claim that stands first; so pass claims in the order of their
    village codes. A claim of weight 0 gets nothing. The shares add up to min(pool, sum of the caps of
    the claims with weight) exactly. Negative pools, weights or caps raise ValueError.
    """
    if pool < 0 or any(w < 0 for w in weights) or any(c is not None and c < 0 for c in caps):
        raise ValueError("a pool, a weight and a cap must not be negative")
    open_claims = [i for i, weight in enumerate(weights) if weight]
    shares = [0] * len(weights)
    full = filled(pool, weights, caps, open_claims)
    rest = pool
    for i in full:
        cap = caps[i]
        shares[i] = cap if cap is not None else 0
        rest -= shares[i]
    part = [i for i in open_claims if i not in full]
    total = sum(weights[i] for i in part)
    remainders: list[tuple[int, int]] = []
    for i in part:
        shares[i], remainder = divmod(rest * weights[i], total)
        remainders.append((-remainder, i))
    left = rest - sum(shares[i] for i in part) if part else 0
    for _, i in sorted(remainders)[:left]:
        shares[i] += 1
    return shares


def share_at(pool: int, weights: Sequence[int], caps: Sequence[int | None], at: int) -> int:
    """What `share` gives the claim at a place, which has weight, without working out the others."""
    open_claims = [i for i, weight in enumerate(weights) if weight]
    full = filled(pool, weights, caps, open_claims)
    if at in full:
        cap = caps[at]
        return cap if cap is not None else 0
    part = open_claims
    if full:
        part = [i for i in open_claims if i not in full]
        pool -= sum(cap for i in full if (cap := caps[i]) is not None)
    total = sum(weights[i] for i in part)
    remainders = [pool * weights[i] % total for i in part]
    place = part.index(at)
    own, left = remainders[place], sum(remainders) // total
    before = sum(one > own for one in remainders) + remainders[:place].count(own)
    return pool * weights[at] // total + (before < left)


def filled(
    pool: int, weights: Sequence[int], caps: Sequence[int | None], claims: Sequence[int]
) -> set[int]:
    """The claims whose cap the rising water reaches: with cap / weight at or below the final level.

    `claims` are the places of those with a weight above zero.
    Where it reaches all of them, or none, no levels are worked out.
    """
    limits = [caps[i] for i in claims]
    given = [cap for cap in limits if cap is not None]
    if len(given) == len(limits) and sum(given) <= pool:
        return set(claims)
    whole = sum(weights[i] for i in claims)
    if all(c is None or c * whole > pool * weights[i] for i, c in zip(claims, limits, strict=True)):
        return set()
    capped = sorted((Fraction(cap, weights[i]), i) for i in claims if (cap := caps[i]) is not None)
    full: set[int] = set()
    rest, total = pool, sum(weights[i] for i in claims)
    for level, i in capped:
        # The level that the rest would reach is rest / total; a cap above it is not reached.
        if total and level * total > rest:
            break
        full.add(i)
        cap = caps[i]
        rest -= cap if cap is not None else 0
        total -= weights[i]
    return full

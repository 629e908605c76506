"""Exact sharing of a pool: proportional to weights, between floors and caps, to the last fen.

An example: 100 fen among weights 1, 2 and 4, the last with a cap of 30. One factor for all rises like
water. At the level 30 / 4 the last has its cap, and together they have 7.5 + 15 + 30, which the pool
suffices for: the cap is reached. The other 70 go by the open weights: 70 × 1 / 3 is 23, remainder 1;
70 × 2 / 3 is 46, remainder 2. The fen left over goes to the largest remainder: they get 23, 47 and 30.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Ends = Sequence[int | None]


def makers(per: str) -> tuple[str, ...]:
    """The facts that make the groups of pools; none for one of `all`, or of each `village`."""
    return () if per in ("all", "village") else tuple(per.split(", "))


def group_name(texts: Sequence[str]) -> str:
    """What a group is called: its text; of several facts their texts, with ` / ` between them.

    A slash in such a text is doubled, so that no two groups have one name.
    """
    return texts[0] if len(texts) == 1 else " / ".join(t.replace("/", "//") for t in texts)


class BelowFloors(ValueError):
    """A pool does not suffice for what its claims must get at least."""


def share(
    pool: int, weights: Sequence[int], caps: Ends, floors: Sequence[int] | None = None
) -> list[int]:
    """Share a pool of fen among claims.

    One factor for all: a share is weight × factor, but no less than its floor in fen and no more than its
    cap (None: no cap), and the factor is the one that uses the pool up, or fills all caps. Rounding is by
    largest remainder, ties to the claim that stands first; so pass claims in the order of their
    village codes. A claim of weight 0 gets its floor: nothing where there is none. The shares add up to
    min(pool, sum of the caps of the claims with weight and of the floors of the others) exactly.
    Raises BelowFloors where the floors add up to more than the pool, ValueError where a pool, a weight,
    a cap or a floor is negative or a floor is above its cap.
    """
    least = [0] * len(weights) if floors is None else floors
    if pool < 0 or any(w < 0 for w in weights) or any(f < 0 for f in least):
        raise ValueError("a pool, a weight and a floor must not be negative")
    if any(c is not None and c < f for c, f in zip(caps, least, strict=True)):
        raise ValueError("a cap must not be negative nor below its floor")
    if sum(least) > pool:
        raise BelowFloors
    shares = settled(pool, weights, caps, floors)
    part = [i for i in range(len(weights)) if i not in shares]
    remaining, total = pool - sum(shares.values()), sum(weights[i] for i in part)
    remainders: list[tuple[int, int]] = []
    for i in part:
        shares[i], remainder = divmod(remaining * weights[i], total)
        remainders.append((-remainder, i))
    leftover = remaining - sum(shares[i] for i in part) if part else 0
    for _, i in sorted(remainders)[:leftover]:
        shares[i] += 1
    return [shares[i] for i in range(len(weights))]


def share_at(
    pool: int, weights: Sequence[int], caps: Ends, at: int, floors: Sequence[int] | None = None
) -> int:
    """What `share` gives the claim at a place, without working out the others."""
    fixed = settled(pool, weights, caps, floors)
    if at in fixed:
        return fixed[at]
    if not fixed:
        return by_weight_at(pool, weights, at)
    part = [i for i in range(len(weights)) if i not in fixed]
    pool -= sum(fixed.values())
    return by_weight_at(pool, [weights[i] for i in part], part.index(at))


def by_weight_at(pool: int, weights: Sequence[int], at: int) -> int:
    """The same where neither a cap nor a floor is reached: by weight and largest remainder alone."""
    total = sum(weights)
    remainders = [pool * weight % total for weight in weights]
    own_remainder, leftover = remainders[at], sum(remainders) // total
    ahead = sum([remainder > own_remainder for remainder in remainders])
    ahead += remainders[:at].count(own_remainder)
    return pool * weights[at] // total + (ahead < leftover)


def settled(
    pool: int, weights: Sequence[int], caps: Ends, floors: Sequence[int] | None = None
) -> dict[int, int]:
    """The claims, by place, whose share is their floor or cap, or nothing because they have no weight.

    All others share what is left by weight alone: the rising water has left their floors below and does
    not reach their caps.
    """
    full, freed = reached(pool, weights, caps, floors)
    least: Sequence[int] = [0] * len(weights) if floors is None else floors
    fixed = {i: least[i] for i in range(len(weights)) if i not in freed}
    return fixed | {i: cap for i in full if (cap := caps[i]) is not None}


def reached(
    pool: int, weights: Sequence[int], caps: Ends, floors: Sequence[int] | None = None
) -> tuple[set[int], set[int]]:
    """The claims whose caps the rising water reaches, and those whose floors; none is without weight.

    An end is reached where all shares at its level, end / weight, come to no more than the pool. Where
    all caps are reached, or only floors, no levels are worked out.
    """
    claims = {i for i, weight in enumerate(weights) if weight}
    least: Sequence[int] = [0] * len(weights) if floors is None else floors
    remaining = pool - sum(f for i, f in enumerate(least) if i not in claims)
    limits = [(i, cap) for i in claims if (cap := caps[i]) is not None]
    if len(limits) == len(claims) and sum(cap for _, cap in limits) <= remaining:
        return claims, claims
    total_weight = sum(weights[i] for i in claims)
    if all(cap * total_weight > remaining * weights[i] for i, cap in limits) and (
        floors is None or all(least[i] * total_weight <= remaining * weights[i] for i in claims)
    ):
        return set(), claims
    ends = [(Fraction(least[i], weights[i]), False, i, least[i]) for i in claims]
    ends += [(Fraction(cap, weights[i]), True, i, cap) for i, cap in limits]
    by_end: tuple[set[int], set[int]] = set(), set()
    used, moving = sum(least[i] for i in claims), 0
    for level, top, i, end in sorted(ends):
        if used + moving * level > remaining:
            break
        by_end[0 if top else 1].add(i)
        used += end if top else -end
        moving += -weights[i] if top else weights[i]
    return by_end

"""A pool shared exactly: sums, caps, proportion, ties, row order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.sharing import BelowFloors, share, share_at

AMOUNT = st.integers(0, 10**13)
Claims = list[tuple[int, int | None]]
CLAIMS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 5), st.integers(0, 10**12)),
        st.one_of(st.none(), st.integers(0, 5), st.integers(0, 10**12)),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("pool", "weights", "caps", "shares"),
    [
        (9_000_000, [6_400_000, 6_400_000, 3_200_000], None, [3_600_000, 3_600_000, 1_800_000]),
        (9_000_000, [8_000_000] * 3, None, [3_000_000] * 3),
        (100, [1, 1, 1], None, [34, 33, 33]),
        (2, [1, 1, 1], None, [1, 1, 0]),
        (100, [1, 2, 4], [100, 100, 30], [23, 47, 30]),  # the example at the head of `base.sharing`
        (100, [1, 1], [10, 1000], [10, 90]),
        (100, [1, 1], [10, 20], [10, 20]),
        (0, [3, 4], None, [0, 0]),
        (50, [0, 0], None, [0, 0]),
        (50, [], None, []),
        (1, [1, 3], None, [0, 1]),
        (3, [1, 1], None, [2, 1]),
        (10, [1, 1, 1], [1, 1, 1], [1, 1, 1]),
        (3, [1, 1, 1], [1, 1, 1], [1, 1, 1]),
        (10, [2, 1, 0], [0, 100, 100], [0, 10, 0]),
        (0, [1, 1], [0, 0], [0, 0]),
        (100, [3, 2, 1], [10, 50, 10], [10, 50, 10]),
        (60, [3, 2, 1], [10, 50, 50], [10, 33, 17]),
        (7, [1, 2, 3], [2, 2, 2], [2, 2, 2]),
        (6, [1, 2, 3], [1, 2, 3], [1, 2, 3]),
        (5, [1, 2, 3], [1, 2, 3], [1, 2, 2]),
        (9_007_199_254_740_993, [1, 1], [1, 2**62], [1, 9_007_199_254_740_992]),
    ],
)
def test_worked_examples(
    pool: int, weights: list[int], caps: list[int] | None, shares: list[int]
) -> None:
    assert share(pool, weights, caps if caps is not None else [None] * len(weights)) == shares


def shared(pool: int, claims: Claims) -> tuple[list[int], list[int | None], list[int]]:
    """The claims' weights, their caps, and what each gets."""
    weights, caps = [weight for weight, _ in claims], [cap for _, cap in claims]
    return weights, caps, share(pool, weights, caps)


@given(AMOUNT, CLAIMS)
def test_shares_add_up_to_the_pool_or_to_the_caps(pool: int, claims: Claims) -> None:
    _, caps, shares = shared(pool, claims)
    room = [cap if cap is not None else pool for w, cap in claims if w]
    assert sum(shares) == min(pool, sum(room))
    assert all(
        0 <= s <= (pool if cap is None else cap) for s, cap in zip(shares, caps, strict=True)
    )


@given(AMOUNT, CLAIMS)
def test_shares_are_proportional_to_within_a_fen_below_the_caps(pool: int, claims: Claims) -> None:
    """There is one water level: who is not at the cap has level times weight, rounded."""
    weights, _, shares = shared(pool, claims)
    free = [i for i, (w, cap) in enumerate(claims) if w and (cap is None or shares[i] < cap)]
    if not free:
        return
    low = max(Fraction(shares[i] - 1, weights[i]) for i in free)
    high = min(Fraction(shares[i] + 1, weights[i]) for i in free)
    assert low < high
    for i, (weight, cap) in enumerate(claims):
        if weight and cap is not None and i not in free:
            assert Fraction(cap - 1, weight) <= high


@given(AMOUNT, CLAIMS)
def test_a_claim_by_itself_gets_what_it_gets_among_all(pool: int, claims: Claims) -> None:
    weights, caps, shares = shared(pool, claims)
    for at in range(len(weights)):
        assert share_at(pool, weights, caps, at) == shares[at]


@given(AMOUNT, CLAIMS, st.randoms(use_true_random=False))
def test_row_order_only_breaks_ties(pool: int, claims: Claims, random: object) -> None:
    """Claims in any order get the same shares up to the one fen that breaks a tie of remainders."""
    order = list(range(len(claims)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = share(pool, [c[0] for c in claims], [c[1] for c in claims])
    mixed = share(pool, [claims[i][0] for i in order], [claims[i][1] for i in order])
    assert sum(straight) == sum(mixed)
    assert all(abs(straight[i] - mixed[n]) <= 1 for n, i in enumerate(order))


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=5))
def test_filling_in_the_smallest_steps_comes_to_the_same(
    pool: int, claims: list[tuple[int, int]]
) -> None:
    """The oracle pours: all that are not full rise together until the next is full or the pool is out."""
    weights, caps = [Fraction(w) for w, _ in claims], [Fraction(c) for _, c in claims]
    level, rest, exact = [Fraction(0)] * len(claims), Fraction(pool), list(range(len(claims)))
    while exact := [i for i in exact if weights[i] and level[i] < caps[i]]:
        whole = sum(weights[i] for i in exact)
        rise = min([rest / whole, *((caps[i] - level[i]) / weights[i] for i in exact)])
        for i in exact:
            level[i] += rise * weights[i]
        rest -= rise * whole
        if not rest:
            break
    shares = share(pool, [w for w, _ in claims], [c for _, c in claims])
    floors = [int(one) for one in level]
    left = min(pool, sum(c for w, c in claims if w)) - sum(floors)
    order = sorted(range(len(claims)), key=lambda i: (floors[i] - level[i], i))
    assert shares == [one + (i in order[:left]) for i, one in enumerate(floors)]


@pytest.mark.parametrize(
    ("pool", "weights", "caps"), [(-1, [1], [None]), (1, [-1], [None]), (1, [1], [-1])]
)
def test_negative_amounts_are_refused(
    pool: int, weights: list[int], caps: list[int | None]
) -> None:
    with pytest.raises(ValueError, match="negative"):
        share(pool, weights, caps)


# -- floors ----------------------------------------------------------------------------------------

ENDS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 4), st.integers(0, 10**12)),
        st.one_of(st.integers(0, 9), st.integers(0, 10**12)),
        st.one_of(st.none(), st.integers(0, 9), st.integers(0, 10**12)),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("pool", "weights", "floors", "caps", "shares"),
    [
        (100, [1, 1], [60, 0], None, [60, 40]),
        (100, [1, 1], [50, 50], None, [50, 50]),
        (100, [1, 1], [40, 10], None, [50, 50]),
        (100, [1, 1, 2], [40, 10, 0], [None, 15, 30], [55, 15, 30]),
        (100, [1, 1, 2], [40, 10, 0], [45, 15, 30], [45, 15, 30]),
        (100, [0, 1, 1], [30, 0, 0], None, [30, 35, 35]),
        (100, [0, 0], [30, 0], None, [30, 0]),
        (100, [1, 1], [70, 0], [70, 10], [70, 10]),
        (10, [1, 1, 1, 1], [4, 0, 0, 0], None, [4, 2, 2, 2]),
        (0, [1, 0], [0, 0], None, [0, 0]),
    ],
)
def test_between_both_ends(
    pool: int, weights: list[int], floors: list[int], caps: list[int | None] | None,
    shares: list[int],
) -> None:  # fmt: skip
    assert share(pool, weights, caps or [None] * len(weights), floors) == shares


@given(st.integers(0, 10**13), st.integers(0, 40), ENDS)
def test_the_one_factor_is_found_exactly(
    more: int, few: int, ends: list[tuple[int, int, int | None]]
) -> None:
    """The oracle looks for the factor among the levels where an end is reached, and between two."""
    weights, floors = [w for w, _, _ in ends], [f for _, f, _ in ends]
    caps = [None if c is None else max(c, f) for _, f, c in ends]
    claims = list(zip(weights, floors, caps, strict=True))

    def at(level: Fraction) -> list[Fraction]:
        raised = [max(level * w, Fraction(f)) for w, f, _ in claims]
        return [
            Fraction(f) if not w else r if c is None else min(r, Fraction(c))
            for r, (w, f, c) in zip(raised, claims, strict=True)
        ]

    pool = sum(floors) + (few if few < 30 else more)
    turns = {Fraction(end, w) for w, f, c in claims if w for end in (f, c) if end is not None}
    low = max((one for one in turns if sum(at(one)) <= pool), default=Fraction(0))
    rise = sum(at(low + 1)) - sum(at(low)) if low >= max(turns, default=Fraction(0)) else None
    above = min((one for one in turns if one > low), default=low + 1)
    if rise is None:
        rise = (sum(at(above)) - sum(at(low))) / (above - low)
    level = low + (pool - sum(at(low))) / rise if rise else low
    exact = at(level)
    quotas = [int(one) for one in exact]
    left = int(sum(exact)) - sum(quotas)
    order = sorted(range(len(ends)), key=lambda i: (quotas[i] - exact[i], i))
    wanted = [one + (i in order[:left]) for i, one in enumerate(quotas)]
    assert share(pool, weights, caps, floors) == wanted
    for place, one in enumerate(wanted):
        assert share_at(pool, weights, caps, place, floors) == one
    assert rise == 0 or sum(wanted) == pool


def test_a_pool_below_the_floors_is_refused() -> None:
    with pytest.raises(BelowFloors):
        share(99, [1, 0], [None, None], [60, 40])


def test_a_cap_below_its_floor_is_refused() -> None:
    with pytest.raises(ValueError, match="floor"):
        share(99, [1], [5], [6])

"""A pool shared exactly: sums, caps, proportion, ties, row order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.sharing import share, share_at

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
    for at, weight in enumerate(weights):
        assert not weight or share_at(pool, weights, caps, at) == shares[at]


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

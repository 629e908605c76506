"""What is told of growth: n² and less is found, n log n and noise are not, and what is constant stays so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest
from benchmarks.growth import Step, constant, n_log_n, steps

SIZES = (1_000, 10_000, 100_000, 1_000_000)
START, NOISE = 0.45, 0.05
Cost = Callable[[int], float]


def found(costs: Mapping[int, float], **kind: Callable[[int, int], float]) -> list[Step]:
    return [step for step in steps(costs, START, NOISE, **kind) if step.too_fast]


def measured(cost: Cost, sizes: tuple[int, ...] = SIZES) -> dict[int, float]:
    return {rows: START + cost(rows) for rows in sizes}


@pytest.mark.parametrize(
    ("what", "cost"),
    [
        ("constant", lambda n: 0.0),
        ("n", lambda n: n * 4e-6),
        ("n log n", lambda n: n * math.log(n) * 3e-7),
        ("n log n, large", lambda n: n * math.log(n) * 3e-5),
        ("up to 2,000 villages one by one, then in columns", lambda n: min(n, 2_000) * 2e-4 + n * 2e-6),
        ("n, the caches left at 100,000", lambda n: n * (2e-6 if n <= 100_000 else 3e-6)),
    ],
)  # fmt: skip
def test_what_may_grow_so_is_let_be(what: str, cost: Cost) -> None:
    assert found(measured(cost)) == []
    for noise in ((0.04, -0.04, 0.04, -0.04), (-0.04, 0.04, -0.04, 0.04)):
        noisy = {
            rows: c + more for (rows, c), more in zip(measured(cost).items(), noise, strict=True)
        }
        assert found(noisy) == []


@pytest.mark.parametrize(
    ("what", "cost"),
    [
        ("n²", lambda n: n**2 * 1e-10),
        ("n² beside much of n", lambda n: n**2 * 2e-10 + n * 1e-5),
        ("n√n", lambda n: n**1.5 * 1e-7),
        ("a step at 500,000", lambda n: n * 3e-6 + (0 if n < 500_000 else 60)),
    ],
)
def test_what_grows_faster_is_found(what: str, cost: Cost) -> None:
    assert [(step.fewer, step.more) for step in found(measured(cost))][-1] == (100_000, 1_000_000)


def test_what_creeps_shows_over_the_widest_step() -> None:
    creeping = measured(lambda n: n**1.25 * 3e-5)
    assert [(step.fewer, step.more) for step in found(creeping)] == [
        (1_000, 1_000_000), (10_000, 1_000_000),
    ]  # fmt: skip


def test_a_step_tells_costs_above_the_start() -> None:
    (step,) = found(measured(lambda n: n**2 * 1e-9, SIZES[1:3]))
    assert (step.fewer, step.more) == (10_000, 100_000)
    assert (step.less, step.cost, step.times) == pytest.approx((0.1, 10.0, 100.0))
    assert step.may == pytest.approx(12.5) == n_log_n(10_000, 100_000)


def test_what_refuses_at_once_has_to_be_constant() -> None:
    refused = measured(lambda n: 0.05, SIZES[2:])
    assert found(refused, may=constant) == []
    counted_first = measured(lambda n: n * 1e-6, SIZES[2:])
    assert found(counted_first) == []
    assert len(found(counted_first, may=constant)) == 1

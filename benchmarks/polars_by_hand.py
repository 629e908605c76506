"""The shipped policy written by hand in polars expressions; it assumes what `numpy_by_hand` assumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from benchmarks.facts import Facts

YUAN = 100
COUNTIES = ["娄烦县", "阳曲县"]


def prepare(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The whole policy over a frame in memory."""
    frame = pl.DataFrame(facts)

    def run() -> dict[str, Any]:
        found = compute(frame)
        return {name: found[name].to_numpy() for name in found.columns}

    return run


def compute(frame: pl.DataFrame) -> pl.DataFrame:
    """Every output, money in fen."""
    income, code = pl.col("collective_income"), frame["code"]
    in_order = code.is_sorted()
    if not in_order:
        frame = frame.with_row_index("place").sort("code")
    cadres, current = pl.col("other_cadres"), pl.col("current_subsidy")
    backstop = pl.col("county").is_in(COUNTIES)
    found = frame.lazy().with_columns(
        backstop=backstop,
        guaranteed_funds=pl.when(pl.col("residents") >= 1_000)
        .then(200_000 * YUAN)
        .when(income <= 50_000 * YUAN)
        .then(170_000 * YUAN)
        .otherwise(0)
        .cast(pl.Int64),
        subsidy_total=cadres * pl.max_horizontal(current, 8_000 * YUAN),
        subsidy_gap=cadres * pl.max_horizontal(8_000 * YUAN - current, 0),
        party_dues_grounds=(
            (~pl.col("has_venue") & backstop).cast(pl.Int64)
            + (pl.col("weak_organisation") & backstop)
            + ((income == 0) & backstop)
        ),
        low=(backstop & (income < 50_000 * YUAN)).cast(pl.Int64),
        income_band=pl.when(income == 0)
        .then(0)
        .when(income < 30_000 * YUAN)
        .then(1)
        .when(income < 50_000 * YUAN)
        .then(2)
        .otherwise(3),
        support_measures=pl.col("weak_organisation") * 1
        + ~pl.col("has_venue") * 2
        + (pl.col("registered_poor") & ~pl.col("first_secretary")) * 4
        + (income == 0) * 8,
    )
    found = found.with_columns(
        funding_gap=pl.max_horizontal(pl.col("guaranteed_funds") - pl.col("existing_funding"), 0),
        party_dues_share=proportional("party_dues_grounds", 3_785_000 * YUAN),
        collective_support_share=proportional("low", 20_420_000 * YUAN),
    )
    found = found.with_columns(
        municipal_share=pl.when("backstop").then("subsidy_total").otherwise(supplement())
    ).with_columns(county_share=pl.col("subsidy_total") - pl.col("municipal_share"))
    if not in_order:
        found = found.sort("place")
    return found.select(
        "guaranteed_funds", "funding_gap", "subsidy_total", "subsidy_gap", "municipal_share",
        "county_share", "party_dues_grounds", "party_dues_share", "collective_support_share",
        "income_band", "support_measures",
    ).collect()  # fmt: skip


def proportional(weight: str, pool: int) -> pl.Expr:
    """One pool shared by weight to the fen; equal remainders by code."""
    weights = pl.col(weight)
    top, total = weights * pool, weights.sum().clip(lower_bound=1)
    floor, rest = top // total, top % total
    place = pl.when(weights > 0).then(rest).rank("ordinal", descending=True)
    left = pl.when(weights.sum() > 0).then(pool).otherwise(0) - floor.sum()
    return floor + (place <= left).fill_null(False)


def supplement() -> pl.Expr:
    """30,000 a village pooled by county, shared by gap and never above it."""
    gap = pl.col("subsidy_gap")
    pool = (pl.len() * (30_000 * YUAN)).over("county").cast(pl.Int64)
    need = gap.sum().over("county").clip(lower_bound=1)
    floor, rest = gap * pool // need, gap * pool % need
    left = pool - floor.sum().over("county")
    place = pl.when(gap > 0).then(rest).rank("ordinal", descending=True).over("county")
    share = floor + (place <= left).fill_null(False)
    return pl.when(need > pool).then(share).otherwise(gap)

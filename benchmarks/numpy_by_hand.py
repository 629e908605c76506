"""The shipped policy written by hand in NumPy, as a good programmer would for this one policy.

It knows what no engine may assume: amounts and counties are constants, every product fits 64 bits,
no rule can meet twice, weights of the supplement are its caps. It says nothing of rules, pools or
readings. Counties and codes come as text, as a roster has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.facts import Facts

Ints = NDArray[np.int64]

YUAN = 100
COUNTIES = ("娄烦县", "阳曲县")


def compute(facts: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Every output, money in fen."""
    return decide(facts, coded(facts["county"]), ranked(facts["code"]))


def decide(
    facts: Mapping[str, Any], place: tuple[Ints, list[str]], rank: Ints
) -> dict[str, NDArray[Any]]:
    """The same, counties numbered and villages ranked by code."""
    income, residents = facts["collective_income"], facts["residents"]
    cadres, current = facts["other_cadres"], facts["current_subsidy"]
    county, counties = place

    large = residents >= 1_000
    guaranteed = np.where(
        large, 200_000 * YUAN, np.where(income <= 50_000 * YUAN, 170_000 * YUAN, 0)
    )
    gap = np.maximum(guaranteed - facts["existing_funding"], 0)

    subsidy_total = cadres * np.maximum(current, 8_000 * YUAN)
    subsidy_gap = cadres * np.maximum(8_000 * YUAN - current, 0)

    backstop = np.isin(np.array(counties), COUNTIES)[county]
    municipal = subsidy_total.copy()
    rest = np.flatnonzero(~backstop)
    municipal[rest] = supplement(subsidy_gap[rest], county[rest], len(counties), rank[rest])

    venue, weak, empty = facts["has_venue"], facts["weak_organisation"], income == 0
    grounds = (~venue & backstop).astype(np.int64) + (weak & backstop) + (empty & backstop)
    dues = proportional(grounds, 3_785_000 * YUAN, rank)
    low = (backstop & (income < 50_000 * YUAN)).astype(np.int64)
    support = proportional(low, 20_420_000 * YUAN, rank)
    band = np.searchsorted([1, 30_000 * YUAN, 50_000 * YUAN], income, side="right")
    poor = facts["registered_poor"] & ~facts["first_secretary"]
    measures = weak + 2 * ~venue + 4 * poor + 8 * empty
    return {
        "guaranteed_funds": guaranteed,
        "funding_gap": gap,
        "subsidy_total": subsidy_total,
        "subsidy_gap": subsidy_gap,
        "municipal_share": municipal,
        "county_share": subsidy_total - municipal,
        "party_dues_grounds": grounds,
        "party_dues_share": dues,
        "collective_support_share": support,
        "income_band": band,
        "support_measures": measures,
    }


def coded(county: pl.Series) -> tuple[Ints, list[str]]:
    """Counties by number, and their names."""
    names = county.unique(maintain_order=True)
    return county.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64), names.to_list()


def ranked(code: pl.Series) -> Ints:
    """Each village's place by code."""
    if code.is_sorted() and (code.head(-1) != code.tail(-1)).all():
        return np.arange(len(code))
    return code.rank("ordinal").to_numpy().astype(np.int64)


def supplement(gap: Ints, county: Ints, counties: int, rank: Ints) -> Ints:
    """30,000 a village pooled by county, shared by gap and never above it."""
    pool = np.bincount(county, minlength=counties) * (30_000 * YUAN)
    need = np.zeros(counties, dtype=np.int64)
    np.add.at(need, county, gap)
    share = gap.copy()
    short = np.flatnonzero((need > pool)[county])
    if len(short):
        mine = county[short]
        top = gap[short] * pool[mine]
        floor, rest = np.divmod(top, need[mine])
        left = np.where(need > pool, pool, 0)
        np.subtract.at(left, mine, floor)
        order = np.lexsort((rank[short], -rest, mine))
        sorted_county = mine[order]
        starts = np.flatnonzero(np.r_[True, sorted_county[1:] != sorted_county[:-1]])
        place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
        floor[order[place < left[sorted_county]]] += 1
        share[short] = floor
    return share


def proportional(weights: Ints, pool: int, rank: Ints) -> Ints:
    """One pool shared by weight to the fen, the largest remainders first, equal ones by rank."""
    share = np.zeros(len(weights), dtype=np.int64)
    at = np.flatnonzero(weights)
    if len(at):
        floor, rest = np.divmod(weights[at] * pool, weights.sum())
        left = pool - int(floor.sum())
        floor[np.lexsort((rank[at], -rest))[:left]] += 1
        share[at] = floor
    return share


def prepare(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The whole policy."""
    return lambda: compute(facts)


def prepare_numbered(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The whole policy, counties numbered and villages ranked beforehand: not counted."""
    place, rank = coded(facts["county"]), ranked(facts["code"])
    return lambda: decide(facts, place, rank)


def prepare_part(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The two programmes that every peer can express."""
    return lambda: part(facts)


def part(facts: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Operating funds and the subsidy of committee members, money in fen."""
    income, cadres = facts["collective_income"], facts["other_cadres"]
    floor = np.where(income <= 50_000 * YUAN, 170_000 * YUAN, 0)
    guaranteed = np.where(facts["residents"] >= 1_000, 200_000 * YUAN, floor)
    current = facts["current_subsidy"]
    return {
        "guaranteed_funds": guaranteed,
        "funding_gap": np.maximum(guaranteed - facts["existing_funding"], 0),
        "subsidy_total": cadres * np.maximum(current, 8_000 * YUAN),
        "subsidy_gap": cadres * np.maximum(8_000 * YUAN - current, 0),
    }

"""A made roster's facts in memory, as every contestant gets them: whole numbers, money in fen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

TEXTS = ("code", "name", "town", "county")
YUAN = ("existing_funding", "current_subsidy")
YES_NO = (
    "registered_poor", "weak_organisation", "former_empty_shell", "has_venue", "first_secretary",
)  # fmt: skip

Facts = dict[str, Any]


def load(path: Path) -> Facts:
    """Arrays by fact, texts as series, from a roster that `make_roster.py` wrote as parquet."""
    table = pl.read_parquet(path)
    fen = (table["collective_income"].cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)
    facts: Facts = {name: table[name] for name in TEXTS}
    facts |= {name: table[name].to_numpy().copy() for name in ("residents", "other_cadres")}
    facts["collective_income"] = fen.to_numpy().copy()
    facts |= {name: table[name].to_numpy() * 100 for name in YUAN}
    return facts | {name: table[name].to_numpy().copy() for name in YES_NO}

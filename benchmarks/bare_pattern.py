"""The bare pattern on durable_rules, written by hand: what the rules engine can do at best.

One flat fact a village, the twenty rules of the shipped policy as single patterns, in order of
priority; each action notes that its rule fired. Nothing is chained, checked or settled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from durable import engine

from benchmarks.facts import Facts

YUAN = 100
_BACKSTOP = {"$eq": {"backstop": True}}
_RULES: dict[str, list[dict[str, Any]]] = {
    "income_tested": [{"$lte": {"income": 50_000 * YUAN}}],
    "large_village": [{"$gte": {"residents": 1_000}}],
    "no_other_cadres": [{"$eq": {"cadres": 0}}],
    "raised_to_floor": [{"$gt": {"cadres": 0}}, {"$lt": {"current": 8_000 * YUAN}}],
    "already_at_floor": [{"$gt": {"cadres": 0}}, {"$gte": {"current": 8_000 * YUAN}}],
    "full_backstop": [_BACKSTOP],
    "supplement": [{"$eq": {"backstop": False}}],
    "no_venue": [_BACKSTOP, {"$eq": {"venue": False}}],
    "weak_or_lax": [_BACKSTOP, {"$eq": {"weak": True}}],
    "empty_shell": [_BACKSTOP, {"$eq": {"income": 0}}],
    "low_income": [_BACKSTOP, {"$lt": {"income": 50_000 * YUAN}}],
    "zero": [{"$eq": {"income": 0}}],
    "above_zero": [{"$gt": {"income": 0}}, {"$lt": {"income": 30_000 * YUAN}}],
    "from_30000": [{"$gte": {"income": 30_000 * YUAN}}, {"$lt": {"income": 50_000 * YUAN}}],
    "from_50000": [{"$gte": {"income": 50_000 * YUAN}}],
    "rectification_plan": [{"$eq": {"weak": True}}],
    "venue_construction": [{"$eq": {"venue": False}}],
    "first_secretary": [{"$eq": {"poor": True}}, {"$eq": {"secretary": False}}],
    "break_zero_plan": [{"$eq": {"income": 0}}],
    "sentinel": [{"$gte": {"income": 0}}],
}


class _Host(engine.Host):  # type: ignore[misc]
    """The stock host without its two timer threads."""

    def _run(self) -> None:
        pass


def prepare(facts: Facts) -> Callable[[], dict[str, Any]]:
    """All villages, one after the other."""
    fired: set[str] = set()
    host = _Host()

    def action(name: str) -> Callable[[Any], None]:
        def run(c: Any) -> None:
            fired.add(name)

        return run

    definition = {
        name: {"all": [{"m": {"$and": tests}}], "run": action(name), "pri": place}
        for place, (name, tests) in enumerate(_RULES.items())
    }
    host.register_rulesets({"villages": definition})
    rows = _rows(facts)

    def run() -> dict[str, Any]:
        granted = np.zeros(len(rows), dtype=np.int64)
        for place, row in enumerate(rows):
            fired.clear()
            host.assert_fact("villages", {"sid": "0", "id": "v", **row})
            host.retract_fact("villages", {"sid": "0", "id": "v"})
            assert "sentinel" in fired
            if "large_village" in fired:
                granted[place] = 200_000 * YUAN
            elif "income_tested" in fired:
                granted[place] = 170_000 * YUAN
        return {"guaranteed_funds": granted}

    return run


def _rows(facts: Facts) -> list[dict[str, Any]]:
    columns = {
        "income": facts["collective_income"].tolist(),
        "residents": facts["residents"].tolist(),
        "cadres": facts["other_cadres"].tolist(),
        "current": facts["current_subsidy"].tolist(),
        "backstop": facts["county"].is_in(["娄烦县", "阳曲县"]).to_list(),
        "venue": facts["has_venue"].tolist(),
        "weak": facts["weak_organisation"].tolist(),
        "poor": facts["registered_poor"].tolist(),
        "secretary": facts["first_secretary"].tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

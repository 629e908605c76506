"""Two of the policy's programmes in GoRules zen-engine: one decision of expressions, a village a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import zen

from benchmarks.facts import Facts

INPUTS = (
    "collective_income", "residents", "existing_funding", "other_cadres", "current_subsidy",
)  # fmt: skip
EXPRESSIONS = {
    "guaranteed_funds": "residents >= 1000 ? 20000000 : (collective_income <= 5000000 ? 17000000 : 0)",
    "funding_gap": "max([$.guaranteed_funds - existing_funding, 0])",
    "subsidy_total": "other_cadres * max([current_subsidy, 800000])",
    "subsidy_gap": "other_cadres * max([800000 - current_subsidy, 0])",
}


def _decision() -> dict[str, Any]:
    expressions = [{"id": key, "key": key, "value": value} for key, value in EXPRESSIONS.items()]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {
                "id": "e",
                "type": "expressionNode",
                "name": "e",
                "content": {"expressions": expressions},
            },
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "in", "targetId": "e"},
            {"id": "2", "type": "edge", "sourceId": "e", "targetId": "out"},
        ],
    }


def prepare(facts: Facts) -> Callable[[], dict[str, Any]]:
    """One call a village; the decision is read once."""
    decision = zen.ZenEngine().create_decision(json.dumps(_decision()))
    columns = [facts[name].tolist() for name in INPUTS]
    rows = [dict(zip(INPUTS, row, strict=True)) for row in zip(*columns, strict=True)]

    def run() -> dict[str, Any]:
        found = [decision.evaluate(row)["result"] for row in rows]
        return {
            name: np.array([one[name] for one in found], dtype=np.int64) for name in EXPRESSIONS
        }

    return run

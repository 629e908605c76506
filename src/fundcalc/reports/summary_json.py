"""A run's summary as JSON-ready data: amounts as text in yuan with two decimals."""

from __future__ import annotations

from typing import Any

from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.reports.summary import GroupTotals, Summary


def as_json(summary: Summary) -> dict[str, Any]:
    """Totals by county and payer, pools, rules, shares, hinges and assumptions."""
    return {
        "counties": [_totals(group) for group in summary.groups],
        "total": _totals(summary.total),
        "payers": {payer.en: _yuan(fen) for payer, fen in summary.payers},
        "pools": [
            {
                "programme": pool.programme.en,
                "group": pool.group,
                "amount": _yuan(pool.amount),
                "used": _yuan(pool.used),
                "leftover": _yuan(pool.amount - pool.used),
                "mean": _yuan(pool.mean),
                "villages": pool.villages,
                "claims": pool.claims,
            }
            for pool in summary.pools
        ],
        "rules": {
            programme.en: {id_: count for id_, _, count in rows}
            for programme, rows in summary.rules
        },
        "shares": [
            {
                "title": ratio.title.en,
                "count": ratio.count,
                "among": ratio.among,
                "percent": ratio.percent,
                "rounding": ratio.rounding,
            }
            for ratio in summary.ratios
        ],
        "hinges": {id_: count for id_, _, count in summary.hinges},
        "hinged_decisions": summary.hinged_decisions,
        "hinged_villages": summary.hinged_villages,
        "undecided_readings": [
            {"reading": reading, "option": option, "why": why.en}
            for reading, option, why in summary.undecided
        ],
        "assumed": {id_: count for id_, _, count in summary.assumed},
    }


def _totals(group: GroupTotals) -> dict[str, Any]:
    amounts = {id_: _yuan(fen) for id_, fen in group.amounts.items()}
    return {"name": group.name, "villages": group.villages, "amounts": amounts}


def _yuan(fen: int) -> str:
    return plain(fen, FEN_DECIMALS)

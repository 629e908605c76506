"""A comparison as JSON-ready data: amounts as text in yuan with two decimals."""

from __future__ import annotations

from typing import Any

from fundcalc.analysis.compare.beside import PoolChange
from fundcalc.analysis.compare.bridge import Step
from fundcalc.analysis.compare.movers import Mover
from fundcalc.analysis.compare.totals import Comparison, Part
from fundcalc.analysis.compare.versions import Side
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.language.show import literal

_MONEY = ("old", "new", "change", "gained", "lost", "entered", "withdrawn")
_VILLAGES = ("up", "down", "same", "joined", "left")


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Both sides, the parts, the bridge, the pools and the movers."""
    return {
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "changed": comparison.changed,
        "villages_moved": comparison.moved,
        "money_moved": _yuan(comparison.money),
        "total": _part(comparison.total),
        "counties": [_part(part) for part in comparison.counties],
        "programmes": [_part(part) for part in comparison.programmes],
        "payers": [_part(part) for part in comparison.payers],
        "bridge": [_step(step) for step in comparison.steps],
        "pools": [_pool(pool) for pool in comparison.pools],
        "outputs": [_part(part) for part in comparison.outputs],
        "other_results": {id_: count for id_, _, count in comparison.others},
        "movers": [_mover(mover) for mover in comparison.movers],
    }


def _yuan(fen: int) -> str:
    return plain(fen, FEN_DECIMALS)


def _side(side: Side) -> dict[str, Any]:
    version, plan = side.version, side.plan
    return {
        "version": version.label,
        "policy": {
            "id": plan.policy.id,
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
            "set": {
                id_: literal(value, version.policy.parameters[id_].type)
                for id_, value in version.values.items()
            },
        },
        "roster": {
            "file": side.roster.file,
            "digest": side.roster.digest,
            "villages": len(side.roster),
        },
    }


def _part(part: Part) -> dict[str, Any]:
    named = {"id": part.id, "title": part.title.en} if part.id else {}
    money = {key: _yuan(getattr(part, key)) for key in _MONEY}
    return {**named, **money, "villages": {key: getattr(part, key) for key in _VILLAGES}}


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "id": step.id,
        "title": step.title.en,
        "from": step.before,
        "to": step.after,
        "change": _yuan(step.change),
        "villages": step.villages,
        "payers": {payer: _yuan(fen) for payer, fen in step.payers.items() if payer},
    }


def _pool(pool: PoolChange) -> dict[str, Any]:
    return {
        "programme": pool.programme.en,
        "group": pool.group,
        "old": {"amount": _yuan(pool.old_amount), "used": _yuan(pool.old_used)},
        "new": {"amount": _yuan(pool.new_amount), "used": _yuan(pool.new_used)},
    }


def _mover(mover: Mover) -> dict[str, Any]:
    return {
        "village": mover.who,
        "way": mover.way,
        "old": _yuan(mover.old),
        "new": _yuan(mover.new),
        "change": _yuan(mover.change),
        "because": [
            {"kind": step.kind, "id": step.id, "change": _yuan(change)}
            for step, change in mover.steps
        ],
        "rules": {rule.programme: {"old": rule.old, "new": rule.new} for rule in mover.rules},
    }

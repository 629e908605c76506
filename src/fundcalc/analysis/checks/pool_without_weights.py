"""A pool may find nobody to share it, though villages claim it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, Claim, Replay, View, claims, each_view
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC713"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every pool that claimants without weight may leave untouched."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    for claim in claims(view):

        def shows(seen: Replay, claim: Claim = claim) -> bool:
            if seen.result is None:
                return False
            mine = [pool for pool in seen.result.pools if pool.item == claim.id]
            return any(pool.amount > 0 and pool.used == 0 for pool in mine)

        wanted = [claim.claimed, claim.weight == 0, claim.pool > 0]
        if claim.cap is not None:
            wanted.append(claim.cap > 0)
        seen = view.proved(claim.span, shows, *wanted)
        if seen is not None:
            yield claim.id, view.say(CODE, claim.span, witness=view.witness(seen), id=claim.id)

"""A pool may find nobody to share it, though villages claim it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Claim, Replay, View, claims, each_view
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC713"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every pool that claimants without weight may leave untouched."""
    for claim in claims(view):

        def shows(seen: Replay, claim: Claim = claim) -> bool:
            if seen.result is None:
                return False
            claimed = [pool for pool in seen.result.pools if pool.item == claim.id]
            return any(pool.amount > 0 and pool.used == 0 for pool in claimed)

        conditions = [claim.claimed, claim.weight == 0, claim.pool > 0]
        if claim.cap is not None:
            conditions.append(claim.cap > 0)
        if claim.floor is not None:
            conditions.append(claim.floor == 0)
        seen = view.proved(claim.span, shows, *conditions)
        if seen is not None:
            yield claim.id, view.say(CODE, claim.span, seen=seen, id=claim.id)

"""A pool may find nobody to share it, though villages claim it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from fundcalc.analysis.bench import Replay, View, each_view
from fundcalc.base import dataclass
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.policy.model import ALL, Rule

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


@dataclass(frozen=True, slots=True)
class Claim:
    """A share of a rule or output.

    `reached`: the village's weight and ends are looked at. `claimed`: it has a claim, which for a further
    output means that some rule applies. `member`: the pool of its group is worked out, which for one pool
    over all villages happens even where nobody claims.
    """

    id: str
    span: Span
    reached: Any
    claimed: Any
    member: Any
    pool: Any
    weight: Any
    cap: Any | None
    floor: Any | None


def claims(view: View) -> Iterator[Claim]:
    """Every share of the view's programme."""
    programme, villages = view.programme, view.space.villages
    for item, share in programme.shares:
        always = villages.encoder.value(True)
        reached, claimed = always, z3.Not(villages.none_holds(programme))
        if isinstance(item, Rule):
            reached = claimed = villages.decides(programme, item)
        member = always if share.group == ALL else reached
        terms = [None if node is None else villages.term(node) for node in share.parts]
        yield Claim(item.id, item.span, reached, claimed, member, *terms)

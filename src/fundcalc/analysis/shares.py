"""The shares of pools of a programme, as terms about one village."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fundcalc.analysis.bench import View
from fundcalc.base.diagnostics import Span
from fundcalc.policy.plan import PlanShare


@dataclass(frozen=True, slots=True)
class Claim:
    """A share of a rule or output.

    `reached`: the village's weight and cap are looked at. `claimed`: it has a claim, which for a further
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


def claims(view: View) -> Iterator[Claim]:
    """Every share of the view's programme."""
    import z3

    programme, villages = view.programme, view.space.villages
    for rule in programme.rules:
        if rule.share is not None:
            decides = villages.decides(programme, rule)
            yield _claim(view, rule.id, rule.rule.span, rule.share, (decides, decides))
    for also in programme.also:
        if also.share is not None:
            some = z3.Not(villages.none_holds(programme))
            always = z3.BoolVal(True)
            yield _claim(view, also.output.id, also.output.span, also.share, (always, some))


def _claim(view: View, id_: str, span: Span, share: PlanShare, when: tuple[Any, Any]) -> Claim:
    import z3

    villages = view.space.villages
    reached, claimed = when
    member = z3.BoolVal(True) if share.per == "all" else reached
    cap = villages.term(share.at_most) if share.at_most is not None else None
    pool, weight = villages.term(share.pool), villages.term(share.by)
    return Claim(id_, span, reached, claimed, member, pool, weight, cap)

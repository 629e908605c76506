"""A pool may find nobody to share it, though villages claim it.

资金池可能因权重全为零而分不出去。

A village that claims a share and has weight 0 gets nothing. Where all claims of a group weigh 0, the whole
pool of that group is left over, although the rule says that these villages share it. Weigh by something
that a claimant always has, or narrow the rule's condition.

有资格分享却权重为 0 的村分不到钱。如果一组里有资格的村权重都为 0，这一组的资金池就全部剩下，尽管规则说由它们
分享。请用有资格的村总有的数作权重，或收窄规则的条件。

Bad:

    [facts.households]
    title = { zh = "户数", en = "Households" }
    unit = "household"
    range = [0, 5_000]
    required = true

    [[rule]]
    id = "low"
    when = "income < limit"
    share = { pool = "limit * 10", per = "all", by = "households" }

Good:

    [facts.households]
    title = { zh = "户数", en = "Households" }
    unit = "household"
    range = [0, 5_000]
    required = true

    [[rule]]
    id = "low"
    when = "income < limit and households > 0"
    share = { pool = "limit * 10", per = "all", by = "households" }
"""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.analysis.replay import Replay
from fundcalc.analysis.shares import Claim, claims
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Words

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
            message = Words(
                f"`{claim.id}` 的权重可能全为零，资金池分不出去",
                f"all weights of `{claim.id}` may be zero, and its pool then goes to nobody",
            )
            hint = Words(
                "换一个总大于零的权重，或收窄条件",
                "weigh by something above zero, or narrow the condition",
            )
            yield (
                claim.id,
                view.finding("warning", message, (claim.span,), hint, view.witness(seen)),
            )

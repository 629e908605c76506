"""A programme may leave a village without a rule and does not say what then holds.

项目可能没有规则适用于某个村，又没有写明这时怎么办。

A gap that nobody declared is the most expensive fault of all: the village gets nothing, and no line of the
policy says so or why. Say in [otherwise] what then holds and give the reason, or widen a rule.

没有写明的空档代价最大：村里什么也得不到，政策里也没有一句话说明。请用 [otherwise] 写明结果和理由，或放宽
某条规则。

Bad:

    [programme]
    hit_policy = "unique"

    [[rule]]
    id = "low"
    when = "income <= limit"
    then = "limit"

Good:

    [programme]
    hit_policy = "unique"

    [[rule]]
    id = "low"
    when = "income <= limit"
    then = "limit"

    [otherwise]
    id = "none"
    value = 0
    because = { zh = "收入高于 {limit}", en = "income is above {limit}" }
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC111"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every programme without `otherwise` that the plan refuses, with a village where there is one."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    for gap in view.gaps:
        programme = view.programme
        none = view.space.villages.none_holds(programme)
        seen = view.proved(gap.where, lambda seen: seen.failed("FC403"), none)
        witness = view.witness(seen) if seen is not None else None
        found = view.finding(gap.severity, gap.message, gap.spans, gap.hint, witness)
        yield programme.id, replace(found, severity="error")

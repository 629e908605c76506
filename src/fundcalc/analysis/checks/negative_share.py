"""A pool, a weight or a cap may be negative."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench, View, each_view
from fundcalc.analysis.shares import claims
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Words

CODE = "FC714"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every share whose parts some village makes negative."""
    return each_view(bench, CODE, _find)


def _find(view: View) -> Iterator[tuple[object, Diagnostic]]:
    for claim in claims(view):
        parts = [
            (Words("资金池", "pool"), claim.pool),
            (Words("权重", "weight"), claim.weight),
            (Words("上限", "cap"), claim.cap),
        ]
        for name, term in parts:
            if term is None:
                continue
            claimed = claim.member if name.en == "pool" else claim.reached
            seen = view.proved(claim.span, lambda seen: seen.failed("FC405"), claimed, term < 0)
            if seen is not None:
                message = Words(
                    f"`{claim.id}` 的{name.zh}可能为负数",
                    f"the {name.en} of `{claim.id}` may be negative",
                )
                hint = Words("用 max(…, 0) 写明下限", "write `max(…, 0)`")
                finding = view.finding("error", message, (claim.span,), hint, view.witness(seen))
                yield (claim.id, name.en), finding

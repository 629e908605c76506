"""A pool, a weight or an end of a share may be negative, or its floor above its cap."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view
from fundcalc.analysis.checks.pool_without_weights import claims
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC714"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every share whose parts some village makes negative."""
    for claim in claims(view):
        parts = {
            "checks.pool": claim.pool, "checks.weight": claim.weight, "checks.cap": claim.cap,
            "checks.floor": claim.floor,
        }  # fmt: skip
        for name, term in parts.items():
            if term is None:
                continue
            claimed = claim.member if name == "checks.pool" else claim.reached
            seen = view.proved(claim.span, lambda seen: seen.failed("FC405"), claimed, term < 0)
            if seen is not None:
                part = words(name)
                finding = view.say(CODE, claim.span, seen=seen, id=claim.id, part=part)
                yield (claim.id, name), finding
        if claim.cap is not None and claim.floor is not None:
            crossed = claim.floor > claim.cap
            seen = view.proved(
                claim.span, lambda seen: seen.failed("FC411"), claim.reached, crossed
            )
            if seen is not None:
                yield (
                    (claim.id, "cross"),
                    view.say("FC714.cross", claim.span, seen=seen, id=claim.id),
                )

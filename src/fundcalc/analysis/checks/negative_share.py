"""A pool, a weight or a cap may be negative."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, claims, each_view
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC714"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every share whose parts some village makes negative."""
    for claim in claims(view):
        parts = {"checks.pool": claim.pool, "checks.weight": claim.weight, "checks.cap": claim.cap}
        for name, term in parts.items():
            if term is None:
                continue
            claimed = claim.member if name == "checks.pool" else claim.reached
            seen = view.proved(claim.span, lambda seen: seen.failed("FC405"), claimed, term < 0)
            if seen is not None:
                part = words(name)
                found = view.say(CODE, claim.span, seen=seen, id=claim.id, part=part)
                yield (claim.id, name), found

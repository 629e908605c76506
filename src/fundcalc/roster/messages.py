"""What databases say of a file, until they say it from the catalogue."""

from __future__ import annotations

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Words


def unreadable(file: str, reason: Words) -> Diagnostic:
    """A file that is not there, or that the system will not give."""
    return say("FC601", Span(file), reason=reason)

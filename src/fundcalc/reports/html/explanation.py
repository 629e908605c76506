"""One explanation as a page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fundcalc.base.words import Lang
from fundcalc.explain.document import Heading, document
from fundcalc.explain.words import P
from fundcalc.reports.html import page

if TYPE_CHECKING:
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.why_not import WhyNot


def explanation_html(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> str:
    """An explanation as a page of HTML that stands alone."""
    blocks = list(document(explanation, lang))
    title = next((b.text for b in blocks if isinstance(b, Heading)), "")
    told = [(type(block).__name__.lower(), block) for block in blocks]
    return page("explanation.html", lang, heading=title, blocks=told, words=P).decode()

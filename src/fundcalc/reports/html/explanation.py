"""One explanation as a page of HTML."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.words import Lang
from fundcalc.explain.document import Block, Heading
from fundcalc.explain.phrases import P
from fundcalc.reports.html import page


def as_html(blocks: Sequence[Block], lang: Lang) -> str:
    """A document as a page that stands alone."""
    title = next((b.text for b in blocks if isinstance(b, Heading)), "")
    told = [(type(block).__name__.lower(), block) for block in blocks]
    return page("explanation.html", lang, heading=title, blocks=told, words=P).decode()

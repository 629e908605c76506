"""An explanation as Markdown: headings, tables and nested lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fundcalc.base.words import Lang
from fundcalc.explain.document import (
    Block,
    Digest,
    Heading,
    Line,
    Part,
    Rule,
    Step,
    Table,
    document,
)
from fundcalc.explain.phrases import P

if TYPE_CHECKING:
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.why_not import WhyNot

_MARKS = {True: "✓", False: "✗"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def explanation_markdown(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> str:
    """An explanation as Markdown; nothing in it is taken for markup."""
    return "\n".join(_lines(document(explanation, lang), lang)) + "\n"


def _lines(blocks: Iterable[Block], lang: Lang) -> Iterator[str]:
    listed = False
    for block in blocks:
        item = isinstance(block, Rule | Step | Line)
        if listed and not item:
            yield ""
        listed = item
        match block:
            case Heading():
                yield from (f"{'#' * block.level} {_safe(block.text)}", "")
            case Table():
                yield from _table(block)
            case Rule():
                yield from _rule(block, lang)
            case Step():
                chain = [block.formula, block.numbers, block.value]
                yield f"- {' = '.join(_safe(text) for text in (block.title, *filter(None, chain)))}"
            case Line():
                yield f"- {_safe(block.text)}"
                yield from (f"  - {_safe(more)}" for more in block.more)
            case Digest():
                yield f"- `{block.text}`"
                listed = True


def _table(table: Table) -> Iterator[str]:
    yield "| | | |"
    yield "|---|---:|---|"
    for row in table.rows:
        title, value, about = (_safe(cell) for cell in row)
        yield f"| {title} | {f'**{value}**' if table.results else value} | {about} |"
    yield ""


def _rule(rule: Rule, lang: Lang) -> Iterator[str]:
    yield f"- {_MARKS[rule.fired]} **{_safe(rule.title)}** `{rule.id}`"
    for part in rule.parts:
        yield from _part(part, "  ")
    if rule.says:
        yield f"  - → {_safe(rule.says)}"
    if rule.source:
        yield f"  - {P['source'].say(lang)}{_safe(rule.source)}"


def _part(part: Part, lead: str) -> Iterator[str]:
    yield f"{lead}- {_MARKS[part.holds]} {_safe(part.text)}"
    for inner in part.parts:
        yield from _part(inner, lead + "  ")


def _safe(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))

"""An explanation's document written: as text for a terminal or a file, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang
from fundcalc.explain.answer import COLUMNS
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
from fundcalc.explain.words import P

if TYPE_CHECKING:
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.why_not import WhyNot

_MARKS = {True: "✓", False: "✗"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def explanation_text(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> str:
    """An explanation as lines of at most 80 columns."""
    return "\n".join(_text_lines(document(explanation, lang), lang)) + "\n"


def _text_lines(blocks: Iterable[Block], lang: Lang) -> Iterator[str]:
    indent, started = 0, False
    for block in blocks:
        match block:
            case Heading(level=1):
                yield from _wrapped(block.text, 0)
            case Heading(level=2):
                if not started:
                    yield "=" * COLUMNS
                indent, started = 3, True
                yield ""
                yield from _wrapped(block.text, 3, first="")
                yield "-" * COLUMNS
            case Heading():
                yield f"   {block.text}"
                indent = 5
            case Table():
                yield from _text_table(block, 3 if block.results else 5)
            case Rule():
                yield from _text_rule(block, lang)
            case Step():
                yield from _text_step(block)
            case Line(aside=True):
                yield from _wrapped(block.text, 3)
            case Line():
                yield from _wrapped(block.text, indent + 2 * bool(indent), first=" " * indent)
                for more in block.more:
                    yield from _wrapped(more, indent + 4, first=" " * (indent + 2))
            case Digest():
                yield block.text
            case _:
                assert_never(block)


def _text_rule(rule: Rule, lang: Lang) -> Iterator[str]:
    yield from _wrapped(f"{_MARKS[rule.fired]} {rule.title}  [{rule.id}]", 5, first="   ")
    lead = "   │  " if rule.fired else "      "
    for part in rule.parts:
        yield from _text_part(part, lead)
    if rule.says:
        yield from _wrapped(rule.says, 6, first="   └─ ")
    if rule.source:
        yield from _wrapped(f"{P['source'].say(lang)}{rule.source}", 6)


def _text_part(part: Part, lead: str) -> Iterator[str]:
    lines = wrap(part.text, COLUMNS - width(lead) - 3)
    yield f"{lead}{_MARKS[part.holds]} {lines[0]}"
    yield from (f"{lead}  {line}" for line in lines[1:])
    for inner in part.parts:
        yield from _text_part(inner, lead + "  ")


def _text_step(step: Step) -> Iterator[str]:
    if not step.formula:
        yield f"     {step.title} = {step.value}"
        return
    yield from _wrapped(f"{step.title} = {step.formula}", 8, first="     ")
    if step.numbers:
        yield from _wrapped(f"= {step.numbers}", 9, first="       ")
    yield from _wrapped(f"= {step.value}", 9, first="       ")


def _text_table(table: Table, indent: int) -> Iterator[str]:
    """Title, value and a remark; the remark goes below where the line would be too long."""
    titles = max([24 if table.results else 0, *(width(title) for title, _, _ in table.rows)])
    numbers = [width(v) for _, v, _ in table.rows if v[:1].isdigit() or v[:1] == "-"]
    values = max([30 if table.results else 0, *numbers])
    for title, value, about in table.rows:
        number = value[:1].isdigit() or value[:1] == "-"
        line = f"{' ' * indent}{pad(title, titles)}  {pad(value, values, right=number)}".rstrip()
        if width(line) > COLUMNS:
            yield from _wrapped(title, indent)
            yield from _wrapped(value, indent + 2)
        elif width(line) + 2 + width(about) <= COLUMNS:
            yield f"{line}  {about}".rstrip()
            continue
        else:
            yield line
        if about:
            yield from _wrapped(about, indent + 2)


def _wrapped(text: str, indent: int, first: str | None = None) -> Iterator[str]:
    """Lines within 80 columns; the first with its own beginning."""
    head = " " * indent if first is None else first
    lines = wrap(text, COLUMNS - max(indent, width(head)))
    yield head + lines[0]
    yield from (" " * indent + line for line in lines[1:])


def explanation_markdown(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> str:
    """An explanation as Markdown; nothing in it is taken for markup."""
    return "\n".join(_markdown_lines(document(explanation, lang), lang)) + "\n"


def _markdown_lines(blocks: Iterable[Block], lang: Lang) -> Iterator[str]:
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
                yield from _markdown_table(block)
            case Rule():
                yield from _markdown_rule(block, lang)
            case Step():
                chain = [block.formula, block.numbers, block.value]
                yield f"- {' = '.join(_safe(text) for text in (block.title, *filter(None, chain)))}"
            case Line():
                yield f"- {_safe(block.text)}"
                yield from (f"  - {_safe(more)}" for more in block.more)
            case Digest():
                yield f"- `{block.text}`"
                listed = True
            case _:
                assert_never(block)


def _markdown_table(table: Table) -> Iterator[str]:
    yield "| | | |"
    yield "|---|---:|---|"
    for row in table.rows:
        title, value, about = (_safe(cell) for cell in row)
        yield f"| {title} | {f'**{value}**' if table.results else value} | {about} |"
    yield ""


def _markdown_rule(rule: Rule, lang: Lang) -> Iterator[str]:
    yield f"- {_MARKS[rule.fired]} **{_safe(rule.title)}** `{rule.id}`"
    for part in rule.parts:
        yield from _markdown_part(part, "  ")
    if rule.says:
        yield f"  - → {_safe(rule.says)}"
    if rule.source:
        yield f"  - {P['source'].say(lang)}{_safe(rule.source)}"


def _markdown_part(part: Part, lead: str) -> Iterator[str]:
    yield f"{lead}- {_MARKS[part.holds]} {_safe(part.text)}"
    for inner in part.parts:
        yield from _markdown_part(inner, lead + "  ")


def _safe(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))

"""Sentences of policy authors with `{name}` in them. Only plain names; nothing is looked up by dots."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.nearest import did_you_mean

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
MAX_LENGTH = 2_000


def check_template(text: str, span: Span, known: Collection[str]) -> list[Diagnostic]:
    """Every placeholder that stands for nothing or is no plain name."""
    found: list[Diagnostic] = []
    for match in _PIECE.finditer(text[:MAX_LENGTH]):
        if match.group() in ("{{", "}}"):
            continue
        name = match.group(1)
        if name is None or not name.isidentifier():
            found.append(say("FC113.braces", span))
        elif name not in known:
            name = name[:80]
            found.append(say("FC113.field", span, hint=did_you_mean(name, known), field=name))
    return found


def fill(text: str, value: Callable[[str], str]) -> str:
    """The sentence with each `{name}` replaced by `value(name)`."""

    def one(match: re.Match[str]) -> str:
        piece = match.group()
        if piece in ("{{", "}}"):
            return piece[0]
        return value(match.group(1)) if match.group(1) is not None else piece

    return _PIECE.sub(one, text)


def split(text: str) -> Iterator[tuple[str, bool]]:
    """The sentence cut at its `{name}`s: texts as they stand and names, each with whether it is a name."""
    at = 0
    for match in _PIECE.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], False
        piece, at = match.group(), match.end()
        if match.group(1) is not None:
            yield match.group(1), True
        else:
            yield piece[0], False
    if at < len(text):
        yield text[at:], False


def names_in(text: str) -> set[str]:
    """The names that a sentence shows."""
    return {match.group(1) for match in _PIECE.finditer(text) if match.group(1)}

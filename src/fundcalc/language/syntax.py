"""Expression text to Python's syntax tree, with every guard that hostile text needs."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span


def _nowhere(start: int, end: int) -> Span:
    return Span("", 1, start + 1, end + 1)


@dataclass(frozen=True, slots=True)
class Source:
    """`locate(start, end)` gives the place of the characters from start up to end."""

    text: str
    locate: Callable[[int, int], Span] = _nowhere


MAX_LENGTH = 2_000
MAX_DEPTH = 60

_FULL_WIDTH = dict(
    zip("（），＋－＊／＜＞＝≤≥≠“”‘’！：。、", "(),+-*/<>=≤≥≠\"\"''!:.,", strict=True)
)
_WRONG = {
    "was never closed": "FC201.open",
    "unmatched": "FC201.unmatched",
    "does not match": "FC201.unpaired",
    "unterminated string": "FC201.quote",
    "leading zeros": "FC201.zeros",
    "invalid decimal literal": "FC201.letters",
    "forgot a comma": "FC201.comma",
}
"""What is said for what Python's parser says."""
_PLAIN = {"≤": "<=", "≥": ">=", "≠": "!="}


def read(source: Source) -> ast.expr | Diagnostic:
    """Python's tree for an expression, or why there is none. The tree is never evaluated."""
    text = source.text
    if len(text) > MAX_LENGTH:
        return say("FC211.too_long", source.locate(0, 40), length=len(text), most=MAX_LENGTH)
    if not text.strip():
        return say("FC201.empty", source.locate(0, len(text)))
    comment = _comment(text)
    if comment is not None:
        return say("FC201.comment", source.locate(comment, len(text)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(one_line(text), mode="eval").body
    except SyntaxError as problem:
        return _syntax(source, problem)
    except (ValueError, RecursionError, MemoryError):
        return say("FC211.too_deep", source.locate(0, len(text)), most=MAX_DEPTH)
    if _depth(tree) > MAX_DEPTH:
        return say("FC211.too_deep", source.locate(0, len(text)), most=MAX_DEPTH)
    return tree


def one_line(text: str) -> str:
    """The text as Python reads it: line breaks and leading blanks are no indentation here."""
    flat = text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return flat.lstrip(" ")


def leading(text: str) -> int:
    """How many characters `one_line` drops from the beginning."""
    return len(text) - len(one_line(text))


def _comment(text: str) -> int | None:
    """Where a `#` starts a comment: silently dropping what follows would change the meaning."""
    if "#" not in text:
        return None
    line = one_line(text)
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            if token.type == tokenize.COMMENT:
                return leading(text) + token.start[1]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass
    return None


def _syntax(source: Source, problem: SyntaxError) -> Diagnostic:
    text = source.text
    for index, char in enumerate(text):
        if char in _FULL_WIDTH and not _quoted(text, index):
            plain = _FULL_WIDTH[char]
            return say(
                "FC201.full_width",
                source.locate(index, index + 1),
                found=char,
                plain=_PLAIN.get(plain, plain),
            )
    at = leading(text) + max((problem.offset or 1) - 1, 0)
    at = min(at, max(len(text) - 1, 0))
    end = at + 1
    if problem.end_offset and problem.end_offset > (problem.offset or 0):
        end = min(leading(text) + problem.end_offset - 1, len(text))
    if "=" in text[at:end] or _single_equals(text):
        return say("FC201.single_equals", source.locate(at, end))
    said = problem.msg or ""
    key = next((key for part, key in _WRONG.items() if part in said), "FC201")
    return say(key, source.locate(at, end))


def _quoted(text: str, index: int) -> bool:
    return text[:index].count("'") % 2 == 1 or text[:index].count('"') % 2 == 1


def _single_equals(text: str) -> bool:
    bare = text.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", "")
    return "=" in bare and "where" not in bare


def _depth(tree: ast.AST) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        if deepest > MAX_DEPTH + 1:
            return deepest
        level = [
            child
            for node in level
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr | ast.keyword)
        ]
    return deepest

"""Expression text to Python's syntax tree, with every guard that hostile text needs."""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Callable
from decimal import Decimal

from fundcalc.base import dataclass
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
    zip(
        "（），＋－＊／＜＞＝≤≥≠“”‘’！：。、；×÷−【】０１２３４５６７８９",
        "(),+-*/<>=≤≥≠\"\"''!:.,,*/-[]0123456789",
        strict=True,
    )
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
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_THOUSANDS = re.compile(r"(?<![\w.])\d{1,3}(?:[,，’ ]\d{3})+(?!\w)(?!\.\d)")
_PERCENT = re.compile(r"(?<![\w.])(\d[\d_.]*)\s*[%％](?!\s*[\w(])")
_AMOUNT = re.compile(
    r"[￥¥]?\s*(?<![\w.])(\d[\d_,]*(?:\.\d+)?)\s*([万亿千百]*)\s*([wWkK]\b|元|块|人|个|户|亩|名|岁|年)?(?![\w.])"
)
_TIMES = {"千": 1_000, "百": 100, "万": 10_000, "亿": 100_000_000, "w": 10_000, "k": 1_000}
_BY_ITSELF = r"(?:(?<=[\s\d)）'\"])|^){}(?=[\s(（\d]|[A-Za-z_]|$)"
_WORDS = (
    ("and", r"并且|而且|且|&&|AND|And"), ("or", r"或者|或|\|\||OR|Or"), ("not", r"NOT|Not|非|!"),
    ("<=", r"=<|不高于|不超过|不大于|小于等于|小于或等于"),
    (">=", r"=>|不低于|不少于|不小于|大于等于|大于或等于|至少"),
    ("!=", r"<>|不等于"), (">", r"大于|高于|超过|多于"), ("<", r"小于|低于|少于|不足"), ("==", r"等于"),
)  # fmt: skip
"""What stands for what people write in its place; longer words come before those that they hold."""
_LIKE_IF = re.compile(r"(?:^|[\s(,+*/<>=-])if\s*\(|[?？].*[:：]|如果.*(?:那么|则)|若.*则")
_KEYWORDS = frozenset(keyword.kwlist) - {"True", "False", "None"}
_JOINING = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_OPERATORS = frozenset({"<", ">", "<=", ">=", "==", "!=", "+", "-", "*", "/", ","})
_ONE_SIDE = re.compile(r"\b(?:and|or)\s*(?:[<>]=?|[=!]=)")
_FACTOR = re.compile(r"(?<![\w.])(\d[\d_.]*+)\s*+(?!(?:and|or|not|in|is|if|else)\b)([^\W\d_]\w*)")


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
    number = _THOUSANDS.search(_bare(text))
    if number is not None:  # within a call it would be read as two
        right = re.sub(r"\D", "_", number[0])
        return say("FC201.thousands", source.locate(*number.span()), found=number[0], right=right)
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


def _bare(text: str) -> str:
    """The text with blanks in place of what stands in quotes."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def _slip(source: Source) -> Diagnostic | None:
    """What people write who know spreadsheets, other languages, or Chinese, and how it is written here."""
    bare = _bare(source.text)
    percent, likely = _PERCENT.search(bare), _LIKE_IF.search(bare)
    if percent is not None:
        percentage, rate = percent[0], f"{Decimal(percent[1].replace('_', '')) / 100:f}"
        where = source.locate(*percent.span())
        return say("FC201.percent", where, found=percentage, number=percent[1], rate=rate)
    for match in _AMOUNT.finditer(bare):
        if match[2] or match[3] or match[0][0] in "￥¥":
            place = source.locate(*match.span())
            return say("FC201.slip", place, found=match[0].strip(), right=_amount(match))
    for right, words_ in _WORDS:
        word = re.search(_BY_ITSELF.format(f"(?:{words_})"), bare)
        if word is not None:
            place = source.locate(*word.span())
            return say("FC201.slip", place, found=word[0], right=right)
    if likely is not None:
        return say("FC201.choice", source.locate(*likely.span()))
    for match in _ONE_SIDE.finditer(bare):
        return say("FC201.one_side", source.locate(*match.span()))
    for match in _FACTOR.finditer(bare):
        right = f"{match[1]} * {match[2]}"
        return say("FC201.slip", source.locate(*match.span()), found=match[0], right=right)
    at = bare.find(";")
    return say("FC201.slip", source.locate(at, at + 1), found=";", right=",") if at >= 0 else None


def _amount(match: re.Match[str]) -> str:
    """A number with its 万 or 元 as it is written in an expression."""
    value = Decimal(re.sub("[_,]", "", match[1]))
    for sign in match[2] + (match[3] or "").lower():
        value *= _TIMES.get(sign, 1)
    integer, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(integer):_}" + (f".{fraction}" if fraction else "")


def _keyword(source: Source) -> Diagnostic | None:
    """A word of Python's syntax where a name belongs."""
    line = one_line(source.text)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(line).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    for number, token in enumerate(tokens):
        word, after = token.string, tokens[number + 1].string if number + 1 < len(tokens) else ""
        before = tokens[number - 1].string if number else ""
        stands_alone = after in _OPERATORS | {")"}
        joins = stands_alone if word == "not" else before in _OPERATORS | {"", "("}
        if word in _KEYWORDS and (word not in _JOINING or joins):
            start = leading(source.text) + token.start[1]
            return say("FC201.keyword", source.locate(start, start + len(word)), name=word)
    return None


def _syntax(source: Source, problem: SyntaxError) -> Diagnostic:
    text = source.text
    slip = _slip(source)
    if slip is not None:
        return slip
    for index, char in enumerate(text):
        if char in _FULL_WIDTH and not _quoted(text, index):
            plain = _FULL_WIDTH[char]
            if char in "×÷−":
                place = source.locate(index, index + 1)
                return say("FC201.slip", place, found=char, right=plain)
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
    word = _keyword(source)
    if word is not None:
        return word
    if _single_equals(text) or ("=" in text[at:end] and text[at : at + 2] != "=="):
        return say("FC201.single_equals", source.locate(at, end))
    python_says = problem.msg or ""
    key = next((key for part, key in _WRONG.items() if part in python_says), "FC201")
    return say(key, source.locate(at, end))


def _quoted(text: str, index: int) -> bool:
    return text[:index].count("'") % 2 == 1 or text[:index].count('"') % 2 == 1


def _single_equals(text: str) -> bool:
    """Whether a `=` stands alone that names no argument."""
    return "=" in re.sub(r"[=<>!]=|\b(?:where|per|to)\s*=", "", _bare(text))


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

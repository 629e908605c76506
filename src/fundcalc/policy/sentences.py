"""Sentences: of policy authors, with `{name}` in them, and of the texts that a policy quotes.

Of names only plain ones and `before.x`, which is a name as a whole: nothing is looked up by dots. A
quotation stands in a text word for word; only blanks and line breaks may differ, which in Chinese mean
nothing and between Latin words are all alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.width import width
from fundcalc.base.words import Words, did_you_mean
from fundcalc.language.nodes import BEFORE

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
MAX_LENGTH = 2_000


def check_template(text: str, span: Span, known: Collection[str]) -> list[Diagnostic]:
    """Every placeholder that stands for nothing or is no plain name."""
    problems: list[Diagnostic] = []
    for match in _PIECE.finditer(text[:MAX_LENGTH]):
        if match.group() in ("{{", "}}"):
            continue
        name = match.group(1)
        if name is None or not name.removeprefix(f"{BEFORE}.").isidentifier():
            problems.append(say("FC113.braces", span))
        elif name not in known:
            name = name[:80]
            problems.append(say("FC113.field", span, hint=did_you_mean(name, known), field=name))
    return problems


def by_ids(sentence: Words, ids: Mapping[str, str]) -> Words:
    """A sentence with `{id}` for each `{name}` of another name."""
    zh, en = sentence.zh, sentence.en
    for name, id_ in ids.items():
        if name != id_:
            zh, en = (text.replace(f"{{{name}}}", f"{{{id_}}}") for text in (zh, en))
    return Words(zh, en)


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


# -- the texts of sources -------------------------------------------------------------------------

_END = re.compile(
    r"""[。！？!?][”’」』）)"']*|(?<!^\d)(?<!^\d\d)\.[”’"')]*(?=\s)|\n""", re.MULTILINE
)
_HEAD = re.compile(
    r"\s*(第[〇零一二三四五六七八九十百千\d]+[章节条款项]|[（(]?[一二三四五六七八九十百\d]+[）)、．]|\d+\.(?=\s))"
)
_FIGURE = "〇零一二两三四五六七八九十百千万亿"
_UNITS = "元 角 分 万 亿 人 户 口 名 位 个 项 次 倍 成 年 月 日 天 岁 周岁 村 亩 平方 公里 吨 档 级 类 % ％"
_TELLS = re.compile(
    rf"[0-9０-９]|[{_FIGURE}]+(?:{'|'.join(_UNITS.split())})|百分之|[{_FIGURE}]分之"
    r"|以上|以下|不低于|应当|可以|(?i:\b(?:at least|shall|may)\b)"
)
"""What makes a sentence one that a policy must answer for: an amount, a number, a bound, a duty, a leave."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text: where it stands in it, from and to, in characters."""

    start: int
    end: int
    text: str

    @property
    def tells(self) -> bool:
        """Whether it has an amount, a number, a bound, a duty or a leave; an article's number is none."""
        return _TELLS.search(_HEAD.sub("", self.text, count=1)) is not None


@dataclass(frozen=True)
class SourceText:
    """The text of a source: the name of its file, and what stands in it."""

    name: str
    text: str

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, in order: each ends with 。！？, a full stop, or its line."""
        sentences: list[Sentence] = []
        start = 0
        for end in [*(match.end() for match in _END.finditer(self.text)), len(self.text)]:
            said = self.text[start:end].strip()
            if said:
                first = self.text.index(said, start)
                sentences.append(Sentence(first, first + len(said), said))
            start = end
        return tuple(sentences)

    @cached_property
    def _plain(self) -> tuple[str, list[int]]:
        return _without_blanks(self.text)

    def places(self, quote: str) -> list[tuple[int, int]]:
        """Where a quotation stands, each from and to; none where it does not, or is blank."""
        wanted, (plain, at) = _without_blanks(quote)[0], self._plain
        places: list[tuple[int, int]] = []
        start = plain.find(wanted) if wanted else -1
        while start >= 0:
            end = start + len(wanted)
            ends = [edge for edge in (start, end) if 0 < edge < len(plain)]
            cut = any(plain[edge - 1 : edge + 1].isdecimal() for edge in ends)  # 15 is not in 115
            if not cut:
                places.append((at[start], at[end - 1] + 1))
            start = plain.find(wanted, start + 1 if cut else end)
        return places

    def quoted(self, quote: str) -> list[list[Sentence]]:
        """The sentences in which a quotation stands, place by place."""
        starts, ends = (
            [getattr(sentence, edge) for sentence in self.sentences] for edge in ("start", "end")
        )
        return [
            list(self.sentences[bisect_right(ends, start) : bisect_left(starts, end)])
            for start, end in self.places(quote)
        ]

    def nearest(self, quote: str) -> Sentence | None:
        """The passage that has most in common with a quotation: pairs of characters that stand in both."""
        wanted = _pairs(quote)

        def alike(passage: tuple[Sentence, set[str]]) -> float:
            return len(wanted & passage[1]) / (len(wanted | passage[1]) or 1)

        best = max(self._passages, key=alike, default=None)
        return best[0] if best is not None and wanted & best[1] else None

    @cached_property
    def _passages(self) -> list[tuple[Sentence, set[str]]]:
        """The sentences, and the two of a line that goes on in the next, with their pairs of characters."""
        both = [
            Sentence(one.start, two.end, self.text[one.start : two.end])
            for one, two in pairwise(self.sentences)
            if _END.search(one.text) is None and "\n\n" not in self.text[one.end : two.start]
        ]
        return [(one, _pairs(one.text)) for one in (*self.sentences, *both)]

    def span(self, sentence: Sentence) -> Span:
        """Where a sentence stands, as diagnostics say it: its first line."""
        row = bisect_right(self._starts, sentence.start) - 1
        line = self.text[self._starts[row] :].partition("\n")[0].rstrip("\r")
        first, shown = sentence.start - self._starts[row], line.replace("\t", " ")
        column, end = (
            width(shown[:first]) + 1,
            width(shown[: first + sentence.end - sentence.start]) + 1,
        )
        return Span(self.name, row + 1, column, max(end, column + 1), line)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


def in_marks(quote: str) -> str:
    """A sentence of a source between quotation marks, on one line."""
    return f"“{' '.join(quote.split())}”"


def by_sentence(resting: Iterable[Any]) -> dict[tuple[str, str | None], list[Words]]:
    """The sentences that rules, parameters and the like quote: each with its source, and their titles."""
    titles: dict[tuple[str, str | None], list[Words]] = {}
    for entry in resting:
        if entry is not None and entry.quote is not None:
            title = entry.title if hasattr(entry, "title") else entry.question
            titles.setdefault((entry.quote, entry.source), []).append(title)
    return titles


def _pairs(text: str) -> set[str]:
    plain = _without_blanks(text)[0]
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def _without_blanks(text: str) -> tuple[str, list[int]]:
    """A text without blanks that mean nothing, and where each of its characters stood.

    A run of blanks between two characters that are not wide is one blank.
    """
    kept: list[str] = []
    at: list[int] = []
    blank = -1
    for place, char in enumerate(text):
        if char.isspace() or char in "\ufeff\u200b":
            blank = place if blank < 0 else blank
            continue
        if blank >= 0 and kept and width(kept[-1]) == 1 and width(char) == 1:
            kept.append(" ")
            at.append(blank)
        kept.append(char)
        at.append(place)
        blank = -1
    return "".join(kept), at

"""A letter as PDF held against the one that the run gives: figure by figure in their order."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from fundcalc.base.apart import Line
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words, same
from fundcalc.reports.papers import Difference, Held
from fundcalc.reports.papers_pdf import HEX, place_of, strange, tight
from fundcalc.reports.printed import EITHER, skeleton

_WIDE = re.compile(r"[\u2e80-\uffef]")
_DAY = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?"
_TELLING = re.compile(rf"{HEX.pattern}|{_DAY}|{EITHER.pattern}")
_TOKEN = re.compile(rf"{_TELLING.pattern}|[A-Za-z]+|\S")
_FILLED = re.compile(
    rf"{_DAY}|[\d() -]{{7,}}|[\u4e00-\u9fff]{{2,4}}|[A-Z][a-z]+( [A-Z][a-z]+){{1,2}}"
)
"""A day, a phone number, a name: what people write on a letter."""


class _Token(NamedTuple):
    """A figure, day, digest, word or sign, and the line that it stands in."""

    text: str
    line: Line

    @property
    def telling(self) -> bool:
        """Whether it is a figure, a day or a digest."""
        return bool(_TELLING.fullmatch(self.text))


def _tokens(page_lines: Sequence[Line]) -> list[_Token]:
    """The tokens of some lines; a figure in capitals may go on in the next line."""
    text, starts = "", []
    for line in page_lines:
        wide = bool(text) and bool(_WIDE.match(text[-1])) and bool(_WIDE.match(line.text[0]))
        text += "" if not text or wide else " "
        starts.append(len(text))
        text += line.text
    return [
        _Token(match[0], page_lines[bisect_right(starts, match.start()) - 1])
        for match in _TOKEN.finditer(text)
    ]


def _opcodes(paper: Sequence[str], run: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, paper, run).get_opcodes()


def hold_letter(
    held: Held, paper: Sequence[Line], run_lines: Sequence[Line], village: str, below: float
) -> None:
    """One village's letter with the one that the run gives: each line of both, figure by figure.

    `below` is how high on its first page stands what somebody is asked to fill in; a day, a phone number
    or a name further down is said, and no difference.
    """
    letter = _Letter(held, village, (paper[0].page, below) if paper else (0, 0.0))
    texts = [[tight(line.text) for line in side] for side in (paper, run_lines)]
    for tag, a, b, c, d in _opcodes(*texts):
        if tag == "equal":
            held.figures += sum(len(EITHER.findall(line.text)) for line in paper[a:b])
        else:
            letter.stretch(paper[a:b], run_lines[c:d])
    letter.end(paper[0] if paper else Line(1, 1, ""))


def lacks(held: Held, first: Line, village: str, *, annexed: bool) -> Difference:
    """What a letter lacks as a whole: its first page where it is `annexed`, else its annex."""
    what = words("auditing.no_first_page") if annexed else words("auditing.no_annex")
    return Difference("missing", place_of(held.file, first), village, what)


class _Letter:
    """What differs on one letter, each text once: the same stands at the foot of every page."""

    def __init__(self, held: Held, village: str, filled: tuple[int, float]) -> None:
        self._held, self._village, self._filled = held, village, filled
        self._named: set[tuple[str, ...]] = set()
        self._added: list[Line] = []
        self._missing: list[Line] = []

    def stretch(self, paper: Sequence[Line], run_lines: Sequence[Line]) -> None:
        """Lines that follow each other and differ somewhere."""
        if not paper or not run_lines:
            self._added += paper
            self._missing += run_lines
            return
        on_paper, in_run = _tokens(paper), _tokens(run_lines)
        texts = [[t.text.replace(",", "") or "," for t in side] for side in (on_paper, in_run)]
        for tag, a, b, c, d in _opcodes(*texts):
            tokens, run_tokens = on_paper[a:b], in_run[c:d]
            if tag == "equal":
                self._held.figures += sum(token.telling for token in tokens)
            elif len(tokens) == len(run_tokens) and all(t.telling for t in tokens + run_tokens):
                for token, run in zip(tokens, run_tokens, strict=True):
                    what = skeleton(token.line.text)
                    self._held.figures += 1
                    self._differs(token.line, same(what), token.text, run.text)
            else:
                lines_ = [t.line for t in tokens or on_paper[max(a - 1, 0) : a + 1]]
                run_ = [t.line for t in run_tokens or in_run[max(c - 1, 0) : c + 1]]
                if not run_tokens and Counter(lines_) == Counter(
                    t.line for t in on_paper if t.line in lines_
                ):
                    self._added += dict.fromkeys(lines_)
                elif not tokens and Counter(run_) == Counter(
                    t.line for t in in_run if t.line in run_
                ):
                    self._missing += dict.fromkeys(run_)
                else:
                    sides = (" ".join(dict.fromkeys(x.text for x in s)) for s in (lines_, run_))
                    self._differs(lines_[0], words("auditing.line"), *sides)

    def _differs(self, line: Line, what: Words, paper: str, run: str) -> None:
        if (paper, run) not in self._named:
            self._named.add((paper, run))
            where = place_of(self._held.file, line)
            difference = Difference("differs", where, self._village, what, paper, run)
            self._held.found.append(difference)

    def end(self, first: Line) -> None:
        """Name the lines that only the paper or only the run's letter has."""
        page, below = self._filled
        added: list[Line] = []
        for line in self._added:
            if line.page == page and line.height < below and _FILLED.fullmatch(line.text):
                self._held.notes.append(words("auditing.filled_in", page=page, text=line.text))
            else:
                added.append(line)
        strange(self._held, added)
        if self._missing:
            texts = [line.text for line in self._missing]
            what = texts[0] if len(texts) == 1 else f"{texts[0]} … {texts[-1]}"
            where = place_of(self._held.file, first)
            self._held.found.append(
                Difference(
                    "missing",
                    where,
                    self._village,
                    words("auditing.lines_missing", n=len(texts), lines=what),
                )
            )

"""What one header means: which fact, in which unit, of which year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fundcalc.language.datatypes import YesNo
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster.spelling import simplified
from fundcalc.roster.units import read_unit

_BRACKETS = str.maketrans("【〔［[】〕］]", "(((())))")
_YEAR = re.compile(r"(?:截至|截止)?((?:19|20)\d\d)(?!\d)年?(?:度|末|底)?")
Keys = Mapping[str, tuple[str, ...]]
"""Facts by header, cleaned; more than one where the policy's titles clash once cleaned."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's header.

    `pieces` are its texts from top to bottom; `facts` what it may mean: none, one, or several that
    must be asked about. `brackets` are the bracketed notes taken off the matching text, `outer` those
    of the other pieces, nearest first; each may be a unit. `settled` headings were named by the user.
    """

    column: int
    pieces: tuple[str, ...]
    facts: tuple[str, ...] = ()
    brackets: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    settled: bool = False

    @property
    def label(self) -> str:
        """The header as a reader sees it; the rows of a merged header with strokes between."""
        return "/".join(" ".join(piece.split()) for piece in self.pieces)

    @property
    def year(self) -> str | None:
        """The year that the header names."""
        match = _YEAR.search(clean(self.label))
        return match.group(1) if match else None


@lru_cache(maxsize=10_000)
def clean(text: str) -> str:
    """A header for comparison: NFKC, simplified, case folded, without spaces, and stars around it."""
    folded = simplified(unicodedata.normalize("NFKC", text)).translate(_BRACKETS).casefold()
    kept = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")
    return kept.strip("*:#")


def keys(facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    """Every header that the policy knows; a yes/no fact's also with 是否 before it."""
    found: dict[str, tuple[str, ...]] = {}
    for fact in facts.values():
        titles = {clean(t) for t in (fact.id, fact.title.zh, fact.title.en, *fact.aliases)}
        if isinstance(fact.type, YesNo):
            titles |= {prefix + title for title in titles for prefix in ("是否", "是否为")}
        for title in sorted(titles):
            found[title] = (*found.get(title, ()), fact.id)
    return found


def pop_bracket(text: str) -> tuple[str, str] | None:
    """A cleaned header without its last bracket, and what stood in it; None where it ends in none."""
    if not text.endswith(")"):
        return None
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if not depth:
            return text[:at], text[at + 1 : -1]
    return None


def readings(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A header as written, then without its last brackets; the same again without the year."""
    whole = clean(text)
    for start in dict.fromkeys((whole, _YEAR.sub("", whole))):
        base: str = start
        taken: tuple[str, ...] = ()
        while base:
            yield base, taken
            popped = pop_bracket(base)
            if popped is None:
                break
            base, taken = popped[0], (popped[1], *taken)


def read(column: int, pieces: Sequence[str], known: Keys) -> Heading:
    """What a column's texts mean: the lowest, the lowest ones together, or one above mere notes.

    Where several of them mean different facts, all are given; but a village's or county's title above
    a group of columns, as in 村 over 代码, 人口, is none of these.
    """
    texts = tuple(pieces)
    found = [
        heading
        for count in range(1, len(texts) + 1)
        if (heading := _match(column, texts, texts[-count:], known))
    ]
    for at in range(len(texts) - 2, -1, -1):
        above = _match(column, texts, (texts[at],), known)
        if above and (
            all(map(_is_note, texts[at + 1 :])) or (found and above.facts[0] not in IDENTITY)
        ):
            found.append(above)
    if not found:
        return Heading(column, texts, outer=_outer(texts))
    facts = tuple(dict.fromkeys(fact for heading in found for fact in heading.facts))
    return Heading(column, texts, facts, found[0].brackets, found[0].outer)


def _is_note(text: str) -> bool:
    """Whether a header's text only says more of the one above it: a unit, a year, how to fill it in."""
    base = clean(text).strip("()")
    return bool(_YEAR.fullmatch(base) or base in ("", "是/否", "有/无", "√") or read_unit(base))


def settle(column: int, pieces: Sequence[str], fact: str) -> Heading:
    """A heading whose fact the user has named; "" for none. All notes in its brackets count."""
    notes: list[str] = []
    for text in reversed(pieces):
        base = clean(text)
        while popped := pop_bracket(base):
            base = popped[0]
            notes.append(popped[1])
    return Heading(column, tuple(pieces), (fact,) if fact else (), tuple(notes), (), True)


def _match(
    column: int, texts: tuple[str, ...], part: tuple[str, ...], known: Keys
) -> Heading | None:
    """The reading of some of a column's texts, if they name a fact."""
    for text, brackets in readings("".join(part)):
        if text in known:
            others = tuple(text for text in texts if text not in part)
            return Heading(column, texts, known[text], brackets, _outer(others))
    return None


def _outer(texts: Sequence[str]) -> tuple[str, ...]:
    """The notes in brackets of these texts, the lowest first; a bare text may be a unit too."""
    notes: list[str] = []
    for text in reversed(texts):
        base = clean(text)
        while popped := pop_bracket(base):
            base = popped[0]
            notes.append(popped[1])
        if base:
            notes.append(base)
    return tuple(notes)

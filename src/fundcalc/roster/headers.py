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
from fundcalc.roster.units import BRACKETS, read_unit

_YEAR = re.compile(r"(?:截至|截止)?((?:19|20)\d\d)(?!\d)年?(?:度|末|底)?")
_MONEY = "(?:十|百|千|万|十万|百万|千万|亿)?元(?:/[年人月·]+)?"
_UNIT_BEHIND = re.compile(f"(?P<rest>.{{2,}}?)[-/_:]?(?P<unit>{_MONEY})")
_UNIT_BEFORE = re.compile(f"[(](?P<unit>{_MONEY})[)](?P<rest>.+)")


class Keys(dict[str, tuple[str, ...]]):
    """Facts by header, cleaned; more than one where the policy's titles clash once cleaned.

    `near` are those headers that mean not quite their fact, as 总人口 for 常住人口; `ids` are the facts' ids.
    """

    near: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's header.

    `pieces` are its texts from top to bottom; `facts` what it may mean: none, one, or several that
    must be asked about. `brackets` are the bracketed notes taken off the matching text, `outer` those
    of the other pieces, nearest first; each may be a unit. `settled` headings were named by the user,
    with the `unit` that was given, if any. `near` ones mean not quite their fact; `by_id` ones are the
    fact's own id, so that its own unit is meant.
    """

    column: int
    pieces: tuple[str, ...]
    facts: tuple[str, ...] = ()
    brackets: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    settled: bool = False
    near: bool = False
    by_id: bool = False
    unit: str = ""

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
    folded = simplified(unicodedata.normalize("NFKC", text)).translate(BRACKETS).casefold()
    kept = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")
    return kept.strip("*:#")


def keys(facts: Mapping[str, Fact]) -> Keys:
    """Every header that the policy knows; a yes/no fact's also with 是否 before it."""
    found = Keys()
    for fact in facts.values():
        titles = {clean(t) for t in (fact.id, fact.title.zh, fact.title.en, *fact.aliases)}
        if isinstance(fact.type, YesNo):
            titles |= {prefix + title for title in titles for prefix in ("是否", "是否为")}
        for title in sorted(titles):
            found[title] = (*found.get(title, ()), fact.id)
    near = {clean(t): fact.id for fact in facts.values() for t in fact.near_aliases}
    found.near = frozenset(near.keys() - found.keys())
    found.ids = frozenset(map(clean, facts))
    found.update((title, (near[title],)) for title in found.near)
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
    """A header as written, then without its last brackets; the same again without the year.

    At last without a unit of money that stands bare behind it, or in brackets before it.
    """
    whole = clean(text)
    starts: dict[str, tuple[str, ...]] = dict.fromkeys((whole, _YEAR.sub("", whole)), ())
    for match in (_UNIT_BEHIND.fullmatch(whole), _UNIT_BEFORE.fullmatch(whole)):
        if match is not None:
            starts.setdefault(match["rest"], (match["unit"],))
    for start, unit in starts.items():
        base: str = start
        taken: tuple[str, ...] = unit
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
    first = found[0]
    return Heading(
        column, texts, facts, first.brackets, first.outer, near=first.near, by_id=first.by_id
    )


def _is_note(text: str) -> bool:
    """Whether a header's text only says more of the one above it: a unit, a year, how to fill it in."""
    base = clean(text).strip("()")
    return bool(
        _YEAR.fullmatch(base)
        or base in ("", "是/否", "有/无", "√", "合计", "小计", "总计", "总额", "金额", "数额")
        or read_unit(base)
    )


def settle(column: int, pieces: Sequence[str], meant: str) -> Heading:
    """A heading that the user has settled: `fact`, `fact:unit`, or "" for none. All its brackets count."""
    fact, _, unit = meant.partition(":")
    facts = (fact,) if fact else ()
    notes = _outer(pieces, bare=False)
    match = _UNIT_BEHIND.fullmatch(clean(pieces[-1])) or _UNIT_BEFORE.fullmatch(clean(pieces[-1]))
    if match is not None and not notes:
        notes = (match["unit"],)
    return Heading(column, tuple(pieces), facts, notes, settled=True, unit=unit)


def _match(
    column: int, texts: tuple[str, ...], part: tuple[str, ...], known: Keys
) -> Heading | None:
    """The reading of some of a column's texts, if they name a fact."""
    for text, brackets in readings("".join(part)):
        if text in known:
            others = tuple(text for text in texts if text not in part)
            return Heading(
                column, texts, known[text], brackets, _outer(others),
                near=text in known.near, by_id=text in known.ids,
            )  # fmt: skip
    return None


def _outer(texts: Sequence[str], *, bare: bool = True) -> tuple[str, ...]:
    """The notes in brackets of these texts, the lowest first; a `bare` text may be a unit too."""
    notes: list[str] = []
    for text in reversed(texts):
        base = clean(text)
        while popped := pop_bracket(base):
            base = popped[0]
            notes.append(popped[1])
        if base and bare:
            notes.append(base)
    return tuple(notes)

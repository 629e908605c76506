"""One text in two languages: what a policy author or this program says to a reader."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property
from typing import Literal

from fundcalc.base import dataclass

Lang = Literal["zh", "en"]


def language() -> Lang:
    """As FUNDCALC_LANG asks, then the locale, then Windows; English where none says."""
    settings = map(os.environ.get, ("FUNDCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    first = next(filter(None, settings), "")
    if not first:
        return "zh" if windows_language() & 0x3FF == _CHINESE else "en"
    return "zh" if first.lower().startswith("zh") else "en"


_CHINESE = 0x04
"""What Windows calls the language, whatever the country."""


def windows_language() -> int:
    """The number of the language and country in which Windows shows its menus; 0 elsewhere."""
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetUserDefaultUILanguage())


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in Chinese and in English."""

    zh: str
    en: str

    def say(self, lang: Lang) -> str:
        """The sentence in one language."""
        return self.zh if lang == "zh" else self.en

    def filled(self, **values: object) -> Words:
        """The sentence with its `{name}`s filled in."""
        return Words(self.zh.format(**values), self.en.format(**values))


class Unread(Words):
    """A sentence that is made in a language once it is read in it.

    Of all that can be said of a village, most is read in one language and much in none.
    """

    def __init__(self, make: Callable[[Lang], str]) -> None:
        vars(self)["make"] = make

    @cached_property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return str(vars(self)["make"]("zh"))

    @cached_property
    def en(self) -> str:
        """The sentence in English."""
        return str(vars(self)["make"]("en"))

    def __reduce__(self) -> tuple[type[Words], tuple[str, str]]:
        """Pickled as it reads."""
        return Words, (self.zh, self.en)


def same(text: str) -> Words:
    """Words that read the same in both languages: ids, numbers, proper names."""
    return Words(text, text)


def with_handle(title: Words, handle: str) -> Words:
    """A title, and behind it in brackets what one types to mean the thing: Large village [large_village]."""
    return Words(f"{title.zh} [{handle}]", f"{title.en} [{handle}]")


def listing(parts: Iterable[Words]) -> Words:
    """Several things said in a row."""
    sentences = list(parts)
    return Words(
        "，".join(sentence.zh for sentence in sentences),
        ", ".join(sentence.en for sentence in sentences),
    )


def short(option: Words) -> Words:
    """A reading's option in few words: what stands before its colon."""
    return Words(option.zh.partition("：")[0], option.en.partition(":")[0])


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """An English noun after its number: 1 error, 2 errors."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plural(noun: str) -> str:
    """Several of an English noun, by the rule; people of persons."""
    if noun.endswith("person"):
        return f"{noun.removesuffix('person')}people"
    if re.search("[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return noun + ("es" if re.search("(?:s|x|z|ch|sh)$", noun) else "s")


def listed(names: Iterable[str]) -> str:
    """Names as they stand in a message, in both languages: `low`, `high`."""
    return ", ".join(f"`{name}`" for name in names)


@dataclass(frozen=True, slots=True)
class Called:
    """A noun: in Chinese, and in English for one and for several."""

    zh: str
    en: str
    plural: str


@dataclass(frozen=True, slots=True)
class Noun:
    """What one row of a roster is: a village, a household, a school; and what such rows are grouped by.

    All of the program's texts are written of villages in towns of counties. Where the roster's rows are
    something else, `of_rows` puts its words in their place: a household, 3 households, 3 户, 3 所学校. The
    counter is said without the noun where the two are one word (户). `file` is where the roster is declared.
    Where a policy pays nothing (`money` False), as one of posts, no text says that it does.
    """

    row: Called
    counter: str
    outer: Called
    inner: Called
    file: str
    money: bool = True

    def of_rows(self, text: str, lang: Lang) -> str:
        """A text of villages, or a template, with this noun; what stands in backticks or is a field stays."""
        if replace(self, file=VILLAGES.file) == VILLAGES:
            return text.replace(VILLAGES.file, self.file)
        swap, parts = (self._zh if lang == "zh" else self._en), _KEPT.split(text)
        return "".join(
            self._kept_or_swapped(part) if at % 2 else swap(part) for at, part in enumerate(parts)
        )

    def _kept_or_swapped(self, part: str) -> str:
        if not part.startswith("{"):
            return part.replace("village.toml", self.file)
        name, colon, form = part[1:-1].partition(":")
        noun, _, plural = form.partition("/")
        if not _NOUN.search(noun):
            return part
        return f"{{{name}{colon}{self._en(noun)}/{self._en(plural or noun + 's')}}}"

    def _zh(self, text: str) -> str:
        counted = self.counter + ("" if self.counter == self.row.zh else self.row.zh)
        row, outer, inner = self.row.zh, self.outer.zh, self.inner.zh
        swaps = {
            "村均": f"平均每{counted}", "例村": "举例", "村级": "", "村里": row, "村庄": row, "村": row,
            "县（市、区）": outer, "县": outer, "乡镇": inner, "乡": inner,
        } | ({} if self.money else _NO_MONEY)  # fmt: skip

        def swapped(match: re.Match[str]) -> str:
            if match[1] is not None:
                return match[1].removesuffix("个") + counted
            return swaps[match[0]]

        # in one pass: what is put in may have these letters, too
        return re.sub(f"{_COUNTED.pattern}|{'|'.join(swaps)}", swapped, text)

    def _en(self, text: str) -> str:
        def swapped(match: re.Match[str]) -> str:
            article, space, word = match.groups()
            noun = {"v": self.row, "c": self.outer, "t": self.inner}[word[0].lower()]
            form = noun.plural if word.endswith("s") else noun.en
            form = form[0].upper() + form[1:] if word[0].isupper() else form
            if not article:
                return form
            return article[0] + ("n" if _VOWEL.match(form) else "") + space + form

        if not self.money:
            text = re.sub(r"\b(money|funds)\b", "amounts", text.replace("most money", "the most"))
        return _NOUN.sub(swapped, text)


VILLAGES = Noun(
    Called("村", "village", "villages"), "个", Called("县", "county", "counties"),
    Called("乡镇", "town", "towns"), "village.toml",
)  # fmt: skip
ROWS = Noun(
    Called("行", "row", "rows"), "行", Called("组", "group", "groups"), Called("组", "group", "groups"),
    "roster.toml",
)  # fmt: skip
"""What rows are where it cannot be said of what."""
NO_GROUP = Called("组", "group", "groups")
"""What is said of groups where the rows, which are no villages, have none."""
_NO_MONEY = {
    "统筹资金": "统筹数额", "资金承担主体": "承担主体", "资金来源待定": "来源待定", "金额": "数额",
}  # fmt: skip
_KEPT = re.compile(r"(\{[^{}]*\}|`[^`\n]*`|(?:rules/)?village\.toml)")
_COUNTED = re.compile(r"((?:[0-9}一两几多每逐哪这] ?)个?|个)村(?![名数均级里庄])")
_NOUN = re.compile(
    r"(?<![\w./-])(?:\b([Aa])n?(\s+))?\b([Vv]illages?|[Cc]ount(?:y|ies)|[Tt]own(?:ship)?s?)"
    r"(?!\w|[.=\[(]\w)"
)
_VOWEL = re.compile(r"(?i)(?!eu|one|uni|use|usu)[aeiou]|hour|heir|honou?r")

_rows: ContextVar[Noun] = ContextVar("rows", default=VILLAGES)


def rows() -> Noun:
    """What the rows of the roster at hand are: those of the policy that was read or planned last here."""
    return _rows.get()


def speak_of(noun: Noun) -> None:
    """Let all that is said from here on, in this thread or task, be of such rows."""
    _rows.set(noun)


@contextmanager
def speaking(noun: Noun) -> Iterator[None]:
    """Speak of such rows here, and afterwards of those before."""
    token = _rows.set(noun)
    try:
        yield
    finally:
        _rows.reset(token)


def of_rows(words: Words) -> Words:
    """A sentence of villages as one of the rows of the roster at hand."""
    noun = rows()
    if noun is VILLAGES:
        return words
    return Words(noun.of_rows(words.zh, "zh"), noun.of_rows(words.en, "en"))


# -- the name that a reader may have meant ---------------------------------------------------------

_LEAST = 2
"""Characters that two names must share to be alike."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to a misspelt one, if one is near."""
    from difflib import get_close_matches

    matches = get_close_matches(name[:80], list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def alike(name: str, other: str) -> bool:
    """Whether two names may be one: cut short, with more before it, or another last character."""
    short, long = sorted((name.strip(), other.strip()), key=len)
    if name == other or len(short) < _LEAST:
        return False
    if long.startswith(short):
        return True
    if len(short) == _LEAST:  # 丰县 is not 宝丰县
        return False
    return long.endswith(short) or (len(short) == len(long) and short[:-1] == long[:-1])


def meant(name: str) -> Words:
    """A hint with the name that was meant."""
    return Words(f"是不是 `{name}`？", f"did you mean `{name}`?")


def did_you_mean(name: str, known: Iterable[str]) -> Words | None:
    """A hint with the nearest known name; else the whole list where that is short."""
    names = sorted(set(known))
    match = nearest(name, names)
    if match:
        return meant(match)
    if 0 < len(names) <= 8:
        listed = ", ".join(f"`{n}`" for n in names)
        return Words(f"可用的有：{listed}", f"known here: {listed}")
    return None

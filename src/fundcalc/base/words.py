"""One text in two languages: what a policy author or this program says to a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Lang = Literal["zh", "en"]


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


def same(text: str) -> Words:
    """Words that read the same in both languages: ids, numbers, proper names."""
    return Words(text, text)


def with_handle(title: Words, handle: str) -> Words:
    """A title, and behind it in brackets what one types to mean the thing: Large village [large_village]."""
    return Words(f"{title.zh} [{handle}]", f"{title.en} [{handle}]")


def listing(some: Iterable[Words]) -> Words:
    """Several things said in a row."""
    each = list(some)
    return Words("，".join(one.zh for one in each), ", ".join(one.en for one in each))


def short(option: Words) -> Words:
    """A reading's option in few words: what stands before its colon."""
    return Words(option.zh.partition("：")[0], option.en.partition(":")[0])


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """An English noun after its number: 1 error, 2 errors."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Iterable[str]) -> str:
    """Names as they stand in a message, in both languages: `low`, `high`."""
    return ", ".join(f"`{name}`" for name in names)

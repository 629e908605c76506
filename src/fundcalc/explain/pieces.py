"""Sentences with places for values: written once for a policy, filled in for every village."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from fundcalc.base.words import Lang, Unread, Words
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import bare, said
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.evaluate import Evaluation, evaluation
from fundcalc.language.nodes import Name, Node, Value
from fundcalc.language.show import show
from fundcalc.policy.templates import split

_TOKEN = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Slot:
    """A place for a value, written for a reader; `plain` as in a formula: 120000.00, 'text'."""

    node: Node
    kind: Type
    plain: bool = False

    @cached_property
    def _evaluate(self) -> Evaluation:
        return evaluation(self.node)

    def amount(self, values: Mapping[str, Value]) -> Amount:
        """The value for a village; `values` holds every name."""
        return Amount(self._evaluate(values), self.kind)

    def fill(self, amount: Amount, lang: Lang) -> str:
        """The value as text."""
        if not self.plain:
            return said(amount, lang)
        text = bare(amount)
        return f"'{text}'" if isinstance(self.kind, Text | Texts) else text


Pieces = tuple[str | Slot, ...]
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Phrase:
    """A sentence in two languages with slots in it."""

    zh: Pieces
    en: Pieces

    def fill(self, values: Values) -> Words:
        """The sentence for a village."""
        return Unread(lambda lang: _fill(self.say(lang), values, lang))

    def say(self, lang: Lang) -> Pieces:
        """The pieces in one language."""
        return self.zh if lang == "zh" else self.en

    def then(self, *others: Phrase | Words | str | Slot) -> Phrase:
        """This sentence and what follows."""
        zh, en = list(self.zh), list(self.en)
        for other in others:
            if isinstance(other, str | Slot):
                zh.append(other)
                en.append(other)
            elif isinstance(other, Words):
                zh.append(other.zh)
                en.append(other.en)
            else:
                zh += other.zh
                en += other.en
        return Phrase(tuple(zh), tuple(en))


NOTHING = Phrase((), ())


def phrase(*parts: Phrase | Words | str | Slot) -> Phrase:
    """A sentence from its parts."""
    return NOTHING.then(*parts)


def _fill(pieces: Pieces, values: Values, lang: Lang) -> str:
    return "".join(
        piece if isinstance(piece, str) else piece.fill(piece.amount(values), lang)
        for piece in pieces
    )


def expression(node: Node) -> Phrase:
    """An expression with a plain slot in place of each name."""
    slots: list[Slot] = []

    def one(name: Name) -> str:
        slots.append(Slot(name, name.type, plain=True))
        return f"\ue000{len(slots) - 1}\ue001"

    text = show(node, one)
    parts = _TOKEN.split(text)
    pieces = tuple(
        slots[int(part)] if place % 2 else part for place, part in enumerate(parts) if part
    )
    return Phrase(pieces, pieces)


def sentence(words: Words, name: Callable[[str], Slot | Words]) -> Phrase:
    """A policy author's sentence; `name` says what stands in the place of each `{name}`."""
    found: dict[str, Slot | Words] = {}

    def one(lang: Lang) -> Pieces:
        pieces: list[str | Slot] = []
        for piece, is_name in split(words.say(lang)):
            if not is_name:
                pieces.append(piece)
                continue
            if piece not in found:
                found[piece] = name(piece)
            stands = found[piece]
            pieces.append(stands if isinstance(stands, Slot) else stands.say(lang))
        return tuple(pieces)

    return Phrase(one("zh"), one("en"))

"""Sentences of a plan with places for a village's values, and expressions in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Literal, assert_never, get_args

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Unread, Words, same
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import bare, brief, figure, said, sign
from fundcalc.language import nodes
from fundcalc.language.datatypes import Number, Text, Texts, Type
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation
from fundcalc.language.functions import direction_words
from fundcalc.language.nodes import Name, Node, Value
from fundcalc.language.show import (
    AND,
    ATOM,
    COMPARE,
    LOOSE,
    NOT,
    OR,
    PRODUCT,
    SUM,
    Named,
    Namer,
    Printer,
    show,
)
from fundcalc.language.units import PLAIN, Unit
from fundcalc.policy.sentences import split

Titles = Mapping[str, Words]
_HAN_LAST = re.compile("[\u4e00-\u9fff]$")
_TOKEN = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Slot:
    """A place for a value: said to a reader (120,000.00 元), a figure (120,000.00) or plain (120000.00).

    A brief figure has no zeros behind the point (120,000). `answers` are what is said for yes and for no.
    """

    node: Node
    kind: Type
    form: Literal["said", "figure", "brief", "plain"] = "said"
    answers: tuple[Words, Words] | None = None

    @cached_property
    def _evaluate(self) -> Evaluation:
        return evaluation(self.node)

    def amount(self, values: Mapping[str, Value]) -> Amount:
        """The value for a village; `values` holds every name."""
        return Amount(self._evaluate(values), self.kind)

    def fill(self, amount: Amount, lang: Lang) -> str:
        """The value as text."""
        if self.answers is not None:
            return self.answers[not amount.value].say(lang)
        if self.form == "said":
            return said(amount, lang)
        if self.form == "figure":
            return figure(amount, lang)
        if self.form == "brief":
            return brief(amount, lang)
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

    def then(self, *parts: Phrase | Words | str | Slot) -> Phrase:
        """This sentence and what follows."""
        zh, en = list(self.zh), list(self.en)
        for part in parts:
            if isinstance(part, str | Slot):
                zh.append(part)
                en.append(part)
            elif isinstance(part, Words):
                zh.append(part.zh)
                en.append(part.en)
            else:
                zh += part.zh
                en += part.en
        return Phrase(tuple(zh), tuple(en))


NOTHING = Phrase((), ())


def phrase(*parts: Phrase | Words | str | Slot) -> Phrase:
    """A sentence from its parts."""
    return NOTHING.then(*parts)


def _fill(pieces: Pieces, values: Values, lang: Lang) -> str:
    def filled(piece: str | Slot) -> str:
        if isinstance(piece, str):
            return piece
        try:
            return piece.fill(piece.amount(values), lang)
        except NoValue:  # of what was not asked for, such as another rule's table
            return "–"

    return "".join(filled(piece) for piece in pieces)


def expression(node: Node) -> Phrase:
    """An expression as the language has it, with a plain place for each name."""
    pieces = _with_slots(lambda namer: show(node, namer), "plain")
    return Phrase(pieces, pieces)


def _with_slots(write: Callable[[Namer], str], form: Literal["figure", "plain"]) -> Pieces:
    slots: list[Slot] = []

    def slot(name: Named) -> str:
        slots.append(Slot(name, name.type, form))
        return f"\ue000{len(slots) - 1}\ue001"

    parts = enumerate(_TOKEN.split(write(slot)))
    return tuple(slots[int(part)] if place % 2 else part for place, part in parts if part)


def sentence(words: Words, name: Callable[[str], Slot | Words]) -> Phrase:
    """A policy author's sentence; `name` says what stands in the place of each `{name}`.

    A figure with its unit keeps its distance from the Chinese before it, as wherever the program itself
    says one.
    """
    by_name: dict[str, Slot | Words] = {}

    def pieces_in(lang: Lang) -> Pieces:
        pieces: list[str | Slot] = []
        for piece, is_name in split(words.say(lang)):
            if not is_name:
                pieces.append(piece)
                continue
            if piece not in by_name:
                by_name[piece] = name(piece)
            filling = by_name[piece]
            if not isinstance(filling, Slot):
                pieces.append(filling.say(lang))
                continue
            before = pieces[-1] if pieces else ""
            measured = isinstance(filling.kind, Number) and filling.kind.unit not in (None, PLAIN)
            if measured and isinstance(before, str) and _HAN_LAST.search(before):
                pieces.append(" ")
            pieces.append(filling)
        return tuple(pieces)

    return Phrase(pieces_in("zh"), pieces_in("en"))


def title(node: Node, titles: Titles) -> Words:
    """A name's title, a table's with its keys, or the expression where it is neither."""
    if isinstance(node, nodes.Scale):
        table = titles.get(node.table, same(node.table))
        return words("papers.scaled", item=worded(node.item, titles), table=table)
    if isinstance(node, nodes.Lookup):
        keys = [worded(key, titles) for key in node.keys]
        listed = Words("、".join(k.zh for k in keys), ", ".join(k.en for k in keys))
        table = titles.get(node.table, same(node.table))
        return words("papers.row_of", table=table, keys=listed)
    return titles.get(node.id, same(node.id)) if isinstance(node, Name) else same(show(node))


_OPERATORS = {"+": "+", "-": "−", "*": "×", "/": "÷"}


class _Worded(Printer):
    """Writes an expression as a reader says it: the larger of two, at least 0, and not `max`."""

    def __init__(self, namer: Namer, lang: Lang) -> None:
        super().__init__(namer)
        self._lang: Lang = lang
        self.brackets = ("（", "）") if lang == "zh" else ("(", ")")

    def piece(self, node: Node) -> tuple[str, int]:
        match node:
            case nodes.Const():
                text = figure(Amount(node.value, node.type), self._lang)
                plain = isinstance(node.type, Number) and node.type.unit in (None, PLAIN)
                if plain and "." in text:  # it has as many decimals as a rate next to it
                    text = text.rstrip("0").rstrip(".")
                return text.removesuffix(".00"), ATOM
            case nodes.Lookup() | nodes.Scale():
                return self._namer(node), ATOM
            case nodes.Calendar():
                return self._calendar(node).say(self._lang), ATOM
            case nodes.One(type=Number(unit=Unit() as unit)):
                return f"1 {unit.said(self._lang, one=True)}", ATOM
            case nodes.Arithmetic():
                level = SUM if node.op in "+-" else PRODUCT
                left, right = self.text(node.left, level), self.text(node.right, level + 1)
                return f"{left} {_OPERATORS[node.op]} {right}", level
            case nodes.Compare():
                left, right = self.text(node.left, SUM), self.text(node.right, SUM)
                return f"{left} {sign(node.op)} {right}", COMPARE
            case nodes.Contains():
                container = node.container
                listed = (
                    self._listed(container)
                    if isinstance(container, tuple)
                    else self.text(container, SUM)
                )
                item = self.text(node.item, SUM)
                return words(
                    "papers.not_among" if node.negated else "papers.among", item=item, items=listed
                ).say(self._lang), COMPARE
            case nodes.Logic():
                level = AND if node.op == "and" else OR
                join = words("papers.and" if node.op == "and" else "papers.or").say(self._lang)
                return join.join(self.text(item, level + 1) for item in node.items), level
            case nodes.Negation():
                item = self.text(node.item, NOT)
                return words("papers.not", item=item).say(self._lang), NOT
            case nodes.Choice():
                test, yes = self.text(node.condition, OR), self.text(node.yes, OR)
                no = self.text(node.no)
                return words("papers.choice", test=test, yes=yes, no=no).say(self._lang), LOOSE
            case nodes.Extreme():
                return self._extreme(node), LOOSE
            case nodes.Absolute():
                item = self.text(node.item, ATOM)
                return words("papers.absolute", item=item).say(self._lang), LOOSE
            case nodes.Round():
                to, how = self.text(node.to), direction_words(node.direction)
                item = self.text(node.item, SUM)
                return words("papers.rounded", item=item, to=to, how=how).say(self._lang), LOOSE
            case nodes.Aggregate():
                return self._over_rows(node), ATOM
        return super().piece(node)

    def _calendar(self, node: nodes.Calendar) -> Words:
        texts = [self.text(item, ATOM) for item in node.items]
        start, end = texts[0], texts[-1]
        match node.op:
            case "year":
                return words("papers.year_of", day=start)
            case "years":
                return words("papers.years", start=start, end=end)
            case "months":
                return words("papers.months", start=start, end=end)
            case "days":
                return words("papers.days", start=start, end=end)
            case "date":
                year, *month_and_day = node.items
                fixed = all(isinstance(item, nodes.Const) for item in month_and_day)
                if isinstance(year, nodes.Calendar) and year.op == "year" and fixed:
                    day = self.text(year.items[0], ATOM)
                    return words("papers.day_in_year_of", of=day, month=texts[1], day=end)
                fields = {"year": start, "month": texts[1], "day": end}
                if not fixed:
                    return words("papers.day_made_of", **fields)
                if isinstance(year, nodes.Const):
                    return words("papers.day_of", **fields)
                return words("papers.day_of_that_year", **fields)
        assert_never(node.op)

    def _listed(self, items: Sequence[Node]) -> str:
        return ("、" if self._lang == "zh" else ", ").join(self.text(item, SUM) for item in items)

    def _extreme(self, node: nodes.Extreme) -> str:
        """Two, of which one is a number, are a value and its bound."""
        first, second = node.items[0], node.items[-1]
        if isinstance(first, nodes.Const):
            first, second = second, first
        if len(node.items) == 2 and isinstance(second, nodes.Const):
            item, bound = self.text(first, SUM), self.text(second)
            return words(
                "papers.at_least" if node.op == "max" else "papers.at_most", item=item, bound=bound
            ).say(self._lang)
        return joined(node.op, [self.text(item, SUM) for item in node.items], self._lang)

    def _over_rows(self, node: nodes.Aggregate) -> str:
        """A value of many villages: of a group, or of all."""
        lang = self._lang
        rows: Words = words("papers.villages")
        test = "" if node.where is None else self.text(node.where)
        if node.per is None and test:
            rows = words("papers.villages_where", test=test)
        elif node.per is not None:
            per = ("、" if lang == "zh" else " and ").join(self.text(name) for name in node.per)
            if per and test:
                rows = words("papers.same_group_where", villages=rows, per=per, test=test)
            elif per:
                rows = words("papers.same_group", villages=rows, per=per)
            elif test:
                rows = words("papers.all_rows_where", villages=rows, test=test)
            else:
                rows = words("papers.all_rows", villages=rows)
        if node.item is None:
            return words("papers.number", villages=rows).say(lang)
        said = _aggregate_words(node.op, rows, self.text(node.item)).say(lang)
        if node.to is None or (node.step == 1 and node.direction == "half up"):
            return said
        to, how = self.text(node.to), direction_words(node.direction)
        return words("papers.rounded", item=said, to=to, how=how).say(lang)


def _aggregate_words(op: nodes.Over, rows: Words, item: str) -> Words:
    """A value of many rows: what it is of which."""
    match op:
        case "sum":
            return words("papers.sum", villages=rows, item=item)
        case "count":
            return words("papers.number", villages=rows)
        case "least":
            return words("papers.least", villages=rows, item=item)
        case "greatest":
            return words("papers.greatest", villages=rows, item=item)
        case "mean":
            return words("papers.mean", villages=rows, item=item)
        case "rank":
            return words("papers.rank", villages=rows, item=item)
    assert_never(op)


Join = Literal["max", "min", "sum"]
JOINS: tuple[Join, ...] = get_args(Join)


def joined(join: Join, texts: Sequence[str], lang: Lang) -> str:
    """Several values of which the largest, the smallest or the sum holds."""
    if join == "sum":
        return " + ".join(texts)
    comma = "、" if lang == "zh" else ", "
    return words(
        "papers.max_of" if join == "max" else "papers.min_of", items=comma.join(texts)
    ).say(lang)


def spoken(node: Node, name: Callable[[Named, Lang], str]) -> Words:
    """An expression in words; `name` says what stands for a name."""

    def text_in(lang: Lang) -> str:
        return _Worded(lambda named: name(named, lang), lang).text(node)

    return Words(text_in("zh"), text_in("en"))


def worded(node: Node, titles: Titles) -> Words:
    """An expression in words, with titles."""
    return spoken(node, lambda name, lang: title(name, titles).say(lang))


def figures(node: Node, titles: Titles | None = None) -> Phrase:
    """The same with a place for a village's number for each name, or after its title."""

    def pieces_in(lang: Lang) -> Pieces:
        def write(namer: Namer) -> str:
            if titles is None:
                return _Worded(namer, lang).text(node)
            return _Worded(
                lambda name: f"{title(name, titles).say(lang)} {namer(name)}", lang
            ).text(node)

        return _with_slots(write, "figure")

    return Phrase(pieces_in("zh"), pieces_in("en"))

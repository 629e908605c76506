"""A rule's condition, written once for a policy and held against each village with both its sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from fundcalc.base.words import Lang, Unread, Words, same
from fundcalc.explain.decision import Condition
from fundcalc.explain.pieces import Phrase, Slot, Values, expression, phrase
from fundcalc.explain.words import both, sign
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.evaluate import DivisionByZero, Evaluation, evaluation
from fundcalc.language.nodes import (
    Choice,
    Compare,
    Const,
    Contains,
    Logic,
    Name,
    Negation,
    Node,
)
from fundcalc.language.show import show

Titles = Mapping[str, Words]
_NOT_WORKED_OUT = Words("：除数为零，没有算到这一步", ": not worked out, it would divide by zero")
_IS = Words(" = ", " = ")
_AMONG = {False: Words(" 属于 ", " is among "), True: Words(" 不在 ", " is not among ")}


@dataclass(frozen=True)
class Frame:
    """A condition before any village is known. A `choice` has three parts: test, if so, if not."""

    node: Node
    text: str
    said: Phrase
    left: Slot | None = None
    right: Slot | None = None
    join: Literal["and", "or", "not", "choice"] | None = None
    parts: tuple[Frame, ...] = ()

    @cached_property
    def test(self) -> Evaluation:
        """Whether it holds for a village."""
        return evaluation(self.node)

    def of(self, values: Values) -> Condition:
        """The condition of a village."""
        try:
            holds = bool(self.test(values))
        except DivisionByZero:  # guarded by a part before it, so that no engine comes here
            return Condition(
                self.text, phrase(self.text, _NOT_WORKED_OUT).fill(values), holds=False
            )
        if self.join is None:
            left = self.left.amount(values) if self.left is not None else None
            right = self.right.amount(values) if self.right is not None else None
            return Condition(self.text, self.said.fill(values), holds, left, right)
        if self.join == "choice":
            test, yes, no = self.parts
            both = (test.of(values), (yes if test.test(values) else no).of(values))
            return Condition(self.text, same(self.text), holds, join="and", parts=both)
        parts = tuple(part.of(values) for part in self.parts)
        return Condition(self.text, self.said.fill(values), holds, join=self.join, parts=parts)


def frame(node: Node, titles: Titles) -> Frame:
    """An expression of yes/no as a condition with places for a village's numbers."""
    text = show(node)
    match node:
        case Logic():
            parts = tuple(frame(item, titles) for item in node.items)
            return Frame(node, text, phrase(text), join=node.op, parts=parts)
        case Negation():
            return _negated(node, text, titles)
        case Compare():
            return _comparison(node, text, titles)
        case Contains():
            return _contains(node, text, titles)
        case Choice():
            parts = tuple(frame(part, titles) for part in (node.condition, node.yes, node.no))
            return Frame(node, text, phrase(text), join="choice", parts=parts)
    slot = Slot(node, node.type)
    return Frame(node, text, _bare_side(node, slot, titles), slot)


def _negated(node: Negation, text: str, titles: Titles) -> Frame:
    if isinstance(node.item, Name):
        left = Slot(node.item, node.item.type)
        right = Slot(Const(YesNo(), node.at, False), YesNo())
        return Frame(node, text, phrase(_title(node.item, titles), _IS, left), left, right)
    part = frame(node.item, titles)
    said = phrase(Words("非（", "not ("), part.said, Words("）", ")"))
    return Frame(node, text, said, join="not", parts=(part,))


def _comparison(node: Compare, text: str, titles: Titles) -> Frame:
    # a bare number is of the kind that it is compared with
    kinds: tuple[Type, Type] = (node.left.type, node.right.type)
    if isinstance(node.left, Const):
        kinds = (node.right.type, node.right.type)
    elif isinstance(node.right, Const):
        kinds = (node.left.type, node.left.type)
    left, right = Slot(node.left, kinds[0]), Slot(node.right, kinds[1])
    said = phrase(
        _side(node.left, left, titles), f" {sign(node.op)} ", _side(node.right, right, titles)
    )
    return Frame(node, text, said, left, right)


def _contains(node: Contains, text: str, titles: Titles) -> Frame:
    left = Slot(node.item, node.item.type)
    container = node.container
    if isinstance(container, tuple):
        listed = tuple(str(choice.value) for choice in container)
        right = Slot(Const(Texts(), node.at, listed), Texts())
        members = phrase(right)
    else:
        right = Slot(container, container.type)
        title = _title(container, titles)
        members = phrase(title, Words("（", " ("), right, Words("）", ")"))
    said = phrase(_side(node.item, left, titles), _AMONG[node.negated], members)
    return Frame(node, text, said, left, right)


def _title(node: Node, titles: Titles) -> Words:
    return titles.get(node.id, same(node.id)) if isinstance(node, Name) else same(show(node))


def _bare_side(node: Node, slot: Slot, titles: Titles) -> Phrase:
    """A condition that is a single yes/no: its title and the answer."""
    if isinstance(node, Name) and not isinstance(node.type, Text | Texts):
        return phrase(_title(node, titles), _IS, slot)
    return phrase(_title(node, titles) if isinstance(node, Name) else show(node))


def _side(node: Node, slot: Slot, titles: Titles) -> Phrase:
    """One side of a comparison: its title and its value."""
    if isinstance(node, Const):
        return phrase(both(slot.amount({})))
    if isinstance(node, Name):
        return phrase(_title(node, titles), " ", slot)
    return expression(node).then(" = ", slot)


def failing(condition: Condition) -> Iterator[Condition]:
    """What stands in the way of a condition that does not hold: its comparisons that fail."""
    if condition.holds:
        return
    if condition.join in ("and", "or"):
        for part in condition.parts:
            yield from failing(part)
    else:
        yield condition


def why_not(condition: Condition) -> Words:
    """A sentence with the comparisons that fail."""
    return Unread(lambda lang: _failing_said(condition, lang))


def _failing_said(condition: Condition, lang: Lang) -> str:
    found = [one.said.say(lang) for one in failing(condition)]
    if lang == "zh":
        return f"不适用：{'；'.join(found)}，不成立"
    return f"Does not apply: {'; '.join(found)} does not hold"

"""A rule's condition for one village: each comparison with both its sides, and why it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fundcalc.base.words import Words, same
from fundcalc.explain.decision import Amount, Condition
from fundcalc.explain.words import bare, both, comparison, membership, negation
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.evaluate import evaluation
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
from fundcalc.policy.plan import Plan


class Conditions:
    """Evaluates and words the conditions of one village. `values` holds every name it may use."""

    def __init__(
        self, plan: Plan, values: Mapping[str, Any], kinds: Mapping[str, Type],
        titles: Mapping[str, Words],
    ) -> None:  # fmt: skip
        self._plan = plan
        self._values = values
        self._kinds = kinds
        self._titles = titles

    def text(self, node: Node) -> str:
        """The expression, readings put in."""
        return show(node)

    def of(self, node: Node) -> Condition:
        """The condition tree of an expression."""
        text, holds = show(node), bool(self._value(node))
        match node:
            case Logic():
                parts = tuple(self.of(item) for item in node.items)
                return Condition(text, same(text), holds, join=node.op, parts=parts)
            case Negation():
                return self._negated(node, text, holds)
            case Compare():
                return self._comparison(node, text, holds)
            case Contains():
                return self._contains(node, text, holds)
            case Choice():
                inner = node.yes if self._value(node.condition) else node.no
                parts = (self.of(node.condition), self.of(inner))
                return Condition(text, same(text), holds, join="and", parts=parts)
        return Condition(text, self._title(node), holds, self._amount(node))

    def _value(self, node: Node) -> Any:
        return evaluation(node)(self._values)

    def _amount(self, node: Node) -> Amount:
        return Amount(self._value(node), node.type)

    def _negated(self, node: Negation, text: str, holds: bool) -> Condition:
        if isinstance(node.item, Name):
            amount = self._amount(node.item)
            right = Amount(False, node.item.type)
            title = self._titles.get(node.item.id, same(node.item.id))
            words = self._yes_no(title, amount)
            return Condition(text, words, holds, amount, right)
        part = self.of(node.item)
        return Condition(text, negation(part.said), holds, join="not", parts=(part,))

    def _comparison(self, node: Compare, text: str, holds: bool) -> Condition:
        left, right = self._amount(node.left), self._amount(node.right)
        # a bare number is of the kind that it is compared with
        if isinstance(node.left, Const):
            left = replace(left, type=node.right.type)
        elif isinstance(node.right, Const):
            right = replace(right, type=node.left.type)
        words = comparison(self._side(node.left, left), node.op, self._side(node.right, right))
        return Condition(text, words, holds, left, right)

    def _contains(self, node: Contains, text: str, holds: bool) -> Condition:
        item = self._amount(node.item)
        if isinstance(node.container, tuple):
            members = Amount(tuple(str(choice.value) for choice in node.container), Texts())
            container = both(members)
        else:
            members = self._amount(node.container)
            title = self._title(node.container)
            inside = both(members)
            container = Words(f"{title.zh}（{inside.zh}）", f"{title.en} ({inside.en})")
        words = membership(self._side(node.item, item), container, negated=node.negated)
        return Condition(text, words, holds, item, members)

    def _title(self, node: Node) -> Words:
        if isinstance(node, Name):
            title = self._titles.get(node.id, same(node.id))
            amount = self._amount(node)
            if isinstance(node.type, Text | Texts):
                return title
            return title if not isinstance(amount.value, bool) else self._yes_no(title, amount)
        return same(show(node, self._name))

    def _yes_no(self, title: Words, amount: Amount) -> Words:
        answer = both(amount)
        return Words(f"{title.zh} = {answer.zh}", f"{title.en} = {answer.en}")

    def _side(self, node: Node, amount: Amount) -> Words:
        """One side of a comparison: its title and its value."""
        value = both(amount)
        if isinstance(node, Const):
            return value
        if isinstance(node, Name):
            title = self._titles.get(node.id, same(node.id))
            return Words(f"{title.zh} {value.zh}", f"{title.en} {value.en}")
        inner = show(node, self._name)
        return Words(f"{inner} = {value.zh}", f"{inner} = {value.en}")

    def _name(self, name: Name) -> str:
        return bare(Amount(self._values[name.id], name.type))

    def why_not(self, condition: Condition) -> Words:
        """A sentence with the comparisons that fail."""
        failing = [leaf for leaf in condition.leaves() if not leaf.holds] or [condition]
        zh = "；".join(leaf.said.zh for leaf in failing)
        en = "; ".join(leaf.said.en for leaf in failing)
        return Words(f"不适用：{zh}，不成立", f"Does not apply: {en} does not hold")

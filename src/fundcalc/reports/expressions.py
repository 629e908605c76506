"""Conditions, formulas and values of a plan in a reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundcalc.base.words import Lang, Words, same
from fundcalc.explain.decision import Amount
from fundcalc.explain.phrases import spoken
from fundcalc.explain.words import P, both, figure, sign
from fundcalc.language.datatypes import Number, Type, YesNo
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import (
    FLIPPED,
    Compare,
    Const,
    Contains,
    Logic,
    Name,
    Negation,
    Node,
    Value,
)
from fundcalc.policy.plan import Plan, PlanRule, PlanShare


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition: the name that it tests and the test, or no name and the whole of it."""

    name: str | None
    text: Words


def value(amount: Value, kind: Type) -> Words:
    """A value with its unit: 50,000.00 元/年, 1,000 people, 是; a list of nothing in brackets."""
    return Words("（无）", "(none)") if amount == () else both(Amount(amount, kind))


class Speaker:
    """Says the expressions of a plan: facts and outputs by title, parameters by value."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        policy = plan.policy
        self.titles = {id_: fact.title for id_, fact in policy.facts.items()}
        self.titles |= {o.id: o.title for p in policy.programmes for o in p.outputs}
        self._kinds: dict[str, Type] = {id_: p.type for id_, p in policy.parameters.items()}

    def parts(self, node: Node) -> list[Part]:
        """A condition taken apart at its `and`s; none where it always holds."""
        node = simplify(node, self._plan.constants)
        items: Sequence[Node] = [node]
        if isinstance(node, Logic) and node.op == "and":
            items = node.items
        return [self._part(item) for item in items if item != Const(YesNo(), item.at, True)]

    def _part(self, node: Node) -> Part:
        match node:
            case Compare(left=Name() as name, right=Const() as const):
                return Part(name.id, self._test(sign(node.op), const))
            case Compare(left=Const() as const, right=Name() as name):
                return Part(name.id, self._test(sign(FLIPPED[node.op]), const))
            case Contains(item=Name() as name):
                return Part(name.id, self._among(node))
            case Name():
                return Part(node.id, P["yes"])
            case Negation(item=Name() as name):
                return Part(name.id, P["no"])
        return Part(None, self.formula(node))

    def _test(self, compared: str, const: Const) -> Words:
        amount = value(const.value, const.type)
        return Words(f"{compared} {amount.zh}", f"{compared} {amount.en}")

    def _among(self, node: Contains) -> Words:
        if isinstance(node.container, tuple):
            listed = tuple(str(choice.value) for choice in node.container)
        elif isinstance(node.container, Const) and isinstance(node.container.value, tuple):
            listed = node.container.value
        else:
            return self.formula(node)
        zh, en = ("不属于", "not in") if node.negated else ("属于", "in")
        return Words(f"{zh} {'、'.join(listed)}", f"{en} {', '.join(listed)}")

    def formula(self, node: Node) -> Words:
        """An expression with titles and values in place of names; numbers without their units."""
        if isinstance(node, Const) and not isinstance(node.type, Number):
            return value(node.value, node.type)
        return spoken(node, self._named)

    def _named(self, one: Name, lang: Lang) -> str:
        if one.id in self._plan.constants:
            return figure(Amount(self._plan.constants[one.id], self._kinds[one.id]), lang)
        return self.titles[one.id].say(lang) if one.id in self.titles else one.id

    def gives(self, rule: PlanRule) -> Words:
        """What a rule gives: its share of a pool, its value, or itself."""
        if rule.share is not None:
            return self.share(rule.share)
        return (
            self.formula(rule.then) if rule.then is not None else rule.rule.title or same(rule.id)
        )

    def share(self, one: PlanShare) -> Words:
        """A share of a pool in a sentence."""
        pool, by = self.formula(one.pool), self.formula(one.by)
        cap = self.formula(one.at_most) if one.at_most is not None else None
        group = self._group(one.per)
        zh = f"统筹资金 {pool.zh}，{group.zh}，按 {by.zh} 分配"
        en = f"a share of {pool.en}, {group.en}, by {by.en}"
        if cap is not None:
            zh, en = f"{zh}，以 {cap.zh} 为限", f"{en}, at most {cap.en}"
        return Words(zh, en)

    def _group(self, per: str) -> Words:
        if per == "all":
            return Words("全部村一池", "one pool for all")
        if per == "village":
            return Words("每村一池", "one pool a village")
        title = self.titles[per]
        return Words(f"每个{title.zh}一池", f"one pool a {title.en.lower()}")

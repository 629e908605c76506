"""Conditions, formulas and values of a plan in a reader's words."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.sharing import makers
from fundcalc.base.words import Lang, Words, listing, meant, nearest, same, with_handle
from fundcalc.explain.decision import Amount
from fundcalc.explain.phrases import spoken, title
from fundcalc.explain.words import P, both, figure, sign
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import (
    FLIPPED,
    Compare,
    Const,
    Contains,
    Logic,
    Lookup,
    Name,
    Negation,
    Node,
    Scale,
    Value,
)
from fundcalc.language.show import Named
from fundcalc.policy.columns import result_titles
from fundcalc.policy.model import Otherwise, Output, Policy, Rule, Share
from fundcalc.policy.plan import Plan


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition: the name that it tests and the test, or no name and the whole of it."""

    name: str | None
    text: Words


def value(amount: Value, kind: Type) -> Words:
    """A value with its unit: 50,000.00 元/年, 1,000 people, 是; a list of nothing in brackets."""
    return words("reports.of_nothing") if amount == () else both(Amount(amount, kind))


def value_words(policy: Policy, output: Output, result: Value) -> Words:
    """A result in words: rules by their titles, a number with its unit, a list parted by commas."""
    kind = output.type
    if isinstance(kind, Text | Texts):
        titles = result_titles(next(p for p in policy.programmes if output in p.outputs))
        parts = result if isinstance(result, tuple) else [str(result)] if result else []
        texts = [titles.get(part, same(part)) for part in parts]
        return listing(texts) if texts else words("reports.no_values")
    return value(result, kind)


def not_in_force(plan: Plan) -> list[Words]:
    """A line for each programme that is not there on the day."""
    return [
        words("reports.not_today", part=programme.title, days=days)
        for programme in plan.absent
        if (days := programme.period.said) is not None
    ]


def no_programme(plan: Plan, wanted: str) -> Diagnostic:
    """What is said of a programme that is not there: that it has other days, or which there are."""
    for programme in plan.absent:
        if programme.id == wanted and (days := programme.period.said) is not None:
            first, last = programme.period.first, programme.period.last
            day = first if first is not None and plan.on < first else last
            return say(
                "FC933.days", Span(wanted), name=wanted, on=plan.on, days=days, day=day or plan.on
            )
    listed = [programme.id for programme in plan.policy.listed_programmes]
    near, known = nearest(wanted, listed), plan.policy.listed_programmes
    titles = listing(with_handle(programme.title, programme.id) for programme in known)
    hint = meant(near) if near is not None else None
    return say("FC933", Span(wanted), hint=hint, name=wanted, programmes=titles)


def readings_taken(plan: Plan) -> Words:
    """The options taken that are not the policy's own choice, in words; or that all are."""
    readings = plan.policy.readings
    others = [
        (readings[id_], option)
        for id_, option in plan.readings.items()
        if option != readings[id_].chosen
    ]
    if not others:
        return words("reports.as_chosen" if readings else "reports.no_readings")
    sentences = [
        words("reports.reading_taken", question=reading.question, option=reading.options[option])
        for reading, option in others
    ]
    return Words(
        "；".join(sentence.zh for sentence in sentences),
        "; ".join(sentence.en for sentence in sentences),
    )


class Speaker:
    """Says the expressions of a plan: facts and outputs by title, parameters by value."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        policy = plan.policy
        self.titles = {id_: fact.title for id_, fact in policy.facts.items()}
        self.titles |= {o.id: o.title for p in policy.programmes for o in p.outputs}
        self.titles |= {id_: table.title for id_, table in policy.tables.items()}
        self._kinds: dict[str, Type] = {id_: p.type for id_, p in policy.parameters.items()}
        for gathered in (
            gathered for programme in plan.programmes for gathered in programme.gathered
        ):
            self.titles[gathered.name.id] = self.formula(simplify(gathered.value, plan.constants))

    def parts(self, node: Node) -> list[Part]:
        """A condition taken apart at its `and`s; none where it always holds."""
        node = simplify(node, self._plan.constants)
        terms: Sequence[Node] = [node]
        if isinstance(node, Logic) and node.op == "and":
            terms = node.items
        return [self._part(term) for term in terms if term != Const(YesNo(), term.at, True)]

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
        texts = Words("、".join(listed), ", ".join(listed))
        return words("reports.not_in" if node.negated else "reports.within", items=texts)

    def formula(self, node: Node) -> Words:
        """An expression with titles and values in place of names; numbers without their units."""
        if isinstance(node, Const) and not isinstance(node.type, Number):
            return value(node.value, node.type)
        return spoken(node, self._name_in_words)

    def _name_in_words(self, node: Named, lang: Lang) -> str:
        if isinstance(node, Lookup | Scale):
            return title(node, self.titles).say(lang)
        if node.id in self._plan.constants:
            return figure(Amount(self._plan.constants[node.id], self._kinds[node.id]), lang)
        return self.titles[node.id].say(lang) if node.id in self.titles else node.id

    def gives(self, rule: Rule | Otherwise) -> Words:
        """What a rule, or what holds otherwise, gives: its share of a pool, its value, or itself."""
        if isinstance(rule, Rule) and rule.share is not None:
            return self.share(rule.share)
        value = rule.then if isinstance(rule, Rule) else rule.value
        if value is None or (isinstance(value, Const) and value.value == rule.id):
            return rule.title or same(rule.id)
        return self.formula(value)

    def share(self, share: Share) -> Words:
        """A share of a pool in a sentence."""
        pool, group = self.formula(share.pool), self._group(share.group)
        parts: list[Words] = []
        if share.at_most is not None:
            parts.append(words("reports.capped", cap=self.formula(share.at_most)))
        if share.at_least is not None:
            parts.append(words("reports.held", floor=self.formula(share.at_least)))
        if share.rest_to is not None:
            parts.append(words("reports.rest_goes", home=share.rest_to))
        cap = Words("".join(part.zh for part in parts), "".join(part.en for part in parts))
        if isinstance(share.by, Const):
            return words("reports.pool_shared_equally", pool=pool, group=group, cap=cap)
        by = self.formula(share.by)
        return words("reports.pool_shared", pool=pool, group=group, by=by, cap=cap)

    def _group(self, per: str) -> Words:
        if per == "all":
            return words("reports.one_pool_for_all")
        if per == "village":
            return words("reports.one_pool_a_village")
        titles = [self.titles[id_] for id_ in makers(per)]
        zh, en = "、".join(t.zh for t in titles), " and ".join(t.en.lower() for t in titles)
        return words("reports.pool_by", title=Words(zh, en))

"""Why a rule does not decide, as a document."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.base.words import Lang
from fundcalc.explain.document import (
    Block,
    Heading,
    Line,
    by_hand,
    facts,
    head,
    outputs_said,
    results,
    rule,
)
from fundcalc.explain.phrases import P
from fundcalc.explain.why_not import Needed, WhyNot
from fundcalc.explain.words import said


def why_not_document(one: WhyNot, lang: Lang) -> Iterator[Block]:
    """The answer for one rule and one village."""
    decision = one.decision
    yield from head(one.explanation, [decision], lang)
    yield from by_hand(one.explanation, lang)
    called = one.rule.title.say(lang) if one.rule.title is not None else one.rule.id
    yield Heading(2, P["why_not"].say(lang).format(rule=called))
    yield Line(f"{decision.title.say(lang)} · {decision.programme}.{one.rule.id}")
    yield results(decision, one.explanation.by_hand, lang)
    yield Line(one.says.say(lang))
    yield rule(one.rule, lang)
    if one.verdict == "fails":
        yield Heading(3, P["takes"].say(lang))
        if not one.takes:
            yield Line(P["no_way"].say(lang))
        for needed in one.takes:
            then = outputs_said(decision, needed.outputs, lang)
            yield Line(f"{_takes(needed, lang)} → {then}" if then else _takes(needed, lang))
    if one.instead:
        yield Heading(3, P["instead"].say(lang))
        for other in one.instead:
            yield rule(other, lang)
    yield from facts(decision, lang)


def _takes(needed: Needed, lang: Lang) -> str:
    one = P["now"].say(lang)
    return (
        P["together"]
        .say(lang)
        .join(
            one.format(fact=fact.title.say(lang), to=said(to, lang), now=said(fact.amount, lang))
            for fact, to in needed.facts.values()
        )
    )

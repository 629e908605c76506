"""The answer in few words: what a programme comes to, on which comparisons, and why not another amount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from fundcalc.base.catalogue import words
from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang, Words, short
from fundcalc.explain.decision import (
    ASSUMED,
    UNCONDITIONAL,
    Amount,
    Answer,
    Because,
    Condition,
    Explanation,
    Given,
    Ground,
    PoolSaid,
    RuleSaid,
)
from fundcalc.explain.words import brief, said
from fundcalc.language import nodes
from fundcalc.language.datatypes import Number, adds_up
from fundcalc.language.evaluate import NoValue, evaluation
from fundcalc.language.nodes import Node, Value, names
from fundcalc.policy.model import Programme, Rule

COLUMNS = 80
"""Columns of what is printed."""

Values = Mapping[str, Value]
NONE: Mapping[str, Amount] = MappingProxyType({})


def answer(
    programme: Programme, outputs: Mapping[str, Amount], rules: Sequence[RuleSaid],
    pools: Sequence[PoolSaid], values: Values, payers: Mapping[str, Words],
) -> Answer:  # fmt: skip
    """A programme's answer; `values` holds every name of the village."""
    policy, result = programme.hit_policy, outputs[programme.result.id]
    given = tuple(
        Given(
            o.id,
            o.title,
            outputs[o.id],
            payers[o.payer] if o.payer is not None else None,
            None if o.per else o.payer,
        )
        for o in dict.fromkeys([*programme.amounts, programme.result])
    )
    asked = programme.result in programme.amounts and policy != "collect count"
    known = [
        _because(plan, rule, result if asked else None, values)
        for plan, rule in zip(programme.rules, rules, strict=True)
    ]
    fired = [one for one in known if one.rule.fired]
    rest = [one for one in known if not one.rule.fired]
    pool = next((one for one in pools if one.share), None)
    if not fired:
        common = [
            ground
            for first in rest[:1]  # no rule may be in force on the day
            for ground in first.grounds
            if all(ground in one.grounds for one in rest)
        ]
        return Answer(given, (), None, None, tuple(rest), tuple(common), pool)
    if policy in ("collect max", "collect min"):
        fired = [one for one in fired if one.amount is None or one.amount.value == result.value]
    higher, lower = _next(result, rest)
    if policy == "collect max":
        lower = None
    elif policy == "collect min":
        higher = None
    return Answer(given, tuple(fired), higher, lower, (), (), pool)


def _because(plan: Rule, rule: RuleSaid, result: Amount | None, values: Values) -> Because:
    """Its amount is left out where it hangs on what is in the way."""
    found = tuple(grounds(rule.condition)) if rule.condition is not None else ()
    if rule.when == UNCONDITIONAL:  # what it says of itself is all there is to say
        found = (Ground(Words("", ""), rule.says),)
    amount = None
    if plan.then is not None and result is not None and isinstance(result.type, Number):
        used = {name.id for name in names(plan.then)}
        if rule.fired or not used & _in_the_way(plan.when, values):
            try:
                amount = Amount(evaluation(plan.then)(values), result.type)
            except NoValue:
                amount = None
    return Because(rule, found, amount)


def _in_the_way(when: Node, values: Values) -> set[str]:
    """The names in the parts of a condition that fail."""
    found: set[str] = set()
    for part in when.items if isinstance(when, nodes.Logic) and when.op == "and" else (when,):
        try:
            if evaluation(part)(values):
                continue
        except NoValue:
            pass
        found |= {name.id for name in names(part)}
    return found


def _next(result: Amount, rest: Sequence[Because]) -> tuple[Because | None, Because | None]:
    """Of the rules in whose way something stands, those that give the next amount above and below."""
    amounts = [
        (one.amount.value, one)
        for one in rest
        if one.amount is not None and one.rule.condition is not None
        if not one.rule.condition.holds and isinstance(one.amount.value, int)
    ]
    if not isinstance(result.value, int):
        return None, None
    above = [pair for pair in amounts if pair[0] > result.value]
    below = [pair for pair in amounts if pair[0] < result.value]
    higher = min(above, key=lambda pair: pair[0])[1] if above else None
    return higher, max(below, key=lambda pair: pair[0])[1] if below else None


def grounds(condition: Condition) -> Iterator[Ground]:
    """Why a condition holds, or why it does not; comparisons of one subject in a row as one."""
    for subject, some in groupby(_leaves(condition, as_tested=True), key=lambda one: one.subject):
        first, *more = some
        if not subject.zh:
            yield from (first, *more)
            continue
        relation = first.relation
        for one in more:
            relation = words("explain.both", one=relation, other=one.relation)
        yield Ground(subject, relation)


def _leaves(one: Condition, *, as_tested: bool) -> Iterator[Ground]:
    """What settles a condition."""
    match one.join:
        case "and" | "or":
            parts = [part for part in one.parts if part.holds is one.holds]
            for part in parts[:1] if one.join == "or" and one.holds else parts:
                yield from _leaves(part, as_tested=as_tested)
        case "not":
            for part in one.parts:
                yield from _leaves(part, as_tested=False)
        case None:
            bare = not one.subject.zh and (not one.relation.zh or (as_tested and not one.holds))
            yield Ground(one.subject, one.said if bare else one.relation)


class Payment(NamedTuple):
    """What one payer pays in one unit."""

    payer: str
    title: Words
    amount: Amount


def payments(explanation: Explanation) -> list[Payment]:
    """What each payer pays, one entry a payer and unit, amounts set by hand as they were set."""
    hand = {one.output: one.amount for one in explanation.by_hand}
    found: dict[tuple[str, str], Payment] = {}
    for decision in explanation.decisions:
        for one in decision.answer.outputs:
            amount = hand.get(one.output, one.amount)
            if one.payer is None or one.payer_id is None or not adds_up(amount.type):
                continue
            assert isinstance(amount.value, int)
            key = (one.payer_id, unit_of(amount) or "")
            before = found[key].amount.value if key in found else 0
            assert isinstance(before, int)
            whole = replace(amount, value=before + amount.value)
            found[key] = Payment(one.payer_id, one.payer, whole)
    return list(found.values())


def unit_of(amount: Amount) -> str | None:
    """Such as yuan/year."""
    kind = amount.type
    return str(kind.unit) if isinstance(kind, Number) and kind.unit is not None else None


def answer_lines(explanation: Explanation, lang: Lang) -> Iterator[tuple[str, str]]:
    """The whole answer: for each programme what it is about and its sentence, then who pays, then doubts."""
    hand = {one.output: one.amount for one in explanation.by_hand}
    for decision in explanation.decisions:
        one = decision.answer
        yield one.given.title.say(lang), sentence(one, lang, hand)
    paid = payments(explanation)
    comma = words("explain.comma").say(lang)
    if paid:
        sums: dict[str, Amount] = {}
        for _, _, amount in paid:
            unit = said(replace(amount, value=0), lang).partition(" ")[2]
            before = sums[unit].value if unit in sums else 0
            assert isinstance(before, int) and isinstance(amount.value, int)
            sums[unit] = replace(amount, value=before + amount.value)
        whole = comma.join(f"{brief(one, lang)} {unit}".rstrip() for unit, one in sums.items())
        each = [
            f"{payer.say(lang)} {brief(amount, lang)}" for _, payer, amount in paid if amount.value
        ]
        colon = words("explain.colon").say(lang)
        yield words("explain.total").say(lang), colon.join(filter(None, [whole, comma.join(each)]))
    doubts = list(_doubts(explanation, lang))
    if doubts:
        yield words("explain.doubts").say(lang), ("" if lang == "zh" else " ").join(doubts)


def answer_text(explanation: Explanation, lang: Lang) -> str:
    """What a village gets and why, a line for each programme; lines of at most 80 columns."""
    who = explanation.village
    place = " ".join(who[part] for part in ("county", "town") if part in who)
    called = " ".join(who[part] for part in ("name", "code") if part in who)
    if place:
        called = words("explain.in_place", village=called, place=place).say(lang)
    head = words("explain.head", village=called, on=explanation.on).say(lang)
    rows = list(answer_lines(explanation, lang))
    labels = min(max((width(label) for label, _ in rows), default=0), 24)
    lines = "\n  ".join(wrap(head, COLUMNS - 2)).split("\n")
    for label, text in rows:
        first, *more = wrap(text, COLUMNS - labels - 2)
        head, *rest = wrap(label, labels)
        for number, line in enumerate([first, *more]):
            left = head if not number else rest.pop(0) if rest else ""
            lines.append(f"{pad(left, labels)}  {line}")
        lines += rest
    return "\n".join(lines) + "\n"


def _doubts(explanation: Explanation, lang: Lang) -> Iterator[str]:
    """What a reader must know before relying on it."""
    for run, reason in explanation.later:
        yield words("explain.later", run=run, reason=reason).say(lang)
    if explanation.corrected is not None:
        one = explanation.corrected
        yield words("explain.corrects", run=one.corrects, reason=one.reason).say(lang)
    hinged: dict[str, str] = {}
    for decision in explanation.decisions:
        for hinge in decision.hinges_on:
            id_, amount = next(iter(hinge.outputs.items()))
            otherwise = words(
                "explain.or_else", chosen=short(explanation.reading_words[hinge.reading][1]),
                title=decision.titles[id_], value=brief(amount, lang),
            )  # fmt: skip
            hinged.setdefault(hinge.reading, otherwise.say(lang))
    comma = words("explain.comma").say(lang)
    if hinged:
        yield words("explain.hinges", readings=comma.join(hinged.values())).say(lang)
    for stuck in explanation.undecided:
        yield words("explain.undecided", option=short(stuck.answer), why=stuck.why).say(lang)
    assumed = {
        id_: fact
        for decision in explanation.decisions
        for id_, fact in decision.facts.items()
        if fact.origin == ASSUMED
    }
    if assumed:
        facts = [f"{one.title.say(lang)} {brief(one.amount, lang)}" for one in assumed.values()]
        yield words("explain.assumed", facts=comma.join(facts)).say(lang)


def sentence(answer: Answer, lang: Lang, hand: Mapping[str, Amount] = NONE) -> str:
    """The answer in a line: 170,000: Income 36,800 ≤ 50,000. Not 200,000: People 312 < 1,000.

    `hand` are amounts that were set by hand, by output.
    """
    first, *more = answer.outputs
    value = _value(first, lang, hand)
    comma, colon, stop = (
        words(key).say(lang) for key in ("explain.comma", "explain.colon", "explain.stop")
    )
    if more:
        rest = comma.join(f"{one.title.say(lang)} {_value(one, lang, hand)}" for one in more)
        value = words("explain.with", value=value, more=rest).say(lang)
    reasons = [one.say(lang) for one in _reasons(answer)]
    if answer.pool is not None:
        of = (one.amount for one in answer.outputs if one.output == answer.pool.item)
        reasons.append(_shared(answer.pool, next(of, first.amount), lang))
    joined = (comma if answer.rules or answer.common else stop).join(reasons)
    found = [f"{value}{colon}{joined}" if joined else value]
    for one in instead(answer):
        amount = brief(one.amount, lang) if one.amount is not None else ""
        why = comma.join(ground.say(lang) for ground in one.grounds) or one.rule.says.say(lang)
        found.append(words("explain.not", amount=amount, why=why).say(lang))
    return "".join(f"{part}{stop}" for part in found).rstrip()


def _value(one: Given, lang: Lang, hand: Mapping[str, Amount]) -> str:
    value = brief(one.amount, lang)
    if one.output not in hand:
        return value
    return words("explain.by_hand", value=brief(hand[one.output], lang), rules=value).say(lang)


def _reasons(answer: Answer) -> Sequence[Ground]:
    """What the rules that decided rest on; where none did, what stands in the way of them."""
    if any(one.amount is not None for one in answer.others):
        return ()
    if answer.common:
        return answer.common
    every = dict.fromkeys(ground for one in answer.rules or answer.others for ground in one.grounds)
    weighty = [one for one in every if one.relation.zh not in (" > 0", " ≠ 0")]
    return tuple(weighty if answer.rules and weighty else every)


def instead(answer: Answer) -> Sequence[Because]:
    """The rules that gave no amount, of which a reader would ask why."""
    if not answer.rules:
        return [one for one in answer.others if one.amount is not None]
    one = answer.higher or answer.lower
    return [one] if one is not None and tells(answer, one) else []


def tells(answer: Answer, one: Because) -> bool:
    """Whether a rule that did not decide rests on more than those that did."""
    told = {ground.subject for rule in answer.rules for ground in rule.grounds}
    return any(g.subject not in told or not g.subject.zh for g in one.grounds)


def _shared(pool: PoolSaid, given: Amount, lang: Lang) -> str:
    """How much of which pool."""
    whole = brief(Amount(pool.amount, given.type), lang)
    if pool.share not in ((exact := pool.amount * pool.weight // (pool.weights or 1)), exact + 1):
        if pool.leftover > 0 and pool.rest_to is not None:
            left = brief(Amount(pool.leftover, given.type), lang)
            return words("explain.enough_rest", pool=whole, left=left, home=pool.rest_to).say(lang)
        if pool.leftover > 0:
            return words("explain.enough", pool=whole).say(lang)
        share = brief(Amount(pool.share, given.type), lang)
        return words("explain.part", pool=whole, share=share).say(lang)
    weight, weights = (brief(Amount(n, pool.by), lang) for n in (pool.weight, pool.weights))
    return words("explain.shared", pool=whole, weight=weight, weights=weights).say(lang)

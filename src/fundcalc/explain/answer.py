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
from fundcalc.explain.words import brief, in_full, said
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
    results = tuple(
        Given(
            o.id,
            o.title,
            outputs[o.id],
            payers[o.payer] if o.payer is not None else None,
            None if o.per else o.payer,
        )
        for o in dict.fromkeys([*programme.amounts, programme.result])
    )
    is_amount = programme.result in programme.amounts and policy != "collect count"
    reasons = [
        _because(plan, rule, result if is_amount else None, values)
        for plan, rule in zip(programme.rules, rules, strict=True)
    ]
    fired = [reason for reason in reasons if reason.rule.fired]
    not_fired = [reason for reason in reasons if not reason.rule.fired]
    if policy == "collect sum":  # what one more rule gives comes to what there is
        not_fired = [_added(reason, result) for reason in not_fired]
    pool = next((p for p in pools if p.share), None)
    if not fired:
        common = [
            ground
            for first in not_fired[:1]  # no rule may be in force on the day
            for ground in first.grounds
            if all(ground in reason.grounds for reason in not_fired)
        ]
        return Answer(results, (), None, None, tuple(not_fired), tuple(common), pool)
    beaten: Because | None = None
    if policy in ("collect max", "collect min"):
        below, above = _next_above_and_below(result, fired, beaten=True)[::-1]
        beaten = below if policy == "collect max" else above
        fired = [
            reason
            for reason in fired
            if reason.amount is None or reason.amount.value == result.value
        ]
    higher, lower = _next_above_and_below(result, not_fired)
    if policy == "collect max":
        lower = None
    elif policy == "collect min":
        higher = None
    return Answer(results, tuple(fired), higher, lower, (), (), pool, beaten)


def _because(plan: Rule, rule: RuleSaid, result: Amount | None, values: Values) -> Because:
    """Its amount is left out where it hangs on what is in the way."""
    comparisons = tuple(grounds(rule.condition)) if rule.condition is not None else ()
    if rule.when == UNCONDITIONAL:  # what it says of itself is all there is to say
        comparisons = (Ground(Words("", ""), rule.says),)
    amount = None
    if plan.then is not None and result is not None and isinstance(result.type, Number):
        used = {name.id for name in names(plan.then)}
        if rule.fired or not used & _in_the_way(plan.when, values):
            try:
                amount = Amount(evaluation(plan.then)(values), result.type)
            except NoValue:
                amount = None
    return Because(rule, comparisons, amount)


def _added(because: Because, result: Amount) -> Because:
    """With the amount that there would be if the rule applied, too."""
    own = because.amount
    if own is None or not isinstance(own.value, int) or not isinstance(result.value, int):
        return because
    return replace(because, amount=Amount(result.value + own.value, result.type))


def _in_the_way(when: Node, values: Values) -> set[str]:
    """The names in the parts of a condition that fail."""
    failing: set[str] = set()
    for part in when.items if isinstance(when, nodes.Logic) and when.op == "and" else (when,):
        try:
            if evaluation(part)(values):
                continue
        except NoValue:
            pass
        failing |= {name.id for name in names(part)}
    return failing


def _next_above_and_below(
    result: Amount, reasons: Sequence[Because], *, beaten: bool = False
) -> tuple[Because | None, Because | None]:
    """Of the rules in whose way something stands, or that hold and are `beaten`, the next above and below."""
    amounts = [
        (reason.amount.value, reason)
        for reason in reasons
        if reason.amount is not None and reason.rule.condition is not None
        if reason.rule.condition.holds is beaten and isinstance(reason.amount.value, int)
    ]
    if not isinstance(result.value, int):
        return None, None
    above = [pair for pair in amounts if pair[0] > result.value]
    below = [pair for pair in amounts if pair[0] < result.value]
    higher = min(above, key=lambda pair: pair[0])[1] if above else None
    return higher, max(below, key=lambda pair: pair[0])[1] if below else None


def grounds(condition: Condition) -> Iterator[Ground]:
    """Why a condition holds, or why it does not; comparisons of one subject in a row as one."""
    for subject, leaves in groupby(
        _leaves(condition, as_tested=True), key=lambda leaf: leaf.subject
    ):
        first, *more = leaves
        if not subject.zh:
            yield from (first, *more)
            continue
        relation = first.relation
        for leaf in more:
            relation = words("explain.both", one=relation, other=leaf.relation)
        yield Ground(subject, relation)


def _leaves(condition: Condition, *, as_tested: bool) -> Iterator[Ground]:
    """What settles a condition."""
    match condition.join:
        case "and" | "or":
            parts = [part for part in condition.parts if part.holds is condition.holds]
            for part in parts[:1] if condition.join == "or" and condition.holds else parts:
                yield from _leaves(part, as_tested=as_tested)
        case "not":
            for part in condition.parts:
                yield from _leaves(part, as_tested=False)
        case None:
            bare = not condition.subject.zh and (
                not condition.relation.zh or (as_tested and not condition.holds)
            )
            yield Ground(condition.subject, condition.said if bare else condition.relation)


class Payment(NamedTuple):
    """What one payer pays in one unit."""

    payer: str
    title: Words
    amount: Amount


def payments(explanation: Explanation) -> list[Payment]:
    """What each payer pays, one entry a payer and unit, amounts set by hand as they were set."""
    hand = {override.output: override.amount for override in explanation.by_hand}
    by_payer: dict[tuple[str, str], Payment] = {}
    for decision in explanation.decisions:
        for output in decision.answer.outputs:
            amount = hand.get(output.output, output.amount)
            if output.payer is None or output.payer_id is None or not adds_up(amount.type):
                continue
            assert isinstance(amount.value, int)
            key = (output.payer_id, unit_of(amount) or "")
            before = by_payer[key].amount.value if key in by_payer else 0
            assert isinstance(before, int)
            total = replace(amount, value=before + amount.value)
            by_payer[key] = Payment(output.payer_id, output.payer, total)
    return list(by_payer.values())


def unit_of(amount: Amount) -> str | None:
    """Such as yuan/year."""
    kind = amount.type
    return str(kind.unit) if isinstance(kind, Number) and kind.unit is not None else None


def answer_lines(explanation: Explanation, lang: Lang) -> Iterator[tuple[str, str]]:
    """The whole answer: for each programme what it is about and its sentence, then who pays, then doubts."""
    hand = {override.output: override.amount for override in explanation.by_hand}
    for decision in explanation.decisions:
        answer = decision.answer
        yield answer.given.title.say(lang), sentence(answer, lang, hand)
    paid = payments(explanation)
    comma = words("explain.comma").say(lang)
    if paid:
        sums: dict[str, Amount] = {}
        for _, _, amount in paid:
            unit = said(replace(amount, value=0), lang).partition(" ")[2]
            before = sums[unit].value if unit in sums else 0
            assert isinstance(before, int) and isinstance(amount.value, int)
            sums[unit] = replace(amount, value=before + amount.value)
        total = comma.join(
            f"{brief(amount, lang)} {unit}".rstrip() for unit, amount in sums.items()
        )
        by_payer = [
            f"{payer.say(lang)} {brief(amount, lang)}" for _, payer, amount in paid if amount.value
        ]
        colon = words("explain.colon").say(lang)
        yield (
            words("explain.total").say(lang),
            colon.join(filter(None, [total, comma.join(by_payer)])),
        )
    doubts = list(_doubts(explanation, lang))
    if doubts:
        yield words("explain.doubts").say(lang), ("" if lang == "zh" else " ").join(doubts)


def answer_text(explanation: Explanation, lang: Lang) -> str:
    """What a village gets and why, a line for each programme; lines of at most 80 columns."""
    village = explanation.village
    place = " ".join(village[part] for part in ("county", "town") if part in village)
    name = " ".join(village[part] for part in ("name", "code") if part in village)
    if place:
        name = words("explain.in_place", village=name, place=place).say(lang)
    head = words("explain.head", village=name, on=explanation.on).say(lang)
    rows = list(answer_lines(explanation, lang))
    labels = min(max((width(label) for label, _ in rows), default=0), 24)
    lines = "\n  ".join(wrap(head, COLUMNS - 2)).split("\n")
    for label, text in rows:
        first, *more = wrap(text, COLUMNS - labels - 2)
        head, *label_lines = wrap(label, labels)
        for number, line in enumerate([first, *more]):
            left = head if not number else label_lines.pop(0) if label_lines else ""
            lines.append(f"{pad(left, labels)}  {line}")
        lines += label_lines
    return "\n".join(lines) + "\n"


def _doubts(explanation: Explanation, lang: Lang) -> Iterator[str]:
    """What a reader must know before relying on it."""
    for run, reason in explanation.later:
        yield words("explain.later", run=run, reason=reason).say(lang)
    if explanation.corrected is not None:
        correction = explanation.corrected
        yield words("explain.corrects", run=correction.corrects, reason=correction.reason).say(lang)
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
        facts = [f"{fact.title.say(lang)} {brief(fact.amount, lang)}" for fact in assumed.values()]
        yield words("explain.assumed", facts=comma.join(facts)).say(lang)


def sentence(answer: Answer, lang: Lang, hand: Mapping[str, Amount] = NONE) -> str:
    """The answer in a line: 170,000: Income 36,800 ≤ 50,000. Not 200,000: People 312 < 1,000.

    `hand` are amounts that were set by hand, by output.
    """
    first, *more = answer.outputs
    value = _value_said(first, lang, hand)
    comma, colon, stop = (
        words(key).say(lang) for key in ("explain.comma", "explain.colon", "explain.stop")
    )
    if more:
        others = comma.join(
            f"{output.title.say(lang)} {_value_said(output, lang, hand)}" for output in more
        )
        value = words("explain.with", value=value, more=others).say(lang)
    comparisons = [ground.say(lang) for ground in _grounds_of(answer)]
    if answer.pool is not None:
        of_pool = (output.amount for output in answer.outputs if output.output == answer.pool.item)
        comparisons.append(_pool_said(answer.pool, next(of_pool, first.amount), lang))
    joined = (comma if answer.rules or answer.common else stop).join(comparisons)
    parts = [f"{value}{colon}{joined}" if joined else value]
    for reason in instead(answer):
        amount = in_full(reason.amount, lang) if reason.amount is not None else ""
        why = comma.join(ground.say(lang) for ground in reason.grounds)
        why = why or reason.rule.says.say(lang)
        parts.append(words("explain.not", amount=amount, why=why).say(lang))
    return "".join(f"{part}{stop}" for part in parts).rstrip()


def _value_said(output: Given, lang: Lang, hand: Mapping[str, Amount]) -> str:
    value = brief(output.amount, lang)
    if output.output not in hand:
        return value
    return words("explain.by_hand", value=brief(hand[output.output], lang), rules=value).say(lang)


def _grounds_of(answer: Answer) -> Sequence[Ground]:
    """What the rules that decided rest on; where none did, what stands in the way of them."""
    if any(reason.amount is not None for reason in answer.others):
        return ()
    if answer.common:
        return answer.common
    distinct = dict.fromkeys(
        ground for reason in answer.rules or answer.others for ground in reason.grounds
    )
    weighty = [ground for ground in distinct if ground.relation.zh not in (" > 0", " ≠ 0")]
    return tuple(weighty if answer.rules and weighty else distinct)


def instead(answer: Answer) -> Sequence[Because]:
    """The rules that gave no amount, of which a reader would ask why."""
    if not answer.rules:
        return [reason for reason in answer.others if reason.amount is not None]
    reason = answer.higher or answer.lower
    return [reason] if reason is not None and tells(answer, reason) else []


def tells(answer: Answer, reason: Because) -> bool:
    """Whether a rule that did not decide rests on more than those that did."""
    subjects = {ground.subject for rule in answer.rules for ground in rule.grounds}
    return any(ground.subject not in subjects or not ground.subject.zh for ground in reason.grounds)


def _pool_said(pool: PoolSaid, result: Amount, lang: Lang) -> str:
    """How much of which pool."""
    total = brief(Amount(pool.amount, result.type), lang)
    if pool.share not in ((exact := pool.amount * pool.weight // (pool.weights or 1)), exact + 1):
        if pool.leftover > 0 and pool.rest_to is not None:
            leftover = brief(Amount(pool.leftover, result.type), lang)
            enough = words("explain.enough_rest", pool=total, left=leftover, home=pool.rest_to)
            return enough.say(lang)
        if pool.leftover > 0:
            return words("explain.enough", pool=total).say(lang)
        share = brief(Amount(pool.share, result.type), lang)
        return words("explain.part", pool=total, share=share).say(lang)
    weight, weights = (brief(Amount(n, pool.by), lang) for n in (pool.weight, pool.weights))
    return words("explain.shared", pool=total, weight=weight, weights=weights).say(lang)

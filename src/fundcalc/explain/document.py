"""An explanation as a document: headings, tables, rules and sentences in one language.

What to say, and in which order, is settled here; text, Markdown and HTML only set it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from fundcalc.base import dataclass
from fundcalc.base.catalogue import text, words
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Lang, Words, with_handle
from fundcalc.explain.decision import (
    ASSUMED,
    UNCONDITIONAL,
    Amount,
    ByHand,
    ChangeSaid,
    Condition,
    Corrected,
    Decision,
    Explanation,
    PoolSaid,
    RuleSaid,
)
from fundcalc.explain.why_not import Needed, WhyNot
from fundcalc.explain.words import figure, said, say
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import Value
from fundcalc.language.show import amount_said, number_said
from fundcalc.policy.model import ALWAYS
from fundcalc.policy.sentences import in_marks
from fundcalc.roster.model import cell_of, split_origin


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1: the village; 2: a programme; 3: a part of it."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Title, value and a remark. `results` are a programme's outputs, which stand out."""

    rows: Sequence[tuple[str, str, str]]
    results: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, or conditions joined, and whether it holds."""

    text: str
    holds: bool
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its conditions; `says` and `source` where it decides, with the sentence it quotes."""

    title: str
    id: str
    fired: bool
    parts: Sequence[Part]
    says: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A value worked out: in words, in numbers (blank where they say no more), and the result.

    `named` has both at once: Guaranteed funds 170,000.00 − …
    """

    output: str
    title: str
    formula: str
    numbers: str
    named: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence; `more` stands below it, set in. `aside`: about the programme as a whole."""

    text: str
    more: Sequence[str] = ()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest, to be copied as it stands."""

    text: str


Block = Heading | Table | Rule | Step | Line | Digest


def document(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> Iterator[Block]:
    """Everything decided about a village, or why rules do not decide for it."""
    if isinstance(explanation, Explanation):
        yield from _decided(explanation, lang)
        return
    for why_not in explanation:
        yield from _why_not(why_not, lang)


def _decided(explanation: Explanation, lang: Lang) -> Iterator[Block]:
    yield from head(explanation, explanation.decisions, lang)
    yield from by_hand(explanation, lang)
    yield from _correction(explanation, lang)
    for number, decision in enumerate(explanation.decisions, 1):
        yield Heading(2, f"{number}  {decision.title.say(lang)}")
        yield from _decision(decision, explanation.by_hand, lang)
    yield Heading(2, say("readings", lang))
    for id_, (question, answer) in explanation.reading_words.items():
        chosen = with_handle(answer, f"{id_}={explanation.readings[id_]}")
        yield Line(question.say(lang), (chosen.say(lang),))
        for undecided in explanation.undecided:
            if undecided.reading == id_:
                option = with_handle(undecided.answer, f"{id_}={undecided.option}")
                yield Line(say("undecided", lang) + option.say(lang), (undecided.why.say(lang),))
    yield Heading(2, say("sources", lang))
    for cited in explanation.sources.values():
        yield Line(cited.say(lang))


def by_hand(explanation: Explanation, lang: Lang) -> Iterator[Block]:
    """What was changed after the rules, and on what grounds."""
    if not explanation.by_hand:
        return
    yield Heading(2, say("by_hand", lang))
    yield Line(say("by_hand_note", lang))
    for override in explanation.by_hand:
        yield Line(hand_moved(override, lang), hand_grounds(override, lang))


def _correction(explanation: Explanation, lang: Lang) -> Iterator[Block]:
    sentences = list(correction(explanation.corrected, lang))
    if sentences:
        yield Heading(2, say("correction", lang))
    yield from map(Line, sentences)


def hand_moved(override: ByHand, lang: Lang) -> str:
    """What an amount set by hand was by the rules, and is."""
    before, after = said(override.by_rules, lang), said(override.amount, lang)
    return text("papers.by_hand_moved", lang, title=override.title, before=before, after=after)


def hand_grounds(override: ByHand, lang: Lang) -> list[str]:
    """On what grounds it was set by hand, or that it follows from what was."""
    if override.grounds is None:
        return [say("follows_hand", lang)]
    return [
        text("papers.by_hand_ground", lang, title=say(key, lang), text=value)
        for key, value in override.grounds.items()
    ]


def correction(corrected: Corrected | None, lang: Lang) -> Iterator[str]:
    """What the run changes for the village, if it corrects another: a sentence each."""
    if corrected is None:
        return
    yield say("corrects", lang, run=corrected.corrects, reason=corrected.reason)
    if not corrected.amounts:
        yield say("same_paid", lang)
        return
    for paid in corrected.amounts:
        yield say(
            "moved", lang, title=paid.title.say(lang), before=_yuan(paid.before),
            after=_yuan(paid.after), due=_due(paid.difference, lang),
        )  # fmt: skip
    net = _due(corrected.net, lang) if corrected.net else say("between", lang)
    yield say("in_all", lang, unit=corrected.unit.said(lang), what=net)


def corrected_later(explanation: Explanation, lang: Lang) -> Iterator[str]:
    """Which later runs correct this one."""
    for run, reason in explanation.later:
        yield say("later", lang, run=run, reason=reason)


def _due(fen: int, lang: Lang) -> str:
    return say("pay" if fen > 0 else "deduct", lang, amount=_yuan(abs(fen)))


def _yuan(fen: int) -> str:
    return grouped(fen, FEN_DECIMALS)


def head(explanation: Explanation, decisions: Iterable[Decision], lang: Lang) -> Iterator[Block]:
    """Which village, on what the explanation rests, and what the marks mean."""
    village = explanation.village
    yield Heading(1, "  ".join(v for k, v in village.items() if k in ("name", "code")))
    place = " · ".join(village[k] for k in ("county", "town") if k in village)
    if place:
        yield Line(place)
    origins = {split_origin(f.origin)[0] for d in decisions for f in d.facts.values()}
    for origin in sorted(origins - {""}):
        yield Line(f"{say('roster', lang)} {origin}")
    on = say("on", lang, on=explanation.on.isoformat())
    yield Line(f"{say('policy', lang)} {explanation.policy_title.say(lang)} · {on}")
    yield Digest(explanation.digest)
    yield from map(Line, corrected_later(explanation, lang))
    yield Line(say("marks", lang))


def _decision(decision: Decision, hand: Sequence[ByHand], lang: Lang) -> Iterator[Block]:
    yield results(decision, hand, lang)
    yield Heading(3, say("rules", lang))
    rules = list(decision.rules)
    if decision.otherwise is not None and decision.otherwise.fired:
        rules.append(decision.otherwise)
    for rule_said in rules:
        yield rule(rule_said, lang)
    yield from _steps(decision, lang)
    for pool in decision.pools:
        yield Line(pool_said(pool, lang))
    yield from facts(decision, lang)
    yield from _parameters(decision, lang)
    yield from _what_if(decision, lang)
    if decision.note is not None:
        yield Line(say("note", lang) + decision.note.say(lang), aside=True)


def results(decision: Decision, hand: Sequence[ByHand], lang: Lang) -> Table:
    """A programme's outputs as the rules gave them, and next to them what they are by hand."""
    titles = decision.titles
    by_hand_ = {
        override.output: say("instead_of", lang, amount=said(override.amount, lang))
        for override in hand
    }
    rows = [
        (titles[id_].say(lang), said(amount, lang), by_hand_.get(id_, ""))
        for id_, amount in decision.outputs.items()
    ]
    return Table(rows, results=True)


def rule(rule_said: RuleSaid, lang: Lang) -> Rule:
    """A rule as it is set."""
    title = rule_said.title.say(lang) if rule_said.title else rule_said.id
    parts: Sequence[Part] = ()
    if rule_said.condition is not None and rule_said.when != UNCONDITIONAL:
        joined = part(rule_said.condition, lang)
        parts = joined.parts if rule_said.condition.join == "and" else (joined,)
    beaten = rule_said.condition is not None and rule_said.condition.holds and not rule_said.fired
    says = rule_said.says.say(lang) if rule_said.fired or beaten else ""
    source = quoted(rule_said.cited, rule_said.quote, lang) if rule_said.fired else ""
    return Rule(title, rule_said.id, rule_said.fired, parts, says, source)


def quoted(cited: Words | None, quote: str | None, lang: Lang) -> str:
    """A source and the sentence of it that is quoted; empty where there is no source."""
    if cited is None:
        return ""
    if quote is None:
        return cited.say(lang)
    return cited.say(lang) + text("explain.colon", lang) + in_marks(quote)


def part(condition: Condition, lang: Lang) -> Part:
    """A condition as it is set."""
    if condition.join is None:
        return Part(condition.said.say(lang), condition.holds)
    parts = tuple(part(inner, lang) for inner in condition.parts)
    return Part(say(condition.join, lang), condition.holds, parts)


def _steps(decision: Decision, lang: Lang) -> Iterator[Block]:
    blocks = list(steps(decision, lang))
    if blocks:
        yield Heading(3, say("steps", lang))
    yield from blocks


def steps(decision: Decision, lang: Lang) -> Iterator[Step]:
    """How each number comes about."""
    for step in decision.steps:
        if isinstance(step.amount.type, Number) and step.formula:
            value, bare = said(step.amount, lang), figure(step.amount, lang)
            formula, numbers = step.said.say(lang), step.figures.say(lang)
            if numbers in (bare, formula):
                numbers = ""
            if formula in (bare, "0"):
                formula = ""
            yield Step(
                step.output, step.title.say(lang), formula, numbers, step.named.say(lang), value,
            )  # fmt: skip


def pool_said(pool: PoolSaid, lang: Lang) -> str:
    """A pool in one sentence, and which way the village's share was rounded."""
    shown = partial(number_said, kind=pool.kind)
    sentence = say(
        "pool", lang, group=pool.group or say("everywhere", lang), villages=f"{pool.villages:,}",
        claims=f"{pool.claims:,}", amount=amount_said(pool.amount, pool.kind).say(lang),
        share=shown(pool.share), left=shown(pool.leftover), step=shown(1),
    )  # fmt: skip
    if pool.rest_to is not None and pool.leftover:
        sentence += words("explain.rest_to", home=pool.rest_to).say(lang)
    fen, remainder = divmod(pool.amount * pool.weight, pool.weights or 1)
    if not remainder or pool.share not in (
        fen,
        fen + 1,
    ):  # it is not the pool in proportion, but a cap
        return sentence
    exact = shown(fen) + ("" if pool.kind.decimals else ".")
    exact += f"{remainder * 10_000 // pool.weights:04}"
    return sentence + say(
        "cut" if pool.share == fen else "raised", lang, exact=exact, step=shown(1)
    )


def facts(decision: Decision, lang: Lang) -> Iterator[Block]:
    """The facts on which a decision rests, each with its cell."""
    rows: list[tuple[str, str, str]] = []
    for fact in decision.facts.values():
        assumed = fact.origin == ASSUMED
        about = say("assumed", lang) if assumed else cell_of(fact.origin).say(lang)
        rows.append((fact.title.say(lang), said(fact.amount, lang), about))
    if rows:
        yield Heading(3, say("facts", lang))
        yield Table(rows)


def _parameters(decision: Decision, lang: Lang) -> Iterator[Block]:
    """What the numbers rest on; a source that all have is said once."""
    parameters = list(decision.parameters.values())
    quotes = {rule.quote for rule in decision.rules if rule.fired}
    cited = [
        parameter.cited.say(lang) if parameter.cited is not None else "" for parameter in parameters
    ]
    once = cited[0] if len(set(cited)) == 1 and cited[0] else None
    rows: list[tuple[str, str, str]] = []
    for parameter, source in zip(parameters, cited, strict=True):
        since = (
            ""
            if parameter.since == ALWAYS
            else say("since", lang, since=parameter.since.isoformat())
        )
        quote = (
            in_marks(parameter.quote)
            if parameter.quote is not None and parameter.quote not in quotes
            else ""
        )
        about = "  ".join(filter(None, (since, "" if once else source, quote)))
        rows.append((parameter.title.say(lang), said(parameter.amount, lang), about))
    if rows:
        yield Heading(3, say("parameters_of" if once else "parameters", lang, source=once or ""))
        yield Table(rows)


def _what_if(decision: Decision, lang: Lang) -> Iterator[Block]:
    if decision.hinges_on:
        yield Heading(3, say("hinges", lang))
        for question, answers in _hinges(decision, lang).items():
            yield Line(question, answers)
    follows, turns = follow_and_turn(
        decision.would_change, decision.other_rules, list(decision.facts), decision.now
    )
    if follows or turns:
        yield Heading(3, say("changes", lang))
    for change in turns:
        if_ = say("if", lang, fact=change.title.say(lang), to=said(change.to, lang))
        yield Line(f"{if_} → {outputs_said(decision, change.outputs, lang)}")
    comma = "、" if lang == "zh" else ", "
    for ids, facts_ in moved(follows).items():
        outputs = comma.join(decision.titles[id_].say(lang) for id_ in ids)
        names = comma.join(change.title.say(lang) for change in facts_.values())
        yield Line(say("follows", lang, outputs=outputs, facts=names))


def _hinges(decision: Decision, lang: Lang) -> dict[str, list[str]]:
    """Each reading on which the decision hinges, with the other answers and what they give."""
    by_question: dict[str, list[str]] = {}
    for hinge in decision.hinges_on:
        then = outputs_said(decision, hinge.outputs, lang)
        answer = with_handle(hinge.answer, f"{hinge.reading}={hinge.option}").say(lang)
        by_question.setdefault(hinge.question.say(lang), []).append(f"{answer} → {then}")
    return by_question


def moved(follows: Sequence[ChangeSaid]) -> dict[tuple[str, ...], dict[str, ChangeSaid]]:
    """For the same outputs the facts that move them step by step."""
    outputs: dict[str, dict[str, None]] = {}
    for change in follows:
        outputs.setdefault(change.fact, {}).update(dict.fromkeys(change.outputs))
    facts = {change.fact: change for change in follows}
    by_outputs: dict[tuple[str, ...], dict[str, ChangeSaid]] = {}
    for fact, ids in outputs.items():
        by_outputs.setdefault(tuple(ids), {})[fact] = facts[fact]
    return by_outputs


def follow_and_turn(
    nearest: Sequence[ChangeSaid],
    others: Sequence[ChangeSaid],
    facts: Sequence[str],
    current: Callable[[str], Value],
) -> tuple[list[ChangeSaid], list[ChangeSaid]]:
    """Facts that outputs follow step by step, and the values at which something turns, as `facts` stand."""
    steps: dict[str, int] = {}
    for change in nearest:
        steps[change.fact] = steps.get(change.fact, 0) + (1 if change.step else -2)
    both = {
        fact for fact, count in steps.items() if count == 2 or (count == 1 and current(fact) == 0)
    }
    follows = [change for change in nearest if change.fact in both]
    turns = [change for change in nearest if change.fact not in both]
    turns += others
    turns.sort(key=lambda change: facts.index(change.fact) if change.fact in facts else len(facts))
    return follows, turns


def outputs_said(decision: Decision, outputs: Mapping[str, Amount], lang: Lang) -> str:
    """Outputs with their titles, in one line."""
    parts = [f"{decision.titles[i].say(lang)} {said(a, lang)}" for i, a in outputs.items()]
    return ("，" if lang == "zh" else ", ").join(parts)


def _why_not(why_not: WhyNot, lang: Lang) -> Iterator[Block]:
    decision = why_not.decision
    yield from head(why_not.explanation, [decision], lang)
    yield from by_hand(why_not.explanation, lang)
    called = why_not.rule.title.say(lang) if why_not.rule.title is not None else why_not.rule.id
    yield Heading(2, say("why" if why_not.verdict == "decides" else "why_not", lang, rule=called))
    yield Line(with_handle(decision.title, f"{decision.programme}.{why_not.rule.id}").say(lang))
    yield results(decision, why_not.explanation.by_hand, lang)
    yield Line(why_not.says.say(lang))
    yield rule(why_not.rule, lang)
    if why_not.verdict == "fails":
        yield Heading(3, say("takes", lang))
        if not why_not.takes:
            yield Line(say("no_way", lang))
        for needed in why_not.takes:
            then = outputs_said(decision, needed.outputs, lang)
            yield Line(f"{_takes(needed, lang)} → {then}" if then else _takes(needed, lang))
    if why_not.instead:
        yield Heading(3, say("instead", lang))
        for rule_said in why_not.instead:
            yield rule(rule_said, lang)
    yield from facts(decision, lang)


def _takes(needed: Needed, lang: Lang) -> str:
    return say("together", lang).join(
        say(
            "now", lang, fact=fact.title.say(lang), to=said(fact.to, lang), now=said(fact.now, lang)
        )
        for fact in needed.facts
    )

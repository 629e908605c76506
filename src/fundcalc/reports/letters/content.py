"""What stands in a letter: what a village gets and why in short, and an annex with the whole working."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from math import ceil
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, text, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.files import is_device
from fundcalc.base.money import capitals, yuan
from fundcalc.base.words import Lang, Words, same
from fundcalc.explain.answer import tells
from fundcalc.explain.decision import (
    ASSUMED,
    UNCONDITIONAL,
    Amount,
    Because,
    Condition,
    Decision,
    Explanation,
    Ground,
    ParameterUsed,
    RuleSaid,
)
from fundcalc.explain.document import (
    correction,
    hand_grounds,
    hand_moved,
    outputs_said,
    pool_said,
    steps,
)
from fundcalc.explain.gather import Explainer
from fundcalc.explain.words import P, in_full, said
from fundcalc.language.datatypes import Number, Type, adds_up, is_money
from fundcalc.language.nodes import names
from fundcalc.policy.model import ALWAYS, IDENTITY, Output, Policy, Rule
from fundcalc.policy.plan import values_of
from fundcalc.policy.sentences import in_marks
from fundcalc.reports.expressions import value_words
from fundcalc.reports.settings import LetterSettings
from fundcalc.roster.model import cell_of, split_origin

_UNFIT = re.compile(r"[^\w\-（）()]+")
_LONGEST = 60
_MOST_RULES = 4
"""Of more rules that do not apply, the page only says how many there are; the annex has all."""
_FIRM = "firm"
"""Marks the row of a total."""
_MARKS = {True: "√", False: "×"}
"""The letters' font has no ✓."""


@dataclass(frozen=True)
class Head:
    """What every letter of a run says alike. `id` and `head` are blank where nothing was recorded."""

    policy: Policy
    on: str
    roster_digest: str
    settings: LetterSettings
    id: str = ""
    head: str = ""
    prepared_by: str = ""
    reviewed_by: str = ""
    returned: Words | None = None
    """That a reviewer sent the run back."""
    several: bool = False
    """Whether the roster has several files, so that a cell is named with its own."""
    carried: Mapping[int, Words] = field(default_factory=dict)
    """By position what corrections before left open, which is in no amount here."""


def _without_money(policy: Policy) -> list[Output]:
    granted = [o for o in policy.granted_outputs if not is_money(o.type)]
    return [*granted, *(o for o in policy.told_outputs if o not in granted)]


def on_first_page(policy: Policy) -> set[str]:
    """The programmes that the first page tells of: of money, and of other results that stand on paper."""
    results = _without_money(policy)
    outputs = ((p.id, o) for p in policy.programmes for o in p.outputs if not o.per)
    return {id_ for id_, output in outputs if is_money(output.type) or output in results}


class Letters:
    """Letters of one run in one language. `paid` are the rows of what is paid."""

    def __init__(
        self, head: Head, explainer: Explainer, paid: Sequence[Mapping[str, Any]], lang: Lang
    ) -> None:
        self._head, self._policy = head, head.policy
        self._explainer, self._paid = explainer, paid
        self._lang: Lang = lang
        self._comma, self._semicolon = ("、", "；") if lang == "zh" else (", ", "; ")
        self._numbers = {id_: f"[{n}]" for n, id_ in enumerate(head.policy.sources, 1)}
        self._first_page = on_first_page(head.policy)
        self._alike = self._of_all()

    def _say(self, key: str, **fields: Words | str | int) -> str:
        return text(key, self._lang, **fields)

    def of(self, indices: Iterable[int]) -> dict[str, Any]:
        """The letters of villages: all data of one file."""
        return {**self._alike, "letters": [self._letter(index) for index in indices]}

    def _of_all(self) -> dict[str, Any]:
        """What all letters say."""
        lang, head, policy, settings = self._lang, self._head, self._policy, self._head.settings
        papers = policy.papers
        issuer = settings.issuer or (papers.issuer.say(lang) if papers.issuer is not None else "")
        blank = self._say("papers.blank")
        # the head's digest covers all of the run, the roster too
        digest = self._say("papers.head_digest", digest=head.head)
        if not head.head:
            digest = self._say("papers.roster_digest", digest=head.roster_digest)
        return {
            "lang": lang,
            "short": settings.short,
            "words": {key: text.say(lang) for key, text in self._words().items()},
            "policy": policy.title.say(lang),
            "on": self._say("papers.values_of", on=head.on),
            "run": head.id or self._say("papers.unrecorded"),
            "foot": head.head,
            "issuer": issuer,
            "document_no": settings.document_no or papers.document_no or "",
            "seal": self._say("papers.seal", issuer=issuer),
            "objections": self._say(
                "papers.object", issuer=issuer or self._say("papers.the_issuer"),
                contact=settings.contact or blank, until=settings.until or blank,
            ),
            "signatures": [
                [self._say("papers.prepared_by"), head.prepared_by],
                [self._say("papers.reviewed_by"), head.reviewed_by],
                [self._say("papers.date"), ""],
            ],
            "parameters": list(self._parameters()),
            "sources": [
                f"{number} {policy.sources[id_].cite().say(lang)}"
                for id_, number in self._numbers.items()
            ],
            "digests": [self._say("papers.policy_digest", digest=policy.digest), digest],
        }  # fmt: skip

    def _words(self) -> Mapping[str, Words]:
        """What stands on all letters; where the policy has no money, nothing that assumes it."""
        policy, none = self._policy, words("papers.none")
        said = {
            "title": words("papers.letter"),
            "annex": words("papers.annex"),
            "run": words("papers.run"),
            "item": words("papers.item"),
            "amount": words("papers.amount"),
            "capitals": words("papers.capitals"),
            "payer": words("papers.payer"),
            "why": words("papers.why"),
            "facts": words("papers.facts"),
            "objections": words("papers.objections"),
            "cells": words("papers.cells"),
            "working": words("papers.working"),
            "hinges": words("papers.hinges"),
            "parameters": words("papers.parameters"),
            "sources": words("papers.sources"),
        }
        if not policy.money_outputs:
            said |= {"title": words("papers.letter_plain"), "amount": words("papers.result")}
        if not any(_counts_yuan(output.type) for output in policy.money_outputs):
            said["capitals"] = none
        if all(o.payer is None for p in policy.listed_programmes for o in p.outputs):
            said["payer"] = none
        return said

    def _parameters(self) -> Iterator[list[str]]:
        """Each parameter with its value, since when it holds and where that stands."""
        used = {
            id_: parameter
            for frame in self._explainer.frames.programmes
            for id_, parameter in frame.parameters.items()
        }
        for parameter in used.values():
            yield self._parameter(parameter)

    def _parameter(self, parameter: ParameterUsed) -> list[str]:
        since = self._say("papers.since", day=parameter.since.isoformat())
        number = self._numbers.get(parameter.source or "", "")
        title, value = parameter.title.say(self._lang), said(parameter.amount, self._lang)
        return [title, value, "" if parameter.since == ALWAYS else since, number]

    def _rows(self, decisions: Sequence[Decision]) -> Iterator[list[str]]:
        """Rows of tables that a village leads to, each once, with what they quote; values of many rows."""
        frames = self._explainer.frames.programmes
        of_all = {id_ for frame in frames for id_ in frame.parameters}
        used = {id_: p for d in decisions for id_, p in d.parameters.items() if id_ not in of_all}
        for parameter in used.values():
            *row, number = self._parameter(parameter)
            quote = in_marks(parameter.quote) if parameter.quote is not None else ""
            yield [*row, number + quote]

    def _letter(self, index: int) -> dict[str, Any]:
        explanation, paid = self._explainer.explain(index), self._paid[index]
        identity, lang = explanation.village, self._lang
        mine = [d for d in explanation.decisions if not self._policy.programme(d.programme).per]
        about = [d for d in mine if d.programme in self._first_page]
        told = self._told(about)
        lead, amounts = self._amounts(explanation, paid)
        place, code = addressed(identity)
        remarks = self._head.carried.get(index), self._head.returned
        letter: dict[str, Any] = {
            "addressee": self._say("papers.to", village=place),
            "place": place,
            "code": code,
            "lead": lead,
            "amounts": amounts,
            "remarks": [
                *(remark.say(lang) for remark in remarks if remark), *self._by_hand(explanation),
                *correction(explanation.corrected, lang),
                *(self._say("papers.corrected", run=run) for run, _ in explanation.later),
            ],
            "why": [{"title": d.title.say(lang), "lines": list(self._why(d, told))} for d in about],
            "facts": self._semicolon.join(
                self._say("papers.fact_assumed", fact=f"{title} {value}")
                if about_it == self._say("papers.assumed") else f"{title} {value}"
                for title, value, about_it in self._facts(about)
            ),
            "readings": list(self._readings(explanation, about)),
        }  # fmt: skip
        letter["size"] = _size(letter)
        if not self._head.settings.short:
            letter["annex"] = {
                "facts": list(self._facts(explanation.decisions)),
                "programmes": [self._programme(decision) for decision in explanation.decisions],
                "hinges": list(self._hinges(explanation)),
                "rows": list(self._rows(explanation.decisions)),
            }
        return letter

    def _outputs(self, decision: Decision) -> tuple[Output, ...]:
        return self._policy.programme(decision.programme).outputs

    @cached_property
    def _results(self) -> list[Output]:
        return _without_money(self._policy)

    # ---- the page for its reader

    def _amounts(
        self, explanation: Explanation, paid: Mapping[str, Any]
    ) -> tuple[str, list[list[str]]]:
        """What the village gets in a sentence; and every amount that somebody pays, yuan in capitals too.

        Where the policy names no payers, every amount there is; then what the village has to pay, counts,
        grades and the like. Only amounts in one unit are added up, and their total stands below them.
        """
        every = [
            o
            for d in explanation.decisions
            for o in self._outputs(d)
            if is_money(o.type) and not o.per
        ]
        due = [output for output in every if output.payer is not None]
        due += [output for output in every if output.charge]
        outputs = [*(due or every)]
        outputs += [output for output in self._results if output not in outputs]
        sums, rows = self._sums(explanation, paid), list[list[str]]()
        for kind, total in sums.items():
            of_kind = [o for o in outputs if o.payer is not None and o.type == kind]
            rows += [self._row(output, paid) for output in of_kind]
            figure = said(Amount(total, kind), self._lang)
            if len(sums) == 1 and kind.unit is not None and kind.unit.in_yuan:
                figure = self._say("papers.yuan", amount=yuan(total))
            capital = capitals(total) if _counts_yuan(kind) else ""
            rows.append([self._say("papers.total"), figure, capital, "", _FIRM])
        rows += [self._row(o, paid) for o in outputs if o.payer is None or o.type not in sums]
        if not sums:
            charged = bool(outputs) and all(output.charge for output in outputs)
            key = "papers.as_follows" if every else "papers.results_as_follows"
            return self._say("papers.to_pay" if charged else key, on=self._head.on), rows
        if not any(sums.values()) and not any(paid[o.id] for o in outputs if o.charge):
            return self._say("papers.nothing_due", on=self._head.on), rows
        [[kind, total], *others] = sums.items()
        if others or kind.unit is None or not kind.unit.in_yuan:
            return self._say("papers.as_follows", on=self._head.on), rows
        amount, whole = yuan(total), capitals(total)
        return self._say("papers.due", on=self._head.on, amount=amount, capitals=whole), rows

    def _row(self, output: Output, paid: Mapping[str, Any]) -> list[str]:
        value = paid[output.id]
        payer = self._policy.payers[output.payer].say(self._lang) if output.payer else ""
        value_text = value_words(self._policy, output, value).say(self._lang)
        capital = capitals(value) if _counts_yuan(output.type) else ""
        return [output.title.say(self._lang), value_text, capital, payer, ""]

    def _sums(self, explanation: Explanation, paid: Mapping[str, Any]) -> dict[Number, int]:
        """What of it somebody pays that may be added up, by unit."""
        sums: dict[Number, int] = {}
        for output in (o for d in explanation.decisions for o in self._outputs(d)):
            kind = output.type
            if output.payer and not output.per and isinstance(kind, Number) and adds_up(kind):
                sums[kind] = sums.get(kind, 0) + paid[output.id]
        return sums

    def _by_hand(self, explanation: Explanation) -> Iterator[str]:
        follows: list[str] = []
        if explanation.by_hand:
            yield self._say("papers.by_hand_note")
        for change in explanation.by_hand:
            if change.grounds is None:
                follows.append(hand_moved(change, self._lang))
            else:
                grounds = self._semicolon.join(hand_grounds(change, self._lang))
                moved = hand_moved(change, self._lang)
                yield self._say("papers.by_hand", moved=moved, grounds=grounds)
        if follows:
            yield self._say("papers.by_hand_follows", moved=self._semicolon.join(follows))

    def _told(self, decisions: Sequence[Decision]) -> set[str]:
        """The outputs whose arithmetic the first page has: results, what is paid, and what these use."""
        told: set[str] = set()
        for decision in reversed(decisions):
            programme = self._policy.programme(decision.programme)
            fired = {rule.id for rule in decision.rules if rule.fired}
            told |= {programme.result.id, *(o.id for o in programme.outputs if o.payer)}
            parts: list[Rule | Output] = [*programme.rules, *reversed(programme.further)]
            for part in parts:
                if part.id in told or part.id in fired:
                    told |= {name.id for value in values_of(part) for name in names(value)}
        return told

    def _why(self, decision: Decision, told: set[str]) -> Iterator[str]:
        """Why a programme comes to what it comes to, and why not to the next amount."""
        answer, outputs = decision.answer, {o.id: o for o in self._outputs(decision)}
        main = outputs[self._policy.programme(decision.programme).result.id]
        value = f"{main.title.say(self._lang)} {said(decision.outputs[main.id], self._lang)}"
        applied = [self._applies(rule) for rule in answer.rules]
        if not applied:
            applied = [
                decision.otherwise.says.say(self._lang) if decision.otherwise is not None else ""
            ]
        yield self._say("papers.because", value=value, why=self._semicolon.join(applied))
        decided = [
            rule
            for rule in (*decision.rules, decision.otherwise)
            if rule is not None and rule.fired
        ]
        for quote in dict.fromkeys(rule.quote for rule in decided if rule.quote is not None):
            yield self._say("papers.as_it_says", quote=in_marks(quote))
        if answer.common:
            yield self._say("papers.none_applies", grounds=self._grounds(answer.common))
        else:
            next_ = [
                rule for rule in (answer.higher, answer.lower)
                if rule is not None and tells(answer, rule)
            ]  # fmt: skip
            against = [rule for rule in (*next_, *answer.others) if rule.grounds]
            for rule in against[:_MOST_RULES]:
                yield self._does_not_apply(rule)
            if len(against) > _MOST_RULES:
                yield self._say("papers.nor_others", rules=len(against) - _MOST_RULES)
        if answer.beaten is not None and answer.beaten.amount is not None:
            by = answer.beaten.rule
            yield self._say(
                "papers.beaten", rule=by.title or same(by.id), grounds=self._grounds(answer.beaten.grounds),
                amount=in_full(answer.beaten.amount, self._lang),
            )  # fmt: skip
        for step in steps(decision, self._lang):
            if (
                step.output in told
                and step.numbers
                and (answer.rules or decision.outputs[main.id].value)
            ):
                yield f"{step.title} = {step.named} = {step.value}"

    def _applies(self, because: Because) -> str:
        rule = because.rule.title or same(because.rule.id)
        if not because.grounds:
            return self._say("papers.applies", rule=rule)
        return self._say("papers.applies_as", rule=rule, grounds=self._grounds(because.grounds))

    def _does_not_apply(self, because: Because) -> str:
        rule, grounds = because.rule.title or same(because.rule.id), self._grounds(because.grounds)
        if because.amount is None:
            return self._say("papers.applies_not", rule=rule, grounds=grounds)
        amount = in_full(because.amount, self._lang)
        return self._say("papers.not_amount", amount=amount, rule=rule, grounds=grounds)

    def _grounds(self, grounds: Sequence[Ground]) -> str:
        return self._comma.join(ground.say(self._lang) for ground in grounds)

    def _readings(self, explanation: Explanation, about: Sequence[Decision]) -> Iterator[str]:
        """The readings on which an amount hinges, each with the answer that was chosen."""
        hinged = dict.fromkeys(hinge.reading for d in about for hinge in d.hinges_on)
        for id_ in hinged:
            question, answer = explanation.reading_words[id_]
            yield self._say("papers.reading", question=question, answer=answer)

    # ---- the annex

    def _facts(self, decisions: Sequence[Decision]) -> Iterator[list[str]]:
        """The facts of programmes, each once with its cell, in the policy's order."""
        used = {id_: fact for d in decisions for id_, fact in d.facts.items()}
        for id_ in self._policy.facts:
            if id_ in used and id_ not in IDENTITY:
                fact = used[id_]
                source, cell = split_origin(fact.origin)[0], cell_of(fact.origin).say(self._lang)
                if self._head.several and source:
                    cell = f"{source.partition('!')[0]}!{cell}"
                about = self._say("papers.assumed") if fact.origin == ASSUMED else cell
                yield [fact.title.say(self._lang), said(fact.amount, self._lang), about]

    def _programme(self, decision: Decision) -> dict[str, Any]:
        """Lines of a programme; of the rules that decide what is to stand out."""
        rules = [*decision.rules]
        if decision.otherwise is not None and decision.otherwise.fired:
            rules.append(decision.otherwise)
        # of a pool in which the village has no weight, the arithmetic says enough
        notes = [pool_said(pool, self._lang) for pool in decision.pools if pool.weight]
        if decision.note is not None:
            notes.append(P["note"].say(self._lang) + decision.note.say(self._lang))
        return {
            "title": decision.title.say(self._lang),
            "rules": [line for rule in rules for line in self._rule(rule)],
            "steps": [
                " = ".join(filter(None, (step.title, step.formula, step.numbers, step.value)))
                for step in steps(decision, self._lang)
            ],
            "notes": notes,
        }

    def _rule(self, rule: RuleSaid) -> Iterator[dict[str, Any]]:
        """A rule and its comparisons; several stand below it."""
        title = rule.title.say(self._lang) if rule.title is not None else rule.id
        tested = None if rule.when == UNCONDITIONAL else rule.condition
        parts = list(self._parts(tested)) if tested is not None else []
        source = self._numbers.get(rule.source or "", "")
        about = rule.says.say(self._lang) if tested is None else ""
        if len(parts) == 1 and parts[0][0] == rule.fired:
            about = parts.pop()[1]
        marked, rest = f"{_MARKS[rule.fired]} {title}", f" {source}" if source else ""
        if rule.fired and rule.quote is not None:
            rest += in_marks(rule.quote)
        if about:
            rest += self._say("papers.colon") + about
        firm = marked if rule.fired else ""
        yield {"firm": firm, "text": rest if firm else marked + rest, "below": False}
        for holds, line in parts:
            yield {"firm": "", "text": f"{_MARKS[holds]} {line}", "below": True}

    def _parts(self, condition: Condition) -> Iterator[tuple[bool, str]]:
        """The comparisons of a condition; those under `or` and `not` in one line with their join."""
        if condition.join is None:
            yield condition.holds, condition.said.say(self._lang)
        elif condition.join == "and":
            for part in condition.parts:
                yield from self._parts(part)
        else:
            texts = self._semicolon.join(leaf.said.say(self._lang) for leaf in condition.leaves())
            head = P[condition.join].say(self._lang) + words("explain.colon").say(self._lang)
            yield condition.holds, head + texts

    def _hinges(self, explanation: Explanation) -> Iterator[str]:
        """Each reading on which a decision hinges, with its other answers and what they give."""
        for decision in explanation.decisions:
            by_question: dict[str, list[str]] = {}
            for hinge in decision.hinges_on:
                then = outputs_said(decision, hinge.outputs, self._lang)
                answers = by_question.setdefault(hinge.question.say(self._lang), [])
                answers.append(f"{hinge.answer.say(self._lang)} → {then}")
            for question, answers in by_question.items():
                yield f"{question} {self._semicolon.join(answers)}"


_SIZES = (10.5, 10.0, 9.5, 9.0)
_ROOM, _ACROSS = 700, 478
"""What a page has for text, high and wide, in points."""


def _size(letter: Mapping[str, Any]) -> float:
    """The size of type in which a letter stands on one page, about; a long one goes on overleaf."""
    texts = [*letter["remarks"], letter["facts"], *letter["readings"], letter["lead"]]
    texts += [line for programme in letter["why"] for line in programme["lines"]]
    # half ems: two for what has three bytes, one for a Latin letter
    long = [(len(text) + len(text.encode(errors="replace"))) / 2 for text in texts]
    rows = len(letter["amounts"]) * 1.3 + len(letter["why"]) * 1.25 + 14
    for size in _SIZES:
        lines = rows + sum(ceil(length * 1.02 * size / (2 * _ACROSS)) for length in long)
        if lines * size * 1.36 <= _ROOM:
            break
    return size


MOST_LETTERS = 20_000
"""Letters that are set at once: they take minutes, and in one file some gigabytes."""


def check_letters(number: int) -> None:
    """Raise PolicyProblem where more letters are asked for than are set at once."""
    if number > MOST_LETTERS:
        raise PolicyProblem([say("FC943.letters", villages=number, most=MOST_LETTERS)])


def addressed(identity: Mapping[str, object]) -> tuple[str, str]:
    """To whom a letter goes: where it is with its name, and its code; without a name, with its code."""
    texts = {part: str(identity.get(part) or "") for part in IDENTITY}
    named = "name" if texts["name"] else "code"
    place = " ".join(filter(None, (texts["county"], texts["town"], texts[named])))
    return place, texts["code"] if named == "name" else ""


def file_name(*parts: str, ending: str = ".pdf") -> str:
    """A name of letters, digits and a few signs; never blank, hidden, a path or a device."""
    cleaned = [
        _UNFIT.sub("_", unicodedata.normalize("NFC", part)).strip("_")[:_LONGEST] for part in parts
    ]
    name = "-".join(word for word in cleaned if word) or "_"
    return f"_{name}{ending}" if is_device(name) else f"{name}{ending}"


def _counts_yuan(kind: Type) -> bool:
    return isinstance(kind, Number) and kind.unit is not None and kind.unit.counts_yuan

"""What stands in a letter: an explanation cut to one page's worth, as data for the typesetter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fundcalc.base.money import yuan
from fundcalc.base.words import Lang, Words
from fundcalc.explain.decision import ASSUMED, Amount, Condition, Decision, Explanation, RuleSaid
from fundcalc.explain.document import corrected_later, correction, outputs_said, pool_said, steps
from fundcalc.explain.words import P, bare, said
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Output, Policy
from fundcalc.reports.capitals import capitals
from fundcalc.reports.letters.fit import fitted
from fundcalc.roster.model import split_origin

_INDENT = "\u2003 "
_UNFIT = re.compile(r"[^\w\-（）()]+")
_TAKEN = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")
_LONGEST = 60

_WORDS = {
    "title": Words("计算说明", "How the amounts were worked out"),
    "on": Words("标准日期", "Values of"),
    "run": Words("测算编号", "Run"),
    "unrecorded": Words("未记入台账", "not recorded"),
    "results": Words("结果", "Results"),
    "item": Words("项目", "Item"),
    "amount": Words("结果", "Result"),
    "capitals": Words("大写", "In Chinese capitals"),
    "payer": Words("资金承担主体", "Paid by"),
    "total": Words("各资金承担主体合计", "All payers"),
    "facts": Words("依据的事实（右为名册单元格）", "Facts, each with its cell in the roster"),
    "assumed": Words("默认值", "assumed"),
    "why": Words(
        "规则与计算（√ 符合；× 不符合，只列不成立的条件）",
        "Rules and arithmetic (√: holds; ×: does not, with the comparisons that fail)",
    ),
    "met": Words("√", "√"),
    "unmet": Words("×", "×"),
    "brief": Words(
        "篇幅所限，只列起作用的规则；其余见：fundcalc explain {code} --run {run}",
        "For want of room only the rules that decide are shown; for all: fundcalc explain {code} --run {run}",
    ),
    "hinges": Words("须明确口径", "Hinges on a reading"),
    "sources": Words("出处与标准", "Sources"),
    "prepared_by": Words("制表", "Prepared by"),
    "reviewed_by": Words("复核", "Reviewed by"),
    "date": Words("日期", "Date"),
    "policy_digest": Words("政策校验码", "Policy digest"),
    "roster_digest": Words("名册校验码", "Roster digest"),
    "head": Words("存档校验码", "Head digest"),
}


@dataclass(frozen=True)
class Head:
    """What every letter of a run says alike. `id` and `head` are blank where nothing was recorded."""

    policy: Policy
    on: str
    roster_digest: str
    id: str = ""
    head: str = ""
    prepared_by: str = ""
    reviewed_by: str = ""
    several: bool = False
    """Whether the roster has several files, so that a cell is named with its own."""


def whole(head: Head, letters: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    """All data of one file."""
    policy = head.policy
    words = {key: text.say(lang) for key, text in _WORDS.items()}
    # the head's digest covers all of the run, the roster too
    kept = ("head", head.head) if head.head else ("roster_digest", head.roster_digest)
    digests = [[words["policy_digest"], policy.digest], [words[kept[0]], kept[1]]]
    return {
        "lang": lang,
        "words": words,
        "policy": policy.title.say(lang),
        "on": head.on,
        "run": head.id or words["unrecorded"],
        "sources": sources(policy, lang),
        "signatures": [
            [words["prepared_by"], head.prepared_by],
            [words["reviewed_by"], head.reviewed_by],
            [words["date"], ""],
        ],
        "digests": digests,
        "letters": letters,
    }


def sources(policy: Policy, lang: Lang) -> list[str]:
    """The policy's documents, numbered."""
    numbered = enumerate(policy.sources.values(), 1)
    return [f"[{number}] {source.cite().say(lang)}" for number, source in numbered]


class Letters:
    """Letters of one run in one language. `paid` gives what is paid, by output id."""

    def __init__(self, head: Head, lang: Lang) -> None:
        self._policy = head.policy
        self._run = head.id or "…"
        self._several = head.several
        self._lang: Lang = lang
        self._words = {key: text.say(lang) for key, text in _WORDS.items()}
        self._semicolon, self._colon = ("；", "：") if lang == "zh" else ("; ", ": ")
        self._sources = sources(head.policy, lang)
        self._numbers = {id_: f"[{n}]" for n, id_ in enumerate(head.policy.sources, 1)}

    def letter(self, one: Explanation, paid: Mapping[str, Any]) -> dict[str, Any]:
        """One village's letter."""
        who = one.village
        programmes = [self._programme(decision) for decision in one.decisions]
        brief = self._words["brief"]
        brief = brief.replace("{code}", who.get("code") or who.get("name", ""))
        found = {
            "name": who.get("name", ""),
            "code": who.get("code", ""),
            "place": " · ".join(who[k] for k in ("county", "town") if k in who),
            "amounts": list(self._amounts(one, paid)),
            "remarks": [
                *self._by_hand(one),
                *correction(one.corrected, self._lang),
                *corrected_later(one, self._lang),
            ],
            "facts": list(self._facts(one)),
            "hinges": list(self._hinges(one)),
            "brief": brief.replace("{run}", self._run),
        }
        return fitted(found, programmes, self._sources)

    def _amounts(self, one: Explanation, paid: Mapping[str, Any]) -> Iterator[list[str]]:
        """Every output; money in capitals too, and the sum of what somebody pays."""
        total = 0
        for decision in one.decisions:
            for output in self._policy.programme(decision.programme).outputs:
                value = paid[output.id]
                amount = Amount(value, output.type)
                if bare(amount) == bare(decision.outputs[output.id]):
                    amount = decision.outputs[output.id]
                title, text = output.title.say(self._lang), said(amount, self._lang)
                if not is_money(output.type):
                    yield [title, text, "", ""]
                    continue
                total += value if output.payer is not None else 0
                yield [title, text, capitals(value), self._payer(output)]
        yield [self._words["total"], self._yuan(total), capitals(total), ""]

    def _payer(self, output: Output) -> str:
        return self._policy.payers[output.payer].say(self._lang) if output.payer else ""

    def _yuan(self, fen: int) -> str:
        return f"{yuan(fen)} {'元' if self._lang == 'zh' else 'yuan'}"

    def _by_hand(self, one: Explanation) -> Iterator[str]:
        for change in one.by_hand:
            moved = f"{change.title.say(self._lang)}: {said(change.by_rules, self._lang)} → "
            grounds = P["follows_hand"].say(self._lang)
            if change.grounds is not None:
                grounds = "; ".join(
                    f"{P[key].say(self._lang)} {value}" for key, value in change.grounds.items()
                )
            yield f"{P['by_hand'].say(self._lang)}  {moved}{said(change.amount, self._lang)} ({grounds})"

    def _facts(self, one: Explanation) -> Iterator[list[str]]:
        """The facts of all programmes, each once, in the policy's order."""
        used = {id_: fact for d in one.decisions for id_, fact in d.facts.items()}
        for id_ in self._policy.facts:
            if id_ in used and id_ not in one.village:
                fact = used[id_]
                source, cell = split_origin(fact.origin)
                if self._several:
                    cell = f"{source.partition('!')[0]}!{cell}"
                about = self._words["assumed"] if fact.origin == ASSUMED else cell
                yield [fact.title.say(self._lang), said(fact.amount, self._lang), about]

    def _programme(self, one: Decision) -> dict[str, Any]:
        """Lines of a programme; of the rules each with what is to stand out, and whether it decides."""
        rules = [*one.rules]
        if one.otherwise is not None and one.otherwise.fired:
            rules.append(one.otherwise)
        # of a pool in which the village has no weight, the arithmetic says enough
        notes = [pool_said(pool, self._lang) for pool in one.pools if pool.weight]
        if one.note is not None:
            notes.append(P["note"].say(self._lang) + one.note.say(self._lang))
        return {
            "title": one.title.say(self._lang),
            "rules": [line for rule in rules for line in self._rule(rule)],
            "steps": list(self._steps(one)),
            "notes": notes,
        }

    def _rule(self, rule: RuleSaid) -> Iterator[dict[str, Any]]:
        """A rule and its comparisons: those that fail where it does not hold; several stand below it."""
        title = rule.title.say(self._lang) if rule.title is not None else rule.id
        parts = list(self._parts(rule.condition)) if rule.condition is not None else []
        if rule.condition is not None and not rule.condition.holds:
            parts = [part for part in parts if not part[0]]
        source = self._numbers.get(rule.source or "", "")
        about = rule.says.say(self._lang) if rule.condition is None else ""
        if len(parts) == 1 and parts[0][0] == rule.fired:
            about = parts.pop()[1]
        marked, rest = f"{self._mark(rule.fired)} {title}", f" {source}" if source else ""
        if about:
            rest += self._colon + about
        if rule.fired:
            yield {"decides": True, "firm": marked, "text": rest}
        else:
            yield {"decides": False, "firm": "", "text": marked + rest}
        for holds, text in parts:
            line = f"{_INDENT}{self._mark(holds)} {text}"
            yield {"decides": rule.fired, "firm": "", "text": line}

    def _mark(self, holds: bool) -> str:
        return self._words["met" if holds else "unmet"]

    def _parts(self, condition: Condition) -> Iterator[tuple[bool, str]]:
        """The comparisons of a condition; those under `or` and `not` in one line with their join."""
        if condition.join is None:
            yield condition.holds, condition.said.say(self._lang)
        elif condition.join == "and":
            for part in condition.parts:
                yield from self._parts(part)
        else:
            texts = "; ".join(leaf.said.say(self._lang) for leaf in condition.leaves())
            yield condition.holds, f"{P[condition.join].say(self._lang)}: {texts}"

    def _steps(self, one: Decision) -> Iterator[str]:
        for step in steps(one, self._lang):
            if step.formula:  # else the table of amounts says the same
                yield " = ".join(filter(None, (step.title, step.formula, step.numbers, step.value)))

    def _hinges(self, one: Explanation) -> Iterator[str]:
        """Each reading on which a decision hinges, with its other answers and what they give."""
        for decision in one.decisions:
            found: dict[str, list[str]] = {}
            for hinge in decision.hinges_on:
                then = outputs_said(decision, hinge.outputs, self._lang)
                answers = found.setdefault(hinge.question.say(self._lang), [])
                answers.append(f"{hinge.answer.say(self._lang)} → {then}")
            for question, answers in found.items():
                yield f"{question} {self._semicolon.join(answers)}"


def file_name(*parts: str, ending: str = ".pdf") -> str:
    """A name of letters, digits and a few signs; never blank, hidden, a path or a device."""
    words = [
        _UNFIT.sub("_", unicodedata.normalize("NFC", part)).strip("_")[:_LONGEST] for part in parts
    ]
    name = "-".join(word for word in words if word) or "_"
    return f"_{name}{ending}" if _TAKEN.match(name) else f"{name}{ending}"

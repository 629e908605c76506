"""The readings of a policy as questions: what each answer moves, and the text with which to ask for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import grouped
from fundcalc.base.words import Lang, Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result
from fundcalc.engines.totals import GroupTotals, shift
from fundcalc.policy.plan import Plan
from fundcalc.reports.summary import Payment, payments_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Option:
    """An answer. What it moves against the chosen one: how many villages, and what payers pay more or less.

    Nothing is known of that where there is no result: not computed at all, or `undecided` says why not.
    """

    id: str
    title: Words
    chosen: bool
    villages: int = 0
    moved: Sequence[Payment] = ()
    undecided: Words | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A reading: `chosen` here, `by_policy` in the policy's files; `villages` hinge on it."""

    id: str
    question: Words
    chosen: str
    by_policy: str
    options: Sequence[Option]
    villages: int = 0

    @property
    def option(self) -> Option:
        """The answer that was chosen."""
        return next(option for option in self.options if option.chosen)


def questions(
    plan: Plan, result: Result | None = None, hinges: Sequence[Hinge] = ()
) -> list[Question]:
    """Every reading of a plan; with a result and its hinges, those that move most villages first."""
    effects = {(hinge.reading, hinge.option): hinge for hinge in hinges}
    all_questions = []
    for id_, reading in plan.policy.readings.items():
        chosen = plan.readings[id_]
        options = []
        for option, title in reading.options.items():
            hinge = effects.get((id_, option))
            if hinge is None or result is None:
                options.append(Option(option, title, option == chosen))
                continue
            positions = moved_by(hinge)
            why = hinge.undecided.message if hinge.undecided is not None else None
            moved = list(_moved(result, hinge))
            options.append(Option(option, title, False, len(positions), moved, why))
        villages = _all_moved([hinge for hinge in hinges if hinge.reading == id_])
        all_questions.append(
            Question(id_, reading.question, chosen, reading.chosen, options, villages)
        )
    return sorted(all_questions, key=lambda question: -question.villages)


def moved_by(hinge: Hinge) -> NDArray[np.int64]:
    """The villages for which an option changes anything."""
    import numpy as np

    parts = [np.asarray(change.at, dtype=np.int64) for change in hinge.changes.values()]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def _all_moved(hinges: Sequence[Hinge]) -> int:
    import numpy as np

    parts = [moved_by(hinge) for hinge in hinges]
    return len(np.unique(np.concatenate(parts))) if parts else 0


def _moved(result: Result, hinge: Hinge) -> Iterator[Payment]:
    """What each payer would pay more, or below zero less."""
    policy = result.plan.policy
    outputs = [
        output for output in policy.billed_outputs if output.payer is not None or output.charge
    ]
    whole = GroupTotals(
        "", 0, {o.id: shift(result, o.id, hinge.changes.get(o.id)) for o in outputs}
    )
    yield from (payment for payment in payments_of(policy, outputs, whole) if payment.amount)


# -- as text for a request ---------------------------------------------------------------------------


def questions_text(plan: Plan, questions: Sequence[Question], villages: int, lang: Lang) -> str:
    """A request (请示) for instructions on the questions on which amounts hang, ready to be copied.

    `villages` were computed. Questions that move nothing are left out.
    """
    open_questions = [question for question in questions if question.villages] or list(questions)
    head = words("questions.title", policy=plan.policy.title).say(lang)
    lead = words(
        "questions.lead", policy=plan.policy.title, on=plan.on, villages=villages,
        questions=len(open_questions),
    ).say(lang)  # fmt: skip
    parts = [
        f"{_numeral(n) if lang == 'zh' else f'{n}. '}{question_text(question, lang)}"
        for n, question in enumerate(open_questions, 1)
    ]
    return "\n\n".join([head, lead, *parts, words("questions.end").say(lang)]) + "\n"


def question_text(question: Question, lang: Lang) -> str:
    """One question in full sentences: what is asked, what was assumed, what every other answer moves."""
    sentences = [
        words("questions.asked", question=question.question),
        words("questions.chosen", option=question.option.title),
        *(_effect(other) for other in question.options if not other.chosen),
    ]
    return ("" if lang == "zh" else " ").join(sentence.say(lang) for sentence in sentences)


def _effect(option: Option) -> Words:
    if option.undecided is not None:
        return words("questions.undecided", option=option.title, why=option.undecided)
    if not option.villages:
        return words("questions.nothing", option=option.title)
    if not option.moved:
        return words("questions.no_money", option=option.title, villages=option.villages)
    parts = [
        words(
            "questions.more" if pay.amount > 0 else "questions.less",
            payer=pay.title, amount=grouped(abs(pay.amount), pay.decimals), unit=pay.unit_said,
        )
        for pay in option.moved
    ]  # fmt: skip
    money = Words("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))
    return words("questions.effect", option=option.title, villages=option.villages, money=money)


_DIGITS = "〇一二三四五六七八九"


def _numeral(number: int) -> str:
    """一、 to 九十九、 as paragraphs are counted."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return f"{number}、"
    ten = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return f"{ten}{_DIGITS[ones] if ones else ''}、"

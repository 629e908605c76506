"""What a run comes to in a few lines: what was computed, what it costs and whom, what to ask first.

All else is in the summary, which the terminal shows with `--details`, and in the report. Of a run in a
database the summary is here too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.files import filled
from fundcalc.base.money import yuan
from fundcalc.base.width import width, wrap
from fundcalc.base.words import Lang, Words, same, short
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan
from fundcalc.reports import expressions
from fundcalc.reports.expressions import not_in_force
from fundcalc.reports.table import COLUMNS, indented

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.engines.result import Checked
    from fundcalc.engines.sql.session import Session
    from fundcalc.reports.summary import Stake, Summary

MOST = 15
"""Lines that it has."""

_VALUES = 4
"""Values of a grade or a rate that it names."""


@dataclass(frozen=True, slots=True)
class End:
    """What was made of a run: its id in the ledger, the files, and the command that makes sense next."""

    run: str | None
    files: Sequence[Path]
    command: Sequence[str]

    def lines(self, lang: Lang) -> list[str]:
        """The last lines."""
        sentences = [words("outcome.recorded", run=self.run)] if self.run is not None else []
        if self.files:
            comma = words("explain.comma").say(lang)
            names = [
                words("outcome.replaced", file=str(path)).say(lang)
                if filled.get(path)
                else str(path)
                for path in self.files
            ]
            sentences.append(words("outcome.files", files=comma.join(names)))
        stop = words("explain.stop").say(lang)
        whole = stop.join(sentence.say(lang) for sentence in sentences)
        return [
            *(wrap(whole, COLUMNS) if whole else []),
            *(next_step(self.command, lang) if self.command else []),
        ]


def next_step(arguments: Sequence[str], lang: Lang) -> list[str]:
    """The one thing to do next: a command, on a line of its own where it is long."""
    head, command = words("outcome.next").say(lang), quoted("fundcalc", *arguments)
    line = f"{head}{command}"
    return [line] if width(line) <= COLUMNS else [head.rstrip(), f"  {command}"]


def quoted(*arguments: str) -> str:
    """A command as it is typed; names in Chinese need no quotes."""
    plain = re.compile(r"[\w@%+=:,./-]+")
    return " ".join(
        argument if plain.fullmatch(argument) else shlex.quote(argument) for argument in arguments
    )


def outcome(
    plan: Plan, roster: str, summary: Summary, remarks: Iterable[Words], lang: Lang, end: End
) -> list[str]:
    """At most 15 lines of 80 columns; readings are left to the details where there are too many.

    `remarks` are sentences on what is special about the run, such as rows that were left out.
    """
    villages, counties = summary.total.villages, len(summary.groups)
    where = words("outcome.villages", villages=villages)
    if counties > 1:
        where = words("outcome.counties", villages=villages, counties=counties)
    head = words("outcome.head", roster=roster, where=where, policy=plan.policy.title, on=plan.on)
    last = end.lines(lang)
    lines = [*_hanging(head, lang)]
    for sentence in _comes_to(plan.policy, summary):
        lines += _hanging(sentence, lang)
    for sentence in (*not_in_force(plan), *remarks):
        lines += _hanging(sentence, lang)
    assumed = _assumed(summary, lang)
    after = [*_hanging(assumed, lang)] if assumed is not None else []
    after += [line for sentence in _undecided(summary) for line in _hanging(sentence, lang)]
    lines += _readings(plan, summary, lang, max(MOST - len(lines) - len(after) - len(last), 2))
    return [*lines, *after, *last]


def database_outcome_lines(
    plan_: Plan, roster: str, summary: Summary, lang: Lang, end: End
) -> list[str]:
    """The same of a database; `roster` is the file's name."""
    return outcome(plan_, roster, summary, (), lang, end)


def _hanging(text: Words, lang: Lang) -> Iterator[str]:
    return indented(text.say(lang), "", "  ")


def _comes_to(policy: Policy, summary: Summary) -> Iterator[Words]:
    """The total and who pays it, a unit at a time; all else that is granted, and how many have what."""
    for bill in summary.bills:
        payments = _listed([(payment.title, payment.figure) for payment in bill.payments])
        yield words(
            "outcome.total", whole=bill.figure, unit=bill.payments[0].unit_said, payers=payments
        )
    others = [output for output in policy.billed_outputs if output.payer is None]
    if others:
        sums = summary.total.amounts
        amounts = [(o.title, expressions.value(sums[o.id], o.type)) for o in others]
        yield words("outcome.amounts", amounts=_listed(amounts))
    for tally in summary.told:
        values = [(value, f"{n:,}") for _, value, n in tally.values[:_VALUES]]
        if len(tally.values) > _VALUES:
            rest = summary.total.villages - sum(n for *_, n in tally.values[:_VALUES])
            values.append((words("outcome.others"), f"{rest:,}"))
        yield words("outcome.told", title=tally.output.title, values=_listed(values))
    from fundcalc.reports.groups import left_over

    yield from left_over(summary.pools)


def _listed(pairs: Iterable[tuple[Words, Words | str]]) -> Words:
    titled = [(title, same(text) if isinstance(text, str) else text) for title, text in pairs]
    return Words(
        "，".join(f"{title.zh} {text.zh}" for title, text in titled),
        ", ".join(f"{title.en} {text.en}" for title, text in titled),
    )


def _readings(plan: Plan, summary: Summary, lang: Lang, most: int) -> Iterator[str]:
    """What must be asked first: the readings that were chosen and on which amounts hang."""
    if not summary.stakes:
        return
    yield from _hanging(
        words("outcome.ask", decisions=summary.hinged_decisions, villages=summary.hinged_villages),
        lang,
    )
    room = most - 1
    stakes = sorted(summary.stakes, key=lambda stake: (not _money(stake), -abs(stake.moved)))
    blocks = [list(indented(_stake(plan, summary, stake).say(lang))) for stake in stakes]
    while sum(map(len, blocks)) > room and len(blocks) > 1:
        blocks.pop()
        room = most - 2
    for block in blocks:
        yield from block
    if len(blocks) < len(stakes):
        yield f"  {words('outcome.more', rest=len(stakes) - len(blocks)).say(lang)}"


def _money(stake: Stake) -> bool:
    return stake.type is not None and is_money(stake.type)


def _stake(plan: Plan, summary: Summary, stake: Stake) -> Words:
    options = plan.policy.readings[stake.reading].options
    chosen = short(options[plan.readings[stake.reading]])
    if stake.option is None or stake.who is None or stake.type is None:
        return words("outcome.reading", chosen=chosen, villages=stake.villages)
    sign, size = "+" if stake.moved > 0 else "−", expressions.value(abs(stake.moved), stake.type)
    if _money(stake) and len(summary.bills) == 1:
        size = same(yuan(abs(stake.moved)))
    payer, moved = stake.who, Words(f"{sign}{size.zh}", f"{sign}{size.en}")
    if len(options) == 2:
        return words(
            "outcome.reading_money",
            chosen=chosen,
            villages=stake.villages,
            payer=payer,
            moved=moved,
        )
    return words(
        "outcome.reading_other", chosen=chosen, other=short(options[stake.option]),
        villages=stake.villages, payer=payer, moved=moved,
    )  # fmt: skip


def _undecided(summary: Summary) -> Iterator[Words]:
    for stuck in summary.undecided:
        yield words("outcome.undecided", answer=stuck.answer, why=stuck.why)


def _assumed(summary: Summary, lang: Lang) -> Words | None:
    if not summary.assumed:
        return None
    facts = [(title, f"{count:,}") for _, title, count in summary.assumed]
    return words("outcome.assumed", facts=_listed(facts))


# -- of a database --------------------------------------------------------------------------------


def compute_in(
    session: Session, plan_: Plan, *, skip: bool = False
) -> tuple[Summary, Checked, list[Diagnostic]]:
    """Decide all villages in a database: the summary, what the rules engine decided too, and warnings.

    `skip` leaves out the rows with anything wrong. Raises PolicyProblem.
    """
    from fundcalc.engines.absent import (
        absent_names,
        alone,
        below_zero,
        no_run_before,
        otherwise_alone,
    )
    from fundcalc.engines.calculate import (
        check_session,
        once_in_session,
        without_rules,
        worked_once,
    )
    from fundcalc.engines.hinges import undecided_reading
    from fundcalc.reports.summary import summary_of

    session.compute(skip=skip)
    checked = check_session(session, plan_)
    undecided = session.script.undecided
    money = [output.id for output in plan_.policy.totalled_outputs]
    summary = summary_of(plan_, session.totals(money), undecided)
    notes = [undecided_reading(plan_.policy, *option, why) for option, why in undecided.items()]
    notes += [*without_rules(checked.villages), *worked_once(once_in_session(plan_))]
    blank = {id_ for id_, _, rows in summary.assumed if rows == summary.total.villages}
    warnings = [
        *absent_names(plan_, session.distinct),
        *alone(plan_, summary.total.villages),
        *no_run_before(plan_.policy, lambda id_: id_ not in blank),
        *otherwise_alone(plan_),
        *below_zero(plan_, session.least),
    ]
    return summary, checked, [*warnings, *notes]


def database_summary_text(
    plan_: Plan, roster: str, summary: Summary, checked: Checked, lang: Lang
) -> str:
    """Heading and summary as lines of at most 80 columns; `roster` is the file's name."""
    from fundcalc.reports.summary import heading, text

    return heading(plan_, roster, summary.total.villages, checked, lang) + text(summary, lang)


def database_summary_json(
    plan_: Plan, roster: str, summary: Summary, checked: Checked
) -> dict[str, Any]:
    """The summary as JSON-ready data; amounts as text in yuan. `roster` is the file's name."""
    from fundcalc.reports.summary import as_json

    about = {
        "policy": {
            "id": plan_.policy.id,
            "digest": plan_.policy.digest,
            "on": plan_.on.isoformat(),
            "readings": dict(plan_.readings),
        },
        "roster": {"file": roster},
        "double_checked": checked.villages,
        "double_checked_patterns": checked.patterns,
    }
    return {**about, **as_json(summary)}

"""The summary of a run that a database computed, from its sums and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import divide, plain
from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.databases import absent, check_sample
from fundcalc.engines.hinges import undecided_reading
from fundcalc.engines.sql.result import Totals
from fundcalc.engines.sql.script import Option
from fundcalc.engines.sql.session import Session
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan
from fundcalc.reports.summary import GroupTotals, PoolTotal, Ratio, Summary
from fundcalc.reports.summary_json import as_json
from fundcalc.reports.summary_text import as_text, heading


def compute_in(
    session: Session, plan_: Plan, *, skip: bool = False
) -> tuple[Summary, int, list[Diagnostic]]:
    """Decide all villages in a database: the summary, how many the rules engine decided too, and warnings.

    `skip` leaves out the rows with anything wrong. Raises PolicyProblem.
    """
    session.compute(skip=skip)
    checked = check_sample(session, plan_)
    undecided = session.script.undecided
    money = [o.id for p in plan_.policy.listed_programmes for o in p.outputs if is_money(o.type)]
    summary = _summary(plan_, session.totals(money), undecided)
    notes = [undecided_reading(*option, why) for option, why in undecided.items()]
    return summary, checked, [*absent(session, plan_), *notes]


def database_summary_text(
    plan_: Plan, roster: str, summary: Summary, checked: int, lang: Lang
) -> str:
    """Heading and summary as lines of at most 80 columns; `roster` is the file's name."""
    return heading(plan_, roster, summary.total.villages, checked, lang) + as_text(summary, lang)


def database_summary_json(
    plan_: Plan, roster: str, summary: Summary, checked: int
) -> dict[str, Any]:
    """The summary as JSON-ready data; amounts as text in yuan. `roster` is the file's name."""
    about = {
        "policy": {
            "id": plan_.policy.id,
            "digest": plan_.policy.digest,
            "on": plan_.on.isoformat(),
            "readings": dict(plan_.readings),
        },
        "roster": {"file": roster},
        "double_checked": checked,
    }
    return {**about, **as_json(summary)}


def _summary(plan: Plan, totals: Totals, undecided: Mapping[Option, Diagnostic]) -> Summary:
    """The same summary as of any other run; `undecided` are readings without a result, and why."""
    policy = plan.policy
    outputs = [o for p in policy.listed_programmes for o in p.outputs if is_money(o.type)]
    groups = [GroupTotals(*one) for one in totals.counties]
    total = GroupTotals(
        "", totals.villages, {o.id: sum(g.amounts[o.id] for g in groups) for o in outputs}
    )
    sums: dict[str, int] = {}
    for output in outputs:
        if output.payer is not None:
            sums[output.payer] = sums.get(output.payer, 0) + total.amounts[output.id]
    payers = [(title, sums[id_]) for id_, title in policy.payers.items() if id_ in sums]
    return Summary(
        outputs, groups, total, payers, _pools(policy, totals), _rules(policy, totals),
        _ratios(plan, totals),
        [(id_, policy.readings[id_].question, totals.hinges[id_])
         for id_ in policy.readings if totals.hinges.get(id_)],
        totals.hinged_decisions, totals.hinged_villages,
        [(id_, policy.facts[id_].title, n) for id_, n in totals.assumed.items() if n],
        [(*option, why.message) for option, why in undecided.items()],
    )  # fmt: skip


def _pools(policy: Policy, totals: Totals) -> list[PoolTotal]:
    return [
        PoolTotal(
            policy.programme(one.programme).title, one.group, one.pools, one.amount, one.used,
            one.villages, one.claims,
        )
        for one in totals.pools
    ]  # fmt: skip


def _rules(policy: Policy, totals: Totals) -> list[tuple[Words, list[tuple[str, Words, int]]]]:
    found: list[tuple[Words, list[tuple[str, Words, int]]]] = []
    for programme in policy.listed_programmes:
        counts = totals.rules[programme.id]
        rows = [
            (rule.id, rule.title or same(rule.id), count)
            for rule, count in zip(programme.rules, counts, strict=True)
        ]
        if programme.otherwise is not None:
            one = programme.otherwise
            rows.append((one.id, one.title or same(one.id), totals.otherwise[programme.id]))
        found.append((programme.title, rows))
    return found


def _ratios(plan: Plan, totals: Totals) -> list[Ratio]:
    found: list[Ratio] = []
    for id_ in plan.policy.listed:
        for summary, _, _ in plan.programme(id_).summaries:
            number, among = totals.ratios[id_, summary.id]
            percent = None
            if among:
                scale = 10**summary.decimals
                share = divide(number * scale, among * summary.step, summary.direction)
                percent = plain(share * summary.step * 100, summary.decimals)
                percent = percent.rstrip("0").rstrip(".")
            found.append(Ratio(summary.title, number, among, percent, summary.direction))
    return found

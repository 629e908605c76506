"""The summary of a run that a database computed, from its sums and counts."""

from __future__ import annotations

from collections.abc import Mapping

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import divide, plain
from fundcalc.base.words import Words, same
from fundcalc.engines.sql.script import Option
from fundcalc.engines.sql.totals import Totals
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan
from fundcalc.reports.summary import GroupTotals, PoolTotal, Ratio, Summary


def money(policy: Policy) -> list[str]:
    """The outputs that are amounts."""
    return [o.id for p in policy.listed_programmes for o in p.outputs if is_money(o.type)]


def summary_of(plan: Plan, totals: Totals, undecided: Mapping[Option, Diagnostic]) -> Summary:
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

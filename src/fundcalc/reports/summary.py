"""What a run adds up to: by county and payer, pools, rules met, readings it hinges on, assumptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fundcalc.base.money import Direction, divide, plain
from fundcalc.base.words import Words, same
from fundcalc.engines.columnar.sharing import total
from fundcalc.engines.hinges import Hinge, hinged
from fundcalc.engines.result import PoolUse, Result
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Output

GROUP = "county"


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """One county: its villages and the total of each amount in fen."""

    name: str
    villages: int
    amounts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PoolTotal:
    """A pool, or all pools of one rule where each village has its own; `mean` in fen a village."""

    programme: Words
    group: str | None
    pools: int
    amount: int
    used: int
    villages: int
    claims: int

    @property
    def mean(self) -> int:
        """What was used divided by the group's villages, rounded half up to the fen."""
        return divide(self.used, self.villages, "half up") if self.villages else 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of villages with numerator and denominator, rounded as the policy declares."""

    title: Words
    count: int
    among: int
    percent: str | None
    rounding: Direction


@dataclass(slots=True)
class Summary:
    """All of it; amounts in fen by output id."""

    outputs: list[Output]
    groups: list[GroupTotals]
    total: GroupTotals
    payers: list[tuple[Words, int]]
    pools: list[PoolTotal]
    rules: list[tuple[Words, list[tuple[str, Words, int]]]]
    ratios: list[Ratio]
    hinges: list[tuple[str, Words, int]] = field(default_factory=list)
    hinged_decisions: int = 0
    hinged_villages: int = 0
    assumed: list[tuple[str, Words, int]] = field(default_factory=list)
    undecided: list[tuple[str, str, Words]] = field(default_factory=list)
    """Options of readings, not chosen, under which there is no result, and why."""


def summarise(
    result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]
) -> Summary:
    """Add a result up."""
    policy = result.plan.policy
    outputs = [o for p in policy.listed_programmes for o in p.outputs if is_money(o.type)]
    groups, total = totals(result, outputs)
    summary = Summary(
        outputs, groups, total, _payers(result, outputs, total), _pools(result),
        _rules(result), _ratios(result),
    )  # fmt: skip
    _count_hinges(summary, result, hinges)
    summary.undecided = [
        (hinge.reading, hinge.option, hinge.undecided.message)
        for hinge in hinges
        if hinge.undecided is not None
    ]
    for id_, taken in assumed.items():
        count = int(np.sum(taken))
        if count:
            summary.assumed.append((id_, policy.facts[id_].title, count))
    return summary


def totals(result: Result, outputs: Sequence[Output]) -> tuple[list[GroupTotals], GroupTotals]:
    """The totals of each county, in order of appearance, and of all."""
    codes, names = result.groups(GROUP)
    villages = np.bincount(codes, minlength=len(names)).tolist()
    sums = {o.id: total(result.numbers(o.id), codes, len(names)).tolist() for o in outputs}
    groups = [
        GroupTotals(name, villages[n], {id_: int(by[n]) for id_, by in sums.items()})
        for n, name in enumerate(names)
    ]
    amounts = {id_: sum(int(amount) for amount in by) for id_, by in sums.items()}
    return groups, GroupTotals("", len(result.rows), amounts)


def _payers(
    result: Result, outputs: Sequence[Output], total: GroupTotals
) -> list[tuple[Words, int]]:
    sums: Counter[str] = Counter()
    for output in outputs:
        if output.payer is not None:
            sums[output.payer] += total.amounts[output.id]
    return [(title, sums[id_]) for id_, title in result.plan.policy.payers.items() if id_ in sums]


def _pools(result: Result) -> list[PoolTotal]:
    by_rule: dict[tuple[str, str], list[PoolUse]] = {}
    for pool in result.pools:
        by_rule.setdefault((pool.programme, pool.item), []).append(pool)
    found: list[PoolTotal] = []
    for (programme, _), pools in by_rule.items():
        title = result.plan.policy.programme(programme).title
        merged = [pools] if pools[0].per == "village" else [[pool] for pool in pools]
        for some in merged:
            group = some[0].group if some[0].per not in ("village", "all") else None
            found.append(
                PoolTotal(
                    title, group, len(some), sum(p.amount for p in some), sum(p.used for p in some),
                    sum(p.villages for p in some), sum(p.claims for p in some),
                )
            )  # fmt: skip
    return found


def _rules(result: Result) -> list[tuple[Words, list[tuple[str, Words, int]]]]:
    """How many villages each rule decided, those of none included."""
    found: list[tuple[Words, list[tuple[str, Words, int]]]] = []
    for programme in result.plan.policy.listed_programmes:
        held = dict(result.held(programme.id))
        rows = [(r.id, r.title or same(r.id), int(held[r.id].sum())) for r in programme.rules]
        if programme.otherwise is not None:
            none = len(result.rows) - int(np.any(list(held.values()), axis=0).sum())
            one = programme.otherwise
            rows.append((one.id, one.title or same(one.id), none))
        found.append((programme.title, rows))
    return found


def _ratios(result: Result) -> list[Ratio]:
    plan = result.plan
    found: list[Ratio] = []
    for id_ in plan.policy.listed:
        for summary, among_node, count_node in plan.programme(id_).summaries:
            members = result.truth(among_node)
            among, number = int(members.sum()), int((members & result.truth(count_node)).sum())
            percent = None
            if among:
                scale = 10**summary.decimals
                share = divide(number * scale, among * summary.step, summary.direction)
                percent = plain(share * summary.step * 100, summary.decimals)
                percent = percent.rstrip("0").rstrip(".")
            found.append(Ratio(summary.title, number, among, percent, summary.direction))
    return found


def _count_hinges(summary: Summary, result: Result, hinges: Sequence[Hinge]) -> None:
    policy = result.plan.policy
    villages = len(result.rows)
    marked = hinged(hinges, villages)
    by_programme = {p.id: np.zeros(villages, dtype=np.bool_) for p in policy.programmes}
    owner = {o.id: p.id for p in policy.programmes for o in p.outputs}
    for hinge in hinges:
        for output, changed in hinge.changes.items():
            by_programme[owner[output]][changed.at] = True
    for id_, reading in policy.readings.items():
        if id_ in marked:
            summary.hinges.append((id_, reading.question, int(marked[id_].sum())))
    summary.hinged_decisions = sum(int(mask.sum()) for mask in by_programme.values())
    summary.hinged_villages = int(np.any(list(by_programme.values()), axis=0).sum())

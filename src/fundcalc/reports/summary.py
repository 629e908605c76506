"""What a run adds up to: by county and payer, pools, rules met, readings it hinges on, assumptions.

The same wherever it was computed: `summarise` adds a result up, a database gives its own `Totals`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import Direction, divide, plain, plain_yuan, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, counted, listing, of_rows, same, short, with_handle
from fundcalc.engines.hinges import Hinge, hinged
from fundcalc.engines.result import Checked, PoolUse, Result
from fundcalc.engines.totals import (
    COUNTY,
    MOST_VALUES,
    Decision,
    GroupTotals,
    PoolTotal,
    Totals,
    decisions,
    of_all,
    of_groups,
    shift,
    sums,
)
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.functions import direction_words
from fundcalc.language.nodes import Value
from fundcalc.language.units import YUAN, Unit
from fundcalc.policy.columns import rule_titles, with_unit
from fundcalc.policy.model import Otherwise, Output, Policy, Rule
from fundcalc.policy.model import Summary as Share
from fundcalc.policy.plan import Plan
from fundcalc.reports import expressions, table
from fundcalc.reports.columns import text as text_of
from fundcalc.reports.expressions import not_in_force
from fundcalc.reports.groups import groups_json
from fundcalc.reports.table import COLUMNS, Cell, Fen, Table, as_text, indented, wrapped

MOST_LISTED = 200
"""Counties or pools up to which each has a line; with more, only their sums. The JSON lists them all."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of villages with numerator and denominator, rounded as the policy declares."""

    title: Words
    count: int
    among: int
    percent: str | None
    rounding: Direction


def said_unit(unit: Unit) -> Words:
    """A unit as a reader writes it after many."""
    return Words(unit.said("zh"), unit.said("en"))


def stake_said(policy: Policy) -> Words:
    """In what it is told how much hangs on something, and what differences add up in."""
    unit = policy.stake_unit or YUAN
    return said_unit(YUAN if unit.in_yuan else unit)


@dataclass(frozen=True, slots=True)
class Payment:
    """What one payer pays in one unit, in fen."""

    payer: str
    title: Words
    unit: Unit
    fen: int

    @property
    def unit_said(self) -> Words:
        """The unit as a reader writes it."""
        return said_unit(self.unit)


@dataclass(frozen=True, slots=True)
class Bill:
    """What is paid in one unit, by payer: the only amounts that add up."""

    unit: Unit
    payments: list[Payment]

    @property
    def called(self) -> Words:
        """The unit as heads of tables have it: of yuan a year only what it is paid in."""
        return said_unit(YUAN if self.unit.in_yuan else self.unit)

    @property
    def fen(self) -> int:
        """All of it."""
        return sum(one.fen for one in self.payments)


@dataclass(frozen=True, slots=True)
class Told:
    """A result that is not added up: its commonest values, each with its villages."""

    output: Output
    values: list[tuple[str, Words, int]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided once for each group of rows alike in the facts `per`, which have these titles."""

    per: tuple[str, ...]
    titles: list[Words]
    outputs: list[Output]
    groups: list[Decision]


class Undecided(NamedTuple):
    """An option of a reading, not chosen, under which there is no result: in words, and why."""

    reading: str
    option: str
    answer: Words
    why: Words


@dataclass(frozen=True, slots=True)
class Stake:
    """A reading on which amounts hang: which other option moves most, and in how many villages.

    `moved` is by how much what `who` pays, or what is called so, would be more or less under it, of the
    `type`. Where no such sum is known there is no option, and the villages are those of all.
    """

    reading: str
    villages: int
    option: str | None = None
    who: Words | None = None
    moved: int = 0
    type: Number | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """All of it. `outputs` are those that are added up, `told` results that are not, `decided` of groups.

    `undecided` are options of readings, not chosen, under which there is no result, and why.
    """

    outputs: list[Output]
    groups: list[GroupTotals]
    total: GroupTotals
    pools: list[PoolTotal]
    rules: list[tuple[Words, list[tuple[str, Words, int]]]]
    ratios: list[Ratio]
    hinges: list[tuple[str, Words, int]]
    hinged_decisions: int
    hinged_villages: int
    assumed: list[tuple[str, Words, int]]
    undecided: list[Undecided]
    payments: list[Payment]
    stakes: list[Stake]
    told: list[Told]
    decided: list[Decided]
    policy: Policy

    @property
    def decisions(self) -> dict[tuple[str, ...], list[Decision]]:
        """What is decided once for a group, by the facts that make the groups."""
        return {one.per: one.groups for one in self.decided}

    @property
    def bills(self) -> list[Bill]:
        """What is paid, a unit at a time."""
        units: dict[Unit, Bill] = {}
        for one in self.payments:
            units.setdefault(one.unit, Bill(one.unit, [])).payments.append(one)
        return list(units.values())


def summarise(
    result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]
) -> Summary:
    """Add a result up."""
    policy = result.plan.policy
    marked = hinged(hinges, len(result.rows))
    by_programme = {p.id: np.zeros(len(result.rows), dtype=np.bool_) for p in policy.programmes}
    owner = {o.id: p.id for p in policy.programmes for o in p.outputs}
    for hinge in hinges:
        for output, changed in hinge.changes.items():
            by_programme[owner[output]][changed.at] = True
    totals = Totals(
        by_county(result, policy.totalled_outputs),
        {id_: _met(result, id_) for id_ in policy.listed},
        dict(_ratios(result)),
        {id_: int(mask.sum()) for id_, mask in marked.items()},
        sum(int(mask.sum()) for mask in by_programme.values()),
        int(np.any(list(by_programme.values()), axis=0).sum()),
        {id_: int(np.sum(taken)) for id_, taken in assumed.items()},
        list(_pools(result)),
        dict(_moved(result, hinges)),
        {one.id: _values(result, one.id) for one in policy.told_outputs},
        decisions(result),
    )
    undecided = {(h.reading, h.option): h.undecided for h in hinges if h.undecided is not None}
    return summary_of(result.plan, totals, undecided)


def _moved(
    result: Result, hinges: Sequence[Hinge]
) -> Iterator[tuple[tuple[str, str], tuple[int, Mapping[str, int]]]]:
    """Of each option not chosen the villages it changes, and by how much each output granted moves."""
    for hinge in hinges:
        moved: dict[str, int] = {}
        for output in result.plan.policy.billed_outputs:
            if output.id in hinge.changes:
                moved[output.id] = shift(result, output.id, hinge.changes[output.id])
        villages = int(sum(mask.sum() for mask in hinged([hinge], len(result.rows)).values()))
        yield (hinge.reading, hinge.option), (villages, moved)


def _values(result: Result, output: str) -> list[tuple[Value, int]]:
    """The commonest values of an output, each with its villages."""
    return Counter(result.column(output)).most_common(MOST_VALUES)


def _stakes(policy: Policy, totals: Totals) -> dict[str, Stake]:
    """For each reading the option under which one payer's sum changes most, money first."""
    found: dict[str, Stake] = {}
    granted = {one.id: one for one in policy.billed_outputs}
    for (reading, option), (villages, moved) in totals.moved.items():
        sums: dict[tuple[Words, Number], int] = {}
        for id_, more in moved.items():
            kind, payer = granted[id_].type, granted[id_].payer
            assert isinstance(kind, Number)
            who = policy.payers[payer] if payer is not None else granted[id_].title
            sums[who, kind] = sums.get((who, kind), 0) + more
        for (who, kind), more in sums.items():
            last = found.get(reading)
            if more and (last is None or _weight(kind, more) > _weight(last.type, last.moved)):
                found[reading] = Stake(reading, villages, option, who, more, kind)
    return found


def _weight(kind: Number | None, moved: int) -> tuple[bool, int]:
    return kind is not None and is_money(kind), abs(moved)


def summary_of(
    plan: Plan, totals: Totals, undecided: Mapping[tuple[str, str], Diagnostic]
) -> Summary:
    """Totals with titles; `undecided` are readings without a result, and why."""
    policy, outputs = plan.policy, plan.policy.totalled_outputs
    stakes = _stakes(policy, totals)
    whole = of_all(totals.counties, [output.id for output in outputs])
    rules: list[tuple[Words, list[tuple[str, Words, int]]]] = []
    for one in policy.listed_programmes:
        counts, none = totals.rules[one.id]
        if one.per:
            decided = [each.fired[one.id] for each in totals.decisions[one.per]]
            counts = [sum(rule.id in fired for fired in decided) for rule in one.rules]
            none = sum(not fired for fired in decided)
        named: list[Rule | Otherwise] = [
            *one.rules,
            *([one.otherwise] if one.otherwise is not None else []),
        ]
        met = zip(named, [*counts, none], strict=False)
        titles = rule_titles(one)
        rules.append((one.title, [(r.id, titles.get(r.id, same(r.id)), count) for r, count in met]))
    return Summary(
        outputs, totals.counties, whole,
        totals.pools, rules,
        [_ratio(one, *totals.ratios[id_, one.id])
         for id_ in policy.listed for one in plan.programme(id_).summaries],
        [(id_, reading.question, totals.hinges[id_])
         for id_, reading in policy.readings.items() if id_ in totals.hinges],
        totals.hinged_decisions, totals.hinged_villages,
        [(id_, policy.facts[id_].title, n) for id_, n in totals.assumed.items() if n],
        [Undecided(id_, option, short(policy.readings[id_].options[option]), why.message)
         for (id_, option), why in undecided.items()],
        list(payments_of(policy, outputs, whole)),
        [stakes.get(id_, Stake(id_, totals.hinges[id_])) for id_ in policy.readings
         if id_ in totals.hinges],
        [Told(one, [(text_of(value, one.type), expressions.value_words(policy, one, value), n)
                    for value, n in totals.values.get(one.id, [])])
         for one in policy.told_outputs],
        [Decided(per, [policy.facts[id_].title for id_ in per],
                 [o for one in of_groups(policy)[per] for o in one.outputs], found)
         for per, found in totals.decisions.items()],
        policy,
    )  # fmt: skip


def payments_of(policy: Policy, outputs: Sequence[Output], whole: GroupTotals) -> Iterator[Payment]:
    """What each payer pays in each unit, of the totals of some villages."""
    sums: Counter[tuple[str, Unit]] = Counter()
    for output in outputs:
        if output.payer is not None and isinstance(output.type, Number) and output.type.unit:
            sums[output.payer, output.type.unit] += whole.amounts[output.id]
    for id_, title in policy.payers.items():
        for (payer, unit), fen in sums.items():
            if payer == id_:
                yield Payment(id_, title, unit, fen)


def by_county(result: Result, outputs: Sequence[Output]) -> list[GroupTotals]:
    """The totals of each county, in order of appearance."""
    codes, names = result.groups(COUNTY)
    villages = np.bincount(codes, minlength=len(names)).tolist()
    added = {o.id: sums(result, o.id, None, codes, len(names)) for o in outputs}
    return [
        GroupTotals(name, villages[n], {id_: by[n] for id_, by in added.items()})
        for n, name in enumerate(names)
    ]


def _met(result: Result, programme: str) -> tuple[list[int], int]:
    held = [mask for _, mask in result.held(programme)]
    none = len(result.rows) - int(np.any(held, axis=0).sum())
    return [int(mask.sum()) for mask in held], none


def _pools(result: Result) -> Iterator[PoolTotal]:
    by_rule: dict[tuple[str, str], list[PoolUse]] = {}
    for pool in result.pools:
        by_rule.setdefault((pool.programme, pool.item), []).append(pool)
    for (programme, item), pools in by_rule.items():
        own = result.plan.policy.programme(programme)
        title, rest_to = own.title, own.rest_to(item)
        for some in [pools] if pools[0].per == "village" else [[pool] for pool in pools]:
            group = some[0].group if some[0].per not in ("village", "all") else None
            yield PoolTotal(
                title, group, len(some), sum(p.amount for p in some), sum(p.used for p in some),
                sum(p.villages for p in some), sum(p.claims for p in some), rest_to,
            )  # fmt: skip


def _ratios(result: Result) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    for id_ in result.plan.policy.listed:
        for one in result.plan.programme(id_).summaries:
            members = result.truth(one.among)
            number = int((members & result.truth(one.count)).sum())
            yield (id_, one.id), (number, int(members.sum()))


def _ratio(one: Share, number: int, among: int) -> Ratio:
    percent = None
    if among:
        share = divide(number * 10**one.decimals, among * one.step, one.direction)
        percent = plain(share * one.step * 100, one.decimals).rstrip("0").rstrip(".")
    return Ratio(one.title, number, among, percent, one.direction)


# -- as data --------------------------------------------------------------------------------------


def as_json(summary: Summary) -> dict[str, Any]:
    """JSON-ready data: amounts as text in their unit, those of money with two decimals.

    `payers` has those who pay in one unit only, as there is no one number of the others.
    """
    units = Counter(one.payer for one in summary.payments)
    told = dict(_of_counties(summary))
    return {
        "counties": [group_json(one, summary.outputs, told) for one in summary.groups],
        "total": group_json(summary.total, summary.outputs),
        "payers": {
            one.title.en: plain_yuan(one.fen) for one in summary.payments if units[one.payer] == 1
        },
        "totals": [
            {"payer": one.payer, "unit": str(one.unit), "amount": plain_yuan(one.fen)}
            for one in summary.payments
        ],
        "results": {
            told.output.id: {value: n for value, _, n in told.values} for told in summary.told
        },
        "pools": [
            {
                "programme": pool.programme.en,
                "group": pool.group,
                "amount": plain_yuan(pool.amount),
                "used": plain_yuan(pool.used),
                "leftover": plain_yuan(pool.left),
                **({} if pool.rest_to is None else {"rest_to": pool.rest_to.en}),
                "mean": plain_yuan(pool.mean),
                "villages": pool.villages,
                "claims": pool.claims,
            }
            for pool in summary.pools
        ],
        "rules": {
            programme.en: {id_: count for id_, _, count in rows}
            for programme, rows in summary.rules
        },
        "shares": [
            {
                "title": ratio.title.en,
                "count": ratio.count,
                "among": ratio.among,
                "percent": ratio.percent,
                "rounding": ratio.rounding,
            }
            for ratio in summary.ratios
        ],
        "hinges": {id_: count for id_, _, count in summary.hinges},
        "hinged_decisions": summary.hinged_decisions,
        "hinged_villages": summary.hinged_villages,
        "undecided_readings": [
            {"reading": one.reading, "option": one.option, "why": one.why.en}
            for one in summary.undecided
        ],
        "assumed": {id_: count for id_, _, count in summary.assumed},
        **groups_json(summary.decisions, summary.policy),
    }


def _of_counties(summary: Summary) -> Iterator[tuple[str, dict[str, str]]]:
    """What is decided once for a county and has no total, such as its grade."""
    for one in summary.decided:
        told = [output for output in one.outputs if output not in summary.outputs]
        if one.per == (COUNTY,):
            for each in one.groups:
                yield each.county, {o.id: text_of(each.values[o.id], o.type) for o in told}


def group_json(
    group: GroupTotals,
    outputs: Iterable[Output],
    told: Mapping[str, dict[str, str]] | None = None,
) -> dict[str, Any]:
    """A county's totals, and by counties what is `told` of each beside them."""
    amounts = {one.id: plain(group.amounts[one.id], decimals_of(one)) for one in outputs}
    amounts |= (told or {}).get(group.name, {})
    return {"name": group.name, "villages": group.villages, "amounts": amounts}


# -- for the terminal -----------------------------------------------------------------------------

_AMOUNT = Words("金额", "Amount")
_IN_ALL = Words("{n:,} 个合计", "{n:,} in all")
_NONE = Words("无", "none")
_COMPLETE = Words("无缺项", "none")
_ROUNDED = {
    "down": Words("不四舍五入，直接舍去", "cut off"),
    "half up": Words("四舍五入", "half up"),
}
"""Roundings that have a short name; others are said as rules say them."""

ALL = Words("全部", "all")
EACH_VILLAGE = Words("每村一池（{n} 个）", "{n} of one village each")


def heading(plan: Plan, roster: str, villages: int, checked: Checked, lang: Lang) -> str:
    """What was computed: policy, date, roster, readings, and how many decisions were checked twice."""
    title, readings = plan.policy.title, plan.policy.readings
    chosen = [
        with_handle(short(readings[id_].options[option]), f"{id_}={option}").say(lang)
        for id_, option in plan.readings.items()
    ]
    lines = [
        Words(f"{title.zh}，执行标准：{plan.on}", f"{title.en}, values of {plan.on}"),
        words(
            "outcome.decided",
            roster=roster,
            villages=villages,
            checked=checked.villages,
            of=checked.of(),
        ),
        *not_in_force(plan),
    ]
    taken = [
        words("reports.readings_chosen").say(lang),
        *(line for one in chosen for line in indented(one)),
    ]
    return "\n".join(
        [*wrapped(lines, lang), *(taken if chosen else ()), plan.policy.digest, "", ""]
    )


def recorded(id_: str, head: str, lang: Lang) -> str:
    """Under which id a run was recorded, and the digest to keep on paper."""
    said = Words(f"已记入台账，测算编号：{id_}", f"Recorded as run {id_}")
    return f"\n{said.say(lang)}\n{head}\n"


def text(summary: Summary, lang: Lang) -> str:
    """The summary as lines of at most 80 columns."""
    tables = [_counties(summary), *_payers(summary)]
    tables += decided_tables(summary, every=False)
    tables += [*_told(summary), *_pool_tables(summary)]
    lines = [*as_text(tables, lang), "", *_rules(summary, lang), *_shares(summary, lang)]
    return "\n".join([*lines, "", *_doubts(summary, lang)]) + "\n"


def decimals_of(output: Output) -> int:
    """The decimals of a number; 0 for all else."""
    return (output.type.decimals or 0) if isinstance(output.type, Number) else 0


def amount_cell(output: Output, value: int, *, change: bool = False) -> Fen:
    """A cell of a table with so much of an output."""
    return Fen(value, change, decimals_of(output))


def headed(outputs: Iterable[Output]) -> tuple[Words | None, list[Words]]:
    """The line over a table of outputs, and their heads: units stand in these where not all are yuan."""
    outputs = list(outputs)
    units = {o.type.unit for o in outputs if isinstance(o.type, Number)}
    if all(unit is not None and unit.in_yuan for unit in units) and len(units) == 1:
        return table.IN_YUAN, [o.title for o in outputs]
    return None, [with_unit(o.title, o.type) for o in outputs]


def _counties(one: Summary) -> Table:
    def row(name: Cell, group: GroupTotals) -> list[Cell]:
        amounts = (amount_cell(o, group.amounts[o.id]) for o in one.outputs)
        return [name, group.villages, *amounts]

    many = len(one.groups) > MOST_LISTED
    whole = _IN_ALL.filled(n=len(one.groups)) if many else table.TOTAL
    listed = [] if many or len(one.groups) == 1 else one.groups
    title, outputs = headed(one.outputs)
    heads = [table.county(), of_rows(Words("村数", "Villages")), *outputs]
    rows = [row(group.name, group) for group in listed]
    return Table(title, heads, rows, row(whole, one.total))


def _payers(one: Summary) -> Iterator[Table]:
    """A table a unit, as no two of them add up."""
    in_yuan = headed(one.outputs)[0]
    for bill in one.bills:
        rows = [(each.title, Fen(each.fen)) for each in bill.payments]
        amount = _AMOUNT if in_yuan else with_unit(_AMOUNT, Number(bill.unit))
        heads = [Words("按资金承担主体", "By payer"), amount]
        yield Table(None, heads, rows, (table.TOTAL, Fen(bill.fen)))


def decided_tables(one: Summary, *, every: bool = True) -> Iterator[Table]:
    """What is decided once for a group, a table for all that have the same groups.

    Without `every` those are left out of which all stand with the totals of the counties.
    """
    for some in one.decided:
        if not every and some.per == (COUNTY,) and all(o in one.outputs for o in some.outputs):
            continue
        heads = [*some.titles, of_rows(Words("村数", "Villages"))]
        heads += [with_unit(output.title, output.type) for output in some.outputs]
        listed = [] if len(some.groups) > MOST_LISTED else some.groups
        rows: list[list[Cell]] = [
            [
                *each.group, each.villages,
                *(_decided_cell(one.policy, output, each.values[output.id]) for output in some.outputs),
            ]
            for each in listed
        ]  # fmt: skip
        totals: list[Cell] = [_IN_ALL.filled(n=len(some.groups)), *("–" for _ in some.titles[1:])]
        totals.append(sum(each.villages for each in some.groups))
        for output in some.outputs:
            values = [each.values[output.id] for each in some.groups]
            added = output in one.outputs
            totals.append(
                amount_cell(output, sum(v for v in values if isinstance(v, int))) if added else "–"
            )
        yield Table(words("reports.once_for", groups=listing(some.titles)), heads, rows, totals)


def _decided_cell(policy: Policy, output: Output, value: Value) -> Cell:
    if isinstance(output.type, Number) and isinstance(value, int):
        return amount_cell(output, value)
    return expressions.value_words(policy, output, value)


def _told(one: Summary) -> Iterator[Table]:
    """How many villages have which result, of those that nothing adds up."""
    for told in one.told:
        rows: list[list[Cell]] = [[value, n] for _, value, n in told.values]
        rest = one.total.villages - sum(n for *_, n in told.values)
        rows += [[words("outcome.others"), rest]] if rest else []
        yield Table(None, [told.output.title, of_rows(Words("村数", "Villages"))], rows)


def _pool_tables(one: Summary) -> Iterator[Table]:
    heads = [
        Words("范围", "Pool"), _AMOUNT, Words("已分配", "Used"), Words("剩余", "Left over"),
        of_rows(Words("村均", "Mean a village")),
    ]  # fmt: skip
    by_title: dict[Words, list[PoolTotal]] = {}
    for pool in one.pools:
        by_title.setdefault(pool.programme, []).append(pool)
    for title, pools in by_title.items():
        homes: dict[Words, int] = {}
        for pool in pools:
            if pool.rest_to is not None and pool.left:
                homes[pool.rest_to] = homes.get(pool.rest_to, 0) + pool.left
        rows: list[list[Cell]] = [
            [pool_name(p), Fen(p.amount), Fen(p.used), Fen(p.left), Fen(p.mean)] for p in pools
        ]
        if len(pools) > MOST_LISTED:
            sums = (
                sum(p.amount for p in pools),
                sum(p.used for p in pools),
                sum(p.left for p in pools),
            )
            rows = [[_IN_ALL.filled(n=len(pools)), *map(Fen, sums), "–"]]
        notes = [words("reports.rest_to", left=yuan(fen), home=to) for to, fen in homes.items()]
        yield Table(
            Words(f"统筹资金：{title.zh}", f"Pools: {title.en}"), heads, rows, notes=tuple(notes)
        )


def pool_name(pool: PoolTotal) -> Words:
    """Which group of villages shares a pool."""
    if pool.pools > 1:
        return of_rows(EACH_VILLAGE).filled(n=pool.pools)
    return same(pool.group) if pool.group is not None else ALL


def _rules(one: Summary, lang: Lang) -> Iterator[str]:
    yield of_rows(Words("各规则适用村数", "Villages by rule")).say(lang)
    for title, rows in one.rules:
        parts = [f"{rule.say(lang)} {count:,}" for _, rule, count in rows]
        listed = ("，" if lang == "zh" else ", ").join(parts)
        yield from indented(words("reports.pair", head=title, text=listed).say(lang))


def _shares(one: Summary, lang: Lang) -> Iterator[str]:
    ratios = [ratio for ratio in one.ratios if ratio.percent is not None]
    if ratios:
        yield from ("", Words("比例", "Shares").say(lang))
    for ratio in ratios:
        how = _ROUNDED.get(ratio.rounding, direction_words(ratio.rounding))
        counts = f"{ratio.percent} % = {ratio.count:,}/{ratio.among:,}"
        said = Words(f"{counts}（{how.zh}）", f"{counts} ({how.en})")
        yield from indented(words("reports.pair", head=ratio.title, text=said).say(lang))


def _doubts(one: Summary, lang: Lang) -> Iterator[str]:
    villages = one.hinged_villages
    hinged_ = of_rows(
        Words(
            f"{one.hinged_decisions:,} 项决定，涉及 {villages:,} 个村",
            f"{counted(one.hinged_decisions, 'decision')} in {counted(villages, 'village')}",
        )
    )
    title = Words("须明确口径的事项", "Decisions that hinge on a reading").say(lang)
    said = (hinged_ if one.hinges else _NONE).say(lang)
    yield f"{title}：{said}" if lang == "zh" else f"{title}: {said}"
    for id_, question, count in one.hinges:
        those = of_rows(Words(f"{count:,} 个村", counted(count, "village")))
        asked = words("reports.pair", head=with_handle(question, id_), text=those)
        yield from indented(asked.say(lang))
    if one.undecided:
        unsolved = Words(
            "没有选用的解读，按它算不出",
            "Readings that are not chosen and under which there is no result",
        )
        yield from wrapped([unsolved], lang)
    for stuck in one.undecided:
        called = with_handle(stuck.answer, f"{stuck.reading}={stuck.option}")
        yield from indented(words("reports.pair", head=called, text=stuck.why).say(lang))
    comma = "，" if lang == "zh" else ", "
    listed = comma.join(f"{title.say(lang)} {count:,}" for _, title, count in one.assumed)
    head = of_rows(
        Words("名册未填、按默认值的（村数）：", "Assumed, as the roster does not say: ")
    ).say(lang)
    yield from wrap(head + (listed or _COMPLETE.say(lang)), COLUMNS)

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
from fundcalc.base.money import FEN_DECIMALS, Direction, divide, grouped, plain
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
from fundcalc.policy.columns import rule_called, rule_titles, with_unit
from fundcalc.policy.model import Otherwise, Output, Policy, Rule
from fundcalc.policy.model import Summary as Share
from fundcalc.policy.plan import Plan
from fundcalc.reports import expressions, table
from fundcalc.reports.columns import text as text_of
from fundcalc.reports.expressions import not_in_force
from fundcalc.reports.groups import IN_ALL, MOST_LISTED, groups_json, pool_tables
from fundcalc.reports.table import COLUMNS, Cell, Fen, Table, as_text, indented, wrapped


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
    """What one payer gives in one unit, in its smallest: of money in fen."""

    payer: str
    title: Words
    unit: Unit
    amount: int
    decimals: int = FEN_DECIMALS

    @property
    def unit_said(self) -> Words:
        """The unit as a reader writes it."""
        return said_unit(self.unit)

    @property
    def figure(self) -> str:
        """The amount for readers: 120,000.00, or 12 of what is whole."""
        return grouped(self.amount, self.decimals)

    @property
    def signed(self) -> str:
        """The amount as a difference."""
        return f"{'+' if self.amount > 0 else ''}{self.figure}"


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
    def amount(self) -> int:
        """All of it."""
        return sum(payment.amount for payment in self.payments)

    @property
    def decimals(self) -> int:
        """Decimals of its amounts."""
        return self.payments[0].decimals if self.payments else self.unit.decimals

    @property
    def figure(self) -> str:
        """All of it, for readers."""
        return grouped(self.amount, self.decimals)


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
        return {decided.per: decided.groups for decided in self.decided}

    @property
    def bills(self) -> list[Bill]:
        """What is paid, a unit at a time."""
        units: dict[Unit, Bill] = {}
        for payment in self.payments:
            units.setdefault(payment.unit, Bill(payment.unit, [])).payments.append(payment)
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
        {id_: int(np.sum(flags)) for id_, flags in assumed.items()},
        list(_pools(result)),
        dict(_moves(result, hinges)),
        {output.id: _values(result, output.id) for output in policy.told_outputs},
        decisions(result),
    )
    undecided = {(h.reading, h.option): h.undecided for h in hinges if h.undecided is not None}
    return summary_of(result.plan, totals, undecided)


def _moves(
    result: Result, hinges: Sequence[Hinge]
) -> Iterator[tuple[tuple[str, str], tuple[int, Mapping[str, int]]]]:
    """Of each option not chosen the villages it changes, and by how much each output granted moves."""
    for hinge in hinges:
        moves: dict[str, int] = {}
        for output in result.plan.policy.billed_outputs:
            if output.id in hinge.changes:
                moves[output.id] = shift(result, output.id, hinge.changes[output.id])
        villages = int(sum(mask.sum() for mask in hinged([hinge], len(result.rows)).values()))
        yield (hinge.reading, hinge.option), (villages, moves)


def _values(result: Result, output: str) -> list[tuple[Value, int]]:
    """The commonest values of an output, each with its villages."""
    return Counter(result.column(output)).most_common(MOST_VALUES)


def _stakes(policy: Policy, totals: Totals) -> dict[str, Stake]:
    """For each reading the option under which one payer's sum changes most, money first."""
    stakes: dict[str, Stake] = {}
    granted = {output.id: output for output in policy.billed_outputs}
    for (reading, option), (villages, moves) in totals.moved.items():
        sums: dict[tuple[Words, Number], int] = {}
        for id_, fen in moves.items():
            kind, payer = granted[id_].type, granted[id_].payer
            assert isinstance(kind, Number)
            who = policy.payers[payer] if payer is not None else granted[id_].title
            sums[who, kind] = sums.get((who, kind), 0) + fen
        for (who, kind), fen in sums.items():
            last = stakes.get(reading)
            if fen and (last is None or _weight(kind, fen) > _weight(last.type, last.moved)):
                stakes[reading] = Stake(reading, villages, option, who, fen, kind)
    return stakes


def _weight(kind: Number | None, fen: int) -> tuple[bool, int]:
    return kind is not None and is_money(kind), abs(fen)


def summary_of(
    plan: Plan, totals: Totals, undecided: Mapping[tuple[str, str], Diagnostic]
) -> Summary:
    """Totals with titles; `undecided` are readings without a result, and why."""
    policy, outputs = plan.policy, plan.policy.totalled_outputs
    stakes = _stakes(policy, totals)
    whole = of_all(totals.counties, [output.id for output in outputs])
    rules: list[tuple[Words, list[tuple[str, Words, int]]]] = []
    for programme in policy.listed_programmes:
        counts, none = totals.rules[programme.id]
        if programme.per:
            decided = [group.fired[programme.id] for group in totals.decisions[programme.per]]
            counts = [sum(rule.id in fired for fired in decided) for rule in programme.rules]
            none = sum(not fired for fired in decided)
        deciding: list[Rule | Otherwise] = [
            *programme.rules,
            *([programme.otherwise] if programme.otherwise is not None else []),
        ]
        met = zip(deciding, [*counts, none], strict=False)
        titles = rule_titles(programme)
        rules.append(
            (programme.title, [(r.id, titles.get(r.id, rule_called(r)), count) for r, count in met])
        )
    return Summary(
        outputs, totals.counties, whole,
        totals.pools, rules,
        [_ratio(share, *totals.ratios[id_, share.id])
         for id_ in policy.listed for share in plan.programme(id_).summaries],
        [(id_, reading.question, totals.hinges[id_])
         for id_, reading in policy.readings.items() if id_ in totals.hinges],
        totals.hinged_decisions, totals.hinged_villages,
        [(id_, policy.facts[id_].title, n) for id_, n in totals.assumed.items() if n],
        [Undecided(id_, option, short(policy.readings[id_].options[option]), why.message)
         for (id_, option), why in undecided.items()],
        list(payments_of(policy, outputs, whole)),
        [stakes.get(id_, Stake(id_, totals.hinges[id_])) for id_ in policy.readings
         if id_ in totals.hinges],
        [Told(output, [(text_of(value, output.type), expressions.value_words(policy, output, value), n)
                    for value, n in totals.values.get(output.id, [])])
         for output in policy.told_outputs],
        [Decided(per, [policy.facts[id_].title for id_ in per],
                 [o for p in of_groups(policy)[per] for o in p.outputs], groups)
         for per, groups in totals.decisions.items()],
        policy,
    )  # fmt: skip


def payments_of(policy: Policy, outputs: Sequence[Output], whole: GroupTotals) -> Iterator[Payment]:
    """What each payer pays in each unit, of the totals of some villages."""
    paid: dict[Unit, list[Output]] = {}
    for output in outputs:
        if output.payer is not None and isinstance(output.type, Number) and output.type.unit:
            paid.setdefault(output.type.unit, []).append(output)
    for id_, title in policy.payers.items():
        for unit, of_unit in paid.items():
            decimals = max(map(decimals_of, of_unit))
            own = [output for output in of_unit if output.payer == id_]
            amounts = (whole.amounts[o.id] * 10 ** (decimals - decimals_of(o)) for o in own)
            if own:
                yield Payment(id_, title, unit, sum(amounts), decimals)


def by_county(result: Result, outputs: Sequence[Output]) -> list[GroupTotals]:
    """The totals of each county, in order of appearance."""
    codes, names = result.groups(COUNTY)
    villages = np.bincount(codes, minlength=len(names)).tolist()
    amounts = {o.id: sums(result, o.id, None, codes, len(names)) for o in outputs}
    return [
        GroupTotals(name, villages[n], {id_: by[n] for id_, by in amounts.items()})
        for n, name in enumerate(names)
    ]


def _met(result: Result, programme: str) -> tuple[list[int], int]:
    masks = [mask for _, mask in result.held(programme)]
    none = len(result.rows) - int(np.any(masks, axis=0).sum())
    return [int(mask.sum()) for mask in masks], none


def _pools(result: Result) -> Iterator[PoolTotal]:
    by_rule: dict[tuple[str, str], list[PoolUse]] = {}
    for pool in result.pools:
        by_rule.setdefault((pool.programme, pool.item), []).append(pool)
    for (id_, item), pools in by_rule.items():
        programme = result.plan.policy.programme(id_)
        title, kind, rest_to = programme.title, programme.shared(item), programme.rest_to(item)
        for uses in [pools] if pools[0].per == "village" else [[pool] for pool in pools]:
            group = uses[0].group if uses[0].per not in ("village", "all") else None
            yield PoolTotal(
                title, kind, group, len(uses), sum(p.amount for p in uses), sum(p.used for p in uses),
                sum(p.villages for p in uses), sum(p.claims for p in uses), rest_to,
            )  # fmt: skip


def _ratios(result: Result) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    for id_ in result.plan.policy.listed:
        for share in result.plan.programme(id_).summaries:
            members = result.truth(share.among)
            number = int((members & result.truth(share.count)).sum())
            yield (id_, share.id), (number, int(members.sum()))


def _ratio(declared: Share, number: int, among: int) -> Ratio:
    percent = None
    if among:
        share = divide(number * 10**declared.decimals, among * declared.step, declared.direction)
        percent = plain(share * declared.step * 100, declared.decimals).rstrip("0").rstrip(".")
    return Ratio(declared.title, number, among, percent, declared.direction)


# -- as data --------------------------------------------------------------------------------------


def as_json(summary: Summary) -> dict[str, Any]:
    """JSON-ready data: amounts as text in their unit, those of money with two decimals.

    `payers` has those who pay in one unit only, as there is no one number of the others.
    """
    units = Counter(payment.payer for payment in summary.payments)
    of_counties = dict(_of_counties(summary))
    return {
        "counties": [group_json(group, summary.outputs, of_counties) for group in summary.groups],
        "total": group_json(summary.total, summary.outputs),
        "payers": {
            payment.title.en: plain(payment.amount, payment.decimals)
            for payment in summary.payments
            if units[payment.payer] == 1
        },
        "totals": [
            {
                "payer": payment.payer,
                "unit": str(payment.unit),
                "amount": plain(payment.amount, payment.decimals),
            }
            for payment in summary.payments
        ],
        "results": {
            tally.output.id: {value: n for value, _, n in tally.values} for tally in summary.told
        },
        "pools": [
            {
                "programme": pool.programme.en,
                "group": pool.group,
                "amount": plain(pool.amount, pool.decimals),
                "used": plain(pool.used, pool.decimals),
                "leftover": plain(pool.left, pool.decimals),
                **({} if pool.rest_to is None else {"rest_to": pool.rest_to.en}),
                "mean": plain(pool.mean, pool.decimals),
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
            {"reading": stuck.reading, "option": stuck.option, "why": stuck.why.en}
            for stuck in summary.undecided
        ],
        "assumed": {id_: count for id_, _, count in summary.assumed},
        **groups_json(summary.decisions, summary.policy),
    }


def _of_counties(summary: Summary) -> Iterator[tuple[str, dict[str, str]]]:
    """What is decided once for a county and has no total, such as its grade."""
    for decided in summary.decided:
        outputs = [output for output in decided.outputs if output not in summary.outputs]
        if decided.per == (COUNTY,):
            for group in decided.groups:
                yield group.county, {o.id: text_of(group.values[o.id], o.type) for o in outputs}


def group_json(
    group: GroupTotals,
    outputs: Iterable[Output],
    of_counties: Mapping[str, dict[str, str]] | None = None,
) -> dict[str, Any]:
    """A county's totals, and next to them what is decided once for each county."""
    amounts = {
        output.id: plain(group.amounts[output.id], decimals_of(output)) for output in outputs
    }
    amounts |= (of_counties or {}).get(group.name, {})
    return {"name": group.name, "villages": group.villages, "amounts": amounts}


# -- for the terminal -----------------------------------------------------------------------------

_NONE = Words("无", "none")
_COMPLETE = Words("无缺项", "none")
_ROUNDED = {
    "down": Words("不四舍五入，直接舍去", "cut off"),
    "half up": Words("四舍五入", "half up"),
}
"""Roundings that have a short name; others are said as rules say them."""


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
    chosen_lines = [
        words("reports.readings_chosen").say(lang),
        *(line for choice in chosen for line in indented(choice)),
    ]
    return "\n".join(
        [*wrapped(lines, lang), *(chosen_lines if chosen else ()), plan.policy.digest, "", ""]
    )


def recorded(id_: str, head: str, lang: Lang) -> str:
    """Under which id a run was recorded, and the digest to keep on paper."""
    line = Words(f"已记入台账，测算编号：{id_}", f"Recorded as run {id_}")
    return f"\n{line.say(lang)}\n{head}\n"


def text(summary: Summary, lang: Lang) -> str:
    """The summary as lines of at most 80 columns."""
    tables = [_counties(summary), *_payers(summary)]
    tables += decided_tables(summary, every=False)
    tables += [*_tallies(summary), *pool_tables(summary.pools)]
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


def _counties(summary: Summary) -> Table:
    def row(name: Cell, group: GroupTotals) -> list[Cell]:
        amounts = (amount_cell(o, group.amounts[o.id]) for o in summary.outputs)
        return [name, group.villages, *amounts]

    many = len(summary.groups) > MOST_LISTED
    whole = IN_ALL.filled(n=len(summary.groups)) if many else table.TOTAL
    listed = [] if many or len(summary.groups) == 1 else summary.groups
    title, outputs = headed(summary.outputs)
    places = table.county() if summary.policy.grouped else same("")
    heads = [places, of_rows(Words("村数", "Villages")), *outputs]
    rows = [row(group.name, group) for group in listed]
    return Table(title, heads, rows, row(whole, summary.total))


def _payers(summary: Summary) -> Iterator[Table]:
    """A table a unit, as no two of them add up."""
    in_yuan = headed(summary.outputs)[0]
    for bill in summary.bills:
        rows = [
            (payment.title, Fen(payment.amount, decimals=payment.decimals))
            for payment in bill.payments
        ]
        amount = words("reports.amount")
        amount = amount if in_yuan else with_unit(amount, Number(bill.unit))
        heads = [of_rows(Words("按资金承担主体", "By payer")), amount]
        yield Table(None, heads, rows, (table.TOTAL, Fen(bill.amount, decimals=bill.decimals)))


def decided_tables(summary: Summary, *, every: bool = True) -> Iterator[Table]:
    """What is decided once for a group, a table for all that have the same groups.

    Without `every` those are left out of which all stand with the totals of the counties.
    """
    for decided in summary.decided:
        if (
            not every
            and decided.per == (COUNTY,)
            and all(o in summary.outputs for o in decided.outputs)
        ):
            continue
        heads = [*decided.titles, of_rows(Words("村数", "Villages"))]
        heads += [with_unit(output.title, output.type) for output in decided.outputs]
        listed = [] if len(decided.groups) > MOST_LISTED else decided.groups
        rows: list[list[Cell]] = [
            [
                *group.group, group.villages,
                *(_decided_cell(summary.policy, o, group.values[o.id]) for o in decided.outputs),
            ]
            for group in listed
        ]  # fmt: skip
        totals: list[Cell] = [
            IN_ALL.filled(n=len(decided.groups)),
            *("–" for _ in decided.titles[1:]),
        ]
        totals.append(sum(group.villages for group in decided.groups))
        for output in decided.outputs:
            values = [group.values[output.id] for group in decided.groups]
            adds_up = output in summary.outputs
            totals.append(
                amount_cell(output, sum(v for v in values if isinstance(v, int)))
                if adds_up
                else "–"
            )
        yield Table(words("reports.once_for", groups=listing(decided.titles)), heads, rows, totals)


def _decided_cell(policy: Policy, output: Output, value: Value) -> Cell:
    if isinstance(output.type, Number) and isinstance(value, int):
        return amount_cell(output, value)
    return expressions.value_words(policy, output, value)


def _tallies(summary: Summary) -> Iterator[Table]:
    """How many villages have which result, of those that nothing adds up."""
    for tally in summary.told:
        rows: list[list[Cell]] = [[value, n] for _, value, n in tally.values]
        rest = summary.total.villages - sum(n for *_, n in tally.values)
        rows += [[words("outcome.others"), rest]] if rest else []
        yield Table(None, [tally.output.title, of_rows(Words("村数", "Villages"))], rows)


def _rules(summary: Summary, lang: Lang) -> Iterator[str]:
    yield of_rows(Words("各规则适用村数", "Villages by rule")).say(lang)
    for title, rows in summary.rules:
        parts = [f"{rule.say(lang)} {count:,}" for _, rule, count in rows]
        listed = ("，" if lang == "zh" else ", ").join(parts)
        yield from indented(words("reports.pair", head=title, text=listed).say(lang))


def _shares(summary: Summary, lang: Lang) -> Iterator[str]:
    ratios = [ratio for ratio in summary.ratios if ratio.percent is not None]
    if ratios:
        yield from ("", Words("比例", "Shares").say(lang))
    for ratio in ratios:
        rounding = _ROUNDED.get(ratio.rounding, direction_words(ratio.rounding))
        counts = f"{ratio.percent} % = {ratio.count:,}/{ratio.among:,}"
        share_words = Words(f"{counts}（{rounding.zh}）", f"{counts} ({rounding.en})")
        yield from indented(words("reports.pair", head=ratio.title, text=share_words).say(lang))


def _doubts(summary: Summary, lang: Lang) -> Iterator[str]:
    villages = summary.hinged_villages
    hinged_ = of_rows(
        Words(
            f"{summary.hinged_decisions:,} 项决定，涉及 {villages:,} 个村",
            f"{counted(summary.hinged_decisions, 'decision')} in {counted(villages, 'village')}",
        )
    )
    title = Words("须明确口径的事项", "Decisions that hinge on a reading").say(lang)
    decisions_said = (hinged_ if summary.hinges else _NONE).say(lang)
    yield f"{title}：{decisions_said}" if lang == "zh" else f"{title}: {decisions_said}"
    for id_, question, count in summary.hinges:
        villages_said = of_rows(Words(f"{count:,} 个村", counted(count, "village")))
        line = words("reports.pair", head=with_handle(question, id_), text=villages_said)
        yield from indented(line.say(lang))
    if summary.undecided:
        unsolved = Words(
            "没有选用的解读，按它算不出",
            "Readings that are not chosen and under which there is no result",
        )
        yield from wrapped([unsolved], lang)
    for stuck in summary.undecided:
        answer = with_handle(stuck.answer, f"{stuck.reading}={stuck.option}")
        yield from indented(words("reports.pair", head=answer, text=stuck.why).say(lang))
    comma = "，" if lang == "zh" else ", "
    listed = comma.join(f"{title.say(lang)} {count:,}" for _, title, count in summary.assumed)
    head = of_rows(
        Words("名册未填、按默认值的（村数）：", "Assumed, as the roster does not say: ")
    ).say(lang)
    yield from wrap(head + (listed or _COMPLETE.say(lang)), COLUMNS)

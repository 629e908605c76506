"""A comparison of two versions as tables for the terminal, a page and a workbook, and as JSON.

What is compared comes from `fundcalc.analysis.compare`; here it is only laid out, in the order in
which a reader asks: how much, who pays, why, whom most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.analysis.bridge import KINDS, Step, group_totals
from fundcalc.analysis.compare import Changed, Comparison, Lane, Mover, Part, unmet
from fundcalc.analysis.sides import Measure, Side, Version, titled
from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import divide, plain
from fundcalc.base.words import Lang, Words, listing, short
from fundcalc.engines.result import label
from fundcalc.engines.totals import PoolChange
from fundcalc.language.datatypes import Number, is_money, told_in
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.language.units import YUAN
from fundcalc.policy.columns import with_unit
from fundcalc.reports import expressions, table
from fundcalc.reports.columns import text
from fundcalc.reports.expressions import value_words
from fundcalc.reports.groups import changes_json, changes_said, changes_tables
from fundcalc.reports.table import IN_YUAN, TOTAL, Cell, Fen, Table, indented, wrapped

if TYPE_CHECKING:
    from markupsafe import Markup

_TITLE = words("reports.comparison")
_OLD, _NEW, _CHANGE = words("reports.old"), words("reports.new"), words("reports.change")
_MOVES, MOST_MOVES = 4, 20
"""Changes of a grade or a rate that a sentence names, and that a table does."""

_MONEY = {
    "old": "reports.old", "new": "reports.new", "change": "reports.change",
    "gained": "reports.gained", "lost": "reports.lost", "entered": "reports.of_joined",
    "withdrawn": "reports.of_left",
}  # fmt: skip
_VILLAGES = {
    "up": "reports.gain", "down": "reports.lose", "same": "reports.same",
    "joined": "reports.joined", "left": "reports.left",
}  # fmt: skip
"""What is counted of each part of the total."""

_PARTS = {**_MONEY, **_VILLAGES}
_WAYS = {
    "up": "reports.way_gains", "down": "reports.way_loses", "shifted": "reports.way_shifted",
    "joined": "reports.way_joined", "left": "reports.way_left",
}  # fmt: skip
_OF_CHARGES = {
    "reports.gain": "reports.pay_less",
    "reports.lose": "reports.pay_more",
    "reports.gained": "reports.paid_less",
    "reports.lost": "reports.paid_more",
    "reports.way_gains": "reports.way_pays_less",
    "reports.way_loses": "reports.way_pays_more",
}
"""Of what is to be paid, less is a gain."""


def _words_of(key: str, measure: Measure) -> Words:
    return words(_OF_CHARGES.get(key, key) if measure.charge else key)


# -- what was compared, and the outcome in a sentence or two --------------------------------------


def about(comparison: Comparison) -> list[Words]:
    """Each side: spelling, policy, date, what it varies, roster."""
    old, new = comparison.old.roster, comparison.new.roster
    if old is new:
        roster_line = words("reports.one_roster", file=new.file, villages=len(new))
    else:
        roster_line = words(
            "reports.two_rosters", old=old.file, new=new.file, old_villages=len(old),
            new_villages=len(new),
        )  # fmt: skip
    return [*sides(comparison.old.version, comparison.new.version), roster_line, *unmet(comparison)]


def sides(old: Version, new: Version) -> list[Words]:
    """Each version: spelling, policy, date and what it varies."""
    return [_side(_OLD, old), _side(_NEW, new)]


def _side(side: Words, version: Version) -> Words:
    policy = version.policy
    readings = [
        short(policy.readings[id_].options[option])
        for id_, option in version.readings.items()
        if option != policy.readings[id_].chosen
    ]
    values = [
        words("reports.set_to", title=policy.parameters[id_].title,
              value=expressions.value(value, policy.parameters[id_].type))
        for id_, value in version.values.items()
    ]  # fmt: skip
    varied = [*readings, *values]
    spelt = version.label if "=" not in version.label else ""
    return words(
        "reports.side", which=side, label=f" {spelt}" if spelt else "", title=policy.title,
        on=version.on, varied=words("reports.varied", list=listing(varied)) if varied else "",
        digest=policy.digest[: len("sha256:") + 12],
    )  # fmt: skip


def headline(comparison: Comparison) -> list[Words]:
    """How much each total moves, and how many villages; then what else changes on paper."""
    villages = comparison.main.total.villages
    if not comparison.changed:
        if not comparison.main.outputs:
            return [words("reports.all_the_same", villages=villages)]
        totals = listing([_in_unit(lane, lane.total.new) for lane in comparison.lanes])
        return [words("reports.no_difference", villages=villages, total=totals)]
    lines = [line for lane in comparison.lanes if lane.moved for line in _lane_headline(lane)]
    if not lines and comparison.main.outputs:
        lines = [words("reports.only_others_change", villages=villages)]
    others = [_changes(change) for change in comparison.others if change.shown and change.villages]
    return [*lines, *others, *changes_said(comparison.groups)]


def _lane_headline(lane: Lane) -> Iterator[Words]:
    total = lane.total
    come_and_go: str | Words = ""
    if total.joined or total.left:
        come_and_go = words("reports.villages_come_and_go", joined=total.joined, left=total.left)
    alone = len(lane.outputs) == 1 and lane.outputs[0].payer is None
    whole = titled(TOTAL, lane.measure, lane.outputs)
    yield words(
        "reports.total_moves", what=lane.outputs[0].title if alone else whole,
        old=_figure(lane, total.old).said(), new=_in_unit(lane, total.new),
        change=f"{'+' if total.change > 0 else ''}{_figure(lane, total.change).said()}",
        share=_percent(total.change, total.old),
    )  # fmt: skip
    yield words(
        "reports.villages_pay" if lane.measure.charge else "reports.villages_move",
        up=total.up, down=total.down, same=total.same, more=come_and_go,
    )  # fmt: skip
    yield words(
        "reports.amounts_move" if _is_money(lane) else "reports.counts_move",
        villages=lane.moved,
        share=_percent(lane.moved, total.villages, sign=False),
        money=_in_unit(lane, lane.size),
        of_total=_percent(lane.size, total.old, sign=False),
    )


def _is_money(lane: Lane) -> bool:
    return is_money(Number(lane.measure.unit, lane.measure.decimals))


def _amount(lane: Lane) -> Words:
    """The head of a column of amounts, or of counts."""
    return words("reports.amount") if _is_money(lane) else words("reports.result")


def _changes(changed: Changed) -> Words:
    """A result that is not added up: in how many villages it changes, and from what to what."""
    moves = [
        words("reports.move_of", move=_move(changed, old, new), villages=n)
        for old, new, n in changed.moves[:_MOVES]
    ]
    if len(changed.moves) > _MOVES:
        moves.append(words("reports.and_others", rest=sum(n for *_, n in changed.moves[_MOVES:])))
    title, villages = changed.new.title, changed.villages
    return words("reports.changes", title=title, villages=villages, moves=listing(moves))


def _move(changed: Changed, old: Value, new: Value) -> Words:
    before, after = _in_words(changed, old, new)
    return words("reports.from_to", old=before, new=after)


def _in_words(changed: Changed, old: Value, new: Value) -> tuple[Words, Words]:
    before, after = changed.policies
    return value_words(before, changed.old, old), value_words(after, changed.new, new)


def _figure(lane: Lane, value: int, *, change: bool = False) -> Fen:
    return Fen(value, change, lane.measure.decimals)


def _in_unit(lane: Lane, value: int) -> Words:
    """A number with its unit; of yuan a year only the yuan, as all papers say it."""
    unit = YUAN if lane.measure.unit.in_yuan else lane.measure.unit
    figure = _figure(lane, value).said()
    return Words(f"{figure} {unit.said('zh')}".rstrip(), f"{figure} {unit.said('en')}".rstrip())


def _percent(part: int, whole: int, *, sign: bool = True) -> str:
    """A share with one decimal, rounded half up."""
    if not whole:
        return "–"
    tenths = divide(part * 1000, whole, "half up")
    return f"{'+' if sign and tenths > 0 else ''}{plain(tenths, 1)} %"


# -- tables ---------------------------------------------------------------------------------------


def _moving_lanes(comparison: Comparison) -> list[Lane]:
    """The units of which some amount moves."""
    return [lane for lane in comparison.lanes if lane.moved]


def lane_tables(comparison: Comparison, lane: Lane, *, brief: bool = False) -> list[Table]:
    """What is compared in one unit, by county, programme and payer, and why it moved."""
    tables: list[Table] = []
    if lane.counties:
        tables.append(
            _parts(lane, words("reports.by_county"), table.county(), lane.counties, brief)
        )
    tables.append(_programmes(comparison, lane, brief))
    if any(part.id for part in lane.payers):
        tables.append(_parts(lane, words("reports.by_payer"), table.payer(), lane.payers, brief))
    return tables + (_bridges(lane, brief=brief) if lane.steps else [])


def further(comparison: Comparison, *, brief: bool = False) -> list[Table]:
    """Pools, every amount, and results that nothing adds up."""
    tables: list[Table] = []
    pools = [p for p in comparison.pools if not brief or p.moves]
    tables += [_pools(pools)] if pools else []
    parts = [p for p in comparison.outputs if not brief or p.moves]
    for charge in (False, True):
        outputs = [p for p in parts if p.measure.charge is charge]
        tables += [_outputs(outputs)] if outputs else []
    tables += [_others(others)] if (others := [c for c in comparison.others if c.villages]) else []
    return tables + changes_tables(comparison.groups)


def document(comparison: Comparison) -> tuple[list[Words], list[Table]]:
    """What a page shows of a comparison: what was compared and how it came out, and all its tables."""
    lines = [*about(comparison), *headline(comparison)]
    if not comparison.changed:
        return lines, []
    lanes = _moving_lanes(comparison)
    tables = [_titled(t, lane) for lane in lanes for t in lane_tables(comparison, lane, brief=True)]
    tables += further(comparison, brief=True)
    for lane in lanes:
        tables.append(_movers(lane))
        if lane.moved > len(lane.movers):
            lines.append(words("reports.more_movers", rest=lane.moved - len(lane.movers)))
    return lines, [*tables, *_village_changes(comparison.others)]


def _titled(lane_table: Table, lane: Lane) -> Table:
    """A table whose title has the unit of its amounts, unless they are in yuan."""
    unit, title = unit_line(lane), lane_table.title
    if unit == IN_YUAN or title is None:
        return lane_table
    return replace(lane_table, title=Words(f"{title.zh}（{unit.zh}）", f"{title.en} ({unit.en})"))


def unit_line(lane: Lane) -> Words:
    """The line that says in what unit tables are, and of a charge which it is."""
    unit = lane.measure.unit
    if unit.in_yuan:
        return titled(IN_YUAN, lane.measure, lane.outputs)
    title = words("reports.amounts_in", unit=Words(unit.said("zh"), unit.said("en")))
    return titled(title, lane.measure, lane.outputs)


def _keys(lane: Lane, brief: bool) -> list[str]:
    """The columns; those about villages that joined or left only where some did."""
    comers = bool(lane.total.joined or lane.total.left)
    keys = ["old", "new", "change", "up", "down", "same", *(("joined", "left") if comers else ())]
    if not brief:
        keys += ["gained", "lost", *(("entered", "withdrawn") if comers else ())]
    return keys


def _parts(lane: Lane, title: Words, head: Words, parts: Sequence[Part], brief: bool) -> Table:
    keys = _keys(lane, brief)
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in [*parts, lane.total]]
    heads = [_words_of(_PARTS[key], lane.measure) for key in keys]
    return Table(title, [head, *heads], rows[:-1], rows[-1])


def _programmes(comparison: Comparison, lane: Lane, brief: bool) -> Table:
    """By paid amount, under the programme that grants it; a terminal has room for the amount only."""
    title = words("reports.by_programme")
    if brief:
        return _parts(lane, title, _amount(lane), lane.programmes, brief)
    keys = _keys(lane, brief)
    owner = {
        o.id: p.title
        for side in (comparison.old, comparison.new)
        for p in side.plan.policy.programmes
        for o in p.outputs
    }
    rows = [
        [owner.get(part.id, ""), part.title, *(_number(part, key) for key in keys)]
        for part in [*lane.programmes, lane.total]
    ]
    rows[-1][:2] = [lane.total.title, ""]
    count_heads = [_words_of(_PARTS[key], lane.measure) for key in keys]
    heads = [words("reports.programme"), _amount(lane), *count_heads]
    return Table(title, heads, rows[:-1], rows[-1], texts=2)


def _number(part: Part, key: str) -> Cell:
    value: int = getattr(part, key)
    change = key not in ("old", "new")
    return Fen(value, change, part.measure.decimals) if key in _MONEY else value


def _bridges(lane: Lane, *, brief: bool = False) -> list[Table]:
    """Why the total moved, by kind of cause; then step by step with each payer's part."""
    kinds: list[list[Cell]] = [[_OLD, _figure(lane, lane.total.old)]]
    kinds += [
        [words(KINDS[kind]), _figure(lane, change, change=True)]
        for kind, change in group_totals(lane.steps)
    ]
    first = Table(
        words("reports.why_the_total_moved"),
        [words("reports.cause"), _amount(lane)],
        kinds, [_NEW, _figure(lane, lane.total.new)], [words("reports.replaced_in_order")],
    )  # fmt: skip
    return [first, _steps(lane, brief)]


def _steps(lane: Lane, brief: bool) -> Table:
    moved_payers = {id_ for step in lane.steps for id_, change in step.payers.items() if change}
    all_payers = lane.payers if any(payer.id for payer in lane.payers) else []
    payers = [payer for payer in all_payers if not brief or payer.id in moved_payers]
    heads = [words("reports.step"), _CHANGE, words("reports.villages_touched")]
    heads += [p.title for p in payers]
    rows: list[list[Cell]] = [
        [
            _step_title(step), _figure(lane, step.change, change=True), step.villages,
            *(_figure(lane, step.payers.get(p.id, 0), change=True) for p in payers),
        ]
        for step in lane.steps
    ]  # fmt: skip
    changes = [_figure(lane, p.change, change=True) for p in payers]
    change = _figure(lane, lane.total.change, change=True)
    totals: list[Cell] = [TOTAL, change, lane.moved, *changes]
    title = words("reports.step_by_step" if all_payers else "reports.one_by_one")
    return Table(title, heads, rows, totals)


def _step_title(step: Step) -> Words:
    """A step as a reader names it: what was replaced, from what to what."""
    before, after = step.before, step.after
    if step.kind == "register":
        kind = words(KINDS[step.kind])
        return words("reports.step_register", kind=kind, before=before, after=after)
    if step.kind == "amounts" and after and not before:
        return words("reports.step_table", title=step.title, after=int(after))
    if step.kind in ("people", "money", "facts") and after:
        return words("reports.step_facts", title=step.title, after=after)
    if not before and not after:
        return step.title
    if step.option is not None:
        return words("reports.step_reading", question=step.title, option=step.option)
    return words("reports.step_change", title=step.title, before=before, after=after)


def _pools(pools: Sequence[PoolChange]) -> Table:
    heads = [
        words("reports.pool"), words("reports.group"), words("reports.old_pool"),
        words("reports.new_pool"), words("reports.old_used"), words("reports.new_used"),
        words("reports.old_left"), words("reports.new_left"),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for p in pools:
        amounts = (p.old_amount, p.new_amount, p.old_used, p.new_used,
                   p.old_amount - p.old_used, p.new_amount - p.new_used)  # fmt: skip
        kind, group = told_in(p.kind), p.group or words("reports.all")
        title = p.programme if kind.unit == YUAN else with_unit(p.programme, kind)
        rows.append([title, group, *(Fen(n, decimals=kind.decimals or 0) for n in amounts)])
    return Table(words("reports.pools"), heads, rows, texts=2)


def _outputs(parts: Sequence[Part]) -> Table:
    keys = ["old", "new", "change", "up", "down", "same"]
    in_yuan = all(part.measure.unit.in_yuan for part in parts)
    rows: list[list[Cell]] = [
        [
            part.title if in_yuan else with_unit(part.title, Number(part.measure.unit)),
            *(_number(part, key) for key in keys),
        ]
        for part in parts
    ]
    note = words("reports.amounts_overlap")
    title = words("reports.every_amount")
    heads = [_words_of(_PARTS[key], parts[0].measure) for key in keys]
    return Table(title, [words("reports.amount"), *heads], rows, notes=[note])


def _others(others: Sequence[Changed]) -> Table:
    """Each result that changes in some villages, and from what to what in how many."""
    rows: list[list[Cell]] = []
    for changed in others:
        rows.append([changed.new.title, "", changed.villages])
        rows += [["", _move(changed, old, new), n] for old, new, n in changed.moves[:MOST_MOVES]]
    heads = [words("reports.result"), words("reports.what_to_what"), words("reports.villages")]
    return Table(words("reports.other_results"), heads, rows, texts=2)


def _village_changes(others: Sequence[Changed], *, apart: bool = False) -> Iterator[Table]:
    """Which villages change in a result that is not added up, from what to what."""
    for changed in others:
        if changed.who and (changed.shown or apart):
            who, named = _named([village for village, _, _ in changed.who], apart)
            rows: list[list[Cell]] = [
                [*cells, *_in_words(changed, old, new)]
                for cells, (_, old, new) in zip(named, changed.who, strict=True)
            ]
            title = words("reports.who_changes", title=changed.new.title)
            yield Table(title, [*who, _OLD, _NEW], rows, sentences=True)


def _named(who: Sequence[Mapping[str, Value]], apart: bool) -> tuple[list[Words], list[list[Cell]]]:
    """What heads that which villages are known by, and their cells: one, or `apart` one a part."""
    village, code = words("reports.village"), words("reports.code")
    if not apart:
        return [village], [[label(one)] for one in who]
    heads = {"county": words("reports.county"), "town": words("reports.town"), "name": village}
    heads |= {"code": village if who and "name" not in who[0] else code}
    parts = [part for part in heads if not who or part in who[0]]
    cells: list[list[Cell]] = [[str(one.get(part, "")) for part in parts] for one in who]
    return [heads[part] for part in parts], cells


def _movers(lane: Lane, *, apart: bool = False) -> Table:
    """Whom it moves most, with the reasons; `apart` has a column for each part of a village's identity."""
    causes = [words("reports.way"), words("reports.because_of")]
    who, named = _named([mover.who for mover in lane.movers], apart)
    heads = [*who, _OLD, _NEW, _CHANGE, *causes]
    rows: list[list[Cell]] = [
        [
            *cells, _figure(lane, m.old), _figure(lane, m.new),
            _figure(lane, m.change, change=True), _words_of(_WAYS[m.way], lane.measure), _reasons_of(lane, m),
        ]
        for cells, m in zip(named, lane.movers, strict=True)
    ]  # fmt: skip
    return _titled(Table(words("reports.the_largest_movers"), heads, rows, sentences=True), lane)


def _reasons_of(lane: Lane, mover: Mover) -> Words:
    """What moved a village: the steps with their amounts, and the rules met before and after."""
    parts: list[Words] = []
    for step, change in mover.steps:
        title, amount = _step_title(step), _figure(lane, change, change=True).said()
        parts.append(words("reports.pair", head=title, text=amount) if change else title)
    for rule in mover.rules:
        from_to = words("reports.from_to", old=rule.was, new=rule.now)
        parts.append(words("reports.pair", head=rule.title, text=from_to))
    return Words("\n".join(part.zh for part in parts), "\n".join(part.en for part in parts))


# -- for the terminal, on a page, in a workbook ---------------------------------------------------


def comparison_text(comparison: Comparison, lang: Lang) -> str:
    """A comparison as lines of at most 80 columns."""
    return "\n".join(_lines(comparison, lang)) + "\n"


def _lines(comparison: Comparison, lang: Lang) -> Iterator[str]:
    yield from wrapped([*about(comparison), *headline(comparison)], lang)
    if not comparison.changed:
        return
    for lane in _moving_lanes(comparison):
        tables = lane_tables(comparison, lane, brief=True)
        yield from ("", unit_line(lane).say(lang), *table.as_text(tables, lang))
    rest = further(comparison, brief=True)
    if rest:
        yield from ("", *table.as_text(rest, lang))
    for lane in _moving_lanes(comparison):
        yield from _mover_lines(lane, lang)
    for village_table in _village_changes(comparison.others):
        yield from ("", *table.as_text([village_table], lang))


def _mover_lines(lane: Lane, lang: Lang) -> Iterator[str]:
    yield from ("", (_movers(lane).title or TOTAL).say(lang))
    for mover in lane.movers:
        change = _figure(lane, mover.change, change=True).said()
        way = _words_of(_WAYS[mover.way], lane.measure).say(lang)
        old, new = (_figure(lane, value).said() for value in (mover.old, mover.new))
        move = f"{old} → {new}  {change}  {way}"
        yield from wrapped([words("reports.pair", head=f"  {label(mover.who)}", text=move)], lang)
        for line in filter(None, _reasons_of(lane, mover).say(lang).split("\n")):
            yield from indented(line, "    ", "      ")
    if lane.moved > len(lane.movers):
        yield words("reports.more_movers", rest=lane.moved - len(lane.movers)).say(lang)


def _html(comparison: Comparison, lang: Lang) -> bytes:
    """One page with charts. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    return page(
        "compare.html", lang, title=_TITLE, heading=about(comparison), outcome=headline(comparison),
        lanes=[
            (_charts(lane, lang), lane_tables(comparison, lane), _movers(lane),
             lane.moved - len(lane.movers),
             unit_line(lane) if unit_line(lane) != IN_YUAN else None)
            for lane in _moving_lanes(comparison)
        ],
        tables=[*further(comparison), *_village_changes(comparison.others)] if comparison.changed else [],
    )  # fmt: skip


def _charts(lane: Lane, lang: Lang) -> list[tuple[str, Markup]]:
    from fundcalc.reports.charts import Series, bars, bridge

    def figure_text(value: int) -> str:
        return _figure(lane, value).said()

    unit, charts = Number(YUAN if lane.measure.unit.in_yuan else lane.measure.unit), []
    if lane.steps:
        totals = group_totals(lane.steps)
        labels = [_OLD, *(words(KINDS[kind]) for kind, _ in totals), _NEW]
        title = with_unit(titled(words("reports.chart_why"), lane.measure, lane.outputs), unit).say(
            lang
        )
        changes = [lane.total.old, *(change for _, change in totals)]
        charts.append((title, bridge(title, [w.say(lang) for w in labels], changes, figure_text)))
    for head, parts in (
        (words("reports.chart_counties"), lane.counties),
        (words("reports.chart_payers"), [part for part in lane.payers if part.id]),
    ):
        title = with_unit(titled(head, lane.measure, lane.outputs), unit).say(lang)
        names = [part.title.say(lang) for part in parts]
        series = [Series(_CHANGE.say(lang), [part.change for part in parts])]
        if parts:
            chart = bars(title, names, series, lambda n: _figure(lane, n, change=True).said())
            charts.append((title, chart))
    return charts


def _xlsx(comparison: Comparison, lang: Lang) -> bytes:
    """A workbook: overview, causes, pools, and every village that moves. The same input, the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(comparison.new.plan, len(comparison.main.movers), lang)
    above = [_TITLE, *about(comparison), *headline(comparison)]
    lanes = _moving_lanes(comparison) or [comparison.main]
    units = [[unit_line(lane)] if unit_line(lane) != IN_YUAN else [] for lane in lanes]
    for number, (lane, unit) in enumerate(zip(lanes, units, strict=True)):
        tables = lane_tables(comparison, lane)
        causes = len(tables) - (2 if lane.steps else 0)
        write_tables(
            paper, _numbered(words("reports.overview"), number), tables[:causes], [*above, *unit]
        )
        if lane.steps:
            write_tables(paper, _numbered(words("reports.causes"), number), tables[causes:], unit)
        above = []
    rest = further(comparison)
    if rest:
        write_tables(paper, words("reports.pools_and_amounts"), rest, [])
    for number, village_table in enumerate(_village_changes(comparison.others, apart=True)):
        name = _numbered(words("reports.other_results_sheet"), number)
        write_tables(paper, name, [village_table], [])
    for number, (lane, unit) in enumerate(zip(lanes, units, strict=True)):
        name = _numbered(words("reports.sheet_villages"), number)
        write_tables(paper, name, [_movers(lane, apart=True)], unit)
    return paper.close()


def _numbered(name: Words, number: int) -> Words:
    return Words(f"{name.zh} {number + 1}", f"{name.en} {number + 1}") if number else name


# -- as data --------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Both sides, what is compared, the pools, and other results; amounts as text in their unit.

    What stands next to `units` is of the first of these, which is money where there is any.
    """
    return {
        "old": _side_json(comparison.old),
        "new": _side_json(comparison.new),
        "unmet": [why.en for why in unmet(comparison)],
        "changed": comparison.changed,
        "villages_touched": comparison.touched,
        **_lane_json(comparison.main),
        "units": [
            {**lane.measure.as_data, **_lane_json(lane)}
            for lane in comparison.lanes
            if lane.outputs
        ],
        "pools": [_pool_json(pool) for pool in comparison.pools],
        "outputs": [_part_json(part) for part in comparison.outputs],
        **({"groups": changes_json(comparison.groups)} if comparison.groups else {}),
        "other_results": {changed.new.id: changed.villages for changed in comparison.others},
        "changes": {c.new.id: _changed_json(c) for c in comparison.others if c.villages},
    }


def _changed_json(changed: Changed) -> dict[str, Any]:
    def from_to(old: Value, new: Value) -> dict[str, str]:
        return {"from": text(old, changed.old.type), "to": text(new, changed.new.type)}

    moves = [{**from_to(old, new), "villages": n} for old, new, n in changed.moves]
    who = [{"village": village, **from_to(old, new)} for village, old, new in changed.who]
    return {"villages": changed.villages, "moves": moves, "who": who}


def _lane_json(lane: Lane) -> dict[str, Any]:
    decimals = lane.measure.decimals
    return {
        "villages_moved": lane.moved,
        "money_moved": plain(lane.size, decimals),
        "total": _part_json(lane.total),
        "counties": [_part_json(part) for part in lane.counties],
        "programmes": [_part_json(part) for part in lane.programmes],
        "payers": [_part_json(part) for part in lane.payers],
        "bridge": [_step_json(step, decimals) for step in lane.steps],
        "movers": [_mover_json(mover, decimals) for mover in lane.movers],
    }


def _side_json(side: Side) -> dict[str, Any]:
    version, plan = side.version, side.plan
    return {
        "version": version.label,
        "policy": {
            "id": plan.policy.id, "digest": plan.policy.digest,
            "on": plan.on.isoformat(), "readings": dict(plan.readings),
            "set": {
                id_: literal(value, version.policy.parameters[id_].type)
                for id_, value in version.values.items()
            },
        },
        "roster": {
            "file": side.roster.file, "digest": side.roster.digest, "villages": len(side.roster),
        },
    }  # fmt: skip


def _part_json(part: Part) -> dict[str, Any]:
    identity = {"id": part.id, "title": part.title.en} if part.id else {}
    money = {key: plain(getattr(part, key), part.measure.decimals) for key in _MONEY}
    return {**identity, **money, "villages": {key: getattr(part, key) for key in _VILLAGES}}


def _step_json(step: Step, decimals: int) -> dict[str, Any]:
    return {
        "kind": step.kind, "id": step.id, "title": step.title.en, "from": step.before, "to": step.after,
        "change": plain(step.change, decimals), "villages": step.villages,
        "payers": {payer: plain(n, decimals) for payer, n in step.payers.items() if payer},
    }  # fmt: skip


def _pool_json(pool: PoolChange) -> dict[str, Any]:
    def amounts(amount: int, used: int) -> dict[str, str]:
        decimals = pool.kind.decimals or 0
        return {"amount": plain(amount, decimals), "used": plain(used, decimals)}

    sides_ = {
        "old": amounts(pool.old_amount, pool.old_used),
        "new": amounts(pool.new_amount, pool.new_used),
    }
    return {"programme": pool.programme.en, "group": pool.group, **sides_}


def _mover_json(mover: Mover, decimals: int) -> dict[str, Any]:
    return {
        "village": mover.who, "way": mover.way, "old": plain(mover.old, decimals),
        "new": plain(mover.new, decimals), "change": plain(mover.change, decimals),
        "because": [
            {"kind": step.kind, "id": step.id, "change": plain(change, decimals)}
            for step, change in mover.steps
        ],
        "rules": {rule.programme: {"old": rule.old, "new": rule.new} for rule in mover.rules},
    }  # fmt: skip


# -- as files -------------------------------------------------------------------------------------

_WRITERS: dict[str, Callable[[Comparison, Lang], bytes]] = {
    ".xlsx": _xlsx,
    ".html": _html,
    ".json": lambda comparison, lang: json_bytes(comparison_json(comparison)),
}
COMPARE_WRITERS = tuple(_WRITERS)
"""The endings that `write_comparison` knows."""


def write_comparison(comparison: Comparison, path: Path, lang: Lang) -> None:
    """Write a comparison; the ending says how (.xlsx, .html, .json). Raises OSError."""
    write_bytes(path, _WRITERS[path.suffix.lower()](comparison, lang))

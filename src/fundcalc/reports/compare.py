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
from fundcalc.analysis.compare import Changed, Comparison, Lane, Mover, Part, PoolChange, unmet
from fundcalc.analysis.sides import Measure, Side, Version
from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import divide, plain, plain_yuan
from fundcalc.base.words import Lang, Words, listing, short
from fundcalc.engines.result import label
from fundcalc.language.datatypes import Number, is_money
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
_AMOUNT = words("reports.amount")
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
    "up": "reports.way_gains",
    "down": "reports.way_loses",
    "shifted": "reports.way_shifted",
    "joined": "reports.way_joined",
    "left": "reports.way_left",
}
_OF_CHARGES = {
    "reports.gain": "reports.pay_less",
    "reports.lose": "reports.pay_more",
    "reports.gained": "reports.paid_less",
    "reports.lost": "reports.paid_more",
    "reports.way_gains": "reports.way_pays_less",
    "reports.way_loses": "reports.way_pays_more",
}
"""Of what is to be paid, less is a gain."""


def _said(key: str, measure: Measure) -> Words:
    return words(_OF_CHARGES.get(key, key) if measure.charge else key)


# -- what was compared, and the outcome in a sentence or two --------------------------------------


def about(one: Comparison) -> list[Words]:
    """Each side: spelling, policy, date, what it varies, roster."""
    old, new = one.old.roster, one.new.roster
    if old is new:
        said = words("reports.one_roster", file=new.file, villages=len(new))
    else:
        said = words(
            "reports.two_rosters", old=old.file, new=new.file, old_villages=len(old),
            new_villages=len(new),
        )  # fmt: skip
    return [*sides(one.old.version, one.new.version), said, *unmet(one)]


def sides(old: Version, new: Version) -> list[Words]:
    """Each version: spelling, policy, date and what it varies."""
    return [_side(_OLD, old), _side(_NEW, new)]


def _side(which: Words, version: Version) -> Words:
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
        "reports.side", which=which, label=f" {spelt}" if spelt else "", title=policy.title,
        on=version.on, varied=words("reports.varied", list=listing(varied)) if varied else "",
        digest=policy.digest[: len("sha256:") + 12],
    )  # fmt: skip


def headline(one: Comparison) -> list[Words]:
    """How much each total moves, and how many villages; then what else changes on paper."""
    villages = one.main.total.villages
    if not one.changed:
        if not one.main.outputs:
            return [words("reports.all_the_same", villages=villages)]
        totals = listing([_in_unit(lane, lane.total.new) for lane in one.lanes])
        return [words("reports.no_difference", villages=villages, total=totals)]
    lines = [line for lane in one.lanes if lane.moved for line in _lane_headline(lane)]
    if not lines and one.main.outputs:
        lines = [words("reports.only_others_change", villages=villages)]
    others = [_changes(change) for change in one.others if change.shown and change.villages]
    return [*lines, *others, *changes_said(one.groups)]


def _lane_headline(one: Lane) -> Iterator[Words]:
    total = one.total
    more: str | Words = ""
    if total.joined or total.left:
        more = words("reports.villages_come_and_go", joined=total.joined, left=total.left)
    alone = len(one.outputs) == 1 and one.outputs[0].payer is None
    yield words(
        "reports.total_moves", what=one.outputs[0].title if alone else _called(TOTAL, one),
        old=_figure(one, total.old).said(), new=_in_unit(one, total.new),
        change=f"{'+' if total.change > 0 else ''}{_figure(one, total.change).said()}",
        share=_percent(total.change, total.old),
    )  # fmt: skip
    yield words(
        "reports.villages_pay" if one.measure.charge else "reports.villages_move",
        up=total.up, down=total.down, same=total.same, more=more,
    )  # fmt: skip
    yield words(
        "reports.amounts_move" if _is_money(one) else "reports.counts_move",
        villages=one.moved,
        share=_percent(one.moved, total.villages, sign=False),
        money=_in_unit(one, one.size),
        of_total=_percent(one.size, total.old, sign=False),
    )


def _is_money(one: Lane) -> bool:
    return is_money(Number(one.measure.unit, one.measure.decimals))


def _amount(one: Lane) -> Words:
    """The head of a column of amounts, or of counts."""
    return _AMOUNT if _is_money(one) else words("reports.result")


def _changes(one: Changed) -> Words:
    """A result that nothing adds up: in how many villages it changes, and what to what."""
    moves = [
        words("reports.move_of", move=_move(one, old, new), villages=n)
        for old, new, n in one.moves[:_MOVES]
    ]
    if len(one.moves) > _MOVES:
        moves.append(words("reports.and_others", rest=sum(n for *_, n in one.moves[_MOVES:])))
    title, villages = one.new.title, one.villages
    return words("reports.changes", title=title, villages=villages, moves=listing(moves))


def _move(one: Changed, old: Value, new: Value) -> Words:
    was, now = _in_words(one, old, new)
    return words("reports.from_to", old=was, new=now)


def _in_words(one: Changed, old: Value, new: Value) -> tuple[Words, Words]:
    before, after = one.policies
    return value_words(before, one.old, old), value_words(after, one.new, new)


def _figure(one: Lane, value: int, *, change: bool = False) -> Fen:
    return Fen(value, change, one.measure.decimals)


def _in_unit(one: Lane, value: int) -> Words:
    """A number with its unit; of yuan a year only the yuan, as all papers say it."""
    unit = YUAN if one.measure.unit.in_yuan else one.measure.unit
    figure = _figure(one, value).said()
    return Words(f"{figure} {unit.said('zh')}".rstrip(), f"{figure} {unit.said('en')}".rstrip())


def _percent(part: int, whole: int, *, sign: bool = True) -> str:
    """A share with one decimal, rounded half up."""
    if not whole:
        return "–"
    tenths = divide(part * 1000, whole, "half up")
    return f"{'+' if sign and tenths > 0 else ''}{plain(tenths, 1)} %"


# -- tables ---------------------------------------------------------------------------------------


def _shown(one: Comparison) -> list[Lane]:
    """The units of which some amount moves."""
    return [lane for lane in one.lanes if lane.moved]


def lane_tables(comparison: Comparison, one: Lane, *, brief: bool = False) -> list[Table]:
    """What is compared in one unit, by county, programme and payer, and why it moved."""
    found = [_parts(one, words("reports.by_county"), table.county(), one.counties, brief)]
    found.append(_programmes(comparison, one, brief))
    if any(part.id for part in one.payers):
        found.append(_parts(one, words("reports.by_payer"), table.PAYER, one.payers, brief))
    return found + (_bridges(one, brief=brief) if one.steps else [])


def further(one: Comparison, *, brief: bool = False) -> list[Table]:
    """Pools, every amount, and results that nothing adds up."""
    found: list[Table] = []
    pools = [p for p in one.pools if not brief or p.moves]
    found += [_pools(pools)] if pools else []
    for charge in (False, True):
        outputs = [p for p in one.outputs if p.measure.charge is charge and (not brief or p.moves)]
        found += [_outputs(outputs)] if outputs else []
    found += [_others(some)] if (some := [c for c in one.others if c.villages]) else []
    return found + changes_tables(one.groups)


def document(one: Comparison) -> tuple[list[Words], list[Table]]:
    """What a page shows of a comparison: what was compared and how it came out, and all its tables."""
    lines = [*about(one), *headline(one)]
    if not one.changed:
        return lines, []
    lanes = _shown(one)
    found = [_named(one_, lane) for lane in lanes for one_ in lane_tables(one, lane, brief=True)]
    found += further(one, brief=True)
    for lane in lanes:
        found.append(_movers(lane))
        if lane.moved > len(lane.movers):
            lines.append(words("reports.more_movers", rest=lane.moved - len(lane.movers)))
    return lines, [*found, *_who_changes(one.others)]


def _named(one: Table, lane: Lane) -> Table:
    """A table by its title, and where that is not plain by what its amounts are."""
    unit = unit_line(lane)
    if unit == IN_YUAN or one.title is None:
        return one
    return replace(one, title=Words(f"{one.title.zh}（{unit.zh}）", f"{one.title.en} ({unit.en})"))


def unit_line(lane: Lane) -> Words:
    """In what the tables of a unit are, and of charges that they are."""
    unit = lane.measure.unit
    if unit.in_yuan:
        return _called(IN_YUAN, lane)
    return _called(words("reports.amounts_in", unit=Words(unit.said("zh"), unit.said("en"))), lane)


def _called(title: Words, lane: Lane) -> Words:
    """What is said of amounts, where they are to be paid."""
    return words("policy.to_pay", title=title) if lane.measure.charge else title


def _keys(one: Lane, brief: bool) -> list[str]:
    """The columns; those about villages that joined or left only where some did."""
    two = bool(one.total.joined or one.total.left)
    keys = ["old", "new", "change", "up", "down", "same", *(("joined", "left") if two else ())]
    if not brief:
        keys += ["gained", "lost", *(("entered", "withdrawn") if two else ())]
    return keys


def _parts(one: Lane, title: Words, head: Words, parts: Sequence[Part], brief: bool) -> Table:
    keys = _keys(one, brief)
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in [*parts, one.total]]
    heads = [_said(_PARTS[key], one.measure) for key in keys]
    return Table(title, [head, *heads], rows[:-1], rows[-1])


def _programmes(comparison: Comparison, one: Lane, brief: bool) -> Table:
    """By paid amount, under the programme that grants it; a terminal has room for the amount only."""
    title = words("reports.by_programme")
    if brief:
        return _parts(one, title, _amount(one), one.programmes, brief)
    keys = _keys(one, brief)
    owner = {
        o.id: p.title
        for side in (comparison.old, comparison.new)
        for p in side.plan.policy.programmes
        for o in p.outputs
    }
    rows = [
        [owner.get(part.id, ""), part.title, *(_number(part, key) for key in keys)]
        for part in [*one.programmes, one.total]
    ]
    rows[-1][:2] = [one.total.title, ""]
    counted = [_said(_PARTS[key], one.measure) for key in keys]
    heads = [words("reports.programme"), _amount(one), *counted]
    return Table(title, heads, rows[:-1], rows[-1], texts=2)


def _number(part: Part, key: str) -> Cell:
    value: int = getattr(part, key)
    change = key not in ("old", "new")
    return Fen(value, change, part.measure.decimals) if key in _MONEY else value


def _bridges(one: Lane, *, brief: bool = False) -> list[Table]:
    """Why the total moved, by kind of cause; then step by step with each payer's part."""
    kinds: list[list[Cell]] = [[_OLD, _figure(one, one.total.old)]]
    kinds += [
        [words(KINDS[kind]), _figure(one, change, change=True)]
        for kind, change in group_totals(one.steps)
    ]
    first = Table(
        words("reports.why_the_total_moved"),
        [words("reports.cause"), _amount(one)],
        kinds, [_NEW, _figure(one, one.total.new)], [words("reports.replaced_in_order")],
    )  # fmt: skip
    return [first, _steps(one, brief)]


def _steps(one: Lane, brief: bool) -> Table:
    moved = {id_ for step in one.steps for id_, change in step.payers.items() if change}
    who = one.payers if any(payer.id for payer in one.payers) else []
    payers = [payer for payer in who if not brief or payer.id in moved]
    heads = [words("reports.step"), _CHANGE, words("reports.villages_touched")]
    heads += [p.title for p in payers]
    rows: list[list[Cell]] = [
        [
            _step_title(step), _figure(one, step.change, change=True), step.villages,
            *(_figure(one, step.payers.get(p.id, 0), change=True) for p in payers),
        ]
        for step in one.steps
    ]  # fmt: skip
    changes = [_figure(one, p.change, change=True) for p in payers]
    totals: list[Cell] = [TOTAL, _figure(one, one.total.change, change=True), one.moved, *changes]
    title = words("reports.step_by_step" if who else "reports.one_by_one")
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
    rows: list[list[Cell]] = [
        [
            p.programme, p.group or words("reports.all"), Fen(p.old_amount), Fen(p.new_amount),
            Fen(p.old_used), Fen(p.new_used),
            Fen(p.old_amount - p.old_used), Fen(p.new_amount - p.new_used),
        ]
        for p in pools
    ]  # fmt: skip
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
    heads = [_said(_PARTS[key], parts[0].measure) for key in keys]
    return Table(title, [_AMOUNT, *heads], rows, notes=[note])


def _others(others: Sequence[Changed]) -> Table:
    """Each result that changes in some villages, and what to what in how many."""
    rows: list[list[Cell]] = []
    for one in others:
        rows.append([one.new.title, "", one.villages])
        rows += [["", _move(one, old, new), n] for old, new, n in one.moves[:MOST_MOVES]]
    heads = [words("reports.result"), words("reports.what_to_what"), words("reports.villages")]
    return Table(words("reports.other_results"), heads, rows, texts=2)


def _who_changes(others: Sequence[Changed], *, apart: bool = False) -> Iterator[Table]:
    """Which villages change in a result that nothing adds up, from what to what."""
    for one in others:
        if one.who and (one.shown or apart):
            heads = [*_who_heads(apart), _OLD, _NEW]
            rows: list[list[Cell]] = [
                [*_who(who, apart), *_in_words(one, old, new)] for who, old, new in one.who
            ]
            title = words("reports.who_changes", title=one.new.title)
            yield Table(title, heads, rows, sentences=True)


def _who_heads(apart: bool) -> list[Words]:
    village = words("reports.village")
    places = [words("reports.county"), words("reports.town")] if apart else []
    return [*places, village, *([words("reports.code")] if apart else [])]


def _who(who: Mapping[str, Value], apart: bool) -> list[Cell]:
    if apart:
        return [str(who.get(part, "")) for part in ("county", "town", "name", "code")]
    return [label(who)]


def _movers(one: Lane, *, apart: bool = False) -> Table:
    """Whom it moves most, with the reasons; `apart` has a column for each part of a village's identity."""
    causes = [words("reports.way"), words("reports.because_of")]
    heads = [*_who_heads(apart), _OLD, _NEW, _CHANGE, *causes]
    rows: list[list[Cell]] = [
        [
            *_who(m.who, apart), _figure(one, m.old), _figure(one, m.new),
            _figure(one, m.change, change=True), _said(_WAYS[m.way], one.measure), _reasons_of(one, m),
        ]
        for m in one.movers
    ]  # fmt: skip
    return _named(Table(words("reports.the_largest_movers"), heads, rows, sentences=True), one)


def _reasons_of(one: Lane, mover: Mover) -> Words:
    """What moved a village: the steps with their amounts, and the rules met before and after."""
    parts: list[Words] = []
    for step, change in mover.steps:
        title, moved = _step_title(step), _figure(one, change, change=True).said()
        parts.append(words("reports.pair", head=title, text=moved) if change else title)
    for rule in mover.rules:
        moved_ = words("reports.from_to", old=rule.was, new=rule.now)
        parts.append(words("reports.pair", head=rule.title, text=moved_))
    return Words("\n".join(one.zh for one in parts), "\n".join(one.en for one in parts))


# -- for the terminal, on a page, in a workbook ---------------------------------------------------


def comparison_text(comparison: Comparison, lang: Lang) -> str:
    """A comparison as lines of at most 80 columns."""
    return "\n".join(_lines(comparison, lang)) + "\n"


def _lines(one: Comparison, lang: Lang) -> Iterator[str]:
    yield from wrapped([*about(one), *headline(one)], lang)
    if not one.changed:
        return
    for lane in _shown(one):
        found = lane_tables(one, lane, brief=True)
        yield from ("", unit_line(lane).say(lang), *table.as_text(found, lang))
    rest = further(one, brief=True)
    if rest:
        yield from ("", *table.as_text(rest, lang))
    for lane in _shown(one):
        yield from _mover_lines(lane, lang)
    for who in _who_changes(one.others):
        yield from ("", *table.as_text([who], lang))


def _mover_lines(one: Lane, lang: Lang) -> Iterator[str]:
    yield from ("", (_movers(one).title or TOTAL).say(lang))
    for mover in one.movers:
        change = _figure(one, mover.change, change=True).said()
        way = _said(_WAYS[mover.way], one.measure).say(lang)
        old, new = (_figure(one, value).said() for value in (mover.old, mover.new))
        moved = f"{old} → {new}  {change}  {way}"
        yield from wrapped([words("reports.pair", head=f"  {label(mover.who)}", text=moved)], lang)
        for line in filter(None, _reasons_of(one, mover).say(lang).split("\n")):
            yield from indented(line, "    ", "      ")
    if one.moved > len(one.movers):
        yield words("reports.more_movers", rest=one.moved - len(one.movers)).say(lang)


def _html(one: Comparison, lang: Lang) -> bytes:
    """One page with charts. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    return page(
        "compare.html",
        lang,
        title=_TITLE,
        heading=about(one),
        outcome=headline(one),
        lanes=[
            (
                _charts(lane, lang),
                lane_tables(one, lane),
                _movers(lane),
                lane.moved - len(lane.movers),
                unit_line(lane) if unit_line(lane) != IN_YUAN else None,
            )
            for lane in _shown(one)
        ],
        tables=[*further(one), *_who_changes(one.others)] if one.changed else [],
    )


def _charts(one: Lane, lang: Lang) -> list[tuple[str, Markup]]:
    from fundcalc.reports.charts import Series, bars, bridge

    def said(value: int) -> str:
        return _figure(one, value).said()

    unit, found = Number(YUAN if one.measure.unit.in_yuan else one.measure.unit), []
    if one.steps:
        totals = group_totals(one.steps)
        labels = [_OLD, *(words(KINDS[kind]) for kind, _ in totals), _NEW]
        title = with_unit(_called(words("reports.chart_why"), one), unit).say(lang)
        changes = [one.total.old, *(change for _, change in totals)]
        found.append((title, bridge(title, [w.say(lang) for w in labels], changes, said)))
    for called, parts in (
        (words("reports.chart_counties"), one.counties),
        (words("reports.chart_payers"), [part for part in one.payers if part.id]),
    ):
        title = with_unit(_called(called, one), unit).say(lang)
        names = [part.title.say(lang) for part in parts]
        series = [Series(_CHANGE.say(lang), [part.change for part in parts])]
        if parts:
            chart = bars(title, names, series, lambda n: _figure(one, n, change=True).said())
            found.append((title, chart))
    return found


def _xlsx(one: Comparison, lang: Lang) -> bytes:
    """A workbook: overview, causes, pools, and every village that moves. The same input, the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(one.new.plan, len(one.main.movers), lang)
    above = [_TITLE, *about(one), *headline(one)]
    lanes = _shown(one) or [one.main]
    units = [[unit_line(lane)] if unit_line(lane) != IN_YUAN else [] for lane in lanes]
    for number, (lane, unit) in enumerate(zip(lanes, units, strict=True)):
        found = lane_tables(one, lane)
        causes = len(found) - (2 if lane.steps else 0)
        write_tables(
            paper, _numbered(words("reports.overview"), number), found[:causes], [*above, *unit]
        )
        if lane.steps:
            write_tables(paper, _numbered(words("reports.causes"), number), found[causes:], unit)
        above = []
    rest = further(one)
    if rest:
        write_tables(paper, words("reports.pools_and_amounts"), rest, [])
    for number, who in enumerate(_who_changes(one.others, apart=True)):
        write_tables(paper, _numbered(words("reports.other_results_sheet"), number), [who], [])
    for number, (lane, unit) in enumerate(zip(lanes, units, strict=True)):
        called = _numbered(words("reports.sheet_villages"), number)
        write_tables(paper, called, [_movers(lane, apart=True)], unit)
    return paper.close()


def _numbered(name: Words, number: int) -> Words:
    return Words(f"{name.zh} {number + 1}", f"{name.en} {number + 1}") if number else name


# -- as data --------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Both sides, what is compared, the pools, and other results; amounts as text in their unit.

    What stands beside `units` is of the first of these, which is money where there is any.
    """
    return {
        "old": _side_json(comparison.old),
        "new": _side_json(comparison.new),
        "unmet": [one.en for one in unmet(comparison)],
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
        "other_results": {one.new.id: one.villages for one in comparison.others},
        "changes": {one.new.id: _changed_json(one) for one in comparison.others if one.villages},
    }


def _changed_json(one: Changed) -> dict[str, Any]:
    def said(old: Value, new: Value) -> dict[str, str]:
        return {"from": text(old, one.old.type), "to": text(new, one.new.type)}

    moves = [{**said(old, new), "villages": n} for old, new, n in one.moves]
    who = [{"village": who, **said(old, new)} for who, old, new in one.who]
    return {"villages": one.villages, "moves": moves, "who": who}


def _lane_json(one: Lane) -> dict[str, Any]:
    decimals = one.measure.decimals
    return {
        "villages_moved": one.moved,
        "money_moved": plain(one.size, decimals),
        "total": _part_json(one.total),
        "counties": [_part_json(part) for part in one.counties],
        "programmes": [_part_json(part) for part in one.programmes],
        "payers": [_part_json(part) for part in one.payers],
        "bridge": [_step_json(step, decimals) for step in one.steps],
        "movers": [_mover_json(mover, decimals) for mover in one.movers],
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
    named = {"id": part.id, "title": part.title.en} if part.id else {}
    money = {key: plain(getattr(part, key), part.measure.decimals) for key in _MONEY}
    return {**named, **money, "villages": {key: getattr(part, key) for key in _VILLAGES}}


def _step_json(step: Step, decimals: int) -> dict[str, Any]:
    return {
        "kind": step.kind, "id": step.id, "title": step.title.en, "from": step.before, "to": step.after,
        "change": plain(step.change, decimals), "villages": step.villages,
        "payers": {payer: plain(n, decimals) for payer, n in step.payers.items() if payer},
    }  # fmt: skip


def _pool_json(pool: PoolChange) -> dict[str, Any]:
    def said(amount: int, used: int) -> dict[str, str]:
        return {"amount": plain_yuan(amount), "used": plain_yuan(used)}

    sides_ = {
        "old": said(pool.old_amount, pool.old_used),
        "new": said(pool.new_amount, pool.new_used),
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

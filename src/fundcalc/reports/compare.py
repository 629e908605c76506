"""A comparison of two versions as tables for the terminal, a page and a workbook, and as JSON.

What is compared comes from `fundcalc.analysis.compare`; here it is only laid out, in the order in
which a reader asks: how much, who pays, why, whom most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.analysis.bridge import KINDS, Step, group_totals
from fundcalc.analysis.compare import Comparison, Mover, Part, PoolChange
from fundcalc.analysis.sides import Side, Version
from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import divide, plain, plain_yuan, yuan
from fundcalc.base.words import Lang, Words, listing, short
from fundcalc.engines.result import label
from fundcalc.language.show import literal
from fundcalc.reports import expressions, table
from fundcalc.reports.table import IN_YUAN, TOTAL, Cell, Fen, Table, indented, wrapped

if TYPE_CHECKING:
    from markupsafe import Markup

_TITLE = words("reports.comparison")
_OLD, _NEW, _CHANGE = words("reports.old"), words("reports.new"), words("reports.change")
_MOVERS = words("reports.the_largest_movers")
_AMOUNT = words("reports.amount")
_MONEY = {
    "old": _OLD,
    "new": _NEW,
    "change": _CHANGE,
    "gained": words("reports.gained"),
    "lost": words("reports.lost"),
    "entered": words("reports.of_joined"),
    "withdrawn": words("reports.of_left"),
}
_VILLAGES = {
    "up": words("reports.gain"),
    "down": words("reports.lose"),
    "same": words("reports.same"),
    "joined": words("reports.joined"),
    "left": words("reports.left"),
}
"""What is counted of each part of the total."""

_PARTS = {**_MONEY, **_VILLAGES}
_WAYS = {
    "up": words("reports.way_gains"),
    "down": words("reports.way_loses"),
    "shifted": words("reports.way_shifted"),
    "joined": words("reports.way_joined"),
    "left": words("reports.way_left"),
}


# -- what was compared, and the outcome in a sentence or two --------------------------------------


def about(one: Comparison) -> list[Words]:
    """Each side: spelling, policy, date, what it varies, roster."""
    old, new = one.old.roster, one.new.roster
    if old is new:
        said = words("reports.one_roster", file=new.file, villages=len(new))
    else:
        said = words(
            "reports.two_rosters",
            old=old.file,
            new=new.file,
            old_villages=len(old),
            new_villages=len(new),
        )
    return [*sides(one.old.version, one.new.version), said]


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
        "reports.side",
        which=which,
        label=f" {spelt}" if spelt else "",
        title=policy.title,
        on=version.on,
        varied=words("reports.varied", list=listing(varied)) if varied else "",
        digest=policy.digest[: len("sha256:") + 12],
    )


def headline(one: Comparison) -> list[Words]:
    """How much the total moves, and how many villages."""
    total = one.total
    if not one.changed:
        return [words("reports.no_difference", villages=total.villages, total=yuan(total.new))]
    more: str | Words = ""
    if total.joined or total.left:
        more = words("reports.villages_come_and_go", joined=total.joined, left=total.left)
    return [
        words(
            "reports.total_moves",
            old=yuan(total.old),
            new=yuan(total.new),
            change=f"{'+' if total.change > 0 else ''}{yuan(total.change)}",
            share=_percent(total.change, total.old),
        ),
        words("reports.villages_move", up=total.up, down=total.down, same=total.same, more=more),
        words(
            "reports.amounts_move",
            villages=one.moved,
            share=_percent(one.moved, total.villages, sign=False),
            money=yuan(one.money),
            of_total=_percent(one.money, total.old, sign=False),
        ),
    ]


def _percent(part: int, whole: int, *, sign: bool = True) -> str:
    """A share with one decimal, rounded half up."""
    if not whole:
        return "–"
    tenths = divide(part * 1000, whole, "half up")
    return f"{'+' if sign and tenths > 0 else ''}{plain(tenths, 1)} %"


# -- tables ---------------------------------------------------------------------------------------


def tables(comparison: Comparison, *, brief: bool = False) -> list[Table]:
    """All tables but the movers; `brief` ones for a terminal leave out what does not move."""
    one = comparison
    found = [
        _parts(one, words("reports.by_county"), table.COUNTY, one.counties, brief),
        _programmes(one, brief),
        _parts(one, words("reports.by_payer"), table.PAYER, one.payers, brief),
    ]
    if one.steps:
        found += _bridges(one, brief=brief)
    pools = [p for p in one.pools if not brief or p.moves]
    if pools:
        found.append(_pools(pools))
    outputs = [part for part in one.outputs if not brief or part.moves]
    if outputs:
        found.append(_outputs(outputs))
    if any(count for _, _, count in one.others):
        found.append(_others(one.others))
    return found


def document(one: Comparison) -> tuple[list[Words], list[Table]]:
    """What a page shows of a comparison: what was compared and how it came out, and all its tables."""
    lines = [*about(one), *headline(one)]
    if not one.changed:
        return lines, []
    found = [*tables(one, brief=True), _movers(one.movers)]
    if one.moved > len(one.movers):
        lines.append(words("reports.more_movers", rest=one.moved - len(one.movers)))
    return lines, found


def _keys(one: Comparison, brief: bool) -> list[str]:
    """The columns; those about villages that joined or left only where some did."""
    two = bool(one.total.joined or one.total.left)
    keys = ["old", "new", "change", "up", "down", "same", *(("joined", "left") if two else ())]
    if not brief:
        keys += ["gained", "lost", *(("entered", "withdrawn") if two else ())]
    return keys


def _parts(one: Comparison, title: Words, head: Words, parts: Sequence[Part], brief: bool) -> Table:
    keys = _keys(one, brief)
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in [*parts, one.total]]
    return Table(title, [head, *(_PARTS[key] for key in keys)], rows[:-1], rows[-1])


def _programmes(one: Comparison, brief: bool) -> Table:
    """By paid amount, under the programme that grants it; a terminal has room for the amount only."""
    title = words("reports.by_programme")
    if brief:
        return _parts(one, title, _AMOUNT, one.programmes, brief)
    keys = _keys(one, brief)
    owner = {
        o.id: p.title
        for side in (one.old, one.new)
        for p in side.plan.policy.programmes
        for o in p.outputs
    }
    rows = [
        [owner.get(part.id, ""), part.title, *(_number(part, key) for key in keys)]
        for part in [*one.programmes, one.total]
    ]
    rows[-1][:2] = [one.total.title, ""]
    heads = [words("reports.programme"), _AMOUNT, *(_PARTS[key] for key in keys)]
    return Table(title, heads, rows[:-1], rows[-1], texts=2)


def _number(part: Part, key: str) -> Cell:
    value: int = getattr(part, key)
    return Fen(value, change=key not in ("old", "new")) if key in _MONEY else value


def _bridges(one: Comparison, *, brief: bool = False) -> list[Table]:
    """Why the total moved, by kind of cause; then step by step with each payer's part."""
    kinds: list[list[Cell]] = [[_OLD, Fen(one.total.old)]]
    kinds += [
        [words(KINDS[kind]), Fen(change, change=True)] for kind, change in group_totals(one.steps)
    ]
    note = words("reports.replaced_in_order")
    first = Table(
        words("reports.why_the_total_moved"),
        [words("reports.cause"), _AMOUNT],
        kinds, [_NEW, Fen(one.total.new)], [note],
    )  # fmt: skip
    return [first, _steps(one, brief)]


def _steps(one: Comparison, brief: bool) -> Table:
    moved = {id_ for step in one.steps for id_, change in step.payers.items() if change}
    payers = [payer for payer in one.payers if not brief or payer.id in moved]
    heads = [
        words("reports.step"), _CHANGE, words("reports.villages_touched"), *(p.title for p in payers),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            _step_title(step), Fen(step.change, change=True), step.villages,
            *(Fen(step.payers.get(p.id, 0), change=True) for p in payers),
        ]
        for step in one.steps
    ]  # fmt: skip
    changes = [Fen(p.change, change=True) for p in payers]
    totals: list[Cell] = [TOTAL, Fen(one.total.change, change=True), one.moved, *changes]
    title = words("reports.step_by_step")
    return Table(title, heads, rows, totals)


def _step_title(step: Step) -> Words:
    """A step as a reader names it: what was replaced, from what to what."""
    before, after = step.before, step.after
    if step.kind == "register":
        return words(
            "reports.step_register", kind=words(KINDS[step.kind]), before=before, after=after
        )
    if step.kind in ("people", "money", "facts") and after:
        return words("reports.step_facts", title=step.title, after=after)
    if not before and not after:
        return step.title
    if step.option is not None:
        return words("reports.step_reading", question=step.title, option=step.option)
    return words("reports.step_change", title=step.title, before=before, after=after)


def _pools(pools: Sequence[PoolChange]) -> Table:
    heads = [
        words("reports.pool"), words("reports.group"),
        words("reports.old_pool"), words("reports.new_pool"),
        words("reports.old_used"), words("reports.new_used"),
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
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in parts]
    note = words("reports.amounts_overlap")
    title = words("reports.every_amount")
    return Table(title, [_AMOUNT, *(_PARTS[key] for key in keys)], rows, notes=[note])


def _others(others: Sequence[tuple[str, Words, int]]) -> Table:
    rows: list[list[Cell]] = [[title, count] for _, title, count in others if count]
    return Table(
        words("reports.other_results"),
        [words("reports.result"), words("reports.villages")],
        rows,
    )


def _movers(found: Sequence[Mover], *, apart: bool = False) -> Table:
    """Whom it moves most, with the reasons; `apart` has a column for each part of a village's identity."""
    who = [words("reports.village")]
    if apart:
        who = [
            words("reports.county"),
            words("reports.town"),
            who[0],
            words("reports.code"),
        ]
    heads = [
        *who, _OLD, _NEW, _CHANGE, words("reports.way"), words("reports.because_of"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            *([str(m.who.get(p, "")) for p in ("county", "town", "name", "code")] if apart
              else [label(m.who)]),
            Fen(m.old), Fen(m.new), Fen(m.change, change=True), _WAYS[m.way], _reasons_of(m),
        ]
        for m in found
    ]  # fmt: skip
    return Table(_MOVERS, heads, rows, sentences=True)


def _reasons_of(mover: Mover) -> Words:
    """What moved a village: the steps with their amounts, and the rules met before and after."""
    parts: list[Words] = []
    for step, change in mover.steps:
        title, moved = _step_title(step), Fen(change, change=True).said()
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
    yield from ("", IN_YUAN.say(lang), *table.as_text(tables(one, brief=True), lang))
    yield from ("", _MOVERS.say(lang))
    for mover in one.movers:
        change, way = Fen(mover.change, change=True).said(), _WAYS[mover.way].say(lang)
        moved = f"{yuan(mover.old)} → {yuan(mover.new)}  {change}  {way}"
        yield from wrapped([words("reports.pair", head=f"  {label(mover.who)}", text=moved)], lang)
        for line in filter(None, _reasons_of(mover).say(lang).split("\n")):
            yield from indented(line, "    ", "      ")
    if one.moved > len(one.movers):
        rest = one.moved - len(one.movers)
        yield words("reports.more_movers", rest=rest).say(lang)


def _html(one: Comparison, lang: Lang) -> bytes:
    """One page with charts. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    return page(
        "compare.html",
        lang,
        title=_TITLE,
        heading=about(one),
        outcome=headline(one),
        charts=_charts(one, lang) if one.changed else [],
        tables=tables(one) if one.changed else [],
        movers=_movers(one.movers),
        left_out=one.moved - len(one.movers),
    )


def _charts(one: Comparison, lang: Lang) -> list[tuple[str, Markup]]:
    from fundcalc.reports.charts import Series, bars, bridge

    found = []
    if one.steps:
        totals = group_totals(one.steps)
        labels = [_OLD, *(words(KINDS[kind]) for kind, _ in totals), _NEW]
        title = words("reports.chart_why").say(lang)
        changes = [one.total.old, *(change for _, change in totals)]
        found.append((title, bridge(title, [w.say(lang) for w in labels], changes, yuan)))
    for called, parts in (
        (words("reports.chart_counties"), one.counties),
        (words("reports.chart_payers"), one.payers),
    ):
        title, names = called.say(lang), [part.title.say(lang) for part in parts]
        series = [Series(_CHANGE.say(lang), [part.change for part in parts])]
        found.append((title, bars(title, names, series, lambda fen: Fen(fen, change=True).said())))
    return found


def _xlsx(one: Comparison, lang: Lang) -> bytes:
    """A workbook: overview, causes, pools, and every village that moves. The same input, the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(one.new.plan, len(one.movers), lang)
    found = tables(one)
    causes = 2 if one.steps else 0
    sheets = [
        (words("reports.overview"), found[:3], [_TITLE, *about(one), *headline(one)]),
        (words("reports.causes"), found[3 : 3 + causes], []),
        (words("reports.pools_and_amounts"), found[3 + causes :], []),
        (words("reports.sheet_villages"), [_movers(one.movers, apart=True)], []),
    ]
    for name, some, notes in sheets:
        if some:
            write_tables(paper, name, some, notes)
    return paper.close()


# -- as data --------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Both sides, the parts, the bridge, the pools and the movers; amounts as text in yuan."""
    return {
        "old": _side_json(comparison.old),
        "new": _side_json(comparison.new),
        "changed": comparison.changed,
        "villages_moved": comparison.moved,
        "money_moved": plain_yuan(comparison.money),
        "total": _part_json(comparison.total),
        "counties": [_part_json(part) for part in comparison.counties],
        "programmes": [_part_json(part) for part in comparison.programmes],
        "payers": [_part_json(part) for part in comparison.payers],
        "bridge": [_step_json(step) for step in comparison.steps],
        "pools": [_pool_json(pool) for pool in comparison.pools],
        "outputs": [_part_json(part) for part in comparison.outputs],
        "other_results": {id_: count for id_, _, count in comparison.others},
        "movers": [_mover_json(mover) for mover in comparison.movers],
    }


def _side_json(side: Side) -> dict[str, Any]:
    version, plan = side.version, side.plan
    return {
        "version": version.label,
        "policy": {
            "id": plan.policy.id,
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
            "set": {
                id_: literal(value, version.policy.parameters[id_].type)
                for id_, value in version.values.items()
            },
        },
        "roster": {
            "file": side.roster.file,
            "digest": side.roster.digest,
            "villages": len(side.roster),
        },
    }


def _part_json(part: Part) -> dict[str, Any]:
    named = {"id": part.id, "title": part.title.en} if part.id else {}
    money = {key: plain_yuan(getattr(part, key)) for key in _MONEY}
    return {**named, **money, "villages": {key: getattr(part, key) for key in _VILLAGES}}


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "id": step.id,
        "title": step.title.en,
        "from": step.before,
        "to": step.after,
        "change": plain_yuan(step.change),
        "villages": step.villages,
        "payers": {payer: plain_yuan(fen) for payer, fen in step.payers.items() if payer},
    }


def _pool_json(pool: PoolChange) -> dict[str, Any]:
    return {
        "programme": pool.programme.en,
        "group": pool.group,
        "old": {"amount": plain_yuan(pool.old_amount), "used": plain_yuan(pool.old_used)},
        "new": {"amount": plain_yuan(pool.new_amount), "used": plain_yuan(pool.new_used)},
    }


def _mover_json(mover: Mover) -> dict[str, Any]:
    return {
        "village": mover.who,
        "way": mover.way,
        "old": plain_yuan(mover.old),
        "new": plain_yuan(mover.new),
        "change": plain_yuan(mover.change),
        "because": [
            {"kind": step.kind, "id": step.id, "change": plain_yuan(change)}
            for step, change in mover.steps
        ],
        "rules": {rule.programme: {"old": rule.old, "new": rule.new} for rule in mover.rules},
    }


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

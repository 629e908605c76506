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
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import divide, plain, plain_yuan, yuan
from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import label
from fundcalc.language.show import literal
from fundcalc.reports import table
from fundcalc.reports.table import IN_YUAN, TOTAL, Cell, Fen, Table, indented, wrapped

if TYPE_CHECKING:
    from markupsafe import Markup

_TITLE = Words("政策对比", "Comparison of two versions")
_OLD, _NEW, _CHANGE = Words("原", "Old"), Words("新", "New"), Words("差额", "Change")
_MOVERS = Words("变动最大的村", "The largest movers")
_AMOUNT = Words("金额", "Amount")
_MONEY = {
    "old": _OLD,
    "new": _NEW,
    "change": _CHANGE,
    "gained": Words("增加额", "Gained"),
    "lost": Words("减少额", "Lost"),
    "entered": Words("新增村金额", "Of joined"),
    "withdrawn": Words("减去村金额", "Of left"),
}
_VILLAGES = {
    "up": Words("增村", "Gain"),
    "down": Words("减村", "Lose"),
    "same": Words("平村", "Same"),
    "joined": Words("新村", "Joined"),
    "left": Words("去村", "Left"),
}
"""What is counted of each part of the total."""

_PARTS = {**_MONEY, **_VILLAGES}
_WAYS = {
    "up": Words("增加", "gains"),
    "down": Words("减少", "loses"),
    "shifted": Words("总额不变，资金承担主体或项目改变", "same total, paid otherwise"),
    "joined": Words("新增", "joined"),
    "left": Words("减去", "left"),
}


# -- what was compared, and the outcome in a sentence or two --------------------------------------


def about(one: Comparison) -> list[Words]:
    """Each side: spelling, policy, date, what it varies, roster."""
    if one.old.roster is one.new.roster:
        roster = one.new.roster
        said = Words(
            f"名册 {roster.file}：{len(roster):,} 个村",
            f"Roster {roster.file}: {len(roster):,} villages",
        )
    else:
        old, new = one.old.roster, one.new.roster
        said = Words(
            f"名册 原 {old.file}（{len(old):,} 个村），新 {new.file}（{len(new):,} 个村）",
            f"Rosters: old {old.file} ({len(old):,} villages), new {new.file} ({len(new):,} villages)",
        )
    return [*sides(one.old.version, one.new.version), said]


def sides(old: Version, new: Version) -> list[Words]:
    """Each version: spelling, policy, date and what it varies."""
    return [_side(_OLD, old), _side(_NEW, new)]


def _side(which: Words, version: Version) -> Words:
    policy = version.policy
    varied = [f"{id_}={option}" for id_, option in version.readings.items()]
    varied += [
        f"{id_}={literal(value, policy.parameters[id_].type)}"
        for id_, value in version.values.items()
    ]
    spelt = version.label if "=" not in version.label else ""
    label = f" {spelt}" if spelt else ""
    rest = f"; {', '.join(varied)}" if varied else ""
    rest_zh = rest.replace("; ", "；")
    digest = policy.digest[: len("sha256:") + 12]
    return Words(
        f"{which.zh}{label}：{policy.title.zh}，按 {version.on} 的标准{rest_zh}（{digest}…）",
        f"{which.en}{label}: {policy.title.en}, values of {version.on}{rest} ({digest}…)",
    )


def headline(one: Comparison) -> list[Words]:
    """How much the total moves, and how many villages."""
    total = one.total
    if not one.changed:
        return [
            Words(
                f"没有差别：{total.villages:,} 个村的各项金额都相同，合计 {yuan(total.new)} 元",
                f"No difference: all amounts of {total.villages:,} villages are the same, "
                f"{yuan(total.new)} yuan in all",
            )
        ]
    sign = "+" if total.change > 0 else ""
    share = _percent(total.change, total.old)
    return [
        Words(
            f"合计 {yuan(total.old)} → {yuan(total.new)} 元，差额 {sign}{yuan(total.change)}"
            f"（{share}）",
            f"Total {yuan(total.old)} → {yuan(total.new)} yuan: {sign}{yuan(total.change)} "
            f"({share})",
        ),
        Words(
            f"{total.up:,} 个村增加，{total.down:,} 个减少，{total.same:,} 个总额不变"
            + (f"，{total.joined:,} 个新增，{total.left:,} 个减去" if total.joined or total.left else ""),
            f"{total.up:,} villages gain, {total.down:,} lose, {total.same:,} keep their total"
            + (f", {total.joined:,} joined, {total.left:,} left" if total.joined or total.left else ""),
        ),
        Words(
            f"{one.moved:,} 个村（{_percent(one.moved, total.villages, sign=False)}）有金额变动，"
            f"流动的金额 {yuan(one.money)} 元（原总额的 {_percent(one.money, total.old, sign=False)}）",
            f"Some amount moves in {one.moved:,} villages "
            f"({_percent(one.moved, total.villages, sign=False)}); {yuan(one.money)} yuan move "
            f"({_percent(one.money, total.old, sign=False)} of the old total)",
        ),
    ]  # fmt: skip


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
        _parts(one, Words("按县（市、区）", "By county"), table.COUNTY, one.counties, brief),
        _programmes(one, brief),
        _parts(one, Words("按资金承担主体", "By payer"), table.PAYER, one.payers, brief),
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
    title = Words("按项目", "By programme")
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
    heads = [Words("项目", "Programme"), _AMOUNT, *(_PARTS[key] for key in keys)]
    return Table(title, heads, rows[:-1], rows[-1], texts=2)


def _number(part: Part, key: str) -> Cell:
    value: int = getattr(part, key)
    return Fen(value, change=key not in ("old", "new")) if key in _MONEY else value


def _bridges(one: Comparison, *, brief: bool = False) -> list[Table]:
    """Why the total moved, by kind of cause; then step by step with each payer's part."""
    kinds: list[list[Cell]] = [[_OLD, Fen(one.total.old)]]
    kinds += [[KINDS[kind], Fen(change, change=True)] for kind, change in group_totals(one.steps)]
    note = Words(
        "按此顺序逐项替换，各项之和恰为差额；次序不同，各项多少会不同，总和不变",
        "One thing replaced after another in this order; the steps add up to the change exactly. "
        "In another order single steps would differ, not their sum.",
    )
    first = Table(
        Words("总额为何变动", "Why the total moved"),
        [Words("原因", "Cause"), _AMOUNT],
        kinds, [_NEW, Fen(one.total.new)], [note],
    )  # fmt: skip
    return [first, _steps(one, brief)]


def _steps(one: Comparison, brief: bool) -> Table:
    moved = {id_ for step in one.steps for id_, change in step.payers.items() if change}
    payers = [payer for payer in one.payers if not brief or payer.id in moved]
    heads = [
        Words("步骤", "Step"), _CHANGE, Words("涉及的村", "Villages"), *(p.title for p in payers),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            _step_title(step, brief=brief), Fen(step.change, change=True), step.villages,
            *(Fen(step.payers.get(p.id, 0), change=True) for p in payers),
        ]
        for step in one.steps
    ]  # fmt: skip
    changes = [Fen(p.change, change=True) for p in payers]
    totals: list[Cell] = [TOTAL, Fen(one.total.change, change=True), one.moved, *changes]
    title = Words("逐项及由谁承担", "Step by step, and who bears it")
    return Table(title, heads, rows, totals)


def _step_title(step: Step, *, brief: bool = False) -> Words:
    """A step as a reader names it: what was replaced, from what to what; `brief` by its id."""
    kind = KINDS[step.kind]
    if step.kind == "register":
        return Words(
            f"{kind.zh}（{step.before}/{step.after}）", f"{kind.en} ({step.before}/{step.after})"
        )
    if step.kind in ("people", "money", "facts") and step.after:
        return Words(
            f"{step.title.zh}（{step.after} 个村不同）", f"{step.title.en} ({step.after} differ)"
        )
    if not step.before and not step.after:
        return step.title
    if step.kind == "readings":
        return same(
            f"{step.id} → {step.after}" if brief else f"{step.id}: {step.before} → {step.after}"
        )
    title = same(step.id) if brief else step.title
    change = f"{step.before} → {step.after}"
    return Words(f"{title.zh} {change}", f"{title.en} {change}")


def _pools(pools: Sequence[PoolChange]) -> Table:
    heads = [
        Words("统筹资金", "Pool"), Words("范围", "Group"),
        Words("原池", "Old pool"), Words("新池", "New pool"),
        Words("原已分配", "Old used"), Words("新已分配", "New used"),
        Words("原剩余", "Old left"), Words("新剩余", "New left"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            p.programme, p.group or Words("全部", "all"), Fen(p.old_amount), Fen(p.new_amount),
            Fen(p.old_used), Fen(p.new_used),
            Fen(p.old_amount - p.old_used), Fen(p.new_amount - p.new_used),
        ]
        for p in pools
    ]  # fmt: skip
    return Table(Words("统筹资金", "Pools"), heads, rows, texts=2)


def _outputs(parts: Sequence[Part]) -> Table:
    keys = ["old", "new", "change", "up", "down", "same"]
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in parts]
    note = Words(
        "各项金额互有包含，不能相加", "These contain one another and do not add up to the total"
    )
    title = Words("各项金额", "Every amount")
    return Table(title, [_AMOUNT, *(_PARTS[key] for key in keys)], rows, notes=[note])


def _others(others: Sequence[tuple[str, Words, int]]) -> Table:
    rows: list[list[Cell]] = [[title, count] for _, title, count in others if count]
    return Table(
        Words("其他结果有变的村数", "Villages with other results changed"),
        [Words("结果", "Result"), Words("村数", "Villages")],
        rows,
    )


def _movers(found: Sequence[Mover], *, apart: bool = False) -> Table:
    """Whom it moves most, with the reasons; `apart` has a column for each part of a village's identity."""
    who = [Words("村", "Village")]
    if apart:
        who = [
            Words("县（市、区）", "County"),
            Words("乡镇", "Town"),
            who[0],
            Words("代码", "Code"),
        ]
    heads = [
        *who, _OLD, _NEW, _CHANGE, Words("变动", "Way"), Words("原因", "Because of"),
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
    return Words(_reasons(mover, "zh"), _reasons(mover, "en"))


def _reasons(mover: Mover, lang: Lang) -> str:
    parts: list[str] = []
    for step, change in mover.steps:
        title = _step_title(step).say(lang)
        parts.append(f"{title}: {Fen(change, change=True).said()}" if change else title)
    parts += [f"{rule.title.say(lang)}: {rule.old} → {rule.new}" for rule in mover.rules]
    return "\n".join(parts)


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
        yield from wrapped([same(f"  {label(mover.who)}: {moved}")], lang)
        for line in filter(None, _reasons_of(mover).say(lang).split("\n")):
            yield from indented(line, "    ", "      ")
    if one.moved > len(one.movers):
        rest = one.moved - len(one.movers)
        yield Words(
            f"…… 还有 {rest:,} 个村，见 --top 或 -o 文件.xlsx",
            f"… and {rest:,} more: see --top, or -o FILE.xlsx",
        ).say(lang)


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
        labels = [_OLD, *(KINDS[kind] for kind, _ in totals), _NEW]
        title = Words("总额为何变动（元）", "Why the total moved, yuan").say(lang)
        changes = [one.total.old, *(change for _, change in totals)]
        found.append((title, bridge(title, [w.say(lang) for w in labels], changes, yuan)))
    for words, parts in (
        (Words("按县（市、区）的差额（元）", "Change by county, yuan"), one.counties),
        (Words("按资金承担主体的差额（元）", "Change by payer, yuan"), one.payers),
    ):
        title, names = words.say(lang), [part.title.say(lang) for part in parts]
        series = [Series(_CHANGE.say(lang), [part.change for part in parts])]
        found.append((title, bars(title, names, series, lambda fen: Fen(fen, change=True).said())))
    return found


def _xlsx(one: Comparison, lang: Lang) -> bytes:
    """A workbook: overview, causes, pools, and every village that moves. The same input, the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(one.new.plan, len(one.movers), lang, "yuan")
    found = tables(one)
    causes = 2 if one.steps else 0
    sheets = [
        (Words("概览", "Overview"), found[:3], [_TITLE, *about(one), *headline(one)]),
        (Words("变动原因", "Causes"), found[3 : 3 + causes], []),
        (Words("统筹资金和各项金额", "Pools and amounts"), found[3 + causes :], []),
        (Words("各村变动", "Villages"), [_movers(one.movers, apart=True)], []),
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

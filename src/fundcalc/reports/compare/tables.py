"""The tables of a comparison, in the order in which a reader asks: how much, who pays, why, whom most."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.analysis.compare.beside import PoolChange
from fundcalc.analysis.compare.bridge import KINDS, Step, group_totals
from fundcalc.analysis.compare.movers import Mover
from fundcalc.analysis.compare.totals import Comparison, Part
from fundcalc.base.words import Words, same
from fundcalc.engines.result import label
from fundcalc.reports.listing import Cell, Fen, Listing, said

W = {
    "old": Words("原", "Old"),
    "new": Words("新", "New"),
    "change": Words("差额", "Change"),
    "up": Words("增村", "Gain"),
    "down": Words("减村", "Lose"),
    "same": Words("平村", "Same"),
    "joined": Words("新村", "Joined"),
    "left": Words("去村", "Left"),
    "gained": Words("增加额", "Gained"),
    "lost": Words("减少额", "Lost"),
    "entered": Words("新增村金额", "Of joined"),
    "withdrawn": Words("减去村金额", "Of left"),
    "total": Words("合计", "Total"),
}
WAYS = {
    "up": Words("增加", "gains"),
    "down": Words("减少", "loses"),
    "shifted": Words("总额不变，付款方或项目改变", "same total, paid otherwise"),
    "joined": Words("新增", "joined"),
    "left": Words("减去", "left"),
}


def listings(comparison: Comparison, *, brief: bool = False) -> list[Listing]:
    """All tables but the movers; `brief` ones for a terminal leave out what does not move."""
    one = comparison
    county, payer = Words("县（市、区）", "County"), Words("付款方", "Payer")
    found = [
        _parts(one, Words("按县（市、区）", "By county"), county, one.counties, brief),
        _programmes(one, brief),
        _parts(one, Words("按付款方", "By payer"), payer, one.payers, brief),
    ]
    if one.steps:
        found += bridges(one, brief=brief)
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


def _parts(
    one: Comparison, title: Words, head: Words, parts: Sequence[Part], brief: bool
) -> Listing:
    """Rows that add up to the total."""
    keys = _keys(one, brief)
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in [*parts, one.total]]
    return Listing(title, [head, *(W[key] for key in keys)], rows, total=True)


def _programmes(one: Comparison, brief: bool) -> Listing:
    """By paid amount, under the programme that grants it; a terminal has room for the amount only."""
    title, amount = Words("按项目", "By programme"), Words("金额", "Amount")
    if brief:
        return _parts(one, title, amount, one.programmes, brief)
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
    heads = [Words("项目", "Programme"), amount, *(W[key] for key in keys)]
    return Listing(title, heads, rows, total=True, texts=2)


def _number(part: Part, key: str) -> Cell:
    value: int = getattr(part, key)
    if key in ("old", "new"):
        return Fen(value)
    if key in ("change", "gained", "lost", "entered", "withdrawn"):
        return Fen(value, change=True)
    return value


def bridges(one: Comparison, *, brief: bool = False) -> list[Listing]:
    """Why the total moved, by kind of cause; then step by step with each payer's part."""
    kinds: list[list[Cell]] = [[W["old"], Fen(one.total.old)]]
    kinds += [[KINDS[kind], Fen(change, change=True)] for kind, change in group_totals(one.steps)]
    kinds.append([W["new"], Fen(one.total.new)])
    note = Words(
        "按此顺序逐项替换，各项之和恰为差额；次序不同，各项多少会不同，总和不变",
        "One thing replaced after another in this order; the steps add up to the change exactly. "
        "In another order single steps would differ, not their sum.",
    )
    first = Listing(
        Words("总额为何变动", "Why the total moved"),
        [Words("原因", "Cause"), Words("金额", "Amount")],
        kinds, total=True, note=note,
    )  # fmt: skip
    return [first, _steps(one, brief)]


def _steps(one: Comparison, brief: bool) -> Listing:
    moved = {id_ for step in one.steps for id_, change in step.payers.items() if change}
    payers = [payer for payer in one.payers if not brief or payer.id in moved]
    heads = [
        Words("步骤", "Step"), W["change"], Words("涉及的村", "Villages"), *(p.title for p in payers),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            step_title(step, brief=brief), Fen(step.change, change=True), step.villages,
            *(Fen(step.payers.get(p.id, 0), change=True) for p in payers),
        ]
        for step in one.steps
    ]  # fmt: skip
    changes = [Fen(p.change, change=True) for p in payers]
    rows.append([W["total"], Fen(one.total.change, change=True), one.moved, *changes])
    title = Words("逐项及由谁承担", "Step by step, and who bears it")
    return Listing(title, heads, rows, total=True)


def step_title(step: Step, *, brief: bool = False) -> Words:
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


def _pools(pools: Sequence[PoolChange]) -> Listing:
    heads = [
        Words("资金池", "Pool"), Words("范围", "Group"),
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
    return Listing(Words("资金池", "Pools"), heads, rows, texts=2)


def _outputs(parts: Sequence[Part]) -> Listing:
    keys = ["old", "new", "change", "up", "down", "same"]
    rows = [[part.title, *(_number(part, key) for key in keys)] for part in parts]
    note = Words(
        "各项金额互有包含，不能相加", "These contain one another and do not add up to the total"
    )
    title = Words("各项金额", "Every amount")
    return Listing(title, [Words("金额", "Amount"), *(W[key] for key in keys)], rows, note=note)


def _others(others: Sequence[tuple[str, Words, int]]) -> Listing:
    rows: list[list[Cell]] = [[title, count] for _, title, count in others if count]
    return Listing(
        Words("其他结果有变的村数", "Villages with other results changed"),
        [Words("结果", "Result"), Words("村数", "Villages")],
        rows,
    )


def movers(found: Sequence[Mover], *, apart: bool = False) -> Listing:
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
        *who, W["old"], W["new"], W["change"], Words("变动", "Way"), Words("原因", "Because of"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            *([str(m.who.get(p, "")) for p in ("county", "town", "name", "code")] if apart
              else [label(m.who)]),
            Fen(m.old), Fen(m.new), Fen(m.change, change=True), WAYS[m.way], reasons(m),
        ]
        for m in found
    ]  # fmt: skip
    title = Words("变动最大的村", "The largest movers")
    return Listing(title, heads, rows, lines=True)


def reasons(mover: Mover) -> Words:
    """What moved a village: the steps with their amounts, and the rules met before and after."""
    return Words(_reasons(mover, "zh"), _reasons(mover, "en"))


def _reasons(mover: Mover, lang: str) -> str:
    zh = lang == "zh"
    parts: list[str] = []
    for step, change in mover.steps:
        title = step_title(step).say("zh" if zh else "en")
        parts.append(f"{title}: {said(Fen(change, change=True), 'zh')}" if change else title)
    parts += [
        f"{rule.title.zh if zh else rule.title.en}: {rule.old} → {rule.new}" for rule in mover.rules
    ]
    return "\n".join(parts)

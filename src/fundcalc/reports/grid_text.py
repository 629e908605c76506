"""A grid's totals for the terminal and as JSON-ready data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundcalc.base.money import FEN_DECIMALS, grouped, plain
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Head
from fundcalc.reports.columns import text
from fundcalc.reports.grid import Grid, ScenarioTotals
from fundcalc.reports.summary import GroupTotals
from fundcalc.reports.summary_text import COLUMNS, table

MOST_LINES = 400
"""Lines of counties that a terminal is given; beyond, the totals alone."""

_W = {
    "head": Words(
        "{s} 种组合 × {v} 个村 = {r} 行；首个组合中 {c} 个村经两个引擎核算一致",
        "{s} scenarios × {v} villages = {r} rows; of the first, {c} villages decided alike by both engines",
    ),
    "unit": Words("金额单位：元", "Amounts in yuan"),
    "all": Words("全部村", "All villages"),
    "same": Words("各组合都相同", "The same throughout"),
    "county": Words("县（市、区）", "County"),
    "more": Words("分县合计见 --format json", "Totals by county: --format json"),
}


def grid_text(found: Grid, lang: Lang) -> str:
    """Totals by scenario, then of each county where these are not too many."""
    return "\n".join(_lines(found, lang)) + "\n"


def _lines(grid: Grid, lang: Lang) -> Iterator[str]:
    counts = {"s": len(grid.scenarios), "v": grid.villages, "r": grid.rows, "c": grid.checked}
    head = _W["head"].say(lang)
    for name, count in counts.items():
        head = head.replace(f"{{{name}}}", f"{count:,}")
    yield from wrap(head, COLUMNS)
    yield _W["unit"].say(lang)
    yield ""
    yield _W["all"].say(lang)
    yield from _table(grid, lang, [(one, one.total) for one in grid.scenarios])
    counties = grid.scenarios[0].groups
    if len(counties) < 2:
        return
    if len(counties) * len(grid.scenarios) > MOST_LINES:
        yield ""
        yield _W["more"].say(lang)
        return
    for place, county in enumerate(counties):
        yield ""
        yield f"{_W['county'].say(lang)}: {county.name}"
        yield from _table(grid, lang, [(one, one.groups[place]) for one in grid.scenarios])


def _table(grid: Grid, lang: Lang, rows: list[tuple[ScenarioTotals, GroupTotals]]) -> Iterator[str]:
    """Amounts that vary as a table, the others once."""
    fixed = [o for o in grid.outputs if len({total.amounts[o.id] for _, total in rows}) == 1]
    if len(fixed) == len(grid.outputs) or len(rows) == 1:
        fixed = []
    varying = [output for output in grid.outputs if output not in fixed]
    head = [key.title.say(lang) for key in grid.keys]
    head += [output.title.say(lang) for output in varying]
    body = [
        [*_said(grid.keys, one.keys), *(_money(total.amounts[o.id]) for o in varying)]
        for one, total in rows
    ]
    yield from table(head, body, first=len(grid.keys))
    if fixed:
        amounts = rows[0][1].amounts
        listed = [f"{o.title.say(lang)} {_money(amounts[o.id])}" for o in fixed]
        yield from wrap(f"{_W['same'].say(lang)}: {', '.join(listed)}", COLUMNS)


def _said(keys: list[Head], values: list[Value]) -> list[str]:
    return [text(value, key.type) for key, value in zip(keys, values, strict=True)]


def _money(fen: int) -> str:
    return grouped(fen, FEN_DECIMALS)


def grid_json(found: Grid) -> dict[str, Any]:
    """What varied, and every scenario's totals by county and in all; amounts as text in yuan."""
    return {
        "keys": [key.id for key in found.keys],
        "villages": found.villages,
        "rows": found.rows,
        "double_checked": found.checked,
        "scenarios": [
            {
                "scenario": dict(
                    zip((k.id for k in found.keys), _said(found.keys, one.keys), strict=True)
                ),
                "counties": [_totals(group) for group in one.groups],
                "total": _totals(one.total),
            }
            for one in found.scenarios
        ],
    }


def _totals(group: GroupTotals) -> dict[str, Any]:
    amounts = {id_: plain(fen, FEN_DECIMALS) for id_, fen in group.amounts.items()}
    return {"name": group.name, "villages": group.villages, "amounts": amounts}

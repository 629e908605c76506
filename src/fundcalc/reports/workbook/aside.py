"""The sheets behind the live formulas: helper columns by village, and pools by group."""

from __future__ import annotations

from fundcalc.engines.formulas import Formulas
from fundcalc.engines.formulas.cells import FIRST_ROW, POOLS, ROW, WORK
from fundcalc.engines.result import Result
from fundcalc.policy.names import ALL
from fundcalc.reports.workbook.grids import Grids
from fundcalc.reports.workbook.paper import Paper
from fundcalc.reports.workbook.words import SHEETS, W

_TAB = "#A6A6A6"


def write_work(paper: Paper, found: Formulas) -> None:
    """The helper columns, in the villages' rows."""
    if not found.work.columns:
        return
    sheet = paper.sheet(SHEETS["work"].say(paper.lang))
    sheet.set_tab_color(_TAB)
    grids = Grids(paper, sheet, WORK)
    grids.heads([], found.work.columns)
    paper.text(sheet, 0, 0, W["work_note"].say(paper.lang), "line")
    for place, column in enumerate(found.work.columns):
        grids.column(place, column)
    sheet.freeze_panes(FIRST_ROW - 1, 0)


def write_pools(paper: Paper, result: Result, found: Formulas) -> None:
    """One row a group of villages that may share a pool, spare ones for groups that come up later."""
    grid, lang = found.pools, paper.lang
    if not grid.columns:
        return
    sheet = paper.sheet(SHEETS["pools"].say(lang))
    sheet.set_tab_color(_TAB)
    grids = Grids(paper, sheet, POOLS)
    grids.heads([W[key].say(lang) for key in ("number", "kind", "pool_group")], grid.columns)
    paper.text(sheet, 0, 0, W["pools_note"].say(lang), "line")
    facts = result.plan.policy.facts
    for row, group in enumerate(found.groups, FIRST_ROW - 1):
        everyone = group.fact == ALL
        kind = W["everyone"] if everyone else facts[group.fact].title
        sheet.write_number(row, 0, group.number, paper.style("centre"))
        paper.text(sheet, row, 1, kind.say(lang))
        if group.formula is None:
            paper.text(sheet, row, 2, group.name)
        else:
            text = grids.formula(group.formula).replace(ROW, str(row + 1))
            sheet.put_formula(row, 2, text, paper.style("text"), "")
    for place, column in enumerate(grid.columns, grid.first):
        grids.column(place, column)
    for place, size in enumerate((6, 14, 18)):
        sheet.set_column(place, place, size)
    sheet.freeze_panes(FIRST_ROW - 1, grid.first)
    sheet.repeat_columns(0, grid.first - 1)

"""Sheets for machines and for looking up: every public column, and the rules each village met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xlsxwriter.worksheet import Worksheet

from fundcalc.base.width import width
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.workbook.paper import Paper, in_cell
from fundcalc.reports.workbook.reasons import Reasons, Titles
from fundcalc.reports.workbook.words import SHEETS, W

_FIRST_DATE = datetime(1900, 3, 1).toordinal()  # noqa: DTZ001 - spreadsheets know no time zone
"""The first day on which Excel and its imitators number days alike."""

MOST_REASONS = 20_000
"""Villages up to which rules are written out with their reasons, one row a village and programme."""


def write_data(paper: Paper, columns: Sequence[Filled], villages: int) -> None:
    """One row a village in roster order, from row 2: all columns of the CSV, money in yuan."""
    sheet = paper.sheet(SHEETS["data"].say(paper.lang))
    head_row(paper, sheet, [column.header(paper.lang) for column in columns], villages)
    for index in range(villages):
        for place, column in enumerate(columns):
            cell(paper, sheet, (index + 1, place), column.value(index), column.type)


def head_row(paper: Paper, sheet: Worksheet, heads: Sequence[str], rows: int) -> None:
    """A header in row 1: repeated on paper, frozen on the screen, with a filter over the rows below."""
    for place, head in enumerate(heads):
        paper.text(sheet, 0, place, head, "head")
        sheet.set_column(place, place, min(max(width(head) * 0.6 + 3, 9), 22))
    sheet.set_row(0, 40)
    sheet.freeze_panes(1, min(2, len(heads)))
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(heads) - 1)


def number_format(kind: Number) -> str:
    """How a number of this type is shown: its decimals, thousands apart."""
    return "#,##0" + ("." + "0" * kind.decimals if kind.decimals else "")


def cell(paper: Paper, sheet: Worksheet, at: tuple[int, int], value: Value, kind: Type) -> None:
    """A value as a cell: numbers in their unit, days as dates, all else as text."""
    if isinstance(kind, Number) and isinstance(value, int):
        style = paper.style("text", number_format(kind))
        sheet.write_number(*at, in_cell(value, kind.decimals or 0), style)
    elif isinstance(kind, YesNo):
        sheet.write_string(*at, W["yes" if value else "no"].say(paper.lang), paper.style("text"))
    elif isinstance(kind, Date) and isinstance(value, int) and value >= _FIRST_DATE:
        day = datetime.fromordinal(value)
        sheet.write_datetime(*at, day, paper.style("text", "yyyy-mm-dd"))
    else:
        paper.text(sheet, *at, text(value, kind))


def write_rules(paper: Paper, result: Result) -> None:
    """One row a village and programme: the rules met by title and id, and why.

    Above `MOST_REASONS` villages one row a village, with the rules of each programme and no reasons.
    """
    if len(result.rows) > MOST_REASONS:
        _write_rules_only(paper, result)
        return
    policy, lang = result.plan.policy, paper.lang
    sheet = paper.sheet(SHEETS["rules"].say(lang))
    shown = [id_ for id_ in IDENTITY if id_ in policy.facts]
    heads = [policy.facts[id_].title.say(lang) for id_ in shown]
    heads += [W[key].say(lang) for key in ("programme", "rule", "why")]
    sizes = [*([14] * len(shown)), 24, 36, 90]
    decided = [(id_, policy.programme(id_).title.say(lang)) for id_ in policy.listed]
    head_row(paper, sheet, heads, len(result.rows) * len(decided))
    for place, size in enumerate(sizes):
        sheet.set_column(place, place, size)
    reasons = Reasons(result, lang)
    fired = [iter(result.fired[id_]) for id_, _ in decided]
    line = 0
    for row in result.rows:
        who = [str(row.get(id_, "")) for id_ in shown]
        for (id_, title), ids in zip(decided, fired, strict=True):
            line += 1
            met = list(reasons.met(id_, row, next(ids)))
            texts = (*who, title, "；".join(t for t, _ in met), "；".join(why for _, why in met))
            for place, one in enumerate(texts):
                paper.text(sheet, line, place, one)


def _write_rules_only(paper: Paper, result: Result) -> None:
    """The rules met, a column a programme."""
    policy, lang = result.plan.policy, paper.lang
    sheet = paper.sheet(SHEETS["rules"].say(lang))
    shown = [id_ for id_ in IDENTITY if id_ in policy.facts]
    heads = [policy.facts[id_].title.say(lang) for id_ in shown]
    heads += [policy.programme(id_).title.say(lang) for id_ in policy.listed]
    head_row(paper, sheet, heads, len(result.rows))
    titles = Titles(policy, lang)
    fired = [(id_, iter(result.fired[id_])) for id_ in policy.listed]
    for line, row in enumerate(result.rows, 1):
        who = [str(row.get(id_, "")) for id_ in shown]
        met = [titles.of(id_, next(ids)) for id_, ids in fired]
        for place, one in enumerate((*who, *met)):
            paper.text(sheet, line, place, one)

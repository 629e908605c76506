"""The sheet to sign, and the public notice: villages by county and town, subtotals, 大写, signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import width
from fundcalc.engines.result import Result
from fundcalc.reports.capitals import capitals
from fundcalc.reports.columns import Filled
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.paper import Paper, lines_needed
from fundcalc.reports.workbook.sign_columns import SignColumn, sign_columns
from fundcalc.reports.workbook.words import SHEETS, W

_HEAD = 3
"""The first of the two header rows, counted from 0: title, line of date and unit, notice."""

_HEAD_MOST = 14
"""The most that a title on two lines widens a column."""

_ROW = 15.5


def write_sign(
    paper: Paper, result: Result, summary: Summary, filled: Sequence[Filled],
    about: Mapping[str, Any], *, public: bool,
) -> None:  # fmt: skip
    """Write the sheet; amounts in the paper's unit, villages in roster order within their groups."""
    columns = sign_columns(result, filled, paper.lang, public=public)
    remarks: Mapping[int, str] = about.get("remarks") or {}
    if remarks and not public:
        said = [remarks.get(index, "") for index in range(len(result.rows))]
        columns.append(SignColumn("remarks", W["by_hand"], said, long=True, least=16, most=36))
    sheet = paper.sheet(SHEETS["public" if public else "sign"].say(paper.lang))
    writer = _Sign(paper, sheet, result, columns)
    writer.top(about, public=public)
    writer.heads()
    last = writer.body()
    writer.bottom(last, summary, public=public)
    paper.footer(sheet, about)


class _Sign:
    """One such sheet, written from the top down."""

    def __init__(
        self, paper: Paper, sheet: Worksheet, result: Result, columns: Sequence[SignColumn]
    ) -> None:
        self._paper = paper
        self._sheet = sheet
        self._result = result
        self._columns = columns
        self._widths = [self._width(column) for column in columns]
        self._lines_of: dict[tuple[int, str], int] = {}
        self._last = len(columns) - 1
        self._labels = next(i for i, c in enumerate(columns) if c.summed)
        self._county = 0 if "county" in result.plan.policy.facts else -1

    def _say(self, key: str, **values: object) -> str:
        return W[key].say(self._paper.lang).format(**values)

    def top(self, about: Mapping[str, Any], *, public: bool) -> None:
        """Title, date and unit, and the roster's notice where it has one."""
        plan, paper, sheet = self._result.plan, self._paper, self._sheet
        title = plan.policy.title.say(paper.lang)
        title = self._say("public_title" if public else "sign_title", title=title)
        sheet.merge_range(0, 0, 0, self._last, "", paper.style("title"))
        paper.text(sheet, 0, 0, title, "title")
        sheet.set_row(0, 30)
        paper.text(sheet, 1, 0, self._say("on", on=plan.on.isoformat()), "line")
        paper.text(sheet, 1, self._last, self._say(f"unit_{paper.unit}"), "right")
        paper.text(sheet, 2, 0, str(about.get("notice") or ""), "line")
        if not about.get("notice"):
            sheet.set_row(2, 3)

    def heads(self) -> None:
        """Two header rows, repeated on every page: programmes over their outputs."""
        sheet, paper = self._sheet, self._paper
        for first, last, group in _groups(self._columns):
            if group is None:
                title = self._columns[first].title.say(paper.lang)
                sheet.merge_range(_HEAD, first, _HEAD + 1, first, "", paper.style("head"))
                paper.text(sheet, _HEAD, first, title, "head")
                continue
            if first < last:
                sheet.merge_range(_HEAD, first, _HEAD, last, "", paper.style("head"))
            paper.text(sheet, _HEAD, first, group, "head")
            for index in range(first, last + 1):
                title = self._columns[index].title.say(paper.lang)
                paper.text(sheet, _HEAD + 1, index, title, "head")
        for index, one in enumerate(self._widths):
            sheet.set_column(index, index, one)
        for row, lines in enumerate(self._head_lines()):
            sheet.set_row(_HEAD + row, 14 * lines + 4)
        sheet.set_default_row(_ROW)
        sheet.freeze_panes(_HEAD + 2, 3)
        sheet.repeat_rows(_HEAD, _HEAD + 1)

    def _head_lines(self) -> tuple[int, int]:
        """Lines of text that each header row needs; a title without a group has both rows."""
        widths = self._widths
        upper = lower = 1
        for first, last, group in _groups(self._columns):
            titles = [c.title.say(self._paper.lang) for c in self._columns[first : last + 1]]
            if group is None:
                need = lines_needed(titles[0], widths[first])
                lower = max(lower, need - upper)
                continue
            upper = max(upper, lines_needed(group, sum(widths[first : last + 1])))
            lower = max(lower, *map(lines_needed, titles, widths[first : last + 1]))
        return upper, lower

    def _width(self, column: SignColumn) -> float:
        """Wide enough for the column's total or its longest text, within reason."""
        head = min(width(column.title.say(self._paper.lang)) * 0.55 + 2, _HEAD_MOST)
        if column.summed:
            total = abs(sum(column.number(i) for i in range(len(self._result.rows))))
            sample = f"{self._paper.in_unit(total):,.2f}" if column.money else f"{total:,}"
            extra = 4 if column.money and self._paper.unit == "wan" else 0
            return max(len(sample) + extra, column.least, head)
        longest = max((width(column.text(i)) for i in range(len(self._result.rows))), default=0)
        room = longest * 1.1 + 3 if column.long else longest + 1
        return max(min(max(room, column.least), column.most), head)

    def body(self) -> int:
        """Villages with subtotals and the total; returns the row after the last."""
        row, number = _HEAD + 2, 0
        for county, towns in _order(self._result).items():
            for town, members in towns.items():
                for index in members:
                    number += 1
                    self._village(row, number, index)
                    row += 1
                if len(towns) > 1 or town:
                    name = town or self._say("no_town")
                    row = self._sums(
                        row, self._say("subtotal", name=name, n=len(members)), members, "sub"
                    )
            inside = [index for members in towns.values() for index in members]
            if county:
                row = self._sums(
                    row, self._say("subtotal", name=county, n=len(inside)), inside, "county"
                )
        everyone = range(len(self._result.rows))
        return self._sums(row, self._say("total", n=len(everyone)), everyone, "total")

    def _village(self, row: int, number: int, index: int) -> None:
        paper, sheet = self._paper, self._sheet
        for place, column in enumerate(self._columns):
            if column.money:
                paper.money(sheet, row, place, column.number(index))
            elif column.summed:
                sheet.write_number(row, place, column.number(index), paper.style("count"))
            elif column.id == "number":
                sheet.write_number(row, place, number, paper.style("centre"))
            else:
                style = "label" if column.long else "text" if column.id != "code" else "centre"
                paper.text(sheet, row, place, column.text(index), style)
        lines = max(
            (self._lines(i, index) for i, c in enumerate(self._columns) if c.long), default=1
        )
        if lines > 1:
            sheet.set_row(row, 13.5 * lines + 2)

    def _lines(self, place: int, index: int) -> int:
        """Lines that a village's text takes in its column; texts recur, and are measured once."""
        text = self._columns[place].text(index)
        key = place, text
        if key not in self._lines_of:
            self._lines_of[key] = lines_needed(text, self._widths[place] - 1) if text else 1
        return self._lines_of[key]

    def _sums(self, row: int, label: str, members: Sequence[int], style: str) -> int:
        paper, sheet = self._paper, self._sheet
        if self._labels > 1:
            sheet.merge_range(row, 0, row, self._labels - 1, "", paper.style(style))
        paper.text(sheet, row, 0, label, style)
        for place in range(self._labels, len(self._columns)):
            column = self._columns[place]
            if not column.summed:
                sheet.write_blank(row, place, None, paper.style(style))
                continue
            total = sum(column.number(i) for i in members)
            if column.money:
                paper.money(sheet, row, place, total, f"{style}_amount")
            else:
                sheet.write_number(row, place, total, paper.style(style, "#,##0"))
        return row + 1

    def bottom(self, row: int, summary: Summary, *, public: bool) -> None:
        """The total in capitals, who pays, and the lines to sign."""
        paper, sheet = self._paper, self._sheet
        total = sum(fen for _, fen in summary.payers)
        small = self._say("small", amount=grouped(total, FEN_DECIMALS))
        text = self._say("capitals", text=capitals(total)) + small
        paper.text(sheet, row + 1, 0, text, "bold")
        parts = [
            self._say("payer", name=name.say(paper.lang), amount=grouped(fen, FEN_DECIMALS))
            for name, fen in summary.payers
        ]
        joined = ("；" if paper.lang == "zh" else "; ").join(parts)
        paper.text(sheet, row + 2, 0, self._say("payers", list=joined), "line")
        lines = ("office", "phone", "period") if public else ("maker", "checker", "head", "day")
        step = max(len(self._columns) // len(lines), 1)
        for place, key in enumerate(lines):
            paper.text(sheet, row + 4, place * step, self._say(key), "line")
        sheet.set_row(row + 4, 24)
        sheet.print_area(0, 0, row + 4, self._last)


def _groups(columns: Sequence[SignColumn]) -> Iterator[tuple[int, int, str | None]]:
    """Runs of columns under one programme: first, last, its title."""
    first = 0
    while first < len(columns):
        last = first
        group = columns[first].group
        while group is not None and last + 1 < len(columns) and columns[last + 1].group == group:
            last += 1
        yield first, last, group
        first = last + 1


def _order(result: Result) -> dict[str, dict[str, list[int]]]:
    """Positions of the villages by county and town, each in the order of first appearance."""
    counties: dict[str, dict[str, list[int]]] = {}
    (county_codes, county_names), (town_codes, town_names) = map(result.groups, ("county", "town"))
    places = zip(county_codes.tolist(), town_codes.tolist(), strict=True)
    for index, (county, town) in enumerate(places):
        towns = counties.setdefault(county_names[county], {})
        towns.setdefault(town_names[town], []).append(index)
    return counties

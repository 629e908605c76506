"""Sheets to sign: what each village gets, or the notice to post of it; and what a correction pays or takes.

Villages stand by county and town with subtotals; 大写 and signatures below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import yuan
from fundcalc.base.width import width
from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import is_money
from fundcalc.language.nodes import Value
from fundcalc.ledger.differences import Correction, VillageDifference
from fundcalc.policy.columns import Column, Stored, columns, with_unit
from fundcalc.policy.plan import Plan
from fundcalc.reports.capitals import capitals
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.paper import MOST_ROWS, OTHER_ROWS, Paper, Sheet, lines_needed

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
        columns.append(
            SignColumn("remarks", words("book.by_hand"), said, long=True, least=16, most=36)
        )
    sheet = paper.sheet(paper.say("book.sheet_public" if public else "book.sheet_sign"))
    writer = _Sign(paper, sheet, result, columns)
    writer.top(about, public=public)
    writer.heads()
    last = writer.body()
    writer.bottom(last, summary, public=public)
    paper.footer(sheet, about)


_SIGNATURES = ("book.maker", "book.checker", "book.head", "book.day")
_POSTED = ("book.office", "book.phone", "book.period")


def _titled(paper: Paper, sheet: Sheet, title: str, plan: Plan, last: int) -> None:
    """Title over all columns; the day and the unit below it."""
    sheet.across(0, 0, last, title, "title")
    sheet.set_row(0, 30)
    sheet.text(1, 0, paper.say("book.on", on=plan.on), "line")
    unit = paper.say("book.unit_yuan" if paper.unit == "yuan" else "book.unit_wan")
    sheet.text(1, last, unit, "right")


def _to_sign(
    paper: Paper, sheet: Sheet, row: int, places: Iterable[tuple[int, str]], last: int
) -> None:
    """The lines to sign, which end what is printed."""
    for place, key in places:
        sheet.text(row, place, paper.say(key), "line")
    sheet.set_row(row, 24)
    sheet.print_area(0, 0, row, last)


# -- which columns ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignColumn:
    """One column. Numbers are summed; `money` is in fen. Widths are in characters."""

    id: str
    title: Words
    values: Sequence[Value]
    group: str | None = None
    summed: bool = False
    money: bool = False
    long: bool = False
    least: int = 5
    most: int = 20

    def number(self, index: int) -> int:
        """A village's number."""
        value = self.values[index]
        assert isinstance(value, int)
        return value

    def text(self, index: int) -> str:
        """A village's text."""
        return str(self.values[index])


def sign_columns(
    result: Result, filled: Sequence[Filled], lang: Lang, *, public: bool
) -> list[SignColumn]:
    """The columns in the order of the sheet; the public notice shows no codes and no inputs.

    Facts and outputs are those of the result; what else there is comes from the columns `filled`.
    """
    villages = len(result.rows)
    given = {column.id: column for column in filled}

    def values(column: Column) -> Sequence[Value]:
        if isinstance(column.content, Stored):
            return result.column(column.id)
        return [given[column.id].value(index) for index in range(villages)]

    shown = [
        (column, values(column)) for column in columns(result.plan) if column.paper is not None
    ]
    return [
        SignColumn("number", words("book.number"), range(villages)),
        *(_who(c, some) for c, some in shown if c.paper == "who" and _seen(c, result, public)),
        *(_input(c, some) for c, some in shown if c.paper == "input" and not public),
        *_amounts([(c, some) for c, some in shown if c.paper == "amount"], villages, lang),
        *(_decided(c, some, lang) for c, some in shown if c.paper == "decided"),
    ]


def _seen(column: Column, result: Result, public: bool) -> bool:
    """Whether a part of the identity stands on the sheet: it must not be blank everywhere."""
    fact = result.plan.policy.facts.get(column.id)
    if fact is None:
        return True
    return any(result.groups(column.id)[1]) and not (public and fact.digits)


def _who(column: Column, values: Sequence[Value]) -> SignColumn:
    said = [text(value, column.type) for value in values]
    return SignColumn(column.id, column.title, said, least=7)


def _input(column: Column, values: Sequence[Value]) -> SignColumn:
    """A number that went in; its unit stands in the header unless it is money."""
    money = is_money(column.type)
    title = column.title if money else with_unit(column.title, column.type)
    return SignColumn(column.id, title, values, summed=True, money=money, least=10)


def _amounts(
    shown: Sequence[tuple[Column, Sequence[Value]]], villages: int, lang: Lang
) -> Iterator[SignColumn]:
    """Every amount under its programme, and what is to be arranged for the village in all."""
    paid: list[Sequence[Value]] = []
    for column, values in shown:
        group = column.programme.title.say(lang) if column.programme is not None else None
        yield SignColumn(column.id, column.title, values, group, summed=True, money=True, least=9)
        paid += [values] if column.payer is not None else []
    arranged = [
        sum(value for values in paid if isinstance(value := values[index], int))
        for index in range(villages)
    ]
    yield SignColumn("arranged", words("book.arranged"), arranged, summed=True, money=True, least=9)


def _decided(column: Column, values: Sequence[Value], lang: Lang) -> SignColumn:
    """What was decided in words: rules by their titles."""
    rules = column.programme.rules if column.programme is not None else ()
    titles = {rule.id: rule.title or same(rule.id) for rule in rules}
    join = "、" if lang == "zh" else ", "

    def said(value: Value) -> str:
        parts = value if isinstance(value, tuple) else (text(value, column.type),)
        return join.join(titles.get(part, same(part)).say(lang) for part in parts)

    return SignColumn(column.id, column.title, [*map(said, values)], long=True, least=10, most=28)


# -- the sheet ------------------------------------------------------------------------------------


class _Sign:
    """One such sheet, written from the top down."""

    def __init__(
        self, paper: Paper, sheet: Sheet, result: Result, columns: Sequence[SignColumn]
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

    def top(self, about: Mapping[str, Any], *, public: bool) -> None:
        """Title, date and unit, and the roster's notice where it has one."""
        plan, paper, sheet = self._result.plan, self._paper, self._sheet
        title = plan.policy.title.say(paper.lang)
        title = self._paper.say("book.public_title" if public else "book.sign_title", title=title)
        _titled(paper, sheet, title, plan, self._last)
        sheet.text(2, 0, str(about.get("notice") or ""), "line")
        if not about.get("notice"):
            sheet.set_row(2, 3)

    def heads(self) -> None:
        """Two header rows, repeated on every page: programmes over their outputs."""
        sheet, paper = self._sheet, self._paper
        for first, last, group in _groups(self._columns):
            if group is None:
                title = self._columns[first].title.say(paper.lang)
                sheet.merge_range(_HEAD, first, _HEAD + 1, first, "", paper.style("head"))
                sheet.text(_HEAD, first, title, "head")
                continue
            sheet.across(_HEAD, first, last, group, "head")
            for index in range(first, last + 1):
                title = self._columns[index].title.say(paper.lang)
                sheet.text(_HEAD + 1, index, title, "head")
        sheet.widths(self._widths)
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
                    name = town or self._paper.say("book.no_town")
                    row = self._sums(
                        row,
                        self._paper.say("book.subtotal", name=name, n=len(members)),
                        members,
                        "sub",
                    )
            inside = [index for members in towns.values() for index in members]
            if county:
                row = self._sums(
                    row,
                    self._paper.say("book.subtotal", name=county, n=len(inside)),
                    inside,
                    "county",
                )
        everyone = range(len(self._result.rows))
        return self._sums(row, self._paper.say("book.total", n=len(everyone)), everyone, "total")

    def _village(self, row: int, number: int, index: int) -> None:
        paper, sheet = self._paper, self._sheet
        for place, column in enumerate(self._columns):
            if column.money:
                sheet.money(row, place, column.number(index))
            elif column.summed:
                sheet.write_number(row, place, column.number(index), paper.style("count"))
            elif column.id == "number":
                sheet.write_number(row, place, number, paper.style("centre"))
            else:
                style = "label" if column.long else "text" if column.id != "code" else "centre"
                sheet.text(row, place, column.text(index), style)
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
        sheet.across(row, 0, self._labels - 1, label, style)
        for place in range(self._labels, len(self._columns)):
            column = self._columns[place]
            if not column.summed:
                sheet.write_blank(row, place, None, paper.style(style))
                continue
            total = sum(column.number(i) for i in members)
            if column.money:
                sheet.money(row, place, total, f"{style}_amount")
            else:
                sheet.write_number(row, place, total, paper.style(style, "#,##0"))
        return row + 1

    def bottom(self, row: int, summary: Summary, *, public: bool) -> None:
        """The total in capitals, who pays, and the lines to sign."""
        paper, sheet = self._paper, self._sheet
        total = sum(fen for _, fen in summary.payers)
        small = self._paper.say("book.small", amount=yuan(total))
        text = self._paper.say("book.capitals", text=capitals(total)) + small
        sheet.text(row + 1, 0, text, "bold")
        parts = [
            self._paper.say("book.payer", name=name.say(paper.lang), amount=yuan(fen))
            for name, fen in summary.payers
        ]
        joined = ("；" if paper.lang == "zh" else "; ").join(parts)
        sheet.text(row + 2, 0, self._paper.say("book.payers", list=joined), "line")
        lines = _POSTED if public else _SIGNATURES
        step = max(len(self._columns) // len(lines), 1)
        places = ((place * step, key) for place, key in enumerate(lines))
        _to_sign(paper, sheet, row + 4, places, self._last)


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


# -- a correction ---------------------------------------------------------------------------------

_DUE_HEAD = 4
"""The header row, counted from 0: title, line of date and unit, what is corrected and why, a narrow row."""

_DUE_HEADS = (
    "book.number", "book.due_county", "book.due_town", "book.due_name", "book.due_code",
    "book.due_item", "book.due_payer", "book.due_before", "book.due_after", "book.due_pay",
    "book.due_deduct", "book.due_remark",
)  # fmt: skip
_MONEY = range(_DUE_HEADS.index("book.due_before"), _DUE_HEADS.index("book.due_remark"))
_LAST = len(_DUE_HEADS) - 1
_LEAST, _MOST = 6, 26
"""Widths of columns, in characters."""


def due_xlsx(one: Correction, plan: Plan, about: Mapping[str, Any], lang: Lang) -> bytes:
    """The workbook; `about` may hold `run` and `head` for the footer. The same input gives the same bytes.

    Raises PolicyProblem for more rows than a sheet has.
    """
    lines = [line for village in one.villages for line in _due_lines(one, village, lang)]
    if len(lines) + len(one.by_county()) + OTHER_ROWS > MOST_ROWS:
        raise PolicyProblem([say("FC853", villages=len(one.villages), most=MOST_ROWS)])
    paper = Paper(plan, len(lines), lang, "yuan")
    sheet = _Due(paper, one, lines)
    sheet.top(plan)
    row = sheet.body()
    sheet.bottom(row)
    paper.footer(sheet.sheet, about)
    return paper.close()


@dataclass(frozen=True, slots=True)
class _DueLine:
    """One village's amount that differs: its texts before the amounts, before and after in fen, a remark."""

    texts: tuple[str, ...]
    before: int
    after: int
    remark: str

    @property
    def amounts(self) -> tuple[int, int, int, int]:
        """Before, after, to pay, to deduct."""
        moved = self.after - self.before
        return self.before, self.after, max(moved, 0), max(-moved, 0)


def _due_lines(one: Correction, village: VillageDifference, lang: Lang) -> list[_DueLine]:
    remarks = {"gone": "book.due_gone", "new": "book.due_new"}
    key = remarks.get(village.presence)
    remark = words(key).say(lang) if key is not None else ""
    who = (village.county, village.town, village.name, village.code)
    found: list[_DueLine] = []
    for id_, (before, after) in village.amounts.items():
        title, payer = one.outputs[id_]
        said = one.payers[payer].say(lang) if payer in one.payers else payer
        found.append(_DueLine((*who, title.say(lang), said), before, after, remark))
    return found


class _Due:
    """The sheet, written from the top down."""

    def __init__(self, paper: Paper, one: Correction, lines: Sequence[_DueLine]) -> None:
        self._paper, self._one, self._lines = paper, one, lines
        self.sheet = paper.sheet(self._paper.say("book.due_sheet"))
        self._heads = [self._paper.say(head) for head in _DUE_HEADS]
        self._widths = [self._width(place) for place in range(len(_DUE_HEADS))]

    def _width(self, place: int) -> float:
        """Wide enough for the longest text or the sum."""
        if place in _MONEY:
            total = sum(line.amounts[place - _MONEY.start] for line in self._lines)
            return max(len(yuan(total)) + 2, 12)
        if not place:
            return _LEAST
        texts = [line.remark if place == _LAST else line.texts[place - 1] for line in self._lines]
        longest = max(map(width, [*texts, self._heads[place]]), default=0)
        return min(max(longest * 1.1 + 2.5, _LEAST), _MOST)

    def top(self, plan: Plan) -> None:
        """Title, day and unit, which run is corrected and why, and the header row of every page."""
        paper, sheet, lang = self._paper, self.sheet, self._paper.lang
        sheet.widths(self._widths)
        title = paper.say("book.due_title", title=plan.policy.title.say(lang))
        _titled(paper, sheet, title, plan, _LAST)
        why = self._paper.say("book.due_corrects", run=self._one.corrects, reason=self._one.reason)
        sheet.across(2, 0, _LAST, why, "wrap")
        sheet.set_row(2, 14 * lines_needed(why, sum(self._widths)) + 3)
        sheet.set_row(3, 3)
        for place, head in enumerate(self._heads):
            sheet.text(_DUE_HEAD, place, head, "head")
        lines = max(map(lines_needed, self._heads, self._widths))
        sheet.set_row(_DUE_HEAD, 14 * lines + 6)
        sheet.freeze_panes(_DUE_HEAD + 1, 4)
        sheet.repeat_rows(_DUE_HEAD)

    def body(self) -> int:
        """The villages county by county, with sums; returns the row after the last."""
        counties: dict[str, list[_DueLine]] = {}
        for line in self._lines:
            counties.setdefault(line.texts[0], []).append(line)
        row, number = _DUE_HEAD + 1, 0
        for county, lines in counties.items():
            for line in lines:
                number += 1
                self._line(row, number, line)
                row += 1
            if len(counties) > 1:
                label = self._paper.say("book.due_county_sum", name=county or "—", n=len(lines))
                row = self._sum(row, label, lines, "county")
        return self._sum(
            row, self._paper.say("book.due_sum_of", n=len(self._lines)), self._lines, "total"
        )

    def _line(self, row: int, number: int, line: _DueLine) -> None:
        paper, sheet = self._paper, self.sheet
        sheet.write_number(row, 0, number, paper.style("centre"))
        texts = (*line.texts, line.remark)
        places = (*range(1, _MONEY.start), _LAST)
        for place, cell in zip(places, texts, strict=True):
            sheet.text(row, place, cell, "small")
        for place, fen in zip(_MONEY, line.amounts, strict=True):
            sheet.money(row, place, fen)
        lines = max(
            lines_needed(cell, self._widths[place])
            for place, cell in zip(places, texts, strict=True)
        )
        sheet.set_row(row, 13.5 * lines + 3)

    def _sum(self, row: int, label: str, lines: Sequence[_DueLine], style: str) -> int:
        paper, sheet = self._paper, self.sheet
        sheet.across(row, 0, _MONEY.start - 1, label, style)
        for at, place in enumerate(_MONEY):
            sheet.money(row, place, sum(one.amounts[at] for one in lines), f"{style}_amount")
        sheet.write_blank(row, _LAST, None, paper.style(style))
        sheet.set_row(row, 16.5)
        return row + 1

    def bottom(self, row: int) -> None:
        """Both sums in capitals, what each payer pays and takes back, and the lines to sign."""
        paper, sheet, lang = self._paper, self.sheet, self._paper.lang
        total = self._one.total()
        pay = paper.say("book.due_pay_capitals", text=capitals(total.pay), amount=yuan(total.pay))
        deduct = paper.say(
            "book.due_deduct_capitals", text=capitals(total.deduct), amount=yuan(total.deduct)
        )
        for said in (pay, deduct):
            row += 1
            sheet.text(row, 0, said, "bold")
        for payer, found in self._one.by_payer().items():
            row += 1
            name = self._one.payers[payer].say(lang) if payer in self._one.payers else payer
            said = paper.say(
                "book.due_of_payer", name=name, pay=yuan(found.pay), deduct=yuan(found.deduct),
                net=yuan(found.net),
            )  # fmt: skip
            sheet.text(row, 0, said, "line")
        _to_sign(paper, sheet, row + 2, zip((0, 4, 7, 10), _SIGNATURES, strict=True), _LAST)

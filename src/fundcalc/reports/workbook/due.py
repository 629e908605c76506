"""The sheet of a correction to sign: what is to be paid or deducted, by village, with sums and 大写."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import yuan
from fundcalc.base.width import width
from fundcalc.base.words import Lang
from fundcalc.ledger.differences import Correction, Sum, VillageDifference
from fundcalc.policy.plan import Plan
from fundcalc.reports.capitals import capitals
from fundcalc.reports.workbook import MOST_ROWS, OTHER_ROWS
from fundcalc.reports.workbook.paper import Paper, lines_needed
from fundcalc.reports.workbook.words import DUE, W

_HEAD = 4
"""The header row, counted from 0: title, line of date and unit, what is corrected and why, a narrow row."""

_HEADS = (
    "number", "county", "town", "name", "code", "item", "payer", "before", "after", "pay", "deduct",
    "remark",
)  # fmt: skip
_MONEY = range(_HEADS.index("before"), _HEADS.index("deduct") + 1)
_LAST = len(_HEADS) - 1
_LEAST, _MOST = 6, 26
"""Widths of columns, in characters."""


def due_xlsx(one: Correction, plan: Plan, about: Mapping[str, Any], lang: Lang) -> bytes:
    """The workbook; `about` may hold `run` and `head` for the footer. The same input gives the same bytes.

    Raises PolicyProblem for more rows than a sheet has.
    """
    lines = [line for village in one.villages for line in _lines(one, village, lang)]
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
class _Line:
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


def _lines(one: Correction, village: VillageDifference, lang: Lang) -> list[_Line]:
    remark = DUE[village.presence].say(lang)
    who = (village.county, village.town, village.name, village.code)
    found: list[_Line] = []
    for id_, (before, after) in village.amounts.items():
        title, payer = one.outputs[id_]
        said = one.payers[payer].say(lang) if payer in one.payers else payer
        found.append(_Line((*who, title.say(lang), said), before, after, remark))
    return found


class _Due:
    """The sheet, written from the top down."""

    def __init__(self, paper: Paper, one: Correction, lines: Sequence[_Line]) -> None:
        self._paper, self._one, self._lines = paper, one, lines
        self.sheet = paper.sheet(self._say("sheet"))
        self._heads = [self._say(head) for head in _HEADS]
        self._widths = [self._width(place) for place in range(len(_HEADS))]

    def _say(self, key: str, **values: object) -> str:
        return (DUE.get(key) or W[key]).say(self._paper.lang).format(**values)

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
        for place, wide in enumerate(self._widths):
            sheet.set_column(place, place, wide)
        sheet.merge_range(0, 0, 0, _LAST, "", paper.style("title"))
        paper.text(sheet, 0, 0, self._say("title", title=plan.policy.title.say(lang)), "title")
        sheet.set_row(0, 30)
        paper.text(sheet, 1, 0, self._say("on", on=plan.on.isoformat()), "line")
        paper.text(sheet, 1, _LAST, self._say("unit_yuan"), "right")
        why = self._say("corrects", run=self._one.corrects, reason=self._one.reason)
        sheet.merge_range(2, 0, 2, _LAST, "", paper.style("wrap"))
        paper.text(sheet, 2, 0, why, "wrap")
        sheet.set_row(2, 14 * lines_needed(why, sum(self._widths)) + 3)
        sheet.set_row(3, 3)
        for place, head in enumerate(self._heads):
            paper.text(sheet, _HEAD, place, head, "head")
        lines = max(map(lines_needed, self._heads, self._widths))
        sheet.set_row(_HEAD, 14 * lines + 6)
        sheet.freeze_panes(_HEAD + 1, 4)
        sheet.repeat_rows(_HEAD)

    def body(self) -> int:
        """The villages county by county, with sums; returns the row after the last."""
        counties: dict[str, list[_Line]] = {}
        for line in self._lines:
            counties.setdefault(line.texts[0], []).append(line)
        row, number = _HEAD + 1, 0
        for county, lines in counties.items():
            for line in lines:
                number += 1
                self._line(row, number, line)
                row += 1
            if len(counties) > 1:
                label = self._say("county_sum", name=county or "—", n=len(lines))
                row = self._sum(row, label, lines, "county")
        return self._sum(row, self._say("sum_of", n=len(self._lines)), self._lines, "total")

    def _line(self, row: int, number: int, line: _Line) -> None:
        paper, sheet = self._paper, self.sheet
        sheet.write_number(row, 0, number, paper.style("centre"))
        texts = (*line.texts, line.remark)
        places = (*range(1, _MONEY.start), _LAST)
        for place, text in zip(places, texts, strict=True):
            paper.text(sheet, row, place, text, "small")
        for place, fen in zip(_MONEY, line.amounts, strict=True):
            paper.money(sheet, row, place, fen)
        lines = max(
            lines_needed(text, self._widths[place])
            for place, text in zip(places, texts, strict=True)
        )
        sheet.set_row(row, 13.5 * lines + 3)

    def _sum(self, row: int, label: str, lines: Sequence[_Line], style: str) -> int:
        paper, sheet = self._paper, self.sheet
        sheet.merge_range(row, 0, row, _MONEY.start - 1, "", paper.style(style))
        paper.text(sheet, row, 0, label, style)
        for at, place in enumerate(_MONEY):
            paper.money(sheet, row, place, sum(one.amounts[at] for one in lines), f"{style}_amount")
        sheet.write_blank(row, _LAST, None, paper.style(style))
        sheet.set_row(row, 16.5)
        return row + 1

    def bottom(self, row: int) -> None:
        """Both sums in capitals, what each payer pays and takes back, and the lines to sign."""
        paper, sheet, lang = self._paper, self.sheet, self._paper.lang
        total = self._one.total()
        for key, fen in (("pay_capitals", total.pay), ("deduct_capitals", total.deduct)):
            row += 1
            said = self._say(key, text=capitals(fen), amount=yuan(fen))
            paper.text(sheet, row, 0, said, "bold")
        for payer, found in self._one.by_payer().items():
            row += 1
            name = self._one.payers[payer].say(lang) if payer in self._one.payers else payer
            paper.text(sheet, row, 0, self._say("of_payer", name=name, **_said(found)), "line")
        row += 2
        for place, key in zip((0, 4, 7, 10), ("maker", "checker", "head", "day"), strict=True):
            paper.text(sheet, row, place, self._say(key), "line")
        sheet.set_row(row, 24)
        sheet.print_area(0, 0, row, _LAST)


def _said(one: Sum) -> dict[str, str]:
    amounts = {"pay": one.pay, "deduct": one.deduct, "net": one.net}
    return {key: yuan(fen) for key, fen in amounts.items()}

"""A workbook being written: formats by name, text that stays text, amounts in the unit wanted."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import width
from fundcalc.base.words import Lang
from fundcalc.engines.formulas.cells import LIMIT
from fundcalc.policy.plan import Plan
from fundcalc.reports.workbook import messages
from fundcalc.reports.workbook.sheet import Sheet

Unit = Literal["yuan", "wan"]

LONGEST_FOOTER = 255

_WAN_DECIMALS = 6
_DIGITS = len(str(LIMIT)) - 1

LONGEST_TEXT = 32_767
"""Characters that a cell of Excel can hold."""

CONSTANT_MEMORY_FROM = 20_000
"""Villages from which rows are written through a temporary file."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
_FONTS = {"zh": "宋体", "en": "Arial"}
_THIN = {"border": 1, "border_color": "#808080"}
_AMOUNTS = {
    "yuan": '#,##0.00;-#,##0.00;"—"',
    "wan": '#,##0.00????;-#,##0.00????;"—"',
}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"},
    "line": {"valign": "vcenter"},
    "right": {"align": "right", "valign": "vcenter"},
    "bold": {"bold": True, "valign": "vcenter"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "key": {"bold": True, "valign": "top", "text_wrap": True},
    "section": {"bold": True, "font_size": 12, "bg_color": "#D9E2EC", "valign": "vcenter"},
    "head": {
        "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True,
        "bg_color": "#E8EDF2", **_THIN,
    },
    "centre": {"align": "center", "valign": "vcenter", **_THIN},
    "text": {"valign": "vcenter", **_THIN},
    "label": {"valign": "vcenter", "indent": 1, "text_wrap": True, **_THIN},
    "small": {"valign": "vcenter", "text_wrap": True, **_THIN},
    "figure": {"valign": "vcenter", "align": "right", **_THIN},
    "count": {"num_format": '#,##0;-#,##0;"—"', "valign": "vcenter", **_THIN},
    "amount": {"valign": "vcenter", **_THIN},
    "sub": {"bold": True, "valign": "vcenter", "bg_color": "#F4F4F4", **_THIN},
    "sub_amount": {"bold": True, "valign": "vcenter", "bg_color": "#F4F4F4", **_THIN},
    "county": {"bold": True, "valign": "vcenter", "bg_color": "#E3E9EF", **_THIN},
    "county_amount": {"bold": True, "valign": "vcenter", "bg_color": "#E3E9EF", **_THIN},
    "total": {"bold": True, "valign": "vcenter", "bg_color": "#D3DCE6", **_THIN, "top": 6},
    "total_amount": {"bold": True, "valign": "vcenter", "bg_color": "#D3DCE6", **_THIN, "top": 6},
    "entry": {"valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "entry_text": {"valign": "vcenter", "bg_color": "#EEF7E9", "num_format": "@", **_THIN},
    "entry_choice": {"align": "center", "valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "assumed_choice": {
        "align": "center", "italic": True, "font_color": "#7F7F7F", "valign": "vcenter",
        "bg_color": "#EEF7E9", **_THIN,
    },
    "assumed": {"italic": True, "font_color": "#7F7F7F", "valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "assumed_text": {
        "italic": True, "font_color": "#7F7F7F", "valign": "vcenter", "bg_color": "#EEF7E9",
        "num_format": "@", **_THIN,
    },
    "bad": {"bold": True, "font_color": "#9C0006", "bg_color": "#FFC7CE"},
}  # fmt: skip


class Paper:
    """A workbook in memory. Nothing written through `text` is ever taken for a formula or a link."""

    def __init__(self, plan: Plan, villages: int, lang: Lang, unit: Unit) -> None:
        self.lang: Lang = lang
        self.unit: Unit = unit
        self._out = io.BytesIO()
        self.file = xlsxwriter.Workbook(
            self._out,
            {
                "in_memory": villages < CONSTANT_MEMORY_FROM,
                "constant_memory": villages >= CONSTANT_MEMORY_FROM,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        created = datetime(plan.on.year, plan.on.month, plan.on.day)  # noqa: DTZ001 - no clock: same bytes
        self.file.set_properties({"title": plan.policy.title.say(lang), "created": created})
        self.file.set_calc_mode("auto")
        self._formats: dict[tuple[str, str, bool], Format] = {}

    def style(self, name: str, number: str = "", *, quoted: bool = False) -> Format:
        """A format by name, with a number format where given."""
        key = (name, number, quoted)
        if key not in self._formats:
            base = {"font_name": _FONTS[self.lang], "font_size": 10, **_STYLES[name]}
            if number or name.endswith("amount"):
                base["num_format"] = number or _AMOUNTS[self.unit]
            if quoted:
                base["quote_prefix"] = True
            self._formats[key] = self.file.add_format(base)
        return self._formats[key]

    def sheet(self, name: str) -> Sheet:
        """A new sheet for A4 landscape, one page wide."""
        sheet: Sheet = self.file.add_worksheet(name, Sheet)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: str = "text") -> None:
        """Text as it is; what looks like a formula is marked as text, so that editing keeps it so."""
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        sheet.write_string(row, column, text, self.style(style, quoted=text.startswith(_FORMULA)))

    def money(
        self, sheet: Worksheet, row: int, column: int, fen: int, style: str = "amount"
    ) -> None:
        """An amount in fen, in the workbook's unit."""
        sheet.write_number(row, column, self.in_unit(fen), self.style(style))

    def in_unit(self, fen: int) -> float:
        """Fen as yuan or 10,000 yuan: the double nearest to the decimal number. As `in_cell`."""
        return in_cell(fen, FEN_DECIMALS if self.unit == "yuan" else _WAN_DECIMALS)

    def footer(self, sheet: Worksheet, about: Mapping[str, Any]) -> None:
        """Policy digest, page and run at the foot of every page."""
        from fundcalc.reports.workbook.words import W

        def said(key: str, value: object) -> str:
            return (
                W[key].say(self.lang).format(value=str(value).replace("&", "&&")) if value else ""
            )

        left = [
            said("policy", about.get("policy", {}).get("digest")),
            said("ledger", about.get("head")),
        ]
        page, right = W["page"].say(self.lang), said("run", about.get("run"))
        footer = f"&L&6{chr(10).join(filter(None, left))}&C&8{page}&R&8{right}"
        sheet.set_footer(footer[:LONGEST_FOOTER])

    def close(self) -> bytes:
        """The finished file."""
        self.file.close()
        return self._out.getvalue()


def in_cell(value: int, decimals: int) -> float:
    """A whole number of smallest units as a cell holds it: the double nearest to the decimal number.

    Raises PolicyProblem where it has more digits than a spreadsheet keeps, which would show others.
    """
    if abs(value) >= LIMIT and len(str(abs(value)).rstrip("0")) > _DIGITS:
        raise PolicyProblem([messages.too_many_digits(grouped(value, decimals), _DIGITS)])
    unit: int = 10**decimals
    return value / unit


def lines_needed(text: str, room: float) -> int:
    """Lines that a text takes in a cell `room` characters wide, broken at blanks, or anywhere in Chinese."""
    if "\n" in text:
        return sum(lines_needed(part, room) for part in text.split("\n"))
    lines, used = 1, 0.0
    for word in re.findall(r"[^\u2e80-\uffef\s]+|\S", text):
        wide = width(word) * 1.1
        space = bool(used) and word.isascii()
        if used and used + space + wide > room - 1:
            lines, used = lines + 1, 0.0
        used += wide + space
        if used > room - 1:
            extra = int(used // max(room - 1, 1))
            lines, used = lines + extra, used - extra * (room - 1)
    return lines

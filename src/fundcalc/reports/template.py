"""An empty roster as a workbook: headers with units and notes, rules for what may be typed, an example."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.money import grouped
from fundcalc.base.width import width
from fundcalc.base.words import Lang
from fundcalc.engines.formulas.given import FIRST_DAY_SHOWN
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.json_schema import begin, copy_to
from fundcalc.policy.load import load_policy
from fundcalc.policy.model import Fact, Policy

EXAMPLE = words("reports.example")
"""Stands in the first cell of the example row; the reader leaves such a row out."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock: the same policy gives the same bytes
_ROWS = 5_000
"""Rows below the header that have input rules and formats."""

_HEAD = 2


def init(
    folder: Path,
    lang: Lang,
    *,
    with_roster: bool = True,
    example: str | None = None,
    blank: bool = False,
) -> list[Path]:
    """Write an editable copy of the shipped policy, or of an example, and a roster; the files written.

    An example has its own roster; a blank policy knows too little for one. Raises PolicyProblem where
    something is there already or there is no such example, OSError.
    """
    roster, content = folder / "roster.xlsx", begin(example, blank=blank)
    with_roster = with_roster and not blank and not any(n.startswith("roster.") for n in content)
    written = copy_to(content, folder, [roster.name] if with_roster else [])
    if not with_roster:
        return written
    write_template(roster, load_policy(folder), lang)
    return [*written, roster]


def write_template(path: Path, policy: Policy, lang: Lang) -> None:
    """Write an empty roster .xlsx; the same facts give the same bytes. Raises OSError."""
    write_bytes(path, _template(policy.facts, lang))


def _template(facts: Mapping[str, Fact], lang: Lang) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _CREATED})
    _Template(book, facts, lang).write()
    book.close()
    return buffer.getvalue()


class _Template:
    def __init__(self, book: xlsxwriter.Workbook, facts: Mapping[str, Fact], lang: Lang) -> None:
        self._facts = [
            fact for fact in facts.values() if not fact.of_before
        ]  # a run before gives those
        self._lang: Lang = lang
        self._sheet: Worksheet = book.add_worksheet(self._say("reports.roster"))
        font = {
            "font_name": "宋体" if lang == "zh" else "Arial",
            "font_size": 11,
            "valign": "vcenter",
        }

        def style(**properties: Any) -> Format:
            return book.add_format({**font, **properties})

        self._title = style(bold=True, font_size=16)
        self._line = style(font_color="#444444", text_wrap=True)
        grid = {"border": 1, "align": "center", "text_wrap": True}
        self._required = style(bold=True, bg_color="#FCE4D6", **grid)
        self._optional = style(bold=True, bg_color="#E8EDF2", **grid)
        self._styles = {
            form: (
                style(num_format=form),
                style(num_format=form, italic=True, font_color="#808080", border=1),
            )
            for form in ("@", "#,##0", "#,##0.00", "yyyy-mm-dd", "General")
        }

    def _say(self, key: str, **values: str | int) -> str:
        return words(key, **values).say(self._lang)

    def write(self) -> None:
        """Title, how to fill it in, headers, the example row, rules below."""
        sheet = self._sheet
        last = len(self._facts)
        sheet.write_string(0, 0, self._say("reports.roster_of_villages"), self._title)
        sheet.merge_range(1, 0, 1, last, "", self._line)
        sheet.write_string(1, 0, self._say("reports.how_to_fill_in"), self._line)
        sheet.set_row(1, 32)
        sheet.set_row(_HEAD, 44)
        sheet.set_row(_HEAD + 1, 22)
        sheet.write_string(_HEAD, 0, self._say("reports.number"), self._optional)
        sheet.write_string(_HEAD + 1, 0, EXAMPLE.say(self._lang), self._styles["@"][1])
        for column, fact in enumerate(self._facts, 1):
            self._column(column, fact)
        sheet.freeze_panes(_HEAD + 1, 3)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEAD)

    def _column(self, column: int, fact: Fact) -> None:
        sheet = self._sheet
        header = self._header(fact)
        sheet.write_string(
            _HEAD, column, header, self._required if fact.required else self._optional
        )
        note = "\n".join(self._notes(fact))
        size = {
            "x_scale": 1.6,
            "y_scale": 0.3 + 0.25 * (note.count("\n") + 1),
            "author": "fundcalc",
        }
        sheet.write_comment(_HEAD, column, note, size)
        plain, example = self._styles[_form(fact)]
        longest = max(width(line) for line in header.split("\n"))
        room = max(longest * 0.8 + 2, width(self._in_words(fact, fact.example)) + 3, 9)
        sheet.set_column(column, column, min(room, 24), plain)
        self._example(column, fact, example)
        rule = self._rule(fact)
        if rule:
            wrong = {
                "error_title": self._say("reports.this_cannot_be"),
                "error_message": self._limits(fact)[:250],
            }
            rows = (_HEAD + 2, column, _HEAD + 1 + _ROWS, column)
            sheet.data_validation(*rows, {**rule, **wrong})

    def _header(self, fact: Fact) -> str:
        """The title with its unit below it, and * where it is needed."""
        unit = fact.type.unit if isinstance(fact.type, Number) else None
        title = fact.title.say(self._lang)
        if unit is not None and unit != PLAIN:
            unit_name = unit.said(self._lang)
            title += f"\n（{unit_name}）" if self._lang == "zh" else f"\n({unit_name})"
        return f"*{title}" if fact.required else title

    def _notes(self, fact: Fact) -> list[str]:
        lines = [fact.note.say(self._lang)] if fact.note is not None else []
        lines += [self._kind(fact), self._limits(fact)]
        if fact.required:
            lines.append(self._say("reports.needed"))
        elif fact.default not in (None, ""):
            lines.append(
                self._say("reports.fill_default", value=self._in_words(fact, fact.default))
            )
        return [line for line in lines if line]

    def _kind(self, fact: Fact) -> str:
        if isinstance(fact.type, Number):
            return (
                self._say("reports.fill_decimal", n=fact.decimals)
                if fact.decimals
                else self._say("reports.whole_number")
            )
        return self._say("reports.date_such_as") if isinstance(fact.type, Date) else ""

    def _limits(self, fact: Fact) -> str:
        if fact.digits:
            return self._say("reports.fill_digits", n=fact.digits)
        if isinstance(fact.type, Text) and fact.type.options:
            return self._say("reports.fill_options", list="、".join(sorted(fact.type.options)))
        if isinstance(fact.type, YesNo):
            return self._say(
                "reports.fill_options",
                list=f"{self._say('reports.yes')}、{self._say('reports.no')}",
            )
        if fact.low is None or fact.high is None:
            return ""
        ends = {"low": self._in_words(fact, fact.low), "high": self._in_words(fact, fact.high)}
        return self._say("reports.fill_range", **ends)

    def _in_words(self, fact: Fact, value: Value | None) -> str:
        if value is None:
            return ""
        if isinstance(fact.type, YesNo):
            return self._say("reports.yes" if value else "reports.no")
        if isinstance(fact.type, Date) and isinstance(value, int):
            return date.fromordinal(value).isoformat()
        return grouped(value, fact.decimals) if isinstance(value, int) else str(value)

    def _example(self, column: int, fact: Fact, style: Format) -> None:
        value = fact.example if fact.example is not None else fact.default
        if isinstance(value, int) and isinstance(fact.type, Number):
            self._sheet.write_number(_HEAD + 1, column, value / 10**fact.decimals, style)
        elif isinstance(value, int) and isinstance(fact.type, Date) and value >= FIRST_DAY_SHOWN:
            day = datetime.fromordinal(value)
            self._sheet.write_datetime(_HEAD + 1, column, day, style)
        elif value is not None:
            self._sheet.write_string(_HEAD + 1, column, self._in_words(fact, value), style)

    def _rule(self, fact: Fact) -> dict[str, Any] | None:
        if isinstance(fact.type, YesNo):
            return {
                "validate": "list",
                "source": [self._say("reports.yes"), self._say("reports.no")],
            }
        if fact.digits:
            return {"validate": "length", "criteria": "==", "value": fact.digits}
        options = sorted(fact.type.options or ()) if isinstance(fact.type, Text) else []
        if options and len(",".join(options)) <= 255:
            return {"validate": "list", "source": options}
        if fact.low is None or fact.high is None:
            return None
        if isinstance(fact.type, Date):
            ends = [datetime.fromordinal(end) for end in (fact.low, fact.high)]
            return {
                "validate": "date",
                "criteria": "between",
                "minimum": ends[0],
                "maximum": ends[1],
            }
        scale = 10**fact.decimals
        low, high = fact.low / scale, fact.high / scale
        kind = "decimal" if fact.decimals else "integer"
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}


def _form(fact: Fact) -> str:
    if isinstance(fact.type, Number):
        return "#,##0" + ("." + "0" * fact.decimals if fact.decimals == 2 else "")
    if isinstance(fact.type, Date):
        return "yyyy-mm-dd"
    return "@" if isinstance(fact.type, Text) else "General"

"""The sheets that one may change: the facts as read, and the parameters and readings in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from fundcalc.engines.formulas import Formulas
from fundcalc.engines.formulas.cells import FIRST_ROW, NA
from fundcalc.engines.formulas.given import FIRST_DAY_SHOWN, SPARE, room
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import Fact, Parameter
from fundcalc.reports.workbook.data import number_format
from fundcalc.reports.workbook.paper import Paper, in_cell
from fundcalc.reports.workbook.sheet import Sheet
from fundcalc.reports.workbook.words import SHEETS, W

_TAB = "#70AD47"
_WIDTHS = (28, 34, 18, 16, 12, 44, 16)


def write_inputs(
    paper: Paper, result: Result, found: Formulas, assumed: Mapping[str, Sequence[bool]]
) -> None:
    """Every fact as read, one village a row; assumed values in italics; last the place among equals."""
    sheet = paper.sheet(SHEETS["inputs"].say(paper.lang))
    sheet.set_tab_color(_TAB)
    paper.text(sheet, 0, 0, W["inputs_note"].say(paper.lang), "line")
    facts, n = result.plan.policy.facts, len(result.rows)
    for place, id_ in enumerate(found.inputs):
        fact = facts[id_]
        paper.text(sheet, 1, place, with_unit(fact.title, fact.type).say(paper.lang), "head")
        paper.text(sheet, 2, place, id_, "head")
        sheet.set_column(place, place, 16 if isinstance(fact.type, Text) else 13)
        taken = assumed.get(id_) or [False] * n
        for index, row in enumerate(result.rows):
            style = "assumed" if taken[index] else "entry"
            entry(paper, sheet, (FIRST_ROW - 1 + index, place), row.get(id_, ""), fact.type, style)
        if n:
            _allow_fact(paper, sheet, fact, (FIRST_ROW - 1, place, FIRST_ROW - 2 + n, place))
    place = len(found.inputs)
    paper.text(sheet, 1, place, W["order"].say(paper.lang), "head")
    paper.text(sheet, 2, place, "", "head")
    for at, number in enumerate(found.order, FIRST_ROW - 1):
        sheet.write_number(at, place, number, paper.style("centre"))
    sheet.set_row(1, 46)
    sheet.set_row(2, 30)
    sheet.freeze_panes(FIRST_ROW - 1, min(2, place))
    sheet.repeat_rows(1, FIRST_ROW - 2)


def entry(
    paper: Paper, sheet: Sheet, at: tuple[int, int], value: Value, kind: Type, style: str
) -> None:
    """A value that may be changed."""
    if isinstance(kind, YesNo):
        said = W["yes" if value else "no"].say(paper.lang)
        sheet.write_string(*at, said, paper.style(f"{style}_choice"))
    elif isinstance(kind, Number) and isinstance(value, int):
        number = paper.style(style, number_format(kind))
        sheet.write_number(*at, in_cell(value, kind.decimals or 0), number)
    elif isinstance(kind, Date) and isinstance(value, int) and value >= FIRST_DAY_SHOWN:
        day = datetime.fromordinal(value)
        sheet.write_datetime(*at, day, paper.style(style, "yyyy-mm-dd"))
    elif isinstance(kind, Date) and isinstance(value, int):
        paper.text(sheet, *at, date.fromordinal(value).isoformat(), f"{style}_text")
    else:
        paper.text(sheet, *at, str(value), f"{style}_text")


def _allow_fact(paper: Paper, sheet: Sheet, fact: Fact, cells: tuple[int, int, int, int]) -> None:
    if isinstance(fact.type, YesNo):
        _allow_choice(paper, sheet, cells, [W["yes"].say(paper.lang), W["no"].say(paper.lang)])
    elif isinstance(fact.type, Number) and fact.low is not None and fact.high is not None:
        _allow_range(paper, sheet, cells, (fact.low, fact.high), fact.decimals)


def _allow_choice(
    paper: Paper, sheet: Sheet, cells: tuple[int, int, int, int], choices: Sequence[str]
) -> None:
    if sum(map(len, choices)) + len(choices) > 250 or any("," in choice for choice in choices):
        return
    message = W["choose"].say(paper.lang)
    rule = {"validate": "list", "source": list(choices), "error_message": message}
    sheet.data_validation(*cells, {**rule, "ignore_blank": False})


def _allow_range(
    paper: Paper, sheet: Sheet, cells: tuple[int, int, int, int], ends: tuple[int, int],
    decimals: int,
) -> None:  # fmt: skip
    low, high = (end / 10**decimals for end in ends)
    message = W["range"].say(paper.lang).format(low=f"{low:,.0f}", high=f"{high:,.0f}")
    sheet.data_validation(
        *cells,
        {
            "validate": "decimal" if decimals else "integer",
            "criteria": "between",
            "minimum": low if decimals else int(low),
            "maximum": high if decimals else int(high),
            "error_message": message,
        },
    )


class Parameters:
    """The sheet of parameters and readings; every one is a named cell, which the formulas use."""

    def __init__(self, paper: Paper, result: Result, found: Formulas) -> None:
        self._paper = paper
        self._plan = result.plan
        self._names = found.names
        self._texts = found.texts
        self._sheet = paper.sheet(SHEETS["parameters"].say(paper.lang))
        self._sheet.set_tab_color(_TAB)
        self._row = 0

    def _say(self, key: str, **values: object) -> str:
        return W[key].say(self._paper.lang).format(**values)

    def write(self) -> None:
        """Numbers, then readings, then lists."""
        for place, size in enumerate(_WIDTHS):
            self._sheet.set_column(place, place, size)
        on = self._plan.on.isoformat()
        self._paper.text(self._sheet, 0, 0, self._say("parameters_note", on=on), "line")
        self._row = 2
        lists: list[Parameter] = []
        self._heads("parameter_id", "parameter", "value", "unit", "since", "source", "counted")
        for parameter in self._plan.policy.parameters.values():
            if isinstance(parameter.type, Texts):
                lists.append(parameter)
            else:
                self._parameter(parameter)
        if self._plan.policy.readings:
            self._row += 1
            self._heads("reading", "question", "chosen", "options")
            self._readings()
        for parameter in lists:
            self._list(parameter)
        self._kept_texts()

    def _heads(self, *keys: str) -> None:
        for place, key in enumerate(keys):
            self._paper.text(self._sheet, self._row, place, self._say(key), "head")
        self._row += 1

    def _name(self, name: str, first: int, column: str, last: int | None = None) -> None:
        """Give cells a name; rows counted from 0."""
        sheet = SHEETS["parameters"].say(self._paper.lang)
        end = f":${column}${last + 1}" if last is not None else ""
        self._paper.file.define_name(name, f"='{sheet}'!${column}${first + 1}{end}")

    def _facts(self, parameter: Parameter) -> tuple[str, str]:
        """Since when it holds, and its source."""
        since = self._plan.since.get(parameter.id)
        source = self._plan.policy.sources.get(parameter.source or "")
        cited = source.cite().say(self._paper.lang) if source is not None else ""
        return since.isoformat() if since is not None else self._say("not_in_force"), cited

    def _parameter(self, parameter: Parameter) -> None:
        paper, sheet, row, kind = self._paper, self._sheet, self._row, parameter.type
        value = self._plan.constants.get(parameter.id)
        unit = kind.unit if isinstance(kind, Number) else None
        shown = unit.said(paper.lang) if unit is not None and unit != PLAIN else ""
        since, cited = self._facts(parameter)
        texts = {0: parameter.id, 1: parameter.title.say(paper.lang), 3: shown, 4: since, 5: cited}
        for place, text in texts.items():
            paper.text(sheet, row, place, text, "label" if place == 3 else "small")
        if value is None:
            sheet.put_formula(row, 2, "NA()", paper.style("entry"), NA)
        else:
            entry(paper, sheet, (row, 2), value, kind, "entry")
        column, decimals = "C", (kind.decimals or 0) if isinstance(kind, Number) else 0
        if isinstance(kind, YesNo):
            cells = (row, 2, row, 2)
            _allow_choice(paper, sheet, cells, [self._say("yes"), self._say("no")])
        if isinstance(kind, Number) and isinstance(value, int):
            _allow_range(paper, sheet, (row, 2, row, 2), room(value, decimals), decimals)
        if decimals:
            column, style = "G", paper.style("text", "General")
            known = value if isinstance(value, int) else NA
            text = f"ROUND(C{row + 1}*{10**decimals},0)"
            sheet.put_formula(row, 6, text, style, known)
        else:
            sheet.write_blank(row, 6, None, paper.style("text"))
        self._name(self._names[parameter.id], row, column)
        self._row += 1

    def _readings(self) -> None:
        paper, sheet = self._paper, self._sheet
        for id_, reading in self._plan.policy.readings.items():
            paper.text(sheet, self._row, 0, id_, "small")
            paper.text(sheet, self._row, 1, reading.question.say(paper.lang), "small")
            paper.text(sheet, self._row, 2, self._plan.readings[id_], "entry_text")
            options = [f"{o}: {words.say(paper.lang)}" for o, words in reading.options.items()]
            sheet.merge_range(self._row, 3, self._row, 5, "", paper.style("small"))
            paper.text(sheet, self._row, 3, "\n".join(options), "small")
            sheet.set_row(self._row, 14 * max(len(options), 2) + 4)
            cells = (self._row, 2, self._row, 2)
            _allow_choice(paper, sheet, cells, list(reading.options))
            self._name(self._names[id_], self._row, "C")
            self._row += 1

    def _list(self, parameter: Parameter) -> None:
        """A list's items one below the other, with blank cells for more."""
        paper, sheet = self._paper, self._sheet
        value = self._plan.constants.get(parameter.id)
        items = value if isinstance(value, tuple) else ()
        self._row += 1
        self._heads("parameter_id", "parameter", "items", "unit", "since", "source")
        since, cited = self._facts(parameter)
        texts = (parameter.id, parameter.title.say(paper.lang), None, "", since, cited)
        for place, text in enumerate(texts):
            if text is not None:
                paper.text(sheet, self._row, place, text, "small")
        last = self._row + len(items) + SPARE - 1
        for place, item in enumerate([*items, *([""] * SPARE)]):
            paper.text(sheet, self._row + place, 2, item, "entry_text")
        self._name(self._names[parameter.id], self._row, "C", last)
        self._row = last + 1

    def _kept_texts(self) -> None:
        """Texts that are too long or too odd to stand in a formula."""
        if self._texts:
            self._row += 1
            self._heads("parameter_id", "text_kept")
        for name, text in self._texts.items():
            self._paper.text(self._sheet, self._row, 0, name, "small")
            self._paper.text(self._sheet, self._row, 1, text, "small")
            self._name(name, self._row, "B")
            self._row += 1

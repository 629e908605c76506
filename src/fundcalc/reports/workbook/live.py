"""The sheets of live formulas: the formulas themselves, what they start from, and the steps between.

Formulas come from `fundcalc.engines.formulas` with marks for the sheets that they refer to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby, repeat
from typing import cast

from xlsxwriter.format import Format

from fundcalc.base.catalogue import words
from fundcalc.engines.formulas import Formulas
from fundcalc.engines.formulas.cells import (
    ABOVE,
    FIRST_ROW,
    INPUTS,
    LIMIT,
    LIVE,
    NA,
    POOLS,
    ROW,
    WORK,
    Cell,
    Column,
)
from fundcalc.engines.formulas.given import SPARE, room
from fundcalc.engines.formulas.lower import KeptTable
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number, Text, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import IDENTITY, Fact, Parameter
from fundcalc.reports.workbook.form import strips
from fundcalc.reports.workbook.paper import (
    ROOM,
    Paper,
    Sheet,
    broken,
    escape,
    figures_width,
    lines_needed,
    row_height,
    tall_rows,
    text_width,
    value_writer,
)
from fundcalc.roster.model import letters

DATA_ROW = "\5"
"""Stands for the row of a village on the sheet of stored results, which has fewer rows of heads."""

_SIGNED = "\7"
"""Stands for the cell in which a sheet to sign is checked."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_SHEETS = {
    LIVE: "book.sheet_live",
    INPUTS: "book.sheet_inputs",
    WORK: "book.sheet_work",
    POOLS: "book.sheet_pools",
}
_WIDTHS = {"rule": 11, "flag": 11, "amount": 15, "number": 13, "text": 20, "day": 13}
_STYLES = {"rule": "centre", "flag": "centre"}
_TALLEST = 8
_GREEN, _GREY = "#70AD47", "#A6A6A6"
"""Tabs of sheets that may be changed, and of those better left alone."""


def _width(column: Column) -> float:
    """How wide a column is: so that no figure of it, or their sum, is shown as ###."""
    figures = [value for value in column.values if isinstance(value, (int, float))]
    most = f"{sum(map(abs, figures)):,.{column.decimals}f}" if figures else ""
    return max(_WIDTHS[column.style], len(most) + 1.5)


class Grids:
    """Writes columns. `sheet_mark` is the mark of the sheet written to, whose cells need no sheet's name."""

    def __init__(self, paper: Paper, sheet: Sheet, sheet_mark: str) -> None:
        self._paper = paper
        self._sheet = sheet
        self._sheet_mark = sheet_mark

    def heads(self, first: Mapping[str, float], columns: Sequence[Column]) -> None:
        """Write programmes over their columns, after the heads `first` with their widths; set all sizes."""
        paper, sheet, lang = self._paper, self._sheet, self._paper.lang
        for place, head in enumerate(first):
            sheet.write_blank(1, place, None, paper.style("head"))
            sheet.text(2, place, head, "head")
        place, tallest = len(first), 1
        groups = [column.group.say(lang) if column.group is not None else "" for column in columns]
        sizes = [*first.values(), *map(_width, columns)]
        sheet.widths(sizes)
        keys = [*first, *(f"{group} " for group in groups)]
        cuts = strips(sizes, keys, len(first), ROOM[paper.settings.paper])
        for start, last in cuts:
            begin = max(start, place)
            for group, inside in groupby(
                range(begin, last + 1), key=lambda index: groups[index - place]
            ):
                members = list(inside)
                sheet.across(1, members[0], members[-1], group, "head")
        for index, column in enumerate(columns, place):
            head = broken(self._head(column), sizes[index])
            sheet.text(2, index, head, "head")
            tallest = max(tallest, lines_needed(head, sizes[index]))
        sheet.set_row(1, 18)
        sheet.set_row(2, row_height(min(tallest, _TALLEST)))
        sheet.set_v_pagebreaks([start for start, _ in cuts[1:]])
        sheet.repeat_rows(1, FIRST_ROW - 2)

    def _head(self, column: Column) -> str:
        return column.head.say(self._paper.lang)

    def column(self, place: int, column: Column) -> None:
        """A column from the first village on."""
        style = self._style(column)
        if column.formula is None:
            for row, value in enumerate(column.values, FIRST_ROW):
                self._stored(row - 1, place, value, column)
            return
        parts = escape(self.formula(column.formula)).split(ROW)
        rows = range(FIRST_ROW, FIRST_ROW + len(column.values))
        texts = [str(row).join(parts) for row in rows]
        if DATA_ROW in column.formula or ABOVE in column.formula:
            texts = [
                text.replace(DATA_ROW, str(row - FIRST_ROW + 2)).replace(ABOVE, str(row - 1))
                for row, text in zip(rows, texts, strict=True)
            ]
        values = map(_cached, column.values)
        self._sheet.put_column(FIRST_ROW - 1, place, texts, style, values)

    def formula(self, text: str) -> str:
        """A formula with the sheets' names put in."""
        for mark, key in _SHEETS.items():
            name = "" if mark == self._sheet_mark else f"'{self._paper.say(key)}'!"
            text = text.replace(mark, name)
        return text

    def number_format(self, column: Column) -> str:
        """How the column's numbers are shown: 1 and 0 of a condition as yes and no."""
        if column.style in ("flag", "rule"):
            yes, no = self._paper.say("book.yes"), self._paper.say("book.no")
            return f'"{yes}";"{yes}";"{no if column.style == "flag" else "—"}"'
        if column.style == "amount":
            amount = f"#,##0.{'0' * column.decimals}"
            return f'{amount};-{amount};"—"'
        if column.style == "number":
            return "0"  # General shows days between two dates as another date
        return "yyyy-mm-dd" if column.style == "day" else "General"

    def _stored(self, row: int, place: int, value: Cell, column: Column) -> None:
        if isinstance(value, str):
            self._sheet.text(row, place, value)
        else:
            self._sheet.write_number(row, place, value, self._style(column))

    def _style(self, column: Column) -> Format:
        name = _STYLES.get(column.style, "text")
        return self._paper.style(name, self.number_format(column))


def _cached(value: Cell) -> Cell:
    """A value as a file may hold it next to its formula: XML has no control characters."""
    return _CONTROL.sub("", value) if isinstance(value, str) and _CONTROL.search(value) else value


# -- formulas -------------------------------------------------------------------------------------


_LONGEST = 6_000


def leading_columns(facts: Mapping[str, object]) -> int:
    """Columns before the first formula: number, who it is, and the check."""
    return 2 + sum(id_ in facts for id_ in IDENTITY)


class Live:
    """A column a rule and an output, and whether all agree with what is stored.

    `data` says in which column of the stored results an output stands, `signed` in which cell of a sheet to
    sign a village's row is held against them.
    """

    def __init__(
        self, paper: Paper, result: Result, formulas: Formulas, data: Mapping[str, int],
        signed: Callable[[int], str],
    ) -> None:  # fmt: skip
        self._paper = paper
        self._result = result
        self._formulas = formulas
        self._data = data
        self._signed = signed
        self._sheet = paper.sheet(paper.say("book.sheet_live"))
        self._grids = Grids(paper, self._sheet, LIVE)
        self._n = len(result.rows)
        self._lead = leading_columns(result.plan.policy.facts)

    def write(self) -> None:
        """Write the sheet."""
        paper, sheet, facts = self._paper, self._sheet, self._result.plan.policy.facts
        identity = [id_ for id_ in IDENTITY if id_ in facts]
        titles = [facts[id_].title.say(paper.lang) for id_ in identity]
        rooms = [text_width(self._result.column(id_), _WIDEST) for id_ in identity]
        heads = {paper.say("book.number"): 6.0, **dict(zip(titles, rooms, strict=True))}
        self._grids.heads({**heads, paper.say("book.check"): 8}, self._formulas.live)
        columns: Iterable[Sequence[object]] = map(self._result.column, identity)
        wide = list(zip(columns, rooms, strict=True))
        wide += [(c.values, _WIDTHS["text"]) for c in self._formulas.live if c.style == "text"]
        tall_rows(sheet, FIRST_ROW - 1, wide)
        for index, row in enumerate(self._result.rows):
            sheet_row = FIRST_ROW - 1 + index
            sheet.write_number(sheet_row, 0, index + 1, paper.style("centre"))
            for place, id_ in enumerate(identity, 1):
                sheet.text(sheet_row, place, str(row.get(id_, "")))
        for place, column in enumerate(self._formulas.live, self._lead):
            self._grids.column(place, column)
        self._check(self._lead - 1)
        self._totals()
        sheet.freeze_panes(FIRST_ROW - 1, self._lead)
        last = self._lead + len(self._formulas.live) - 1
        sheet.print_area(0, 0, FIRST_ROW - 1 + self._n, last)
        sheet.repeat_columns(0, self._lead - 1)

    def _check(self, place: int) -> None:
        """Whether all results of a village are those stored."""
        paper, sheet = self._paper, self._sheet
        good, bad = self._paper.say("book.agree"), self._paper.say("book.differ")
        tests = [self._test(id_, column) for id_, column in self._formulas.outputs.items()]
        together = ",".join(tests)
        if len(together) > _LONGEST:
            together = ",".join(self._in_parts(tests))
        text = f'IFERROR(IF(AND({together},{_SIGNED}="{good}"),"{good}","{bad}"),"{bad}")'
        parts = escape(self._grids.formula(text)).split(ROW)
        style = paper.style("text", "General")
        tests = [
            str(row)
            .join(parts)
            .replace(DATA_ROW, str(row - FIRST_ROW + 2))
            .replace(_SIGNED, escape(self._signed(row - FIRST_ROW)))
            for row in range(FIRST_ROW, FIRST_ROW + self._n)
        ]
        sheet.put_column(FIRST_ROW - 1, place, tests, style, repeat(good))
        cells = f"{letters(place)}{FIRST_ROW}:{letters(place)}{FIRST_ROW - 1 + self._n}"
        rule = {"type": "cell", "criteria": "==", "value": f'"{bad}"', "format": paper.style("bad")}
        sheet.conditional_format(cells, rule)
        label = self._paper.say("book.differing", n=f"{self._n:,}")
        count = f'"{label}"&COUNTIF({cells},"{bad}")'
        sheet.put_formula(0, 0, count, paper.style("bold"), f"{label}0")

    def _test(self, id_: str, place: int) -> str:
        column = self._formulas.live[place - self._lead]
        live_cell = f"{LIVE}{letters(place)}{ROW}"
        stored_cell = f"'{self._paper.say('book.sheet_data')}'!{letters(self._data[id_])}{DATA_ROW}"
        if column.style == "text":
            return f"EXACT({live_cell},{stored_cell})"
        if column.style == "flag":
            yes, no = self._paper.say("book.yes"), self._paper.say("book.no")
            return f'IF({live_cell}=1,"{yes}","{no}")={stored_cell}'
        if column.decimals:
            return f"ROUND({live_cell}-{stored_cell},{column.decimals})=0"
        return f"{live_cell}={stored_cell}"

    def _in_parts(self, tests: Sequence[str]) -> list[str]:
        """The tests in helper columns, as many in each as a formula holds."""
        size = max(1, _LONGEST // max(map(len, tests)))
        conditions: list[str] = []
        for first in range(0, len(tests), size):
            text = f"IF(AND({','.join(tests[first : first + size])}),1,0)"
            column = Column(
                words("book.check"), text, [1] * self._n, "flag", group=words("book.check")
            )
            conditions.append(f"{self._formulas.work.add(column)}=1")
        return conditions

    def _totals(self) -> None:
        paper, sheet, row = self._paper, self._sheet, FIRST_ROW - 1 + self._n
        for place in range(self._lead + len(self._formulas.live)):
            sheet.write_blank(row, place, None, paper.style("total"))
        sheet.text(row, 0, self._paper.say("book.sum"), "total")
        summed = {output.id for output in self._result.plan.policy.summed_outputs}
        unsummed = {place for id_, place in self._formulas.outputs.items() if id_ not in summed}
        for place, column in enumerate(self._formulas.live, self._lead):
            if column.style == "amount" and self._n and place not in unsummed:
                cells = f"{letters(place)}{FIRST_ROW}:{letters(place)}{row}"
                unit = 10**column.decimals
                total = sum(round(v * unit) for v in column.values if isinstance(v, float)) / unit
                style = paper.style("total", self._grids.number_format(column))
                text = f"ROUND(SUM({cells}),{column.decimals})"
                sheet.put_formula(row, place, text, style, total)


# -- steps between --------------------------------------------------------------------------------


def write_work(paper: Paper, formulas: Formulas) -> None:
    """The helper columns, in the villages' rows."""
    if not formulas.work.columns:
        return
    sheet = paper.sheet(paper.say("book.sheet_work"))
    sheet.set_tab_color(_GREY)
    grids = Grids(paper, sheet, WORK)
    grids.heads({}, formulas.work.columns)
    sheet.text(0, 0, paper.say("book.work_note"), "line")
    for place, column in enumerate(formulas.work.columns):
        grids.column(place, column)
    sheet.freeze_panes(FIRST_ROW - 1, 0)


def write_pools(paper: Paper, result: Result, formulas: Formulas) -> None:
    """One row a group of villages that may share a pool, spare ones for groups that come up later."""
    grid, lang = formulas.pools, paper.lang
    if not grid.columns:
        return
    sheet = paper.sheet(paper.say("book.sheet_pools"))
    sheet.set_tab_color(_GREY)
    grids = Grids(paper, sheet, POOLS)
    heads = {"book.number": 6.0, "book.kind": 14.0, "book.pool_group": 18.0}
    grids.heads({paper.say(key): wide for key, wide in heads.items()}, grid.columns)
    sheet.text(0, 0, paper.say("book.pools_note"), "line")
    titles = {id_: fact.title for id_, fact in result.plan.policy.facts.items()}
    titles |= {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    for row, group in enumerate(formulas.groups, FIRST_ROW - 1):
        kind = [titles[id_] for id_ in group.per] or [words("book.everyone")]
        sheet.write_number(row, 0, group.number, paper.style("centre"))
        sheet.text(row, 1, "、".join(title.say(lang) for title in kind))
        if group.formula is None:
            sheet.text(row, 2, group.name)
        else:
            text = grids.formula(group.formula).replace(ROW, str(row + 1))
            sheet.put_formula(row, 2, text, paper.style("text"), "")
    for place, column in enumerate(grid.columns, grid.first):
        grids.column(place, column)
    sheet.freeze_panes(FIRST_ROW - 1, grid.first)
    sheet.repeat_columns(0, grid.first - 1)


# -- what may be changed --------------------------------------------------------------------------


_WIDEST = 30
_WIDE = (13.0, 16.0)
"""How wide columns of numbers and of texts are."""

_PARAMETER_WIDTHS = (30, 22, 11, 12, 24, 11, 20)


def write_inputs(
    paper: Paper, result: Result, formulas: Formulas, assumed: Mapping[str, Sequence[bool]]
) -> None:
    """Every fact as read, one village a row; assumed values in italics; last the place among equals."""
    sheet = paper.sheet(paper.say("book.sheet_inputs"))
    sheet.set_tab_color(_GREEN)
    sheet.text(0, 0, paper.say("book.inputs_note"), "line")
    facts, n = result.plan.policy.facts, len(result.rows)
    rooms: list[tuple[Sequence[Value], float]] = []
    for place, id_ in enumerate(formulas.inputs):
        fact = facts[id_]
        head, wide = (
            with_unit(fact.title, fact.type).say(paper.lang),
            _WIDE[isinstance(fact.type, Text)],
        )
        sheet.text(1, place, broken(head, wide), "head")
        if isinstance(fact.type, Text):
            wide = max(wide, text_width(result.column(id_), _WIDEST))
            rooms.append((result.column(id_), wide))
        if isinstance(fact.type, Number):
            wide = max(wide, figures_width(result.numbers(id_), fact.type.decimals or 0))
        if paper.lang == "en":
            sheet.text(2, place, fact.called, "head")
        else:
            sheet.write_blank(2, place, None, paper.style("head"))
            sheet.join(1, place, 2, place)
        sheet.set_column(place, place, wide)
        guesses = assumed.get(id_) or [False] * n
        write = value_writer(sheet, place, result.column(id_), fact.type)
        for index, guess in enumerate(guesses):
            write(FIRST_ROW - 1 + index, index, "assumed" if guess else "entry")
        if n:
            _allow_fact(paper, sheet, fact, (FIRST_ROW - 1, place, FIRST_ROW - 2 + n, place))
    place = len(formulas.inputs)
    tall_rows(sheet, FIRST_ROW - 1, rooms)
    sheet.text(1, place, broken(paper.say("book.order"), _WIDE[1]), "head")
    sheet.text(2, place, "", "head")
    sheet.join(1, place, 2, place)
    sheet.set_column(place, place, _WIDE[1])
    for row, number in enumerate(formulas.order, FIRST_ROW - 1):
        sheet.write_number(row, place, number, paper.style("centre"))
    sheet.set_row(1, 46)
    sheet.set_row(2, 30)
    sheet.freeze_panes(FIRST_ROW - 1, min(2, place))
    sheet.print_area(0, 0, FIRST_ROW - 2 + max(n, 1), place)
    sheet.repeat_rows(1, FIRST_ROW - 2)


def _allow_fact(paper: Paper, sheet: Sheet, fact: Fact, cells: tuple[int, int, int, int]) -> None:
    if isinstance(fact.type, YesNo):
        _allow_choice(paper, sheet, cells, [paper.say("book.yes"), paper.say("book.no")])
    elif isinstance(fact.type, Number) and fact.low is not None and fact.high is not None:
        _allow_range(paper, sheet, cells, (fact.low, fact.high), fact.decimals)


def _allow_choice(
    paper: Paper, sheet: Sheet, cells: tuple[int, int, int, int], choices: Sequence[str]
) -> None:
    message = paper.say("book.choose")
    rule = {"validate": "list", "source": list(choices), "error_message": message}
    sheet.data_validation(*cells, {**rule, "ignore_blank": False})


def _allow_range(
    paper: Paper, sheet: Sheet, cells: tuple[int, int, int, int], ends: tuple[int, int],
    decimals: int,
) -> None:  # fmt: skip
    low, high = (end / 10**decimals for end in ends)
    message = paper.say("book.range", low=f"{low:,.0f}", high=f"{high:,.0f}")
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

    def __init__(self, paper: Paper, result: Result, formulas: Formulas) -> None:
        self._paper = paper
        self._plan = result.plan
        self._names = formulas.names
        self._texts, self._tables = formulas.texts, formulas.tables
        self._sheet = paper.sheet(paper.say("book.sheet_parameters"))
        self._sheet.set_tab_color(_GREEN)
        self._row = 0

    def write(self) -> None:
        """Numbers, then readings, then lists."""
        self._sheet.widths(_PARAMETER_WIDTHS)
        on = self._plan.on.isoformat()
        self._sheet.text(0, 0, self._paper.say("book.parameters_note", on=on), "line")
        self._row = 2
        lists: list[Parameter] = []
        self._heads(
            "book.parameter",
            "book.value",
            "book.unit",
            "book.since",
            "book.source",
            "book.counted",
            "book.cell_name",
        )
        for parameter in self._plan.policy.parameters.values():
            if isinstance(parameter.type, Texts):
                lists.append(parameter)
            else:
                self._parameter(parameter)
        if self._plan.policy.readings:
            self._row += 1
            self._heads(
                "book.question",
                "book.chosen",
                "book.options",
                "",
                "book.cell_value",
                "book.value_taken",
                "book.cell_name",
            )
            self._sheet.join(self._row - 1, 2, self._row - 1, 3)
            for id_ in self._plan.policy.readings:
                self._reading(id_)
        printed = self._row
        for parameter in lists:
            printed = self._list(parameter)
        if self._long_texts():
            printed = self._row
        for name, table in self._tables.items():
            self._table(name, table)
        self._sheet.print_area(0, 0, printed - 1, len(_PARAMETER_WIDTHS) - 1)

    def _heads(self, *keys: str) -> None:
        texts = [self._paper.say(key) if key else "" for key in keys]
        for place, text in enumerate(texts):
            self._sheet.text(self._row, place, text, "head")
        needed = map(lines_needed, texts, _PARAMETER_WIDTHS)
        self._sheet.set_row(self._row, row_height(max(needed)))
        self._row += 1

    def _text_row(self, texts: Mapping[int, str]) -> None:
        """Texts of the present row by column, as high as they need."""
        for place, text in texts.items():
            self._sheet.text(self._row, place, text, "label" if place == 2 else "small")
        needed = (lines_needed(text, _PARAMETER_WIDTHS[place]) for place, text in texts.items())
        self._sheet.set_row(self._row, row_height(max(needed)))

    def _name(self, name: str, first: int, column: str, last: int | None = None) -> None:
        """Give cells a name; rows counted from 0."""
        sheet = self._paper.say("book.sheet_parameters")
        end = f":${column}${last + 1}" if last is not None else ""
        self._paper.file.define_name(name, f"='{sheet}'!${column}${first + 1}{end}")

    def _about(self, parameter: Parameter, unit: str) -> dict[int, str]:
        """What it is called, its unit, since when it holds, its source, and its name in formulas."""
        since = self._plan.since.get(parameter.id)
        source = self._plan.policy.sources.get(parameter.source_on(self._plan.on) or "")
        cited = source.cite().say(self._paper.lang) if source is not None else ""
        day = since.isoformat() if since is not None else self._paper.say("book.not_in_force")
        title = parameter.title.say(self._paper.lang)
        return {0: title, 2: unit, 3: day, 4: cited, 6: self._names[parameter.id]}

    def _parameter(self, parameter: Parameter) -> None:
        paper, sheet, row, kind = self._paper, self._sheet, self._row, parameter.type
        value = self._plan.constants.get(parameter.id)
        unit = kind.unit if isinstance(kind, Number) else None
        self._text_row(
            self._about(parameter, unit.said(paper.lang) if unit and unit != PLAIN else "")
        )
        if value is None:
            sheet.put_formula(row, 1, "NA()", paper.style("entry"), NA)
        else:
            value_writer(sheet, 1, [value], kind)(row, 0, "entry")
        column, decimals = "B", (kind.decimals or 0) if isinstance(kind, Number) else 0
        if isinstance(kind, YesNo):
            choices = [self._paper.say("book.yes"), self._paper.say("book.no")]
            _allow_choice(paper, sheet, (row, 1, row, 1), choices)
        if isinstance(kind, Number) and isinstance(value, int):
            _allow_range(paper, sheet, (row, 1, row, 1), room(value, decimals), decimals)
        if decimals:
            column, style = "F", paper.style("text", "General")
            known = value if isinstance(value, int) else NA
            text = f"ROUND(B{row + 1}*{10**decimals},0)"
            sheet.put_formula(row, 5, text, style, known)
        else:
            sheet.write_blank(row, 5, None, paper.style("text"))
        self._name(self._names[parameter.id], row, column)
        self._row += 1

    def _reading(self, id_: str) -> None:
        """A question, the answer taken, and all answers one below the other; what formulas call it."""
        paper, sheet, lang, row = self._paper, self._sheet, self._paper.lang, self._row
        reading, chosen = self._plan.policy.readings[id_], self._plan.readings[id_]
        answers = {option: title.say(lang) for option, title in reading.options.items()}
        self._text_row({0: reading.question.say(lang), 6: self._names[id_]})
        sheet.text(row, 1, answers[chosen], "entry_text")
        tallest = max(
            lines_needed(reading.question.say(lang), _PARAMETER_WIDTHS[0]),
            *(lines_needed(answer, _PARAMETER_WIDTHS[1]) for answer in answers.values()),
        )
        for place, (option, answer) in enumerate(answers.items(), row):
            sheet.across(place, 2, 3, answer, "small")
            sheet.text(place, 4, option, "small")
            lines = lines_needed(answer, sum(_PARAMETER_WIDTHS[2:4]))
            sheet.set_row(place, row_height(max(tallest if place == row else 1, lines)))
        first, last = row + 1, row + len(answers)
        is_chosen = f"EXACT(B{first},C{first}:C{last})"
        position = f"SUMPRODUCT({is_chosen}*(ROW(C{first}:C{last})-{row}))"
        value = f"IF(SUMPRODUCT({is_chosen}*1)=1,INDEX(E{first}:E{last},{position}),NA())"
        sheet.put_formula(row, 5, value, paper.style("small"), chosen)
        listed = {"validate": "list", "source": f"=$C${first}:$C${last}", "ignore_blank": False}
        sheet.data_validation(row, 1, row, 1, {**listed, "error_message": paper.say("book.choose")})
        self._name(self._names[id_], row, "F")
        self._row = last

    def _list(self, parameter: Parameter) -> int:
        """A list's items one below the other, with blank cells for more; the row after the items."""
        sheet = self._sheet
        value = self._plan.constants.get(parameter.id)
        items = value if isinstance(value, tuple) else ()
        self._row += 1
        self._heads(
            "book.parameter",
            "book.items",
            "book.unit",
            "book.since",
            "book.source",
            "",
            "book.cell_name",
        )
        self._text_row(self._about(parameter, ""))
        filled, last = self._row + max(len(items), 1), self._row + len(items) + SPARE - 1
        for place, item in enumerate([*items, *([""] * SPARE)]):
            sheet.text(self._row + place, 1, item, "entry_text")
        self._name(self._names[parameter.id], self._row, "B", last)
        self._row = last + 1
        return filled

    def _table(self, name: str, table: KeptTable) -> None:
        """A table's keys and values, as formulas look them up; a band is there by its least number."""
        self._row += 1
        if table.of:
            title = self._plan.policy.tables[table.of].title.say(self._paper.lang)
            self._sheet.text(self._row, 0, title, "line")
            self._row += 1
        self._heads("book.table_keys", "book.table_values", "", "", "", "", "book.cell_name")
        head, sheet, style = self._row - 1, self._sheet, self._paper.style("entry", "General")
        self._name(name, head, "A")
        for key, value in zip(table.keys, table.values, strict=True):
            for column, cell in enumerate((key, value)):
                if isinstance(cell, str):
                    sheet.text(self._row, column, cell, "entry_text")
                elif cell is None:
                    sheet.put_formula(self._row, column, "NA()", style, NA)
                else:
                    figure = max(cast("int", cell), 1 - LIMIT)
                    sheet.put_number(self._row, column, figure, style)
            self._row += 1
        sheet.text(head + 1, 6, name, "small")
        self._name(f"{name}_keys", head + 1, "A", self._row - 1)
        self._name(f"{name}_values", head + 1, "B", self._row - 1)

    def _long_texts(self) -> bool:
        """Texts that are too long or too odd to stand in a formula; whether there are any."""
        if self._texts:
            self._row += 1
            self._heads("book.text_kept", "", "", "", "", "", "book.cell_name")
        for name, text in self._texts.items():
            self._sheet.text(self._row, 0, text, "small")
            self._sheet.text(self._row, 6, name, "small")
            self._name(name, self._row, "A")
            self._row += 1
        return bool(self._texts)

"""Sheets to read and to look things up: rules with reasons, notes, rejects, and every public column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil
from operator import truediv
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.money import grouped
from fundcalc.base.words import Lang, Words, listing
from fundcalc.engines.result import Result, label
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Number, told_in
from fundcalc.language.nodes import Value
from fundcalc.language.show import show
from fundcalc.policy.columns import rule_called, with_unit
from fundcalc.policy.model import IDENTITY, Otherwise, Rule
from fundcalc.policy.sentences import split
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.groups import of_groups, pool_name
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.paper import (
    BODY,
    HEIGHT,
    ROOM,
    SMALL,
    Paper,
    Sheet,
    clipped,
    figures_width,
    head_row,
    lines_needed,
    row_height,
    tall_rows,
    text_width,
    value_writer,
)
from fundcalc.roster.model import CellCorrection, Reject

_MOST_LINES = 12
"""Lines of a rejected or corrected cell; the list of rejects and the intake have it whole."""

MOST_REASONS = 20_000
"""Villages up to which rules are written out with their reasons, one row a village and programme."""


def write_data(
    paper: Paper, columns: Sequence[Filled], titled: Sequence[Filled], villages: int
) -> None:
    """One row a village in roster order, from row 2: all columns of the CSV, money in yuan.

    Behind them, hidden, `titled` has the titles of what English columns have by id: formulas compare titles.
    """
    sheet, ids = paper.sheet(paper.say("book.sheet_data")), paper.ids
    heads = [column.header(paper.lang) for column in columns]
    figures = {place: _figures_width(column) for place, column in enumerate(columns)}
    titles_of = [column.title.say(paper.lang) for column in titled]
    head_row(sheet, [*heads, *titles_of], villages, figures)
    texts: list[Sequence[Value]] = []
    rooms: list[tuple[Sequence[Value], float]] = []
    for place, column in enumerate(columns):
        values = column.values
        if column.called and paper.lang == "zh":
            values = _in_words(column, paper.lang)
        if ids.get(column.id) in IDENTITY or column.called:
            wide = text_width(values, 40 if column.called else 30)
            sheet.set_column(place, place, wide)
            rooms.append((values, wide))
        texts.append(values)
    tall_rows(sheet, 1, rooms)
    sheet.print_area(0, 0, villages, len(columns) - 1)
    if titled:
        sheet.set_column(len(columns), len(columns) + len(titled) - 1, 13, None, {"hidden": True})
    titles = [(column, _in_words(column, paper.lang)) for column in titled]
    writers = [
        value_writer(sheet, place, values, column.type)
        for place, (column, values) in enumerate([*zip(columns, texts, strict=True), *titles])
    ]
    for index in range(villages):
        for write in writers:
            write(index + 1, index, "text")


def _figures_width(column: Filled) -> float:
    """What the figures of a column need."""
    kind = column.type
    return figures_width(column.numbers, kind.decimals or 0) if isinstance(kind, Number) else 0


def _in_words(column: Filled, lang: Lang) -> list[Value]:
    """A column's texts with titles in place of ids."""
    titles = {text: column.in_words(str(text), lang) for text in set(column.values)}
    return [titles[text] for text in column.values]


# -- rules ----------------------------------------------------------------------------------------


def write_rules(paper: Paper, result: Result) -> None:
    """One row a village and programme: the rules met by title, in English with their ids, and why.

    Above `MOST_REASONS` villages one row a village, with the rules of each programme and no reasons.
    """
    policy, lang = result.plan.policy, paper.lang
    sheet = paper.sheet(paper.say("book.sheet_rules"))
    columns = [id_ for id_ in ("code", "name", "county") if id_ in policy.facts]
    heads = [policy.facts[id_].title.say(lang) for id_ in columns]
    programmes = {id_: policy.programme(id_).title.say(lang) for id_ in policy.listed}
    reasons = _Reasons(result, lang)
    with_reasons = len(result.rows) <= MOST_REASONS
    if with_reasons:
        heads += [paper.say(key) for key in ("book.programme", "book.rule", "book.why")]
        head_row(sheet, heads, len(result.rows) * len(programmes))
        widths = [text_width(result.column(id_), 30) for id_ in columns] + [16, 30, 44]
        sheet.widths(widths)
    else:
        head_row(sheet, [*heads, *programmes.values()], len(result.rows))
    fired = {id_: list(result.fired[id_]) for id_ in programmes}
    size = cache(lambda text: len(text.encode("gbk", "replace")))  # there are thousands of lines
    line = 0
    for index, row in enumerate(result.rows):
        identity = [str(row.get(id_, "")) for id_ in columns]
        lines = (
            (
                (*identity, programmes[id_], *reasons.titles_and_reasons(id_, row, ids[index]))
                for id_, ids in fired.items()
            )
            if with_reasons
            else [(*identity, *(reasons.titles(id_, ids[index]) for id_, ids in fired.items()))]
        )
        for texts in lines:
            line += 1
            for place, cell in enumerate(texts):
                sheet.text(line, place, cell, "small")
            if with_reasons:
                longest = max(map(truediv, map(size, texts), widths))
                if longest > 0.95:
                    sheet.set_row(line, row_height(int(longest * 1.1) + 1))


_Sentence = list[tuple[str, bool]]
"""A sentence cut at the names of values: texts, and whether each is a name."""


class _Reasons:
    """Why rules met a village, as sentences with the village's numbers in."""

    def __init__(self, result: Result, lang: Lang) -> None:
        self._lang: Lang = lang
        self._policy = policy = result.plan.policy
        self._known: dict[tuple[str, tuple[str, ...]], tuple[str, list[_Sentence]]] = {}
        self._texts: dict[tuple[str, Value], str] = {}
        self._kinds = {id_: fact.type for id_, fact in policy.facts.items()}
        self._kinds |= {id_: parameter.type for id_, parameter in policy.parameters.items()}
        self._kinds |= {o.id: o.type for p in policy.programmes for o in p.outputs}
        self._constants = {
            id_: said(Amount(v, self._kinds[id_]), lang) for id_, v in result.plan.constants.items()
        }
        self._constants |= {  # the chosen options in words, as sentences may name a reading
            id_: policy.readings[id_].options[option].say(lang)
            for id_, option in result.plan.readings.items()
        }

    def titles(self, programme: str, fired: tuple[str, ...]) -> str:
        """All rules that decided, as one text."""
        return self._decided(programme, fired)[0]

    def titles_and_reasons(
        self, programme: str, row: Mapping[str, Value], fired: tuple[str, ...]
    ) -> tuple[str, str]:
        """All rules that decided, and the reasons of all."""
        titles, sentences = self._decided(programme, fired)
        said = [self._filled(sentence, row) for sentence in sentences]
        return titles, "；".join(filter(None, said))

    def _decided(self, id_: str, fired: tuple[str, ...]) -> tuple[str, list[_Sentence]]:
        """The rules of a programme that decided, or what held otherwise: their titles, and why."""
        key = id_, fired
        if key not in self._known:
            programme = self._policy.programme(id_)
            rules: list[Rule | Otherwise] = [rule for rule in programme.rules if rule.id in fired]
            rules = rules or ([programme.otherwise] if programme.otherwise is not None else [])
            why = [rule.because.say(self._lang) if rule.because else "" for rule in rules]
            self._known[key] = "；".join(map(self._title, rules)), [list(split(w)) for w in why]
        return self._known[key]

    def _title(self, rule: Rule | Otherwise) -> str:
        title = rule_called(rule).say(self._lang)
        return title if self._lang == "zh" else f"{title} ({rule.id})"

    def _filled(self, sentence: _Sentence, row: Mapping[str, Value]) -> str:
        return "".join([self._value(text, row) if name else text for text, name in sentence])

    def _value(self, name: str, row: Mapping[str, Value]) -> str:
        if name not in row:
            return self._constants[name]
        value = row[name]
        shown = self._texts.get((name, value))
        if shown is None:
            shown = said(Amount(value, self._kinds[name]), self._lang)
            self._texts[name, value] = shown
        return shown


# -- notes ----------------------------------------------------------------------------------------

_WIDTHS = (20, 32, 24, 13, 13, 13, 7, 7)
_FIGURE = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?( */ *[0-9,]+|%)?|—")


def write_notes(
    paper: Paper, result: Result, summary: Summary, assumed: Mapping[str, Sequence[bool]],
    about: Mapping[str, Any], left_out: Sequence[tuple[str, Words]],
) -> None:  # fmt: skip
    """Write the sheet. `left_out` names what could not be shown as a formula, and why."""
    sheet = paper.sheet(paper.say("book.sheet_notes"))
    sheet.widths(_WIDTHS)
    notes = _Notes(paper, sheet, result, summary)
    notes.basis(about)
    notes.readings()
    notes.assumed()
    notes.pools()
    notes.groups()
    notes.programmes()
    notes.sources()
    notes.ratios()
    notes.formulas(left_out)
    notes.assuming(assumed)


class _Notes:
    """The sections, written one below the other."""

    def __init__(self, paper: Paper, sheet: Sheet, result: Result, summary: Summary) -> None:
        self._paper = paper
        self._sheet = sheet
        self._result = result
        self._summary = summary
        self._row = 0

    def _section(self, key: str, *heads: str) -> None:
        """A heading over the whole width, and the heads of a table, by their keys."""
        self._headed(self._paper.say(key), list(map(self._paper.say, heads)))

    def _headed(self, title: str, heads: Sequence[str]) -> None:
        self._row += 1 if self._row else 0
        for place in range(len(_WIDTHS)):
            self._sheet.write_blank(self._row, place, None, self._paper.style("section"))
        self._sheet.text(self._row, 0, title, "section")
        self._row += 1
        if heads:
            self._line(*heads, style="head")

    def _line(self, *cells: str, style: str = "small") -> None:
        for place, cell in enumerate(cells):
            figure = style == "small" and _FIGURE.fullmatch(cell)
            cell_style = "figure" if figure else style
            self._sheet.text(self._row, place, cell, cell_style)
        lines = max(map(lines_needed, cells, _WIDTHS))
        if lines > 1:
            self._sheet.set_row(self._row, 13.5 * lines + 2)
        self._row += 1

    def _sentence(self, text: str) -> None:
        rows = lines_needed(text, sum(_WIDTHS[:3]))
        self._sheet.across(self._row, 0, 2, text, "wrap")
        self._sheet.set_row(self._row, 14 * rows + 2)
        self._row += 1

    def basis(self, about: Mapping[str, Any]) -> None:
        """Policy, date, digests, roster, run."""
        plan = self._result.plan
        roster, double = about.get("roster", {}), self._result.double
        self._section("book.basis")
        if about.get("notice"):
            self._sentence(str(about["notice"]))
        pairs = [
            ("book.title", plan.policy.title.say(self._paper.lang)),
            ("book.policy_id", plan.policy.id),
            ("book.day_in_force", plan.on.isoformat()),
            ("book.policy_digest", str(about.get("policy", {}).get("digest", plan.policy.digest))),
            ("book.plan_digest", plan.digest),
            ("book.roster", str(roster.get("file", ""))),
            ("book.roster_digest", str(roster.get("digest", ""))),
            ("book.villages", f"{len(self._result.rows):,}"),
            ("book.checked", f"{double.villages:,}{double.of().say(self._paper.lang)}"),
            ("book.run_id", str(about.get("run") or "—")),
            ("book.ledger_head", str(about.get("head") or "—")),
            ("book.ledger_sm3", str(about.get("sm3") or "—")),
        ]
        for key, value in pairs:
            self._line(self._paper.say(key), value)

    def readings(self) -> None:
        """Each question that the source leaves open, the option taken, and how many villages it moves."""
        plan, lang = self._result.plan, self._paper.lang
        counts = {id_: count for id_, _, count in self._summary.hinges}
        self._section(
            "book.readings",
            "book.reading",
            "book.question",
            "book.chosen",
            "book.others",
            "book.moved",
        )
        for number, (id_, reading) in enumerate(plan.policy.readings.items(), 1):
            chosen = plan.readings[id_]
            rest = [
                title.say(lang) for option, title in reading.options.items() if option != chosen
            ]
            stuck = [o.why.say(lang) for o in self._summary.undecided if o.reading == id_]
            self._line(
                self._number_or_id(id_, number), reading.question.say(lang),
                reading.options[chosen].say(lang),
                "\n".join(rest), "\n".join([f"{counts.get(id_, 0):,}", *stuck]),
            )  # fmt: skip

    def assumed(self) -> None:
        """Facts that the roster does not say."""
        self._section("book.assumptions", "book.fact", "book.assumed_as", "book.cells")
        facts = self._result.plan.policy.facts
        for id_, title, count in self._summary.assumed:
            default = facts[id_].default
            shown = ""
            if default is not None:
                shown = said(Amount(default, facts[id_].type), self._paper.lang)
            self._line(title.say(self._paper.lang), shown, f"{count:,}")
        if not self._summary.assumed:
            self._line(self._paper.say("book.none"))

    def pools(self) -> None:
        """Each pool: what there was, what was shared out, what is left."""
        if not self._summary.pools:
            return
        lang = self._paper.lang
        self._section(
            "book.pools", "book.programme", "book.pool_group", "book.pool_amount", "book.used",
            "book.leftover", "book.mean", "book.villages", "book.claims",
            *(["book.rest_to"] if any(pool.rest_to for pool in self._summary.pools) else []),
        )  # fmt: skip
        for pool in self._summary.pools:
            amounts = (pool.amount, pool.used, pool.left, pool.mean)
            title = with_unit(pool.programme, told_in(pool.kind))
            self._line(
                title.say(lang), pool_name(pool).say(lang),
                *(grouped(amount, pool.decimals) for amount in amounts),
                f"{pool.villages:,}", f"{pool.claims:,}",
                *([] if pool.rest_to is None else [pool.rest_to.say(lang)]),
            )  # fmt: skip

    def groups(self) -> None:
        """What is decided once for each group, a section for all that have the same groups."""
        lang, policy = self._paper.lang, self._result.plan.policy
        for decided in self._summary.decided:
            columns = of_groups(policy, decided.per, decided.groups)
            title = words("reports.once_for", groups=listing(decided.titles)).say(lang)
            self._headed(title, [with_unit(c.title, c.type).say(lang) for c in columns])
            for index in range(len(decided.groups)):
                cells = (text(c.values[index], c.type) for c in columns)
                pairs = zip(columns, cells, strict=True)
                self._line(*(c.in_words(cell, lang) for c, cell in pairs))

    def programmes(self) -> None:
        """What the policy's author says of a programme, such as that a key is not the source's."""
        lang = self._paper.lang
        noted = [p for p in self._result.plan.policy.listed_programmes if p.note is not None]
        if noted:
            self._section("book.programme_notes", "book.programme", "book.note")
        for programme in noted:
            assert programme.note is not None
            self._line(programme.title.say(lang), programme.note.say(lang))

    def sources(self) -> None:
        """The documents cited."""
        self._section("book.sources")
        for number, source in enumerate(self._result.plan.policy.sources.values(), 1):
            self._line(self._number_or_id(source.id, number), source.cite().say(self._paper.lang))

    def _number_or_id(self, id_: str, number: int) -> str:
        return str(number) if self._paper.lang == "zh" else id_

    def ratios(self) -> None:
        """Shares of villages with numerator and denominator."""
        if self._summary.ratios:
            self._section("book.shares", "book.share", "book.share_value", "book.share_of")
        for ratio in self._summary.ratios:
            percent = f"{ratio.percent}%" if ratio.percent is not None else "—"
            self._line(
                ratio.title.say(self._paper.lang), percent, f"{ratio.count:,} / {ratio.among:,}"
            )

    def formulas(self, left_out: Sequence[tuple[str, Words]]) -> None:
        """How the formulas are meant, and which results have none."""
        self._section("book.about_formulas")
        self._sentence(self._paper.say("book.how_formulas"))
        for must in (
            must for programme in self._result.plan.programmes for must in programme.musts
        ):
            self._sentence(self._paper.say("book.unmet", rule=show(must.when)))
        for what, why in left_out:
            self._line(what, why.say(self._paper.lang))

    def assuming(self, assumed: Mapping[str, Sequence[bool]]) -> None:
        """Villages with facts that the roster does not say, by village."""
        facts, lang = self._result.plan.policy.facts, self._paper.lang
        by_title = {
            facts[id_].title.say(lang): flags for id_, flags in assumed.items() if any(flags)
        }
        if by_title:
            self._section("book.flagged", "book.village", "book.assumes")
        for index, row in enumerate(self._result.rows if by_title else ()):
            titles = [title for title, flags in by_title.items() if flags[index]]
            if titles:
                self._line(label(row), "、".join(titles))


def write_rejects(paper: Paper, rejects: Sequence[Reject]) -> None:
    """One row a reject: where, what, why, how to fix it."""
    if not rejects:
        return
    lang = paper.lang
    sheet = paper.sheet(paper.say("book.sheet_rejects"))
    keys = (
        "book.severity", "book.place_sheet", "book.place_cell", "book.place_row", "book.village",
        "book.column", "book.value", "book.why", "book.mend",
    )  # fmt: skip
    head_row(sheet, [paper.say(key) for key in keys], len(rejects))
    severity = {"error": paper.say("book.error"), "warning": paper.say("book.warning")}
    rows = [
        (
            severity[reject.severity], reject.sheet or "", reject.cell or "", str(reject.row), reject.village,
            reject.column, reject.value, reject.why.say(lang), reject.mend.say(lang),
        )
        for reject in rejects
    ]  # fmt: skip
    _write_lines(sheet, rows, (6, 12, 8, 7, 18, 12, 12, 26, 26))


def write_corrections(paper: Paper, corrections: Sequence[CellCorrection]) -> None:
    """One row a cell of the roster that was set right by hand: where, what it was and is, why, by whom."""
    if not corrections:
        return
    sheet = paper.sheet(paper.say("book.sheet_corrections"))
    keys = ("book.place_cell", "book.was", "book.now", "book.why", "book.by")
    head_row(sheet, [paper.say(key) for key in keys], len(corrections))
    rows = [(cell.cell, cell.was, cell.now, cell.why, cell.by) for cell in corrections]
    _write_lines(sheet, rows, (34, 20, 20, 38, 16))


def _write_lines(sheet: Sheet, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
    """Rows of texts below the head, each as high as its longest text, which is cut after some lines."""
    sheet.widths(widths)
    shown = [
        [clipped(cell, room, _MOST_LINES)[0] for cell, room in zip(row, widths, strict=True)]
        for row in rows
    ]
    for number, row in enumerate(shown, 1):
        for place, cell in enumerate(row):
            sheet.text(number, place, cell, "small")
    tall_rows(sheet, 1, list(zip(zip(*shown, strict=True), widths, strict=True)))


# -- as printed -------------------------------------------------------------------------------------

_PIXEL = 0.75
"""Points of a pixel, in which XlsxWriter keeps the heights of rows."""

_MOST_PAGES = 30
"""Pages of such a sheet: one that takes more is to be read on a screen."""


def finish(paper: Paper, about: Mapping[str, Any]) -> None:
    """Give head and foot to every sheet that has none, since nobody signs it; each says so on every page."""
    for sheet in paper.file.worksheets():
        if not sheet.footer:
            _to_width(paper, sheet)
            paper.footer(sheet, about)


def _to_width(paper: Paper, sheet: Sheet) -> None:
    """Print a sheet as wide as a page; where that is too small or too long, its head and a note."""
    sheet.measure()
    rows, columns = sheet.printed or (sheet.dim_rowmax or 0, sheet.dim_colmax or 0)
    room, high = ROOM[paper.settings.paper], HEIGHT[paper.settings.paper]
    wide = [0.0]
    for column in range(columns + 1):
        info = sheet.col_info.get(column)
        pixels = sheet.default_col_width if info is None or info.width is None else info.width
        visible = info is None or not info.hidden
        wide.append(wide[-1] + pixels / sheet.max_digit_width * visible)
    share = min(room / wide[-1], 1)
    sizes = [pixels for row, (pixels, _) in sheet.row_sizes.items() if row <= rows]
    sizes.append(sheet.default_row_height * (rows + 1 - len(sizes)))
    whole = share * BODY >= SMALL and sum(sizes) * _PIXEL * share <= high * _MOST_PAGES
    notice = paper.say("book.to_read", sheet=sheet.name)
    if whole:
        sheet.share = share
    else:
        notice += "\n" + paper.say("book.on_screen")
        last = sum(size <= room for size in wide[2:])
        sheet.print_area(0, 0, sheet.heads, min(last, columns))
    sheet.set_v_pagebreaks([])
    sheet.fit_to_pages(1, 0)
    head = f"&L&{ceil(SMALL / sheet.share)}" + notice.replace("&", "&&")
    sheet.set_header(head, {"margin": 0.3})
    sheet.set_margins(left=0.4, right=0.4, top=0.6 if whole else 1, bottom=0.75)

"""From headings to columns: each fact's column with its unit, or all that must be asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Lang, Words, nearest, same
from fundcalc.language.datatypes import Number, YesNo, is_money
from fundcalc.language.nodes import Compare, names, walk
from fundcalc.language.show import show
from fundcalc.language.units import PLAIN, Unit
from fundcalc.policy.model import Fact, Policy
from fundcalc.roster.layout import UNSURE, Heading, Keys, StatedUnit, pop_bracket
from fundcalc.roster.model import letters, place, quoted, short
from fundcalc.roster.sheet import FORMATTED
from fundcalc.roster.tables import Table
from fundcalc.roster.words import (
    SCALE_WORDS,
    Scaled,
    agrees,
    clean,
    known_names,
    of_scale,
    read_unit,
    units_named,
    units_of_columns,
    wanted,
)

if TYPE_CHECKING:
    from fundcalc.roster.clean import Statement

_YEAR_ONLY = re.compile(r"(?:19|20)\d\d(?:年(?:度|末|底)?|$)|[上本当]年度?|")
_KEYED = re.compile("^(?:(?:金额|计量|货币|计价)?单位|金额(?=[:：]))[:：]?|^人民币(?=.*元)")
_OPPOSITE = re.compile(
    "^(?:无|没有?|否|不是|非|缺)[^/、]*(?:打|填|画|划|标|记)(?!写?[“‘]?(?:0|×|x|否|无|空))|^[是有]请?[打填画划标=为]+写?[“‘]?[0×x否无]"
)
"""无打√, 否填1, 是填0; but not 否填0."""
_ANSWERS = re.compile(
    "(?:[是否有无为打填写画划标选勾√✓✔vx×10yn请或的/,;=:空不下拉者中用以表示代号钩必项可如则栏在个“”‘’|]|true|false|yes|no)*"
)
"""What says no more than how a yes/no is answered: 是/否, 是打√, 有填1，无填0."""

_FOR_A_VILLAGE = re.compile("(?:[/／每]|per ?)(?:个?村|village)", re.IGNORECASE)
_LIKE_MONEY = re.compile("[十百千万亿]+元.{1,4}")


@dataclass(frozen=True, slots=True)
class Column:
    """A fact's column: its place (from 0), its header as written, and the power of ten of its unit.

    `unit` says how its figures are read and `said` where that stands; None where it stands nowhere, so
    that the fact's own unit is taken. `told` columns have their unit from a person. `opposite` is the
    place of the column of 无, where a yes/no fact has one.
    """

    fact: Fact
    index: int
    label: str
    power: int = 0
    unit: str = ""
    said: Words | None = None
    told: bool = False
    opposite: int | None = None


class Settled:
    """A table's `columns` by fact, the `problems` in the way, and `notices` of what is worth saying.

    `given` facts stand in no column; `several` tables share what a person has said of a header.
    """

    def __init__(
        self,
        table: Table,
        file: str,
        policy: Policy,
        known: Keys,
        given: Collection[str],
        several: bool,
    ) -> None:
        self.columns: dict[str, Column] = {}
        self.problems: list[Diagnostic] = []
        self.notices: list[Words] = []
        self._table, self._policy, self._known, self._several = table, policy, known, several
        self._base = place(file, table.sheet.name, "")
        self._names = known_names(policy.facts.values())
        self._of_column: dict[str, StatedUnit] = {}
        self._general = [
            *self._units_for_all(table.units),
            *_units_of_names(file.rpartition("/")[2], table.sheet.name),
        ]
        facts = policy.facts
        by_fact = _by_fact(self._table.headings)
        for heading in self._table.headings:
            if len(heading.facts) > 1:
                titles = [facts[id_].title for id_ in heading.facts]
                either = Words(
                    "或".join(quoted([title.zh]) for title in titles),
                    " or ".join(quoted([title.en]) for title in titles),
                )
                span, header = Span(self._place_of(heading)), heading.label
                options = _joined_options(option_of(header, facts[id_]) for id_ in heading.facts)
                question = say("FC614", span, header=header, titles=either, options=options)
                self.problems.append(question)
        for id_, headings in by_fact.items():
            if len(headings) > 1:
                self.problems.append(self._ask_which_column(headings, id_))
                continue
            if headings[0].doubt:
                self.problems.append(self._ask_about_title(headings[0], facts[id_]))
                continue
            self._column(headings[0], facts[id_])
        doubted = {i for h in self._table.headings if len(h.facts) > 1 for i in h.facts}
        without = {*by_fact, *doubted, *given}
        self._ask_about_missing({id_: f for id_, f in facts.items() if id_ not in without})

    def _ask_which_column(self, headings: Sequence[Heading], id_: str) -> Diagnostic:
        spans = [Span(self._place_of(heading)) for heading in headings]
        labels = [heading.label for heading in headings]
        fact, count = self._policy.facts[id_], len(labels)
        listed = ", ".join(f"“{label}”" for label in labels)
        single = [label for label in labels if labels.count(label) == 1]
        if not single:
            return say("FC615", spans=spans, count=count, title=fact.title, headers=listed)
        options = _joined_options(option_of(label, fact) for label in single)
        return say(
            "FC615.which", spans=spans, count=count, title=fact.title, headers=listed,
            options=options,
        )  # fmt: skip

    def _ask_about_title(self, heading: Heading, fact: Fact) -> Diagnostic:
        """Ask whether 计划数/集体经济收入 is the fact, and about a column of 无 without one of 有."""
        where, option = Span(self._place_of(heading)), option_of(heading.label, fact)
        if heading.says is False:
            return say("FC613.no", where, header=heading.label, title=fact.title)
        return say(
            "FC613.words", where, header=heading.label, words=heading.doubt, title=fact.title,
            option=option,
        )  # fmt: skip

    def _place_of(self, heading: Heading) -> str:
        return place(self._base, None, f"{letters(heading.column)}{self._table.layout.last + 1}")

    def _column(self, heading: Heading, fact: Fact) -> None:
        column = Column(fact, heading.column, heading.label)
        if self._table.sheet.clean is not None:
            told = self._clean_unit_by_person(self._table.sheet.clean, heading, fact)
            column = replace(column, said=words("roster.by_id"), told=told)
        elif isinstance(fact.type, Number):
            unit, where, told = self._unit(heading, fact)
            if unit is not None:
                column = replace(column, power=unit.power, unit=unit.text, said=where, told=told)
            elif heading.by_id:
                column = replace(column, said=words("roster.by_id"))
        else:
            for note in self._notes(heading):
                if _OPPOSITE.search(note) and not heading.settled:
                    self._ask_opposite(heading, fact)
                    continue
                unit = self._read(note, fact)
                if unit and (unit.power or unit.unit != PLAIN):
                    self._refuse_unit(heading, fact, unit.text)
                elif isinstance(fact.type, YesNo) and not (
                    heading.settled or _of_answers(note, fact)
                ):
                    noted = replace(heading, doubt=note)
                    self.problems.append(self._ask_about_title(noted, fact))
        self.columns[fact.id] = replace(column, opposite=heading.opposite)
        if heading.year:
            self.notices.append(words("roster.year", header=heading.label, year=heading.year))
        if heading.near:
            line = turning_point(self._policy, fact.id)
            near = words("roster.near_alias", header=heading.label, title=fact.title)
            if line:
                near = words("roster.near_alias_line", said=near, line=line)
            self.notices.append(near)

    def _ask_opposite(self, heading: Heading, fact: Fact) -> None:
        """Ask about 活动场所（无打√）, where a tick means no."""
        option = option_of(heading.label, fact)
        where = Span(self._place_of(heading))
        self.problems.append(
            say("FC613", where, header=heading.label, title=fact.title, option=option)
        )

    # -- units ----------------------------------------------------------------------------------

    def _clean_unit_by_person(self, clean_: Statement, heading: Heading, fact: Fact) -> bool:
        """Whether a person has named the unit, now or when the facts were cleaned; no other is taken."""
        unit = read_unit(heading.unit, self._names) if heading.unit else None
        if heading.unit and (unit is None or unit.power or not _suits(fact, unit)):
            self._refuse_unit(heading, fact, heading.unit)
        facts = clean_.result.facts
        stated = facts.get(fact.called, facts.get(fact.id))
        return heading.settled or (stated is not None and stated.told)

    def _unit(self, heading: Heading, fact: Fact) -> tuple[Scaled | None, Words | None, bool]:
        """The unit of a column's figures, where that stands, and whether a person said so."""
        assert isinstance(fact.type, Number)
        fact_unit = fact.type.unit or PLAIN
        if heading.unit:
            return self._unit_by_person(heading, fact, fact_unit)
        units = self._units_of_words(heading, fact, fact_unit)
        formats = self._units_of_formats(heading, fact, fact_unit)
        mixed = formats and not units and self._plain_too(heading)
        for by_format in formats:
            if not units:
                units = [] if mixed else [by_format]
            elif _power(by_format) != _power(units[0]):
                self._disagree(heading, [units[0], by_format])
        if not units:
            return None, None, False
        unit = units[0].unit
        assert isinstance(unit, Scaled)
        if not _suits(fact, unit):
            self._refuse_unit(heading, fact, unit.text)
        return unit, units[0].where, False

    def _unit_by_person(
        self, heading: Heading, fact: Fact, fact_unit: Unit
    ) -> tuple[Scaled | None, Words | None, bool]:
        """The unit that a person has named; it must not gainsay one of several tables."""
        named_unit = read_unit(heading.unit, self._names) or of_scale(heading.unit, fact_unit)
        if named_unit is None or not _suits(fact, named_unit):
            where = option_of(heading.label, fact, heading.unit).en
            self.problems.append(_other_unit(where, heading.label, heading.unit, fact))
            return None, None, True
        for stated in (
            *self._units_of_words(heading, fact, fact_unit),
            *self._units_of_formats(heading, fact, fact_unit),
        ):
            if _power(stated) == named_unit.power:
                continue
            if self._several:
                self._disagree(heading, [StatedUnit(named_unit, words("roster.told")), stated])
            else:
                header, unit, by = heading.label, _text(stated), stated.where
                self.notices.append(
                    words(
                        "roster.gainsaid", header=header, told=named_unit.text, where=by, unit=unit
                    )
                )
            break
        return named_unit, words("roster.told"), not self._several

    def _units_for_all(self, units: Sequence[StatedUnit]) -> Iterator[StatedUnit]:
        """The units that are said of the whole table; those that a note gives one column are kept for it."""
        labels = {_plain_header(text) for h in self._table.headings for text in h.pieces[-1:]}
        for text, same_text in groupby(units, lambda stated: stated.text):
            said = [*same_text]
            by_label, rest = units_of_columns(text, labels, self._names) if text else ({}, None)
            for label, unit in by_label.items():
                self._of_column[label] = replace(said[0], unit=unit)
            if not by_label:
                yield from said
            elif rest is not None:
                yield replace(said[0], unit=rest)

    def _units_of_words(self, heading: Heading, fact: Fact, fact_unit: Unit) -> list[StatedUnit]:
        """What the header says, or a note says of this column; else what is said of the whole table."""
        specific = self._unit_of_header(heading, fact, fact_unit)
        noted = self._of_column.get(_plain_header(heading.pieces[-1]))
        if noted is not None and specific is not None and _power(noted) != _power(specific):
            self._disagree(heading, [specific, noted])
        specific = specific or noted
        return self._units_of_lines(fact) if specific is None else [specific]

    def _unit_of_header(self, heading: Heading, fact: Fact, fact_unit: Unit) -> StatedUnit | None:
        """The unit that the header itself gives, or the other rows of a merged header."""
        units: list[Scaled] = []
        for note in self._notes(heading):
            unit = self._read(note, fact) or of_scale(note, fact_unit)
            if unit is not None:
                units.append(unit)
            elif not ((heading.settled or units) and _harmless(note, fact)):
                self._unknown_unit(heading, note.removeprefix(UNSURE))
                return StatedUnit(
                    Scaled(0, fact_unit, fact_unit.said("zh")), words("roster.in_header")
                )
        for note in () if units else (_KEYED.sub("", note) for note in heading.outer):
            unit = self._read(note, fact)
            scale = of_scale(note, fact_unit)
            if (unit and unit.unit != PLAIN) or scale:
                units = [unit or scale or Scaled(0, fact_unit, "")]
                break
            if _LIKE_MONEY.fullmatch(note) and is_money(fact.type):
                self._unknown_unit(heading, note)
        for unit in units[1:]:
            if unit.power != units[0].power or not _suits(fact, unit):
                self._refuse_unit(heading, fact, unit.text)
        return StatedUnit(units[0], words("roster.in_header")) if units else None

    def _read(self, note: str, fact: Fact) -> Scaled | None:
        """The unit that a note in a header gives; 分 is one of money alone, else it may be points."""
        unit = read_unit(note, self._names)
        return None if unit is not None and unit.power < 0 and not is_money(fact.type) else unit

    def _unknown_unit(self, heading: Heading, note: str) -> None:
        span, label = Span(self._place_of(heading)), f"“{heading.label}”"
        percent = note.strip() in ("%", "％")
        self.problems.append(
            say("FC616.percent" if percent else "FC616", span, where=label, unit=note)
        )

    def _notes(self, heading: Heading) -> list[str]:
        """What stands in the header's brackets, but for years."""
        notes = [part for n in heading.brackets for part in re.split(r"[;、]|,(?!\d{3}(?!\d))", n)]
        notes = [_KEYED.sub("", note).strip(",") for note in notes]
        return [note for note in notes if not _YEAR_ONLY.fullmatch(note)]

    def _units_of_lines(self, fact: Fact) -> list[StatedUnit]:
        """The unit that lines above, notes below and names give for such a fact; all must agree."""
        fitting = [
            stated
            for stated in self._general
            if (isinstance(stated.unit, str) and is_money(fact.type))
            or (
                isinstance(stated.unit, Scaled)
                and stated.unit.unit != PLAIN
                and _suits(fact, stated.unit)
            )
        ]
        for stated in self._general:
            if isinstance(stated.unit, Scaled) and _other_time(fact, stated.unit):
                where = place(self._base, None, stated.cell)
                self._ask_once(_other_unit(where, fact.title.zh, stated.unit.text, fact))
                return []
        unread = [stated for stated in fitting if isinstance(stated.unit, str)]
        if unread:
            span = Span(place(self._base, None, unread[0].cell))
            where_ = unread[0].where
            self._ask_once(say("FC616", span, where=where_, unit=str(unread[0].unit)))
            return []
        if len({_power(stated) for stated in fitting}) > 1:
            other = next(stated for stated in fitting if _power(stated) != _power(fitting[0]))
            self._disagree(None, [fitting[0], other])
        return fitting[:1]

    def _units_of_formats(self, heading: Heading, fact: Fact, fact_unit: Unit) -> list[StatedUnit]:
        """The units that the number formats of the column's cells name."""
        kinds = self._table.kinds(heading.column)
        if kinds is None:
            return []
        units: list[StatedUnit] = []
        numbers = {int(kind) - FORMATTED for kind in kinds[kinds >= FORMATTED]}
        for number in sorted(numbers):
            form = self._table.sheet.formats[number]
            unit = read_unit(form.unit, self._names) or of_scale(form.unit, fact_unit)
            if unit is not None and unit.unit != PLAIN and _suits(fact, unit):
                units.append(StatedUnit(unit, words("roster.in_format", format=form.code)))
        return units

    def _plain_too(self, heading: Heading) -> bool:
        """Whether some figures of a column have no unit in their format, though others have one."""
        kinds = self._table.kinds(heading.column)
        if kinds is None:
            return False
        texts = self._table.column(heading.column)
        filled = ((texts != "") & (texts != "0")).to_numpy()
        return bool((filled & (kinds < FORMATTED)).any())

    def _disagree(self, heading: Heading | None, disagreeing: Sequence[StatedUnit]) -> None:
        where = self._place_of(heading) if heading else place(self._base, None, disagreeing[1].cell)
        by_person = any(stated.where == words("roster.told") for stated in disagreeing)
        both = gainsayings([(_text(stated), stated.where) for stated in disagreeing])
        self._ask_once(say("FC651.told" if by_person else "FC651", Span(where), said=both))

    def _ask_once(self, question: Diagnostic) -> None:
        """Ask what several columns would ask."""
        if question not in self.problems:
            self.problems.append(question)

    def _refuse_unit(self, heading: Heading, fact: Fact, unit: str) -> None:
        where = self._place_of(heading)
        self.problems.append(_other_unit(where, heading.label, unit, fact))

    # -- what is missing ------------------------------------------------------------------------

    def _ask_about_missing(self, missing: Mapping[str, Fact]) -> None:
        """Ask about headers that may mean a missing fact; say which required facts have no column."""
        owner = {key: ids[0] for key, ids in self._known.items() if ids[0] in missing}
        near: dict[str, list[Heading]] = {}
        free = [h for h in self._table.headings if not h.facts and not h.settled]
        for heading in free:
            key = nearest(_plain_header(heading.pieces[-1]), owner) or nearest(
                _plain_header("".join(heading.pieces)), owner
            )
            if key:
                near.setdefault(owner[key], []).append(heading)
        for id_, fact in missing.items():
            candidates = near.get(id_, [])
            if fact.required:
                self.problems.append(self._missing_column(fact, candidates, free))
                continue
            for heading in candidates or _of_its_kind(fact, free):
                at, header = Span(self._place_of(heading)), heading.label
                option = option_of(header, fact)
                self.problems.append(
                    say("FC613", at, header=header, title=fact.title, option=option)
                )
        unused = [h.label for h in self._table.headings if not h.facts]
        if unused:
            headers = quoted(map(short, unused))
            self.notices.append(words("roster.ignored", headers=headers))
        absent = [fact for fact in missing.values() if not fact.required]
        before = [fact.title for fact in absent if fact.of_before]
        absent_now = [fact.title for fact in absent if not fact.of_before]
        if absent_now:
            self.notices.append(words("roster.absent", titles=titles_of(absent_now)))
        if before:
            self.notices.append(words("roster.absent_before", titles=titles_of(before)))

    def _missing_column(
        self, fact: Fact, near: Sequence[Heading], free: Sequence[Heading]
    ) -> Diagnostic:
        span, title = Span(self._base), fact.title
        if fact.id == "county":
            near, free = near or [heading for heading in free if self._groups(heading)], ()
        if near:
            options = _joined_options(option_of(heading.label, fact) for heading in near)
            question = say("FC612.near", span, title=title, options=options)
        elif free:
            unused = quoted(heading.label for heading in free[:10])
            question = say("FC612.unused", span, title=title, fact=called(fact), unused=unused)
        else:
            question = say("FC612", span, title=title)
        if fact.id == "county" and question.hint:
            question = replace(
                question, hint=words("roster.or_county", said=question.hint),
                at_desk=words("roster.county_at_desk", title=title),
            )  # fmt: skip
        return question

    def _groups(self, heading: Heading) -> bool:
        """Whether anything stands in a column twice, as the name of a county does."""
        texts = self._table.column(heading.column)
        filled = texts.filter(texts != "")
        return filled.n_unique() < len(filled)


def _of_its_kind(fact: Fact, free: Sequence[Heading]) -> list[Heading]:
    """Unused headings that end in the word that all names of a fact of money end in, as 补贴."""
    titles = [re.sub("标准$", "", clean(t)) for t in (fact.title.zh, *fact.aliases)]
    ends = {title[-2:] for title in titles if not title.isascii()}
    if not is_money(fact.type) or len(ends) != 1:
        return []
    kind = re.compile(f".+{re.escape(ends.pop())}(?:标准|金?额|数)?")
    return [h for h in free if kind.fullmatch(_plain_header(h.pieces[-1]))]


def turning_point(policy: Policy, fact: str) -> Words | None:
    """The first condition of the policy that turns on a fact, after its programme and rule."""
    titles = {id_: fact.title for id_, fact in policy.facts.items()}
    titles |= {id_: parameter.title for id_, parameter in policy.parameters.items()}

    def said(rule: Words, node: Compare, lang: Lang) -> str:
        test = show(node, lambda name: titles.get(name.id, same(name.id)).say(lang))
        return f"{rule.say(lang)}{test.replace('>=', '≥').replace('<=', '≤')}"

    for programme in policy.programmes:
        for rule in programme.rules:
            title = rule.title or same(rule.id)
            head = words("roster.of_rule", programme=programme.title, rule=title)
            for node in walk(rule.when):
                if isinstance(node, Compare) and any(name.id == fact for name in names(node)):
                    return Words(said(head, node, "zh"), said(head, node, "en"))
    return None


def _by_fact(headings: Sequence[Heading]) -> dict[str, list[Heading]]:
    """Headings by fact; where the user has settled one, it alone."""
    by_fact: dict[str, list[Heading]] = {}
    for heading in headings:
        if len(heading.facts) == 1:
            by_fact.setdefault(heading.facts[0], []).append(heading)
    return {id_: [h for h in hs if h.settled] or hs for id_, hs in by_fact.items()}


def _units_of_names(file: str, sheet: str | None) -> list[StatedUnit]:
    """The units that the names of sheet and file give."""
    stem = file.rpartition(".")[0]
    of_sheet = [
        StatedUnit(unit, words("roster.in_sheet_name", name=str(sheet)))
        for unit in units_named(sheet or "")
    ]
    where = words("roster.in_file_name", name=file)
    return [*of_sheet, *(StatedUnit(unit, where) for unit in units_named(stem))]


def _power(stated: StatedUnit) -> int | None:
    return stated.unit.power if isinstance(stated.unit, Scaled) else None


def _text(stated: StatedUnit) -> str:
    return stated.unit.text if isinstance(stated.unit, Scaled) else stated.unit


def _harmless(note: str, fact: Fact) -> bool:
    """A note that cannot be a unit, so that a user who named the column may leave it there."""
    if note.startswith(UNSURE):
        return not is_money(fact.type)
    return "元" not in note and not SCALE_WORDS.search(note)


def _of_answers(note: str, fact: Fact) -> bool:
    """Whether a note behind a yes/no head only says how to answer, or says the fact again."""
    if not _ANSWERS.fullmatch(note):
        return any(note in clean(title) for title in (fact.title.zh, fact.title.en, *fact.aliases))
    return bool(re.search("[是有√✓✔1y填打]", note)) or not re.search("[否无不没]", note)


def _suits(fact: Fact, scaled: Scaled) -> bool:
    if not isinstance(fact.type, Number) or fact.type.unit is None:
        return scaled.unit == PLAIN and not scaled.power
    per_person = any(base == "person" and power < 0 for base, power in fact.type.unit.powers)
    if per_person and _FOR_A_VILLAGE.search(scaled.text):
        return False
    return agrees(fact.type.unit, scaled.unit)


def _other_time(fact: Fact, scaled: Scaled) -> bool:
    """Whether a unit of money is the fact's but for another time, as 元/月 for what counts by the year."""
    if not is_money(fact.type) or _suits(fact, scaled):
        return False
    assert isinstance(fact.type, Number) and fact.type.unit is not None
    kinds = [
        {part for part in unit.powers if part[0] not in ("year", "month", "day")}
        for unit in (fact.type.unit, scaled.unit)
    ]
    return kinds[0] == kinds[1]


def _plain_header(text: str) -> str:
    """A header without brackets and year, for comparing with what is known."""
    base = clean(text)
    while popped := pop_bracket(base):
        base = popped[0]
    return re.sub(r"(19|20)\d\d年?(度|末|底)?", "", base)


def called(fact: Fact) -> Words:
    """What a person calls a fact after `--column`: in Chinese its title, in English its id."""
    typed = not set(fact.title.zh) & set('":=')
    return Words(fact.title.zh if typed else fact.called, fact.called)


def option_of(header: str, fact: Fact, unit: str = "") -> Words:
    """What says that a header means a fact, as it is typed."""
    name, end = called(fact), f":{unit}" if unit else ""
    return Words(f'--column "{header}={name.zh}{end}"', f'--column "{header}={name.en}{end}"')


def _joined_options(options: Iterable[Words]) -> Words:
    listed = list(options)
    return Words(
        " / ".join(option.zh for option in listed), " / ".join(option.en for option in listed)
    )


def _other_unit(where: str, header: str, unit: str, fact: Fact) -> Diagnostic:
    return say("FC617", Span(where), header=header, unit=unit, wanted=wanted(fact))


def unknown_fact(where: Span, fact: str, facts: Mapping[str, Fact]) -> Diagnostic:
    """What a header is said to mean, which the policy has not."""
    near = nearest(fact, [*facts, *(candidate.title.zh for candidate in facts.values())])
    if near is None:
        known = titles_of([called(candidate) for candidate in facts.values()])
        return say("FC618.fact", where, fact=fact, known=known)
    return say("FC618.fact_near", where, fact=fact, near=near)


def unknown_header(where: Span, header: str, headings: Sequence[Heading]) -> Diagnostic:
    """A header that somebody has settled and the roster has not."""
    near = nearest(header, [heading.label for heading in headings])
    if near is None:
        return say("FC618", where, header=header)
    return say("FC618.near", where, header=header, near=near)


def gainsayings(said: Sequence[tuple[str, Words]]) -> Words:
    """What several places say, each with where it stands."""
    sayings = [words("roster.said_here", what=what, where=where) for what, where in said]
    return Words(
        "；".join(saying.zh for saying in sayings), "; ".join(saying.en for saying in sayings)
    )


def titles_of(titles: Sequence[Words]) -> Words:
    """Facts' titles in a row."""
    return Words("、".join(title.zh for title in titles), ", ".join(title.en for title in titles))

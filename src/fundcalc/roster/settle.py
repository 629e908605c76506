"""From headings to columns: each fact's column with its unit, or all that must be asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.nearest import nearest
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.units import PLAIN, Unit
from fundcalc.policy.model import Fact
from fundcalc.roster import messages, notices, units
from fundcalc.roster.cells import wanted
from fundcalc.roster.headers import Heading, Keys, clean, pop_bracket
from fundcalc.roster.layout import Said
from fundcalc.roster.model import letters, place
from fundcalc.roster.sheet import FORMATTED
from fundcalc.roster.tables import Table
from fundcalc.roster.units import Scaled

_YEAR_ONLY = re.compile(r"(?:19|20)\d\d(?:年(?:度|末|底)?|$)|[上本当]年度?|")
_KEYED = re.compile("^(?:金额|计量|货币|计价)?单位[:：]?|^人民币(?=.*元)")
_LIKE_MONEY = re.compile("[十百千万亿]+元.{1,4}")


@dataclass(frozen=True, slots=True)
class Column:
    """A fact's column: its place (from 0), its header as written, and the power of ten of its unit.

    `unit` says how its figures are read and `said` where that stands; None where it stands nowhere, so
    that the fact's own unit is taken. `told` columns have their unit from a person.
    """

    fact: Fact
    index: int
    label: str
    power: int = 0
    unit: str = ""
    said: Words | None = None
    told: bool = False


@dataclass(slots=True)
class Settled:
    """Columns by fact, what stands in the way, and what is worth saying."""

    columns: dict[str, Column] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table is settled under: the facts, where the policy turns on some, those without a column.

    `several` tables share what a person has said of a header.
    """

    facts: Mapping[str, Fact]
    known: Keys
    lines: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    several: bool = False
    label: str = ""
    """How the file is called, where its name alone does not tell."""


def settle(table: Table, file: str, asked: Asked) -> Settled:
    """Give each fact its column and unit."""
    return _Settle(table, file, asked).run()


class _Settle:
    def __init__(self, table: Table, file: str, asked: Asked) -> None:
        facts = asked.facts
        self._table, self._facts, self._asked = table, facts, asked
        self._base = place(asked.label or file, table.sheet.name, "")
        self._names = units.known_names(facts.values())
        self._settled = Settled()
        self._general = [*table.said, *_named(file, table.sheet.name)]

    def run(self) -> Settled:
        settled, facts = self._settled, self._facts
        meant = _meant(self._table.headings)
        for heading in self._table.headings:
            if len(heading.facts) > 1:
                titles = [facts[id_].title for id_ in heading.facts]
                where = self._where(heading)
                settled.found.append(
                    messages.two_facts(where, heading.label, heading.facts, titles)
                )
        for id_, headings in meant.items():
            if len(headings) > 1:
                places = [self._where(h) for h in headings]
                labels = [h.label for h in headings]
                settled.found.append(messages.same_fact(places, labels, id_, facts[id_].title))
                continue
            self._column(headings[0], facts[id_])
        doubted = {i for h in self._table.headings if len(h.facts) > 1 for i in h.facts}
        without = {*meant, *doubted, *self._asked.given}
        self._missing({id_: f for id_, f in facts.items() if id_ not in without})
        return settled

    def _where(self, heading: Heading) -> str:
        return place(self._base, None, f"{letters(heading.column)}{self._table.layout.last + 1}")

    def _column(self, heading: Heading, fact: Fact) -> None:
        column = Column(fact, heading.column, heading.label)
        clean_ = self._table.sheet.clean
        if clean_ is not None:
            unit = units.read_unit(heading.unit, self._names) if heading.unit else None
            if heading.unit and (unit is None or unit.power or not _goes(fact, unit)):
                self._other(heading, fact, heading.unit)
            stated = clean_.result.facts.get(fact.id)
            told = heading.settled or (stated is not None and stated.told)
            column = replace(column, said=notices.by_id(), told=told)
        elif isinstance(fact.type, Number):
            unit, where, told = self._unit(heading, fact)
            if unit is not None:
                column = replace(column, power=unit.power, unit=unit.text, said=where, told=told)
            elif heading.by_id:
                column = replace(column, said=notices.by_id())
        else:
            for note in self._notes(heading):
                unit = units.read_unit(note, self._names)
                if unit and (unit.power or unit.unit != PLAIN):
                    self._other(heading, fact, unit.text)
        self._settled.columns[fact.id] = column
        if heading.year:
            self._settled.notices.append(notices.year(heading.label, heading.year))
        if heading.near:
            line = self._asked.lines.get(fact.id)
            self._settled.notices.append(notices.near_alias(heading.label, fact.title, line))

    # -- units ----------------------------------------------------------------------------------

    def _unit(self, heading: Heading, fact: Fact) -> tuple[Scaled | None, Words | None, bool]:
        """The unit of a column's figures, where that stands, and whether a person said so."""
        assert isinstance(fact.type, Number)
        own = fact.type.unit or PLAIN
        if heading.unit:
            return self._told(heading, fact, own)
        specific = self._of_header(heading, fact, own)
        general = self._of_lines(fact, own) if specific is None else []
        found = [specific] if specific is not None else general
        formats = self._of_formats(heading, fact, own)
        mixed = formats and not found and self._plain_too(heading)
        for one in formats:
            if not found:
                found = [] if mixed else [one]
            elif _power(one) != _power(found[0]):
                self._disagree(heading, [found[0], one])
        if not found:
            return None, None, False
        unit = found[0].unit
        assert isinstance(unit, Scaled)
        if not _goes(fact, unit):
            self._other(heading, fact, unit.text)
        return unit, found[0].where, False

    def _told(
        self, heading: Heading, fact: Fact, own: Unit
    ) -> tuple[Scaled | None, Words | None, bool]:
        """The unit that a person has named; it must not gainsay one of several tables."""
        told = units.read_unit(heading.unit, self._names) or units.of_scale(heading.unit, own)
        if told is None or not _goes(fact, told):
            where = f'--column "{heading.label}={fact.id}:{heading.unit}"'
            self._settled.found.append(
                messages.other_unit(where, heading.label, heading.unit, wanted(fact))
            )
            return None, None, True
        specific = self._of_header(heading, fact, own)
        general = [specific] if specific is not None else self._of_lines(fact, own)
        for said in (*general, *self._of_formats(heading, fact, own)):
            if _power(said) == told.power:
                continue
            if self._asked.several:
                self._disagree(heading, [Said(told, notices.told()), said])
            else:
                found = notices.gainsaid(heading.label, told.text, _text(said), said.where)
                self._settled.notices.append(found)
            break
        return told, notices.told(), not self._asked.several

    def _of_header(self, heading: Heading, fact: Fact, own: Unit) -> Said | None:
        """The unit that the header itself gives, or the other rows of a merged header."""
        found: list[Scaled] = []
        for note in self._notes(heading):
            unit = units.read_unit(note, self._names) or units.of_scale(note, own)
            if unit is not None:
                found.append(unit)
            elif not ((heading.settled or found) and _harmless(note)):
                where = self._where(heading)
                self._settled.found.append(
                    messages.unknown_unit(where, same(f"“{heading.label}”"), note)
                )
                return Said(Scaled(0, own, own.said("zh")), notices.in_header())
        for note in () if found else heading.outer:
            unit = units.read_unit(note, self._names)
            scale = units.of_scale(note, own)
            if (unit and unit.unit != PLAIN) or scale:
                found = [unit or scale or Scaled(0, own, "")]
                break
            if _LIKE_MONEY.fullmatch(note) and is_money(fact.type):
                where = self._where(heading)
                self._settled.found.append(
                    messages.unknown_unit(where, same(f"“{heading.label}”"), note)
                )
        for unit in found[1:]:
            if unit.power != found[0].power or not _goes(fact, unit):
                self._other(heading, fact, unit.text)
        return Said(found[0], notices.in_header()) if found else None

    def _notes(self, heading: Heading) -> list[str]:
        """What stands in the header's brackets, but for years."""
        notes = [part for n in heading.brackets for part in re.split(r"[;、]|,(?!\d{3}(?!\d))", n)]
        notes = [_KEYED.sub("", note).strip(",") for note in notes]
        return [note for note in notes if not _YEAR_ONLY.fullmatch(note)]

    def _of_lines(self, fact: Fact, own: Unit) -> list[Said]:
        """The unit that lines above, notes below and names give for such a fact; all must agree."""
        fitting = [
            said
            for said in self._general
            if (isinstance(said.unit, str) and is_money(fact.type))
            or (
                isinstance(said.unit, Scaled) and said.unit.unit != PLAIN and _goes(fact, said.unit)
            )
        ]
        for said in self._general:
            if isinstance(said.unit, Scaled) and _other_time(fact, said.unit):
                where = place(self._base, None, said.cell)
                found = messages.other_unit(where, fact.title.zh, said.unit.text, wanted(fact))
                if found not in self._settled.found:
                    self._settled.found.append(found)
                return []
        unread = [said for said in fitting if isinstance(said.unit, str)]
        if unread:
            where = place(self._base, None, unread[0].cell)
            found = messages.unknown_unit(where, unread[0].where, str(unread[0].unit))
            if found not in self._settled.found:
                self._settled.found.append(found)
            return []
        if len({_power(said) for said in fitting}) > 1:
            other = next(said for said in fitting if _power(said) != _power(fitting[0]))
            self._disagree(None, [fitting[0], other])
        return fitting[:1]

    def _of_formats(self, heading: Heading, fact: Fact, own: Unit) -> list[Said]:
        """The units that the number formats of the column's cells name."""
        kinds = self._table.kinds(heading.column)
        if kinds is None:
            return []
        found: list[Said] = []
        numbers = {int(kind) - FORMATTED for kind in kinds[kinds >= FORMATTED]}
        for number in sorted(numbers):
            form = self._table.sheet.formats[number]
            unit = units.read_unit(form.unit, self._names) or units.of_scale(form.unit, own)
            if unit is not None and unit.unit != PLAIN and _goes(fact, unit):
                found.append(Said(unit, notices.in_format(form.code)))
        return found

    def _plain_too(self, heading: Heading) -> bool:
        """Whether some figures of a column have no unit in their format, though others have one."""
        kinds = self._table.kinds(heading.column)
        if kinds is None:
            return False
        texts = self._table.column(heading.column)
        filled = ((texts != "") & (texts != "0")).to_numpy()
        return bool((filled & (kinds < FORMATTED)).any())

    def _disagree(self, heading: Heading | None, said: Sequence[Said]) -> None:
        where = self._where(heading) if heading else place(self._base, None, said[1].cell)
        both = [(_text(one), one.where) for one in said]
        told = any(one.where == notices.told() for one in said)
        found = messages.units_disagree(where, both, told=told)
        if found not in self._settled.found:
            self._settled.found.append(found)

    def _other(self, heading: Heading, fact: Fact, unit: str) -> None:
        where = self._where(heading)
        self._settled.found.append(messages.other_unit(where, heading.label, unit, wanted(fact)))

    # -- what is missing ------------------------------------------------------------------------

    def _missing(self, missing: Mapping[str, Fact]) -> None:
        """Ask about headers that may mean a missing fact; say which required facts have no column."""
        owner = {key: ids[0] for key, ids in self._asked.known.items() if ids[0] in missing}
        near: dict[str, list[Heading]] = {}
        free = [h for h in self._table.headings if not h.facts and not h.settled]
        for heading in free:
            key = nearest(_base(heading.pieces[-1]), owner) or nearest(
                _base("".join(heading.pieces)), owner
            )
            if key:
                near.setdefault(owner[key], []).append(heading)
        settled = self._settled
        for id_, fact in missing.items():
            asked = near.get(id_, [])
            if fact.required:
                labels, others = [h.label for h in asked], [h.label for h in free]
                settled.found.append(
                    messages.missing_column(self._base, id_, fact.title, labels, others)
                )
                continue
            for heading in asked:
                at = self._where(heading)
                settled.found.append(messages.near_header(at, heading.label, id_, fact.title))
        unused = [h.label for h in self._table.headings if not h.facts]
        if unused:
            settled.notices.append(notices.ignored(unused))
        absent = [fact.title for fact in missing.values() if not fact.required]
        if absent:
            settled.notices.append(notices.absent(absent))


def _meant(headings: Sequence[Heading]) -> dict[str, list[Heading]]:
    """Headings by fact; where the user has settled one, it alone."""
    meant: dict[str, list[Heading]] = {}
    for heading in headings:
        if len(heading.facts) == 1:
            meant.setdefault(heading.facts[0], []).append(heading)
    return {id_: [h for h in hs if h.settled] or hs for id_, hs in meant.items()}


def _named(file: str, sheet: str | None) -> list[Said]:
    """The units that the names of sheet and file give."""
    stem = file.rpartition(".")[0]
    found = [Said(unit, notices.in_sheet_name(sheet)) for unit in units.units_named(sheet or "")]
    return [*found, *(Said(unit, notices.in_file_name(file)) for unit in units.units_named(stem))]


def _power(said: Said) -> int | None:
    return said.unit.power if isinstance(said.unit, Scaled) else None


def _text(said: Said) -> str:
    return said.unit.text if isinstance(said.unit, Scaled) else said.unit


def _harmless(note: str) -> bool:
    """A note that cannot be a unit, so that a user who named the column may leave it there."""
    return "元" not in note and not units.SCALE_WORDS.search(note)


def _goes(fact: Fact, found: Scaled) -> bool:
    if not isinstance(fact.type, Number) or fact.type.unit is None:
        return found.unit == PLAIN and not found.power
    return units.agrees(fact.type.unit, found.unit)


def _other_time(fact: Fact, found: Scaled) -> bool:
    """Whether a unit of money is the fact's but for another time, as 元/月 for what counts by the year."""
    if not is_money(fact.type) or _goes(fact, found):
        return False
    assert isinstance(fact.type, Number) and fact.type.unit is not None
    kinds = [
        {part for part in unit.powers if part[0] not in ("year", "month", "day")}
        for unit in (fact.type.unit, found.unit)
    ]
    return kinds[0] == kinds[1]


def _base(text: str) -> str:
    """A header without brackets and year, for comparing with what is known."""
    base = clean(text)
    while popped := pop_bracket(base):
        base = popped[0]
    return re.sub(r"(19|20)\d\d年?(度|末|底)?", "", base)

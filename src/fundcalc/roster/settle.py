"""From headings to columns: each fact's column with its unit, or all that must be asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.nearest import nearest
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import Fact
from fundcalc.roster import messages, notices, units
from fundcalc.roster.cells import wanted
from fundcalc.roster.headers import Heading, Keys, clean, pop_bracket
from fundcalc.roster.layout import Layout
from fundcalc.roster.model import letters, place
from fundcalc.roster.units import Scaled

_YEAR_ONLY = re.compile(r"(?:19|20)\d\d(?:年(?:度|末|底)?|$)|[上本当]年度?|")


@dataclass(frozen=True, slots=True)
class Column:
    """A fact's column: its place (from 0), its header as written, and the power of ten of its unit."""

    fact: Fact
    index: int
    label: str
    power: int


@dataclass(slots=True)
class Settled:
    """Columns by fact, what stands in the way, and what is worth saying."""

    columns: dict[str, Column] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)


def settle(
    layout: Layout, facts: Mapping[str, Fact], known: Keys, file: str, sheet: str | None
) -> Settled:
    """Give each fact its column and unit."""
    base, settled = place(file, sheet, ""), Settled()
    names = units.known_names(facts.values())
    meant = _meant(layout.headings)
    for heading in layout.headings:
        if len(heading.facts) > 1:
            titles = [facts[id_].title for id_ in heading.facts]
            where = _where(base, layout, heading)
            settled.found.append(messages.two_facts(where, heading.label, heading.facts, titles))
    for id_, headings in meant.items():
        if len(headings) > 1:
            places = [_where(base, layout, h) for h in headings]
            labels = [h.label for h in headings]
            settled.found.append(messages.same_fact(places, labels, id_, facts[id_].title))
            continue
        heading = headings[0]
        where = _where(base, layout, heading)
        scale = _unit(heading, facts[id_], layout, names, where, settled)
        power = scale.power if scale else 0
        settled.columns[id_] = Column(facts[id_], heading.column, heading.label, power)
        if scale and power:
            settled.notices.append(notices.scaled(heading.label, scale.text, power))
        if heading.year:
            settled.notices.append(notices.year(heading.label, heading.year))
    doubted = {id_ for h in layout.headings if len(h.facts) > 1 for id_ in h.facts}
    missing = {id_: f for id_, f in facts.items() if id_ not in meant and id_ not in doubted}
    _missing(layout, missing, known, base, settled)
    return settled


def _meant(headings: Sequence[Heading]) -> dict[str, list[Heading]]:
    """Headings by fact; where the user has settled one, it alone."""
    meant: dict[str, list[Heading]] = {}
    for heading in headings:
        if len(heading.facts) == 1:
            meant.setdefault(heading.facts[0], []).append(heading)
    return {id_: [h for h in hs if h.settled] or hs for id_, hs in meant.items()}


def _where(base: str, layout: Layout, heading: Heading) -> str:
    return place(base, None, f"{letters(heading.column)}{layout.last + 1}")


def _unit(
    heading: Heading,
    fact: Fact,
    layout: Layout,
    known: frozenset[str],
    where: str,
    settled: Settled,
) -> Scaled | None:
    """The unit in which a column is written; None where nothing is said or it cannot be read."""
    notes = [part for note in heading.brackets for part in re.split(r"[;、]|,(?!\d{3})", note)]
    notes = [note for note in notes if not _YEAR_ONLY.fullmatch(note)]
    found = {note: units.read_unit(note, known) for note in notes}
    if isinstance(fact.type, Number):
        for note, unit in found.items():
            if unit is None and not (heading.settled and _harmless(note)):
                settled.found.append(messages.unknown_unit(where, heading.label, note))
                return None
    given = [unit for unit in found.values() if unit]
    if not given:
        given = _of_group(heading, known, where, settled)
    if not given and units.is_money(fact):
        given = _of_line(layout, known, place_of(layout, where), settled)
    for unit in given:
        if not _goes(fact, unit) or unit.power != given[0].power:
            settled.found.append(messages.other_unit(where, heading.label, unit.text, wanted(fact)))
            return None
    return given[0] if given else None


def _of_group(
    heading: Heading, known: frozenset[str], where: str, settled: Settled
) -> list[Scaled]:
    """The unit that the other rows of a merged header give, the nearest first."""
    for note in heading.outer:
        unit = units.read_unit(note, known)
        if unit and unit.unit != PLAIN:
            return [unit]
        if units.BARE_SCALE.fullmatch(note):
            settled.found.append(messages.unknown_unit(where, heading.label, note))
    return []


def place_of(layout: Layout, where: str) -> str:
    """The place of the unit line, in the file and sheet of another place."""
    row, column = layout.unit_place
    head, _, _ = where.rpartition("!")
    return place(head, None, f"{letters(column)}{row + 1}")


def _of_line(layout: Layout, known: frozenset[str], where: str, settled: Settled) -> list[Scaled]:
    """The unit of money that the unit line gives, if any."""
    found = {part: units.read_unit(part, known) for part in layout.unit_line}
    for part, unit in found.items():
        if unit is None and "元" in part:
            settled.found.append(messages.unknown_unit(where, "、".join(layout.unit_line), part))
    money = [unit for unit in found.values() if unit and ("yuan", 1) in unit.unit.powers]
    if len({unit.power for unit in money}) > 1:
        both = "、".join(unit.text for unit in money)
        settled.found.append(messages.unknown_unit(where, "、".join(layout.unit_line), both))
    return money[:1]


def _harmless(note: str) -> bool:
    """A note that cannot be a unit, so that a user who named the column may leave it there."""
    return "元" not in note and not units.SCALE_WORDS.search(note)


def _goes(fact: Fact, found: Scaled) -> bool:
    if not isinstance(fact.type, Number) or fact.type.unit is None:
        return found.unit == PLAIN and not found.power
    return units.agrees(fact.type.unit, found.unit)


def _missing(
    layout: Layout, missing: Mapping[str, Fact], known: Keys, base: str, settled: Settled
) -> None:
    """Ask about headers that may mean a missing fact; say which required facts have no column."""
    owner = {key: ids[0] for key, ids in known.items() if ids[0] in missing}
    near: dict[str, list[Heading]] = {}
    free = [h for h in layout.headings if not h.facts and not h.settled]
    for heading in free:
        key = nearest(_base(heading.pieces[-1]), owner) or nearest(
            _base("".join(heading.pieces)), owner
        )
        if key:
            near.setdefault(owner[key], []).append(heading)
    for id_, fact in missing.items():
        asked = near.get(id_, [])
        if fact.required:
            labels, others = [h.label for h in asked], [h.label for h in free]
            settled.found.append(messages.missing_column(base, id_, fact.title, labels, others))
            continue
        for heading in asked:
            at = _where(base, layout, heading)
            settled.found.append(messages.near_header(at, heading.label, id_, fact.title))
    unused = [h.label for h in layout.headings if not h.facts]
    if unused:
        settled.notices.append(notices.ignored(unused))
    absent = [fact.title for fact in missing.values() if not fact.required]
    if absent:
        settled.notices.append(notices.absent(absent))


def _base(text: str) -> str:
    """A header without brackets and year, for comparing with what is known."""
    base = clean(text)
    while popped := pop_bracket(base):
        base = popped[0]
    return re.sub(r"(19|20)\d\d年?(度|末|底)?", "", base)

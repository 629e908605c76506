"""A roster held against a dated register of villages, before any money: who is missing, who is new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster.model import Roster
from fundcalc.roster.read import read_roster


@dataclass(frozen=True, slots=True)
class Place:
    """A village by its identity."""

    county: str
    town: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """One code under two names."""

    register: Place
    roster: Place


@dataclass(frozen=True, slots=True)
class Recoded:
    """A village that the roster has under another code: the same name in the same county.

    A hint, not a proof: names repeat.
    """

    register: Place
    roster: Place


@dataclass(frozen=True, slots=True)
class County:
    """How many villages a county has in the register and in the roster, and how many of both agree."""

    name: str
    register: int
    roster: int
    missing: int

    @property
    def incomplete(self) -> bool:
        """Whether the register has villages of it that the roster lacks; its pools would be wrong."""
        return self.missing > 0


@dataclass(slots=True)
class Comparison:
    """What differs between register and roster. Recoded villages are among `missing` and `extra` too."""

    register: int
    roster: int
    missing: list[Place] = field(default_factory=list)
    extra: list[Place] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    recoded: list[Recoded] = field(default_factory=list)
    counties: list[County] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether the roster has just the villages of the register."""
        return not (self.missing or self.extra or self.renamed)


def read_identity(path: Path, facts: Mapping[str, Fact]) -> Roster:
    """Only who the villages are, from a register or a roster. Raises PolicyProblem."""
    who = {id_: replace(facts[id_], required=id_ != "town") for id_ in IDENTITY if id_ in facts}
    return read_roster(path, who)


def compare(register: Roster, roster: Roster) -> Comparison:
    """Hold a roster against a register, village by village, by code."""
    listed, given = _places(register), _places(roster)
    found = Comparison(len(listed), len(given))
    found.missing = [place for code, place in sorted(listed.items()) if code not in given]
    found.extra = [place for code, place in sorted(given.items()) if code not in listed]
    both = sorted(code for code in listed if code in given)
    found.renamed = [
        Renamed(listed[code], given[code]) for code in both if listed[code].name != given[code].name
    ]
    found.recoded = _recoded(found.missing, found.extra)
    found.counties = _counties(listed, given, found.missing)
    return found


def _places(roster: Roster) -> dict[str, Place]:
    def column(part: str) -> Sequence[object]:
        return roster.columns.get(part) or [""] * len(roster)

    rows = zip(*(column(part) for part in ("county", "town", "name", "code")), strict=True)
    return {str(code): Place(str(c), str(t), str(n), str(code)) for c, t, n, code in rows}


def _recoded(missing: Sequence[Place], extra: Sequence[Place]) -> list[Recoded]:
    """Pairs of the same county and name; only where each side has just one of them."""
    by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in extra:
        by_name[place.county, place.name].append(place)
    times = Counter((place.county, place.name) for place in missing)
    pairs = [(place, by_name.get((place.county, place.name), [])) for place in missing]
    return [
        Recoded(place, others[0])
        for place, others in pairs
        if len(others) == 1 and times[place.county, place.name] == 1
    ]


def _counties(
    listed: Mapping[str, Place], given: Mapping[str, Place], missing: Sequence[Place]
) -> list[County]:
    register = Counter(place.county for place in listed.values())
    roster = Counter(place.county for place in given.values())
    lacking = Counter(place.county for place in missing)
    names = dict.fromkeys([*register, *roster])
    return [County(name, register[name], roster[name], lacking[name]) for name in names]

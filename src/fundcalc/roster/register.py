"""A roster held against a dated register of villages, before any money: who is missing, who is new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.names import bare
from fundcalc.roster.read import read_roster


@dataclass(frozen=True, slots=True)
class Place:
    """A village by its identity."""

    county: str
    town: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What is one village, or may be one, in both."""

    register: Place
    roster: Place


@dataclass(frozen=True, slots=True)
class County:
    """How many villages a county has in the register and in the roster, and in only one of them."""

    name: str
    register: int
    roster: int
    missing: int
    extra: int

    @property
    def incomplete(self) -> bool:
        """Whether the register has villages of it that the roster lacks; its pools would be wrong."""
        return self.missing > 0


@dataclass(slots=True)
class Comparison:
    """What differs between register and roster.

    `renamed` have one code and two names. `recoded` have two codes, but one name in one county, which is a
    hint, no proof, as names repeat; they are among `missing` and `extra` too. `unread` are faults of rows, in
    either file, that were left out and so may be called missing.
    """

    register: int
    roster: int
    missing: list[Place] = field(default_factory=list)
    extra: list[Place] = field(default_factory=list)
    renamed: list[Pair] = field(default_factory=list)
    recoded: list[Pair] = field(default_factory=list)
    counties: list[County] = field(default_factory=list)
    unread: list[Reject] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether the roster has just the villages of the register."""
        return not (self.missing or self.extra or self.renamed or self.unread)


def compare_register(
    register: Path,
    roster: Path | Sequence[Path],
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Comparison:
    """Hold a roster against a dated register of villages, village by village.

    `sheet` and `columns` are the roster's. Raises PolicyProblem where either cannot be read.
    """
    who = {
        id_: replace(policy.facts[id_], required=id_ in ("name", "county"))
        for id_ in IDENTITY
        if id_ in policy.facts
    }
    only = replace(policy, facts=who)  # headers of other facts mean none
    chosen = {header: fact if fact in who else "" for header, fact in (columns or {}).items()}
    listed = read_roster(register, only)
    return _compare(listed, read_roster(roster, only, sheet=sheet, columns=chosen))


def _compare(register: Roster, roster: Roster) -> Comparison:
    """By code where both have one; else by county, town and name, at last by county and name alone."""
    listed, given = _places(register), _places(roster)
    pairs = _pairs(listed, given)
    found = Comparison(len(listed), len(given), unread=[*_errors(register), *_errors(roster)])
    found.missing = sorted(_without(listed, {at for at, _ in pairs}), key=_order)
    found.extra = sorted(_without(given, {at for _, at in pairs}), key=_order)
    both = [(listed[one], given[other]) for one, other in pairs]
    found.renamed = [
        Pair(one, other)
        for one, other in sorted(both, key=lambda pair: _order(pair[0]))
        if one.code and other.code and one.name != other.name
    ]
    found.recoded = _recoded(found.missing, found.extra)
    found.counties = _counties(listed, given, found)
    return found


def _errors(roster: Roster) -> list[Reject]:
    return [reject for reject in roster.rejects if reject.severity == "error"]


def _places(roster: Roster) -> list[Place]:
    nothing = [""] * len(roster)
    columns = [roster.columns.get(part, nothing) for part in ("county", "town", "name", "code")]
    return [Place(*map(str, row)) for row in zip(*columns, strict=True)]


def _order(place: Place) -> tuple[str, ...]:
    return place.code, place.county, place.town, place.name


def _without(places: Sequence[Place], paired: set[int]) -> list[Place]:
    return [place for at, place in enumerate(places) if at not in paired]


Key = Callable[[Place], tuple[str, ...]]


def _pairs(listed: Sequence[Place], given: Sequence[Place]) -> list[tuple[int, int]]:
    """Positions of the same village in both; a village with a code has it in only one way."""
    codes = {place.code: at for at, place in enumerate(listed) if place.code}
    pairs = [(codes[p.code], at) for at, p in enumerate(given) if p.code in codes]
    by_name: tuple[Key, ...] = (
        lambda place: (place.county, place.town, place.name),
        lambda place: (place.county, place.name),
        lambda place: (place.county, bare(place.name)),
    )
    for key in by_name:
        pairs += _by_name(listed, given, pairs, key)
    return pairs


def _by_name(
    listed: Sequence[Place], given: Sequence[Place], pairs: Sequence[tuple[int, int]], key: Key
) -> list[tuple[int, int]]:
    """More pairs, of which one has no code, where just one of each side has the key."""
    known, taken = {one for one, _ in pairs}, {other for _, other in pairs}
    sides: list[dict[tuple[str, ...], list[int]]] = []
    for places, done in ((listed, known), (given, taken)):
        side: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, place in enumerate(places):
            if at not in done:
                side[key(place)].append(at)
        sides.append(side)
    left, right = sides
    alone = [
        (at[0], right[k][0]) for k, at in left.items() if len(at) == len(right.get(k, ())) == 1
    ]
    return [(one, other) for one, other in alone if not (listed[one].code and given[other].code)]


def _recoded(missing: Sequence[Place], extra: Sequence[Place]) -> list[Pair]:
    """Pairs of the same county and name; only where each side has just one of them."""
    by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in extra:
        by_name[place.county, place.name].append(place)
    times = Counter((place.county, place.name) for place in missing)
    pairs = [(place, by_name.get((place.county, place.name), [])) for place in missing]
    return [
        Pair(place, others[0])
        for place, others in pairs
        if len(others) == 1 and times[place.county, place.name] == 1
    ]


def _counties(listed: Sequence[Place], given: Sequence[Place], found: Comparison) -> list[County]:
    register, roster, missing, extra = (
        Counter(place.county for place in places)
        for places in (listed, given, found.missing, found.extra)
    )
    names = dict.fromkeys([*register, *roster])
    return [County(n, register[n], roster[n], missing[n], extra[n]) for n in names]

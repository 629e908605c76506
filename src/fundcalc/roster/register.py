"""A roster held against a dated register of villages, before any money: who is missing, who is new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from fundcalc.base import dataclass
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.names import bare
from fundcalc.roster.read import read_identities, read_roster


class Place(NamedTuple):
    """A village by its identity."""

    code: str
    county: str
    town: str
    name: str


class Pair(NamedTuple):
    """What is one village, or may be one, in both."""

    register: Place
    roster: Place


class County(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between register and roster.

    `renamed` have one code and two names. `recoded` have two codes, but one name in one county, which is a
    hint, no proof, as names repeat; they are among `missing` and `extra` too. `unread` are faults of rows, in
    either file, that were left out and so may be called missing.
    """

    register: int
    roster: int
    missing: list[Place]
    extra: list[Place]
    renamed: list[Pair]
    recoded: list[Pair]
    counties: list[County]
    unread: list[Reject]

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
    identities = replace(policy, facts=who)  # headers of other facts mean none
    chosen = {header: fact if fact in who else "" for header, fact in (columns or {}).items()}
    listed = read_roster(register, identities)
    return _compare(listed, read_identities(roster, identities, sheet, chosen, policy.facts))


def _compare(register: Roster, roster: Roster) -> Comparison:
    """By code where both have one; else by county, town and name, at last by county and name alone."""
    of_register, of_roster = _places(register), _places(roster)
    left, right = dict(enumerate(of_register)), dict(enumerate(of_roster))
    pairs: list[Pair] = []
    for key in _KEYS:
        for left_at, right_at in _matched(left, right, key):
            if key is _code or not (of_register[left_at].code and of_roster[right_at].code):
                pairs.append(Pair(left.pop(left_at), right.pop(right_at)))
    missing, extra = sorted(left.values()), sorted(right.values())
    counts = (
        Counter(p.county for p in places) for places in (of_register, of_roster, missing, extra)
    )
    every = [*counts]
    by_name = _matched(dict(enumerate(missing)), dict(enumerate(extra)), _county_and_name)
    return Comparison(
        len(of_register),
        len(of_roster),
        missing,
        extra,
        renamed=[
            pair
            for pair in sorted(pairs)
            if pair.register.code and pair.roster.code and pair.register.name != pair.roster.name
        ],
        recoded=[Pair(missing[left_at], extra[right_at]) for left_at, right_at in sorted(by_name)],
        counties=[
            County(name, *(count[name] for count in every)) for name in {**every[0], **every[1]}
        ],
        unread=[
            reject for reject in (*register.rejects, *roster.rejects) if reject.severity == "error"
        ],
    )


def _places(roster: Roster) -> list[Place]:
    nothing = [""] * len(roster)
    columns = [roster.columns.get(part, nothing) for part in Place._fields]
    return [Place(*map(str, row)) for row in zip(*columns, strict=True)]


Key = Callable[[Place], tuple[str, ...]]


def _code(place: Place) -> tuple[str, ...]:
    return (place.code,) if place.code else ()


def _county_and_name(place: Place) -> tuple[str, ...]:
    return place.county, place.name


_KEYS: tuple[Key, ...] = (
    _code,
    lambda place: (place.county, place.town, place.name),
    _county_and_name,
    lambda place: (place.county, bare(place.name)),
)
"""By what a village is found, one after the other; one that has a code on both sides by that alone."""


def _matched(
    first: Mapping[int, Place], second: Mapping[int, Place], key: Key
) -> list[tuple[int, int]]:
    """Positions of the same village in both, where each side has just one of its key."""
    left: dict[tuple[str, ...], list[int]] = defaultdict(list)
    right: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for places, side in ((first, left), (second, right)):
        for at, place in places.items():
            side[key(place)].append(at)
    return [
        (at[0], right[k][0])
        for k, at in left.items()
        if k and len(at) == len(right.get(k, ())) == 1
    ]


class Count(NamedTuple):
    """A county's villages now, in an earlier run and in a register; None where there is none of these."""

    name: str
    now: int
    before: int | None
    register: int | None
    missing: int
    extra: int

    @property
    def differs(self) -> bool:
        """Whether there are other villages than in the register, or another number than before."""
        return bool(self.missing or self.extra) or self.before not in (None, self.now)


def by_county(
    now: Mapping[str, int], before: Mapping[str, int] | None, compared: Comparison | None
) -> list[Count]:
    """Villages by county, those first that differ."""
    listed = {county.name: county for county in compared.counties} if compared is not None else {}
    nothing = County("", 0, 0, 0, 0)
    counts: list[Count] = []
    for name in {**now, **(before or {}), **listed}:
        county = listed.get(name, nothing)
        earlier = before.get(name, 0) if before is not None else None
        register = county.register if compared is not None else None
        counts.append(
            Count(name, now.get(name, 0), earlier, register, county.missing, county.extra)
        )
    return sorted(counts, key=lambda count: not count.differs)

"""Synthetic figures for any list of villages.

Nothing here is a fact about a village. Only the totals in ``Quotas`` are from the newspaper
report of 14 November 2017. Money is whole fen (1/100 yuan) throughout. Each choice comes from one
``random.Random``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from taiyuan_register import NAMED, County, Village, profile, stem

YUAN = 100  # fen
POVERTY_COUNTIES = ("娄烦县", "阳曲县")


@dataclass(slots=True)
class Figures:
    """What the roster says of a village; ``None`` is a blank cell. Money in fen."""

    residents: int
    income: int
    existing: int | None
    cadres: int
    subsidy: int | None  # a person and year
    poor: bool
    weak: bool
    empty: bool
    venue: bool
    secretary: bool | None

    def traits(self) -> tuple[object, ...]:
        """Everything that a quota counts: two villages alike in it can change places."""
        flags = (self.poor, self.weak, self.empty, self.venue, bool(self.secretary))
        return (
            *flags,
            self.income == 0,
            self.income >= 30_000 * YUAN,
            self.income >= 50_000 * YUAN,
        )


NAMED_FIGURES = {
    "鹰落沟": Figures(312, 36_800 * YUAN, 120_000 * YUAN, 4, 5_000 * YUAN,
                   poor=True, weak=False, empty=True, venue=True, secretary=True),
    "河北": Figures(688, 50_000 * YUAN, 150_000 * YUAN, 3, 6_500 * YUAN,
                  poor=False, weak=False, empty=True, venue=True, secretary=False),
    "坪里": Figures(1_126, 62_400 * YUAN + 50, None, 5, 8_600 * YUAN,
                  poor=False, weak=False, empty=True, venue=True, secretary=False),
}  # fmt: skip

# Income in fen and residents at the very edges of the rules, for villages never empty shells.
EDGES = (
    (50_000 * YUAN, 999), (50_000 * YUAN + 1, 999), (50_000 * YUAN, 1_000),
    (50_000 * YUAN + 1, 1_000), (50_000 * YUAN - 1, 1_001), (30_000 * YUAN - 1, 640),
    (30_000 * YUAN, 520), (50_000 * YUAN, 1_001), (50_000 * YUAN + 1, 1_001), (18_000 * YUAN, 999),
)  # fmt: skip


def scaled(count: int, size: int) -> int:
    """``count`` of 890 villages, in proportion for ``size`` of them, rounded half up."""
    return (2 * count * size + 890) // (2 * 890)


@dataclass(frozen=True)
class Quotas:
    """How many villages have a trait; the report's figures when the roster has 890."""

    empty: int  # former empty shells
    zero: int  # of those, still without income
    from_50000: int  # of those, with 50,000 yuan or more; the others have 30,000 or more
    poor: int
    weak: int  # all among the poor
    secretaries: int  # all among the poor
    no_venue: int

    @classmethod
    def for_size(cls, size: int) -> Quotas:
        """The quotas of a roster of ``size`` villages."""
        empty, poor = scaled(564, size), scaled(162, size)
        zero = min(scaled(9, size), empty)
        return cls(
            empty=empty,
            zero=zero,
            from_50000=min(scaled(431, size), empty - zero),
            poor=poor,
            weak=min(scaled(17, size), poor),
            secretaries=min(scaled(157, size), poor),
            no_venue=scaled(8, size),
        )


def expect(holds: bool, what: str) -> None:
    """Stop with a message if something that must hold does not."""
    if not holds:
        raise ValueError(f"self-check failed: {what}")


def pick(rng: Random, rows: Iterable[int], count: int, weight: Callable[[int], int]) -> list[int]:
    """Draw ``count`` rows by weight, none twice; those of weight 0 only when no others are left."""
    keyed = []
    for row in rows:
        w = weight(row)
        keyed.append((w > 0, rng.random() ** (1 / max(w, 1)), row))
    keyed.sort(reverse=True)
    return [row for _, _, row in keyed[:count]]


def lognormal(rng: Random, median: int, spread: float) -> int:
    """A whole number around ``median``, skewed to the right."""
    return round(median * math.exp(rng.gauss(0, spread)))


def choose_venueless(rng: Random, home: Sequence[bool], weak: Sequence[int],
                     zero: Sequence[int], count: int) -> set[int]:  # fmt: skip
    """Villages without a venue.

    In the poverty counties (``home``) one weak one, one without income and three others; then
    three elsewhere; then any, so that small rosters get theirs.
    """
    rows = range(len(home))
    wanted = pick(rng, [r for r in weak if home[r]], 1, lambda _: 1)
    wanted += pick(rng, [r for r in zero if home[r]], 1, lambda _: 1)
    plain = set(rows) - set(weak) - set(zero)
    wanted += pick(rng, [r for r in rows if home[r] and r in plain], 3, lambda _: 1)
    wanted += pick(rng, [r for r in rows if not home[r] and r in plain], 3, lambda _: 1)
    wanted += pick(rng, rows, count + len(wanted), lambda _: 1)
    return set(list(dict.fromkeys(wanted))[:count])


def draw_income(rng: Random, kind: str, wealth: int) -> int:
    """A year's collective income in fen; ``kind`` is zero, below, above (50,000) or never empty."""
    if kind == "zero":
        return 0
    if kind == "below":
        yuan = 30_000 if rng.random() < 0.08 else rng.randrange(30_000, 50_000)
    elif kind == "above":
        yuan = 50_000 if rng.random() < 0.06 else 50_000 + lognormal(rng, 16_000, 1.0)
    else:
        yuan = min(max(lognormal(rng, wealth, 1.0), 1_200), 8_000_000)
    return yuan // 100 * 100 * YUAN if rng.random() < 0.6 else yuan * YUAN + rng.randrange(100)


def draw_existing(rng: Random) -> int | None:
    """Operating funds already arranged, in fen; sometimes none, blank or above 200,000 yuan."""
    chance = rng.random()
    if chance < 0.08:
        return None
    if chance < 0.20:
        return 0
    if chance < 0.25:
        return rng.randrange(200_500, 210_001, 500) * YUAN
    yuan = rng.randrange(20_000, 200_001, 1_000)
    return yuan * YUAN + (rng.randrange(100) if chance > 0.9 else 0)


def draw_subsidy(rng: Random, county: County) -> int | None:
    """What another cadre gets today, in fen a year; sometimes blank or exactly 8,000 yuan."""
    chance = rng.random()
    if chance < 0.04:
        return None
    if chance < 0.08:
        return 8_000 * YUAN
    return rng.randrange(county.subsidy[0], county.subsidy[1] + 1, 100) * YUAN


def lay_figures(villages: Sequence[Village], rng: Random) -> list[Figures]:
    """Synthetic figures for any villages, in their order; all quotas met."""
    rows = range(len(villages))
    quotas = Quotas.for_size(len(villages))
    county = [profile(v.county) for v in villages]
    home = [v.county in POVERTY_COUNTIES for v in villages]
    poor = set(pick(rng, rows, quotas.poor, lambda r: county[r].poor_weight))
    empty = set(pick(rng, rows, quotas.empty, lambda r: county[r].empty_weight * (1 + (r in poor))))
    zero = pick(rng, sorted(empty), quotas.zero, lambda r: 12 if home[r] else 1)
    broken = sorted(empty - set(zero))
    above = set(pick(rng, broken, quotas.from_50000, lambda r: 1 if r in poor else 3))
    weak = set(pick(rng, sorted(poor), quotas.weak, lambda r: 3 if home[r] else 1))
    no_venue = choose_venueless(rng, home, sorted(weak), zero, quotas.no_venue)
    posted = set(pick(rng, sorted(poor), quotas.secretaries, lambda _: 1))
    others = [r for r in rows if r not in poor]
    unsaid = set(pick(rng, others, scaled(12, len(villages)), lambda _: 1))
    kind = dict.fromkeys(rows, "never") | dict.fromkeys(broken, "below")
    kind |= dict.fromkeys(above, "above") | dict.fromkeys(zero, "zero")
    figures = [
        Figures(
            residents=min(max(lognormal(rng, county[r].residents, 0.65), 40), 6_000),
            income=draw_income(rng, kind[r], county[r].wealth),
            existing=draw_existing(rng),
            cadres=0 if rng.random() < 0.02 else rng.randint(*county[r].cadres),
            subsidy=draw_subsidy(rng, county[r]),
            poor=r in poor, weak=r in weak, empty=r in empty, venue=r not in no_venue,
            secretary=None if r in unsaid else r in posted,
        )
        for r in rows
    ]  # fmt: skip
    set_special(villages, figures, rng)
    check(figures)
    return figures


def set_special(villages: Sequence[Village], figures: list[Figures], rng: Random) -> None:
    """Give the named villages their figures, and some others those at the edges of the rules.

    A named village takes the place of one of its county with the same traits, which gets its old
    figures, so no quota moves. Where there is none (a small register) the drawn figures stay.
    """
    for row, village in enumerate(villages):
        name = stem(village.name)
        if NAMED.get(name) != village.county:
            continue
        new = NAMED_FIGURES[name]
        for other, theirs in enumerate(figures):
            if villages[other].county == village.county and theirs.traits() == new.traits():
                figures[other], figures[row] = figures[row], new
                break
    never = [r for r, f in enumerate(figures) if not f.empty]
    for row, edge in zip(pick(rng, never, len(EDGES), lambda _: 1), EDGES, strict=False):
        figures[row].income, figures[row].residents = edge


def check(figures: Sequence[Figures]) -> None:
    """Every quota holds, and every figure lies where it may."""
    quotas = Quotas.for_size(len(figures))
    shells = [f for f in figures if f.empty]
    broken = [f for f in shells if f.income]
    expect(len(shells) == quotas.empty, "former empty shells")
    expect(len(shells) - len(broken) == quotas.zero, "empty shells without income")
    expect(all(f.income >= 30_000 * YUAN for f in broken), "broken zero at 30,000 or more")
    above = sum(f.income >= 50_000 * YUAN for f in broken)
    expect(above == quotas.from_50000, "former empty shells at 50,000 or more")
    expect(all(f.income > 0 for f in figures if not f.empty), "others have an income")
    expect(sum(f.poor for f in figures) == quotas.poor, "registered poor villages")
    weak = [f for f in figures if f.weak]
    expect(len(weak) == quotas.weak, "weak organisations")
    expect(all(f.poor for f in weak), "weak organisations in registered poor villages")
    posted = [f for f in figures if f.secretary]
    expect(len(posted) == quotas.secretaries, "first secretaries")
    expect(all(f.poor for f in posted), "first secretaries in registered poor villages")
    expect(sum(not f.venue for f in figures) == quotas.no_venue, "villages without a venue")
    expect(all(40 <= f.residents <= 6_000 and 0 <= f.cadres <= 7 for f in figures), "ranges")

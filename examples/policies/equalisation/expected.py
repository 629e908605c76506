"""The figures of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

LAST_YEAR = {"青石县": Fraction(215_000), "松原县": Fraction(115_000), "临江市": Fraction(60_000)}
POTS = {"青石县": Fraction(230_000), "松原县": Fraction("118000.51"), "临江市": Fraction(150_000)}
FACTOR = {"平川": 100, "丘陵": 110, "山区": 125}
FEN = Fraction(1, 100)


class Village(NamedTuple):
    """What is known of a village before the pots are shared; amounts in yuan."""

    code: str
    county: str
    spending: Fraction
    gap: Fraction
    kept: Fraction
    most: Fraction


def village(row: dict[str, str], before: Fraction) -> Village:
    """Spending, gap, and the two ends of the grant, after what it had the year before."""
    cost = (60_000 + 45 * Fraction(row["户籍人口"])) * Fraction(FACTOR[row["地形"]], 100)
    spending = (cost / FEN + Fraction(1, 2)) // 1 * FEN
    gap = max(spending - Fraction(row["自有收入（元/年）"]), Fraction(0))
    kept = -(-before * Fraction(95, 100) // FEN) * FEN
    most = max(gap * Fraction(80, 100) // FEN * FEN, kept)
    return Village(row["代码"], row["县（市）"], spending, gap, kept, most)


def grants(pot: Fraction, all_of: list[Village]) -> dict[str, Fraction]:
    """One factor for all: gap x factor, held between kept and most; fen by largest remainder."""
    some = [one for one in all_of if one.gap > 0 or one.kept > 0]
    if pot >= sum(one.most for one in some):
        return {one.code: one.most for one in some}

    def used(factor: Fraction) -> Fraction:
        return sum((held(one, factor) for one in some), Fraction(0))

    ends = {Fraction(0)} | {
        end / one.gap for one in some if one.gap for end in (one.kept, one.most)
    }
    under = max(end for end in ends if used(end) <= pot)
    beyond = min(end for end in ends if used(end) > pot)
    factor = under + (beyond - under) * (pot - used(under)) / (used(beyond) - used(under))
    shares = {one.code: held(one, factor) // FEN * FEN for one in some}
    by_rest = sorted(some, key=lambda one: (shares[one.code] - held(one, factor), one.code))
    for one in by_rest[: int((pot - sum(shares.values())) / FEN)]:
        shares[one.code] += FEN
    return shares


def held(one: Village, factor: Fraction) -> Fraction:
    """A village's share before it is brought to the fen."""
    return min(max(one.gap * factor, one.kept), one.most)


def yuan(amount: Fraction) -> str:
    """An amount of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


def computed(
    name: str, pots: dict[str, Fraction], before: dict[str, Fraction]
) -> tuple[list[Village], dict[str, Fraction]]:
    """The villages of a roster, and what each gets after the grants of the year before."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        rows = [village(row, before.get(row["代码"], Fraction(0))) for row in csv.DictReader(file)]
    shares: dict[str, Fraction] = {}
    for county, pot in pots.items():
        shares |= grants(pot, [one for one in rows if one.county == county])
    return rows, shares


def main() -> None:
    """One line a village: its code, and what it gets; last year's run came before."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["code", "spending", "gap", "kept", "most", "grant"])
    _, before = computed("last_year.csv", LAST_YEAR, {})
    rows, shares = computed("roster.csv", POTS, before)
    for one in rows:
        grant = shares.get(one.code, Fraction(0))
        out.writerow([one.code, *map(yuan, (*one[2:], grant))])


if __name__ == "__main__":
    main()

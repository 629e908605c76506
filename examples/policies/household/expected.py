"""The figures of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path

STANDARD = {1: "860", 2: "1450", 3: "1980", 4: "2425.5", 5: "2425.5"}
FROM_SIX = Fraction(2793)


def counted(income: Fraction) -> Fraction:
    """Nothing of the first 300 yuan, 60 % up to 1,500 and 85 % beyond, to the nearest fen."""
    middle = max(min(income, Fraction(1500)) - 300, Fraction(0))
    above = max(income - 1500, Fraction(0))
    exact = middle * Fraction(60, 100) + above * Fraction(85, 100)
    return (exact * 100 + Fraction(1, 2)) // 1 / Fraction(100)


def household(row: dict[str, str]) -> list[Fraction]:
    """What one household gets a month and a year, and who pays it."""
    members, income = int(row["家庭人口"]), Fraction(row["家庭月收入（元/月）"])
    standard = Fraction(STANDARD[members]) if members in STANDARD else FROM_SIX
    care = int(row["残疾成员"]) * Fraction("220.5")
    less = counted(income)
    benefit = standard + care - less
    if benefit < 20:
        benefit = Fraction(0)
    fund = min(benefit, care)
    return [standard, care, less, benefit, fund, benefit - fund, benefit * 12]


def yuan(amount: Fraction) -> str:
    """An amount of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


HEAD = ["number", "standard", "care", "counted", "benefit", "fund_part", "city_part", "of_year"]


def main() -> None:
    """One line a household: its number, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEAD)
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.writerow([row["户编号"], *map(yuan, household(row))])


if __name__ == "__main__":
    main()

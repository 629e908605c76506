"""The figures of the roster, worked out from the notice and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path


def half_up(amount: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step; a half goes up."""
    return (amount / step + Fraction(1, 2)) // 1 * step


def station(row: dict[str, str]) -> list[Fraction]:
    """Articles 5 to 11 for one village."""
    served, income = int(row["经常服务老年人"]), Fraction(row["上一年度集体经济收入（元）"])
    standard = Fraction(0)
    for least, amount in ((10, 20_000), (30, 35_000), (60, 50_000)):
        if served >= least:
            standard = Fraction(amount)
    rate = {"优秀": Fraction(120, 100), "合格": Fraction(1), "不合格": Fraction(0)}
    graded = standard * rate[row["考核结果"]]
    base = graded * Fraction(80, 100) if income >= 500_000 else graded
    meals = Fraction(0)
    if row["老年食堂"] == "是" and base > 0:
        meals = Fraction(min(300 * served, 12_000))
    shared = base if income < 50_000 else base + meals
    city = half_up(shared * Fraction(60, 100), Fraction(1)) + base + meals - shared
    return [standard, graded, base, meals, base + meals, city, base + meals - city]


def yuan(amount: Fraction) -> str:
    """An amount of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


def main() -> None:
    """One line a village: its code, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(
        ["code", "standard", "graded", "base", "meals", "grant", "city_part", "county_part"]
    )
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.writerow([row["代码"], *map(yuan, station(row))])


if __name__ == "__main__":
    main()

"""The figures of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path

INCOME = {
    "青山县": Fraction("13420"),
    "云岭县": Fraction("16225.25"),
    "石川市": Fraction("19377.8"),
    "东湖市": Fraction("26301"),
}
PROVINCE = {"青山县": 60, "云岭县": 40, "石川市": 40, "东湖市": 15}
FLOOR = Fraction(32_400)


def half_up(amount: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step; a half goes up."""
    return (amount / step + Fraction(1, 2)) // 1 * step


def village(row: dict[str, str]) -> list[Fraction]:
    """What one village's officials get, and who pays it."""
    county, deputies = row["县（市）"], int(row["副职人数"])
    now = Fraction(row["正职现行报酬（元/人·年）"])
    standard = max(2 * INCOME[county], FLOOR, now)
    head = standard
    if row["书记主任一肩挑"] == "是":
        head = half_up(standard * Fraction(110, 100), Fraction(1, 100))
    month = head * Fraction(70, 100) / 12 // 1
    deputy = half_up(standard * Fraction(70, 100), Fraction(1)) if deputies else Fraction(0)
    pay = head + deputies * deputy
    province = half_up(pay * Fraction(PROVINCE[county], 100), Fraction(1))
    rest = head - 12 * month
    return [standard, head, month, rest, deputy, deputies * deputy, pay, province, pay - province]


def yuan(amount: Fraction) -> str:
    """An amount of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


HEAD = [
    "code", "standard", "head_pay", "by_month", "year_end", "deputy_standard", "deputies_pay", "pay",
    "province_part_paid", "county_part_paid",
]  # fmt: skip


def main() -> None:
    """One line a village: its code, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEAD)
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.writerow([row["代码"], *map(yuan, village(row))])


if __name__ == "__main__":
    main()

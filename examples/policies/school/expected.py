"""The figures of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path

AMOUNT = {"小学": 720, "初中": 940}
EQUIPMENT, SCORE = "生均设备值（元/人）", "考核得分"


def half_up(amount: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step; a half goes up."""
    return (amount / step + Fraction(1, 2)) // 1 * step


def school(row: dict[str, str], all_of: list[dict[str, str]]) -> list[Fraction]:
    """What one school gets, part by part, and when."""
    pupils, amount = int(row["学生数"]), AMOUNT[row["学段"]]
    near = [one for one in all_of if one["区"] == row["区"]]
    alike = [Fraction(one[EQUIPMENT]) for one in near if one["学段"] == row["学段"]]
    mean = half_up(sum(alike, Fraction(0)) / len(alike), Fraction(1, 100))
    ahead = sum(Fraction(one[SCORE]) > Fraction(row[SCORE]) for one in near)
    parts = [
        Fraction(pupils * amount),
        Fraction(max(100 - pupils, 0) * amount),
        Fraction(int(row["寄宿生数"] or 0) * 300),
        Fraction(int(row["随班就读学生数"] or 0) * 6000),
        half_up(Fraction(row["取暖面积（平方米）"] or 0) * Fraction("23.5"), Fraction(1)),
        Fraction(pupils * 120 if Fraction(row[EQUIPMENT]) < mean * Fraction(80, 100) else 0),
        Fraction(30_000 if ahead < 2 else 0),
    ]
    funds = sum(parts, Fraction(0))
    spring = funds * Fraction(55, 100) // 100 * 100
    return [*parts, funds, spring, funds - spring]


def yuan(amount: Fraction) -> str:
    """An amount of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


PARTS = ["basic", "small", "boarding", "inclusion", "heating", "thin", "awarded"]


def main() -> None:
    """One line a school: its code, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["code", *(f"funding.{one}" for one in PARTS), "funds", "spring", "autumn"])
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        out.writerow([row["学校代码"], *map(yuan, school(row, rows))])


if __name__ == "__main__":
    main()

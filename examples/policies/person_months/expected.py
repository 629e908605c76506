"""The figures of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path

YEAR = 2022
BASE = 3250


def complete_months(first: str, left: str) -> int:
    """Whole months in office in the year, a month at a time; the day of leaving does not count."""
    day = max(date.fromisoformat(first), date(YEAR, 1, 1)) if first else date(YEAR + 1, 1, 1)
    end = min(date.fromisoformat(left), date(YEAR + 1, 1, 1)) if left else date(YEAR + 1, 1, 1)
    counted = 0
    while month_later(day, counted + 1) <= end:
        counted += 1
    return counted


def month_later(day: date, months: int) -> date:
    """The same day some months on, or the last day of a month without it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise ValueError(day)


def village(row: dict[str, str]) -> list[Fraction]:
    """What one village's officials get, and when it is paid."""
    head = complete_months(row["正职任职日期"], row["正职离任日期"])
    deputy = complete_months(row["副职任职日期"], row["副职离任日期"])
    since = date.fromisoformat(row["正职任职日期"])
    allowance = 0
    for years, more in ((3, 300), (6, 500)):
        if date(since.year + years, since.month, since.day) <= date(YEAR + 1, 1, 1):
            allowance = more
    members = min(int(row["委员本年任职人月"]), 12 * int(row["核定职数"]) - head - deputy)
    parts = [
        Fraction(head * (BASE + allowance)),
        deputy * Fraction(BASE * 80, 100),
        members * Fraction(BASE * 60, 100),
    ]
    pay = sum(parts, Fraction(0))
    month = pay * Fraction(60, 100) / 12 // 1
    rest = pay - 12 * month
    summer = rest / 2 // 1
    counted = [Fraction(head), Fraction(deputy), Fraction(members)]
    return [*counted, *parts, pay, month, 12 * month, summer, rest - summer]


def number(amount: Fraction) -> str:
    """A number of whole fen with two decimals."""
    fen, rest = divmod(amount * 100, 1)
    if rest:
        raise ValueError(f"{amount} is no amount of whole fen")
    return f"{fen // 100}.{fen % 100:02}"


HEAD = [
    "code", "head_months", "deputy_months", "members_counted", "head_pay", "deputy_pay",
    "members_pay", "pay_due", "by_month", "paid_by_month", "paid_in_summer", "paid_at_end",
]  # fmt: skip


def main() -> None:
    """One line a village: its code, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEAD)
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            months, amounts = village(row)[:3], village(row)[3:]
            out.writerow([row["代码"], *map(str, months), *map(number, amounts)])


if __name__ == "__main__":
    main()

"""The posts of the roster, worked out from the text and not by the program: CSV to stdout."""

from __future__ import annotations

import csv
import sys
from pathlib import Path


def posts(kind: str, residents: int, households: int) -> int:
    """Posts of one village or community; exactly 1,500 residents are taken as “1,500 or more”."""
    if kind == "村":
        return 3 if residents < 1500 else 4
    if households < 2000:
        return 5
    return 7 if households <= 3000 else 9


def main() -> None:
    """One line a row of the roster: its code, and what it gets."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["code", "posts", "full_time", "tier"])
    with Path(__file__).with_name("roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = posts(row["类别"], int(row["常住人口（人）"]), int(row["户数（户）"]))
            tier = "小" if found <= 3 else "中" if found <= 5 else "大"
            out.writerow([row["代码"], found, -(-found * 6 // 10), tier])


if __name__ == "__main__":
    main()

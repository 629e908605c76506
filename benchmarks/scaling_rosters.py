"""The rosters of one size for `scaling`, and what goes with them.

`python -m benchmarks.scaling_rosters DIR ROWS`. All figures, codes and names are made
up; names repeat as real ones do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.make_roster import as_workbook, roster
from benchmarks.rosters import dirty

SEED = 20171231
FAULTY = 0.01
"""Of the rows of a faulty roster."""
EVERY = 10
"""One row of so many has more residents in the changed roster; one of ten times as many is set by hand."""

LINES = 40
"""Villages on a page of the printed roster."""


def main(folder: str, rows: str) -> None:
    """Write them all."""
    into, table = Path(folder), roster(int(rows), None, SEED)
    table.write_csv(into / "roster.csv")
    table.write_parquet(into / "roster.parquet")
    as_workbook(table, into / "roster.xlsx")
    faulty = dirty(table.select(pl.all().cast(pl.String)), max(FAULTY, 6 / table.height))
    faulty.write_csv(into / "faulty.csv")
    as_workbook(faulty, into / "faulty.xlsx")
    some = pl.int_range(pl.len()) % EVERY == 0
    residents = pl.when(some).then(1_500).otherwise("residents")
    table.with_columns(residents.alias("residents")).write_csv(into / "changed.csv")
    table.select("code", "name", "town", "county").write_csv(into / "register.csv")
    by_hand(table).write_csv(into / "overrides.csv")
    printed(table, into / "printed.csv")


def printed(table: pl.DataFrame, path: Path) -> None:
    """As it comes off a printed list: no codes, the header again on every page, a sum after every town."""
    table = table.drop("code")
    head = ",".join(table.columns)
    lines = table.write_csv(include_header=False).splitlines()
    residents, towns = table["residents"].to_list(), table["town"].rle_id().to_list()
    with path.open("w", encoding="utf-8", newline="") as file:
        people = 0
        for at, line in enumerate(lines):
            if at % LINES == 0:
                file.write(f"{head}\n")
            file.write(f"{line}\n")
            people += residents[at]
            if at + 1 == len(lines) or towns[at + 1] != towns[at]:
                file.write(f"小计,,,{people}{',' * (table.width - 4)}\n")
                people = 0


def by_hand(table: pl.DataFrame) -> pl.DataFrame:
    """Amounts set by hand in one row of a hundred."""
    return table.gather_every(10 * EVERY).select(
        village="code", output=pl.lit("guaranteed_funds"), amount=pl.lit("123456.78"),
        code=pl.lit("M1"), reason=pl.lit("测试"), document=pl.lit("测试文件"), approver=pl.lit("甲"),
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])

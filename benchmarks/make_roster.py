"""A large roster: real or invented codes and names under synthetic figures, seeded.

All figures are made up. With `--register` (a csv or csv.gz with code, name, kind, town, county, city)
the village committees of that register are taken; else places are invented in the same form.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl

MEDIAN_RESIDENTS = 600
TOWN, COUNTY = 20, 200
"""Villages of an invented town, and of an invented county. Codes end in 200 to 399, as villages' do."""

NAMED = {"太原市娄烦县": "娄烦县", "太原市阳曲县": "阳曲县"}
"""Counties as the policy names them; the others carry their city, since names repeat."""

LETTERS = "安丰吉利平昌永泰清河东西南北中山水石林木田金玉白青红黄海江湖川春夏秋冬天日"


def county(number: int) -> str:
    """An invented county's name; two of them differ in two characters, as real ones mostly do."""
    if number in (3, 4):
        return list(NAMED.values())[number - 3]
    base = len(LETTERS)  # a prime number
    digits = number % base, number // base % base, number // base**2 % base
    return "".join(LETTERS[one] for one in (*digits, sum(digits) % base)) + "县"


def names(among: pl.Series, kinds: int, ending: str, rng: np.random.Generator) -> pl.Series:
    """Invented names that repeat as real ones do, of so many kinds: half occur once, some hundreds of times.

    None occurs twice within one of the places in `among`.
    """
    drawn = np.zeros(among.len(), dtype=np.int64)
    again = np.arange(among.len())
    while again.size:
        rare = kinds * rng.random(again.size) ** 3
        drawn[again] = rare.astype(np.int64) + rng.integers(0, 100, again.size)
        twice = pl.DataFrame({"among": among, "drawn": drawn}).select(
            ~pl.struct("among", "drawn").is_first_distinct()
        )
        again = np.flatnonzero(twice.to_series().to_numpy())
    base, left, spelt = len(LETTERS), pl.Series(drawn), pl.repeat("", among.len(), eager=True)
    letters = pl.Series(list(LETTERS))
    for place in range(5):
        letter = letters.gather((left % base).cast(pl.UInt32))
        needed = (left > 0) | (place < 2)
        spelt = pl.select(pl.when(needed).then(letter + spelt).otherwise(spelt)).to_series()
        left = left // base
    return spelt + ending


def places(rows: int, register: Path | None, seed: int) -> pl.DataFrame:
    """code, name, town, county of the villages."""
    if register is not None:
        found = pl.read_csv(register, infer_schema=False).filter(pl.col("kind") == "村委会")
        named = pl.concat_str("city", "county").replace(NAMED).alias("county")
        return found.select("code", "name", "town", named).head(rows or found.height)
    at, rng = pl.int_range(rows, eager=True), np.random.default_rng(seed)
    towns = pl.int_range(-(-rows // TOWN), eager=True)
    return pl.DataFrame(
        {
            "code": ((100_000_000 + at // 200) * 1000 + 200 + at % 200).cast(pl.String),
            "name": names(at // TOWN, 1_000_000, "村", rng),
            "town": names(towns // (COUNTY // TOWN), 100_000, "镇", rng).gather(at // TOWN),
            "county": pl.Series([county(n) for n in range(-(-rows // COUNTY))]).gather(
                at // COUNTY
            ),
        }
    )


def figures(rows: int, seed: int) -> dict[str, pl.Series]:
    """Synthetic facts in the shipped policy's ranges; income in fen of which many are whole."""
    rng = np.random.default_rng(seed)
    residents = np.clip(rng.lognormal(np.log(MEDIAN_RESIDENTS), 0.6, rows), 20, 20_000).astype(int)
    income = (rng.lognormal(10.6, 1.2, rows) * (rng.random(rows) > 0.05)).round(2)
    return {
        "residents": pl.Series(residents),
        "collective_income": pl.Series(np.clip(income, 0, 1e8)),
        "existing_funding": pl.Series(rng.choice([0, 50_000, 100_000, 150_000], rows)),
        "other_cadres": pl.Series(rng.integers(0, 9, rows)),
        "current_subsidy": pl.Series(rng.integers(0, 110, rows) * 100),
        "registered_poor": pl.Series(rng.random(rows) < 0.2),
        "weak_organisation": pl.Series(rng.random(rows) < 0.05),
        "former_empty_shell": pl.Series(rng.random(rows) < 0.5),
        "has_venue": pl.Series(rng.random(rows) < 0.95),
        "first_secretary": pl.Series(rng.random(rows) < 0.3),
    }


def roster(rows: int, register: Path | None, seed: int) -> pl.DataFrame:
    """The whole roster; amounts as text with two decimals, exact."""
    table = places(rows, register, seed)
    made = figures(table.height, seed)
    money = {n: made[n].cast(pl.Decimal(18, 2)).cast(pl.String) for n in ("collective_income",)}
    return table.with_columns([s.alias(n) for n, s in {**made, **money}.items()])


def as_workbook(table: pl.DataFrame, path: Path) -> None:
    """One sheet, a row at a time: polars would hold a million rows of cells in memory.

    Codes and names are text, figures numbers wherever they can be.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_numbers": True}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, table.columns)
        for at, row in enumerate(table.iter_rows(), 1):
            for column, text in enumerate(row[:4]):
                sheet.write_string(at, column, text)
            sheet.write_row(at, 4, row[4:])


def main() -> None:
    """Write the roster as .csv, .parquet or .xlsx."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=0, help="villages (all of a register if 0)")
    parser.add_argument("--register", type=Path)
    parser.add_argument("--seed", type=int, default=20171231)
    args = parser.parse_args()
    table = roster(args.rows or (0 if args.register else 553_298), args.register, args.seed)
    if args.output.suffix == ".parquet":
        table.write_parquet(args.output)
    elif args.output.suffix == ".xlsx":
        as_workbook(table, args.output)
    else:
        table.write_csv(args.output)
    print(f"{table.height:,} villages of synthetic figures in {args.output}")


if __name__ == "__main__":
    main()

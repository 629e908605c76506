"""What `fundcalc roster check` takes on a national roster, clean and dirty: processor time and memory.

`python -m benchmarks.rosters [--rows N] [--register FILE]`: each file is read in a process of its own;
seconds are also given as a multiple of polars reading the same file into text. All figures are made up.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.make_roster import roster
from benchmarks.measure import ROOT, process

FAULTS = {
    "residents": ["5万", "-1", "12.5", "", "abc"],
    "collective_income": ["5万", "1.234", "-3", ""],
    "code": ["1.40123E+11", "12345", ""],
    "other_cadres": ["NaN", "2.5"],
    "has_venue": ["maybe"],
    "name": ["", " 王村", "a\u200bb"],
}


def dirty(clean: pl.DataFrame, share: float) -> pl.DataFrame:
    """One fault in so many of the rows."""
    rng, table = np.random.default_rng(1), clean
    for name, values in FAULTS.items():
        count = int(clean.height * share / len(FAULTS))
        at = rng.choice(clean.height, count, replace=False).tolist()
        wrong = [values[i % len(values)] for i in range(count)]
        table = table.with_columns(table[name].scatter(at, wrong))
    return table


def variants(folder: Path, table: pl.DataFrame) -> None:
    """Write files named by what is remarkable in them."""
    files = {"clean.csv": table, "1 % faulty.csv": dirty(table, 0.01)}
    files["1 % faulty.parquet"] = files["1 % faulty.csv"]
    files["clean.parquet"] = table
    income = pl.col("collective_income")
    shown = income.map_elements(lambda v: f"{float(v):,.2f}", return_dtype=pl.String)
    files["thousands separators.csv"] = table.with_columns(shown)
    files["a unit in every cell.csv"] = table.with_columns(pl.col("residents") + "人")
    files["no codes.csv"] = table.with_columns(code=pl.lit(""))
    files["one code for all.csv"] = table.with_columns(code=pl.lit("0" * 12))
    for name, one in files.items():
        path = folder / name
        one.write_parquet(path) if name.endswith("parquet") else one.write_csv(path)
    text = table.write_csv()
    lines = text.split("\n")
    middle = len(lines) // 2
    texts = {
        "a total.csv": text + "合计" + "," * (table.width - 1) + "\n",
        "a blank row.csv": "\n".join([*lines[:middle], "", *lines[middle:]]),
        "a row too long.csv": "\n".join(
            [*lines[:middle], lines[middle] + ",x", *lines[middle + 1 :]]
        ),
        "old line ends.csv": text.replace("\n", "\r"),
    }
    for name, one in texts.items():
        (folder / name).write_text(one, encoding="utf-8", newline="")
    (folder / "GB18030.csv").write_text(text, encoding="gb18030")


def main() -> None:
    """Make the files, read each, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=0, help="villages (553,298, or all of a register)"
    )
    parser.add_argument("--register", type=Path)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        table = roster(args.rows or (0 if args.register else 553_298), args.register, 20171231)
        variants(args.make, table.select(pl.all().cast(pl.String)))
        return
    with tempfile.TemporaryDirectory() as folder:
        # A process starts with as much memory as its parent: so a child makes the files.
        maker = [sys.executable, "-m", "benchmarks.rosters", *sys.argv[1:], "--make", folder]
        subprocess.run(maker, cwd=ROOT, check=True)
        print(f"{'synthetic figures':26}     s    MB  × polars")
        for path in sorted(Path(folder).iterdir()):
            plain = (
                "read_parquet(p)"
                if path.suffix == ".parquet"
                else "read_csv(p, infer_schema=False)"
            )
            peer = f"import polars as pl; p = {str(path)!r}; pl.{plain}"
            base = process([sys.executable, "-c", peer], codes=(0, 1))  # it reads no GB18030
            check = [sys.executable, "-m", "fundcalc_cli", "roster", "check", path]
            ours = process(check, codes=(0, 1, 2))
            times, memory = ours.cpu / base.cpu, ours.peak / 1e6
            print(f"{path.name:26} {ours.cpu:5.1f} {memory:5.0f} {times:9.1f}", flush=True)


if __name__ == "__main__":
    main()

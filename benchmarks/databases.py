"""Spark against DuckDB over the same clean parquet: `python -m benchmarks.databases FOLDER BACKEND`.

A pool over all villages and one of each county, over invented figures. Prints the seconds of opening and of
deciding, CPU being that of this process and of those that it started, and what the shares add up to.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.make_roster import COUNTY, county
from benchmarks.measure import Failed, answer, process
from fundcalc.engines.sql.session import open_in
from fundcalc.policy.load import load
from fundcalc.policy.plan import make_plan

MASTER = "local[2]"

POLICY = {
    "policies.toml": """\
[policy]
id = "pools"
title = { zh = "分配", en = "Pools" }
on = 2020-01-01
programmes = ["shares"]
[sources.made]
title = { zh = "编造", en = "Made up" }
[parameters.each]
title = { zh = "每村", en = "Each" }
unit = "yuan/year"
source = "made"
values = { 2019-01-01 = 50_000 }
""",
    "rules/village.toml": """\
[facts.code]
title = { zh = "代码", en = "Code" }
type = "text"
[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
required = true
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
required = true
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
range = [0, 10_000]
required = true
[facts.funds]
title = { zh = "经费", en = "Funds" }
unit = "yuan/year"
range = [0, 1_000_000]
required = true
[facts.poor]
title = { zh = "贫困", en = "Poor" }
type = "yes/no"
""",
    "rules/shares.toml": """\
[programme]
id = "shares"
title = { zh = "项目", en = "Shares" }
hit_policy = "collect count"
output = "poor_ones"
[[rule]]
id = "poor"
source = "made"
when = "poor"
[otherwise]
id = "none"
value = 0
[[also]]
id = "of_all"
unit = "yuan/year"
share = { pool = "each * count() + 0.07", per = "all", by = "funds" }
[[also]]
id = "of_county"
unit = "yuan/year"
share = { pool = "each * count() + 0.07", per = "county", by = "people" }
""",
}


def made(folder: Path, rows: int, own: Path) -> None:
    """The policy and clean parquet of so many villages, where they are not there."""
    clean, raw = folder / "clean", folder / "roster.parquet"
    if clean.exists():
        return
    for name, text in POLICY.items():
        path = folder / "policy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    rng, at = np.random.default_rng(20171231), pl.int_range(rows, eager=True)
    counties = pl.Series([county(number) for number in range(-(-rows // COUNTY))])
    people = np.clip(rng.lognormal(np.log(600), 0.6, rows), 20, 9_999).astype(int)
    pl.DataFrame(
        {
            "code": ((100_000_000 + at // COUNTY) * 1000 + 200 + at % COUNTY).cast(pl.String),
            "name": (at % 100_000).cast(pl.String) + "村",
            "county": counties.gather(at // COUNTY),
            "people": people,
            # round ones look like sums of the rows before
            "funds": rng.integers(1, 1_000_000, rows),
            "poor": rng.random(rows) < 0.2,
        }
    ).write_parquet(raw)
    policy = folder / "policy"
    process([own, "-m", "fundcalc_cli", "roster", "clean", raw, "-o", clean, "--policy", policy])
    raw.unlink()


def compare(folder: Path, rows: int, own: Path) -> dict[str, Any]:
    """Spark's seconds of deciding, and how many times DuckDB's."""
    made(folder, rows, own)
    found: dict[str, dict[str, Any]] = {
        name: answer([own, "-m", "benchmarks.databases", folder, name])
        for name in ("duckdb", "spark")
    }
    if found["spark"]["shares"] != found["duckdb"]["shares"]:
        raise Failed("Spark and DuckDB differ")
    spark, duckdb = found["spark"]["deciding"], found["duckdb"]["deciding"]
    times = {"ratio": spark["wall"] / duckdb["wall"], "cpu_ratio": spark["cpu"] / duckdb["cpu"]}
    return {**spark, **times, **found}


def main(folder: str, backend: str) -> None:
    """Open, decide, add up."""
    policy, _ = load(Path(folder) / "policy")
    plan = make_plan(policy)
    clock = _clock()
    name: Any = backend
    master = MASTER if backend == "spark" else None
    with open_in(name, plan, Path(folder) / "clean", master=master) as session:
        opened = _clock()
        session.compute(skip=False)
        decided = _clock()
        counties = session.by_county(["of_all", "of_county"])
        shares = [[group.name, *map(int, group.amounts.values())] for group in counties]
    taken = {"opening": (clock, opened), "deciding": (opened, decided)}
    seconds = {
        what: {"wall": end[0] - start[0], "cpu": end[1] - start[1]}
        for what, (start, end) in taken.items()
    }
    print(
        json.dumps({**seconds, "shares": hashlib.sha256(json.dumps(shares).encode()).hexdigest()})
    )


def _clock() -> tuple[float, float]:
    """Now, and the CPU seconds of this process and all that it started and that still run."""
    ticks, tree, cpu = os.sysconf("SC_CLK_TCK"), {os.getpid()}, time.process_time()
    stats = {
        int(path.name): path / "stat" for path in Path("/proc").iterdir() if path.name.isdigit()
    }
    for pid in sorted(stats):  # who was started later has a higher number
        try:
            fields = stats[pid].read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in tree:
            tree.add(pid)
            cpu += (int(fields[11]) + int(fields[12])) / ticks
    return time.perf_counter(), cpu


if __name__ == "__main__":
    main(*sys.argv[1:])

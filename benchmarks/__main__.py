"""Measure everything, then write `docs/performance.md` and its plot: `make bench`.

What is measured is kept in build/bench/results.json at once, so that a run that was stopped goes on
where it was; `--fresh` starts anew. `--quick` takes small rosters and few rounds. `--large` adds a
grid of 100 million rows (ten minutes or more). `--scaling` measures only how each command grows with
the villages, and writes that part of the page alone. Exits 1 where a command grows faster than n log n.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import compute, databases, files, scaling
from benchmarks.measure import ROOT, Failed

WORK = ROOT / "build" / "bench"
REGISTER = ROOT.parent / "shared" / "data" / "china_villages.csv.gz"
OWN = Path(sys.executable)
NATIONAL = 553_298

SIZES = {1_000: 15, 10_000: 15, 100_000: 11, 1_000_000: 7, 10_000_000: 3}
QUICK = {1_000: 3, 10_000: 3, 100_000: 3}


class Results:
    """What was measured so far, kept on disk."""

    def __init__(self, path: Path, fresh: bool) -> None:
        self._path = path
        known = path.exists() and not fresh
        self.data: dict[str, Any] = json.loads(path.read_text("utf-8")) if known else {}

    def forget(self, kind: str, words: str) -> None:
        """What is of this kind and has these words in its name is measured anew; no words: nothing."""
        for key in [key for key in self.data if key.startswith(kind) and words and words in key]:
            del self.data[key]

    def once(self, key: str, make: Callable[[], Any]) -> None:
        """Measure what is not known yet; a failure is a result too, and tried again next time."""
        if key in self.data and "failed" not in self.data[key]:
            return
        print(f"==> {key}", flush=True)
        start = time.monotonic()
        try:
            self.data[key] = make()
        except Failed as failed:
            self.data[key] = {"failed": str(failed)}
            print(f"    could not be done: {failed}")
        print(f"    {time.monotonic() - start:.1f} s", flush=True)
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        today = datetime.now(UTC).date().isoformat()
        self.data.setdefault("measured", {})[key] = {"date": today, "load": load}
        self._path.write_text(json.dumps(self.data, ensure_ascii=False, indent=1), "utf-8")


def roster(rows: int, ending: str) -> Path:
    """A roster of synthetic figures, made where it is not there; real codes for a national one."""
    path = WORK / f"roster-{rows}{ending}"
    if not path.exists():
        command = [OWN, ROOT / "benchmarks" / "make_roster.py", "-o", path, "--rows", str(rows)]
        if rows == NATIONAL and REGISTER.exists():
            command += ["--register", REGISTER]
        subprocess.run(command, cwd=ROOT, check=True)
    return path


def measure(results: Results, quick: bool, large: bool) -> None:
    """Everything, the small first."""
    sizes = QUICK if quick else SIZES
    results.once("machine", machine)
    for rows, rounds in sizes.items():
        held = roster(rows, ".parquet")
        call = partial(compute.compare, roster=held, rows=rows, rounds=rounds, own=OWN)
        results.once(f"whole {rows}", partial(call, compute.WHOLE))
        if rows <= 1_000_000:
            results.once(f"part {rows}", partial(call, compute.PART))
    some = roster(10_000, ".parquet")
    results.once(
        "rules", lambda: compute.compare(compute.RULES, some, 10_000, 3 if quick else 7, OWN)
    )
    many = 20_000 if quick else 500_000
    results.once("rules memory", lambda: files.memory_of_rules(many, OWN))
    results.once("start", lambda: files.starting(3 if quick else 11, OWN))
    _files(results, quick)
    results.once("papers", lambda: files.papers(WORK, 1 if quick else 3, OWN))
    runs = 10 if quick else 300
    results.once(f"verified {runs}", lambda: files.verified(WORK, runs, OWN))
    rows = 100_000 if quick else 10_000_000
    pools = WORK / f"pools-{rows}"
    results.once(f"databases {rows}", lambda: databases.compare(pools, rows, OWN))
    if large:
        held = roster(1_000_000, ".parquet")
        results.once("grid 100000000", lambda: files.grid(held, WORK / "grid.parquet", 100, OWN))
    scaling.measure(results, WORK / "scaling", OWN, quick)


def _files(results: Results, quick: bool) -> None:
    example = files.EXAMPLE
    results.once("files 890 xlsx", lambda: files.whole_run(example, WORK / "out.xlsx", 3, OWN))
    todo = [(20_000, ".csv", 3), (100_000, ".parquet", 3)]
    if not quick:
        todo += [(NATIONAL, ".csv", 5), (1_000_000, ".parquet", 3), (10_000_000, ".parquet", 1)]
    for rows, ending, rounds in todo:
        held = roster(rows, ending)
        out = WORK / f"out{ending}"
        call = partial(files.whole_run, held, out, rounds, OWN)
        results.once(f"files {rows} {ending[1:]}", call)
    for rows in (100_000,) if quick else (100_000, NATIONAL):
        call = partial(files.recorded, roster(rows, ".csv"), WORK, 1 if quick else 3, OWN)
        results.once(f"recorded {rows}", call)
    held = roster(100_000, ".parquet")
    grid = 10 if quick else 100
    results.once(
        f"grid {100_000 * grid}", lambda: files.grid(held, WORK / "grid.parquet", grid, OWN)
    )


def machine() -> dict[str, Any]:
    """Where and when."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    memory = next((line.split()[1] for line in _read("/proc/meminfo").splitlines()), "0")
    import numpy as np
    import polars as pl

    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory": int(memory) * 1024,
        "system": f"{platform.system()} {platform.machine()}",
        "versions": f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"polars {pl.__version__}",
    }


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text("utf-8") if file.exists() else ""


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rosters, few rounds")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured")
    parser.add_argument("--large", action="store_true", help="a grid of 100 million rows too")
    parser.add_argument(
        "--scaling",
        nargs="?",
        const="",
        metavar="WORDS",
        help="only how each command grows; with words, those that have them are measured anew",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the page (default docs/performance.md; quick: build/bench)",
    )
    args = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = WORK / ("quick.json" if args.quick else "results.json")
    if args.fresh:
        shutil.rmtree(WORK / "scaling", ignore_errors=True)
    results = Results(kept, args.fresh)
    if args.scaling is not None:
        results.once("machine", machine)
        results.forget("scaling ", args.scaling)
        scaling.measure(results, WORK / "scaling", OWN, args.quick)
    else:
        measure(results, args.quick, args.large)
    from benchmarks import page

    default = WORK / "performance.md" if args.quick else ROOT / "docs" / "performance.md"
    into = args.output or default
    write = page.write if args.scaling is None else page.write_scaling
    write(results.data, into, kept)
    print(f"Wrote {into}")
    faults = list(scaling.faults(results.data))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

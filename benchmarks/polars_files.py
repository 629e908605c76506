"""The baseline of a whole run: polars reads the roster and writes the same result, computing nothing.

`python -m benchmarks.polars_files ROSTER RESULT COPY` prints the seconds of wall time and CPU from the
start to the end; what it takes to have the result in memory in between is left out.
"""

from __future__ import annotations

import json
import sys
import time

START = time.perf_counter(), time.process_time()


def main(roster: str, result: str, copy: str) -> None:
    """Read, (get the result, not counted,) write."""
    import polars as pl

    def read(path: str) -> pl.DataFrame:
        return (
            pl.read_csv(path, infer_schema=False)
            if path.endswith(".csv")
            else pl.read_parquet(path)
        )

    table = read(roster)
    before = time.perf_counter(), time.process_time()
    table = read(result)
    after = time.perf_counter(), time.process_time()
    if copy.endswith(".csv"):
        table.write_csv(copy)
    else:
        table.write_parquet(copy)
    now = time.perf_counter(), time.process_time()
    wall, cpu = (now[i] - after[i] + before[i] - START[i] for i in (0, 1))
    print(json.dumps({"wall": wall, "cpu": cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])

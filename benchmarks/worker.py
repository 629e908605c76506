"""One contestant in a process of its own: computes when told to, so that runs can take turns.

`python -m benchmarks.worker MODULE:FUNCTION ROSTER ROWS`; then a line `run` or `save FILE` on stdin
for each answer in JSON on stdout.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(contestant: str, roster: str, rows: str) -> None:
    """Load, prepare, warm up, then answer."""
    warnings.simplefilter("ignore")
    from benchmarks.facts import load

    facts = {name: values[: int(rows)] for name, values in load(Path(roster)).items()}
    module, _, function = contestant.partition(":")
    run = getattr(importlib.import_module(f"benchmarks.{module}"), function)(facts)
    found = run()
    _say({"ready": True})
    for line in sys.stdin:
        if line.startswith("save "):
            _save(found, Path(line[5:].strip()))
            _say({"saved": True})
        else:
            _say(_once(run))


def _once(run: Callable[[], dict[str, Any]]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "peak": _peak()}


def _peak() -> int:
    """The most memory so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _save(found: dict[str, Any], path: Path) -> None:
    import numpy as np

    np.savez(path, **{name: np.asarray(values) for name, values in found.items()})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Hostile input by the hundred thousand. Nothing but words may come back.

`python -m benchmarks.fuzz policies --cases 100000 --seed 1`. Each case is made from its number, so that
one that fails can be made again with `--only NUMBER`. Cases run in batches, each in a process of its
own: a crash in C, a hang over ten seconds or more than 1 GB of memory is seen and told like a traceback.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.fuzz import offices
from benchmarks.fuzz.changes import ROOT
from benchmarks.fuzz.commands import one_command
from benchmarks.fuzz.ledgers import one_ledger
from benchmarks.fuzz.offices import one_office
from benchmarks.fuzz.policies import one_expression, one_policy
from benchmarks.fuzz.rosters import one_roster

BATCH = 2_000
SECONDS, WAIT = 10, 120
MEMORY = 1 << 30
TOLD = "= "
"""What a line begins with that says how often a kind was seen, and in which case first."""


TARGETS: dict[str, Callable[[random.Random], None]] = {
    "expressions": one_expression,
    "policies": one_policy,
    "rosters": one_roster,
    "ledgers": one_ledger,
    "offices": one_office,
    "commands": one_command,
}


def _hang(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"over {SECONDS} seconds of work, or {WAIT} in all")


def _watch(seconds: int, wait: int) -> None:
    """Work is counted, not waiting: a busy machine is no hang."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(wait)


def batch(target: str, seed: str, first: int, count: int) -> int:
    """Run some cases in this process; returns how many failed, each told on stdout."""
    signal.signal(signal.SIGALRM, _hang)
    signal.signal(signal.SIGPROF, _hang)
    failed = 0
    begun: dict[str, int] = {}
    for number in range(first, first + count):
        _watch(SECONDS, WAIT)
        try:
            TARGETS[target](random.Random(f"{target}/{seed}/{number}"))
        except BaseException:
            failed += 1
            print(f"--- {target} --seed {seed} --only {number}\n{traceback.format_exc(limit=-4)}")
        _watch(0, 0)
        for kind in offices.TALLY.keys() - begun.keys():
            begun[kind] = number
    for kind, times in offices.TALLY.items():
        print(f"{TOLD}{times}\t{begun[kind]}\t{kind}")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if used > MEMORY:
        failed += 1
        print(f"--- {target} --seed {seed}: cases {first} to {first + count} took {used >> 20} MB")
    return failed


def _batches(options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    for first in range(0, options.cases, BATCH):
        yield first, min(BATCH, options.cases - first)


def main() -> int:
    """Run the cases; exits 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("target", choices=list(TARGETS))
    parser.add_argument("--cases", type=int, default=BATCH)
    parser.add_argument("--seed", default="1", help="any text")
    parser.add_argument("--only", type=int, help="one case, by its number")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        offices.LOUD = True
        return int(batch(options.target, options.seed, options.only, 1) > 0)
    if options.first is not None:
        return int(batch(options.target, options.seed, options.first, options.cases) > 0)
    began, failed = time.monotonic(), 0
    seen: Counter[str] = Counter()
    begun: dict[str, str] = {}
    for first, count in _batches(options):
        command = [
            sys.executable,
            "-m",
            "benchmarks.fuzz",
            options.target,
            "--seed",
            str(options.seed),
        ]
        command += ["--first", str(first), "--cases", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        lines = done.stdout.splitlines()
        for line in lines:
            if line.startswith(TOLD):
                times, number, kind = line.removeprefix(TOLD).split("\t")
                seen[kind] += int(times)
                begun.setdefault(kind, number)
        if done.returncode:
            failed += 1
            text = "\n".join(line for line in lines if not line.startswith(TOLD))
            print(f"batch of {first}: exit code {done.returncode}\n{text}{done.stderr[-2000:]}")
    for kind, count in seen.most_common():
        print(f"{count:9,} {kind} (first: --only {begun[kind]})")
    print(
        f"{options.target}: {options.cases:,} cases, {failed} batches with failures, "
        f"{time.monotonic() - began:.0f} s"
    )
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())

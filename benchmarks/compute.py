"""Computing alone, in memory: each contestant in turn against NumPy written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Failed, Worker, median, same

AMOUNTS = (
    "guaranteed_funds", "funding_gap", "subsidy_total", "subsidy_gap", "municipal_share",
    "county_share", "party_dues_grounds", "party_dues_share", "collective_support_share",
)  # fmt: skip
PEERS = ROOT / "build" / "bench" / "venv" / "bin" / "python"
OWN = ROOT / ".venv" / "bin" / "python"


@dataclass(frozen=True)
class Contestant:
    """Its title, where it is, and the most rows that it is worth waiting for."""

    title: str
    module: str
    most: int = 10_000_000
    peer: bool = False


WHOLE = (
    Contestant("NumPy by hand", "numpy_by_hand:prepare"),
    Contestant("NumPy by hand, texts numbered beforehand", "numpy_by_hand:prepare_numbered"),
    Contestant("fundcalc, columnar", "ours:prepare"),
    Contestant("fundcalc, with every reading tried", "ours:prepare_readings"),
    Contestant("polars by hand", "polars_by_hand:prepare"),
)
PART = (
    Contestant("NumPy by hand", "numpy_by_hand:prepare_part"),
    Contestant("fundcalc, columnar", "ours:prepare_part"),
    Contestant("PolicyEngine core", "microsimulation_part:policyengine", 1_000_000, peer=True),
    Contestant("OpenFisca core", "microsimulation_part:openfisca", 1_000_000, peer=True),
    Contestant("GoRules zen-engine", "zen_part:prepare", 10_000, peer=True),
)
RULES = (
    Contestant("durable_rules, bare pattern", "bare_pattern:prepare"),
    Contestant("fundcalc, rules engine", "ours:prepare_rules"),
)

Python = Callable[[Contestant], Path]


def python(contestant: Contestant, own: Path) -> Path:
    """The interpreter that has what it needs. Raises Failed."""
    if contestant.peer and not PEERS.exists():
        raise Failed("not installed here")
    return PEERS if contestant.peer else own


def compare(
    contestants: Sequence[Contestant], roster: Path, rows: int, rounds: int, own: Path
) -> dict[str, dict[str, Any]]:
    """By title: median seconds, ratio to the first, memory; or why it could not run.

    All results are checked equal to the first's before anything is timed; then each round runs every
    contestant once, so that whatever else the machine does falls on all alike.
    """
    found: dict[str, dict[str, Any]] = {}
    workers: dict[str, Worker] = {}
    try:
        for contestant in contestants:
            if rows > contestant.most:
                continue
            try:
                worker = Worker(python(contestant, own), contestant.module, roster, rows)
                workers[contestant.title] = worker
            except Failed as failed:
                found[contestant.title] = {"failed": str(failed)}
        _check(workers, found)
        found |= _timed(workers, rows, rounds)
    finally:
        for worker in workers.values():
            worker.close()
    return found


def _check(workers: dict[str, Worker], found: dict[str, dict[str, Any]]) -> None:
    """Leave out whoever differs from the first."""
    first, *others = list(workers)
    reference = workers[first].outputs()
    for title in others:
        differs = same(reference, workers[title].outputs(), AMOUNTS)
        if differs:
            found[title] = {"failed": f"differs in {', '.join(differs)}"}
            workers.pop(title).close()


def _timed(workers: dict[str, Worker], rows: int, rounds: int) -> dict[str, dict[str, Any]]:
    runs: dict[str, list[dict[str, float]]] = {title: [] for title in workers}
    for number in range(rounds):
        turn = list(workers)
        for title in turn if number % 2 else reversed(turn):
            runs[title].append(workers[title].run())
    first = runs[next(iter(workers))]
    return {
        title: {
            "rows": rows,
            "rounds": rounds,
            "wall": median([run["wall"] for run in mine]),
            "cpu": median([run["cpu"] for run in mine]),
            "ratio": median([m["wall"] / f["wall"] for m, f in zip(mine, first, strict=True)]),
            "cpu_ratio": median([m["cpu"] / f["cpu"] for m, f in zip(mine, first, strict=True)]),
            "peak": max(run["peak"] for run in mine),
        }
        for title, mine in runs.items()
    }

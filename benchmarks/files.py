"""Whole processes: a roster's file in, checked results out, nothing recorded; and how fast it starts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Process, answer, median, process

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"


def summary(runs: Sequence[Process]) -> dict[str, Any]:
    """Medians of wall and CPU seconds, the most memory."""
    return {
        "rounds": len(runs),
        "wall": median([run.wall for run in runs]),
        "cpu": median([run.cpu for run in runs]),
        "peak": max(run.peak for run in runs),
    }


def whole_run(roster: Path, result: Path, rounds: int, own: Path) -> dict[str, Any]:
    """`fundcalc run` against polars reading and writing the same files, in turn."""
    mine: list[Process] = []
    theirs: list[dict[str, float]] = []
    for _ in range(rounds):
        mine.append(
            process([own, "-m", "fundcalc_cli", "run", roster, "-o", result, "--no-record"])
        )
        if result.suffix != ".xlsx":
            theirs.append(_polars(roster, result, own))
    found = summary(mine) | {"result": result.stat().st_size}
    if theirs:
        pairs = list(zip(mine, theirs, strict=True))
        found["polars_wall"] = median([t["wall"] for t in theirs])
        found["polars_cpu"] = median([t["cpu"] for t in theirs])
        found["ratio"] = median([m.wall / t["wall"] for m, t in pairs])
        found["cpu_ratio"] = median([m.cpu / t["cpu"] for m, t in pairs])
    return found


def _polars(roster: Path, result: Path, own: Path) -> dict[str, float]:
    copy = result.with_name(f"copy-{result.name}")
    try:
        found: dict[str, float] = answer(
            [own, "-m", "benchmarks.polars_files", roster, result, copy]
        )
    finally:
        copy.unlink(missing_ok=True)
    return found


def recorded(roster: Path, folder: Path, rounds: int, own: Path) -> dict[str, Any]:
    """What reads a recorded run, as whole processes, against the same run unrecorded; in turn."""
    ledger = folder / "recorded.db"
    village = roster.read_text("utf-8").splitlines()[1].partition(",")[0]
    run: list[str | Path] = ["run", roster, "-o", folder / "recorded.csv"]
    commands: dict[str, list[str | Path]] = {
        "run --no-record": [*run, "--no-record"],
        "run": [*run, "--ledger", ledger],
        "runs show": ["runs", "show", "1", "--ledger", ledger],
        "runs verify": ["runs", "verify", "1", "--ledger", ledger],
        "runs near": ["runs", "near", "1", "--ledger", ledger],
        "explain --run": ["explain", village, "--run", "1", "--ledger", ledger],
        "compare run:": ["compare", "run:1", "2018-12-31", roster, "--ledger", ledger],
        "run --corrects": [*run, "--ledger", ledger, "--corrects", "last", "--reason", "again"],
        "runs doubts --before": ["runs", "doubts", "last", "--before", "1", "--ledger", ledger],
    }
    runs: dict[str, list[Process]] = {title: [] for title in commands}
    for _ in range(rounds):
        ledger.unlink(missing_ok=True)
        for title, command in commands.items():
            runs[title].append(process([own, "-m", "fundcalc_cli", *command]))
    base = runs["run --no-record"]
    return {
        title: summary(some)
        | {"cpu_ratio": median([m.cpu / b.cpu for m, b in zip(some, base, strict=True)])}
        for title, some in runs.items()
    }


def starting(rounds: int, own: Path) -> dict[str, Any]:
    """Help and one explanation, as whole processes, against importing Typer; in turn."""
    commands: dict[str, list[str | Path]] = {
        "import typer": [own, "-c", "import typer"],
        "fundcalc --help": [own, "-m", "fundcalc_cli", "--help"],
        "fundcalc explain (890 villages, .xlsx)": [
            own, "-m", "fundcalc_cli", "explain", "鹰落沟", "--roster", EXAMPLE,
        ],
    }  # fmt: skip
    runs: dict[str, list[Process]] = {title: [] for title in commands}
    for _ in range(rounds):
        for title, command in commands.items():
            runs[title].append(process(command))
    return _against("import typer", runs)


def papers(folder: Path, rounds: int, own: Path) -> dict[str, Any]:
    """The report and the letters of a recorded run of 890 villages, against importing Typer; in turn."""
    ledger, html, out = folder / "papers.db", folder / "papers.html", folder / "papers"
    ledger.unlink(missing_ok=True)
    run: list[str | Path] = [own, "-m", "fundcalc_cli", "run", EXAMPLE, "-o", folder / "papers.csv"]
    process([*run, "--ledger", ledger])
    commands: dict[str, list[str | Path]] = {
        "import typer": [own, "-c", "import typer"],
        "report": [own, "-m", "fundcalc_cli", "report", "1", "-o", html, "--ledger", ledger],
        "letter": [
            own, "-m", "fundcalc_cli", "letter", "1", "--short", "--one-file", "-o", out,
            "--ledger", ledger,
        ],
    }  # fmt: skip
    runs: dict[str, list[Process]] = {title: [] for title in commands}
    for _ in range(rounds):
        html.unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
        for title, command in commands.items():
            runs[title].append(process(command))
    return _against("import typer", runs) | {"letters": 890, "size": html.stat().st_size}


def verified(folder: Path, many: int, own: Path) -> dict[str, Any]:
    """So many recorded runs of one roster of 890 villages verified, against importing Typer."""
    ledger = folder / "verified.db"
    ledger.unlink(missing_ok=True)
    run: list[str | Path] = [own, "-m", "fundcalc_cli", "run", EXAMPLE, "--ledger", ledger]
    for _ in range(many):
        process(run)
    verify = process([own, "-m", "fundcalc_cli", "runs", "verify", "--ledger", ledger])
    start = process([own, "-c", "import typer"])
    runs = {"import typer": [start], "runs verify": [verify]}
    return _against("import typer", runs)["runs verify"] | {"runs": many}


def _against(base: str, runs: Mapping[str, Sequence[Process]]) -> dict[str, Any]:
    """Of each command its medians, and how many times the base it takes."""
    return {
        title: summary(some)
        | {"ratio": median([m.wall / b.wall for m, b in zip(some, runs[base], strict=True)])}
        | {"cpu_ratio": median([m.cpu / b.cpu for m, b in zip(some, runs[base], strict=True)])}
        for title, some in runs.items()
    }


def grid(roster: Path, result: Path, scenarios: int, own: Path) -> dict[str, Any]:
    """`fundcalc grid` over so many amounts of one parameter."""
    last = 170_000 + 1_000 * (scenarios - 1)
    amounts = f"baseline_guarantee=170000:{last}:1000"
    one = process(
        [own, "-m", "fundcalc_cli", "grid", roster, "--set", amounts, "-o", result,
         "--format", "json"]
    )  # fmt: skip
    return summary([one]) | {"scenarios": scenarios, "result": result.stat().st_size}


def memory_of_rules(villages: int, own: Path) -> dict[str, Any]:
    """How much the rules engine's memory grows from its first 5,000 villages to the last."""
    found: dict[str, Any] = answer([own, "-c", _FLAT, str(villages)])
    return found


_FLAT = """
import json, resource, sys, time
from pathlib import Path
from fundcalc import api
from fundcalc.engines.result import rows_of
from fundcalc.engines.rules import Checker
plan = api.plan(api.load_policy())
roster = api.read_roster(Path("examples/taiyuan-2017.xlsx"), plan.policy)
rows = api.calculate(plan, roster, engine="rules").result.rows
checker, many, start = Checker(plan), int(sys.argv[1]), 0
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
for number in range(many):
    checker.decide(rows[number % len(rows)])
    if number == 5_000:
        start, clock = peak(), time.perf_counter()
rate = (many - 5_001) / (time.perf_counter() - clock)
print(json.dumps({"villages": many, "grown": peak() - start, "rate": rate}))
"""

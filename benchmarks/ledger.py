"""What the ledger takes: 500,000 decisions recorded, and one village of 890 explained from a recorded run.

Run as `python -m benchmarks.ledger`. The second figure is a ratio to `python -c "import typer"`, least of
several; Python must be let write its compiled modules, or each start compiles them anew.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fundcalc import api

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = 500_000
TIMES = 10


def recorded(folder: Path) -> tuple[int, float]:
    """Villages and seconds of recording so many decisions."""
    policy = api.load_policy()
    villages = -(-DECISIONS // len(policy.programmes))
    roster = folder / "large.csv"
    script = [sys.executable, str(ROOT / "benchmarks" / "make_roster.py")]
    subprocess.run(  # noqa: S603
        [*script, "-o", str(roster), "--rows", str(villages)], check=True, stdout=subprocess.DEVNULL
    )
    run = api.calculate(api.plan(policy), api.read_roster(roster, policy), engine="columnar")
    start = time.perf_counter()
    api.record(run, folder / "large.db")
    return villages, time.perf_counter() - start


def explained(folder: Path) -> float:
    """Explaining one of 890 villages from a recorded run, over importing Typer."""
    policy, ledger = api.load_policy(), folder / "small.db"
    read = api.read_roster(ROOT / "examples" / "taiyuan-2017.xlsx", policy)
    api.record(api.calculate(api.plan(policy), read), ledger)
    explain = ["-m", "fundcalc_cli", "explain", "鹰落沟", "--run", "1", "--ledger", str(ledger)]
    pairs = [(_seconds(["-c", "import typer"]), _seconds(explain)) for _ in range(TIMES)]
    return min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - start


def main() -> None:
    """Print both figures with their limits."""
    with tempfile.TemporaryDirectory() as name:
        villages, seconds = recorded(Path(name))
        print(
            f"{DECISIONS:,} decisions ({villages:,} villages) recorded: {seconds:.2f} s (limit 5 s)"
        )
        print(f"explain --run, 890 villages: {explained(Path(name)):.2f} x import typer (limit 4)")


if __name__ == "__main__":
    main()

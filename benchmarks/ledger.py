"""What the ledger takes: 500,000 decisions recorded, and one village of 890 explained from a recorded run.

Run as `python -m benchmarks.ledger`. The second figure is a ratio to `python -c "import typer"`, least of
several; Python must be let write its compiled modules, or each start compiles them anew.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.files import EXAMPLE
from benchmarks.make_roster import roster as made
from benchmarks.measure import process
from fundcalc import api

DECISIONS = 500_000
TIMES = 10


def recorded(folder: Path) -> tuple[int, float]:
    """Villages and seconds of recording so many decisions."""
    policy = api.load_policy()
    villages = -(-DECISIONS // len(policy.programmes))
    roster = folder / "large.csv"
    made(villages, None, 20171231).write_csv(roster)
    run = api.calculate(api.plan(policy), api.read_roster(roster, policy), engine="columnar")
    start = time.perf_counter()
    api.record(run, folder / "large.db")
    return villages, time.perf_counter() - start


def explained(folder: Path) -> float:
    """Explaining one of 890 villages from a recorded run, over importing Typer."""
    policy, ledger = api.load_policy(), folder / "small.db"
    read = api.read_roster(EXAMPLE, policy)
    api.record(api.calculate(api.plan(policy), read), ledger)
    explain = ["-m", "fundcalc_cli", "explain", "鹰落沟", "--run", "1", "--ledger", str(ledger)]
    commands = [["-c", "import typer"], explain] * TIMES
    taken = [process([sys.executable, *command]).wall for command in commands]
    return min(taken[1::2]) / min(taken[::2])


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

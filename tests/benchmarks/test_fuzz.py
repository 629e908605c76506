"""A short round of every kind of hostile input; the long ones are told in docs/reliability.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = {
    "expressions": 400,
    "policies": 60,
    "rosters": 150,
    "ledgers": 15,
    "commands": 30,
    "offices": 50,
}


@pytest.mark.parametrize("kind", CASES)
def test_hostile_input_gets_words_and_nothing_else(kind: str) -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", kind, "--cases", str(CASES[kind])]
    done = subprocess.run(
        [*command, "--seed", "ci"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CASES[kind]:,} cases, 0 batches with failures" in done.stdout

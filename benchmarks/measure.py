"""Runs in turn: contestants that wait in processes of their own, and whole processes."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A contestant that could not run; the message says why."""


class Worker:
    """A contestant, loaded and warm, that computes when told to."""

    def __init__(self, python: Path, contestant: str, roster: Path, rows: int) -> None:
        command = [python, "-m", "benchmarks.worker", contestant, roster, str(rows)]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        self._answer()

    def run(self) -> dict[str, float]:
        """One run: wall and CPU seconds, and the most memory so far in bytes."""
        return self._ask("run")

    def outputs(self) -> dict[str, Any]:
        """What it computed."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "outputs.npz"
            self._ask(f"save {path}")
            with np.load(path) as found:
                return {name: found[name] for name in found.files}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                pipe.close()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip().splitlines()
            raise Failed(said[-1] if said else "ended without a word")
        answer: dict[str, Any] = json.loads(line)
        return answer


def same(one: dict[str, Any], other: dict[str, Any], amounts: Sequence[str]) -> list[str]:
    """The amounts in which two contestants differ, of those that both give."""
    both = [name for name in amounts if name in one and name in other]
    if not both:
        raise Failed("nothing to compare")
    return [name for name in both if not np.array_equal(one[name], other[name])]


@dataclass(frozen=True)
class Process:
    """A whole process: seconds of wall time and CPU, the most memory in bytes."""

    wall: float
    cpu: float
    peak: int


LAUNCHER = """
import json, os, resource, subprocess, sys, time
most = int(sys.argv[1])
def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
start = time.perf_counter()
child = subprocess.Popen(sys.argv[2:], stdout=2, preexec_fn=limit if most else None)
_, status, usage = os.wait4(child.pid, 0)
wall = time.perf_counter() - start
child.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([child.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024]))
"""
"""Starts the command from a small process: Linux counts what its parent holds as a child's own memory."""


def process(
    command: Sequence[str | Path],
    codes: tuple[int, ...] = (0,),
    most: int = 0,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Run a command to its end. Raises Failed where it leaves with another code.

    It is stopped after `most` seconds of CPU (0: never). Compiled modules may be kept, as in any
    installation, so that starting is not compiling.
    """
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | dict(env or {})
    launch = [sys.executable, "-S", "-c", LAUNCHER, str(most), *command]
    with tempfile.TemporaryFile() as log:
        done = subprocess.run(
            launch, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, env=env, check=True
        )
        code, wall, cpu, peak = json.loads(done.stdout)
        if code in (-signal.SIGXCPU, -signal.SIGKILL) and most and cpu > most - 1:
            raise Failed(f"stopped after {most} s of CPU")
        if code not in codes:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            raise Failed(next((line for line in said if "error" in line), "") or f"exit {code}")
    return Process(wall, cpu, peak)


def answer(command: Sequence[str | Path]) -> Any:
    """The JSON that a process prints. Raises Failed with the last thing that it says."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)

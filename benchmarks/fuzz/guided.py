"""Fuzzing led by coverage: atheris changes bytes towards branches of the program not yet seen.

`python -m benchmarks.fuzz.guided expressions -max_total_time=600`; what follows the target goes to
libFuzzer. Needs `pip install atheris` (Linux, Python 3.11 or 3.12). An exception that is no PolicyProblem
stops it and leaves the input in a file.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import atheris

WATCHED = ("engines.calculate", "policy.load", "policy.plan", "roster.bulk", "roster.read")

with atheris.instrument_imports(include=["fundcalc"]):
    for watched in WATCHED:
        import_module(f"fundcalc.{watched}")
    from benchmarks.fuzz.changes import ROOT, policy_files
    from benchmarks.fuzz.policies import plan_and_run, sound_expressions, toml_text
    from benchmarks.fuzz.rosters import some_roster
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem
    from fundcalc.policy.bundle import Bundle

BASE = dict(policy_files(ROOT / "tests/diagnostics/base"))
RULE = "rules/floor.toml"
SECONDS = 10


def expression(data: bytes) -> None:
    """The bytes as an expression of a small policy."""
    text = toml_text(data.decode("utf-8", "ignore"))
    rule = BASE[RULE].replace(_first(BASE[RULE], b"when = "), f"when = {text}".encode(), 1)
    plan_and_run(Bundle("", {**BASE, RULE: rule}))


def policy(data: bytes) -> None:
    """The bytes as one of a small policy's files."""
    plan_and_run(Bundle("", {**BASE, RULE: data}))


def roster(data: bytes) -> None:
    """The bytes as a CSV roster of the shipped policy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        path.write_bytes(data)
        try:
            api.read_roster(path, POLICY)
        except PolicyProblem as problem:
            assert problem.diagnostics


def _first(content: bytes, start: bytes) -> bytes:
    return next(line for line in content.splitlines() if line.startswith(start))


POLICY = api.load_policy(ROOT)


def _seeds() -> Iterator[tuple[str, bytes]]:
    """Sound inputs to start from, by target."""
    for text in sound_expressions():
        yield "expressions", text.encode()
    yield "policies", BASE[RULE]
    for number in range(20):
        data, ending = some_roster(random.Random(number))
        if ending == ".csv":
            yield "rosters", data


TARGETS: dict[str, Callable[[bytes], None]] = {
    "expressions": expression,
    "policies": policy,
    "rosters": roster,
}


if __name__ == "__main__":
    name = sys.argv.pop(1)
    corpus = ROOT / "build" / "fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, (target, data) in enumerate(_seeds()):
        if target == name:
            (corpus / f"seed-{number}").write_bytes(data)
    limits = [f"-timeout={SECONDS}", "-rss_limit_mb=1024"]
    atheris.Setup([*sys.argv, *limits, str(corpus)], TARGETS[name])
    atheris.Fuzz()

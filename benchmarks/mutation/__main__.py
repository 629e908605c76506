"""Mutate the engines, the sharing, the roundings and the loader: `make mutants`.

First a seeded sample of each module's mutants runs against a few tests that reach it, chosen by cost;
then every survivor, and every one whose tests came to no end in time, runs against all of them, with all
their random examples and much more time. What lives then is listed.
Stopped at any time, it goes on where it was; `rm -r build/mutation/tree` begins anew.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREE = ROOT / "build" / "mutation" / "tree"
STATS = TREE / "mutants" / "mutmut-stats.json"
ALL_TESTS = TREE / "all-tests.json"
MUTMUT = ROOT / "build" / "mutation" / "venv" / "bin" / "mutmut"
PARTS = (
    "src",
    "cli",
    "tests",
    "rules",
    "policies.toml",
    "examples",
    "docs",
    "schema",
    "pyproject.toml",
)
SEED = 20261124
SURVIVED, UNTESTED = 0, 33
OVER_TIME = (24, 36, 152, 255, -24)
"""mutmut's words for a mutant; all others are faults that were seen: a red test, a crash.

Over time is a loop without end, or only a slow machine: such mutants are run again with more time.
"""
HASTE, PATIENCE = "timeout_multiplier=5", "timeout_multiplier=25"
FEW_SECONDS, FEW_TESTS = 2.5, 40
SHARPER = ("fundcalc.base.money.", "fundcalc.base.sharing.")
"""Modules of which three times as many are drawn."""


def main() -> int:
    """Run what is still to be run, then print the table and the survivors."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=10, help="mutants of a module")
    parser.add_argument("--least", type=float, default=90.0, help="per cent that must be killed")
    parser.add_argument("--report", action="store_true", help="print what is known, run nothing")
    chosen = parser.parse_args()
    if not ALL_TESTS.is_file():
        prepare()
    names = sample(chosen.sample)
    if not chosen.report:
        tests = json.loads(ALL_TESTS.read_text(encoding="utf-8"))
        STATS.write_text(json.dumps(with_few(tests)), encoding="utf-8")
        mutate([name for name in names if verdicts()[name] is None], examples=10)
        STATS.write_text(json.dumps(tests), encoding="utf-8")
        settings = (TREE / "setup.cfg").read_text(encoding="utf-8")
        (TREE / "setup.cfg").write_text(settings.replace(HASTE, PATIENCE), encoding="utf-8")
        doubtful = [name for name in names if verdicts()[name] in (SURVIVED, *OVER_TIME)]
        mutate(doubtful, examples=10_000)
    return told(names, chosen.least)


def prepare() -> None:
    """A copy of the project with its mutants, and which tests reach which function."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, TREE / part)
        else:
            shutil.copy(ROOT / part, TREE / part)
    shutil.copy(HERE / "setup.cfg", TREE / "setup.cfg")
    mutate(["fundcalc.base.money.x_divide__mutmut_1"], examples=10)
    shutil.copy(STATS, ALL_TESTS)


def verdicts() -> dict[str, int | None]:
    """What is known of each mutant; None: not yet run."""
    found: dict[str, int | None] = {}
    for path in sorted((TREE / "mutants" / "src").rglob("*.meta")):
        found.update(json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"])
    return found


def module_of(name: str) -> str:
    """`fundcalc.engines.written` of `fundcalc.engines.written.xǁJudgeǁrule__mutmut_1`."""
    return name.rpartition(".")[0]


def sample(most: int) -> list[str]:
    """At most so many mutants of each module, always the same."""
    modules: dict[str, list[str]] = defaultdict(list)
    for name in sorted(verdicts()):
        modules[module_of(name)].append(name)
    chosen: list[str] = []
    for names in modules.values():
        count = most * 3 if names[0].startswith(SHARPER) else most
        whole = len(names) <= count
        chosen += names if whole else random.Random(SEED).sample(names, count)
    return chosen


def with_few(tests: dict[str, Any]) -> dict[str, Any]:
    """The tests that reach a function cut down to some cheap ones of as many kinds as may be."""
    seconds = tests["duration_by_test"]
    few: dict[str, list[str]] = {}
    for function, names in tests["tests_by_mangled_function_name"].items():
        kinds: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names, key=lambda name: (seconds.get(name, 0), name)):
            kinds[name.partition("[")[0]].append(name)
        taken: list[str] = []
        spent = 0.0
        while len(taken) < FEW_TESTS and any(kinds.values()):
            for kind in [kind for kind in kinds.values() if kind]:
                name = kind.pop(len(kind) // 2)
                if spent + seconds.get(name, 0) <= FEW_SECONDS or not taken:
                    taken.append(name)
                    spent += seconds.get(name, 0)
        few[function] = taken[:FEW_TESTS]
    return {**tests, "tests_by_mangled_function_name": few}


def mutate(names: list[str], examples: int) -> None:
    """Let mutmut run some mutants, one at a time, at the lowest priority."""
    if not names:
        return
    environment = {
        **os.environ, "CI": "1", "MUTANT_EXAMPLES": str(examples), "PYTHONPATH": str(HERE),
        "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1",
    }  # fmt: skip
    print(f"==> {len(names)} mutants, at most {examples} random examples a test", flush=True)
    with (TREE / "mutmut.log").open("a", encoding="utf-8") as log:
        command = ["nice", "-n", "10", str(MUTMUT), "run", "--max-children", "1", *names]
        done = subprocess.run(command, cwd=TREE, env=environment, stdout=log, check=False)
    if done.returncode:
        sys.exit(f"mutmut stopped with {done.returncode}; see {TREE / 'mutmut.log'}")


def told(names: list[str], least: float) -> int:
    """Print a table of the modules and the survivors; 1 where too few were killed."""
    known = verdicts()
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for name, code in known.items():
        rows[module_of(name)]["all"] += 1
        if name in set(names) and code is not None:
            rows[module_of(name)]["run"] += 1
            rows[module_of(name)]["lived"] += code in (SURVIVED, UNTESTED)
            rows[module_of(name)]["late"] += code in OVER_TIME
    print("| module | mutants | run | killed | of these over time | survived | rate |")
    print("|---|---|---|---|---|---|---|")
    total = Counter[str]()
    for module, row in [*sorted(rows.items()), ("all", total)]:
        total += row if row is not total else Counter()
        killed = row["run"] - row["lived"]
        rate = f"{killed / row['run']:.0%}" if row["run"] else "-"
        print(
            f"| {module} | {row['all']} | {row['run']} | {killed} | {row['late']} | {row['lived']} | {rate} |"
        )
    print(*(f"survived: {n}" for n in names if known[n] in (SURVIVED, UNTESTED)), sep="\n")
    return int((total["run"] - total["lived"]) * 100 < least * total["run"])


if __name__ == "__main__":
    sys.exit(main())

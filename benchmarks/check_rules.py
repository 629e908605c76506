"""How long `fundcalc check` takes for the shipped policy and for one of many rules: whole process.

Run: python benchmarks/check_rules.py [RULES]. The policy of many rules is made up; it has every hit policy,
thresholds that meet and two readings.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "tests" / "diagnostics" / "base"
POLICIES = ("unique", "first", "collect max", "collect sum", "any", "collect min")
CLIFF = 'cliff_ok = { reason = { zh = "原样", en = "as written" } }'
EACH = 20


def programme(number: int, rules: int) -> str:
    """One programme of tiers by income, for small or for large villages."""
    hit = POLICIES[number % len(POLICIES)]
    size = "people >= 500" if number % 2 else "people < 500"
    text = [
        f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}',
        f'hit_policy = "{hit}"\noutput = "o{number}"\nunit = "yuan/year"',
    ]
    for index in range(rules):
        low, high = index * 10_000, (index + 1) * 10_000
        upper = f" and income < {high}" if index < rules - 1 else ""
        lower = f"income >= {low} and " if index else ""
        when = f"{lower}({size} or weak){upper}"
        text.append(
            f'[[rule]]\nid = "r{index}"\nsource = "paper"\nwhen = "{when}"\n'
            f'then = "a{number}_{index}"\n{CLIFF}'
        )
    text.append('[otherwise]\nid = "none"\nvalue = 0')
    return "\n\n".join(text) + "\n"


def many_rules(rules: int, folder: Path) -> None:
    """Write a policy of so many rules into a folder."""
    (folder / "rules").mkdir(parents=True)
    counts = [min(EACH, rules - start) for start in range(0, rules, EACH)]
    for number, count in enumerate(counts):
        path = folder / "rules" / f"p{number}.toml"
        path.write_text(programme(number, count), encoding="utf-8")
    for name in ("village", "floor", "visits"):
        path = BASE / "rules" / f"{name}.toml"
        (folder / "rules" / path.name).write_text(path.read_text("utf-8"), encoding="utf-8")
    listed = ", ".join(f'"p{number}"' for number in range(len(counts)))
    head = (BASE / "policies.toml").read_text(encoding="utf-8")
    head = head.replace('["floor", "visits"]', f'["floor", "visits", {listed}]')
    amounts = [
        f'[parameters.a{number}_{index}]\ntitle = {{ zh = "额", en = "Amount" }}\n'
        f'unit = "yuan/year"\nsource = "paper"\nvalues = {{ 2017-01-01 = {1_000 * (index + 1)} }}\n'
        for number, count in enumerate(counts)
        for index in range(count)
    ]
    (folder / "policies.toml").write_text(head + "\n" + "\n".join(amounts), encoding="utf-8")


def measure(folder: Path) -> tuple[float, str]:
    """Seconds of the whole process, and its last line."""
    command = [sys.executable, "-m", "fundcalc_cli", "check", str(folder)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return time.perf_counter() - began, (done.stderr.strip().splitlines() or [""])[-1]


def main() -> None:
    """Print both times, the best of three."""
    rules = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "policy"
        many_rules(rules, folder)
        for name, path in (("shipped policy", ROOT), (f"{rules} rules", folder)):
            seconds, said = min(measure(path) for _ in range(3))
            print(f"{name:>16}: {seconds:5.2f} s  {said}")


if __name__ == "__main__":
    main()

"""Do all engines agree? Random policies over a large random roster, value by value and rule by rule.

Columnar engine and DuckDB decide every village; the row evaluator decides every village of the
first policies, and the rules engine two of every pattern of rules. All figures are made up. Prints a
table for docs/conformance.md; exits 1 at the first difference.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import numpy as np  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from tests.conformance.databases import run_in  # noqa: E402
from tests.conformance.engine import Outcome  # noqa: E402
from tests.strategies import (  # noqa: E402
    AREA_EDGES,
    COUNTIES,
    DAY_EDGES,
    MONEY_EDGES,
    PEOPLE_EDGES,
    SCORE_EDGES,
    Made,
    policies,
)

from fundcalc.base.diagnostics import PolicyProblem  # noqa: E402
from fundcalc.engines import columnar, written  # noqa: E402
from fundcalc.engines.calculate import calculate  # noqa: E402
from fundcalc.engines.result import rows_of  # noqa: E402
from fundcalc.engines.sql.database import Duck  # noqa: E402
from fundcalc.language.nodes import Value  # noqa: E402
from fundcalc.policy.load import read  # noqa: E402
from fundcalc.policy.plan import Plan, make_plan  # noqa: E402

Columns = Mapping[str, Sequence[Value]]
Found = TypeVar("Found")


def made_policies(count: int, start: int) -> list[Made]:
    """So many random policies, the same for the same seed."""
    found: list[Made] = []

    @seed(start)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(policies(villages=1, before=False))
    def collect(made: Made) -> None:
        found.append(made)

    collect()
    return found[:count]


def roster(villages: int, start: int) -> dict[str, list[Value]]:
    """A random roster, half of its figures on the edges that the policies test."""
    rng = np.random.default_rng(start)

    def some(edges: list[int], most: int) -> list[Value]:
        edge = rng.choice(edges, villages)
        return np.where(
            rng.random(villages) < 0.5, edge, rng.integers(0, most + 1, villages)
        ).tolist()

    codes = (
        rng.permutation(10**8)[:villages]
        if villages > 10**6
        else rng.choice(10**8, villages, False)
    )
    return {
        "code": [f"{code:08d}" for code in codes.tolist()],
        "name": [f"村{n}" for n in range(villages)],
        "county": rng.choice(COUNTIES, villages).tolist(),
        "people": some(PEOPLE_EDGES, 10_000),
        "cadres": some([0, 1, 100], 100),
        "income": some(MONEY_EDGES, 100_000_000),
        "funds": some(MONEY_EDGES, 100_000_000),
        "poor": (rng.random(villages) < 0.5).tolist(),
        "weak": (rng.random(villages) < 0.5).tolist(),
        "born": rng.choice(DAY_EDGES, villages).tolist(),
        "left": rng.choice(DAY_EDGES, villages).tolist(),
        "area": some(AREA_EDGES, 500_000),
        "score": rng.choice(SCORE_EDGES, villages).tolist(),
    }  # type: ignore[dict-item]


class Comparison:
    """One policy decided by several engines; counts what was compared."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.values: dict[str, int] = {}
        self.stopped = 0
        self.seconds: dict[str, float] = {}

    def run(self, plan: Plan, *, by_rows: bool) -> None:
        """Decide with all engines; raises AssertionError at a difference."""
        one = self._timed("columnar", lambda: self._columnar(plan))
        other = self._timed("duckdb", lambda: self._duckdb(plan))
        if one is None or other is None:
            assert one is None and other is None, "one engine stops, the other does not"
            self.stopped += 1
            return
        self._same("duckdb", one, other)
        self._timed("rules", lambda: self._rules(plan, one))
        if by_rows:
            self._same("rows", one, self._timed("rows", lambda: self._by_rows(plan)))

    def _timed(self, name: str, call: Callable[[], Found]) -> Found:
        start = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - start

    def _columnar(self, plan: Plan) -> Outcome | None:
        try:
            found = columnar.run(plan, self._columns)
        except columnar.Anomaly:
            return None
        outputs = {o.id: found.values(o.id) for p in plan.programmes for o in p.outputs}
        return Outcome(outputs, {p.id: found.fired(p.id) for p in plan.programmes}, found.pools)

    def _duckdb(self, plan: Plan) -> Outcome | None:
        try:
            with closing(Duck()) as database:
                return run_in(database, plan, self._columns, hinges=False)
        except PolicyProblem as problem:
            if problem.diagnostics[0].code == "FC862":
                raise
            return None

    def _by_rows(self, plan: Plan) -> Outcome:
        result = written.run(plan, rows_of(self._columns))
        outputs = {o.id: result.column(o.id) for p in plan.programmes for o in p.outputs}
        return Outcome(outputs, {id_: list(ids) for id_, ids in result.fired.items()}, result.pools)

    def _rules(self, plan: Plan, known: Outcome) -> None:
        """As any run does it: two villages of every pattern, some at random, pools and whole groups."""
        checked = calculate(plan, self._columns).checked
        self.values["rules"] = self.values.get("rules", 0) + checked * len(known.outputs)

    def _same(self, engine: str, one: Outcome, other: Outcome) -> None:
        assert one.outputs == other.outputs
        assert one.fired == other.fired
        assert one.pools == other.pools
        count = sum(map(len, one.outputs.values()))
        self.values[engine] = self.values.get(engine, 0) + count


def main() -> None:
    """Compare; a table to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=200)
    parser.add_argument("--villages", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10, help="policies for the row evaluator too")
    parser.add_argument("--seed", type=int, default=20171231)
    args = parser.parse_args()
    comparison = Comparison(roster(args.villages, args.seed))
    made = made_policies(args.policies, args.seed)
    for number, one in enumerate(made):
        policy, found = read(one.bundle)
        assert policy is not None, found
        comparison.run(make_plan(policy), by_rows=number < args.rows)
        print(f"\r{number + 1}/{len(made)}", end="", file=sys.stderr)
    print(f"\n{len(made)} policies, {args.villages:,} villages, seed {args.seed}")
    print(f"policies that stop on every engine: {comparison.stopped}")
    for engine, count in comparison.values.items():
        print(f"columnar = {engine}: {count:,} values, and rules and pools")
    print(", ".join(f"{name} {taken:.0f} s" for name, taken in comparison.seconds.items()))


if __name__ == "__main__":
    main()

"""DuckDB."""

from __future__ import annotations

import importlib.util
from contextlib import closing

from tests.conformance.databases import run_in
from tests.conformance.engine import Columns, Outcome

from fundcalc.engines.sql.database import Duck
from fundcalc.policy.plan import Plan

NAME = "duckdb"


def missing() -> str | None:
    return None if importlib.util.find_spec("duckdb") else "duckdb is not installed"


def run(plan: Plan, columns: Columns) -> Outcome:
    with closing(Duck()) as database:
        return run_in(database, plan, columns)

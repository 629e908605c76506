"""Spark on two cores of this machine; one session for all tests."""

from __future__ import annotations

from tests.conformance.databases import run_in
from tests.conformance.engine import Columns, Outcome
from tests.conformance.sessions import session

from fundcalc.engines.sql import spark
from fundcalc.policy.plan import Plan

NAME, GROUP, SLOW = "spark", "spark", True


def missing() -> str | None:
    problem = spark.missing()
    return problem.diagnostics[0].message.en if problem else None


def run(plan: Plan, columns: Columns) -> Outcome:
    database = session()
    try:
        return run_in(database, plan, columns, hinges=len(columns["name"]) > 3)
    finally:
        database.forget()

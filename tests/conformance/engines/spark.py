"""Spark on two cores of this machine; one session for all tests."""

from __future__ import annotations

import atexit
from functools import cache

from tests.conformance.databases import run_in
from tests.conformance.engine import Columns, Outcome

from fundcalc.engines.sql import spark
from fundcalc.engines.sql.spark import Spark
from fundcalc.policy.plan import Plan

NAME, GROUP, SLOW = "spark", "spark", True
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",  # code for a dozen rows takes longer than the rows
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


def missing() -> str | None:
    problem = spark.missing()
    return problem.diagnostics[0].message.en if problem else None


@cache
def session() -> Spark:
    found = Spark(spark.start("local[2]", SMALL))
    atexit.register(found.close)
    return found


def run(plan: Plan, columns: Columns) -> Outcome:
    database = session()
    try:
        return run_in(database, plan, columns, hinges=len(columns["name"]) > 3)
    finally:
        database.forget()

"""The policy as SQL, and rosters computed in DuckDB or on Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.policy.plan import Plan


def sql(plan: Plan, dialect: Literal["duckdb", "spark"], lang: Lang) -> str:
    """A plan as one SQL statement over a table `roster`. Raises PolicyProblem."""
    from fundcalc.engines.sql.dialect import DIALECTS
    from fundcalc.engines.sql.text import as_sql

    return as_sql(plan, DIALECTS[dialect], lang)

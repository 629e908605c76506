"""The policy as SQL, and rosters computed in DuckDB or on Spark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.engines.sql.database import Database
    from fundcalc.engines.sql.session import Session
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.summary import Summary

Backend = Literal["duckdb", "spark"]
DATABASE_WRITERS = (".csv", ".parquet")


def sql(plan: Plan, dialect: Backend, lang: Lang) -> str:
    """A plan as one SQL statement over a table `roster`. Raises PolicyProblem."""
    from fundcalc.engines.sql.dialect import DIALECTS
    from fundcalc.engines.sql.text import as_sql

    return as_sql(plan, DIALECTS[dialect], lang)


@contextmanager
def open_in(
    backend: Backend,
    plan_: Plan,
    roster: Path,
    *,
    columns: Mapping[str, str] | None = None,
    master: str | None = None,
    memory: str | None = None,
) -> Iterator[Session]:
    """A roster opened in a database, which is closed in the end. Raises PolicyProblem.

    `memory` limits DuckDB, such as 4GB; `master` is Spark's, default all cores of this machine.
    """
    from fundcalc.engines.sql.session import Session

    database: Database
    if backend == "duckdb":
        from fundcalc.engines.sql.duck import open_duckdb

        database = open_duckdb(memory)
    else:
        from fundcalc.engines.sql.spark import open_spark

        database = open_spark(master)
    try:
        yield Session(database, plan_, roster, columns or {}, plan_.policy.names)
    finally:
        database.close()


def compute_in(
    session: Session, plan_: Plan, *, skip: bool = False
) -> tuple[Summary, int, list[Diagnostic]]:
    """Decide all villages; the summary, how many the rules engine decided too, and warnings.

    Raises PolicyProblem.
    """
    from fundcalc.engines.databases import absent, check_sample
    from fundcalc.engines.messages import undecided_reading
    from fundcalc.reports.summary_database import money, summary_of

    session.compute(skip=skip)
    checked = check_sample(session, plan_)
    undecided = session.script.undecided
    summary = summary_of(plan_, session.totals(money(plan_.policy)), undecided)
    notes = [undecided_reading(*option, why) for option, why in undecided.items()]
    return summary, checked, [*absent(session, plan_), *notes]


def write_in(session: Session, path: Path, lang: Lang) -> None:
    """Write the result; the ending says how (.csv, .parquet). Raises PolicyProblem, OSError."""
    session.write(path, "csv" if path.suffix.lower() == ".csv" else "parquet", lang)


def database_summary_text(
    plan_: Plan, roster: str, summary: Summary, checked: int, lang: Lang
) -> str:
    """Heading and summary as lines of at most 80 columns."""
    from fundcalc.reports.summary_text import as_text, heading

    return heading(plan_, roster, summary.total.villages, checked, lang) + as_text(summary, lang)


def database_summary_json(
    plan_: Plan, roster: str, summary: Summary, checked: int
) -> dict[str, Any]:
    """The summary as JSON-ready data."""
    from fundcalc.reports.summary_json import as_json

    about = {
        "policy": {
            "id": plan_.policy.id,
            "digest": plan_.policy.digest,
            "on": plan_.on.isoformat(),
            "readings": dict(plan_.readings),
        },
        "roster": {"file": roster},
        "double_checked": checked,
    }
    return {**about, **as_json(summary)}

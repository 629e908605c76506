"""A roster, or a grid of it, computed in DuckDB or on Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc_cli.options import Database, refuse
from fundcalc_cli.output import Format, note, print_json, progress_bar, say, show, wrote
from fundcalc_cli.rejects import print_rejects, rejects_json, write_rejects

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.base.words import Lang
    from fundcalc.engines.sql.session import Session
    from fundcalc.policy.plan import Plan
    from fundcalc.policy.variation import Scenario
    from fundcalc.reports.grid import Grid


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a database: a roster, and what becomes of rejected rows."""

    database: Database
    roster: Path
    lang: Lang
    format_: Format
    skip: bool
    rejects: Path | None = None

    @contextmanager
    def opened(self, plan: Plan) -> Iterator[Session]:
        """The roster in the database; leaves with 1, computing nothing, where rows are rejected."""
        where = self.database
        assert where.backend is not None
        with api.open_in(
            where.backend, plan, self.roster, master=where.master, memory=where.memory
        ) as session:
            note(session.opened.notices)
            self._stop_at_rejects(session)
            yield session

    def _stop_at_rejects(self, session: Session) -> None:
        listed, rows = session.rejects()
        if self.rejects is not None:
            write_rejects(self.rejects, listed, self.lang)
        if not rows:
            return
        print_rejects(listed)
        if self.skip:
            say(words("cli.skipped_many", rows=rows))
            return
        if self.format_ == "json":
            print_json({"rejects": rejects_json(listed)})
        say(words("cli.first_rejected", rows=rows))
        raise typer.Exit(1)


def run_in(
    job: Job, plan: Plan, rosters: Sequence[Path], outputs: list[Path], warnings: list[Diagnostic]
) -> None:
    """Compute a roster in a database, print its summary and write it."""
    if len(rosters) > 1:
        refuse("ROSTER...", words("cli.one_roster"))
    if any(path.suffix.lower() not in api.DATABASE_WRITERS for path in outputs):
        refuse("-o", words("cli.backend_writes", known=", ".join(api.DATABASE_WRITERS)))
    with job.opened(plan) as session:
        summary, checked, found = api.compute_in(session, plan, skip=job.skip)
        show([*warnings, *found])
        for path in outputs:
            api.write_in(session, path, job.lang)
    name = job.roster.name
    if job.format_ == "json":
        print_json(api.database_summary_json(plan, name, summary, checked))
    else:
        print(api.database_summary_text(plan, name, summary, checked, job.lang), end="")
    wrote(*outputs)


def grid_in(
    job: Job, scenarios: list[Scenario], output: Path | None, warnings: list[Diagnostic]
) -> Grid:
    """Compute a grid in a database."""
    with job.opened(scenarios[0].plan) as session:
        show(warnings)
        with progress_bar(len(scenarios), least=2) as progress:
            return api.grid_in(
                session, scenarios, output, job.lang, skip=job.skip, progress=progress
            )

"""One roster computed in a database: opened, checked, computed, added up, written.

A grid computes it again and again, by plans of one policy over the same facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang
from fundcalc.engines.result import Row
from fundcalc.engines.sql.database import VILLAGE, Database, DatabaseError, Format
from fundcalc.engines.sql.facts import Opened, find_rejects, open_clean, order
from fundcalc.engines.sql.result import add_up, by_county, select, written
from fundcalc.engines.sql.script import (
    Script,
    compute,
    compute_sound,
    diagnose,
    forget,
    make_script,
)  # fmt: skip
from fundcalc.engines.totals import GroupTotals, Totals
from fundcalc.policy.columns import Column, columns
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Reject

Sampled = list[tuple[Row, dict[str, tuple[str, ...]]]]
"""Villages with facts and outputs, each with the rules that decided by programme."""


DATABASE_WRITERS = (".csv", ".parquet")
"""The endings of the files that a database writes."""


@contextmanager
def open_in(
    backend: Literal["duckdb", "spark"],
    plan_: Plan,
    roster: Path,
    *,
    master: str | None = None,
    memory: str | None = None,
) -> Iterator[Session]:
    """A clean roster opened in a database, which is closed in the end. Raises PolicyProblem.

    `roster` is parquet that `roster clean` wrote, or the folder of it. `memory` limits DuckDB, such as
    4GB; `master` is Spark's, default all cores of this machine.
    """
    database: Database
    if backend == "duckdb":
        from fundcalc.engines.sql.duck import open_duckdb

        database = open_duckdb(memory)
    else:
        from fundcalc.engines.sql.spark import open_spark

        database = open_spark(master)
    try:
        yield Session(database, plan_, roster)
    finally:
        database.close()


def write_in(session: Session, path: Path, lang: Lang) -> None:
    """Write the result of a session; the ending says how (.csv, .parquet).

    Raises PolicyProblem, OSError.
    """
    session.write(path, "csv" if path.suffix.lower() == ".csv" else "parquet", lang)


class Session:
    """A plan and a roster in a database. Every method raises PolicyProblem."""

    def __init__(self, database: Database, plan: Plan, path: Path) -> None:
        """`path` is clean parquet, a file or a folder of parts."""
        self._db = database
        self._plan = plan
        self.script: Script = self._lowered(plan)
        with self._told():
            self.opened: Opened = open_clean(database, path, plan.policy.facts)

    def _lowered(self, plan: Plan, *, hinges: bool = True) -> Script:
        return make_script(plan, self._db.dialect, _assumed(plan), hinges=hinges)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database says as a diagnostic."""
        try:
            yield
        except DatabaseError as problem:
            script = getattr(self, "script", None)
            if script is None:
                name, text = self._db.dialect.name, str(problem)
                raise PolicyProblem([say("FC862", database=name, text=text)]) from None
            raise PolicyProblem([diagnose(script, str(problem))]) from None

    def rejects(self) -> tuple[list[Reject], int]:
        """The faults of the first rows that have any, and how many rows have."""
        with self._told():
            return find_rejects(self._db, self.opened)

    def compute(self, *, skip: bool, again: bool = False) -> None:
        """Decide every village; `skip` leaves out the rows with anything wrong.

        `again` keeps the facts for further plans; other readings, which may be among these, are not tried.
        """
        with self._told():
            self._db.table("facts", self.opened.checks.facts(skip=skip), keep=False)
            if again:
                self.script = self._lowered(self._plan, hinges=False)
                compute(self._db, self.script)
            else:
                self.script = compute_sound(self._db, self._plan, _assumed(self._plan))

    def compute_again(self, plan: Plan) -> None:
        """Decide every village by another plan of the same policy; what was computed before goes."""
        with self._told():
            forget(self._db, self.script)
        self._plan, self.script = plan, self._lowered(plan, hinges=False)
        with self._told():
            compute(self._db, self.script)

    def distinct(self, fact: str) -> list[str]:
        """The different texts of a fact."""
        name = self._db.dialect.id(fact)
        with self._told():
            return [row[0] for row in self._db.rows(f"SELECT DISTINCT {name} FROM decided")]

    def totals(self, money: Collection[str]) -> Totals:
        """What it adds up to; `money` are the outputs that are amounts."""
        with self._told():
            return add_up(self._db, self.script, list(money))

    def by_county(self, money: Collection[str]) -> list[GroupTotals]:
        """Each county, its villages and what its amounts come to."""
        with self._told():
            return by_county(self._db, self.script, list(money))

    def write(self, path: Path, how: Format, lang: Lang) -> None:
        """Write the result. Raises OSError too."""
        self.write_all([columns(self.script.plan)], path, how, lang)

    def write_all(
        self, each: Iterable[Sequence[Column]], path: Path, how: Format, lang: Lang
    ) -> None:
        """Write a table of these columns after the other; before each, what it needs is computed.

        Raises OSError too, and what `each` raises.
        """
        ordered = order(self._plan.policy.facts, numbered=self._db.numbered)
        csv = how == "csv"
        queries = (
            select(self._db.dialect, written(self.script, some, wide=csv), lang, ordered, csv=csv)
            for some in each
        )
        with self._told():
            self._db.write(queries, path, how)

    def sample(self, most: int) -> Sampled:
        """Some villages as other engines have them, the same ones every time."""
        d, script = self._db.dialect, self.script
        names = [*self._plan.policy.facts, *script.outputs]
        texts = [d.id(id_) for id_ in self._plan.policy.facts]
        texts += [piece.text for piece in script.outputs.values()]
        held = [(id_, rule, str(one)) for id_, all_ in script.held.items() for rule, one in all_]
        chance = d.chance(d.id(VILLAGE))
        listed = ", ".join([*texts, *(text for *_, text in held)])
        query = f"SELECT {listed} FROM decided ORDER BY {chance}, {d.id(VILLAGE)} LIMIT {most}"
        found: Sampled = []
        with self._told():
            rows = self._db.rows(query)
        for row in rows:
            values = [tuple(value) if isinstance(value, list) else value for value in row]
            fired: dict[str, tuple[str, ...]] = dict.fromkeys(script.held, ())
            for (id_, rule, _), holds in zip(held, values[len(names) :], strict=True):
                if holds:
                    fired[id_] = (*fired[id_], rule)
            found.append((dict(zip(names, values[: len(names)], strict=True)), fired))
        return found


def _assumed(plan: Plan) -> list[str]:
    """The facts that a roster may leave out."""
    return [id_ for id_, fact in plan.policy.facts.items() if not fact.required]

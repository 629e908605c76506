"""One roster computed in a database: opened, checked, computed, added up, written.

A grid computes it again and again, by plans of one policy over the same facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import assert_never

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang, listed
from fundcalc.engines.absent import CALLED, Least
from fundcalc.engines.result import PoolUse, Row, below_floors, ends_cross
from fundcalc.engines.sql import lowering as errors
from fundcalc.engines.sql.database import (
    DECIDED,
    GROUP,
    VILLAGE,
    Database,
    DatabaseError,
    Format,
    Name,
    write,
)  # fmt: skip
from fundcalc.engines.sql.facts import find_rejects, open_clean, order
from fundcalc.engines.sql.pools import Use
from fundcalc.engines.sql.script import Option, Script, make_script, select, written
from fundcalc.engines.totals import (
    COUNTY,
    MOST_VALUES,
    Decision,
    GroupTotals,
    PoolTotal,
    Totals,
    of_groups,
)
from fundcalc.engines.written import unmet_whole
from fundcalc.language.nodes import Value
from fundcalc.language.show import show
from fundcalc.policy.columns import Column, columns
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Reject

DATABASE_WRITERS = (".csv", ".parquet")
"""The endings of the files that a database writes."""

Sampled = tuple[Row, dict[str, tuple[str, ...]]]
"""A village with facts and outputs, and the rules that decided by programme."""

_OURS = re.compile(
    r"(FC4\d\d|FC855) ([^:/@\s]+)(?:/([^:@\s]+))?(?:@([^:=\s]+)=([^:\s]+))?: (.*)",
    re.DOTALL,
)
_TAIL = re.compile(r"\s*(?:SQLSTATE: \w+)?\s*$")


@contextmanager
def open_in(
    backend: Name,
    plan_: Plan,
    roster: Path,
    *,
    master: str | None = None,
    memory: str | None = None,
) -> Iterator[Session]:
    """A clean roster opened in a database, which is closed in the end.

    `roster` is parquet that `roster clean` wrote, or the folder of it. `memory` limits DuckDB, such as
    4GB; `master` is Spark's, default all cores of this machine. Raises PolicyProblem, also for whatever
    the database could not do for the session.
    """
    database: Database | None = None
    try:
        database = _database(backend, master, memory)
        yield Session(database, plan_, roster)
    except DatabaseError as problem:
        raise PolicyProblem([diagnose(plan_, backend, str(problem))]) from None
    finally:
        if database is not None:
            database.close()


def _database(backend: Name, master: str | None, memory: str | None) -> Database:
    match backend:
        case "duckdb":
            from fundcalc.engines.sql.database import Duck

            return Duck(memory)
        case "spark":
            from fundcalc.engines.sql import spark

            return spark.open_spark(master)
    assert_never(backend)


def write_in(session: Session, path: Path, lang: Lang) -> None:
    """Write the result of a session; the ending says how (.csv, .parquet).

    Raises PolicyProblem, OSError.
    """
    how: Format = "csv" if path.suffix.lower() == ".csv" else "parquet"
    session.write_all([columns(session.script.plan)], path, how, lang)


class Session:
    """A plan and a roster in a database; its methods raise what `open_in` makes a PolicyProblem of."""

    script: Script
    """What was computed last."""

    def __init__(self, database: Database, plan: Plan, path: Path) -> None:
        """`path` is clean parquet, a file or a folder of parts."""
        self._db = database
        self._plan = plan
        self.opened = open_clean(database, path, plan.policy.facts)

    def rejects(self) -> tuple[list[Reject], int]:
        """The faults of the first rows that have any, and how many rows have."""
        return find_rejects(self._db, self.opened)

    def compute(self, *, skip: bool, again: bool = False) -> None:
        """Decide every village; `skip` leaves out the rows with anything wrong.

        Where plans follow (`again`), other readings, which may be among these, are not tried.
        """
        self._db.table("facts", self.opened.checks.facts(skip=skip), keep=False)
        if again:
            self.script = make_script(self._plan, self._db.dialect, hinges=False)
            compute(self._db, self.script)
        else:
            self.script = compute_sound(self._db, self._plan)
            unmet = self.unmet_whole(self._plan)
            if unmet:
                raise PolicyProblem(unmet)

    def unmet_whole(self, plan: Plan) -> list[Diagnostic]:
        """What must hold of all villages together and does not, in what was computed last by a plan."""
        return unmet_in(self._db, self.script, plan)

    def compute_again(self, plan: Plan) -> None:
        """Decide every village by another plan of the same policy; what was computed before goes."""
        self._db.drop(reversed(self.script.left))
        self.script = make_script(plan, self._db.dialect, hinges=False)
        compute(self._db, self.script)

    def distinct(self, fact: str) -> list[Value]:
        """The different texts of a fact."""
        query = f"SELECT DISTINCT {self._db.dialect.id(fact)} FROM {DECIDED}"
        return [text for (text,) in self._db.rows(query)]

    def least(self, output: str) -> Least | None:
        """The least of an output's amounts that are below zero."""
        d, value = self._db.dialect, self.script.outputs[output].text
        called = next((d.id(id_) for id_ in CALLED if id_ in self.opened.facts), VILLAGE)
        below = f"FROM {DECIDED} WHERE {value} < 0"
        lowest = f"SELECT {value}, {called} {below} ORDER BY {value}, {VILLAGE} LIMIT 1"
        for amount, who in self._db.rows(lowest):
            [(rows,)] = self._db.rows(f"SELECT COUNT(*) {below}")
            return Least(int(rows), int(amount), str(who))
        return None

    def totals(self, money: Sequence[str]) -> Totals:
        """What it adds up to; `money` are the outputs that are added up."""
        script, readings, programmes = self.script, self._plan.policy.readings, self.script.held
        hinged = {("reading", id_): script.hinging(reading=id_) for id_ in readings}
        hinged |= {("programme", id_): script.hinging(programme=id_) for id_ in programmes}
        conditions: dict[tuple[str, ...], str] = {key: text for key, text in hinged.items() if text}
        conditions["villages",] = script.hinging() or "FALSE"
        for id_, rules in programmes.items():
            conditions |= {("rule", id_, rule): piece.text for rule, piece in rules}
            conditions["none", id_] = f"NOT ({' OR '.join(str(piece) for _, piece in rules)})"
        for key, (among, count) in script.ratios.items():
            conditions |= {("among", *key): among.text, ("count", *key): f"{among} AND {count}"}
        for id_ in script.assumed:
            conditions["assumed", id_] = script.dialect.id(f"{id_}:assumed")
        counts = ", ".join(f"COUNT(CASE WHEN {text} THEN 1 END)" for text in conditions.values())
        [row] = self._db.rows(f"SELECT {counts} FROM {DECIDED}")
        numbers: dict[tuple[str, ...], int] = dict(zip(conditions, row, strict=True))
        decided = self._every_decision()
        return Totals(
            counties=self.by_county(money, decided),
            rules={
                id_: ([numbers["rule", id_, rule] for rule, _ in rules], numbers["none", id_])
                for id_, rules in programmes.items()
            },
            ratios={key: (numbers["count", *key], numbers["among", *key]) for key in script.ratios},
            hinges={id_: n for id_ in readings if (n := numbers.get(("reading", id_), 0))},
            hinged_decisions=sum(n for key, n in numbers.items() if key[0] == "programme"),
            hinged_villages=numbers["villages",],
            assumed={id_: numbers["assumed", id_] for id_ in script.assumed},
            pools=[
                pool_total
                for use in script.uses
                for pool_total in _pool_totals(self._db, script, use)
            ],
            moved=self._moved(),
            values={
                output.id: self._values(output.id) for output in self._plan.policy.told_outputs
            },
            decisions=decided,
        )

    def _every_decision(self) -> dict[tuple[str, ...], list[Decision]]:
        return {per: list(self._decisions(per)) for per in of_groups(self._plan.policy)}

    def _decisions(self, per: tuple[str, ...]) -> Iterator[Decision]:
        """What is decided once for each group of villages; all of a group have the same."""
        d, script, programmes = self._db.dialect, self.script, of_groups(self._plan.policy)[per]
        outputs = [output for programme in programmes for output in programme.outputs]
        rules = [
            (programme.id, rule, str(h))
            for programme in programmes
            for rule, h in script.held[programme.id]
        ]
        group = ", ".join(map(d.id, per))
        county = f"MIN_BY({d.id(COUNTY)}, {VILLAGE})" if COUNTY in self.opened.facts else "''"
        texts = [script.outputs[output.id].text for output in outputs]
        texts += [f"CASE WHEN {condition} THEN 1 ELSE 0 END" for *_, condition in rules]
        least = "".join(f", MIN({text})" for text in texts)
        query = f"SELECT {group}, {county}, COUNT(*){least} FROM {DECIDED}"
        query += f" GROUP BY {group} ORDER BY MIN({VILLAGE})"
        for row in self._db.rows(query):
            names, home, villages = row[: len(per)], row[len(per)], row[len(per) + 1]
            rest = row[len(per) + 2 :]
            values = [tuple(value) if isinstance(value, list) else value for value in rest]
            fired = dict.fromkeys((programme.id for programme in programmes), tuple[str, ...]())
            for (id_, rule, _), holds in zip(rules, values[len(outputs) :], strict=True):
                fired[id_] = (*fired[id_], rule) if holds else fired[id_]
            decided = dict(zip((output.id for output in outputs), values, strict=False))
            yield Decision(tuple(names), home, int(villages), decided, fired)

    def _values(self, output: str) -> list[tuple[Value, int]]:
        """The commonest values of an output, each with its villages."""
        value = self.script.outputs[output].text
        rows = self._db.rows(
            f"SELECT {value}, COUNT(*) FROM {DECIDED} GROUP BY {value} "
            f"ORDER BY COUNT(*) DESC, MIN({VILLAGE}) LIMIT {MOST_VALUES}"
        )
        return [(tuple(v) if isinstance(v, list) else v, int(n)) for v, n in rows]

    def _moved(self) -> dict[tuple[str, str], tuple[int, dict[str, int]]]:
        """Of each option not chosen the villages it changes, and by how much each output granted moves."""
        script, d = self.script, self._db.dialect
        granted = {output.id: output.per for output in self._plan.policy.billed_outputs}
        options = list(
            dict.fromkeys(
                (difference.reading, difference.option) for difference in script.differences
            )
        )
        paid = [difference for difference in script.differences if difference.output in granted]
        parts = [
            f"COUNT(CASE WHEN {script.hinging(reading, option=option)} THEN 1 END)"
            for reading, option in options
        ]
        for difference in paid:
            now = script.outputs[difference.output].text
            if not granted[difference.output]:
                parts.append(
                    f"COALESCE({d.total(difference.other)}, 0) - COALESCE({d.total(now)}, 0)"
                )
                continue
            per = ", ".join(
                map(d.id, granted[difference.output])
            )  # each of a group has what the group has
            each = f"SELECT MIN({difference.other}) - MIN({now}) AS moved FROM {DECIDED} GROUP BY {per}"
            parts.append(f"(SELECT COALESCE({d.total('moved')}, 0) FROM ({each}) AS t)")
        if not parts:
            return {}
        [row] = self._db.rows(f"SELECT {', '.join(parts)} FROM {DECIDED}")
        moved = {key: (int(n), dict[str, int]()) for key, n in zip(options, row, strict=False)}
        for difference, more in zip(paid, row[len(options) :], strict=True):
            sums = moved[difference.reading, difference.option][1]
            sums[difference.output] = sums.get(difference.output, 0) + int(more)
        return moved

    def by_county(
        self,
        money: Sequence[str],
        decided: Mapping[tuple[str, ...], Sequence[Decision]] | None = None,
    ) -> list[GroupTotals]:
        """Each county, its villages and what its amounts come to; what groups get, if it is known already."""
        d, once = self._db.dialect, {output.id for output in self._plan.policy.group_outputs}
        whole = [id_ for id_ in money if id_ in once]
        money = [id_ for id_ in money if id_ not in once]
        county = d.id(COUNTY) if COUNTY in self.opened.facts else "''"
        sums = "".join(f", COALESCE({d.total(self.script.outputs[id_].text)}, 0)" for id_ in money)
        query = f"SELECT {county}, COUNT(*){sums} FROM {DECIDED}"
        if county != "''":
            query += f" GROUP BY {county} ORDER BY MIN({VILLAGE})"
        counties: list[GroupTotals] = []
        added: dict[tuple[str, str], int] = {}
        for decision in chain(*(self._every_decision() if decided is None else decided).values()):
            for id_ in whole:
                value = decision.values.get(id_, 0)
                assert isinstance(value, int)
                added[decision.county, id_] = added.get((decision.county, id_), 0) + value
        for name, villages, *numbers in self._db.rows(query):
            amounts = dict(zip(money, numbers, strict=True))
            amounts |= {id_: added.get((name, id_), 0) for id_ in whole}
            counties.append(GroupTotals(name, villages, amounts))
        return counties

    def write_all(
        self, each: Iterable[Sequence[Column]], path: Path, how: Format, lang: Lang
    ) -> None:
        """Write a table of these columns after the other; before each, what it needs is computed.

        Raises OSError too, and what `each` raises.
        """
        csv, d = how == "csv", self._db.dialect
        ordered = order(self.opened.facts, numbered=self._db.numbered)
        in_words = csv and lang == "zh"
        queries = (
            select(
                d,
                written(self.script, columns, wide=csv, in_words=in_words),
                lang,
                ordered,
                csv=csv,
            )
            for columns in each
        )
        write(self._db, queries, path, how)

    def sample(self, all_: int, drawn: int) -> Iterator[Sampled]:
        """Villages as other engines have them, the same ones every time.

        All of a roster of up to so many, else two of every pattern of rules that decided, and some drawn.
        """
        d, script = self._db.dialect, self.script
        facts = {id_: d.id(id_) for id_ in self.opened.facts}
        pieces = {**script.outputs, **script.gathered}
        names = {**facts, **{id_: piece.text for id_, piece in pieces.items()}}
        rules = [
            (id_, rule, str(piece))
            for id_, of_programme in script.held.items()
            for rule, piece in of_programme
        ]
        texts = [text for *_, text in rules]
        query = f"SELECT {', '.join([*names.values(), *texts])} FROM {DECIDED}"
        [(villages,)] = self._db.rows(f"SELECT COUNT(*) FROM {DECIDED}")
        if villages > all_:
            ends = f"SELECT MIN({VILLAGE}) AS one, MAX({VILLAGE}) AS other FROM {DECIDED}"
            ends += f" GROUP BY {', '.join(texts)}" if texts else ""
            chance = f"SELECT {VILLAGE} FROM {DECIDED} ORDER BY {d.chance(VILLAGE)}, {VILLAGE}"
            query = (
                f"WITH ends AS ({ends}), chance AS ({chance} LIMIT {drawn}) {query} "
                f"WHERE {VILLAGE} IN (SELECT one FROM ends UNION SELECT other FROM ends "
                f"UNION SELECT {VILLAGE} FROM chance)"
            )
        for row in self._db.rows(query):
            values = [tuple(value) if isinstance(value, list) else value for value in row]
            fired: dict[str, tuple[str, ...]] = dict.fromkeys(script.held, ())
            for (id_, rule, _), holds in zip(rules, values[len(names) :], strict=True):
                if holds:
                    fired[id_] = (*fired[id_], rule)
            yield dict(zip(names, values, strict=False)), fired


# -- running a script ------------------------------------------------------------------------------


def compute(database: Database, script: Script) -> None:
    """Run a script's queries over the table `facts`; only `script.left` stays, and nothing where one fails.

    Raises DatabaseError.
    """
    created: list[str] = []
    try:
        for table in script.tables:
            database.table(table.name, table.text, keep=table.name in script.kept)
            created.append(table.name)
        # some databases work a table out no sooner than it is asked for
        database.rows(f"SELECT COUNT(*) FROM {DECIDED}")
    except DatabaseError:
        database.drop(reversed(created))
        raise
    left = script.left  # what was on the way takes as much memory as all the rest
    database.drop(name for name in reversed(created) if name not in left)


def unmet_in(database: Database, script: Script, plan: Plan) -> list[Diagnostic]:
    """What must hold of all villages together and does not, where a plan's script was run."""
    parts = script.sums
    if not parts:
        return []
    totals = (f"COALESCE({database.dialect.total(part.text)}, 0)" for part in parts.values())
    [row] = database.rows(f"SELECT {', '.join(totals)} FROM {DECIDED}")
    sums = {key: int(n) for key, n in zip(parts, row, strict=True)}
    return unmet_whole(plan, lambda programme, node: sums[programme.id, node])


def compute_sound(database: Database, plan: Plan) -> Script:
    """Decide every village of the table `facts`, other readings tried too; the script that was run.

    A reading that is not chosen, and under which some village has no result, is left out and told in the
    script. Raises DatabaseError where the chosen ones fail, PolicyProblem where there is no script.
    """
    undecided: dict[Option, Diagnostic] = {}
    while True:
        script = make_script(plan, database.dialect, undecided=undecided)
        try:
            compute(database, script)
        except DatabaseError as problem:
            option = _option(str(problem))
            if option is None or option in undecided:
                raise
            undecided[option] = diagnose(plan, database.dialect.name, str(problem))
        else:
            return script


def _option(text: str) -> Option | None:
    match = _OURS.search(text)
    return (match.group(4), match.group(5)) if match is not None and match.group(4) else None


def diagnose(plan: Plan, database: Name, text: str) -> Diagnostic:
    """What a failed statement means: one of our own errors, or something the database says."""
    match = _OURS.search(text)
    if match is None:
        return say("FC862", database=database, text=_first_line(text))
    code, id_, item, _, _, rest = match.groups()
    who = _TAIL.sub("", rest.split("\n")[0])
    if code == errors.PARQUET:
        number, _, village = who.partition(": ")
        if village:
            return say("FC855.village", column=id_, number=number, village=village)
        return say("FC855", column=id_, number=number)
    if code == errors.UNMET:
        must = plan.policy.musts[int(item)]
        return say("FC412", must.span, village=who, rule=show(must.when))
    programme = next((p for p in plan.policy.programmes if p.id == id_), None)
    if programme is None:
        return say("FC862", database=database, text=_first_line(match.group()))
    return _ours(code, programme, item or programme.result.id, who)


def _ours(code: str, programme: Programme, item: str, who: str) -> Diagnostic:
    span, rules = _span(programme, item), [rule.id for rule in programme.rules]
    match code:
        case errors.TWICE:
            met, _, village = who.partition(": ")
            return say(
                "FC401", span, witness={}, programme=programme.id, village=village,
                rules=listed(met.split("+")),
            )  # fmt: skip
        case errors.DISAGREE:
            return say("FC402", span, programme=programme.id, rules=listed(rules), village=who)
        case errors.NOTHING:
            return say("FC403", span, programme=programme.id, village=who)
        case errors.RANGE:
            return say("FC404", span, village=who, output=item)
        case errors.NEGATIVE:
            return say("FC405.database", span, item=item, where=who)
        case errors.BELOW_FLOORS:
            pool, floors, where = who.split(": ", 2)
            group = "" if where == "all" else where
            return below_floors(programme, item, span, group, int(pool), int(floors))
        case errors.ENDS_CROSS:
            least, most, where = who.split(": ", 2)
            return ends_cross(programme, item, span, where, int(least), int(most))
        case errors.NO_ROW:
            return say("FC409.database", span, where=who)
        case _:
            return say("FC406", span, where=who)


def _span(programme: Programme, item: str) -> Span:
    spans = {rule.id: rule.span for rule in programme.rules}
    spans.update({also.id: also.span for also in programme.also})
    return spans.get(item, programme.span)


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0][:300]


# -- what pools add up to -------------------------------------------------------------------------


def _pool_totals(database: Database, script: Script, use: Use) -> list[PoolTotal]:
    d, programme = script.dialect, script.plan.policy.programme(use.programme)
    title, kind = programme.title, programme.shared(use.item)
    rest_to = programme.rest_to(use.item)
    if use.columns is not None:
        condition, amount, weight, share = use.columns
        query = (
            f"SELECT COUNT(*), {d.total(amount)}, {d.total(share)},"
            f" COUNT(CASE WHEN {weight} > 0 THEN 1 END) FROM decided WHERE {condition}"
        )
        [(count, pool, used, claims)] = database.rows(query)
        own = PoolTotal(title, kind, None, count, pool, used, count, claims, rest_to)
        return [own] if count else []
    return [
        PoolTotal(title, kind, each.group if use.per != "all" else None, 1, each.amount,
                  each.used, each.villages, each.claims, rest_to)
        for each in grouped_uses(database, script, use)
    ]  # fmt: skip


def grouped_uses(database: Database, script: Script, use: Use) -> list[PoolUse]:
    """The groups of one share, in the order of their first villages."""
    d, pool = script.dialect, use.pool
    assert pool is not None
    claims = "" if use.per == "all" else "WHERE g.claims > 0"
    group, of = ("''", "") if pool.per is None else (pool.per, f" GROUP BY {pool.per}")
    used = f"SELECT {group} AS {GROUP}, {d.total(use.share)} AS used FROM {DECIDED}{of}"
    rows = database.rows(
        f"SELECT g.{GROUP}, g.amount, g.villages, g.weighty, g.weights, COALESCE(s.used, 0)"
        f" FROM {pool.groups} AS g LEFT JOIN ({used}) AS s ON s.{GROUP} = g.{GROUP} {claims}"
        " ORDER BY g.earliest"
    )
    return [
        PoolUse(use.programme, use.item, use.per, name, amount, villages, n, weights, used)
        for name, amount, villages, n, weights, used in rows
    ]

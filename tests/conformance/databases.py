"""A plan run in a database over columns that are facts already."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl
from tests.conformance.engine import Columns, Outcome, unmet

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.result import PoolUse
from fundcalc.engines.sql.database import Database, DatabaseError
from fundcalc.engines.sql.script import Script, make_script
from fundcalc.engines.sql.session import compute, compute_sound, diagnose, grouped_uses, unmet_in
from fundcalc.policy.plan import Plan


def run_in(database: Database, plan: Plan, columns: Columns, *, hinges: bool = True) -> Outcome:
    """Decide all villages in a database."""
    villages = len(columns["name"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "facts.parquet"
        pl.DataFrame({"village:at": range(villages), **columns}).write_parquet(file)
        try:
            database.read("source", [file])
            at, *facts = map(database.dialect.id, ("village:at", *columns))
            query = f"SELECT {', '.join([f'{at} AS village', *facts])} FROM source"
            database.table("facts", query, keep=True)
            if hinges:
                script = compute_sound(database, plan)
            else:
                script = make_script(plan, database.dialect, hinges=False)
                compute(database, script)
            found = _outcome(database, script, villages, hinges)
            return replace(found, unmet=unmet(unmet_in(database, script, plan)))
        except DatabaseError as problem:
            raise PolicyProblem([diagnose(plan, database.dialect.name, str(problem))]) from None


def _outcome(database: Database, script: Script, villages: int, hinges: bool) -> Outcome:
    texts = [piece.text for piece in script.outputs.values()]
    held = [(id_, rule, str(one)) for id_, all_ in script.held.items() for rule, one in all_]
    texts += [text for *_, text in held]
    readings = sorted({one.reading for one in script.differences})
    texts += [script.hinging(reading) for reading in readings]
    rows = database.rows(f"SELECT {', '.join(texts)} FROM decided ORDER BY village")
    columns = [
        [tuple(v) if isinstance(v, list) else v for v in column]
        for column in zip(*rows, strict=True)
    ]
    outputs = dict(zip(script.outputs, columns, strict=False))
    places = len(script.outputs)
    fired: dict[str, list[tuple[str, ...]]] = {id_: [()] * villages for id_ in script.held}
    for (id_, rule, _), column in zip(held, columns[places:], strict=False):
        fired[id_] = [(*ids, rule) if h else ids for ids, h in zip(fired[id_], column, strict=True)]
    marks = columns[places + len(held) :]
    hinging = [
        tuple(r for r, column in zip(readings, marks, strict=True) if column[i])
        for i in range(villages)
    ]
    pools = _pools(database, script)
    return Outcome(outputs, fired, pools, hinging if hinges else None)


def _pools(database: Database, script: Script) -> list[PoolUse]:
    """Every pool as other engines record it."""
    found: list[PoolUse] = []
    for use in script.uses:
        if use.columns is None:
            found += grouped_uses(database, script, use)
            continue
        held, amount, weight, share = use.columns
        for village, pool, weights, used in database.rows(
            f"SELECT village, {amount}, {weight}, {share} FROM decided WHERE {held} ORDER BY village"
        ):
            head = (use.programme, use.item, use.per, str(village))
            found.append(PoolUse(*head, pool, 1, int(weights > 0), weights, used))
    return found

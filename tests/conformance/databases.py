"""A plan run in a database over columns that are facts already."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from tests.conformance.engine import Columns, Outcome

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.sql.database import ROW, Database, DatabaseError
from fundcalc.engines.sql.result import by_reading, pool_uses
from fundcalc.engines.sql.script import Script, compute, compute_sound, diagnose, make_script
from fundcalc.policy.plan import Plan


def run_in(database: Database, plan: Plan, columns: Columns, *, hinges: bool = True) -> Outcome:
    """Decide all villages in a database."""
    script = make_script(plan, database.dialect, hinges=False)
    villages = len(columns["name"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "facts.parquet"
        pl.DataFrame({"village": range(villages), **columns}).write_parquet(file)
        try:
            database.read("source", [file])
            database.table("facts", _facts(database), keep=True)
            if hinges:
                script = compute_sound(database, plan)
            else:
                compute(database, script)
            return _outcome(database, script, villages, hinges)
        except DatabaseError as problem:
            raise PolicyProblem([diagnose(script, str(problem))]) from None


def _facts(database: Database) -> str:
    """The table as it was read, without the number that some databases give a row."""
    without = f" EXCLUDE ({database.dialect.id(ROW)})" if database.numbered else ""
    return f"SELECT *{without} FROM source"


def _outcome(database: Database, script: Script, villages: int, hinges: bool) -> Outcome:
    texts = [piece.text for piece in script.outputs.values()]
    held = [(id_, rule, str(one)) for id_, all_ in script.held.items() for rule, one in all_]
    texts += [text for *_, text in held]
    readings = sorted(by_reading(script).items())
    texts += [" OR ".join(conditions) for _, conditions in readings]
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
        tuple(r for (r, _), column in zip(readings, marks, strict=True) if column[i])
        for i in range(villages)
    ]
    pools = pool_uses(database, script, {i: i for i in range(villages)})
    return Outcome(outputs, fired, pools, hinging if hinges else None)

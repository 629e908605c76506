"""Ledgers with flipped bytes, and records rewritten by a forger who makes every digest fit."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import tempfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.fuzz.changes import ROOT, by_byte, listed

HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
ROWS = (
    "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000",
    "140121000202,南村,甲镇,清徐县,400,20000,,3,5000",
    "140123000201,西村,乙乡,娄烦县,300,0,,3,8000",
)


def one_ledger(rng: random.Random) -> None:
    """Damage a ledger of runs and additions, then list, verify, restore and explain what is left of it."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem, render

    bytes_, heads, said = sound()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "fundcalc.db"
        ledger.write_bytes(bytes_)
        damage = rng.choice([_flip, _flip, _cut, _forge])
        damage(rng, ledger)
        try:
            verdict = api.verify(ledger)
            intact, entries = verdict.clean, api.runs(ledger)
            run = api.open_run(ledger, rng.choice(["1", "2", "last"]))
            explained = _explained(run)
            api.runs_text(ledger, "zh")
            api.balance_text(api.balance(ledger), "en")
            api.export(ledger, "last", Path(folder) / "pack")
        except PolicyProblem as problem:
            assert all(render(d, "zh") and render(d, "en") for d in problem.diagnostics)
            return
    if intact and [entry.head for entry in entries] == heads:
        assert explained in said, "found sound, and yet it says something else"


def _explained(run: Any) -> str:
    from fundcalc import api

    explainer = api.explainer(run)
    found = [api.explanation_json(explainer.explain(n), "zh") for n in range(len(run.roster))]
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


@cache
def sound() -> tuple[bytes, list[str], frozenset[str]]:
    """The bytes of a sound ledger, its head digests, and what its runs say."""
    from fundcalc import api

    with tempfile.TemporaryDirectory() as folder:
        roster, ledger = Path(folder) / "roster.csv", Path(folder) / "fundcalc.db"
        roster.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
        policy = api.load_policy(ROOT)
        for corrects, option in enumerate(("within_income_test", "independent") * 2):
            plan = api.plan(policy, readings={"large_village_clause": option})
            run = api.calculate(plan, api.read_roster(roster, policy))
            if option == "independent":
                run = api.correct(run, ledger, str(corrects), "x")
            elif corrects:
                run = api.carry(run, ledger)
            api.record(run, ledger)
        api.review(ledger, "4", "y", "approved")
        api.settle(ledger, "4", "z")
        entries = api.runs(ledger)
        said = frozenset(_explained(api.open_run(ledger, entry.id)) for entry in entries)
        connection = sqlite3.connect(ledger)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return ledger.read_bytes(), [entry.head for entry in entries], said


def _flip(rng: random.Random, ledger: Path) -> None:
    data = bytearray(ledger.read_bytes())
    for _ in range(rng.choice([1, 1, 2, 30])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    ledger.write_bytes(bytes(data))


def _cut(rng: random.Random, ledger: Path) -> None:
    data = ledger.read_bytes()
    if rng.randrange(2):
        ledger.write_bytes(data[: rng.randrange(len(data))])
    else:
        ledger.write_bytes(by_byte(rng, data))


VALUES = [json.loads(text) for text in listed("json")]


def _forge(rng: random.Random, ledger: Path) -> None:
    """One value of a record or of a piece changed, as by another version or a forger; digests fit."""
    connection = sqlite3.connect(ledger)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    select = "SELECT '{0}', seq, record FROM {0} ORDER BY seq"
    records = [
        row
        for table in ("runs", "additions")  # the additions came last
        for row in connection.execute(select.format(table)).fetchall()
    ]
    victim, previous = rng.randrange(len(records)), None
    for number, (table, seq, text) in enumerate(records):
        data = json.loads(text)
        if previous is not None:
            data["previous"] = previous
        if number == victim:
            if table == "additions" or rng.randrange(2):
                _change(rng, data)
            else:
                _change_piece(rng, data, connection)
        new = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
        previous = _digest(new)
        connection.execute(
            f"UPDATE {table} SET head = ?, record = ? WHERE seq = ?",  # noqa: S608 - no input
            (previous, new, seq),
        )
    connection.commit()
    connection.close()


def _change_piece(rng: random.Random, data: dict[str, Any], connection: sqlite3.Connection) -> None:
    name = rng.choice(sorted(data["parts"]))
    packed = connection.execute(
        "SELECT size, packed FROM contents WHERE digest = ?", (data["parts"][name],)
    ).fetchone()
    before = packed[1] if len(packed[1]) == packed[0] else zlib.decompress(packed[1])
    try:
        tree = json.loads(before)
        _change(rng, tree)
        after = json.dumps(tree, ensure_ascii=False, indent=1).encode()
    except ValueError:
        after = by_byte(rng, before)
    data["parts"][name] = _digest(after)
    connection.execute(
        "INSERT OR REPLACE INTO contents VALUES (?, ?, ?)",
        (_digest(after), len(after), zlib.compress(after)),
    )


def _change(rng: random.Random, tree: Any) -> None:
    """One value somewhere in a tree of JSON replaced, left out, or given another name."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(tree[key], dict | list) and tree[key] and rng.randrange(4):
            tree = tree[key]
            continue
        how = rng.randrange(4)
        if how == 0 and isinstance(tree, dict):
            tree[rng.choice(listed("words"))] = tree.pop(key)
        elif how == 1:
            del tree[key]
        else:
            tree[key] = rng.choice(VALUES)
        return


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"

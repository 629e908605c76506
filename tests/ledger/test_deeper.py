"""What `runs verify` sees beyond digests: file, sizes, times, counts; what a digest on paper covers."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import ROOT
from tests.ledger.conftest import VILLAGES, all_kept, altered
from tests.ledger.test_forged_further import change_last
from tests.ledger.test_verify import rewritten

from fundcalc import api

if TYPE_CHECKING:
    from tests.conftest import Answer
    from tests.ledger.conftest import Cli, Make

Change = Callable[[dict[str, Any], sqlite3.Connection], None]


def said(answer: Answer) -> str:
    return " ".join((answer.out + answer.err).split())


@pytest.fixture
def recorded(cli: Cli, roster: Make, ledger: Path) -> None:
    cli("run", roster())


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DROP TRIGGER runs_stay", "lacks the trigger runs_stay"),
        ("DROP TRIGGER additions_last", "lacks the trigger additions_last"),
        (
            "CREATE TRIGGER quiet BEFORE INSERT ON runs BEGIN SELECT RAISE(IGNORE); END",
            "has the trigger quiet, which no ledger has",
        ),
        ("CREATE TABLE notes (text)", "has the table notes, which no ledger has"),
        ("CREATE VIEW v AS SELECT 1", "has the view v, which no ledger has"),
        ("CREATE INDEX i ON contents (size)", "has the index i, which no ledger has"),
        ("ALTER TABLE contents ADD COLUMN more", "table contents of the file is not a ledger's"),
        ("DROP TABLE additions", ""),
        ("PRAGMA user_version = 1", "has the table additions, which no ledger has"),
    ],
)
def test_the_file_is_a_ledgers(cli: Cli, recorded: None, ledger: Path, sql: str, says: str) -> None:
    connection = sqlite3.connect(ledger)
    connection.execute(sql)
    connection.commit()
    connection.close()
    for options in ((), ("--chain",)):
        answer = cli("runs", "verify", *options)
        assert answer.code in (1, 2) and says in said(answer), answer


def test_a_trigger_that_does_nothing(cli: Cli, recorded: None, ledger: Path) -> None:
    connection = sqlite3.connect(ledger)
    connection.execute("DROP TRIGGER runs_last")
    connection.execute("CREATE TRIGGER runs_last BEFORE DELETE ON runs BEGIN SELECT 1; END")
    connection.commit()
    connection.close()
    answer = cli("runs", "verify")
    assert answer.code == 1 and "trigger runs_last of the file is not a ledger's" in said(answer)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE contents SET size = size + 1",
        "UPDATE contents SET packed = CAST(packed || x'00' AS BLOB)",
        "UPDATE contents SET packed = CAST(substr(packed, 1, length(packed) - 3) AS BLOB)",
    ],
)
def test_sizes_of_what_is_kept(cli: Cli, recorded: None, ledger: Path, sql: str) -> None:
    with altered(ledger) as connection:
        connection.execute(sql)
    answer = cli("runs", "verify")
    assert answer.code == 1 and "not what its digest says" in said(answer)


def set_(*path: str, to: Any) -> Change:
    def change(data: dict[str, Any], _: sqlite3.Connection) -> None:
        *way, last = path
        for step in way:
            data = data[step]
        data[last] = to

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_("roster", "villages", to=6), "roster.villages is 6 in the record, 5"),
        (set_("roster", "rejected_rows", to=1), "roster.rejected_rows is 1 in the record, 0"),
        (set_("roster", "file", to="other.csv"), "roster.file is other.csv"),
        (set_("roster", "digest", to="sha256:00"), "roster.digest is sha256:00"),
        (set_("overrides", to=2), "overrides is 2 in the record, 0"),
        (set_("engine", "double_checked", to=6), "engine.double_checked is 6"),
        (set_("totals", "extra", to="1.00"), "total of extra"),
        (set_("totals", to={}), "total of guaranteed_funds"),
        (set_("recorded_at", to="2001-01-01T00:00:00+00:00"), "is before that of"),
        (set_("recorded_at", to="2001-01-01T00:00:00"), "time of 0002"),
        (rewritten("rejects.json", b"[]", b"[]\n"), ""),
        (
            rewritten("roster.json", b'"rejected_rows": 0', b'"rejected_rows": 3'),
            "roster.rejected_rows is 0 in the record, 3",
        ),
    ],
)  # fmt: skip
def test_a_records_own_counts(
    cli: Cli, recorded: None, roster: Make, ledger: Path, change: Change, says: str
) -> None:
    cli("run", roster(*VILLAGES))
    change_last(ledger, change)
    answer = cli("runs", "verify")
    assert (answer.code == 1) is bool(says) and says in said(answer), answer


# -- digests from paper -----------------------------------------------------------------------------


def test_a_digest_vouches_only_for_what_came_before_it(
    cli: Cli, recorded: None, roster: Make, ledger: Path
) -> None:
    cli("run", roster(VILLAGES[0]))
    cli("run", roster(VILLAGES[1]))
    first, second, third = api.runs(ledger)
    answer = cli("runs", "verify", "--head", first.head, "--head", second.sm3, "--head", third.head)
    assert answer.code == 0
    assert "vouches for runs 1–1; 2 later runs are not covered: bring the newest paper" in said(
        answer
    )
    assert "vouches for runs 1–2; 1 later run is not covered" in said(answer)
    assert "vouches for runs 1–3, which is all there are" in said(answer)
    data = json.loads(cli("runs", "verify", "--head", first.head[:30], "--format", "json").out)
    [head] = data["heads"]
    assert (head["vouches_for"], head["later_runs"]) == ([1, 1], 2)
    assert data["newest"] == {"id": third.id, "head": third.head, "sm3": third.sm3}
    cli("runs", "review", "3", "--by", "李四", "--approve")
    answer = cli("runs", "verify", "--chain", "--head", third.head)
    assert answer.code == 0 and "1 later addition is not covered" in said(answer)
    zh = cli("runs", "verify", "--chain", "--head", first.head, "--lang", "zh")
    assert "可证明第1–1次测算；后面的2次不在其内" in "".join(zh.out.split())


@pytest.mark.parametrize("digest", ["abc", "", "z" * 20, "sha256:" + "0" * 65, "sha256:", "0" * 15])
def test_a_digest_that_is_none(cli: Cli, recorded: None, digest: str) -> None:
    answer = cli("runs", "verify", "--head", digest)
    assert answer.code == 2 and "--head" in answer.err


def test_a_digest_found_nowhere(cli: Cli, recorded: None, ledger: Path) -> None:
    head = api.runs(ledger)[0].head
    answer = cli("runs", "verify", "--head", head, "--head", "0" * 64)
    assert answer.code == 1 and "no run has the digest 000" in said(answer)
    assert "vouches for runs 1–1" in said(answer)


def test_the_chain_alone_computes_nothing(
    cli: Cli, recorded: None, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundcalc.engines.calculate.calculate", None)
    answer = cli("runs", "verify", "--chain")
    assert answer.code == 0 and "nor computed" in said(answer)
    with altered(ledger) as connection:
        connection.execute("DELETE FROM contents WHERE size > 3000")
    answer = cli("runs", "verify", "--chain")
    assert answer.code == 1 and "missing that records name" in said(answer)


def test_what_is_alike_is_computed_once(
    cli: Cli, recorded: None, roster: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fundcalc.engines import calculate

    for _ in range(3):
        cli("run", roster())
    calls, compute = [], calculate.calculate
    monkeypatch.setattr(
        calculate, "calculate", lambda *given, **more: calls.append(1) or compute(*given, **more)
    )
    assert cli("runs", "verify").out.count("computed again alike") == 4
    assert len(calls) == 1


# -- a ledger that an earlier program wrote -----------------------------------------------------------


@pytest.fixture
def old(ledger: Path) -> Path:
    """Four runs of format 1 over five invented villages: overrides, and a run corrected twice."""
    packed = (ROOT / "tests" / "ledger" / "format_1.db.gz").read_bytes()
    ledger.write_bytes(gzip.decompress(packed))
    return ledger


def test_a_ledger_of_format_1_is_read_as_it_is(cli: Cli, old: Path) -> None:
    before = old.read_bytes()
    assert cli("runs", "list").out.count("r.csv") == 2
    assert cli("runs", "verify").code == 0
    assert cli("runs", "show", "3").code == 0
    assert cli("explain", "东村", "--run", "2").code == 0
    assert cli("runs", "export", "4", "pack").code == 0
    assert old.read_bytes() == before


def test_a_ledger_of_format_1_gets_runs_and_reviews(cli: Cli, old: Path, roster: Make) -> None:
    kept = all_kept(old)
    assert cli("runs", "review", "2", "--by", "李四", "--approve").code == 0
    assert cli("run", roster()).code == 0
    assert cli("runs", "verify").code == 0
    now = all_kept(old)
    assert now["runs"][:4] == kept["runs"] and len(now["runs"]) == 5
    assert {row[0] for row in kept["contents"]} <= {row[0] for row in now["contents"]}
    refused = cli("run", roster(), "--corrects", "1", "--reason", "x")
    assert refused.code == 2 and "0004-" in refused.err

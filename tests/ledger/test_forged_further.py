"""Forgeries of what a run rests on beside its rows, and what SQLite may say of a ledger."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.ledger.conftest import VILLAGES, altered
from tests.ledger.test_verify import rechained, rewritten, sha

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.ledger.store import as_policy_problem

if TYPE_CHECKING:
    from tests.conftest import Answer, Cli
    from tests.ledger.conftest import Make


def found(answer: Answer) -> str:
    return " ".join((answer.out + answer.err).split())


@pytest.fixture
def corrected(cli: Cli, roster: Make) -> None:
    """A run and one that corrects it."""
    cli("run", roster())
    mended = [line.replace(",1200,", ",900,") for line in VILLAGES]
    assert cli("run", roster(*mended), "--corrects", "last", "--reason", "人口核实").code == 0


def change_last(ledger: Path, change: Any) -> None:
    """The last run's record rewritten, its own digest made to fit."""
    with altered(ledger) as connection:
        seq, text = connection.execute(
            "SELECT seq, record FROM runs ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        data = json.loads(text)
        change(data, connection)
        record = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
        connection.execute(
            "UPDATE runs SET head = ?, record = ? WHERE seq = ?", (sha(record), record, seq)
        )


def test_a_correction_of_a_run_that_is_not_there(cli: Cli, corrected: None, ledger: Path) -> None:
    def change(data: dict[str, Any], _: sqlite3.Connection) -> None:
        data["corrects"]["head"] = "sha256:" + "1" * 64

    change_last(ledger, change)
    answer = cli("runs", "verify", "2")
    assert answer.code == 1
    assert "is not in the ledger" in found(answer)


def test_differences_that_were_written_anew(cli: Cli, corrected: None, ledger: Path) -> None:
    def change(data: dict[str, Any], connection: sqlite3.Connection) -> None:
        rewritten("correction.json", b'"-100000.00"', b'"-200000.00"')(data, connection)

    change_last(ledger, change)
    answer = cli("runs", "verify", "2")
    assert answer.code == 1
    assert "differences of the correction are others" in found(answer)


def test_a_column_with_a_village_too_many(cli: Cli, roster: Make, ledger: Path) -> None:
    cli("run", roster())
    rechained(ledger, rewritten("flags.txt", b"\n", b"\n\n"))
    answer = cli("runs", "verify", "1")
    assert answer.code == 1 and "another number of villages" in found(answer)


def test_a_record_of_another_format(cli: Cli, roster: Make, ledger: Path) -> None:
    cli("run", roster())

    def change(data: dict[str, Any], _: sqlite3.Connection) -> None:
        data["format"] = 99

    change_last(ledger, change)
    answer = cli("runs", "verify")
    assert answer.code in (1, 2) and "format" in found(answer)


def test_a_total_that_was_written_anew(cli: Cli, roster: Make, ledger: Path) -> None:
    cli("run", roster())

    def change(data: dict[str, Any], _: sqlite3.Connection) -> None:
        data["totals"]["guaranteed_funds"] = "1.00"

    change_last(ledger, change)
    answer = cli("runs", "verify", "1")
    assert answer.code == 1 and "the total of guaranteed_funds differs" in found(answer)


def test_what_is_kept_already_must_be_whole_before_a_run_rests_on_it(
    cli: Cli, roster: Make, ledger: Path
) -> None:
    cli("run", roster())
    with altered(ledger) as connection:
        connection.execute(
            "UPDATE contents SET packed = CAST(substr(packed, 1, length(packed) - 1) || x'00' AS BLOB)"
        )
    answer = cli("run", roster())
    assert answer.code == 2 and "are others" in found(answer)
    assert cli("runs", "list").out.count("roster.csv") == 1


def test_bytes_where_text_should_be_do_not_reach_the_terminal(
    cli: Cli, roster: Make, ledger: Path
) -> None:
    cli("run", roster())
    with altered(ledger) as connection:
        connection.execute("UPDATE contents SET packed = CAST(packed AS TEXT)")
    answer = cli("runs", "verify")
    assert answer.code in (1, 2)
    assert [c for c in answer.out + answer.err if not c.isprintable() and c != "\n"] == [], answer


@pytest.mark.parametrize(
    ("name", "writing", "code", "says"),
    [
        ("SQLITE_FULL", True, "FC823", "the disk is full"),
        ("SQLITE_TOOBIG", True, "FC823", "the disk is full"),
        ("SQLITE_IOERR", True, "FC823", "reading or writing failed"),
        ("SQLITE_READONLY", True, "FC823", "read-only"),
        ("SQLITE_CANTOPEN", True, "FC823", "no file can be made here"),
        ("SQLITE_PERM", False, None, "no file can be made here"),
        ("SQLITE_NOTADB", False, None, "no SQLite file"),
        ("SQLITE_BUSY", True, "FC822", ""),
        ("SQLITE_SCHEMA", False, None, "tables or contents of a ledger are missing"),
        ("SQLITE_CORRUPT", False, None, "spoilt"),
    ],
)
def test_what_sqlite_says_is_put_into_words(
    name: str, writing: bool, code: str | None, says: str
) -> None:
    problem = sqlite3.OperationalError("spoilt")
    problem.sqlite_errorcode = getattr(sqlite3, name)
    with pytest.raises(PolicyProblem) as caught, as_policy_problem(Path("f.db"), writing=writing):
        raise problem
    (one,) = caught.value.diagnostics
    assert code in (None, one.code)
    assert says in one.message.en


def test_a_disk_that_fills_up_on_the_way(
    cli: Cli, roster: Make, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", roster())
    with closing(sqlite3.connect(ledger)) as opened:
        pages = opened.execute("PRAGMA page_count").fetchone()[0]
    connect = sqlite3.connect

    def small(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    many = [f"14012100{n:04},村{n},甲镇,清徐县,{n},60000,100000,4,5000" for n in range(2_000)]
    answer = cli("run", roster(*many), "-o", "o.csv")
    monkeypatch.undo()
    assert answer.code == 2 and "FC823" in answer.err and "the disk is full" in answer.err

"""`runs verify` names what is not as it was recorded, whoever changed it and however well."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.conftest import HEADER, VILLAGES, all_kept, altered, content

from fundcalc import api

if TYPE_CHECKING:
    from tests.conftest import Answer, Cli
    from tests.ledger.conftest import Make


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def rechained(ledger: Path, change: Callable[[dict[str, Any], sqlite3.Connection], None]) -> None:
    """A forger's work: the first run changed, and every digest after it made to fit."""
    with altered(ledger) as connection:
        previous = "sha256:" + "0" * 64
        for seq, record in connection.execute(
            "SELECT seq, record FROM runs ORDER BY seq"
        ).fetchall():
            data = json.loads(record)
            data["previous"] = previous
            if seq == 1:
                change(data, connection)
            text = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
            previous = sha(text)
            connection.execute(
                "UPDATE runs SET head = ?, record = ? WHERE seq = ?", (previous, text, seq)
            )


def rewritten(
    name: str, old: bytes, new: bytes
) -> Callable[[dict[str, Any], sqlite3.Connection], None]:
    """A change of one piece, its digest made to fit."""

    def change(data: dict[str, Any], connection: sqlite3.Connection) -> None:
        before = content(connection, data["parts"][name])
        assert old in before
        after = before.replace(old, new, 1)
        if data["parts"][name] not in list(data["parts"].values())[:-1]:
            connection.execute("DELETE FROM contents WHERE digest = ?", (data["parts"][name],))
        data["parts"][name] = sha(after)
        connection.execute(
            "INSERT OR IGNORE INTO contents VALUES (?, ?, ?)",
            (sha(after), len(after), zlib.compress(after)),
        )

    return change


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of three runs of one roster."""
    folder = tmp_path_factory.mktemp("three")
    (folder / "roster.csv").write_text("\n".join([HEADER, *VILLAGES]) + "\n", encoding="utf-8")
    policy = api.load_policy()
    read = api.read_roster(folder / "roster.csv", policy)
    for option in ("inclusive", "exclusive", "inclusive"):
        plan = api.plan(policy, readings={"thousand_or_more": option})
        api.record(api.calculate(plan, read), folder / "three.db")
    return folder / "three.db"


@pytest.fixture
def recorded(three: Path, ledger: Path) -> list[str]:
    """The same as the ledger of this test; the runs' head digests."""
    shutil.copy(three, ledger)
    return [entry.head for entry in api.runs(ledger)]


def test_a_ledger_as_it_was_recorded(cli: Cli, recorded: list[str], ledger: Path) -> None:
    before = ledger.read_bytes()
    answer = cli("runs", "verify")
    assert answer.code == 0
    assert answer.out.count("5 villages computed again alike") == 3
    for place, head in enumerate(recorded, 1):
        assert cli("runs", "verify", place, "--head", head).code == 0
        assert cli("runs", "verify", "--head", head[7:30].upper()).code == 0
    other = cli("runs", "verify", "1", "--head", recorded[1])
    assert other.code == 1 and "The ledger is as recorded; but the digest on paper" in other.out
    assert ledger.read_bytes() == before


def test_an_amount_changed_by_hand_names_the_village(
    cli: Cli, recorded: list[str], ledger: Path
) -> None:
    with altered(ledger) as connection:
        [record] = connection.execute("SELECT record FROM runs WHERE seq = 1").fetchone()
        digest = json.loads(record)["parts"]["results/guaranteed_funds.txt"]
        text = content(connection, digest).replace(b"20000000", b"90000000", 1)
        connection.execute(
            "UPDATE contents SET size = ?, packed = ? WHERE digest = ?",
            (len(text), zlib.compress(text), digest),
        )
    answer = cli("runs", "verify", "1")
    assert answer.code == 1
    said = " ".join(answer.out.split())
    assert "results/guaranteed_funds.txt" in said
    assert "东村" in said and "900000.00" in said and "200000.00" in said
    assert cli("explain", "东村", "--run", "1").code == 2  # never explained from altered bytes


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("results/guaranteed_funds.txt", b"20000000", b"90000000", "东村"),
        ("results/municipal_share.txt", b"2400000", b"2400001", "西村"),
        ("rules/operating_funds.txt", b"large_village", b"income_tested", "东村"),
        ("results/support_measures.txt", b"break_zero_plan", b"first_secretary", "西村"),
        ("roster/residents.txt", b"1200", b"999", "东村"),
        ("policy/policies.toml", b"200_000", b"250_000", "东村"),
        ("pools.txt", b"378500000", b"378500001", "pools"),
        ("flags.txt", b"large_village_clause", b"", "flags"),
        ("plan.json", b"20000000", b"30000000", "plan"),
        ("overrides.json", b"[]", b'[{"index": 0}]', "overrides"),
    ],
)  # fmt: skip
def test_a_forger_who_mends_every_digest_is_found_by_computing_again(
    cli: Cli, recorded: list[str], ledger: Path, name: str, old: bytes, new: bytes, says: str
) -> None:
    rechained(ledger, rewritten(name, old, new))
    answer = cli("runs", "verify", "1", "--format", "json")
    assert answer.code == 1
    assert says in answer.out
    on_paper = cli("runs", "verify", "--head", recorded[2])
    assert on_paper.code == 1 and "cut short or rewritten" in " ".join(on_paper.out.split())


def test_a_forger_who_also_computes_again_is_found_by_the_paper(
    cli: Cli, roster: Make, ledger: Path
) -> None:
    first = json.loads(cli("run", roster(), "--format", "json").out)["run"]["head"]
    ledger.unlink()
    cli("run", roster("140121000201,东村,甲镇,清徐县,1200,60000,100000,4,9000"))
    assert cli("runs", "verify").code == 0
    assert cli("runs", "verify", "--head", first).code == 1


def test_a_tail_cut_off_is_found_by_the_paper(cli: Cli, recorded: list[str], ledger: Path) -> None:
    with altered(ledger) as connection:
        parts = [
            json.loads(record)["parts"]
            for [record] in connection.execute("SELECT record FROM runs")
        ]
        connection.execute("DELETE FROM runs WHERE seq = 3")
        kept = {digest for one in parts[:2] for digest in one.values()}
        for digest in set(parts[2].values()) - kept:
            connection.execute("DELETE FROM contents WHERE digest = ?", (digest,))
    assert cli("runs", "verify").code == 0
    assert cli("runs", "verify", "--head", recorded[1]).code == 0
    assert cli("runs", "verify", "--head", recorded[2]).code == 1


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DELETE FROM runs WHERE seq = 2", "missing"),
        ("DELETE FROM runs WHERE seq = 1", "missing"),
        ("UPDATE runs SET record = replace(record, '0', '1') WHERE seq = 1", "altered"),
        ("UPDATE runs SET record = record || x'20' WHERE seq = 2", "altered"),
        ("UPDATE runs SET record = 7 WHERE seq = 2", "no record"),
        ("UPDATE runs SET record = CAST(record || ' ' AS BLOB) WHERE seq = 2", "altered"),
        ("UPDATE runs SET record = x'7b7d' WHERE seq = 2", "cannot be read"),
        ("DELETE FROM contents WHERE size > 3000", "missing"),
        ("INSERT INTO contents VALUES ('sha256:00', 1, x'00')", "belong to no run"),
        ("UPDATE contents SET size = 'many'", "digest"),
        ("UPDATE contents SET packed = x''", ""),
    ],
)  # fmt: skip
def test_crude_changes(cli: Cli, recorded: list[str], ledger: Path, sql: str, says: str) -> None:
    with altered(ledger) as connection:
        connection.execute(sql)
    answer = cli("runs", "verify")
    assert answer.code in (1, 2)
    assert says in " ".join((answer.out + answer.err).split())
    for command in (("list",), ("show", "2"), ("near", "2"), ("export", "2", "pack")):
        cli("runs", *command)


def test_runs_cannot_be_altered_by_a_slip(recorded: list[str], ledger: Path) -> None:
    connection = sqlite3.connect(ledger)
    for sql in ("UPDATE runs SET seq = 9 WHERE seq = 1", "DELETE FROM runs"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(sql)
    connection.close()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_is_found_or_changes_nothing(
    cli: Cli, roster: Make, ledger: Path, data: st.DataObject
) -> None:
    whole = ledger.with_name("whole.db")
    if not whole.exists():
        cli("run", roster())
        shutil.copy(ledger, whole)
    good = whole.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[place] ^= data.draw(st.integers(1, 255))
    ledger.write_bytes(changed)
    answer: Answer = cli("runs", "verify")
    if answer.code == 0:
        assert all_kept(ledger) == all_kept(whole)
    else:
        assert answer.out or "FC8" in answer.err
    cli("explain", "东村", "--run", "1")
    for side in ledger.parent.glob("fundcalc.db-*"):
        side.unlink()


def test_a_forged_column_of_assumptions_is_damage_not_a_crash(
    cli: Cli, three: Path, ledger: Path
) -> None:
    """Every digest fits, but one column has a village fewer: nothing is shown as if it were sound."""
    shutil.copy(three, ledger)
    rechained(ledger, rewritten("roster/assumed/existing_funding.txt", b"0\n", b""))
    answer = cli("runs", "export", "1", "pack")
    assert answer.code == 2
    assert "roster/assumed/existing_funding.txt of run 0001" in answer.err
    assert "has another number of villages" in " ".join(answer.err.split())
    assert cli("runs", "verify", "1").code == 1

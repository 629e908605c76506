"""Whatever happens while a run is recorded: what was acknowledged is there, and nothing half is seen."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.ledger.conftest import VILLAGES, all_kept

from fundcalc import api
from fundcalc.ledger import store

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

RECORDER = """
import os, sys
from pathlib import Path
from fundcalc import api
policy = api.load_policy()
run = api.calculate(api.plan(policy), api.read_roster(Path(sys.argv[1]), policy), engine="rules")
api.record(run, Path(sys.argv[1] + ".db"))
print("ready", flush=True)
for line in sys.stdin:
    ledger, times = line.split()
    child = os.fork()
    if not child:
        print(os.getpid(), flush=True)
        for _ in range(int(times)):
            print(api.record(run, Path(ledger)).head, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("over", flush=True)
"""


class Recorder:
    """A process that has a run in hand and, when told, has a child record it time and again."""

    def __init__(self, roster: Path) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", RECORDER, str(roster)]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def start(self, ledger: Path, times: int) -> int:
        """Start a child; returns its process id."""
        self._in.write(f"{ledger} {times}\n")
        self._in.flush()
        line = self._out.readline()
        return int(self._out.readline() if line == "ready\n" else line)

    def wait(self, times: int) -> list[str]:
        """Wait until the child has acknowledged so many; their head digests."""
        return [self._out.readline().strip() for _ in range(times)]

    def acknowledged(self) -> list[str]:
        """The head digests that the child acknowledged and nobody waited for, once it is over."""
        said: list[str] = []
        while (line := self._out.readline()) not in ("over\n", ""):
            said.append(line.strip())
        return [line for line in said if len(line) == 71]

    def close(self) -> None:
        """End the process."""
        self._in.close()
        self._process.wait()
        self._out.close()


def killed_at_random(roster: Path, folder: Path, kills: int, seed: int) -> None:
    """Kill recorders at random moments, at creation of the ledger too, and look after each."""
    chance = random.Random(seed)
    ledger = folder / "fundcalc.db"
    acknowledged: list[str] = []
    before = total = 0
    recorder = Recorder(roster)
    for number in range(kills):
        if number % 4 == 0:
            ledger, acknowledged, before = folder / f"{number}.db", [], 0
        child = recorder.start(ledger, 1000)
        since = time.monotonic()
        waited = recorder.wait(chance.choice((0, 1, 1, 2)))
        each = (time.monotonic() - since) / len(waited) if waited else 0.1
        time.sleep(chance.uniform(0, 1.2 * min(each, 1)))
        os.kill(child, signal.SIGKILL)
        new = waited + recorder.acknowledged()
        acknowledged += new
        total += len(new)
        if not ledger.exists():
            assert not acknowledged
            continue
        heads = [entry.head for entry in api.runs(ledger)]
        assert [head for head in heads if head in acknowledged] == acknowledged
        assert before + len(new) <= len(heads) <= before + len(new) + 1
        before = len(heads)
        assert not heads or api.verify(ledger, "last").clean
    recorder.close()
    assert total >= kills // 2


def test_killed_at_any_moment(roster: Make, tmp_path: Path) -> None:
    killed_at_random(roster(), tmp_path, 20, seed=6)


@pytest.mark.slow
def test_killed_at_any_moment_often(roster: Make, tmp_path: Path) -> None:
    killed_at_random(roster(), tmp_path, 200, seed=66)


def test_several_at_once(cli: Cli, roster: Make, ledger: Path) -> None:
    """Also where none of them finds a ledger when it starts."""
    recorders = [Recorder(roster()) for _ in range(3)]
    for one in recorders:
        one.start(ledger, 7)
    acknowledged = {head for one in recorders for head in one.acknowledged()}
    for one in recorders:
        one.close()
    entries = api.runs(ledger)
    assert len(acknowledged) == 21
    assert acknowledged == {entry.head for entry in entries}
    assert [entry.seq for entry in entries] == list(range(1, 22))
    verdict = api.verify(ledger, "last")
    assert verdict.clean


def test_a_ledger_that_another_program_holds(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", roster())
    monkeypatch.setattr(store, "WAIT", 0)
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = cli("run", roster(), "-o", tmp_path / "o.csv")
    assert answer.code == 2 and "FC822" in answer.err
    assert not answer.out and not (tmp_path / "o.csv").exists()
    assert cli("runs", "list").out.count("roster.csv") == 1  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert cli("run", roster()).code == 0


def limited(arguments: list[object], folder: Path, most: int) -> subprocess.CompletedProcess[str]:
    """The program with files of at most so many bytes, as on a disk that is nearly full.

    Its coverage is not measured, since the measurements are a file too.
    """
    measured = {name for name in os.environ if name.startswith("COVERAGE_")}

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(
        [sys.executable, "-B", "-m", "fundcalc_cli", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, preexec_fn=limit, check=False,
        env={
            **{name: value for name, value in os.environ.items() if name not in measured},
            "FUNDCALC_LEDGER": "fundcalc.db", "FUNDCALC_LANG": "en",
        },
    )  # fmt: skip


@pytest.mark.parametrize("most", [0, 4_000, 10_000])
def test_a_disk_that_is_full(cli: Cli, roster: Make, ledger: Path, most: int) -> None:
    arguments = ["run", roster(), "-o", "o.csv"]
    answer = limited(arguments, ledger.parent, most)
    assert answer.returncode == 2, answer.stderr
    assert "FC823" in answer.stderr and "Traceback" not in answer.stderr
    assert not (ledger.parent / "o.csv").exists()
    assert not ledger.exists() or api.runs(ledger) == []
    assert [path.name for path in ledger.parent.glob(".fundcalc-*")] == []
    ledger.unlink(missing_ok=True)
    cli("run", roster())
    before = all_kept(ledger)
    other = roster(*VILLAGES[:3], name="other.csv")
    answer = limited(["run", other, "-o", "o.csv"], ledger.parent, most)
    assert answer.returncode == 2 and "FC823" in answer.stderr
    assert all_kept(ledger) == before
    assert cli("run", other).code == 0
    assert cli("runs", "verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("letter", "1", "--one-file", "-o", "out"), "out/letters-0001"),
        (("report", "1", "-o", "r.html"), "r.html"),
        (("runs", "export", "1", "out"), "out"),
        (("runs", "show", "1", "-o", "r.xlsx"), "r.xlsx"),
    ],
)
def test_a_paper_for_which_there_is_no_room_is_named(
    cli: Cli, roster: Make, ledger: Path, arguments: tuple[str, ...], names: str
) -> None:
    cli("run", roster())
    answer = limited(arguments, ledger.parent, 33_000)  # enough to read the ledger
    assert answer.returncode == 2 and re.match(rf"error: {names}\S*: ", answer.stderr), (
        answer.stderr
    )
    assert not (ledger.parent / names).exists()
    assert [path.name for path in ledger.parent.glob(".fundcalc-*")] == []


def test_a_table_for_which_there_is_no_room_is_named(roster: Make, tmp_path: Path) -> None:
    answer = limited(["run", roster(), "--no-record", "-o", "o.parquet"], tmp_path, 100)
    assert answer.returncode == 2 and "error: o.parquet: " in answer.stderr, answer.stderr


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder in which this process, as an ordinary user, may read and not write."""
    folder = Path(tempfile.mkdtemp(prefix="fundcalc-"))
    try:
        yield folder
    finally:
        if os.geteuid() != os.getuid():
            os.seteuid(os.getuid())
        folder.chmod(0o755)
        shutil.rmtree(folder)


def without_rights(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_a_read_only_ledger_can_be_read_and_not_written(
    cli: Cli, roster: Make, nobody: Path
) -> None:
    ledger = nobody / "ledger.db"
    file = shutil.copy(roster(), nobody / "roster.csv")
    for command in (("run", file), ("explain", "东村", "--run", "1"), ("runs", "verify")):
        assert cli(*command, "--ledger", ledger).code == 0  # all is loaded while it may be
    explained = cli("explain", "东村", "--run", "1", "--ledger", ledger).out
    before = ledger.read_bytes()
    without_rights(nobody)
    os.chdir(nobody)
    refused = cli("run", file, "--ledger", ledger)
    assert refused.code == 2 and "FC823" in refused.err and not refused.out
    nowhere = cli("run", file, "--ledger", nobody / "new.db")
    assert nowhere.code == 2 and "FC823" in nowhere.err
    assert cli("explain", "东村", "--run", "1", "--ledger", ledger).out == explained
    assert cli("runs", "verify", "--ledger", ledger).code == 0
    assert ledger.read_bytes() == before and len(list(nobody.iterdir())) == 2


def other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (seq, head, record)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("村,金额\n东村,1\n", encoding="utf-8"),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(200)),
        lambda path: path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20),
        other_database,
    ],
    ids=["text", "empty", "header only", "zip", "another database"],
)
def test_a_file_that_is_no_ledger_is_left_as_it_is(
    cli: Cli, roster: Make, ledger: Path, make: object
) -> None:
    make(ledger)  # type: ignore[operator]
    before = ledger.read_bytes()
    for command in (
        ("run", roster(), "-o", "o.csv"), ("runs", "list"), ("runs", "verify"),
        ("runs", "export", "1", "pack"), ("explain", "东村", "--run", "1"),
    ):  # fmt: skip
        answer = cli(*command)
        assert answer.code == 2 and "FC820" in answer.err and not answer.out
        assert ledger.read_bytes() == before
    assert not (ledger.parent / "o.csv").exists()
    assert list(ledger.parent.glob("fundcalc.db-*")) == []


@pytest.mark.parametrize("version", [0, 3, 99])
def test_a_ledger_of_another_format_is_refused(
    cli: Cli, roster: Make, ledger: Path, version: int
) -> None:
    cli("run", roster())
    connection = sqlite3.connect(ledger)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = ledger.read_bytes()
    for command in (("run", roster()), ("runs", "verify"), ("explain", "东村", "--run", "1")):
        answer = cli(*command)
        assert answer.code == 2 and "FC821" in answer.err
    assert ledger.read_bytes() == before


def test_no_ledger_there(cli: Cli, ledger: Path) -> None:
    for command in (("runs", "list"), ("runs", "verify"), ("explain", "东村", "--run", "1")):
        answer = cli(*command)
        assert answer.code == 2 and "FC824" in answer.err
    assert not ledger.exists()


@pytest.mark.parametrize("place", ["no/such/folder/x.db", "."])
def test_a_place_that_is_none(cli: Cli, roster: Make, place: str) -> None:
    answer = cli("run", roster(), "--ledger", place, "-o", "o.csv")
    assert answer.code == 2 and "FC82" in answer.err
    assert not Path("o.csv").exists()


def test_an_output_that_fails_after_recording_is_told(cli: Cli, roster: Make, ledger: Path) -> None:
    """The run is in the ledger then, whole, and the exit code says that not all was done."""
    if not Path("/proc/self").exists():
        pytest.skip("no folder where nobody may write")
    answer = cli("run", roster(), "-o", "/proc/o.csv")
    [kept] = json.loads(cli("runs", "list", "--format", "json").out)
    assert answer.code == 2 and kept["id"] in answer.err and kept["head"] in answer.err
    assert cli("runs", "verify").code == 0

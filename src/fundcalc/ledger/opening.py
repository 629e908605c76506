"""The ledger's file opened, or made: what is no ledger is left as it is, what goes wrong is said in words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.files import beside
from fundcalc.base.system import reason
from fundcalc.base.words import Words
from fundcalc.ledger import faults, messages
from fundcalc.ledger.store import FORMAT, Entry, Ledger

APPLICATION = 0x66756E64
"""The mark in the file's header: `fund`."""

_NO_FILE = Words("是管道或设备，不是文件", "it is a pipe or a device, not a file")

WAIT = 10
"""Seconds to wait for another program that has the ledger."""

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE contents (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, packed BLOB NOT NULL);
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY CHECK (seq > 0), head TEXT NOT NULL UNIQUE, record BLOB NOT NULL
);
CREATE TRIGGER runs_stay BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'runs are never altered'); END;
CREATE TRIGGER runs_last BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'runs are never removed'); END;
"""


def runs(ledger: Path) -> list[Entry]:
    """All runs of a ledger, oldest first. Raises PolicyProblem: no ledger, damaged."""
    with opened(ledger) as found:
        return found.entries()


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """A ledger to read. Raises PolicyProblem: no such file, no ledger, locked, damaged."""
    with faults.said(path, WAIT, writing=False):
        _look(path)
        connection = _connect_to_read(path)
        try:
            _check_version(path, connection)
            yield Ledger(path, connection)
        finally:
            connection.close()


@contextmanager
def opened_to_write(path: Path) -> Iterator[Ledger]:
    """A ledger to add to, made where there is none. Raises PolicyProblem as `opened`, or unwritable."""
    with faults.said(path, WAIT, writing=True):
        if not path.exists():
            _create(path)
        _look(path)
        connection = _connect(f"{path.absolute().as_uri()}?mode=rw")
        try:
            _check_version(path, connection)
            connection.execute("PRAGMA synchronous = FULL")
            yield Ledger(path, connection)
        finally:
            connection.close()


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """For reading alone; on a disk that takes no files, the ledger as it stands there.

    Opened as if to write where that is possible: only then does SQLite remove its side files.
    """
    place = path.absolute().as_uri()
    journal = path.with_name(path.name + "-wal")
    ways = ["mode=rw", "mode=ro"]
    if not (journal.exists() and journal.stat().st_size):
        ways.append("immutable=1")
    for way in ways:
        connection = _connect(f"{place}?{way}")
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.Error as problem:
            connection.close()
            if way == ways[-1] or not faults.out_of_reach(problem):
                raise
        else:
            return connection
    raise AssertionError(ways)


def _connect(place: str) -> sqlite3.Connection:
    return sqlite3.connect(place, uri=True, timeout=WAIT, isolation_level=None)


def _look(path: Path) -> None:
    """Refuse what is no ledger before SQLite touches it."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise PolicyProblem([messages.not_a_ledger(str(path), _NO_FILE)])
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as problem:
        raise PolicyProblem([messages.unreadable(str(path), reason(problem))]) from None
    if not head:
        say = Words("文件是空的", "the file is empty")
    elif not head.startswith(b"SQLite format 3\0"):
        say = Words("不是 SQLite 文件", "it is no SQLite file")
    elif int.from_bytes(head[68:72], "big") != APPLICATION:
        say = Words("是别的程序的数据库", "it is another program's database")
    else:
        return
    raise PolicyProblem([messages.not_a_ledger(str(path), say)])


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    [found] = connection.execute("PRAGMA user_version").fetchone()
    if found != FORMAT:
        raise PolicyProblem([messages.other_version(str(path), found, FORMAT)])


def _create(path: Path) -> None:
    """Make an empty ledger beside its place and put it there whole, unless somebody else just did."""
    with beside(path) as folder:
        folder.mkdir(mode=0o700)
        fresh = folder / "ledger"
        connection = sqlite3.connect(fresh, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        finally:
            connection.close()
        _put_in_place(fresh, path)


def _put_in_place(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    except OSError:  # a disk that knows no links
        with path.open("xb") as file:
            file.write(fresh.read_bytes())

"""The ledger's file: SQLite in WAL mode, one transaction a record, each record chained to the one before.

`contents` holds pieces of bytes under their SHA-256; equal pieces are kept once. `runs` holds one record a
run, a JSON text that names its pieces by digest and the digest of the record before it. `additions` holds
what was added about runs later, such as reviews, in the same chain. The head digest of a record is its
SHA-256: it vouches for everything up to that record. Ledgers of format 1 have no additions.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import beside
from fundcalc.base.system import moment, now, reason
from fundcalc.base.words import Words, same
from fundcalc.ledger.encoding import sm3

FORMAT = 2
"""The format of this program's ledgers, in the file's header as `user_version`; 1 is read and added to."""

WAIT = 10
"""Seconds to wait for another program that has the ledger."""

_APPLICATION = 0x66756E64
"""The mark in the file's header: `fund`."""

_CONTENTS = (
    "CREATE TABLE contents (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, packed BLOB NOT NULL)"
)


def _records(table: str) -> tuple[str, ...]:
    """What makes a table of chained records, which triggers keep as they are."""
    columns = (
        "seq INTEGER PRIMARY KEY CHECK (seq > 0), head TEXT NOT NULL UNIQUE, record BLOB NOT NULL"
    )
    raise_ = f"BEGIN SELECT RAISE(ABORT, '{table} are never %s'); END"
    return (
        f"CREATE TABLE {table} (\n    {columns}\n)",
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE ON {table} {raise_ % 'altered'}",
        f"CREATE TRIGGER {table}_last BEFORE DELETE ON {table} {raise_ % 'removed'}",
    )


_FORMAT_1 = (_CONTENTS, *_records("runs"))
_SCHEMAS = {1: _FORMAT_1, FORMAT: (*_FORMAT_1, *_records("additions"))}
"""What makes a ledger of each format."""

_TEXTS = {str: str}
"""An object of texts, whatever their names."""

_RECORD: Mapping[Any, Any] = {
    "format": int, "seq": int, "previous": str, "recorded_at": str,
    "prepared_by": str | None, "reviewed_by": str | None,
    "corrects": {"id": str, "head": str, "reason": str},
    "program": {"fundcalc": str, **_TEXTS},
    "engine": {"asked": str, "double_checked": int},
    "policy": {"id": str, "digest": str, "on": str, "readings": _TEXTS},
    "roster": {
        "file": str, "sheet": str | None, "digest": str, "villages": int, "rejected_rows": int,
    },
    "overrides": int, "totals": _TEXTS, "parts": _TEXTS,
}  # fmt: skip
"""What a run's record must look like before anything is taken from it; `corrects` may be null."""

_ADDITION: Mapping[Any, Any] = {
    "format": int, "seq": int, "after": int, "previous": str, "recorded_at": str, "kind": str,
    "run": {"id": str, "head": str},
}  # fmt: skip
_KINDS: Mapping[str, Mapping[Any, Any]] = {
    "review": {"by": str, "decision": str, "reason": str, "four_eyes": bool},
    "settled": {"by": str, "reason": str},
}
"""What the record of an addition must look like, and what one of a kind has in addition."""

_SHORTEST = 6
"""Characters of a digest from which it may mean a run; a shorter number is a run's number."""

START = "sha256:" + "0" * 64
"""What the first run has as the digest of the one before it."""


def digest(content: bytes) -> str:
    """The digest by which a piece of bytes is known."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes ready to be kept: their digest, their size and what is stored."""

    digest: str
    size: int
    packed: bytes


def piece(content: bytes) -> Piece:
    """Pack bytes; what gains nothing by it is kept as it is."""
    packed = zlib.compress(content, 1)
    return Piece(digest(content), len(content), packed if len(packed) < len(content) else content)


@dataclass(frozen=True)
class Link:
    """A record as the ledger has it. Reading the data of a damaged one raises ValueError."""

    seq: int
    head: str
    record: bytes

    @property
    def id(self) -> str:
        """What a person calls it: its number and the beginning of its head digest."""
        return run_id(self.seq, self.head)

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The record as data."""
        data = json.loads(self.record)
        if not self.fits(data):
            raise ValueError("no record")
        record: Mapping[str, Any] = data
        return record

    @staticmethod
    def fits(data: Any) -> bool:
        """Whether JSON data are a record of this sort."""
        return _fits(data, _RECORD)

    @property
    def sound(self) -> bool:
        """Whether the record is the one that the head digest was made of."""
        return digest(self.record) == self.head

    @property
    def sm3(self) -> str:
        """The record's digest by the Chinese standard, shown next to the head digest."""
        return sm3(self.record)


class Entry(Link):
    """A run's record."""

    @property
    def parts(self) -> Mapping[str, str]:
        """Digests by the names of the pieces."""
        parts: Mapping[str, str] = self.data["parts"]
        return parts


class Addition(Link):
    """What was added about a run after it was recorded; its own `kind` says what."""

    @property
    def id(self) -> str:
        """Its number among the additions and the beginning of its head digest."""
        return f"A{super().id}"

    @staticmethod
    def fits(data: Any) -> bool:
        """Whether JSON data are an addition."""
        return _fits(data, _ADDITION) and _fits(data, _KINDS.get(data["kind"], {}))

    @property
    def after(self) -> int:
        """How many runs there were when it was added."""
        return int(self.data["after"])

    @property
    def place(self) -> int:
        """The same; 0 where it cannot be read."""
        try:
            return self.after
        except ValueError:
            return 0


def in_order(entries: Sequence[Entry], additions: Sequence[Addition]) -> list[Link]:
    """Runs and additions as they came; one that cannot be read stands where the one before it stands."""
    placed: list[tuple[int, int, Link]] = [(entry.seq, 0, entry) for entry in entries]
    place = 0
    for addition in additions:
        place = max(place, addition.place)
        placed.append((place, addition.seq, addition))
    return [link for _, _, link in sorted(placed, key=lambda item: item[:2])]


def run_id(seq: int, head: str) -> str:
    """The readable id of a run."""
    return f"{seq:04}-{head.removeprefix('sha256:')[:8]}"


class Ledger:
    """An open ledger."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def find(self, wanted: str, *, sound: bool = True) -> Entry:
        """The run meant by its number, by the beginning of its id or head digest, or by `last`.

        Raises PolicyProblem where there is none, or several, or, unless `sound` is false, where its record
        was altered.
        """
        all_runs = [
            (seq, head)
            for seq, head in self._connection.execute("SELECT seq, head FROM runs ORDER BY seq")
            if isinstance(seq, int) and isinstance(head, str)
        ]
        text = wanted.strip().lower().removeprefix("sha256:")
        hits = [
            (s, h) for s, h in all_runs if text.isdecimal() and len(text) <= 9 and s == int(text)
        ]
        if text == "last":
            hits = all_runs[-1:]
        if not hits and text:
            hits = [
                (s, h)
                for s, h in all_runs
                if run_id(s, h).startswith(text)
                or (len(text) >= _SHORTEST and h.removeprefix("sha256:").startswith(text))
            ]
        if len(hits) != 1:
            raise self._no_run(wanted[:80], hits, [run_id(*run) for run in (hits or all_runs)[-8:]])
        [entry] = self.entries("WHERE seq = ?", hits[0][0])
        if sound and not entry.sound:
            raise damaged(self.path, words("ledger.record_unlike_digest", run=entry.id))
        if sound:
            try:
                entry.data  # noqa: B018 - whoever finds a run may read it
            except ValueError:
                what = words("ledger.record_unreadable", run=entry.id)
                raise damaged(self.path, what) from None
        return entry

    def _no_run(self, wanted: str, hits: list[Any], ids: list[str]) -> PolicyProblem:
        place, shown = Span(str(self.path)), Words("、".join(ids), ", ".join(ids))
        if hits:
            return PolicyProblem([say("FC826.several", place, wanted=wanted, ids=shown)])
        if ids:
            return PolicyProblem([say("FC826", place, wanted=wanted, ids=shown)])
        return PolicyProblem([say("FC826.none", place, wanted=wanted)])

    def entries(self, where: str = "", *values: object) -> list[Entry]:
        """The runs, all of them unless SQL says which, oldest first."""
        return [Entry(*row) for row in self._rows("runs", where, *values)]

    def additions(self, where: str = "") -> list[Addition]:
        """What was added about runs later, all of it unless SQL says what, oldest first."""
        if self.format == 1:
            return []
        return [Addition(*row) for row in self._rows("additions", where)]

    def _rows(
        self, table: str, where: str = "", *values: object
    ) -> Iterator[tuple[int, str, bytes]]:
        """Rows of a table; a record that SQL made a text is held by its bytes to its digest like any."""
        select = f"SELECT seq, head, record FROM {table} {where} ORDER BY seq"  # noqa: S608 - no input
        for seq, head, record in self._connection.execute(select, values):
            if isinstance(record, str):
                record = record.encode("utf-8", "surrogatepass")  # noqa: PLW2901
            if not (isinstance(seq, int) and isinstance(head, str) and isinstance(record, bytes)):
                raise damaged(self.path, words("ledger.no_record", seq=str(seq)))
            yield seq, head, record

    @property
    def format(self) -> int:
        """The format of the file."""
        [version] = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    def packed(self, digests: Iterable[str]) -> dict[str, tuple[object, object]]:
        """Size and stored bytes of those of the digests that there are."""
        stored: dict[str, tuple[object, object]] = {}
        for key in digests:
            row = self._connection.execute(
                "SELECT size, packed FROM contents WHERE digest = ?", (key,)
            ).fetchone()
            if row is not None:
                stored[key] = (row[0], row[1])
        return stored

    def digests(self) -> set[str]:
        """All digests that have bytes."""
        return {str(row[0]) for row in self._connection.execute("SELECT digest FROM contents")}

    def faults(self, *, quick: bool) -> list[Words]:
        """What SQLite itself finds wrong with the file, a few at most, and what it has that no ledger has."""
        rows = self._connection.execute(f"PRAGMA {'quick' if quick else 'integrity'}_check(5)")
        faults = [words("ledger.sqlite_says", text=row[0]) for row in rows if row[0] != "ok"]
        fresh = sqlite3.connect(":memory:")
        try:
            for statement in _SCHEMAS[self.format]:
                fresh.execute(statement)
            expected, actual = dict(_schema(fresh)), dict(_schema(self._connection))
        finally:
            fresh.close()
        for name in sorted(expected.keys() | actual.keys()):
            if name not in actual:
                faults.append(words("ledger.schema_lacks", name=name))
            elif name not in expected:
                faults.append(words("ledger.schema_adds", name=name))
            elif expected[name] != actual[name]:
                faults.append(words("ledger.schema_differs", name=name))
        return faults

    def append(
        self, pieces: Iterable[Piece], record: Callable[[int, str], Mapping[str, Any]]
    ) -> Entry:
        """Keep a run whole or not at all.

        `record` makes the run's record from its number and the head digest before it; what it reads from this
        ledger is what the run will rest on.
        """
        with self._transaction():
            for piece in pieces:
                self._write_piece(piece)
            run, _, last = self.ends()
            run_record = record(run + 1, last.head if last else START)
            return Entry(*self._write_record("runs", run + 1, run_record, last))

    def add(self, kind: str, run: Entry, about: Callable[[], Mapping[str, Any]]) -> Addition:
        """Keep something about a run, whole or not at all; `about` gives what only this kind has."""
        with self._transaction():
            after, addition, last = self.ends()
            record = {
                "format": FORMAT, "kind": kind, "seq": addition + 1, "after": after,
                "previous": last.head if last else START, "recorded_at": now(),
                "run": {"id": run.id, "head": run.head}, **about(),
            }  # fmt: skip
            return Addition(*self._write_record("additions", addition + 1, record, last))

    def ends(self) -> tuple[int, int, Link | None]:
        """The number of the last run, that of the last addition, and what came last."""
        runs = self.entries("WHERE seq = (SELECT max(seq) FROM runs)")
        additions = self.additions("WHERE seq = (SELECT max(seq) FROM additions)")
        run, newest = (runs[0].seq, runs[0]) if runs else (0, None)
        if not additions:
            return run, 0, newest
        try:
            newer = additions[0].after >= run
        except ValueError:
            what = words("ledger.record_unreadable", run=additions[0].id)
            raise damaged(self.path, what) from None
        return run, additions[0].seq, additions[0] if newer else newest

    def _write_record(
        self, table: str, seq: int, record: Mapping[str, Any], last: Link | None
    ) -> tuple[int, str, bytes]:
        """Write a record; one whose clock stands before the last record's time says so of itself."""
        with suppress(ValueError):
            if last is not None and moment(record["recorded_at"]) < moment(
                last.data["recorded_at"]
            ):
                record = {**record, "clock_behind": True}
        text = (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()
        row = seq, digest(text), text
        self._connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)  # noqa: S608 - no input
        return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of what is written, or nothing; a ledger of format 1 first gets what it lacks."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if self.format == 1:
                for statement in _SCHEMAS[FORMAT][len(_FORMAT_1) :]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _write_piece(self, piece: Piece) -> None:
        """Keep a piece; where its digest is known, what is kept must still be the same."""
        row = self._connection.execute(
            "SELECT size, packed FROM contents WHERE digest = ?", (piece.digest,)
        ).fetchone()
        if row is None:
            self._connection.execute(
                "INSERT INTO contents VALUES (?, ?, ?)", (piece.digest, piece.size, piece.packed)
            )
        elif row != (piece.size, piece.packed):
            try:
                unpacked(piece.digest, row[0], row[1])
            except ValueError:
                what = words("ledger.other_bytes", digest=piece.digest)
                raise damaged(self.path, what) from None


def _schema(connection: sqlite3.Connection) -> Iterator[tuple[str, tuple[object, ...]]]:
    """All that a file has by name: tables, indices, triggers, views."""
    for kind, name, table, sql in connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master"
    ):
        yield f"{kind} {name}", (table, sql)


def unpacked(wanted: str, size: object, packed: object) -> bytes:
    """Stored bytes unpacked and held against their digest and size. Raises ValueError where they differ."""
    content = unpacked_as_it_is(size, packed)
    if content is None or len(content) != size or digest(content) != wanted:
        raise ValueError(wanted)
    return content


def unpacked_as_it_is(size: object, packed: object) -> bytes | None:
    """Stored bytes unpacked; None where that cannot be done."""
    if not isinstance(size, int) or not isinstance(packed, bytes):
        return None
    if len(packed) == size:
        return packed
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(packed, size + 1)
        return content if stream.eof and not stream.unused_data else None
    except (zlib.error, OverflowError, MemoryError):
        return None


def _fits(data: Any, wanted: Any) -> bool:
    """Whether JSON data have all that is wanted, each of its kind; there may be more."""
    if not isinstance(wanted, Mapping):
        return isinstance(data, wanted)
    if not isinstance(data, Mapping):
        return False
    for key, kind in wanted.items():
        if key is str:
            if not all(isinstance(value, kind) for value in data.values()):
                return False
        elif key == "corrects" and data.get(key) is None:
            continue
        elif key not in data or not _fits(data[key], kind):
            return False
    return True


# -- the file opened, or made; what is no ledger is left as it is -----------------------------------


def runs(ledger: Path) -> list[Entry]:
    """All runs of a ledger, oldest first. Raises PolicyProblem: no ledger, damaged."""
    with opened(ledger) as opened_ledger:
        return opened_ledger.entries()


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """A ledger to read. Raises PolicyProblem: no such file, no ledger, locked, damaged."""
    with as_policy_problem(path, writing=False):
        _refuse_other_files(path)
        connection = _connect_to_read(path)
        try:
            _check_version(path, connection)
            yield Ledger(path, connection)
        finally:
            connection.close()


@contextmanager
def opened_to_write(path: Path, *, make: bool = True) -> Iterator[Ledger]:
    """A ledger to add to, made where there is none. Raises PolicyProblem as `opened`, or unwritable."""
    with as_policy_problem(path, writing=True):
        if make and not path.exists():
            _create(path)
        _refuse_other_files(path)
        connection = _connect(f"{_uri(path.absolute())}?mode=rw")
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
    place = _uri(path.absolute())
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
            if way == ways[-1] or _error_code(problem) not in _OUT_OF_REACH:
                raise
        else:
            return connection
    raise AssertionError(ways)


def _uri(path: PurePath) -> str:
    """An absolute path as SQLite takes it, which knows no server: that of a share is a part of the path."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("file://", "file:////")


def _connect(place: str) -> sqlite3.Connection:
    return sqlite3.connect(place, uri=True, timeout=WAIT, isolation_level=None)


def _refuse_other_files(path: Path) -> None:
    """Refuse what is no ledger before SQLite touches it."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise PolicyProblem([_not_a_ledger(path, words("ledger.no_file"))])
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as problem:
        raise PolicyProblem([_failed(path, reason(problem), writing=False)]) from None
    if not head:
        what = words("ledger.empty")
    elif not head.startswith(b"SQLite format 3\0"):
        what = words("ledger.no_sqlite")
    elif int.from_bytes(head[68:72], "big") != _APPLICATION:
        what = words("ledger.other_database")
    else:
        return
    raise PolicyProblem([_not_a_ledger(path, what)])


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version not in _SCHEMAS:
        raise PolicyProblem([say("FC821", Span(str(path)), format=version, known=FORMAT)])


def _create(path: Path) -> None:
    """Make an empty ledger next to its place and put it there whole, unless somebody else just did."""
    with beside(path) as folder:
        folder.mkdir(mode=0o700)
        fresh = folder / "ledger"
        connection = sqlite3.connect(fresh, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            for statement in _SCHEMAS[FORMAT]:
                connection.execute(statement)
        finally:
            connection.close()
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        except OSError:  # a disk that knows no links
            with path.open("xb") as file:
                file.write(fresh.read_bytes())


# -- what SQLite and the system say, put into words -------------------------------------------------

_OUT_OF_REACH = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
"""The file, or one that SQLite needs next to it, could not be opened or written."""


@contextmanager
def as_policy_problem(path: Path, *, writing: bool) -> Iterator[None]:
    """Turn what goes wrong with a ledger into a PolicyProblem."""
    try:
        yield
    except sqlite3.Error as problem:
        raise PolicyProblem([_diagnosed(problem, path, writing)]) from None
    except UnicodeDecodeError:  # SQLite names what is wrong with a table in the table's own bytes
        raise damaged(path, words("ledger.not_there")) from None
    except OSError as problem:
        raise PolicyProblem([_failed(path, reason(problem), writing)]) from None


def _error_code(problem: sqlite3.Error) -> int:
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF


def _diagnosed(problem: sqlite3.Error, path: Path, writing: bool) -> Diagnostic:
    match _error_code(problem):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return say("FC822", Span(str(path)), seconds=WAIT)
        case sqlite3.SQLITE_READONLY:
            return _failed(path, words("ledger.read_only"), writing)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_TOOBIG:
            return _failed(path, words("ledger.full"), writing)
        case sqlite3.SQLITE_IOERR:
            return _failed(path, words("ledger.input_output"), writing)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _failed(path, words("ledger.no_place"), writing)
        case sqlite3.SQLITE_NOTADB:
            return _not_a_ledger(path, words("ledger.no_sqlite"))
        case sqlite3.SQLITE_ERROR | sqlite3.SQLITE_SCHEMA:
            return _damaged(path, words("ledger.not_there"))
        case _:
            return _damaged(path, same(in_words(problem)))


def in_words(problem: Exception) -> str:
    """What an exception says, without the bytes of the file that SQLite may quote."""
    return "".join(char if char.isprintable() else "?" for char in str(problem)[:200])


def damaged(path: Path, what: Words) -> PolicyProblem:
    """What to raise where something in a ledger is not what was written."""
    return PolicyProblem([_damaged(path, what)])


def _damaged(path: Path, what: Words) -> Diagnostic:
    return say("FC825", Span(str(path)), what=what)


def _not_a_ledger(path: Path, what: Words) -> Diagnostic:
    return say("FC820", Span(str(path)), what=what)


def _failed(path: Path, why: Words, writing: bool) -> Diagnostic:
    return say("FC823" if writing else "FC824", Span(str(path)), why=why)

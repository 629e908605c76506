"""The ledger's file: SQLite in WAL mode, one transaction a run, each run chained to the one before.

Two tables. `contents` holds pieces of bytes under their SHA-256; equal pieces are kept once. `runs` holds
one record a run, a JSON text that names its pieces by digest and the digest of the record before it.
The head digest of a run is the SHA-256 of its record: it vouches for everything up to that run.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Words
from fundcalc.ledger import messages
from fundcalc.ledger.shape import fits

FORMAT = 1
"""The format of this program's ledgers, in the file's header as `user_version`."""

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
class Entry:
    """One run as the ledger has it. What is said of a record that is damaged is a ValueError."""

    seq: int
    head: str
    record: bytes

    @property
    def id(self) -> str:
        """What a person calls the run: its number and the beginning of its head digest."""
        return run_id(self.seq, self.head)

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The record as data."""
        data = json.loads(self.record)
        if not fits(data):
            raise ValueError("no record")
        found: Mapping[str, Any] = data
        return found

    @property
    def sound(self) -> bool:
        """Whether the record is the one that the head digest was made of."""
        return digest(self.record) == self.head

    @property
    def parts(self) -> Mapping[str, str]:
        """Digests by the names of the pieces."""
        parts: Mapping[str, str] = self.data["parts"]
        return parts


def run_id(seq: int, head: str) -> str:
    """The readable id of a run."""
    return f"{seq:04}-{head.removeprefix('sha256:')[:8]}"


class Ledger:
    """An open ledger; see `opening`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def entries(self) -> list[Entry]:
        """All runs, oldest first."""
        return self._read()

    def find(self, wanted: str, *, sound: bool = True) -> Entry:
        """The run meant by its number, by the beginning of its id or head digest, or by `last`.

        Raises PolicyProblem where there is none, or several, or, unless `sound` is false, where its record
        was altered.
        """
        known = [
            (seq, head)
            for seq, head in self._connection.execute("SELECT seq, head FROM runs ORDER BY seq")
            if isinstance(seq, int) and isinstance(head, str)
        ]
        text = wanted.strip().lower().removeprefix("sha256:")
        hits = [(s, h) for s, h in known if text.isdecimal() and len(text) <= 9 and s == int(text)]
        if text == "last":
            hits = known[-1:]
        if not hits and text:
            hits = [
                (s, h)
                for s, h in known
                if run_id(s, h).startswith(text)
                or (len(text) >= _SHORTEST and h.removeprefix("sha256:").startswith(text))
            ]
        if len(hits) != 1:
            say = messages.ambiguous_run if hits else messages.no_such_run
            ids = [run_id(*one) for one in (hits or known)[-8:]]
            raise PolicyProblem([say(str(self.path), wanted[:80], ids)])
        [entry] = self._read("WHERE seq = ?", hits[0][0])
        if sound and not entry.sound:
            raise self.damage(
                Words(
                    f"记录 {entry.id} 与其摘要不符",
                    f"the record of {entry.id} is not what its digest says",
                )
            )
        return entry

    def _read(self, where: str = "", *values: object) -> list[Entry]:
        found: list[Entry] = []
        select = f"SELECT seq, head, record FROM runs {where} ORDER BY seq"  # noqa: S608 - no input
        for seq, head, record in self._connection.execute(select, values):
            if not (isinstance(seq, int) and isinstance(head, str) and isinstance(record, bytes)):
                raise self.damage(Words(f"第 {seq} 条记录不成记录", f"record {seq} is no record"))
            found.append(Entry(seq, head, record))
        return found

    def damage(self, what: Words) -> PolicyProblem:
        """What to raise where something in the ledger is not what was written."""
        return PolicyProblem([messages.damaged(str(self.path), what)])

    def packed(self, wanted: Iterable[str]) -> dict[str, tuple[object, object]]:
        """Size and stored bytes of those of the digests that there are."""
        found: dict[str, tuple[object, object]] = {}
        for one in wanted:
            row = self._connection.execute(
                "SELECT size, packed FROM contents WHERE digest = ?", (one,)
            ).fetchone()
            if row is not None:
                found[one] = (row[0], row[1])
        return found

    def digests(self) -> set[str]:
        """All digests that have bytes."""
        return {str(row[0]) for row in self._connection.execute("SELECT digest FROM contents")}

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong with the file, a few at most."""
        rows = self._connection.execute("PRAGMA integrity_check(5)").fetchall()
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def append(
        self, pieces: Iterable[Piece], record: Callable[[int, str], Mapping[str, Any]]
    ) -> Entry:
        """Keep a run whole or not at all.

        `record` makes the run's record from its number and the head digest before it.
        """
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            last = connection.execute(
                "SELECT seq, head FROM runs ORDER BY seq DESC LIMIT 1"
            ).fetchone()
            seq, previous = (last[0] + 1, last[1]) if last else (1, START)
            for one in pieces:
                self._put(one)
            text = json.dumps(record(seq, previous), ensure_ascii=False, indent=1) + "\n"
            entry = Entry(seq, digest(text.encode()), text.encode())
            connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (seq, entry.head, entry.record))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return entry

    def _put(self, one: Piece) -> None:
        """Keep a piece; where its digest is known, what is kept must still be the same."""
        row = self._connection.execute(
            "SELECT size, packed FROM contents WHERE digest = ?", (one.digest,)
        ).fetchone()
        if row is None:
            self._connection.execute(
                "INSERT INTO contents VALUES (?, ?, ?)", (one.digest, one.size, one.packed)
            )
        elif row != (one.size, one.packed):
            try:
                unpacked(one.digest, row[0], row[1])
            except ValueError:
                say = Words(f"内容 {one.digest} 变了", f"the bytes of {one.digest} are others")
                raise self.damage(say) from None


def unpacked(wanted: str, size: object, packed: object) -> bytes:
    """Stored bytes unpacked and held against their digest. Raises ValueError where they differ."""
    content = unpacked_as_it_is(size, packed)
    if content is None or digest(content) != wanted:
        raise ValueError(wanted)
    return content


def unpacked_as_it_is(size: object, packed: object) -> bytes | None:
    """Stored bytes unpacked; None where that cannot be done."""
    if not isinstance(size, int) or not isinstance(packed, bytes):
        return None
    if len(packed) == size:
        return packed
    try:
        return zlib.decompressobj().decompress(packed, max(size, 1))
    except (zlib.error, OverflowError, MemoryError):
        return None

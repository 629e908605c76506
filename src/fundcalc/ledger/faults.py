"""What SQLite and the system say, put into words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.system import reason
from fundcalc.base.words import Words
from fundcalc.ledger import messages

READ_ONLY = Words("文件是只读的", "the file is read-only")
_FULL = Words("磁盘已满，或超出允许的大小", "the disk is full, or a limit on size is reached")
_INPUT_OUTPUT = Words(
    "读写出错，磁盘可能已满或有故障", "reading or writing failed; the disk may be full or faulty"
)
_NO_PLACE = Words("不能在这里建文件", "no file can be made here")
_NOT_THERE = Words("里面缺少台账的表或内容", "tables or contents of a ledger are missing")


@contextmanager
def said(path: Path, seconds: int, *, writing: bool) -> Iterator[None]:
    """Turn what goes wrong with a ledger into a PolicyProblem."""
    try:
        yield
    except sqlite3.Error as problem:
        raise PolicyProblem([_of(problem, str(path), seconds, writing)]) from None
    except UnicodeDecodeError:  # SQLite names what is wrong with a table in the table's own bytes
        raise PolicyProblem([messages.damaged(str(path), _NOT_THERE)]) from None
    except OSError as problem:
        say = messages.unwritable if writing else messages.unreadable
        raise PolicyProblem([say(str(path), reason(problem))]) from None


def out_of_reach(problem: sqlite3.Error) -> bool:
    """Whether the file, or one that SQLite needs beside it, could not be opened or written."""
    code = problem.sqlite_errorcode & 0xFF
    return code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def _of(problem: sqlite3.Error, path: str, seconds: int, writing: bool) -> Diagnostic:
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    failed = messages.unwritable if writing else messages.unreadable
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return messages.locked(path, seconds)
    if code == sqlite3.SQLITE_READONLY:
        return failed(path, READ_ONLY)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_TOOBIG):
        return failed(path, _FULL)
    if code == sqlite3.SQLITE_IOERR:
        return failed(path, _INPUT_OUTPUT)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return failed(path, _NO_PLACE)
    if code == sqlite3.SQLITE_NOTADB:
        return messages.not_a_ledger(path, Words("不是 SQLite 文件", "it is no SQLite file"))
    what = _NOT_THERE if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA) else None
    text = in_words(problem)
    return messages.damaged(path, what or Words(text, text))


def in_words(problem: Exception) -> str:
    """What an exception says, without the bytes of the file that SQLite may quote."""
    return "".join(char if char.isprintable() else "?" for char in str(problem)[:200])

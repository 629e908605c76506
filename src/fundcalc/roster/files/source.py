"""A file's bytes within the limits, whatever stands at its path."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from fundcalc.base.catalogue import Field, say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.system import reason

MAX_BYTES = 400_000_000
MAX_LINE = 1_000_000
MAX_TEXT = 32_767
"""Characters of a cell."""

_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its path and name as they can be shown, and its bytes."""

    path: str
    name: str
    data: bytes


def stop(key: str, where: str, /, **fields: Field) -> NoReturn:
    """Give up on a file, or on what stands at a place in it."""
    raise PolicyProblem([say(key, Span(where), hint=None, spans=(), witness=None, **fields)])


def shown(text: str) -> str:
    """A path whose bytes are no text, as it can be written down."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read(path: Path, *, lines: bool) -> Source:
    """All of a file; of text the `lines` have a limit too. Raises PolicyProblem."""
    where = shown(str(path))
    try:
        if path.is_dir():
            stop("FC601.is_folder", where)
        # Not to wait for a pipe that takes the file's place at the last moment.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as stream:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                stop("FC601.no_file", where)
            data = stream.read(MAX_BYTES + 1) if about.st_size <= MAX_BYTES else b""
            if len(data) > MAX_BYTES or about.st_size > MAX_BYTES:
                if lines:
                    _refuse_long(where, lambda: _pieces(stream))
                stop("FC606.bytes", where, mb=MAX_BYTES // 10**6)
    except (OSError, ValueError) as problem:
        stop("FC601", where, reason=reason(problem))
    if lines:
        _refuse_long(where, lambda: (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)))
    return Source(where, shown(path.name), data)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A file from its beginning, a piece at a time."""
    stream.seek(0)
    yield from iter(lambda: stream.read(_CHUNK), b"")


def _refuse_long(where: str, chunks: Callable[[], Iterable[bytes]]) -> None:
    """Stop at a line over the limit, holding only a piece of the file at a time."""
    read = before = 0
    for chunk in chunks():
        found = [chunk.find(b"\n"), chunk.find(b"\r")]
        first = min((at for at in found if at >= 0), default=len(chunk))
        if before + first > MAX_LINE:
            stop("FC606.line", f"{where}:{_line(chunks(), read - before)}")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        before = before + len(chunk) if last < 0 else len(chunk) - 1 - last
        read += len(chunk)


def _line(chunks: Iterable[bytes], place: int) -> int:
    """The number of the line that begins at a byte."""
    lines = [0, 0]
    for chunk in chunks:
        if place <= 0:
            break
        lines = [
            n + chunk.count(end, 0, place) for n, end in zip(lines, (b"\n", b"\r"), strict=True)
        ]
        place -= len(chunk)
    return max(lines) + 1

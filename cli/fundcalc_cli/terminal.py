"""The two streams on which all text leaves: nothing out of a file reaches a terminal as a command to it.

Every `print` goes through them, those of libraries too: no place where text is made need think of it.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from fundcalc.base.width import shown

_MARKS = (("✓ ", "✗ "), ("√ ", "× "), ("[yes] ", "[no] "))
"""What holds and what does not, which must never look alike: the first two that can both be written.

With the blank after them, as they stand before a line: what a cell holds is not put in other words.
"""

_INSTEAD = (
    ("≤", "<="), ("≥", ">="), ("≠", "!="), ("→", "->"), ("←", "<-"), ("↳", "->"), ("…", "..."),
    ("−", "-"), ("–", "--"), ("—", "--"), (" × ", " * "), (" ÷ ", " / "), (" · ", " | "),
    ("│", "|"), ("└", "+"), ("─", "-"),
)  # fmt: skip
"""Signs of the program's own and what means the same in ASCII. All else is escaped: no two look alike."""


class Outlet(io.TextIOBase):
    """Text on its way to a stream: control and invisible characters are shown, none is lost.

    Where the stream cannot be written, the command goes on: what it has to do does not hang on who
    listens. `lost` then says why, unless the listener just had enough. It has no `buffer`, by which
    libraries would go round it.
    """

    def __init__(self, stream: TextIO | None, *, bare: bool = False) -> None:
        self._stream = stream
        self._bare = bare
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._utf8 = codecs.lookup(self._encoding).name == "utf-8"
        self._instead = () if self._utf8 else _instead(self._encoding)
        self._over = False
        self.lost: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As the stream has it."""
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What becomes of characters that the encoding lacks."""
        return "backslashreplace"

    @property
    def utf8(self) -> bool:
        """Whether the stream can hold every text."""
        return self._utf8

    def bare(self) -> TextIO:
        """The stream for what moves the cursor on purpose, such as a progress bar; never for data."""
        return cast(TextIO, Outlet(self._stream, bare=True))

    def writable(self) -> bool:
        """Always; see `lost`."""
        return True

    def isatty(self) -> bool:
        """Whether a person sits at the other end."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write a text, its characters made visible."""
        self._send(self._fitted(text if self._bare else shown(text)))
        return len(text)

    def write_data(self, text: str) -> None:
        """Write what another program reads: whole and in UTF-8, except on a terminal."""
        buffer = getattr(self._stream, "buffer", None)
        if buffer is None or self.isatty():
            self.write(text)
            return
        self.flush()
        with self._kept():
            if not self._over:
                buffer.write(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Hand on what was written."""
        with self._kept():
            if self._stream is not None and not self._over:
                self._stream.flush()

    def _send(self, text: str) -> None:
        with self._kept():
            if self._stream is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            if not self._over:
                self._stream.write(text)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            self._over = True
            # Windows has no broken pipes, only arguments that became invalid
            ended = isinstance(problem, BrokenPipeError) or (
                os.name == "nt" and problem.errno == errno.EINVAL
            )
            if not ended:
                self.lost = problem
            with suppress(OSError, ValueError):  # what is still held back must go somewhere
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())

    def _fitted(self, text: str) -> str:
        """The text in what the encoding has."""
        if self._utf8:
            return text
        for sign, other in self._instead:
            text = text.replace(sign, other)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def _instead(encoding: str) -> tuple[tuple[str, str], ...]:
    """The signs that an encoding lacks, with what is written for them."""

    def holds(*signs: str) -> bool:
        try:
            "".join(signs).encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    marks = next(pair for pair in _MARKS if holds(*pair))
    return (
        *(both for both in zip(_MARKS[0], marks, strict=True) if both[0] != both[1]),
        *(both for both in _INSTEAD if not holds(both[0])),
    )


@contextmanager
def outlets() -> Iterator[tuple[Outlet, Outlet]]:
    """Stdout and stderr as outlets."""
    _occupy()
    before = sys.stdout, sys.stderr
    out, err = Outlet(sys.stdout), Outlet(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before


def _occupy() -> None:
    """Where a standard stream is closed, no file that is opened later may take its number.

    A library in C that complains on number 2 would write into it.
    """
    if None not in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        return
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)

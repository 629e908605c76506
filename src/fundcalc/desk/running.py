"""Which desk serves a folder, so that opening it a second time opens the same one.

The first holds a file of the user's own cache locked for as long as it runs, however it ends; in it are its
port and the key with which invitations to it are signed. Nobody else can read that file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import BinaryIO

from fundcalc.desk.guard import Door

FAR = 1 << 20
"""The byte that is locked; what is written stands before it, since Windows lets nobody read a locked byte."""


class Latch:
    """The file of a folder's desk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._mine = file, _lock(file)
        if self._mine:
            file.truncate(0)  # what a desk that was killed has left

    def keep(self, door: Door) -> None:
        """Let later starts find this desk."""
        if self._mine:
            self._file.seek(0)
            self._file.write(json.dumps({"port": door.port, "key": door.key}).encode())

    def other(self) -> Door | None:
        """The door of a desk that is open already; None where this is the one, or the other says nothing."""
        for _ in range(0 if self._mine else 50):
            self._file.seek(0)
            with suppress(ValueError, TypeError, KeyError):
                door = json.loads(self._file.read(1000))
                return Door(int(door["port"]), key=str(door["key"]))
            sleep(0.1)
        return None


@contextmanager
def latched(folder: Path) -> Iterator[Latch | None]:
    """The latch of a folder; None where the cache cannot be written, so that nothing is known of others."""
    try:
        file = _opened(folder)
    except (OSError, RuntimeError):  # no such place, or no home
        yield None
        return
    with file:
        yield Latch(file)


def _opened(folder: Path) -> BinaryIO:
    configured = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    cache = (Path(configured) if configured else Path.home() / ".cache") / "fundcalc"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    number = os.open(cache / f"desk-{name}", os.O_RDWR | os.O_CREAT, 0o600)
    return os.fdopen(number, "r+b", buffering=0)


def _lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""The server: one folder on this machine's own address, until it is closed or nobody has used it for long.

Opening a folder's desk a second time opens the same one: the first holds a file of the user's own cache
locked for as long as it runs, however it ends; in it are its port and the key with which invitations to it
are signed. Nobody else can read that file.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Words
from fundcalc.desk.app import make_app
from fundcalc.desk.guard import HOST, Door
from fundcalc.desk.state import Desk

IDLE = 4 * 60 * 60
"""Seconds without a page asked for, after which the desk closes by itself."""
SLOW = 30
"""Seconds within which the head of a request must be there whole."""
FAR = 1 << 20
"""The byte that is locked; what is written stands before it, since Windows lets nobody read a locked byte."""


@dataclass(frozen=True)
class Settings:
    """How a desk is opened; `port` 0 is any that is free, `idle` and `slow` count seconds."""

    folder: Path
    lang: Lang
    port: int = 0
    read_only: bool = False
    policy: Path | None = None
    ledger: Path | None = None
    log: Path | None = None
    api: bool = False
    browser: bool = True
    idle: float = IDLE
    slow: float = SLOW


def serve(settings: Settings, tell: Callable[[Words], None]) -> None:
    """Serve a folder until it is closed; `tell` gets the address that lets a browser in.

    Where a desk serves it already, that one is opened. Raises OSError where the folder is none or the port is
    taken.
    """
    whole = [path and path.resolve() for path in (settings.policy, settings.ledger, settings.log)]
    settings = replace(settings, policy=whole[0], ledger=whole[1], log=whole[2])
    os.chdir(settings.folder)
    gc.set_threshold(10_000, 10, 10)  # a page leaves circles behind, and they may hold a roster
    desk = Desk(policy=settings.policy, ledger=settings.ledger, read_only=settings.read_only)
    if desk.read_only:  # stands beside others, and others beside it
        _serve(settings, desk, None, tell)
        return
    with latched(Path.cwd()) as latch:
        other = latch.other() if latch is not None else None
        if other is None:
            _serve(settings, desk, latch, tell)
        else:
            _open(settings, other, tell, "desk.open_already")


def _open(settings: Settings, door: Door, tell: Callable[[Words], None], said: str) -> None:
    address = door.invite()
    tell(words(said, address=address))
    if settings.browser:
        webbrowser.open(address)


def _serve(
    settings: Settings, desk: Desk, latch: Latch | None, tell: Callable[[Words], None]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        if os.name == "posix":  # on Windows this would let another program take the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, settings.port))
        except OSError as problem:
            problem.filename = f"{HOST}:{settings.port}"
            raise
        listening.listen(128)  # whoever is told the address may come at once
        door = Door(listening.getsockname()[1])
        if settings.api:
            door.bearer = secrets.token_urlsafe(32)
        if latch is not None:
            latch.keep(door)

        def end() -> None:
            server.should_exit = True

        config = uvicorn.Config(
            make_app(desk, door, settings.lang, settings.log, end),
            http=_patient(settings.slow), log_level="critical", access_log=False, server_header=False,
            lifespan="off", ws="none", timeout_graceful_shutdown=2, h11_max_incomplete_event_size=65_536,
        )  # fmt: skip
        server = uvicorn.Server(config)
        _open(settings, door, tell, "desk.open")
        if door.bearer is not None:
            tell(words("desk.bearer", bearer=door.bearer))
        asyncio.run(_until_idle(server, listening, desk, door, settings.idle))


def _patient(seconds: float) -> type[asyncio.Protocol]:
    """Connections that end where the head of a request does not come whole within so many seconds.

    Else whoever sends a letter an hour could hold every one that the system has.
    """

    class Patient(H11Protocol):
        late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.late = self.loop.call_later(seconds, transport.close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            cycle: RequestResponseCycle | None = self.cycle
            answering = cycle is not None and not cycle.response_complete
            if answering and self.late is not None:
                self.late.cancel()
                self.late = None
            elif not answering and self.late is None:
                self.late = self.loop.call_later(seconds, self.transport.close)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.late is not None:
                self.late.cancel()

    return Patient


async def _until_idle(
    server: uvicorn.Server, listening: socket.socket, desk: Desk, door: Door, idle: float
) -> None:
    async def watch() -> None:
        while not server.should_exit:
            await asyncio.sleep(min(idle / 4, 30))
            if monotonic() - door.used > idle and not desk.works.busy:
                server.should_exit = True

    watching = asyncio.create_task(watch())
    await server.serve(sockets=[listening])
    watching.cancel()


# -- which desk serves a folder ----------------------------------------------------------------------


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

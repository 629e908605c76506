"""The server: one folder on this machine's own address, until it is closed or nobody has used it for long."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import uvicorn

from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Words
from fundcalc.desk.app import make_app
from fundcalc.desk.guard import HOST, Door
from fundcalc.desk.state import Desk

IDLE = 4 * 60 * 60
"""Seconds without a page asked for, after which the desk closes by itself."""


@dataclass(frozen=True)
class Settings:
    """How a desk is opened; `port` 0 is any that is free, `idle` counts seconds."""

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


def serve(settings: Settings, tell: Callable[[Words], None]) -> None:
    """Serve a folder until it is closed; `tell` gets the address that lets a browser in.

    Raises OSError where the folder is none or the port is taken.
    """
    policy = settings.policy and settings.policy.resolve()
    ledger = settings.ledger and settings.ledger.resolve()
    log = settings.log and settings.log.resolve()
    os.chdir(settings.folder)
    desk = Desk(policy=policy, ledger=ledger, read_only=settings.read_only)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        if os.name == "posix":  # on Windows this would let another program take the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, settings.port))
        listening.listen(128)  # whoever is told the address may come at once
        door = Door(listening.getsockname()[1])
        if settings.api:
            door.bearer = secrets.token_urlsafe(32)

        def end() -> None:
            server.should_exit = True

        config = uvicorn.Config(
            make_app(desk, door, settings.lang, log, end),
            log_level="critical", access_log=False, server_header=False, lifespan="off", ws="none",
            timeout_graceful_shutdown=2, h11_max_incomplete_event_size=65_536,
        )  # fmt: skip
        server = uvicorn.Server(config)
        address = door.invite()
        tell(words("desk.open", address=address))
        if door.bearer is not None:
            tell(words("desk.bearer", bearer=door.bearer))
        if settings.browser:
            webbrowser.open(address)
        asyncio.run(_until_idle(server, listening, desk, door, settings.idle))


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

"""Ctrl-C and the other signals that ask the program to end: quietly, with nothing half done left behind.

Imports nothing that takes time, since what comes before `listen` cannot be guarded.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys

TYPE_CHECKING = False  # typing itself takes time to import
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any, NoReturn

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
_AGAIN = 0.02
"""Seconds after which an interrupt is raised again that came where nothing can be raised."""

_came: list[int] = []
_left: list[bool] = []
_code: list[int] = []


def listen() -> None:
    """Answer from now on the signals that ask the program to end, but those that it was told to ignore."""
    for number in _SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):  # as nohup and `&` set it
            signal.signal(number, _answer)
    atexit.register(_end)  # the first to be registered runs last
    sys.unraisablehook = _unraisable
    sys.excepthook = _unhandled


def stopped() -> bool:
    """Whether a signal has asked the program to end; what fails then, fails for that."""
    return bool(_came)


def leaving() -> None:
    """All is done and said: from now on a signal ends the program at once."""
    _left.append(True)


def leave(code: object) -> NoReturn:
    """End with an exit code once all is done that waits for the end.

    Not as Python ends, which frees piece by piece all that a run held and takes a tenth of the time.
    """
    leaving()
    if code is None or isinstance(code, int):
        _code.append(code or 0)
    sys.exit(code)  # type: ignore[arg-type]


def _answer(number: int, frame: FrameType | None) -> None:
    """Unwind, so that files begun are taken away; at the very end there is nothing left to unwind."""
    if _left:
        os._exit(128 + (_came or [number])[0])
    _came.append(number)
    raise KeyboardInterrupt


def _end() -> None:
    """What comes when all is done comes too late; what came before is the exit code, as a shell has it.

    Python itself would end by SIGINT once more, if it was an `exec` that was interrupted.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if _came:
        os._exit(128 + _came[0])
    if _code:
        from contextlib import suppress

        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads on
                stream.flush()
        os._exit(_code[0] & 0xFF)


def _unraisable(what: Any) -> None:
    """An interrupt in a finalizer, from where it cannot go on; or what is amiss since one came."""
    if what.exc_type is KeyboardInterrupt:
        _raise_again()
    elif not _came:
        sys.__unraisablehook__(what)


def _unhandled(
    kind: type[BaseException], problem: BaseException, trace: TracebackType | None
) -> None:
    """An interrupt that a library in C would print and forget."""
    if kind is KeyboardInterrupt:
        _raise_again()
    elif not _came:
        sys.__excepthook__(kind, problem, trace)


def _raise_again() -> None:
    """Raise the interrupt a little later, where it can be answered."""
    from threading import Timer

    again = Timer(_AGAIN, signal.raise_signal, [signal.SIGINT])
    again.daemon = True
    again.start()

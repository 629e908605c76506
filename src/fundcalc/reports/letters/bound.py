"""Many letters in one PDF: set in parts by several processes, then bound together.

The typesetter's own threads gain little, since its last step has but one. Parts are of one size on
every machine, so that the bytes are the same.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import cache
from io import BytesIO
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.reports.letters import Typesetter, messages

Data = Mapping[str, Any]

PART = 100
"""Letters set at a time."""

_WORKERS = 4
"""At most so many processes, each of up to 450 MB."""


def in_parts(letters: Iterable[Data]) -> Iterator[list[Data]]:
    """The letters, PART at a time."""
    rest = iter(letters)
    while part := list(islice(rest, PART)):
        yield part


def bound(parts: Iterable[Data], on: date) -> bytes:
    """One PDF of all parts' letters, a page each. Raises PolicyProblem where one cannot be set."""
    from pypdf import PdfWriter

    whole = PdfWriter()
    for part in _set_all(parts, on):
        whole.append(BytesIO(part), import_outline=False)
    made = BytesIO()
    whole.write(made)
    return made.getvalue()


def _set_all(parts: Iterable[Data], on: date) -> Iterator[bytes]:
    """The PDF of each part, in their order; one is begun as soon as its data is there."""
    workers = min(os.cpu_count() or 1, _WORKERS)
    waiting: deque[Future[bytes]] = deque()
    try:
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (on,)) as pool:
            pool.submit(int)  # so that the processes start while the first part is put together
            for part in parts:
                waiting.append(pool.submit(_set, part, on))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool:
        raise PolicyProblem([messages.stopped()]) from None
    except OSError as problem:
        raise PolicyProblem([messages.stopped(str(problem))]) from None


def _begin(on: date) -> None:
    """Make a process ready: it ends with the one that started it, which alone answers to Ctrl-C."""
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["RAYON_NUM_THREADS"] = "1"  # threads beside the processes would only disturb
    _typesetter(on)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def _typesetter(on: date) -> Typesetter:
    return Typesetter(on)


def _set(part: Data, on: date) -> bytes:
    return _typesetter(on).pdf(part)

"""Many letters in one PDF: set in parts by several processes, then bound together.

The typesetter's own threads gain little, since its last step has but one. Parts are of one size on
every machine, so that the bytes are the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from io import BytesIO
from itertools import islice
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.reports.letters import Typesetter, messages

Data = Mapping[str, Any]

PART = 100
"""Letters set at a time."""

_WORKERS = 4
"""At most so many processes, each of up to 450 MB."""

_COMMAND = ["-P", "-m", "fundcalc.reports.letters.worker"]
"""`-P`: a module that lies in the folder where somebody works is not taken for ours."""


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
    count = min(os.cpu_count() or 1, _WORKERS)
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(count) as threads, ExitStack() as started:
        started.callback(threads.shutdown, wait=False, cancel_futures=True)
        free: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(count):
            worker = _Worker(on)
            started.callback(worker.end)
            free.put(worker)
        for part in parts:
            waiting.append(threads.submit(_set, free, part))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _set(free: SimpleQueue[_Worker], part: Data) -> bytes:
    worker = free.get()
    try:
        return worker.set(part)
    finally:
        free.put(worker)


class _Worker:
    """A process that sets letters."""

    def __init__(self, on: date) -> None:
        # The typesetter's own threads beside the processes would only disturb.
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RAYON_NUM_THREADS": "1"}
        command = [sys.executable, *_COMMAND, on.isoformat()]
        self._on = on
        try:
            self._process = Popen(  # noqa: S603 - our own module
                command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=env,
                start_new_session=True,  # Ctrl-C is answered here alone
            )  # fmt: skip
        except OSError as problem:
            raise PolicyProblem([messages.stopped(str(problem))]) from None

    def set(self, part: Data) -> bytes:
        """The PDF of a part. Raises PolicyProblem where it cannot be set."""
        source, target = self._process.stdout, self._process.stdin
        assert source is not None and target is not None
        try:
            target.write(json.dumps(part, ensure_ascii=False).encode() + b"\n")
            target.flush()
            size = int(source.readline())
            made = source.read(size)
        except (OSError, ValueError):
            raise PolicyProblem([messages.stopped()]) from None
        if len(made) < size:
            raise PolicyProblem([messages.stopped()])
        return made or Typesetter(self._on).pdf(part)  # which says what is wrong with it

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.communicate()

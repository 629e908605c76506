"""What takes long: done in a thread of its own, shown with its progress, stopped on demand."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words

T = TypeVar("T")


class Stopped(Exception):
    """The work was stopped by whoever asked for it."""


class Busy(Exception):
    """The work is under way: come back to see how far it is."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.kind)
        self.job = job


@dataclass
class Job:
    """One piece of work: what it is, how far it is, and in the end its result or what stood in its way.

    Its kind is the key of the words that say it.
    """

    kind: str
    key: Hashable
    total: int = 100
    done: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    begun: float = field(default_factory=monotonic)
    result: Any = None
    problem: BaseException | None = None
    ended: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)

    @property
    def title(self) -> Words:
        """What is being done."""
        return words(self.kind)

    @property
    def percent(self) -> int:
        """How much is done, as far as it is known; never all before it has ended."""
        return 100 if self.ended.is_set() else min(99, 100 * self.done // max(1, self.total))

    @property
    def seconds(self) -> int:
        """How long it has been running."""
        return int(monotonic() - self.begun)

    def stop(self) -> None:
        """Ask it to stop; it does at its next step."""
        self._stop.set()

    def progress(self, done: int) -> None:
        """Count steps. Raises Stopped."""
        if self._stop.is_set():
            raise Stopped
        self.done += done

    def found(self) -> Any:
        """What it gave. Raises Busy where it takes longer than two seconds, and whatever stood in its way."""
        if not self.ended.wait(2):
            raise Busy(self)
        if self.problem is not None:
            raise self.problem
        return self.result

    def run(self, make: Callable[[Job], Any]) -> None:
        """Do it."""
        try:
            self.result = make(self)
            if self._stop.is_set():
                raise Stopped
        except BaseException as problem:  # told to whoever asks for the result
            self.problem, self.result = problem, None
        finally:
            self.ended.set()


class Works:
    """The work of a desk: of each kind the last, one at a time."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock, self._turn = Lock(), Lock()

    def get(self, kind: str, key: Hashable, make: Callable[[Job], T], total: int = 100) -> T:
        """The result of the work, which is begun where the last of its kind had another key.

        Raises Busy where it takes long, and whatever stood in its way.
        """
        result: T = self.start(kind, key, make, total).found()
        return result

    def start(self, kind: str, key: Hashable, make: Callable[[Job], Any], total: int = 100) -> Job:
        """Begin the work, unless the last of its kind has the same key and was not stopped."""
        with self._lock:
            last = self._jobs.get(kind)
            if last is not None and last.key == key and not _in_vain(last):
                return last
            if last is not None:
                last.stop()
            job = self._jobs[kind] = Job(kind, key, total)

        def in_turn() -> None:
            with self._turn:
                job.run(make)

        Thread(target=copy_context().run, args=(in_turn,), name=f"work-{kind}", daemon=True).start()
        return job

    def job(self, id_: str) -> Job | None:
        """The work of that id, if it is still known."""
        return next((job for job in self._jobs.values() if job.id == id_), None)

    def forget(self, kind: str) -> None:
        """Let the last of a kind go, so that it is done anew."""
        with self._lock:
            last = self._jobs.pop(kind, None)
        if last is not None:
            last.stop()

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return any(not job.ended.is_set() for job in self._jobs.values())


def _in_vain(job: Job) -> bool:
    """Whether it has no result that could be had again: a fault of the disk may be gone by now."""
    return job.ended.is_set() and isinstance(job.problem, Stopped | OSError | MemoryError)

"""How far the reading of a roster has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OPENED, LOADED, DONE = 15, 60, 100
"""Per cent of the time until the file is in memory, its cells are known, its values are read."""


@dataclass(slots=True)
class Steps:
    """Tells of each per cent once."""

    tell: Callable[[int], object] | None = None
    done: int = 0

    def reach(self, percent: int) -> None:
        """Say that so much is done."""
        if self.tell is not None and percent > self.done:
            self.tell(percent - self.done)
            self.done = percent

    def done_all(self) -> None:
        """Say that all is read."""
        self.reach(DONE)

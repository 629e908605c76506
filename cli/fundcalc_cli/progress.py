"""Progress bars: on a terminal, where there is time to look at them; nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from fundcalc_cli.output import tell
from fundcalc_cli.terminal import Outlet

LARGE = 1_000_000
"""Bytes from which reading a roster takes long enough to be shown."""


@contextmanager
def roster_bar(paths: Sequence[Path]) -> Iterator[Callable[[int], None] | None]:
    """A bar while a large roster is read, in per cent."""
    files = [path for path in paths if path.is_file()]
    if not sys.stderr.isatty() or sum(path.stat().st_size for path in files) < LARGE:
        yield None
        return
    with typer.progressbar(length=100, label=tell("读取", "Reading"), file=_bare()) as bar:
        yield bar.update


@contextmanager
def progress_bar(length: int, least: int) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, from some length on; nothing elsewhere."""
    if not sys.stderr.isatty() or length < least:
        yield None
        return
    label = tell("计算", "Computing")
    with typer.progressbar(length=length, label=label, file=_bare()) as bar:
        yield bar.update


def _bare() -> TextIO:
    """Stderr as it is: a bar moves the cursor."""
    return sys.stderr.bare() if isinstance(sys.stderr, Outlet) else sys.stderr

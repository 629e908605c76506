"""Files written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    from fundcalc.reports.tables import write as write_whole

    write_whole(path, content)

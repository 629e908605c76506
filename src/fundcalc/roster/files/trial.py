"""A process of its own that reads a parquet table from its input, to see whether it comes to an end."""

from __future__ import annotations

import io
import signal
import sys
from contextlib import suppress

from fundcalc.base.system import limit_process

MEMORY, A_BYTE = 900_000_000, 150
"""Bytes of addresses, of which the program itself takes half; and more for each byte of the table."""

CPU = 8
"""Seconds."""


def main() -> None:
    """Read the table; what the library says of it in an orderly way is said again by who reads it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by who started it
    import polars as pl

    data = sys.stdin.buffer.read()
    limit_process(MEMORY + A_BYTE * len(data), CPU)
    with suppress(pl.exceptions.PolarsError, OSError, ValueError):
        pl.read_parquet(io.BytesIO(data))


if __name__ == "__main__":
    main()

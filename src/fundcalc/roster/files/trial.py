"""A process of its own that reads a parquet table from its input, to see whether it comes to an end."""

from __future__ import annotations

import io
import signal
import sys
from contextlib import suppress

MEMORY, A_BYTE = 900_000_000, 150
"""Bytes of addresses, of which the program itself takes half; and more for each byte of the table."""

CPU = 8
"""Seconds."""


def main() -> None:
    """Read the table; what the library says of it in an orderly way is said again by who reads it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by who started it
    import polars as pl

    data = sys.stdin.buffer.read()
    most = MEMORY + A_BYTE * len(data)
    try:
        import resource
    except ImportError:  # Windows; a crash is still a crash of this process alone
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(pl.exceptions.PolarsError, OSError, ValueError):
        pl.read_parquet(io.BytesIO(data))


if __name__ == "__main__":
    main()

"""A process of its own that reads a file of unknown making from its input, as such a file may take any time.

`parquet`: whether the table comes to an end. `pdf`: it writes JSON, the texts of the pages, or an object with
`locked`, or with `why` it cannot be read.
"""

from __future__ import annotations

import io
import json
import signal
import sys
from contextlib import suppress
from typing import Final

from fundcalc.base.system import limit_process

PARQUET: Final = (900_000_000, 150, 8)
"""Bytes of address space, of which the program itself takes half; more for each byte of the file; seconds."""

PDF: Final = (1_500_000_000, 50, 120)
"""The same; a workbook of 1,000 printed pages takes 40 seconds."""


def pages(content: bytes) -> object:
    """The texts of a PDF's pages."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"locked": True}
        return [page.extract_text() for page in reader.pages]
    except Exception as problem:  # whatever a file of unknown making brings about
        return {"why": " ".join(str(problem).split())[:80] or type(problem).__name__}


def main() -> None:
    """Read the file; an error that a library reports is reported again by whoever reads it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by who started it
    if sys.argv[1] == "pdf":
        content = _limited(*PDF)
        sys.stdout.buffer.write(json.dumps(pages(content)).encode())
        return
    import polars as pl

    table = _limited(*PARQUET)
    with suppress(pl.exceptions.PolarsError, OSError, ValueError):
        pl.read_parquet(io.BytesIO(table))


def _limited(memory: int, a_byte: int, seconds: int) -> bytes:
    """The file; from here on the process is kept within its limits."""
    content = sys.stdin.buffer.read()
    limit_process(memory + a_byte * len(content), seconds)
    return content


if __name__ == "__main__":
    main()

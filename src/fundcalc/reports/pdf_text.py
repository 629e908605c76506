"""A process of its own that reads a PDF from its input: a file of unknown making may take any time.

It writes JSON: the texts of the pages, or an object with `locked`, or with `why` it cannot be read.
"""

from __future__ import annotations

import io
import json
import signal
import sys

from fundcalc.base.system import limit_process

MEMORY, A_BYTE = 1_500_000_000, 50
"""Bytes of addresses, and more for each byte of the file."""

CPU = 120
"""Seconds: a workbook of 1,000 printed pages takes 40."""


def read(content: bytes) -> object:
    """The texts of the pages."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"locked": True}
        return [page.extract_text() for page in reader.pages]
    except Exception as problem:  # whatever a file of unknown making brings about
        return {"why": " ".join(str(problem).split())[:80] or type(problem).__name__}


def main() -> None:
    """Read the PDF and write what it says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by who started it
    content = sys.stdin.buffer.read()
    limit_process(MEMORY + A_BYTE * len(content), CPU)
    sys.stdout.buffer.write(json.dumps(read(content)).encode())


if __name__ == "__main__":
    main()

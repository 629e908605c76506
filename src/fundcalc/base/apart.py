"""A process of its own that reads a file of unknown making from its input, as such a file may take any time.

`parquet`: whether the table comes to an end. `pdf`: it writes JSON: of each page its longer side and its
pieces of text with their places, or an object with `locked`, or with `why` it cannot be read.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from fundcalc.base.system import limit_process

PARQUET: Final = (900_000_000, 150, 8)
"""Bytes of address space, of which the program itself takes half; more for each byte of the file; seconds."""

PDF: Final = (1_500_000_000, 50, 120)
"""The same; a workbook of 1,000 printed pages takes 40 seconds."""

_COMMAND = ["-P", "-m", "fundcalc.base.apart"]
_SECONDS = 300

Piece = tuple[float, float, str]
"""How far right and up it stands, in points, and its text."""


SILENT = "\ufffc"
"""What is laid over a page and says nothing, such as the picture of a seal."""


class Line(NamedTuple):
    """Page and line, counted from 1, what stands there, and how high above the page's foot, in points."""

    page: int
    number: int
    text: str
    height: float = 0


class Page(NamedTuple):
    """The longer side of a page and its pieces of text with their places, in points, as they were drawn."""

    width: float
    pieces: Sequence[Piece]


class Locked(Exception):
    """A PDF that does not open without a password."""


class Endless(Exception):
    """A PDF that takes more time or memory to read than any paper of a run."""


def read(content: bytes) -> list[Page]:
    """The pages of a PDF. Raises Locked, Endless, and ValueError where it cannot be read."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        completed = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, *_COMMAND, "pdf"],
            input=content, env=env, capture_output=True, timeout=_SECONDS, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError:
        raise Endless from None
    pages = json.loads(completed.stdout)
    if isinstance(pages, dict):
        if "locked" in pages:
            raise Locked
        raise ValueError(pages["why"])
    return [Page(width, pieces) for width, pieces in pages]


def lines(pages: Sequence[Page]) -> Iterator[Line]:
    """The lines of a PDF as they were drawn."""
    for number_, page in enumerate(pages, 1):
        texts, heights = [""], [0.0]
        for _, height, text in page.pieces:
            first, *more = text.replace("\u200b", "").split("\n")
            texts[-1] += first
            texts += more
            heights[-1:] = [height if first.strip() else heights[-1], *(height for _ in more)]
        for n in range(len(texts) - 1, 0, -1):  # a day that takes two lines
            if re.search(r"\d-$", texts[n - 1]) and texts[n][:1].isdecimal():
                texts[n - 1 : n + 1] = [texts[n - 1] + texts[n], ""]
        for index, (text, height) in enumerate(zip(texts, heights, strict=True), 1):
            if text.strip():
                yield Line(number_, index, text.strip(), height)


def pages(content: bytes) -> object:
    """Of each page of a PDF its longer side in points, and its pieces of text with their places in points.

    Pieces stand in the order in which they are drawn, with the blanks and line breaks between them; behind
    them what is laid over the page: notes, stamps and fields.
    """
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"locked": True}
        return [[float(max(page.mediabox[2:])), [*_pieces(page)]] for page in reader.pages]
    except Exception as problem:  # whatever a file of unknown making brings about
        return {"why": " ".join(str(problem).split())[:80] or type(problem).__name__}


def _pieces(page: Any) -> Iterator[Piece]:
    pieces: list[Piece] = []

    def visit(text: str, base: Sequence[float], here: Sequence[float], *_: object) -> None:
        x = here[4] * base[0] + here[5] * base[2] + base[4]
        y = here[4] * base[1] + here[5] * base[3] + base[5]
        pieces.append((x, y, text))

    page.extract_text(visitor_text=visit)
    yield from (piece for piece in pieces if piece[2])
    for reference in page.get("/Annots") or ():
        laid_over = reference.get_object()
        if laid_over.get("/Subtype") not in ("/Link", "/Popup"):
            parent = laid_over.get("/Parent") or laid_over
            text = laid_over.get("/Contents") or laid_over.get("/V") or parent.get("/V")
            if not isinstance(text, str):
                text = "" if parent.get("/FT") == "/Sig" else _drawn(laid_over)
            x, y, *_ = map(float, laid_over.get("/Rect") or (0, 0))
            yield 0, 0, "\n"
            yield x, y, text.replace("\r", " ").replace("\n", " ") or SILENT


def _drawn(laid_over: Any) -> str:
    """What the picture of a stamp says."""
    picture: Any = (laid_over.get("/AP") or {}).get("/N")
    strings = (
        re.findall(rb"\(((?:[^()\\]|\\.)*)\)", picture.get_data())
        if hasattr(picture, "get_data")
        else []
    )
    return b" ".join(strings).decode("latin-1")


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

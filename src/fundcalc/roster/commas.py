"""A CSV to its cells: how long its lines are, how it is encoded, what separates its cells."""

from __future__ import annotations

import csv
import io
from collections import deque
from pathlib import Path
from typing import BinaryIO, NoReturn

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words
from fundcalc.roster import messages, notices
from fundcalc.roster.grid import MAX_COLUMNS, MAX_ROWS, Cell

MAX_LINE = 1_000_000
_BOM = b"\xef\xbb\xbf"
_HEAD = 20_000
_LARGE = 2_000_000
_WIDE = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def refuse_long(path: Path, stream: BinaryIO) -> None:
    """Stop at a line over the limit, holding only a piece of the file at a time.

    Raises PolicyProblem and OSError.
    """
    read = before = 0
    while chunk := stream.read(MAX_LINE):
        first = _first_end(chunk)
        if before + (len(chunk) if first < 0 else first) > MAX_LINE:
            say = Words("一行超过 1 MB", "a line is over 1 MB")
            _stop(messages.too_large(f"{path}:{_line(stream, read - before)}", say))
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        before = before + len(chunk) if last < 0 else len(chunk) - 1 - last
        read += len(chunk)


def _first_end(chunk: bytes) -> int:
    """Where the first line of a piece ends; -1 where it goes on."""
    line = chunk.find(b"\n")
    other = chunk.find(b"\r", 0, len(chunk) if line < 0 else line)
    return line if other < 0 else other


def _line(stream: BinaryIO, place: int) -> int:
    """The number of the line that begins at a byte."""
    stream.seek(0)
    lines = [0, 0]
    while place > 0 and (chunk := stream.read(min(MAX_LINE, place))):
        lines = [lines[0] + chunk.count(b"\n"), lines[1] + chunk.count(b"\r")]
        place -= len(chunk)
    return max(lines) + 1


def _stop(problem: Diagnostic) -> NoReturn:
    raise PolicyProblem([problem])


class CsvText:
    """A CSV's bytes with their encoding and the delimiter; `notices` say what is not usual."""

    def __init__(self, path: Path, data: bytes) -> None:
        """Raises PolicyProblem where the encoding is none of UTF-8 and GB18030."""
        self._path, self._data = path, data
        self._encoding = _encoding(path, data)
        self.notices = [notices.encoding("GB18030")] if self._encoding == "gb18030" else []
        self.delimiter = self._separator()
        if self.delimiter != ",":
            self.notices.append(notices.delimiter(self.delimiter))

    def utf8(self) -> bytes:
        """The same text in UTF-8 without a byte order mark."""
        if self._encoding == "gb18030":
            return self._data.decode("gb18030").encode()
        return self._data.removeprefix(_BOM)

    def rows(self) -> list[list[Cell]]:
        """The cells of all rows. Raises PolicyProblem."""
        self._refuse_many()
        text = self._data.decode(self._encoding)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        rows: list[list[Cell]] = []
        began = 0
        try:
            for row in reader:
                began = reader.line_num
                rows.append([*row])
                if len(row) > MAX_COLUMNS:
                    _stop(messages.too_wide(f"{self._path}:{began}", len(row), MAX_COLUMNS))
        except csv.Error as problem:
            if "field larger" in str(problem):
                say = Words("一个单元格过长", "a cell is too long")
                _stop(messages.too_large(f"{self._path}:{reader.line_num}", say))
            _stop(messages.csv_syntax(str(self._path), began + 1))
        return rows

    def _refuse_many(self) -> None:
        """Stop at more lines than are read cell by cell."""
        if max(self._data.count(b"\n"), self._data.count(b"\r")) > MAX_ROWS:
            say = Words(f"超过 {MAX_ROWS:,} 行", f"over {MAX_ROWS:,} rows")
            _stop(messages.too_large(f"{self._path}:{MAX_ROWS + 1}", say))

    def _separator(self) -> str:
        """The commonest of comma, tab and semicolon in the first lines."""
        head = self._data[:_HEAD].decode(self._encoding, "replace")
        first = "\n".join(head.splitlines()[:30])
        return max(",\t;", key=first.count)


def well_quoted(data: bytes, delimiter: str) -> bool:
    """Whether the quotes of a CSV in UTF-8 pair up."""
    if b'"' not in data:
        return True
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    try:
        deque(csv.reader(lines, delimiter=delimiter, strict=True), maxlen=0)
    except csv.Error:
        return False
    return True


def _encoding(path: Path, data: bytes) -> str:
    """By its byte order mark, else strict UTF-8, else GB18030."""
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            _stop(messages.wide_text(str(path), name))
    if data[:2000].count(b"\0") > len(data[:2000]) // 4:
        _stop(messages.wide_text(str(path), "UTF-16"))
    bom = data.startswith(_BOM)
    try:
        _check_utf8(data)
        return "utf-8-sig"
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        if bom:
            _stop(messages.not_text(str(path), line, bom))
    try:
        data.decode("gb18030")
        return "gb18030"
    except UnicodeDecodeError:
        _stop(messages.not_text(str(path), line, bom))


def _check_utf8(data: bytes) -> None:
    """Raises UnicodeDecodeError where bytes are no UTF-8; of a large file polars is asked first."""
    if len(data) >= _LARGE:
        import polars as pl

        try:
            pl.Series([data], dtype=pl.Binary).cast(pl.String)
            return
        except pl.exceptions.PolarsError:
            pass
    data.decode()

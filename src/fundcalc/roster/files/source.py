"""Files within their limits: the bytes, and those that are a text or a parquet table as a sheet."""

from __future__ import annotations

import csv
import io
import os
import stat
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import polars as pl

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.system import reason
from fundcalc.base.words import Words
from fundcalc.roster.model import letters
from fundcalc.roster.sheet import MAX_CELLS, MAX_COLUMNS, Sheet, frame_of, stacked

if TYPE_CHECKING:
    from fundcalc.roster.clean import Statement

MAX_BYTES = 400_000_000
MAX_LINE = 1_000_000
MAX_TEXT = 32_767
"""Characters of a cell."""

_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its path and name as they can be shown, its bytes, and how wide it may be."""

    path: str
    name: str
    data: bytes
    widest: int = MAX_COLUMNS


def stop(key: str, where: str, /, **fields: Field) -> NoReturn:
    """Give up on a file, or on what stands at a place in it."""
    raise PolicyProblem([say(key, Span(where), hint=None, spans=(), witness=None, **fields)])


def shown(text: str) -> str:
    """A path whose bytes are no text, as it can be written down."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read(path: Path, *, lines: bool, widest: int = MAX_COLUMNS) -> Source:
    """All of a file; of text the `lines` have a limit too. Raises PolicyProblem."""
    where = shown(str(path))
    try:
        if path.is_dir():
            stop("FC601.is_folder", where)
        # Not to wait for a pipe that takes the file's place at the last moment.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as stream:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                stop("FC601.no_file", where)
            data = stream.read(MAX_BYTES + 1) if about.st_size <= MAX_BYTES else b""
            if len(data) > MAX_BYTES or about.st_size > MAX_BYTES:
                if lines:
                    _refuse_long(where, lambda: _pieces(stream))
                stop("FC606.bytes", where, mb=MAX_BYTES // 10**6)
    except (OSError, ValueError) as problem:
        stop("FC601", where, reason=reason(problem))
    if lines:
        _refuse_long(where, lambda: (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)))
    return Source(where, shown(path.name), data, widest)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A file from its beginning, a piece at a time."""
    stream.seek(0)
    yield from iter(lambda: stream.read(_CHUNK), b"")


def _refuse_long(where: str, chunks: Callable[[], Iterable[bytes]]) -> None:
    """Stop at a line over the limit, holding only a piece of the file at a time."""
    read = before = 0
    for chunk in chunks():
        ends = [chunk.find(b"\n"), chunk.find(b"\r")]
        first = min((at for at in ends if at >= 0), default=len(chunk))
        if before + first > MAX_LINE:
            stop("FC606.line", f"{where}:{_line(chunks(), read - before)}")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        before = before + len(chunk) if last < 0 else len(chunk) - 1 - last
        read += len(chunk)


def _line(chunks: Iterable[bytes], place: int) -> int:
    """The number of the line that begins at a byte."""
    lines = [0, 0]
    for chunk in chunks:
        if place <= 0:
            break
        lines = [
            n + chunk.count(end, 0, place) for n, end in zip(lines, (b"\n", b"\r"), strict=True)
        ]
        place -= len(chunk)
    return max(lines) + 1


MAX_ROWS = 1_100_000
"""Rows of what is read cell by cell: a little more than a sheet can have."""

MAX_TABLE_ROWS = 50_000_000
"""Rows of what is read in columns."""

FROM = 2_000_000
"""Bytes from which a file is read in columns."""

_SPARE = 20
"""Cells that a row may have more than the first rows have; more is for the slow way."""

_BOM = b"\xef\xbb\xbf"
_HEAD = 20_000
_LINES = 60
_BLOCK = 8192
_PADDING = b"\0" * 16
_WIDE = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


_COUNTED = 16_000_000
"""Bytes of a text up to which the cells of each row are counted."""


class Text:
    """A text in UTF-8 with the separator of its cells; `notices` say what is not usual."""

    def __init__(self, source: Source) -> None:
        """Raises PolicyProblem where it is in none of the encodings that are read."""
        self._path, self._widest = source.path, source.widest
        self.notices: list[Words] = []
        self._data = self._decoded(source.data)
        self.separator = _separator(self._data[:_HEAD].decode("utf-8", "replace"))
        if self.separator != ",":
            self.notices.append(
                words("roster.tabs" if self.separator == "\t" else "roster.semicolons")
            )

    def load(self) -> Sheet:
        """The cells. Raises PolicyProblem."""
        cells = self._in_columns() if len(self._data) >= FROM else None
        if cells is not None and cells.width and cells.to_series(0).str.starts_with("\ufeff").any():
            self._data, cells = self._without_marks(self._data), None
        if cells is None:
            cells = self._by_cell()
        cells = self._without_equals(_trimmed(cells))
        for at, name in enumerate(cells.columns):
            values = cells.get_column(name)
            if (values.str.len_bytes().max() or 0) <= MAX_TEXT:  # type: ignore[operator]
                continue
            longest = values.str.len_chars()
            row = longest.arg_max()
            if row is not None and longest[row] > MAX_TEXT:
                where = f"{self._path}!{letters(at)}{row + 1}"
                stop("FC606.cell", where, most=MAX_TEXT)
        return Sheet(None, cells, widths=self._widths())

    def _without_equals(self, cells: pl.DataFrame) -> pl.DataFrame:
        """Cells written ="0123", as other programs keep an office program from dropping the zero."""
        if b'="' not in self._data:
            return cells
        bare = cells.select(pl.all().str.extract('^="([^"]*)"$'))
        columns = bare.get_columns()
        at = next((at for at, column in enumerate(columns) if column.count()), None)
        if at is None:
            return cells
        row = columns[at].is_not_null().arg_max() or 0
        count = sum(column.count() for column in columns)
        place = f"{Path(self._path).name}!{letters(at)}{row + 1}"
        self.notices.append(words("roster.equals", count=count, place=place))
        return cells.select(
            pl.coalesce(column, pl.col(column.name)).alias(column.name) for column in columns
        )

    def _widths(self) -> list[int]:
        """How many cells each row has as written; of a long text, or one with quotes, the first."""
        if len(self._data) < _COUNTED and b'"' not in self._data:
            lines = self._data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            separator = self.separator.encode()
            return [line.count(separator) + 1 for line in lines]
        head = self._data[:400_000].decode(errors="ignore")
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=self.separator)
        try:
            return [len(row) for row in islice(reader, _LINES)]
        except csv.Error:
            return []

    def _decoded(self, data: bytes) -> bytes:
        """The text in UTF-8: by its byte order mark, else strict UTF-8, else GB18030."""
        padding = data.find(_PADDING) if b"\0" in data else -1
        if padding >= 0:
            stop("FC603.padded", f"{self._path}:{_line([data], padding)}")
        for mark, name in _WIDE.items():
            if data.startswith(mark):
                stop("FC607.wide", self._path, name=name)
        head = data[:2000]
        ends = head.count(b"\n"), head.count(b"\n\0"), head.count(b"\0\n")
        if head.count(b"\0") > len(head) // 4 or (ends[0] and ends[0] in ends[1:]):
            stop("FC607.wide", self._path, name="UTF-16")
        bom = data.startswith(_BOM)
        problem = _not_utf8(data)
        if problem is None:
            data = data.removeprefix(_BOM)
            return data if len(data) >= FROM else self._without_marks(data)
        try:
            text = data.decode("utf-8" if bom else "gb18030").encode()
        except UnicodeDecodeError:
            where = f"{self._path}:{_line([data], problem)}"
            stop("FC607.not_as_marked" if bom else "FC607", where)
        self.notices.append(words("roster.encoding", name="GB18030"))
        return text

    def _without_marks(self, data: bytes) -> bytes:
        """Take out the marks that begin a line: those of files that were put together."""
        for end in (b"\n", b"\r") if b"\r" in data else (b"\n",):
            at = data.find(end + _BOM)
            if at >= 0:
                self.notices.append(words("roster.joined_files", line=_line([data], at + 2)))
                data = data.replace(end + _BOM, end)
        return data

    def _by_cell(self) -> pl.DataFrame:
        data = self._data
        if max(data.count(b"\n"), data.count(b"\r")) > MAX_ROWS:
            stop("FC606.rows", f"{self._path}:{MAX_ROWS + 1}", most=MAX_ROWS)
        rows = self._rows()
        frames: list[pl.DataFrame] = []
        while block := [*islice(rows, _BLOCK)]:
            frames.append(frame_of(block))
        return stacked(frames)

    def _rows(self) -> Iterator[list[str]]:
        lines = io.TextIOWrapper(io.BytesIO(self._data), encoding="utf-8", newline="")
        reader = csv.reader(lines, delimiter=self.separator, strict=True)
        count = max(self._data.count(b"\n"), self._data.count(b"\r")) + 1
        began = 0
        try:
            for row in reader:
                began = reader.line_num
                if len(row) > self._widest:
                    where = f"{self._path}:{began}"
                    stop("FC606.columns", where, columns=len(row), most=self._widest)
                if len(row) > MAX_COLUMNS and len(row) * count > MAX_CELLS:
                    where = f"{self._path}:{began}"
                    stop("FC606.far", where, rows=count, columns=len(row))
                yield row
        except csv.Error as problem:
            if "field larger" in str(problem):
                stop("FC606.field", f"{self._path}:{reader.line_num}")
            stop("FC608", f"{self._path}:{began + 1}")

    def _in_columns(self) -> pl.DataFrame | None:
        """All cells at once; None where the text is not plain enough for that."""
        data = self._data
        if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
            if b'"' in data:
                return None
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data[:400_000].decode(errors="ignore").splitlines(keepends=True)[:_LINES]
        head = io.StringIO("".join(lines), newline="")
        try:
            width = max(map(len, csv.reader(head, delimiter=self.separator, strict=True)))
        except csv.Error:
            return None
        if width > self._widest - _SPARE or not _well_quoted(data, self.separator):
            return None
        cells = _split(data, self.separator, width)
        for wide in (width, width + _SPARE):
            if cells is None:
                cells = _split(data, self.separator, wide, with_names=True)
        if cells is not None and cells.height > MAX_TABLE_ROWS:
            stop("FC606.rows", self._path, most=MAX_TABLE_ROWS)
        return cells


def _not_utf8(data: bytes) -> int | None:
    """The first byte that is no UTF-8; of a large file polars is asked first."""
    if len(data) >= FROM:
        try:
            pl.Series([data], dtype=pl.Binary).cast(pl.String)
            return None
        except pl.exceptions.PolarsError:
            pass
    try:
        data.decode()
        return None
    except UnicodeDecodeError as problem:
        return problem.start


def _separator(head: str) -> str:
    """What separates the header's cells: the first line of three cells or more that the next agrees with."""
    lines = [line for line in head.splitlines()[:_LINES] if line.strip()]
    counts = [{sign: _count(line, sign) for sign in ",\t;"} for line in lines]
    for at, by_sign in enumerate(counts):
        sign = max(by_sign, key=by_sign.__getitem__)
        if by_sign[sign] >= 2 and (at + 1 == len(counts) or counts[at + 1][sign]):
            return sign
    return max(",\t;", key="\n".join(lines[:30]).count)


def _count(line: str, sign: str) -> int:
    """How many separators a line has outside quotes."""
    try:
        return len(next(csv.reader([line], delimiter=sign))) - 1
    except (csv.Error, StopIteration):
        return 0


def _well_quoted(data: bytes, separator: str) -> bool:
    """Whether the quotes of a text in UTF-8 pair up."""
    if b'"' not in data:
        return True
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    try:
        deque(csv.reader(lines, delimiter=separator, strict=True), maxlen=0)
    except csv.Error:
        return False
    return True


def _split(
    data: bytes, separator: str, width: int, *, with_names: bool = False
) -> pl.DataFrame | None:
    """The cells of lines of at most `width` cells; None where one has more.

    Without a copy where the first line is that wide; `with_names` where it is not.
    """
    names = [f"c{at}" for at in range(width)]
    try:
        if with_names:
            lines = b"".join((separator.join(names).encode(), b"\n", data))
            cells = pl.read_csv(lines, separator=separator, infer_schema=False)
        else:
            schema = dict.fromkeys(names, pl.String)
            cells = pl.read_csv(data, separator=separator, has_header=False, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    return cells.fill_null("")


def _trimmed(cells: pl.DataFrame) -> pl.DataFrame:
    """Without the blank rows at the end and the blank columns at the right."""
    while cells.width and not _filled(cells.tail(1)).any():
        rows = _filled(cells).arg_true()
        cells = cells.head(int(rows[-1]) + 1 if len(rows) else 0)
        if not cells.height:
            return cells
    while cells.width and not _filled(cells.select(cells.columns[-1])).any():
        cells = cells.drop(cells.columns[-1])
    return cells


def _filled(cells: pl.DataFrame) -> pl.Series:
    """Which rows have more than blanks."""
    return cells.select(
        pl.any_horizontal(pl.all().str.strip_chars("\x1c\x1d\x1e\x1f").str.strip_chars() != "")
    ).to_series()


TRIED_BELOW = 20_000_000
"""Bytes of a file that is first read in a process of its own: damage there may end the process."""

_SECONDS = 30
_MARK = b"PAR1"


def load_parquet(source: Source) -> Sheet:
    """The table. Raises PolicyProblem where it cannot be read."""
    from fundcalc.roster.clean import statement

    if not (source.data.startswith(_MARK) and source.data.endswith(_MARK)):
        stop("FC603.parquet", source.path)
    if len(source.data) < TRIED_BELOW and not _survives(source.data):
        stop("FC603.parquet", source.path)
    try:
        lazy = pl.scan_parquet(io.BytesIO(source.data))
        schema = lazy.collect_schema()
        rows = lazy.select(pl.len()).collect().item()
        _refuse(source.path, rows, schema)
        table = lazy.collect()
        stated = statement(pl.read_parquet_metadata(io.BytesIO(source.data)))
        if stated is not None and stated.rows != rows:
            stop("FC656.rows", source.path, said=stated.rows, rows=rows)
    except (pl.exceptions.PolarsError, OSError, ValueError):
        stop("FC603.parquet", source.path)
    except BaseException as problem:
        if not isinstance(problem, pl.exceptions.PanicException):
            raise
        stop("FC603.parquet", source.path)
    return _sheet(table, stated)


def _sheet(table: pl.DataFrame, stated: Statement | None = None) -> Sheet:
    """A typed table as a sheet."""
    cells = table.rename({name: f"c{at}" for at, name in enumerate(table.columns)})
    return Sheet(
        None,
        cells.select(map(_plain, cells.columns, cells.dtypes)),
        tuple(table.columns),
        clean=stated,
    )


def load_frame(name: str, table: pl.DataFrame) -> Sheet:
    """A table from memory. Raises PolicyProblem where it is too large, or of types that no cell has."""
    _refuse(name, table.height, table.schema)
    return _sheet(table)


def _plain(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as it is kept: texts, with "" for nothing, numbers and yes/no; all else as text."""
    column = pl.col(name)
    if kind.is_numeric() or kind == pl.Boolean:
        return column
    if kind == pl.Datetime:
        text = column.dt.to_string("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
        return text.fill_null("")
    return column.cast(pl.String).fill_null("")


def _refuse(where: str, rows: int, schema: pl.Schema) -> None:
    if rows > MAX_TABLE_ROWS or len(schema) > MAX_COLUMNS:
        stop("FC606.table", where, rows=MAX_TABLE_ROWS, columns=MAX_COLUMNS)
    for name, kind in schema.items():
        if kind.is_nested() or str(kind) in ("Binary", "Object", "Unknown"):
            stop("FC603.type", where, name=name, type=str(kind))


def _survives(data: bytes) -> bool:
    """Whether a process that reads it comes to its end within limits; its own errors are no matter."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "fundcalc.base.apart", "parquet"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            input=data,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0

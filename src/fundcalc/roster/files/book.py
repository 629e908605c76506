"""A roster's file opened: its sheets by name, and the cells of each once they are asked for.

And what a program holds in its place: frames, and columns of values.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Words
from fundcalc.roster.files.database import Address, kind_of, read_table, series
from fundcalc.roster.files.source import (
    Source,
    Text,
    load_frame,
    load_parquet,
    read,
    shown,
    stop,
)
from fundcalc.roster.files.xlsx import Workbook
from fundcalc.roster.sheet import MAX_COLUMNS, Sheet

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from fundcalc.roster.files.xls import Legacy

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLANK = b"\0 \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet: its name, None for text and parquet, and whether it is seen in the spreadsheet."""

    name: str | None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Book:
    """A file's name and digest, its sheets in order, and how to get the cells of one.

    `load` may raise PolicyProblem, as opening may. Nothing is kept of what it gives.
    """

    file: str
    digest: str
    sheets: list[SheetName]
    load: Callable[[str | None], Sheet]
    notices: list[Words] = field(default_factory=list)


def open_book(path: Path, known: Collection[str] = (), widest: int = MAX_COLUMNS) -> Book:
    """Open a roster. Raises PolicyProblem where it cannot be read.

    `known` are the heads that are facts' own, cleaned, which a database's table is not to take otherwise.
    A workbook or text with a filled cell beyond the `widest` column is refused.
    """
    if isinstance(path, Address):
        frame, notices = read_table(path, known)
        return replace(frame_book(str(path), frame), notices=notices)
    where, ending = shown(str(path)), path.suffix.lower()
    if path.name.startswith("~$"):
        stop("FC603.lock", where)
    if ending not in (".xlsx", ".xlsm", ".xls", ".csv", ".parquet") and not path.is_dir():
        if not ending:
            stop("FC602.none", where)
        stop("FC602", where, ending=ending)
    source = read(path, lines=ending == ".csv", widest=widest)
    if not source.data[:4096].strip(_BLANK) and not source.data.strip(_BLANK):
        stop("FC605", where)
    digest = "sha256:" + hashlib.sha256(source.data).hexdigest()
    if ending == ".csv":
        return _text_book(source, digest)
    if ending == ".parquet":
        table = SheetName(None)
        return Book(source.name, digest, [table], lambda _: load_parquet(source))
    if source.data.startswith(_OLE):
        from fundcalc.roster.files.xls import Legacy

        return _workbook(source, digest, Legacy(source))
    if source.data.startswith(_ZIP):
        return _workbook(source, digest, Workbook(source))
    return _no_workbook(path, source, digest)


def frame_book(name: str, frame: pl.DataFrame) -> Book:
    """A table from memory under a name; its digest is of its columns' names, types and values.

    Raises PolicyProblem where it cannot be read.
    """
    sheet = load_frame(name, frame)
    digest = hashlib.sha256(repr([*frame.schema.items()]).encode())
    digest.update(sheet.cells.write_csv(include_header=False).encode())
    return Book(name, f"sha256:{digest.hexdigest()}", [SheetName(None)], lambda _: sheet)


def _workbook(source: Source, digest: str, book: Legacy | Workbook) -> Book:
    names = [SheetName(name, visible) for name, visible in book.sheets]
    if not names:
        stop("FC605", source.path)
    return Book(source.name, digest, names, lambda name: book.load(name or names[0].name or ""))


def _text_book(source: Source, digest: str) -> Book:
    for mark, ending in ((_ZIP, ".xlsx"), (_OLE, ".xls")):
        if source.data.startswith(mark):
            stop("FC603.is_workbook", source.path, ending=ending)
    text = Text(source)
    return Book(source.name, digest, [SheetName(None)], lambda _: text.load(), text.notices)


def _no_workbook(path: Path, source: Source, digest: str) -> Book:
    """A file with a workbook's name that is none: what it is, as far as can be seen."""
    head = source.data[:4000]
    low = head.lower().replace(b"\0", b"")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in low or b'progid="excel.sheet"' in low:
        stop("FC603.xml_2003", source.path)
    begin = low.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    if begin.startswith((b"<html", b"<!doctype html")) or b"<table" in low:
        stop("FC603.web_page", source.path)
    if not source.data[:512].strip(b"\0"):
        stop("FC603.padded", source.path)
    is_text = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head
    if is_text and b"\t" not in head and b"," in head:
        stop("FC603.is_csv", source.path)
    if not is_text or b"\t" not in head:
        stop("FC603", source.path)
    book = _text_book(read(path, lines=True), digest)
    book.notices.insert(0, words("roster.text_as_workbook"))
    return book


# -- what a program holds ---------------------------------------------------------------------------


def of_polars(frame: Any) -> pl.DataFrame:
    """The frame that it is. Raises TypeError."""
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        raise TypeError("a polars DataFrame, not polars.LazyFrame: collect() it first")
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"a polars DataFrame, not {kind_of(frame)}")
    return frame


def of_pandas(frame: Any) -> pl.DataFrame:
    """A pandas frame without its index. Raises PolicyProblem, TypeError."""
    pandas = sys.modules.get("pandas")  # whoever has a frame has loaded it
    if pandas is None or not isinstance(frame, pandas.DataFrame):
        raise TypeError(f"a pandas DataFrame, not {kind_of(frame)}")
    return _framed((str(head), frame.iloc[:, at]) for at, head in enumerate(frame.columns))


def of_arrow(table: Any) -> pl.DataFrame:
    """Whatever gives an Arrow stream of several columns. Raises PolicyProblem, TypeError."""
    import polars as pl

    if type(table).__module__.partition(".")[0] == "pandas":
        raise TypeError(f"an Arrow table, not {kind_of(table)}: see from_pandas")
    if isinstance(table, pl.Series) or not hasattr(table, "__arrow_c_stream__"):
        raise TypeError(f"an Arrow table (__arrow_c_stream__), not {kind_of(table)}")
    _refuse_twice(getattr(table, "column_names", ()))
    try:
        return pl.DataFrame(table)
    except pl.exceptions.PolarsError as problem:
        raise TypeError(f"no Arrow table that can be read: {problem}") from None


def of_dict(data: Any) -> pl.DataFrame:
    """A dict of columns. Raises PolicyProblem, TypeError."""
    if not isinstance(data, Mapping):
        raise TypeError(f"a dict of columns, not {kind_of(data)}")
    return _framed(data.items())


def _framed(pairs: Iterable[tuple[Any, Any]]) -> pl.DataFrame:
    """Columns by their heads. Raises PolicyProblem, which names the one that is none."""
    import polars as pl

    listed = list(pairs)
    for head, _ in listed:
        if not isinstance(head, str) or _halved(head):
            raise _problem("FC603.head", name=ascii(head))
    _refuse_twice([head for head, _ in listed])
    columns = [_column(head, values) for head, values in listed]
    for column in columns[1:]:
        if len(column) != len(columns[0]):
            raise _problem(
                "FC603.lengths",
                name=column.name,
                n=len(column),
                first=columns[0].name,
                rows=len(columns[0]),
            )
    return pl.DataFrame(columns)


def _refuse_twice(heads: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for head in heads:
        if head in seen:
            raise _problem("FC603.head_twice", name=str(head))
        seen.add(head)


def _column(head: str, values: Any) -> pl.Series:
    """A column. Raises PolicyProblem where it has no order, or a value that no cell could hold."""
    import polars as pl

    pandas, arrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if isinstance(values, pl.Series):
        return values.alias(head)
    if arrow is not None and isinstance(values, arrow.Array | arrow.ChunkedArray):
        try:
            return pl.Series(head, values)
        except pl.exceptions.PolarsError:
            raise _problem("FC603.type", name=head, type=str(values.type)) from None
    if pandas is not None and isinstance(values, pandas.Series):
        kind = values.dtype
        if kind.kind in "iufb" and type(kind).__module__.startswith("numpy"):
            column = pl.Series(head, values.to_numpy())
            return column.fill_nan(None) if column.dtype.is_float() else column
        values = _plain_values(values)
    elif not isinstance(values, list | tuple | range) and not _is_row(values):
        raise _problem("FC603.no_column", name=head, type=kind_of(values))
    try:
        return series(head, values)
    except TypeError as problem:
        raise _problem("FC603.type", name=head, type=str(problem)) from None
    except UnicodeEncodeError:
        text = next(value for value in values if isinstance(value, str) and _halved(value))
        raise _problem("FC603.halved", name=head, text=ascii(text)[:60]) from None


def _is_row(values: Any) -> bool:
    """Whether it is an array of numpy of one dimension."""
    import numpy as np

    return isinstance(values, np.ndarray) and values.ndim == 1


def _plain_values(values: pd.Series[Any]) -> list[Any]:
    """Plain values, None where pandas has nothing."""
    listed = zip(values.astype(object).tolist(), values.notna().tolist(), strict=True)
    return [value if present else None for value, present in listed]


def _halved(text: str) -> bool:
    """Whether a text has half a character, which no file can have."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def _problem(key: str, **fields: str | int) -> PolicyProblem:
    return PolicyProblem([say(key, hint=None, spans=(), witness=None, **fields)])

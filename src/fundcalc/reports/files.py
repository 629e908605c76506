"""Results and lists as CSV, parquet and JSON, written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fundcalc.base import files
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS, grouped, plain
from fundcalc.base.words import Lang
from fundcalc.base.words import rows as rows_at_hand
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.table import Cell, Exact, Fen, said
from fundcalc.roster.model import Reject

if TYPE_CHECKING:
    import polars as pl

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = b"\xef\xbb\xbf"
"""So that Excel reads Chinese."""

_PART = 65_536
"""Villages of a table that are made at a time."""

_JSON_PART = 8_192
"""Fewer in JSON, where each value is a text of its own."""

_EPOCH = date(1970, 1, 1).toordinal()


def safe(value: str) -> str:
    """Text that a spreadsheet would take for a formula, neutralised with an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Cell]], lang: Lang, end: str) -> str:
    """A list as CSV: amounts in yuan, text made safe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=end)
    writer.writerow(heads)
    writer.writerows([_in_csv(cell, lang) for cell in row] for row in rows)
    return buffer.getvalue()


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[Cell]], lang: Lang = "en") -> bytes:
    """The same as a file for Excel: UTF-8 with a byte order mark."""
    return _BOM + csv_text(heads, rows, lang, "\r\n").encode()


def _in_csv(cell: Cell, lang: Lang) -> str:
    match cell:
        case Fen(value):
            return plain(value, cell.decimals)
        case Exact() | int():
            return str(cell)
        case _:
            return safe(said(cell, lang))


# -- a result's table -----------------------------------------------------------------------------


def write_table(path: Path, columns: Sequence[Filled], villages: int, lang: Lang) -> None:
    """One row a village, as CSV or parquet by the file's ending. Raises OSError."""
    csv_ = is_csv(path)
    frames = (frame_of(columns, at, lang, safe_text=csv_) for at in parts(villages))
    save(path, frame_of(columns, slice(0, 0), lang, safe_text=csv_).schema, frames)


def as_csv(columns: Sequence[Filled], villages: int, lang: Lang) -> bytes:
    """The same table as a CSV in memory."""
    buffer = io.BytesIO()
    frame = frame_of(columns, slice(0, villages), lang, safe_text=True)
    frame.write_csv(buffer, include_bom=True, line_terminator="\r\n")
    return buffer.getvalue()


def write_json(path: Path, columns: Sequence[Filled], villages: int, about: dict[str, Any]) -> None:
    """Facts about the run, and one object a village; every value as text, as in the CSV. Raises OSError."""
    frame = files.json_bytes({**about, "villages": []})
    if not villages:
        files.write_bytes(path, frame)
        return
    end = b"]\n}\n"
    keys = [f"   {encode_basestring(column.id)}: " for column in columns]

    def fill(to: Path) -> None:
        with to.open("wb") as file:
            file.write(frame.removesuffix(end))
            for at in parts(villages, _JSON_PART):
                cells = [
                    _in_json(key, column, at) for key, column in zip(keys, columns, strict=True)
                ]
                rows = ("  {\n" + ",\n".join(row) + "\n  }" for row in zip(*cells, strict=True))
                file.write((",\n" if at.start else "\n").encode() + ",\n".join(rows).encode())
            file.write(b"\n " + end)

    files.fill(path, fill)


def _in_json(key: str, column: Filled, at: slice) -> list[str]:
    """Some villages' values behind their key; each different value is said once."""
    import numpy as np

    if column.as_read is not None:
        return [key + encode_basestring(value) for value in cast("pl.Series", column.as_read)[at]]
    values = column.make(at)
    if isinstance(values, tuple):
        codes, texts = values
    else:
        different, codes = np.unique(values, return_inverse=True)
        texts = tuple(text(value, column.type) for value in different.tolist())
    entries = [key + encode_basestring(value) for value in texts]
    return [entries[code] for code in codes.tolist()]


def is_csv(path: Path) -> bool:
    """Whether a table is written as CSV, in which text is made safe, and not as parquet."""
    return path.suffix.lower() == ".csv"


def save(path: Path, schema: pl.Schema, frames: Iterator[pl.DataFrame]) -> None:
    """Write a table a part at a time, whole or not at all. Raises OSError, and what the parts raise."""
    stream = _Stream(schema, frames)
    if is_csv(path):
        sink: Callable[[Path], object] = lambda to: stream.table.sink_csv(  # noqa: E731
            to, include_bom=True, line_terminator="\r\n"
        )
    else:
        sink = lambda to: stream.table.sink_parquet(to, compression="zstd")  # noqa: E731
    files.fill(path, lambda to: stream.into(lambda: sink(to)))


class _Stream:
    """Parts of a table too large to be held at once as one lazy table, which can be written once."""

    def __init__(self, schema: pl.Schema, parts: Iterator[pl.DataFrame]) -> None:
        from polars.io.plugins import register_io_source

        self._parts = parts
        self._problem: BaseException | None = None
        self.table: pl.LazyFrame = register_io_source(self._source, schema=schema)

    def _source(
        self,
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        assert with_columns is None and predicate is None and n_rows is None
        try:
            yield from self._parts
        except BaseException as problem:
            self._problem = problem
            raise

    def into(self, write: Callable[[], object]) -> None:
        """Write the table; a problem in making a part is raised as what it is, not as polars puts it."""
        try:
            write()
        except BaseException:
            if self._problem is not None:
                raise self._problem from None
            raise


def parts(villages: int, most: int = 0) -> Iterator[slice]:
    """The stretches in which a table is written, of at most so many villages."""
    step = most or _PART
    for start in range(0, villages, step):
        yield slice(start, min(start + step, villages))


def frame_of(columns: Sequence[Filled], at: slice, lang: Lang, *, safe_text: bool) -> pl.DataFrame:
    """Some villages' values with exact types: amounts as decimals, so that no reader makes floats.

    For a CSV, text is made safe and blank text is nothing; in a Chinese one, rules are said by title and
    yes and no in words. Raises PolicyProblem where a parquet cannot hold an amount.
    """
    import polars as pl

    heads = [column.header(lang) for column in columns]
    titles = [safe(head) for head in heads] if safe_text else heads
    pairs = zip(titles, columns, strict=True)
    in_words = safe_text and lang == "zh"
    return pl.DataFrame([_series(head, column, at, safe_text, in_words) for head, column in pairs])


def _series(head: str, column: Filled, at: slice, safe_text: bool, in_words: bool) -> pl.Series:
    import polars as pl

    if column.as_read is not None:
        texts = cast("pl.Series", column.as_read)[at].alias(head)
        return _safe_series(texts) if safe_text else texts
    values = column.make(at)
    if isinstance(values, tuple):
        codes, table = values
        table = tuple(column.in_words(text) for text in table) if in_words else table
        safe_texts = [safe(text) or None for text in table] if safe_text else list(table)
        return pl.Series(head, safe_texts, pl.String).gather(codes)
    if in_words and isinstance(column.type, YesNo):
        return pl.Series(
            head, [words(f"book.{key}").zh for key in ("no", "yes")], pl.String
        ).gather(values.astype("uint32"))
    digits = MOST_DIGITS if safe_text else PARQUET_DIGITS
    return _exact(pl.Series(head, values), column.type, digits)


def _safe_series(texts: pl.Series) -> pl.Series:
    """As `safe`, for a whole column; blank text becomes nothing."""
    import polars as pl

    column = pl.col(texts.name)
    risky = column.str.slice(0, 1).is_in(_FORMULA)
    safe_text = (
        pl.when(column == "").then(None).when(risky).then(pl.lit("'") + column).otherwise(column)
    )
    return texts.to_frame().select(safe_text.alias(texts.name)).to_series()


def _exact(numbers: pl.Series, kind: Type, digits: int) -> pl.Series:
    """Whole numbers as what they stand for: decimals of so many digits, yes/no, days."""
    import polars as pl

    if isinstance(kind, YesNo):
        return numbers.cast(pl.Boolean)
    if isinstance(kind, Date):
        return (numbers - _EPOCH).cast(pl.Int32).cast(pl.Date)
    if isinstance(kind, Number) and kind.decimals:
        unit = Decimal(1).scaleb(-kind.decimals)
        decimals: pl.Series = numbers.cast(pl.Decimal(38, 0)) * unit
        if digits == PARQUET_DIGITS:
            beyond = numbers.filter(~numbers.is_between(-(10**digits), 10**digits, "none"))
            if len(beyond):
                number = grouped(int(beyond[0]), kind.decimals)
                raise PolicyProblem([say("FC855", column=numbers.name, number=number)])
        return decimals.cast(pl.Decimal(digits, kind.decimals))
    return numbers


# -- rejects --------------------------------------------------------------------------------------

_REJECT_HEADS = {
    "zh": ("轻重", "代号", "文件", "工作表", "单元格", "行", "村", "表头", "值", "原因", "改法"),
    "en": (
        "severity", "code", "file", "sheet", "cell", "row", "village", "column", "value", "why", "mend",
    ),
}  # fmt: skip
_SEVERITY = {"error": words("reports.to_correct"), "warning": words("reports.to_confirm")}


def rejects_csv(rejects: Sequence[Reject], lang: Lang) -> bytes:
    """One row a reject; UTF-8 with a byte order mark."""
    rows = (
        (
            _SEVERITY[r.severity], r.code, r.file, r.sheet or "", r.cell or "", str(r.row),
            r.village, r.column, r.value, r.why, r.mend,
        )
        for r in rejects
    )  # fmt: skip
    heads = [rows_at_hand().of_rows(head, lang) for head in _REJECT_HEADS[lang]]
    return csv_bytes(heads, rows, lang)

"""Results as CSV, parquet and JSON, written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fundcalc.base import files
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS, grouped
from fundcalc.base.words import Lang
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.stream import Stream
from fundcalc.roster.model import Reject

if TYPE_CHECKING:
    import polars as pl

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


_PART = 131_072
"""Villages of a table that are made at a time."""

_EPOCH = date(1970, 1, 1).toordinal()


def safe(value: str) -> str:
    """Text that a spreadsheet would take for a formula, neutralised with an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def write_table(path: Path, columns: Sequence[Filled], villages: int, lang: Lang) -> None:
    """One row a village, as CSV or parquet by the file's ending. Raises OSError."""
    csv_ = is_csv(path)
    frames = (frame_of(columns, at, lang, safe_text=csv_) for at in parts(villages))
    save(path, frame_of(columns, slice(0, 0), lang, safe_text=csv_).schema, frames)


def as_csv(columns: Sequence[Filled], villages: int, lang: Lang) -> bytes:
    """The same table as a CSV in memory."""
    out = io.BytesIO()
    frame = frame_of(columns, slice(0, villages), lang, safe_text=True)
    frame.write_csv(out, include_bom=True, line_terminator="\r\n")
    return out.getvalue()


def is_csv(path: Path) -> bool:
    """Whether a table is written as CSV, in which text is made safe, and not as parquet."""
    return path.suffix.lower() == ".csv"


def save(path: Path, schema: pl.Schema, frames: Iterator[pl.DataFrame]) -> None:
    """Write a table a part at a time, whole or not at all. Raises OSError, and what the parts raise.

    A CSV is UTF-8 with a byte order mark, so that Excel reads Chinese.
    """
    stream = Stream(schema, frames)
    if is_csv(path):
        sink: Callable[[Path], object] = lambda to: stream.table.sink_csv(  # noqa: E731
            to, include_bom=True, line_terminator="\r\n"
        )
    else:
        sink = lambda to: stream.table.sink_parquet(to, compression="zstd")  # noqa: E731
    files.fill(path, lambda to: stream.into(lambda: sink(to)))


def as_json(columns: Sequence[Filled], villages: int, about: dict[str, Any]) -> bytes:
    """Facts about the run, and one object a village; every value as text, as in the CSV."""
    rows = [
        {column.id: text(column.value(index), column.type) for column in columns}
        for index in range(villages)
    ]
    whole = json.dumps({**about, "villages": rows}, ensure_ascii=False, indent=1)
    return whole.encode() + b"\n"


def frame_of(columns: Sequence[Filled], at: slice, lang: Lang, *, safe_text: bool) -> pl.DataFrame:
    """Some villages' values with exact types: amounts as decimals, so that no reader makes floats.

    For a CSV, text is made safe and blank text is nothing. Raises PolicyProblem where a parquet cannot
    hold an amount.
    """
    import polars as pl

    heads = [column.header(lang) for column in columns]
    shown = [safe(head) for head in heads] if safe_text else heads
    pairs = zip(shown, columns, strict=True)
    return pl.DataFrame([_series(head, column, at, safe_text) for head, column in pairs])


def parts(villages: int) -> Iterator[slice]:
    """The stretches in which a table is written."""
    for start in range(0, villages, _PART):
        yield slice(start, min(start + _PART, villages))


def _series(head: str, column: Filled, at: slice, safe_text: bool) -> pl.Series:
    import polars as pl

    if column.given is not None:
        text = cast("pl.Series", column.given)[at].alias(head)
        return _safe_series(text) if safe_text else text
    values = column.make(at)
    if isinstance(values, tuple):
        codes, table = values
        shown = [safe(text) or None for text in table] if safe_text else list(table)
        return pl.Series(head, shown, pl.String).gather(codes)
    return _exact(
        pl.Series(head, values), column.type, MOST_DIGITS if safe_text else PARQUET_DIGITS
    )


def _safe_series(text: pl.Series) -> pl.Series:
    """As `safe`, for a whole column; blank text becomes nothing."""
    import polars as pl

    one = pl.col(text.name)
    risky = one.str.slice(0, 1).is_in(_FORMULA)
    made = pl.when(one == "").then(None).when(risky).then(pl.lit("'") + one).otherwise(one)
    return text.to_frame().select(made.alias(text.name)).to_series()


def _exact(numbers: pl.Series, kind: Type, digits: int) -> pl.Series:
    """Whole numbers as what they stand for: decimals of so many digits, yes/no, days."""
    import polars as pl

    if isinstance(kind, YesNo):
        return numbers.cast(pl.Boolean)
    if isinstance(kind, Date):
        return (numbers - _EPOCH).cast(pl.Int32).cast(pl.Date)
    if isinstance(kind, Number) and kind.decimals:
        unit = Decimal(1).scaleb(-kind.decimals)
        found: pl.Series = numbers.cast(pl.Decimal(38, 0)) * unit
        if digits == PARQUET_DIGITS:
            beyond = numbers.filter(~numbers.is_between(-(10**digits), 10**digits, "none"))
            if len(beyond):
                number = grouped(int(beyond[0]), kind.decimals)
                raise PolicyProblem([say("FC855", column=numbers.name, number=number)])
        return found.cast(pl.Decimal(digits, kind.decimals))
    return numbers


_REJECT_HEADS = {
    "zh": ("轻重", "代号", "文件", "工作表", "单元格", "行", "村", "表头", "值", "原因", "改法"),
    "en": (
        "severity", "code", "file", "sheet", "cell", "row", "village", "column", "value", "why", "mend",
    ),
}  # fmt: skip


_SEVERITY = {
    "zh": {"error": "退回", "warning": "存疑"},
    "en": {"error": "error", "warning": "warning"},
}


def rejects_csv(rejects: Sequence[Reject], lang: Lang) -> bytes:
    """One row a reject; UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_REJECT_HEADS[lang])
    for r in rejects:
        where = (
            _SEVERITY[lang][r.severity],
            r.code,
            r.file,
            r.sheet or "",
            r.cell or "",
            str(r.row),
        )
        what = (r.village, r.column, r.value, r.why.say(lang), r.mend.say(lang))
        writer.writerow([safe(cell) for cell in (*where, *what)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()

"""Results as CSV and JSON, written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.words import Lang
from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.reports.columns import Column, text
from fundcalc.roster.model import Reject

if TYPE_CHECKING:
    import polars as pl

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(value: str) -> str:
    """Text that a spreadsheet would take for a formula, neutralised with an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def as_csv(columns: Sequence[Column], villages: int, lang: Lang) -> bytes:
    """One row a village; UTF-8 with a byte order mark, so that Excel reads Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(column.header(lang)) for column in columns])
    kinds = [(c.value, c.type, isinstance(c.type, Number)) for c in columns]
    for index in range(villages):
        cells = [(text(value(index), kind), number) for value, kind, number in kinds]
        writer.writerow([cell if number else safe(cell) for cell, number in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_json(columns: Sequence[Column], villages: int, about: dict[str, Any]) -> bytes:
    """Facts about the run, and one object a village; every value as text, as in the CSV."""
    rows = [
        {column.id: text(column.value(index), column.type) for column in columns}
        for index in range(villages)
    ]
    whole = json.dumps({**about, "villages": rows}, ensure_ascii=False, indent=1)
    return whole.encode() + b"\n"


def as_parquet(columns: Sequence[Column], villages: int, lang: Lang) -> bytes:
    """One row a village; amounts as decimal(18,2), so that no reader makes floats of them."""
    import polars as pl

    heads = [column.header(lang) for column in columns]
    made = [_series(head, c, villages) for head, c in zip(heads, columns, strict=True)]
    out = io.BytesIO()
    pl.DataFrame(made).write_parquet(out, compression="zstd")
    return out.getvalue()


def _series(head: str, column: Column, villages: int) -> pl.Series:
    import polars as pl

    values = [column.value(index) for index in range(villages)]
    kind = column.type
    if isinstance(kind, Number) and kind.decimals:
        exact = [Decimal(int(v)).scaleb(-kind.decimals) for v in values]  # type: ignore[arg-type]
        return pl.Series(head, exact, pl.Decimal(18, kind.decimals))
    if isinstance(kind, Number):
        return pl.Series(head, values, pl.Int64)
    if isinstance(kind, YesNo):
        return pl.Series(head, values, pl.Boolean)
    if isinstance(kind, Date):
        days = [date.fromordinal(int(v)) for v in values]  # type: ignore[arg-type]
        return pl.Series(head, days, pl.Date)
    return pl.Series(head, [text(v, kind) for v in values], pl.String)


_REJECT_HEADS = {
    "zh": ("轻重", "代号", "文件", "工作表", "单元格", "行", "村", "表头", "值", "原因", "改法"),
    "en": (
        "severity", "code", "file", "sheet", "cell", "row", "village", "column", "value", "why", "mend",
    ),
}  # fmt: skip


def rejects_csv(rejects: Sequence[Reject], lang: Lang) -> bytes:
    """One row a reject; UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_REJECT_HEADS[lang])
    for r in rejects:
        where = (r.severity, r.code, r.file, r.sheet or "", r.cell or "", str(r.row))
        what = (r.village, r.column, r.value, r.why.say(lang), r.mend.say(lang))
        writer.writerow([safe(cell) for cell in (*where, *what)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write(path: Path, content: bytes) -> None:
    """Write a file whole: a reader never sees half of it. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".fundcalc-", suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

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


_EPOCH = date(1970, 1, 1).toordinal()


def safe(value: str) -> str:
    """Text that a spreadsheet would take for a formula, neutralised with an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def as_csv(columns: Sequence[Column], lang: Lang) -> bytes:
    """One row a village; UTF-8 with a byte order mark, so that Excel reads Chinese."""
    out = io.BytesIO()
    frame = _frame(columns, [safe(column.header(lang)) for column in columns], safe_text=True)
    frame.write_csv(out, include_bom=True, line_terminator="\r\n")
    return out.getvalue()


def as_json(columns: Sequence[Column], villages: int, about: dict[str, Any]) -> bytes:
    """Facts about the run, and one object a village; every value as text, as in the CSV."""
    rows = [
        {column.id: text(column.value(index), column.type) for column in columns}
        for index in range(villages)
    ]
    whole = json.dumps({**about, "villages": rows}, ensure_ascii=False, indent=1)
    return whole.encode() + b"\n"


def as_parquet(columns: Sequence[Column], lang: Lang) -> bytes:
    """One row a village; amounts as decimal(18,2), so that no reader makes floats of them."""
    out = io.BytesIO()
    frame = _frame(columns, [column.header(lang) for column in columns], safe_text=False)
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def _frame(columns: Sequence[Column], heads: Sequence[str], *, safe_text: bool) -> pl.DataFrame:
    """The columns with exact types; for a CSV, text is made safe and blank text is nothing."""
    import polars as pl

    return pl.DataFrame(
        [_series(head, c, safe_text) for head, c in zip(heads, columns, strict=True)]
    )


def _series(head: str, column: Column, safe_text: bool) -> pl.Series:
    import polars as pl

    kind = column.type
    if column.is_text:
        codes, table = column.texts
        shown = [safe(text) or None for text in table] if safe_text else list(table)
        return pl.Series(head, shown, pl.String).gather(codes)
    numbers = pl.Series(head, column.numbers)
    if isinstance(kind, YesNo):
        return numbers.cast(pl.Boolean)
    if isinstance(kind, Date):
        return (numbers - _EPOCH).cast(pl.Int32).cast(pl.Date)
    if isinstance(kind, Number) and kind.decimals:
        unit = Decimal(1).scaleb(-kind.decimals)
        exact: pl.Series = numbers.cast(pl.Decimal(38, 0)) * unit
        return exact.cast(pl.Decimal(18, kind.decimals))
    return numbers


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

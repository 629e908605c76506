"""A parquet table: its columns keep their types; their names are the header."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import polars as pl

from fundcalc.roster.clean import statement
from fundcalc.roster.files.source import Source, stop
from fundcalc.roster.sheet import MAX_COLUMNS, Sheet

MAX_ROWS = 50_000_000
TRIED_BELOW = 20_000_000
"""Bytes of a file that is first read in a process of its own: damage there may end the process."""

_SECONDS = 30
_MARK = b"PAR1"


def load(source: Source) -> Sheet:
    """The table. Raises PolicyProblem where it cannot be read."""
    if not (source.data.startswith(_MARK) and source.data.endswith(_MARK)):
        stop("FC603.parquet", source.path)
    if len(source.data) < TRIED_BELOW and not _survives(source.data):
        stop("FC603.parquet", source.path)
    try:
        lazy = pl.scan_parquet(io.BytesIO(source.data))
        schema = lazy.collect_schema()
        rows = lazy.select(pl.len()).collect().item()
        _refuse(source, rows, schema)
        table = lazy.collect()
        said = statement(pl.read_parquet_metadata(io.BytesIO(source.data)))
        if said is not None and said.rows != rows:
            stop("FC656.rows", source.path, said=said.rows, rows=rows)
    except (pl.exceptions.PolarsError, OSError, ValueError):
        stop("FC603.parquet", source.path)
    except BaseException as problem:
        if not isinstance(problem, pl.exceptions.PanicException):
            raise
        stop("FC603.parquet", source.path)
    header = tuple(schema)
    table.columns = [f"c{at}" for at in range(table.width)]
    cells = table.select(map(_plain, table.columns, table.dtypes))
    return Sheet(None, cells, header=header, clean=said)


def _plain(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as it is kept: texts, with "" for nothing, numbers and yes/no; all else as text."""
    column = pl.col(name)
    if kind.is_numeric() or kind == pl.Boolean:
        return column
    if kind == pl.Datetime:
        text = column.dt.to_string("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
        return text.fill_null("")
    return column.cast(pl.String).fill_null("")


def _refuse(source: Source, rows: int, schema: pl.Schema) -> None:
    if rows > MAX_ROWS or len(schema) > MAX_COLUMNS:
        stop("FC606.table", source.path, rows=MAX_ROWS, columns=MAX_COLUMNS)
    for name, kind in schema.items():
        if kind.is_nested() or str(kind) in ("Binary", "Object", "Unknown"):
            stop("FC603.type", source.path, name=name, type=str(kind))


def _survives(data: bytes) -> bool:
    """Whether a process that reads it comes to its end within limits; its own errors are no matter."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "fundcalc.roster.files.trial"]
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

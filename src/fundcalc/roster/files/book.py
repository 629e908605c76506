"""A roster's file opened: its sheets by name, and the cells of each once they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.roster.files.database import Address, read_table
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
from fundcalc.roster.sheet import Sheet

if TYPE_CHECKING:
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


def open_book(path: Path, known: Collection[str] = ()) -> Book:
    """Open a roster. Raises PolicyProblem where it cannot be read.

    `known` are the heads that are facts' own, cleaned, which a database's table is not to take otherwise.
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
    source = read(path, lines=ending == ".csv")
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
    found = hashlib.sha256(repr([*frame.schema.items()]).encode())
    found.update(sheet.cells.write_csv(include_header=False).encode())
    return Book(name, f"sha256:{found.hexdigest()}", [SheetName(None)], lambda _: sheet)


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

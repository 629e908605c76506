"""What the reading library does not say of an .xlsx: its limits, and formulas without a value."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from fundcalc.base.words import Words
from fundcalc.roster.grid import MAX_COLUMNS
from fundcalc.roster.model import letters

MAX_UNPACKED = 2_000_000_000
MAX_PART = 200_000_000
"""Bytes of any part that is no sheet; the texts of a million rows are less."""

MAX_RATIO = 500
SUSPECT = 100_000_000
MAX_CELLS = 16_000_000
_CHUNK = 4_000_000
_REF = re.compile(rb' r="([A-Za-z]+)[0-9]')
_FILLED = re.compile(rb'<(?:\w+:)?c r="([A-Za-z]+)([0-9]+)"[^>/]*>')
_TAG = rb"<(?:\w+:)?"
_ERROR = re.compile(
    _TAG + rb'c (?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>'
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<",
    re.DOTALL,
)
_FORMULA = re.compile(
    _TAG + rb'c (?![^>]*\bt="str")[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>\s*'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_BAD = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


class PackageError(Exception):
    """A package that is damaged or is no workbook."""


class TooLarge(Exception):
    """A package that unpacks to more than is read; `cell` is the far one, where one is to blame."""

    def __init__(self, words: Words, cell: str = "") -> None:
        super().__init__(words.en)
        self.words = words
        self.cell = cell


class Package:
    """The zip file that an .xlsx is."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            parts = self._zip.infolist()
            unpacked = sum(info.file_size for info in parts)
            other = (i.file_size for i in parts if not i.filename.startswith("xl/worksheets/"))
            swollen = max(other, default=0) > MAX_PART
        except _BAD as problem:
            raise PackageError(str(problem)) from problem
        if (
            swollen
            or unpacked > MAX_UNPACKED
            or (unpacked > SUSPECT and unpacked > MAX_RATIO * len(data))
        ):
            size = f"{unpacked / 1e6:,.0f} MB"
            raise TooLarge(
                Words(f"解压后有 {size}，不予读取", f"unpacks to {size}, which is not read")
            )

    def faulty_cells(self, sheet: str) -> dict[tuple[int, int], str]:
        """Cells whose formula gives an error, with its text; "" for one that was never computed.

        Raises TooLarge where one far cell would stretch the sheet over the limits.
        """
        found: dict[tuple[int, int], str] = {}
        widest = deepest = 0
        try:
            for part in self._parts(self._path(sheet)):
                widest = max(widest, _widest(part))
                deepest = max(deepest, _deepest(part))
                if widest >= MAX_COLUMNS or widest * deepest > MAX_CELLS:
                    raise TooLarge(_far(widest, deepest), f"{letters(widest)}{max(deepest, 1)}")
                found.update(_faults(part))
        except (*_BAD, ET.ParseError) as problem:
            raise PackageError(str(problem)) from problem
        return found

    def _path(self, sheet: str) -> str:
        """Where in the package a sheet lies."""
        workbook = _small_xml(self._zip, "xl/workbook.xml")
        links = _small_xml(self._zip, "xl/_rels/workbook.xml.rels")
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        for one in workbook.iterfind("{*}sheets/{*}sheet"):
            if one.get("name") == sheet:
                ids = [value for key, value in one.attrib.items() if key.endswith("}id")]
                target = targets[ids[0] if ids else None]
                return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        raise KeyError(sheet)

    def _parts(self, path: str) -> Iterator[bytes]:
        """A sheet's XML in parts that end with a row."""
        with self._zip.open(path) as stream:
            rest = b""
            while chunk := stream.read(_CHUNK):
                buffer = rest + chunk
                end = buffer.rfind(b"</row>") + 6 if b"</row>" in buffer else 0
                if end:
                    yield _double_quoted(buffer[:end])
                rest = buffer[end:]
                if len(rest) > 16 * _CHUNK:
                    raise PackageError("no rows")
            yield _double_quoted(rest)


def _double_quoted(part: bytes) -> bytes:
    return part.replace(b"'", b'"') if b" r='" in part else part


def _small_xml(package: zipfile.ZipFile, path: str) -> ET.Element:
    """One of the package's tables of contents. No document type is allowed, so entities cannot grow."""
    with package.open(path) as stream:
        text = stream.read(_CHUNK)
    if b"<!DOCTYPE" in text:
        raise PackageError("document type")
    return ET.fromstring(text)  # noqa: S314


def _widest(part: bytes) -> int:
    """The last column that has a value, from 0; blank cells with a format only do not count."""
    widest = max((_column(name) for name in set(_REF.findall(part))), default=0)
    if widest < MAX_COLUMNS:
        return widest
    return max((_column(match[0]) for match in _FILLED.findall(part)), default=0)


def _deepest(part: bytes) -> int:
    """The last row that has a value, from 1."""
    at = max(part.rfind(b"</v>"), part.rfind(b"</is>"), part.rfind(b":v>"), 0)
    match = re.compile(rb"[A-Z]+([0-9]+)").match(part, part.rfind(b' r="', 0, at) + 4)
    return int(match.group(1)) if match and len(match.group(1)) < 9 else 0


def _far(widest: int, deepest: int) -> Words:
    if widest >= MAX_COLUMNS:
        return Words(
            f"超过 {MAX_COLUMNS} 列，请删去远处多余的单元格",
            f"over {MAX_COLUMNS} columns; delete the stray cells far to the right",
        )
    return Words(
        f"{deepest:,} 行 {widest + 1} 列，过大；请删去远处多余的单元格",
        f"{deepest:,} rows of {widest + 1} columns are too many; delete the stray cells far away",
    )


def _faults(part: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' in part:
        for column, row, text in _ERROR.findall(part):
            yield (int(row) - 1, _column(column)), text.decode("ascii", "replace") or "#ERROR!"
    if b"<f" in part or b":f" in part:
        for column, row in _FORMULA.findall(part):
            yield (int(row) - 1, _column(column)), ""


def _column(name: bytes) -> int:
    """The number of a column from its letters, from 0."""
    number = 0
    for letter in name[:7].upper():
        number = number * 26 + letter - 64
    return number - 1

"""Workbooks as .xlsx and .xlsm: a zip file of XML parts."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET

from fundcalc.roster.files import markup
from fundcalc.roster.files.cells import Cells
from fundcalc.roster.files.formats import built_in, code_of
from fundcalc.roster.files.markup import Malformed, is_true
from fundcalc.roster.files.sheet_part import SheetPart, Strings, Style, mark_of
from fundcalc.roster.files.source import Source, stop
from fundcalc.roster.sheet import Sheet

MAX_UNPACKED = 2_000_000_000
MAX_PART = 200_000_000
"""Bytes of any part that is no sheet; the texts of a million rows are less."""

MAX_RATIO, SUSPECT = 500, 100_000_000
MAX_PARTS = 20_000
MAX_SHEETS = 256
_TAGS, _TAGS_A_BYTE = 8_000_000, 4
"""Tags that a part may have, and how many more for each byte of the file; a cell has two to six."""

_BAD = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
    Malformed,
    ET.ParseError,
)
_CALCULATES = re.compile(r"Excel|WPS|Office|Calc|Numbers|Kingsoft|Gnumeric|Yozo", re.IGNORECASE)
"""Programs that compute the formulas which they write."""

_NO_CALCULATION = "124519"
"""The number that libraries which compute nothing copy from Excel 2007 as their own."""


class Workbook:
    """A workbook with its sheets' names and whether they are seen."""

    def __init__(self, source: Source) -> None:
        """Raises PolicyProblem where it cannot be read."""
        self._source, self._path = source, source.path
        try:
            self._zip = self._opened(source.data)
            self._read_contents()
        except markup.TooMuch:
            stop("FC606", self._path)
        except _BAD:
            stop("FC603", self._path)
        self._strings: Strings | None = None
        self._styles: dict[str, Style] = {}

    def load(self, name: str) -> Sheet:
        """The cells of a sheet. Raises PolicyProblem."""
        cells = Cells(self._path, self._source.name, name)
        try:
            with markup.many_objects():
                if self._strings is None:
                    self._strings = self._read_strings()
                    self._styles = dict(self._read_styles())
                with self._open(self._parts[name]) as part:
                    reader = SheetPart(cells, self._strings, self._styles, self._from_1904)
                    reader.read(part, self._most())
            return cells.sheet(column_zeros=self._to_compute, all_zeros=self._writer_is_simple)
        except markup.TooMuch:
            stop("FC606", f"{self._path}!{name}")
        except _BAD:
            stop("FC603", self._path)

    def _opened(self, data: bytes) -> zipfile.ZipFile:
        if data.count(b"PK\x01\x02") > MAX_PARTS:
            stop("FC606", self._path)
        package = zipfile.ZipFile(io.BytesIO(data))
        parts = package.infolist()
        unpacked = sum(info.file_size for info in parts)
        sheets = "xl/worksheets/"
        other = (i.file_size for i in parts if not i.filename.lower().startswith(sheets))
        if (
            max(other, default=0) > MAX_PART
            or unpacked > MAX_UNPACKED
            or (unpacked > SUSPECT and unpacked > MAX_RATIO * len(data))
        ):
            stop("FC606.unpacked", self._path, mb=round(unpacked / 1e6))
        self._names = {i.filename.replace("\\", "/").lstrip("/").lower(): i for i in parts}
        if len(self._names) < len(parts):
            raise Malformed("one part twice")
        return package

    def _open(self, part: str) -> IO[bytes]:
        return self._zip.open(self._names[part.lower()])

    def _most(self) -> int:
        return _TAGS + _TAGS_A_BYTE * len(self._source.data)

    def _tree(self, part: str, root: str) -> ET.Element | None:
        """A small part; None where there is none."""
        if part.lower() not in self._names:
            return None
        with self._open(part) as stream:
            return markup.tree(stream, root)

    def _links(self, part: str) -> Iterator[tuple[str, str, str]]:
        """A part's relationships: id, the last word of the type, the part meant."""
        folder, name = posixpath.split(part)
        found = self._tree(posixpath.join(folder, "_rels", f"{name}.rels"), "Relationships")
        for link in found if found is not None else ():
            target = posixpath.normpath(posixpath.join("/", folder, link.get("Target", "")))
            kind = link.get("Type", "").rpartition("/")[2]
            yield link.get("Id", ""), kind, target.lstrip("/")

    def _read_contents(self) -> None:
        root = {kind: part for _, kind, part in self._links("")}
        main = root.get("officeDocument", "xl/workbook.xml")
        book = self._tree(main, "workbook")
        if book is None:
            raise Malformed("no workbook")
        links = {id_: (kind, part) for id_, kind, part in self._links(main)}
        self._linked = dict(links.values())
        sheets = book.findall("sheets/sheet")
        if len(sheets) > MAX_SHEETS:
            stop("FC606.sheets", self._path, sheets=len(sheets), most=MAX_SHEETS)
        self._parts: dict[str, str] = {}
        self.sheets: list[tuple[str, bool]] = []
        for one in sheets:
            kind, part = links[one.attrib["id"]]
            if kind != "worksheet":
                continue
            name = one.attrib["name"]
            if name in self._parts or part in self._parts.values():
                raise Malformed("one sheet twice")
            self._parts[name] = part
            self.sheets.append((name, one.get("state", "visible") == "visible"))
        about, compute = book.find("workbookPr"), book.find("calcPr")
        self._from_1904 = about is not None and is_true(about.get("date1904"))
        self._to_compute = compute is not None and is_true(compute.get("fullCalcOnLoad"))
        number = compute.get("calcId") if compute is not None else None
        self._writer_is_simple = number == _NO_CALCULATION or not _CALCULATES.search(
            self._application(root.get("extended-properties", "docProps/app.xml"))
        )

    def _application(self, part: str) -> str:
        """The program that wrote the file, as it says."""
        about = self._tree(part, "Properties")
        return (about.findtext("Application") or "") if about is not None else ""

    def _read_strings(self) -> Strings:
        """The shared texts; what a file says of how many there are is not asked for."""
        found = Strings()
        part = self._linked.get("sharedStrings", "xl/sharedStrings.xml")
        if part.lower() not in self._names:
            return found
        with self._open(part) as stream:
            found.read(stream, self._most())
        return found

    def _read_styles(self) -> Iterator[tuple[str, Style]]:
        """For each style that is not plain its number format and what it says of the text."""
        root = self._tree(self._linked.get("styles", "xl/styles.xml"), "styleSheet")
        if root is None:
            return
        codes = {
            n.get("numFmtId"): n.get("formatCode", "") for n in root.iterfind("numFmts/numFmt")
        }
        marks = [mark_of(font) for font in root.iterfind("fonts/font")]
        for at, form in enumerate(root.iterfind("cellXfs/xf")):
            number, font = form.get("numFmtId", "0"), int(form.get("fontId", "0"))
            code = codes.get(number)
            mark = marks[font] if 0 <= font < len(marks) else ""
            found = code_of(built_in(int(number)) if code is None else code)
            if found or mark:
                yield str(at), (found, mark)

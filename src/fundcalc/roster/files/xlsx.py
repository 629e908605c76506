"""Workbooks as .xlsx and .xlsm: a zip file of XML parts, each read in one pass.

XML is read piece by piece: no document type, so that no entity grows; nothing nested or long without end.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from fundcalc.roster.files.cells import (
    LOWERED,
    MAX_ROWS,
    MAX_WIDTH,
    RAISED,
    STRUCK,
    Cells,
    Code,
    Mark,
    address,
    built_in,
    code_of,
    joined,
    many_objects,
    number_text,
)
from fundcalc.roster.files.source import MAX_TEXT, Source, stop
from fundcalc.roster.sheet import (
    DATE,
    ERROR,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    TEXT,
    YES_NO,
    Area,
    Format,
    Sheet,
)

_CHUNK = 16_384
_MAX_UNIT = 4_000_000
"""Bytes of one row, one text, or one of the like."""


class Malformed(Exception):
    """What is no XML, or not the XML that it should be."""


class TooMuch(Exception):
    """More tags, or one part longer, than such a file can need."""


class _Begun(Exception):
    """The root has begun, so that no document type can come."""


def units(stream: IO[bytes], root: str, depth: int, most: int) -> Iterator[list[ET.Element]]:
    """The elements at a depth of 2 or 3 below `root`, at 1, as they are complete; then they are let go.

    Elements at depth 2 come too, after those in them. `most` is how many tags there may be. Raises
    Malformed and TooMuch.
    """
    builder = ET.TreeBuilder()
    parser = ET.XMLParser(target=builder)  # noqa: S314 - entities cannot be declared
    prolog: expat.XMLParserType | None = _prolog_parser()
    tags = since = 0
    try:
        while chunk := stream.read(_CHUNK):
            tags += chunk.count(b"<")
            since += len(chunk)
            if tags > most or since > _MAX_UNIT:
                raise TooMuch
            prolog = _without_doctype(prolog, chunk)
            parser.feed(chunk)
            top = builder.close()  # in C this is what there is so far
            if top is None:
                continue
            done = _complete(top, depth)
            if done:
                since = 0
                yield done
        top = parser.close()
    except (ET.ParseError, expat.ExpatError, LookupError, ValueError) as problem:
        raise Malformed(str(problem)) from problem
    if local(top.tag) != root:
        raise Malformed("another kind of part")
    for element in top:
        yield [*element, element] if depth == 3 else [element]


def _complete(top: ET.Element, depth: int) -> list[ET.Element]:
    """Take out the elements that are complete."""
    done: list[ET.Element] = []
    for element in top[:-1]:
        if depth == 3:
            done += element
        done.append(element)
    del top[:-1]
    if depth == 3 and len(top):
        done += top[-1][:-1]
        del top[-1][:-1]
    return done


def _prolog_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Malformed("document type")

    def begun(*_: object) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, begun
    return parser


def _without_doctype(
    parser: expat.XMLParserType | None, chunk: bytes
) -> expat.XMLParserType | None:
    """See that no document type comes before the root; None when that has begun."""
    if parser is not None:
        try:
            parser.Parse(chunk, False)
        except _Begun:
            return None
    return parser


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def tree(stream: IO[bytes], root: str, most: int = 2_000_000) -> ET.Element:
    """A small document; names and attributes without their namespaces."""
    whole = ET.Element(root)
    for elements in units(stream, root, 2, most):
        whole.extend(elements)
    for element in whole.iter():
        element.tag = local(element.tag)
        if any("}" in name for name in element.attrib):
            attributes = {local(name): value for name, value in element.attrib.items()}
            element.attrib.clear()
            element.attrib.update(attributes)
    return whole


def is_true(value: str | None) -> bool:
    """Whether an attribute says yes."""
    return value in ("1", "true", "on")


Style = tuple[Code | None, str]
"""A number format that is not plain, and what a font says of all its text."""

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d:\d\d)?(\.\d+)?Z?")
_MAX_ARRAY = 3_000_000


class Strings:
    """The shared strings, of which a part or all is struck out, raised or lowered, and which have parts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.marks: dict[int, tuple[str, bool]] = {}
        self.rich: dict[int, ET.Element] = {}

    def read(self, stream: IO[bytes], most: int) -> None:
        """All of them; what a file says of how many there are is not asked for."""
        for elements in units(stream, "sst", 2, most):
            for element in elements:
                first = element[0] if len(element) == 1 else None
                if (
                    first is not None
                    and first.tag.endswith("}t")
                    and "_x" not in (first.text or "")
                ):
                    text = first.text or ""
                else:
                    text, mark, partly = string(element)
                    if element.find("{*}r") is not None:
                        self.rich[len(self.texts)] = element
                    if mark or partly:
                        self.marks[len(self.texts)] = (mark, partly)
                if len(text) > MAX_TEXT:
                    raise TooMuch
                self.texts.append(text)


def string(element: ET.Element) -> tuple[str, str, bool]:
    """A string of one or more runs, as `joined`; how it is pronounced is left out."""
    runs: list[tuple[str, str]] = []
    for child in element:
        tag = local(child.tag)
        if tag == "t":
            runs.append((unescaped(child.text or ""), ""))
        elif tag == "r":
            texts = (unescaped(t.text or "") for t in child.iterfind("{*}t"))
            runs.append(("".join(texts), mark_of(child.find("{*}rPr"))))
    return joined(runs)


def mark_of(font: ET.Element | None) -> str:
    """What a font says of its text: struck out, raised, lowered, or nothing."""
    strike = font.find("{*}strike") if font is not None else None
    raised = font.find("{*}vertAlign") if font is not None else None
    if strike is not None and is_true(strike.get("val", "1")):
        return STRUCK
    marks = {"superscript": RAISED, "subscript": LOWERED}
    return marks.get(raised.get("val", ""), "") if raised is not None else ""


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, written as _x000D_."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class SheetPart:
    """The reader of one sheet's XML, which puts the filled cells into `cells`."""

    def __init__(
        self, cells: Cells, strings: Strings, styles: Mapping[str, Style], from_1904: bool
    ) -> None:
        self._cells, self._strings, self._styles = cells, strings, styles
        self._from_1904 = from_1904
        self._row = -1
        self._hidden = False
        self._columns: dict[str, int] = {}
        self._hides = False  # whether rows are hidden unless they say otherwise
        self._arrays: list[Area] = []
        self._in_arrays: set[tuple[int, int]] = set()

    def read(self, stream: IO[bytes], most: int) -> None:
        """Read all of it. Raises Malformed, TooMuch and PolicyProblem."""
        for elements in units(stream, "worksheet", 3, most):
            for element in elements:
                name = local(element.tag)
                if name == "row":
                    self._read_row(element, element.tag.removesuffix("row"))
                elif name == "mergeCell":
                    self._cells.merge(self._area(element.get("ref", "")))
                elif name == "col" and (
                    is_true(element.get("hidden")) or _below(element.get("width"), _LEAST_WIDTH)
                ):
                    self._cells.hide_columns(
                        int(element.get("min", "0")) - 1, int(element.get("max", "0")) - 1
                    )
                elif name == "sheetFormatPr":
                    self._hides = is_true(element.get("zeroHeight"))

    def _area(self, ref: str) -> Area:
        first, _, last = ref.partition(":")
        top, left = address(self._cells.path, first)
        bottom, right = address(self._cells.path, last or first)
        if bottom < top or right < left:
            raise Malformed("an area")
        return top, left, bottom, right

    def _read_row(self, element: ET.Element, space: str) -> None:
        row = self._begin_row(element.attrib)
        number = str(row + 1)  # as the row's addresses end
        columns, styles, in_arrays = self._columns, self._styles, self._in_arrays
        marks, shared = self._strings.marks, self._strings.texts
        cell_tag, value_tag = f"{space}c", f"{space}v"
        texts: list[str] = []
        kinds: list[int] = []
        marked: list[Mark] = []
        at = -1
        for cell in element:
            if cell.tag != cell_tag:
                continue
            attributes = cell.attrib
            name = attributes.get("r", "")
            head = name.removesuffix(number)
            column = columns.get(head, -1)
            if column <= at or len(head) == len(name):
                column = self._locate(name, row, at)
                if name:
                    columns[head] = column
            at = column
            if not len(cell):
                continue
            if at > len(texts):
                short = at - len(texts)
                texts += [""] * short
                kinds += [TEXT] * short
            child = cell[0]
            plain = len(cell) == 1 and child.tag == value_tag and not len(child)
            if plain and not in_arrays and attributes.get("s", "0") not in styles:
                stored_as, text = attributes.get("t"), child.text or ""
                if stored_as is None and (shown := number_text(text)) is not None:
                    texts.append(shown)
                    kinds.append(NUMBER)
                    continue
                if stored_as == "s" and not marks and text.isdigit():
                    texts.append(shared[int(text)])
                    kinds.append(TEXT)
                    continue
            shown, kind, mark = self._cell(row, at, cell)
            texts.append(shown)
            kinds.append(kind)
            if mark and shown.strip():
                marked.append((at, mark))
        if self._arrays:
            self._arrays = [area for area in self._arrays if area[2] >= row]
            for area in self._arrays:
                _blank_results(area, texts, kinds)
        self._cells.add_row(row, texts, kinds, marked, self._hidden)

    def _begin_row(self, attributes: Mapping[str, str]) -> int:
        number = attributes.get("r", str(self._row + 2))
        if not (number.isascii() and number.isdigit() and len(number) < 20):
            raise Malformed("a row's number")
        at = int(number) - 1
        if not 0 <= at < MAX_ROWS:
            stop("FC606.beyond", f"{self._cells.path}!{number}")
        if at <= self._row:
            stop("FC603.twice", self._cells.place(at, 0))
        self._row = at
        hidden, height = attributes.get("hidden"), attributes.get("ht")
        by_default = self._hides and hidden is None and height is None
        self._hidden = is_true(hidden) or _below(height, _LEAST_HEIGHT) or by_default
        return at

    def _locate(self, name: str, row: int, last: int) -> int:
        """The column of a cell after the last one, by its address or its place."""
        at, column = address(self._cells.path, name) if name else (row, last + 1)
        if at != row or column <= last:
            stop("FC603.twice", self._cells.place(at, column))
        if column >= MAX_WIDTH:
            stop("FC606.beyond", f"{self._cells.path}!{row + 1}")
        return column

    def _cell(self, row: int, at: int, element: ET.Element) -> tuple[str, int, str]:
        """What a cell of any kind shows, what it is, and what is said of all its text."""
        parts = {local(part.tag): part for part in element}
        value, stored_as = parts.get("v"), element.get("t")
        if len(parts) < len(element) or (value is not None and len(value)):
            raise Malformed("a cell")
        raw = None if value is None else value.text or ""
        if "f" in parts:
            self._note_array(parts["f"].attrib)
        if ("f" in parts or (row, at) in self._in_arrays) and not self._computed(
            row, at, stored_as, raw
        ):
            return "", NOT_COMPUTED, ""
        code, mark = self._styles.get(element.get("s", "0"), (None, ""))
        seen, run_mark = "", ""
        kind: int | Format = TEXT
        if stored_as == "inlineStr" and "is" in parts:
            seen, run_mark, partly = string(parts["is"])
            kind = RUNS if partly else TEXT
        elif raw is not None:
            seen, kind, run_mark = self._seen(stored_as, raw, code)
        if kind == TEXT and code and seen.strip():
            seen = code.see_text(seen)
        if len(seen) > MAX_TEXT:
            stop("FC606.cell", self._cells.place(row, at), most=MAX_TEXT)
        kind = kind if isinstance(kind, int) else self._cells.numbered(kind)
        return seen, kind, mark or run_mark

    def _seen(
        self, stored_as: str | None, raw: str, code: Code | None
    ) -> tuple[str, int | Format, str]:
        """What a cell shows, what it is, and what is said of all its text."""
        if stored_as == "str":
            return unescaped(raw), TEXT, ""
        raw = raw.strip()
        if stored_as is None or stored_as == "n":
            text = number_text(raw)
            if text is None:
                return raw, TEXT, ""
            return (*code.see(float(raw), self._from_1904), "") if code else (text, NUMBER, "")
        if stored_as == "s":
            if not raw.isdigit():
                raise Malformed("a text's number")
            mark, partly = self._strings.marks.get(int(raw), ("", False))
            return self._strings.texts[int(raw)], RUNS if partly else TEXT, mark
        if stored_as == "e":
            return raw or "#ERROR!", ERROR, ""
        if stored_as == "b" and raw:
            return "TRUE" if is_true(raw) else "FALSE", YES_NO, ""
        if stored_as == "d" and raw and (match := _ISO.fullmatch(raw)):
            time = match[2] if match[2] not in (None, "00:00:00") else ""
            return " ".join(filter(None, (match[1], time))) or raw, DATE, ""
        return raw, TEXT, ""

    def _computed(self, row: int, at: int, stored_as: str | None, value: str | None) -> bool:
        """Whether a formula's cell has a result."""
        if value is None or (stored_as != "str" and not value.strip()):
            return False
        zero = stored_as in (None, "n", "str") and value.strip() in ("", "0", "0.0")
        self._cells.formula(row, at, not zero)
        return True

    def _note_array(self, attributes: Mapping[str, str]) -> None:
        """Cells that one formula fills, of which only the first names it."""
        if "ref" not in attributes or attributes.get("t") not in ("array", "dataTable"):
            return
        top, left, bottom, right = self._area(attributes["ref"])
        right = min(right, self._cells.widest)
        if len(self._in_arrays) + (bottom - top + 1) * (right - left + 1) > _MAX_ARRAY:
            raise TooMuch
        self._arrays.append((top, left, bottom, right))
        self._in_arrays.update(
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        )


_LEAST_HEIGHT, _LEAST_WIDTH = 2, 0.3
"""Points of a row, and characters of a column, below which nothing on it is seen."""


def _below(size: str | None, least: float) -> bool:
    try:
        return size is not None and float(size) < least
    except ValueError:
        return False


def _blank_results(area: Area, texts: list[str], kinds: list[int]) -> None:
    """Of a formula that fills several cells, those of one of its rows that have no result."""
    _, left, _, right = area
    short = right + 1 - len(texts)
    texts += [""] * short
    kinds += [TEXT] * short
    for at in range(left, right + 1):
        if texts[at] == "" and kinds[at] == TEXT:
            kinds[at] = NOT_COMPUTED


MAX_UNPACKED = 2_000_000_000
MAX_PART = 200_000_000
"""Bytes of any part that is no sheet; the texts of a million rows are less."""

MAX_RATIO, SUSPECT = 500, 100_000_000
MAX_PARTS = 20_000
MAX_SHEETS = 256
_TAGS, _TAGS_A_BYTE = 8_000_000, 4
"""Tags that a part may have, and how many more for each byte of the file; a cell has two to six."""

_BAD = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, IndexError, NotImplementedError, RuntimeError,
    OSError, ValueError, OverflowError, Malformed, ET.ParseError,
)  # fmt: skip
_CALCULATES = re.compile(r"Excel|WPS|Office|Calc|Numbers|Kingsoft|Gnumeric|Yozo", re.IGNORECASE)
"""Programs that compute the formulas which they write."""

_NO_CALCULATION = "124519"
"""The number that libraries which compute nothing copy from Excel 2007 as their own."""


def _names(book: ET.Element) -> Iterator[tuple[str, str]]:
    """Each name of cells, in lower case, and what it means; not those that a spreadsheet keeps for itself."""
    for entry in book.iterfind("definedNames/definedName"):
        name, sheet = entry.get("name", "").casefold(), entry.get("localSheetId")
        if not name.startswith("_xlnm."):
            yield f"{sheet}!{name}" if sheet else name, entry.text or ""


class Workbook:
    """A workbook with its sheets' names and whether they are seen.

    `names` are those of cells, `parts` has each sheet's by its name, `areas` what is printed of some of them.
    """

    def __init__(self, source: Source) -> None:
        """Raises PolicyProblem where it cannot be read."""
        self._source, self._path = source, source.path
        try:
            self._zip = self._opened(source.data)
            self._read_contents()
        except TooMuch:
            stop("FC606", self._path)
        except _BAD:
            stop("FC603", self._path)
        self._strings: Strings | None = None
        self._styles: dict[str, Style] = {}

    def load(self, name: str) -> Sheet:
        """The cells of a sheet. Raises PolicyProblem."""
        cells = Cells(self._path, self._source.name, name, self._source.widest)
        with self.reading(f"{self._path}!{name}"):
            if self._strings is None:
                self._strings = self._read_strings()
                self._styles = dict(self._read_styles())
            with self._open(self.parts[name]) as part:
                reader = SheetPart(cells, self._strings, self._styles, self._from_1904)
                reader.read(part, self._most())
            return cells.sheet(column_zeros=self._to_compute, all_zeros=self._writer_is_simple)

    @contextmanager
    def reading(self, where: str) -> Iterator[None]:
        """Stop with what is wrong of a file, where something is, while it is read."""
        try:
            with many_objects():
                yield
        except TooMuch:
            stop("FC606", where)
        except _BAD:
            stop("FC603", self._path)

    def elements(self, name: str) -> Iterator[ET.Element]:
        """The elements of a sheet at the depth of its rows, and those around them; see `units`."""
        with self._open(self.parts[name]) as part:
            for elements in units(part, "worksheet", 3, self._most()):
                yield from elements

    def beside(self, name: str) -> Iterator[ET.Element]:
        """The comments of a sheet, and what is drawn on it."""
        for _, kind, part in self._links(self.parts[name]):
            root = {"comments": "comments", "drawing": "wsDr"}.get(kind)
            if root and (found := self._tree(part, root)) is not None:
                yield found

    def rich(self) -> Iterable[tuple[int, ET.Element]]:
        """The shared texts that are put together of parts, with their numbers."""
        if self._strings is None:
            self._strings = self._read_strings()
        return self._strings.rich.items()

    def styles(self) -> ET.Element:
        """Fonts, fills, number formats, and what cells are made of them."""
        root = self._tree(self._linked.get("styles", "xl/styles.xml"), "styleSheet")
        return ET.Element("styleSheet") if root is None else root

    def _opened(self, data: bytes) -> zipfile.ZipFile:
        if data.count(b"PK\x01\x02") > MAX_PARTS:
            stop("FC606", self._path)
        package = zipfile.ZipFile(io.BytesIO(data))
        parts = package.infolist()
        unpacked = sum(info.file_size for info in parts)
        sheets = "xl/worksheets/"
        part_sizes = (i.file_size for i in parts if not i.filename.lower().startswith(sheets))
        if (
            max(part_sizes, default=0) > MAX_PART
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
            return tree(stream, root)

    def _links(self, part: str) -> Iterator[tuple[str, str, str]]:
        """A part's relationships: id, the last word of the type, the part meant."""
        folder, name = posixpath.split(part)
        links = self._tree(posixpath.join(folder, "_rels", f"{name}.rels"), "Relationships")
        for link in links if links is not None else ():
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
        self.parts: dict[str, str] = {}
        self.sheets: list[tuple[str, bool]] = []
        for sheet in sheets:
            kind, part = links[sheet.attrib["id"]]
            if kind != "worksheet":
                continue
            name = sheet.attrib["name"]
            if name in self.parts or part in self.parts.values():
                raise Malformed("one sheet twice")
            self.parts[name] = part
            self.sheets.append((name, sheet.get("state", "visible") == "visible"))
        self.names = dict(_names(book))
        listed = [sheet.attrib["name"] for sheet in sheets]
        self.areas = {
            listed[int(at)]: entry.text or ""
            for entry in book.iterfind("definedNames/definedName[@localSheetId]")
            if (at := entry.get("localSheetId", "")).isdecimal() and int(at) < len(listed)
            and entry.get("name", "").casefold() == "_xlnm.print_area"
        }  # fmt: skip
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
        strings = Strings()
        part = self._linked.get("sharedStrings", "xl/sharedStrings.xml")
        if part.lower() not in self._names:
            return strings
        with self._open(part) as stream:
            strings.read(stream, self._most())
        return strings

    def _read_styles(self) -> Iterator[tuple[str, Style]]:
        """For each style that is not plain its number format and what it says of the text."""
        root = self.styles()
        codes = {
            n.get("numFmtId"): n.get("formatCode", "") for n in root.iterfind("numFmts/numFmt")
        }
        marks = [mark_of(font) for font in root.iterfind("fonts/font")]
        for at, form in enumerate(root.iterfind("cellXfs/xf")):
            number, font = form.get("numFmtId", "0"), int(form.get("fontId", "0"))
            code = codes.get(number)
            mark = marks[font] if 0 <= font < len(marks) else ""
            number_format = code_of(built_in(int(number)) if code is None else code)
            if number_format or mark:
                yield str(at), (number_format, mark)

"""The officer's own file again, with faulty and doubtful cells coloured and commented."""

from __future__ import annotations

import io
import math
import posixpath
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import polars as pl
import xlsxwriter
from openpyxl.cell.text import Text
from openpyxl.comments.comment_sheet import CommentRecord, CommentSheet
from openpyxl.xml.functions import fromstring, tostring
from xlsxwriter.format import Format as Style
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet as NewSheet

from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.width import width
from fundcalc.base.words import Lang
from fundcalc.roster.files.book import open_book
from fundcalc.roster.files.source import read
from fundcalc.roster.files.xlsx import Workbook, tree
from fundcalc.roster.model import Reject, Roster
from fundcalc.roster.read import files_of
from fundcalc.roster.sheet import DATE, FORMATTED, NUMBER, TEXT, YES_NO, Area, Sheet

FILLS = {"error": "FFC7CE", "warning": "FFEB9C"}
COMMENTED = 10_000
"""Cells that are commented; more are only coloured, since spreadsheets choke on more comments."""

_KEPT = (".xlsx",)
"""Files that are written back with their layout; of others the cells are written anew."""

_LARGE = 200_000_000
"""Bytes, unpacked, from which the cells of these are written anew, too: marking takes five times as much."""

_UNSEEN = {code: None for code in range(32) if code not in (9, 10, 13)}
_AUTHOR = "fundcalc"


def write_marked(path: Path, rosters: Sequence[Path], roster: Roster, lang: Lang) -> list[Path]:
    """Write a copy of each file that has rejects, with them marked; the files written.

    One file's copy is `path`; without an ending, `path` is a folder that takes one of each file. Raises
    OSError, PolicyProblem.
    """
    files = {item.label: item.path for item in files_of(rosters).items}
    if path.suffix:
        (file,) = files.values()
        write_bytes(path, _marked(file, roster.rejects, lang))
        return [path]
    written: list[Path] = []
    for label, file in files.items():
        rejects = [reject for reject in roster.rejects if reject.file == label]
        if rejects:
            stem = label.replace("/", "_").rpartition(".")[0]
            target = path / f"{stem}.{'标注' if lang == 'zh' else 'marked'}.xlsx"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, _marked(file, rejects, lang))
            written.append(target)
    return written


def _marked(path: Path, rejects: Sequence[Reject], lang: Lang) -> bytes:
    """A roster's file as .xlsx with each reject at its cell; a row's own at its first cell.

    Of an .xlsx all else stays as it is, pictures and charts too. Raises PolicyProblem where the file can no
    longer be read.
    """
    by_sheet: dict[str | None, list[Reject]] = {}
    for reject in rejects:
        by_sheet.setdefault(reject.sheet, []).append(reject)
    if path.suffix.lower() in _KEPT:
        with suppress(_Odd, BadZipFile, KeyError, ValueError, expat.ExpatError):
            return _in_place(path, by_sheet, lang)
    opened = open_book(path)
    names = [*by_sheet] or [next((s.name for s in opened.sheets if s.visible), None)]
    return _written_anew(
        [(opened.load(name), _notes(by_sheet.get(name, ()), lang)) for name in names]
    )


def _notes(rejects: Sequence[Reject], lang: Lang) -> Notes:
    """The colour and comment of each cell of one sheet."""
    return {
        cell: (
            FILLS[_worst(cell_rejects)],
            "\n".join(_lines(cell_rejects, lang)) if number < COMMENTED else "",
        )
        for number, (cell, cell_rejects) in enumerate(_by_cell(rejects).items())
    }


def _by_cell(rejects: Sequence[Reject]) -> Mapping[str, list[Reject]]:
    """Rejects by cell; those that keep a row out come first, so that they get comments."""
    by_cell: dict[str, list[Reject]] = {}
    for reject in sorted(rejects, key=lambda reject: reject.severity != "error"):
        by_cell.setdefault(reject.cell or f"A{reject.row}", []).append(reject)
    return by_cell


def _worst(rejects: Sequence[Reject]) -> str:
    return "error" if any(reject.severity == "error" for reject in rejects) else "warning"


def _lines(rejects: Sequence[Reject], lang: Lang) -> list[str]:
    lines: list[str] = []
    for reject in rejects:
        wrong = reject.severity == "error"
        why = words("reports.cell_wrong" if wrong else "reports.cell_doubtful", why=reject.why)
        fix = words("reports.cell_mend", mend=reject.mend)
        lines += [line.say(lang).translate(_UNSEEN) for line in (why, fix)]
    return lines


# -- a workbook with its own parts, of which few are changed ----------------------------------------


class _Odd(Exception):
    """A part is not written as spreadsheets write it, or all are too large: nothing is changed within."""


_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "[Content_Types].xml"
_NOTES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_SHAPES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_BEFORE_SHAPES = {
    "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
}  # fmt: skip
"""What stands in a sheet before the link to the shapes of its comments."""

_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*?)(/?)>")
_CELL = re.compile(rb"<((?:\w+:)?c)(?=[\s/>])([^>]*?)(?:/>|>.*?</\1\s*>)", re.DOTALL)
_PRESSED = 3
"""Much faster than what zip takes by itself, and hardly larger."""


class _Parts:
    """The parts of a workbook: those that are changed, and all others byte by byte."""

    def __init__(self, path: Path) -> None:
        self._zip = ZipFile(io.BytesIO(path.read_bytes()))
        self._names = {name.lower(): name for name in self._zip.namelist()}
        self._changed: dict[str, bytes] = {}
        self.size = sum(part.file_size for part in self._zip.infolist())

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def read(self, part: str) -> bytes:
        name = self._names.get(part.lower())
        if name is None:
            raise _Odd(part)
        return self._changed[name] if name in self._changed else self._zip.read(name)

    def change(self, part: str, content: bytes) -> None:
        self._changed[self._names.setdefault(part.lower(), part)] = content

    def text(self, part: str) -> bytes:
        """A part in which elements can be found by their names."""
        content = self.read(part)
        if b"<!" in content or b"\0" in content[:100]:  # remarks, unparsed text or another encoding
            raise _Odd(part)
        return content

    def links(self, part: str) -> dict[str, str]:
        """The parts that a part is linked with, by the last word of the link's type."""
        folder, name = posixpath.split(part)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if links not in self:
            return {}
        every = tree(io.BytesIO(self.read(links)), "Relationships")
        base = posixpath.join("/", folder)
        return {
            link.get("Type", "").rpartition("/")[2]:
            posixpath.normpath(posixpath.join(base, link.get("Target", ""))).lstrip("/")
            for link in every
        }  # fmt: skip

    def link(self, part: str, kind: str, id_: str, target: str) -> None:
        """Link a part with another."""
        folder, name = posixpath.split(part)
        links = posixpath.join(folder, "_rels", f"{name}.rels")
        link = f'<Relationship Id="{id_}" Type="{_LINK}/{kind}" Target="/{target}"/>'
        if links in self:
            self.change(links, _ended(self.text(links), b"Relationships", link.encode()))
        else:
            space = "http://schemas.openxmlformats.org/package/2006/relationships"
            self.change(links, f'<Relationships xmlns="{space}">{link}</Relationships>'.encode())

    def whole(self) -> bytes:
        out = io.BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=_PRESSED) as package:
            for name in dict.fromkeys([*self._zip.namelist(), *self._changed]):
                content = self._changed.get(name)
                info = ZipInfo(name)  # of no day: the same file gives the same bytes
                info.compress_type = ZIP_DEFLATED
                package.writestr(info, self._zip.read(name) if content is None else content)
        return out.getvalue()


def _ended(text: bytes, element: bytes, more: bytes) -> bytes:
    """An element's text with more at its end."""
    end = text.rfind(b"</" + element)
    if end < 0:
        raise _Odd(element.decode())
    return text[:end] + more + text[end:]


def _attribute(head: bytes, name: bytes) -> str | None:
    match = re.search(rb"\s" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", head)
    return (match[1] or match[2] or b"").decode() if match else None


def _with_attributes(head: bytes, **values: object) -> bytes:
    """An element's attributes with some set."""
    for name, value in values.items():
        head = re.sub(rb"\s" + name.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", head)
        head += f' {name}="{value}"'.encode()
    return head


class _Styles:
    """The styles of a workbook, and those of marked cells: as they were, with another fill."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._fills, self._styles = (self._block(name) for name in (b"fills", b"cellXfs"))
        style = rb"<((?:\w+:)?xf)(?=[\s/>])([^>]*?)(?:/>|>.*?</\1\s*>)"
        self._known = [*re.finditer(style, self._styles[2], re.DOTALL)]
        self._space = self._known[0][1].removesuffix(b"xf") if self._known else b""
        self._colours: dict[str, int] = {}
        self._made: dict[tuple[int, str], int] = {}
        self._first = len(re.findall(rb"<(?:\w+:)?fill(?=[\s/>])", self._fills[2]))

    def _block(self, name: bytes) -> re.Match[bytes]:
        block = rb"(<(?:\w+:)?" + name + rb"(?=[\s>])[^>]*>)(.*?)(</(?:\w+:)?" + name + rb"\s*>)"
        match = re.search(block, self._text, re.DOTALL)
        if match is None:
            raise _Odd("styles")
        return match

    def filled(self, style: str | None, colour: str) -> int:
        """The number of a style with the fill of a colour."""
        base = int(style or 0)
        if base >= len(self._known):
            raise _Odd("style")
        self._colours.setdefault(colour, self._first + len(self._colours))
        return self._made.setdefault((base, colour), len(self._known) + len(self._made))

    def text(self) -> bytes:
        """The part with the fills and styles that were asked for."""
        x = self._space.decode()
        fills = "".join(
            f'<{x}fill><{x}patternFill patternType="solid"><{x}fgColor rgb="FF{colour}"/>'
            f"</{x}patternFill></{x}fill>"
            for colour in self._colours
        )
        styles = b""
        for base, colour in self._made:
            style = self._known[base]
            head = _with_attributes(style[2], fillId=self._colours[colour], applyFill=1)
            styles += b"<" + style[1] + head + style[0][len(style[1]) + 1 + len(style[2]) :]
        blocks = [
            (self._fills, fills.encode(), self._first + len(self._colours)),
            (self._styles, styles, len(self._known) + len(self._made)),
        ]
        text = self._text
        for block, more, count in sorted(blocks, key=lambda change: -change[0].start()):
            head = _with_attributes(block[1].removesuffix(b">"), count=count) + b">"
            text = text[: block.start()] + head + block[2] + more + block[3] + text[block.end() :]
        return text


def _in_place(path: Path, by_sheet: Mapping[str | None, Sequence[Reject]], lang: Lang) -> bytes:
    """The workbook itself with the rejects marked: all else of it stays. Raises _Odd and what zip raises."""
    sheets = Workbook(read(path, lines=False)).parts  # which holds it against the limits, too
    parts = _Parts(path)
    if parts.size > _LARGE:
        raise _Odd("large")
    main = parts.links("").get("officeDocument", "xl/workbook.xml")
    linked = parts.links(main)
    styles_part = linked.get("styles", "xl/styles.xml")
    styles = _Styles(parts.text(styles_part))
    for number, (name, some) in enumerate(by_sheet.items(), 1):
        shown = name if name in sheets else next(iter(sheets))
        _mark_sheet(parts, sheets[shown], number, _notes(some, lang), styles)
        _open_at(parts, main, sheets, shown)
    parts.change(styles_part, styles.text())
    return parts.whole()


def _open_at(parts: _Parts, main: str, sheets: Mapping[str, str], name: str) -> None:
    """Have the workbook open at a sheet, and no other chosen with it: they would be edited together."""
    text = parts.text(main)
    names = [
        sheet.get("name") for sheet in tree(io.BytesIO(text), "workbook").iterfind("sheets/sheet")
    ]
    view = re.search(rb"<(?:\w+:)?workbookView(?=[\s/>])([^>]*?)/?>", text)
    if view is None or int(_attribute(view[1], b"activeTab") or 0) == names.index(name):
        return
    head = _with_attributes(view[1], activeTab=names.index(name))
    parts.change(main, text[: view.start(1)] + head + text[view.end(1) :])
    for other, part in sheets.items():
        text = parts.text(part)
        view = re.search(rb"<(?:\w+:)?sheetView(?=[\s/>])([^>]*?)/?>", text)
        if view is not None:
            head = _with_attributes(view[1], tabSelected=int(other == name))
            parts.change(part, text[: view.start(1)] + head + text[view.end(1) :])


def _mark_sheet(parts: _Parts, part: str, number: int, notes: Notes, styles: _Styles) -> None:
    """Colour and comment the cells of a sheet; of merged ones the one that speaks for all."""
    text = parts.text(part)
    data = re.search(rb"<(\w+:)?sheetData\s*>", text)
    end = re.search(rb"</(?:\w+:)?sheetData\s*>", text)
    if data is None or end is None:
        raise _Odd(part)
    below, merged = _below(text[: data.start()], text[end.end() :])
    wanted: dict[int, dict[int, str]] = {}
    said: dict[str, list[str]] = {}
    cells = sorted(map(xl_cell_to_rowcol, notes))
    first = dict(zip(cells, cells, strict=True))
    for top, left, bottom, right in merged:
        for cell in cells[bisect_left(cells, (top, 0)) : bisect_left(cells, (bottom + 1, 0))]:
            if left <= cell[1] <= right:
                first[cell] = top, left
    for place, (colour, lines) in notes.items():
        row, column = first[xl_cell_to_rowcol(place)]
        here = wanted.setdefault(row, {})
        here[column] = FILLS["error"] if here.get(column) == FILLS["error"] else colour
        if lines:
            said.setdefault(xl_rowcol_to_cell(row, column), []).append(lines)
    rows = _rows(text[data.end() : end.start()], wanted, styles, data[1] or b"")
    shapes = b""
    if said:
        shapes = _comment(parts, part, number, said, data[1] or b"")
    foot = text[end.start() : end.end() + below] + shapes + text[end.end() + below :]
    parts.change(part, text[: data.end()] + rows + foot)


def _below(above: bytes, text: bytes) -> tuple[int, list[Area]]:
    """Where the link to shapes belongs in what follows the rows, and the areas of merged cells."""
    root = re.search(rb"<(?:\w+:)?worksheet(?=[\s>])[^>]*>", above)
    if root is None:
        raise _Odd("worksheet")
    merged: list[Area] = []
    ends: list[int] = []
    depth = 0

    def start(name: str, said: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        element = name.rpartition(":")[2]
        if depth == 2 and element not in _BEFORE_SHAPES:
            ends.append(parser.CurrentByteIndex - len(root[0]))
        if element == "mergeCell":
            first, _, last = said.get("ref", "").partition(":")
            merged.append((*xl_cell_to_rowcol(first), *xl_cell_to_rowcol(last or first)))

    def stop(_: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            ends.append(parser.CurrentByteIndex - len(root[0]))

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, stop
    parser.Parse(root[0] + text, True)
    return ends[0], merged


def _rows(text: bytes, wanted: dict[int, dict[int, str]], styles: _Styles, space: bytes) -> bytes:
    """The rows of a sheet with the style of the marked cells; those that are not there are added."""
    pieces: list[bytes] = []
    done, number = 0, -1
    left = deque(sorted(wanted))

    def missing(below: float, at: int) -> None:
        nonlocal done
        while left and left[0] < below:
            row = left.popleft()
            cells = _cells(b"", row, wanted[row], styles, space)
            pieces.extend([text[done:at], _tag(space, "row", f' r="{row + 1}"'), cells])
            pieces.append(b"</" + space + b"row>")
            done = at

    for row in _ROW.finditer(text):
        said = _attribute(row[1], b"r")
        number = int(said) - 1 if said else number + 1
        if not left:
            break
        if left[0] < number:
            missing(number, row.start())
        if left and left[0] == number:
            cells, end = b"", row.end()
            if not row[2]:
                end = text.index(b"</" + space + b"row", row.end())
                cells = text[row.end() : end]
            made = _cells(cells, left.popleft(), wanted[number], styles, space)
            head = row[0] if not row[2] else row[0][:-2] + b">"
            pieces += [text[done : row.start()], head, made]
            pieces += [b"</" + space + b"row>"] if row[2] else []
            done = end
    missing(math.inf, len(text))
    return b"".join([*pieces, text[done:]])


def _tag(space: bytes, name: str, attributes: str) -> bytes:
    return b"<" + space + f"{name}{attributes}>".encode()


def _cells(
    text: bytes, row: int, wanted: Mapping[int, str], styles: _Styles, space: bytes
) -> bytes:
    """A row's cells, those of some columns with another fill; where there is none, an empty one."""
    pieces: list[bytes] = []
    done = end = 0
    column = -1
    left = deque(sorted(wanted))

    def missing(below: float, at: int) -> None:
        nonlocal done
        while left and left[0] < below:
            new = left.popleft()
            style = styles.filled(None, wanted[new])
            said = f' r="{xl_rowcol_to_cell(row, new)}" s="{style}"/'
            pieces.extend([text[done:at], _tag(space, "c", said)])
            done = at

    for cell in _CELL.finditer(text):
        place = _attribute(cell[2], b"r")
        column = xl_cell_to_rowcol(place)[1] if place else column + 1
        missing(column, cell.start())
        if left and left[0] == column:
            style = styles.filled(_attribute(cell[2], b"s"), wanted[left.popleft()])
            head = b"<" + cell[1] + _with_attributes(cell[2], s=style)
            pieces += [text[done : cell.start()], head, text[cell.end(2) : cell.end()]]
            done = cell.end()
        end = cell.end()
    missing(math.inf, end)
    return b"".join([*pieces, text[done:]])


def _comment(
    parts: _Parts, part: str, number: int, said: Mapping[str, list[str]], space: bytes
) -> bytes:
    """Comment cells; what is written in a sheet that had no shapes yet. A cell's own comment comes first."""
    links = parts.links(part)
    texts: dict[str, tuple[str, str, int]] = {}
    notes_part = links.get("comments", "")
    if notes_part:
        for place, note in CommentSheet.from_tree(fromstring(parts.read(notes_part))).comments:
            texts[place] = (note.text, note.author, 79)
    else:
        notes_part = f"xl/comments/fundcalc{number}.xml"
        parts.link(part, "comments", f"fundcalcNotes{number}", notes_part)
        new = f'<Override PartName="/{notes_part}" ContentType="{_NOTES_TYPE}"/>'
        parts.change(_TYPES, _ended(parts.text(_TYPES), b"Types", new.encode()))
    for place, lines in said.items():
        own = [texts[place][0]] if place in texts else []
        whole = "\n".join([*own, *lines])
        texts[place] = (whole, _AUTHOR, 40 + 30 * (whole.count("\n") + 1))
    records = [
        CommentRecord(ref=place, text=Text(t=text), author=author, height=height, width=320)
        for place, (text, author, height) in texts.items()
    ]
    notes = CommentSheet.from_comments(records)
    parts.change(notes_part, tostring(notes.to_tree()))
    shapes_part = links.get("vmlDrawing", "")
    before = fromstring(parts.read(shapes_part)) if shapes_part else None
    if shapes_part:
        parts.change(shapes_part, notes.write_shapes(before))
        return b""
    shapes_part, id_ = f"xl/drawings/fundcalc{number}.vml", f"fundcalcShapes{number}"
    parts.change(shapes_part, notes.write_shapes(before))
    parts.link(part, "vmlDrawing", id_, shapes_part)
    if not re.search(rb"Extension=[\"']vml", parts.text(_TYPES), re.IGNORECASE):
        new = f'<Default Extension="vml" ContentType="{_SHAPES_TYPE}"/>'
        parts.change(_TYPES, _ended(parts.text(_TYPES), b"Types", new.encode()))
    return _tag(space, "legacyDrawing", f' xmlns:r="{_LINK}" r:id="{id_}"/')


# -- files of other formats: their cells written anew ---------------------------------------------

Notes = Mapping[str, tuple[str, str]]
"""By cell ("E7"): the colour, and the comment; "" for none."""

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock: the same file gives the same bytes
_LONGEST = 32_767
_DIGITS = 15
"""Digits that a number in a spreadsheet keeps."""

_MEASURED = 200
"""Rows whose texts say how wide the columns must be."""


def _written_anew(sheets: Sequence[tuple[Sheet, Notes]]) -> bytes:
    buffer = io.BytesIO()
    options = {
        "constant_memory": not any(sheet.merged for sheet, _ in sheets),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _CREATED})
    for sheet, notes in sheets:
        writer = _Writer(book, book.add_worksheet((sheet.name or "Sheet1")[:31]), sheet, notes)
        writer.widths()
        writer.cells()
    book.close()
    return buffer.getvalue()


class _Writer:
    def __init__(
        self, book: xlsxwriter.Workbook, target: NewSheet, sheet: Sheet, notes: Notes
    ) -> None:
        self._book, self._target, self._sheet = book, target, sheet
        self._notes: dict[int, dict[int, tuple[str, str]]] = {}
        for cell, note in notes.items():
            row, column = xl_cell_to_rowcol(cell)
            self._notes.setdefault(row, {})[column] = note
        self._styles: dict[tuple[str, str], Style | None] = {("", ""): None}

    def widths(self) -> None:
        """Columns as wide as the first rows need, within reason."""
        rows = [*self._sheet.rows(0, _MEASURED)]
        for column in range(self._sheet.cells.width):
            longest = sorted(width(row[column]) for row in rows)[len(rows) * 9 // 10]
            self._target.set_column(column, column, min(max(longest + 2, 8), 30))

    def cells(self) -> None:
        """All cells as they were; text stays text, also where it begins like a formula."""
        for row, (texts, kinds) in enumerate(self._rows()):
            notes = self._notes.get(row, {})
            for column, text in enumerate(texts):
                if text:
                    colour = notes[column][0] if column in notes else ""
                    self._write(row, column, text, kinds[column], colour)
            self._mark(row, texts, notes)
        for area in self._sheet.merged or ():
            self._merge(area)

    def _rows(self) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Each row's texts and kinds; the header of a table first."""
        sheet = self._sheet
        column_kinds = [_kind(dtype) for dtype in sheet.cells.dtypes]
        if sheet.header is not None:
            yield sheet.header, [TEXT] * len(sheet.header)
        for index, texts in enumerate(sheet.rows()):
            yield texts, column_kinds if sheet.kinds is None else sheet.kinds[index].tolist()

    def _mark(self, row: int, texts: tuple[str, ...], notes: Mapping[int, tuple[str, str]]) -> None:
        """Colour a row's blank cells that have notes, and write its comments."""
        for column, (colour, text) in sorted(notes.items()):
            if column >= len(texts) or not texts[column]:
                self._target.write_blank(row, column, None, self._style(colour, ""))
            if text:
                height = 40 + 30 * (text.count("\n") + 1)
                size = {"author": _AUTHOR, "width": 320, "height": height}
                self._target.write_comment(row, column, text, size)

    def _merge(self, area: Area) -> None:
        top, left, bottom, right = area
        if (top, left) == (bottom, right):
            return
        cells = self._sheet.cells
        text = cells[top, left] if top < cells.height and left < cells.width else ""
        colour = self._notes.get(top, {}).get(left, ("", ""))[0]
        self._target.merge_range(top, left, bottom, right, "", self._style(colour, ""))
        if text:
            self._write(top, left, text, self._sheet.kind(top, left), colour)

    def _style(self, colour: str, form: str) -> Style | None:
        if (colour, form) not in self._styles:
            properties = {"bg_color": f"#{colour}"} if colour else {}
            if form:
                properties["num_format"] = form
            self._styles[colour, form] = self._book.add_format(properties)
        return self._styles[colour, form]

    def _write(self, row: int, column: int, text: str, kind: int, colour: str) -> None:
        target = self._target
        if kind == NUMBER and sum(map(str.isdigit, text)) <= _DIGITS:
            target.write_number(row, column, float(text), self._style(colour, ""))
        elif kind >= FORMATTED:
            form = self._sheet.formats[kind - FORMATTED]
            stored = float(Decimal(text).scaleb(form.power))
            target.write_number(row, column, stored, self._style(colour, form.code))
        elif kind == YES_NO:
            target.write_boolean(row, column, text.upper() == "TRUE", self._style(colour, ""))
        elif kind == DATE and (date := _date(text)):
            target.write_datetime(row, column, date, self._style(colour, "yyyy-mm-dd"))
        else:
            visible = text.translate(_UNSEEN)[:_LONGEST]
            style = self._style(colour, "@")
            if visible:
                target.write_string(row, column, visible, style)
            else:
                target.write_blank(row, column, None, style)


def _kind(dtype: pl.DataType) -> int:
    if dtype == pl.Boolean:
        return YES_NO
    return NUMBER if dtype.is_integer() or dtype.is_float() else TEXT


def _date(text: str) -> datetime | None:
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1900 else None

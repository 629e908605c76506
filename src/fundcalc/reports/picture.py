"""The pages of a workbook as pictures, drawn from the very file: what stands where when it is printed.

For whoever has no spreadsheet program at hand. Excel's fonts are not there: letters are a little wider or
narrower than on paper, and where a page ends by itself may differ by a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from fundcalc.base import dataclass
from fundcalc.base.words import Lang
from fundcalc.reports.letters.setting import Typesetter

MOST = 12
"""Pages of a sheet that can be looked at, from its first."""

_PER_UNIT = 5.0
"""Points of a column's unit of width: of a digit in 9 points, as wide as the font of the pictures has it."""
_SIZES = {"8": (842.0, 1191.0), "9": (595.0, 842.0)}
_FIRST_DAY = date(1899, 12, 30).toordinal()
_EDGES = {"thin": 0.5, "medium": 1.0, "thick": 1.5, "double": 1.2}
_BUILT_IN = {"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "14": "yyyy-mm-dd"}
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    italic: bool
    color: str
    fill: str
    edges: tuple[float, ...]
    """Above, right, below, left, in points."""
    across: str
    down: str
    wrap: bool
    number: str


_Cell = tuple[int, int, str, str]
"""Column, style, text, and how it is set across."""


@dataclass
class _Row:
    height: float
    cells: list[_Cell] = field(default_factory=list)


@dataclass
class _Sheet:
    """A sheet as it is printed; rows and columns count from 0, `last` is the corner of what is printed."""

    name: str
    last: tuple[int, int] = (0, 0)
    heads: tuple[int, int] | None = None
    """The rows repeated on every page, and `sides` the columns."""
    sides: tuple[int, int] | None = None
    widths: dict[int, float] = field(default_factory=dict)
    rows: dict[int, _Row] = field(default_factory=dict)
    normal: float = 15.0
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    breaks: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    """Rows and columns before which a page begins."""
    size: tuple[float, float] = (842.0, 595.0)
    margins: Mapping[str, float] = field(default_factory=dict)
    centered: bool = False
    footer: str = ""
    chunks: tuple[list[list[int]], list[list[int]]] = ([], [])
    """The rows, and the columns, of each page that can be looked at."""
    printed: int = 0
    """Pages in all."""

    def width(self, column: int) -> float:
        """Points across."""
        return self.widths.get(column, 10.0) * _PER_UNIT

    def height(self, row: int) -> float:
        """Points down."""
        return self.rows[row].height if row in self.rows else self.normal

    @property
    def pages(self) -> int:
        """How many pages can be looked at."""
        return len(self.chunks[0]) * len(self.chunks[1])


class Book:
    """A workbook that this program wrote, open to be looked at: its sheets to sign, or to post."""

    def __init__(self, path: Path, lang: Lang) -> None:
        self._lang = lang
        with ZipFile(path) as file:
            self._styles = list(_styles(ET.fromstring(file.read("xl/styles.xml"))))  # noqa: S314 - ours
            texts = _texts(file)
            numbered = _printed_sheets(ET.fromstring(file.read("xl/workbook.xml")))  # noqa: S314 - ours
            self._sheets = [
                _read_sheet(file, number, sheet, texts, self._styles)
                for number, sheet in numbered if not _shrinks(file, number)
            ]  # fmt: skip
        self.sheets = [(sheet.name, sheet.pages, sheet.printed) for sheet in self._sheets]
        """Each with how many pages can be looked at, and how many it is printed on."""

    def picture(self, sheet: int, page: int) -> bytes:
        """A page as PNG; sheets and pages count from 0, the pages of a strip going down first."""
        drawn = self._sheets[sheet]
        styles = [asdict(style) for style in self._styles]
        width, height = drawn.size
        data = {
            "lang": self._lang, "width": width, "height": height, "styles": styles,
            **_page(drawn, page, self._styles),
        }  # fmt: skip
        template = Path(__file__).with_name("picture.typ")
        return Typesetter(date(2000, 1, 1), template).pictures(data)[0]


def _shrinks(file: ZipFile, number: int) -> bool:
    """Whether a sheet is printed as wide as a page, which none to sign is."""
    with file.open(f"xl/worksheets/sheet{number}.xml") as part:
        return b'fitToPage="1"' in part.read(2_000)


# -- reading --------------------------------------------------------------------------------------


def _texts(file: ZipFile) -> list[str]:
    """The texts that cells name by number."""
    if "xl/sharedStrings.xml" not in file.namelist():
        return []
    with file.open("xl/sharedStrings.xml") as part:
        return [
            "".join(element.text or "" for element in entry.iter(f"{_MAIN}t"))
            for _, entry in ET.iterparse(part) if entry.tag == f"{_MAIN}si"  # noqa: S314 - ours
        ]  # fmt: skip


def _printed_sheets(book: ET.Element) -> Iterator[tuple[int, _Sheet]]:
    """The sheets that say what is printed of them, each with its number."""
    sheets = [_Sheet(element.get("name", "")) for element in book.iter(f"{_MAIN}sheet")]
    for name in book.iter(f"{_MAIN}definedName"):
        index = name.get("localSheetId")
        if index is None:
            continue
        sheet, text = sheets[int(index)], name.text or ""
        if name.get("name") == "_xlnm.Print_Area":
            column, row = re.findall(r"\$([A-Z]+)\$(\d+)", text)[-1]
            sheet.last = int(row) - 1, _column(column)
        if name.get("name") == "_xlnm.Print_Titles":
            if rows := re.search(r"\$(\d+):\$(\d+)", text):
                sheet.heads = int(rows[1]) - 1, int(rows[2]) - 1
            if columns := re.search(r"\$([A-Z]+):\$([A-Z]+)", text):
                sheet.sides = _column(columns[1]), _column(columns[2])
    return ((n, sheet) for n, sheet in enumerate(sheets, 1) if sheet.last != (0, 0))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _styles(root: ET.Element) -> Iterator[_Style]:
    """What cells look like, by the number that they name."""

    def listed(name: str) -> list[ET.Element]:
        element = root.find(f"{_MAIN}{name}")
        return [] if element is None else list(element)

    fonts, fills, borders = listed("fonts"), listed("fills"), listed("borders")
    numbers = {
        element.get("numFmtId", ""): element.get("formatCode", "") for element in listed("numFmts")
    }
    for cell_format in listed("cellXfs"):
        font = fonts[int(cell_format.get("fontId", 0))]
        border = borders[int(cell_format.get("borderId", 0))]
        color, fill = font.find(f"{_MAIN}color"), fills[int(cell_format.get("fillId", 0))]
        inside, alignment = fill.find(f".//{_MAIN}fgColor"), cell_format.find(f"{_MAIN}alignment")
        edges = [border.find(f"{_MAIN}{side}") for side in ("top", "right", "bottom", "left")]
        size, align = font.find(f"{_MAIN}sz"), {} if alignment is None else alignment.attrib
        id_ = cell_format.get("numFmtId", "0")
        yield _Style(
            float(size.get("val", 9)) if size is not None else 9.0,
            font.find(f"{_MAIN}b") is not None, font.find(f"{_MAIN}i") is not None,
            _rgb(color) or "#000000", _rgb(inside),
            tuple(_EDGES.get(e.get("style", ""), 0.0) if e is not None else 0.0 for e in edges),
            align.get("horizontal", ""), align.get("vertical", "bottom"),
            align.get("wrapText") == "1", numbers.get(id_, _BUILT_IN.get(id_, "")),
        )  # fmt: skip


def _rgb(color: ET.Element | None) -> str:
    rgb = "" if color is None else color.get("rgb", "")
    return f"#{rgb[-6:]}" if rgb else ""


def _read_sheet(
    file: ZipFile, number: int, sheet: _Sheet, texts: Sequence[str], styles: Sequence[_Style]
) -> _Sheet:
    """A sheet's cells, as far as they can be looked at, and how it is printed."""
    breaks: dict[str, set[int]] = {"rowBreaks": set(), "colBreaks": set()}
    height_read = 0.0
    with file.open(f"xl/worksheets/sheet{number}.xml") as part:
        for _, element in ET.iterparse(part):  # noqa: S314 - ours
            match element.tag.removeprefix(_MAIN):
                case "sheetFormatPr":
                    sheet.normal = float(element.get("defaultRowHeight", 15))
                case "col":
                    for column in range(int(element.get("min", 1)) - 1, int(element.get("max", 1))):
                        sheet.widths[column] = float(element.get("width", 10))
                case "row":
                    index = int(element.get("r", 1)) - 1
                    row = _Row(float(element.get("ht", sheet.normal)))
                    if height_read < MOST * _SIZES["8"][0]:
                        row.cells = [
                            _cell(cell, texts, styles)
                            for cell in element
                            if cell.tag == f"{_MAIN}c"
                        ]
                    sheet.rows[index], height_read = row, height_read + row.height
                    element.clear()
                case "mergeCell":
                    (a, b), (c, d) = re.findall(r"([A-Z]+)(\d+)", element.get("ref", ""))
                    sheet.merged[int(b) - 1, _column(a)] = int(d) - 1, _column(c)
                case "rowBreaks" | "colBreaks" as kind:
                    breaks[kind] = {int(entry.get("id", 0)) for entry in element}
                case "pageMargins":
                    sheet.margins = {k: 72 * float(v) for k, v in element.attrib.items()}
                case "pageSetup":
                    size = _SIZES.get(element.get("paperSize", "9"), _SIZES["9"])
                    sheet.size = size[::-1] if element.get("orientation") == "landscape" else size
                case "printOptions":
                    sheet.centered = element.get("horizontalCentered") == "1"
                case "oddFooter":
                    sheet.footer = element.text or ""
    sheet.breaks = frozenset(breaks["rowBreaks"]), frozenset(breaks["colBreaks"])
    wide = sheet.size[0] - sheet.margins["left"] - sheet.margins["right"]
    high = sheet.size[1] - sheet.margins["top"] - sheet.margins["bottom"]
    rows, columns = range(sheet.last[0] + 1), range(sheet.last[1] + 1)
    down = _chunks([(n, sheet.height(n)) for n in rows], sheet.breaks[0], sheet.heads, high)
    right = _chunks([(n, sheet.width(n)) for n in columns], sheet.breaks[1], sheet.sides, wide)
    sheet.chunks, sheet.printed = (down[:MOST], right), len(down) * len(right)
    return sheet


def _cell(cell: ET.Element, texts: Sequence[str], styles: Sequence[_Style]) -> _Cell:
    """A cell, and what it shows."""
    column = _column(re.sub(r"\d", "", cell.get("r", "A")))
    style, kind = int(cell.get("s", 0)), cell.get("t")
    value = cell.findtext(f"{_MAIN}v") or ""
    number = kind is None and bool(value)
    if kind == "s":
        value = texts[int(value)]
    elif kind == "inlineStr":
        value = "".join(element.text or "" for element in cell.iter(f"{_MAIN}t"))
    elif number:
        value = shown_as(float(value), styles[style].number)
    return column, style, value, styles[style].across or ("right" if number else "left")


def shown_as(value: float, code: str) -> str:
    """A number as a format of this program shows it."""
    parts = code.split(";")
    zero, below = value == 0 and len(parts) > 2, value < 0 and len(parts) > 1
    part = parts[2] if zero else parts[1] if below else parts[0]
    if "yyyy" in part:
        return date.fromordinal(_FIRST_DAY + int(value)).isoformat()
    body = re.search(r"[#,]*0(\.0+)?", part)
    if body is None:
        return "".join(re.findall(r'"([^"]*)"', part)) or f"{value:.15g}"
    decimals = len(body[1]) - 1 if body[1] else 0
    comma = "," if "," in body[0] else ""
    number = f"{abs(value) if below else value:{comma}.{decimals}f}"
    return (part[: body.start()] + number + part[body.end() :]).replace('"', "")


def _chunks(
    sizes: Sequence[tuple[int, float]], breaks: frozenset[int], repeated: tuple[int, int] | None,
    room: float,
) -> list[list[int]]:  # fmt: skip
    """Rows or columns page by page; those that are repeated stand at the head of each but their own."""
    again = range(repeated[0], repeated[1] + 1) if repeated else range(0)
    known = dict(sizes)
    lead = sum(known.get(index, 0.0) for index in again)
    pages: list[list[int]] = [[]]
    used = 0.0
    for index, size in sizes:
        if pages[-1] and (index in breaks or used + size > room):
            pages.append(list(again))
            used = lead
        pages[-1].append(index)
        used += size
    return pages


# -- drawing --------------------------------------------------------------------------------------


def _page(sheet: _Sheet, page: int, styles: Sequence[_Style]) -> dict[str, Any]:
    """Where everything of a page stands: boxes of cells, texts, and the foot."""
    down = len(sheet.chunks[0])
    rows, columns = sheet.chunks[0][page % down], sheet.chunks[1][page // down]
    lefts, total = _starts(columns, sheet.width)
    tops, _ = _starts(rows, sheet.height)
    wide = sheet.size[0] - sheet.margins["left"] - sheet.margins["right"]
    x0 = sheet.margins["left"] + (max(0.0, wide - total) / 2 if sheet.centered else 0.0)
    y0 = sheet.margins["top"]
    boxes: list[Any] = []
    cells: list[Any] = []
    covered = {
        (row, column)
        for (first, left), (last, right) in sheet.merged.items()
        for row in range(first, last + 1) for column in range(left, right + 1)
        if (row, column) != (first, left)
    }  # fmt: skip
    for row in rows:
        row_cells = (
            [cell for cell in sheet.rows[row].cells if cell[0] in lefts]
            if row in sheet.rows
            else []
        )
        full = {column for column, _, text, _ in row_cells if text}
        for column, style, text, across in row_cells:
            if (row, column) in covered:
                continue
            last = sheet.merged.get((row, column), (row, column))
            w = sum(sheet.width(n) for n in columns if column <= n <= last[1])
            h = sum(sheet.height(n) for n in rows if row <= n <= last[0])
            x, y = x0 + lefts[column], y0 + tops[row]
            boxes.append((x, y, w, h, style))
            if not text:
                continue
            if not styles[style].wrap and last == (row, column):
                x, w = _room(sheet, columns, column, full, across, (x, w))
            cells.append((x, y, w, h, style, across, text))
    number, pages = str(page + 1), str(sheet.printed)
    foot = [text.replace("&P", number).replace("&N", pages) for text in _foot(sheet.footer)]
    return {"boxes": boxes, "cells": cells, "foot": foot}


def _foot(code: str) -> list[str]:
    """What stands at the foot of a page: at the left, in the middle, at the right."""
    sides = dict.fromkeys("LCR", "")
    for side, text in re.findall(r"&([LCR])((?:(?!&[LCR]).)*)", code, re.DOTALL):
        sides[side] = re.sub(r'&\d+|&"[^"]*"', "", text).replace("&&", "&")
    return list(sides.values())


def _starts(places: Sequence[int], size: Any) -> tuple[dict[int, float], float]:
    starts: dict[int, float] = {}
    used = 0.0
    for place in places:
        starts[place] = used
        used += size(place)
    return starts, used


def _room(
    sheet: _Sheet, columns: Sequence[int], column: int, full: set[int], across: str,
    extent: tuple[float, float],
) -> tuple[float, float]:  # fmt: skip
    """Where a text that is not broken may stand: over the empty cells next to it."""
    x, w = extent
    position = columns.index(column)
    if across == "right":
        for other in reversed(columns[:position]):
            if other in full:
                break
            x, w = x - sheet.width(other), w + sheet.width(other)
    elif across == "left":
        for other in columns[position + 1 :]:
            if other in full:
                break
            w += sheet.width(other)
    return x, w

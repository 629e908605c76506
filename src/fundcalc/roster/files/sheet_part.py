"""The XML of one sheet of an .xlsx, read in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO
from xml.etree import ElementTree as ET

from fundcalc.roster.files import markup
from fundcalc.roster.files.cells import (
    LOWERED,
    MAX_ROWS,
    MAX_WIDTH,
    RAISED,
    STRUCK,
    Cells,
    Mark,
    address,
    joined,
)
from fundcalc.roster.files.formats import Code, number_text
from fundcalc.roster.files.markup import Malformed, is_true, local
from fundcalc.roster.files.source import MAX_TEXT, stop
from fundcalc.roster.sheet import (
    DATE,
    ERROR,
    MAX_COLUMNS,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    TEXT,
    YES_NO,
    Area,
    Format,
)

Style = tuple[Code | None, str]
"""A number format that is not plain, and what a font says of all its text."""

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d:\d\d)?(\.\d+)?Z?")
_MAX_ARRAY = 3_000_000


class Strings:
    """The shared strings, and of which a part or all is struck out, raised or lowered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.marks: dict[int, tuple[str, bool]] = {}

    def read(self, stream: IO[bytes], most: int) -> None:
        """All of them; what a file says of how many there are is not asked for."""
        for some in markup.units(stream, "sst", 2, most):
            for one in some:
                first = one[0] if len(one) == 1 else None
                if (
                    first is not None
                    and first.tag.endswith("}t")
                    and "_x" not in (first.text or "")
                ):
                    text = first.text or ""
                else:
                    text, mark, partly = string(one)
                    if mark or partly:
                        self.marks[len(self.texts)] = (mark, partly)
                if len(text) > MAX_TEXT:
                    raise markup.TooMuch
                self.texts.append(text)


def string(element: ET.Element) -> tuple[str, str, bool]:
    """A string of one or more runs, as `joined`; how it is pronounced is left out."""
    runs: list[tuple[str, str]] = []
    for one in element:
        tag = local(one.tag)
        if tag == "t":
            runs.append((unescaped(one.text or ""), ""))
        elif tag == "r":
            texts = (unescaped(t.text or "") for t in one.iterfind("{*}t"))
            runs.append(("".join(texts), mark_of(one.find("{*}rPr"))))
    return joined(runs)


def mark_of(font: ET.Element | None) -> str:
    """What a font says of its text: struck out, raised, lowered, or nothing."""
    strike = font.find("{*}strike") if font is not None else None
    raised = font.find("{*}vertAlign") if font is not None else None
    if strike is not None and is_true(strike.get("val", "1")):
        return STRUCK
    found = {"superscript": RAISED, "subscript": LOWERED}
    return found.get(raised.get("val", ""), "") if raised is not None else ""


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, written as _x000D_."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
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
        for some in markup.units(stream, "worksheet", 3, most):
            for one in some:
                name = local(one.tag)
                if name == "row":
                    self._read_row(one, one.tag.removesuffix("row"))
                elif name == "mergeCell":
                    self._cells.merge(self._area(one.get("ref", "")))
                elif name == "sheetFormatPr":
                    self._hides = is_true(one.get("zeroHeight"))

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
        cell, value = f"{space}c", f"{space}v"
        texts: list[str] = []
        kinds: list[int] = []
        marked: list[Mark] = []
        at = -1
        for one in element:
            if one.tag != cell:
                continue
            said = one.attrib
            name = said.get("r", "")
            head = name.removesuffix(number)
            column = columns.get(head, -1)
            if column <= at or len(head) == len(name):
                column = self._locate(name, row, at)
                if name:
                    columns[head] = column
            at = column
            if not len(one):
                continue
            if at > len(texts):
                short = at - len(texts)
                texts += [""] * short
                kinds += [TEXT] * short
            only = one[0]
            plain = len(one) == 1 and only.tag == value and not len(only)
            if plain and not in_arrays and said.get("s", "0") not in styles:
                kind, text = said.get("t"), only.text or ""
                if kind is None and (shown := number_text(text)) is not None:
                    texts.append(shown)
                    kinds.append(NUMBER)
                    continue
                if kind == "s" and not marks and text.isdigit():
                    texts.append(shared[int(text)])
                    kinds.append(TEXT)
                    continue
            shown, of, mark = self._cell(row, at, one)
            texts.append(shown)
            kinds.append(of)
            if mark and shown.strip():
                marked.append((at, mark))
        if self._arrays:
            self._arrays = [area for area in self._arrays if area[2] >= row]
            for area in self._arrays:
                _blank_results(area, texts, kinds)
        self._cells.add_row(row, texts, kinds, marked, self._hidden)

    def _begin_row(self, said: Mapping[str, str]) -> int:
        number = said.get("r", str(self._row + 2))
        if not (number.isascii() and number.isdigit() and len(number) < 20):
            raise Malformed("a row's number")
        at = int(number) - 1
        if not 0 <= at < MAX_ROWS:
            stop("FC606.beyond", f"{self._cells.path}!{number}")
        if at <= self._row:
            stop("FC603.twice", self._cells.place(at, 0))
        self._row = at
        hidden, height = said.get("hidden"), said.get("ht")
        by_default = self._hides and hidden is None and height is None
        self._hidden = is_true(hidden) or height in ("0", "0.0") or by_default
        return at

    def _locate(self, name: str, row: int, last: int) -> int:
        """The column of a cell after the last one, by its address or its place."""
        at, column = address(self._cells.path, name) if name else (row, last + 1)
        if at != row or column <= last:
            stop("FC603.twice", self._cells.place(at, column))
        if column >= MAX_WIDTH:
            stop("FC606.beyond", f"{self._cells.path}!{row + 1}")
        return column

    def _cell(self, row: int, at: int, cell: ET.Element) -> tuple[str, int, str]:
        """What a cell of any kind shows, what it is, and what is said of all its text."""
        parts = {local(one.tag): one for one in cell}
        value, kind = parts.get("v"), cell.get("t")
        if len(parts) < len(cell) or (value is not None and len(value)):
            raise Malformed("a cell")
        raw = None if value is None else value.text or ""
        if "f" in parts:
            self._note_array(parts["f"].attrib)
        if ("f" in parts or (row, at) in self._in_arrays) and not self._computed(
            row, at, kind, raw
        ):
            return "", NOT_COMPUTED, ""
        code, mark = self._styles.get(cell.get("s", "0"), (None, ""))
        seen, own = "", ""
        of: int | Format = TEXT
        if kind == "inlineStr" and "is" in parts:
            seen, own, partly = string(parts["is"])
            of = RUNS if partly else TEXT
        elif raw is not None:
            seen, of, own = self._seen(kind, raw, code)
        if of == TEXT and code and seen.strip():
            seen = code.see_text(seen)
        if len(seen) > MAX_TEXT:
            stop("FC606.cell", self._cells.place(row, at), most=MAX_TEXT)
        of = of if isinstance(of, int) else self._cells.numbered(of)
        return seen, of, mark or own

    def _seen(self, kind: str | None, raw: str, code: Code | None) -> tuple[str, int | Format, str]:
        """What a cell shows, what it is, and what is said of all its text."""
        if kind == "str":
            return unescaped(raw), TEXT, ""
        raw = raw.strip()
        if kind is None or kind == "n":
            text = number_text(raw)
            if text is None:
                return raw, TEXT, ""
            return (*code.see(float(raw), self._from_1904), "") if code else (text, NUMBER, "")
        if kind == "s":
            if not raw.isdigit():
                raise Malformed("a text's number")
            mark, partly = self._strings.marks.get(int(raw), ("", False))
            return self._strings.texts[int(raw)], RUNS if partly else TEXT, mark
        if kind == "e":
            return raw or "#ERROR!", ERROR, ""
        if kind == "b" and raw:
            return "TRUE" if is_true(raw) else "FALSE", YES_NO, ""
        if kind == "d" and raw and (match := _ISO.fullmatch(raw)):
            time = match[2] if match[2] not in (None, "00:00:00") else ""
            return " ".join(filter(None, (match[1], time))) or raw, DATE, ""
        return raw, TEXT, ""

    def _computed(self, row: int, at: int, kind: str | None, value: str | None) -> bool:
        """Whether a formula's cell has a result."""
        if value is None or (kind != "str" and not value.strip()):
            return False
        zero = kind in (None, "n", "str") and value.strip() in ("", "0", "0.0")
        self._cells.formula(row, at, not zero)
        return True

    def _note_array(self, said: Mapping[str, str]) -> None:
        """Cells that one formula fills, of which only the first names it."""
        if "ref" not in said or said.get("t") not in ("array", "dataTable"):
            return
        top, left, bottom, right = self._area(said["ref"])
        right = min(right, MAX_COLUMNS)
        if len(self._in_arrays) + (bottom - top + 1) * (right - left + 1) > _MAX_ARRAY:
            raise markup.TooMuch
        self._arrays.append((top, left, bottom, right))
        self._in_arrays.update(
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        )


def _blank_results(area: Area, texts: list[str], kinds: list[int]) -> None:
    """Of a formula that fills several cells, those of one of its rows that have no result."""
    _, left, _, right = area
    short = right + 1 - len(texts)
    texts += [""] * short
    kinds += [TEXT] * short
    for at in range(left, right + 1):
        if texts[at] == "" and kinds[at] == TEXT:
            kinds[at] = NOT_COMPUTED

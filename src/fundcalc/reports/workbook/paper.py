"""A workbook being written: formats by name, text that stays text, amounts in the unit wanted, tables."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from math import ceil, gcd
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import CellFormulaTuple, CellNumberTuple, CellStringTuple, Worksheet

from fundcalc.base.catalogue import Field, say
from fundcalc.base.catalogue import text as phrase
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import pieces, width
from fundcalc.base.words import Lang, Words
from fundcalc.engines.formulas.cells import LIMIT, Err
from fundcalc.engines.formulas.given import FIRST_DAY_SHOWN
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan
from fundcalc.reports.columns import text as as_text
from fundcalc.reports.settings import PAPER_NUMBERS, PaperSize, SheetSettings
from fundcalc.reports.table import Cell, Fen, Table, said
from fundcalc.roster.model import letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_ROWS = 1_048_576
OTHER_ROWS = 30
"""Rows of a sheet to sign that are neither villages nor subtotals."""

LONGEST_FOOTER = 255

_WAN_DECIMALS = 6
_DIGITS = len(str(LIMIT)) - 1

LONGEST_TEXT = 32_767
"""Characters that a cell of Excel can hold."""

CONSTANT_MEMORY_FROM = 20_000
"""Villages from which rows are written through a temporary file."""

BODY, SMALL = 9.0, 7
"""Points of what is read, and of notes at the foot; nothing shrinks a sheet to sign on paper."""

ROOM: dict[PaperSize, float] = {"a4": 135, "a3": 196}
"""Digits of BODY size across a landscape page, where digits are widest: LibreOffice without 宋体 or Arial has
them a quarter wider than Excel does."""

HEIGHT: dict[PaperSize, float] = {"a4": 498, "a3": 744}
"""Points of a landscape page between its margins, less a little."""

GAP = 0.84
"""What a column takes beyond its width."""

_ROWS = b"\0"
"""Stands for a sheet's rows in what XlsxWriter packs: it takes twice as long over them as `_LEVEL` does."""

_LEVEL = 2
"""How hard the rows are packed: 5 makes a file smaller by a seventh and takes twice as long."""

escape = partial(html.escape, quote=False)
"""A text as XML has it; the module of this name for XML would load all of urllib."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
_FONTS = {"zh": "宋体", "en": "Arial"}
_THIN = {"border": 1, "border_color": "#808080"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "align": "center", "text_wrap": True, "valign": "vcenter"},
    "continued": {"bold": True, "align": "center", "text_wrap": True, "valign": "vcenter"},
    "line": {"valign": "vcenter"},
    "right": {"align": "right", "valign": "vcenter"},
    "bold": {"bold": True, "valign": "vcenter"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "key": {"bold": True, "valign": "top", "text_wrap": True},
    "section": {"bold": True, "font_size": 12, "bg_color": "#D9E2EC", "valign": "vcenter"},
    "head": {
        "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True,
        "bg_color": "#E8EDF2", **_THIN,
    },
    "centre": {"align": "center", "valign": "vcenter", **_THIN},
    "text": {"valign": "vcenter", "text_wrap": True, **_THIN},
    "label": {"valign": "vcenter", "indent": 1, "text_wrap": True, **_THIN},
    "small": {"valign": "vcenter", "text_wrap": True, **_THIN},
    "figure": {"valign": "vcenter", "align": "right", **_THIN},
    "count": {"num_format": '#,##0;-#,##0;"—"', "valign": "vcenter", **_THIN},
    "amount": {"valign": "vcenter", **_THIN},
    "sub": {"bold": True, "valign": "vcenter", "text_wrap": True, "bg_color": "#F4F4F4", **_THIN},
    "sub_sum": {"valign": "vcenter", "bg_color": "#F4F4F4", **_THIN},
    "county": {"bold": True, "valign": "vcenter", "text_wrap": True, "bg_color": "#E3E9EF", **_THIN},
    "county_sum": {"valign": "vcenter", "bg_color": "#E3E9EF", **_THIN},
    "total": {"bold": True, "valign": "vcenter", "text_wrap": True, "bg_color": "#D3DCE6", **_THIN, "top": 6},
    "total_sum": {"valign": "vcenter", "bg_color": "#D3DCE6", **_THIN, "top": 6},
    "entry": {"valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "entry_text": {
        "valign": "vcenter", "text_wrap": True, "bg_color": "#EEF7E9", "num_format": "@", **_THIN,
    },
    "entry_choice": {"align": "center", "valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "assumed_choice": {
        "align": "center", "italic": True, "font_color": "#7F7F7F", "valign": "vcenter",
        "bg_color": "#EEF7E9", **_THIN,
    },
    "assumed": {"italic": True, "font_color": "#7F7F7F", "valign": "vcenter", "bg_color": "#EEF7E9", **_THIN},
    "assumed_text": {
        "italic": True, "font_color": "#7F7F7F", "valign": "vcenter", "bg_color": "#EEF7E9",
        "text_wrap": True, "num_format": "@", **_THIN,
    },
    "bad": {"bold": True, "font_color": "#9C0006", "bg_color": "#FFC7CE"},
}  # fmt: skip


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet that takes formulas as they are, and writes plain cells without detours.

    XlsxWriter looks into each formula for names of new functions: slowly, and taking a policy's text in
    quotes for a call. Its way to write one cell serves every kind of cell; the three kinds of which there
    are a hundred thousand are written here as it would write them, in a third of the time. Were its method
    renamed, the sheet would be the same, only slower. `constant_memory` sheets are left to XlsxWriter.
    """

    paper: Paper
    size: float = BODY
    written: dict[tuple[str, str], object]
    """The cell of each text and style that was written: the next one like it is the same."""
    printed: tuple[int, int] | None = None
    """The last row and column that are printed, if not all are."""
    heads: int = 0
    """The last row that is repeated on every page."""
    rows: list[bytes]
    """What stands for `_ROWS` in the file."""
    share: float = 1
    """The size in which it is printed; LibreOffice has heads and feet of pages shrink with it."""

    def print_area(self, first_row: int, first: int, last_row: int, last: int) -> None:
        """Print these cells alone."""
        self.printed = last_row, last
        super().print_area(first_row, first, last_row, last)

    def repeat_rows(self, first: int, last: int | None = None) -> None:
        """Print these rows on every page."""
        self.heads = first if last is None else last
        super().repeat_rows(first, last)

    def text(self, row: int, column: int, text: str, style: str = "text") -> None:
        """Text as it is; what looks like a formula is marked as text, so that editing keeps it so."""
        cell = self.written.get((text, style))
        if cell is not None:
            self.str_table.count += 1
            self.table[row][column] = cell
            return
        quoted = text.startswith(_FORMULA)
        self.put_text(row, column, text, self.paper.style(style, quoted=quoted, size=self.size))
        if not self.constant_memory:
            self.written[text, style] = self.table[row][column]

    def join(self, first_row: int, first: int, last_row: int, last: int) -> None:
        """Merge cells that are written by themselves, row by row."""
        self.merge.append([first_row, first, last_row, last])

    def across(self, row: int, first: int, last: int, text: str, style: str) -> None:
        """Text over several columns."""
        if last > first:
            self.merge_range(row, first, row, last, "", self.paper.style(style, size=self.size))
        self.text(row, first, text, style)

    def money(self, row: int, column: int, fen: int) -> None:
        """An amount in fen, in yuan."""
        style = self.paper.style("amount", _AMOUNT, size=self.size)
        self.put_number(row, column, in_cell(fen, FEN_DECIMALS), style)

    def widths(self, sizes: Iterable[float]) -> None:
        """How wide the first columns are, in characters."""
        for place, size in enumerate(sizes):
            self.set_column(place, place, size)

    def put_text(self, row: int, column: int, text: str, style: Format) -> None:
        """Text in a format of its own, which says whether it is quoted."""
        known = self.str_table.string_table.get(text)
        if known is not None:
            self.str_table.count += 1
            self.table[row][column] = _text_cell((known, style))
            return
        if len(text) > LONGEST_TEXT // 2:  # Excel counts pairs for what is beyond 16 bits
            text = _cut(text)
        self._write_string(row, column, text, style)

    def put_number(self, row: int, column: int, number: float, style: Format) -> None:
        """A number, which is finite."""
        self._put_cell(row, column, _number_cell((number, style)))

    def put_formula(self, row: int, column: int, text: str, style: Format, value: object) -> None:
        """A formula without `=`, with the value to store next to it."""
        formula = text if self.constant_memory else escape(text)
        self._put_cell(row, column, _formula_cell((formula, style, value)))

    def put_column(
        self, first: int, column: int, texts: Iterable[str], style: Format, values: Iterable[object]
    ) -> None:
        """The same of formulas escaped for XML, row below row, on a sheet kept in memory."""
        table = self.table
        for row, cell in enumerate(map(_formula_cell, zip(texts, repeat(style), values)), first):
            table[row][column] = cell

    def _put_cell(self, row: int, column: int, cell: object) -> None:
        if self.constant_memory:
            self._check_dimensions(row, column)
            if row > self.previous_row:
                self._write_single_row(row)
        self.table[row][column] = cell

    def measure(self) -> None:
        """How far the cells reach, which XlsxWriter asks of every cell as it is put in."""
        cells = {row: cells for row, cells in self.table.items() if cells}
        if cells and not self.constant_memory:
            self._check_dimensions(min(cells), min(map(min, cells.values())))
            self._check_dimensions(max(cells), max(map(max, cells.values())))

    def _write_rows(self) -> None:
        if self.constant_memory:
            super()._write_rows()
            return
        numbers, names = self.paper.numbers, [*map(letters, range((self.dim_colmax or 0) + 1))]
        self.fh, file = _Parts(), self.fh
        for row in sorted(self.table.keys() | self.row_info.keys()):
            cells = self.table.pop(row, None)  # what is written is let go, and its room used again
            if not cells:
                self._write_empty_row(row, None, self.row_info[row])
                continue
            self._write_row(row, None, self.row_info.get(row))
            row_number, parts = str(row + 1), self.fh
            for column, cell in sorted(cells.items()):
                kind = type(cell)
                if kind not in _PLAIN:
                    parts.append(self._rendered(row, column, cell))
                    continue
                number = numbers.get(cell.format)
                if number is None:  # XlsxWriter numbers a format when it writes it
                    cell_xml = self._rendered(row, column, cell)
                    number = numbers[cell.format] = cell_xml.partition(' s="')[2].partition('"')[0]
                opening = f'<c r="{names[column]}{row_number}" s="{number}"'
                if kind is CellStringTuple:
                    parts.append(f'{opening} t="s"><v>{cell[0]}</v></c>')
                elif kind is CellNumberTuple:
                    parts.append(f"{opening}><v>{cell[0]:.16G}</v></c>")
                elif isinstance(value := cell[2], str):
                    cell_type = "e" if isinstance(value, Err) else "str"
                    parts.append(
                        f'{opening} t="{cell_type}"><f>{cell[0]}</f><v>{escape(value)}</v></c>'
                    )
                else:
                    parts.append(f"{opening}><f>{cell[0]}</f><v>{value}</v></c>")
            self._xml_end_tag("row")
            self.rows.append("".join(parts).encode())
            parts.clear()
        self.rows.append("".join(self.fh).encode())
        self.fh = file
        self.fh.write(_ROWS.decode())

    def _rendered(self, row: int, column: int, cell: Any) -> str:
        self.fh, file = _Parts(), self.fh
        self._write_cell(row, column, cell)
        self.fh, parts = file, self.fh
        return "".join(parts)


class _Parts(list[str]):
    """A file as far as writing goes."""

    write = list.append


def _cut(text: str) -> str:
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * LONGEST_TEXT - 2].decode("utf-16-le", "ignore") + "…"


_PLAIN = (CellFormulaTuple, CellStringTuple, CellNumberTuple)
_formula_cell, _text_cell, _number_cell = (partial(tuple.__new__, kind) for kind in _PLAIN)
"""What makes a cell of a tuple of its fields."""


class Paper:
    """A workbook in memory. Nothing written through `text` is ever taken for a formula or a link.

    Of an `outline` only what the sheets are made of is wanted: rows of villages are left out of the workbook.
    """

    def __init__(
        self, plan: Plan, villages: int, lang: Lang, settings: SheetSettings | None = None, *,
        outline: bool = False,
    ) -> None:  # fmt: skip
        self.lang: Lang = lang
        self.outline = outline
        self.ids = plan.policy.ids
        self.settings = settings or SheetSettings()
        self._buffer = io.BytesIO()
        self.file = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": villages < CONSTANT_MEMORY_FROM,
                "constant_memory": villages >= CONSTANT_MEMORY_FROM,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
                # columns are as wide as so many digits of this font
                "default_format_properties": {"font_name": _FONTS[lang], "font_size": BODY},
                "default_column_width": 56,
            },
        )
        created = datetime(plan.on.year, plan.on.month, plan.on.day)  # noqa: DTZ001 - no clock: same bytes
        self.file.set_properties({"title": plan.policy.title.say(lang)[:255], "created": created})
        self.file.set_calc_mode("auto")
        self._formats: dict[tuple[str, str, bool, float], Format] = {}
        self.numbers: dict[Format, str] = {}
        """The number by which cells name a format, once one has been written."""

    def say(self, key: str, **values: Field) -> str:
        """Words of the catalogue in the workbook's language."""
        return phrase(key, self.lang, **values)

    def style(
        self, name: str, number: str = "", *, quoted: bool = False, size: float = BODY
    ) -> Format:
        """A format by name, with a number format where given."""
        key = (name, number, quoted, size)
        if key not in self._formats:
            base = {"font_name": _FONTS[self.lang], "font_size": size, **_STYLES[name]}
            if number:
                base["num_format"] = number
            if quoted:
                base["quote_prefix"] = True
            self._formats[key] = self.file.add_format(base)
        return self._formats[key]

    def sheet(self, name: str, size: float = BODY) -> Sheet:
        """A new sheet in landscape; what is too wide for a page goes on to the next, never smaller."""
        sheet: Sheet = self.file.add_worksheet(name, Sheet)
        sheet.paper, sheet.size, sheet.written, sheet.rows = self, size, {}, []
        sheet.set_landscape()
        sheet.set_paper(PAPER_NUMBERS[self.settings.paper])
        sheet.set_print_scale(100)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.75)
        sheet.set_start_page(1)
        return sheet

    @property
    def in_yuan(self) -> bool:
        """Whether the sheets to sign are in yuan, not in 10,000 yuan."""
        return self.settings.unit == "yuan"

    def decimals(self, amounts: Iterable[int]) -> int:
        """Decimals in which a column of amounts shows every one of them in full."""
        if self.in_yuan:
            return FEN_DECIMALS
        unit = gcd(*amounts, 10 ** (_WAN_DECIMALS - FEN_DECIMALS))
        return _WAN_DECIMALS - (len(str(unit)) - len(str(unit).rstrip("0")))

    def in_unit(self, fen: int) -> float:
        """Fen as yuan or 10,000 yuan: the double nearest to the decimal number. As `in_cell`."""
        return in_cell(fen, FEN_DECIMALS if self.in_yuan else _WAN_DECIMALS)

    def footer(self, sheet: Sheet, about: Mapping[str, Any]) -> None:
        """Policy digest, page and run at the foot of every page."""
        values = (about.get("policy", {}).get("digest"), about.get("head"), about.get("run"))
        digest, head, run = (str(value or "").replace("&", "&&") for value in values)
        left = [
            self.say("book.policy", value=digest) if digest else "",
            self.say("book.ledger", value=head) if head else "",
        ]
        right = self.say("book.run", value=run) if run else ""
        small, middle = f"&{ceil(SMALL / sheet.share)}", "&C&8" + self.say("book.page")
        if sheet.share < 1:  # digests in larger type reach the middle
            right, middle = "    ".join(filter(None, (right, self.say("book.page")))), ""
        footer = f"&L{small}{chr(10).join(filter(None, left))}{middle}&R{small}{right}"
        sheet.set_footer(footer[:LONGEST_FOOTER])

    def close(self) -> bytes:
        """The finished file."""
        sheets = self.file.worksheets()
        for sheet in sheets:
            sheet.measure()
        self.file.close()
        if not any(sheet.rows for sheet in sheets):
            return self._buffer.getvalue()
        whole = io.BytesIO()
        rows = {f"xl/worksheets/sheet{n}.xml": sheet.rows for n, sheet in enumerate(sheets, 1)}
        with ZipFile(self._buffer) as parts, ZipFile(whole, "w") as file:
            for part in parts.infolist():
                content = parts.read(part)
                if part.filename in rows:
                    content = b"".join(rows.pop(part.filename)).join(content.split(_ROWS))
                info = ZipInfo(part.filename, part.date_time)
                file.writestr(info, content, ZIP_DEFLATED, _LEVEL)
        return whole.getvalue()


def in_cell(value: int, decimals: int) -> float:
    """A whole number of smallest units as a cell holds it: the double nearest to the decimal number.

    Raises PolicyProblem where it has more digits than a spreadsheet keeps, which would show others.
    """
    if abs(value) >= LIMIT and len(str(abs(value)).rstrip("0")) > _DIGITS:
        raise PolicyProblem([say("FC854", number=grouped(value, decimals), most=_DIGITS)])
    unit: int = 10**decimals
    return value / unit


def units(text: str, size: float = BODY) -> float:
    """How wide a column must be for a text on one line."""
    return width(text) * size / BODY + 0.6


def text_width(values: Iterable[Value], most: float) -> float:
    """How wide a column of names is: as the longest, within bounds; what is longer goes on below."""
    return max(min(max(map(units, map(str, set(values))), default=0), most), 13)


def figures_width(numbers: NDArray[np.int64], decimals: int) -> float:
    """How wide a column is whose longest figure is read and not shown as ###; 0 where it has none."""
    if not len(numbers):
        return 0
    ends = int(numbers.min()), int(numbers.max())
    return max(len(grouped(end, decimals)) for end in ends) + 1.5


def row_height(lines: int, size: float = BODY) -> float:
    """Points of a row of so many lines, as far as a spreadsheet lets a row grow."""
    return min(size * 1.36 * lines + 3.5, 409)


def clipped(text: str, room: float, most: int, size: float = BODY) -> tuple[str, int]:
    """A text as it fits into so many lines, cut with … where it does not, and the lines it takes."""
    if "\n" not in text and units(text, size) <= room:
        return text, 1
    lines = lines_needed(text, room * BODY / size)
    if lines <= most:
        return text, lines
    keep = int((room - 1) * BODY / size * most / 2.3)
    return text[:keep] + "…", most


def lines_needed(text: str, room: float) -> int:
    """Lines that a text takes in a cell `room` characters wide, broken at blanks, or anywhere in Chinese."""
    if "\n" in text:
        return sum(lines_needed(part, room) for part in text.split("\n"))
    lines, used = 1, 0.0
    for word in re.findall(r"[^\u2e80-\uffef\s]+|\S", text):
        wide = width(word)
        space = bool(used) and word.isascii()
        if used and used + space + wide > room - 0.5:
            lines, used = lines + 1, 0.0
        used += wide + space
        if used > room - 0.5:
            extra = int(used // max(room - 0.5, 1))
            lines, used = lines + extra, used - extra * (room - 0.5)
    return lines


def tall_rows(sheet: Sheet, first: int, columns: Sequence[tuple[Sequence[Any], float]]) -> None:
    """Make rows as high as the texts of some columns need, which are so wide."""
    needed: dict[int, int] = {}
    for values, room in columns:
        lines = {value: clipped(str(value), room, 30)[1] for value in set(values)}
        for index, value in enumerate(values if max(lines.values(), default=1) > 1 else ()):
            needed[index] = max(needed.get(index, 1), lines[value])
    for index, high in needed.items():
        if high > 1:
            sheet.set_row(first + index, row_height(high))


# -- heads ----------------------------------------------------------------------------------------


_WHOLE, _BRACKETED = 14, 16
"""How wide a piece of a head is before it is broken; what is in brackets is broken later."""


def _parts(head: str) -> list[str]:
    """A head, cut before its bracket; one or two characters do not stand alone."""
    cut = re.search(r"\s?[（(]", head)
    if cut is None or width(head[: cut.start()]) <= 4:
        return [head]
    return [head[: cut.start()], head[cut.start() :].strip()]


def _evenly(text: str, lines: int) -> list[str]:
    """A text in so many lines, about as long as each other."""
    whole, used = width(text), 0.0
    parts = [""]
    for piece in pieces(text):
        if parts[-1] and used + width(piece) / 2 > whole * len(parts) / lines:
            parts.append("")
        parts[-1] += piece
        used += width(piece)
    return [line.strip() for line in parts]


def head_width(head: str, size: float = BODY) -> float:
    """How wide a column must be for its head to break at good places only."""
    need = 0
    for place, part in enumerate(_parts(head)):
        room = _BRACKETED if place else _WHOLE
        need = max(need, *map(width, _evenly(part, -(-width(part) // room))))
    return units("n" * need, size)


def broken(head: str, room: float, size: float = BODY) -> str:
    """A head in lines for a column: before its bracket, else into equal parts."""
    if units(head, size) <= room:
        return head
    return "\n".join(evenly(part, room, size) for part in _parts(head))


def evenly(text: str, room: float, size: float = BODY) -> str:
    """A text in as few lines as fit, about as long as each other; as it is where none do."""
    tries = (_evenly(text, n) for n in range(1, max(len(text), 2)))
    fits = (lines for lines in tries if all(units(line, size) <= room for line in lines))
    return "\n".join(next(fits, [text]))


# -- values ---------------------------------------------------------------------------------------


def head_row(
    sheet: Sheet, heads: Sequence[str], rows: int, figures: Mapping[int, float] | None = None
) -> None:
    """A header in row 1: repeated on paper, frozen on the screen, with a filter over the rows below.

    `figures` is how wide the figures of a column are, by its place.
    """
    lines, rooms = 2, figures or {}
    for place, head in enumerate(heads):
        room = max(min(max(width(head) * 0.6 + 3, 9), 22), head_width(head), rooms.get(place, 0))
        shown = broken(head, room)
        sheet.text(0, place, shown, "head")
        sheet.set_column(place, place, room)
        lines = max(lines, lines_needed(shown, room))
    sheet.set_row(0, row_height(lines) + 10)
    sheet.freeze_panes(1, min(2, len(heads)))
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(heads) - 1)


def number_format(kind: Number) -> str:
    """How a number of this type is shown: its decimals, thousands apart."""
    return "#,##0" + ("." + "0" * kind.decimals if kind.decimals else "")


def value_writer(
    sheet: Sheet, place: int, values: Sequence[Value], kind: Type
) -> Callable[[int, int, str], None]:
    """What writes a column's values: numbers in their unit, days as dates, all else as text.

    It takes a row, a position and a style. An `entry` may be changed, and has styles of its own for texts
    and choices.
    """
    paper = sheet.paper
    if isinstance(kind, Number):
        pattern, decimals = number_format(kind), kind.decimals or 0
        unit, styles = 10**decimals, dict[str, Format]()

        def number(row: int, index: int, style: str) -> None:
            value = values[index]
            if not isinstance(value, int):
                sheet.text(row, place, as_text(value, kind), style)
                return
            figure = value / unit if -LIMIT < value < LIMIT else in_cell(value, decimals)
            if style not in styles:
                styles[style] = paper.style(style, pattern)
            sheet.put_number(row, place, figure, styles[style])

        return number
    if isinstance(kind, YesNo):
        yes, no = paper.say("book.yes"), paper.say("book.no")

        def choice(row: int, index: int, style: str) -> None:
            name = style if style == "text" else f"{style}_choice"
            sheet.put_text(row, place, yes if values[index] else no, paper.style(name))

        return choice

    known: dict[Value, str] = {}

    def text(row: int, index: int, style: str) -> None:
        value = values[index]
        if isinstance(kind, Date) and isinstance(value, int) and value >= FIRST_DAY_SHOWN:
            day = datetime.fromordinal(value)
            sheet.write_datetime(row, place, day, paper.style(style, "yyyy-mm-dd"))
            return
        if value not in known:
            known[value] = as_text(value, kind)
        sheet.text(row, place, known[value], style if style == "text" else f"{style}_text")

    return text


# -- tables ---------------------------------------------------------------------------------------


_WIDEST = 60
_AMOUNT, _CHANGED = '#,##0.00;-#,##0.00;"—"', '+#,##0.00;-#,##0.00;"—"'


def write_tables(
    paper: Paper, name: Words, tables: Sequence[Table], notes: Sequence[Words] = ()
) -> None:
    """Some tables below each other on one sheet, with stored values only, after lines of text."""
    sheet = paper.sheet(
        re.sub(r"[\[\]:*?/\\]", "·", name.say(paper.lang))[:31]
    )  # as a sheet may be called
    widths = _column_widths(tables, paper.lang)
    sheet.widths(widths)
    row = 0
    for row, note in enumerate(notes, 1):
        text = note.say(paper.lang)
        sheet.across(row - 1, 0, len(widths) - 1, text, "wrap" if row > 1 else "bold")
        sheet.set_row(row - 1, 15 * lines_needed(text, sum(widths)) + 2)
    for table in tables:
        row = _table(sheet, table, widths, row + (1 if row else 0))


def _column_widths(tables: Sequence[Table], lang: Lang) -> list[int]:
    widths: list[int] = []
    for table in tables:
        heads = [head.say(lang)[: _WIDEST // 2] for head in table.columns]
        rows = [*table.shown(lang), heads]
        for place in range(len(heads)):
            longest = max(
                (width(part) for row in rows for part in row[place].split("\n")), default=0
            )
            need = min(max(10, longest) + 2, _WIDEST)
            if place == len(widths):
                widths.append(need)
            widths[place] = max(widths[place], need)
    return widths


def _table(sheet: Sheet, table: Table, widths: Sequence[int], row: int) -> int:
    """Title, heads, rows and notes; returns the first free row."""
    assert table.title is not None
    lang = sheet.paper.lang
    sheet.text(row, 0, table.title.say(lang), "bold")
    for place, head in enumerate(table.columns):
        sheet.text(row + 1, place, head.say(lang), "head")
    row += 2
    for cells in table.all_rows:
        for place, cell in enumerate(cells):
            _cell(sheet, (row, place), cell, total=cells is table.totals)
        lines = max(
            lines_needed(said(cell, lang), size) if isinstance(cell, Words | str) else 1
            for cell, size in zip(cells, widths, strict=False)
        )
        if lines > 1:
            sheet.set_row(row, 15 * lines + 2)
        row += 1
    for note in table.notes:
        sheet.text(row, 0, note.say(lang), "line")
        row += 1
    return row


def _cell(sheet: Sheet, at: tuple[int, int], cell: Cell, *, total: bool) -> None:
    paper = sheet.paper
    if isinstance(cell, Fen) and cell.decimals != FEN_DECIMALS:
        digits = "#,##0" + ("." + "0" * cell.decimals if cell.decimals else "")
        pattern = f'{"+" if cell.change else ""}{digits};-{digits};"—"'
        style = paper.style("total_sum" if total else "amount", pattern)
        sheet.write_number(*at, in_cell(cell.value, cell.decimals), style)
    elif isinstance(cell, Fen):
        style = paper.style(
            "total_sum" if total else "amount", _CHANGED if cell.change else _AMOUNT
        )
        sheet.write_number(*at, paper.in_unit(cell.value), style)
    elif isinstance(cell, int):
        style = paper.style("total", "#,##0") if total else paper.style("count")
        sheet.write_number(*at, cell, style)
    else:
        sheet.text(*at, said(cell, paper.lang), "total" if total else "small")

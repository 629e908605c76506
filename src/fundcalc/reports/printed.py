"""What stands on a paper: its sheets, figures and amounts in texts, formulas, digests and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from sys import intern
from typing import Literal, NamedTuple
from xml.etree import ElementTree as ET

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, words
from fundcalc.base.words import Words
from fundcalc.roster.files.book import open_book
from fundcalc.roster.files.cells import MAX_WIDTH, Code, address, any_code, code_of, number_text
from fundcalc.roster.files.source import read
from fundcalc.roster.files.xlsx import Workbook, local, unescaped
from fundcalc.roster.model import column_of, letters, place
from fundcalc.roster.sheet import FORMATTED, Area, Sheet

Cell = tuple[int, int]

_ACROSS = 16_383
"""The last column; a break between columns reaches further, to the last row."""

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FIGURES = re.compile(r"(?<![A-Za-z0-9_.:-])-?\d[\d,]*(?:\.\d+)?(?![A-Za-z0-9_:]|-\d)")
_CAPITALS = re.compile("负?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元[零壹贰叁肆伍陆柒捌玖角分整]+")
EITHER = re.compile(f"{_CAPITALS.pattern}|{_FIGURES.pattern}")
_AMOUNT = re.compile(
    rf"{_CAPITALS.pattern}|[¥￥]\s*\d|\d[\d,]*\.\d\d(?![\d.])|\d\s*(?:元|万|亿|yuan\b)"
    "|[一二两三四五六七八九十百千万亿]{2,}元"
)
"""What is an amount in a sentence, and no day, number of a document or digest."""

_BARE = re.compile(r"(?<![A-Za-z0-9_.,:-])(?:\d{5,6}|\d{1,3}(?:,\d{3}){1,2})(?![A-Za-z0-9_.,:年-])")
"""What may be an amount where nothing says so: five or six digits, or some with commas."""

_TERM = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_SUM = re.compile(r"(?:ROUND\()?(?:SUM\(|SUBTOTAL\(9,)?([A-Z$\d:,+]+)\)?(?:,\d\))?")
_REFERENCE = re.compile(r"(!?)(?<!\w)([A-Z]{1,3})(\d+)(?![\w(!.])(?::([A-Z]{1,3})(\d+))?")

_MANY = re.compile(r"(?<![\w.])(?=[\d.]{17})\d{1,14}\.\d+")
_DIGEST = "[0-9a-f]{40,}"
_MARK = re.compile(rf"{_DIGEST}|(?<![\w-])\d{{4,}}-[0-9a-f]{{8}}(?![\w-])")
_DAY = r"(?<!\d)(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2}(?!\d)日?)?"
_EITHER = re.compile(f"({_DIGEST})|({_DAY})")
_FIGURE = re.compile(r"\d[\d,.]*")
_CODES = re.compile(r"&[LCR]|&\d+")
"""What the head and foot of a sheet's pages have for places and sizes of type."""

_PRINTED = re.compile(r"!\$?([A-Z]{1,3})?\$?(\d+)?(?::\$?([A-Z]{1,3})?\$?(\d+)?)?")
_LEAST_SIZE, _NEAR = 4, 40
"""Points of a font, and how far of 255 its colour is from the ground, below which nothing is read."""

_NAMED, _CLIP = 4, 60
"""Places that are named of what is hidden in one way, and characters of what it is."""

_TO_FILL = re.compile(r"[：:][\s_年月日至]*(?:to:\s*)?$")
_ALIKE = 0.5
"""How like each other words are that one of them is said to stand in place of the other."""

_WORDS = 12
"""Characters before a digest or a day by which it is known."""


@lru_cache(maxsize=100_000)
def number(text: str) -> Decimal | None:
    """A figure as a paper writes it; None where the text is none."""
    text = text.strip()
    if not text[:1].isdecimal() and not text.startswith("-"):
        return None
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def skeleton(text: str) -> str:
    """A text with its figures left out."""
    return "#" if number(text) is not None else EITHER.sub("#", text)


def figures(text: str) -> list[str]:
    """The figures in a text, amounts in capitals among them, as they are written."""
    return [text] if number(text) is not None else EITHER.findall(text)


def is_money(text: str) -> bool:
    """Whether a cell is a figure, or names an amount."""
    return number(text) is not None or bool(_AMOUNT.search(text))


def may_be_money(text: str) -> bool:
    """Whether a line that no run has may say an amount, though no unit stands there."""
    return is_money(text) or bool(_BARE.search(text))


def plain(formula: str, row: int) -> str:
    """A formula wherever its row stands, as any spreadsheet writes it; cells of its sheet by distance."""

    def by_distance(match: re.Match[str]) -> str:
        elsewhere, left, top, right, bottom = match.groups()

        def shown(letters: str, text: str) -> str:
            distance = int(text) - row - 1
            return f"{letters}[{distance}]" if not distance or not elsewhere else letters + text

        return elsewhere + shown(left, top) + (f":{shown(right, bottom)}" if right else "")

    text = re.sub(r"'([^'!]+)'(?=!)", r"\1", formula)
    text = re.sub(r"(?<![\w.])\d+E\+?\d+", lambda match: str(int(Decimal(match[0]))), text)
    text = _MANY.sub(lambda match: f"{float(match[0]):.15g}", text)  # as spreadsheets keep them
    text = re.sub(r"\b(TRUE|FALSE)\(\)", r"\1", text)
    text = re.sub(r"_xlfn\.|_xlws\.|\s|\$", "", text)
    return _REFERENCE.sub(by_distance, text)


def summed(formula: str, rows: int, text: Callable[[int, int], str]) -> Decimal | None:
    """What a sum of the sheet's own cells comes to by the figures stored there; None for other formulas."""
    match = _SUM.fullmatch(re.sub(r"\s", "", formula))
    terms = re.split("[,+]", match[1]) if match else []
    total = Decimal(0)
    for term in terms:
        if not (cells := _TERM.fullmatch(term)):
            return None
        left, top, right, bottom = cells.groups()
        for row in range(int(top) - 1, min(int(bottom or top), rows)):
            for column in range(column_of(left), column_of(right or left) + 1):
                total += number(text(row, column)) or 0
    return total if terms else None


Concealed = Literal[
    "sheet", "row", "column", "struck", "merged", "format", "faint", "tiny", "repeated", "rule", "area",
    "beside", "shape",
]  # fmt: skip


_CONCEALED: dict[Concealed, str] = {
    "sheet": "auditing.hidden_sheet", "row": "auditing.hidden_row", "column": "auditing.hidden_column",
    "struck": "auditing.hidden_struck", "merged": "auditing.hidden_merged",
    "format": "auditing.hidden_format", "faint": "auditing.hidden_faint", "tiny": "auditing.hidden_tiny",
    "repeated": "auditing.hidden_repeated", "rule": "auditing.hidden_rule",
    "area": "auditing.hidden_area", "beside": "auditing.hidden_beside",
    "shape": "auditing.hidden_shape",
}  # fmt: skip


class Unseen(NamedTuple):
    """A place where a sheet shows something else than what stands in its cells."""

    kind: Concealed
    detail: str
    """The number format, or the text beside the cells."""
    cell: Cell


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as texts, its formulas, and what is printed at the head and foot of its pages."""

    name: str
    rows: Sequence[Sequence[str]]
    formulas: Mapping[Cell, str] = field(default_factory=dict)
    ends: Sequence[str] = ()
    filled: Collection[Cell] = ()
    """Cells that show what the run has, since nothing is stored in them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names of cells in the workbook mean; one of a single sheet has its number before a `!`."""
    size: str = ""
    """The workbook format's number of the paper that it is printed on; "" where none stands there."""
    unseen: Sequence[Unseen] = ()
    area: Sequence[Area] | None = None
    """The cells that are printed; None for all."""
    breaks: Sequence[int] = ()
    """The columns with which further pages begin."""

    def text(self, row: int, column: int) -> str:
        """What a cell shows; "" beyond the sheet."""
        cells = self.rows[row]
        return cells[column].strip() if column < len(cells) else ""


class Spot(NamedTuple):
    """A place on a sheet; without a column the sheet itself."""

    grid: Grid
    row: int
    column: int | None

    @property
    def text(self) -> str:
        """What the cell shows."""
        return self.grid.text(self.row, self.column or 0)

    @property
    def name(self) -> str:
        """Sheet and cell."""
        cell = f"{letters(self.column)}{self.row + 1}" if self.column is not None else ""
        return place("", self.grid.name or None, cell)


def one_line(head: str) -> str:
    """A head as if it stood on one line."""
    title = head.strip()
    if "\n" not in title:
        return title
    return re.sub(r"(?<=[\u2e80-\uffef])\n|\n(?=[\u2e80-\uffef])", "", title).replace("\n", " ")


def above(grid: Grid, row: int, column: int) -> tuple[int, str]:
    """What stands in a row above a column, in its cell or the next one to the left that is filled."""
    texts = enumerate(grid.rows[row][: column + 1])
    return max(((n, one_line(text)) for n, text in texts if text.strip()), default=(column, ""))


def is_head(grid: Grid, row: int) -> bool:
    """Whether a row has heads: texts without figures, and below them a row of figures."""
    cells = cells_of(grid, row)
    below = grid.rows[row + 1 : row + 3]
    return (
        len(cells) > 2
        and not any("：" in cell or ":" in cell or is_money(cell) for cell in cells)
        and any(sum(number(cell) is not None for cell in texts) > 1 for texts in below)
    )


def cells_of(grid: Grid, row: int) -> tuple[str, ...]:
    """The filled cells of a row."""
    return tuple(cell.strip() for cell in grid.rows[row] if cell.strip())


@cache
def to_read() -> frozenset[str]:
    """What the sheets are called that nobody signs."""
    from fundcalc.reports.workbook.sign import TO_READ

    return frozenset(text for title in map(words, TO_READ) for text in (title.zh, title.en))


def grids(path: Path) -> list[Grid]:
    """The sheets of a workbook, or the one of a CSV. Raises PolicyProblem."""
    book = open_book(path, widest=MAX_WIDTH)
    behind: _Behind | None = None
    if path.suffix.lower() == ".xlsx":
        behind = _Behind(Workbook(read(path, lines=False, widest=MAX_WIDTH)), str(path))
    sheets: list[Grid] = []
    for entry in book.sheets:
        sheet = book.load(entry.name)
        head = [sheet.header] if sheet.header else []
        rows = [[*map(intern, row)] for row in chain(head, sheet.rows())]  # a text is held once
        if behind is None:
            sheets.append(Grid("", rows))
            continue
        for row, column in _formatted(sheet):
            rows[row][column] += sheet.formats[sheet.kind(row, column) - FORMATTED].unit
        grid = behind.grid(entry.name or "", rows)
        unseen = [Unseen("sheet", "", (0, 0))] * (not entry.visible)
        sheets.append(replace(grid, unseen=[*unseen, *_covered(sheet, rows), *grid.unseen]))
    return sheets


def _formatted(sheet: Sheet) -> list[Cell]:
    """Cells whose number format puts digits or a power of ten next to the figure, as 0"0" and 0"万"."""
    counting = [bool(re.search(r"[\d十百千万亿]", form.unit)) for form in sheet.formats]
    if sheet.kinds is None or not any(counting):
        return []
    rows, columns = (sheet.kinds >= FORMATTED).nonzero()
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    return [cell for cell in cells if counting[sheet.kind(*cell) - FORMATTED]]


def _covered(sheet: Sheet, rows: Sequence[Sequence[str]]) -> Iterator[Unseen]:
    """Rows and columns that are hidden or struck out, and cells below merged ones."""
    for row in sheet.hidden:
        yield Unseen("row", "", (row, 0))
    for row in sheet.struck:
        yield Unseen("struck", "", (row, 0))
    for column in sorted(sheet.hidden_columns):
        filled = (
            n for n, cells in enumerate(rows) if column < len(cells) and cells[column].strip()
        )
        if (first := next(filled, None)) is not None:
            yield Unseen("column", "", (first, column))
    for top, left, bottom, right in sheet.merged or ():
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                if (row, column) != (top, left) and rows[row][column].strip():
                    yield Unseen("merged", "", (row, column))


class _Behind:
    """What a workbook has behind the texts of its cells."""

    def __init__(self, book: Workbook, path: str) -> None:
        self._book, self._path = book, path
        with book.reading(path):
            styles = book.styles()
            written = {
                form.get("numFmtId"): form.get("formatCode", "")
                for form in styles.iterfind("numFmts/numFmt")
            }
            fonts, fills = styles.findall("fonts/font"), styles.findall("fills/fill")
            self._looks: dict[str, tuple[Concealed | None, Code | None]] = {}
            for at, form in enumerate(styles.iterfind("cellXfs/xf")):
                id_, alignment = form.get("numFmtId", "0"), form.find("alignment")
                code = any_code(int(id_), written.get(id_))
                why = _faint(
                    _at(fonts, form.get("fontId", "0")), _at(fills, form.get("fillId", "0"))
                )
                if alignment is not None and alignment.get("horizontal") == "fill":
                    why = "repeated"
                if why or code is not None:
                    self._looks[str(at)] = why, code
            self._rules = [*map(_rule, styles.iterfind("dxfs/dxf"))]
            self._partly = {str(at) for at, text in book.rich() if _partly_faint(text)}

    def grid(self, name: str, rows: Sequence[list[str]]) -> Grid:
        """A sheet of these texts with what is behind them."""
        formulas: dict[Cell, str] = {}
        ends, size, unseen, breaks = list[str](), "", list[Unseen](), list[int]()
        pending: list[ET.Element] = []
        with self._book.reading(f"{self._path}!{name}"):
            for element in self._book.elements(name):
                tag = local(element.tag)
                if tag.endswith(("Header", "Footer")):
                    ends.append(unescaped(element.text or ""))
                elif tag == "pageSetup":
                    size = element.get("paperSize", "")
                elif tag == "brk" and int(element.get("max", 0)) > _ACROSS:
                    breaks.append(int(element.get("id", 0)))
                elif tag == "row":
                    for formula in element.iterfind("{*}c[{*}f]"):
                        at = address(self._path, formula.get("r", "A1"))
                        formulas[at] = formula.findtext("{*}f") or ""
                    unseen += self._row(element, rows)
                elif tag == "cfRule":
                    pending.append(element)
                elif tag in ("conditionalFormatting", "ext"):
                    unseen += self._conditional(element, pending)
                    pending = []
            unseen += self._beside(name, rows)
        area = _areas(self._book.areas.get(name, ""))
        return Grid(name, rows, formulas, ends, (), self._book.names, size, unseen, area, breaks)

    def _row(self, row: ET.Element, rows: Sequence[list[str]]) -> Iterator[Unseen]:
        """Cells that do not show what is stored; words that a format has for a figure get it beside them."""
        for cell in row:
            stored_as = cell.get("t")
            if stored_as == "inlineStr":
                text = cell.find("{*}is")
                faint = text is not None and _partly_faint(text)
            else:
                faint = (
                    stored_as == "s"
                    and bool(self._partly)
                    and cell.findtext("{*}v") in self._partly
                )
            if faint:
                yield Unseen("faint", "", address(self._path, cell.get("r", "A1")))
            look = self._looks.get(cell.get("s", "0"))
            if look is None or not len(cell):
                continue
            why, code = look
            if why or (code is not None and code.blind):
                yield Unseen(why or "faint", "", address(self._path, cell.get("r", "A1")))
            elif code is None:
                continue
            elif stored_as not in (None, "n"):
                if code.loses_text:
                    yield Unseen("format", code.code, address(self._path, cell.get("r", "A1")))
            elif (figure := number_text(_stored(cell).strip())) is not None:
                told = code.tells(float(figure))
                if told == "nothing":
                    yield Unseen("format", code.code, address(self._path, cell.get("r", "A1")))
                elif told == "words" and figure != "1":
                    at, column = address(self._path, cell.get("r", "A1"))
                    rows[at][column] += f" ({figure})"

    def _conditional(self, element: ET.Element, pending: Sequence[ET.Element]) -> Iterator[Unseen]:
        """Rules by which cells would show something else than what is stored."""
        rules = {id(rule): rule for rule in (*pending, *element.iterfind(".//{*}cfRule"))}
        places = [
            element.get("sqref", ""),
            *(e.text or "" for e in element.iterfind(".//{*}sqref")),
        ]
        place = " ".join(places).split()[:1]
        for rule in rules.values():
            number, own = rule.get("dxfId", ""), rule.find("{*}dxf")
            looks = _rule(own) if own is not None else None
            if own is None and number.isdecimal() and int(number) < len(self._rules):
                looks = self._rules[int(number)]
            bare = any(
                part.get("showValue", "1") in ("0", "false")
                for kind in ("dataBar", "iconSet") for part in rule.iterfind("{*}" + kind)
            )  # fmt: skip
            if place and (bare or looks is not None):
                at = address(self._path, place[0].partition(":")[0])
                yield Unseen("rule", looks or "", at)

    def _beside(self, name: str, rows: Sequence[list[str]]) -> Iterator[Unseen]:
        """Amounts in comments and text boxes, and figures that a shape covers."""
        for part in self._book.beside(name):
            for entry in part.iter("comment"):
                text = "".join(t.text or "" for t in entry.iter("t"))
                if may_be_money(text):
                    yield Unseen("beside", text, address(self._path, entry.get("ref", "A1")))
            for anchor in part if part.tag == "wsDr" else ():
                text = " ".join(t.text or "" for t in anchor.iter("t"))
                top, left, bottom, right = (
                    int(anchor.findtext(f"{end}/{k}") or 0) for end in ("from", "to") for k in ("row", "col")
                )  # fmt: skip
                bottom -= anchor.findtext("to/rowOff") == "0"
                right -= anchor.findtext("to/colOff") == "0"
                if may_be_money(text):
                    yield Unseen("beside", text, (top, left))
                shape = anchor.find("sp/spPr")
                if shape is None or shape.find("noFill") is not None:
                    continue
                for row in range(top, min(max(bottom, top) + 1, len(rows))):
                    for column in range(left, min(max(right, left) + 1, len(rows[row]))):
                        if number(rows[row][column]) is not None:
                            yield Unseen("shape", "", (row, column))


def _at(entries: Sequence[ET.Element], number: str) -> ET.Element | None:
    at = int(number)
    return entries[at] if 0 <= at < len(entries) else None


def _stored(cell: ET.Element) -> str:
    """What is stored in a cell, in most of them last."""
    last = cell[-1]
    return (last.text if last.tag.endswith("}v") else cell.findtext("{*}v")) or ""


def _partly_faint(text: ET.Element) -> bool:
    """Whether a part of a text is not seen on white."""
    return any(
        _faint(part.find("{*}rPr"), None) and (part.findtext("{*}t") or "").strip()
        for part in text.iterfind("{*}r")
    )


def _rule(look: ET.Element) -> str | None:
    """The format by which a conditional look shows something else, "" where it hides; None for others."""
    form = look.find("{*}numFmt")
    code = form.get("formatCode", "") if form is not None else "General"
    if any_code(-1, code) is not None and (code_of(code) is not None or "0.00" not in code):
        return code
    return "" if _faint(look.find("{*}font"), look.find("{*}fill")) else None


def _faint(font: ET.Element | None, fill: ET.Element | None) -> Concealed | None:
    """Why nothing is seen of a text in this font on this ground: as light as that, or too small."""
    if font is None:
        return None
    size = font.find("{*}sz")
    if size is not None and float(size.get("val", "9")) < _LEAST_SIZE:
        return "tiny"
    text = _colour(font.find("{*}color"))
    pattern = fill.find("{*}patternFill") if fill is not None else None
    ground: tuple[int, ...] | None = (255, 255, 255)
    if (
        pattern is not None
        and pattern.get("patternType", "solid" if len(pattern) else "none") != "none"
    ):
        inner = pattern.find("{*}fgColor")
        ground = _colour(inner if inner is not None else pattern.find("{*}bgColor"))
    elif fill is not None and pattern is None:
        ground = None
    if text is None or ground is None:
        return None
    return "faint" if max(abs(a - b) for a, b in zip(text, ground, strict=True)) < _NEAR else None


def _colour(colour: ET.Element | None) -> tuple[int, ...] | None:
    """Red, green and blue; None where they are left to the program or the theme, but for black and white."""
    if colour is None:
        return None
    said, theme, index = (colour.get(name, "") for name in ("rgb", "theme", "indexed"))
    if said:
        return tuple(bytes.fromhex(said[-6:]))
    if theme in ("0", "1"):
        base, tint = 255 * (theme == "0"), float(colour.get("tint", "0"))
        value = round(base * (1 + tint) if tint < 0 else base + (255 - base) * tint)
        return value, value, value
    return (255, 255, 255) if index in ("1", "9") else None


def _areas(text: str) -> list[Area] | None:
    """What is printed; None for the whole sheet."""
    if not text or "#REF!" in text:
        return None
    areas: list[Area] = []
    for left, top, right, bottom in _PRINTED.findall(re.sub(r"'(?:[^']|'')*'!", "!", text)):
        areas.append((
            int(top or 1) - 1, column_of(left) if left else 0,
            int(bottom or top or 2**20) - 1, column_of(right or left) if right or left else 2**14,
        ))  # fmt: skip
    return areas


def unseen(grid: Grid, run_grid: Grid) -> Iterator[tuple[Spot, Words]]:
    """What a sheet does not show as it stands in its cells, though the run's does: each way once."""
    own = {(kind, _bare(detail)) for kind, detail, _ in run_grid.unseen}
    cells: dict[tuple[Concealed, str], list[Cell]] = {}
    for kind, detail, cell in grid.unseen:
        if (kind, _bare(detail)) not in own:
            cells.setdefault((kind, detail), []).append(cell)
    if grid.area is not None and grid.area != run_grid.area:
        filled = (
            (row, column) for row, texts in enumerate(grid.rows)
            for column, text in enumerate(texts) if text.strip()
        )  # fmt: skip
        left_out = [
            cell for cell in filled if not _inside(cell, grid.area)
            and (run_grid.area is None or _inside(cell, run_grid.area))
        ]  # fmt: skip
        if left_out:
            cells["area", ""] = left_out
    for (kind, detail), places in cells.items():
        row, column = places[0]
        texts: Iterable[str] = [grid.text(row, column)]
        if kind in ("row", "struck"):
            texts = grid.rows[row]
        elif kind == "column":
            texts = (grid.text(at, column) for at in range(row, min(row + _CLIP, len(grid.rows))))
        named = [_place(kind, cell) for cell in places[:_NAMED]] + ["…"] * (len(places) > _NAMED)
        fields: dict[str, Field] = {
            "n": len(places), "detail": detail[:_CLIP],
            "places": Words("、".join(named), ", ".join(named)),
            "what": "  ".join(" ".join(text.split()) for text in texts if text.strip())[:_CLIP],
        }  # fmt: skip
        spot = Spot(grid, row, None if kind == "sheet" else column)
        yield spot, words(_CONCEALED[kind], **fields)


def _place(kind: Concealed, cell: Cell) -> str:
    """A row, a column or a cell as a spreadsheet calls it."""
    row, column = cell
    column_letters = "" if kind in ("row", "struck") else letters(column)
    return column_letters + ("" if kind == "column" else str(row + 1))


def _inside(cell: Cell, areas: Sequence[Area]) -> bool:
    row, column = cell
    return any(a <= row <= c and b <= column <= d for a, b, c, d in areas)


def _bare(code: str) -> str:
    """A number format however a program writes it."""
    return re.sub(r"\[\$[^\]]*\]|[\\\"\s]", "", code)


def end_lines(
    grid: Grid, run_grid: Grid, told: Iterable[str]
) -> Iterator[tuple[Literal["missing", "unassigned"], Words]]:
    """What heads and feet of pages lack, but for lines with what was `told`, and figures they have beyond."""
    paper, run = foot_lines(grid.ends), foot_lines(run_grid.ends)
    lack = [
        line for line in run if line not in paper and not any(text in line for text in told if text)
    ]
    more = [line for line in paper if line not in run and may_be_money(line)]
    if lack:
        yield "missing", words("auditing.ends_lack", line="  ".join(lack))
    if more:
        yield "unassigned", words("auditing.ends_more", line="  ".join(more))


def reworded(
    grid: Grid, rows: Iterable[int], run_grid: Grid, run_rows: Iterable[int], *, unmarked: bool
) -> Iterator[tuple[Spot | None, str, str]]:
    """Words in some of the run's lines that the paper lacks; where others stand in their place, these too.

    Last come words of the paper's lines that stand in place of none.

    What is blank in the run, as a place to sign, may be filled in, and on a paper without any mark of the run
    be blank. Digests and days are held elsewhere (`Printed`).
    """
    free = [(row, *part) for row in rows for part in worded(grid.rows[row])]
    texts = [text for _, _, text in free]
    wanted = [text for row in run_rows for _, text in worded(run_grid.rows[row])]
    for text in [*wanted]:
        if text in texts:
            del free[texts.index(text)]
            texts.remove(text)
            wanted.remove(text)
    for text in wanted:
        if _TO_FILL.search(text):
            continue
        label = re.match(r".{1,20}?[：:]", text)
        likeness = [
            2.0
            if label and other.startswith(label[0])
            else SequenceMatcher(None, text, other).ratio()
            for other in texts
        ]
        best = max(range(len(texts)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] < _ALIKE:
            yield None, "", text
        else:
            row, column, other = free.pop(best)
            texts.pop(best)
            blank = unmarked and likeness[best] > 1 and _TO_FILL.search(other)
            if not blank and _EITHER.sub("", other) != _EITHER.sub("", text):
                yield Spot(grid, row, column), other, text
    for row, column, other in free:
        if not _TO_FILL.search(other):
            yield Spot(grid, row, column), other, ""


def worded(cells: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The words of a line with their columns; parts of a cell that are far from each other by themselves."""
    for column, cell in enumerate(cells):
        for part in re.split(r"\s{3,}(?=\S+[：:])", cell):
            if part.strip():
                yield column, " ".join(part.split())


def unmarked(paper: Sequence[Grid], run_grids: Sequence[Grid]) -> set[str]:
    """Digests and ids of the run's pages that none of the paper has, where some are: it was unrecorded."""
    ends = [
        {mark for g in side for end in g.ends for mark in _MARK.findall(end)}
        for side in (paper, run_grids)
    ]
    return ends[1] - ends[0] if ends[1] & ends[0] else set()


def foot_lines(ends: Iterable[str], *, numbered: bool = False) -> list[str]:
    """The lines at the head and foot of pages, without how they stand; those with &P, &N `numbered`."""
    text = "\n".join(ends).replace("&&", "\0")
    text = re.sub(r"&[LCR]", "\n", re.sub(r'&"[^"]*"|&K[0-9A-F]{6}|&K\d\d[+-]\d{3}', "", text))
    text = re.sub(r"&\d+ ?|&[BIUESXYOH]", "", text)
    lines = (" ".join(part.split()) for part in re.split(r"\n|\s{3,}", text))
    return [
        line.replace("\0", "&")
        for line in lines
        if line and (numbered or not re.search("&[PN]", line))
    ]


class Printed:
    """What the run's paper says, to be held against what the other one does."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: dict[str, list[str]] = {}
        self._digests: set[str] = set()
        for text in texts:
            for label, _, value in _labelled(text):
                self._known.setdefault(label, []).append(value)
                if re.fullmatch(_DIGEST, value):
                    self._digests.add(value)

    def differing(self, text: str) -> Iterator[tuple[str, str, str]]:
        """The words before each that differs, what the paper says, and what the run does ("" if unknown)."""
        for label, before, value in _labelled(text):
            known = self._alike(label)
            if known and all(_value(value) != _value(other) for other in known):
                yield before, value, known[0]
            elif not known and re.fullmatch(_DIGEST, value) and value not in self._digests:
                yield before, value, ""

    def _alike(self, label: str) -> list[str]:
        """What stands behind the words that have most in common with these, to their end."""
        shared = {other: _shared(label, other) for other in self._known}
        most = max(shared.values(), default=0)
        if not most:
            return []
        return [value for other, n in shared.items() if n == most for value in self._known[other]]


def _labelled(text: str) -> Iterator[tuple[str, str, str]]:
    """Each digest and day of a text behind the words before it: as they are told apart, and as written."""
    end = 0
    for match in _EITHER.finditer(text):
        before = _CODES.sub("", text[end : match.start()])
        end = match.end()
        if before.strip():
            label = _FIGURE.sub("#", re.sub(r"\s", "", before))
            yield label[-_WORDS:], before.strip()[-2 * _WORDS :], match[0]


def _shared(label: str, other: str) -> int:
    """How many characters two wordings share, where the shorter of both ends the longer."""
    short, long = sorted((label, other), key=len)
    return len(short) if long.endswith(short) else 0


def _value(text: str) -> tuple[str, ...]:
    """A day as its numbers, however it is written; a digest as it is."""
    if re.fullmatch(_DIGEST, text):
        return (text,)
    return tuple(number.lstrip("0") for number in re.findall(r"\d+", text))

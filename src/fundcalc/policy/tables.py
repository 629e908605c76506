"""Tables that policy staff write: .csv and .xlsx as rows of cells, and look-up tables.

A look-up table has rows of keys and a value, each from a day on, in a file or in policies.toml.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span, errors
from fundcalc.base.words import Words, did_you_mean, listed, meant
from fundcalc.language.datatypes import Number, Text, Type, Unknown
from fundcalc.language.reader import TableSymbol
from fundcalc.language.units import PLAIN
from fundcalc.policy import values
from fundcalc.policy.bundle import Bundle, decoded
from fundcalc.policy.declarations import FileReader, Names
from fundcalc.policy.model import ALWAYS, Band, DatedRow, Key, Table
from fundcalc.policy.tomlfile import MAX_BYTES, KeyPath, TomlFile
from fundcalc.policy.values import meets

if TYPE_CHECKING:
    from openpyxl import Workbook

    from fundcalc.policy import schema

ENDINGS = (".csv", ".xlsx")
Cell = object
MOST_BYTES = 20_000_000
MOST_ROWS = 100_000
MOST_BANDS = 1_000
FROM, VALUE, SOURCE = "from", "value", "source"
_BAND = re.compile(r"([-\d_.,]*?)\s*\.\.\s*([-\d_.,]*)")
_NUMBER = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as it is written, by column, and where each cell stands."""

    cells: Mapping[str, object]
    spans: Mapping[str, Span]
    span: Span


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table's file: its columns and those there `twice`, with their places, its rows, and what is odd."""

    heads: Mapping[str, Span]
    twice: Sequence[tuple[str, Span]]
    rows: list[Raw]
    problems: Sequence[Diagnostic]


class Tables(FileReader):
    """Reads the look-up tables of policies.toml, and the files that hold their rows."""

    def __init__(
        self, file: TomlFile, names: Names, table: schema.PoliciesFile, bundle: Bundle
    ) -> None:
        super().__init__(file, names)
        self._table, self._bundle = table, bundle
        self.doubts: list[Diagnostic] = []
        self._formulas: dict[str, str] = {}

    def tables(self) -> dict[str, Table]:
        """All of them; each may then be named in expressions."""
        tables: dict[str, Table] = {}
        for id_, entry in self._table.tables.items():
            table = self._read(id_, entry)
            kinds: tuple[Type, ...] = tuple(Unknown() for _ in entry.keys)
            kind: Type = Unknown()
            if table is not None:
                tables[id_], kind = table, table.type
                kinds = tuple(key.type for key in table.keys)
            self.names.tables[id_] = TableSymbol(id_, kinds, kind)
        self.problems += self.doubts
        return tables

    def _read(self, id_: str, entry: schema.TableTable) -> Table | None:
        path: KeyPath = ("tables", id_)
        before, span = len(self.problems), self.file.key_span(path)
        problem = self.names.reserve(id_, span)
        if problem is not None:
            self.problems.append(problem)
        if len(set(entry.keys)) < len(entry.keys) or {FROM, VALUE, SOURCE} & set(entry.keys):
            self.say("FC131.keys", (*path, "keys"))
        if entry.source is not None:
            self.reference(path, entry.source, self._table.sources, id_)
        elif not any(SOURCE in row for row in entry.rows or [{}]) and entry.file is None:
            self.reference(path, None, self._table.sources, id_)
        self.quoted(path, entry.source, entry.quote)
        raw = self._rows(path, entry)
        if len(self.problems) > before or raw is None:
            return None
        keys = tuple(self._key(name, raw) for name in entry.keys)
        kind = self._type(path, entry, raw)
        rows = tuple(row for written in raw if (row := self._row(written, keys, kind)) is not None)
        if len(self.problems) > before or isinstance(kind, Unknown):
            return None
        table = Table(id_, entry.title, keys, kind, entry.source, rows, span, entry.quote)
        self.problems += _clashes(table)
        self._as_above(raw, rows)
        return table if len(self.problems) == before else None

    # -- rows as written ------------------------------------------------------------------------

    def _rows(self, path: KeyPath, entry: schema.TableTable) -> list[Raw] | None:
        if (entry.file is None) == (entry.rows is None):
            self.say("FC130.either", self.file.key_span(path), id=str(path[-1]))
            return None
        if entry.file is not None:
            return self._from_file((*path, "file"), entry.file, entry.keys)
        raws: list[Raw] = []
        for number, row in enumerate(entry.rows or []):
            place: KeyPath = (*path, "rows", number)
            spans = {name: self.file.span((*place, name)) for name in row}
            self._columns(entry.keys, list(row), spans, self.file.span(place))
            raws.append(Raw(row, spans, self.file.span(place)))
        return raws

    def _from_file(self, path: KeyPath, name: str, keys: Sequence[str]) -> list[Raw] | None:
        data = self._bundle.content.get(name)
        if data is None:
            known = [file for file in self._bundle.content if file.startswith("tables/")]
            self.say("FC130.file", path, hint=did_you_mean(name[:80], known), name=name[:80])
            return None
        label = self._bundle.show(name)
        sheet = read_sheet(label, data, MOST_BYTES, MOST_ROWS)
        if isinstance(sheet, Diagnostic):
            self.problems.append(sheet)
            return None
        problem = no_headings(sheet, (FROM, *keys, VALUE, SOURCE), (*keys, VALUE), data)
        if problem is not None:
            self.problems.append(problem)
            return None
        self._formulas = formulas_of(label, data)
        there = [*sheet.heads, *(text for text, _ in sheet.twice)]
        self._columns(keys, there, sheet.heads, Span(label))
        self.problems += errors(sheet.problems)
        self.doubts += [doubt for doubt in sheet.problems if doubt not in self.problems]
        return sheet.rows

    def _columns(
        self, keys: Sequence[str], there: Sequence[str], spans: Mapping[str, Span], at: Span
    ) -> None:
        """Note columns that are missing, or that no table has; FC131."""
        known = (FROM, *keys, VALUE, SOURCE)
        for name in dict.fromkeys(there):
            if name not in known:
                hint = did_you_mean(name[:80], known)
                self.say("FC131.unknown", spans[name], hint=hint, name=name[:80])
        missing = [name for name in (*keys, VALUE) if name not in there]
        if missing or len(set(there)) < len(there):
            names = listed(missing or [head for head in there if there.count(head) > 1][:1])
            self.say("FC131.missing" if missing else "FC131.twice", at, names=names)

    # -- what they mean -------------------------------------------------------------------------

    def _key(self, name: str, rows: Sequence[Raw]) -> Key:
        """A key has the type of the fact or output of its name; otherwise that of its cells."""
        symbol = self.names.symbols.get(name)
        if symbol is not None and isinstance(symbol.type, Text | Number):
            return Key(name, symbol.type)
        bands = [band(cell_text(row.cells.get(name))) for row in rows]
        if any(band is None for band in bands):
            return Key(name, Text())
        decimals = max((band.decimals for band in bands if band is not None), default=0)
        return Key(name, Number(None, decimals))

    def _type(self, path: KeyPath, entry: schema.TableTable, rows: Sequence[Raw]) -> Type:
        if entry.type == "text":
            return Text(frozenset(cell_text(row.cells.get(VALUE)) for row in rows))
        kind = self.number(path, entry.unit, entry.decimals)
        if isinstance(kind, Number) and kind.unit == PLAIN and entry.decimals is None:
            typed = [_typed(row.cells.get(VALUE), kind) for row in rows]
            exact = [values.number(cell) for cell in typed]
            self._in_two_ways(typed, rows)
            decimals = [-int(e.normalize().as_tuple().exponent) for e in exact if e]
            return Number(PLAIN, min(max([0, *decimals]), 9))
        return kind

    def _in_two_ways(self, cells: Sequence[object], rows: Sequence[Raw]) -> None:
        """Note, of a column in per cent, cells without it: wrong where they are more than the whole."""
        signed = any(isinstance(cell, str) and values.percent(cell) is not None for cell in cells)
        bare = {number: cell for number, cell in enumerate(cells) if isinstance(cell, Decimal)}
        wrong = [number for number, cell in bare.items() if abs(cell) > 1]
        for number in (wrong or [n for n, cell in bare.items() if cell][:1]) if signed else ():
            span = rows[number].spans.get(VALUE, rows[number].span)
            figure = f"{bare[number]:f}"
            if wrong:
                self.say("FC132.percent", span, found=figure, right=values.hundredth(figure))
            else:
                self.doubts.append(say("FC132.ways", span, found=figure))

    def _row(self, raw: Raw, keys: Sequence[Key], kind: Type) -> DatedRow | None:
        cells: list[str | Band] = []
        for key in keys:
            text, span = cell_text(raw.cells.get(key.name)), raw.spans.get(key.name, raw.span)
            cell: str | Band | None = text if isinstance(key.type, Text) else band(text)
            options = key.type.options if isinstance(key.type, Text) else None
            if not text or cell is None:
                spelt = values.as_test(text, getattr(key.type, "decimals", None) or 0)
                self._wrong(span, text, words("policy.a_band"), spelt)
            elif options is not None and cell not in options:
                hint = did_you_mean(text[:80], options)
                self.say("FC213.option", span, hint=hint, text=text[:80])
            else:
                cells.append(cell)
        since = _day(raw.cells.get(FROM))
        if since is None:
            span, text = raw.spans.get(FROM, raw.span), cell_text(raw.cells[FROM])
            self._wrong(span, text, words("policy.date_such_as"), values.as_day(text))
        value = values.value_of(_typed(raw.cells.get(VALUE), kind), kind)
        if (value is None or value == "") and not isinstance(kind, Unknown):
            span, text = raw.spans.get(VALUE, raw.span), cell_text(raw.cells.get(VALUE))
            spelt = values.typed(text, kind) if isinstance(kind, Number) else None
            plain = (spelt or "").replace("_", "")
            fits = values.value_of(_typed(plain, kind), kind) is not None
            self._wrong(span, text, values.wanted(kind), plain if fits else None)
        source = cell_text(raw.cells.get(SOURCE)) or None
        if source is not None and source not in self._table.sources:
            hint = did_you_mean(source[:80], self._table.sources)
            what = words("policy.source")
            span = raw.spans[SOURCE]
            self.say("FC108", span, hint=hint, name=source[:80], what=what, table="sources")
        if value is None or since is None or len(cells) < len(keys):
            return None
        return DatedRow(tuple(cells), since, value, source, raw.span)

    def _as_above(self, raw: Sequence[Raw], rows: Sequence[DatedRow]) -> None:
        """Note a blank day that may mean the day above: rows there are not of keys that begin always."""
        begun: tuple[str | Band, ...] | None = None
        unclear = False
        for written, row in zip(raw, rows, strict=True):
            if row.since != ALWAYS:
                unclear = unclear or row.keys != begun
            elif unclear and FROM in written.cells:
                self.doubts.append(say("FC132.day", written.spans.get(FROM, row.span)))
                return
            else:
                begun = row.keys

    def _wrong(self, span: Span, text: str, wanted: Words, spelt: str | None = None) -> None:
        if text:
            hint = meant(spelt) if spelt else None
            self.say("FC132", span, hint=hint, found=text[:40], wanted=wanted)
        elif span.file in self._formulas:
            self.say("FC132.formula", span, found=self._formulas[span.file][:40])
        else:
            self.say("FC132.blank", span)


def _typed(cell: object, kind: Type) -> object:
    """A cell as TOML would have it: figures where a number is wanted, and else the text that is shown."""
    wants_number = isinstance(kind, Number)
    if isinstance(cell, bool) or not isinstance(cell, str | float | int):
        return cell
    text = cell_text(cell)
    exact = number_of(text) if wants_number else None
    return text if exact is None else exact


def _day(cell: object) -> date | None:
    if cell is None or cell == "":
        return ALWAYS
    if type(cell) is date:
        return cell
    return day_of(cell_text(cell))


def day_of(text: str) -> date | None:
    """A day as a cell has it, such as 2017-01-01; None where it is none."""
    match = DAY.fullmatch(text)
    try:  # other forms of ISO 8601, such as 20170101, may as well be numbers
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: 00:00:00)?")
"""A day, as a cell of a spreadsheet may have it too."""


def band(text: str) -> Band | None:
    """`0..1499`, `1500..`, `..99` or `7`: a band with both its ends; None where it is none."""
    match = _BAND.fullmatch(text)
    ends = match.groups() if match else (text, text)
    numbers: list[Decimal | None] = []
    for end in ends:
        number = number_of(end.replace("_", ","))
        if end and number is None:
            return None
        numbers.append(number)
    low, high = numbers
    if (low is None and high is None) or (low is not None and high is not None and low > high):
        return None
    return Band(low, high)


def _clashes(table: Table) -> Iterator[Diagnostic]:
    """Rows of one day that meet: the same keys twice, or bands that overlap."""
    groups: dict[tuple[object, ...], list[DatedRow]] = {}
    for row in table.rows:
        texts = tuple(key for key in row.keys if isinstance(key, str))
        groups.setdefault((row.since, texts), []).append(row)
    for rows in groups.values():
        ordered = sorted(rows, key=_low)
        if len(ordered) > MOST_BANDS:
            yield say("FC130.bands", ordered[0].span, most=MOST_BANDS)
            return
        for at, row in enumerate(ordered):
            for other in islice(ordered, at + 1, None):
                if _begins_beyond(other, row):
                    break
                if meets(row, other):
                    yield say("FC133", other.span, spans=(row.span,), table=table.id)
                    break


def _low(row: DatedRow) -> list[Decimal]:
    bands = [key for key in row.keys if isinstance(key, Band)]
    return [Decimal("-Infinity") if band.low is None else band.low for band in bands]


def _begins_beyond(later: DatedRow, row: DatedRow) -> bool:
    """Whether the first band of one begins where that of another has ended."""
    for one, other in zip(later.keys, row.keys, strict=True):
        if isinstance(one, Band) and isinstance(other, Band):
            return not one.meets(other)
    return False


# -- files as rows of cells -------------------------------------------------------------------------


def read_sheet(
    label: str, data: bytes, most: int, most_rows: int, *, formulas: bool = False
) -> Sheet | Diagnostic:
    """A file with a head and at least one row below, blank ones left out."""
    rows = read_rows(label, data, most, formulas=formulas)
    if isinstance(rows, Diagnostic):
        return rows
    filled = [n for n, row in enumerate(rows) if any(cell_text(cell) for cell in row)]
    if len(filled) < 2:
        return say("FC130.empty", Span(label))
    if len(filled) > most_rows + 1:
        return say("FC130.rows", Span(label), rows=len(filled) - 1, most=most_rows)
    head = [cell_text(cell) for cell in rows[filled[0]]]
    heads: dict[str, Span] = {}
    twice: list[tuple[str, Span]] = []
    for at, text in enumerate(head):
        span = Span(f"{label}!{address(filled[0], at)}")
        if text and heads.setdefault(text, span) is not span:
            twice.append((text, span))
    made: list[Raw] = []
    diagnostics = [*_unseen(label, data, filled[1:], head)] if label.endswith(".xlsx") else []
    for number in filled[1:]:
        cells = {h: cell for h, cell in zip(head, rows[number], strict=False) if h}
        for at, cell in enumerate(rows[number]):
            if cell_text(cell) and not (at < len(head) and head[at]):
                span = Span(f"{label}!{address(number, at)}")
                diagnostics.append(say("FC131.beyond", span, text=cell_text(cell)[:40]))
        spans = {h: Span(f"{label}!{address(number, at)}") for at, h in enumerate(head) if h}
        made.append(Raw(cells, spans, Span(f"{label}!{address(number, 0)}")))
    return Sheet(heads, twice, made, diagnostics)


def no_headings(
    sheet: Sheet, known: Sequence[str], needed: Sequence[str], data: bytes
) -> Diagnostic | None:
    """That the first line is none of headings: a title stands above them, or they are on another sheet."""
    if any(head in known for head in sheet.heads):
        return None
    span, found = next(iter(sheet.heads.values())), [head[:40] for head in [*sheet.heads][:5]]
    where = words("policy.first_line")
    if span.file.partition("!")[0].endswith(".xlsx"):
        where = words("policy.first_line_of", sheet=_book(data, formulas=False).sheetnames[0])
    names = listed(needed)
    return say("FC131.headings", span, where=where, found=listed(found), names=names)


def formulas_of(label: str, data: bytes) -> dict[str, str]:
    """The formulas of a workbook's first sheet, by their places."""
    import io
    from zipfile import ZipFile

    if not label.endswith(".xlsx"):
        return {}
    with ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >]", archive.read(part)) for part in sheets):
            return {}
    rows = read_rows(label, data, MOST_BYTES, formulas=True)
    return {
        f"{label}!{address(number, at)}": cell
        for number, row in enumerate(rows if isinstance(rows, list) else [])
        for at, cell in enumerate(row)
        if isinstance(cell, str) and cell.startswith("=")
    }


def read_rows(
    name: str, data: bytes, most: int = MAX_BYTES, *, formulas: bool = False
) -> list[list[Cell]] | Diagnostic:
    """The rows of a .csv (UTF-8 or GB18030), or of the first sheet of an .xlsx.

    A workbook's formulas are what they came to, or the formulas themselves.
    """
    import csv
    import io

    if len(data) > most:
        return say("FC004.file_too_large", Span(name), size=len(data), most=most)
    if name.endswith(".csv"):
        try:
            return [list(row) for row in csv.reader(io.StringIO(decoded(data), newline=""))]
        except UnicodeDecodeError:
            return say("FC805", Span(name), detail=words("cases.no_encoding"))
        except csv.Error as problem:
            return say("FC805", Span(name), detail=str(problem))
    return _sheet(name, data, formulas)


_CELL = re.compile(r'("(?:[^"]|"")*"|[^",\r\n][^,\r\n]*|)(,|\r\n|\r|\n|\Z)')
_Place = tuple[int, int]


def csv_head(data: bytes) -> list[str]:
    """The header of a .csv."""
    return [cell_text(cell) for cell in _placed(decoded(data))[0][1]]


def csv_changed(data: bytes, number: int, cells: Mapping[str, str]) -> bytes | None:
    """A .csv with other cells in a row, counted below the header; None where that cannot be sure.

    Every other byte stays: the coding, line ends, marks around texts.
    """
    text = decoded(data)
    rows = _placed(text)
    head = csv_head(data)
    if number + 1 >= len(rows) or len(rows[number + 1][0]) < len(head):
        return None
    places, row = rows[number + 1]
    for name, new in sorted(cells.items(), key=lambda change: head.index(change[0]), reverse=True):
        start, end = places[head.index(name)]
        text = f"{text[:start]}{_marked(new)}{text[end:]}"
        row[head.index(name)] = new
    return _written(data, text, [cells for _, cells in rows])


def csv_with(data: bytes, number: int, cells: Mapping[str, str]) -> bytes | None:
    """A .csv with a row below another, counted below the header; None where that cannot be sure."""
    text = decoded(data)
    rows = _placed(text)
    if number + 1 >= len(rows):
        return None
    new, end = [cells.get(name, "") for name in csv_head(data)], rows[number + 1][0][-1][1]
    stop = re.compile(r"\r\n|\r|\n").match(text, end)
    line_end = stop[0] if stop else "\r\n" if "\r\n" in text else "\n"
    text = f"{text[:end]}{line_end}{','.join(map(_marked, new))}{text[end:]}"
    rows.insert(number + 2, ([], new))
    return _written(data, text, [cells for _, cells in rows])


def _placed(text: str) -> list[tuple[list[_Place], list[str]]]:
    """The rows of a .csv that are filled: where each cell stands, marks included, and what it says."""
    rows: list[tuple[list[_Place], list[str]]] = [([], [])]
    at = 0
    while (match := _CELL.match(text, at)) is not None:
        written = match[1]
        bare = written[1:-1].replace('""', '"') if written[:1] == '"' else written
        rows[-1][0].append(match.span(1))
        rows[-1][1].append(bare)
        at = match.end()
        if match[2] != ",":
            rows.append(([], []))
        if match[2] == "":
            break
    return [row for row in rows if any(map(cell_text, row[1]))]


def _marked(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search('[,"\r\n]', text) else text


def _written(data: bytes, text: str, rows: list[list[str]]) -> bytes | None:
    """The text in the coding of the file as it was, if it reads as those rows."""
    try:
        data.decode("utf-8")
        coding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    except UnicodeDecodeError:
        coding = "gb18030"
    after = text.encode(coding)
    read = read_rows(".csv", after, MOST_BYTES)
    filled = [row for row in read if any(map(cell_text, row))] if isinstance(read, list) else []
    return after if filled == rows else None


def _book(data: bytes, *, formulas: bool) -> Workbook:
    import io

    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)


def _sheet(name: str, data: bytes, formulas: bool) -> list[list[Cell]] | Diagnostic:
    from xml.etree.ElementTree import ParseError
    from zipfile import BadZipFile

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = _book(data, formulas=formulas).worksheets[0]
        sheet.reset_dimensions()  # a stated size is not trusted
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    except (
        InvalidFileException, BadZipFile, LookupError, OSError, ParseError, TypeError, ValueError
    ) as problem:  # fmt: skip
        return say("FC805", Span(name), detail=str(problem))


_UNSEEN = re.compile(rb'mergeCell |hidden="(?:1|true)"|ht="0"')
_NO_SHEET = re.compile(rb'state="(?:veryH|h)idden"')


def _unseen(
    label: str, data: bytes, rows: Sequence[int], head: Sequence[str]
) -> Iterator[Diagnostic]:
    """What the first sheet of a workbook does not show and is read all the same, and cells that are joined.

    Of these all but the first would read as if they were blank.
    """
    import io
    from zipfile import ZipFile

    from openpyxl import load_workbook

    with ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        if not (
            any(_UNSEEN.search(archive.read(part)) for part in sheets)
            or _NO_SHEET.search(archive.read("xl/workbook.xml"))
        ):
            return  # opening all of a long table takes long
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    for cells in sheet.merged_cells.ranges:
        yield say(
            "FC132.merged", Span(f"{label}!{cells.coord.partition(':')[0]}"), cells=cells.coord
        )
    if sheet.sheet_state != "visible":
        yield say("FC132.hidden_sheet", Span(label), sheet=sheet.title)
    hidden = [n for n, shown in sheet.row_dimensions.items() if shown.hidden or shown.height == 0]
    numbers = sorted({n + 1 for n in rows}.intersection(hidden))
    if numbers:
        at = Span(f"{label}!{address(numbers[0] - 1, 0)}")
        few = ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
        yield say("FC132.hidden", at, sheet=sheet.title, count=len(numbers), rows=few)
    for shown in sheet.column_dimensions.values():
        for n in range(shown.min - 1, min(shown.max, len(head))) if shown.hidden else ():
            if head[n]:
                at = Span(f"{label}!{address(0, n)}")
                yield say("FC132.hidden_column", at, sheet=sheet.title, name=head[n][:40])


def number_of(text: str) -> Decimal | None:
    """A number as typed into a cell, with commas between its thousands or none; None where it is none."""
    if any(char.isdigit() and not char.isdecimal() for char in text):  # ² and ① are no figures
        return None
    plain = unicodedata.normalize("NFKC", text)
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def cell_text(cell: Cell) -> str:
    """A cell as text, without blanks around it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell).strip() if cell is not None else ""


def address(row: int, column: int) -> str:
    """The address of a cell, rows and columns counted from 0: A1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"

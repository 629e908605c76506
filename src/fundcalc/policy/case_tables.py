"""Worked examples kept in a table, .csv or .xlsx: one row a village, one column a fact or expectation."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.nearest import did_you_mean
from fundcalc.language.datatypes import Date, Number, Texts, Type, YesNo
from fundcalc.policy.model import Policy
from fundcalc.policy.tomlfile import MAX_BYTES, Path

ENDINGS = (".csv", ".xlsx")
_CASE = ("case", "案例")
_YES = ("true", "yes", "1", "是", "有", "√")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO = ("false", "no", "0", "否", "无")
Cell = object
Column = tuple[str, str]
"""What a column holds: `village`, `expect`, `fired` or `readings` and an id; `name`, `on`, `hinges_on`."""


@dataclass(slots=True)
class CaseTable:
    """A table's cases in the shape that TOML has, and the cell of each part."""

    name: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    cells: dict[Path, str] = field(default_factory=dict)

    def span(self, path: Path) -> Span:
        """The cell of a value, or of the nearest part around it."""
        while path and path not in self.cells:
            path = path[:-1]
        return Span(f"{self.name}!{self.cells[path]}" if path else self.name)

    key_span = span


def read_table(name: str, data: bytes, policy: Policy) -> tuple[CaseTable, list[Diagnostic]]:
    """The cases of a table. Rows with one name in `case` are villages of one case."""
    table = CaseTable(name)
    rows = _rows(name, data)
    if isinstance(rows, Diagnostic):
        return table, [rows]
    head = next((n for n, row in enumerate(rows) if any(_text(cell) for cell in row)), None)
    if head is None:
        return table, []
    columns, found = _columns(table, policy, rows[head], head)
    for number, row in enumerate(rows[head + 1 :], head + 1):
        if any(_text(cell) for cell in row):
            found += _add(table, policy, columns, (number, row))
    return table, found


def _rows(name: str, data: bytes) -> list[list[Cell]] | Diagnostic:
    if len(data) > MAX_BYTES:
        return say("FC004.file_too_large", Span(name), size=len(data), most=MAX_BYTES)
    if name.endswith(".csv"):
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030", "replace")
        try:
            return [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        except csv.Error as problem:
            return say("FC805", Span(name), detail=str(problem))
    return _sheet(name, data)


def _sheet(name: str, data: bytes) -> list[list[Cell]] | Diagnostic:
    """The cells of a workbook's first sheet."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # a stated size is not trusted
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    except (
        InvalidFileException,
        BadZipFile,
        LookupError,
        OSError,
        ParseError,
        TypeError,
        ValueError,
    ) as problem:
        return say("FC805", Span(name), detail=str(problem))


def _columns(
    table: CaseTable, policy: Policy, header: Sequence[Cell], number: int
) -> tuple[dict[int, Column], list[Diagnostic]]:
    columns: dict[int, Column] = {}
    found: list[Diagnostic] = []
    headers = {
        spelt.casefold(): fact.id
        for fact in policy.facts.values()
        for spelt in (*fact.aliases, fact.title.en, fact.title.zh, fact.id)
    }
    outputs = {o.id for p in policy.programmes for o in p.outputs}
    for index, cell in enumerate(header):
        text = _text(cell)
        kind, colon, id_ = text.replace("：", ":").partition(":")
        if text in _CASE:
            columns[index] = ("name", "")
        elif text in ("on", "hinges_on"):
            columns[index] = (text, "")
        elif colon and kind in ("expect", "fired", "reading"):
            columns[index] = ("readings" if kind == "reading" else kind, id_.strip())
        elif text.casefold() in headers:
            columns[index] = ("village", headers[text.casefold()])
        elif text in outputs:
            columns[index] = ("expect", text)
        elif text:
            span = Span(f"{table.name}!{_place(number, index)}")
            found.append(
                say(
                    "FC802",
                    span,
                    hint=did_you_mean(text[:80], {*policy.facts, *outputs}),
                    name=text[:80],
                )
            )
    seen: dict[Column, int] = {}
    for index, column in columns.items():
        if seen.setdefault(column, index) != index:
            spans = [Span(f"{table.name}!{_place(number, at)}") for at in (index, seen[column])]
            found.append(say("FC107", spans[0], spans=(spans[1],), name=column[1] or column[0]))
    return columns, found


def _add(
    table: CaseTable, policy: Policy, columns: dict[int, Column], line: tuple[int, list[Cell]]
) -> Iterator[Diagnostic]:
    """One row: a case of its own, or a further village of the case before it, on the same terms."""
    number, row = line
    parts: dict[str, Any] = {"village": {}, "expect": {}, "fired": {}, "readings": {}}
    cells: dict[Path, str] = {}
    for index, (kind, id_) in columns.items():
        if index >= len(row) or not _text(row[index]):
            continue
        value = _value(policy, kind, id_, row[index])
        if id_:
            parts[kind][id_] = value
        else:
            parts[kind] = value
        cells[(kind, id_) if id_ else (kind,)] = _place(number, index)
    name = parts.pop("name", "") or f"{table.name.rpartition('/')[2]} {number + 1}"
    shared: dict[str, Any] = {"on": parts.pop("on", None), "readings": parts.pop("readings")}
    if not (table.cases and table.cases[-1]["name"] == name):
        table.cases.append({"name": name, "villages": [], **shared})
    before = table.cases[-1]
    for path, cell in cells.items():
        kind, ids = str(path[0]), [str(part) for part in path[1:]]
        if kind == "on" and shared["on"] != before["on"]:
            yield say("FC806", Span(f"{table.name}!{cell}"), case=name, what="on")
        elif kind == "readings" and shared[kind][ids[0]] != before[kind].get(ids[0]):
            yield say("FC806", Span(f"{table.name}!{cell}"), case=name, what=f"reading:{ids[0]}")
    case = len(table.cases) - 1
    place: Path = ("case", case, "villages", len(table.cases[case]["villages"]))
    table.cases[case]["villages"].append(parts)
    table.cells.setdefault(("case", case), _place(number, 0))
    table.cells[place] = _place(number, 0)
    for path, cell in cells.items():
        table.cells[("case", case, *path) if path[0] in ("on", "readings") else (*place, *path)] = (
            cell
        )


def _value(policy: Policy, kind: str, id_: str, cell: Cell) -> Any:
    if kind in ("fired", "hinges_on"):
        return [part.strip() for part in _text(cell).split("+") if part.strip() not in ("", "[]")]
    if kind in ("name", "readings"):
        return _text(cell)
    if kind == "on":
        return _typed(Date(), cell)
    if kind == "village":
        return _typed(policy.facts[id_].type, cell) if id_ in policy.facts else cell
    types = {o.id: o.type for p in policy.programmes for o in p.outputs}
    return _typed(types[id_], cell) if id_ in types else cell


def _typed(kind: Type, cell: Cell) -> Any:
    """The cell as TOML would have it; as it is where it is none, for the reader to report."""
    text = _text(cell)
    if isinstance(kind, Number):
        plain = unicodedata.normalize("NFKC", text)
        return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else text
    if isinstance(kind, YesNo):
        low = text.casefold()
        return True if low in _YES else False if low in _NO else text
    if isinstance(kind, Date):
        day = text.removesuffix(" 00:00:00")
        try:
            return date.fromisoformat(day) if _DAY.fullmatch(day) else text
        except ValueError:
            return text
    if isinstance(kind, Texts):
        return [part.strip() for part in text.split("+") if part.strip() not in ("", "[]")]
    return text


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell).strip() if cell is not None else ""


def _place(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"

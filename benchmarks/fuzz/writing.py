"""Sheets to files: CSV, workbooks by two writers, .xls and parquet, as offices' programs write them."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

ENDINGS = {
    "xlsx": ".xlsx",
    "openpyxl": ".xlsx",
    "xls": ".xls",
    "csv": ".csv",
    "parquet": ".parquet",
}


@dataclass(slots=True)
class Cell:
    """A cell: its value, how it is written if not plainly, and its number format."""

    value: str | int | Decimal
    how: str = ""
    form: str = ""

    def shown(self) -> str:
        """The cell for a reader of the failure."""
        text = f"{self.value:f}" if isinstance(self.value, Decimal) else str(self.value)
        text = text.replace("\n", "\\n").replace("\u00a0", "<nbsp>")
        quoted = f'"{text}"' if isinstance(self.value, str) and text[:1].isdigit() else text
        return quoted + "".join(f"{{{one}}}" for one in (self.how, self.form) if one)


@dataclass(slots=True)
class Sheet:
    """Rows of cells, merged areas (from 0) and hidden rows."""

    name: str = "Sheet1"
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)

    def add(self, other: Sheet) -> None:
        """Another sheet's rows below."""
        at = len(self.rows)
        self.rows += other.rows
        self.merged += [(a + at, b, c + at, d) for a, b, c, d in other.merged]
        self.hidden |= {row + at for row in other.hidden}

    def push(self) -> None:
        """Begin at B2, not at A1."""
        self.rows = [[], *([Cell(""), *row] for row in self.rows)]
        self.merged = [(a + 1, b + 1, c + 1, d + 1) for a, b, c, d in self.merged]
        self.hidden = {row + 1 for row in self.hidden}

    def beside(self, other: Sheet, row: int, column: int) -> None:
        """Another sheet's rows from a cell on."""
        for at, cells in enumerate(other.rows, row):
            while len(self.rows) <= at:
                self.rows.append([])
            self.rows[at] += [Cell("")] * (column - len(self.rows[at])) + cells
        self.merged += [(a + row, b + column, c + row, d + column) for a, b, c, d in other.merged]


@dataclass(slots=True)
class File:
    """A file: its name without ending, who writes it, its sheets, and a seed for what else is drawn."""

    name: str
    writer: str
    sheets: list[Sheet]
    seed: int


def write(files: list[File], folder: Path) -> list[Path]:
    """Write files into a folder; their paths."""
    paths = []
    for file in files:
        writer = file.writer
        if writer == "xls" and not _has_xlwt():
            writer = "openpyxl"
        path = folder / f"{file.name}{ENDINGS[writer]}"
        path.write_bytes(_WRITERS[writer](file))
        paths.append(path)
    return paths


def _has_xlwt() -> bool:
    try:
        import xlwt  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        return False
    return True


def _stored(value: object) -> Any:
    """A value as a workbook stores it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral() else float(value)
    return value


def _by_xlsxwriter(file: File) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for one in file.sheets:
            sheet = book.add_worksheet(one.name)
            for row in one.hidden:
                sheet.set_row(row, None, None, {"hidden": True})
            for area in one.merged:
                if area[:2] != area[2:]:
                    sheet.merge_range(*area, "")
            for r, cells in enumerate(one.rows):
                for c, cell in enumerate(cells):
                    _put(book, sheet, r, c, cell)
    computed = any(cell.how == "formula" for one in file.sheets for row in one.rows for cell in row)
    return _computed(out.getvalue()) if computed else out.getvalue()


def _put(book: Any, sheet: Any, row: int, column: int, cell: Cell) -> None:
    value = _stored(cell.value)
    form = book.add_format({"num_format": cell.form}) if cell.form else None
    if cell.how == "formula":
        sheet.write_formula(row, column, f"={value}*1", form, value)
    elif cell.how == "uncomputed":
        sheet.write_formula(row, column, f"={value or 1}*1", form, "")
    elif cell.how == "raised":
        raised = book.add_format({"font_script": 1})
        sheet.write_rich_string(row, column, str(value), raised, "1")
    elif cell.how == "struck":
        struck = book.add_format({"font_strikeout": True})
        sheet.write_rich_string(row, column, struck, "5", str(value))
    elif isinstance(value, str):
        if value:
            sheet.write_string(row, column, value, form)
    else:
        sheet.write_number(row, column, value, form)


def _computed(data: bytes) -> bytes:
    """A workbook as Excel stores it once it has computed: without the wish to be computed on load."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = content.replace(b' fullCalcOnLoad="1"', b"")
            elif name == "docProps/app.xml":
                content = content.replace(b"</Application>", b"</Application><!-- -->")
            elif name.startswith("xl/worksheets/"):
                content = content.replace(b"<v></v>", b"")
            new.writestr(name, content)
    return out.getvalue()


def _by_openpyxl(file: File) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for one in file.sheets:
        sheet = book.create_sheet(one.name)
        for r, cells in enumerate(one.rows, 1):
            for c, cell in enumerate(cells, 1):
                if cell.value != "":
                    target = sheet.cell(r, c)
                    target.value = _stored(cell.value)
                    if cell.how == "uncomputed":
                        target.value = f"=0+{_stored(cell.value)}"
                    elif isinstance(cell.value, str):
                        target.data_type = "s"
                    if cell.form:
                        target.number_format = cell.form
        for a, b, c, d in one.merged:
            sheet.merge_cells(start_row=a + 1, start_column=b + 1, end_row=c + 1, end_column=d + 1)
        for row in one.hidden:
            sheet.row_dimensions[row + 1].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_xlwt(file: File) -> bytes:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    for one in file.sheets:
        sheet = book.add_sheet(one.name, cell_overwrite_ok=True)
        for r, cells in enumerate(one.rows):
            for c, cell in enumerate(cells):
                if cell.value != "":
                    style = xlwt.XFStyle()
                    if cell.form:
                        style.num_format_str = cell.form
                        sheet.write(r, c, _stored(cell.value), style)
                    else:
                        sheet.write(r, c, _stored(cell.value))
        for a, b, c, d in one.merged:
            sheet.merge(a, c, b, d)
        for row in one.hidden:
            sheet.row(row).hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _by_csv(file: File) -> bytes:
    rng = random.Random(file.seed)
    out = io.StringIO()
    how = rng.choice([",", ",", ",", "\t", ";"])
    writer = csv.writer(out, delimiter=how, lineterminator=rng.choice(["\n", "\r\n"]))
    rows = file.sheets[0].rows
    width = max(map(len, rows))
    ragged = rng.random() < 0.2
    for cells in rows:
        texts = [f"{c.value:f}" if isinstance(c.value, Decimal) else str(c.value) for c in cells]
        while ragged and len(texts) > 1 and not texts[-1]:
            texts.pop()
        writer.writerow(texts if ragged else [*texts, *[""] * (width - len(texts))])
    return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "gb18030"]))


def _by_polars(file: File) -> bytes:
    import polars as pl

    header, *rows = file.sheets[0].rows
    columns: dict[str, list[Any]] = {}
    for at, name in enumerate(header):
        values = [row[at].value for row in rows]
        if any(isinstance(v, str) and v for v in values):
            columns[str(name.value)] = [str(v) if v != "" else None for v in values]
        else:
            columns[str(name.value)] = [None if v == "" else float(v) for v in values]
    out = io.BytesIO()
    pl.DataFrame(columns, strict=False).write_parquet(out)
    return out.getvalue()


_WRITERS = {
    "xlsx": _by_xlsxwriter,
    "openpyxl": _by_openpyxl,
    "xls": _by_xlwt,
    "csv": _by_csv,
    "parquet": _by_polars,
}

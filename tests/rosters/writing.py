"""Rosters written in the formats that lie on desks; used by the scripts that make the corpus."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.rosters.villages import Cell, Row

Merge = tuple[int, int, int, int]


def csv(
    path: Path, rows: Sequence[Row], encoding: str = "utf-8", *, sep: str = ",", end: str = "\n"
) -> None:
    """Text cells as they are; quoted where they must be."""
    lines = [sep.join(_quoted("" if c is None else str(c), sep) for c in row) for row in rows]
    path.write_bytes((end.join(lines) + end).encode(encoding))


def _quoted(text: str, sep: str) -> str:
    odd = any(char in text for char in (sep, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if odd else text


def xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Row]] | Sequence[Row],
    merged: Sequence[Merge] = (),
    hidden: str = "",
    **options: Any,
) -> None:
    """A workbook; `merged` are areas of its first sheet; a tuple is a formula with its value."""
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, **options}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, (name, rows) in enumerate(named.items()):
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    _write(sheet, i, j, cell, day)
            for area in merged if not at else ():
                value = rows[area[0]][area[1]] if area[1] < len(rows[area[0]]) else ""
                sheet.merge_range(*area, value)
            if name == hidden:
                sheet.hide()


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, tuple):
        sheet.write_formula(row, column, cell[0], None, cell[1])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif cell is not None:
        sheet.write(row, column, cell)


class Office:
    """LibreOffice: files as it writes them. Makes nothing where it is not installed."""

    def __init__(self, program: str | None) -> None:
        self.program = program

    def convert(self, path: Path, filter_: str) -> None:
        """Write a workbook again beside itself, in another format, by LibreOffice's filter."""
        if self.program is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            self._call(folder, "--convert-to", filter_, "--outdir", folder, str(path))
            made = next(p for p in Path(folder).iterdir() if p.stem == path.stem)
            made.replace(path.with_suffix(made.suffix))

    def lock(self, source: Path, target: Path) -> None:
        """Write a workbook with a password."""
        if self.program is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            self._call(folder, "--convert-to", "csv", "--outdir", folder, str(source))
            basic = Path(folder) / "profile" / "user" / "basic" / "Standard"
            basic.mkdir(parents=True, exist_ok=True)
            (basic / "Module1.xba").write_text(_MODULE, encoding="utf-8")
            (basic / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
            name = "MS Excel 97" if target.suffix == ".xls" else "Calc MS Excel 2007 XML"
            call = f'macro:///Standard.Module1.WithPassword("{source}","{target}","{name}")'
            self._call(folder, call)

    def _call(self, folder: str, *arguments: str) -> None:
        assert self.program is not None
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [self.program, "--headless", profile, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub WithPassword(source As String, target As String, filter As String)
  Dim a(0) As New com.sun.star.beans.PropertyValue
  a(0).Name = "Hidden" : a(0).Value = True
  doc = StarDesktop.loadComponentFromURL("file://" &amp; source, "_blank", 0, a())
  Dim e(1) As New com.sun.star.beans.NamedValue
  e(0).Name = "OOXPassword" : e(0).Value = "secret"
  e(1).Name = "CryptoType" : e(1).Value = "StrongEncryptionDataSpace"
  Dim b(2) As New com.sun.star.beans.PropertyValue
  b(0).Name = "FilterName" : b(0).Value = filter
  b(1).Name = "Password" : b(1).Value = "secret"
  b(2).Name = "EncryptionData" : b(2).Value = e()
  doc.storeToURL("file://" &amp; target, b())
  doc.close(True)
End Sub
</script:module>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Module1"/>
</library:library>
"""


OFFICE = Office(shutil.which("soffice"))
Make = Callable[[Path], object]


class Examples:
    """Makers of examples, good or bad; each writes into a folder of its own name, its code in capitals."""

    def __init__(self, kind: str) -> None:
        self._folder = Path(__file__).parent / kind
        self.makers: dict[str, Make] = {}

    def __call__(self, make: Make) -> Make:
        """Keep a maker under its name."""
        self.makers[re.sub(r"^fc(?=[0-9])", "FC", make.__name__)] = make
        return make

    def write(self) -> None:
        """Write anew the examples named on the command line, or all that need no missing program."""
        for name, make in self.makers.items():
            if sys.argv[1:] and name not in sys.argv:
                continue
            if OFFICE.program is None and "OFFICE" in make.__code__.co_names:
                continue
            (self._folder / name).mkdir(parents=True, exist_ok=True)
            make(self._folder / name)

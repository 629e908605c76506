"""LibreOffice as a second opinion: workbooks opened, recalculated from scratch and read back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
Sheets = dict[str, list[list[object]]]


def soffice() -> str | None:
    """The program, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def profile(folder: Path) -> str:
    """The option that keeps the program's settings in a folder, and has it compute every formula anew."""
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    return f"-env:UserInstallation={user.parent.as_uri()}"


def recalculated(paths: Sequence[Path], folder: Path) -> list[Sheets]:
    """The cells of every sheet after LibreOffice has worked out every formula anew."""
    program = soffice()
    assert program is not None
    out = folder / "recalculated"
    command = [program, profile(folder), "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(out), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = [out / path.name for path in paths]
    assert all(path.is_file() for path in found), done.stderr + done.stdout
    return [cells(path) for path in found]


def cells(path: Path) -> Sheets:
    """Every sheet's cells, of formulas the values stored beside them."""
    book = CalamineWorkbook.from_path(path)
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }

"""Files that open the desk by a double click, written into its folder: for Windows, for Linux, for a Mac.

Each goes to the folder in which it lies, and runs the Python that has written it. What stands in a path is
quoted for its reader: the shell, cmd.exe, or the desktop's own rules.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from fundcalc.base.catalogue import text
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang

ICON = Path(__file__).with_name("static") / "icon.svg"


def write_shortcuts(folder: Path, lang: Lang) -> list[Path]:
    """Write those of this system, over older ones; the files. Raises OSError."""
    contents = starters(folder.resolve(), sys.executable, lang)
    endings = {"win32": [".cmd"], "darwin": [".command"]}.get(sys.platform, [".desktop", ".sh"])
    files = [folder / f"{text('desk.starter', lang)}{ending}" for ending in endings]
    for file in files:
        write_bytes(file, contents[file.suffix])
        file.chmod(0o755)  # a desktop starts only what may be run
    return files


def starters(folder: Path, python: str, lang: Lang) -> dict[str, bytes]:
    """The content of each kind of file by its ending."""
    shell = (
        '#!/bin/sh\ncd "$(dirname "$0")" || exit 2\n'
        f"exec {shlex.quote(python)} -m fundcalc_cli desk . --lang {lang}\n"
    )
    batch = (
        '@echo off\nchcp 65001 >nul\npushd "%~dp0"\n'
        f'"{python.replace("%", "%%")}" -m fundcalc_cli desk . --lang {lang}\n'
        "if errorlevel 1 pause\n"
    )
    entry = (
        "[Desktop Entry]\nType=Application\nVersion=1.0\n"
        f"Name={_string(text('desk.starter', lang))}\nComment={_string(text('desk.name', lang))}\n"
        f"Exec={_argument(python)} -m fundcalc_cli desk . --lang {lang}\n"
        f"Path={_string(str(folder))}\nIcon={_string(str(ICON))}\nTerminal=false\nCategories=Office;\n"
    )
    return {
        ".sh": shell.encode(),
        ".command": shell.encode(),
        ".cmd": batch.replace("\n", "\r\n").encode(),
        ".desktop": entry.encode(),
    }


def _argument(written: str) -> str:
    """An argument of Exec: in quotes, its own signs escaped, and all of it a string of the file."""
    for sign in '\\"`$':
        written = written.replace(sign, f"\\{sign}")
    return _string('"' + written.replace("%", "%%") + '"')


def _string(written: str) -> str:
    """A value of the file."""
    return written.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")

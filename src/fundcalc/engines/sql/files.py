"""Files and folders written whole or not at all, and CSV as every other part writes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fundcalc.base.files import beside

_BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to; it becomes `path` where nothing goes wrong. Raises OSError."""
    with beside(path) as folder:
        folder.mkdir()
        part = folder / f"result{path.suffix}"
        yield part
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        part.replace(path)


def gathered(folders: Sequence[Path], path: Path) -> None:
    """One folder of the parts that Spark wrote into several; names keep the order of the folders.

    The checksums beside the parts bear their names, and go. Raises OSError.
    """
    if len(folders) == 1:
        folders[0].replace(path)
        return
    path.mkdir()
    for number, folder in enumerate(folders):
        for file in sorted(folder.glob("part-*")):
            file.replace(path / f"part-{number:05d}-{file.name.removeprefix('part-')}")
    (path / "_SUCCESS").touch()


def csv_from(parts: Sequence[Path], path: Path) -> None:
    """One CSV from parts: a byte order mark, the first part's header, lines that end as Windows' do.

    No text of a roster has a line end in it, so every line end ends a row.
    """
    with path.open("wb") as out:
        out.write(_BOM)
        for number, part in enumerate(parts):
            with part.open("rb") as file:
                if number:
                    file.readline()
                while chunk := file.read(_CHUNK):
                    out.write(chunk.replace(b"\n", b"\r\n"))

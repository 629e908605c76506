"""Files and folders written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_OS_ERROR = re.compile(r"\(os error (\d+)\)|parquet: .*transport error")

filled: dict[Path, bool] = {}
"""Files that were written, so that whoever asked for them can say so, and whether each replaced another."""


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A new name in the folder of `path`; whatever has that name in the end is removed.

    The name is there before the file, so that an interrupt at any moment leaves nothing behind.
    """
    part = path.parent / f".fundcalc-{secrets.token_hex(8)}{path.suffix}"
    try:
        yield part
    except OSError as problem:  # the other name says nothing to anybody, and a full disk gives none
        given = problem.filename
        if given is None and str(part) in str(problem):
            raise type(problem)(str(problem).replace(str(part), str(path))) from None
        if given is None:
            problem.filename = str(path)
        elif isinstance(given, str) and Path(given).is_relative_to(part):
            problem.filename = str(path / Path(given).relative_to(part))
        raise
    except Exception as problem:  # polars has what the system says in errors of its own
        match = _OS_ERROR.search(str(problem))
        if match is None:
            raise
        number = int(match[1] or errno.EIO)
        raise OSError(number, os.strerror(number), str(path)) from None
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def fill(path: Path, how: Callable[[Path], object]) -> None:
    """Have a file filled under another name, and put it in its place when it is whole. Raises OSError."""
    with beside(path) as part:
        how(part)
        existed = path.exists()
        part.replace(path)
    filled[path] = existed


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file: a reader never sees half of it. Raises OSError."""
    fill(path, lambda part: part.write_bytes(content))


def json_bytes(data: Any) -> bytes:
    """Data as a file of JSON: UTF-8, indented by one, a line end."""
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def fill_folder(path: Path, how: Callable[[Path], object]) -> None:
    """Have a folder filled under another name, and put it in its place when it is whole. Raises OSError.

    What was there before is taken away; it stays where the new one cannot be put in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as new, beside(path) as old:
        new.mkdir()
        how(new)
        if not path.exists():
            new.rename(path)
            return
        try:
            path.rename(old)
            new.rename(path)
        except BaseException:
            if old.exists() and not path.exists():
                old.rename(path)
            raise


# -- names that others gave --------------------------------------------------------------------------

_FORBIDDEN = re.compile(
    r'[<>:"|?*!\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]'
)
"""Characters that no file on Windows may have, that show nothing or turn the text around; and the
exclamation mark, which stands between file, sheet and cell."""

_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
LONGEST, DEEPEST = 200, 6
"""Bytes of a name, and folders within a folder."""


class Unfit(Exception):
    """A name under which nothing is kept, and why: deep, lock, dot, name, device, long or ending."""


def is_device(name: str) -> bool:
    """Whether Windows takes a file's name, whatever its ending, for that of a device."""
    return _DEVICE.fullmatch(name) is not None


def put_below(root: Path, path: Path, content: IO[bytes]) -> Path:
    """Write a file below `root`, which no link in the way may lead out of; its path. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise PermissionError(13, "outside", str(path.parent))

    def write(part: Path) -> None:
        content.seek(0)
        with part.open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)

    fill(path, write)
    return path


def same_content(path: Path, content: IO[bytes]) -> bool:
    """Whether a file has this content."""
    if path.stat().st_size != content.seek(0, os.SEEK_END):
        return False
    content.seek(0)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if block != content.read(len(block)):
                return False
    return True


def found_below(folder: Path, endings: Collection[str]) -> Iterator[Path]:
    """Files with one of the endings in a folder and two folders deep, hidden ones and locks aside."""
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(folder.glob(pattern)):
            hidden = any(part.startswith((".", "~$")) for part in path.parts)
            if path.suffix.lower() in endings and not hidden and path.is_file():
                yield path


def plain_name(name: str) -> str:
    """The name of a file that somebody sent, as a file in a folder of its own may be called."""
    last = "".join(filter(str.isprintable, name.replace("\\", "/").rpartition("/")[2][-80:]))
    return re.sub(r'[<>:"|?*]', "_", last.strip()).strip(". ") or "file"


def safe_path(name: str, endings: Collection[str]) -> str:
    """The path of a file within a folder, as whoever sent it named it, with one of the endings.

    Nothing is repaired: a name that could do harm, or that some system cannot have, raises Unfit.
    """
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if len(parts) > DEEPEST:
        raise Unfit("deep")
    if parts[-1].startswith("~$"):
        raise Unfit("lock")
    for part in parts:
        bad_name = not part.strip(".") or part.strip(" ") != part or part.endswith(".")
        if part.startswith(".") and part.strip("."):
            raise Unfit("dot")
        if bad_name or _FORBIDDEN.search(part):
            raise Unfit("name")
        if is_device(part):
            raise Unfit("device")
        if len(part.encode()) > LONGEST:
            raise Unfit("long")
    if Path(parts[-1]).suffix.lower() not in endings:
        raise Unfit("ending")
    return "/".join(parts)

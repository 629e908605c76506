"""Files that were dropped: under names that can do no harm, kept inside the folder and nowhere else."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from starlette.datastructures import UploadFile

from fundcalc import api
from fundcalc.base.files import Unfit, fill, safe_path
from fundcalc.desk.state import INTAKE, POLICY, ROSTERS, Desk

_PASSED_OVER = re.compile(
    r"\._.*|\.(?!.*(xlsx?|csv|parquet)$).*|thumbs\.db|desktop\.ini", re.IGNORECASE
)
MOST_FOUND = 200
"""Files in the folder that are offered."""


What = Literal["new", "replaced", "same", "intake", "no"]


@dataclass(frozen=True)
class Dropped:
    """A file that was dropped: what became of it, its path here, and why where it was not taken."""

    what: What
    name: str
    why: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is a roster, and here."""
        return self.what in ("new", "replaced", "same")


def keep(desk: Desk, files: Sequence[UploadFile]) -> list[Dropped]:
    """Keep files below `rosters`. Raises OSError."""
    by_key = {_key(path): path for path in _below(desk.rosters)}
    taken: set[str] = set()
    dropped: list[Dropped] = []
    for file in files:
        name = file.filename or ""
        if _PASSED_OVER.fullmatch(name.replace("\\", "/").rpartition("/")[2]):
            continue
        try:
            path = Path(ROSTERS, safe_path(name, (*api.ROSTER_ENDINGS, ".toml")))
        except Unfit as why:
            dropped.append(Dropped("no", name, str(why)))
            continue
        path = by_key.get(_key(path), path)
        size, digest = _digest(file.file)
        equal = next((p for p in by_key.values() if _is(p, size, digest)), None)
        what: What = "replaced" if _key(path) in by_key else "new"
        if _key(path) in taken:
            dropped.append(Dropped("no", name, "twice"))
        elif path.suffix.lower() == ".toml":
            dropped.append(Dropped("intake", str(_put(desk, path, file.file))))
        elif equal is not None:
            dropped.append(Dropped("same", equal.as_posix()))
        else:
            by_key[_key(path)] = _put(desk, path, file.file)
            dropped.append(Dropped(what, path.as_posix()))
        taken.add(_key(path))
    return dropped


def _put(desk: Desk, path: Path, content: IO[bytes]) -> Path:
    """Write a file below `rosters`; a link in the way may not lead out of it."""
    target = desk.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(desk.rosters.resolve()):
        raise PermissionError(13, "outside", str(target.parent))

    def write(part: Path) -> None:
        content.seek(0)
        with part.open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)

    fill(target, write)
    return path


def _key(path: Path) -> str:
    """What is one file where the disk does not tell capitals from small letters."""
    return path.as_posix().casefold()


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(content: IO[bytes]) -> tuple[int, str]:
    """The size and hash of a file."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while block := content.read(1 << 20):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def _is(path: Path, size: int, digest: str) -> bool:
    if path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return _digest(file) == (size, digest)


def lying_about(desk: Desk) -> list[str]:
    """Files in the folder that could be rosters, or an earlier intake, and are not named by the intake."""
    known = [entry.path for entry in desk.settled().file] if desk.intake.is_file() else []
    used = {_key(Path(path)) for path in known}
    paths: list[str] = []
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(desk.folder.glob(pattern)):
            hidden = any(part.startswith((".", "~$")) for part in path.parts)
            ours = path.parts[0] in ("rules", "tables", "sources", POLICY, INTAKE)
            fits = path.suffix.lower() in api.ROSTER_ENDINGS or path.suffix == ".toml"
            if fits and not hidden and not ours and path.is_file() and _key(path) not in used:
                paths.append(path.as_posix())
                if len(paths) >= MOST_FOUND:
                    return paths
    return paths

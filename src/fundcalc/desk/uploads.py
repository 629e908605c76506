"""Files that were dropped: under names that can do no harm, kept inside the folder and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

from starlette.datastructures import UploadFile

from fundcalc import api
from fundcalc.base.files import Unfit, found_below, put_below, safe_path, same_content
from fundcalc.desk.state import INTAKE, POLICY, ROSTERS, Desk, content_of

_PASSED_OVER = re.compile(
    r"\._.*|\.(?!.*(xlsx?|csv|parquet)$).*|thumbs\.db|desktop\.ini", re.IGNORECASE
)
MOST_FOUND = 200
"""Files in the folder that are offered."""


What = Literal["new", "replaced", "same", "intake", "county", "no"]
TOLD = get_args(What)[:-1]


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


def keep(desk: Desk, files: Sequence[UploadFile], instead: str = "") -> list[Dropped]:
    """Keep files below `rosters`, each under its own name, or `instead` of a path. Raises OSError.

    What an intake names already under another name is not taken twice.
    """
    below = filter(Path.is_file, sorted(desk.rosters.rglob("*")))
    by_key, taken = {_key(path): path for path in below}, set[str]()
    entries = desk.settled().file if desk.intake.is_file() else []
    named = {_key(Path(entry.path)) for entry in entries if entry.path != instead}
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
        key, path = _key(path), by_key.get(_key(path), path)
        there = key in by_key
        equal = [
            p for k, p in by_key.items() if k in named and k != key and same_content(p, file.file)
        ]
        if key in taken or (instead and key in named):
            dropped.append(Dropped("no", name, "twice" if key in taken else "other"))
        elif path.suffix.lower() == ".toml":
            if (kind := api.toml_kind(file.file.read())) == "intake":
                path = put_below(desk.rosters, path, file.file)
                dropped.append(Dropped("intake", path.as_posix()))
            else:
                dropped.append(Dropped("no", name, f"toml_{kind}"))
        elif there and same_content(path, file.file):
            dropped.append(Dropped("same", path.as_posix()))
        elif equal and not there:
            dropped.append(Dropped("no", f"{name} = {equal[0].name}", "copy"))
        else:
            by_key[key] = put_below(desk.rosters, path, file.file)
            dropped.append(Dropped("replaced" if there or instead else "new", path.as_posix()))
        taken.add(key)
    return dropped


def _key(path: Path) -> str:
    """What is one file where the disk does not tell capitals from small letters."""
    return path.as_posix().casefold()


def lying_about(desk: Desk) -> list[str]:
    """Files in the folder that could be rosters, or are an earlier intake, and that no intake names."""
    known = [entry.path for entry in desk.settled().file] if desk.intake.is_file() else []
    used = {_key(Path(path)) for path in known}
    ours, endings = ("rules", "tables", "sources", POLICY, INTAKE), (*api.ROSTER_ENDINGS, ".toml")
    paths = (path for path in found_below(desk.folder, endings) if path.parts[0] not in ours)
    free = (path for path in paths if _key(path) not in used)
    fit = (
        p for p in free if p.suffix.lower() != ".toml" or api.toml_kind(content_of(p)) == "intake"
    )
    return [path.as_posix() for path in islice(fit, MOST_FOUND)]

"""Where the policy files are, and their bytes: a folder, or the copy shipped with the program."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.system import is_text, readable, reason

CATALOGUE = "policies.toml"
RULES = "rules"
CASES = "cases"
TABLES = "tables"
SOURCES = "sources"
ROSTER_FILE, VILLAGE_FILE = "roster", "village"
"""What a roster says is declared in either; a programme of language 1 may be called `roster`."""
_CASE_FILES = (".toml", ".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The policy's files: path from its folder, with `/`, to bytes. `shipped` is the program's own."""

    label: str
    content: dict[str, bytes]
    shipped: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 over path and content of every file but the cases, which decide nothing."""
        total = hashlib.sha256()
        for path in sorted(self.content):
            if not path.startswith(f"{RULES}/{CASES}/"):
                each = hashlib.sha256(self.content[path]).hexdigest()
                total.update(f"{each}  {path}\n".encode())
        return f"sha256:{total.hexdigest()}"

    def show(self, path: str) -> str:
        """The path as diagnostics name it."""
        return f"{self.label}/{path}" if self.label else path


def find(path: Path | Bundle | None) -> Bundle:
    """The policy at a path (folder or policies.toml), else ./policies.toml, else the shipped one.

    Files that are at hand already, such as those of a change not yet saved, are taken as they are.
    Raises PolicyProblem where there is none or a file cannot be read.
    """
    if isinstance(path, Bundle):
        return path
    if path is None:
        here = Path()
        if (here / CATALOGUE).is_file():
            return _read(here, "", shipped=False)
        return find_shipped()
    folder = path if path.is_dir() else path.parent
    if not (folder / CATALOGUE).is_file() or not (path.is_dir() or path.name == CATALOGUE):
        raise PolicyProblem([say("FC001.no_policy", Span(str(path)))])
    label = "" if folder == Path() else folder.as_posix()
    return _read(folder, label, shipped=False)


def folder_of(path: Path | None) -> Path:
    """The folder of the policy at a path, which `find` found there."""
    here = path or Path()
    return here if here.is_dir() else here.parent


def find_shipped() -> Bundle:
    """The policy that comes with the program."""
    return _read(shipped(), "", shipped=True)


def shipped() -> Traversable:
    """The folder of the policy that comes with the program: in a wheel, or in the checkout."""
    inside = files("fundcalc") / "_bundle"
    if (inside / CATALOGUE).is_file():
        return inside
    return Path(str(files("fundcalc"))).parent.parent


def examples() -> dict[str, Traversable]:
    """The policies that can be copied to begin with, by name: folders of the wheel, or of the checkout."""
    place = shipped() / "examples"
    if (place / "policies").is_dir():
        place = place / "policies"
    folders = sorted(place.iterdir(), key=lambda folder: folder.name) if place.is_dir() else []
    return {folder.name: folder for folder in folders if (folder / CATALOGUE).is_file()}


def files_of(folder: Traversable, prefix: str = "") -> dict[str, bytes]:
    """All files of a folder and of those in it, by path from it; nothing that Python or an office leaves."""
    content: dict[str, bytes] = {}
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir() and entry.name != "__pycache__":
            content |= files_of(entry, f"{prefix}{entry.name}/")
        elif entry.is_file() and not _open(entry.name):
            content[prefix + entry.name] = entry.read_bytes()
    return content


def _read(folder: Traversable, label: str, *, shipped: bool) -> Bundle:
    content: dict[str, bytes] = {}
    problems: list[Diagnostic] = []

    def take(name: str, file: Traversable) -> None:
        try:
            content[name] = file.read_bytes()
        except OSError as problem:
            problems.append(say("FC001.unreadable", Span(name), reason=reason(problem)))

    take(CATALOGUE, folder / CATALOGUE)
    rules = folder / RULES
    kinds = (
        (RULES, rules, (".toml",)), (f"{RULES}/{CASES}", rules / CASES, _CASE_FILES),
        (TABLES, folder / TABLES, (".csv", ".xlsx")), (SOURCES, folder / SOURCES, (".txt",)),
    )  # fmt: skip
    for prefix, place, endings in kinds:
        if place.is_dir():
            for file in sorted(place.iterdir(), key=lambda f: f.name):
                if not is_text(file.name):
                    path = f"{prefix}/{readable(file.name)}"
                    problems.append(
                        say("FC001.unreadable", Span(path), reason=words("policy.no_utf8_name"))
                    )
                elif file.name.endswith(endings) and not _open(file.name) and file.is_file():
                    take(f"{prefix}/{file.name}", file)
    if problems:
        raise PolicyProblem(problems)
    return Bundle(label, content, shipped)


def decoded(data: bytes) -> str:
    """Text in UTF-8 or GB18030. Raises UnicodeDecodeError where it is neither."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _open(name: str) -> bool:
    """Whether it is the mark that a spreadsheet leaves beside a file that is open."""
    return name.startswith(("~$", ".~"))

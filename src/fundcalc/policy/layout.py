"""Policy files laid out alike: spaces, blank lines and line breaks, never a value or a comment.

The layout is tombi's own, run here without its network and without anybody's settings.
"""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.policy.bundle import Bundle, find, folder_of
from fundcalc.policy.tomlfile import TomlFile, read_toml

ENDING = ".toml"
SECONDS = 30
"""How long tombi may take over one file, which is thousands of times what it takes."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One file before and after."""

    name: str
    path: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether it was laid out otherwise."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = (part.decode("utf-8-sig").splitlines() for part in (self.before, self.after))
        return "\n".join(difflib.unified_diff(old, new, self.name, self.name, lineterm=""))


def lay_out(path: Path | None) -> list[Laid]:
    """Every TOML file of the policy at a path as it should be laid out, in memory.

    Raises PolicyProblem: a file is no TOML, or the formatter is not there or would change a value.
    """
    return laid_out(find(path))


def save_layout(path: Path | None, files: Sequence[Laid]) -> None:
    """Write the files that change into the policy at the path that `lay_out` had. Raises OSError."""
    for file in files:
        if file.changed:
            write_bytes(folder_of(path) / file.path, file.after)


def laid_out(bundle: Bundle) -> list[Laid]:
    """Every TOML file of a policy as it should be laid out; tables of cases are left alone.

    Raises PolicyProblem: a file is no TOML, or the formatter is not there or would change a value.
    """
    files = {name: data for name, data in bundle.content.items() if name.endswith(ENDING)}
    broken = [
        file
        for name, data in files.items()
        if isinstance(file := read_toml(bundle.show(name), data), Diagnostic)
    ]
    if broken:
        raise PolicyProblem(broken)
    tool = _tool()
    with tempfile.TemporaryDirectory(prefix="fundcalc-") as folder:
        (Path(folder) / "tombi.toml").touch()
        return [
            Laid(bundle.show(name), name, data, _formatted(tool, folder, bundle.show(name), data))
            for name, data in files.items()
        ]


def _tool() -> str:
    """The program tombi, of this environment first."""
    here = shutil.which("tombi", path=str(Path(sys.executable).parent))
    found = here or shutil.which("tombi")
    if found is None:
        raise PolicyProblem([say("FC931")])
    return found


def _formatted(tool: str, folder: str, name: str, data: bytes) -> bytes:
    """A file's bytes laid out; a byte order mark stays."""
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    command = [tool, "format", "--offline", "--no-cache", "--quiet", "-"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the file goes in as text
            command,
            input=data[len(mark) :],
            capture_output=True,
            cwd=folder,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise PolicyProblem([say("FC932", Span(name))]) from None
    before, after = read_toml(name, data), read_toml(name, done.stdout)
    same = isinstance(before, TomlFile) and isinstance(after, TomlFile)
    if not same or before.values != after.values:  # type: ignore[union-attr]
        raise PolicyProblem([say("FC932", Span(name))])
    return mark + done.stdout

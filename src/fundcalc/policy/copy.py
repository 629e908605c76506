"""An editable copy of the shipped policy, with the schemas that its files name for editors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.files import write_bytes
from fundcalc.policy import bundle, file_messages, json_schema


def copy_to(folder: Path, also: Sequence[str] = ()) -> list[Path]:
    """Write the shipped policies.toml, rules/ and schema/ into a folder, which may be new.

    Nothing is overwritten: raises PolicyProblem where a file of that name, or one of those that are `also`
    to be written there, exists; OSError where the folder cannot be written.
    """
    files = {**bundle.find_shipped().content, **json_schema.files()}
    there = [folder / name for name in (*files, *also) if (folder / name).exists()]
    if there:
        raise PolicyProblem([file_messages.would_overwrite(list(map(str, there)))])
    written: list[Path] = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
        written.append(path)
    return written

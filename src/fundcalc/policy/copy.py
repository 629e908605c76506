"""An editable copy of the shipped policy, with the schemas that its files name for editors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.policy import bundle, json_schema


def copy_to(folder: Path, also: Sequence[str] = ()) -> list[Path]:
    """Write the shipped policies.toml, rules/ and schema/ into a folder, which may be new.

    Nothing is overwritten: raises PolicyProblem where a file of that name, or one of those that are `also`
    to be written there, exists; OSError where the folder cannot be written.
    """
    files = {**bundle.find_shipped().content, **json_schema.files()}
    there = [folder / name for name in (*files, *also) if (folder / name).exists()]
    if there:
        raise PolicyProblem([_would_overwrite(there)])
    written: list[Path] = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
        written.append(path)
    return written


def _would_overwrite(there: Sequence[Path]) -> Diagnostic:
    first, more = Span(str(there[0])), len(there) - 1
    if more > 1:
        return say("FC005.others", first, more=more)
    return say("FC005.another" if more else "FC005", first)

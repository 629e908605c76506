"""Policy files edited, laid out, and described for editors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base.files import write_bytes

if TYPE_CHECKING:
    from fundcalc.policy.edit import Edit
    from fundcalc.policy.layout import Laid


def set_value(
    path: Path | None, name: str, value: str, since: date, source: str, *, again: bool = False
) -> Edit:
    """Put a dated value into policies.toml, in memory; `again` allows to replace one.

    Raises PolicyProblem where it cannot be done or the policy would be broken by it.
    """
    from fundcalc.policy.bundle import find
    from fundcalc.policy.edit import Setting
    from fundcalc.policy.edit import set_value as put

    return put(find(path), Setting(name, value, since, source, again))


def save(path: Path | None, edit: Edit) -> None:
    """Write an edit's file. Raises OSError."""
    from fundcalc.policy.bundle import CATALOGUE

    write_bytes(_folder(path) / CATALOGUE, edit.after)


def lay_out(path: Path | None) -> list[Laid]:
    """Every policy file as it should be laid out, in memory. Raises PolicyProblem."""
    from fundcalc.policy.bundle import find
    from fundcalc.policy.layout import lay_out as run

    return run(find(path))


def save_layout(path: Path | None, files: Sequence[Laid]) -> None:
    """Write the files that change. Raises OSError."""
    for file in files:
        if file.changed:
            write_bytes(_folder(path) / file.path, file.after)


def _folder(path: Path | None) -> Path:
    here = path or Path()
    return here if here.is_dir() else here.parent


def schema_kinds() -> tuple[str, ...]:
    """The kinds of policy files."""
    from fundcalc.policy.json_schema import KINDS

    return tuple(KINDS)


def schema_text(kind: str) -> str:
    """The JSON Schema of one kind of file. Raises PolicyProblem."""
    from fundcalc.policy.json_schema import as_text

    return as_text(kind)


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of every kind into a folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{kind}.json" for kind in schema_kinds()]
    for path in written:
        write_bytes(path, schema_text(path.stem).encode())
    return written

"""Files to be written, refused before anything is computed: of another kind, or over what is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.output import tell

Outputs = Annotated[
    Optional[list[Path]],  # noqa: UP045 - Typer reads this at run time on every version
    typer.Option(
        "-o",
        "--output",
        help=tell(
            "结果文件，类型由后缀定，可重复", "File to write; its ending says what; repeatable"
        ),
    ),
]


def output_files(
    paths: Sequence[Path] | None, endings: Sequence[str], *read: Path | None
) -> list[Path]:
    """The files of `-o`, their folders made; a usage error where one cannot be written so."""
    for path in paths or []:
        refuse_ending(path, endings, "-o")
    keep_apart([(path, "-o") for path in paths or []], *read)
    for path in paths or []:
        path.parent.mkdir(parents=True, exist_ok=True)
    return list(paths or [])


def refuse_ending(path: Path, endings: Sequence[str], option: str) -> None:
    """A usage error where the file's ending is none of those."""
    if path.suffix.lower() not in endings:
        known = ", ".join(endings)
        zh, en = f"{path}：文件类型只能是 {known}", f"{path}: the ending must be one of {known}"
        raise typer.BadParameter(tell(zh, en), param_hint=option)


def keep_apart(written: Sequence[tuple[Path | None, str]], *read: Path | None) -> None:
    """A usage error where a file would be written over one that is read, or over another."""
    taken: dict[Path, str] = {}
    for path, option in written:
        if path is None:
            continue
        if any(one is not None and _same(path, one) for one in read):
            zh = f"{path} 是要读取的文件，不能覆盖；请另取文件名"
            en = f"{path} is read by this command and would be overwritten; name another"
            raise typer.BadParameter(tell(zh, en), param_hint=option)
        other = taken.get(path.resolve())
        taken[path.resolve()] = option
        if other is not None:
            zh = f"{path} 已由 {other} 写出；请另取文件名"
            en = f"{path} is written by {other} already; name another"
            raise typer.BadParameter(tell(zh, en), param_hint=option)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)

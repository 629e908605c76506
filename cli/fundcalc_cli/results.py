"""`-o FILE` of the commands that write reports, refused before anything is computed."""

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


def output_files(paths: Sequence[Path] | None, endings: Sequence[str]) -> list[Path]:
    """The files to write, their folders made; a usage error where an ending is none of those."""
    for path in paths or []:
        if path.suffix.lower() not in endings:
            known = ", ".join(endings)
            raise typer.BadParameter(
                tell(
                    f"{path}：文件类型只能是 {known}", f"{path}: the ending must be one of {known}"
                ),
                param_hint="-o",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
    return list(paths or [])

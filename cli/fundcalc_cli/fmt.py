"""`fundcalc fmt`: policy files laid out alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc.base.words import counted
from fundcalc_cli.options import Language, Policy
from fundcalc_cli.output import choose_lang, say, tell

HELP = tell(
    "整理政策文件的版式，不改内容和注释",
    "Lay out the policy's files alike; values and comments stay",
)


def fmt(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="PATH", help=tell("政策文件夹", "The policy's folder")),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help=tell(
                "只显示要改的，不写；有则以 1 退出", "Write nothing; exit 1 with the changes"
            ),
        ),
    ] = False,
    policy: Policy = None,
    lang: Language = None,
) -> None:
    """Lay out policies.toml, rules/ and its cases."""
    from fundcalc import api

    choose_lang(lang)
    where = path or policy
    files = api.lay_out(where)
    changed = [file for file in files if file.changed]
    if check:
        for file in changed:
            print(file.diff())
    else:
        api.save_layout(where, changed)
        for file in changed:
            print(file.name)
    say(
        f"{len(files)} 个文件，{len(changed)} 个" + ("需要整理" if check else "已整理"),
        f"{counted(len(files), 'file')}, {len(changed)} " + ("to lay out" if check else "laid out"),
    )
    if check and changed:
        raise typer.Exit(1)

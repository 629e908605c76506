"""`fundcalc init`: an editable copy of the shipped policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fundcalc_cli.options import Language
from fundcalc_cli.output import choose_lang, say, tell

HELP = tell(
    "写出一份可编辑的政策（policies.toml、rules/）和空白名册",
    "Write an editable copy of the policy (policies.toml, rules/) and an empty roster",
)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tell("新文件夹", "A new folder"))],
    lang: Language = None,
) -> None:
    """Write an editable copy of the shipped policy and an empty roster."""
    from fundcalc import api

    chosen = choose_lang(lang)
    for path in api.init(folder, chosen):
        print(path)
    say(
        f"编辑后运行：fundcalc check {folder}，fundcalc run 名册.xlsx --policy {folder}",
        f"Edit, then: fundcalc check {folder}; fundcalc run ROSTER --policy {folder}",
    )

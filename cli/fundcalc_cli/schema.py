"""`fundcalc schema`: JSON Schema of the policy files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import Language
from fundcalc_cli.output import choose_lang, print_json_text, tell

HELP = tell("政策文件的 JSON Schema，供编辑器使用", "JSON Schema of the policy files, for editors")


def schema(
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="KIND",
            help=tell(
                "哪种文件：policies、programme、village、cases；不写则列出",
                "Which file: policies, programme, village or cases; without it they are listed",
            ),
        ),
    ] = None,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "-o", "--output", metavar="DIR", help=tell("写到文件夹", "Write all into a folder")
        ),
    ] = None,
    lang: Language = None,
) -> None:
    """Print the schema of one kind of file, or write all of them."""
    from fundcalc import api

    choose_lang(lang)
    if output is not None:
        for path in api.write_schemas(output):
            print(path)
        return
    if kind is None:
        for one in api.schema_kinds():
            print(one)
        return
    print_json_text(api.schema_text(kind))

"""`fundcalc report`: a run as one page of HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import LEDGER, Language, Ledger
from fundcalc_cli.output import choose_lang, say, tell

HELP = tell("把一次运行写成一个网页文件", "A run as one page of HTML that needs no network")


def report(
    run_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=tell("台账里的记录：编号、开头几位或 last", "A recorded run: its id, or last"),
        ),
    ],
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "-o", "--out", metavar="FILE.html", help=tell("写到这个文件", "Write it here")
        ),
    ] = None,
    ledger: Ledger = LEDGER,
    lang: Language = None,
) -> None:
    """Write the report of a recorded run."""
    from fundcalc import api

    chosen = choose_lang(lang)
    run = api.open_run(ledger, run_id)
    path = out if out is not None else Path(f"{run.id}.html")
    if path.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(
            tell(f"`{path}` 应以 .html 结尾", f"`{path}` should end in .html"), param_hint="-o"
        )
    api.write_bytes(path, api.report_html(run, chosen))
    say(f"已写出 {path}", f"Wrote {path}")

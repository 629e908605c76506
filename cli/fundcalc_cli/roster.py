"""`fundcalc roster`: read a roster and report every fault, or write an empty one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fundcalc_cli.options import Columns, Language, OutputFormat, Policy, Sheet, parse_pairs
from fundcalc_cli.output import Format, choose_lang, say, tell
from fundcalc_cli.rejects import print_rejects, rejects_json

app = typer.Typer(
    help=tell("检查名册，或写出空白名册", "Check a roster, or write an empty one"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "check",
    help=tell("读名册，列出全部问题，不计算", "Report every fault of a roster, computing nothing"),
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tell("名册文件", "Roster file"))],
    policy: Policy = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
) -> None:
    """Read a roster; exits 1 where a row is rejected or doubtful."""
    from fundcalc import api

    choose_lang(lang)
    found = api.load_policy(policy)
    read = api.read_roster(file, found, sheet=sheet, columns=parse_pairs(column, "--column"))
    for notice in read.notices:
        say(notice.zh, notice.en)
    if format_ is Format.json:
        print(
            json.dumps(
                {"villages": len(read), "rejects": rejects_json(read.rejects)},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        print_rejects(read.rejects)
        print(
            tell(
                f"{len(read)} 个村可以计算，{read.rejected_rows} 行被退回",
                f"{len(read)} villages can be computed, {read.rejected_rows} rows rejected",
            )
        )
    if read.rejects:
        raise typer.Exit(1)


@app.command("template", help=tell("写出一份空白名册 .xlsx", "Write an empty roster .xlsx"))
def template(
    output: Annotated[
        Path, typer.Option("-o", "--output", help=tell("写到哪里", "Where to write it"))
    ] = Path("roster.xlsx"),
    policy: Policy = None,
    lang: Language = None,
) -> None:
    """Write an empty roster with titles, units and input rules."""
    from fundcalc import api

    chosen = choose_lang(lang)
    api.write_template(output, api.load_policy(policy), chosen)
    print(output)

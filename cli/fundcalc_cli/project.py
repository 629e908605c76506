"""`fundcalc project`: the bill year by year under dated values and growth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import (
    Columns,
    Language,
    OutputFormat,
    Policy,
    Readings,
    Sheet,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, print_json, say, show, tell
from fundcalc_cli.rejects import stop_at_rejects
from fundcalc_cli.results import Outputs, output_files

HELP = tell(
    "逐年推算金额：按各年的标准和增长",
    "Project the bill year by year under dated values and growth",
)


def project(
    roster: Annotated[Path, typer.Argument(metavar="ROSTER", help=tell("名册文件", "Roster file"))],
    years: Annotated[
        str,
        typer.Option(
            "--years", metavar="2018:2025", help=tell("从哪年到哪年", "First and last year")
        ),
    ],
    output: Outputs = None,
    policy: Policy = None,
    reading: Readings = None,
    set_: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=tell(
                "各年都用这个数值，可重复",
                "Hold a parameter at this value in all years; repeatable",
            ),
        ),
    ] = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
) -> None:
    """Project the bill year by year; the roster stays as it is."""
    from fundcalc import api

    chosen = choose_lang(lang)
    files = output_files(output, api.PROJECT_WRITERS, roster)
    found, warnings = api.load_policy_with_warnings(policy)
    plans = api.year_plans(
        found, years, parse_pairs(reading, "--reading"), parse_pairs(set_, "--set")
    )
    read = api.read_roster(roster, found, sheet=sheet, columns=parse_pairs(column, "--column"))
    stop_at_rejects([read], format_)
    show(warnings)
    projection = api.project(plans, read)
    for file in files:
        api.write_projection(projection, file, chosen)
    if format_ is Format.json:
        print_json(api.projection_json(projection))
    else:
        print(api.projection_text(projection, chosen), end="")
    for file in files:
        say(f"已写出 {file}", f"Wrote {file}")

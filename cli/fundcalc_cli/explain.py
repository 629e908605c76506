"""`fundcalc explain`: why one village gets what it gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundcalc_cli.options import (
    Columns,
    Language,
    On,
    OutputFormat,
    Policy,
    Readings,
    Sheet,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, say, tell
from fundcalc_cli.rejects import print_rejects

if TYPE_CHECKING:
    from fundcalc.api import Run

HELP = tell("说明一个村为什么得到这些", "Why one village gets what it gets")


def explain(
    village: Annotated[
        str, typer.Argument(metavar="VILLAGE", help=tell("代码或村名", "Code or name"))
    ],
    roster: Annotated[Path, typer.Option("--roster", help=tell("名册文件", "Roster file"))],
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
) -> None:
    """Explain every decision about one village."""
    from fundcalc import api

    chosen = choose_lang(lang)
    day, readings = parse_on(on), parse_pairs(reading, "--reading")
    found = api.load_policy(policy)
    plan = api.plan(found, day, readings)
    read = api.read_roster(roster, found, sheet=sheet, columns=parse_pairs(column, "--column"))
    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if fatal:
        print_rejects(fatal)
        say(
            f"{read.rejected_rows} 行被退回；资金池要等名册完整才能算",
            f"{read.rejected_rows} rows rejected; pools need the whole roster",
        )
        raise typer.Exit(1)
    run = api.calculate(plan, read)
    index = _one(run, village)
    explanation = api.explain(run, index)
    if format_ is Format.json:
        data = api.explanation_json(explanation, chosen)
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print(api.explanation_text(explanation, chosen), end="")


def _one(run: Run, wanted: str) -> int:
    """The one village meant; leaves with 1 and the candidates where there are several or none."""
    from fundcalc import api

    found = api.find_village(run, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        say(
            f"有 {len(found)} 个村叫 `{wanted}`，请用代码：",
            f"{len(found)} villages are called `{wanted}`; use the code:",
        )
    else:
        found = api.villages_near(run, wanted)
        say(f"名册里没有 `{wanted}`", f"There is no village `{wanted}` in the roster")
        if found:
            say("相近的有：", "Near it:")
    for index in found:
        say(*[f"  {api.describe_village(run, index)}"] * 2)
    raise typer.Exit(1)

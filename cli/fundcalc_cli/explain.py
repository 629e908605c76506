"""`fundcalc explain`: why one village gets what it gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc_cli.options import (
    LEDGER,
    Columns,
    Language,
    Ledger,
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
    from fundcalc.policy.plan import Plan
    from fundcalc.roster.model import Roster

HELP = tell("说明一个村为什么得到这些", "Why one village gets what it gets")


def explain(
    village: Annotated[
        str, typer.Argument(metavar="VILLAGE", help=tell("代码或村名", "Code or name"))
    ],
    roster: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--roster", help=tell("名册文件", "Roster file")),
    ] = None,
    run_id: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--run",
            metavar="ID",
            help=tell("台账里的记录：编号、开头几位或 last", "A recorded run: its id, or last"),
        ),
    ] = None,
    ledger: Ledger = LEDGER,
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
    pairs = {
        "--reading": parse_pairs(reading, "--reading"),
        "--column": parse_pairs(column, "--column"),
    }
    if (roster is None) == (run_id is None):
        raise typer.BadParameter(
            tell("给 --roster 或 --run，只给一个", "give one of --roster and --run"),
            param_hint="--roster / --run",
        )
    if run_id is not None:
        if policy or on or sheet or any(pairs.values()):
            raise typer.BadParameter(
                tell(
                    "记录里的政策、日期和解读是定下来的，不能另选",
                    "a recorded run has its policy, date and readings; none can be chosen",
                ),
                param_hint="--run",
            )
        run: Run = api.open_run(ledger, run_id)
    else:
        assert roster is not None
        plan = api.plan(found := api.load_policy(policy), parse_on(on), pairs["--reading"])
        run = _computed(
            plan, api.read_roster(roster, found, sheet=sheet, columns=pairs["--column"])
        )
    index = _one(run, village)
    explanation = api.explain(run, index)
    if format_ is Format.json:
        data = api.explanation_json(explanation, chosen)
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print(api.explanation_text(explanation, chosen), end="")


def _computed(plan: Plan, read: Roster) -> Run:
    """The run of a roster; leaves with 1 where rows are rejected."""
    from fundcalc import api

    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if fatal:
        print_rejects(fatal)
        say(
            f"{read.rejected_rows} 行被退回；资金池要等名册完整才能算",
            f"{read.rejected_rows} rows rejected; pools need the whole roster",
        )
        raise typer.Exit(1)
    return api.calculate(plan, read)


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

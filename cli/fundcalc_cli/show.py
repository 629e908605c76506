"""`fundcalc show`: the policy as a person reads it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import Language, On, Policy, Readings, parse_on, parse_pairs
from fundcalc_cli.output import choose_lang, hand_over, print_json, say, tell
from fundcalc_cli.results import Outputs, output_files

HELP = tell(
    "把政策印成决策表，填入当日的标准", "Print the policy as decision tables with a day's values"
)


class ShowFormat(StrEnum):
    """`--format` of this command."""

    text = "text"
    json = "json"
    html = "html"


def show(
    programme: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="PROGRAMME",
            help=tell("项目的 id；不写则全部", "A programme's id; all of them without it"),
        ),
    ] = None,
    output: Outputs = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: Annotated[
        ShowFormat, typer.Option("--format", help=tell("文本、JSON 或 HTML", "Text, JSON or HTML"))
    ] = ShowFormat.text,
) -> None:
    """Print a decision table a programme, with its values, readings and sources."""
    from fundcalc import api

    chosen = choose_lang(lang)
    files = output_files(output, api.SHOW_WRITERS)
    plan = api.plan(api.load_policy(policy), parse_on(on), parse_pairs(reading, "--reading"))
    shown = api.programmes(plan, programme)
    for file in files:
        api.write_policy(plan, shown, file, chosen)
        say(f"已写出 {file}", f"Wrote {file}")
    if files:
        return
    if format_ is ShowFormat.json:
        print_json(api.policy_json(plan, shown, chosen))
    elif format_ is ShowFormat.html:
        hand_over(api.policy_html(plan, shown, chosen).decode())
    else:
        print(api.policy_text(plan, shown, chosen), end="")

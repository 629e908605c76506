"""`fundcalc explain`: why one village gets what it gets, or why a rule does not decide for it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc_cli.options import (
    LEDGER,
    Columns,
    Language,
    Ledger,
    On,
    Policy,
    Readings,
    Sheet,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import choose_lang, hand_over, print_json, say, tell
from fundcalc_cli.recorded import Asked, chosen_run

if TYPE_CHECKING:
    from fundcalc.api import Explanation, Run, WhyNot
    from fundcalc.base.words import Lang

HELP = tell("说明一个村为什么得到这些", "Why one village gets what it gets")


class Shape(StrEnum):
    """`--format`."""

    text = "text"
    json = "json"
    html = "html"
    markdown = "markdown"


def explain(
    village: Annotated[
        str, typer.Argument(metavar="VILLAGE", help=tell("代码或村名", "Code or name"))
    ],
    roster: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time on every version
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
    why_not: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--why-not",
            metavar="RULE",
            help=tell(
                "说明某条规则为什么不适用，怎样才会适用（规则代号，或 项目.规则）",
                "Why a rule does not decide, and what it would take (its id, or programme.rule)",
            ),
        ),
    ] = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: Annotated[
        Shape, typer.Option("--format", help=tell("输出的形式", "The form of the output"))
    ] = Shape.text,
    sheet: Sheet = None,
    column: Columns = None,
) -> None:
    """Explain every decision about one village."""
    chosen = choose_lang(lang)
    asked = Asked(
        policy, parse_on(on), parse_pairs(reading, "--reading"), sheet,
        parse_pairs(column, "--column"),
    )  # fmt: skip
    if (roster is None) == (run_id is None):
        raise typer.BadParameter(
            tell("给 --roster 或 --run，只给一个", "give one of --roster and --run"),
            param_hint="--roster / --run",
        )
    run = chosen_run(run_id, ledger, roster, asked, "--run")
    index = one_village(run, village)
    if why_not is None:
        from fundcalc import api

        _print(api.explain(run, index), format_, chosen)
        return
    _print(_answers(run, index, why_not), format_, chosen)


def _answers(run: Run, index: int, rule: str) -> Sequence[WhyNot]:
    """Why a rule does not decide; leaves with 2 and the rules like it where there is none."""
    from fundcalc import api

    found = api.why_not(run, index, rule)
    if found:
        return found
    near = api.rules_near(run, rule)
    if len(near) == 1:
        say(f"没有叫 `{rule}` 的规则，相近的有：", f"There is no rule `{rule}`; near it:")
    else:
        say(f"没有叫 `{rule}` 的规则，可用的有：", f"There is no rule `{rule}`; known are:")
    for id_ in near:
        say(*[f"  {id_}"] * 2)
    raise typer.Exit(2)


def _print(explanation: Explanation | Sequence[WhyNot], shape: Shape, lang: Lang) -> None:
    """An explanation in the form asked for."""
    from fundcalc import api

    if shape is Shape.json:
        print_json(api.explanation_json(explanation, lang))
    elif shape is Shape.html:
        hand_over(api.explanation_html(explanation, lang))
    elif shape is Shape.markdown:
        print(api.explanation_markdown(explanation, lang), end="")
    else:
        print(api.explanation_text(explanation, lang), end="")


def one_village(run: Run, wanted: str) -> int:
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

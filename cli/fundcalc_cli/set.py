"""`fundcalc set`: a dated value put into policies.toml, all else left as it is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from fundcalc_cli.options import Language, Policy, parse_on
from fundcalc_cli.output import choose_lang, say, show, tell

HELP = tell(
    "为参数加一个带日期的数值，注释和版式不变",
    "Give a parameter a dated value; comments and layout stay as they are",
)


def set_value(
    parameter: Annotated[
        str, typer.Argument(metavar="PARAM", help=tell("参数的 id", "The parameter's id"))
    ],
    value: Annotated[
        str,
        typer.Argument(
            metavar="VALUE",
            help=tell(
                "数值，写法与文件中相同（180_000，单位同该参数）；列表用逗号分隔；false 表示终止",
                "As in the file (180_000, in the parameter's unit); a list by commas; `false` ends it",
            ),
        ),
    ],
    since: Annotated[
        str,
        typer.Option(
            "--from", metavar="DATE", help=tell("从哪天起", "The first day on which it holds")
        ),
    ],
    source: Annotated[
        str, typer.Option("--source", metavar="ID", help=tell("出处的 id", "Id of its source"))
    ],
    again: Annotated[
        bool,
        typer.Option(
            "--replace",
            help=tell("这一天已有数值时换掉它", "Replace the value that this day has already"),
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help=tell("只显示改动，不写", "Show the change, write nothing")),
    ] = False,
    policy: Policy = None,
    lang: Language = None,
) -> None:
    """Add a dated value; shows the change, and writes it only where the policy stays sound."""
    from fundcalc import api

    choose_lang(lang)
    day = _day(since)
    edit = api.set_value(policy, parameter, value, day, source, again=again)
    print(edit.diff())
    show(edit.warnings)
    if dry_run:
        say("没有写入（--dry-run）", "Nothing was written (--dry-run)")
        return
    api.save(policy, edit)
    if day > edit.on:  # the policy's own date does not reach it
        one = f"{policy or 'current'}"
        say(
            f"已写入 {edit.name}；看影响：\n  fundcalc compare {one} {one},{day} 名册.xlsx",
            f"Wrote {edit.name}; for what it costs:\n  fundcalc compare {one} {one},{day} ROSTER",
        )
        return
    say(
        f"已写入 {edit.name}；看影响：fundcalc compare",
        f"Wrote {edit.name}; for what it costs: fundcalc compare",
    )


def _day(text: str) -> date:
    day = parse_on(text, "--from")
    assert day is not None
    return day

"""Options that several commands share, and their values made usable."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.output import Format, LangChoice, tell

RosterFile = Annotated[
    Path,
    typer.Argument(
        metavar="ROSTER",
        help=tell("名册文件、文件夹或 intake.toml", "Roster: a file, a folder or intake.toml"),
    ),
]
RosterFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="ROSTER",
        help=tell(
            "名册：一个或多个文件、文件夹，或 intake.toml；合成一份名册",
            "Rosters: files, folders, or intake.toml; together they are one",
        ),
    ),
]
SkipRejects = Annotated[
    bool,
    typer.Option(
        "--skip-rejects",
        help=tell("退回的行不算，其余照算", "Compute the rest without rejected rows"),
    ),
]
Policy = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads this at run time on every version
    typer.Option(
        "--policy",
        help=tell(
            "政策文件夹或 policies.toml；默认 ./policies.toml，没有则用自带的",
            "Folder with policies.toml, or the file; default ./policies.toml, else the shipped one",
        ),
    ),
]
On = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--on",
        metavar="DATE",
        help=tell("按哪一天有效的标准（如 2017-12-31）", "The date whose values hold (2017-12-31)"),
    ),
]
Readings = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--reading",
        metavar="NAME=OPTION",
        help=tell("改用另一种解读，可重复", "Choose another reading; repeatable"),
    ),
]
Language = Annotated[
    Optional[LangChoice],  # noqa: UP045
    typer.Option("--lang", help=tell("输出语言", "Language of the output")),
]
OutputFormat = Annotated[Format, typer.Option("--format", help=tell("文本或 JSON", "Text or JSON"))]
Sheet = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--sheet", help=tell("名册在哪张工作表", "The sheet that holds the roster")),
]
Columns = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--column",
        metavar="HEADER=FACT[:UNIT]",
        help=tell(
            "指明某个表头是哪个事实、什么单位，如 “表头=事实:万元”；可重复",
            "Say which fact a header means, and in which unit; repeatable",
        ),
    ),
]

Ledger = Annotated[
    Path,
    typer.Option(
        "--ledger",
        envvar="FUNDCALC_LEDGER",
        metavar="FILE",
        help=tell("台账文件", "The ledger's file"),
    ),
]
LEDGER = Path("fundcalc.db")
"""The ledger where none is named: in the working directory."""


def parse_on(text: str | None, option: str = "--on") -> date | None:
    """`--on`, or another option, as a date; a usage error (exit 2) where it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            tell(
                f"`{text}` 不是日期，应写作 2017-12-31",
                f"`{text}` is not a date such as 2017-12-31",
            ),
            param_hint=option,
        ) from None


def parse_pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """`NAME=VALUE` options as a dict; a usage error where one has no `=`, or a name comes twice."""
    pairs: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.rpartition("=")
        if not equals or not name:
            raise typer.BadParameter(
                tell(f"`{text}` 应写作 名称=值", f"`{text}` should be NAME=VALUE"),
                param_hint=option,
            )
        if pairs.setdefault(name.strip(), value.strip()) != value.strip():
            raise typer.BadParameter(
                tell(f"`{name}` 给了两个值", f"`{name}` is given two values"), param_hint=option
            )
    return pairs

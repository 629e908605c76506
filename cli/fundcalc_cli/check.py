"""`fundcalc check`: all that is wrong or doubtful in a policy."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc.base.words import counted
from fundcalc_cli.options import Language, On, Policy, Readings, parse_on, parse_pairs
from fundcalc_cli.output import choose_lang, diagnostics_json, print_json, say, tell

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.base.words import Lang

HELP = tell(
    "检查政策：写法、名称、单位、日期、空档、重叠、无用的规则、台阶、案例",
    "Check a policy: syntax, names, units, dates, gaps, overlaps, dead rules, cliffs, cases",
)


class CheckFormat(StrEnum):
    """`--format` of findings."""

    text = "text"
    json = "json"
    sarif = "sarif"


def check(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="PATH", help=tell("政策文件夹", "The policy's folder")),
    ] = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: Annotated[
        CheckFormat,
        typer.Option(
            "--format",
            help=tell(
                "文本、JSON，或供代码评审工具用的 SARIF", "Text, JSON, or SARIF for review tools"
            ),
        ),
    ] = CheckFormat.text,
) -> None:
    """Check a policy; exits 1 where anything is found, 2 where it is broken."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem, errors

    chosen = choose_lang(lang)
    day, readings = parse_on(on), parse_pairs(reading, "--reading")
    try:
        found = api.check(path or policy, day, readings)
    except PolicyProblem as problem:
        if format_ is CheckFormat.text:
            raise
        _print(problem.diagnostics, format_, chosen)
        raise typer.Exit(2) from None
    _print(found, format_, chosen)
    wrong = len(errors(found))
    if found:
        say(
            f"{wrong} 个错误，{len(found) - wrong} 个警告",
            f"{counted(wrong, 'error')}, {counted(len(found) - wrong, 'warning')}",
        )
        raise typer.Exit(1)
    say("没有发现问题", "Nothing found")


def _print(found: Sequence[Diagnostic], format_: CheckFormat, lang: Lang) -> None:
    from fundcalc import api
    from fundcalc.base.diagnostics import render

    if format_ is CheckFormat.json:
        print_json(diagnostics_json(found))
    elif format_ is CheckFormat.sarif:
        print_json(api.sarif(list(found), lang))
    else:
        for diagnostic in found:
            print(render(diagnostic, lang) + "\n")

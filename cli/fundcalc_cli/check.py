"""`fundcalc check`: all that is wrong or doubtful in a policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import Language, On, OutputFormat, Policy, Readings, parse_on, parse_pairs
from fundcalc_cli.output import Format, choose_lang, counted, diagnostics_json, say, tell

HELP = tell(
    "检查政策：写法、名称、单位、日期、空档、重叠、案例",
    "Check a policy: syntax, names, units, dates, gaps, overlaps, cases",
)


def check(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="[PATH]", help=tell("政策文件夹", "The policy's folder")),
    ] = None,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Check a policy; exits 1 where anything is found, 2 where it is broken."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem, errors, render

    chosen = choose_lang(lang)
    day, readings = parse_on(on), parse_pairs(reading, "--reading")
    try:
        found = api.check(path or policy, day, readings)
    except PolicyProblem as problem:
        found = list(problem.diagnostics)
        if format_ is not Format.json:
            raise
        print(json.dumps(diagnostics_json(found), ensure_ascii=False, indent=1))
        raise typer.Exit(2) from None
    if format_ is Format.json:
        print(json.dumps(diagnostics_json(found), ensure_ascii=False, indent=1))
    else:
        for diagnostic in found:
            print(render(diagnostic, chosen) + "\n")
    wrong = len(errors(found))
    if found:
        say(
            f"{wrong} 个错误，{len(found) - wrong} 个警告",
            f"{counted(wrong, 'error')}, {counted(len(found) - wrong, 'warning')}",
        )
        raise typer.Exit(1)
    say("没有发现问题", "Nothing found")

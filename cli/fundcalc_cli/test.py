"""`fundcalc test`: the policy's own worked examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import Language, OutputFormat, Policy
from fundcalc_cli.output import Format, choose_lang, diagnostics_json, say, tell

HELP = tell("运行政策自带的案例", "Run the policy's own cases")


def test(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="[PATH]", help=tell("政策文件夹", "The policy's folder")),
    ] = None,
    policy: Policy = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Run every case; exits 1 where one fails."""
    from fundcalc import api
    from fundcalc.base.diagnostics import render

    chosen = choose_lang(lang)
    outcomes = api.test(path or policy)
    failed = [outcome for outcome in outcomes if outcome.failures]
    if format_ is Format.json:
        data = [
            {
                "case": o.case.name,
                "file": o.case.span.file,
                "passed": not o.failures,
                "failures": diagnostics_json(o.failures),
            }
            for o in outcomes
        ]
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        for outcome in failed:
            for failure in outcome.failures:
                print(render(failure, chosen) + "\n")
    if not outcomes:
        say("没有案例", "There are no cases")
    passed = len(outcomes) - len(failed)
    say(
        f"案例 {passed} 个通过，{len(failed)} 个不通过", f"Cases: {passed} pass, {len(failed)} fail"
    )
    if failed:
        raise typer.Exit(1)

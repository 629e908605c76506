"""`fundcalc test`: the policy's own worked examples, what they reach and which are missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from fundcalc_cli.options import Language, OutputFormat, Policy
from fundcalc_cli.output import (
    Format,
    choose_lang,
    diagnostics_json,
    hand_over,
    lang,
    print_json,
    say,
    tell,
)

if TYPE_CHECKING:
    from fundcalc.analysis.coverage import Coverage
    from fundcalc.analysis.worked import Outcome

HELP = tell("运行政策自带的案例", "Run the policy's own cases")


def test(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="PATH", help=tell("政策文件夹", "The policy's folder")),
    ] = None,
    policy: Policy = None,
    coverage: Annotated[
        bool,
        typer.Option(
            "--coverage",
            help=tell(
                "列出没有案例用到的规则、条件结果和界限两边",
                "Name rules, condition outcomes and sides of edges that no case reaches",
            ),
        ),
    ] = False,
    suggest: Annotated[
        bool,
        typer.Option(
            "--suggest",
            help=tell(
                "写出缺少的案例（TOML，期望值由程序算出，需核对）",
                "Write the missing cases as TOML; what they expect is computed and must be confirmed",
            ),
        ),
    ] = False,
    lang_: Language = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Run every case; exits 1 where one fails or, with --coverage, something is not reached."""
    from fundcalc import api

    choose_lang(lang_)
    reached: Coverage | None = None
    if coverage or suggest:
        loaded, outcomes, reached = api.test_with_coverage(path or policy)
    else:
        outcomes = api.test(path or policy)
    failed = [outcome for outcome in outcomes if outcome.failures]
    if suggest and reached is not None:
        hand_over(api.suggested_cases(loaded, reached))
    elif format_ is Format.json:
        print_json(_json(outcomes, reached))
    else:
        _print(failed, reached)
    if not outcomes:
        say("没有案例", "There are no cases")
    passed = len(outcomes) - len(failed)
    say(
        f"案例 {passed} 个通过，{len(failed)} 个不通过", f"Cases: {passed} pass, {len(failed)} fail"
    )
    if reached is not None:
        totals, _ = api.coverage_text(reached)
        say(totals.zh, totals.en)
    if failed or (coverage and reached is not None and reached.missing):
        raise typer.Exit(1)


def _print(failed: Sequence[Outcome], reached: Coverage | None) -> None:
    from fundcalc import api
    from fundcalc.base.diagnostics import render
    from fundcalc.base.width import wrap

    for outcome in failed:
        for failure in outcome.failures:
            print(render(failure, lang()) + "\n")
    if reached is not None:
        _, missing = api.coverage_text(reached)
        for line in missing:
            print("\n  ".join(wrap(line.say(lang()), 78)))


def _json(outcomes: Sequence[Outcome], reached: Coverage | None) -> Any:
    """A list of cases; with --coverage an object that has them under `cases`."""
    cases = [
        {
            "case": o.case.name,
            "file": o.case.span.file,
            "passed": not o.failures,
            "failures": diagnostics_json(o.failures),
        }
        for o in outcomes
    ]
    if reached is None:
        return cases
    kinds = {
        kind: {"reached": reached.reached(kind), "of": of} for kind, of in reached.totals.items()
    }
    listed = [
        {
            "kind": goal.kind,
            "programme": goal.programme,
            "rule": goal.rule,
            "missing": goal.wanted.say(lang()),
            "file": goal.span.file,
            "line": goal.span.line,
        }
        for goal in reached.missing
    ]
    return {"cases": cases, "coverage": kinds, "missing": listed}

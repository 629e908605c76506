"""`fundcalc compare` and `fundcalc project`: what a change of policy, or the coming years, cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, option
from fundcalc_cli.console import Format, tell
from fundcalc_cli.faults import stop_at_rejects

if TYPE_CHECKING:
    from fundcalc.analysis.compare import Comparison

_SPELT = tell(
    "用逗号连写：政策文件夹、current（现行）、shipped（自带）、日期 2018-12-31、参数=值、解读=选项；"
    "或 run:编号",
    "joined by commas: a policy folder, `current`, `shipped`, a date such as 2018-12-31, "
    "PARAMETER=VALUE, READING=OPTION; or run:ID",
)


def compare(
    *,
    old: str = argument(..., "OLD", "原口径，" + _SPELT, "the one version, " + _SPELT),
    new: str = argument(..., "NEW", "新口径，写法同上", "the other, spelt alike"),
    roster: Path | None = argument(None, "ROSTER", "名册文件", "Roster file"),
    old_roster: Path | None = option(
        None, "--old-roster", "原口径用的名册，与新名册不同时写",
        "OLD's roster, where it is another", metavar="FILE",
    ),
    output: list[Path] | None = options.OUTPUTS,
    top: int = option(
        20, "--top", "列出变动最大的几个村", "How many of the largest movers to list", min=0
    ),
    stop_over: str | None = option(
        None, "--stop-over", "变动的村或流动的金额超过这个比例时以 1 退出",
        "Exit 1 where more than this share of villages or of money moves", metavar="'5 %'",
    ),
    prove: bool = option(
        False, "--prove",
        "证明对任何村都相同（0），或给出结果不同的村（1）；不能断定为 2；可不写名册",
        "Prove them equal for every possible village (0), or show one for which they differ (1); "
        "2 where it is unknown. Needs no roster",
    ),
    basis: options.Basis,
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    ledger: Path = options.LEDGER,
) -> None:  # fmt: skip
    """Compare two versions over a roster.

    OLD and NEW: a policy folder, `current` (--policy), `shipped`, a date, PARAMETER=VALUE,
    READING=OPTION, joined by commas; or run:ID.
    """
    files = options.output_files(output, api.COMPARE_WRITERS, roster, old_roster)
    limit = api.share(stop_over) if stop_over is not None else None
    both = api.Basis(
        basis.policy, basis.day, basis.readings, ledger, sheet=headers.sheet, columns=headers.columns
    )  # fmt: skip
    versions = (api.version(old, both), api.version(new, both))
    console.show(dict.fromkeys(d for v in versions for d in v.warnings))
    verdict = api.prove(versions) if prove else None
    data: dict[str, Any] = {}
    comparison: Comparison | None = None
    if roster is not None or not prove:
        most = None if any(file.suffix.lower() == ".xlsx" for file in files) else top
        compared = api.compare(versions, (old_roster, roster), both, most)
        if isinstance(compared, list):
            stop_at_rejects(compared, format_)
            return
        comparison = compared
        console.show(api.absent_names(comparison))
        _write(comparison, files, top, lang)
        data = api.comparison_json(comparison)
    if verdict is not None:
        data["proof"] = api.proof_json(verdict)
    if format_ == "json":
        console.print_json(data)
    else:
        parts = [api.comparison_text(comparison, lang)] if comparison is not None else []
        if verdict is not None:
            parts.append(api.proof_text(verdict, lang, alone=comparison is None))
        print("\n".join(parts), end="")
    if comparison is not None and limit is not None and comparison.over(limit):
        console.say(words("cli.over", share=stop_over or ""))
        raise typer.Exit(1)
    if verdict is not None and not verdict.equal:
        raise typer.Exit(2 if verdict.equal is None else 1)


def _write(comparison: Comparison, files: list[Path], top: int, lang: Lang) -> None:
    """Write the files; the workbook lists all that move, the others the largest."""
    for file in sorted(files, key=lambda file: file.suffix.lower() != ".xlsx"):
        if file.suffix.lower() != ".xlsx":
            comparison.keep(top)
        api.write_comparison(comparison, file, lang)
        console.wrote(file)
    comparison.keep(top)


def project(
    *,
    roster: Path = options.ROSTER,
    years: str = option(..., "--years", "从哪年到哪年", "First and last year", metavar="2018:2025"),
    output: list[Path] | None = options.OUTPUTS,
    policy: Path | None = options.POLICY,
    reading: list[str] | None = options.READINGS,
    set_: list[str] | None = option(
        None, "--set", "各年都用这个数值，可重复",
        "Hold a parameter at this value in all years; repeatable", metavar="NAME=VALUE",
    ),
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
) -> None:  # fmt: skip
    """Project the bill year by year; the roster stays as it is."""
    files = options.output_files(output, api.PROJECT_WRITERS, roster)
    policy_, warnings = api.load_policy_with_warnings(policy)
    plans = api.year_plans(
        policy_, years, options.pairs(reading, "--reading"), options.pairs(set_, "--set")
    )
    read = headers.read(roster, policy_)
    stop_at_rejects([read], format_)
    console.show([*warnings, *api.no_run_before(policy_, read.gives)])
    projection = api.project(plans, read)
    console.show(api.without_rules(projection.checked))
    for file in files:
        api.write_projection(projection, file, lang)
    console.answer(
        format_, lambda: api.projection_json(projection), lambda: api.projection_text(projection, lang)
    )  # fmt: skip
    console.wrote(*files)

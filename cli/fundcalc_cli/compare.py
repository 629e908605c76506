"""`fundcalc compare`: what a change of policy costs, whom it touches, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

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
from fundcalc_cli.output import Format, choose_lang, print_json, say, show, tell
from fundcalc_cli.rejects import stop_at_rejects
from fundcalc_cli.results import Outputs, output_files

if TYPE_CHECKING:
    from decimal import Decimal

    from fundcalc.analysis.compare import Comparison
    from fundcalc.analysis.prove import Verdict
    from fundcalc.base.words import Lang

HELP = tell(
    "对比两种口径：谁增谁减、由谁支付、为何变动",
    "Compare two versions of a policy: who gains, who loses, who pays, and why",
)
_SPELT = tell(
    "用逗号连写：政策文件夹、current（现行）、shipped（自带）、日期 2018-12-31、参数=值、解读=选项；"
    "或 run:编号",
    "joined by commas: a policy folder, `current`, `shipped`, a date such as 2018-12-31, "
    "PARAMETER=VALUE, READING=OPTION; or run:ID",
)


Old = Annotated[
    str,
    typer.Argument(metavar="OLD", help=tell("原口径，", "the one version, ") + _SPELT),
]
New = Annotated[
    str,
    typer.Argument(metavar="NEW", help=tell("新口径，写法同上", "the other, spelt alike")),
]
NewRoster = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Argument(metavar="ROSTER", help=tell("名册文件", "Roster file")),
]
OldRoster = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--old-roster",
        metavar="FILE",
        help=tell("原口径用的名册，与新名册不同时写", "OLD's roster, where it is another"),
    ),
]
Top = Annotated[
    int,
    typer.Option(
        "--top",
        min=0,
        help=tell("列出变动最大的几个村", "How many of the largest movers to list"),
    ),
]
StopOver = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--stop-over",
        metavar="'5 %'",
        help=tell(
            "变动的村或流动的金额超过这个比例时以 1 退出",
            "Exit 1 where more than this share of villages or of money moves",
        ),
    ),
]
Prove = Annotated[
    bool,
    typer.Option(
        "--prove",
        help=tell(
            "证明对任何村都相同（0），或给出结果不同的村（1）；不能断定为 2；可不写名册",
            "Prove them equal for every possible village (0), or show one for which they differ (1); "
            "2 where it is unknown. Needs no roster",
        ),
    ),
]


def compare(
    old: Old,
    new: New,
    roster: NewRoster = None,
    old_roster: OldRoster = None,
    output: Outputs = None,
    top: Top = 20,
    stop_over: StopOver = None,
    prove: Prove = False,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    ledger: Ledger = LEDGER,
) -> None:
    """Compare two versions over a roster.

    OLD and NEW: a policy folder, `current` (--policy), `shipped`, a date, PARAMETER=VALUE,
    READING=OPTION, joined by commas; or run:ID.
    """
    from fundcalc import api

    chosen = choose_lang(lang)
    files = output_files(output, api.COMPARE_WRITERS, roster, old_roster)
    limit = api.share(stop_over) if stop_over is not None else None
    readings, columns = parse_pairs(reading, "--reading"), parse_pairs(column, "--column")
    basis = api.Basis(policy, parse_on(on), readings, ledger, sheet=sheet, columns=columns)
    versions = (api.version(old, basis), api.version(new, basis))
    show(dict.fromkeys(d for v in versions for d in v.warnings))
    verdict = api.prove(versions) if prove else None
    data: dict[str, Any] = {}
    found: Comparison | None = None
    if roster is not None or not prove:
        most = None if any(file.suffix.lower() == ".xlsx" for file in files) else top
        compared = api.compare(versions, (old_roster, roster), basis, most)
        if isinstance(compared, list):
            stop_at_rejects(compared, format_)
            return
        found = compared
        show(api.absent_names(found))
        _write(found, files, top, chosen)
        data = api.comparison_json(found)
    if verdict is not None:
        data["proof"] = api.proof_json(verdict)
    if format_ is Format.json:
        print_json(data)
    else:
        _print(found, verdict, chosen)
    if found is not None:
        _stop(found, limit, stop_over)
    if verdict is not None and not verdict.equal:
        raise typer.Exit(2 if verdict.equal is None else 1)


def _print(found: Comparison | None, verdict: Verdict | None, chosen: Lang) -> None:
    """The comparison and the proof, as far as they were asked for."""
    from fundcalc import api

    parts = [api.comparison_text(found, chosen)] if found is not None else []
    if verdict is not None:
        parts.append(api.proof_text(verdict, chosen, alone=found is None))
    print("\n".join(parts), end="")


def _write(found: Comparison, files: list[Path], top: int, chosen: Lang) -> None:
    """Write the files; the workbook lists all that move, the others the largest."""
    from fundcalc import api

    for file in sorted(files, key=lambda file: file.suffix.lower() != ".xlsx"):
        if file.suffix.lower() != ".xlsx":
            found.movers = found.movers[:top]
        api.write_comparison(found, file, chosen)
        say(f"已写出 {file}", f"Wrote {file}")
    found.movers = found.movers[:top]


def _stop(found: Comparison, limit: Decimal | None, text: str | None) -> None:
    """Leave with 1 where more moves than allowed."""
    if limit is not None and found.over(limit):
        say(f"变动超过 {text}", f"More than {text} moves")
        raise typer.Exit(1)

"""`fundcalc grid`: a roster under many years, readings and parameter values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc_cli.backend import (
    Chosen,
    Master,
    Memory,
    WantedGrid,
    grid_in,
    not_with_backend,
    only_with_backend,
)
from fundcalc_cli.options import (
    Columns,
    Language,
    On,
    OutputFormat,
    Policy,
    RosterFile,
    Sheet,
    SkipRejects,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import Format, choose_lang, note, print_json, say, show, tell
from fundcalc_cli.progress import progress_bar
from fundcalc_cli.rejects import stop_or_skip
from fundcalc_cli.results import output_files

if TYPE_CHECKING:
    from datetime import date

    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.language.nodes import Value
    from fundcalc.policy.model import Policy as CheckedPolicy
    from fundcalc.reports.grid import Grid

HELP = tell(
    "按多种年份、解读和标准计算名册", "Compute a roster under many years, readings and amounts"
)
_MOST_YEARS = 200


Years = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--years",
        metavar="2018:2025",
        help=tell("年份：2018:2025 或 2018,2020", "Years: 2018:2025, or 2018,2020"),
    ),
]
EachReading = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--reading",
        metavar="NAME=A,B",
        help=tell("要比较的解读选项，可重复", "Options of a reading to try; repeatable"),
    ),
]
EachValue = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--set",
        metavar="NAME=A:B:STEP",
        help=tell(
            "参数的数值，按其单位（元）：1000:5000:500 或一个值，可重复",
            "A parameter's values in its unit (yuan): 1000:5000:500, or one; repeatable",
        ),
    ),
]
GridOutput = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "-o",
        "--output",
        help=tell(
            "每种组合下每个村一行：.parquet .csv",
            "One row a village and scenario: .parquet, .csv",
        ),
    ),
]


def grid(
    roster: RosterFile,
    years: Years = None,
    reading: EachReading = None,
    set_: EachValue = None,
    output: GridOutput = None,
    policy: Policy = None,
    on: On = None,
    lang: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    skip_rejects: SkipRejects = False,
    backend: Chosen = None,
    master: Master = None,
    memory: Memory = None,
) -> None:
    """Every combination, a scenario at a time; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    chosen, day = choose_lang(lang), parse_on(on)
    columns = parse_pairs(column, "--column")
    output_files([] if output is None else [output], api.GRID_WRITERS, roster)
    only_with_backend(backend, master, memory)
    if backend is not None:
        not_with_backend(sheet=sheet, column=column)
    found, warnings = api.load_policy_with_warnings(policy)
    scenarios = api.scenarios(found, day, _years(years), _readings(reading), _values(found, set_))
    wanted = WantedGrid(found, scenarios, roster, output, columns, chosen, format_, skip_rejects)
    if backend is not None:
        result = grid_in(backend, wanted, warnings, master, memory)
    else:
        result = _in_columns(wanted, warnings, sheet, day)
    if format_ is Format.json:
        print_json(api.grid_json(result))
    else:
        print(api.grid_text(result, chosen), end="")
    if output is not None:
        say(f"已写出 {output}：{result.rows:,} 行", f"Wrote {output}: {result.rows:,} rows")


def _in_columns(
    wanted: WantedGrid, warnings: list[Diagnostic], sheet: str | None, day: date | None
) -> Grid:
    """Compute a grid in this process."""
    from fundcalc import api

    read = api.read_roster(
        wanted.roster, wanted.policy, sheet=sheet, columns=wanted.columns, on=day
    )
    note(read.notices)
    stop_or_skip(read, wanted.skip, wanted.format_)
    show(warnings)
    scenarios = wanted.scenarios
    with progress_bar(len(scenarios), least=2) as progress:
        return api.grid(wanted.policy, scenarios, read, wanted.output, wanted.lang, progress)


def _years(text: str | None) -> list[int]:
    """`2018:2025`, `2018` or `2018,2020` as years; none where nothing is given."""
    years: list[int] = []
    for part in (text or "").split(",") if text is not None else []:
        match = re.fullmatch(r"\s*([0-9]{4})(?::([0-9]{4}))?\s*", part)
        first = int(match.group(1)) if match else 0
        last = int(match.group(2) or first) if match else -1
        if not 0 < first <= last < first + _MOST_YEARS:
            raise typer.BadParameter(
                tell(
                    f"`{text}` 应写作 2018:2025 或 2018,2020",
                    f"`{text}` should be 2018:2025 or 2018,2020",
                ),
                param_hint="--years",
            )
        years += range(first, last + 1)
    return list(dict.fromkeys(years))


def _readings(texts: list[str] | None) -> dict[str, list[str]]:
    """Options by reading; the same reading may be given again with further options."""
    found: dict[str, list[str]] = {}
    for text in texts or []:
        (pair,) = parse_pairs([text], "--reading").items()
        found.setdefault(pair[0], []).extend(option.strip() for option in pair[1].split(","))
    return {name: list(dict.fromkeys(options)) for name, options in found.items()}


def _values(policy: CheckedPolicy, texts: list[str] | None) -> dict[str, list[Value]]:
    """Values by parameter; the same parameter may be given again with further values."""
    from fundcalc import api

    found: dict[str, list[Value]] = {}
    for text in texts or []:
        (pair,) = parse_pairs([text], "--set").items()
        found.setdefault(pair[0], []).extend(api.parameter_values(policy, *pair))
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}

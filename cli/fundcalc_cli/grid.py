"""`fundcalc grid`: a roster under many years, readings and parameter values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, option
from fundcalc_cli.console import Format
from fundcalc_cli.faults import Faults, stop_or_skip
from fundcalc_cli.run import Job, grid_in

_MOST_YEARS = 200


def grid(
    *,
    roster: Path = argument(
        ..., "ROSTER", "名册文件、文件夹或 intake.toml", "Roster: a file, a folder or intake.toml"
    ),
    years: str | None = option(
        None, "--years", "年份：2018:2025 或 2018,2020", "Years: 2018:2025 or 2018,2020", metavar="2018:2025",
    ),
    reading: list[str] | None = option(
        None, "--reading", "要比较的解读选项，可重复", "Options of a reading to try; repeatable",
        metavar="NAME=A,B",
    ),
    set_: list[str] | None = option(
        None, "--set", "参数的数值，按其单位（元）：1000:5000:500 或一个值，可重复",
        "A parameter's values in its unit (yuan): 1000:5000:500, or one; repeatable",
        metavar="NAME=A:B:STEP",
    ),
    output: Path | None = option(
        None, "-o --output", "每种组合下每个村一行：.parquet .csv",
        "One row a village and scenario: .parquet, .csv",
    ),
    dated: options.Dated,
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    skip_rejects: bool = options.SKIP,
    database: options.Database,
) -> None:  # fmt: skip
    """Every combination, a scenario at a time; exits 1, computing nothing, where rows are rejected."""
    options.output_files([] if output is None else [output], api.GRID_WRITERS, roster)
    database.check(sheet=headers.sheet, column=headers.column)
    policy, warnings = api.load_policy_with_warnings(dated.policy)
    tried: dict[str, list[str]] = {}
    for name, text in _each(reading, "--reading"):
        tried.setdefault(name, []).extend(choice.strip() for choice in text.split(","))
    values: dict[str, list[str]] = {}
    for name, text in _each(set_, "--set"):
        values.setdefault(name, []).append(text)
    policy = api.finer(policy, values)
    scenarios = api.scenarios(
        policy, dated.day, _years(years),
        {name: list(dict.fromkeys(each)) for name, each in tried.items()},
        {
            name: list(dict.fromkeys(v for text in texts for v in api.parameter_values(policy, name, text)))
            for name, texts in values.items()
        },
    )  # fmt: skip
    warnings += api.looked_back_once(policy, len({scenario.plan.on for scenario in scenarios}))
    if database.backend is not None:
        job = Job(database, roster, lang, format_, skip_rejects, Faults(None, None))
        result = grid_in(job, scenarios, output, warnings)
    else:
        read = headers.read(roster, policy, dated.day)
        console.note(read.notices)
        stop_or_skip(read, skip_rejects, format_)
        console.show([*warnings, *api.no_run_before(policy, read.gives)])
        with console.progress_bar(len(scenarios), least=2) as progress:
            result = api.grid(policy, scenarios, read, output, lang, progress)
    console.show(api.without_rules(result.checked.villages))
    console.answer(format_, lambda: api.grid_json(result), lambda: api.grid_text(result, lang))
    if output is not None:
        console.say(words("cli.wrote_rows", file=str(output), rows=result.rows))


def _each(texts: list[str] | None, option_: str) -> Iterator[tuple[str, str]]:
    """`NAME=VALUES` options; the same name may be given again with further values."""
    for text in texts or []:
        yield from options.pairs([text], option_).items()


def _years(text: str | None) -> list[int]:
    """`2018:2025`, `2018` or `2018,2020` as years; none where nothing is given."""
    years: list[int] = []
    for part in text.split(",") if text is not None else []:
        match = re.fullmatch(r"\s*([0-9]{4})(?::([0-9]{4}))?\s*", part)
        first = int(match.group(1)) if match else 0
        last = int(match.group(2) or first) if match else -1
        if not 0 < first <= last < first + _MOST_YEARS:
            options.refuse("--years", words("cli.no_years", text=text or ""))
        years += range(first, last + 1)
    return list(dict.fromkeys(years))

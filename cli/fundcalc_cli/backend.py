"""`--backend`: a roster, or a grid of it, computed in DuckDB or on Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc_cli.output import Format, note, print_json, say, show, tell
from fundcalc_cli.progress import progress_bar
from fundcalc_cli.rejects import print_rejects, rejects_json, write_rejects

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.base.words import Lang
    from fundcalc.engines.sql.session import Session
    from fundcalc.policy.model import Policy as CheckedPolicy
    from fundcalc.policy.plan import Plan
    from fundcalc.policy.variation import Scenario
    from fundcalc.reports.grid import Grid


class Backend(StrEnum):
    """`--backend`."""

    duckdb = "duckdb"
    spark = "spark"


Chosen = Annotated[
    Optional[Backend],  # noqa: UP045 - Typer reads this at run time on every version
    typer.Option(
        "--backend",
        help=tell(
            "在数据库里计算整理过的名册（roster clean）：duckdb（超出内存）或 spark（集群）",
            "Compute clean facts (roster clean) in duckdb (beyond memory) or spark (a cluster)",
        ),
    ),
]
Master = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--master",
        metavar="URL",
        help=tell("--backend spark 的主节点，默认本机", "Master of --backend spark; default here"),
    ),
]
Memory = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--memory",
        metavar="SIZE",
        help=tell("--backend duckdb 的内存上限，如 4GB", "Limit of --backend duckdb, as 4GB"),
    ),
]


def only_one(rosters: Sequence[Path]) -> Path:
    """The roster of a back-end: one file, or the parts of one table in a folder."""
    if len(rosters) > 1:
        raise typer.BadParameter(
            tell(
                "数据库只读一份名册（一个文件，或一个文件夹里的各部分）",
                "a back-end reads one roster: a file, or the parts of one in a folder",
            ),
            param_hint="ROSTER...",
        )
    return rosters[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run in a database is asked for."""

    plan: Plan
    roster: Path
    outputs: list[Path]
    lang: Lang
    format_: Format
    rejects: Path | None
    skip: bool


def run_in(
    backend: Backend,
    wanted: Wanted,
    warnings: list[Diagnostic],
    master: str | None,
    memory: str | None,
) -> None:
    """Compute a roster in a database; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    for path in wanted.outputs:
        if path.suffix.lower() not in api.DATABASE_WRITERS:
            known = ", ".join(api.DATABASE_WRITERS)
            raise typer.BadParameter(
                tell(f"--backend 只写 {known}", f"a back-end writes {known} only"),
                param_hint="-o",
            )
    plan = wanted.plan
    with api.open_in(backend.value, plan, wanted.roster, master=master, memory=memory) as session:
        note(session.opened.notices)
        _stop_at_rejects(session, wanted.skip, wanted.format_, wanted.rejects, wanted.lang)
        summary, checked, found = api.compute_in(session, plan, skip=wanted.skip)
        show([*warnings, *found])
        for path in wanted.outputs:
            api.write_in(session, path, wanted.lang)
    name = wanted.roster.name
    if wanted.format_ is Format.json:
        data = api.database_summary_json(plan, name, summary, checked)
        print_json(data)
    else:
        print(api.database_summary_text(plan, name, summary, checked, wanted.lang), end="")
    for path in wanted.outputs:
        say(f"已写出 {path}", f"Wrote {path}")


@dataclass(frozen=True, slots=True)
class WantedGrid:
    """What a grid in a database is asked for."""

    policy: CheckedPolicy
    scenarios: list[Scenario]
    roster: Path
    output: Path | None
    columns: Mapping[str, str]
    lang: Lang
    format_: Format
    skip: bool


def grid_in(
    backend: Backend,
    wanted: WantedGrid,
    warnings: list[Diagnostic],
    master: str | None,
    memory: str | None,
) -> Grid:
    """Compute a grid in a database; exits 1, computing nothing, where rows are rejected."""
    from fundcalc import api

    first = wanted.scenarios[0].plan
    with api.open_in(backend.value, first, wanted.roster, master=master, memory=memory) as session:
        note(session.opened.notices)
        _stop_at_rejects(session, wanted.skip, wanted.format_)
        show(warnings)
        with progress_bar(len(wanted.scenarios), least=2) as progress:
            return api.grid_in(
                session, wanted.scenarios, wanted.output, wanted.lang,
                skip=wanted.skip, progress=progress,
            )  # fmt: skip


def only_with_backend(backend: Backend | None, master: str | None, memory: str | None) -> None:
    """`--master` is of Spark and `--memory` of DuckDB: refused where they would do nothing."""
    for value, option, needed in (
        (master, "--master", Backend.spark),
        (memory, "--memory", Backend.duckdb),
    ):
        if value is not None and backend is not needed:
            zh, en = f"只用于 --backend {needed.value}", f"only for --backend {needed.value}"
            raise typer.BadParameter(tell(zh, en), param_hint=option)


def not_with_backend(**given: object) -> None:
    """A back-end takes no spreadsheets and keeps no record; refused before anything is computed."""
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(
                tell("不能与 --backend 同用", "cannot be used with --backend"),
                param_hint="--" + name.replace("_", "-"),
            )


def _stop_at_rejects(
    session: Session, skip: bool, format_: Format, file: Path | None = None, lang: Lang = "en"
) -> None:
    """Show the first rejects, and write them where asked; leave with 1 unless they are to be skipped."""
    listed, rows = session.rejects()
    if file is not None:
        write_rejects(file, listed, lang)
    if not rows:
        return
    print_rejects(listed)
    if skip:
        say(
            f"跳过 {rows} 行；按缺行的名册分配的资金池对各村都不准",
            f"{rows} rows skipped; a pool shared over an incomplete roster is wrong for all",
        )
        return
    if format_ is Format.json:
        print_json({"rejects": rejects_json(listed)})
    say(
        f"{rows} 行被退回（最多列出前 1,000 行），没有计算。改好后再运行，或加 --skip-rejects",
        f"{rows} rows rejected (the first 1,000 are listed); nothing was computed."
        " Mend them, or --skip-rejects",
    )
    raise typer.Exit(1)

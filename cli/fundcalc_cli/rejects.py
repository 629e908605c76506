"""Rejects on the way out: on the terminal, as CSV and as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, counted
from fundcalc_cli.output import Format, lang, print_json, say, tell
from fundcalc_cli.results import refuse_ending

if TYPE_CHECKING:
    from fundcalc.roster.model import Reject, Roster

SHOWN = 200
REJECT_ENDINGS = (".csv", ".json")
Rejects = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads this at run time on every version
    typer.Option("--rejects", help=tell("退回清单 .csv .json", "Write rejects: .csv, .json")),
]
MARKED_ENDINGS = (".xlsx",)
Marked = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--marked",
        help=tell(
            "另存一份标出问题单元格的 .xlsx", "Write a copy .xlsx with the faulty cells marked"
        ),
    ),
]
_FIELDS = ("severity", "code", "file", "sheet", "cell", "row", "village", "column", "value")


def place(reject: Reject) -> str:
    """File, sheet and cell."""
    parts = (reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
    return "!".join(part for part in parts if part)


def print_rejects(rejects: Sequence[Reject]) -> None:
    """What keeps rows out, then what is doubtful, on stderr: where, what, why, how to mend."""
    fatal = [one for one in rejects if one.severity == "error"]
    doubtful = [one for one in rejects if one.severity != "error"]
    rows = len({one.row for one in fatal})
    if fatal:
        say(
            f"退回 {len(fatal):,} 处，在 {rows:,} 行；改好之前这些村不计算",
            f"Rejected: {counted(len(fatal), 'fault')} in {counted(rows, 'row')}; "
            "these villages are left out until they are mended",
        )
        _print_some(fatal, tell("退回", "reject"))
    if doubtful:
        say(
            f"存疑 {len(doubtful):,} 处；照写的计算，请核对",
            f"Doubtful: {counted(len(doubtful), 'value')}, computed as written; please look at them",
        )
        _print_some(doubtful, tell("存疑", "doubtful"))


def _print_some(rejects: Sequence[Reject], mark: str) -> None:
    """The first of them; where there are more, how many of each kind."""
    now = lang()
    for reject in rejects[:SHOWN]:
        who = f"  {reject.village}" if reject.village else ""
        print(f"{mark}[{reject.code}] {place(reject)}{who}", file=sys.stderr)
        column = "" if reject.column == reject.value else reject.column
        what = f"{column} `{reject.value}`".strip() if reject.cell else ""
        text = f"{what} — {reject.why.say(now)}" if what else reject.why.say(now)
        for line in wrap(text, 76):
            print(f"    {line}", file=sys.stderr)
        for line in wrap(f"→ {reject.mend.say(now)}", 76):
            print(f"    {line}", file=sys.stderr)
    if len(rejects) > SHOWN:
        rest = len(rejects) - SHOWN
        say(f"…… 还有 {rest:,} 条，见 --rejects。各类：",
            f"… and {rest:,} more: use --rejects FILE. By kind:")  # fmt: skip
        kinds = Counter((one.code, one.column) for one in rejects)
        first = {(one.code, one.column): one for one in reversed(rejects)}
        for kind, count in kinds.most_common():
            where = place(first[kind])
            say(f"    {kind[0]} {kind[1]}  {count:,} 处，从 {where} 起",
                f"    {kind[0]} {kind[1]}  {count:,}, from {where} on")  # fmt: skip


def rejects_json(rejects: Sequence[Reject]) -> list[dict[str, Any]]:
    """Rejects as JSON-ready data."""
    now = lang()
    return [
        {
            **{field: getattr(reject, field) for field in _FIELDS},
            "why": reject.why.say(now),
            "mend": reject.mend.say(now),
        }
        for reject in rejects
    ]


def check_faults(rejects: Path | None, marked: Path | None) -> None:
    """A usage error where the files of faults could not be written so."""
    if rejects is not None:
        refuse_ending(rejects, REJECT_ENDINGS, "--rejects")
    if marked is not None:
        refuse_ending(marked, MARKED_ENDINGS, "--marked")


def write_rejects(path: Path, rejects: Sequence[Reject], chosen: Lang) -> None:
    """Write the rejects; the ending says how (.json, otherwise CSV)."""
    from fundcalc import api

    if path.suffix.lower() == ".json":
        text = json.dumps(rejects_json(rejects), ensure_ascii=False, indent=1) + "\n"
        api.write_bytes(path, text.encode())
    else:
        api.write_bytes(path, api.rejects_csv(rejects, chosen))


def stop_at_rejects(rosters: Sequence[Roster], format_: Format) -> None:
    """Show what was rejected; leave with 1 where a row is left out, as pools need the whole roster."""
    rejects = [reject for roster in rosters for reject in roster.rejects]
    print_rejects(rejects)
    if not any(reject.severity == "error" for reject in rejects):
        return
    if format_ is Format.json:
        print_json({"rejects": rejects_json(rejects)})
    say(
        "名册有退回的行，没有计算：资金池要名册完整才算得对",
        "Rows were rejected and nothing was computed: pools need the whole roster",
    )
    raise typer.Exit(1)


def stop_or_skip(read: Roster, skip: bool, format_: Format) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if read.rejects:
        print_rejects(read.rejects)
    if not fatal:
        return
    rows = counted(read.rejected_rows, "row")
    if not skip:
        if format_ is Format.json:
            print_json({"rejects": rejects_json(read.rejects)})
        say(
            f"{read.rejected_rows} 行被退回，没有计算。改好后再运行，或加 --skip-rejects",
            f"{rows} rejected; nothing was computed. Mend them, or --skip-rejects",
        )
        raise typer.Exit(1)
    say(
        f"跳过 {read.rejected_rows} 行；按缺行的名册分配的资金池对各村都不准",
        f"{rows} skipped; a pool shared over an incomplete roster is wrong for all",
    )

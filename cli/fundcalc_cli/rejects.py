"""Rejects on the way out: on the terminal, as CSV and as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, counted
from fundcalc_cli.output import (
    Format,
    diagnostics_json,
    lang,
    note,
    print_json,
    say,
    show,
    tell,
)
from fundcalc_cli.results import refuse_ending

if TYPE_CHECKING:
    from fundcalc.roster.model import Reject, Roster

SHOWN = 60
"""Causes that are shown; the files have all."""

EXAMPLES = 3
"""Cells shown of a cause."""

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
    rows = len({(one.file, one.sheet, one.row) for one in fatal})
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
    """One entry a cause, with the first cells that have it; where there are more causes, how many."""
    causes: dict[tuple[str, str], list[Reject]] = {}
    for reject in rejects:
        alone = reject.cell is None or not reject.column
        causes.setdefault((reject.code, "" if alone else reject.column), []).append(reject)
    for some in list(causes.values())[:SHOWN]:
        if len(some) == 1:
            _print_one(some[0], mark)
        else:
            _print_cause(some, mark)
    if len(causes) > SHOWN:
        rest = len(causes) - SHOWN
        say(f"…… 还有 {rest:,} 类，见 --rejects", f"… and {rest:,} more kinds: use --rejects FILE")


def _print_one(reject: Reject, mark: str) -> None:
    now = lang()
    who = f"  {reject.village}" if reject.village else ""
    print(f"{mark}[{reject.code}] {place(reject)}{who}", file=sys.stderr)
    column = "" if reject.column == reject.value else reject.column
    value = f" `{reject.value}`" if reject.value else ""
    what = f"{column}{value}".strip() if reject.cell else ""
    _print_lines(f"{what} — {reject.why.say(now)}" if what else reject.why.say(now))
    _print_lines(f"→ {reject.mend.say(now)}")


def _print_cause(some: Sequence[Reject], mark: str) -> None:
    """What many cells have in common: how many, what is wrong, the first of them, one mend for all."""
    now, first = lang(), some[0]
    cells = tell(f"{len(some):,} 个单元格", f"{len(some):,} cells")
    if first.cell is None:
        cells = tell(f"{len(some):,} 行", f"{len(some):,} rows")
    head = (
        tell(f"“{first.column}”{cells}", f"{cells} of “{first.column}”") if first.column else cells
    )
    whys = {one.why for one in some}
    mends = {one.mend for one in some}
    why = f"{tell('：', ': ')}{first.why.say(now)}" if len(whys) == 1 else ""
    for number, line in enumerate(wrap(f"{mark}[{first.code}] {head}{why}", 78)):
        print(line if not number else f"    {line}", file=sys.stderr)
    for one in some[:EXAMPLES]:
        what = (
            f"{place(one)}  {one.village}  `{one.value}`"
            if one.cell
            else f"{place(one)}  {one.village}"
        )
        more = f" — {one.why.say(now)}" if len(whys) > 1 else ""
        _print_lines(f"{what}{more}")
        if len(mends) > 1:
            _print_lines(f"→ {one.mend.say(now)}")
    if len(some) > EXAMPLES:
        rest = len(some) - EXAMPLES
        _print_lines(tell(f"…… 另有 {rest:,} 处", f"… and {rest:,} more"))
    if len(mends) == 1:
        _print_lines(f"→ {first.mend.say(now)}")


def _print_lines(text: str) -> None:
    for line in wrap(text, 76):
        print(f"    {line}", file=sys.stderr)


def next_step(rejects: Sequence[Reject], asked: bool = False, sound: Sequence[Path] = ()) -> None:
    """The one thing to do next; `sound` rosters can be computed as they are."""
    if asked:
        text = tell(
            "下一步：按上面的提示指明后再运行；或写成读法文件：fundcalc roster intake 名册 -o intake.toml",
            "Next: run it again with what is named above, or write it down once: "
            "fundcalc roster intake ROSTER -o intake.toml",
        )
    elif any(one.severity == "error" for one in rejects):
        text = tell(
            "下一步：在名册里改好再运行；标出各处的副本：fundcalc roster check 名册 --marked 标注.xlsx",
            "Next: correct the roster and run again; a copy with the cells marked: "
            "fundcalc roster check ROSTER --marked marked.xlsx",
        )
    elif sound:
        names = " ".join(shlex.quote(str(path)) for path in sound[:5])
        names += " …" if len(sound) > 5 else ""
        text = tell(
            f"下一步：fundcalc run {names} -o 结果.xlsx",
            f"Next: fundcalc run {names} -o result.xlsx",
        )
    else:
        return
    for line in wrap(text, 78):
        print(line, file=sys.stderr)


@contextmanager
def asking(format_: Format, rejects: Path | None = None) -> Iterator[None]:
    """Show questions that a roster leaves open together with all its faults; leaves with 2."""
    from fundcalc import api

    try:
        yield
    except api.Unsettled as asked:
        note(asked.roster.notices)
        show(asked.diagnostics)
        print_rejects(asked.roster.rejects)
        if rejects is not None:
            write_rejects(rejects, asked.roster.rejects, lang())
        if format_ is Format.json:
            data = {
                "problems": diagnostics_json(asked.diagnostics),
                "rejects": rejects_json(asked.roster.rejects),
            }
            print_json(data)
        next_step(asked.roster.rejects, asked=True)
        raise typer.Exit(2) from None


def write_marked(path: Path, rosters: Sequence[Path], read: Roster, chosen: Lang) -> None:
    """Write copies with the faulty cells marked: one file, or of several files one each into a folder."""
    from fundcalc import api

    for written in api.write_marked(path, rosters, read, chosen):
        say(f"已写出 {written}", f"Wrote {written}")


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


def check_faults(rejects: Path | None, marked: Path | None, rosters: Sequence[Path] = ()) -> None:
    """A usage error where the files of faults could not be written so."""
    several = len(rosters) > 1 or any(one.is_dir() or one.suffix == ".toml" for one in rosters)
    if marked is not None and several:
        if marked.suffix:
            zh = f"几份名册各有一份标注副本，请给文件夹名，不是 {marked}"
            en = f"several rosters have a marked copy each: name a folder, not {marked}"
            raise typer.BadParameter(tell(zh, en), param_hint="--marked")
        if any(one.is_dir() and marked.resolve() == one.resolve() for one in rosters):
            zh, en = (
                "标注副本要放在别的文件夹",
                "marked copies go to another folder than the rosters",
            )
            raise typer.BadParameter(tell(zh, en), param_hint="--marked")
        marked = None
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
    next_step(rejects)
    raise typer.Exit(1)


def stop_or_skip(read: Roster, skip: bool, format_: Format, *, computing: bool = True) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    nothing = tell("没有计算", "nothing was computed")
    if not computing:
        nothing = tell("没有写出", "nothing was written")
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
            f"{read.rejected_rows} 行被退回，{nothing}。改好后再运行，或加 --skip-rejects",
            f"{rows} rejected; {nothing}. Mend them, or --skip-rejects",
        )
        next_step(fatal)
        raise typer.Exit(1)
    say(
        f"跳过 {read.rejected_rows} 行；按缺行的名册分配的资金池对各村都不准",
        f"{rows} skipped; a pool shared over an incomplete roster is wrong for all",
    )


def tell_of_reading(
    read: Roster, rosters: Sequence[Path], rejects: Path | None, marked: Path | None, chosen: Lang
) -> None:
    """What was noticed on the way, and the faults as files where they are wanted."""
    note(read.notices)
    if rejects is not None:
        write_rejects(rejects, read.rejects, chosen)
    if marked is not None and read.rejects:
        write_marked(marked, rosters, read, chosen)

"""Rejects on the way out: on the terminal, as CSV and as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.width import wrap
from fundcalc_cli import console
from fundcalc_cli.console import Format, lang, text
from fundcalc_cli.options import MARKED, REJECTS, refuse, refuse_ending

if TYPE_CHECKING:
    from fundcalc.base.words import Words
    from fundcalc.roster.model import Reject, Roster

SHOWN = 60
"""Causes that are shown; the files have all."""

EXAMPLES = 3
"""Cells shown of a cause."""

_FIELDS = ("severity", "code", "file", "sheet", "cell", "row", "village", "column", "value")


def errors(rejects: Sequence[Reject]) -> list[Reject]:
    """Those that keep their rows out; the others are doubtful."""
    return [one for one in rejects if one.severity == "error"]


def place(reject: Reject) -> str:
    """File, sheet and cell."""
    parts = (reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
    return "!".join(part for part in parts if part)


def print_rejects(rejects: Sequence[Reject]) -> None:
    """What keeps rows out, then what is doubtful, on stderr: where, what, why, how to fix it."""
    fatal = errors(rejects)
    doubtful = [one for one in rejects if one.severity != "error"]
    rows = len({(one.file, one.sheet, one.row) for one in fatal})
    if fatal:
        console.say(words("cli.rejected", faults=len(fatal), rows=rows))
        _print_causes(fatal, text("cli.reject"))
    if doubtful:
        console.say(words("cli.doubtful", values=len(doubtful)))
        _print_causes(doubtful, text("cli.doubt"))


def _print_causes(rejects: Sequence[Reject], mark: str) -> None:
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
        console.say(words("cli.more_kinds", rest=len(causes) - SHOWN))


def _print_one(reject: Reject, mark: str) -> None:
    who = f"  {reject.village}" if reject.village else ""
    print(f"{mark}[{reject.code}] {place(reject)}{who}", file=sys.stderr)
    column = "" if reject.column == reject.value else reject.column
    value = f" `{reject.value}`" if reject.value else ""
    what = f"{column}{value}".strip() if reject.cell else ""
    why = reject.why.say(lang())
    _print_lines(f"{what} — {why}" if what else why)
    _print_lines(f"→ {reject.mend.say(lang())}")


def _print_cause(some: Sequence[Reject], mark: str) -> None:
    """What many cells have in common: how many, what is wrong, the first of them, one way to fix all."""
    now, first = lang(), some[0]
    cells = text("cli.cells" if first.cell is not None else "cli.rows", number=len(some))
    head = text("cli.cells_of", column=first.column, cells=cells) if first.column else cells
    whys = {one.why for one in some}
    mends = {one.mend for one in some}
    why = f"{text('cli.colon')}{first.why.say(now)}" if len(whys) == 1 else ""
    for number, line in enumerate(wrap(f"{mark}[{first.code}] {head}{why}", 78)):
        print(line if not number else f"    {line}", file=sys.stderr)
    for one in some[:EXAMPLES]:
        value = f"  `{one.value}`" if one.cell else ""
        more = f" — {one.why.say(now)}" if len(whys) > 1 else ""
        _print_lines(f"{place(one)}  {one.village}{value}{more}")
        if len(mends) > 1:
            _print_lines(f"→ {one.mend.say(now)}")
    if len(some) > EXAMPLES:
        _print_lines(text("cli.more_cells", rest=len(some) - EXAMPLES))
    if len(mends) == 1:
        _print_lines(f"→ {first.mend.say(now)}")


def _print_lines(said: str) -> None:
    for line in wrap(said, 76):
        print(f"    {line}", file=sys.stderr)


def next_step(rejects: Sequence[Reject], asked: bool = False, sound: Sequence[Path] = ()) -> None:
    """The one thing to do next; `sound` rosters can be computed as they are."""
    if asked:
        said = text("cli.next_settle")
    elif errors(rejects):
        said = text("cli.next_fix")
    elif sound:
        names = " ".join(shlex.quote(str(path)) for path in sound[:5])
        said = text("cli.next_run", names=names + (" …" if len(sound) > 5 else ""))
    else:
        return
    for line in wrap(said, 78):
        print(line, file=sys.stderr)


def rejects_json(rejects: Sequence[Reject]) -> list[dict[str, Any]]:
    """Rejects as JSON-ready data."""
    return [
        {**{field: getattr(reject, field) for field in _FIELDS},
         "why": reject.why.say(lang()), "mend": reject.mend.say(lang())}
        for reject in rejects
    ]  # fmt: skip


@dataclass(frozen=True)
class Faults:
    """The files that show what is wrong in rosters, where they are wanted."""

    rejects: Path | None = REJECTS
    marked: Path | None = MARKED

    @property
    def files(self) -> list[tuple[Path | None, str]]:
        """Each with its option."""
        return [(self.rejects, "--rejects"), (self.marked, "--marked")]

    def check(self, rosters: Sequence[Path]) -> None:
        """A usage error where they could not be written so."""
        if self.rejects is not None:
            refuse_ending(self.rejects, (".csv", ".json"), "--rejects")
        if self.marked is None:
            return
        if len(rosters) == 1 and not rosters[0].is_dir() and rosters[0].suffix != ".toml":
            refuse_ending(self.marked, (".xlsx",), "--marked")
        elif self.marked.suffix:
            refuse("--marked", words("cli.marked_folder", marked=str(self.marked)))
        elif any(one.is_dir() and self.marked.resolve() == one.resolve() for one in rosters):
            refuse("--marked", words("cli.marked_elsewhere"))

    @contextmanager
    def asking(self, format_: Format) -> Iterator[None]:
        """Show questions that a roster leaves open together with all its faults; leaves with 2."""
        try:
            yield
        except api.Unsettled as asked:
            console.note(asked.roster.notices)
            console.show(asked.diagnostics)
            rejects = asked.roster.rejects
            print_rejects(rejects)
            self.write_rejects(rejects)
            if format_ == "json":
                problems = console.diagnostics_json(asked.diagnostics)
                console.print_json({"problems": problems, "rejects": rejects_json(rejects)})
            next_step(rejects, asked=True)
            raise typer.Exit(2) from None

    def write_rejects(self, rejects: Sequence[Reject]) -> None:
        """Write the list, if it is wanted; the ending says how (.json, otherwise CSV)."""
        if self.rejects is None:
            return
        content = api.rejects_csv(rejects, lang())
        if self.rejects.suffix.lower() == ".json":
            text_ = json.dumps(rejects_json(rejects), ensure_ascii=False, indent=1) + "\n"
            content = text_.encode()
        api.write_bytes(self.rejects, content)

    def write_marked(self, rosters: Sequence[Path], read: Roster) -> None:
        """Write copies with the faulty cells marked, if wanted: of several files one each into a folder."""
        if self.marked is not None:
            console.wrote(*api.write_marked(self.marked, rosters, read, lang()))

    def tell(self, rosters: Sequence[Path], read: Roster) -> None:
        """What was noticed on the way, and the files that are wanted."""
        console.note(read.notices)
        self.write_rejects(read.rejects)
        if read.rejects:
            self.write_marked(rosters, read)


def stop_at_rejects(rosters: Sequence[Roster], format_: Format) -> None:
    """Show what was rejected; leave with 1 where a row is left out, as pools need the whole roster."""
    _stop([one for roster in rosters for one in roster.rejects], format_, words("cli.not_whole"))


def stop_or_skip(read: Roster, skip: bool, format_: Format, *, computing: bool = True) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    if skip:
        print_rejects(read.rejects)
        if errors(read.rejects):
            console.say(words("cli.skipped", rows=read.rejected_rows))
        return
    nothing = "cli.nothing_computed" if computing else "cli.nothing_written"
    _stop(read.rejects, format_, words(nothing, rows=read.rejected_rows))


def _stop(rejects: Sequence[Reject], format_: Format, why: Words) -> None:
    print_rejects(rejects)
    if not errors(rejects):
        return
    if format_ == "json":
        console.print_json({"rejects": rejects_json(rejects)})
    console.say(why)
    next_step(rejects)
    raise typer.Exit(1)

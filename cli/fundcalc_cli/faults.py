"""Rejects on the way out: on the terminal, as CSV and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc_cli import console
from fundcalc_cli.console import Format, lang, text
from fundcalc_cli.options import MARKED, REJECTS, asked, refuse, refuse_ending

if TYPE_CHECKING:
    from fundcalc.base.words import Words
    from fundcalc.roster.model import Reject, Roster


def print_rejects(rejects: Sequence[Reject]) -> None:
    """What keeps rows out, then what is doubtful, on stderr."""
    for line in api.rejects_lines(rejects, lang()):
        print(line, file=sys.stderr)


def next_step(rejects: Sequence[Reject], open_: bool = False, sound: Sequence[Path] = ()) -> None:
    """The one thing to do next; `sound` rosters can be computed as they are."""
    if open_:
        said = text("cli.next_settle")
    elif api.errors(rejects):
        said = text("cli.next_fix")
    elif sound:
        names = [*map(str, sound[:5]), *(["…"] if len(sound) > 5 else []), *asked("--lang")]
        said = "\n".join(api.next_step(["run", *names, "-o", text("cli.result_file")], lang()))
    else:
        return
    print(said, file=sys.stderr)


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
        if any(isinstance(roster, api.Address) for roster in rosters):
            refuse("--marked", words("cli.marked_table"))
        if len(rosters) == 1 and not rosters[0].is_dir() and rosters[0].suffix != ".toml":
            refuse_ending(self.marked, (".xlsx",), "--marked")
        elif self.marked.suffix:
            refuse("--marked", words("cli.marked_folder", marked=str(self.marked)))
        elif self.marked.resolve() in [path.resolve() for path in rosters if path.is_dir()]:
            refuse("--marked", words("cli.marked_elsewhere"))

    @contextmanager
    def asking(self, format_: Format) -> Iterator[None]:
        """Show questions that a roster leaves open together with all its faults; leaves with 2."""
        try:
            yield
        except api.Unsettled as open_:
            console.note(open_.roster.notices)
            console.show(open_.diagnostics)
            rejects = open_.roster.rejects
            print_rejects(rejects)
            self.write_rejects(rejects)
            if format_ == "json":
                problems = console.diagnostics_json(open_.diagnostics)
                console.print_json(
                    {"problems": problems, "rejects": api.rejects_json(rejects, lang())}
                )
            next_step(rejects, open_=True)
            raise typer.Exit(2) from None

    def write_rejects(self, rejects: Sequence[Reject]) -> None:
        """Write the list, if it is wanted."""
        if self.rejects is not None:
            api.write_rejects(rejects, self.rejects, lang())

    def write_marked(self, rosters: Sequence[Path], read: Roster) -> None:
        """Write copies with the faulty cells marked, if wanted: of several files one each into a folder."""
        if self.marked is not None:
            console.wrote(*api.write_marked(self.marked, rosters, read, lang()))

    def tell(self, rosters: Sequence[Path], read: Roster, details: bool = True) -> None:
        """What was noticed on the way, and the files that are wanted."""
        console.note(read.notices, all_=details)
        self.write_rejects(read.rejects)
        if read.rejects:
            self.write_marked(rosters, read)


def stop_at_rejects(rosters: Sequence[Roster], format_: Format) -> None:
    """Show what was rejected; leave with 1 where a row is left out, as pools need the whole roster."""
    _stop([r for roster in rosters for r in roster.rejects], format_, words("cli.not_whole"))


def stop_or_skip(read: Roster, skip: bool, format_: Format, *, computing: bool = True) -> None:
    """Show the rejects; leave with 1 unless they are to be skipped."""
    if skip and len(read):
        print_rejects(read.rejects)
        if api.errors(read.rejects):
            console.say(words("cli.skipped", rows=read.rejected_rows))
        return
    nothing = "cli.nothing_computed" if computing else "cli.nothing_written"
    why = words("cli.none_left") if skip else words(nothing, rows=read.rejected_rows)
    _stop(read.rejects, format_, why)


def _stop(rejects: Sequence[Reject], format_: Format, why: Words) -> None:
    print_rejects(rejects)
    if not api.errors(rejects):
        return
    if format_ == "json":
        console.print_json({"rejects": api.rejects_json(rejects, lang())})
    console.say(why)
    next_step(rejects)
    raise typer.Exit(1)

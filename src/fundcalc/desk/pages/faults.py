"""Page 3, to put right: faults by cause with a piece of the sheet, and cells set right in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import text
from fundcalc.desk.page import Ask, download, page, part, shows, takes
from fundcalc.desk.pages.columns import questions
from fundcalc.desk.pages.rosters import COMMAND, FileCard, cards
from fundcalc.desk.state import Desk, Stale

if TYPE_CHECKING:
    from fundcalc.desk.work import Job
    from fundcalc.roster.intake import CorrectionTable, IntakeFile
    from fundcalc.roster.look import Piece
    from fundcalc.roster.model import Reject


MOST_CAUSES = 60
"""Causes on the page."""

LONGEST = 79
"""Characters of a cell that a fault shows in full; a longer cell is set right in the sheet itself."""


class Fault(NamedTuple):
    """One faulty cell, the file's path in the intake, the piece of the sheet, and an earlier correction."""

    reject: Reject
    path: str
    piece: Piece | None
    correction: CorrectionTable | None

    @property
    def place(self) -> list[str]:
        """What a form about it names: path, sheet, cell."""
        return [self.path, self.reject.sheet or "", self.reject.cell or ""]

    @property
    def mendable(self) -> bool:
        """Whether it can be set right here."""
        return self.reject.cell is not None and len(self.reject.value) <= LONGEST


class Shown:
    """What was read, with files' paths by the names that faults have, and what was set right already."""

    def __init__(self, desk: Desk) -> None:
        self.read = desk.read()
        roster = self.read.roster
        self.rejects: Sequence[Reject] = roster.rejects if roster is not None else ()
        self.files = cards(desk, self.read)
        self.paths = {file.read.label: file.path for file in self.files}
        self.corrections = desk.settled().correction if self.read.files else []

    def faults(self, rejects: Iterable[Reject]) -> list[Fault]:
        """Each with its piece of the sheet, and the correction that it has already."""
        done, faults = {one.cell: one for one in self.corrections}, list[Fault]()
        for reject in rejects:
            path, where = self.paths[reject.file], reject.cell or str(reject.row)
            piece = self.read.pieces.get((reject.file, reject.sheet, where))
            cell = _cell(path, reject.sheet, reject.cell or "")
            faults.append(Fault(reject, path, piece, done.get(cell)))
        return faults

    def of_files(self) -> list[tuple[int, FileCard, int]]:
        """The files that have faults, each with its number and how many."""
        counts = Counter(reject.file for reject in self.rejects)
        numbered = enumerate(self.files, 1)
        return [(n, file, faulty) for n, file in numbered if (faulty := counts[file.read.label])]


@shows("/faults")
def show(ask: Ask) -> Response:
    """By cause; with `cause`, all cells of one cause, by the hundred."""
    desk, draft, seen = ask.desk, ask.desk.draft(), Shown(ask.desk)
    doubts = [reject for reject in seen.rejects if reject.severity != "error"]
    causes = [*api.causes(api.errors(seen.rejects)), *api.causes(doubts)]
    which = ask.query("cause")
    cause = next((rejects for rejects in causes if _name(rejects[0]) == which), ())
    at = part(ask, cause)
    asked = [question for of_sheet in questions(seen.files).values() for question in of_sheet]
    lists = [part for file in seen.read.files for sheet in file.sheets for part in sheet.lists]
    own = {id(question) for part in lists for question in part.questions}  # asked of a sheet
    return page(
        ask, "faults.html", read=seen.read, skip=draft.skip, facts=desk.policy().facts,
        by=seen.corrections[-1].by if seen.corrections else draft.prepared_by,
        questions=[*{id(question.places): question for question in asked[::-1]}.values()][::-1],
        problems=[problem for problem in seen.read.problems if id(problem) not in own],
        corrections=seen.corrections,
        causes=[
            _cause(n, rejects, seen, at.items)
            for n, rejects in enumerate([cause] if cause else causes[:MOST_CAUSES], 1)
        ],
        more=max(0, len(causes) - MOST_CAUSES), which=which if cause else "", at=at,
        marked=seen.of_files(), command=COMMAND,
    )  # fmt: skip


def _name(reject: Reject) -> str:
    """A cause as an address has it: others come before it and go while it is worked on."""
    return f"{reject.severity}.{reject.code}.{reject.column if reject.cell else ''}"


def _cause(
    n: int, rejects: Sequence[Reject], seen: Shown, shown: Sequence[Reject]
) -> dict[str, Any]:
    """Faults of one cause: those shown, how many, and what one click would settle for all."""
    first, few = rejects[0], rejects[:1000]
    places = dict.fromkeys((seen.paths[reject.file], reject.sheet) for reject in rejects)
    return {
        "number": n, "name": _name(first), "cells": len(rejects), "places": [*places],
        "shown": seen.faults(shown or rejects[:3]),
        "one_why": len({reject.why for reject in few}) == 1,
        "one_mend": len({reject.mend for reject in few}) == 1,
        "answers": [answer for answer in api.answers(first.mend) if answer.header == first.column],
    }  # fmt: skip


def _cell(path: str, sheet: str | None, cell: str) -> str:
    """A cell as the intake names it."""
    return "!".join(part for part in (path, sheet, cell) if part is not None)


@takes("/faults/correct")
def correct(ask: Ask) -> Response:
    """Set a cell right: what holds, why, and who says so. What stands there is looked up, not sent."""
    desk, place = ask.desk, ask.exact("cell", 3)[0]
    now, why, by = ask.text("is"), ask.text("why"), ask.text("by")
    desk.read()

    def as_said(intake: IntakeFile) -> None:
        seen = Shown(desk)
        faults = seen.faults(reject for reject in seen.rejects if reject.cell == place[2])
        fault = next((fault for fault in faults if fault.mendable and fault.place == place), None)
        if fault is None:
            raise Stale
        cell = _cell(fault.path, fault.reject.sheet, place[2])
        intake.correct(cell, fault.reject.value, now, why, by)

    if not (why and by):
        return ask.again("grounds")
    return ask.settle(as_said)


@takes("/faults/undo")
def undo(ask: Ask) -> Response:
    """Take a correction back."""
    cell = ask.exact("cell", 1)[0][0]
    return ask.settle(lambda intake: intake.uncorrect(cell))


@takes("/faults/forget")
def forget(ask: Ask) -> Response:
    """Take an entry out of the intake that holds no longer: the one that stands in a line."""
    path, line = ask.desk.intake, ask.text("line")

    def without(intake: IntakeFile) -> None:
        rest = api.read_intake(path).without(int(line))
        intake.file[:], intake.correction[:] = rest.file, rest.correction

    if not (line.isdecimal() and len(line) < 9):
        raise Stale
    return ask.settle(without)


@takes("/faults/skip")
def skip(ask: Ask) -> Response:
    """Compute without the villages that have faults, or not."""
    return ask.save(skip=ask.text("skip") == "yes")


@shows("/faults/marked/{number:int}")
def marked(ask: Ask) -> Response:
    """A file with its faulty cells coloured and commented, to be sent back."""
    desk, lang = ask.desk, ask.lang
    seen, number = Shown(desk), int(ask.path_params["number"])
    file, roster = {n: file for n, file, _ in seen.of_files()}.get(number), seen.read.roster
    if file is None or roster is None:
        raise HTTPException(404)

    def make(job: Job) -> bytes:
        own = [reject for reject in roster.rejects if reject.file == file.read.label]
        with TemporaryDirectory() as folder:
            path = Path(folder, "marked.xlsx")
            api.write_marked(path, [file.read.path], replace(roster, rejects=own), lang)
            return path.read_bytes()

    content = desk.works.get("desk_faults.marking", (desk.seen(), number, lang), make)
    name = f"{Path(file.path).stem}.{text('desk_faults.marked_name', lang)}.xlsx"
    return download(name, lambda path: path.write_bytes(content))

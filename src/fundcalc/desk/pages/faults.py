"""Page 3, to put right: faults by cause with a piece of the sheet, and cells set right in place."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import text, words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.desk.page import Form, Router, desk_of, download, goto, lang_of, page, part
from fundcalc.desk.pages.columns import Place, questions
from fundcalc.desk.pages.rosters import COMMAND, FileCard, cards, settle
from fundcalc.desk.state import Desk, Stale

if TYPE_CHECKING:
    from fundcalc.desk.work import Job
    from fundcalc.roster.intake import CorrectionTable, IntakeFile
    from fundcalc.roster.look import Piece, Reading
    from fundcalc.roster.model import Reject
    from fundcalc.roster.propose import Answer

router = Router()

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


class Cause(NamedTuple):
    """Faults of one cause: the first of them, how many, and what one click would settle for all."""

    number: int
    name: str
    cells: int
    shown: Sequence[Fault]
    one_why: bool
    one_mend: bool
    answers: Sequence[Answer]
    places: Sequence[Place]


class Shown(NamedTuple):
    """What was read, with files' paths by the names that faults have, and what was set right already."""

    read: Reading
    rejects: Sequence[Reject]
    files: Sequence[FileCard]
    paths: Mapping[str, str]
    corrections: Sequence[CorrectionTable]


def _shown(desk: Desk) -> Shown:
    read = desk.read()
    files, rejects = cards(desk, read), read.roster.rejects if read.roster is not None else ()
    done = desk.settled().correction if read.files else ()
    return Shown(read, rejects, files, {file.read.label: file.path for file in files}, done)


@router.page("/faults")
def show(request: Request) -> Response:
    """The page; with `cause`, all cells of one cause, by the hundred."""
    desk = desk_of(request)
    seen = _shown(desk)
    doubts = [reject for reject in seen.rejects if reject.severity != "error"]
    causes = [*api.causes(api.errors(seen.rejects)), *api.causes(doubts)]
    which = request.query_params.get("cause", "")
    cause = next((rejects for rejects in causes if _name(rejects[0]) == which), ())
    at = part(request, cause)
    draft = desk.draft()
    asked = [question for of_sheet in questions(seen.files).values() for question in of_sheet]
    return page(
        request, "faults.html", read=seen.read, skip=draft.skip,
        facts=desk.policy().facts,
        by=seen.corrections[-1].by if seen.corrections else draft.prepared_by,
        questions=[*{id(question.places): question for question in asked[::-1]}.values()][::-1],
        problems=_problems(seen.read), corrections=seen.corrections,
        causes=[
            _cause(n, rejects, seen, at.items)
            for n, rejects in enumerate([cause] if cause else causes[:MOST_CAUSES], 1)
        ],
        more=max(0, len(causes) - MOST_CAUSES), which=which if cause else "", at=at,
        marked=_with_faults(seen),
        command=COMMAND if seen.read.files else [],
    )  # fmt: skip


def _name(reject: Reject) -> str:
    """A cause as an address has it: others come before it and go while it is worked on."""
    return f"{reject.severity}.{reject.code}.{reject.column if reject.cell else ''}"


def _cause(n: int, rejects: Sequence[Reject], seen: Shown, shown: Sequence[Reject]) -> Cause:
    first, few = rejects[0], rejects[:1000]
    places = dict.fromkeys((seen.paths[reject.file], reject.sheet) for reject in rejects)
    return Cause(
        n, _name(first), len(rejects), [*_faults(shown or rejects[:3], seen)],
        len({reject.why for reject in few}) == 1, len({reject.mend for reject in few}) == 1,
        [answer for answer in api.answers(first.mend) if answer.header == first.column], [*places],
    )  # fmt: skip


def _faults(rejects: Sequence[Reject], seen: Shown) -> Iterator[Fault]:
    done = {correction.cell: correction for correction in seen.corrections}
    for reject in rejects:
        path = seen.paths[reject.file]
        piece = seen.read.pieces.get((reject.file, reject.sheet, reject.cell or str(reject.row)))
        yield Fault(reject, path, piece, done.get(_cell(path, reject.sheet, reject.cell or "")))


def _cell(path: str, sheet: str | None, cell: str) -> str:
    """A cell as the intake names it."""
    return "!".join(part for part in (path, sheet, cell) if part is not None)


def _problems(read: Reading) -> list[Diagnostic]:
    """What stands in the way and is no sheet's question."""
    sheets = (sheet for file in read.files for sheet in file.sheets)
    own = {id(question) for sheet in sheets for part in sheet.lists for question in part.questions}
    return [diagnostic for diagnostic in read.problems if id(diagnostic) not in own]


def _with_faults(seen: Shown) -> list[tuple[int, FileCard, int]]:
    """The files that have faults, each with its number and how many."""
    counts = Counter(reject.file for reject in seen.rejects)
    numbered = enumerate(seen.files, 1)
    return [(n, file, counts[file.read.label]) for n, file in numbered if file.read.label in counts]


@router.change("/faults/correct")
def correct(request: Request, form: Form) -> Response:
    """Set a cell right: what holds, why, and who says so. What stands there is looked up, not sent."""
    desk, place = desk_of(request), form.exact("cell", 3)[0]
    now, why, by = form.text("is"), form.text("why"), form.text("by")
    desk.read()

    def as_said(intake: IntakeFile) -> None:
        seen = _shown(desk)
        faults = _faults([reject for reject in seen.rejects if reject.cell == place[2]], seen)
        fault = next((fault for fault in faults if fault.mendable and fault.place == place), None)
        if fault is None:
            raise Stale
        cell = _cell(fault.path, fault.reject.sheet, place[2])
        intake.correct(cell, fault.reject.value, now, why, by)

    if not (why and by):
        return form.again("grounds")
    settle(request, form, as_said)
    return goto(form.stood())


@router.change("/faults/undo")
def undo(request: Request, form: Form) -> Response:
    """Take a correction back."""
    cell = form.exact("cell", 1)[0][0]
    settle(request, form, lambda intake: intake.uncorrect(cell))
    return goto("/faults")


@router.change("/faults/forget")
def forget(request: Request, form: Form) -> Response:
    """Take an entry out of the intake that holds no longer: the one that stands in a line."""
    path, line = desk_of(request).intake, form.text("line")

    def without(intake: IntakeFile) -> None:
        rest = api.read_intake(path).without(int(line))
        intake.file[:], intake.correction[:] = rest.file, rest.correction

    if line.isdecimal() and len(line) < 9:
        settle(request, form, without)
    return goto("/faults")


@router.change("/faults/skip")
def skip(request: Request, form: Form) -> Response:
    """Compute without the villages that have faults, or not."""
    desk_of(request).save(form.seen, skip=form.text("skip") == "yes")
    return goto("/faults")


@router.page("/faults/marked/{number:int}")
def marked(request: Request) -> Response:
    """A file with its faulty cells coloured and commented, to be sent back."""
    desk, lang = desk_of(request), lang_of(request)
    seen, number = _shown(desk), int(request.path_params["number"])
    files, roster = {n: file for n, file, _ in _with_faults(seen)}, seen.read.roster
    if number not in files or roster is None:
        raise HTTPException(404)
    file = files[number]

    def make(job: Job) -> bytes:
        own = [reject for reject in roster.rejects if reject.file == file.read.label]
        own_roster = dataclasses.replace(roster, rejects=own)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "marked.xlsx")
            api.write_marked(path, [file.read.path], own_roster, lang)
            return path.read_bytes()

    key = desk.seen(), number, lang
    content = desk.works.get("marked", key, words("desk_faults.marking"), make)
    name = f"{Path(file.path).stem}.{text('desk_faults.marked_name', lang)}.xlsx"
    return download(name, lambda path: path.write_bytes(content))

"""Page 1, rosters: what was dropped on the desk, what each sheet of it is, and which county's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.desk.page import Form, Router, desk_of, goto, lang_of, page
from fundcalc.desk.state import RUN, Desk, Stale, content_of
from fundcalc.desk.uploads import TOLD, Dropped, keep, lying_about
from fundcalc.desk.work import Busy

if TYPE_CHECKING:
    from fundcalc.roster.intake import IntakeFile, SheetTable
    from fundcalc.roster.look import FileRead, Reading, SheetRead
    from fundcalc.roster.propose import Carried

router = Router()

MOST_TOLD = 20
"""Names that were not taken, and files, that are named."""

COMMAND = ["roster", "check", "intake.toml"]
"""What the first three pages show."""


class SheetCard(NamedTuple):
    """One sheet: how it was read, what is settled of it, and what is asked."""

    read: SheetRead
    entry: SheetTable | None
    questions: Sequence[Diagnostic]

    @property
    def unconfirmed(self) -> bool:
        """Whether a county is proposed, by all that says one, that nobody has confirmed."""
        settled = self.entry is not None and self.entry.county is not None
        gainsaid = any(question.code == "FC652" for question in self.questions)
        proposed = self.read.state == "roster" and bool(self.read.county) and not gainsaid
        return proposed and not settled


class FileCard(NamedTuple):
    """One file under its path in the intake."""

    path: str
    read: FileRead
    sheets: Sequence[SheetCard]

    @property
    def name(self) -> str:
        """Its path, without the folder in which the desk keeps files."""
        return self.path.removeprefix("rosters/")

    @property
    def own(self) -> bool:
        """Whether the desk keeps it, so that it may put another in its place."""
        return self.path.startswith("rosters/")

    @property
    def villages(self) -> int:
        """How many rows are villages."""
        return sum(sheet.read.villages for sheet in self.sheets)

    @property
    def unconfirmed(self) -> int:
        """How many sheets have a county that nobody has confirmed."""
        return sum(sheet.unconfirmed for sheet in self.sheets)


def cards(desk: Desk, read: Reading) -> list[FileCard]:
    """What was read, with what is settled and what is asked of it."""
    intake = desk.settled() if read.files else api.no_intake()

    def of_sheet(path: str, sheet: SheetRead) -> SheetCard:
        entry = intake.sheet_at(path, sheet.name)
        return SheetCard(sheet, entry, api.asked(sheet, read.questions))

    files = [(entry.path, file) for entry, file in zip(intake.file, read.files, strict=True)]
    return [FileCard(path, file, [of_sheet(path, s) for s in file.sheets]) for path, file in files]


def settle(request: Request, form: Form, change: Callable[[IntakeFile], object]) -> None:
    """Change what is settled about reading. Raises Stale, PolicyProblem and OSError."""
    desk_of(request).settle(form.seen, lang_of(request), change)


def settle_sheets(request: Request, form: Form, change: Callable[[SheetTable], object]) -> None:
    """Change what is settled of each sheet that a form is about. Raises Stale, PolicyProblem and OSError."""
    places = form.exact("of", 2)

    def each(intake: IntakeFile) -> None:
        for path, name in places:
            if intake.file_at(path) is None:
                raise Stale
            change(intake.sheet_made(path, name or None))

    settle(request, form, each)


@router.page("/rosters")
def show(request: Request) -> Response:
    """The page."""
    desk, query = desk_of(request), request.query_params
    read, draft, latest = desk.read(), desk.draft(), desk.latest()
    if latest and (draft.earlier == RUN or latest.intake in (None, content_of(desk.intake))):
        latest = None
    lying = lying_about(desk) if read.files or not read.problems else []
    return page(
        request, "rosters.html", read=read, cards=cards(desk, read), names=sorted(desk.policy().names),
        others=[path for path in lying if not path.endswith(".toml") and path != draft.register],
        intakes=[path for path in lying if path.endswith(".toml") and path != draft.earlier],
        draft=draft, skip=draft.skip, latest=latest, last=RUN,
        told={what: query.getlist(what)[:MOST_TOLD] for what in TOLD},
        refused=[refused.partition(":") for refused in query.getlist("no")[:MOST_TOLD]],
        command=COMMAND if read.files else [],
    )  # fmt: skip


@router.change("/rosters/drop")
def drop(request: Request, form: Form) -> Response:
    """Keep what was dropped, and have it read."""
    desk = desk_of(request)
    with desk.lock:
        if desk.intake.is_file():
            desk.settled()  # one that is broken must be mended first
        dropped = keep(desk, form.files("file"))
        dropped += _take(request, dropped, lambda intake, paths: intake.name_files(paths))
    return _told(request, dropped)


def _take(
    request: Request, dropped: Sequence[Dropped], change: Callable[[IntakeFile, list[str]], object]
) -> list[Dropped]:
    """Have read what was dropped; of files that came anew with another county, it is to be settled again."""
    desk, again, paths = desk_of(request), list[str](), [file.name for file in dropped if file.kept]
    replaced = [file.name for file in dropped if file.what == "replaced"]

    def settled(intake: IntakeFile) -> None:
        change(intake, paths)
        again.extend(api.take_back_counties(intake, replaced, desk.folder, desk.policy()))

    if paths:
        desk.settle(desk.seen(), lang_of(request), settled)
    return [Dropped("county", path) for path in again]


def _told(request: Request, dropped: Sequence[Dropped]) -> Response:
    """The page, which says what became of what was dropped."""
    _carry(request)
    told: dict[str, list[str]] = {}
    for file in dropped[: 3 * MOST_TOLD]:
        said = f"{file.why}:{file.name[:80]}" if file.what == "no" else file.name
        told.setdefault(file.what, []).append(said)
    return goto("/rosters", **told)


@router.change("/rosters/take")
def take(request: Request, form: Form) -> Response:
    """Read files that lie in the folder."""
    lying = lying_about(desk_of(request))
    paths = [path for path in form.texts("path") if path in lying]
    settle(request, form, lambda intake: intake.name_files(paths))
    return _told(request, ())


@router.change("/rosters/earlier")
def earlier(request: Request, form: Form) -> Response:
    """Use again what an earlier intake settled, on sheets alike."""
    desk, which = desk_of(request), form.text("which")
    if (which != RUN and which not in lying_about(desk)) or desk.earlier(which) is None:
        raise Stale
    desk.read()
    desk.save(form.seen, earlier=which)
    _carry(request)
    return goto("/columns")


def _carry(request: Request) -> None:
    """Settle sheets by the earlier intake that is used again; of a large roster later, on demand."""
    desk = desk_of(request)
    with suppress(Busy):
        while new := _carried(desk, desk.read()):
            with desk.lock:  # a header that only now means a fact has figures, so once more
                desk.settle(desk.seen(), lang_of(request), partial(api.put_over, carried=new))


def _carried(desk: Desk, read: Reading) -> Sequence[Carried]:
    """What an earlier intake settles that is open."""
    settled = desk.earlier(desk.draft().earlier)
    if settled is None or not read.files:
        return ()
    carried = api.carry_over(settled, desk.settled(), read)
    return [sheet for sheet in carried if sheet.table is not None]


@router.change("/rosters/register")
def register(request: Request, form: Form) -> Response:
    """Hold counts against a file that lists all villages, or against none."""
    desk, path = desk_of(request), form.text("path")
    if path and path not in lying_about(desk):
        raise Stale
    desk.save(form.seen, register=path)
    return goto("/columns" if path else "/rosters")


@router.change("/rosters/remove")
def remove(request: Request, form: Form) -> Response:
    """Read a file no longer; it stays where it lies."""
    path = form.exact("of", 2)[0][0]
    settle(request, form, lambda intake: intake.drop_file(path))
    return goto("/rosters")


@router.change("/rosters/replace")
def replace(request: Request, form: Form) -> Response:
    """Put another file in the place of one, and keep what is settled about it."""
    desk, path = desk_of(request), form.exact("of", 2)[0][0]
    with desk.lock:
        desk.check(form.seen)
        dropped = keep(desk, form.files("file")[:1], path)
        dropped += _take(request, dropped, lambda intake, paths: intake.rename_file(path, paths[0]))
    return _told(request, dropped)


@router.change("/rosters/county")
def county(request: Request, form: Form) -> Response:
    """Settle a sheet's county."""
    name = form.text("county") or None
    settle_sheets(request, form, lambda entry: setattr(entry, "county", name))
    return goto(form.stood())


@router.change("/rosters/confirm")
def confirm(request: Request, form: Form) -> Response:
    """Settle every sheet's county as it was proposed."""
    desk = desk_of(request)
    read = desk.read()

    def as_proposed(intake: IntakeFile) -> None:
        for file in cards(desk, read):
            for card in file.sheets:
                if card.unconfirmed:
                    intake.sheet_made(file.path, card.read.name).county = card.read.county

    settle(request, form, as_proposed)
    return goto("/rosters")


@router.change("/rosters/sheet")
def sheet(request: Request, form: Form) -> Response:
    """Settle whether a sheet is a roster, and in which row its header stands."""
    row = form.text("header_row")
    if row and not (row.isdecimal() and 0 < int(row[:9]) <= 1_048_576):
        return form.again("row")

    def as_said(entry: SheetTable) -> None:
        entry.ignore = form.text("ignore") == "yes"
        entry.header_row = int(row) if row else entry.header_row

    settle_sheets(request, form, as_said)
    return goto(form.stood())


@router.change("/rosters/anew")
def anew(request: Request, form: Form) -> Response:
    """Put aside an intake that cannot be read: it is renamed, not deleted."""
    desk = desk_of(request)
    with desk.lock:
        desk.check(form.seen)
        names = (desk.intake.with_name(f"intake-{number}.toml") for number in count(1))
        desk.intake.rename(next(aside for aside in names if not aside.exists()))
    return goto("/rosters")

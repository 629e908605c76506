"""Page 1, rosters: what was dropped on the desk, what each sheet of it is, and which county's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang
from fundcalc.desk.page import Form, change, desk_of, goto, lang_of, page, urls
from fundcalc.desk.state import RUN, Desk, Read, Stale
from fundcalc.desk.uploads import keep, lying_about
from fundcalc.desk.work import Busy

if TYPE_CHECKING:
    from fundcalc.roster.intake import IntakeFile, SheetTable
    from fundcalc.roster.look import FileRead, SheetRead

MOST_TOLD = 20
"""Names that were not taken, and files, that are named."""

COMMAND = ["roster", "check", "intake.toml"]
"""What the first three pages show."""

REASONS = {
    "lock": "desk_rosters.why_lock",
    "ending": "desk_rosters.why_ending",
    "name": "desk_rosters.why_name",
    "long": "desk_rosters.why_long",
    "deep": "desk_rosters.why_deep",
    "twice": "desk_rosters.why_twice",
}
"""Why a file was not taken."""


class SheetCard(NamedTuple):
    """One sheet: how it was read, what is settled of it, and what is asked."""

    read: SheetRead
    entry: SheetTable | None
    questions: Sequence[Diagnostic]

    @property
    def county(self) -> str | None:
        """The county of its lists, "" where there is none; None where a column says it, or they differ."""
        if any(part.county is None and _has_county(part.headings) for part in self.read.lists):
            return None
        counties = {part.county or "" for part in self.read.lists}
        return counties.pop() if len(counties) == 1 else None

    @property
    def unconfirmed(self) -> bool:
        """Whether a county is proposed that nobody has confirmed."""
        settled = self.entry is not None and self.entry.county is not None
        return self.read.state == "roster" and bool(self.county) and not settled

    @property
    def counties(self) -> str:
        """The counties of lists that differ."""
        return "、".join(dict.fromkeys(part.county for part in self.read.lists if part.county))


def _has_county(headings: Sequence[object]) -> bool:
    return any(getattr(heading, "fact", None) == "county" for heading in headings)


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


def cards(desk: Desk, read: Read) -> list[FileCard]:
    """What was read, with what is settled and what is asked of it."""
    if read.reading is None:
        return []
    intake = desk.settled()
    file_cards: list[FileCard] = []
    for entry, file in zip(intake.file, read.reading.files, strict=True):
        sheets = [
            SheetCard(x, intake.sheet_at(entry.path, x.name), api.asked(x, read.questions))
            for x in file.sheets
        ]
        file_cards.append(FileCard(entry.path, file, sheets))
    return file_cards


def settle_sheets(request: Request, form: Form, change: Callable[[SheetTable], object]) -> None:
    """Change what is settled of each sheet that a form is about. Raises Stale, PolicyProblem and OSError."""
    places = form.exact("of", 2)

    def settle(intake: IntakeFile) -> None:
        for path, name in places:
            if intake.file_at(path) is None:
                raise Stale
            change(intake.sheet_made(path, name or None))

    desk_of(request).settle(form.seen, lang_of(request), settle)


def show(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    read = desk.read()
    known = [entry.path for entry in desk.settled().file] if read.reading is not None else []
    query, draft, latest = request.query_params, desk.draft(), desk.latest()
    lying, files = lying_about(desk, known), cards(desk, read)
    offered = bool(known and latest and latest.intake) and draft.earlier != RUN
    if offered and latest is not None:
        offered = latest.intake != desk.intake.read_bytes()
    return page(
        request, "rosters.html", read=read, cards=files,
        unconfirmed=sum(sheet.unconfirmed for file in files for sheet in file.sheets),
        names=sorted(desk.policy().names),
        others=[path for path in lying if not path.endswith(".toml") and path != draft.register],
        intakes=[path for path in lying if path.endswith(".toml") and path != draft.earlier],
        draft=draft, skip=draft.skip,
        latest=latest if offered else None, last=RUN,
        broken=desk.intake.is_file() and not known,
        told={key: query.getlist(key)[:MOST_TOLD] for key in ("new", "replaced", "same", "intake")},
        refused=[
            (name, REASONS[why])
            for why, _, name in (refused.partition(":") for refused in query.getlist("no")[:MOST_TOLD])
            if why in REASONS
        ],
        command=COMMAND if known else [],
    )  # fmt: skip


@change
def drop(request: Request, form: Form) -> Response:
    """Keep what was dropped, and have it read."""
    desk = desk_of(request)
    with desk.lock:
        if desk.intake.is_file():
            desk.settled()  # one that is broken must be mended first
        dropped = keep(desk, form.files("file"))
        paths = [*dropped.new, *dropped.replaced, *dropped.same]
        if paths:
            desk.settle(desk.draft_seen, lang_of(request), lambda intake: intake.name_files(paths))
    _again(request)
    became = {"new": dropped.new, "replaced": dropped.replaced, "same": dropped.same}
    became["intake"] = dropped.intakes
    pairs = [(what, path) for what, kept in became.items() for path in kept]
    pairs += [("no", f"{why}:{name[:80]}") for name, why in dropped.refused]
    return RedirectResponse(urls("/rosters", pairs[: 3 * MOST_TOLD]), 303)


@change
def take(request: Request, form: Form) -> Response:
    """Read files that lie in the folder."""
    desk = desk_of(request)
    with desk.lock:
        known = [entry.path for entry in desk.settled().file] if desk.intake.is_file() else []
        lying = lying_about(desk, known)
        paths = [path for path in form.texts("path") if path in lying]
        desk.settle(form.seen, lang_of(request), lambda intake: intake.name_files(paths))
    _again(request)
    return goto("/rosters")


@change
def earlier(request: Request, form: Form) -> Response:
    """Use again what an earlier intake settled, on sheets alike."""
    desk, which = desk_of(request), form.text("which")
    if which != RUN and which not in _intakes(desk):
        raise Stale
    if desk.earlier(which) is None:
        raise Stale
    read = desk.read()
    desk.save(form.seen, earlier=which)
    while _carried(
        desk, which, read, lang_of(request)
    ):  # a header that only now means a fact has figures
        read = desk.read()
    return goto("/columns")


def _carried(desk: Desk, which: str, read: Read, lang: Lang) -> bool:
    """Settle what an earlier intake settles; whether that is anything."""
    with desk.lock:
        settled = desk.earlier(which)
        if settled is None or read.reading is None:
            return False
        carried = api.carry_over(settled, desk.settled(), read.reading)
        new = [sheet for sheet in carried if sheet.table is not None]
        if new:
            desk.settle(desk.draft_seen, lang, lambda intake: api.put_over(intake, new))
        return bool(new)


def _again(request: Request) -> None:
    """Settle new files by the earlier intake that is used again; of a large one later, on demand."""
    desk = desk_of(request)
    which = desk.draft().earlier
    with suppress(Busy):
        while which and _carried(desk, which, desk.read(), lang_of(request)):
            pass


def _intakes(desk: Desk) -> list[str]:
    """Earlier intakes that lie in the folder."""
    known = [entry.path for entry in desk.settled().file] if desk.intake.is_file() else []
    return [path for path in lying_about(desk, known) if path.endswith(".toml")]


@change
def register(request: Request, form: Form) -> Response:
    """Hold counts against a file that lists all villages, or against none."""
    desk, path = desk_of(request), form.text("path")
    if path and path not in lying_about(desk, []):
        raise Stale
    desk.save(form.seen, register=path)
    return goto("/columns" if path else "/rosters")


@change
def remove(request: Request, form: Form) -> Response:
    """Read a file no longer; it stays where it lies."""
    path = form.exact("of", 2)[0][0]
    desk_of(request).settle(form.seen, lang_of(request), lambda intake: intake.drop_file(path))
    return goto("/rosters")


@change
def replace(request: Request, form: Form) -> Response:
    """Put another file in the place of one, and keep what is settled about it."""
    desk, path = desk_of(request), form.exact("of", 2)[0][0]
    with desk.lock:
        desk.check(form.seen)
        dropped = keep(desk, form.files("file")[:1])
        new = [*dropped.new, *dropped.replaced, *dropped.same]
        if new:
            desk.settle(
                form.seen, lang_of(request), lambda intake: intake.rename_file(path, new[0])
            )
    _again(request)
    pairs = [("replaced", replaced) for replaced in new]
    pairs += [("no", f"{why}:{name[:80]}") for name, why in dropped.refused]
    return RedirectResponse(urls("/rosters", pairs), 303)


@change
def county(request: Request, form: Form) -> Response:
    """Settle a sheet's county."""

    def settle(entry: SheetTable) -> None:
        entry.county = form.text("county") or None

    settle_sheets(request, form, settle)
    return goto("/rosters")


@change
def confirm(request: Request, form: Form) -> Response:
    """Settle every sheet's county as it was proposed."""
    desk = desk_of(request)
    read = desk.read()
    with desk.lock:
        desk.check(form.seen)
        proposed = [
            (file.path, card.read.name, card.county)
            for file in cards(desk, read)
            for card in file.sheets
            if card.unconfirmed
        ]

        def settle(intake: IntakeFile) -> None:
            for path, name, county_ in proposed:
                intake.sheet_made(path, name).county = county_

        desk.settle(form.seen, lang_of(request), settle)
    return goto("/rosters")


@change
def sheet(request: Request, form: Form) -> Response:
    """Settle whether a sheet is a roster, and in which row its header stands."""
    row = form.text("header_row")

    def settle(entry: SheetTable) -> None:
        entry.ignore = form.text("ignore") == "yes"
        if row.isdecimal() and 0 < int(row) <= 1_048_576:
            entry.header_row = int(row)

    settle_sheets(request, form, settle)
    return goto({"columns": "/columns", "faults": "/faults"}.get(form.text("back"), "/rosters"))


@change
def anew(request: Request, form: Form) -> Response:
    """Put aside an intake that cannot be read: it is renamed, not deleted."""
    desk = desk_of(request)
    with desk.lock:
        desk.check(form.seen)
        for number in range(1, 1_000):
            aside = desk.intake.with_name(f"intake-{number}.toml")
            if not aside.exists():
                desk.intake.rename(aside)
                break
    return goto("/rosters")


CHANGES = (drop, take, earlier, register, remove, replace, county, confirm, sheet, anew)
ROUTES = [
    Route("/rosters", show),
    *(Route(f"/rosters/{handler.__name__}", handler, methods=["POST"]) for handler in CHANGES),
]

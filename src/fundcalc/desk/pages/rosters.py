"""Page 1, rosters: what was dropped on the desk, what each sheet of it is, and which county's."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from starlette.datastructures import UploadFile
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.files import Unfit, found_below, put_below, safe_path, same_content
from fundcalc.desk.page import Ask, goto, page, shows, takes
from fundcalc.desk.state import INTAKE, POLICY, ROSTERS, RUN, Desk, Stale, content_of
from fundcalc.desk.work import Busy

if TYPE_CHECKING:
    from fundcalc.roster.intake import IntakeFile, SheetTable
    from fundcalc.roster.look import FileRead, Reading, SheetRead


MOST_TOLD = 20
"""Names that were not taken, and files, that are named."""

COMMAND = ["roster", "check", "intake.toml"]
"""What the first three pages show."""


_PASSED_OVER = re.compile(
    r"\._.*|\.(?!.*(xlsx?|csv|parquet)$).*|thumbs\.db|desktop\.ini", re.IGNORECASE
)
MOST_FOUND = 200
"""Files in the folder that are offered."""
What = Literal["new", "replaced", "same", "intake", "county", "no"]
TOLD = get_args(What)[:-1]


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
        return self.path.removeprefix(f"{ROSTERS}/")


def cards(desk: Desk, read: Reading) -> list[FileCard]:
    """What was read, with what is settled and what is asked of it."""
    intake = desk.settled() if read.files else api.no_intake()

    def of_sheet(path: str, sheet: SheetRead) -> SheetCard:
        entry = intake.sheet_at(path, sheet.name)
        return SheetCard(sheet, entry, api.asked(sheet, read.questions))

    files = [(entry.path, file) for entry, file in zip(intake.file, read.files, strict=True)]
    return [FileCard(path, file, [of_sheet(path, s) for s in file.sheets]) for path, file in files]


def settle_sheets(ask: Ask, change: Callable[[SheetTable], object]) -> Response:
    """Change what is settled of each sheet that a form is about. Raises as `settle` does."""
    places = ask.exact("of", 2)

    def each(intake: IntakeFile) -> None:
        for path, name in places:
            if intake.file_at(path) is None:
                raise Stale
            change(intake.sheet_made(path, name or None))

    return ask.settle(each)


@shows("/rosters")
def show(ask: Ask) -> Response:
    """Each file with its sheets, and what became of what was dropped."""
    desk, query = ask.desk, ask.query_params
    read, draft, latest = desk.read(), desk.draft(), desk.latest()
    expected = [count.name for count in desk.counts(read, latest)[0]]
    if read.files and (used := desk.earlier(draft.earlier)) is not None:
        expected += [sheet.county for file in used.file for sheet in file.sheet if sheet.county]
    if latest and (draft.earlier == RUN or latest.intake in (None, content_of(desk.intake))):
        latest = None
    lying = lying_about(desk) if read.files or not read.problems else []
    return page(
        ask, "rosters.html", read=read, cards=cards(desk, read), names=sorted(desk.policy().names),
        others=[path for path in lying if not path.endswith(".toml") and path != draft.register],
        intakes=[path for path in lying if path.endswith(".toml") and path != draft.earlier],
        draft=draft, skip=draft.skip, latest=latest, last=RUN,
        forgotten=[name for name in dict.fromkeys(expected) if name and name not in read.counties],
        told={what: query.getlist(what)[:MOST_TOLD] for what in TOLD},
        refused=[refused.partition(":") for refused in query.getlist("no")[:MOST_TOLD]],
        command=COMMAND,
    )  # fmt: skip


@takes("/rosters/drop", "/rosters/replace")
def drop(ask: Ask) -> Response:
    """Keep what was dropped, perhaps in the place of the file that the form is about, and have it read."""
    desk, files, again = ask.desk, ask.files("file"), list[str]()
    instead = ask.exact("of", 2)[0][0] if ask.texts("of") else ""

    def settled(intake: IntakeFile) -> None:
        if instead:
            intake.rename_file(instead, paths[0])
        else:
            intake.name_files(paths)
        replaced = [file.name for file in dropped if file.what == "replaced"]
        again.extend(api.take_back_counties(intake, replaced, desk.folder, desk.policy()))

    with desk.lock:
        if desk.intake.is_file():
            desk.settled()  # one that is broken must be mended first
        if instead:
            desk.check(ask.seen)
        dropped = keep(desk, files[:1] if instead else files, instead)
        paths = [file.name for file in dropped if file.what in ("new", "replaced", "same")]
        if paths:
            desk.settle(desk.seen(), ask.lang, settled)
    return _told(ask, [*dropped, *(Dropped("county", path) for path in again)])


def _told(ask: Ask, dropped: Sequence[Dropped]) -> Response:
    """The page, which says what became of what was dropped."""
    _carry(ask)
    told: dict[str, list[str]] = {}
    for file in dropped[: 3 * MOST_TOLD]:
        said = f"{file.why}:{file.name[:80]}" if file.what == "no" else file.name
        told.setdefault(file.what, []).append(said)
    return goto("/rosters", **told)


@takes("/rosters/take")
def take(ask: Ask) -> Response:
    """Read files that lie in the folder."""
    lying = lying_about(ask.desk)
    paths = [path for path in ask.texts("path") if path in lying]
    ask.settle(lambda intake: intake.name_files(paths))
    return _told(ask, ())


@takes("/rosters/earlier")
def earlier(ask: Ask) -> Response:
    """Use again what an earlier intake settled, on sheets alike."""
    desk, which = ask.desk, ask.text("which")
    if (which != RUN and which not in lying_about(desk)) or desk.earlier(which) is None:
        raise Stale
    desk.read()
    ask.save(earlier=which)
    _carry(ask)
    return goto("/columns")


def _carry(ask: Ask) -> None:
    """Settle sheets by the earlier intake that is used again; of a large roster later, on demand."""
    desk = ask.desk
    with suppress(Busy):
        while True:  # a header that only now means a fact has figures, so once more
            read, settled = desk.read(), desk.earlier(desk.draft().earlier)
            if settled is None or not read.files:
                return
            carried = api.carry_over(settled, desk.settled(), read)
            if not (new := [sheet for sheet in carried if sheet.table is not None]):
                return
            with desk.lock:
                desk.settle(desk.seen(), ask.lang, partial(api.put_over, carried=new))


@takes("/rosters/register")
def register(ask: Ask) -> Response:
    """Hold counts against a file that lists all villages, or against none."""
    desk, path = ask.desk, ask.text("path")
    if path and path not in lying_about(desk):
        raise Stale
    ask.save(register=path)
    return goto("/columns" if path else "/rosters")


@takes("/rosters/remove")
def remove(ask: Ask) -> Response:
    """Read a file no longer; it stays where it lies."""
    path = ask.exact("of", 2)[0][0]
    return ask.settle(lambda intake: intake.drop_file(path))


@takes("/rosters/county")
def county(ask: Ask) -> Response:
    """Settle a sheet's county."""
    name = ask.text("county") or None
    return settle_sheets(ask, lambda entry: setattr(entry, "county", name))


@takes("/rosters/confirm")
def confirm(ask: Ask) -> Response:
    """Settle every sheet's county as it was proposed."""
    files = cards(ask.desk, ask.desk.read())

    def as_proposed(intake: IntakeFile) -> None:
        for path, card in [(file.path, card) for file in files for card in file.sheets]:
            if card.unconfirmed:
                intake.sheet_made(path, card.read.name).county = card.read.county

    return ask.settle(as_proposed)


@takes("/rosters/sheet")
def sheet(ask: Ask) -> Response:
    """Settle whether a sheet is a roster, and in which row its header stands."""
    row = ask.text("header_row")
    if row and not (row.isdecimal() and 0 < int(row[:9]) <= 1_048_576):
        return ask.again("row")

    def as_said(entry: SheetTable) -> None:
        entry.ignore = ask.text("ignore") == "yes"
        entry.header_row = int(row) if row else entry.header_row

    return settle_sheets(ask, as_said)


@takes("/rosters/anew")
def anew(ask: Ask) -> Response:
    """Put aside an intake that cannot be read: it is renamed, not deleted."""
    desk = ask.desk
    with desk.lock:
        desk.check(ask.seen)
        names = (desk.intake.with_name(f"intake-{number}.toml") for number in count(1))
        desk.intake.rename(next(aside for aside in names if not aside.exists()))
    return goto("/rosters")


# -- files that are dropped: under names that can do no harm, in the folder and nowhere else -----------


class Dropped(NamedTuple):
    """A file that was dropped: what became of it, its path here, and why where it was not taken."""

    what: What
    name: str
    why: str = ""


def keep(desk: Desk, files: Sequence[UploadFile], instead: str = "") -> list[Dropped]:
    """Keep files below `rosters`, each under its own name, or `instead` of a path. Raises OSError.

    What an intake names already under another name is not taken twice.
    """
    below = filter(Path.is_file, sorted(desk.rosters.rglob("*")))
    by_key, taken = {_key(path): path for path in below}, set[str]()
    entries = desk.settled().file if desk.intake.is_file() else []
    named = {_key(Path(entry.path)) for entry in entries if entry.path != instead}
    dropped: list[Dropped] = []
    for file in files:
        name = file.filename or ""
        if _PASSED_OVER.fullmatch(name.replace("\\", "/").rpartition("/")[2]):
            continue
        try:
            path = Path(ROSTERS, safe_path(name, (*api.ROSTER_ENDINGS, ".toml")))
        except Unfit as why:
            dropped.append(Dropped("no", name, str(why)))
            continue
        key, path = _key(path), by_key.get(_key(path), path)
        there = key in by_key
        equal = [
            p for k, p in by_key.items() if k in named and k != key and same_content(p, file.file)
        ]
        if key in taken or (instead and key in named):
            dropped.append(Dropped("no", name, "twice" if key in taken else "other"))
        elif path.suffix.lower() == ".toml":
            if (kind := api.toml_kind(file.file.read())) == "intake":
                path = put_below(desk.rosters, path, file.file)
                dropped.append(Dropped("intake", path.as_posix()))
            else:
                dropped.append(Dropped("no", name, f"toml_{kind}"))
        elif there and same_content(path, file.file):
            dropped.append(Dropped("same", path.as_posix()))
        elif equal and not there:
            dropped.append(Dropped("no", f"{name} = {equal[0].name}", "copy"))
        else:
            by_key[key] = put_below(desk.rosters, path, file.file)
            dropped.append(Dropped("replaced" if there or instead else "new", path.as_posix()))
        taken.add(key)
    return dropped


def _key(path: Path) -> str:
    """What is one file where the disk does not tell capitals from small letters."""
    return path.as_posix().casefold()


def lying_about(desk: Desk) -> list[str]:
    """Files in the folder that could be rosters, or are an earlier intake, and that no intake names."""
    known = [entry.path for entry in desk.settled().file] if desk.intake.is_file() else []
    used = {_key(Path(path)) for path in known}
    ours, endings = ("rules", "tables", "sources", POLICY, INTAKE), (*api.ROSTER_ENDINGS, ".toml")
    paths = (path for path in found_below(desk.folder, endings) if path.parts[0] not in ours)
    free = (path for path in paths if _key(path) not in used)
    fit = (
        p for p in free if p.suffix.lower() != ".toml" or api.toml_kind(content_of(p)) == "intake"
    )
    return [path.as_posix() for path in islice(fit, MOST_FOUND)]

"""Page 6, papers: which are wanted and how they look, and the one step that records and makes them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang
from fundcalc.desk.page import Form, change, desk_of, goto, lang_of, page
from fundcalc.desk.pages.computed import ledger_asked, nothing, run_asked
from fundcalc.desk.state import Desk, Draft
from fundcalc.desk.work import Busy, Job

OVERRIDES = ("overrides.csv", "overrides.xlsx")
"""The list of amounts set by hand is one of these files of the folder."""

SAID = {
    "sign": ("desk_papers.kind_sign", "desk_papers.about_sign"),
    "notice": ("desk_papers.kind_notice", "desk_papers.about_notice"),
    "letters": ("desk_papers.kind_letters", "desk_papers.about_letters"),
    "report": ("desk_papers.kind_report", "desk_papers.about_report"),
    "table": ("desk_papers.kind_table", "desk_papers.about_table"),
    "due": ("desk_papers.kind_due", ""),
}
"""What each paper is called, and what is said of it."""

PER_PAGE = 100

_recording = Lock()
"""One run is recorded at a time, so that a form sent twice is found to have been sent."""


class The:
    """A thing as a key: equal only where it is the very same."""

    def __init__(self, one: object) -> None:
        self.one = one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, The) and other.one is self.one

    def __hash__(self) -> int:
        return id(self.one)


class At:
    """Which page of a long list is shown: `at` of `of`."""

    def __init__(self, request: Request, total: int) -> None:
        asked = request.query_params.get("page", "1")
        self.total, self.of = total, max(1, -(-total // PER_PAGE))
        self.at = min(max(1, int(asked) if asked.isdecimal() else 1), self.of)

    @property
    def rows(self) -> tuple[int, int]:
        """The first row and the one after the last."""
        return (self.at - 1) * PER_PAGE, self.at * PER_PAGE


def line(text: str) -> str:
    """What somebody typed, on one line."""
    return "".join(filter(str.isprintable, text))[:500].strip()


def options(given: Mapping[str, str]) -> list[str]:
    """Options of a command that have a value."""
    return [part for name, value in given.items() if value for part in (name, value)]


# -- the run as the papers will have it ---------------------------------------------------------------


def _overrides(draft: Draft) -> str:
    """The file of amounts set by hand, or ""."""
    found = draft.papers.get("overrides")
    return found if isinstance(found, str) and found in OVERRIDES else ""


def applied(desk: Desk) -> api.Run | None:
    """The draft computed, with what is set by hand, carried over and corrected.

    Raises Busy, and PolicyProblem where that cannot be done.
    """
    run, draft = desk.run(), desk.draft()
    overrides, carry = _overrides(draft), bool(draft.papers.get("carry"))
    corrects, reason = (str(draft.correction.get(key, "")) for key in ("run", "reason"))
    if run is None or not (overrides or carry or corrects):
        return run
    by = draft.prepared_by or None
    held = _digest(desk.folder / overrides) if overrides else ""
    key = The(run), held, carry, corrects, reason, by, desk.ledger_state

    def make(_: Job) -> api.Run:
        found = api.override(run, desk.folder / overrides) if overrides else run
        found = api.carry(found, desk.ledger) if carry else found
        return api.correct(found, desk.ledger, corrects, reason, by) if corrects else found

    made = desk.works.get("applied", key, words("desk_papers.applying"), make)
    assert isinstance(made, api.Run)
    return made


def _digest(path: Path) -> str:
    with suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return ""


def run_command(desk: Desk, draft: Draft, lang: Lang, *more: str) -> list[str]:
    """The draft computed, as a command, with how its sheets look; `more` are further options."""
    choice = api.PaperChoice.of(draft.papers)
    given = {
        "--overrides": _overrides(draft), "--corrects": str(draft.correction.get("run", "")),
        "--reason": str(draft.correction.get("reason", "")),
        "--unit": choice.unit.removeprefix("yuan"), "--paper": choice.paper.removeprefix("a4"),
        "--by": "county" * choice.by_county, "--issuer": choice.issuer,
        "--document-no": choice.document_no, "--prepared-by": draft.prepared_by, "--lang": lang,
    }  # fmt: skip
    ticks = ["--skip-rejects"] * draft.skip + ["--carry"] * bool(draft.papers.get("carry"))
    asked = ["run", "intake.toml", *run_asked(desk), *ticks, *options(given)]
    return [*asked, *ledger_asked(desk), *more]


# -- the page ---------------------------------------------------------------------------------------


def show(request: Request) -> Response:
    """The page: what the papers will say, which there are to be, and what is changed before."""
    desk, lang, draft = desk_of(request), lang_of(request), desk_of(request).draft()
    faults: Sequence[Diagnostic] = ()
    run: api.Run | None = None
    try:
        run = applied(desk)
    except PolicyProblem as problem:
        faults = problem.diagnostics
    if run is None and not faults:
        return page(request, "papers.html", run=None, faults=(), nothing=nothing(desk))
    runs: list[dict[str, Any]] = []
    try:
        runs = [one for one in reversed(listed(desk)) if "policy" in one]
    except PolicyProblem as problem:
        faults = [*faults, *problem.diagnostics]
    name = words("papers.file_sign").say(lang) + ".xlsx"
    return page(
        request, "papers.html", said=SAID, run=run, faults=faults, draft=draft, runs=runs,
        choice=api.PaperChoice.of(draft.papers), kinds=api.PAPER_KINDS[:-1], policy=desk.policy(),
        of_recorded=api.OF_RECORDED, once=secrets.token_hex(8), overrides=_overrides(draft),
        summary=api.summarise(run) if run is not None else None,
        again=_again(run, draft, runs) if run is not None else None,
        warnings=_warnings(desk, run, draft) if run is not None else [],
        by_hand=api.hand_said(run.overrides, run.changes) if run and run.overrides else None,
        command=run_command(desk, draft, lang, "-o", name),
    )  # fmt: skip


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Every run of the ledger, oldest first; none where there is no ledger. Raises Busy, PolicyProblem."""
    if not desk.ledger.exists():
        return []

    def make(_: Job) -> list[dict[str, Any]]:
        paid = api.paid_totals(desk.ledger)
        return [{**one, "paid": paid.get(one["id"])} for one in api.runs_json(desk.ledger)]

    found = desk.works.get("listed", desk.ledger_state, words("desk_papers.listing"), make)
    assert isinstance(found, list)
    return found


def _again(run: api.Run, draft: Draft, runs: Sequence[dict[str, Any]]) -> Mapping[str, Any] | None:
    """The newest run of the ledger that is this one: recorded again, it would be there twice."""
    now = api.about(run)
    mine = (
        now["policy"], now["roster"]["digest"], len(run.overrides), draft.prepared_by or None,
        run.correction is not None,
    )  # fmt: skip
    for one in runs:
        then = one["policy"], one["roster"]["digest"], one["overrides"], one["prepared_by"]
        if mine == (*then, bool(one["corrects"])):
            return one
    return None


def _warnings(desk: Desk, run: api.Run, draft: Draft) -> list[Diagnostic]:
    """What the command would warn of before it records. Raises PolicyProblem as `names_given`."""
    named = api.names_given(run.plan, draft.prepared_by or None, None)
    return [*desk.warnings(), *named, *run.warnings]


# -- changes ----------------------------------------------------------------------------------------


def _keep(desk: Desk, form: Form) -> Draft:
    """Keep what the form chooses."""
    texts = ("unit", "paper", "issuer", "document_no", "contact", "until")
    chosen: dict[str, Any] = {name: line(form.text(name)) for name in texts}
    chosen |= {name: bool(form.text(name)) for name in ("by_county", "short", "carry")}
    chosen |= {"one_file": form.text("one_file") != "no", "kinds": form.texts("kinds")}
    papers = {**desk.draft().papers, **chosen}
    return desk.save(form.seen, papers=papers, prepared_by=line(form.text("prepared_by")))


@change
def save(request: Request, form: Form) -> Response:
    """Keep what was chosen, and go on to where its button leads."""
    _keep(desk_of(request), form)
    match form.text("then"):
        case "preview":
            return goto("/papers/preview")
        case "made":
            return goto("/papers/made")
        case _:
            return goto("/papers", saved="1")


@change
def record(request: Request, form: Form) -> Response:
    """Record the run, once however often the form is sent, and go on to its papers."""
    desk = desk_of(request)
    with _recording:
        before = desk.draft().papers.get("recorded")
        if isinstance(before, dict) and before.get("once") == form.text("once"):
            return _to_papers(str(before["id"]), api.PaperChoice.of(desk.draft().papers))
        draft = _keep(desk, form)
        choice, run = api.PaperChoice.of(draft.papers), _waited(desk)
        if run is None:
            return goto("/papers")
        whole = replace(run, warnings=_warnings(desk, run, draft))
        by = draft.prepared_by or None
        kept = api.record(whole, desk.ledger, prepared_by=by, sheet=choice.sheet())
        with desk.lock:
            now = desk.draft()
            recorded = {"once": form.text("once"), "id": kept.id}
            papers = {**now.papers, "recorded": recorded, "carry": False}
            desk.save(now.seen, papers=papers, correction={})
    return _to_papers(kept.id, choice)


def _waited(desk: Desk) -> api.Run | None:
    """The run, however long it takes: whoever records has decided already."""
    while True:
        try:
            return applied(desk)
        except Busy as busy:
            busy.job.ended.wait()


def _to_papers(id_: str, choice: api.PaperChoice) -> Response:
    """To the papers of a run, made as they were chosen."""
    given = asdict(choice)
    asked = [("new", "1"), *(("kinds", kind) for kind in choice.kinds)]
    asked += [(name, given[name]) for name in ("contact", "until") if given[name]]
    asked += [("one_file", "no")] * (not choice.one_file) + [("short", "1")] * choice.short
    return RedirectResponse(f"/records/{id_}/papers?{urlencode(asked)}", 303)


@change
def correct(request: Request, form: Form) -> Response:
    """Choose the run that is corrected, and why; or none."""
    run, reason = form.text("run"), line(form.text("reason"))
    if run and not reason:
        return goto("/papers", wanting="reason", run=run)
    desk_of(request).save(form.seen, correction={"run": run, "reason": reason} if run else {})
    return goto("/papers/correction" if run else "/papers")


@change
def take_overrides(request: Request, form: Form) -> Response:
    """Keep a list of amounts set by hand, if it is without a fault; without a file, use none."""
    desk, files = desk_of(request), form.files("file")
    with desk.lock:
        desk.check(form.seen)
        draft, name = desk.draft(), ""
        if files:
            run, called = desk.run(), (files[0].filename or "")[:80]
            name = f"overrides{Path(called).suffix.lower()}"
            if name not in OVERRIDES:
                raise PolicyProblem([say("FC961", Span(called))])
            content = files[0].file.read()
            with TemporaryDirectory(prefix="fundcalc-") as folder:
                (Path(folder) / name).write_bytes(content)
                try:
                    if run is not None:
                        api.override(run, Path(folder) / name)
                except PolicyProblem as problem:
                    raise PolicyProblem(
                        [_named(one, called) for one in problem.diagnostics]
                    ) from None
            api.write_bytes(desk.folder / name, content)
        desk.save(form.seen, papers={**draft.papers, "overrides": name})
    return goto("/papers")


def _named(one: Diagnostic, called: str) -> Diagnostic:
    """A fault under the file's own name, as the person knows it."""
    return replace(one, spans=tuple(replace(span, file=called) for span in one.spans))


# -- before it is recorded ----------------------------------------------------------------------------


def differences(request: Request) -> Response:
    """What the correction would pay and take back, before it is recorded."""
    desk, draft = desk_of(request), desk_of(request).draft()
    run = applied(desk)
    if run is None or run.correction is None:
        return goto("/papers")
    name = words("papers.file_due").say(lang_of(request)) + ".xlsx"
    more = ("--no-record", "--differences", name)
    return correction_page(request, run, run_command(desk, draft, lang_of(request), *more))


def correction_page(request: Request, run: api.Run, command: Sequence[str]) -> Response:
    """The differences of a correction, recorded or not, by payer, county and village."""
    one = run.correction
    assert one is not None
    at = At(request, len(one.villages))
    return page(
        request, "correction.html", correction=one, run=run, sums=api.correction_sums(one), at=at,
        villages=api.correction_villages(one, *at.rows), command=command,
    )  # fmt: skip


def made(request: Request) -> Response:
    """Papers without a record, ready to be saved."""
    desk, draft, lang = desk_of(request), desk_of(request).draft(), lang_of(request)
    run, choice = applied(desk), api.PaperChoice.of(draft.papers)
    if run is None:
        return goto("/papers")
    papers = papers_of(desk, run, choice, lang, draft.prepared_by)
    place = request.path_params.get("file")
    if place is not None:
        return handed(papers, place)
    outputs = [part for _, path in papers.files for part in ("-o", path.name)]
    return page(
        request, "made.html", said=SAID, papers=papers, run=run, recorded=None, base="/papers/made", query="",
        left_out=[kind for kind in choice.kinds if kind not in api.kinds_of(run, choice)],
        command=run_command(desk, draft, lang, "--no-record", *outputs[:2]),
    )  # fmt: skip


def papers_of(
    desk: Desk, run: api.Run, choice: api.PaperChoice, lang: Lang, prepared_by: str = ""
) -> api.Papers:
    """The papers of a run, made once. Raises Busy, PolicyProblem."""

    def make(job: Job) -> api.Papers:
        return api.make_papers(run, choice, lang, prepared_by, job.progress)

    key, total = (The(run), choice, lang, prepared_by), api.steps_of(run, choice)
    found = desk.works.get("papers", key, words("desk_papers.making"), make, total=total)
    assert isinstance(found, api.Papers)
    return found


def handed(papers: api.Papers, place: str) -> Response:
    """A file to be saved, by its place in the list, or all; the folder stays while it is being read."""
    known = place.isdecimal() and int(place) < len(papers.files)
    path = papers.files[int(place)][1] if known else papers.whole if place == "all" else None
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, filename=path.name, background=BackgroundTask(id, papers))


ROUTES = [
    Route("/papers", show),
    Route("/papers/save", save, methods=["POST"]),
    Route("/papers/record", record, methods=["POST"]),
    Route("/papers/correct", correct, methods=["POST"]),
    Route("/papers/overrides", take_overrides, methods=["POST"]),
    Route("/papers/correction", differences),
    Route("/papers/made", made),
    Route("/papers/made/{file}", made),
]

"""Page 6, papers: which are wanted and how they look, and the one step that records and makes them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fundcalc import api
from fundcalc.base.catalogue import say, text, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import plain_name
from fundcalc.base.words import Lang
from fundcalc.desk.page import Form, Router, desk_of, goto, lang_of, number, page, part
from fundcalc.desk.pages.computed import OVERRIDES, applied, by_hand_asked, overrides_of, run_asked
from fundcalc.desk.state import Desk, Draft, Stale
from fundcalc.desk.work import Busy, Job

router = Router()

_recording = Lock()
"""One run is recorded at a time, so that a form sent twice is found to have been sent."""


def line(typed: str) -> str:
    """What somebody typed, on one line."""
    return "".join(filter(str.isprintable, typed))[:500].strip()


# -- the run as the papers will have it ---------------------------------------------------------------


def _waited(desk: Desk, draft: Draft) -> api.Run:
    """The same, however long it takes: whoever records has decided already. Raises Nothing."""
    while True:
        try:
            return applied(desk, draft)
        except Busy as busy:
            busy.job.ended.wait()


def summary(desk: Desk, run: api.Run) -> Any:
    """A run added up, once. Raises Busy."""
    title = words("desk_papers.adding")
    return desk.works.get("summary", run, title, lambda _: api.summarise(run))


def run_command(desk: Desk, lang: Lang, *more: str, record: bool = False) -> list[str]:
    """The draft computed, as a command; `more` are further options."""
    draft = desk.draft()
    ticks = ["--skip-rejects"] * draft.skip + by_hand_asked(draft) + ["--no-record"] * (not record)
    named = api.options_of({"--prepared-by": draft.prepared_by, "--lang": lang})
    return ["run", "intake.toml", *run_asked(desk), *ticks, *named, *desk.ledger_asked, *more]


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Every run of the ledger, oldest first; none where there is no ledger. Raises Busy, PolicyProblem."""
    if not desk.ledger.exists():
        return []

    def make(_: Job) -> list[dict[str, Any]]:
        told = api.told_runs(desk.ledger)
        return [{**run, "told": told.get(run["id"])} for run in api.runs_json(desk.ledger)]

    return desk.works.get("listed", desk.ledger_state, words("desk_papers.listing"), make)


def sound(desk: Desk) -> list[dict[str, Any]]:
    """The runs that can be read, newest first, for a choice of them."""
    return [run for run in reversed(listed(desk)) if "policy" in run]


# -- the page ---------------------------------------------------------------------------------------


@router.page("/papers")
def show(request: Request) -> Response:
    """The page: what the papers will say, which there are to be, and what is changed before."""
    return _page(request)


def _page(request: Request, status: int = 200, **refused: Any) -> Response:
    """The page; `refused` is why what was chosen was not kept: papers, or a correction."""
    desk, lang, draft = desk_of(request), lang_of(request), desk_of(request).draft()
    typed = Form.of(request)
    chosen = _chosen(typed) if typed.text("paper") else {}
    faults, choice = list[Diagnostic](), api.PaperChoice.of({**draft.papers, **chosen})
    run, runs = None, list[dict[str, Any]]()
    try:
        run = applied(desk)
    except PolicyProblem as problem:
        faults += problem.diagnostics
    try:
        runs = sound(desk)
    except PolicyProblem as problem:
        faults += problem.diagnostics
    return page(
        request, "papers.html", status=status, run=run, faults=faults, draft=draft, refused=refused,
        runs=runs, basis=api.basis_of(run) if run else "",
        choice=choice, kinds=api.PAPER_KINDS[:-1], policy=desk.policy(), once=secrets.token_hex(8),
        of_recorded=api.OF_RECORDED, overrides=overrides_of(draft),
        summary=summary(desk, run) if run else None, warnings=_warnings(desk, run) if run else (),
        again=api.same_run(run, draft.prepared_by or None, runs[::-1]) if run else None,
        by_hand=api.hand_said(desk.policy(), run.overrides, run.changes) if run and run.overrides else None,
        commands=commands_of(desk, run, choice, lang, record=not desk.read_only) if run else (),
    )  # fmt: skip


def commands_of(
    desk: Desk, run: api.Run, choice: api.PaperChoice, lang: Lang, *, record: bool = False
) -> list[list[str]]:
    """For each paper of a run the command that writes the same; or those that `record` it with its papers."""
    computed = run_command(desk, lang, record=record)
    if record:
        return api.recording_commands(run, choice, lang, computed, desk.ledger_asked)
    return [*api.paper_commands(run, choice, lang, computed, desk.ledger_asked).values()]


def _warnings(desk: Desk, run: api.Run) -> list[Diagnostic]:
    """What the command warns of, and keeps with the run."""
    names = api.names_given(run.plan, desk.draft().prepared_by or None, None)
    return [*desk.warnings(), *names, *run.warnings]


# -- changes ----------------------------------------------------------------------------------------


def _chosen(form: Form) -> dict[str, Any]:
    """What the form chooses."""
    texts = ("unit", "paper", "issuer", "document_no", "contact", "until")
    chosen: dict[str, Any] = {name: line(form.text(name)) for name in texts}
    chosen |= {name: bool(form.text(name)) for name in ("by_county", "short", "carry")}
    return chosen | {"one_file": form.text("one_file") != "no", "kinds": form.texts("kinds")}


def _keep(desk: Desk, form: Form) -> Draft:
    """Keep what the form chooses."""
    papers = {**desk.draft().papers, **_chosen(form)}
    return desk.save(form.seen, papers=papers, prepared_by=line(form.text("prepared_by")))


@router.change("/papers/save")
def save(request: Request, form: Form) -> Response:
    """Keep what was chosen, and go on to where its button leads."""
    _keep(desk_of(request), form)
    then = form.text("then")
    return goto(f"/papers/{then}" if then in ("preview", "made") else "/papers", saved="1")


@router.change("/papers/record")
def record(request: Request, form: Form) -> Response:
    """Record the run, once however often the form is sent, and go on to its papers."""
    desk, once = desk_of(request), form.text("once")
    with _recording:
        before = desk.draft().papers.get("recorded")
        if isinstance(before, dict) and before.get("once") == once:
            return goto(f"/records/{before['id']}/papers", new="1")
        carried, draft = bool(desk.draft().papers.get("carry")), _keep(desk, form)
        run, choice = _waited(desk, draft), api.PaperChoice.of(draft.papers)
        shown = run if carried else replace(run, carry=None)  # what is ticked was not shown yet
        if form.seen.partition(".")[2] != api.basis_of(shown):
            raise Stale
        if refused := api.refused_papers(run, choice, lang_of(request)):
            return _page(request, 422, papers=refused)
        whole, by = replace(run, warnings=_warnings(desk, run)), draft.prepared_by or None
        recorded = api.record(whole, desk.ledger, prepared_by=by, sheet=choice.sheet())
        with desk.lock:
            now = desk.draft()
            papers = {**now.papers, "recorded": {"once": once, "id": recorded.id}, "carry": False}
            desk.save(now.seen, papers=papers, correction={})
    return goto(f"/records/{recorded.id}/papers", new="1")


@router.change("/papers/correct")
def correct(request: Request, form: Form) -> Response:
    """Choose the run that is corrected, and why; or none."""
    desk, run, why = desk_of(request), form.text("run"), line(form.text("reason"))
    chosen = {"run": run, "reason": why} if run else {}
    if run and not why:
        return form.again("reason")
    if run:
        try:
            _waited(desk, replace(desk.draft(), correction=chosen))
        except PolicyProblem as problem:
            return _page(request, 422, correction=problem.diagnostics)
    desk.save(form.seen, correction=chosen)
    return goto("/papers/correction" if run else "/papers")


@router.change("/papers/overrides")
def take_overrides(request: Request, form: Form) -> Response:
    """Keep a list of amounts set by hand, if it is without a fault; without a file, use none."""
    desk, files, name = desk_of(request), form.files("file"), ""
    with desk.lock:
        desk.check(form.seen)
        if files:
            run, content = desk.run(), files[0].file.read()
            file = plain_name(files[0].filename or "")
            name = f"overrides{Path(file).suffix.lower()}"
            if name not in OVERRIDES:
                raise PolicyProblem([say("FC966", Span(file))])
            with TemporaryDirectory(prefix="fundcalc-") as folder:
                (Path(folder) / file).write_bytes(content)
                try:
                    api.override(run, Path(folder) / file)
                except PolicyProblem as problem:
                    raise problem.without(folder) from None
            api.write_bytes(desk.folder / name, content)
        desk.save(form.seen, papers={**desk.draft().papers, "overrides": name})
    return goto("/papers")


# -- differences, and papers that are ready -----------------------------------------------------------


@router.page("/papers/correction")
def differences(request: Request) -> Response:
    """What the correction would pay and take back, before it is recorded."""
    desk, lang = desk_of(request), lang_of(request)
    run = applied(desk)
    if run.correction is None:
        return goto("/papers")
    name = f"{text('papers.file_due', lang)}.xlsx"
    look = api.PaperChoice.of(desk.draft().papers).asked({"due": name})
    return correction_page(request, run, run.correction, run_command(desk, lang, *look))


def correction_page(
    request: Request, run: api.Run, correction: api.Correction, command: Sequence[str]
) -> Response:
    """The differences of a correction, recorded or not, by payer, county and village."""
    at = part(request, correction.villages)
    return page(
        request, "correction.html", correction=correction, run=run, at=at,
        sums=api.correction_sums(correction), command=command if correction.outputs else (),
        villages=api.correction_villages(replace(correction, villages=at.items)),
    )  # fmt: skip


@router.page("/papers/preview", "/papers/preview.png")
def preview(request: Request) -> Response:
    """A page of a paper as a picture: of a workbook drawn from the file, of a letter set as the letter is."""
    desk, draft, lang = desk_of(request), desk_of(request).draft(), lang_of(request)
    run, choice, query = applied(desk), api.PaperChoice.of(draft.papers), request.query_params
    pays = run.correction is not None and run.correction.outputs
    drawn = ["sign", "notice", "letters", *["due"] * bool(pays)]
    kinds = [kind for kind in api.PAPER_KINDS if kind in drawn]
    wanted = [kind for kind in kinds if kind in (query.get("paper"), *choice.kinds)]
    kind = next((kind for kind in wanted if kind == query.get("paper")), [*wanted, *kinds][0])
    typed = query.get("village", "") if kind == "letters" else ""
    villages = api.find_village(run, typed) if typed else [0]
    if len(villages) != 1:
        near = [api.describe_village(run, at) for at in villages or api.villages_near(run, typed)]
        return page(
            request, "preview.html", kinds=kinds, kind=kind, village=typed, sheets=[],
            several=len(villages), near=near[: api.VILLAGES_A_PAGE],
        )  # fmt: skip
    village = villages[0]

    def make(_: Job) -> tuple[Any, Any]:
        if kind == "letters":
            pages = api.letter_pictures(run, village, lang, choice.letter)
            sheet = api.describe_village(run, village), len(pages), len(pages)
            return [sheet], lambda _, page: pages[page]
        with TemporaryDirectory(prefix="fundcalc-") as folder:
            path = Path(folder) / "book.xlsx"
            api.write_book(run, choice, kind, path, lang, draft.prepared_by)
            book = api.Book(path, lang)
        return book.sheets, book.picture

    key = run, choice, kind, lang, draft.prepared_by, village
    sheets, picture = desk.works.get("preview", key, words("desk_papers.drawing"), make)
    sheet = min(number(request, "sheet", 0), len(sheets) - 1)
    at = min(number(request, "page", 0), sheets[sheet][1] - 1)
    if request.url.path.endswith(".png"):
        return Response(picture(sheet, at), media_type="image/png")
    choice, computed = replace(choice, kinds=(kind,)), run_command(desk, lang)
    commands = api.paper_commands(run, choice, lang, computed, desk.ledger_asked)
    return page(
        request, "preview.html", kinds=kinds, kind=kind, sheets=sheets, sheet=sheet, at=at,
        village=typed, command=commands.get(kind, ()),
    )  # fmt: skip


@router.page("/papers/made", "/papers/made/{file}")
def made(request: Request) -> Response:
    """Papers without a record: the list of them, or one to be saved."""
    desk, draft, lang = desk_of(request), desk_of(request).draft(), lang_of(request)
    run, choice = applied(desk), api.PaperChoice.of(draft.papers)
    papers = papers_of(desk, run, choice, lang, draft.prepared_by)
    if "file" in request.path_params:
        return handed(papers, request.path_params["file"])
    return page(
        request, "made.html", papers=papers, run=run, recorded=None, query="", why=None,
        left_out=[kind for kind in choice.kinds if kind not in api.kinds_of(run, choice)],
        base="/papers/made", commands=commands_of(desk, run, choice, lang),
    )  # fmt: skip


def papers_of(
    desk: Desk, run: api.Run, choice: api.PaperChoice, lang: Lang, prepared_by: str = ""
) -> api.Papers:
    """The papers of a run, made once. Raises Busy, PolicyProblem."""
    asked = run, choice, lang, prepared_by
    return desk.works.get(
        "papers", asked, words("desk_papers.making"),
        lambda job: api.make_papers(*asked, job.progress), total=api.steps_of(run, choice),
    )  # fmt: skip


def handed(papers: api.Papers, place: str) -> Response:
    """A file to be saved, by its place in the list, or all; the folder stays while it is being read."""
    known = place.isdecimal() and int(place) < len(papers.files)
    path = papers.files[int(place)][1] if known else papers.whole if place == "all" else None
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, filename=path.name, background=BackgroundTask(id, papers))

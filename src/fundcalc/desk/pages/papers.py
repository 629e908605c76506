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
from starlette.responses import FileResponse, Response

from fundcalc import api
from fundcalc.base.catalogue import say, text
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import plain_name
from fundcalc.base.words import Lang
from fundcalc.desk.page import Ask, goto, page, part, shows, takes
from fundcalc.desk.state import OVERRIDES, Desk, Draft, Stale
from fundcalc.desk.work import Busy, Job

DRAWN = "sign", "notice", "letters", "due"
"""Papers that are shown as a picture."""
_recording = Lock()
"""One run is recorded at a time, so that a form sent twice is found to have been sent."""


# -- the run as the papers will have it ---------------------------------------------------------------


def _waited(desk: Desk, draft: Draft) -> api.Run:
    """The draft's run, however long it takes: whoever records has decided already. Raises Nothing."""
    while True:
        try:
            return desk.applied(draft)
        except Busy as busy:
            busy.job.ended.wait()


def summary(desk: Desk, run: api.Run) -> Any:
    """A run added up, once. Raises Busy."""
    return desk.works.get("desk_papers.adding", run, lambda _: api.summarise(run))


def run_command(desk: Desk, lang: Lang, *more: str, record: bool = False) -> list[str]:
    """The draft computed, as a command; `more` are further options."""
    named = api.options_of({"--prepared-by": desk.draft().prepared_by, "--lang": lang})
    kept = [] if record else ["--no-record"]
    return desk.run_command(*kept, *named, *desk.ledger_asked, *more)


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Every run of the ledger, oldest first; none where there is no ledger. Raises Busy, PolicyProblem."""
    if not desk.ledger.exists():
        return []

    def make(_: Job) -> list[dict[str, Any]]:
        told = api.told_runs(desk.ledger)
        return [{**run, "told": told.get(run["id"])} for run in api.runs_json(desk.ledger)]

    return desk.works.get("desk_papers.listing", desk.ledger_state, make)


def sound(desk: Desk) -> list[dict[str, Any]]:
    """The runs that can be read, newest first, for a choice of them."""
    return [run for run in reversed(listed(desk)) if "policy" in run]


# -- the page ---------------------------------------------------------------------------------------


@shows("/papers")
def show(ask: Ask, status: int = 200, **refused: Any) -> Response:
    """What the papers will say, which there are to be, and what is changed before.

    `refused` is why what was chosen was not kept: papers, or a correction.
    """
    desk, draft = ask.desk, ask.desk.draft()
    choice = api.PaperChoice.of({**draft.papers, **(_chosen(ask) if ask.text("paper") else {})})
    run, runs, faults = None, list[dict[str, Any]](), list[Diagnostic]()
    try:
        run = desk.applied()
    except PolicyProblem as problem:
        faults += problem.diagnostics
    try:
        runs = sound(desk)
    except PolicyProblem as problem:
        faults += problem.diagnostics
    return page(
        ask, "papers.html", status=status, run=run, faults=faults, draft=draft, refused=refused,
        runs=runs, basis=api.basis_of(run) if run else "",
        choice=choice, kinds=api.PAPER_KINDS[:-1], policy=desk.policy(), once=secrets.token_hex(8),
        of_recorded=api.OF_RECORDED,
        summary=summary(desk, run) if run else None, warnings=_warnings(desk, run) if run else (),
        again=api.same_run(run, draft.prepared_by or None, runs[::-1]) if run else None,
        by_hand=api.hand_said(desk.policy(), run.overrides, run.changes) if run and run.overrides else None,
        commands=commands_of(desk, run, choice, ask.lang, record=not desk.read_only) if run else (),
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
    names = api.names_given(run.plan, desk.draft().prepared_by or None, None)
    return [*desk.warnings(), *names, *run.warnings]


# -- changes ----------------------------------------------------------------------------------------


def _chosen(ask: Ask) -> dict[str, Any]:
    texts = ("unit", "paper", "issuer", "document_no", "contact", "until")
    chosen: dict[str, Any] = {name: ask.line(name) for name in texts}
    chosen |= {name: bool(ask.text(name)) for name in ("by_county", "short", "carry")}
    return chosen | {"one_file": ask.text("one_file") != "no", "kinds": ask.texts("kinds")}


def _keep(ask: Ask) -> Draft:
    papers = {**ask.desk.draft().papers, **_chosen(ask)}
    return ask.desk.save(ask.seen, papers=papers, prepared_by=ask.line("prepared_by"))


@takes("/papers/save")
def save(ask: Ask) -> Response:
    """Keep what was chosen, and go on to where its button leads."""
    _keep(ask)
    then = ask.text("then")
    return goto(f"/papers/{then}" if then in ("preview", "made") else "/papers", saved="1")


@takes("/papers/record")
def record(ask: Ask) -> Response:
    """Record the run, once however often the form is sent, and go on to its papers."""
    desk, once = ask.desk, ask.text("once")
    with _recording:
        before = desk.draft().papers.get("recorded")
        if isinstance(before, dict) and before.get("once") == once:
            return goto(f"/records/{before['id']}/papers", new="1")
        carried, draft = bool(desk.draft().papers.get("carry")), _keep(ask)
        run, choice = _waited(desk, draft), api.PaperChoice.of(draft.papers)
        shown = run if carried else replace(run, carry=None)  # what is ticked was not shown yet
        if ask.seen.partition(".")[2] != api.basis_of(shown):
            raise Stale
        if refused := api.refused_papers(run, choice, ask.lang):
            return show(ask, 422, papers=refused)
        whole, by = replace(run, warnings=_warnings(desk, run)), draft.prepared_by or None
        recorded = api.record(whole, desk.ledger, prepared_by=by, sheet=choice.sheet())
        with desk.lock:
            now = {"recorded": {"once": once, "id": recorded.id}, "carry": False}
            desk.save(desk.seen(), papers={**desk.draft().papers, **now}, correction={})
    return goto(f"/records/{recorded.id}/papers", new="1")


@takes("/papers/correct")
def correct(ask: Ask) -> Response:
    """Choose the run that is corrected, and why; or none."""
    desk, run, why = ask.desk, ask.text("run"), ask.line("reason")
    chosen = {"run": run, "reason": why} if run else {}
    if run and not why:
        return ask.again("reason")
    if run:
        try:
            _waited(desk, replace(desk.draft(), correction=chosen))
        except PolicyProblem as problem:
            return show(ask, 422, correction=problem.diagnostics)
    ask.save(correction=chosen)
    return goto("/papers/correction" if run else "/papers")


@takes("/papers/overrides")
def take_overrides(ask: Ask) -> Response:
    """Keep a list of amounts set by hand, if it is without a fault; without a file, use none."""
    desk, files, name = ask.desk, ask.files("file"), ""
    with desk.lock:
        desk.check(ask.seen)
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
        return ask.save(papers={**desk.draft().papers, "overrides": name})


# -- differences, and papers that are ready -----------------------------------------------------------


@shows("/papers/correction")
def differences(ask: Ask) -> Response:
    """What the correction would pay and take back, before it is recorded."""
    desk, run = ask.desk, ask.desk.applied()
    if run.correction is None:
        return goto("/papers")
    name = f"{text('papers.file_due', ask.lang)}.xlsx"
    look = api.PaperChoice.of(desk.draft().papers).asked({"due": name})
    return correction_page(ask, run, run.correction, run_command(desk, ask.lang, *look))


def correction_page(
    ask: Ask, run: api.Run, correction: api.Correction, command: Sequence[str]
) -> Response:
    """The differences of a correction, recorded or not, by payer, county and village."""
    at = part(ask, correction.villages)
    return page(
        ask, "correction.html", correction=correction, run=run, at=at,
        sums=api.correction_sums(correction), command=command if correction.outputs else (),
        villages=api.correction_villages(replace(correction, villages=at.items)),
    )  # fmt: skip


@shows("/papers/preview", "/papers/preview.png")
def preview(ask: Ask) -> Response:
    """A page of a paper as a picture: of a workbook drawn from the file, of a letter set as the letter is."""
    desk, draft, lang = ask.desk, ask.desk.draft(), ask.lang
    run, choice, asked = desk.applied(), api.PaperChoice.of(draft.papers), ask.query("paper")
    pays = run.correction is not None and run.correction.outputs
    kinds = [kind for kind in api.PAPER_KINDS if kind in DRAWN and (pays or kind != "due")]
    chosen = [kind for kind in kinds if kind in choice.kinds]
    kind = asked if asked in kinds else [*chosen, *kinds][0]
    typed = ask.query("village") if kind == "letters" else ""
    villages = api.find_village(run, typed) if typed else [0]
    if len(villages) != 1:
        near = [api.describe_village(run, at) for at in villages or api.villages_near(run, typed)]
        return page(
            ask, "preview.html", kinds=kinds, kind=kind, village=typed, sheets=[],
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
    sheets, picture = desk.works.get("desk_papers.drawing", key, make)
    sheet = min(ask.number("sheet", 0), len(sheets) - 1)
    at = min(ask.number("page", 0), sheets[sheet][1] - 1)
    if ask.url.path.endswith(".png"):
        return Response(picture(sheet, at), media_type="image/png")
    return page(
        ask, "preview.html", kinds=kinds, kind=kind, sheets=sheets, sheet=sheet, at=at, village=typed,
        command=api.paper_commands(
            run, replace(choice, kinds=(kind,)), lang, run_command(desk, lang), desk.ledger_asked
        ).get(kind, ()),
    )  # fmt: skip


@shows("/papers/made", "/papers/made/{file}")
def made(ask: Ask) -> Response:
    """Papers without a record: the list of them, or one to be saved."""
    desk, draft, lang = ask.desk, ask.desk.draft(), ask.lang
    run, choice = desk.applied(), api.PaperChoice.of(draft.papers)
    papers = papers_of(desk, run, choice, lang, draft.prepared_by)
    if "file" in ask.path_params:
        return handed(papers, ask.path_params["file"])
    return page(
        ask, "made.html", papers=papers, run=run, recorded=None, query="", why=None,
        left_out=[kind for kind in choice.kinds if kind not in api.kinds_of(run, choice)],
        base="/papers/made", commands=commands_of(desk, run, choice, lang),
    )  # fmt: skip


def papers_of(
    desk: Desk, run: api.Run, choice: api.PaperChoice, lang: Lang, prepared_by: str = ""
) -> api.Papers:
    """The papers of a run, made once. Raises Busy, PolicyProblem."""
    asked = run, choice, lang, prepared_by
    return desk.works.get(
        "desk_papers.making", asked, lambda job: api.make_papers(*asked, job.progress),
        api.steps_of(run, choice),
    )  # fmt: skip


def handed(papers: api.Papers, place: str) -> Response:
    """A file to be saved, by its place in the list, or all; the folder stays while it is being read."""
    known = place.isdecimal() and int(place) < len(papers.files)
    path = papers.files[int(place)][1] if known else papers.whole if place == "all" else None
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, filename=path.name, background=BackgroundTask(id, papers))

"""Page 7, records: the runs of the ledger, and what an auditor does with them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang, Words
from fundcalc.desk.page import Form, change, desk_of, goto, lang_of, page, question
from fundcalc.desk.pages.computed import ledger_asked
from fundcalc.desk.pages.papers import (
    SAID,
    At,
    correction_page,
    handed,
    line,
    listed,
    options,
    papers_of,
)
from fundcalc.desk.state import Desk
from fundcalc.desk.work import Job

_MOVERS = 100

_CELLS = {
    "differs": "desk_records.cell_differs", "formula": "desk_records.cell_formula",
    "missing": "desk_records.cell_missing", "added": "desk_records.cell_added",
    "unassigned": "desk_records.cell_unassigned",
}  # fmt: skip
"""What a place on a paper is that is not as in the run."""


# -- the list -----------------------------------------------------------------------------------------


def show(request: Request) -> Response:
    """The page: every run, newest first."""
    desk = desk_of(request)
    if not desk.ledger.exists():
        return page(request, "records.html", runs=None, at=None)
    runs = listed(desk)[::-1]
    at = At(request, len(runs))
    first, last = at.rows
    return page(
        request, "records.html", runs=runs[first:last], at=at,
        command=["runs", "list", *ledger_asked(desk)],
    )  # fmt: skip


def _entry(desk: Desk, id_: str) -> dict[str, Any]:
    """A run's record as data."""
    return next(one for one in listed(desk) if one["id"] == id_)


def one(request: Request) -> Response:
    """One run: what it was made of, what became of it, what it adds up to, and what can be done with it."""
    desk, id_ = desk_of(request), request.path_params["id"]
    try:
        run = desk.recorded(id_)
    except PolicyProblem as problem:
        return page(
            request, "run_damaged.html", status=422, diagnostics=problem.diagnostics, id=id_
        )
    return page(
        request, "run.html", run=run, about=_entry(desk, run.id), summary=api.summarise(run),
        others=[one for one in reversed(listed(desk)) if one["id"] != run.id and "policy" in one],
        four_eyes=run.plan.policy.papers.four_eyes,
        command=["runs", "show", run.id, *ledger_asked(desk)],
    )  # fmt: skip


def differences(request: Request) -> Response:
    """What a correction pays and takes back."""
    desk, run = desk_of(request), desk_of(request).recorded(request.path_params["id"])
    if run.correction is None:
        raise HTTPException(404)
    name = words("papers.file_due").say(lang_of(request)) + ".xlsx"
    command = ["runs", "show", run.id, "--differences", name, *ledger_asked(desk)]
    return correction_page(request, run, command)


@change
def review(request: Request, form: Form) -> Response:
    """Keep what a reviewer decides."""
    desk, id_ = desk_of(request), request.path_params["id"]
    by, reason = (line(form.text(name)) for name in ("by", "reason"))
    approve = form.text("decision") == "approved"
    if not by or (not approve and not reason):
        return goto(f"/records/{id_}", wanting="by" if not by else "reason")
    decision: Literal["approved", "returned"] = "approved" if approve else "returned"
    run, _ = api.review(desk.ledger, id_, by, decision, reason)
    return goto(f"/records/{run.id}", reviewed="1")


# -- its papers again -----------------------------------------------------------------------------------


def papers(request: Request) -> Response:
    """A recorded run's papers: which there are to be, then the files, then one of them.

    Letters have the issuer and the number that its sheet has.
    """
    desk, query, lang = desk_of(request), request.query_params, lang_of(request)
    run = desk.recorded(request.path_params["id"])
    drafted = api.PaperChoice.of(desk.draft().papers)
    sheet = api.SheetSettings.of_data(run.entry.data.get("sheet"))
    choice = replace(
        api.PaperChoice.of({"kinds": query.getlist("kinds")}),
        issuer=sheet.issuer or "", document_no=sheet.document_no or "",
        one_file=query.get("one_file", "yes") != "no", short="short" in query,
        contact=query.get("contact", drafted.contact), until=query.get("until", drafted.until),
    )  # fmt: skip
    ready = papers_of(desk, run, choice, lang) if "kinds" in query or "new" in query else None
    if "file" in request.path_params:
        return handed(ready, request.path_params["file"]) if ready else goto(request.url.path)
    outputs = [part for _, path in (ready.files if ready else ()) for part in ("-o", path.name)]
    return page(
        request, "made.html", said=SAID, papers=ready, run=run, recorded=_entry(desk, run.id), left_out=[],
        choice=choice, kinds=api.PAPER_KINDS[:-1], base=f"/records/{run.id}/papers",
        query="?" + urlencode(query.multi_items()),
        command=["runs", "show", run.id, *outputs[:2], "--lang", lang, *ledger_asked(desk)],
    )  # fmt: skip


# -- verified, and held against paper -----------------------------------------------------------------


def _begin(
    request: Request, kind: str, title: Words, make: Callable[[Job], Any], total: int = 100
) -> RedirectResponse:
    """Do something anew, whatever came of it before, and go where its outcome is shown."""
    works = desk_of(request).works
    job = works.start(kind, secrets.token_hex(8), title, make, total=total)
    return goto(f"/records/{kind}/{job.id}")


def _outcome(request: Request) -> Any:
    """What came of it. Raises Busy; where it is gone, it is to be asked for again."""
    works = desk_of(request).works
    job = works.job(request.path_params["job"])
    if job is None:
        raise HTTPException(404)
    return works.result(job)


@question
def verify(request: Request, form: Form) -> Response:
    """Hold the ledger, or one run of it, against itself, and digests from paper against it."""
    desk = desk_of(request)
    run, chain, heads = (
        form.text("run") or None,
        bool(form.text("chain")),
        form.text("heads").split(),
    )
    for head in heads:
        if not api.is_digest(head):
            raise PolicyProblem([say("FC962", head=head[:80])])
    total = 1 if chain or run else len(api.runs(desk.ledger))

    def make(job: Job) -> tuple[Any, list[str]]:
        def tell(_: str) -> None:
            job.progress(1)

        verdict = api.verify(desk.ledger, run, heads, tell, chain_only=chain)
        asked = [*([run] if run else []), *(["--chain"] if chain else [])]
        for head in heads:
            asked += ["--head", head]
        return verdict, ["runs", "verify", *asked, *ledger_asked(desk)]

    return _begin(request, "verified", words("desk_records.verifying"), make, total)


def verified(request: Request) -> Response:
    """What came of verifying."""
    verdict, command = _outcome(request)
    return page(
        request, "verified.html", verdict=verdict, said=list(api.verification_said(verdict)),
        command=command,
    )  # fmt: skip


@question
def hold(request: Request, form: Form) -> Response:
    """Hold papers against a run."""
    desk, id_ = desk_of(request), request.path_params["id"]
    files = form.files("file")
    if not files:
        return goto(f"/records/{id_}", wanting="paper")
    folder = TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    paths = []
    for number, file in enumerate(files):
        name = Path((file.filename or "").replace("\\", "/")).name or "paper"
        inside = Path(folder.name) / str(number)
        inside.mkdir()
        path = inside / name[-150:]
        path.write_bytes(file.file.read())
        paths.append(path)

    def make(job: Job) -> tuple[str, Any, Any, list[str]]:
        with folder:
            held, refused = [], []
            for path in paths:
                found, faults = api.hold(desk.ledger, id_, [path])
                held += found
                refused += faults
                job.progress(1)
        asked = [part for path in paths for part in ("--paper", path.name)]
        return id_, held, refused, ["runs", "verify", id_, *asked, *ledger_asked(desk)]

    return _begin(request, "held", words("desk_records.holding"), make, len(paths))


def held(request: Request) -> Response:
    """What came of it: each cell that differs."""
    id_, found, refused, command = _outcome(request)
    return page(
        request, "held.html", id=id_, held=found, refused=refused, said=api.held_said,
        cells=_CELLS, command=command,
    )  # fmt: skip


# -- what to ask first --------------------------------------------------------------------------------


def doubts(request: Request) -> Response:
    """The list of doubts, a kind at a time."""
    desk, query = desk_of(request), request.query_params
    sample = query.get("sample", "")
    if sample.isdecimal() and int(sample[:7]) and not query.get("seed"):
        drawn = {**dict(query), "seed": secrets.token_hex(4)}
        return goto(request.url.path, **drawn)
    found, asked = _doubts(request)
    kind = query.get("kind") or next(iter(found.counts()), "")
    some = replace(found, entries=[one for one in found.entries if one.kind == kind])
    at = At(request, len(some.entries))
    return page(
        request, "doubts.html", found=found, kind=kind, at=at, id=request.path_params["id"],
        table=api.doubts_table(some, lang_of(request), *at.rows), said=list(api.doubts_said(found)),
        title_of=api.doubts_title, rest={k: v for k, v in query.items() if k not in ("kind", "page")},
        others=[one for one in reversed(listed(desk)) if one["id"] < found.run and "policy" in one],
        command=["runs", "doubts", found.run, *asked, *ledger_asked(desk)],
    )  # fmt: skip


def _doubts(request: Request) -> tuple[api.Doubts, list[str]]:
    desk, query, id_ = desk_of(request), request.query_params, request.path_params["id"]
    within, before = _within(request), query.get("before", "")
    size, seed = query.get("sample", ""), query.get("seed", "")[:80]

    def make(job: Job) -> api.Doubts:
        run = api.open_run(desk.ledger, id_)
        old = api.open_run(desk.ledger, before) if before else None
        drawn = None
        if size.isdecimal() and 0 < int(size[:7]) <= len(run.roster):
            drawn = api.Sample(int(size[:7]), seed)
        return api.doubts(run, old, within=within[0], sample=drawn)

    key = id_, before, within[1], size, seed, desk.ledger_state
    found = desk.works.get("doubts", key, words("desk_records.doubting"), make)
    assert isinstance(found, api.Doubts)
    given = {"--before": before, "--within": within[1]}
    given |= {"--sample": size, "--seed": seed} if found.sample is not None else {}
    return found, options(given)


def _within(request: Request) -> tuple[Fraction, str]:
    """How close to a line; 5 % where nothing sensible is asked for."""
    asked = request.query_params.get("within", "").strip() or "5 %"
    share = api.read_share(asked if asked.endswith(("%", "％")) else f"{asked} %")
    return (share, asked) if share is not None else (Fraction(1, 20), "5 %")


def doubts_file(request: Request) -> Response:
    """The list as a workbook to work on."""
    found, _ = _doubts(request)
    run, lang = desk_of(request).recorded(request.path_params["id"]), lang_of(request)
    name = f"{words('desk_records.file_doubts').say(lang)}-{run.id}.xlsx"
    return _file(name, lambda path: api.write_doubts(found, path, run.plan, lang))


def _file(name: str, write: Callable[[Path], object]) -> Response:
    """A file made to be saved at once."""
    folder = TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    path = Path(folder.name) / name
    write(path)
    return FileResponse(path, filename=name, background=BackgroundTask(folder.cleanup))


def near(request: Request) -> Response:
    """Villages for which a small change of a number would change what they get."""
    desk = desk_of(request)
    run, found, beyond, within = _near(request)
    at = At(request, len(found))
    first, last = at.rows
    return page(
        request, "near.html", run=run, beyond=beyond, within=within, at=at,
        villages=len({one.index for one in found}),
        table=api.near_table(run.ruled, found[first:last], lang_of(request)),
        command=["runs", "near", run.id, "--within", within, *ledger_asked(desk)],
    )  # fmt: skip


def _near(request: Request) -> tuple[api.RecordedRun, Sequence[Any], list[str], str]:
    desk, within = desk_of(request), _within(request)
    run = desk.recorded(request.path_params["id"])
    found, beyond = desk.works.get(
        "near", (run.head, within[1]), words("desk_records.nearing"), lambda _: api.near(run, within[0])
    )  # fmt: skip
    return run, found, beyond, within[1]


def near_file(request: Request) -> Response:
    """All of them as a table."""
    run, found, _, _ = _near(request)
    name = f"{words('desk_records.file_near').say(lang_of(request))}-{run.id}.csv"
    content = api.near_csv(run, found).encode()
    return _file(name, lambda path: api.write_bytes(path, content))


# -- two runs; what is open; handed over --------------------------------------------------------------


def compare(request: Request) -> Response:
    """Two runs held against each other: how much moves, who pays, why, whom most."""
    desk, query = desk_of(request), request.query_params
    old, new = query.get("old", ""), query.get("new", "")
    runs = [one for one in reversed(listed(desk)) if "policy" in one]
    if not old or not new:
        return page(
            request,
            "compared.html",
            runs=runs,
            old=old,
            new=new,
            lines=None,
            found_tables=[],
            stops=[],
        )
    basis = api.Basis(ledger=desk.ledger)

    def make(_: Job) -> Any:
        versions = (api.version(f"run:{old}", basis), api.version(f"run:{new}", basis))
        return api.compare(versions, (None, None), basis, _MOVERS)

    key = old, new, desk.ledger_state
    found = desk.works.get("compared", key, words("desk_records.comparing"), make)
    stops = [one.file for one in found] if isinstance(found, list) else []
    lines, tables = ([], []) if isinstance(found, list) else api.comparison_document(found)
    return page(
        request, "compared.html", runs=runs, old=old, new=new, lines=lines, found_tables=tables, stops=stops,
        command=["compare", f"run:{old}", f"run:{new}", "--top", str(_MOVERS), *ledger_asked(desk)],
    )  # fmt: skip


def balance(request: Request) -> Response:
    """What corrections left to be paid or deducted."""
    desk = desk_of(request)
    found = _balance(desk)
    by_payer, by_village = api.balance_tables(found)
    at = At(request, len(by_village.rows))
    first, last = at.rows
    corrections = [one for one in reversed(listed(desk)) if one.get("corrects")]
    return page(
        request, "balance.html", found=found, by_payer=by_payer, at=at, corrections=corrections,
        by_village=replace(by_village, rows=by_village.rows[first:last]),
        command=["runs", "balance", *ledger_asked(desk)],
    )  # fmt: skip


def _balance(desk: Desk) -> Any:
    return desk.works.get(
        "balance", desk.ledger_state, words("desk_records.balancing"), lambda _: api.balance(desk.ledger)
    )  # fmt: skip


def balance_file(request: Request) -> Response:
    """All of it as a workbook."""
    desk, lang = desk_of(request), lang_of(request)
    found, name = _balance(desk), f"{words('desk_records.file_balance').say(lang)}.xlsx"
    return _file(name, lambda path: api.write_balance(found, desk.ledger, path, lang))


@change
def settle(request: Request, form: Form) -> Response:
    """Keep that the differences of a correction were carried out."""
    by = line(form.text("by"))
    if not by:
        return goto("/records/balance", wanting="by")
    api.settle(desk_of(request).ledger, form.text("run"), by, line(form.text("reason")))
    return goto("/records/balance", settled="1")


def pack(request: Request) -> Response:
    """The audit pack: made, then to be saved as one file."""
    desk, explain = desk_of(request), request.query_params.get("explain")
    run = desk.recorded(request.path_params["id"])
    ready = _pack(desk, run, lang_of(request), explained=explain != "no") if explain else None
    if "file" in request.path_params:
        return handed(ready, "all") if ready else goto(f"/records/{run.id}/pack")
    folder = f"pack-{run.id}"
    asked = [run.id, folder, *(["--no-explanations"] * (explain == "no")), *ledger_asked(desk)]
    return page(
        request, "pack.html", run=run, ready=ready, explain=explain, command=["runs", "export", *asked]
    )  # fmt: skip


def _pack(desk: Desk, run: api.RecordedRun, lang: Lang, *, explained: bool) -> api.Papers:
    name = f"{words('desk_records.file_pack').say(lang)}-{run.id}"

    def make(job: Job) -> api.Papers:
        made = api.Papers()
        inside = made.folder / name
        api.export(desk.ledger, run.id, inside, explanations=explained, progress=job.progress)
        files = sorted(path for path in inside.rglob("*") if path.is_file())
        made.whole = made.folder / f"{name}.zip"
        api.zip_files(made.whole, files, made.folder, job.progress)
        return made

    key, total = (run.head, explained, name, desk.ledger_state), len(run.result.rows)
    found = desk.works.get("pack", key, words("desk_records.packing"), make, total=total)
    assert isinstance(found, api.Papers)
    return found


ROUTES = [
    Route("/records", show),
    Route("/records/verify", verify, methods=["POST"]),
    Route("/records/verified/{job}", verified),
    Route("/records/held/{job}", held),
    Route("/records/compare", compare),
    Route("/records/balance", balance),
    Route("/records/balance.xlsx", balance_file),
    Route("/records/settle", settle, methods=["POST"]),
    Route("/records/{id}", one),
    Route("/records/{id}/differences", differences),
    Route("/records/{id}/review", review, methods=["POST"]),
    Route("/records/{id}/hold", hold, methods=["POST"]),
    Route("/records/{id}/papers", papers),
    Route("/records/{id}/papers/{file}", papers),
    Route("/records/{id}/doubts", doubts),
    Route("/records/{id}/doubts.xlsx", doubts_file),
    Route("/records/{id}/near", near),
    Route("/records/{id}/near.csv", near_file),
    Route("/records/{id}/pack", pack),
    Route("/records/{id}/pack/{file}", pack),
]

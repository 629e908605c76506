"""Page 7, records: the runs of the ledger, and what an auditor does with them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import say, text, words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.files import plain_name
from fundcalc.base.system import reason
from fundcalc.base.words import Words
from fundcalc.desk.page import Form, Router, desk_of, download, goto, lang_of, page, part
from fundcalc.desk.pages import papers as made
from fundcalc.desk.pages.papers import line, listed, sound
from fundcalc.desk.state import Desk
from fundcalc.desk.work import Job

router = Router()

_MOVERS = 100


@router.page("/records")
def show(request: Request) -> Response:
    """The page: every run, newest first."""
    desk = desk_of(request)
    runs = listed(desk)[::-1] if desk.ledger.exists() else None
    command = ["runs", "list", *desk.ledger_asked] if runs else []
    return page(request, "records.html", runs=runs, at=part(request, runs or []), command=command)


def _run(request: Request) -> tuple[Desk, api.RecordedRun]:
    """The run that the address names. Raises Busy, PolicyProblem."""
    desk = desk_of(request)
    return desk, desk.recorded(request.path_params["id"])


def _entry(desk: Desk, id_: str) -> dict[str, Any]:
    """A run's record as data."""
    return next(run for run in listed(desk) if run["id"] == id_)


@router.page("/records/{id}")
def one(request: Request) -> Response:
    """One run: what it was made of, what became of it, what it adds up to, and what can be done with it."""
    desk, run = _run(request)
    return page(
        request, "run.html", run=run, about=_entry(desk, run.id), summary=made.summary(desk, run),
        others=[other for other in sound(desk) if other["id"] != run.id],
        four_eyes=run.plan.policy.papers.four_eyes,
        command=["runs", "show", run.id, *desk.ledger_asked],
    )  # fmt: skip


@router.page("/records/{id}/differences")
def differences(request: Request) -> Response:
    """What a correction pays and takes back."""
    desk, run = _run(request)
    if run.correction is None:
        raise HTTPException(404)
    name = f"{text('papers.file_due', lang_of(request))}.xlsx"
    command = ["runs", "show", run.id, "--differences", name, *desk.ledger_asked]
    return made.correction_page(request, run, run.correction, command)


@router.change("/records/{id}/review")
def review(request: Request, form: Form) -> Response:
    """Keep what a reviewer decides."""
    id_, by, why = request.path_params["id"], line(form.text("by")), line(form.text("reason"))
    approve = form.text("decision") == "approved"
    if not by or (not approve and not why):
        return form.again("by" if not by else "reason")
    ledger = desk_of(request).ledger  # the run's own page says what is to be doubted of a review
    run, _ = api.review(ledger, id_, by, "approved" if approve else "returned", why)
    return goto(f"/records/{run.id}", reviewed="1")


@router.page("/records/{id}/papers", "/records/{id}/papers/{file}")
def papers(request: Request) -> Response:
    """A recorded run's papers: which there are to be, then the list of them, then one to be saved.

    Letters have the issuer and the number that its sheet has. New from page 6, they are as chosen there.
    """
    (desk, run), query, lang = _run(request), request.query_params, lang_of(request)
    drafted = api.PaperChoice.of(desk.draft().papers)
    sheet = api.SheetSettings.of_data(run.entry.data.get("sheet"))
    chosen, new = api.PaperChoice.of({"kinds": query.getlist("kinds") or ("sign",)}), "new" in query
    chosen = replace(
        chosen, one_file=query.get("one_file") != "no", short="short" in query,
        contact=query.get("contact", drafted.contact), until=query.get("until", drafted.until),
    )  # fmt: skip
    choice = replace(
        drafted if new else chosen, issuer=sheet.issuer or "", document_no=sheet.document_no or ""
    )
    ready, why = None, None
    try:
        ready = made.papers_of(desk, run, choice, lang) if new or "kinds" in query else None
    except OSError as problem:  # that it is recorded is to be said all the same
        why = reason(problem)
    if "file" in request.path_params:
        return made.handed(ready, request.path_params["file"]) if ready else goto(request.url.path)
    return page(
        request, "made.html", papers=ready, run=run, recorded=_entry(desk, run.id), why=why,
        summary=made.summary(desk, run) if new else None, left_out=[], choice=choice,
        kinds=api.PAPER_KINDS[:-1], query="?" + urlencode(query.multi_items()),
        base=f"/records/{run.id}/papers", commands=made.commands_of(desk, run, choice, lang) if ready else (),
    )  # fmt: skip


# -- verified, and held against paper -----------------------------------------------------------------


def _begin(desk: Desk, kind: str, title: Words, make: Callable[[Job], Any], total: int) -> Response:
    """Do something anew, whatever came of it before, and go where its outcome is shown."""
    job = desk.works.start(kind, secrets.token_hex(8), title, make, total=total)
    return goto(f"/records/{kind}/{job.id}")


def _outcome(request: Request) -> Any:
    """What came of it. Raises Busy; where it is gone, it is to be asked for again."""
    job = desk_of(request).works.job(request.path_params["job"])
    if job is None:
        raise HTTPException(404)
    return job.found()


@router.change("/records/verify", writes=False)
def verify(request: Request, form: Form) -> Response:
    """Hold the ledger, or one run of it, against itself, and digests from paper against it."""
    desk, run, heads = desk_of(request), form.text("run") or None, form.text("heads").split()
    for head in heads:
        if not api.is_digest(head):
            raise PolicyProblem([say("FC967", head=head[:80])])
    chain = bool(form.text("chain"))
    arguments = [*([run] if run else []), *["--chain"] * chain]
    arguments += [part for head in heads for part in ("--head", head)]

    def make(job: Job) -> Any:
        verdict = api.verify(desk.ledger, run, heads, lambda _: job.progress(1), chain_only=chain)
        return verdict, ["runs", "verify", *arguments, *desk.ledger_asked]

    total = 1 if chain or run else len(api.runs(desk.ledger))
    return _begin(desk, "verified", words("desk_records.verifying"), make, total)


@router.page("/records/verified/{job}")
def verified(request: Request) -> Response:
    """What came of verifying."""
    verdict, command = _outcome(request)
    said = api.verification_said(verdict)
    return page(request, "verified.html", verdict=verdict, said=list(said), command=command)


@router.change("/records/{id}/hold", writes=False)
def hold(request: Request, form: Form) -> Response:
    """Hold papers against a run; they are kept no longer than that takes."""
    desk, id_, files = desk_of(request), request.path_params["id"], form.files("file")
    if not files:
        return goto(f"/records/{id_}", wanting="paper")
    folder = TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    paths = []
    for number, file in enumerate(files):
        paths.append(Path(folder.name) / str(number) / plain_name(file.filename or ""))
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(file.file.read())

    def make(job: Job) -> Any:
        papers, refused = list[Any](), list[Any]()
        with folder:
            for path in paths:
                compared, faults = api.hold(desk.ledger, id_, [path])
                papers += compared
                refused += PolicyProblem(faults).without(path.parent).diagnostics
                job.progress(1)
        arguments = [part for path in paths for part in ("--paper", path.name)]
        return id_, papers, refused, ["runs", "verify", id_, *arguments, *desk.ledger_asked]

    return _begin(desk, "held", words("desk_records.holding"), make, len(paths))


@router.page("/records/held/{job}")
def held(request: Request) -> Response:
    """What came of it: each cell that differs."""
    id_, papers, refused, command = _outcome(request)
    return page(
        request, "held.html", id=id_, held=papers, refused=refused, said=api.held_said, command=command,
    )  # fmt: skip


# -- what to ask first --------------------------------------------------------------------------------


@router.page("/records/{id}/doubts", "/records/{id}/doubts.xlsx")
def doubts(request: Request) -> Response:
    """The list of doubts, a kind at a time; or all of it as a workbook to work on."""
    (desk, run), query, lang = _run(request), request.query_params, lang_of(request)
    size, seed = query.get("sample", "")[:7], query.get("seed", "")[:80]
    if size.isdecimal() and not seed:
        return goto(request.url.path, **{**dict(query), "seed": secrets.token_hex(4)})
    share, within = _within(request)
    before, drawn = query.get("before", ""), None
    if size.isdecimal() and 0 < int(size) <= len(run.roster):
        drawn = api.Sample(int(size), seed)

    def make(_: Job) -> api.Doubts:
        old = api.open_run(desk.ledger, before) if before else None
        return api.doubts(run, old, within=share, sample=drawn)

    key = run.head, before, within, drawn, desk.ledger_state
    doubtful = desk.works.get("doubts", key, words("desk_records.doubting"), make)
    if request.url.path.endswith(".xlsx"):
        name = f"{text('desk_records.file_doubts', lang)}-{run.id}.xlsx"
        return download(name, lambda path: api.write_doubts(doubtful, path, run.plan, lang))
    kinds = doubtful.counts()
    kind = next((kind for kind in kinds if kind == query.get("kind")), next(iter(kinds), ""))
    at = part(request, [doubt for doubt in doubtful.entries if doubt.kind == kind])
    arguments = {"--before": before, "--within": within}
    arguments |= {"--sample": size, "--seed": seed} if drawn else {}
    return page(
        request, "doubts.html", found=doubtful, kind=kind, at=at, run=run,
        title_of=api.doubts_title, table=api.doubts_table(replace(doubtful, entries=at.items), lang),
        said=list(api.doubts_said(doubtful)),
        rest={name: value for name, value in query.items() if name not in ("kind", "page")},
        others=[other for other in sound(desk) if other["id"] < run.id],
        command=["runs", "doubts", run.id, *api.options_of(arguments), *desk.ledger_asked],
    )  # fmt: skip


def _within(request: Request) -> tuple[Fraction, str]:
    """How close to a line; 5 % where nothing sensible is asked for."""
    typed = request.query_params.get("within", "").strip(" %％") + " %"
    share = api.read_share(typed)
    return (share, typed) if share is not None else (Fraction(1, 20), "5 %")


@router.page("/records/{id}/near", "/records/{id}/near.csv")
def near(request: Request) -> Response:
    """Villages that a small change of a number would give another amount; or all of them as a table."""
    (desk, run), (share, within), lang = _run(request), _within(request), lang_of(request)
    villages, beyond = desk.works.get(
        "near", (run.head, within), words("desk_records.nearing"), lambda _: api.near(run, share)
    )
    if request.url.path.endswith(".csv"):
        name = f"{text('desk_records.file_near', lang)}-{run.id}.csv"
        content = api.near_csv(run, villages, lang).encode(
            "utf-8-sig"
        )  # by whose mark Excel knows it
        return download(name, lambda path: api.write_bytes(path, content))
    at = part(request, villages)
    return page(
        request, "near.html", run=run, beyond=beyond, within=within, at=at,
        villages=len({village.index for village in villages}),
        table=api.near_table(run.ruled, at.items, lang),
        command=["runs", "near", run.id, "--within", within, *desk.ledger_asked],
    )  # fmt: skip


# -- two runs; what is open; handed over --------------------------------------------------------------


@router.page("/records/compare")
def compare(request: Request) -> Response:
    """Two runs held against each other: how much moves, who pays, why, whom most."""
    desk, runs = desk_of(request), sound(desk_of(request))
    old, new = (request.query_params.get(side, "") for side in ("old", "new"))
    if not old or not new:
        return page(request, "compared.html", runs=runs, old="", new="", lines=None)

    def make(_: Job) -> Any:
        basis = api.Basis(ledger=desk.ledger)
        versions = (api.version(f"run:{old}", basis), api.version(f"run:{new}", basis))
        return api.compare(versions, (None, None), basis, _MOVERS)

    key, title = (old, new, desk.ledger_state), words("desk_records.comparing")
    comparison = desk.works.get("compared", key, title, make)
    stops = [roster.file for roster in comparison] if isinstance(comparison, list) else []
    lines, tables = ([], []) if stops else api.comparison_document(comparison)
    arguments = [f"run:{old}", f"run:{new}", "--top", str(_MOVERS), *desk.ledger_asked]
    return page(
        request, "compared.html", runs=runs, old=old, new=new, lines=lines, found_tables=tables,
        stops=stops, command=["compare", *arguments],
    )  # fmt: skip


@router.page("/records/balance", "/records/balance.xlsx")
def balance(request: Request) -> Response:
    """What corrections left to be paid or deducted; or all of it as a workbook."""
    desk, lang, title = desk_of(request), lang_of(request), words("desk_records.balancing")
    books = desk.works.get("balance", desk.ledger_state, title, lambda _: api.balance(desk.ledger))
    if request.url.path.endswith(".xlsx"):
        name = f"{text('desk_records.file_balance', lang)}.xlsx"
        return download(name, lambda path: api.write_balance(books, desk.ledger, path, lang))
    by_payer, by_village = api.balance_tables(books)
    at = part(request, by_village.rows)
    return page(
        request, "balance.html", found=books, by_payer=by_payer, at=at,
        by_village=replace(by_village, rows=at.items),
        corrections=[entry for entry in sound(desk) if entry["corrects"]],
        command=["runs", "balance", *desk.ledger_asked],
    )  # fmt: skip


@router.change("/records/settle")
def settle(request: Request, form: Form) -> Response:
    """Keep that the differences of a correction were carried out."""
    by, why = line(form.text("by")), line(form.text("reason"))
    if not by:
        return form.again("by")
    api.settle(desk_of(request).ledger, form.text("run"), by, why)
    return goto("/records/balance", settled="1")


@router.page("/records/{id}/pack", "/records/{id}/pack/{file}")
def pack(request: Request) -> Response:
    """The audit pack: made, then to be saved as one file."""
    (desk, run), explain = _run(request), request.query_params.get("explain")
    name = f"{text('desk_records.file_pack', lang_of(request))}-{run.id}"

    def make(job: Job) -> api.Papers:
        return api.export_zip(
            desk.ledger, run, name, explanations=explain != "no", progress=job.progress
        )

    key, ready, total = (run.head, explain, name, desk.ledger_state), None, len(run.result.rows)
    if explain:
        ready = desk.works.get("pack", key, words("desk_records.packing"), make, total=total)
    if "file" in request.path_params:
        return made.handed(ready, "all") if ready else goto(f"/records/{run.id}/pack")
    arguments = [run.id, f"pack-{run.id}", *["--no-explanations"] * (explain == "no")]
    command = ["runs", "export", *arguments, *desk.ledger_asked]
    return page(request, "pack.html", run=run, ready=ready, explain=explain, command=command)

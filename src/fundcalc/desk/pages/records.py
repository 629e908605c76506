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
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import say, text
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.files import plain_name
from fundcalc.base.system import reason
from fundcalc.desk.page import Ask, download, goto, page, part, shows, takes
from fundcalc.desk.pages import papers as made
from fundcalc.desk.pages.papers import listed, sound, summary
from fundcalc.desk.state import Desk
from fundcalc.desk.work import Job

_MOVERS = 100


@shows("/records")
def show(ask: Ask) -> Response:
    """Every run, newest first."""
    desk = ask.desk
    runs = listed(desk)[::-1] if desk.ledger.exists() else None
    command = ["runs", "list", *desk.ledger_asked]
    return page(ask, "records.html", runs=runs, at=part(ask, runs or []), command=command)


def _run(ask: Ask) -> tuple[Desk, api.RecordedRun]:
    """The run that the address names. Raises Busy, PolicyProblem."""
    return ask.desk, ask.desk.recorded(ask.path_params["id"])


def _entry(desk: Desk, id_: str) -> dict[str, Any]:
    return next(run for run in listed(desk) if run["id"] == id_)


@shows("/records/{id}")
def one(ask: Ask) -> Response:
    """One run: what it was made of, what became of it, what it adds up to, and what can be done with it."""
    desk, run = _run(ask)
    return page(
        ask, "run.html", run=run, about=_entry(desk, run.id), summary=summary(desk, run),
        others=[other for other in sound(desk) if other["id"] != run.id],
        four_eyes=run.plan.policy.papers.four_eyes,
        command=["runs", "show", run.id, *desk.ledger_asked],
    )  # fmt: skip


@shows("/records/{id}/differences")
def differences(ask: Ask) -> Response:
    """What a correction pays and takes back."""
    desk, run = _run(ask)
    if run.correction is None:
        raise HTTPException(404)
    name = f"{text('papers.file_due', ask.lang)}.xlsx"
    command = ["runs", "show", run.id, "--differences", name, *desk.ledger_asked]
    return made.correction_page(ask, run, run.correction, command)


@takes("/records/{id}/review")
def review(ask: Ask) -> Response:
    """Keep what a reviewer decides."""
    id_, by, why = ask.path_params["id"], ask.line("by"), ask.line("reason")
    approve = ask.text("decision") == "approved"
    if not by or (not approve and not why):
        return ask.again("by" if not by else "reason")
    ledger = ask.desk.ledger  # the run's own page says what is to be doubted of a review
    run, _ = api.review(ledger, id_, by, "approved" if approve else "returned", why)
    return goto(f"/records/{run.id}", reviewed="1")


@shows("/records/{id}/papers", "/records/{id}/papers/{file}")
def papers(ask: Ask) -> Response:
    """A recorded run's papers: which there are to be, then the list of them, then one to be saved.

    Letters have the issuer and the number that its sheet has. New from page 6, they are as chosen there.
    """
    (desk, run), query, lang = _run(ask), ask.query_params, ask.lang
    drafted, new = api.PaperChoice.of(desk.draft().papers), "new" in query
    sheet = api.SheetSettings.of_data(run.entry.data.get("sheet"))
    chosen = {
        "kinds": query.getlist("kinds") or ("sign",), "one_file": query.get("one_file") != "no",
        "short": "short" in query, "contact": query.get("contact", drafted.contact),
        "until": query.get("until", drafted.until),
    }  # fmt: skip
    choice = replace(
        drafted if new else api.PaperChoice.of(chosen),
        issuer=sheet.issuer or "", document_no=sheet.document_no or "",
    )  # fmt: skip
    ready, why = None, None
    try:
        ready = made.papers_of(desk, run, choice, lang) if new or "kinds" in query else None
    except OSError as problem:  # that it is recorded is to be said all the same
        why = reason(problem)
    if "file" in ask.path_params:
        return made.handed(ready, ask.path_params["file"]) if ready else goto(ask.url.path)
    return page(
        ask, "made.html", papers=ready, run=run, recorded=_entry(desk, run.id), why=why,
        summary=summary(desk, run) if new else None, left_out=[], choice=choice,
        kinds=api.PAPER_KINDS[:-1], query="?" + urlencode(query.multi_items()),
        base=f"/records/{run.id}/papers", commands=made.commands_of(desk, run, choice, lang) if ready else (),
    )  # fmt: skip


# -- verified, and held against paper -----------------------------------------------------------------


def _begin(desk: Desk, kind: str, at: str, make: Callable[[Job], Any], total: int) -> Response:
    """Do something anew, whatever came of it before, and go where its outcome is shown."""
    job = desk.works.start(kind, secrets.token_hex(8), make, total)
    return goto(f"/records/{at}/{job.id}")


@shows("/records/verified/{job}", "/records/held/{job}")
def outcome(ask: Ask) -> Response:
    """What came of it, each cell that differs; where it is gone, it is to be asked for again."""
    if (job := ask.desk.works.job(ask.path_params["job"])) is None:
        raise HTTPException(404)
    return page(ask, f"{ask.url.path.split('/')[2]}.html", **job.found())


@takes("/records/verify", writes=False)
def verify(ask: Ask) -> Response:
    """Hold the ledger, or one run of it, against itself, and digests from paper against it."""
    desk, run, heads = ask.desk, ask.text("run") or None, ask.text("heads").split()
    if wrong := [head for head in heads if not api.is_digest(head)]:
        raise PolicyProblem([say("FC967", head=wrong[0][:80])])
    chain = bool(ask.text("chain"))
    arguments = [*filter(None, [run]), *["--chain"] * chain]
    arguments += [part for head in heads for part in ("--head", head)]

    def make(job: Job) -> Any:
        verdict = api.verify(desk.ledger, run, heads, lambda _: job.progress(1), chain_only=chain)
        command = ["runs", "verify", *arguments, *desk.ledger_asked]
        return {"verdict": verdict, "said": [*api.verification_said(verdict)], "command": command}

    total = 1 if chain or run else len(api.runs(desk.ledger))
    return _begin(desk, "desk_records.verifying", "verified", make, total)


@takes("/records/{id}/hold", writes=False)
def hold(ask: Ask) -> Response:
    """Hold papers against a run; they are kept no longer than that takes."""
    desk, id_, files = ask.desk, ask.path_params["id"], ask.files("file")
    if not files:
        return ask.again("paper")
    folder = TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    paths = []
    for number, file in enumerate(files):
        paths.append(Path(folder.name) / str(number) / plain_name(file.filename or ""))
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(file.file.read())

    def make(job: Job) -> Any:
        found: dict[str, Any] = {"id": id_, "held": [], "refused": [], "said": api.held_said}
        with folder:
            for path in paths:
                compared, faults = api.hold(desk.ledger, id_, [path])
                found["held"] += compared
                found["refused"] += PolicyProblem(faults).without(path.parent).diagnostics
                job.progress(1)
        arguments = [part for path in paths for part in ("--paper", path.name)]
        return found | {"command": ["runs", "verify", id_, *arguments, *desk.ledger_asked]}

    return _begin(desk, "desk_records.holding", "held", make, len(paths))


# -- what to ask first --------------------------------------------------------------------------------


@shows("/records/{id}/doubts", "/records/{id}/doubts.xlsx")
def doubts(ask: Ask) -> Response:
    """The list of doubts, a kind at a time; or all of it as a workbook to work on."""
    (desk, run), query, lang = _run(ask), ask.query_params, ask.lang
    size, seed = query.get("sample", "")[:7], query.get("seed", "")[:80]
    if size.isdecimal() and not seed:
        return goto(ask.url.path, **{**dict(query), "seed": secrets.token_hex(4)})
    share, within = _within(ask)
    before, drawn = query.get("before", ""), None
    if size.isdecimal() and 0 < int(size) <= len(run.roster):
        drawn = api.Sample(int(size), seed)

    def make(_: Job) -> api.Doubts:
        old = api.open_run(desk.ledger, before) if before else None
        return api.doubts(run, old, within=share, sample=drawn)

    key = run.head, before, within, drawn, desk.ledger_state
    doubtful = desk.works.get("desk_records.doubting", key, make)
    if ask.url.path.endswith(".xlsx"):
        name = f"{text('desk_records.file_doubts', lang)}-{run.id}.xlsx"
        return download(name, lambda path: api.write_doubts(doubtful, path, run.plan, lang))
    kinds = doubtful.counts()
    kind = next((kind for kind in kinds if kind == query.get("kind")), next(iter(kinds), ""))
    at = part(ask, [doubt for doubt in doubtful.entries if doubt.kind == kind])
    arguments = {"--before": before, "--within": within}
    arguments |= {"--sample": size, "--seed": seed} if drawn else {}
    return page(
        ask, "doubts.html", found=doubtful, kind=kind, at=at, run=run,
        title_of=api.doubts_title, table=api.doubts_table(replace(doubtful, entries=at.items), lang),
        said=list(api.doubts_said(doubtful)),
        rest={name: value for name, value in query.items() if name not in ("kind", "page")},
        others=[other for other in sound(desk) if other["id"] < run.id],
        command=["runs", "doubts", run.id, *api.options_of(arguments), *desk.ledger_asked],
    )  # fmt: skip


def _within(ask: Ask) -> tuple[Fraction, str]:
    """How close to a line; 5 % where nothing sensible is asked for."""
    typed = ask.query("within").strip(" %％") + " %"
    share = api.read_share(typed)
    return (share, typed) if share is not None else (Fraction(1, 20), "5 %")


@shows("/records/{id}/near", "/records/{id}/near.csv")
def near(ask: Ask) -> Response:
    """Villages that a small change of a number would give another amount; or all of them as a table."""
    (desk, run), (share, within), lang = _run(ask), _within(ask), ask.lang
    key = run.head, within
    villages, beyond = desk.works.get("desk_records.nearing", key, lambda _: api.near(run, share))
    if ask.url.path.endswith(".csv"):
        name = f"{text('desk_records.file_near', lang)}-{run.id}.csv"
        content = api.near_csv(run, villages, lang)
        return download(name, lambda path: path.write_text(content, "utf-8-sig", newline=""))
    at = part(ask, villages)
    return page(
        ask, "near.html", run=run, beyond=beyond, within=within, at=at,
        villages=len({village.index for village in villages}),
        table=api.near_table(run.ruled, at.items, lang),
        command=["runs", "near", run.id, "--within", within, *desk.ledger_asked],
    )  # fmt: skip


# -- two runs; what is open; handed over --------------------------------------------------------------


@shows("/records/compare")
def compare(ask: Ask) -> Response:
    """Two runs held against each other: how much moves, who pays, why, whom most."""
    desk, runs = ask.desk, sound(ask.desk)
    old, new = ask.query("old"), ask.query("new")
    if not old or not new:
        return page(ask, "compared.html", runs=runs, old="", new="", lines=None)

    def make(_: Job) -> Any:
        basis = api.Basis(ledger=desk.ledger)
        versions = api.version(f"run:{old}", basis), api.version(f"run:{new}", basis)
        return api.compare(versions, (None, None), basis, _MOVERS)

    comparison = desk.works.get("desk_records.comparing", (old, new, desk.ledger_state), make)
    stops = [roster.file for roster in comparison] if isinstance(comparison, list) else []
    lines, tables = ([], []) if stops else api.comparison_document(comparison)
    arguments = [f"run:{old}", f"run:{new}", "--top", str(_MOVERS), *desk.ledger_asked]
    return page(
        ask, "compared.html", runs=runs, old=old, new=new, lines=lines, found_tables=tables,
        stops=stops, command=["compare", *arguments],
    )  # fmt: skip


@shows("/records/balance", "/records/balance.xlsx")
def balance(ask: Ask) -> Response:
    """What corrections left to be paid or deducted; or all of it as a workbook."""
    desk, lang, kind = ask.desk, ask.lang, "desk_records.balancing"
    books = desk.works.get(kind, desk.ledger_state, lambda _: api.balance(desk.ledger))
    if ask.url.path.endswith(".xlsx"):
        name = f"{text('desk_records.file_balance', lang)}.xlsx"
        return download(name, lambda path: api.write_balance(books, desk.ledger, path, lang))
    by_payer, by_village = api.balance_tables(books)
    at = part(ask, by_village.rows)
    return page(
        ask, "balance.html", found=books, by_payer=by_payer, at=at,
        by_village=replace(by_village, rows=at.items),
        corrections=[entry for entry in sound(desk) if entry["corrects"]],
        command=["runs", "balance", *desk.ledger_asked],
    )  # fmt: skip


@takes("/records/settle")
def settle(ask: Ask) -> Response:
    """Keep that the differences of a correction were carried out."""
    by, why = ask.line("by"), ask.line("reason")
    if not by:
        return ask.again("by")
    api.settle(ask.desk.ledger, ask.text("run"), by, why)
    return goto("/records/balance", settled="1")


@shows("/records/{id}/pack", "/records/{id}/pack/{file}")
def pack(ask: Ask) -> Response:
    """The audit pack: made, then to be saved as one file."""
    (desk, run), explain = _run(ask), ask.query_params.get("explain")
    name = f"{text('desk_records.file_pack', ask.lang)}-{run.id}"

    def make(job: Job) -> api.Papers:
        whole = explain != "no"
        return api.export_zip(desk.ledger, run, name, explanations=whole, progress=job.progress)

    key, ready, total = (run.head, explain, name, desk.ledger_state), None, len(run.result.rows)
    if explain:
        ready = desk.works.get("desk_records.packing", key, make, total)
    if "file" in ask.path_params:
        return made.handed(ready, "all") if ready else goto(f"/records/{run.id}/pack")
    arguments = [run.id, f"pack-{run.id}", *["--no-explanations"] * (explain == "no")]
    command = ["runs", "export", *arguments, *desk.ledger_asked]
    return page(ask, "pack.html", run=run, ready=ready, explain=explain, command=command)

"""The routes of the desk, and what is said where something stands in the way."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Scope

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.system import beijing, now, reason
from fundcalc.base.words import Lang
from fundcalc.desk.data import data_app
from fundcalc.desk.data import refused as refused_data
from fundcalc.desk.guard import Door, Guard, Refused
from fundcalc.desk.page import MOST, ROUTES, Ask, bare, goto, page, shows, takes
from fundcalc.desk.pages import columns, faults, papers, policy, readings, records, results, rosters
from fundcalc.desk.state import Desk, Nothing, Stale, Unapplied
from fundcalc.desk.work import Busy, Stopped

PAGES = rosters, columns, faults, readings, results, papers, records, policy
"""Whose routes are listed as they are imported."""
STATIC = Path(__file__).with_name("static")


class Log(NamedTuple):
    """Where faults of the program itself are written, each under the number that its page shows."""

    path: Path | None
    numbers: Any = count(1)

    def keep(self, problem: BaseException) -> int:
        """Keep what happened; returns its number."""
        number: int = next(self.numbers)
        if self.path is not None:
            report = "".join(traceback.format_exception(problem))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"[{number}] {beijing(now())}\n{report}\n")
        return number


def make_app(
    desk: Desk, door: Door, lang: Lang, log: Path | None = None,
    close: Callable[[], None] = lambda: None,
) -> ASGIApp:  # fmt: skip
    """The desk as an ASGI application, guarded; `close` ends the server."""
    log_file = Log(log)
    # /records/compare before /records/{id}
    routes = sorted(ROUTES, key=lambda route: route.path.count("{"))

    def refuse(scope: Scope, why: Refused) -> Response:
        if scope["path"].startswith("/api/"):
            return refused_data(why, lang)
        return outside(Request(scope), why)

    data = Mount("/api", data_app(desk, lang, log_file.keep))
    kinds = (HTTPException, Exception, *REASONS)
    app = Starlette(
        routes=[data, *routes], exception_handlers=dict.fromkeys(kinds, stands_in_the_way)
    )
    app.state.desk, app.state.door, app.state.lang = desk, door, lang
    app.state.log, app.state.close = log_file, close
    return Guard(app, door, refuse)


REASONS = PolicyProblem, Nothing, Busy, Stopped, Stale, OSError, MemoryError, Refused

# -- pages of the desk as a whole -------------------------------------------------------------------


@shows("/")
def first(ask: Ask) -> Response:
    """To the page where the work stands: rosters while there are none, else results."""
    return goto("/results" if ask.desk.intake.is_file() else "/rosters")


@shows("/lang")
def choose_language(ask: Ask) -> Response:
    """The other language, on the same page."""
    asked, back = ask.query_params.get("to"), ask.query_params.get("back", "/")
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if inside else "/", 303)
    answer.set_cookie("fundcalc-lang", "zh" if asked == "zh" else "en", samesite="strict")
    return answer


@shows("/work/{id}")
def progress(ask: Ask) -> Response:
    """How far some work is, for the page that waits for it."""
    job = ask.desk.works.job(ask.path_params["id"])
    if job is None or job.ended.is_set():
        return JSONResponse({"ended": True})
    return JSONResponse({"ended": False, "percent": job.percent, "seconds": job.seconds})


@takes("/work/{id}/stop", writes=False)
def stop(ask: Ask) -> Response:
    """Stop some work."""
    job = ask.desk.works.job(ask.path_params["id"])
    if job is not None:
        job.stop()
    return page(ask, "stopped.html", back=ask.text("back") or "/")


@shows("/rule/{code}")
def rule(ask: Ask) -> Response:
    """What a diagnostic code means, with a bad and a good example."""
    code = ask.path_params["code"].upper()
    ask.desk.speak()  # of its rows
    if (rule_page := api.find_page(code)) is None:
        raise HTTPException(404)
    return page(ask, "rule.html", found=rule_page, command=["rule", code])


@takes("/close", writes=False)
def close_desk(ask: Ask) -> Response:
    """The last page; then the server ends."""
    ask.app.state.close()
    return bare("closed.html", ask.lang, 200)


@shows("/static/{name}")
def static(ask: Ask) -> Response:
    """The stylesheet, the script, the icon: files of this package and no others."""
    name = ask.path_params["name"]
    if name not in {path.name for path in STATIC.iterdir()}:
        raise HTTPException(404)
    return FileResponse(STATIC / name, headers={"Cache-Control": "max-age=3600"})


# -- what stands in the way -------------------------------------------------------------------------


def outside(request: Request, why: Refused) -> Response:
    """For somebody who is not let in; nothing of the desk stands there."""
    lang: Lang = "zh" if request.headers.get("accept-language", "").startswith("zh") else "en"
    return bare("refused.html", lang, why.status, why=why.why)


def stands_in_the_way(request: Request, why: Exception) -> Response:
    """A page that says why nothing was done, and the way on: to the form, where what was typed stands."""
    ask = Ask(request.scope)
    back = ask.stood(typed=ask.typed) if ask.method == "POST" else ask.here
    match why:
        case Refused():  # a form that was not ours, or a desk that may only be looked at
            return page(ask, "refused_form.html", status=why.status, why=why.why, back=back)
        case HTTPException(status_code=400):  # a form that cannot be read
            said = words("desk.form_too_much", files=MOST["files"], fields=MOST["fields"])
            said = said if why.detail.startswith("Too many") else words("desk.form_unread")
            return page(ask, "refused_form.html", status=400, why=said, back=back)
        case HTTPException():
            return page(ask, "not_found.html", status=why.status_code)
        case PolicyProblem():
            desk = ask.desk
            broken = desk.broken and {*why.diagnostics} <= {*desk.warnings()}
            return page(
                ask, "problem.html", status=422, diagnostics=why.diagnostics, broken=broken,
                command=["check", *desk.policy_asked] if broken else (),
                unapplied=isinstance(why, Unapplied), back=back,
            )  # fmt: skip
        case Nothing():
            command = ask.desk.run_command("--no-record") if why.status == 200 else ()
            return page(
                ask, "nothing.html", status=why.status, missing=why.missing, command=command
            )
        case Busy():  # on by itself once it is done
            busy = page(ask, "busy.html", status=202, job=why.job, back=back)
            busy.headers["Refresh"] = "2"
            return busy
        case Stopped():  # maybe from another window
            return page(ask, "stopped.html", back=ask.url.path)
        case Stale():
            return page(ask, "stale.html", status=409, back=back)
        case OSError() | MemoryError():
            name = getattr(why, "filename", None) or ""
            said = reason(why) if isinstance(why, OSError) else words("desk.no_memory")
            return page(ask, "system.html", status=503, file=str(name), why=said, back=back)
        case _:  # a fault of the program: its number, under which the log explains it
            log: Log = ask.app.state.log
            return page(ask, "fault.html", status=500, number=log.keep(why), logged=log.path)

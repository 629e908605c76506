"""/api/: what the command line prints under `--format json`, for a bureau's own programs.

Questions are JSON, described with their answers by one OpenAPI document, which is made from the types here
and in `reports/answers`. One is computed at a time; whoever asks waits for the answer. A refusal has the
same diagnostics. Files are named as the folder lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, as_json
from fundcalc.base.files import json_bytes
from fundcalc.base.system import reason
from fundcalc.base.words import Lang, Words, same
from fundcalc.desk.guard import Refused
from fundcalc.desk.page import language
from fundcalc.desk.state import INTAKE, Desk

if TYPE_CHECKING:
    from fundcalc.roster.model import Reject

ROSTER = Field(
    [INTAKE], min_length=1, description="Files or folders of the desk's folder; together they are one"
)  # fmt: skip
BEFORE = Field(None, description="The recorded run from which what the policy calls before.… comes")


class Asked(BaseModel):
    """On which day and under which readings; the policy is the desk's."""

    model_config = ConfigDict(extra="forbid")
    on: date | None = Field(None, description="The day whose values hold; else the policy's own")
    readings: dict[str, str] = Field({}, description="Options of readings other than the policy's")


class RunAsked(Asked):
    """As `fundcalc run`: every village computed and, unless said otherwise, recorded."""

    roster: list[str] = ROSTER
    before: str | None = BEFORE
    skip_rejects: bool = Field(False, description="Compute the rest without rejected rows")
    no_record: bool = Field(False, description="Keep no record")
    prepared_by: str | None = Field(None, description="Who prepares the run")


class ExplainAsked(Asked):
    """As `fundcalc explain`: a village of a recorded run, or of rosters."""

    village: str = Field(description="Its code or name")
    run: str | None = Field(None, description="A recorded run: its id, or last")
    roster: list[str] = ROSTER
    before: str | None = BEFORE
    why_not: str | None = Field(None, description="A rule: why it does not decide")
    what_if: dict[str, str] = Field({}, description="Facts, and what they would be")
    programme: str | None = Field(None, description="Only this programme")


ASKED, ASKS = {*Asked.model_fields}, ("what_if", "why_not", "programme")
"""What a recorded run has settled; and what an explanation is of, of which one can be asked for."""
FAULTS = {
    "missing": "desk.api_missing", "extra_forbidden": "desk.api_extra", "json_invalid": "desk.api_json",
}  # fmt: skip


class CompareAsked(Asked):
    """As `fundcalc compare`: two versions, spelt as there, over a roster."""

    old: str
    new: str
    roster: str | None = Field(None, description="Else of a recorded run its own, or intake.toml")
    old_roster: str | None = None
    top: int = Field(20, ge=0, description="How many of the largest movers to list")
    prove: bool = Field(False, description="Prove them equal for every possible village, or not")


def _unfit(where: str, why: Words, hint: Words | None = None) -> PolicyProblem:
    """What is wrong with a question."""
    return PolicyProblem([say("FC961", where=where, why=why, hint=hint)])


def named(desk: Desk, name: str) -> Path:
    """A file or folder within the desk's folder, by the names that it lists. Raises PolicyProblem."""
    if (place := desk.within(name)) is None:
        raise _unfit(name, words("desk.no_such_file"))
    return place


def check(desk: Desk, asked: Asked, lang: Lang) -> Any:
    """What is wrong or doubtful in the policy."""
    try:
        diagnostics = api.check(desk.policy_given, asked.on, asked.readings)
    except PolicyProblem as broken:
        diagnostics = list(broken.diagnostics)
    return [as_json(diagnostic, lang) for diagnostic in diagnostics]


def _computed(desk: Desk, asked: RunAsked | ExplainAsked, skip: bool = False) -> api.Run:
    plan = api.plan(desk.policy(), asked.on, asked.readings)
    read = api.read_roster([named(desk, name) for name in asked.roster], desk.policy(), on=asked.on)
    if api.errors(read.rejects) and not (skip and len(read)):
        raise api.Unsettled([], read)
    return api.calculate(plan, read, before=(desk.ledger, asked.before) if asked.before else None)


def run(desk: Desk, asked: RunAsked, lang: Lang) -> Any:
    """Every village of rosters computed."""
    if desk.read_only and not asked.no_record:
        raise Refused(403, words("desk.refused_read_only"))
    computed = _computed(desk, asked, asked.skip_rejects)
    if asked.before is not None:
        computed = api.since(computed, desk.ledger, asked.before)
    if not asked.no_record:
        named_ = api.names_given(computed.plan, asked.prepared_by, None)
        computed.warnings[:0] = [*desk.warnings(), *named_]
        computed = api.record(computed, desk.ledger, prepared_by=asked.prepared_by)
    return api.summary_json(computed, api.summarise(computed))


def explain(desk: Desk, asked: ExplainAsked, lang: Lang) -> Any:
    """Why one village gets what it gets."""
    given = [name for name in ASKS if name in asked.model_fields_set]
    if asked.run is not None and (settled := asked.model_fields_set & {*ASKED, "roster", "before"}):
        raise _unfit("run", words("desk.api_settled", fields=", ".join(sorted(settled))))
    if len(given) > 1:
        raise _unfit(", ".join(given), words("cli.one_of"))
    run = _computed(desk, asked) if asked.run is None else api.open_run(desk.ledger, asked.run)
    village = api.one_village(run, asked.village)
    if asked.what_if:
        return api.what_if_json(api.what_if(run, village, asked.what_if))
    if asked.why_not is not None:
        if not (answers := api.why_not(run, village, asked.why_not)):
            near = same("; ".join(api.rules_near(run, asked.why_not)))
            raise _unfit("why_not", words("cli.no_rule", rule=asked.why_not), near)
        return api.explanation_json(answers, lang)
    return api.explanation_json(api.explain(run, village, asked.programme), lang)


def compare(desk: Desk, asked: CompareAsked, lang: Lang) -> Any:
    """Who gains, who loses, who pays, and why."""
    for text in (asked.old, asked.new):
        if set(text) & set("/\\") or any(
            part.strip() in ("", ".", "..") for part in text.split(",")
        ):
            named(desk, text)
    basis = api.Basis(desk.policy_given, asked.on, asked.readings, desk.ledger)
    versions = (api.version(asked.old, basis), api.version(asked.new, basis))
    verdict = api.prove(versions) if asked.prove else None
    roster = asked.roster or (None if asked.new.startswith("run:") else INTAKE)
    old, new = (named(desk, name) if name else None for name in (asked.old_roster, roster))
    comparison = api.compare(versions, (old, new), basis, asked.top)
    if isinstance(comparison, list):
        raise api.Unsettled([], next(roster for roster in comparison if api.errors(roster.rejects)))
    data = api.comparison_json(comparison)
    return data if verdict is None else {**data, "proof": api.proof_json(verdict)}


def runs(desk: Desk, asked: None, lang: Lang) -> Any:
    """All recorded runs, oldest first."""
    return api.runs_json(desk.ledger)


def show(desk: Desk, asked: str, lang: Lang) -> Any:
    """One recorded run."""
    run = api.open_run(desk.ledger, asked)
    return {**api.about_json(desk.ledger, run), **api.summary_json(run, api.summarise(run))}


Call, _is = api.Call, api.schema_named
CALLS = {
    "/check": Call(check, {"type": "array", "items": _is("Problem")}, Asked),
    "/run": Call(run, _is("Run"), RunAsked),
    "/explain": Call(explain, {"oneOf": [_is("Explanation"), _is("WhatIf")]}, ExplainAsked),
    "/compare": Call(compare, _is("Comparison"), CompareAsked),
    "/runs": Call(runs, {"type": "array", "items": _is("Record")}),
    "/runs/{id}": Call(show, _is("Shown")),
}


def data_app(desk: Desk, lang: Lang, keep: Callable[[BaseException], int]) -> Starlette:
    """What answers below /api; `keep` logs a fault of the program and gives its number."""
    turn = Lock()

    def spoken(request: Request) -> Lang:
        return language(request.query_params.get("lang", ""), lang)

    def route(path: str, call: api.Call) -> Route:
        def answer(asked: Any, chosen: Lang) -> Any:
            with turn:
                return call.answer(desk, asked, chosen)

        async def take(request: Request) -> Response:
            asked: Any = request.path_params.get("id")
            if call.asked is not None:
                asked = call.asked.model_validate_json(await request.body() or b"{}")
            data = await run_in_threadpool(answer, asked, spoken(request))
            return Response(json_bytes(data), media_type="application/json")

        return Route(path, take, methods=["GET" if call.asked is None else "POST"])

    def stands_in_the_way(request: Request, why: Exception) -> Response:
        status, here = 422, request.url.path
        problems: Sequence[Diagnostic]
        match why:
            case ValidationError():
                status = 400
                problems = [fault for each in why.errors() for fault in _faulty(each, here)]
            case HTTPException():
                status = why.status_code
                problems = _unfit(here, words("desk.no_such_address")).diagnostics
            case Refused():
                return refused(why, spoken(request))
            case PolicyProblem():
                problems = why.diagnostics
            case OSError():
                status, problems = 503, _unfit(why.filename or "-", reason(why)).diagnostics
            case _:
                said = words("desk.fault_more", number=keep(why))
                status, problems = 500, _unfit(here, said).diagnostics
        rejects = why.roster.rejects if isinstance(why, api.Unsettled) and why.roster else ()
        return _refusal(problems, rejects, status, spoken(request))

    kinds = (ValidationError, HTTPException, Refused, PolicyProblem, OSError, Exception)
    document = Route("/openapi.json", lambda _: JSONResponse(api.openapi(CALLS)))
    listed = [document, *(route(path, call) for path, call in CALLS.items())]
    return Starlette(routes=listed, exception_handlers=dict.fromkeys(kinds, stands_in_the_way))


def _faulty(fault: Any, whole: str) -> Sequence[Diagnostic]:
    """What is wrong with one field of a question, or with the `whole` of it."""
    key = FAULTS.get(fault["type"], "desk.api_unfit")
    where = ".".join(map(str, fault["loc"])) or whole
    return _unfit(where, Words(words(key).zh, fault["msg"])).diagnostics


def _refusal(
    problems: Sequence[Diagnostic], rejects: Sequence[Reject], status: int, lang: Lang
) -> Response:
    said = [as_json(each, lang) for each in problems]
    return JSONResponse({"problems": said, "rejects": api.rejects_json(rejects, lang)}, status)


def refused(why: Refused, lang: Lang) -> Response:
    """For whoever is not let in."""
    return _refusal([say("FC962", why=why.why)], (), why.status, lang)
